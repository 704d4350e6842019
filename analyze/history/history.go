package history

import (
	"sort"

	"perennial"
)

// History is what customers bought, one entry a purchase day, in
// customer-and-time order: the columns of a customer lie together and its days
// ascend. It is built once per question and then only read; every analysis of
// purchase sequences is a pure function of it.
//
// Customer i owns the entries Offset[i] .. Offset[i+1]-1 and has at least one.
// Money is in minor units of Currency.
type History struct {
	Currency  perennial.Currency
	MoneyKind perennial.MoneyKind // what Amount holds

	First perennial.Day // first day of the data, of all its orders
	Last  perennial.Day // last day of the data up to AsOf
	AsOf  perennial.Day // D, included whole; no entry is later

	Customers []perennial.CustomerKey // ascending
	Offset    []int                   // len(Customers)+1
	Day       []perennial.Day         // purchase days
	Orders    []int32                 // orders merged into the day, ≥ 1
	Gross     []perennial.Money       // before refunds
	Amount    []perennial.Money       // in MoneyKind, refunds of these orders up to AsOf deducted

	// Loose holds refunds that belong to no order, in customer order, positive.
	Loose []LooseRefund

	// Joined is the join day of a customer from a member file, NoDay where
	// unknown; nil where no customer has one.
	Joined []perennial.Day

	// Opening describes each customer's first purchase; nil where the data has
	// neither categories nor channels nor discounts.
	Opening []Opening
	// Categories and Channels are the dictionaries of Opening.
	Categories []string
	Channels   []string
}

// NoDay stands for a day that is not known.
const NoDay = perennial.Day(-1 << 31)

// LooseRefund is a refund that names no order and matches no earlier line: it
// stands alone on the customer.
type LooseRefund struct {
	Customer int // index into History.Customers
	Day      perennial.Day
	Amount   perennial.Money // positive
}

// Opening is what is known of a customer's first purchase. Category and Channel
// index the dictionaries of History, -1 where unknown.
type Opening struct {
	Category int16
	Channel  int16
	Promoted bool // bought at a discount or with a coupon
}

// Len returns the number of customers.
func (h *History) Len() int { return len(h.Customers) }

// Days returns the purchase days of customer i, ascending; do not change them.
func (h *History) Days(i int) []perennial.Day { return h.Day[h.Offset[i]:h.Offset[i+1]] }

// Amounts returns the money of customer i's purchase days; do not change it.
func (h *History) Amounts(i int) []perennial.Money { return h.Amount[h.Offset[i]:h.Offset[i+1]] }

// OrderCounts returns the orders of customer i's purchase days; do not change
// them.
func (h *History) OrderCounts(i int) []int32 { return h.Orders[h.Offset[i]:h.Offset[i+1]] }

// Until returns the history as it stood at the end of day d: later entries and
// customers whose first purchase is later are gone. Refunds that came after d
// for orders before d stay deducted, as History keeps one amount per day.
// The columns of the result are new; h is not changed.
func (h *History) Until(d perennial.Day) *History {
	if d >= h.AsOf {
		return h
	}
	out := &History{
		Currency: h.Currency, MoneyKind: h.MoneyKind,
		First: h.First, Last: min(h.Last, d), AsOf: d,
		Offset:     []int{0},
		Categories: h.Categories, Channels: h.Channels,
	}
	index := make([]int, h.Len())
	for i := range h.Customers {
		index[i] = -1
		days := h.Days(i)
		n := sort.Search(len(days), func(k int) bool { return days[k] > d })
		if n == 0 {
			continue
		}
		index[i] = len(out.Customers)
		lo := h.Offset[i]
		out.Customers = append(out.Customers, h.Customers[i])
		out.Day = append(out.Day, h.Day[lo:lo+n]...)
		out.Orders = append(out.Orders, h.Orders[lo:lo+n]...)
		out.Gross = append(out.Gross, h.Gross[lo:lo+n]...)
		out.Amount = append(out.Amount, h.Amount[lo:lo+n]...)
		out.Offset = append(out.Offset, len(out.Day))
		if h.Joined != nil {
			out.Joined = append(out.Joined, h.Joined[i])
		}
		if h.Opening != nil {
			out.Opening = append(out.Opening, h.Opening[i])
		}
	}
	for _, r := range h.Loose {
		if r.Day <= d && index[r.Customer] >= 0 {
			out.Loose = append(out.Loose, LooseRefund{index[r.Customer], r.Day, r.Amount})
		}
	}
	return out
}

// NewFrom returns the day from which a first purchase is known to be one without
// a member file: that after the first two cycles of the data.
func (h *History) NewFrom(cycleDays float64) perennial.Day {
	if cycleDays <= 0 {
		return h.First
	}
	return h.First + perennial.Day(2*cycleDays+0.5)
}

// KnownNew reports for each customer whether it is known to be new: by its join
// day where a member file gives one, else by a first purchase that is not within
// the first two repurchase cycles of the data (definitions.md §1).
// cycleDays is the repurchase cycle in days; with 0 (not identified) no customer
// is held back.
func (h *History) KnownNew(cycleDays float64) []bool {
	edge := h.NewFrom(cycleDays)
	out := make([]bool, h.Len())
	for i := range out {
		first := h.Day[h.Offset[i]]
		switch {
		case h.Joined != nil && h.Joined[i] != NoDay:
			// Joining in the data's time or later: an older card whose first
			// purchase we see late is an old customer.
			out[i] = h.Joined[i] >= h.First
		default:
			out[i] = first >= edge
		}
	}
	return out
}

// Builder collects purchases in any order and sorts them once.
type Builder struct {
	entries []entry
}

type entry struct {
	customer perennial.CustomerKey
	day      perennial.Day
	orders   int32
	gross    perennial.Money
	amount   perennial.Money
}

// Add notes orders of one customer on one day: their number, gross money and the
// money that is to be analysed. Entries of the same customer and day are merged.
func (b *Builder) Add(customer perennial.CustomerKey, day perennial.Day, orders int, gross, amount perennial.Money) {
	b.entries = append(b.entries, entry{customer, day, int32(orders), gross, amount})
}

// History sorts what was added and returns it. First and Last come from the
// entries; set AsOf (and a wider First or Last) through the arguments' frame.
func (b *Builder) History(currency perennial.Currency, kind perennial.MoneyKind, asOf perennial.Day) *History {
	sort.Slice(b.entries, func(i, j int) bool {
		if b.entries[i].customer != b.entries[j].customer {
			return b.entries[i].customer < b.entries[j].customer
		}
		return b.entries[i].day < b.entries[j].day
	})
	h := &History{Currency: currency, MoneyKind: kind, AsOf: asOf, First: NoDay, Last: NoDay}
	for _, e := range b.entries {
		n := len(h.Customers)
		if n == 0 || h.Customers[n-1] != e.customer {
			h.Customers = append(h.Customers, e.customer)
			h.Offset = append(h.Offset, len(h.Day))
		} else if last := len(h.Day) - 1; h.Day[last] == e.day {
			h.Orders[last] += e.orders
			h.Gross[last] += e.gross
			h.Amount[last] += e.amount
			continue
		}
		h.Day = append(h.Day, e.day)
		h.Orders = append(h.Orders, e.orders)
		h.Gross = append(h.Gross, e.gross)
		h.Amount = append(h.Amount, e.amount)
		if h.First == NoDay || e.day < h.First {
			h.First = e.day
		}
		h.Last = max(h.Last, e.day)
	}
	h.Offset = append(h.Offset, len(h.Day))
	return h
}
