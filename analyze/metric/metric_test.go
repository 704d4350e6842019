package metric

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/historytest"
)

func near(t testing.TB, what string, got *float64, want, tolerance float64) {
	t.Helper()
	if got == nil || !(math.Abs(*got-want) <= tolerance) {
		t.Errorf("%s = %v, want %v ± %v", what, got, want, tolerance)
	}
}

// Figures of the README of the data: 18,532 orders, 4,338 customers, revenue
// 8,911,407.90, 65.58 % with more than one order, top 20 % = 74.59 %.
func TestOnlineRetail(t *testing.T) {
	refunds := perennial.Money(100)
	b := Measure(historytest.OnlineRetail(t), Totals{Refunds: &refunds, Items: 18532 * 3}, Options{Count: CountOrders})
	if b.Orders != 18532 || b.Customers != 4338 || b.Revenue.Decimal() != "8911407.90" || b.GrossRevenue != b.Revenue {
		t.Errorf("%d orders, %d customers, revenue %s", b.Orders, b.Customers, b.Revenue.Decimal())
	}
	if b.Refunds.Minor != 100 || b.NetRevenue.Decimal() != "8911406.90" {
		t.Errorf("refunds %v, net %v", b.Refunds, b.NetRevenue)
	}
	near(t, "repeat share", b.RepeatShare, 2845.0/4338, 1e-12)
	near(t, "top 20 %", b.Top20Share, .7459, 5e-5)
	near(t, "items per order", b.ItemsPerOrder, 3, 0)
	near(t, "member share", b.MemberShare, 1, 0)
	if b.AverageOrderValue.Decimal() != "480.87" || b.RevenuePerBuyer.Decimal() != "2054.27" {
		t.Errorf("per order %s, per buyer %s", b.AverageOrderValue.Decimal(), b.RevenuePerBuyer.Decimal())
	}
	// The first month is the first cohort, the last one open.
	if m := b.Months[0]; m.Buyers != 885 || m.NewBuyers != 885 || m.Open {
		t.Errorf("%+v", m)
	}
	if m := b.Months[12]; !m.Open || m.Days != 9 {
		t.Errorf("%+v", m)
	}
	if len(b.LikeForLike) != 2 || b.LikeForLike[0].Days != 9 || b.LikeForLike[1].OtherTo != perennial.DayOf(2010, time.December, 9) {
		t.Errorf("%+v", b.LikeForLike)
	}
}

type bill struct {
	customer int
	day      perennial.Day
	orders   int
	gross    perennial.Money
	amount   perennial.Money
}

func build(asOf perennial.Day, bills ...bill) *history.History {
	var b history.Builder
	for _, x := range bills {
		b.Add(perennial.CustomerKey(x.customer), x.day, x.orders, x.gross, x.amount)
	}
	return b.History("CNY", perennial.MoneyNet, asOf)
}

func TestWindows(t *testing.T) {
	const d = 1000
	h := build(d,
		bill{1, d, 1, 1000, 1000}, bill{1, d - 364, 1, 1000, 900}, // both ends of the window
		bill{2, d - 365, 2, 500, 500}, bill{2, d - 10, 2, 500, 500}, // the day before it; two orders on one day
		bill{3, d - 729, 1, 100, 100}, // the first day of the window before
	)
	h.Loose = []history.LooseRefund{{Customer: 1, Day: d - 5, Amount: 50}, {Customer: 2, Day: d - 700, Amount: 25}}
	b := Measure(h, Totals{Unattributed: 975}, Options{})
	if b.Window.Buyers != 2 || b.Window.PreviousBuyers != 2 || b.Window.Covered != 365 || b.Window.PreviousCovered != 365 || len(b.Notes) != 0 {
		t.Errorf("%+v", b.Window)
	}
	near(t, "repeat rate", b.RepeatRate, 0.5, 0)
	near(t, "return rate", b.ReturnRate, 0.5, 0)
	near(t, "repeat share", b.RepeatShare, 2.0/3, 1e-12)
	near(t, "orders per buyer and year", b.Window.OrdersPerBuyerYear, 2, 1e-12)
	if b.Window.Revenue.Minor != 1000+900+500-50 || b.Window.MoneyPerBuyerYear.Minor != 1175 {
		t.Errorf("revenue %v, per buyer %v", b.Window.Revenue, b.Window.MoneyPerBuyerYear)
	}
	if b.GrossRevenue.Minor != 3100 || b.Refunds.Minor != 175 || b.NetRevenue.Minor != 2925 || b.Revenue.Minor != 2925 {
		t.Errorf("gross %v refunds %v net %v", b.GrossRevenue, *b.Refunds, *b.NetRevenue)
	}
	near(t, "member share", b.MemberShare, 0.75, 0)
	near(t, "repeat rate by orders", Measure(h, Totals{}, Options{Count: CountOrders}).RepeatRate, 1, 0)
	short := Measure(h, Totals{}, Options{WindowDays: 30})
	near(t, "repeat rate of 30 days", short.RepeatRate, 0, 0)
	if short.ReturnRate != nil {
		t.Errorf("return rate %v without buyers before", *short.ReturnRate)
	}
}

// On the last day of a month nothing is open, and a shorter month cuts both
// sides: 1–28 March against February.
func TestLikeForLike(t *testing.T) {
	day := func(m time.Month, d int) perennial.Day { return perennial.DayOf(2026, m, d) }
	h := build(day(time.March, 31),
		bill{1, day(time.February, 1), 1, 100, 100}, bill{2, day(time.February, 28), 1, 100, 100},
		bill{1, day(time.March, 1), 1, 300, 300}, bill{3, day(time.March, 31), 1, 100, 100})
	b := Measure(h, Totals{}, Options{KnownNew: []bool{false, true, true}})
	if len(b.LikeForLike) != 1 {
		t.Fatalf("%+v", b.LikeForLike)
	}
	c := b.LikeForLike[0]
	if c.Open || c.Days != 28 || c.To != day(time.March, 28) || c.This.Buyers != 1 || c.Other.Buyers != 2 || c.Other.NewBuyers != 1 {
		t.Errorf("%+v", c)
	}
	near(t, "revenue", c.RevenueChange, 0.5, 1e-12)
	if feb := b.Months[0]; feb.FirstSeen != 2 || feb.NewBuyers != 1 || feb.Open {
		t.Errorf("%+v", feb)
	}
	if mar := b.Months[1]; mar.SecondOrders != 1 || mar.RepeatRevenue.Minor != 300 || mar.Open {
		t.Errorf("%+v", mar)
	}
}

func TestEdges(t *testing.T) {
	for name, h := range map[string]*history.History{
		"empty":    build(10),
		"one":      build(10, bill{1, 10, 1, 100, 100}),
		"zero":     build(10, bill{1, 1, 1, 0, 0}, bill{2, 2, 1, 0, 0}),
		"negative": build(10, bill{1, 1, 1, 100, -50}, bill{2, 2, 1, 100, 100}),
		"equal":    build(10, bill{1, 1, 1, 70, 70}, bill{2, 1, 1, 70, 70}, bill{3, 1, 1, 70, 70}),
	} {
		t.Run(name, func(t *testing.T) {
			b := Measure(h, Totals{Unattributed: -1}, Options{KnownNew: []bool{true}})
			if _, err := json.Marshal(b); err != nil {
				t.Fatal(err)
			}
			switch name {
			case "zero":
				if b.Gini != nil || b.Top20Share != nil || b.MemberShare != nil {
					t.Errorf("%+v", b)
				}
			case "equal":
				near(t, "gini", b.Gini, 0, 1e-12)
				near(t, "top 20 %", b.Top20Share, 1.0/3, 1e-12)
			case "negative":
				near(t, "top 20 %", b.Top20Share, 1, 0)
			}
		})
	}
}

func TestDivideHalfToEven(t *testing.T) {
	for _, c := range []struct{ a, n, want int64 }{{5, 2, 2}, {7, 2, 4}, {-5, 2, -2}, {-7, 2, -4}, {10, 3, 3}, {-10, 3, -3}, {11, 3, 4}} {
		if got := divide(perennial.Currency("CNY").Amount(perennial.Money(c.a)), c.n); int64(got.Minor) != c.want {
			t.Errorf("%d/%d = %d, want %d", c.a, c.n, got.Minor, c.want)
		}
	}
}

// The pass agrees with definitions counted one by one; months add up to all.
func TestMeasureNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const asOf = 1500
		var bills []bill
		for range rapid.IntRange(1, 60).Draw(t, "bills") {
			gross := perennial.Money(rapid.IntRange(0, 500).Draw(t, "gross"))
			bills = append(bills, bill{
				customer: rapid.IntRange(1, 12).Draw(t, "customer"),
				day:      perennial.Day(rapid.IntRange(0, asOf).Draw(t, "day")),
				orders:   rapid.IntRange(1, 2).Draw(t, "orders"),
				gross:    gross, amount: gross - perennial.Money(rapid.IntRange(0, int(gross)).Draw(t, "refund")),
			})
		}
		window := rapid.IntRange(1, 700).Draw(t, "window")
		h := build(asOf, bills...)
		b := Measure(h, Totals{}, Options{WindowDays: window})

		type count struct{ now, before map[perennial.Day]bool }
		by := map[int]count{}
		var revenue perennial.Money
		var orders int64
		for _, x := range bills {
			c, ok := by[x.customer]
			if !ok {
				c = count{map[perennial.Day]bool{}, map[perennial.Day]bool{}}
				by[x.customer] = c
			}
			age := int(asOf - x.day)
			if age < window {
				c.now[x.day] = true
				revenue += x.amount
				orders += int64(x.orders)
			} else if age < 2*window {
				c.before[x.day] = true
			}
		}
		var buyers, repeaters, before, returned int
		for _, c := range by {
			if len(c.now) > 0 {
				buyers++
			}
			if len(c.now) > 1 {
				repeaters++
			}
			if len(c.before) > 0 {
				before++
				if len(c.now) > 0 {
					returned++
				}
			}
		}
		w := b.Window
		if w.Buyers != buyers || w.Repeaters != repeaters || w.PreviousBuyers != before || w.Revenue.Minor != revenue || w.Orders != orders {
			t.Fatalf("window %+v, by definition %d %d %d %d %d", w, buyers, repeaters, before, revenue, orders)
		}
		if before > 0 && *b.ReturnRate != float64(returned)/float64(before) {
			t.Fatalf("return rate %v, by definition %d of %d", *b.ReturnRate, returned, before)
		}
		var monthRevenue perennial.Money
		var monthOrders int64
		var first int
		for _, m := range b.Months {
			monthRevenue += m.Revenue.Minor
			monthOrders += m.Orders
			first += m.FirstSeen
		}
		if monthRevenue != b.Revenue.Minor || monthOrders != b.Orders || first != h.Len() {
			t.Fatalf("months add up to %d, %d, %d; all is %d, %d, %d", monthRevenue, monthOrders, first, b.Revenue.Minor, b.Orders, h.Len())
		}
		if b.Gini != nil {
			// Gini as the mean absolute difference of all pairs over twice the mean.
			spent := map[int]float64{}
			for _, x := range bills {
				spent[x.customer] += float64(x.amount)
			}
			var diff, sum float64
			for _, a := range spent {
				sum += a
				for _, c := range spent {
					diff += math.Abs(a - c)
				}
			}
			if want := diff / (2 * float64(len(spent)) * sum); math.Abs(*b.Gini-want) > 1e-9 {
				t.Fatalf("gini %v, by definition %v", *b.Gini, want)
			}
			last := b.Lorenz[len(b.Lorenz)-1]
			if len(b.Lorenz) > 100 || last != (LorenzPoint{1, 1}) || !slices.IsSortedFunc(b.Lorenz, func(a, c LorenzPoint) int { return int(1e9 * (a.Money - c.Money)) }) {
				t.Fatalf("lorenz %v", b.Lorenz)
			}
		}
	})
}

func BenchmarkMeasure(b *testing.B) {
	rng := rand.New(rand.NewPCG(5, 6))
	h := &history.History{Currency: "CNY", MoneyKind: perennial.MoneyNet, AsOf: 1000, Offset: []int{0}}
	for i := range 1_000_000 {
		h.Customers = append(h.Customers, perennial.CustomerKey(i+1))
		d := perennial.Day(rng.IntN(600))
		for k := 0; k < 10 && d <= h.AsOf; k++ {
			h.Day = append(h.Day, d)
			h.Orders = append(h.Orders, 1)
			m := perennial.Money(rng.IntN(10000))
			h.Gross, h.Amount = append(h.Gross, m), append(h.Amount, m)
			d += 1 + perennial.Day(rng.ExpFloat64()*30)
		}
		h.Offset = append(h.Offset, len(h.Day))
	}
	for b.Loop() {
		Measure(h, Totals{}, Options{})
	}
}

// The CDNOW sample: 6,919 purchases of 2,357 customers.
func TestCDNOW(t *testing.T) {
	b := Measure(historytest.CDNOW(t), Totals{}, Options{Count: CountOrders})
	if b.Customers != 2357 || b.Orders != 6919 || b.RepeatShare == nil || b.Refunds != nil {
		t.Errorf("%d customers, %d orders, %v", b.Customers, b.Orders, b.RepeatShare)
	}
	// Half a year of the window before is in the data, and that is said.
	if b.Window.PreviousCovered != 181 || len(b.Notes) != 1 {
		t.Errorf("%+v %v", b.Window, b.Notes)
	}
}
