package lifecycle

import (
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"

	"perennial"
)

// DaysPerMonth turns months of a rule into days: 365.25/12.
const DaysPerMonth = 365.25 / 12

// RuleSet is one version of the rules of the lifecycle: 3 to 12 stages in
// order, of which a customer is in the first from the bottom whose rule holds.
// A version is never changed; Calibrate returns a new one. In YAML it is what people
// write, short; in JSON what forms fill in, each number a field of its own.
type RuleSet struct {
	Name    string `json:"name" yaml:"name"`
	Version int    `json:"version" yaml:"version"`
	ZH      string `json:"zh" yaml:"zh"`
	EN      string `json:"en" yaml:"en"`

	// From is the day from which the version is in force; nil from ever.
	From *perennial.Day `json:"from,omitempty" yaml:"from,omitempty"`
	// CycleDays is the repurchase cycle that the version was accepted with:
	// durations in cycles are then multiples of it, until a person accepts
	// another. 0 lets them follow the cycle of each grid date. The customers' own
	// rhythm and the silence quantiles always follow the grid date.
	CycleDays float64 `json:"cycle_days,omitempty" yaml:"cycle_days,omitempty"`
	// LearnFrom is the day from which the rhythm is to be learned again after a
	// change of product or rule; the caller's RhythmAt honours it.
	LearnFrom *perennial.Day `json:"learn_from,omitempty" yaml:"learn_from,omitempty"`

	Stages     []Stage    `json:"stages" yaml:"stages"`
	Returned   Returned   `json:"returned,omitzero" yaml:"returned,omitempty"`
	Hysteresis Hysteresis `json:"hysteresis" yaml:"hysteresis"`
	Proof      ProofRule  `json:"proof" yaml:"proof"`
	Calibrate  Targets    `json:"calibrate,omitzero" yaml:"calibrate,omitempty"`
}

// Stage is one stage of a rule set.
type Stage struct {
	Name   perennial.Stage `json:"name" yaml:"name"`
	ZH     string          `json:"zh" yaml:"zh"`
	EN     string          `json:"en" yaml:"en"`
	Colour string          `json:"colour" yaml:"colour"`
	// Lasts is how long the stage is meant to last; it feeds "tenure_min:
	// previous" of later stages, and is the time over which the money of the
	// stage's own rule is counted.
	Lasts *Duration `json:"lasts,omitempty" yaml:"lasts,omitempty"`
	Rule  Rule      `json:"rule" yaml:"rule"`
}

// Label names the stage for people.
func (s *Stage) Label() perennial.Text { return perennial.Text{ZH: s.ZH, EN: s.EN} }

// Rule holds when all of its conditions hold and, where Any is given, at least
// one of the rules in it. Conditions left out hold always.
type Rule struct {
	NMin          int            `json:"n_min,omitempty" yaml:"n_min,omitempty"`           // purchase days
	TenureMin     *Tenure        `json:"tenure_min,omitempty" yaml:"tenure_min,omitempty"` // days since the first purchase
	MoneyPerDay   *Value         `json:"money_per_day,omitempty" yaml:"money_per_day,omitempty"`
	SilenceAbove  *Silence       `json:"silence_above,omitempty" yaml:"silence_above,omitempty"`
	SilenceAtMost *Silence       `json:"silence_at_most,omitempty" yaml:"silence_at_most,omitempty"`
	FrequencyDrop *FrequencyDrop `json:"frequency_drop,omitempty" yaml:"frequency_drop,omitempty"`
	WithoutCycle  bool           `json:"without_cycle,omitempty" yaml:"without_cycle,omitempty"` // only where no cycle is identified
	Any           []Rule         `json:"any,omitempty" yaml:"any,omitempty"`                     // one level deep
}

// Returned is the marker for customers who buy while in the stage From.
type Returned struct {
	Name   perennial.Stage `json:"name" yaml:"name"`
	ZH     string          `json:"zh" yaml:"zh"`
	EN     string          `json:"en" yaml:"en"`
	Colour string          `json:"colour" yaml:"colour"`
	From   perennial.Stage `json:"from" yaml:"from"`
	Lasts  Duration        `json:"lasts" yaml:"lasts"`
}

// Hysteresis keeps customers from fluttering: a boundary is crossed when passed
// by Margin (0.1 is a tenth) or held for Dates grid dates (1 to 3).
type Hysteresis struct {
	Margin     float64 `json:"margin" yaml:"margin"`
	Dates      int     `json:"dates" yaml:"dates"`
	OnPurchase bool    `json:"on_purchase" yaml:"on_purchase"` // look on purchase days too, not on grid dates alone
}

// ProofRule is what the stages promise of the next Days: the share that buys
// falls in Order, and is under Below for the stage Low.
type ProofRule struct {
	Days  int               `json:"days" yaml:"days"`
	Order []perennial.Stage `json:"order" yaml:"order"`
	Low   perennial.Stage   `json:"low" yaml:"low"`
	Below float64           `json:"below" yaml:"below"`
}

// Targets names the stages whose length Calibrate moves.
type Targets struct {
	Activity perennial.Stage `json:"activity,omitempty" yaml:"activity,omitempty"`
	Stall    perennial.Stage `json:"stall,omitempty" yaml:"stall,omitempty"`
}

// FrequencyDrop holds when a customer with at least NMin purchase days buys at
// least Size less often in the recent time than before it, at significance
// Level. Recent is never more than half of the tenure.
type FrequencyDrop struct {
	Level  float64  `json:"level" yaml:"level"`
	Size   float64  `json:"size" yaml:"size"`
	NMin   int      `json:"n_min" yaml:"n_min"`
	Recent Duration `json:"recent" yaml:"recent"`
}

// Unit is the unit of a duration in a rule.
type Unit string

// The units of durations: days, weeks, months of 365.25/12 days, repurchase
// cycles.
const (
	UnitDay   Unit = "d"
	UnitWeek  Unit = "w"
	UnitMonth Unit = "m"
	UnitCycle Unit = "c"
)

// Duration is a length of time in a rule, in the unit in which a person wrote
// it. AtMost caps a duration in cycles, in days; 0 does not.
type Duration struct {
	Value  float64 `json:"value"`
	Unit   Unit    `json:"unit" enum:"d,w,m,c" doc:"d days, w weeks, m months of 365.25/12 days, c repurchase cycles"`
	AtMost float64 `json:"at_most,omitempty" doc:"Of a duration in cycles: days that it never exceeds, and lasts where no cycle is identified."`
}

// Days returns the duration in days given the cycle; ok is false where it is in
// cycles, none is identified (cycle 0) and no cap stands in.
func (d Duration) Days(cycle float64) (days float64, ok bool) {
	switch d.Unit {
	case UnitWeek:
		return d.Value * 7, true
	case UnitMonth:
		return d.Value * DaysPerMonth, true
	case UnitCycle:
		if cycle <= 0 {
			return d.AtMost, d.AtMost > 0
		}
		if v := d.Value * cycle; d.AtMost == 0 || v < d.AtMost {
			return v, true
		}
		return d.AtMost, true
	}
	return d.Value, true
}

// Times returns the duration multiplied by f, in whole units where it was
// written in weeks, months or days; never less than one of them. The cap moves
// with it.
func (d Duration) Times(f float64) Duration {
	d.Value *= f
	if d.Unit != UnitCycle {
		d.Value = math.Max(1, math.Round(d.Value))
	}
	d.AtMost = math.Round(d.AtMost * f)
	return d
}

// String writes the duration as the rules do: "8w", "2c, at most 60d".
func (d Duration) String() string {
	s := strconv.FormatFloat(d.Value, 'f', -1, 64) + string(d.Unit)
	if d.AtMost > 0 {
		s += ", at most " + strconv.FormatFloat(d.AtMost, 'f', -1, 64) + "d"
	}
	return s
}

// Weeks returns the whole weeks in the duration given the cycle, which is how a
// stage of one 30-day cycle is said to last 4 weeks.
func (d Duration) Weeks(cycle float64) int {
	days, _ := d.Days(cycle)
	return int(days / 7)
}

// Tenure is the least number of days since the first purchase: a duration, or
// Previous, the sum of what the stages before last.
type Tenure struct {
	Previous bool     `json:"previous,omitempty"`
	Duration Duration `json:"duration,omitzero"`
}

// Value is a least amount of money per day: Median times the median of active
// customers, or AtLeast in major units of the currency.
type Value struct {
	Median  float64 `json:"median,omitempty"`
	AtLeast float64 `json:"at_least,omitempty"`
}

// Silence is a line on the silence of a customer: Times the 80 % or 95 %
// quantile (Quantile 80 or 95), a fixed silence Ratio, or Days.
type Silence struct {
	Quantile int     `json:"quantile,omitempty" enum:"80,95"`
	Times    float64 `json:"times,omitempty"`
	Ratio    float64 `json:"ratio,omitempty"`
	Days     float64 `json:"days,omitempty"`
}

//go:embed default.yaml
var defaultYAML []byte

// Default returns a fresh copy of the default rule set.
func Default() *RuleSet {
	rules, err := ParseRules("default.yaml", defaultYAML)
	if err != nil {
		panic(fmt.Sprintf("lifecycle: embedded rules: %v", err)) // a test holds that it cannot happen
	}
	return rules
}

// Stage returns the stage of that name, or nil.
func (r *RuleSet) Stage(name perennial.Stage) *Stage {
	for i := range r.Stages {
		if r.Stages[i].Name == name {
			return &r.Stages[i]
		}
	}
	return nil
}

// Clone returns a deep copy: changing it changes nothing else.
func (r *RuleSet) Clone() *RuleSet {
	out := *r
	out.From, out.LearnFrom = clone(r.From), clone(r.LearnFrom)
	out.Proof.Order = append([]perennial.Stage(nil), r.Proof.Order...)
	out.Stages = append([]Stage(nil), r.Stages...)
	for i := range out.Stages {
		out.Stages[i].Lasts = clone(out.Stages[i].Lasts)
		out.Stages[i].Rule = out.Stages[i].Rule.clone()
	}
	return &out
}

func (r Rule) clone() Rule {
	r.TenureMin, r.MoneyPerDay = clone(r.TenureMin), clone(r.MoneyPerDay)
	r.SilenceAbove, r.SilenceAtMost = clone(r.SilenceAbove), clone(r.SilenceAtMost)
	r.FrequencyDrop = clone(r.FrequencyDrop)
	r.Any = append([]Rule(nil), r.Any...)
	for i := range r.Any {
		r.Any[i] = r.Any[i].clone()
	}
	return r
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// tenureMin returns the days of a tenure condition of stage at; ok is false
// where it needs a cycle that is not known.
func (r *RuleSet) tenureMin(at int, t Tenure, cycle float64) (days float64, ok bool) {
	if !t.Previous {
		return t.Duration.Days(cycle)
	}
	for _, s := range r.Stages[:at] {
		if s.Lasts == nil {
			continue
		}
		d, ok := s.Lasts.Days(cycle)
		if !ok {
			return 0, false
		}
		days += d
	}
	return days, true
}

// prospects returns the number of leading stages for people who have not
// bought: 0 or 1.
func (r *RuleSet) prospects() int {
	if len(r.Stages) > 0 && r.Stages[0].Rule.NMin == 0 && r.Stages[0].Rule.bare() {
		return 1
	}
	return 0
}

// bare reports whether the rule has no condition but n_min.
func (r Rule) bare() bool {
	return r.TenureMin == nil && r.MoneyPerDay == nil && r.SilenceAbove == nil && r.SilenceAtMost == nil &&
		r.FrequencyDrop == nil && !r.WithoutCycle && len(r.Any) == 0
}

// clauses returns the rule as alternatives, each a plain conjunction.
func (r Rule) clauses() []Rule {
	if len(r.Any) == 0 {
		return []Rule{r}
	}
	out := make([]Rule, 0, len(r.Any))
	for _, alt := range r.Any {
		c := alt
		c.NMin = max(alt.NMin, r.NMin)
		c.WithoutCycle = alt.WithoutCycle || r.WithoutCycle
		c.TenureMin = first(alt.TenureMin, r.TenureMin)
		c.MoneyPerDay = first(alt.MoneyPerDay, r.MoneyPerDay)
		c.SilenceAbove = first(alt.SilenceAbove, r.SilenceAbove)
		c.SilenceAtMost = first(alt.SilenceAtMost, r.SilenceAtMost)
		c.FrequencyDrop = first(alt.FrequencyDrop, r.FrequencyDrop)
		out = append(out, c)
	}
	return out
}

func first[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}

// conflict reports a condition that stands both in r and in one of its
// alternatives, where one of the two would be lost.
func (r Rule) conflict() string {
	var both []string
	for _, a := range r.Any {
		for _, c := range []struct {
			name string
			dup  bool
		}{
			{"tenure_min", a.TenureMin != nil && r.TenureMin != nil},
			{"money_per_day", a.MoneyPerDay != nil && r.MoneyPerDay != nil},
			{"silence_above", a.SilenceAbove != nil && r.SilenceAbove != nil},
			{"silence_at_most", a.SilenceAtMost != nil && r.SilenceAtMost != nil},
			{"frequency_drop", a.FrequencyDrop != nil && r.FrequencyDrop != nil},
		} {
			if c.dup {
				both = append(both, c.name)
			}
		}
	}
	return strings.Join(both, ", ")
}
