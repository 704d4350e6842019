package report

import (
	"context"
	"maps"
	"slices"
	"sync"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/lifecycle"
	"perennial/analyze/purchase"
	"perennial/analyze/rfm"
)

// Trial tries rule sets out on one state of the data: who would move if one were put
// in force on its last day. It keeps the purchase days and what past rhythms were, so
// that a try costs one replay. It is safe for concurrent use; tries come one after
// another.
type Trial struct {
	h     *history.History
	rules []*lifecycle.RuleSet // in force, oldest first
	now   []perennial.Stage    // by customer, as the picture has it
	in    *lifecycle.RuleSet   // in force on the last day
	money []perennial.Money    // of the last year, by customer
	rfm   *rfm.Result
	how   rfm.Options

	mu     sync.Mutex
	rhythm lifecycle.Rhythm
	known  map[perennial.Day]lifecycle.RhythmAt // by the day from which one learns
}

// keepRhythms is how many ways to learn the rhythm are remembered: an editor asks for
// one or two.
const keepRhythms = 4

// NewTrial replays the rules in force. The purchases may be released afterwards.
func NewTrial(ctx context.Context, l *purchase.Loaded, opt Options) (*Trial, error) {
	opt.SkipModels, opt.Inside = true, nil
	b := &builder{l: l, h: l.History, o: opt.filled(), p: &Picture{}}
	if err := b.behaviour(ctx); err != nil {
		return nil, err
	}
	if len(b.o.Rules) == 0 {
		b.o.Rules = []*lifecycle.RuleSet{lifecycle.Default()}
	}
	t := &Trial{
		h: l.History, rules: b.o.Rules, money: lastYear(l.History),
		rfm: b.p.RFM, how: b.rfmOptions(), rhythm: b.rhythmNow(), known: map[perennial.Day]lifecycle.RhythmAt{},
	}
	var err error
	t.now, t.in, err = t.replay(t.rules)
	return t, err
}

// AsOf returns the last day of the data, from which rules come into force.
func (t *Trial) AsOf() perennial.Day { return t.h.AsOf }

// StageName is a stage as people know it.
type StageName struct {
	Name   perennial.Stage `json:"name"`
	ZH     string          `json:"name_zh"`
	EN     string          `json:"name_en"`
	Colour string          `json:"colour"`
}

// Moves says who would be where by other rules: Counts[i][j] of those in stage From[i]
// now would be in To[j] on the same day.
type Moves struct {
	AsOf     perennial.Day      `json:"as_of"`
	Currency perennial.Currency `json:"currency"`
	From     []StageName        `json:"from" nullable:"false"`
	To       []StageName        `json:"to" nullable:"false"`
	Counts   [][]int            `json:"counts" nullable:"false"`
	// Money is what the same customers spent in the 365 days up to AsOf.
	Money     [][]perennial.Amount `json:"money" nullable:"false"`
	Customers int                  `json:"customers"`
	// Moved are those whose stage has another name then.
	Moved      int              `json:"moved"`
	MovedMoney perennial.Amount `json:"moved_money"`
}

// Try tells what putting rules in force on the last day would do, with history and
// hysteresis, which is what the next analysis would show: who has passed a boundary by
// less than the margin is not moved on the first day, and who would have been looked at
// only on the next date of the weekly grid may be. Rules that say what the newest say
// become no version and move nobody. Errors: lifecycle.rules_invalid, and ctx's.
func (t *Trial) Try(ctx context.Context, rules *lifecycle.RuleSet) (*Moves, error) {
	rules = rules.Clone()
	rules.From = new(t.h.AsOf)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := ctx.Err(); err != nil { // who typed on has asked anew
		return nil, err
	}
	then, in, err := t.put(rules)
	if err != nil {
		return nil, err
	}
	m := &Moves{AsOf: t.h.AsOf, Currency: t.h.Currency, Customers: t.h.Len(), MovedMoney: t.h.Currency.Amount(0)}
	row, column := map[perennial.Stage]int{}, map[perennial.Stage]int{}
	m.From, m.To = stageNames(t.in, row), stageNames(in, column)
	for range m.From {
		money := make([]perennial.Amount, len(m.To))
		for j := range money {
			money[j] = t.h.Currency.Amount(0)
		}
		m.Counts, m.Money = append(m.Counts, make([]int, len(m.To))), append(m.Money, money)
	}
	for i, was := range t.now {
		m.Counts[row[was]][column[then[i]]]++
		m.Money[row[was]][column[then[i]]].Minor += t.money[i]
		if was != then[i] {
			m.Moved++
			m.MovedMoney.Minor += t.money[i]
		}
	}
	return m, nil
}

// put is replay with rules after those in force.
func (t *Trial) put(rules *lifecycle.RuleSet) ([]perennial.Stage, *lifecycle.RuleSet, error) {
	if err := rules.Check(); err != nil {
		return nil, nil, err
	}
	changes, err := lifecycle.Changes(t.rules[len(t.rules)-1], rules)
	if err != nil {
		return nil, nil, err
	}
	if len(changes) == 0 {
		return t.now, t.in, nil
	}
	return t.replay(append(t.rules[:len(t.rules):len(t.rules)], rules))
}

// replay returns every customer's stage on the last day, and the rules in force then.
func (t *Trial) replay(rules []*lifecycle.RuleSet) ([]perennial.Stage, *lifecycle.RuleSet, error) {
	from := learnFrom(rules)
	at, ok := t.known[from]
	if !ok {
		if len(t.known) == keepRhythms {
			clear(t.known)
		}
		at = rhythms(t.h, from, t.rhythm)
		t.known[from] = at
	}
	r, err := lifecycle.Replay(t.h, lifecycle.Options{Rules: rules, RhythmAt: at})
	if err != nil {
		return nil, nil, err
	}
	out := make([]perennial.Stage, t.h.Len())
	for i := range out {
		out[i] = r.Stage(i)
	}
	return out, r.Rules(), nil
}

// stageNames lists the stages that buyers can be in, and notes where each stands.
func stageNames(rules *lifecycle.RuleSet, at map[perennial.Stage]int) []StageName {
	var out []StageName
	for i := range rules.Stages {
		s := &rules.Stages[i]
		if i == 0 && s.Rule.NMin == 0 { // for people who have not bought
			continue
		}
		at[s.Name] = len(out)
		out = append(out, StageName{s.Name, s.ZH, s.EN, s.Colour})
	}
	return out
}

// lastYear sums each customer's money of the last 365 days.
func lastYear(h *history.History) []perennial.Money {
	out := make([]perennial.Money, h.Len())
	for i := range out {
		amounts := h.Amounts(i)
		for k, d := range h.Days(i) {
			if d > h.AsOf-365 {
				out[i] += amounts[k]
			}
		}
	}
	return out
}

// Thresholds returns the RFM thresholds in force, and those that the data would give
// now.
func (t *Trial) Thresholds() (inForce, fresh rfm.Thresholds) {
	if f := t.rfm.Frozen; f != nil {
		return t.rfm.Thresholds, f.Fresh
	}
	return t.rfm.Thresholds, t.rfm.Thresholds
}

// ClassMoves says who would be in another RFM class by other thresholds: Counts[i][j]
// of those in Classes[i] now would be in Classes[j].
type ClassMoves struct {
	AsOf       perennial.Day      `json:"as_of"`
	Currency   perennial.Currency `json:"currency"`
	Classes    []rfm.Code         `json:"classes" nullable:"false"`
	Counts     [][]int            `json:"counts" nullable:"false"`
	Customers  int                `json:"customers"`
	Moved      int                `json:"moved"`
	MovedMoney perennial.Amount   `json:"moved_money"` // in the 365 days up to AsOf
}

// TryThresholds tells who would change class by other thresholds. Error:
// rfm.frozen_basis.
func (t *Trial) TryThresholds(other rfm.Thresholds) (*ClassMoves, error) {
	how := t.how
	how.Frozen = &other
	then, err := rfm.Classify(t.h, how)
	if err != nil {
		return nil, err
	}
	m := &ClassMoves{AsOf: t.h.AsOf, Currency: t.h.Currency, Customers: t.h.Len(), MovedMoney: t.h.Currency.Amount(0)}
	at := map[rfm.Code]int{}
	for _, r := range []*rfm.Result{t.rfm, then} {
		for _, c := range r.Columns.Class {
			if _, ok := at[c]; !ok {
				at[c] = 0
			}
		}
	}
	m.Classes = slices.SortedFunc(maps.Keys(at), func(a, b rfm.Code) int { return int(b) - int(a) })
	for i, c := range m.Classes {
		at[c] = i
		m.Counts = append(m.Counts, make([]int, len(m.Classes)))
	}
	for i, was := range t.rfm.Columns.Class {
		is := then.Columns.Class[i]
		m.Counts[at[was]][at[is]]++
		if was != is {
			m.Moved++
			m.MovedMoney.Minor += t.money[i]
		}
	}
	return m, nil
}
