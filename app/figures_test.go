package app

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/purchase"
	"perennial/collect/importer"
	"perennial/collect/importer/mapping"
	"perennial/internal/realdata"
	"perennial/internal/testengine"
)

// figuresAt gives the servers of an installation to the tests that
// TestFiguresOnServers runs again; nil for the embedded engines.
var figuresAt func(t *testing.T, name string) servers

// TestFiguresOnServers reproduces the figures of whole files on two shards, with
// the state on PostgreSQL.
func TestFiguresOnServers(t *testing.T) {
	cluster := testengine.ClickHouse(t, 2)
	testengine.Postgres(t) // or the test is skipped as a whole
	figuresAt = func(t *testing.T, name string) servers {
		return servers{testengine.Postgres(t), cluster.URL("figures_" + name)}
	}
	defer func() { figuresAt = nil }()
	for name, f := range map[string]func(*testing.T){
		"online retail": TestOnlineRetail, "CDNOW": TestCDNOW, "demo shop": TestTheDemoShopComesBackFromItsFiles,
	} {
		t.Run(name, f)
	}
}

// importFile imports a file into a fresh installation and returns it with its
// workspace and report.
func importFile(t *testing.T, path string, req importer.Request) (*App, perennial.Workspace, *importer.Report) {
	t.Helper()
	ctx := t.Context()
	dir := t.TempDir()
	var at servers
	if figuresAt != nil {
		at = figuresAt(t, filepath.Base(filepath.Dir(dir)))
	}
	a := openAt(t, filepath.Join(dir, "data"), at)
	t.Cleanup(func() { shut(t, a) })
	req.Path = path
	if req.Kind == "" {
		req.Kind = mapping.Orders
	}
	ws, report := again(ctx, t, a, perennial.Workspace{}, req)
	return a, ws, report
}

// again imports a file into an installation, making the workspace if there is
// none yet.
func again(ctx context.Context, t *testing.T, a *App, ws perennial.Workspace, req importer.Request) (perennial.Workspace, *importer.Report) {
	t.Helper()
	im, err := a.Importer(ctx, ws)
	if err != nil {
		t.Fatal(err)
	}
	p, err := im.Prepare(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if ws.ID == 0 {
		ws, err = a.Catalog.CreateWorkspace(ctx, perennial.Workspace{Name: "test", Zone: p.Zone(), Currency: p.Currency(), WeekStart: time.Monday})
		if err != nil {
			t.Fatal(err)
		}
		if im, err = a.Importer(ctx, ws); err != nil {
			t.Fatal(err)
		}
	}
	report, err := im.Run(ctx, p, ws)
	if err != nil {
		t.Fatal(err)
	}
	if c := report.Counts; c.Read != c.Accepted+c.Refused+c.Duplicate {
		t.Errorf("%s: read %d ≠ accepted %d + refused %d + duplicate %d", req.Path, c.Read, c.Accepted, c.Refused, c.Duplicate)
	}
	return ws, report
}

func load(t *testing.T, a *App, ws perennial.Workspace, opt purchase.Options) *purchase.Loaded {
	t.Helper()
	ctx := t.Context()
	w, err := a.Warehouse(ctx, ws)
	if err != nil {
		t.Fatal(err)
	}
	if opt.Batches, err = a.Catalog.Live(ctx, ws.ID); err != nil {
		t.Fatal(err)
	}
	l, err := purchase.Load(ctx, w, opt)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// textbook are the options of definitions.md's variants marked [T].
func textbook() purchase.Options {
	return purchase.Options{AsOf: history.NoDay, Money: perennial.MoneyGross, KeepZero: true, KeepRefunded: true, KeepExcluded: true}
}

// The figures of the UCI file as stated beside it.
func TestOnlineRetail(t *testing.T) {
	a, ws, report := importFile(t, realdata.Path(t, "online_retail/online_retail.csv.gz"), importer.Request{})
	c := report.Counts
	if c.Read != 541_909 || c.Refused != 0 || c.Unattributed != 135_080 || c.Repeated != 5_268 || report.Rows != "lines" {
		t.Errorf("counts %+v, rows %s, refusals %+v", c, report.Rows, report.Refusals)
	}
	l := load(t, a, ws, textbook())
	var revenue perennial.Money
	for _, m := range l.Amount {
		revenue += m
	}
	if l.Orders != 18_532 || l.Len() != 4_338 || revenue != 891_140_790 {
		t.Errorf("%d orders, %d customers, revenue %d", l.Orders, l.Len(), revenue)
	}
	if l.First.String() != "2010-12-01" || l.AsOf.String() != "2011-12-09" {
		t.Errorf("from %s to %s", l.First, l.AsOf)
	}
	net := load(t, a, ws, purchase.Options{AsOf: history.NoDay, Money: perennial.MoneyNet})
	b := net.Bridge
	if b.All-b.Unpaid-b.Aside-b.WalkIn-b.ExcludedCustomers != b.Gross {
		t.Errorf("the bridge does not add up: %+v", b)
	}
	var sum perennial.Money
	for _, m := range net.Amount {
		sum += m
	}
	t.Logf("net: %d orders, %d customers, %d refund documents, bridge %+v", net.Orders, net.Len(), net.Refunds, b)
}

func TestCDNOW(t *testing.T) {
	a, ws, report := importFile(t, realdata.Path(t, "cdnow/CDNOW_sample.txt"), importer.Request{Repeats: importer.RepeatsKeep})
	if c := report.Counts; c.Read != 6_919 || c.Accepted != 6_919 || report.Rows != "orders" {
		t.Errorf("counts %+v, rows %s", c, report.Rows)
	}
	l := load(t, a, ws, textbook())
	if l.Len() != 2_357 || l.Orders != 6_919 {
		t.Errorf("%d customers, %d orders", l.Len(), l.Orders)
	}
	t.Logf("%+v", report.Mapping.Columns)
}
