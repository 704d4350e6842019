package rfm

import (
	"math"

	"perennial"
	"perennial/analyze/metric"
)

// Method says how the three thresholds are chosen (definitions.md §3).
type Method string

// The methods: by the business, by mean score, by the textbook's mean values.
const (
	Business Method = "business"
	Score    Method = "score"
	Mean     Method = "mean"
)

// Basis is what R, F and M are made of. Thresholds of one basis say nothing on
// another.
type Basis struct {
	Method     Method              `json:"method"`
	WindowDays int                 `json:"window_days"` // 0 is the whole history
	Count      metric.Count        `json:"count"`
	MoneyKind  perennial.MoneyKind `json:"money_kind"`
}

// Thresholds part high from low. R is high up to RecencyDays, F from Frequency,
// M from Monetary; with the method Mean only strictly better values are high.
// With the method Score they are the raw values at which the score passes the
// mean score: nobody is high on a scale where all share one score, and the
// threshold lies just outside the data then.
type Thresholds struct {
	Basis
	Version        int               `json:"version"` // given by whoever freezes them; 0 is not frozen
	RecencyDays    float64           `json:"recency_days"`
	Frequency      float64           `json:"frequency"`
	Monetary       perennial.Amount  `json:"monetary"`
	WholesaleAbove *perennial.Amount `json:"wholesale_above,omitempty"`
}

// class places one customer. A customer without a purchase in the window is low
// on F and M whatever the thresholds.
func (t *Thresholds) class(r, f int32, m perennial.Money) Code {
	if t.WholesaleAbove != nil && m > t.WholesaleAbove.Minor {
		return Wholesale
	}
	if t.Method == Mean {
		return makeCode(float64(r) < t.RecencyDays,
			f > 0 && float64(f) > t.Frequency,
			f > 0 && m > t.Monetary.Minor)
	}
	return makeCode(float64(r) <= t.RecencyDays,
		f > 0 && float64(f) >= t.Frequency,
		f > 0 && m >= t.Monetary.Minor)
}

// frequencyShare is the share of customers whose F should be high.
const frequencyShare = 0.40

// business chooses thresholds by the repurchase cycle, by the number of purchase
// days whose share of customers is nearest 40 %, and by the median of M.
func (v *values) business(t *Thresholds, cycleDays float64) {
	t.RecencyDays = cycleDays
	if !(cycleDays > 0) {
		t.RecencyDays = v.recency.quantile(0.5)
	}
	t.Frequency = float64(v.frequency.nearestShare(frequencyShare))
	// M ≥ median and M ≥ ⌈median⌉ are the same for whole minor units.
	t.Monetary.Minor = perennial.Money(math.Ceil(quantileOf(v.money, 0.5)))
}

// mean takes the means. M > mean and M > ⌊mean⌋ are the same for whole minor
// units.
func (v *values) mean(t *Thresholds) {
	t.RecencyDays = v.recency.mean()
	t.Frequency = v.frequency.mean()
	var sum perennial.Money
	for _, m := range v.money {
		sum += m
	}
	if n := perennial.Money(len(v.money)); n > 0 {
		t.Monetary.Minor = sum / n
		if sum%n < 0 {
			t.Monetary.Minor--
		}
	}
}

// thresholds takes the raw values at which scores pass their mean over all customers.
func (s *scales) thresholds(t *Thresholds) {
	if s.n == 0 {
		return
	}
	t.RecencyDays = -1
	high := float64(s.sumR) / float64(s.n)
	for r := len(s.recency) - 1; r >= 0; r-- {
		if float64(s.recency[r]) > high {
			t.RecencyDays = float64(r)
			break
		}
	}
	high = float64(s.sumF) / float64(s.n)
	t.Frequency = float64(len(s.frequency))
	for f := range s.frequency {
		if float64(s.frequency[f]) > high {
			t.Frequency = float64(f)
			break
		}
	}
	high = float64(s.sumM) / float64(s.n)
	t.Monetary.Minor = s.maxMoney + 1
	for k := len(s.money) - 1; k >= 0; k-- {
		if float64(k+2) > high {
			t.Monetary.Minor = min(t.Monetary.Minor, s.money[k])
		}
	}
}
