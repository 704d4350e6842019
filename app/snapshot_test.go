package app

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"perennial/analyze/segment"
	"perennial/analyze/timeline"
	"perennial/internal/testengine"
	"perennial/store/warehouse"
	"perennial/store/warehouse/warehousetest"
)

// A snapshot holds every customer's scores, agrees with the analysis, is made anew
// only when something changed, and survives what interrupts it.
func TestSnapshot(t *testing.T) {
	for name, at := range map[string]func(*testing.T) servers{
		"embedded":      func(*testing.T) servers { return servers{} },
		"on two shards": func(t *testing.T) servers { return servers{warehouse: testengine.ClickHouse(t, 2).URL("snapshots")} },
	} {
		t.Run(name, func(t *testing.T) { snapshot(t, at(t)) })
	}
}

func snapshot(t *testing.T, at servers) {
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "a")
	a := openAt(t, dir, at)
	defer func() { shut(t, a) }()
	var rows strings.Builder
	for k := range 200 {
		fmt.Fprintf(&rows, "%d,c%d,2026-%02d-%02d,%d.50\n", k, k%60, k%6+1, k%28+1, 10+k)
	}
	if err := takeRows(t, a, rows.String(), nil); err != nil {
		t.Fatal(err)
	}
	ws, err := a.Catalog.Workspace(ctx, "w")
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.Refresh(ctx, ws)
	if err != nil {
		t.Fatal(err)
	}
	w, err := a.Warehouse(ctx, ws)
	if err != nil {
		t.Fatal(err)
	}
	total := func(id int64, rule segment.Rule) segment.Totals {
		t.Helper()
		got, err := segment.Total(ctx, w, segment.Scope{Snapshot: id, Currency: s.Currency, Rule: rule})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	live, err := a.Catalog.Live(ctx, ws.ID)
	if err != nil {
		t.Fatal(err)
	}
	// The 200 orders went round 60 customers: the first of them had 4.
	entries, err := timeline.Of(ctx, w, live, 1)
	if err != nil || len(entries) != 4 || entries[0].At.Before(entries[3].At) || entries[0].Status != warehouse.StatusPaid || entries[0].Amount.Minor == 0 {
		t.Errorf("timeline: %+v, %v", entries, err)
	}
	var picture struct {
		Data      struct{ Customers int64 }
		Base      struct{ Revenue float64 }
		Lifecycle struct {
			Stages []struct {
				Stage     string
				Customers int64
			}
		}
	}
	if err := json.Unmarshal([]byte(s.Picture), &picture); err != nil {
		t.Fatal(err)
	}
	got := total(s.ID, segment.Rule{})
	if s.Customers != 60 || got.Customers != 60 || picture.Data.Customers != 60 || s.Currency.Amount(got.Revenue).Float() != picture.Base.Revenue {
		t.Errorf("%d customers in the snapshot, %+v in its scores, %+v in its picture", s.Customers, got, picture)
	}
	for _, stage := range picture.Lifecycle.Stages {
		if stage.Stage == "prospect" {
			continue
		}
		of := segment.Rule{All: []segment.Condition{{Attribute: "stage", Op: segment.Is, Values: []string{stage.Stage}}}}
		if n := total(s.ID, of).Customers; n != stage.Customers {
			t.Errorf("%d customers in %s, the picture has %d", n, stage.Stage, stage.Customers)
		}
	}
	if again, err := a.Refresh(ctx, ws); err != nil || again.ID != s.ID {
		t.Errorf("nothing changed, and snapshot %d became %d, %v", s.ID, again.ID, err)
	}

	// One that was cut off is seen by nobody and gone after the next start.
	id, err := a.Catalog.BeginSnapshot(ctx, ws.ID)
	if err != nil {
		t.Fatal(err)
	}
	row := make([]any, len(warehouse.Scores.Fields))
	for i, f := range warehouse.Scores.Fields {
		row[i] = map[warehouse.Kind]any{warehouse.Int: int64(1), warehouse.Float: 1.0, warehouse.Text: "x", warehouse.Day: int64(1)}[f.Kind]
	}
	row[0] = id
	warehousetest.Fill(t, w, warehouse.Scores, [][]any{row})
	if now, ok, err := a.Catalog.Snapshot(ctx, ws.ID); err != nil || !ok || now.ID != s.ID {
		t.Errorf("snapshot %d, %v, %v", now.ID, ok, err)
	}
	shut(t, a)
	a = openAt(t, dir, at)
	if w, err = a.Warehouse(ctx, ws); err != nil {
		t.Fatal(err)
	}
	if n := total(id, segment.Rule{}).Customers; n != 0 || total(s.ID, segment.Rule{}).Customers != 60 {
		t.Errorf("%d rows were left", n)
	}

	// More orders make another; its scores take the place of the old ones.
	if err := takeRows(t, a, "new,c900,2026-07-01,5.00\n", nil); err != nil {
		t.Fatal(err)
	}
	next, err := a.Refresh(ctx, ws)
	if err != nil || next.ID <= s.ID || next.Customers != 61 || total(next.ID, segment.Rule{}).Customers != 61 || total(s.ID, segment.Rule{}).Customers != 0 {
		t.Errorf("%+v, %v", next.ID, err)
	}

	// Scores that are not all there are no snapshot.
	if err := dropScores(ctx, w, -1); err != nil {
		t.Fatal(err)
	}
	shut(t, a)
	a = openAt(t, dir, at)
	if _, err := a.Warehouse(ctx, ws); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := a.Catalog.Snapshot(ctx, ws.ID); ok || err != nil {
		t.Errorf("a snapshot without its scores: %v, %v", ok, err)
	}
}
