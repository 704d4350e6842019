package statetest

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"perennial"
	"perennial/store/state"
)

// fill writes rows that are hard to carry: the ends of integers, bytes of every
// value, text that has to be escaped, NULL, and more rows than one statement
// takes.
func fill(ctx context.Context, s state.State) error {
	return s.Update(ctx, func(tx state.Tx) error {
		type row struct {
			query string
			args  []any
		}
		every := make([]byte, 256)
		for i := range every {
			every[i] = byte(i)
		}
		rows := []row{
			{"insert into workspaces (id, name, time_zone, currency, week_start, created_at) values (?, ?, ?, ?, ?, ?)",
				[]any{1, "常青 \"quoted\" \\ <&> \u2028\t\n", "Asia/Shanghai", "CNY", 1, int64(math.MinInt64)}},
			{"insert into vault_keys (workspace_id, customer_key, wrapped) values (?, ?, ?)", []any{1, int64(math.MaxInt64), every}},
			{"insert into vault_values (workspace_id, customer_key, field, sealed) values (?, ?, ?, ?)", []any{1, 2, "", []byte{}}},
			{"insert into imports (id, workspace_id, kind, file_name, file_hash, status, created_at, finished_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
				[]any{1, 1, "orders", "a.csv", "", "done", 5, nil}},
			{"insert into quarantine (import_id, line, seq, column_name, value, code, reason_zh, reason_en, hint_zh, hint_en) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
				[]any{1, 7, 0, "c", "v'?", "x.y", "中", "e", "", ""}},
			{"insert into batches (workspace_id, id, import_id, status) values (?, ?, ?, ?)", []any{1, 1, 1, "live"}},
		}
		for i := range 1234 {
			rows = append(rows,
				row{"insert into identifiers (workspace_id, kind, hash, customer_key) values (?, ?, ?, ?)", []any{1, "id", []byte(fmt.Sprint("hash", i)), i}},
				row{insertSetting, []any{i % 3, fmt.Sprint("name", i), "{}", i}})
		}
		for _, r := range rows {
			if _, err := tx.Exec(ctx, r.query, r.args...); err != nil {
				return err
			}
		}
		return nil
	})
}

func dump(t *testing.T, s state.State) string {
	t.Helper()
	var b bytes.Buffer
	if err := state.Dump(t.Context(), s, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func dumped(t *testing.T, open Open) { Between(t, open, open) }

// Between restores what one engine dumps into another and dumps it there: byte
// for byte the same. Engines' tests call it for each pair of engines.
func Between(t *testing.T, from, to Open) {
	source, target := start(t, from), start(t, to)
	ctx := t.Context()
	// An empty database is a database.
	if err := state.Restore(ctx, target, strings.NewReader(dump(t, source))); err != nil {
		t.Fatal(err)
	}
	if err := fill(ctx, source); err != nil {
		t.Fatal(err)
	}
	want := dump(t, source)
	if err := state.Restore(ctx, target, strings.NewReader(want)); err != nil {
		t.Fatal(err)
	}
	if got := dump(t, target); got != want {
		t.Errorf("the dump of what was restored differs:\n%s", difference(want, got))
	}
	if err := put(ctx, target, "later", ""); err != nil {
		t.Errorf("no write after restoring: %v", err)
	}
	if err := state.Restore(ctx, target, strings.NewReader(want)); perennial.CodeOf(err) != "restore.not_empty" {
		t.Errorf("restored over data: %v", err)
	}
}

func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d\n%s\n%s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, then %d", len(a), len(b))
}

func badDumps(t *testing.T, open Open) {
	source, target := start(t, open), start(t, open)
	ctx := t.Context()
	if err := fill(ctx, source); err != nil {
		t.Fatal(err)
	}
	empty, whole := dump(t, target), dump(t, source)
	head, _, _ := strings.Cut(whole, "\n")
	for name, c := range map[string]struct{ dump, code string }{
		"nothing":          {"", "restore.damaged"},
		"rubbish":          {"rubbish", "restore.damaged"},
		"another document": {`{"a":1}`, "restore.damaged"},
		"cut short":        {whole[:len(whole)-20], "restore.damaged"},
		"a row too few":    {strings.Replace(whole, "[1,1,1,\"live\"]\n", "", 1), "restore.damaged"},
		"a value too few":  {strings.Replace(whole, "[1,1,1,\"live\"]\n", "[1,1,1]\n", 1), "restore.damaged"},
		"a wrong type":     {strings.Replace(whole, "[1,1,1,\"live\"]\n", "[1,1,\"1\",\"live\"]\n", 1), "restore.damaged"},
		"SQL as a name":    {head + "\n" + `{"table":"settings; drop table settings","columns":[{"name":"a","type":"text"}]}`, "restore.damaged"},
		"a newer schema":   {strings.Replace(whole, `"schema":`, `"schema":9`, 1), "store.newer_schema"},
		"a newer format":   {strings.Replace(whole, `"format":`, `"format":9`, 1), "restore.format"},
	} {
		if err := state.Restore(ctx, target, strings.NewReader(c.dump)); perennial.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	if got := dump(t, target); got != empty {
		t.Errorf("a refused dump left something:\n%s", difference(empty, got))
	}
}
