package warehousetest

import (
	"errors"
	"reflect"
	"testing"
	"testing/fstest"

	"perennial/internal/sqlfile"
	"perennial/store/warehouse"
)

// partial: every customer is answered for in one place, whole; sums add up; an
// error of the caller ends it and comes back.
func partial(t *testing.T, open Open) {
	w := start(t, open)
	const customers, orders = 500, 7
	var rows [][]any
	for k := range customers * orders {
		r := row(warehouse.Orders, k, 7)
		r[3], r[10] = int64(k%customers+1), int64(k)
		rows = append(rows, r)
	}
	Fill(t, w, warehouse.Orders, rows)
	seen := map[int64]int{}
	var count, gross int64
	st := sqlfile.Text("by customer", "select customer_key, cast(count(*) as bigint) as n, cast(sum(gross) as bigint) as gross from orders where batch_id = :b group by customer_key")
	err := w.Partial(t.Context(), st, warehouse.Args{"b": int64(7)}, func(b *warehouse.Block) error {
		for r := range b.Len {
			seen[b.Columns[0].Ints[r]]++
			if n := b.Columns[1].Ints[r]; n != orders {
				t.Errorf("customer %d has %d of %d orders here", b.Columns[0].Ints[r], n, orders)
			}
			count += b.Columns[1].Ints[r]
			gross += b.Columns[2].Ints[r]
		}
		return nil
	})
	if n := int64(customers * orders); err != nil || len(seen) != customers || count != n || gross != n*(n-1)/2 {
		t.Errorf("%d customers, %d orders, %d in all, %v", len(seen), count, gross, err)
	}
	for key, times := range seen {
		if times > 1 {
			t.Errorf("customer %d is in %d places", key, times)
		}
	}
	stop := errors.New("enough")
	if err := w.Partial(t.Context(), st, warehouse.Args{"b": int64(7)}, func(*warehouse.Block) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("a stopped question: %v", err)
	}
}

// lists: whole numbers and fractions, empty ones among them.
func lists(t *testing.T, open Open) {
	w := start(t, open)
	var rows [][]any
	for k, customer := range []int64{1, 1, 3, 3, 3} {
		r := row(warehouse.Orders, k, 7)
		r[3], r[10] = customer, int64(10-k)
		rows = append(rows, r)
	}
	Fill(t, w, warehouse.Orders, rows)
	statements, err := sqlfile.Load(fstest.MapFS{
		"lists.sql": {Data: []byte("select customer_key, list(gross order by gross) filter (gross < 10) as amounts, " +
			"coalesce(list(quantity order by quantity) filter (customer_key = 3), []) as quantities from orders group by customer_key order by customer_key")},
		"lists.clickhouse.sql": {Data: []byte("select customer_key, arraySort(groupArrayIf(gross, gross < 10)) as amounts, " +
			"arraySort(groupArrayIf(quantity, customer_key = 3)) as quantities from orders group by customer_key order by customer_key")},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got [][]any
	err = w.Query(t.Context(), statements["lists"], nil, func(b *warehouse.Block) error {
		for r := range b.Len {
			from, to := b.Columns[1].Range(r)
			begin, end := b.Columns[2].Range(r)
			got = append(got, []any{b.Columns[0].Ints[r], append([]int64{}, b.Columns[1].Ints[from:to]...), append([]float64{}, b.Columns[2].Floats[begin:end]...)})
		}
		return nil
	})
	want := [][]any{{int64(1), []int64{9}, []float64{}}, {int64(3), []int64{6, 7, 8}, []float64{2.25, 3.25, 4.25}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v %v, want %v", got, err, want)
	}
}
