package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/purchase"
	"perennial/demo"
	"perennial/internal/realdata"
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

// cdnow is the CDNOW sample, zero amounts kept.
func cdnow(tb testing.TB) *purchase.Loaded {
	var b history.Builder
	for line := range strings.Lines(string(realdata.Read(tb, "cdnow/CDNOW_sample.txt"))) {
		f := strings.Fields(line)
		if len(f) != 5 {
			continue
		}
		id, _ := strconv.Atoi(f[0])
		t, err := time.Parse("20060102", f[2])
		if err != nil {
			tb.Fatal(err)
		}
		v, _ := strconv.ParseFloat(f[4], 64)
		cents := perennial.Money(math.Round(v * 100))
		b.Add(perennial.CustomerKey(id), perennial.DayAt(t, time.UTC), 1, cents, cents)
	}
	return load(b.History("USD", perennial.MoneyGross, perennial.DayOf(1998, 6, 30)))
}

// onlineRetail is the purchases of Online Retail: customer known, not cancelled,
// quantity and price above zero.
func onlineRetail(tb testing.TB) *purchase.Loaded {
	r := csv.NewReader(bytes.NewReader(realdata.Read(tb, "online_retail/online_retail.csv.gz")))
	r.ReuseRecord = true
	type order struct {
		customer perennial.CustomerKey
		day      perennial.Day
		cents    perennial.Money
	}
	orders := map[string]*order{}
	var names []string
	for {
		rec, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			tb.Fatal(err)
		}
		quantity, _ := strconv.Atoi(rec[3])
		price, _ := strconv.ParseFloat(rec[5], 64)
		id, err := strconv.ParseFloat(rec[6], 64)
		if err != nil || strings.HasPrefix(rec[0], "C") || quantity <= 0 || price <= 0 {
			continue
		}
		o := orders[rec[0]]
		if o == nil {
			var y, m, d int
			if _, err := fmt.Sscanf(rec[4], "%d-%d-%d", &y, &m, &d); err != nil {
				tb.Fatal(err)
			}
			o = &order{customer: perennial.CustomerKey(id), day: perennial.DayOf(y, time.Month(m), d)}
			name := strings.Clone(rec[0])
			orders[name] = o
			names = append(names, name)
		}
		o.cents += perennial.Money(math.RoundToEven(float64(quantity) * math.Round(price*1000) / 10))
	}
	var b history.Builder
	for _, n := range names {
		o := orders[n]
		b.Add(o.customer, o.day, 1, o.cents, o.cents)
	}
	return load(b.History("GBP", perennial.MoneyGross, perennial.DayOf(2011, 12, 9)))
}

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
