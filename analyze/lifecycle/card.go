package lifecycle

import (
	"perennial"
)

// Card describes one stage on the as-of day. Money is in the history's kind;
// pointers are nil where a figure does not exist.
type Card struct {
	Stage     perennial.Stage `json:"stage"`
	NameZH    string          `json:"name_zh"`
	NameEN    string          `json:"name_en"`
	Colour    string          `json:"colour"`
	Customers int             `json:"customers"`
	Share     float64         `json:"share"` // of all who have bought; 0 for prospects
	Returned  int             `json:"returned"`

	Revenue         perennial.Amount  `json:"revenue"`           // to date, of the stage's customers
	RevenueYear     perennial.Amount  `json:"revenue_365"`       // of the last 365 days
	BuyersYear      int               `json:"buyers_365"`        // who bought in the last 365 days
	RepeatRate      *float64          `json:"repeat_rate_365"`   // of these, with two or more purchase days
	RevenuePerBuyer *perennial.Amount `json:"revenue_per_buyer"` // of the last 365 days

	ExpectedValue *perennial.Amount `json:"expected_value"`              // sum of Options.Value
	ExpectedEach  *perennial.Amount `json:"expected_value_per_customer"` // its mean

	DaysInStage *int `json:"median_days_in_stage"` // of those in it now, so far
	StayDays    *int `json:"median_stay_days"`     // how long a stay lasts, open stays counted as censored

	CameFrom []Share `json:"came_from"` // where those here now were 90 days ago
	GoesTo   []Share `json:"goes_to"`   // where those here 90 days ago are now
}

// Share is a part of a stage's customers; stage StageNew stands for those who
// were not customers yet.
type Share struct {
	Stage     perennial.Stage `json:"stage"`
	Customers int             `json:"customers"`
	Share     float64         `json:"share"`
}

// StageNew stands in transitions for people who were not customers yet.
const StageNew perennial.Stage = "new"

const yearDays = 365

// Cards returns a card for each stage of the rule set in its order, prospects
// included, and then for any stage of older versions that still has customers.
func (r *Result) Cards() []Card {
	sums := r.sums()
	out := make([]Card, 0, len(r.p.stages)+1)
	if r.rules.prospects() == 1 {
		s := &r.rules.Stages[0]
		c := Card{Stage: s.Name, NameZH: s.ZH, NameEN: s.EN, Colour: s.Colour, Customers: r.o.Prospects}
		c.Revenue, c.RevenueYear = r.h.Currency.Amount(0), r.h.Currency.Amount(0)
		c.CameFrom, c.GoesTo = []Share{}, []Share{}
		out = append(out, c)
	}
	all := 0
	for _, s := range sums {
		all += s.customers
	}
	for s := range r.p.stages {
		if r.rules.Stage(r.p.stages[s].Name) == nil && sums[s].customers == 0 {
			continue
		}
		out = append(out, r.card(s, &sums[s], all))
	}
	return out
}

type stageSum struct {
	customers, returned, buyers, repeaters int
	revenue, year                          perennial.Money
	value                                  float64
	valued                                 int
	days                                   []int32
}

// sums gathers per stage what is known of its customers.
func (r *Result) sums() []stageSum {
	out := make([]stageSum, len(r.p.stages))
	from := r.o.AsOf - yearDays
	for i := range r.out {
		if r.out[i].stage == none {
			continue
		}
		s := &out[r.out[i].stage]
		s.customers++
		if r.Returned(i) {
			s.returned++
		}
		bought, money := r.bought(i), r.h.Amounts(i)
		recent := 0
		for k, d := range bought {
			s.revenue += money[k]
			if d > from {
				s.year += money[k]
				recent++
			}
		}
		if recent > 0 {
			s.buyers++
		}
		if recent > 1 {
			s.repeaters++
		}
		if i < len(r.o.Value) {
			s.value += r.o.Value[i]
			s.valued++
		}
		s.days = append(s.days, int32(r.o.AsOf-r.out[i].since))
	}
	if r.h.MoneyKind != perennial.MoneyGross {
		for _, l := range r.h.Loose {
			if stage := r.out[l.Customer].stage; stage != none && l.Day <= r.o.AsOf {
				out[stage].revenue -= l.Amount
				if l.Day > from {
					out[stage].year -= l.Amount
				}
			}
		}
	}
	return out
}

func (r *Result) card(s int, sum *stageSum, all int) Card {
	stage := &r.p.stages[s]
	c := Card{
		Stage: stage.Name, NameZH: stage.ZH, NameEN: stage.EN, Colour: stage.Colour,
		Customers: sum.customers, Returned: sum.returned, BuyersYear: sum.buyers,
		Revenue:     r.h.Currency.Amount(sum.revenue),
		RevenueYear: r.h.Currency.Amount(sum.year),
		CameFrom:    r.flowTo(s), GoesTo: r.flowFrom(s),
	}
	if all > 0 {
		c.Share = float64(sum.customers) / float64(all)
	}
	if sum.buyers > 0 {
		rate := float64(sum.repeaters) / float64(sum.buyers)
		each := r.h.Currency.Amount(sum.year / perennial.Money(sum.buyers))
		c.RepeatRate, c.RevenuePerBuyer = &rate, &each
	}
	if sum.valued > 0 {
		total := r.money(sum.value)
		each := r.money(sum.value / float64(sum.valued))
		c.ExpectedValue, c.ExpectedEach = &total, &each
	}
	if sum.customers > 0 {
		days := int(medianInt(sum.days))
		c.DaysInStage = &days
	}
	if days, ok := r.t.stay(s); ok {
		c.StayDays = &days
	}
	return c
}

// money rounds major units to an amount.
func (r *Result) money(major float64) perennial.Amount {
	for range r.h.Currency.Digits() {
		major *= 10
	}
	return r.h.Currency.Amount(roundMoney(major))
}

func (r *Result) flowTo(s int) []Share {
	return r.shares(func(other int) int64 { return r.t.flow[other*r.t.stages+s] }, r.t.stages+1)
}

func (r *Result) flowFrom(s int) []Share {
	return r.shares(func(other int) int64 { return r.t.flow[s*r.t.stages+other] }, r.t.stages)
}

// shares lists the stages that a flow touches, in the order of the stages.
func (r *Result) shares(count func(int) int64, n int) []Share {
	total := int64(0)
	for s := range n {
		total += count(s)
	}
	out := []Share{}
	for s := range n {
		if k := count(s); k > 0 {
			out = append(out, Share{r.rowName(s), int(k), float64(k) / float64(total)})
		}
	}
	return out
}

// rowName names a row of transitions.
func (r *Result) rowName(row int) perennial.Stage {
	if row == len(r.p.stages) {
		return StageNew
	}
	return r.p.stages[row].Name
}
