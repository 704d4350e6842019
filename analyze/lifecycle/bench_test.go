package lifecycle

import (
	"math/rand/v2"
	"testing"

	"perennial"
	"perennial/analyze/history"
)

// simulated is a base of n customers over two years, ten purchases each on
// average, who buy at gamma-like rates and leave.
func simulated(n int, seed uint64) *history.History {
	rng := rand.New(rand.NewPCG(seed, 1))
	const end = 730
	h := &history.History{Currency: "CNY", MoneyKind: perennial.MoneyNet, First: day0, AsOf: day0 + end, Offset: []int{0}}
	for i := range n {
		d := rng.IntN(end)
		gap := 5 + 60*rng.ExpFloat64()
		alive := true
		for d <= end && alive {
			m := perennial.Money(1000 + rng.IntN(20000))
			h.Day = append(h.Day, day0+perennial.Day(d))
			h.Orders = append(h.Orders, 1)
			h.Gross, h.Amount = append(h.Gross, m), append(h.Amount, m)
			d += 1 + int(gap*rng.ExpFloat64())
			alive = rng.Float64() > 0.06
		}
		h.Customers = append(h.Customers, perennial.CustomerKey(i+1))
		h.Offset = append(h.Offset, len(h.Day))
	}
	h.Last = h.AsOf
	return h
}

func moving(d perennial.Day) Rhythm {
	c := 40 + float64(d/28%7)
	return Rhythm{Identified: true, CycleDays: c, S80: 2 + c/400, S95: 3.6 + c/400, CycleLow: c - 2, CycleHigh: c + 2}
}

func BenchmarkReplay(b *testing.B) {
	h := simulated(1_000_000, 1)
	for b.Loop() {
		if _, err := Replay(h, Options{RhythmAt: moving}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(h.Day)), "purchases")
}
