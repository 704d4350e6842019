package lifecycle

import (
	"fmt"
	"math"
	"strings"

	"perennial"
)

// ProofRow is one stage on a past day: how many customers it had, and the share
// of them that bought within the days that the proof looks ahead (90 by
// default); nil where it had none.
type ProofRow struct {
	Stage      perennial.Stage `json:"stage"`
	Customers  int             `json:"customers"`
	Returned90 *float64        `json:"returned_90"`
}

// Proof is the check of the rules against what customers did next, on one past
// day. Stages with fewer than 30 customers prove nothing and are left out of the
// order; neighbours are in the wrong order when the lower is above the upper by
// more than chance (5 %).
type Proof struct {
	Day        perennial.Day   `json:"day"`
	WindowDays int             `json:"window_days"`
	Stages     []ProofRow      `json:"stages"`
	OrderHolds *bool           `json:"order_holds"` // nil where fewer than two stages can be compared
	LowStage   perennial.Stage `json:"low_stage"`
	LowHolds   *bool           `json:"low_holds"` // nil where that stage has too few customers
	Limit      float64         `json:"limit"`
	// Peak is true where the days ahead were a known peak season, or much busier
	// than as many days before them: the shares are then high in every stage.
	Peak     bool           `json:"peak"`
	Sentence perennial.Text `json:"sentence"`

	broken [2]perennial.Stage // first pair in the wrong order
}

// proofMin is how many customers a stage needs to prove anything.
const proofMin = 30

// Holds reports whether the order and the limit hold as far as they can be told.
func (p *Proof) Holds() bool {
	return (p.OrderHolds == nil || *p.OrderHolds) && (p.LowHolds == nil || *p.LowHolds)
}

// Proofs checks the rules on past days: 90, 180, 270 and 360 days before the
// as-of day (multiples of the rule set's own days), as far as the data reaches;
// the latest first. Each uses the stages as they stood on that day.
func (r *Result) Proofs() []Proof {
	out := make([]Proof, 0, len(r.marks.proof))
	for n, mark := range r.marks.proof {
		day := r.marks.days[mark]
		out = append(out, r.proof(day, r.t.proof[n*r.t.stages:(n+1)*r.t.stages]))
	}
	return out
}

func (r *Result) proof(day perennial.Day, counts []proofCount) Proof {
	rule := r.rules.Proof
	p := Proof{Day: day, WindowDays: rule.Days, LowStage: rule.Low, Limit: rule.Below}
	for s, c := range counts {
		if c.customers == 0 && r.rules.Stage(r.p.stages[s].Name) == nil {
			continue
		}
		row := ProofRow{Stage: r.p.stages[s].Name, Customers: int(c.customers)}
		if c.customers > 0 {
			share := float64(c.bought) / float64(c.customers)
			row.Returned90 = &share
		}
		p.Stages = append(p.Stages, row)
	}
	peak := r.peak(day+1, day+perennial.Day(rule.Days))
	p.Peak = peak != nil
	p.judge(rule)
	p.Sentence = r.proofSentence(&p, peak)
	return p
}

// judge fills in what the rows say of the rule's promises.
func (p *Proof) judge(rule ProofRule) {
	var before *ProofRow
	for _, name := range rule.Order {
		row := p.row(name)
		if row == nil || row.Customers < proofMin {
			continue
		}
		if before != nil {
			if p.OrderHolds == nil {
				p.OrderHolds = new(bool)
				*p.OrderHolds = true
			}
			if *p.OrderHolds && above(*row.Returned90, row.Customers, *before.Returned90, before.Customers) {
				*p.OrderHolds = false
				p.broken = [2]perennial.Stage{before.Stage, row.Stage}
			}
		}
		before = row
	}
	if low := p.row(rule.Low); low != nil && low.Customers >= proofMin {
		ok := *low.Returned90 < rule.Below
		p.LowHolds = &ok
	}
}

// above reports whether share a of n customers is above share b of m by more
// than chance: the two-proportion z test with pooled variance, one-sided 5 %.
func above(a float64, n int, b float64, m int) bool {
	x, y := float64(n), float64(m)
	pooled := (a*x + b*y) / (x + y)
	return a > b && (a-b) > 1.6449*math.Sqrt(pooled*(1-pooled)*(1/x+1/y))
}

func (p *Proof) row(name perennial.Stage) *ProofRow {
	for i := range p.Stages {
		if p.Stages[i].Stage == name {
			return &p.Stages[i]
		}
	}
	return nil
}

func (r *Result) proofSentence(p *Proof, peak *perennial.Text) perennial.Text {
	var zh, en []string
	for _, name := range r.rules.Proof.Order {
		row := p.row(name)
		if row == nil || row.Returned90 == nil {
			continue
		}
		label := r.shortLabel(name)
		zh = append(zh, fmt.Sprintf("%s %.1f%%", label.ZH, *row.Returned90*100))
		en = append(en, fmt.Sprintf("%s %.1f%%", strings.ToLower(label.EN), *row.Returned90*100))
	}
	if len(zh) == 0 {
		return perennial.Say("那时还没有客户，无从检验。", "There were no customers then, so nothing can be checked.")
	}
	out := perennial.Text{
		ZH: fmt.Sprintf("%s 各阶段的客户，随后 %d 天内又买的占比：%s。", p.Day, p.WindowDays, strings.Join(zh, "、")),
		EN: fmt.Sprintf("Of the customers in each stage on %s, the share that bought in the next %d days: %s.", p.Day, p.WindowDays, strings.Join(en, ", ")),
	}
	add := func(t perennial.Text) { out.ZH += t.ZH; out.EN += " " + t.EN }
	switch {
	case p.OrderHolds == nil:
		add(perennial.Say("人数太少，次序无法检验。", "Too few customers to check the order."))
	case *p.OrderHolds:
		add(perennial.Say("数据没有推翻这个次序。", "The data do not contradict the order."))
	default:
		a, b := r.shortLabel(p.broken[0]), r.shortLabel(p.broken[1])
		add(perennial.Text{
			ZH: fmt.Sprintf("次序不成立：%s比%s买得多。", b.ZH, a.ZH),
			EN: fmt.Sprintf("The order does not hold: %s buys more than %s.", strings.ToLower(b.EN), strings.ToLower(a.EN)),
		})
	}
	if p.LowHolds != nil {
		low := r.shortLabel(p.LowStage)
		if *p.LowHolds {
			add(perennial.Text{ZH: fmt.Sprintf("%s低于 %.0f%%，成立。", low.ZH, p.Limit*100),
				EN: fmt.Sprintf("%s is under %.0f%%, as it should be.", low.EN, p.Limit*100)})
		} else {
			add(perennial.Text{ZH: fmt.Sprintf("%s高于 %.0f%% 的标准：这条线可能划得太早。", low.ZH, p.Limit*100),
				EN: fmt.Sprintf("%s is above %.0f%%: its line may be drawn too early.", low.EN, p.Limit*100)})
		}
	}
	if peak != nil {
		add(*peak)
	}
	return out
}

// label names a stage for people.
func (r *Result) label(name perennial.Stage) perennial.Text {
	if s := r.rules.Stage(name); s != nil {
		return s.Label()
	}
	if s := r.p.stage(name); s >= 0 {
		return r.p.stages[s].Label()
	}
	return perennial.Text{ZH: string(name), EN: string(name)}
}

// shortLabel names a stage without a bracketed addition.
func (r *Result) shortLabel(name perennial.Stage) perennial.Text {
	t := r.label(name)
	return perennial.Text{ZH: shortName(t.ZH), EN: t.EN}
}

// busy is how much more than before is bought in a window that counts as a peak.
const busy = 1.25

// peak says why the days from..to are no ordinary time: a known peak season that
// they touch, or at least a quarter more purchase days than in as many days
// before; nil where they are ordinary.
func (r *Result) peak(from, to perennial.Day) *perennial.Text {
	for _, p := range r.o.Peaks {
		if p.From <= to && from <= p.To {
			t := perennial.Text{
				ZH: fmt.Sprintf("这段时间有旺季“%s”，各阶段都偏高。", p.Name.ZH),
				EN: fmt.Sprintf("These days include a peak season (%s), which raises every stage.", p.Name.EN),
			}
			return &t
		}
	}
	back := from - (to - from + 1)
	if back-r.p.first < 90 {
		return nil // the base was still new: growth, not season
	}
	inside, before := 0, 0
	for _, d := range r.h.Day {
		switch {
		case d >= from && d <= to:
			inside++
		case d >= back && d < from:
			before++
		}
	}
	if before == 0 || float64(inside) < busy*float64(before) {
		return nil
	}
	t := perennial.Say("这段时间的购买比之前 %[1]d 天多 %.0[2]f%%，像是旺季，各阶段都偏高。",
		"Purchases in these days were %.0[2]f%% above those of the %[1]d days before, which looks like a peak season and raises every stage.",
		int(to-from+1), (float64(inside)/float64(before)-1)*100)
	return &t
}
