package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/purchase"
	"perennial/collect/importer"
	"perennial/collect/importer/mapping"
	"perennial/config"
	"perennial/internal/testengine"
)

// openAt opens an installation whose facts are at a URL, "" for DuckDB.
func openAt(t *testing.T, dir, url string) *App {
	t.Helper()
	cfg := config.Default()
	cfg.Warehouse.URL = url
	a, err := Open(t.Context(), Options{Dir: dir, Create: true, Config: cfg, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func shut(t *testing.T, a *App) {
	t.Helper()
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

// A backup of two shards comes back into another database, and into DuckDB; it
// never replaces facts that somebody has.
func TestABackupOfClickHouseComesBack(t *testing.T) {
	c := testengine.ClickHouse(t, 2)
	ctx, dir := t.Context(), t.TempDir()
	file := filepath.Join(dir, "orders.csv")
	rows := "order_id,customer_id,order_date,total\n1,c1,2026-01-01,10.00\n2,c2,2026-01-02,5.50\n3,c1,2026-02-01,7.25\n4,,2026-02-02,3.00\n"
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	a := openAt(t, filepath.Join(dir, "a"), c.URL("before"))
	if _, _, _, err := a.Import(ctx, ImportOptions{Request: importer.Request{Kind: mapping.Orders, Path: file}, Workspace: "w"}); err != nil {
		t.Fatal(err)
	}
	for _, check := range a.Doctor(ctx) {
		if !check.OK {
			t.Errorf("doctor: %s: %s %s", check.Name, check.Code, check.Detail.EN)
		}
	}
	ws, err := a.Catalog.Workspace(ctx, "w")
	if err != nil {
		t.Fatal(err)
	}
	opt := purchase.Options{AsOf: history.NoDay, Money: perennial.MoneyNet}
	want := strings.Join(flat(load(t, a, ws, opt).History), "\n")
	backup := filepath.Join(dir, "backup")
	if _, err := a.Backup(ctx, backup, "test", true); err != nil {
		t.Fatal(err)
	}
	shut(t, a)
	for name, url := range map[string]string{"another": c.URL("after"), "duckdb": ""} {
		if _, err := Restore(ctx, backup, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			b := openAt(t, filepath.Join(dir, name), url)
			if got := strings.Join(flat(load(t, b, ws, opt).History), "\n"); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
			shut(t, b)
		}
	}
	if _, err := Restore(ctx, backup, filepath.Join(dir, "same")); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []struct{ dir, url, code string }{
		{"same", c.URL("before"), "restore.not_empty"},
		{"a", c.URL("nothing"), "store.no_facts"},
		{"duckdb", c.URL("nothing"), "store.other_engine"},
	} {
		b := openAt(t, filepath.Join(dir, wrong.dir), wrong.url)
		if _, err := b.Warehouse(ctx, ws); perennial.CodeOf(err) != wrong.code {
			t.Errorf("%s: want %s, got %v", wrong.dir, wrong.code, err)
		}
		shut(t, b)
	}
}

// A shard that dies in the middle of an import leaves nothing of it: not while it
// is away, when there is no answer at all, and not when it is back.
func TestAShardThatDiesInAnImport(t *testing.T) {
	c := testengine.ClickHouse(t, 2)
	ctx, dir := t.Context(), t.TempDir()
	file := filepath.Join(dir, "orders.csv")
	head := "order_id,customer_id,order_date,total\n"
	write := func(rows string) {
		if err := os.WriteFile(file, []byte(head+rows), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var progress func(done, total int64)
	take := func(a *App) error {
		_, _, _, err := a.Import(ctx, ImportOptions{Request: importer.Request{Kind: mapping.Orders, Path: file, Progress: progress}, Workspace: "w"})
		return err
	}
	a := openAt(t, filepath.Join(dir, "a"), c.URL("dies"))
	defer func() { shut(t, a) }()
	write("1,c1,2026-01-01,10.00\n2,c2,2026-01-02,5.50\n3,c3,2026-02-01,7.25\n")
	if err := take(a); err != nil {
		t.Fatal(err)
	}
	ws, err := a.Catalog.Workspace(ctx, "w")
	if err != nil {
		t.Fatal(err)
	}
	opt := purchase.Options{AsOf: history.NoDay, Money: perennial.MoneyNet}
	want := strings.Join(flat(load(t, a, ws, opt).History), "\n")

	var more strings.Builder
	for i := range 300_000 { // several blocks
		fmt.Fprintf(&more, "n%d,d%d,2026-03-01,1.00\n", i, i%5000)
	}
	write(more.String())
	// In the middle of the file.
	var once sync.Once
	progress = func(int64, int64) { once.Do(c.Shards[1].Kill) }
	if err := take(a); perennial.CodeOf(err) != "store.shard_down" || !strings.Contains(err.Error(), c.Shards[1].Address) {
		t.Errorf("import: %v", err)
	}
	if _, err := a.Analyze(ctx, ws, AnalyzeOptions{Purchases: opt}); perennial.CodeOf(err) != "store.shard_down" {
		t.Errorf("analyse: %v", err)
	}
	progress = nil
	if err := c.Shards[1].Restart(ctx); err != nil {
		t.Fatal(err)
	}
	shut(t, a)
	a = openAt(t, filepath.Join(dir, "a"), c.URL("dies"))
	if got := strings.Join(flat(load(t, a, ws, opt).History), "\n"); got != want {
		t.Errorf("after the shard came back: %d lines, want %q", strings.Count(got, "\n"), want)
	}
	if err := take(a); err != nil {
		t.Fatal(err)
	}
	if l := load(t, a, ws, opt); l.Orders != 300_003 {
		t.Errorf("%d orders after the import was repeated", l.Orders)
	}
}
