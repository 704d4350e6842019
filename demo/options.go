package demo

import (
	"math"

	"perennial"
)

// Model says when a customer may leave for good.
type Model uint8

// The models of buying. MBGNBD (Batislam, Denizel & Filiztekin 2007) lets a
// customer leave after any purchase, the first included; BGNBD (Fader, Hardie &
// Lee 2005) only after a repeat purchase.
const (
	MBGNBD Model = iota
	BGNBD
)

// Params are the population's parameters. A customer's rate of buying is
// λ ~ Gamma(shape R, rate Alpha) in purchases a day (Alpha is in days), the
// probability to leave after a purchase p ~ Beta(A, B). The money of an order is
// z ~ Gamma(shape P, rate ν) with ν ~ Gamma(shape Q, rate V), V in major units
// (Fader & Hardie 2013): the mean over customers is P·V/(Q−1).
type Params struct {
	R     float64 `json:"r"`
	Alpha float64 `json:"alpha"`
	A     float64 `json:"a"`
	B     float64 `json:"b"`
	P     float64 `json:"p"`
	Q     float64 `json:"q"`
	V     float64 `json:"v"`
}

// defaultParams are those of the demo shop: a purchase every 40 days on average
// while a customer stays, one in five leaving after a purchase, ¥168 an order.
var defaultParams = Params{R: 1.1, Alpha: 44, A: 0.9, B: 3.6, P: 4, Q: 4.5, V: 147}

// BusyParams make about ten orders a customer in two years: for measurements.
func BusyParams() Params { return Params{R: 1.1, Alpha: 18.5, A: 0.9, B: 7, P: 4, Q: 4.5, V: 147} }

// Options describe a shop. The zero value of every field but End has a default.
type Options struct {
	Customers int    // members and registered prospects; default 20,000
	Seed      uint64 // any; the same seed gives the same shop
	Start     perennial.Day
	End       perennial.Day // last day, included whole; required
	// Start defaults to two years that close with End.

	Model  Model
	Params Params // the zero value takes those of the demo shop

	// Regularity is the gamma shape of the gaps between purchases: 1 is the
	// memoryless buying of the models, larger is more regular. Default 1.4; 1
	// with Plain.
	Regularity float64
	// Growth of acquisition a year: 0.25 (the default) is a quarter more
	// newcomers each year; use a tiny number for none. Not with Plain.
	Growth float64

	// Plain switches off everything but the model and the gamma-gamma spend: no
	// seasons, promotions, categories, refunds, walk-ins or special customers.
	// Customers enter evenly over the first EntryDays days (default: all).
	Plain     bool
	EntryDays int

	// Workers is how many goroutines share the work, default one a core. The
	// result does not depend on it.
	Workers int
}

// maxCustomers keeps phone numbers and order numbers well-formed.
const maxCustomers = 90_000_000

func (o Options) withDefaults() (Options, error) {
	if o.Customers == 0 {
		o.Customers = 20_000
	}
	if o.Params == (Params{}) {
		o.Params = defaultParams
	}
	if o.Start == 0 {
		y, m, d := o.End.UTC().Date()
		o.Start = perennial.DayOf(y-2, m, d) + 1
	}
	if o.Regularity == 0 {
		o.Regularity = 1.4
		if o.Plain {
			o.Regularity = 1
		}
	}
	if o.Growth == 0 {
		o.Growth = 0.25
	}
	return o, o.validate()
}

func (o Options) validate() error {
	p := o.Params
	switch {
	case o.End == 0 || o.End < perennial.MinDay || o.End > perennial.MaxDay:
		return invalid("demo.end", "没有给出模拟的最后一天。", "The last day of the simulation is missing.")
	case o.Start < perennial.MinDay || o.Start > o.End:
		return invalid("demo.period", "开始日期晚于结束日期。", "The period starts after it ends.")
	case o.End-o.Start > 366*50:
		return invalid("demo.period", "模拟时间超过 50 年。", "The period is longer than 50 years.")
	case o.Customers < 0 || o.Customers > maxCustomers:
		return invalid("demo.customers", "客户数要在 1 到 9,000 万之间。", "The number of customers must lie between 1 and 90 million.")
	case !positive(p.R, p.Alpha, p.A, p.B, p.P, p.V, o.Regularity) || !positive(p.Q-1):
		return invalid("demo.params", "模型参数必须为正数，且 q 大于 1。", "Model parameters must be positive, and q above 1.")
	case !positive(1 + o.Growth):
		return invalid("demo.growth", "年增长率必须大于 -100%。", "Growth a year must be above -100%.")
	case o.EntryDays < 0 || o.EntryDays > int(o.End-o.Start)+1:
		return invalid("demo.entry", "入会天数超出模拟时间。", "The days of entry exceed the period.")
	case o.Model > BGNBD:
		return invalid("demo.model", "没有这种购买模型。", "There is no such model of buying.")
	}
	return nil
}

func positive(values ...float64) bool {
	for _, v := range values {
		if !(v > 0) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

func invalid(code, zh, en string) error {
	return perennial.NewError(perennial.KindInvalid, code, perennial.Text{ZH: zh, EN: en}).
		WithHint(perennial.Say("改好参数再试。", "Correct the option and try again."))
}
