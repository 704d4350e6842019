package lifecycle

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"perennial"
)

// proofFails is (e): where the proof fails on the latest day that can be
// checked, outside peak seasons, one line of the rules after another is moved a
// little, and the move that mends most for the fewest customers is proposed, up
// to three of them together. What is compared is the classification by the rules
// alone on that day.
func (k *calibrator) proofFails() {
	if len(k.marks.proof) == 0 {
		k.note(perennial.Say("数据不足 %d 天，检验还做不了。", "Fewer than %d days of data: nothing can be proved yet.", k.rules.Proof.Days))
		return
	}
	proof := k.proof(k.marks.days[k.marks.proof[0]], k.t.proof[:k.t.stages])
	switch {
	case proof.Holds():
		return
	case proof.Peak:
		k.note(perennial.Say("检验没有通过，但那段时间是旺季，规则先不动。", "The proof fails, but over a peak season: the rules stay."))
		return
	}
	t := newTrial(k.Result, proof.Day)
	start := t.try(k.rules)
	if start.violation == 0 {
		k.note(perennial.Say("检验没有通过的是 %s 的旧规则；按现在的规则划分，那天就成立。",
			"The proof fails by the rules that held on %s; by those of today it holds on that day.", proof.Day))
		return
	}
	if since := k.since(sameLines); since > proof.Day {
		k.note(perennial.Say("阶段的界线是 %s 改的，满 %d 天后再检验。", "The lines between stages were changed on %s; they are proved after %d days.", since, k.rules.Proof.Days))
		return
	}
	best, bestScore := k.rules, start
	var moved []lineMove
	for range 3 {
		if bestScore.violation == 0 {
			break
		}
		from, found := best, lineMove{}
		for _, m := range lineMoves(from) {
			next := from.Clone()
			m.apply(next)
			if next.check() != nil {
				continue
			}
			if score := t.try(next); score.better(bestScore) {
				best, bestScore, found = next, score, m
			}
		}
		if found.apply == nil {
			break
		}
		moved = append(moved, found)
	}
	if bestScore.violation > 0.8*start.violation {
		k.note(perennial.Text{
			ZH: "检验没有通过，小幅移动任何一条线都改善不大：" + proof.Sentence.ZH,
			EN: "The proof fails, and moving no single line a little mends it: " + proof.Sentence.EN,
		})
		return
	}
	reason := perennial.Text{ZH: "检验没有通过。" + proof.Sentence.ZH, EN: "The proof fails. " + proof.Sentence.EN}
	var changes []Change
	var zh, en []string
	for _, m := range moved {
		changes = append(changes, m.change)
		field := fieldLabels[m.change.Field]
		zh = append(zh, fmt.Sprintf("%s的%s由 %s 改为 %s", k.shortLabel(m.change.Stage).ZH, field.ZH, m.change.Before.ZH, m.change.After.ZH))
		en = append(en, fmt.Sprintf("the %s of %s from %s to %s", field.EN, strings.ToLower(k.label(m.change.Stage).EN), m.change.Before.EN, m.change.After.EN))
	}
	reason.ZH += "建议把" + strings.Join(zh, "，") + "。"
	reason.EN += " Move " + strings.Join(en, ", ") + "."
	if bestScore.violation > 0 {
		reason.ZH += "这样仍不完全成立，但更接近。"
		reason.EN += " It still would not hold entirely, but more nearly."
	}
	k.propose(KindProof, reason, &k.rhythm, func(rules *RuleSet) {
		for _, m := range moved {
			m.apply(rules)
		}
	}, changes...)
}

// sameLines compares the lines of silence and the counts of purchase days of all
// stages, which a proof that failed moves.
func sameLines(a, b *RuleSet) bool {
	return slices.EqualFunc(a.Stages, b.Stages, func(x, y Stage) bool {
		return x.Name == y.Name && slices.EqualFunc(x.Rule.clauses(), y.Rule.clauses(), func(p, q Rule) bool {
			return p.NMin == q.NMin && (p.SilenceAbove == nil) == (q.SilenceAbove == nil) && (p.SilenceAbove == nil || *p.SilenceAbove == *q.SilenceAbove)
		})
	})
}

// fieldLabels names the numbers of a rule for people.
var fieldLabels = map[string]perennial.Text{
	"silence_above": {ZH: "沉默线", EN: "line of silence"},
	"n_min":         {ZH: "购买日数下限", EN: "least purchase days"},
	"lasts":         {ZH: "时长", EN: "length"},
}

// lineMove is one small move of one line.
type lineMove struct {
	change Change
	apply  func(*RuleSet)
}

// lineMoves lists the moves that are tried: each line of silence and each length
// by some factors, each count of purchase days by one.
func lineMoves(rules *RuleSet) []lineMove {
	var out []lineMove
	for i := range rules.Stages {
		stage := &rules.Stages[i]
		for a := -1; a < len(stage.Rule.Any); a++ {
			rule := stage.Rule.at(a)
			if rule.SilenceAbove != nil {
				for _, f := range []float64{0.7, 0.8, 0.9, 1.1, 1.25, 1.5, 1.75, 2, 2.5} {
					line := rule.SilenceAbove.scaled(f)
					out = append(out, lineMove{
						Change{Stage: stage.Name, Field: "silence_above", Before: rule.SilenceAbove.text(), After: line.text()},
						func(r *RuleSet) { *r.Stages[i].Rule.at(a).SilenceAbove = line },
					})
				}
			}
			if n := rule.NMin; n >= 2 {
				for _, to := range []int{n - 1, n + 1} {
					if to < 2 {
						continue
					}
					out = append(out, lineMove{
						Change{Stage: stage.Name, Field: "n_min", Before: perennial.Say("%d", "%d", n), After: perennial.Say("%d", "%d", to)},
						func(r *RuleSet) { r.Stages[i].Rule.at(a).NMin = to },
					})
				}
			}
		}
		if stage.Lasts != nil {
			for _, f := range []float64{0.75, 1.25, 1.5} {
				d := stage.Lasts.Times(f)
				if d == *stage.Lasts {
					continue
				}
				out = append(out, lineMove{
					Change{Stage: stage.Name, Field: "lasts",
						Before: stage.Lasts.plain(), After: d.plain()},
					func(r *RuleSet) { *r.Stages[i].Lasts = d },
				})
			}
		}
	}
	return out
}

// plain writes the duration in its own unit for people.
func (d Duration) plain() perennial.Text {
	unit := map[Unit]perennial.Text{
		UnitDay: {ZH: "天", EN: "days"}, UnitWeek: {ZH: "周", EN: "weeks"},
		UnitMonth: {ZH: "个月", EN: "months"}, UnitCycle: {ZH: "个周期", EN: "cycles"},
	}[d.Unit]
	t := perennial.Text{ZH: number(round(d.Value, 2)) + " " + unit.ZH, EN: number(round(d.Value, 2)) + " " + unit.EN}
	if d.AtMost > 0 {
		t.ZH += fmt.Sprintf("（最长 %.0f 天）", d.AtMost)
		t.EN += fmt.Sprintf(" (at most %.0f days)", d.AtMost)
	}
	return t
}

// at returns alternative a of the rule, or the rule itself for -1.
func (r *Rule) at(a int) *Rule {
	if a < 0 {
		return r
	}
	return &r.Any[a]
}

// scaled returns the line moved by a factor, to two decimals or whole days.
func (s Silence) scaled(f float64) Silence {
	s.Times, s.Ratio = round(s.Times*f, 2), round(s.Ratio*f, 2)
	s.Days = math.Round(s.Days * f)
	return s
}

// text writes the line for people.
func (s Silence) text() perennial.Text {
	switch {
	case s.Quantile != 0 && s.Times == 1:
		return perennial.Say("P%d", "P%d", s.Quantile)
	case s.Quantile != 0:
		return perennial.Say("P%d × %.2f", "P%d × %.2f", s.Quantile, s.Times)
	case s.Days != 0:
		return inDays(s.Days)
	}
	return perennial.Say("%.2f 倍", "%.2f times", s.Ratio)
}

// trialMost is how many customers a trial of a rule set looks at; of more, every
// so manieth.
const trialMost = 100_000

// trial tries rule sets on a past day.
type trial struct {
	r       *Result
	day     perennial.Day
	rhythm  Rhythm
	stride  int
	bought  []bool       // by customer looked at
	start   []uint8      // their stages by the rules at hand
	counts  []proofCount // by stage, by the rules at hand
	medians *medians
}

// score is how a rule set does in a trial.
type score struct {
	violation float64 // sum of the shares by which promises are broken
	moved     int     // customers in another stage than under the rules at hand
}

func (s score) better(than score) bool {
	const eps = 1e-9
	if math.Abs(s.violation-than.violation) > eps {
		return s.violation < than.violation
	}
	return s.moved < than.moved
}

func newTrial(r *Result, day perennial.Day) *trial {
	t := &trial{r: r, day: day, rhythm: r.o.RhythmAt(day).sound(), stride: r.h.Len()/trialMost + 1}
	for i := 0; i < r.h.Len(); i += t.stride {
		days := r.h.Days(i)
		n, found := slices.BinarySearch(days, day)
		if found {
			n++
		}
		t.bought = append(t.bought, n < len(days) && days[n] <= day+r.marks.window)
	}
	return t
}

// try classifies by a rule set and scores its promises.
func (t *trial) try(rules *RuleSet) score {
	at := rules.Clone()
	at.From = nil
	p := newPlan(t.r.p.first, t.day, []*RuleSet{at}, Constant(t.rhythm), t.r.h.Currency.Digits())
	if t.medians != nil && slices.Equal(t.medians.windows, p.medians.windows) {
		p.medians = t.medians
	} else {
		p.medians.fill(t.r.h, p, workersFor(t.r.h.Len()))
		t.medians = p.medians
	}
	w := newWalker(t.r.h, p)
	counts := make([]proofCount, len(p.stages))
	fresh := t.start == nil
	var s score
	for j, bought := range t.bought {
		stage := w.classify(j*t.stride, t.day)
		if fresh {
			t.start = append(t.start, stage)
		} else if stage != t.start[j] {
			s.moved++
		}
		if stage == none {
			continue
		}
		counts[stage].customers++
		if bought {
			counts[stage].bought++
		}
	}
	s.violation = violation(rules.Proof, p.stages, counts)
	if fresh {
		t.counts = counts
	}
	// Emptying a stage keeps its promises only in name.
	for k, c := range t.counts {
		if c.customers >= proofMin && counts[k].customers < max(proofMin, c.customers/4) {
			s.violation = math.Inf(1)
		}
	}
	return s
}

// violation sums by how much the promises are broken; a wrong order within
// chance is none.
func violation(rule ProofRule, stages []Stage, counts []proofCount) float64 {
	p := Proof{}
	for s, c := range counts {
		if c.customers > 0 {
			share := float64(c.bought) / float64(c.customers)
			p.Stages = append(p.Stages, ProofRow{stages[s].Name, int(c.customers), &share})
		}
	}
	sum := 0.0
	var before *ProofRow
	for _, name := range rule.Order {
		row := p.row(name)
		if row == nil || row.Customers < proofMin {
			continue
		}
		if before != nil && above(*row.Returned90, row.Customers, *before.Returned90, before.Customers) {
			sum += *row.Returned90 - *before.Returned90
		}
		before = row
	}
	if row := p.row(rule.Low); row != nil && row.Customers >= proofMin && *row.Returned90 >= rule.Below {
		sum += *row.Returned90 - rule.Below + 1e-6
	}
	return sum
}
