package catalog

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"perennial"
	"perennial/internal/testengine"
	"perennial/store/state"
	"perennial/store/state/postgres"
	"perennial/store/state/sqlite"
)

// TestEveryStatement lets each method of the catalogue run on every engine.
func TestEveryStatement(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "state.db")})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		everyStatement(t, s)
	})
	t.Run("postgres", func(t *testing.T) {
		s, err := postgres.Open(t.Context(), postgres.Options{URL: testengine.Postgres(t)})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		everyStatement(t, s)
	})
}

func everyStatement(t *testing.T, s state.State) {
	ctx := t.Context()
	now := time.Date(2026, 3, 1, 8, 0, 0, 123456000, time.UTC)
	c := New(s, func() time.Time { return now })
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	make := func(name string) perennial.Workspace {
		t.Helper()
		w, err := c.CreateWorkspace(ctx, perennial.Workspace{Name: name, Zone: time.UTC, Currency: "CNY", WeekStart: time.Monday})
		ok(err)
		return w
	}
	shop, bar := make("shop"), make("a-bar")
	if _, err := c.CreateWorkspace(ctx, shop); perennial.CodeOf(err) != "workspace.exists" {
		t.Errorf("a second shop: %v", err)
	}
	all, err := c.Workspaces(ctx)
	ok(err)
	want("workspaces", all, []perennial.Workspace{bar, shop})
	found, err := c.Workspace(ctx, "shop")
	ok(err)
	want("workspace", found, shop)
	if _, err := c.Workspace(ctx, "none"); perennial.CodeOf(err) != "workspace.not_found" {
		t.Errorf("no workspace: %v", err)
	}

	change := func(w perennial.Workspace) (perennial.Workspace, error) {
		return c.ChangeWorkspace(ctx, shop.ID, func(now *perennial.Workspace) error { *now = w; return nil },
			func(_ state.Tx, was, now perennial.Workspace) error {
				want("what it was and is", []any{was.ID, was.Name, now.ID, now.Name}, []any{shop.ID, shop.Name, shop.ID, shop.Name})
				return nil
			})
	}
	euro, err := change(perennial.Workspace{Name: "other", Zone: time.FixedZone("Europe/Berlin", 3600), Currency: "EUR", WeekStart: time.Sunday})
	ok(err)
	changed, err := c.Workspace(ctx, "shop")
	ok(err)
	want("changed workspace", []any{changed.Zone.String(), changed.Currency, changed.WeekStart}, []any{euro.Zone.String(), euro.Currency, time.Sunday})
	_, err = change(shop)
	ok(err)

	for i, value := range []string{"{}", `{"a":1}`} {
		version, err := c.PutSetting(ctx, shop.ID, "rfm", value)
		ok(err)
		want("version", version, int64(i+1))
	}
	value, version, err := c.Setting(ctx, shop.ID, "rfm")
	ok(err)
	want("setting", []any{value, version}, []any{`{"a":1}`, int64(2)})
	values, err := c.Settings(ctx, shop.ID, "rfm")
	ok(err)
	want("settings", values, []string{"{}", `{"a":1}`})
	if _, version, err = c.Setting(ctx, bar.ID, "rfm"); err != nil || version != 0 {
		t.Errorf("no setting: %d, %v", version, err)
	}

	in, err := c.BeginImport(ctx, Import{Workspace: shop.ID, Kind: "orders", File: "\xff.csv", FileHash: "h"})
	ok(err)
	abandoned, err := c.Abandoned(ctx, shop.ID)
	ok(err)
	want("abandoned", abandoned, []int64{in.Batch})
	in.Rows, in.Report = Rows{Read: 4, Accepted: 1, Refused: 2, Duplicate: 1}, `{"x":"?"}`
	refusals := []Refusal{
		{Line: 2, Column: "day", Value: "a\x00b", Code: "x.y", Reason: perennial.Say("错", "wrong"), Hint: perennial.Say("改", "mend")},
		{Line: 2, Column: "", Value: "it's?", Code: "x.z"},
	}
	ok(c.FinishImport(ctx, in, Stored{"orders": 3}, refusals, func(state.Tx) error { return nil }))
	if err := c.FinishImport(ctx, in, nil, nil, func(state.Tx) error { return nil }); err == nil {
		t.Error("finished twice")
	}
	refusals[0].Value = "a\ufffdb"
	stored, err := c.Refusals(ctx, in.ID)
	ok(err)
	want("refusals", stored, refusals)
	done, err := c.Import(ctx, in.ID)
	ok(err)
	in.Status, in.File, in.Batch = ImportDone, "\ufffd.csv", 0
	want("import", done, in)
	live, err := c.Live(ctx, shop.ID)
	ok(err)
	want("live", live, []int64{1})
	for code, w := range map[string]perennial.Workspace{
		"workspace.zone_fixed":     {Zone: euro.Zone, Currency: "CNY"},
		"workspace.currency_fixed": {Zone: time.UTC, Currency: "EUR"},
		"":                         {Zone: time.UTC, Currency: "CNY", WeekStart: time.Monday},
	} {
		if _, err := change(w); perennial.CodeOf(err) != code {
			t.Errorf("with facts, %+v: %v", w, err)
		}
	}
	of, err := c.ImportOf(ctx, shop.ID)
	ok(err)
	want("import of a batch", of, map[int64]int64{1: in.ID})

	second, err := c.BeginImport(ctx, Import{Workspace: shop.ID, Kind: "orders"})
	ok(err)
	ok(c.FailImport(ctx, second))
	third, err := c.BeginImport(ctx, Import{Workspace: shop.ID, Kind: "orders"})
	ok(err)
	ok(c.ForgetAbandoned(ctx, shop.ID))
	imports, err := c.Imports(ctx, shop.ID)
	ok(err)
	var ids []int64
	for _, i := range imports {
		ids = append(ids, i.ID)
	}
	want("imports", ids, []int64{third.ID, second.ID, in.ID})
	carried, err := c.CarryBatch(ctx, shop.ID, in.ID)
	ok(err)
	ok(c.UndoImport(ctx, in, map[int64]Stored{carried: {"orders": 2}}))
	if err := c.UndoImport(ctx, in, nil); perennial.CodeOf(err) != "import.not_done" {
		t.Errorf("undone twice: %v", err)
	}
	live, err = c.Live(ctx, shop.ID)
	ok(err)
	if !slices.Equal(live, []int64{carried}) {
		t.Errorf("live after undo: %v", live)
	}
	mine, err := c.SaveView(ctx, shop.ID, View{Operator: 1, Page: "customers", Name: " 快流失的 ", Query: "stage=decline"})
	ok(err)
	theirs, err := c.SaveView(ctx, shop.ID, View{Operator: 2, Page: "customers", Name: "shared", Shared: true})
	ok(err)
	_, err = c.SaveView(ctx, shop.ID, View{Operator: 2, Page: "customers", Name: "secret"})
	ok(err)
	again, err := c.SaveView(ctx, shop.ID, View{Operator: 1, Page: "customers", Name: "快流失的", Query: "stage=decline&sort=clv"})
	ok(err)
	want("the same view", again.ID, mine.ID)
	views, err := c.Views(ctx, shop.ID, 1)
	ok(err)
	want("views", views, []View{theirs, again})
	for name, v := range map[string]View{"no name": {Page: "customers", Name: " "}, "long": {Page: "customers", Name: strings.Repeat("字", 61)}, "no text": {Page: "customers", Name: "\xff"}} {
		if _, err := c.SaveView(ctx, shop.ID, v); perennial.CodeOf(err) != "view.invalid" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.RemoveView(ctx, shop.ID, 1, theirs.ID); perennial.CodeOf(err) != "view.not_found" {
		t.Errorf("somebody else's view: %v", err)
	}
	ok(c.RemoveView(ctx, shop.ID, 1, mine.ID))
	june := Closing{Month: perennial.DayOf(2026, 6, 1).Month(), ClosedAt: now, By: "chen", Definitions: 1, Money: perennial.MoneyNet, Currency: "CNY", AsOf: 20650, Figures: "{}"}
	inTx := func(state.Tx) error { return nil }
	ok(c.CloseMonths(ctx, shop.ID, []Closing{june}, inTx))
	if err := c.CloseMonths(ctx, shop.ID, []Closing{{Month: june.Month - 1}, june}, inTx); perennial.CodeOf(err) != "month.closed" {
		t.Errorf("closed twice: %v", err)
	}
	closed, err := c.Closings(ctx, shop.ID)
	ok(err)
	want("closed months", closed, []Closing{june})
	ok(c.ReopenMonth(ctx, shop.ID, june.Month, func(_ state.Tx, was Closing) error { want("reopened", was, june); return nil }))
	if err := c.ReopenMonth(ctx, shop.ID, june.Month, nil); perennial.CodeOf(err) != "month.not_closed" {
		t.Errorf("reopened twice: %v", err)
	}
	if err := c.RemoveWorkspace(ctx, shop.ID); err == nil {
		t.Error("removed a workspace with imports")
	}
	// Its number will be another's: nobody who was let into this one is in that.
	count := func() (n int64) {
		ok(s.View(ctx, func(tx state.Tx) error {
			_, err := tx.Get(ctx, "select (select count(*) from memberships) + (select count(*) from api_keys)", nil, &n)
			return err
		}))
		return n
	}
	ok(s.Update(ctx, func(tx state.Tx) error {
		if _, err := tx.Exec(ctx, "insert into memberships (operator_id, workspace_id, role, row_rule) values (1, ?, 'viewer', '')", bar.ID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into api_keys (id, workspace_id, name, prefix, hash, scopes, created_by, created_at, last_used)
			values (1, ?, '', '', ?, 'read', '', 0, 0)`, bar.ID, []byte{1})
		return err
	}))
	if count() != 2 {
		t.Fatal("nothing to remove")
	}
	ok(c.RemoveWorkspace(ctx, bar.ID))
	if n := count(); n != 0 {
		t.Errorf("%d memberships and keys outlived their workspace", n)
	}
	if _, err := c.Import(ctx, 99); perennial.CodeOf(err) != "import.not_found" {
		t.Errorf("no import: %v", err)
	}
}
