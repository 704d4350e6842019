package report

import (
	"cmp"
	"math"
	"slices"

	"perennial"
)

// Finding is one thing that matters, said in a sentence with its numbers.
type Finding struct {
	ID       string `json:"id"`
	TitleZH  string `json:"title_zh"`
	TitleEN  string `json:"title_en"`
	DetailZH string `json:"detail_zh"`
	DetailEN string `json:"detail_en"`
	ActionZH string `json:"action_zh"` // what to do
	ActionEN string `json:"action_en"`

	Value   *float64 `json:"value"` // in Unit
	Unit    string   `json:"unit"`  // share, money, days, customers, ratio
	ShownZH string   `json:"shown_zh"`
	ShownEN string   `json:"shown_en"`

	Customers *int              `json:"customers"` // concerned; null where it is about money alone
	Money     *perennial.Amount `json:"money"`     // at stake; null where it cannot be said
	MoneyZH   string            `json:"money_zh"`  // what Money is
	MoneyEN   string            `json:"money_en"`

	Base         int      `json:"base"` // n that it rests on
	P            *float64 `json:"p"`    // corrected for the number of comparisons; null where nothing was tested
	PopulationZH string   `json:"population_zh"`
	PopulationEN string   `json:"population_en"`
	Chart        string   `json:"chart"` // where the page shows it

	weight float64
}

// The rules of what is a finding. Nothing rests on fewer than leastBase
// customers; what is a comparison is tested, corrected by Holm for all
// comparisons of its kind, and shown below significance only.
const (
	mostFindings = 8
	significance = 0.05

	concentrated = 0.60 // share of the top 20 % from which concentration is worth saying
	refundsHigh  = 0.05 // refunds ÷ gross
	lostHigh     = 0.30 // share of lost customers
	walkInsHigh  = 0.10 // share of money without a customer
	weakCohort   = 0.85 // hazard ratio below which a cohort is weak
	holdoutFar   = 0.10 // relative error of the holdout
	changeSmall  = 0.05 // relative change of a closed month
)

// findings returns what matters most, first things first.
//
// A finding weighs the money at stake as a share of the revenue of the last 12
// months, at most 1, or the surprise stated at its rule where money does not
// measure it. Equal weights keep the order of the rules.
func (p *Picture) findings() []Finding {
	var all []Finding
	for _, rule := range []func() *Finding{
		p.declineFinding, p.atRiskFinding, p.secondFinding, p.cohortFinding,
		p.groupFinding("category"), p.groupFinding("channel"), p.groupFinding("promoted"),
		p.dueFinding, p.lostFinding, p.concentrationFinding, p.walkInFinding, p.refundFinding,
		p.monthFinding, p.proofFinding, p.holdoutFinding,
	} {
		if f := rule(); f != nil && f.Base >= leastBase {
			all = append(all, *f)
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int { return cmp.Compare(b.weight, a.weight) })
	return append([]Finding{}, all[:min(len(all), mostFindings)]...)
}

// title, detail and the others fill both languages at once.
func (f *Finding) title(t perennial.Text)  { f.TitleZH, f.TitleEN = t.ZH, t.EN }
func (f *Finding) detail(t perennial.Text) { f.DetailZH, f.DetailEN = t.ZH, t.EN }
func (f *Finding) action(t perennial.Text) { f.ActionZH, f.ActionEN = t.ZH, t.EN }
func (f *Finding) population(n int, t perennial.Text) *Finding {
	base := perennial.Text{ZH: "n = " + count(n), EN: "n = " + count(n)}
	all := dots(base, t)
	f.Base, f.PopulationZH, f.PopulationEN = n, all.ZH, all.EN
	return f
}

func (f *Finding) shown(unit string, v float64, t perennial.Text) {
	f.Unit, f.Value, f.ShownZH, f.ShownEN = unit, &v, t.ZH, t.EN
}

func (f *Finding) stake(a perennial.Amount, t perennial.Text) {
	f.Money, f.MoneyZH, f.MoneyEN = &a, t.ZH, t.EN
}

// Title returns the sentence of the finding.
func (f *Finding) Title() perennial.Text { return perennial.Text{ZH: f.TitleZH, EN: f.TitleEN} }

// year is the revenue of the last 12 months, or of all where that is nothing.
func (p *Picture) year() float64 {
	if w := p.Base.Window; w.Revenue.Minor > 0 {
		return w.Revenue.Float()
	}
	return p.Base.Revenue.Float()
}

// weigh returns money as a share of the year's.
func (p *Picture) weigh(a perennial.Amount) float64 {
	if y := p.year(); y > 0 {
		return math.Min(1, math.Max(0, a.Float()/y))
	}
	return 0
}

// moneyLabel names the kind of money.
func (p *Picture) moneyLabel() perennial.Text {
	return perennial.Text{ZH: p.Meta.MoneyLabelZH, EN: p.Meta.MoneyLabelEN}
}

// asOf writes the as-of day.
func (p *Picture) asOf() perennial.Text {
	return perennial.Say("截至 %s", "as of %s", p.Meta.AsOf.String())
}

// window names the window of RFM.
func (p *Picture) window() perennial.Text { return span(p.Meta.WindowDays) }
