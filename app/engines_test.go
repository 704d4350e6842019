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
	"perennial/store/warehouse"
	"perennial/store/warehouse/clickhouse"
	"perennial/store/warehouse/warehousetest"
)

// servers are the addresses of an installation's databases, "" for the embedded
// ones.
type servers struct{ state, warehouse string }

func (s servers) config() config.Config {
	cfg := config.Default()
	cfg.State.URL, cfg.Warehouse.URL = s.state, s.warehouse
	return cfg
}

func tryAt(t *testing.T, dir string, at servers) (*App, error) {
	t.Helper()
	return Open(t.Context(), Options{Dir: dir, Create: true, Config: at.config(), Now: time.Now})
}

func openAt(t *testing.T, dir string, at servers) *App {
	t.Helper()
	a, err := tryAt(t, dir, at)
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

const orderHead = "order_id,customer_id,order_date,total\n"

// takeRows imports orders into the workspace "w".
func takeRows(t *testing.T, a *App, rows string, progress func(done, total int64)) error {
	t.Helper()
	return takeInto(t, a, "w", rows, progress)
}

func takeInto(t *testing.T, a *App, workspace, rows string, progress func(done, total int64)) error {
	t.Helper()
	file := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(file, []byte(orderHead+rows), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, _, err := a.Import(t.Context(), ImportOptions{Request: importer.Request{Kind: mapping.Orders, Path: file, Progress: progress}, Workspace: workspace})
	return err
}

// purchases is all that the workspace "w" holds, as text.
func purchases(t *testing.T, a *App) string {
	t.Helper()
	ws, err := a.Catalog.Workspace(t.Context(), "w")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(flat(load(t, a, ws, purchase.Options{AsOf: history.NoDay, Money: perennial.MoneyNet}).History), "\n")
}

func healthy(t *testing.T, a *App) {
	t.Helper()
	for _, check := range a.Doctor(t.Context()) {
		if !check.OK {
			t.Errorf("doctor: %s: %s %s", check.Name, check.Code, check.Detail.EN)
		}
		if strings.Contains(check.Engine+check.Detail.EN+check.Detail.ZH, "password") {
			t.Errorf("doctor shows a password: %+v", check)
		}
	}
}

// A backup of two shards comes back into another database, and into DuckDB; it
// never replaces facts that somebody has.
func TestABackupOfClickHouseComesBack(t *testing.T) {
	c := testengine.ClickHouse(t, 2)
	ctx, dir := t.Context(), t.TempDir()
	a := openAt(t, filepath.Join(dir, "a"), servers{warehouse: c.URL("before")})
	if err := takeRows(t, a, "1,c1,2026-01-01,10.00\n2,c2,2026-01-02,5.50\n3,c1,2026-02-01,7.25\n4,,2026-02-02,3.00\n", nil); err != nil {
		t.Fatal(err)
	}
	healthy(t, a)
	want := purchases(t, a)
	backup := filepath.Join(dir, "backup")
	if _, err := a.Backup(ctx, backup, "test", true); err != nil {
		t.Fatal(err)
	}
	shut(t, a)
	for name, url := range map[string]string{"another": c.URL("after"), "duckdb": ""} {
		target := filepath.Join(dir, name)
		configured(t, target, servers{warehouse: url})
		if _, err := Restore(ctx, RestoreOptions{Path: backup, Dir: target, Now: time.Now}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			b := openHere(t, target)
			if got := purchases(t, b); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
			shut(t, b)
		}
	}
	same := filepath.Join(dir, "same")
	configured(t, same, servers{warehouse: c.URL("before")})
	if _, err := Restore(ctx, RestoreOptions{Path: backup, Dir: same, Now: time.Now}); perennial.CodeOf(err) != "store.other_installation" {
		t.Errorf("over the original: %v", err)
	}
	ws := perennial.Workspace{ID: 1, Name: "w"}
	for _, wrong := range []struct{ dir, url, code string }{
		{"a", c.URL("nothing"), "store.no_facts"},
		{"duckdb", c.URL("elsewhere"), "store.other_engine"},
	} {
		b := openAt(t, filepath.Join(dir, wrong.dir), servers{warehouse: wrong.url})
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
	at := servers{warehouse: c.URL("dies")}
	a := openAt(t, dir, at)
	defer func() { shut(t, a) }()
	if err := takeRows(t, a, "1,c1,2026-01-01,10.00\n2,c2,2026-01-02,5.50\n3,c3,2026-02-01,7.25\n", nil); err != nil {
		t.Fatal(err)
	}
	want := purchases(t, a)
	ws, err := a.Catalog.Workspace(ctx, "w")
	if err != nil {
		t.Fatal(err)
	}
	opt := purchase.Options{AsOf: history.NoDay, Money: perennial.MoneyNet}
	more := many(300_000) // several blocks
	// In the middle of the file.
	var once sync.Once
	err = takeRows(t, a, more, func(int64, int64) { once.Do(c.Shards[1].Kill) })
	e := perennial.AsError(err)
	if e == nil || e.Code != "store.shard_down" || !strings.Contains(e.Sentence.ZH, c.Shards[1].Address) || !strings.Contains(e.Hint.ZH, "导入") || strings.Contains(e.Hint.ZH, "数字") {
		t.Errorf("import: %v", err)
	}
	_, err = a.Analyze(ctx, ws, AnalyzeOptions{Purchases: opt})
	if e := perennial.AsError(err); e == nil || e.Code != "store.shard_down" || !strings.Contains(e.Hint.ZH, "数字") {
		t.Errorf("analyse: %v", err)
	}
	if err := c.Revive(ctx); err != nil {
		t.Fatal(err)
	}
	shut(t, a)
	a = openAt(t, dir, at)
	if got := purchases(t, a); got != want {
		t.Errorf("after the shard came back: %d lines, want %q", strings.Count(got, "\n"), want)
	}
	if err := takeRows(t, a, more, nil); err != nil {
		t.Fatal(err)
	}
	if l := load(t, a, ws, opt); l.Orders != 300_003 {
		t.Errorf("%d orders after the import was repeated", l.Orders)
	}
}

// The same in the first import of a workspace, whose rows one shard may hold
// already: the workspace stays, so that the next start knows of them.
func TestAShardThatDiesInTheFirstImport(t *testing.T) {
	c := testengine.ClickHouse(t, 2)
	ctx, dir := t.Context(), t.TempDir()
	at := servers{warehouse: c.URL("first")}
	a := openAt(t, dir, at)
	defer func() { shut(t, a) }()
	var once sync.Once
	if err := takeRows(t, a, many(100_000), func(int64, int64) { once.Do(c.Shards[1].Kill) }); perennial.CodeOf(err) != "store.shard_down" {
		t.Errorf("import: %v", err)
	}
	if err := c.Revive(ctx); err != nil {
		t.Fatal(err)
	}
	w, err := clickhouse.Open(ctx, clickhouse.Options{URL: at.warehouse, Name: "w"})
	if err != nil {
		t.Fatal(err)
	}
	row := make([]any, len(warehouse.Orders.Fields))
	for i, f := range warehouse.Orders.Fields {
		switch f.Kind {
		case warehouse.Text:
			row[i] = ""
		case warehouse.Float:
			row[i] = 1.0
		default:
			row[i] = int64(1) // of batch 1, which was the import's
		}
	}
	warehousetest.Fill(t, w, warehouse.Orders, [][]any{row})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	a = reopened(t, a, dir, at)
	if err := takeRows(t, a, fewOrders, nil); err != nil {
		t.Fatal(err)
	}
	ws, err := a.Catalog.Workspace(ctx, "w")
	if err != nil {
		t.Fatal(err)
	}
	if l := load(t, a, ws, purchase.Options{AsOf: history.NoDay, Money: perennial.MoneyNet}); l.Orders != 3 {
		t.Errorf("%d orders, want 3", l.Orders)
	}
}

// many makes n orders of 5000 customers.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "n%d,d%d,2026-03-01,1.00\n", i, i%5000)
	}
	return b.String()
}
