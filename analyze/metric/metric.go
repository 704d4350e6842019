package metric

import (
	"math"

	"perennial"
	"perennial/analyze/history"
)

// Count says what frequency and repeat count (definitions.md §1).
type Count string

// Purchase days by default; orders in the textbook variant.
const (
	CountDays   Count = "days"
	CountOrders Count = "orders"
)

// DefaultWindowDays is the window of the rates: a year that ends on the as-of
// day.
const DefaultWindowDays = 365

// Options of Measure. The zero value is the default.
type Options struct {
	WindowDays int   // window of repeat and return rate; 0 means 365
	Count      Count // what repeat_rate counts; "" means days

	// KnownNew says for each customer of the History whether it is known to be
	// new (History.KnownNew); nil takes every first purchase as a new customer's.
	KnownNew []bool
}

// Totals is what a History of known customers cannot know.
type Totals struct {
	// Refunds of known customers' purchases up to the as-of day, positive, loose
	// ones included. With net money it is not needed, as the History tells; else
	// nil leaves refunds and net revenue open.
	Refunds *perennial.Money
	// Gross is the known customers' money before refunds, wholly refunded orders
	// included, which the History does not hold; nil takes the History's. With it
	// and Refunds the three figures are the same whatever money is analysed.
	Gross *perennial.Money
	// Margin is that of all purchases after refunds; nil where it is not known.
	Margin *perennial.Money
	// Unattributed is the money of orders without a customer (散客), in the
	// History's kind of money.
	Unattributed perennial.Money
	// Returned is the number of pieces that known customers sent back.
	Returned int64
	// Items is the number of pieces in the History's orders, 0 where not known.
	Items int64
}

// Base holds the base figures. All money is of known customers and, unless
// Window says otherwise, of the whole History. A figure without a denominator is
// nil.
type Base struct {
	Currency  perennial.Currency  `json:"currency"`
	MoneyKind perennial.MoneyKind `json:"money_kind"`
	Count     Count               `json:"count"`
	Customers int                 `json:"customers"`
	Orders    int64               `json:"orders"`

	GrossRevenue perennial.Amount  `json:"gross_revenue"`
	Refunds      *perennial.Amount `json:"refunds"`
	NetRevenue   *perennial.Amount `json:"net_revenue"`
	Margin       *perennial.Amount `json:"margin"`  // null without costs or a rate
	Revenue      perennial.Amount  `json:"revenue"` // in MoneyKind

	UnattributedRevenue perennial.Amount `json:"unattributed_revenue"`
	MemberShare         *float64         `json:"member_share"`

	AverageOrderValue *perennial.Amount `json:"average_order_value"` // 笔单价, revenue ÷ orders
	RevenuePerBuyer   *perennial.Amount `json:"revenue_per_buyer"`   // 客单价, revenue ÷ buyers
	ItemsPerOrder     *float64          `json:"items_per_order"`     // 连带率
	// ReturnedItems counts pieces sent back (退货: goods, where refunds are money)
	// and ReturnedShare sets them against the pieces sold; null where pieces are
	// not known.
	ReturnedItems *int64   `json:"returned_items"`
	ReturnedShare *float64 `json:"returned_share"`

	RepeatRate *float64 `json:"repeat_rate"` // of Window
	ReturnRate *float64 `json:"return_rate"` // of the window before Window
	// RepeatShare is the textbook figure: customers with two or more orders over
	// the whole history ÷ customers. It counts orders whatever Count says.
	RepeatShare *float64 `json:"repeat_share"`

	Window Window `json:"window"`
	Concentration
	Months      []Month          `json:"months"`
	LikeForLike []Comparison     `json:"like_for_like"`
	Notes       []perennial.Text `json:"notes"`
}

// Window is the period of the rates: Days days that end on the as-of day.
type Window struct {
	Days    int           `json:"days"`
	From    perennial.Day `json:"from"`
	To      perennial.Day `json:"to"`
	Covered int           `json:"covered_days"` // days of it within the data
	Period

	OrdersPerBuyerYear *float64          `json:"orders_per_buyer_year"` // 年购买频次; scaled from Covered to 365 days
	MoneyPerBuyerYear  *perennial.Amount `json:"money_per_buyer_year"`

	PreviousBuyers  int `json:"previous_buyers"` // of the window before
	PreviousCovered int `json:"previous_covered_days"`
}

// Period is what happened in a span of days. A loose refund counts on its own
// day. New buyers are those whose first purchase fell into the span and who are
// known to be new.
type Period struct {
	Buyers    int              `json:"buyers"`
	Repeaters int              `json:"repeaters"` // bought twice or more within the span, by Count
	NewBuyers int              `json:"new_buyers"`
	Orders    int64            `json:"orders"`
	Revenue   perennial.Amount `json:"revenue"`
}

// Measure computes the base figures of definitions.md §2. KnownNew, where given,
// must be as long as the History has customers; else it is ignored.
func Measure(h *history.History, totals Totals, opt Options) Base {
	if opt.WindowDays <= 0 {
		opt.WindowDays = DefaultWindowDays
	}
	if opt.Count == "" {
		opt.Count = CountDays
	}
	if len(opt.KnownNew) != h.Len() {
		opt.KnownNew = nil
	}
	out := Base{
		Currency: h.Currency, MoneyKind: h.MoneyKind, Count: opt.Count,
		Customers: h.Len(), Months: []Month{}, LikeForLike: []Comparison{}, Notes: []perennial.Text{},
	}
	var gross, amount, loose perennial.Money
	for k := range h.Day {
		gross += h.Gross[k]
		amount += h.Amount[k]
		out.Orders += int64(h.Orders[k])
	}
	if h.MoneyKind != perennial.MoneyGross {
		for _, r := range h.Loose {
			loose += r.Amount
		}
	}
	money := func(m perennial.Money) *perennial.Amount { a := h.Currency.Amount(m); return &a }
	out.GrossRevenue = h.Currency.Amount(gross)
	out.Revenue = h.Currency.Amount(amount - loose)
	switch {
	case totals.Gross != nil && totals.Refunds != nil:
		out.GrossRevenue = h.Currency.Amount(*totals.Gross)
		out.Refunds, out.NetRevenue = money(*totals.Refunds), money(*totals.Gross-*totals.Refunds)
	case h.MoneyKind == perennial.MoneyNet:
		out.Refunds, out.NetRevenue = money(gross-amount+loose), money(amount-loose)
	case totals.Refunds != nil:
		out.Refunds, out.NetRevenue = money(*totals.Refunds), money(gross-*totals.Refunds)
	}
	if totals.Margin != nil {
		out.Margin = money(*totals.Margin)
	}
	out.UnattributedRevenue = h.Currency.Amount(totals.Unattributed)
	members := amount - loose
	if h.MoneyKind == perennial.MoneyGross && totals.Gross != nil {
		members = *totals.Gross // walk-ins' wholly refunded orders are in their money, too
	}
	out.MemberShare = ratio(float64(members), float64(members+totals.Unattributed))
	out.AverageOrderValue = divide(out.Revenue, out.Orders)
	out.RevenuePerBuyer = divide(out.Revenue, int64(h.Len()))
	if totals.Items > 0 {
		out.ItemsPerOrder = ratio(float64(totals.Items), float64(out.Orders))
		out.ReturnedItems = &totals.Returned
		out.ReturnedShare = ratio(float64(totals.Returned), float64(totals.Items))
	}
	out.Lorenz = []LorenzPoint{}
	if h.Len() == 0 {
		return out
	}
	spans := newCalendar(h, opt.WindowDays)
	pass := spans.count(h, opt)
	out.RepeatShare = ratio(float64(pass.repeaters), float64(h.Len()))
	out.window(spans, pass)
	out.Months = pass.months
	out.LikeForLike = spans.comparisons(pass)
	out.Concentration = concentration(pass.money)
	return out
}

// window fills what is measured over the window and the one before.
func (b *Base) window(c calendar, p pass) {
	now, before := c.spans[windowSpan], c.spans[previousSpan]
	w := Window{
		Days: int(now.to-now.from) + 1, From: now.from, To: now.to,
		Covered: c.covered(now), Period: p.periods[windowSpan],
		PreviousBuyers: p.periods[previousSpan].Buyers, PreviousCovered: c.covered(before),
	}
	if w.Buyers > 0 && w.Covered > 0 {
		years := float64(w.Covered) / 365
		w.OrdersPerBuyerYear = ratio(float64(w.Orders), float64(w.Buyers)*years)
		perYear := b.Currency.Amount(perennial.Money(math.RoundToEven(float64(w.Revenue.Minor) / float64(w.Buyers) / years)))
		w.MoneyPerBuyerYear = &perYear
	}
	b.Window = w
	b.RepeatRate = ratio(float64(w.Repeaters), float64(w.Buyers))
	b.ReturnRate = ratio(float64(p.returned), float64(w.PreviousBuyers))
	if w.Covered < w.Days {
		b.Notes = append(b.Notes, perennial.Say(
			"数据只覆盖了 %d 天窗口里的 %d 天，复购率偏低；按年的数字由这 %[2]d 天折算。",
			"The data cover %[2]d of the %[1]d days of the window: the repeat rate is on the low side, and figures per year are scaled from these days.",
			w.Days, w.Covered))
	}
	if b.ReturnRate != nil && w.PreviousCovered < w.Days {
		b.Notes = append(b.Notes, perennial.Say(
			"上一窗口只有 %d 天的数据（应有 %d 天），回购率只代表那几天的买家。",
			"The window before has data for %d of its %d days: the return rate speaks for the buyers of those days only.",
			w.PreviousCovered, w.Days))
	}
}

// ratio returns a ÷ b, nil where b is not positive.
func ratio(a, b float64) *float64 {
	if !(b > 0) {
		return nil
	}
	r := a / b
	return &r
}

// divide returns an amount per one of n, rounded half to even; nil where n is 0.
func divide(a perennial.Amount, n int64) *perennial.Amount {
	if n == 0 {
		return nil
	}
	q, r := int64(a.Minor)/n, int64(a.Minor)%n
	if r < 0 {
		q, r = q-1, r+n
	}
	if twice := 2 * r; twice > n || (twice == n && q%2 != 0) {
		q++
	}
	out := a.Currency.Amount(perennial.Money(q))
	return &out
}
