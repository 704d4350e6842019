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
	exec("alter table purchases drop partition :run")
	writer, err := w.Write(ctx, warehouse.Touched)
	if err != nil {
		tb.Fatal(err)
	}
	b := warehouse.NewBlock(warehouse.Touched.Fields, len(h.Day))
	for i, key := range h.Customers {
		traits := int64(12)
		if h.Opening != nil {
			o := h.Opening[i]
			traits += 256*int64(o.Category+1) + 65536*int64(o.Channel+1)
			if o.Promoted {
				traits += 32
			}
		}
		for k := h.Offset[i]; k < h.Offset[i+1]; k++ {
			// The day's orders, one of which has all of the money.
			for n := range h.Orders[k] {
				gross, amount := h.Gross[k], h.Amount[k]
				if n > 0 {
					gross, amount = 0, 0
				}
				if err := b.Add(run, int64(key), int64(h.Day[k]), int64(gross), int64(amount), int64(0), 0.0, traits); err != nil {
					tb.Fatal(err)
				}
			}
			traits = 12
		}
	}
	if err := writer.Append(ctx, b); err != nil {
		tb.Fatal(err)
	}
	if err := writer.Commit(ctx); err != nil {
		tb.Fatal(err)
	}
	exec("insert into purchases select * from touched where run = :run")
	exec("delete from touched where run = :run")
}
