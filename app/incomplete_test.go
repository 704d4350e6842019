package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"perennial"
	"perennial/internal/sqlfile"
	"perennial/internal/testengine"
)

// Damage in one workspace keeps no other from being saved: the backup names it, and
// comes back without it. A server that does not answer is no damage.
func TestABackupOfADamagedWorkspace(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	one := filepath.Join(dir, "one")
	a := openAt(t, one, servers{})
	if err := takeRows(t, a, fewOrders, nil); err != nil {
		t.Fatal(err)
	}
	want := purchases(t, a)
	for _, name := range []string{"torn", "short"} {
		ws, err := a.Catalog.CreateWorkspace(ctx, perennial.Workspace{Name: name, Zone: time.UTC, Currency: "CNY"})
		if err != nil {
			t.Fatal(err)
		}
		if err := takeInto(t, a, name, many(50), nil); err != nil {
			t.Fatal(err)
		}
		w, err := a.Warehouse(ctx, ws)
		if err != nil {
			t.Fatal(err)
		}
		if name == "short" {
			if err := w.Exec(ctx, sqlfile.Text("lose", "delete from orders where customer_key = 1"), nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	shut(t, a)
	if err := os.WriteFile(filepath.Join(one, "workspaces", "torn", duckdbFile), []byte(strings.Repeat("rubbish", 5000)), 0o600); err != nil {
		t.Fatal(err)
	}
	a = openAt(t, one, servers{})
	backup := filepath.Join(dir, "backup")
	m, err := a.Backup(ctx, backup, "test", true)
	if e := perennial.AsError(err); err == nil || e.Code != "backup.incomplete" || !strings.Contains(e.Sentence.ZH, "torn") || !strings.Contains(e.Sentence.EN, "short") {
		t.Errorf("backup: %v", err)
	}
	if len(m.Lacks) != 2 || m.Lacks[0].Code != "store.facts_missing" || !m.Lacks[0].Facts || m.Lacks[1].Code != "store.damaged" || m.Lacks[1].Facts {
		t.Errorf("the manifest says %+v", m.Lacks)
	}
	shut(t, a)
	two := filepath.Join(dir, "two")
	if m, err = Restore(ctx, RestoreOptions{Path: backup, Dir: two, Now: time.Now}); err != nil || len(m.Lacks) != 2 {
		t.Errorf("restore: %+v, %v", m.Lacks, err)
	}
	b := openAt(t, two, servers{})
	defer shut(t, b)
	if got := purchases(t, b); got != want {
		t.Errorf("restored: %s, want %s", got, want)
	}
	found := map[string]bool{}
	for _, c := range b.Doctor(ctx) {
		if !c.OK {
			found[c.Code+" "+strings.Join(c.Workspaces, " ")] = true
		}
	}
	if len(found) != 2 || !found["store.missing torn"] || !found["store.facts_missing short"] {
		t.Errorf("the doctor of the restored one says %v", found)
	}
}

func TestABackupNeedsItsServers(t *testing.T) {
	c, ctx := testengine.ClickHouse(t, 2), t.Context()
	a := openAt(t, t.TempDir(), servers{warehouse: c.URL("needs")})
	defer shut(t, a)
	if err := takeRows(t, a, fewOrders, nil); err != nil {
		t.Fatal(err)
	}
	c.Shards[1].Kill()
	backup := filepath.Join(t.TempDir(), "backup")
	if _, err := a.Backup(ctx, backup, "test", true); perennial.CodeOf(err) != "store.shard_down" {
		t.Errorf("backup: %v", err)
	}
	if _, err := os.Stat(backup); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was written: %v", err)
	}
}
