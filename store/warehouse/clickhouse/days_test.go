package clickhouse

import (
	"context"
	"testing"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/ch-go/proto"

	"perennial"
	"perennial/analyze/purchase"
	"perennial/internal/sqlfile"
	"perennial/internal/testengine"
	"perennial/store/warehouse"
	"perennial/store/warehouse/warehousetest"
)

// rowsRead runs a statement and tells how many rows the servers read for it and how
// many came back.
func rowsRead(t *testing.T, s *Store, st sqlfile.Statement, args warehouse.Args) (read uint64, got int) {
	t.Helper()
	text, err := bind(st, args)
	if err != nil {
		t.Fatal(err)
	}
	var results proto.Results
	err = s.nodes[0].do(t.Context(), s.all, ch.Query{
		Body: text, Result: results.Auto(),
		OnProgress: func(_ context.Context, p proto.Progress) error { read += p.Rows; return nil },
		OnResult:   func(context.Context, proto.Block) error { got += results.Rows(); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return read, got
}

// rangesOfDays asks the product's own statements for a few days of many.
func rangesOfDays(t *testing.T, c *testengine.Cluster) {
	s := open(t, c, "days")
	const days, customers = 500, 2000
	const first = perennial.Day(19_000)
	fill := func(batch int64) {
		var rows [][]any
		for k := range int64(100_000) {
			o := order(batch, k+1, k%customers+1)
			o[5] = int64(first) + k%days
			rows = append(rows, o)
		}
		warehousetest.Fill(t, s, warehouse.Orders, rows)
	}
	check := func(when string, stored uint64) {
		t.Helper()
		live := []int64{1}
		read, got := rowsRead(t, s, purchase.Statements()["orders"], warehouse.Args{
			"batches": live, "currency": "CNY", "from_day": (first + 100).String(), "to_day": (first + 104).String(),
		})
		if got != 5*100_000/days || read > stored/5 {
			t.Errorf("%s: orders of 5 days in %d: %d came, %d of %d rows were read", when, days, got, read, stored)
		}
		for _, name := range []string{"days", "frame"} {
			args := warehouse.Args{"batches": live, "as_of": (first + 4).String()}
			if name == "frame" {
				args["currency"] = "CNY"
			}
			if read, _ := rowsRead(t, s, purchase.Statements()[name], args); read > stored/5 {
				t.Errorf("%s: %s up to day 5 of %d: %d of %d rows were read", when, name, days, read, stored)
			}
		}
	}
	fill(1)
	fill(2)
	check("as written", 200_000)
	if err := s.Discard(t.Context(), []int64{2}); err != nil {
		t.Fatal(err)
	}
	check("after a batch is discarded", 100_000)

	// One server is a step behind the other, and has facts.
	behind := s.nodes[1]
	if err := behind.run(t.Context(), s.own, "alter table orders drop projection by_day",
		"alter table orders reset setting lightweight_mutation_projection_mode", "delete from "+versionTable+" where version > 1"); err != nil {
		t.Fatal(err)
	}
	want := schema(t, s, s.nodes[0])
	s.Close()
	s = open(t, c, "days")
	defer s.Close()
	behind = s.nodes[1]
	if got := schema(t, s, behind); got != want {
		t.Errorf("after the step: %s\nnot %s", got, want)
	}
	for { // the projection is made in the background
		rows, err := behind.texts(t.Context(), s.own, "select mutation_id from system.mutations where not is_done and database = "+literal(s.own))
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 0 {
			break
		}
	}
	check("after the step", 100_000)
}
