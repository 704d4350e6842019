package metric

import (
	"math/bits"

	"perennial"
	"perennial/analyze/history"
)

// Month is one calendar month of the data. Months without a purchase are there
// with zeros. FirstSeen counts first purchases in the data, NewBuyers those of
// them known to be new; SecondOrders counts customers whose second purchase (by
// Options.Count) fell into the month. RepeatRevenue is the money of purchases
// after a customer's first purchase day.
type Month struct {
	Month         perennial.Month  `json:"month"`
	Days          int              `json:"days"` // up to the as-of day
	Open          bool             `json:"open"` // not yet over on the as-of day
	Buyers        int              `json:"buyers"`
	FirstSeen     int              `json:"first_seen"`
	NewBuyers     int              `json:"new_buyers"`
	SecondOrders  int              `json:"second_orders"`
	Orders        int64            `json:"orders"`
	Revenue       perennial.Amount `json:"revenue"`
	RepeatRevenue perennial.Amount `json:"repeat_revenue"`
}

// Comparison puts the last month, up to the as-of day, beside the same number of
// days of an earlier month; where the earlier month is shorter, both are cut to
// its length. Changes are relative (0.1 = 10 % more), nil against zero.
type Comparison struct {
	Against        string        `json:"against"` // month_before, year_before
	Days           int           `json:"days"`
	Open           bool          `json:"open"` // the last month is not over: draw no finding from it alone
	From           perennial.Day `json:"from"`
	To             perennial.Day `json:"to"`
	OtherFrom      perennial.Day `json:"other_from"`
	OtherTo        perennial.Day `json:"other_to"`
	This           Period        `json:"this"`
	Other          Period        `json:"other"`
	RevenueChange  *float64      `json:"revenue_change"`
	OrdersChange   *float64      `json:"orders_change"`
	BuyersChange   *float64      `json:"buyers_change"`
	NewBuyerChange *float64      `json:"new_buyers_change"`
}

// The spans of days that are counted in one pass.
const (
	windowSpan = iota
	previousSpan
	monthThis
	monthOther
	yearThis
	yearOther
	spanCount
)

type span struct{ from, to perennial.Day }

// calendar says for each day from the first purchase to the as-of day in which
// month and in which spans it lies.
type calendar struct {
	first, asOf perennial.Day
	data        perennial.Day // first day of the data, maybe before the first purchase
	base        perennial.Month
	months      int
	spans       [spanCount]span
	day         []place
}

type place struct {
	month int32
	spans uint8 // bit per span
}

// newCalendar lays the calendar out. h must have a customer.
func newCalendar(h *history.History, windowDays int) calendar {
	c := calendar{first: h.AsOf, asOf: h.AsOf}
	for i := range h.Customers {
		c.first = min(c.first, h.Day[h.Offset[i]])
	}
	c.data = c.first
	if h.First != history.NoDay {
		c.data = min(c.data, h.First)
	}
	c.base = c.first.Month()
	last := h.AsOf.Month()
	c.months = int(last-c.base) + 1

	w := perennial.Day(windowDays)
	c.spans[windowSpan] = span{h.AsOf - w + 1, h.AsOf}
	c.spans[previousSpan] = span{h.AsOf - 2*w + 1, h.AsOf - w}
	c.spans[monthThis], c.spans[monthOther] = alike(h.AsOf, last-1)
	c.spans[yearThis], c.spans[yearOther] = alike(h.AsOf, last-12)

	c.day = make([]place, int(h.AsOf-c.first)+1)
	for m := c.base; m <= last; m++ {
		for d := max(m.First(), c.first); d <= min(m.Last(), h.AsOf); d++ {
			c.day[d-c.first].month = int32(m - c.base)
		}
	}
	for s, sp := range c.spans {
		for d := max(sp.from, c.first); d <= min(sp.to, h.AsOf); d++ {
			c.day[d-c.first].spans |= 1 << s
		}
	}
	return c
}

// alike returns the same number of days from the start of asOf's month and of
// another month.
func alike(asOf perennial.Day, other perennial.Month) (this, that span) {
	start := asOf.Month().First()
	n := min(asOf-start, other.Last()-other.First())
	return span{start, start + n}, span{other.First(), other.First() + n}
}

// covered returns how many days of a span lie within the data.
func (c calendar) covered(s span) int {
	return max(0, int(min(s.to, c.asOf)-max(s.from, c.data))+1)
}

// pass is what one walk over the purchases counts.
type pass struct {
	periods   [spanCount]Period
	months    []Month
	returned  int               // buyers of the previous window who bought in the window
	repeaters int               // customers with two or more orders ever
	money     []perennial.Money // by customer, loose refunds deducted
}

// count walks over all purchases once.
func (c calendar) count(h *history.History, opt Options) pass {
	p := pass{months: make([]Month, c.months), money: make([]perennial.Money, h.Len())}
	var revenue [spanCount]perennial.Money
	monthRevenue := make([]perennial.Money, c.months)
	monthRepeat := make([]perennial.Money, c.months)
	for i := range h.Customers {
		days, amounts, orders := h.Days(i), h.Amounts(i), h.OrderCounts(i)
		isNew := opt.KnownNew == nil || opt.KnownNew[i]
		var bought [spanCount]int32 // purchase days or orders, by Count
		var seen uint8
		var ever, counted int32
		month := int32(-1)
		for k, d := range days {
			at := c.day[d-c.first]
			ever += orders[k]
			step := int32(1)
			if opt.Count == CountOrders {
				step = orders[k]
			}
			m := &p.months[at.month]
			if at.month != month {
				month = at.month
				m.Buyers++
			}
			m.Orders += int64(orders[k])
			monthRevenue[at.month] += amounts[k]
			p.money[i] += amounts[k]
			if k == 0 {
				m.FirstSeen++
				if isNew {
					m.NewBuyers++
				}
			} else {
				monthRepeat[at.month] += amounts[k]
			}
			if counted < 2 && counted+step >= 2 {
				m.SecondOrders++
			}
			counted += step
			for left := at.spans; left != 0; left &= left - 1 {
				s := bits.TrailingZeros8(left)
				bought[s] += step
				p.periods[s].Orders += int64(orders[k])
				revenue[s] += amounts[k]
				if k == 0 && isNew {
					p.periods[s].NewBuyers++
				}
			}
			seen |= at.spans
		}
		if ever >= 2 {
			p.repeaters++
		}
		for left := seen; left != 0; left &= left - 1 {
			s := bits.TrailingZeros8(left)
			p.periods[s].Buyers++
			if bought[s] >= 2 {
				p.periods[s].Repeaters++
			}
		}
		if both := uint8(1<<windowSpan | 1<<previousSpan); seen&both == both {
			p.returned++
		}
	}
	if h.MoneyKind != perennial.MoneyGross {
		for _, r := range h.Loose {
			p.money[r.Customer] -= r.Amount
			if r.Day < c.first || r.Day > c.asOf {
				continue
			}
			at := c.day[r.Day-c.first]
			monthRevenue[at.month] -= r.Amount
			for left := at.spans; left != 0; left &= left - 1 {
				revenue[bits.TrailingZeros8(left)] -= r.Amount
			}
		}
	}
	for s := range revenue {
		p.periods[s].Revenue = h.Currency.Amount(revenue[s])
	}
	for m := range p.months {
		month := c.base + perennial.Month(m)
		p.months[m].Month = month
		p.months[m].Days = int(min(month.Last(), c.asOf)-month.First()) + 1
		p.months[m].Open = c.asOf < month.Last()
		p.months[m].Revenue = h.Currency.Amount(monthRevenue[m])
		p.months[m].RepeatRevenue = h.Currency.Amount(monthRepeat[m])
	}
	return p
}

// comparisons puts the last month beside the month and the year before, where
// the data reach back to all the days compared.
func (c calendar) comparisons(p pass) []Comparison {
	out := []Comparison{}
	for _, pair := range []struct {
		against     string
		this, other int
	}{
		{"month_before", monthThis, monthOther},
		{"year_before", yearThis, yearOther},
	} {
		this, other := c.spans[pair.this], c.spans[pair.other]
		if other.from < c.data {
			continue
		}
		a, b := p.periods[pair.this], p.periods[pair.other]
		out = append(out, Comparison{
			Against: pair.against, Days: int(this.to-this.from) + 1, Open: c.asOf < c.asOf.Month().Last(),
			From: this.from, To: this.to, OtherFrom: other.from, OtherTo: other.to, This: a, Other: b,
			RevenueChange:  change(float64(a.Revenue.Minor), float64(b.Revenue.Minor)),
			OrdersChange:   change(float64(a.Orders), float64(b.Orders)),
			BuyersChange:   change(float64(a.Buyers), float64(b.Buyers)),
			NewBuyerChange: change(float64(a.NewBuyers), float64(b.NewBuyers)),
		})
	}
	return out
}

// change returns a against b, relative; nil where b is not positive.
func change(a, b float64) *float64 { return ratio(a-b, b) }
