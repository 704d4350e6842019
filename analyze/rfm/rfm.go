package rfm

import (
	"math"
	"slices"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/metric"
)

// DefaultWindowDays is the usual window of F and M: the year that ends on the
// as-of day.
const DefaultWindowDays = 365

// wholesaleQuantile is the quantile of M above which customers can be kept apart.
const wholesaleQuantile = 0.995

// Options of Classify.
type Options struct {
	Method     Method       // "" is Business
	WindowDays int          // days that end on the as-of day; 0 is the whole history
	Count      metric.Count // what F counts; "" is purchase days

	// CycleDays is the repurchase cycle in days, 0 where it is not identified; the
	// method Business takes it for R, and the median recency in its place.
	CycleDays float64
	// Wholesale keeps customers above the 99.5th percentile of M apart.
	Wholesale bool
	// Frozen are thresholds that a person has set; nil computes them anew.
	Frozen *Thresholds
}

// Result is the RFM analysis of a History. Every customer is in exactly one of
// Classes or in Wholesale. A customer without a purchase in the window keeps the
// recency of the last purchase there was, has F = 0 and no money but for refunds
// (M ≤ 0), and counts in scores and classes, always low on F and M; thresholds on
// raw values are taken over those who bought in the window, as a median of zero
// would part nobody.
type Result struct {
	Method     Method           `json:"method"`
	WindowDays int              `json:"window_days"`
	Count      metric.Count     `json:"count"`
	Customers  int              `json:"customers"`
	Buyers     int              `json:"buyers"` // with a purchase in the window
	Thresholds Thresholds       `json:"thresholds"`
	Classes    []Class          `json:"classes"`
	Layers     []Layer          `json:"layers"`
	Grid       [5][5][5]int     `json:"grid"` // customers by score − 1 of R, F, M
	Wholesale  *WholesaleLayer  `json:"wholesale"`
	Frozen     *FrozenReport    `json:"frozen"`
	Quartiles  Quartiles        `json:"quartiles"`
	Notes      []perennial.Text `json:"notes"`

	Columns Columns `json:"-"`
}

// Columns has one entry per customer of the History, in its order. R is in days,
// F in purchase days or orders, M in minor units. Scores are 0 for customers
// kept apart as wholesale.
type Columns struct {
	R, F                   []int32
	M                      []perennial.Money
	RScore, FScore, MScore []uint8
	Class                  []Code
}

// Quartiles are the quartiles (type 7) of all customers' R and of F and M of
// those who bought in the window; M in major units.
type Quartiles struct {
	RecencyDays []float64 `json:"recency_days"`
	Frequency   []float64 `json:"frequency"`
	Monetary    []float64 `json:"monetary"`
}

// WholesaleLayer is the customers kept apart. Revenue is money in the window.
type WholesaleLayer struct {
	Above     perennial.Amount `json:"above"`
	Customers int              `json:"customers"`
	Revenue   perennial.Amount `json:"revenue"`
}

// FrozenReport says what setting frozen thresholds anew would do.
type FrozenReport struct {
	Version     int        `json:"version"`
	Fresh       Thresholds `json:"fresh"`
	WouldChange int        `json:"would_change"` // customers who would change class
}

// values are what thresholds on raw values are chosen from: the customers who
// bought in the window.
type values struct {
	recency, frequency counts
	money              []perennial.Money // ascending
}

// Classify computes R, F, M, scores and classes (definitions.md §3). It errs with
// rfm.method on an unknown method and with rfm.frozen_basis on frozen thresholds
// that were made of other values.
func Classify(h *history.History, opt Options) (*Result, error) {
	if opt.Method == "" {
		opt.Method = Business
	}
	if opt.Count == "" {
		opt.Count = metric.CountDays
	}
	opt.WindowDays = max(opt.WindowDays, 0)
	if opt.Method != Business && opt.Method != Score && opt.Method != Mean {
		return nil, perennial.NewError(perennial.KindInvalid, "rfm.method",
			perennial.Say("没有“%s”这种 RFM 分类方法。", "There is no RFM method %q.", string(opt.Method))).
			WithHint(perennial.Say("可用 business、score、mean。", "Use business, score or mean."))
	}
	basis := Basis{opt.Method, opt.WindowDays, opt.Count, h.MoneyKind}
	if opt.Frozen != nil && opt.Frozen.Basis != basis {
		return nil, perennial.NewError(perennial.KindConflict, "rfm.frozen_basis",
			perennial.Say("已固定的 RFM 阈值（第 %d 版）用的是另一种方法、窗口、计次或金额，不能用在这里。",
				"The frozen RFM thresholds (version %d) were made with another method, window, count or kind of money.", opt.Frozen.Version)).
			WithHint(perennial.Say("改回原来的口径，或重新设定阈值。", "Go back to the settings they were made with, or set them anew."))
	}
	cols := measure(h, opt)
	out := &Result{
		Method: opt.Method, WindowDays: opt.WindowDays, Count: opt.Count,
		Customers: h.Len(), Columns: cols,
	}
	fresh := Thresholds{Basis: basis, Monetary: h.Currency.Amount(0)}
	active := cols.active(nil)
	out.Buyers = len(active.money)
	out.Quartiles = cols.quartiles(h.Currency, active)
	if opt.Wholesale && len(active.money) > 0 {
		// Whole minor units above the quantile are those above its floor.
		above := h.Currency.Amount(perennial.Money(math.Floor(quantileOf(active.money, wholesaleQuantile))))
		fresh.WholesaleAbove = &above
		active = cols.active(&above)
	}
	used := &fresh
	if opt.Frozen != nil {
		used = opt.Frozen
	}
	s := cols.scales(used.WholesaleAbove)
	switch opt.Method {
	case Business:
		active.business(&fresh, opt.CycleDays)
	case Mean:
		active.mean(&fresh)
	case Score:
		own := s
		if !sameLimit(used.WholesaleAbove, fresh.WholesaleAbove) {
			own = cols.scales(fresh.WholesaleAbove)
		}
		own.thresholds(&fresh)
	}
	out.Thresholds = *used
	changed := 0
	for i := range cols.Class {
		cols.Class[i] = used.class(cols.R[i], cols.F[i], cols.M[i])
		if used != &fresh && cols.Class[i] != fresh.class(cols.R[i], cols.F[i], cols.M[i]) {
			changed++
		}
		if cols.Class[i] == Wholesale {
			continue
		}
		r, f, m := s.recency[cols.R[i]], s.frequency[cols.F[i]], s.ofMoney(cols.M[i])
		cols.RScore[i], cols.FScore[i], cols.MScore[i] = r, f, m
		out.Grid[r-1][f-1][m-1]++
	}
	if used != &fresh {
		out.Frozen = &FrozenReport{Version: used.Version, Fresh: fresh, WouldChange: changed}
	}
	out.Classes, out.Layers = tally(h.Currency, cols.Class, cols.M)
	if used.WholesaleAbove != nil {
		out.Wholesale = cols.wholesale(h.Currency, *used.WholesaleAbove)
	}
	out.Notes = out.notes(opt)
	return out, nil
}

// measure fills R, F and M.
func measure(h *history.History, opt Options) Columns {
	n := h.Len()
	c := Columns{
		R: make([]int32, n), F: make([]int32, n), M: make([]perennial.Money, n),
		RScore: make([]uint8, n), FScore: make([]uint8, n), MScore: make([]uint8, n), Class: make([]Code, n),
	}
	from := history.NoDay
	if opt.WindowDays > 0 {
		from = h.AsOf - perennial.Day(opt.WindowDays) + 1
	}
	for i := range h.Customers {
		days, amounts, orders := h.Days(i), h.Amounts(i), h.OrderCounts(i)
		c.R[i] = int32(max(0, h.AsOf-days[len(days)-1]))
		for k := len(days) - 1; k >= 0 && days[k] >= from; k-- {
			if opt.Count == metric.CountOrders {
				c.F[i] += orders[k]
			} else {
				c.F[i]++
			}
			c.M[i] += amounts[k]
		}
	}
	if h.MoneyKind != perennial.MoneyGross {
		for _, r := range h.Loose {
			if r.Day >= from && r.Day <= h.AsOf {
				c.M[r.Customer] -= r.Amount
			}
		}
	}
	return c
}

// active returns the values of the customers who bought in the window and are
// not above the limit, which may be nil.
func (c *Columns) active(limit *perennial.Amount) values {
	var v values
	for i, f := range c.F {
		if f > 0 && within(c.M[i], limit) {
			v.recency.add(c.R[i])
			v.frequency.add(f)
			v.money = append(v.money, c.M[i])
		}
	}
	slices.Sort(v.money)
	return v
}

// scales returns the scales of all customers within the limit.
func (c *Columns) scales(limit *perennial.Amount) scales {
	var recency, frequency counts
	money := make([]perennial.Money, 0, len(c.M))
	for i, m := range c.M {
		if within(m, limit) {
			recency.add(c.R[i])
			frequency.add(c.F[i])
			money = append(money, m)
		}
	}
	slices.Sort(money)
	return newScales(recency, frequency, money)
}

func within(m perennial.Money, limit *perennial.Amount) bool { return limit == nil || m <= limit.Minor }

func sameLimit(a, b *perennial.Amount) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Minor == b.Minor
}

func (c *Columns) wholesale(currency perennial.Currency, above perennial.Amount) *WholesaleLayer {
	w := WholesaleLayer{Above: above, Revenue: currency.Amount(0)}
	for i, code := range c.Class {
		if code == Wholesale {
			w.Customers++
			w.Revenue.Minor += c.M[i]
		}
	}
	return &w
}

func (c *Columns) quartiles(currency perennial.Currency, active values) Quartiles {
	q := Quartiles{RecencyDays: []float64{}, Frequency: []float64{}, Monetary: []float64{}}
	if len(c.R) == 0 {
		return q
	}
	var all counts
	for _, r := range c.R {
		all.add(r)
	}
	major := currency.Amount(1).Float()
	for _, p := range []float64{0.25, 0.5, 0.75} {
		q.RecencyDays = append(q.RecencyDays, all.quantile(p))
		if len(active.money) > 0 {
			q.Frequency = append(q.Frequency, active.frequency.quantile(p))
			q.Monetary = append(q.Monetary, quantileOf(active.money, p)*major)
		}
	}
	return q
}

func (r *Result) notes(opt Options) []perennial.Text {
	out := []perennial.Text{}
	if opt.Method == Business && opt.Frozen == nil && !(opt.CycleDays > 0) && r.Buyers > 0 {
		out = append(out, perennial.Say(
			"复购周期算不出来，R 的阈值改用最近一次购买距今天数的中位数：%.0f 天。",
			"The repurchase cycle is not identified: R is parted at the median recency instead, %.0f days.",
			r.Thresholds.RecencyDays))
	}
	if idle := r.Customers - r.Buyers; idle > 0 {
		out = append(out, perennial.Say(
			"%d 位客户在最近 %d 天没有购买：F 记 0，归入 F、M 皆低的分类。",
			"%d customers bought nothing in the last %d days: their F is 0, and they are low on F and M.",
			perennial.Count(idle), r.WindowDays))
	}
	return out
}
