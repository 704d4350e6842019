package timeline_test

import (
	"path/filepath"
	"slices"
	"testing"

	"perennial"
	"perennial/analyze/timeline"
	"perennial/internal/testengine"
	"perennial/store/warehouse"
	"perennial/store/warehouse/clickhouse"
	"perennial/store/warehouse/duckdb"
	"perennial/store/warehouse/warehousetest"
)

// Whose an order is, on every engine: of live batches, of the version that is visible,
// by the number and not by its key alone.
func TestOwners(t *testing.T) {
	duck, err := duckdb.Open(t.Context(), duckdb.Options{Path: filepath.Join(t.TempDir(), "w.duckdb"), MemoryMB: 256, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	house, err := clickhouse.Open(t.Context(), clickhouse.Options{URL: testengine.ClickHouse(t, 2).URL("owners")})
	if err != nil {
		t.Fatal(err)
	}
	const key = perennial.OrderKey(1<<63 + 5) // below zero in the table
	var orders [][]any
	for _, o := range []struct {
		batch, customer int64
		key             perennial.OrderKey
		number          string
	}{
		{1, 7, key, "A-1"}, {2, 8, key, "A-1"}, {3, 9, key, "A-1"}, {1, 6, key, "it's"}, {1, 5, 5, "A-2"}, {2, 5, 5, "A-2"}, {1, 0, 6, "A-3"},
	} {
		var row []any
		for _, f := range warehouse.Orders.Fields {
			v, ok := map[string]any{"batch_id": o.batch, "order_key": int64(o.key), "order_id": o.number, "customer_key": o.customer}[f.Name]
			switch {
			case ok:
			case f.Kind == warehouse.Text:
				v = ""
			case f.Kind == warehouse.Float:
				v = 1.0
			default:
				v = int64(1)
			}
			row = append(row, v)
		}
		orders = append(orders, row)
	}
	for name, w := range map[string]warehouse.Warehouse{"duckdb": duck, "clickhouse": house} {
		t.Cleanup(func() {
			if err := w.Close(); err != nil {
				t.Error(err)
			}
		})
		warehousetest.Fill(t, w, warehouse.Orders, orders)
		warehousetest.Fill(t, w, warehouse.Hidden, [][]any{{int64(5), int64(1), int64(2)}, {int64(-1<<63 + 5), int64(1), int64(4)}})
		for _, c := range []struct {
			live   []int64
			key    perennial.OrderKey
			number string
			want   []perennial.CustomerKey
		}{
			{[]int64{1, 2}, key, "A-1", []perennial.CustomerKey{7, 8}},
			{[]int64{1, 4}, key, "A-1", nil}, // batch 4 took the order's place elsewhere
			{[]int64{2}, key, "A-1", []perennial.CustomerKey{8}},
			{[]int64{1, 2}, key, "it's", []perennial.CustomerKey{6}},
			{[]int64{1, 2}, 5, "A-2", []perennial.CustomerKey{5}},
			{[]int64{1, 2}, 6, "A-3", nil}, // nobody's
			{[]int64{1, 2}, key, "A-2", nil},
			{nil, key, "A-1", nil},
		} {
			got, err := timeline.Owners(t.Context(), w, c.live, c.key, c.number)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%s: %s in %v is of %v, want %v: %v", name, c.number, c.live, got, c.want, err)
			}
		}
	}
}
