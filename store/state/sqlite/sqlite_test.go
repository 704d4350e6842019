package sqlite

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"perennial"
	"perennial/store/state"
	"perennial/store/state/statetest"
)

func open(tb testing.TB, dir string) state.State {
	tb.Helper()
	s, err := Open(tb.Context(), Options{Path: filepath.Join(dir, "state #1?.db")})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) { statetest.Run(t, open) }

func TestOnlyTheOwnerMayRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 2 { // the log is beside it
		t.Errorf("%v, %v", files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
}

func TestTablesAreListed(t *testing.T) {
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rows, err := s.read.Query(`select m.name, c.name, lower(c.type) from sqlite_schema m, pragma_table_info(m.name) c
		where m.type = 'table' order by m.name, c.cid`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got := map[string][]state.Column{}
	for rows.Next() {
		var table string
		var c state.Column
		if err := rows.Scan(&table, &c.Name, &c.Type); err != nil {
			t.Fatal(err)
		}
		got[table] = append(got[table], c)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	want := map[string][]state.Column{}
	for _, table := range state.Tables {
		want[table.Name] = table.Columns
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the migrations made\n%v\nstate.Tables has\n%v", got, want)
	}
}

func TestRefusesANewerSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.Exec("pragma user_version = 999"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: path}); perennial.CodeOf(err) != "store.newer_schema" {
		t.Errorf("opened a newer schema: %v", err)
	}
}

func TestRefusesWhatIsNoDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	if err := os.WriteFile(path, []byte("this is not a database, it is a sentence of some length......................................"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: path}); perennial.CodeOf(err) != "store.damaged" {
		t.Errorf("opened rubbish: %v", err)
	}
}
