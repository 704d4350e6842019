package e2e

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"perennial/internal/sqlfile"
	"perennial/store/warehouse/duckdb"
)

// Where SQLite keeps user_version, four bytes, big-endian (the file format's
// offset 60), which is the version of the state's schema.
const userVersion = 60

// An older program on a newer data directory leaves it alone.
func TestNewerDataDirectory(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	before := d.furnish()
	file := filepath.Join(d.work, "订单.csv")
	leaves := func(dir *desk, commands ...[]string) {
		t.Helper()
		was := snapshot(t, dir.dir)
		for _, args := range commands {
			dir.refused("store.newer_schema", 4, args...)
		}
		now := snapshot(t, dir.dir)
		for name := range was {
			if name != "lock" && was[name] != now[name] {
				t.Errorf("%s changed", name)
			}
		}
	}
	commands := [][]string{
		{"analyze", "--workspace", "店铺"}, {"import", "orders", file, "--workspace", "店铺"}, {"import", "undo", "1"},
		{"backup", filepath.Join(d.work, "backup")},
	}

	state := d.elsewhere("newer state")
	if err := os.CopyFS(state.dir, os.DirFS(d.dir)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(state.dir, "state.db")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint32(b[userVersion:], binary.BigEndian.Uint32(b[userVersion:])+1)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	leaves(state, append(commands, []string{"import", "list"}, []string{"doctor"})...)

	facts := d.elsewhere("newer warehouse")
	if err := os.CopyFS(facts.dir, os.DirFS(d.dir)); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	w, err := duckdb.Open(ctx, duckdb.Options{Path: filepath.Join(facts.dir, "workspaces", "店铺", "warehouse.duckdb")})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Exec(ctx, sqlfile.Text("newer", "insert into schema_version values (999)"), nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	leaves(facts, commands...)

	// A newer program's backup restores, and is then left alone as well; the
	// original is as it was.
	alike(t, "the original", before, d.picture("店铺"))
	d.onlyHere(d.work, "订单.csv", "会员.csv", "other.csv")
}
