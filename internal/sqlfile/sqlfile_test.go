package sqlfile

import (
	"reflect"
	"strconv"
	"testing"
	"testing/fstest"
)

func dollar(n int) string { return "$" + strconv.Itoa(n) }

func TestBind(t *testing.T) {
	text := "select ':no', \"x:y\", a::int -- :comment\nfrom t where d <= :as_of and b in (:batches) and e > :as_of"
	got, args, err := Bind(text, map[string]any{"as_of": 5, "batches": []int64{1, 20}}, dollar)
	if err != nil {
		t.Fatal(err)
	}
	want := "select ':no', \"x:y\", a::int -- :comment\nfrom t where d <= $1 and b in (1,20) and e > $2"
	if got != want || !reflect.DeepEqual(args, []any{5, 5}) {
		t.Errorf("Bind = %q %v", got, args)
	}
	if got, _, _ := Bind("x in (:l)", map[string]any{"l": []int64{}}, dollar); got != "x in (NULL)" {
		t.Errorf("empty list = %q", got)
	}
	got, args, err = Bind("[:words], :x", map[string]any{"words": []string{"a", "b'"}, "x": 1}, dollar)
	if err != nil || got != "[$1,$2], $3" || !reflect.DeepEqual(args, []any{"a", "b'", 1}) {
		t.Errorf("Bind = %q %v %v", got, args, err)
	}
	if _, _, err := Bind("select :a", nil, dollar); err == nil {
		t.Error("missing argument not refused")
	}
	if _, _, err := Bind("select 1", map[string]any{"a": 1}, dollar); err == nil {
		t.Error("unused argument not refused")
	}
}

func TestLoadRefusesOverridesThatDiffer(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	for name, fsys := range map[string]fstest.MapFS{
		"override alone":   {"a.clickhouse.sql": file("select 1")},
		"other parameters": {"a.sql": file("select :x"), "a.clickhouse.sql": file("select :y")},
	} {
		if _, err := Load(fsys); err == nil {
			t.Errorf("%s: not refused", name)
		}
	}
	s, err := Load(fstest.MapFS{"a.sql": file("select :x"), "a.clickhouse.sql": file("select 1+:x")})
	if err != nil {
		t.Fatal(err)
	}
	if s["a"].For("clickhouse") != "select 1+:x" || s["a"].For("duckdb") != "select :x" {
		t.Error("wrong text for an engine")
	}
}

func TestMigrations(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	fsys := fstest.MapFS{
		"0001_a.sql": file("common"), "0001_a.postgres.sql": file("postgres"),
		"0002_b.clickhouse.sql": file("clickhouse"), "0003_c.sql": file("common"),
	}
	for engine, want := range map[string][]Migration{
		"postgres":   {{1, "0001_a.postgres.sql", "postgres"}, {2, "0002_b.clickhouse.sql", ""}, {3, "0003_c.sql", "common"}},
		"clickhouse": {{1, "0001_a.sql", "common"}, {2, "0002_b.clickhouse.sql", "clickhouse"}, {3, "0003_c.sql", "common"}},
	} {
		if got, err := Migrations(fsys, engine); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v", engine, got, err)
		}
	}
	for name, fsys := range map[string]fstest.MapFS{
		"a gap":       {"0001_a.sql": file("x"), "0003_b.sql": file("x")},
		"two of one":  {"0001_a.sql": file("x"), "0001_b.sql": file("x"), "0002_c.sql": file("x")},
		"not a count": {"first.sql": file("x")},
	} {
		if got, err := Migrations(fsys, "duckdb"); err == nil {
			t.Errorf("%s: not refused: %v", name, got)
		}
	}
}

func FuzzBind(f *testing.F) {
	f.Add("select :a from 'x")
	f.Fuzz(func(t *testing.T, text string) {
		args := map[string]any{}
		for _, p := range Parameters(text) {
			args[p] = 1
		}
		if _, out, err := Bind(text, args, dollar); err != nil || len(out) < len(args) {
			t.Fatalf("Bind(%q): %d of %d arguments, %v", text, len(out), len(args), err)
		}
	})
}
