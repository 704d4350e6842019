package lifecycle

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"perennial"
	"perennial/analyze/history"
)

// CompanyEvent is a dated change of product or rule that someone noted.
type CompanyEvent struct {
	Day  perennial.Day
	Name perennial.Text
}

// CalibrateOptions is what calibration may know beyond the replay.
type CalibrateOptions struct {
	Events []CompanyEvent
	// RhythmSince estimates the rhythm from purchases on and after a day, as known
	// at the end of another; nil where it cannot be asked, and then a proposal to
	// learn again does not know how many would move.
	RhythmSince func(from, asOf perennial.Day) Rhythm
}

// The kinds of proposals, (a) to (e) of definitions.md §5.
const (
	KindCycle = "cycle" // (a) the cycle changed
	KindStall = "stall" // (b) money stalls in maturity
	KindShift = "shift" // (c) the activity of the whole base shifted
	KindEvent = "event" // (d) a dated change of product or rule
	KindProof = "proof" // (e) the proof fails
)

// Calibration is what calibration proposes. It changes nothing: a person
// accepts a proposal by putting its rule set in force.
type Calibration struct {
	Proposals []Proposal       `json:"proposals"`
	Notes     []perennial.Text `json:"notes"`
	// Next is the next version with all proposals, in force from the as-of day, so
	// that the next look at the same data is by it; nil where there are none.
	Next *RuleSet `json:"-"`
}

// Proposal is one change of the rules, with its reason.
type Proposal struct {
	Kind    string         `json:"kind"`
	Reason  perennial.Text `json:"reason"`
	Changes []Change       `json:"changes"`
	// Moves is how many customers would be in another stage by the rules alone
	// today; nil where it cannot be told.
	Moves *int `json:"moves"`
	// Rules is the next version with this proposal alone.
	Rules *RuleSet `json:"-"`

	apply func(*RuleSet)
}

// Change is one number of the rules before and after.
type Change struct {
	Stage  perennial.Stage `json:"stage,omitempty"`
	Field  string          `json:"field"`
	Before perennial.Text  `json:"before"`
	After  perennial.Text  `json:"after"`
}

// Calibrate looks for reasons to change the rules, in the order (a) to (e).
func (r *Result) Calibrate(o CalibrateOptions) *Calibration {
	c := &Calibration{Proposals: []Proposal{}, Notes: []perennial.Text{}}
	if r.h.Len() == 0 {
		return c
	}
	k := calibrator{Result: r, out: c, now: r.classifyBy(r.rules, r.rhythm)}
	k.cycleChanged()
	k.stalled()
	k.shifted()
	k.eventNoted(o)
	k.proofFails()
	if len(c.Proposals) > 0 {
		c.Next = r.nextVersion()
		for _, p := range c.Proposals {
			p.apply(c.Next)
		}
	}
	return c
}

type calibrator struct {
	*Result
	out *Calibration
	now []perennial.Stage // by the rules alone
}

func (r *Result) nextVersion() *RuleSet {
	next := r.rules.Clone()
	next.Version++
	from := r.o.AsOf
	next.From = &from
	return next
}

// since returns the day from which the rules have had what same compares: that of
// the newest version that has something else than the version before; NoDay where
// it was so from ever. What was changed is not proposed again before it could show
// what it does.
func (r *Result) since(same func(a, b *RuleSet) bool) perennial.Day {
	for v := inForce(r.o.Rules, r.o.AsOf); v > 0; v-- {
		if from := r.o.Rules[v].From; from != nil && !same(r.o.Rules[v-1], r.o.Rules[v]) {
			return *from
		}
	}
	return history.NoDay
}

// sameLength compares how long a stage is meant to last.
func sameLength(stage perennial.Stage) func(a, b *RuleSet) bool {
	return func(a, b *RuleSet) bool {
		x, y := a.Stage(stage), b.Stage(stage)
		if x == nil || y == nil || x.Lasts == nil || y.Lasts == nil {
			return (x == nil || x.Lasts == nil) == (y == nil || y.Lasts == nil)
		}
		return *x.Lasts == *y.Lasts
	}
}

// classifyBy classifies on the as-of day by a rule set and rhythm.
func (r *Result) classifyBy(rules *RuleSet, rhythm Rhythm) []perennial.Stage {
	at := rules.Clone()
	at.From = nil
	out, err := Classify(r.h, at, rhythm, r.o.AsOf)
	if err != nil {
		return nil // a proposal that breaks the rules is dropped by propose
	}
	return out
}

// propose adds a proposal; one that leaves the rules unusable is dropped.
// rhythm is the one to compare with; nil where it is not known.
func (k *calibrator) propose(kind string, reason perennial.Text, rhythm *Rhythm, apply func(*RuleSet), changes ...Change) {
	p := Proposal{Kind: kind, Reason: reason, Changes: changes, Rules: k.nextVersion(), apply: apply}
	apply(p.Rules)
	if p.Rules.check() != nil {
		return
	}
	if rhythm != nil {
		moves := 0
		for i, s := range k.classifyBy(p.Rules, *rhythm) {
			if s != k.now[i] {
				moves++
			}
		}
		p.Moves = &moves
		p.Reason.ZH += fmt.Sprintf("会有 %d 位客户换阶段。", perennial.Count(moves))
		p.Reason.EN += fmt.Sprintf(" %d customers would change stage.", perennial.Count(moves))
	}
	k.out.Proposals = append(k.out.Proposals, p)
}

func (k *calibrator) note(t perennial.Text) { k.out.Notes = append(k.out.Notes, t) }

// cycleChanged is (a): the interval of the cycle has left the version's value.
// Lengths in cycles follow the new value; fixed ones are rescaled, but for those
// over which money is counted.
func (k *calibrator) cycleChanged() {
	old, now := k.rules.CycleDays, k.rhythm
	switch {
	case !now.Identified:
		return
	case old == 0:
		k.note(perennial.Say("规则按各周的复购周期自动伸缩，现为 %.0f 天，不需要换算。",
			"The rules follow the repurchase cycle week by week, now %.0f days; nothing to rescale.", now.CycleDays))
		return
	case now.CycleLow <= 0 || now.CycleLow <= old && old <= now.CycleHigh:
		return
	}
	f := now.CycleDays / old
	apply := func(rules *RuleSet) {
		rules.CycleDays = now.CycleDays
		for i := range rules.Stages {
			s := &rules.Stages[i]
			rescale := func(d *Duration) {
				if d.Unit != UnitCycle {
					*d = d.Times(f)
				}
			}
			if s.Lasts != nil && !s.countsMoney() {
				rescale(s.Lasts)
			}
			s.Rule.each(func(c *Rule) {
				if c.TenureMin != nil && !c.TenureMin.Previous {
					rescale(&c.TenureMin.Duration)
				}
				for _, line := range []*Silence{c.SilenceAbove, c.SilenceAtMost} {
					if line != nil && line.Days > 0 {
						line.Days = math.Max(1, math.Round(line.Days*f))
					}
				}
			})
		}
	}
	changes := []Change{{Field: "cycle_days", Before: inDays(old), After: inDays(now.CycleDays)}}
	next := k.rules.Clone()
	apply(next)
	var zh, en []string
	for i := range next.Stages {
		a, b := k.rules.Stages[i].Lasts, next.Stages[i].Lasts
		if a == nil {
			continue
		}
		before, after := a.text(old), b.text(now.CycleDays)
		if before == after {
			continue
		}
		changes = append(changes, Change{Stage: next.Stages[i].Name, Field: "lasts", Before: before, After: after})
		zh = append(zh, fmt.Sprintf("%s由 %s改为 %s", next.Stages[i].ZH, before.ZH, after.ZH))
		en = append(en, fmt.Sprintf("%s from %s to %s", strings.ToLower(next.Stages[i].EN), before.EN, after.EN))
	}
	reason := perennial.Text{
		ZH: fmt.Sprintf("复购周期现为 %.0f 天（区间 %.0f–%.0f 天），这版规则用的 %.0f 天已不在区间内。", now.CycleDays, now.CycleLow, now.CycleHigh, old),
		EN: fmt.Sprintf("The repurchase cycle is now %.0f days (%.0f to %.0f), which no longer includes the %.0f days of this version.", now.CycleDays, now.CycleLow, now.CycleHigh, old),
	}
	if len(zh) > 0 {
		reason.ZH += "建议" + strings.Join(zh, "，") + "。"
		reason.EN += " Take " + strings.Join(en, ", ") + "."
	}
	k.propose(KindCycle, reason, &k.rhythm, apply, changes...)
}

const (
	stallCycles = 6    // past cycles needed to see a trend
	stallGrowth = 0.05 // growth over all of them that still counts as none
	stallFactor = 0.75 // 12 months become 9
)

// stalled is (b): the money that a customer of the mature stage spends in a
// cycle has stopped growing. The trend is the Theil–Sen slope (Sen 1968); it
// counts as growth when it is above 5 % over the cycles seen, or when the
// Mann–Kendall test (Mann 1945, Kendall 1975) finds it rising at 5 %.
func (k *calibrator) stalled() {
	target := k.rules.Calibrate.Stall
	s := k.p.stage(target)
	if s < 0 {
		return
	}
	since := k.since(sameLength(target))
	y := k.spendPerCycle(s, since)
	switch {
	case len(y) < stallCycles && since != history.NoDay:
		k.note(perennial.Text{
			ZH: fmt.Sprintf("%s的时长是 %s 改的；要再有 %d 个周期、每期 30 人以上才看得出增减，现在有 %d 个。", k.label(target).ZH, since, stallCycles, len(y)),
			EN: fmt.Sprintf("The length of %s was changed on %s; whether money stalls shows after %d cycles of 30 customers or more since; there are %d.", strings.ToLower(k.label(target).EN), since, stallCycles, len(y)),
		})
		return
	case len(y) < stallCycles:
		k.note(perennial.Text{
			ZH: fmt.Sprintf("%s的消费要有 %d 个周期、每期 30 人以上才看得出增减，现在只有 %d 个。", k.label(target).ZH, stallCycles, len(y)),
			EN: fmt.Sprintf("Whether money stalls in %s shows after %d cycles of 30 customers or more; there are %d.", strings.ToLower(k.label(target).EN), stallCycles, len(y)),
		})
		return
	}
	slope, mid := senSlope(y), median(y)
	if mid <= 0 || slope*float64(len(y)-1) > stallGrowth*mid || rising(y) {
		return
	}
	stage := k.rules.Stage(target)
	after := stage.Lasts.Times(stallFactor)
	label, change := stage.Label(), slope*float64(len(y)-1)/mid*100
	reason := perennial.Text{
		ZH: fmt.Sprintf("%s客户每周期的人均消费在近 %d 个周期里不再增长（%+.1f%%）。建议把%s由 %s缩短为 %s，只认近期的消费。",
			label.ZH, len(y), change, label.ZH, stage.Lasts.text(k.cycle()).ZH, after.text(k.cycle()).ZH),
		EN: fmt.Sprintf("Money per customer and cycle in %s has not grown over the last %d cycles (%+.1f%%). Shorten it from %s to %s, so that only recent money counts.",
			strings.ToLower(label.EN), len(y), change, stage.Lasts.text(k.cycle()).EN, after.text(k.cycle()).EN),
	}
	k.propose(KindStall, reason, &k.rhythm, func(rules *RuleSet) { *rules.Stage(target).Lasts = after },
		Change{Stage: target, Field: "lasts", Before: stage.Lasts.text(k.cycle()), After: after.text(k.cycle())})
}

// spendPerCycle returns the money per customer who was in stage s when a cycle
// began, over the unbroken run of latest cycles that began with 30 or more, on or
// after a day.
func (r *Result) spendPerCycle(s int, since perennial.Day) []float64 {
	var y []float64
	for c := len(r.t.cycles) - 1; c >= 0 && r.marks.days[r.marks.cycles[c]] >= since; c-- {
		n := int64(0)
		for _, v := range r.t.cycles[c][s*r.t.stages : (s+1)*r.t.stages] {
			n += v
		}
		if n < proofMin {
			break
		}
		y = append(y, float64(r.t.money[c][s])/float64(n))
	}
	slices.Reverse(y)
	return y
}

// shifted is (c): the level of activity of the whole base changed. A rise widens
// the target stage in proportion, so that a burst does not hurry customers
// through it; a fall re-bases the rhythm on the days since.
func (k *calibrator) shifted() {
	s, ok := FindShift(k.h, k.o.AsOf)
	if !ok || k.learnedSince(s.Day) {
		return
	}
	if s.Ratio < 1 {
		reason := perennial.Say("整体活跃度自 %[1]s 起降到原来的 %.0[2]f%%（突变检验）。建议从这天起重新学习节奏；如果只是淡季，不必采纳。",
			"The activity of the whole base has been %.0[2]f%% of what it was since %[1]s (change-point test). Learn the rhythm again from that day; not if it is only a slack season.", s.Day, s.Ratio*100)
		k.propose(KindShift, reason, nil, func(rules *RuleSet) { rules.LearnFrom = &s.Day },
			Change{Field: "learn_from", Before: dayText(k.rules.LearnFrom), After: dayText(&s.Day)})
		return
	}
	target := k.rules.Calibrate.Activity
	stage := k.rules.Stage(target)
	if stage == nil || stage.Lasts == nil || k.since(sameLength(target)) > s.Day {
		return
	}
	f := math.Round(s.Ratio*4) / 4 // a quarter is as fine as a shift is known
	after := stage.Lasts.Times(f)
	label := stage.Label()
	reason := perennial.Text{
		ZH: fmt.Sprintf("整体活跃度自 %s 起升到原来的 %.1f 倍（突变检验）。建议把%s由 %s放宽为 %s，免得一时热闹把客户催进下一阶段；如果只是旺季，不必采纳。",
			s.Day, s.Ratio, label.ZH, stage.Lasts.text(k.cycle()).ZH, after.text(k.cycle()).ZH),
		EN: fmt.Sprintf("The activity of the whole base has been %.1f times what it was since %s (change-point test). Widen %s from %s to %s, so that a burst does not hurry customers on; not if it is only a season.",
			s.Ratio, s.Day, strings.ToLower(label.EN), stage.Lasts.text(k.cycle()).EN, after.text(k.cycle()).EN),
	}
	k.propose(KindShift, reason, &k.rhythm, func(rules *RuleSet) { *rules.Stage(target).Lasts = after },
		Change{Stage: target, Field: "lasts", Before: stage.Lasts.text(k.cycle()), After: after.text(k.cycle())})
}

// learnedSince reports whether the version already learns its rhythm from day d or
// later.
func (k *calibrator) learnedSince(d perennial.Day) bool {
	return k.rules.LearnFrom != nil && *k.rules.LearnFrom >= d
}

// eventNoted is (d): the latest dated change that the version does not know.
func (k *calibrator) eventNoted(o CalibrateOptions) {
	var latest *CompanyEvent
	for i := range o.Events {
		e := &o.Events[i]
		if e.Day > k.p.first && e.Day <= k.o.AsOf && !k.learnedSince(e.Day) && (latest == nil || e.Day > latest.Day) {
			latest = e
		}
	}
	if latest == nil {
		return
	}
	if need := 2 * k.marks.step; int(k.o.AsOf-latest.Day) < need {
		k.note(perennial.Text{
			ZH: fmt.Sprintf("%s“%s”之后的数据还不到两个周期（%d 天），先不重新学习。", latest.Day, latest.Name.ZH, need),
			EN: fmt.Sprintf("There are not yet two cycles (%d days) of data since %q on %s to learn from.", need, latest.Name.EN, latest.Day),
		})
		return
	}
	reason := perennial.Text{
		ZH: fmt.Sprintf("%s 有变动：%s。建议从这天起重新学习节奏。", latest.Day, latest.Name.ZH),
		EN: fmt.Sprintf("There was a change on %s: %s. Learn the rhythm again from that day.", latest.Day, latest.Name.EN),
	}
	var rhythm *Rhythm
	day := latest.Day
	apply := func(rules *RuleSet) { rules.LearnFrom = &day }
	changes := []Change{{Field: "learn_from", Before: dayText(k.rules.LearnFrom), After: dayText(&day)}}
	if o.RhythmSince != nil {
		learned := o.RhythmSince(day, k.o.AsOf).sound()
		if !learned.Identified {
			k.note(perennial.Text{
				ZH: fmt.Sprintf("%s“%s”之后的购买还测不出复购周期，先不重新学习。", day, latest.Name.ZH),
				EN: fmt.Sprintf("The purchases since %q on %s do not show a repurchase cycle yet.", latest.Name.EN, day),
			})
			return
		}
		rhythm = &learned
		reason.ZH += fmt.Sprintf("此后的复购周期是 %.0f 天（现用 %.0f 天）。", learned.CycleDays, k.cycle())
		reason.EN += fmt.Sprintf(" The repurchase cycle since then is %.0f days (%.0f now).", learned.CycleDays, k.cycle())
		if k.rules.CycleDays > 0 {
			apply = func(rules *RuleSet) { rules.LearnFrom, rules.CycleDays = &day, learned.CycleDays }
			changes = append(changes, Change{Field: "cycle_days", Before: inDays(k.rules.CycleDays), After: inDays(learned.CycleDays)})
		}
	}
	k.propose(KindEvent, reason, rhythm, apply, changes...)
}

// countsMoney reports whether Lasts is the time over which money is counted.
func (s *Stage) countsMoney() bool {
	money := false
	s.Rule.each(func(c *Rule) { money = money || c.MoneyPerDay != nil })
	return money
}

// each calls f for the rule and its alternatives.
func (r *Rule) each(f func(*Rule)) {
	f(r)
	for i := range r.Any {
		f(&r.Any[i])
	}
}

// text says how long a duration is to people: whole weeks for weeks and cycles,
// months, or days.
func (d Duration) text(cycle float64) perennial.Text {
	switch {
	case d.Unit == UnitMonth:
		return perennial.Say("%.0f 个月", "%.0f months", d.Value)
	case d.Unit != UnitDay && d.Weeks(cycle) >= 2:
		return perennial.Say("%d 周", "%d weeks", d.Weeks(cycle))
	}
	days, _ := d.Days(cycle)
	return inDays(days)
}

func inDays(days float64) perennial.Text { return perennial.Say("%.0f 天", "%.0f days", days) }

func dayText(d *perennial.Day) perennial.Text {
	if d == nil {
		return perennial.Say("全部数据", "all data")
	}
	return perennial.Text{ZH: d.String(), EN: d.String()}
}
