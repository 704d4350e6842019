package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"perennial"
	"perennial/internal/dirlock"
	"perennial/internal/testengine"
	"perennial/store/warehouse"
	"perennial/store/warehouse/clickhouse"
	"perennial/store/warehouse/warehousetest"
)

// embeddedBackup is a backup of an embedded installation with many orders.
func embeddedBackup(t *testing.T, orders int) (backup, want string) {
	t.Helper()
	a := openAt(t, filepath.Join(t.TempDir(), "embedded"), servers{})
	defer shut(t, a)
	if err := takeRows(t, a, many(orders), nil); err != nil {
		t.Fatal(err)
	}
	backup = filepath.Join(t.TempDir(), "backup")
	if _, err := a.Backup(t.Context(), backup, "test", false); err != nil {
		t.Fatal(err)
	}
	if err := copyFile(filepath.Join(a.Dir, "vault.key"), backup+".key"); err != nil {
		t.Fatal(err)
	}
	return backup, purchases(t, a)
}

// bringKey puts the key of a backup without one into a directory.
func bringKey(t *testing.T, backup, dir string) {
	t.Helper()
	if err := copyFile(backup+".key", filepath.Join(dir, "vault.key")); err != nil {
		t.Fatal(err)
	}
}

// When a restore says that it is done, the facts are on the servers and the dump is
// gone, also where the backup has no key; the file that goes on living is nobody
// else's to read.
func TestARestoreEndsWithTheFactsInTheirEngine(t *testing.T) {
	c, ctx := testengine.ClickHouse(t, 2), t.Context()
	backup, want := embeddedBackup(t, 1000)
	dir := filepath.Join(t.TempDir(), "b")
	configured(t, dir, servers{warehouse: c.URL("done")})
	var told, total int64
	if _, err := Restore(ctx, RestoreOptions{Path: backup, Dir: dir, Now: time.Now, Progress: func(d, of int64) { told, total = d, of }}); err != nil {
		t.Fatal(err)
	}
	if told == 0 || told != total {
		t.Errorf("told of %d rows of %d", told, total)
	}
	if _, err := os.Stat(filepath.Join(dir, restoringFile)); warehouse.Dumped(filepath.Join(dir, "workspaces", "w")) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something is left to load: %v", err)
	}
	w, err := clickhouse.Open(ctx, clickhouse.Options{URL: c.URL("done"), Name: "w"})
	if err != nil {
		t.Fatal(err)
	}
	if n := warehousetest.Rows(t, w, "select cast(count(*) as bigint) as n from orders", nil)[0][0]; n != int64(1000) {
		t.Errorf("%v orders are there", n)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	bringKey(t, backup, dir)
	b := openHere(t, dir)
	defer shut(t, b)
	healthy(t, b)
	if got := purchases(t, b); got != want {
		t.Error("other purchases")
	}
	again := filepath.Join(t.TempDir(), "again")
	if _, err := b.Backup(ctx, again, "test", true); err != nil {
		t.Fatal(err)
	}
	down := filepath.Join(t.TempDir(), "down")
	configured(t, down, servers{})
	if _, err := Restore(ctx, RestoreOptions{Path: again, Dir: down, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	onlyOurs(t, down)
}

// onlyOurs wants every file below dir readable by its owner alone.
func onlyOurs(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// What can be known to go wrong is found before anything is changed.
func TestARestoreLooksAtItsTargetFirst(t *testing.T) {
	c, ctx := testengine.ClickHouse(t, 2), t.Context()
	backup, _ := embeddedBackup(t, 10)
	taken := openAt(t, filepath.Join(t.TempDir(), "taken"), servers{warehouse: c.URL("taken")})
	if err := takeRows(t, taken, fewOrders, nil); err != nil {
		t.Fatal(err)
	}
	shut(t, taken)
	state := testengine.Postgres(t)
	for name, x := range map[string]struct{ url, code string }{
		"nobody listens":        {"clickhouse://127.0.0.1:1/x", "store.host_unreachable"},
		"a shard is left out":   {"clickhouse://" + c.Shards[0].Address + "/x", "store.wrong_cluster"},
		"another's":             {c.URL("taken"), "store.other_installation"},
		"a cluster that is not": {c.URL("x") + "?cluster=other", "store.wrong_cluster"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "b")
			configured(t, dir, servers{state, x.url})
			if _, err := Restore(ctx, RestoreOptions{Path: backup, Dir: dir, Now: time.Now}); perennial.CodeOf(err) != x.code {
				t.Errorf("restore: %v", err)
			}
			if left, err := filepath.Glob(filepath.Join(filepath.Dir(dir), "*", "*")); err != nil || len(left) != 1 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
	// Nothing of it went into the database that all of them named.
	dir := filepath.Join(t.TempDir(), "b")
	configured(t, dir, servers{state, c.URL("free")})
	if _, err := Restore(ctx, RestoreOptions{Path: backup, Dir: dir, Now: time.Now}); err != nil {
		t.Error(err)
	}
}

// A restore whose shard dies while facts are loaded says where things are, and goes
// on: run again, or by the next opening.
func TestARestoreThatDiesGoesOn(t *testing.T) {
	ctx := t.Context()
	backup, want := embeddedBackup(t, 2000)
	other, _ := embeddedBackup(t, 10)
	for name, again := range map[string]bool{"restored again": true, "opened": false} {
		t.Run(name, func(t *testing.T) {
			c := testengine.ClickHouse(t, 2)
			dir := filepath.Join(t.TempDir(), "b")
			configured(t, dir, servers{testengine.Postgres(t), c.URL("dies")})
			opt := RestoreOptions{Path: backup, Dir: dir, Now: time.Now}
			dying := opt
			dying.Progress = func(int64, int64) { c.Shards[1].Kill() }
			_, err := Restore(ctx, dying)
			if e := perennial.AsError(err); err == nil || e.Code != "store.shard_down" || !strings.Contains(e.Hint.ZH, dir) || !strings.Contains(e.Hint.EN, dir) {
				t.Errorf("restore: %v", err)
			}
			if err := c.Shards[1].Restart(ctx); err != nil {
				t.Fatal(err)
			}
			if _, err := Restore(ctx, RestoreOptions{Path: other, Dir: dir, Now: time.Now}); perennial.CodeOf(err) != "restore.unfinished" {
				t.Errorf("another backup: %v", err)
			}
			stopped, stop := context.WithCancel(ctx)
			halted := opt
			halted.Progress = func(int64, int64) { stop() }
			if _, err := Restore(stopped, halted); perennial.AsError(err).Kind != perennial.KindCancelled {
				t.Errorf("stopped: %v", err)
			}
			if again {
				if _, err := Restore(ctx, opt); err != nil {
					t.Fatal(err)
				}
			}
			bringKey(t, backup, dir)
			for range 2 {
				b := openHere(t, dir)
				healthy(t, b)
				if got := purchases(t, b); got != want {
					t.Error("other purchases")
				}
				shut(t, b)
			}
			if _, err := os.Stat(filepath.Join(dir, restoringFile)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("it still counts as unfinished: %v", err)
			}
		})
	}
}

// What a killed restore left holds the vault's key: the doctor names it and the next
// restore removes it, but not that of one that lives.
func TestWhatAKilledRestoreLeft(t *testing.T) {
	ctx, parent := t.Context(), t.TempDir()
	backup, _ := embeddedBackup(t, 10)
	var left []string
	for _, name := range []string{"dead", "123456", "alive"} {
		dir := filepath.Join(parent, stagingPrefix+name)
		if err := os.MkdirAll(filepath.Join(dir, stagingData), 0o700); err != nil {
			t.Fatal(err)
		}
		bringKey(t, backup, filepath.Join(dir, stagingData))
		left = append(left, dir)
	}
	alive, err := dirlock.Acquire(left[2])
	if err != nil {
		t.Fatal(err)
	}
	a := openAt(t, filepath.Join(parent, "a"), servers{})
	found := ""
	for _, c := range a.Doctor(ctx) {
		if c.Code == "restore.left" {
			found += c.Detail.ZH
		}
	}
	shut(t, a)
	if !strings.Contains(found, left[0]) || !strings.Contains(found, left[1]) || strings.Contains(found, left[2]) {
		t.Errorf("the doctor names %q", found)
	}
	if _, err := Restore(ctx, RestoreOptions{Path: backup, Dir: filepath.Join(parent, "alive"), Now: time.Now}); perennial.CodeOf(err) != "dir.in_use" {
		t.Errorf("two restores into one directory: %v", err)
	}
	if _, err := Restore(ctx, RestoreOptions{Path: backup, Dir: filepath.Join(parent, "b"), Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	have, err := filepath.Glob(filepath.Join(parent, stagingPrefix+"*"))
	if err != nil || len(have) != 1 || have[0] != left[2] {
		t.Errorf("there are %v, %v", have, err)
	}
	if err := alive.Release(); err != nil {
		t.Error(err)
	}
}
