package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"perennial"
	"perennial/collect/importer"
	"perennial/collect/importer/mapping"
	"perennial/internal/testengine"
)

const fewOrders = "1,c1,2026-01-01,10.00\n2,c2,2026-01-02,5.50\n3,c1,2026-02-01,7.25\n"

func refusedAt(t *testing.T, dir string, at servers, code string) {
	t.Helper()
	a, err := tryAt(t, dir, at)
	if err == nil {
		shut(t, a)
	}
	if perennial.CodeOf(err) != code {
		t.Errorf("%s: want %s, got %v", filepath.Base(dir), code, err)
	} else if e := perennial.AsError(err); e.Sentence.ZH == "" || e.Hint.ZH == "" || e.Hint.EN == "" {
		t.Errorf("nothing to read: %+v", e)
	}
}

func copyKey(t *testing.T, from, to string) {
	t.Helper()
	if err := copyFile(filepath.Join(from, "vault.key"), filepath.Join(to, "vault.key")); err != nil {
		t.Fatal(err)
	}
}

// One PostgreSQL database has one owner at a time, and one key.
func TestADatabaseOfTwoDirectories(t *testing.T) {
	at, dir := servers{state: testengine.Postgres(t)}, t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	a := openAt(t, one, at)
	if err := takeRows(t, a, fewOrders, nil); err != nil {
		t.Fatal(err)
	}
	healthy(t, a)
	copyKey(t, one, two)
	refusedAt(t, two, at, "store.in_use")
	shut(t, a)
	if err := os.Remove(filepath.Join(two, "vault.key")); err != nil {
		t.Fatal(err)
	}
	for range 2 { // no new key is made the first time either
		refusedAt(t, two, at, "store.other_directory")
	}
	if left, err := os.ReadDir(two); err != nil || len(left) != 1 || left[0].Name() != "lock" {
		t.Errorf("left in the wrong directory: %v, %v", left, err)
	}
	// The directory of the data that has lost its key is told what to look for.
	if err := os.Mkdir(filepath.Join(two, "workspaces"), 0o700); err != nil {
		t.Fatal(err)
	}
	refusedAt(t, two, at, "vault.key")
	b := openAt(t, filepath.Join(dir, "other"), servers{})
	shut(t, b)
	copyKey(t, filepath.Join(dir, "other"), two)
	refusedAt(t, two, at, "vault.unreadable")
	a = openAt(t, one, at)
	defer shut(t, a)
	if _, err := os.Stat(filepath.Join(one, sqliteFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a SQLite file: %v", err)
	}
}

// A configuration that names another engine or database than the data are in.
func TestStateElsewhere(t *testing.T) {
	dir := t.TempDir()
	embedded, server := filepath.Join(dir, "embedded"), filepath.Join(dir, "server")
	for at, url := range map[string]string{embedded: "", server: testengine.Postgres(t)} {
		a := openAt(t, at, servers{state: url})
		if err := takeRows(t, a, fewOrders, nil); err != nil {
			t.Fatal(err)
		}
		shut(t, a)
	}
	empty := testengine.Postgres(t)
	refusedAt(t, embedded, servers{state: empty}, "store.other_engine")
	refusedAt(t, server, servers{state: empty}, "store.no_state")
	refusedAt(t, server, servers{}, "store.other_engine")
}

// Two installations with one address and one workspace name do not share facts.
func TestAWarehouseOfTwoInstallations(t *testing.T) {
	c := testengine.ClickHouse(t, 1)
	at, dir := servers{warehouse: c.URL("shared")}, t.TempDir()
	a := openAt(t, filepath.Join(dir, "a"), at)
	defer shut(t, a)
	if err := takeRows(t, a, fewOrders, nil); err != nil {
		t.Fatal(err)
	}
	want := purchases(t, a)
	b := openAt(t, filepath.Join(dir, "b"), at)
	defer shut(t, b)
	if err := takeRows(t, b, fewOrders, nil); perennial.CodeOf(err) != "store.other_installation" {
		t.Errorf("the second installation imports: %v", err)
	}
	if all, err := b.Catalog.Workspaces(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("its workspace stays: %v, %v", all, err)
	}
	if got := purchases(t, a); got != want {
		t.Errorf("the first has %s", got)
	}
}

// A look at a file asks no server, whatever the configuration names.
func TestATemporaryInstallationIsEmbedded(t *testing.T) {
	at := servers{"postgres://u:secret@127.0.0.1:1/d", "clickhouse://u:secret@127.0.0.1:1/d"}
	a, err := Temporary(t.Context(), Options{Config: at.config(), Now: fixedNow})
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, a)
	file := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(file, []byte(orderHead+fewOrders), 0o600); err != nil {
		t.Fatal(err)
	}
	_, ws, _, err := a.Import(t.Context(), ImportOptions{Request: importer.Request{Kind: mapping.Orders, Path: file}, Workspace: "file"})
	if err != nil {
		t.Fatal(err)
	}
	f, err := a.facts(t.Context(), ws)
	if err != nil || f.engine.name != "DuckDB" || a.engine.name != "SQLite" {
		t.Errorf("facts in %s, state in %s, %v", f.engine, a.engine, err)
	}
}
