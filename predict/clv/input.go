package clv

import (
	"math"

	"perennial"
	"perennial/analyze/history"
)

// Unit is the unit of time in which parameters and log-likelihoods are stated.
type Unit string

// The units. A week is seven days; data are always in days.
const (
	UnitDay  Unit = "day"
	UnitWeek Unit = "week"
)

// Days returns the length of the unit in days.
func (u Unit) Days() float64 {
	if u == UnitWeek {
		return 7
	}
	return 1
}

// Input is one row a customer, as columns of equal length: the sufficient
// statistics of definitions.md §6, in whole calendar days.
type Input struct {
	Frequency []int32 // x: purchase days after the first
	Recency   []int32 // t_x: days from the first purchase day to the last
	Age       []int32 // T: days from the first purchase day to the as-of day

	// RepeatMoney is the money of the x purchase days after the first, in minor
	// units; nil where there is no money. The first purchase is left out, as in
	// Fader & Hardie (2013): it is what made somebody a customer.
	RepeatMoney []perennial.Money
	Currency    perennial.Currency

	// Holdout is what happened after the as-of day; nil for none.
	Holdout *Holdout
}

// Holdout is what the customers of an Input did in the days after its as-of day.
type Holdout struct {
	Days   int     // length, ≥ 1
	Orders []int32 // purchase days of each customer in it
	Weeks  []int   // purchase days of all by week from its first day; the last may be short
}

// Len returns the number of customers.
func (in *Input) Len() int { return len(in.Frequency) }

// FromHistory makes the input of every customer of h known at the end of day
// end. Where end is before h.AsOf, the days after it become the holdout; with
// end at or after h.AsOf (or history.NoDay) there is none.
func FromHistory(h *history.History, end perennial.Day) Input {
	if end == history.NoDay || end > h.AsOf {
		end = h.AsOf
	}
	n := h.Len()
	in := Input{
		Currency:  h.Currency,
		Frequency: make([]int32, 0, n), Recency: make([]int32, 0, n), Age: make([]int32, 0, n),
		RepeatMoney: make([]perennial.Money, 0, n),
	}
	if days := int(h.AsOf - end); days > 0 {
		in.Holdout = &Holdout{Days: days, Orders: make([]int32, 0, n), Weeks: make([]int, (days+6)/7)}
	}
	for i := range n {
		days, amounts := h.Days(i), h.Amounts(i)
		if days[0] > end {
			continue
		}
		var x, later int32
		var money perennial.Money
		last := days[0]
		for k := 1; k < len(days); k++ {
			if days[k] <= end {
				x++
				money += amounts[k]
				last = days[k]
				continue
			}
			later++
			in.Holdout.Weeks[(days[k]-end-1)/7]++
		}
		in.Frequency = append(in.Frequency, x)
		in.Recency = append(in.Recency, int32(last-days[0]))
		in.Age = append(in.Age, int32(end-days[0]))
		in.RepeatMoney = append(in.RepeatMoney, money)
		if in.Holdout != nil {
			in.Holdout.Orders = append(in.Holdout.Orders, later)
		}
	}
	return in
}

// check returns an error with code "clv.input" for columns of different length
// and for rows that no customer can have.
func (in *Input) check() error {
	n := in.Len()
	lengths := len(in.Recency) != n || len(in.Age) != n || in.RepeatMoney != nil && len(in.RepeatMoney) != n
	if h := in.Holdout; h != nil {
		lengths = lengths || len(h.Orders) != n || h.Days < 1 || len(h.Weeks) > (h.Days+6)/7
	}
	if lengths {
		return perennial.NewError(perennial.KindInternal, "clv.input",
			perennial.Say("客户数据各列长度不一致。", "The columns of the customer data differ in length."))
	}
	return checkRows(in.Frequency, in.Recency, in.Age)
}

// maxAge is the largest T in days, some 2,800 years, which also bounds t_x and x:
// all of them fit the 20 bits that grouping gives each.
const maxAge = 1<<20 - 1

func checkRows(x, tx, T []int32) error {
	for i := range x {
		// A repeat purchase lies at least a day after the one before it.
		if x[i] < 0 || tx[i] < 0 || tx[i] > T[i] || T[i] > maxAge || x[i] == 0 && tx[i] != 0 || x[i] > tx[i] {
			return perennial.NewError(perennial.KindInvalid, "clv.input",
				perennial.Say("第 %d 位客户的数据自相矛盾：复购 %d 天，首末单相隔 %d 天，首单距今 %d 天。",
					"Customer %d contradicts itself: %d repeat purchase days, last purchase %d days after the first, first purchase %d days ago.",
					i+1, x[i], tx[i], T[i])).
				WithHint(perennial.Say("同一天的购买算一次，末单不晚于截止日。",
					"Purchases of one day count once, and none may lie after the as-of day."))
		}
	}
	return nil
}

// meanSpend returns the mean money of customer i's repeat purchase days in
// minor units, 0 where there is none or refunds outweigh it.
func (in *Input) meanSpend(i int) float64 {
	if in.RepeatMoney == nil || in.Frequency[i] == 0 || in.RepeatMoney[i] <= 0 {
		return 0
	}
	return float64(in.RepeatMoney[i]) / float64(in.Frequency[i])
}

// meanSpends returns meanSpend of every customer.
func (in *Input) meanSpends() []float64 {
	out := make([]float64, in.Len())
	for i := range out {
		out[i] = in.meanSpend(i)
	}
	return out
}

// round makes money of a computed amount in minor units, half to even.
func round(minor float64) perennial.Money {
	return perennial.Money(math.RoundToEven(min(max(minor, -1e18), 1e18)))
}
