package clv

import (
	"perennial"
)

// Result is the `clv` block of `perennial analyze --json` (definitions.md §7).
// It never holds NaN or infinity; what could not be computed is null, with a
// note that says why.
type Result struct {
	Unit          Unit    `json:"unit"`
	Customers     int     `json:"customers"`
	AliveModel    Family  `json:"alive_model"`    // of p_alive and customers_alive
	ExpectedModel *Family `json:"expected_model"` // of expected_orders, clv_12 and holdout

	BGNBD      *FittedBG     `json:"bgnbd"`
	MBGNBD     *FittedBG     `json:"mbgnbd"`
	Pareto     *FittedPareto `json:"pareto,omitempty"`
	GammaGamma *FittedSpend  `json:"gamma_gamma"`

	ExpectedOrders         *Horizons          `json:"expected_orders"` // totals over customers
	ExpectedOrdersInterval *HorizonIntervals  `json:"expected_orders_interval"`
	CLV12                  *perennial.Amount  `json:"clv_12"` // total over customers
	CLV12Interval          *MoneyInterval     `json:"clv_12_interval"`
	CustomersAlive         *float64           `json:"customers_alive"` // Σ P(alive)
	CustomersAliveInterval *Interval          `json:"customers_alive_interval"`
	Intervals              *IntervalMethod    `json:"intervals"`
	Discount               float64            `json:"discount"` // a year
	Grouping               Grouping           `json:"grouping"`
	Holdout                *HoldoutComparison `json:"holdout"`

	Reason *Reason  `json:"reason,omitempty"` // why nothing at all could be fitted
	Notes  []Reason `json:"notes"`

	Scores Scores `json:"-"`
}

// Horizons are totals for the days named by the keys.
type Horizons struct {
	Days30  float64 `json:"30"`
	Days90  float64 `json:"90"`
	Days365 float64 `json:"365"`
}

// HorizonIntervals are the intervals of Horizons.
type HorizonIntervals struct {
	Days30  *Interval `json:"30"`
	Days90  *Interval `json:"90"`
	Days365 *Interval `json:"365"`
}

// IntervalMethod says where intervals come from.
type IntervalMethod struct {
	Method     string  `json:"method"` // "delta" or "bootstrap"
	Confidence float64 `json:"confidence"`
	Replicates int     `json:"replicates,omitempty"` // that could be fitted
	Seed       uint64  `json:"seed,omitempty"`
}

// Grouping says how far customers were reduced for the fit.
type Grouping struct {
	Distinct int     `json:"distinct"` // distinct (x, t_x, T)
	Fitted   int     `json:"fitted"`   // rows the likelihood was computed on
	Binned   bool    `json:"binned"`
	BinWidth float64 `json:"bin_width,omitempty"` // see Groups.Reduced
}

// HoldoutComparison holds what was predicted for the customers known at the
// end of calibration against what they did.
type HoldoutComparison struct {
	Days      int           `json:"days"`
	Predicted float64       `json:"predicted"`
	Actual    int           `json:"actual"`
	MAE       float64       `json:"mae"` // mean absolute error a customer
	Weeks     []HoldoutWeek `json:"weeks"`
}

// HoldoutWeek is one week of the holdout, from 1; the last may be short.
type HoldoutWeek struct {
	Week      int     `json:"week"`
	Predicted float64 `json:"predicted"`
	Actual    int     `json:"actual"`
}

// Scores are one entry a customer, in the order of the Input; a slice is nil
// where its model could not be used.
type Scores struct {
	PAlive    []float64
	Orders30  []float64 // expected purchase days of the next 30 days
	Orders90  []float64
	Orders365 []float64
	MeanSpend []perennial.Money // expected money of a purchase day
	CLV12     []perennial.Money
	// NextOrder is the median number of days from the as-of day to the next
	// purchase of a customer who is alive; NoNextOrder where that is more than
	// ten years off.
	NextOrder []float64
}

// NoNextOrder stands in Scores.NextOrder for “not within ten years”.
const NoNextOrder = -1

const tenYears = 3652.5

func (r *Result) note(code string, text perennial.Text) {
	r.Notes = append(r.Notes, Reason{code, text})
}

func (r *Result) noteReason(reason *Reason) {
	if reason == nil {
		return
	}
	for _, n := range r.Notes {
		if n == *reason {
			return
		}
	}
	r.Notes = append(r.Notes, *reason)
}
