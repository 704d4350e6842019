package clickhouse

import (
	"testing"

	"perennial/internal/sqlfile"
	"perennial/internal/testengine"
	"perennial/store/warehouse"
)

// BenchmarkOrders writes orders to two shards and reads nine numbers of each back.
func BenchmarkOrders(b *testing.B) {
	const n = 122_880
	s := open(b, testengine.ClickHouse(b, 2), "bench")
	defer s.Close()
	block := warehouse.NewBlock(warehouse.Orders.Fields, n)
	for k := range int64(n) {
		if err := block.Add(order(1, k+1, k%12_345+1)...); err != nil {
			b.Fatal(err)
		}
	}
	written := 0
	b.Run("write", func(b *testing.B) {
		wr, err := s.Write(b.Context(), warehouse.Orders)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := wr.Append(b.Context(), block); err != nil {
				b.Fatal(err)
			}
			written += n
		}
		if err := wr.Commit(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("read", func(b *testing.B) {
		st := sqlfile.Text("bench", "select customer_key, order_key, day, hour, gross, excluded, discount, cost, quantity from orders")
		for b.Loop() {
			rows := 0
			if err := s.Query(b.Context(), st, nil, func(b *warehouse.Block) error { rows += b.Len; return nil }); err != nil {
				b.Fatal(err)
			}
			if rows != written {
				b.Fatalf("%d rows of %d", rows, written)
			}
		}
		b.ReportMetric(float64(b.N)*float64(written)/b.Elapsed().Seconds(), "rows/s")
	})
}
