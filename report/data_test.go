package report

import (
	"testing"
	"time"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/historytest"
	"perennial/analyze/purchase"
	"perennial/demo"
)

// load makes what purchase.Load would of a history of known customers only.
func load(h *history.History) *purchase.Loaded {
	l := &purchase.Loaded{History: h, Currencies: []perennial.Currency{h.Currency}}
	for k, n := range h.Orders {
		l.Orders += int64(n)
		l.Bridge.Gross += h.Gross[k]
		l.Bridge.Refunds += h.Gross[k] - h.Amount[k]
	}
	l.Bridge.All, l.Bridge.AllOrders, l.Bridge.Orders, l.Bridge.Paid = l.Bridge.Gross, l.Orders, l.Orders, l.Bridge.Gross
	return l
}

func cdnow(tb testing.TB) *purchase.Loaded { return load(historytest.CDNOW(tb)) }

func onlineRetail(tb testing.TB) *purchase.Loaded { return load(historytest.OnlineRetail(tb)) }

// shop is the demo shop with a bridge and habits as an import would bring them.
func shop(tb testing.TB, customers int) *purchase.Loaded {
	tb.Helper()
	s, err := demo.New(demo.Options{Customers: customers, Seed: 1, End: perennial.DayOf(2026, 6, 30)})
	if err != nil {
		tb.Fatal(err)
	}
	l := load(s.History(perennial.MoneyNet))
	b := &l.Bridge
	b.WalkIn, b.WalkInOrders, b.Unpaid, b.UnpaidOrders, b.Aside = b.Gross/5, b.Orders/5, b.Gross/20, b.Orders/20, b.Gross/100
	b.ExcludedCustomers, b.ExcludedOrders = b.Gross/40, b.Orders/80
	b.All += b.WalkIn + b.Unpaid + b.Aside + b.ExcludedCustomers
	b.AllOrders += b.WalkInOrders + b.UnpaidOrders + b.ExcludedOrders
	habits(l)
	return l
}

// habits invents what orders tell beyond days and money: evening and weekend
// buyers, and what they mostly buy.
func habits(l *purchase.Loaded) {
	n := l.Len()
	h := &l.Habits
	h.Discounted, h.Weekend, h.Evening, h.Night = make([]int32, n), make([]int32, n), make([]int32, n), make([]int32, n)
	h.Timed = true
	h.Categories, h.Channels = l.Categories, l.Channels
	h.ByCategory, h.ByChannel = make([][]int32, len(h.Categories)), make([][]int32, len(h.Channels))
	for k := range h.ByCategory {
		h.ByCategory[k] = make([]int32, n)
	}
	for k := range h.ByChannel {
		h.ByChannel[k] = make([]int32, n)
	}
	for i := range n {
		for k, orders := range l.OrderCounts(i) {
			if w := l.Days(i)[k].Weekday(); w == time.Saturday || w == time.Sunday {
				h.Weekend[i] += orders
			}
			if (i*7+k)%3 == 0 {
				h.Evening[i] += orders
			}
			o := l.Opening[i]
			if o.Promoted && k%2 == 0 {
				h.Discounted[i] += orders
			}
			if o.Category >= 0 && k%4 != 3 {
				h.ByCategory[o.Category][i] += orders
			}
			if o.Channel >= 0 {
				h.ByChannel[o.Channel][i] += orders
			}
		}
	}
}
