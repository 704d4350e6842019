package app

import (
	"reflect"
	"testing"

	"perennial"
	"perennial/govern/account"
	"perennial/report"
)

// TestClosedMonths reports a month, lets an order of it come late and everything go,
// and finds what was reported as it was.
func TestClosedMonths(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	a := openAt(t, dir, servers{})
	defer func() { shut(t, a) }()
	take := func(rows string) {
		t.Helper()
		if err := takeRows(t, a, rows, nil); err != nil {
			t.Fatal(err)
		}
	}
	wantCode := func(want string, err error) {
		t.Helper()
		if perennial.CodeOf(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	take("1,a,2026-03-02,10.50\n2,b,2026-03-09,20.00\n3,a,2026-04-01,5.00\n4,a,2026-05-07,1.00\n")
	ws, err := a.Catalog.Workspace(ctx, "w")
	if err != nil {
		t.Fatal(err)
	}
	march, april, may := perennial.DayOf(2026, 3, 1).Month(), perennial.DayOf(2026, 4, 1).Month(), perennial.DayOf(2026, 5, 1).Month()
	by := account.Console()
	wantCode("month.open", a.CloseMonths(ctx, by, ws, march, may)) // all or none
	wantCode("month.no_data", a.CloseMonths(ctx, by, ws, may+1))
	wantCode("month.not_closed", a.ReopenMonth(ctx, by, ws, march))
	wantCode("", a.CloseMonths(ctx, by, ws, march, april))
	wantCode("month.closed", a.CloseMonths(ctx, by, ws, april))

	months := func() []report.ClosedMonth {
		t.Helper()
		out, err := a.ClosedMonths(ctx, ws)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	before := months()
	if len(before) != 2 || before[0].Month != march || before[0].Reported.Revenue.Decimal() != "30.50" ||
		len(before[0].Changed) != 0 || before[0].Now == nil || *before[0].Now != before[0].Reported || before[0].Redefined {
		t.Fatalf("closed: %+v", before)
	}
	take("5,c,2026-03-30,2.00\n") // comes late
	after := months()
	if !reflect.DeepEqual(after[0].Changed, []string{"buyers", "first_seen", "new_buyers", "orders", "revenue"}) &&
		!reflect.DeepEqual(after[0].Changed, []string{"buyers", "first_seen", "orders", "revenue"}) {
		t.Errorf("changed: %v", after[0].Changed)
	}
	if after[0].Now.Revenue.Decimal() != "32.50" || after[0].Reported != before[0].Reported || len(after[1].Changed) != 0 {
		t.Errorf("after a late order: %+v", after)
	}
	imports, err := a.Catalog.Imports(ctx, ws.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range imports {
		if _, err := a.Undo(ctx, in.ID); err != nil {
			t.Fatal(err)
		}
	}
	gone := months()
	if len(gone) != 2 || gone[0].Now != nil || gone[0].Reported != before[0].Reported || len(gone[0].Changed) == 0 {
		t.Errorf("without data: %+v", gone)
	}
	wantCode("", a.ReopenMonth(ctx, by, ws, march))
	if left := months(); len(left) != 1 || left[0].Month != april {
		t.Errorf("reopened: %+v", left)
	}
	var done []string
	record, err := a.Accounts.Audit(ctx, ws.ID, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range record {
		done = append(done, e.Action+" "+e.Target)
	}
	if want := []string{"month.reopen 2026-03", "month.close 2026-04", "month.close 2026-03"}; !reflect.DeepEqual(done, want) {
		t.Errorf("the record: %v", done)
	}
}
