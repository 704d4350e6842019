package demo

import (
	"io"
	"testing"

	"perennial"
)

func BenchmarkStream(b *testing.B) {
	for _, k := range []struct {
		name  string
		plain bool
	}{{"shop", false}, {"plain", true}} {
		b.Run(k.name, func(b *testing.B) {
			const n = 50_000
			s := simulation(b, Options{Customers: n, Seed: 1, Plain: k.plain, Params: BusyParams()})
			orders := 0
			b.ReportAllocs()
			for b.Loop() {
				orders = 0
				for r := range s.All() {
					orders += len(r.Orders)
				}
			}
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "customers/s")
			b.ReportMetric(float64(orders)/n, "orders/customer")
		})
	}
}

func BenchmarkHistory(b *testing.B) {
	s := simulation(b, Options{Customers: 50_000, Seed: 1, Params: BusyParams()})
	for b.Loop() {
		s.History(perennial.MoneyNet)
	}
	b.ReportMetric(50_000*float64(b.N)/b.Elapsed().Seconds(), "customers/s")
}

func BenchmarkWriteLines(b *testing.B) {
	s := simulation(b, Options{Customers: 50_000, Seed: 1, Params: BusyParams()})
	rows := 0
	for b.Loop() {
		d, err := s.WriteLines(io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		rows = d.Rows
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkWriteOrders(b *testing.B) {
	s := simulate(b, Options{Seed: 1})
	for f := TmallCSV; f <= LinesCSV; f++ {
		b.Run([...]string{"tmall", "mini", "till", "site", "lines"}[f], func(b *testing.B) {
			rows := 0
			for b.Loop() {
				d, err := s.WriteOrders(io.Discard, f)
				if err != nil {
					b.Fatal(err)
				}
				rows = d.Rows
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
