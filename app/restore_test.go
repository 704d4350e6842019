package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"perennial"
	"perennial/config"
	"perennial/internal/testengine"
)

// configured makes a directory whose configuration names the servers.
func configured(t *testing.T, dir string, at servers) {
	t.Helper()
	text, err := yaml.Marshal(map[string]string{"state": at.state, "warehouse": at.warehouse})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, config.FileName), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// openHere opens a directory as a command does, with the configuration in it.
func openHere(t *testing.T, dir string) *App {
	t.Helper()
	cfg, err := config.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return openAt(t, dir, servers{cfg.State.URL, cfg.Warehouse.URL})
}

// furnished makes an installation with two imports and the backup of it.
func furnished(t *testing.T, dir string, at servers) (backup, want string) {
	t.Helper()
	configured(t, dir, at)
	a := openHere(t, dir)
	defer shut(t, a)
	for _, rows := range []string{fewOrders, "3,c1,2026-02-01,8.25\n4,c3,2026-02-02,3.00\n"} {
		if err := takeRows(t, a, rows, nil); err != nil {
			t.Fatal(err)
		}
	}
	backup = filepath.Join(t.TempDir(), "backup")
	if _, err := a.Backup(t.Context(), backup, "test", true); err != nil {
		t.Fatal(err)
	}
	return backup, purchases(t, a)
}

// comesBack restores a backup and lives on with it.
func comesBack(t *testing.T, backup, dir, want string) {
	t.Helper()
	if _, err := Restore(t.Context(), RestoreOptions{Path: backup, Dir: dir, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(dir), ".perennial-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	for range 2 {
		b := openHere(t, dir)
		if got := purchases(t, b); got != want {
			t.Errorf("%s: %s, want %s", filepath.Base(dir), got, want)
		}
		healthy(t, b)
		shut(t, b)
	}
	b := openHere(t, dir)
	defer shut(t, b)
	if err := takeRows(t, b, fewOrders, nil); err != nil {
		t.Error(err)
	}
	if _, err := b.Undo(t.Context(), 2); err != nil {
		t.Error(err)
	}
}

func TestBackupsGoBetweenStates(t *testing.T) {
	for _, from := range []string{"sqlite", "postgres"} {
		t.Run("from "+from, func(t *testing.T) {
			for _, to := range []string{"sqlite", "postgres"} {
				t.Run("to "+to, func(t *testing.T) {
					dir := t.TempDir()
					url := func(name string) string {
						if name == "sqlite" {
							return ""
						}
						return testengine.Postgres(t)
					}
					backup, want := furnished(t, filepath.Join(dir, "a"), servers{state: url(from)})
					configured(t, filepath.Join(dir, "b"), servers{state: url(to)})
					comesBack(t, backup, filepath.Join(dir, "b"), want)
				})
			}
		})
	}
}

func TestBackupsGoBetweenAllServers(t *testing.T) {
	c, dir := testengine.ClickHouse(t, 2), t.TempDir()
	backup, want := furnished(t, filepath.Join(dir, "embedded"), servers{})
	at := servers{testengine.Postgres(t), c.URL("up")}
	configured(t, filepath.Join(dir, "up"), at)
	comesBack(t, backup, filepath.Join(dir, "up"), want)

	// The same, and back again.
	backup, want = furnished(t, filepath.Join(dir, "large"), servers{testengine.Postgres(t), c.URL("large")})
	configured(t, filepath.Join(dir, "copy"), servers{testengine.Postgres(t), c.URL("copy")})
	comesBack(t, backup, filepath.Join(dir, "copy"), want)
	configured(t, filepath.Join(dir, "down"), servers{})
	comesBack(t, backup, filepath.Join(dir, "down"), want)
}

// Without a configuration in the directory the one of the backup holds, which
// names the databases that the backup is of.
func TestARestoreNeverReplacesAState(t *testing.T) {
	dir, at := t.TempDir(), servers{state: testengine.Postgres(t)}
	backup, want := furnished(t, filepath.Join(dir, "a"), at)
	target := filepath.Join(dir, "b")
	if _, err := Restore(t.Context(), RestoreOptions{Path: backup, Dir: target, Now: time.Now}); perennial.CodeOf(err) != "restore.not_empty" {
		t.Errorf("restored over the original: %v", err)
	}
	a := openHere(t, filepath.Join(dir, "a"))
	if _, err := Restore(t.Context(), RestoreOptions{Path: backup, Dir: target, Now: time.Now}); perennial.CodeOf(err) != "store.in_use" {
		t.Errorf("restored over the original in use: %v", err)
	}
	shut(t, a)
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	a = openHere(t, filepath.Join(dir, "a"))
	defer shut(t, a)
	if got := purchases(t, a); got != want {
		t.Errorf("the original has %s, want %s", got, want)
	}
}

// A restore that was killed after the state was written, or while the directory
// took its place, goes on when it is repeated; another backup finds the database
// taken.
func TestARestoreIsRepeated(t *testing.T) {
	ctx, dir, at := t.Context(), t.TempDir(), servers{state: testengine.Postgres(t)}
	backup, want := furnished(t, filepath.Join(dir, "a"), servers{})
	other, _ := furnished(t, filepath.Join(dir, "other"), servers{})
	target := filepath.Join(dir, "b")
	configured(t, target, at)

	f, err := os.Open(backup)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	killed := t.TempDir()
	m, err := unpack(ctx, f, killed)
	if err != nil {
		t.Fatal(err)
	}
	if err := restoreState(ctx, killed, at.config().State, mark(m, target)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(target, asideOf(target)); err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(dir, "c")
	configured(t, elsewhere, at)
	for into, file := range map[string]string{elsewhere: backup, target: other} {
		if _, err := Restore(ctx, RestoreOptions{Path: file, Dir: into, Now: time.Now}); perennial.CodeOf(err) != "restore.not_empty" {
			t.Errorf("%s into %s: %v", filepath.Base(file), filepath.Base(into), err)
		}
	}
	comesBack(t, backup, target, want)
}
