package lifecycle

import (
	"fmt"
	"strings"

	"perennial"
)

// Report is the lifecycle as `analyze --json` writes it (definitions.md §7).
type Report struct {
	RuleSet    string        `json:"rule_set"`
	Version    int           `json:"version"`
	AsOf       perennial.Day `json:"as_of"`
	Identified bool          `json:"cycle_identified"`
	CycleDays  *float64      `json:"cycle_days"` // as of the as-of day; nil where not identified
	S80        *float64      `json:"s80"`
	S95        *float64      `json:"s95"`

	Stages   []Card         `json:"stages"`
	Returned ReturnedReport `json:"returned"`

	Proof        []ProofRow `json:"proof"`         // on the latest day that can be checked
	ProofHistory []Proof    `json:"proof_history"` // on all, the latest first

	Transitions *Transitions `json:"transitions"` // in one cycle, pooled over the past cycles
	Flow        *Transitions `json:"flow"`        // from 90 days before to the as-of day
	Forecast    *Forecast    `json:"forecast"`
	Weekly      Weekly       `json:"weekly"`

	Notes []perennial.Text `json:"notes"`
}

// ReturnedReport is the customers who carry the returned marker.
type ReturnedReport struct {
	Marker    perennial.Stage `json:"marker"`
	NameZH    string          `json:"name_zh"`
	NameEN    string          `json:"name_en"`
	Colour    string          `json:"colour"`
	Customers int             `json:"customers"`
}

// Report returns everything that the replay found.
func (r *Result) Report() *Report {
	out := &Report{
		RuleSet: r.rules.Name, Version: r.rules.Version, AsOf: r.o.AsOf,
		Identified: r.rhythm.Identified,
		Stages:     r.Cards(), Proof: []ProofRow{}, ProofHistory: r.Proofs(),
		Transitions: r.PerCycle(), Flow: r.Flow(), Forecast: r.Forecast(), Weekly: r.Weekly(),
		Notes: r.Notes(),
	}
	if r.rhythm.Identified {
		out.CycleDays, out.S80, out.S95 = &r.rhythm.CycleDays, &r.rhythm.S80, &r.rhythm.S95
	}
	if len(out.ProofHistory) > 0 {
		out.Proof = out.ProofHistory[0].Stages
	}
	m := r.rules.Returned
	out.Returned = ReturnedReport{Marker: m.Name, NameZH: m.ZH, NameEN: m.EN, Colour: m.Colour}
	for _, c := range out.Stages {
		out.Returned.Customers += c.Returned
	}
	return out
}

// Notes says what a reader of the stages has to know: stages that the rules or
// the length of the data do not let exist, a cycle that is not identified, and
// customers of unknown beginning.
func (r *Result) Notes() []perennial.Text {
	notes := []perennial.Text{}
	if r.h.Len() == 0 {
		return append(notes, perennial.Say("没有购买记录，各阶段都是空的。", "There are no purchases, so every stage is empty."))
	}
	if !r.rhythm.Identified {
		notes = append(notes, perennial.Say(
			"回来的人太少或间隔太长，测不出复购周期：阶段不按周期倍数划分，改用固定天数；建议接入到店、保养、登录等活跃事件。",
			"Too few customers come back, or too seldom, to tell a repurchase cycle: stages use fixed days instead of multiples of it. Add an activity event such as visits, services or log-ins."))
	}
	notes = append(notes, r.missing()...)
	return notes
}

// missing says which stages cannot exist, and why.
func (r *Result) missing() []perennial.Text {
	var short, cycle []string
	var shortEN, cycleEN []string
	length := float64(r.o.AsOf - r.p.first)
	for at := r.rules.prospects(); at < len(r.rules.Stages); at++ {
		s := &r.rules.Stages[at]
		possible, identified := false, false
		for _, c := range s.Rule.clauses() {
			days, ok := r.least(at, c)
			identified = identified || ok
			possible = possible || ok && days <= length
		}
		switch {
		case !identified:
			cycle, cycleEN = append(cycle, s.ZH), append(cycleEN, strings.ToLower(s.EN))
		case !possible:
			short, shortEN = append(short, s.ZH), append(shortEN, strings.ToLower(s.EN))
		}
	}
	var notes []perennial.Text
	if len(cycle) > 0 {
		notes = append(notes, perennial.Text{
			ZH: fmt.Sprintf("没有复购周期，不划分%s。", strings.Join(cycle, "、")),
			EN: fmt.Sprintf("Without a repurchase cycle there is no stage of %s.", strings.Join(cycleEN, ", ")),
		})
	}
	if len(short) > 0 {
		notes = append(notes, perennial.Text{
			ZH: fmt.Sprintf("数据只有 %.0f 天，太短，还不会有客户到%s。", length+1, strings.Join(short, "、")),
			EN: fmt.Sprintf("The data covers only %.0f days, too few for anyone to reach %s.", length+1, strings.Join(shortEN, ", ")),
		})
	}
	return notes
}

// least returns the least days after a first purchase at which a clause of stage
// at can hold; false where it can never hold for want of a cycle, or because
// there is one.
func (r *Result) least(at int, c Rule) (days float64, ok bool) {
	if c.WithoutCycle && r.rhythm.Identified {
		return 0, false
	}
	if c.TenureMin != nil {
		if days, ok = r.rules.tenureMin(at, *c.TenureMin, r.cycle()); !ok {
			return 0, false
		}
	}
	days = max(days, float64(c.NMin-1))
	if s := c.SilenceAbove; s != nil {
		line := s.Days
		if line == 0 {
			if !r.rhythm.Identified {
				return 0, false
			}
			line = r.silenceLine(s) * r.rhythm.CycleDays
		}
		days = max(days, line)
	}
	if s := c.SilenceAtMost; s != nil && s.Days == 0 && !r.rhythm.Identified {
		return 0, false
	}
	if f := c.FrequencyDrop; f != nil {
		if _, ok := f.Recent.Days(r.cycle()); !ok {
			return 0, false
		}
		days = max(days, float64(2*f.NMin))
	}
	return days, true
}
