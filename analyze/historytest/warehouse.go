package historytest

import (
	"testing"

	"perennial/analyze/history"
	"perennial/internal/sqlfile"
	"perennial/store/warehouse"
)

// Put writes a history into a warehouse that answers questions about sequences
// itself, as the purchase days of a run. What was there of the run is removed.
func Put(tb testing.TB, w warehouse.Warehouse, run int64, h *history.History) {
	tb.Helper()
	ctx := tb.Context()
	exec := func(text string) {
		if err := w.Exec(ctx, sqlfile.Text("test", text), warehouse.Args{"run": run}); err != nil {
			tb.Fatal(err)
		}
	}
	exec("alter table customer_days drop partition :run")
	writer, err := w.Write(ctx, warehouse.TouchedDays)
	if err != nil {
		tb.Fatal(err)
	}
	b := warehouse.NewBlock(warehouse.TouchedDays.Fields, len(h.Day))
	for i, key := range h.Customers {
		category, channel, promoted := int64(127), int64(127), int64(0)
		for k := h.Offset[i]; k < h.Offset[i+1]; k++ {
			if k == h.Offset[i] && h.Opening != nil {
				o := h.Opening[i]
				if o.Category >= 0 {
					category = int64(o.Category)
				}
				if o.Channel >= 0 {
					channel = int64(o.Channel)
				}
				if o.Promoted {
					promoted = 1
				}
			}
			err := b.Add(run, int64(key), int64(h.Day[k]), int64(h.Orders[k]), int64(h.Gross[k]), int64(h.Amount[k]),
				int64(0), promoted, int64(0), int64(0), int64(0), int64(0), 0.0, category, channel, "", "")
			if err != nil {
				tb.Fatal(err)
			}
		}
	}
	if err := writer.Append(ctx, b); err != nil {
		tb.Fatal(err)
	}
	if err := writer.Commit(ctx); err != nil {
		tb.Fatal(err)
	}
	exec("insert into customer_days select * from touched_days where run = :run")
	exec("delete from touched_days where run = :run")
}
