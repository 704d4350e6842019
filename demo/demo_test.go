package demo

import (
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"perennial"
)

var lastDay = perennial.DayOf(2026, 6, 30)

func simulate(t testing.TB, o Options) *Shop {
	t.Helper()
	if o.End == 0 {
		o.End = lastDay
	}
	shop, err := Simulate(o)
	if err != nil {
		t.Fatal(err)
	}
	return shop
}

func simulation(t testing.TB, o Options) *Simulation {
	t.Helper()
	if o.End == 0 {
		o.End = lastDay
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSameSeedSameShop(t *testing.T) {
	one := simulate(t, Options{Customers: 5000, Seed: 7, Workers: 1})
	for _, workers := range []int{1, 2, 5} {
		other := simulate(t, Options{Customers: 5000, Seed: 7, Workers: workers})
		other.Options.Workers = one.Options.Workers
		if !reflect.DeepEqual(one, other) {
			t.Errorf("%d workers make another shop", workers)
		}
	}
	if other := simulate(t, Options{Customers: 5000, Seed: 8}); reflect.DeepEqual(one.Orders, other.Orders) {
		t.Error("another seed makes the same orders")
	}
}

func TestStreamIsTheShop(t *testing.T) {
	o := Options{Customers: 3000, Seed: 3}
	shop, s := simulate(t, o), simulation(t, o)
	var whole part
	for r := range s.All() {
		whole.add(r)
	}
	if !reflect.DeepEqual(whole.orders, shop.Orders) || !reflect.DeepEqual(whole.lines, shop.Lines) ||
		!reflect.DeepEqual(whole.refunds, shop.Refunds) || !reflect.DeepEqual(whole.latent, shop.Truth.Latent) ||
		!reflect.DeepEqual(whole.customers, shop.Customers) {
		t.Error("streamed records differ from the shop's")
	}
	for r := range s.Customers(1234, 1235) {
		if !reflect.DeepEqual(r.Latent, shop.Truth.Latent[1234]) || !reflect.DeepEqual(r.Customer, shop.Customers[1234]) {
			t.Error("a customer alone differs from the same among others")
		}
	}
	for range s.All() {
		break
	}
}

// TestSound holds for any shop: what must add up adds up.
func TestSound(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := Options{
			Customers: rapid.IntRange(1, 300).Draw(rt, "customers"),
			Seed:      rapid.Uint64().Draw(rt, "seed"),
			End:       lastDay - perennial.Day(rapid.IntRange(0, 4000).Draw(rt, "back")),
			Model:     Model(rapid.IntRange(0, 1).Draw(rt, "model")),
			Plain:     rapid.Bool().Draw(rt, "plain"),
			Params: Params{
				R: rapid.Float64Range(0.02, 4).Draw(rt, "r"), Alpha: rapid.Float64Range(5, 500).Draw(rt, "alpha"),
				A: rapid.Float64Range(0.01, 5).Draw(rt, "a"), B: rapid.Float64Range(0.01, 5).Draw(rt, "b"),
				P: 4, Q: 4, V: 100,
			},
		}
		o.Start = o.End - perennial.Day(rapid.IntRange(0, 900).Draw(rt, "days"))
		shop, err := Simulate(o)
		if err != nil {
			rt.Fatal(err)
		}
		checkSound(rt, shop)
	})
}

func checkSound(t rapid.TB, s *Shop) {
	t.Helper()
	if len(s.Customers) != s.Options.Customers || len(s.Truth.Latent) != s.Options.Customers {
		t.Fatalf("%d customers, %d latent, want %d", len(s.Customers), len(s.Truth.Latent), s.Options.Customers)
	}
	for i, c := range s.Customers {
		l := s.Truth.Latent[i]
		if int(c.Index) != i || len(c.Phone()) != 11 || len(c.Card()) != 10 || math.IsNaN(l.Lambda+l.P+l.MeanSpend) {
			t.Fatalf("customer %d: %+v %+v", i, c, l)
		}
	}
	ids := make(map[string]bool, len(s.Orders))
	lines := uint32(0)
	for i := range s.Orders {
		o := &s.Orders[i]
		var total perennial.Money
		for _, l := range s.LinesOf(o) {
			if l.Quantity < 1 || l.Amount() < 0 {
				t.Fatalf("order %d: line %+v", i, l)
			}
			total += l.Amount()
		}
		switch {
		case o.FirstLine >= uint32(len(s.Lines)) || total != o.Total || o.LineCount == 0:
			t.Fatalf("order %d: lines make %d, total %d", i, total, o.Total)
		case o.Day < s.Options.Start || o.Day > s.Options.End || o.Second < 0 || o.Second >= 86400:
			t.Fatalf("order %d at %s %d", i, o.Day, o.Second)
		case (o.Store >= 0) != (o.Channel == Store), o.Customer < 0 && o.Channel != Store:
			t.Fatalf("order %d: channel %s store %d customer %d", i, o.Channel, o.Store, o.Customer)
		case o.Store >= 0 && s.Stores[o.Store].Opened > o.Day:
			t.Fatalf("order %d in a store that is not open", i)
		case (o.Kind != Purchase) != (o.Total == 0):
			t.Fatalf("order %d: %s of %d", i, o.Kind, o.Total)
		}
		if id := s.OrderID(o); ids[id] {
			t.Fatalf("order number %s twice", id)
		} else {
			ids[id] = true
		}
		if i > 0 && s.Orders[i-1].Customer == o.Customer {
			if p := s.Orders[i-1]; p.Day > o.Day || p.Day == o.Day && p.Second > o.Second && o.Customer >= 0 {
				t.Fatalf("order %d is earlier than the one before", i)
			}
		}
		lines += uint32(o.LineCount)
	}
	if int(lines) != len(s.Lines) {
		t.Fatalf("orders have %d lines of %d", lines, len(s.Lines))
	}
	last := Refund{}
	for i, r := range s.Refunds {
		o, l := &s.Orders[r.Order], &s.Lines[r.Line]
		if i > 0 && (r.Order < last.Order || r.Order == last.Order && r.Line <= last.Line) || r.Line < o.FirstLine || r.Line >= o.FirstLine+uint32(o.LineCount) ||
			r.Amount > l.Amount() || r.Quantity > l.Quantity || r.Day <= o.Day || r.Day > s.Options.End || !o.Status.Counts() {
			t.Fatalf("refund %d: %+v of %+v", i, r, o)
		}
		last = r
	}
}

func TestBadOptions(t *testing.T) {
	bad := map[string]Options{
		"demo.end":       {},
		"demo.customers": {End: lastDay, Customers: -1},
		"demo.period":    {End: lastDay, Start: lastDay + 1},
		"demo.params":    {End: lastDay, Params: Params{R: 1, Alpha: math.NaN(), A: 1, B: 1, P: 1, Q: 2, V: 1}},
		"demo.growth":    {End: lastDay, Growth: -1},
		"demo.entry":     {End: lastDay, Plain: true, EntryDays: 10_000},
		"demo.model":     {End: lastDay, Model: 9},
	}
	for code, o := range bad {
		if _, err := Simulate(o); perennial.CodeOf(err) != code {
			t.Errorf("%+v: %v, want %s", o, err, code)
		}
	}
}

func TestDefaults(t *testing.T) {
	o := simulation(t, Options{}).Options()
	if o.Customers != 20_000 || o.Start != perennial.DayOf(2024, 7, 1) {
		t.Errorf("%d customers from %s", o.Customers, o.Start)
	}
}

func TestSpringFestivalsAreNewMoons(t *testing.T) {
	// The first day of the lunar year holds a new moon of Beijing time. Mean
	// lunations counted from the one of 2000-01-06 18:14 UTC are up to 0.6 days
	// off the true ones, noon up to 0.5 from the moment: a day's slip of the pen
	// would mostly show, a month's always.
	for year, md := range newYear {
		day := perennial.DayOf(year, 1, 1) - 1
		if md[0] == 2 {
			day += 31
		}
		day += perennial.Day(md[1])
		moons := (float64(day-perennial.DayOf(2000, 1, 6)) + 0.5 - 18.24/24 - 8.0/24) / 29.530588
		if off := math.Abs(moons-math.Round(moons)) * 29.53; off > 1.2 {
			t.Errorf("%s is %.1f days from a new moon", day, off)
		}
	}
}
