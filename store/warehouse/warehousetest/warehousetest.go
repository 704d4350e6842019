// Package warehousetest is the conformance suite of the warehouse seam: every
// engine runs it unchanged.
package warehousetest

import (
	"context"
	"fmt"
	"reflect"
	"testing"

	"perennial"
	"perennial/internal/sqlfile"
	"perennial/store/warehouse"
)

// Open makes an engine on an empty database, or opens an existing one again:
// the same dir gives the same data.
type Open func(tb testing.TB, dir string) warehouse.Warehouse

// Run runs the suite.
func Run(t *testing.T, open Open) {
	cases := map[string]func(*testing.T, Open){
		"every table takes and gives back its rows": roundTrip,
		"an aborted write leaves nothing":           aborted,
		"rows are stored at commit":                 commit,
		"a wrong block is refused":                  wrongBlock,
		"parameters and lists":                      parameters,
		"an order is kept over many blocks":         ordered,
		"discard removes batches everywhere":        discard,
		"rows are counted by batch":                 counted,
		"two writers at once":                       twoWriters,
		"ranges of days, also after a discard":      rangesOfDays,
		"a stopped query ends":                      stopped,
		"partial answers add up":                    partial,
		"lists come back":                           lists,
		"prepare finds a mistake":                   prepare,
		"reopening keeps the data":                  reopen,
		"backup, check, close twice":                closing,
		"a dump loads, even twice":                  dump,
	}
	for name, f := range cases {
		t.Run(name, func(t *testing.T) { f(t, open) })
	}
}

func start(t *testing.T, open Open) warehouse.Warehouse {
	w := open(t, t.TempDir())
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// row makes the k-th row of a table: values that tell columns and rows apart.
func row(t warehouse.Table, k int, batch int64) []any {
	out := make([]any, len(t.Fields))
	for i, f := range t.Fields {
		switch {
		case f.Name == "batch_id" || f.Name == "by_batch":
			out[i] = batch
		case f.Kind == warehouse.Text:
			out[i] = fmt.Sprintf("常青 '%s' %d", f.Name, k)
		case f.Kind == warehouse.Float:
			out[i] = float64(k) + 0.25
		case f.Kind == warehouse.Time:
			out[i] = int64(1_700_000_000_123_456 + k)
		case f.Kind == warehouse.Day:
			out[i] = int64(-400 + k)
		default:
			out[i] = int64(k)<<40 - int64(i)
		}
	}
	return out
}

// Fill writes rows into a table and commits them.
func Fill(tb testing.TB, w warehouse.Warehouse, t warehouse.Table, rows [][]any) {
	tb.Helper()
	wr, err := w.Write(tb.Context(), t)
	if err != nil {
		tb.Fatal(err)
	}
	b := warehouse.NewBlock(t.Fields, len(rows))
	for _, r := range rows {
		if err := b.Add(r...); err != nil {
			tb.Fatal(err)
		}
	}
	if err := wr.Append(tb.Context(), b); err != nil {
		tb.Fatal(err)
	}
	if err := wr.Commit(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// Rows runs a query and returns all its rows.
func Rows(tb testing.TB, w warehouse.Warehouse, query string, args warehouse.Args) [][]any {
	tb.Helper()
	var out [][]any
	err := w.Query(tb.Context(), sqlfile.Text("test", query), args, func(b *warehouse.Block) error {
		for r := range b.Len {
			values := make([]any, len(b.Columns))
			for i := range b.Columns {
				switch c := &b.Columns[i]; c.Kind {
				case warehouse.Float:
					values[i] = c.Floats[r]
				case warehouse.Text:
					values[i] = c.Texts[r]
				default:
					values[i] = c.Ints[r]
				}
			}
			out = append(out, values)
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func roundTrip(t *testing.T, open Open) {
	w := start(t, open)
	for _, table := range warehouse.Tables {
		want := [][]any{row(table, 1, 7), row(table, 2, 7), row(table, 3, 7)}
		Fill(t, w, table, want)
		got := Rows(t, w, "select * from "+table.Name+" order by "+table.Fields[1].Name, nil)
		if table.Name == "hidden" || table.Name == "claims" {
			got = Rows(t, w, "select * from "+table.Name+" order by doc_key", nil)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: read back\n%v, wrote\n%v", table.Name, got, want)
		}
	}
}

func count(t *testing.T, w warehouse.Warehouse, table string) int64 {
	t.Helper()
	return Rows(t, w, "select cast(count(*) as bigint) as n from "+table, nil)[0][0].(int64)
}

func aborted(t *testing.T, open Open) {
	w := start(t, open)
	wr, err := w.Write(t.Context(), warehouse.Hidden)
	if err != nil {
		t.Fatal(err)
	}
	b := warehouse.NewBlock(warehouse.Hidden.Fields, 1)
	if err := b.Add(int64(1), int64(2), int64(3)); err != nil {
		t.Fatal(err)
	}
	if err := wr.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := wr.Abort(); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, w, "hidden"); n != 0 {
		t.Errorf("%d rows after an abort", n)
	}
}

func commit(t *testing.T, open Open) {
	w := start(t, open)
	Fill(t, w, warehouse.Hidden, [][]any{{int64(1), int64(2), int64(3)}})
	wr, err := w.Write(t.Context(), warehouse.Hidden)
	if err != nil {
		t.Fatal(err)
	}
	b := warehouse.NewBlock(warehouse.Hidden.Fields, 1)
	for k := range 3 { // a block may be used again
		b.Reset()
		if err := b.Add(int64(k), int64(9), int64(9)); err != nil {
			t.Fatal(err)
		}
		if err := wr.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if err := wr.Append(t.Context(), warehouse.NewBlock(warehouse.Hidden.Fields, 0)); err != nil {
		t.Errorf("an empty block: %v", err)
	}
	if err := wr.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := wr.Abort(); err != nil {
		t.Errorf("abort after commit: %v", err)
	}
	if n := count(t, w, "hidden"); n != 4 {
		t.Errorf("%d rows, want 4", n)
	}
}

func wrongBlock(t *testing.T, open Open) {
	w := start(t, open)
	wr, err := w.Write(t.Context(), warehouse.Hidden)
	if err != nil {
		t.Fatal(err)
	}
	defer wr.Abort()
	b := warehouse.NewBlock(warehouse.Orders.Fields, 1)
	if err := b.Add(row(warehouse.Orders, 1, 1)...); err != nil {
		t.Fatal(err)
	}
	if err := wr.Append(t.Context(), b); err == nil {
		t.Error("rows of another table were taken")
	}
}

func parameters(t *testing.T, open Open) {
	w := start(t, open)
	Fill(t, w, warehouse.Hidden, [][]any{{int64(1), int64(10), int64(1)}, {int64(2), int64(20), int64(1)}, {int64(3), int64(30), int64(1)}})
	q := "select doc_key from hidden where batch_id in (:list) and doc_key >= :low order by doc_key"
	got := Rows(t, w, q, warehouse.Args{"list": []int64{10, 20, 30}, "low": int64(2)})
	if !reflect.DeepEqual(got, [][]any{{int64(2)}, {int64(3)}}) {
		t.Errorf("got %v", got)
	}
	if got := Rows(t, w, q, warehouse.Args{"list": []int64{}, "low": int64(0)}); len(got) != 0 {
		t.Errorf("an empty list matched %v", got)
	}
	err := w.Query(t.Context(), sqlfile.Text("missing", q), warehouse.Args{"low": int64(0)}, func(*warehouse.Block) error { return nil })
	if err == nil {
		t.Error("a missing argument was taken")
	}
}

func ordered(t *testing.T, open Open) {
	w := start(t, open)
	const n = 50_000
	rows := make([][]any, n)
	for i := range rows {
		rows[i] = []any{int64(i*7919) % n, int64(1), int64(1)}
	}
	Fill(t, w, warehouse.Hidden, rows)
	got := Rows(t, w, "select doc_key from hidden order by doc_key", nil)
	if len(got) != n {
		t.Fatalf("%d rows", len(got))
	}
	for i, r := range got {
		if r[0] != int64(i) {
			t.Fatalf("row %d is %v", i, r[0])
		}
	}
}

func discard(t *testing.T, open Open) {
	w := start(t, open)
	for _, table := range warehouse.Tables {
		Fill(t, w, table, [][]any{row(table, 1, 7), row(table, 2, 8), row(table, 3, 9)})
	}
	if err := w.Discard(t.Context(), []int64{7, 9}); err != nil {
		t.Fatal(err)
	}
	if err := w.Discard(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for _, table := range warehouse.Tables {
		if n := count(t, w, table.Name); n != 1 {
			t.Errorf("%s: %d rows left, want 1", table.Name, n)
		}
	}
}

// counted: every batch in every table, also where there is nothing; a mark counts
// for the later of the batches that it speaks of.
func counted(t *testing.T, open Open) {
	w := start(t, open)
	for _, table := range warehouse.Tables {
		rows := [][]any{row(table, 1, 7), row(table, 2, 7), row(table, 3, 9), row(table, 4, 10)}
		if table.Name == warehouse.Hidden.Name || table.Name == warehouse.Claims.Name {
			rows = [][]any{{int64(1), int64(2), int64(7)}, {int64(1), int64(7), int64(3)}, {int64(2), int64(9), int64(9)}, {int64(3), int64(7), int64(10)}}
		}
		Fill(t, w, table, rows)
	}
	got, err := w.Rows(t.Context(), []int64{7, 8, 9})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[int64]int64{}
	for _, c := range got {
		if c.Rows != map[int64]int64{7: 2, 8: 0, 9: 1}[c.Batch] {
			t.Errorf("%s %s: %d rows of batch %d", c.Table, c.Place, c.Rows, c.Batch)
		}
		if want[c.Table] == nil {
			want[c.Table] = map[int64]int64{}
		}
		want[c.Table][c.Batch]++
	}
	for _, table := range warehouse.Tables {
		if len(want[table.Name]) != 3 {
			t.Errorf("%s is counted for %v", table.Name, want[table.Name])
		}
	}
	if got, err := w.Rows(t.Context(), nil); err != nil || len(got) > 0 {
		t.Errorf("no batch: %v, %v", got, err)
	}
}

func rangesOfDays(t *testing.T, open Open) {
	w := start(t, open)
	const days, orders = 100, 5000
	for batch := range int64(3) {
		rows := make([][]any, orders)
		for k := range rows {
			rows[k] = row(warehouse.Orders, k+1, batch)
			rows[k][5] = int64(18_000 + k%days) // day
			rows[k][10] = batch + 1             // gross
		}
		Fill(t, w, warehouse.Orders, rows)
	}
	if err := w.Discard(t.Context(), []int64{1}); err != nil {
		t.Fatal(err)
	}
	got := Rows(t, w, `select batch_id, cast(count(*) as bigint), cast(sum(gross) as bigint) from orders
		where day >= :from_day and day <= :to_day group by batch_id order by batch_id`,
		warehouse.Args{"from_day": perennial.Day(18_010).String(), "to_day": perennial.Day(18_019).String()})
	const n = int64(10 * orders / days)
	if want := [][]any{{int64(0), n, n}, {int64(2), n, 3 * n}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func twoWriters(t *testing.T, open Open) {
	w := start(t, open)
	a, err := w.Write(t.Context(), warehouse.Hidden)
	if err != nil {
		t.Fatal(err)
	}
	b, err := w.Write(t.Context(), warehouse.Claims)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for _, wr := range []warehouse.Writer{a, b} {
			block := warehouse.NewBlock(warehouse.Hidden.Fields, 1)
			if err := block.Add(int64(1), int64(1), int64(1)); err != nil {
				t.Fatal(err)
			}
			if err := wr.Append(t.Context(), block); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, wr := range []warehouse.Writer{b, a} {
		if err := wr.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if h, c := count(t, w, "hidden"), count(t, w, "claims"); h != 3 || c != 3 {
		t.Errorf("%d and %d rows", h, c)
	}
}

func stopped(t *testing.T, open Open) {
	w := start(t, open)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := w.Query(ctx, sqlfile.Text("stopped", "select doc_key from hidden"), nil, func(*warehouse.Block) error { return nil })
	if err == nil {
		t.Error("a query ran under a context that had ended")
	}
	if n := count(t, w, "hidden"); n != 0 {
		t.Errorf("%d rows", n)
	}
}

func prepare(t *testing.T, open Open) {
	w := start(t, open)
	if err := w.Prepare(t.Context(), sqlfile.Text("good", "select doc_key from hidden where batch_id in (:b) and doc_key = :k")); err != nil {
		t.Error(err)
	}
	if err := w.Prepare(t.Context(), sqlfile.Text("bad", "select no_such_column from hidden")); err == nil {
		t.Error("a column that does not exist was taken")
	}
}

func reopen(t *testing.T, open Open) {
	dir := t.TempDir()
	w := open(t, dir)
	Fill(t, w, warehouse.Orders, [][]any{row(warehouse.Orders, 1, 1)})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w = open(t, dir)
	defer w.Close()
	if n := count(t, w, "orders"); n != 1 {
		t.Errorf("%d rows after reopening", n)
	}
}

func closing(t *testing.T, open Open) {
	w := open(t, t.TempDir())
	Fill(t, w, warehouse.Orders, [][]any{row(warehouse.Orders, 1, 1)})
	if err := w.Backup(t.Context(), t.TempDir()); err != nil {
		t.Errorf("backup: %v", err)
	}
	if v, err := w.Check(t.Context()); err != nil || v < 1 {
		t.Errorf("check: version %d, %v", v, err)
	}
	for range 2 {
		if err := w.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}

func dump(t *testing.T, open Open) {
	w, dir := start(t, open), t.TempDir()
	want := map[string][][]any{}
	for _, table := range warehouse.Tables {
		for k := range 5000 {
			want[table.Name] = append(want[table.Name], row(table, k, 7))
		}
		Fill(t, w, table, want[table.Name])
	}
	if warehouse.Dumped(dir) {
		t.Error("an empty folder is no dump")
	}
	if err := warehouse.Dump(t.Context(), w, dir); err != nil {
		t.Fatal(err)
	}
	if !warehouse.Dumped(dir) {
		t.Error("the dump is not seen")
	}
	other := start(t, open)
	Fill(t, other, warehouse.Orders, [][]any{row(warehouse.Orders, 1, 1)}) // as an interrupted load leaves
	rows, err := warehouse.DumpRows(dir)
	if n := int64(5000 * len(warehouse.Tables)); err != nil || rows != n {
		t.Errorf("the dump has %d rows of %d, %v", rows, n, err)
	}
	for range 2 {
		told := int64(0)
		if err := warehouse.Load(t.Context(), other, dir, func(n int64) { told += n }); err != nil || told != rows {
			t.Fatalf("told of %d rows, %v", told, err)
		}
	}
	for _, table := range warehouse.Tables {
		key := table.Fields[1].Name
		if table.Name == "hidden" || table.Name == "claims" {
			key = "doc_key"
		}
		if table.Name == "products" {
			key = "cost"
		}
		if got := Rows(t, other, "select * from "+table.Name+" order by "+key, nil); !reflect.DeepEqual(got, want[table.Name]) {
			t.Errorf("%s: %d rows came back, %d were written, or others", table.Name, len(got), len(want[table.Name]))
		}
	}
	if err := warehouse.RemoveDump(dir); err != nil || warehouse.Dumped(dir) {
		t.Errorf("the dump is still there: %v", err)
	}
}
