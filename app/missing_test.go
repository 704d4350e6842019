package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/purchase"
	"perennial/internal/sqlfile"
	"perennial/internal/testengine"
	"perennial/store/state"
	"perennial/store/warehouse"
	"perennial/store/warehouse/warehousetest"
)

// complains wants one code from everything that reads facts, and from the doctor,
// with a sentence that names all of words.
func complains(t *testing.T, a *App, code string, words ...string) {
	t.Helper()
	ws, err := a.Catalog.Workspace(t.Context(), "w")
	if err != nil {
		t.Fatal(err)
	}
	opt := AnalyzeOptions{Purchases: purchase.Options{AsOf: history.NoDay, Money: perennial.MoneyNet}}
	if _, err := a.Analyze(t.Context(), ws, opt); perennial.CodeOf(err) != code {
		t.Errorf("analyse: %v", err)
	}
	if _, err := a.Calibrate(t.Context(), ws, opt, nil); perennial.CodeOf(err) != code {
		t.Errorf("calibrate: %v", err)
	}
	if _, err := a.Refresh(t.Context(), ws); perennial.CodeOf(err) != code {
		t.Errorf("refresh: %v", err)
	}
	told := false
	for _, c := range a.Doctor(t.Context()) {
		if c.Code != code {
			continue
		}
		told = true
		for _, word := range words {
			told = told && strings.Contains(c.Detail.EN, word) && strings.Contains(c.Detail.ZH, word)
		}
		if c.OK || c.Hint.ZH == "" || c.Hint.EN == "" {
			t.Errorf("the doctor says %+v", c)
		}
	}
	if !told {
		t.Errorf("the doctor does not say %s with %v", code, words)
	}
}

// Rows that somebody removed or added beside the program are noticed before a figure
// is given, in every table, and undoing the import is a way out.
func TestFactsThatChangeByThemselves(t *testing.T) {
	for name, at := range map[string]func(*testing.T) servers{
		"embedded":      func(*testing.T) servers { return servers{} },
		"on two shards": func(t *testing.T) servers { return servers{warehouse: testengine.ClickHouse(t, 2).URL("lost")} },
	} {
		t.Run(name, func(t *testing.T) { factsThatChange(t, at(t)) })
	}
}

func factsThatChange(t *testing.T, at servers) {
	ctx := t.Context()
	a := openAt(t, t.TempDir(), at)
	defer shut(t, a)
	if err := takeRows(t, a, many(1000), nil); err != nil {
		t.Fatal(err)
	}
	if err := takeRows(t, a, fewOrders+"n7,d7,2026-03-01,2.00\nn8,d8,2026-03-01,1.00\n", nil); err != nil { // hides one, claims one
		t.Fatal(err)
	}
	ws, err := a.Catalog.Workspace(ctx, "w")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Refresh(ctx, ws); err != nil { // a snapshot of before is no excuse
		t.Fatal(err)
	}
	healthy(t, a)
	want := purchases(t, a)
	w, err := a.Warehouse(ctx, ws)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []warehouse.Table{warehouse.Hidden, warehouse.Claims} {
		rows := warehousetest.Rows(t, w, "select * from "+table.Name, nil)
		if err := w.Exec(ctx, sqlfile.Text("lose", "delete from "+table.Name+" where 1 = 1"), nil); err != nil {
			t.Fatal(err)
		}
		complains(t, a, "store.facts_missing", `w`, "2", "orders.csv", table.Name)
		warehousetest.Fill(t, w, table, rows)
		healthy(t, a)
	}
	if err := w.Exec(ctx, sqlfile.Text("lose", "delete from orders where customer_key between 5 and 6"), nil); err != nil {
		t.Fatal(err)
	}
	complains(t, a, "store.facts_missing", "w", "1", "orders.csv", "orders", "1000", "998")
	// The second import brought an order of the first, whose facts are not whole.
	if _, err := a.Undo(ctx, 1); perennial.CodeOf(err) != "import.facts_missing" {
		t.Errorf("undo: %v", err)
	}
	for _, id := range []int64{2, 1} {
		if _, err := a.Undo(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	for _, rows := range []string{many(1000), fewOrders + "n7,d7,2026-03-01,2.00\nn8,d8,2026-03-01,1.00\n"} {
		if err := takeRows(t, a, rows, nil); err != nil {
			t.Fatal(err)
		}
	}
	healthy(t, a)
	if got := purchases(t, a); got != want {
		t.Errorf("imported again: %s, want %s", got, want)
	}
	warehousetest.Fill(t, w, warehouse.Orders, warehousetest.Rows(t, w, "select * from orders where batch_id = 3 and customer_key = 1", nil))
	complains(t, a, "store.facts_surplus", "w", "orders")
}

// An older file in the place of the newest is noticed when it is opened.
func TestAnOlderFileInThePlaceOfTheNewest(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "workspaces", "w", duckdbFile)
	a := openAt(t, dir, servers{})
	if err := takeRows(t, a, fewOrders, nil); err != nil {
		t.Fatal(err)
	}
	shut(t, a)
	older, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a = openAt(t, dir, servers{})
	if err := takeRows(t, a, "4,c3,2026-02-02,3.00\n", nil); err != nil {
		t.Fatal(err)
	}
	shut(t, a)
	if err := os.WriteFile(file, older, 0o600); err != nil {
		t.Fatal(err)
	}
	a = openAt(t, dir, servers{})
	defer shut(t, a)
	complains(t, a, "store.facts_missing", "2", "orders", "1", "0")
}

// Batches of a Perennial that did not count are counted when they are next opened:
// what is lost from then on is noticed.
func TestBatchesThatWereNotCounted(t *testing.T) {
	for name, at := range map[string]servers{"sqlite": {}, "postgres": {state: testengine.Postgres(t)}} {
		t.Run(name, func(t *testing.T) {
			ctx, dir := t.Context(), t.TempDir()
			a := openAt(t, dir, at)
			defer func() { shut(t, a) }()
			if err := takeRows(t, a, fewOrders, nil); err != nil {
				t.Fatal(err)
			}
			if err := a.State.Update(ctx, func(tx state.Tx) error {
				_, err := tx.Exec(ctx, "delete from batch_rows")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			a = reopened(t, a, dir, at)
			healthy(t, a)
			w, err := a.Warehouse(ctx, perennial.Workspace{ID: 1, Name: "w"})
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Exec(ctx, sqlfile.Text("lose", "delete from orders where order_id = '2'"), nil); err != nil {
				t.Fatal(err)
			}
			complains(t, a, "store.facts_missing", "1", "orders", "3", "2")
		})
	}
}

// A key that opens nothing, values that do not open, and values whose customer's key
// is gone: no part of it is found sound.
func TestTheVaultIsTried(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	one, other := filepath.Join(dir, "one"), filepath.Join(dir, "other")
	shut(t, openAt(t, other, servers{}))
	a := openAt(t, one, servers{})
	defer func() { shut(t, a) }()
	if err := takeRows(t, a, fewOrders, nil); err != nil {
		t.Fatal(err)
	}
	healthy(t, a)
	run := func(query string) {
		t.Helper()
		err := a.State.Update(ctx, func(tx state.Tx) error {
			n, err := tx.Exec(ctx, query)
			if err == nil && n == 0 {
				t.Errorf("%s changed nothing", query)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	says := func(code string) {
		t.Helper()
		for _, c := range a.Doctor(ctx) {
			if wrong := c.Name == "workspace w vault"; wrong == c.OK || wrong && (c.Code != code || !strings.Contains(c.Detail.ZH, "w") || c.Hint.ZH == "") {
				t.Errorf("the doctor says %+v, want %s", c, code)
			}
		}
	}
	run("create table kept as select * from vault_keys")
	run("delete from vault_keys where customer_key = 1")
	says("vault.incomplete")
	run("delete from vault_keys")
	run("insert into vault_keys select * from kept")
	run("create table values_kept as select * from vault_values")
	run("update vault_values set sealed = (select sealed from vault_values where customer_key = 1) where customer_key = 2")
	says("vault.unreadable")
	run("delete from vault_values")
	says("vault.incomplete")
	run("insert into vault_values select * from values_kept")
	run("drop table kept")
	run("drop table values_kept")
	healthy(t, a)

	// Another key, also where nothing tells whose it is but the values themselves.
	run("delete from settings where name = 'vault_fingerprint'")
	shut(t, a)
	key := filepath.Join(one, "vault.key")
	own, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	copyKey(t, other, one)
	refusedAt(t, one, servers{}, "vault.unreadable")
	if err := os.WriteFile(key, own, 0o600); err != nil {
		t.Fatal(err)
	}
	a = openAt(t, one, servers{})
	healthy(t, a)
	shut(t, a)
	copyKey(t, other, one)
	refusedAt(t, one, servers{}, "vault.unreadable")
	if err := os.WriteFile(key, own, 0o600); err != nil {
		t.Fatal(err)
	}
	a = openAt(t, one, servers{})
}
