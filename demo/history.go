package demo

import (
	"cmp"
	"iter"
	"slices"

	"perennial"
	"perennial/analyze/history"
)

// Triple is what a model of buying needs of a customer, in whole days: X
// purchase days after the first, TX days from the first to the last, T days from
// the first to the end (definitions.md §6).
type Triple struct {
	X     int
	TX, T perennial.Day
}

// Triple merges a customer's purchases by day. ok is false without a purchase.
func (r *Record) Triple(end perennial.Day) (t Triple, ok bool) {
	var first, last perennial.Day
	for i := range r.Orders {
		o := &r.Orders[i]
		if o.Kind != Purchase || !o.Status.Counts() || r.wholly(i) {
			continue
		}
		switch {
		case !ok:
			first, ok = o.Day, true
		case o.Day != last:
			t.X++
		}
		last = o.Day
	}
	t.TX, t.T = last-first, end-first
	return t, ok
}

// wholly reports whether an order was refunded whole.
func (r *Record) wholly(order int) bool {
	k, found := slices.BinarySearchFunc(r.Refunds, uint32(order), func(b Refund, o uint32) int { return cmp.Compare(b.Order, o) })
	return found && r.Refunds[k].Whole
}

// Triples returns the triples of all customers with a purchase, in their order.
func (s *Simulation) Triples() []Triple {
	var out []Triple
	_ = inChunks(s, s.options.Customers, func(records iter.Seq[*Record]) []Triple {
		var part []Triple
		for r := range records {
			if t, ok := r.Triple(s.options.End); ok {
				part = append(part, t)
			}
		}
		return part
	}, func(part []Triple) error {
		out = append(out, part...)
		return nil
	})
	return out
}

// History simulates the shop once more and returns its purchases as
// definitions.md §1 counts them, what an import of LinesCSV and the member file
// must come to: paid, not refunded whole, merchandise only, zero-value orders
// and walk-ins left out, partial refunds deducted unless kind is gross. Staff and
// wholesale buyers are in it. The key of a customer is Index+1.
func (s *Simulation) History(kind perennial.MoneyKind) *history.History {
	h := &history.History{
		Currency: Currency, MoneyKind: kind,
		First: s.options.End, Last: s.options.Start, AsOf: s.options.End,
	}
	for _, c := range s.goods.categories {
		h.Categories = append(h.Categories, c.Name)
	}
	for c := range channelCount {
		h.Channels = append(h.Channels, c.String())
	}
	_ = inChunks(s, s.options.Customers, func(records iter.Seq[*Record]) *history.History {
		part := &history.History{MoneyKind: kind}
		for r := range records {
			s.addTo(part, r)
		}
		return part
	}, func(part *history.History) error {
		for _, at := range part.Offset {
			h.Offset = append(h.Offset, len(h.Day)+at)
		}
		h.Customers = append(h.Customers, part.Customers...)
		h.Joined = append(h.Joined, part.Joined...)
		h.Opening = append(h.Opening, part.Opening...)
		h.Day = append(h.Day, part.Day...)
		h.Orders = append(h.Orders, part.Orders...)
		h.Gross = append(h.Gross, part.Gross...)
		h.Amount = append(h.Amount, part.Amount...)
		return nil
	})
	h.Offset = append(h.Offset, len(h.Day))
	for _, d := range h.Day {
		h.First, h.Last = min(h.First, d), max(h.Last, d)
	}
	return h
}

// addTo appends a customer's purchase days, if there are any.
func (s *Simulation) addTo(h *history.History, r *Record) {
	start := len(h.Day)
	for i := range r.Orders {
		o := &r.Orders[i]
		if o.Kind != Purchase || !o.Status.Counts() || r.wholly(i) {
			continue
		}
		gross, amount := s.money(r, i, h.MoneyKind)
		if n := len(h.Day) - 1; n >= start && h.Day[n] == o.Day {
			h.Orders[n]++
			h.Gross[n] += gross
			h.Amount[n] += amount
			continue
		}
		if len(h.Day) == start {
			first := &s.goods.products[r.Lines[o.FirstLine].Product]
			h.Offset = append(h.Offset, start)
			h.Customers = append(h.Customers, perennial.CustomerKey(r.Customer.Index)+1)
			h.Joined = append(h.Joined, r.Customer.Joined)
			h.Opening = append(h.Opening, history.Opening{
				Category: int16(first.Category), Channel: int16(o.Channel), Promoted: o.Promotion >= 0,
			})
		}
		h.Day = append(h.Day, o.Day)
		h.Orders = append(h.Orders, 1)
		h.Gross = append(h.Gross, gross)
		h.Amount = append(h.Amount, amount)
	}
}

// money is an order's merchandise before refunds, and in a kind of money.
func (s *Simulation) money(r *Record, order int, kind perennial.MoneyKind) (gross, amount perennial.Money) {
	o := &r.Orders[order]
	for _, l := range r.Lines[o.FirstLine : o.FirstLine+uint32(o.LineCount)] {
		p := &s.goods.products[l.Product]
		if !p.Merchandise {
			continue
		}
		gross += l.Amount()
		amount += l.Amount()
		if kind == perennial.MoneyMargin {
			amount -= p.Cost * perennial.Money(l.Quantity)
		}
	}
	if kind == perennial.MoneyGross {
		return gross, amount
	}
	k, _ := slices.BinarySearchFunc(r.Refunds, uint32(order), func(b Refund, o uint32) int { return cmp.Compare(b.Order, o) })
	for ; k < len(r.Refunds) && int(r.Refunds[k].Order) == order; k++ {
		back := &r.Refunds[k]
		amount -= back.Amount
		if kind == perennial.MoneyMargin {
			amount += s.goods.products[r.Lines[back.Line].Product].Cost * perennial.Money(back.Quantity)
		}
	}
	return gross, amount
}
