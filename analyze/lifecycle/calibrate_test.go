package lifecycle

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"perennial"
	"perennial/analyze/history"
)

// weeks is a rule set written in weeks and months, made for a 30-day cycle.
func weeks(exploration float64) *RuleSet {
	rules := Default()
	rules.CycleDays = 30
	*rules.Stage("acquisition").Lasts = Duration{Value: 4, Unit: UnitWeek}
	*rules.Stage("exploration").Lasts = Duration{Value: exploration, Unit: UnitWeek}
	*rules.Stage("growth").Lasts = Duration{Value: 18, Unit: UnitWeek}
	return rules
}

func proposal(c *Calibration, kind string) *Proposal {
	for i := range c.Proposals {
		if c.Proposals[i].Kind == kind {
			return &c.Proposals[i]
		}
	}
	return nil
}

func (p *Proposal) change(stage perennial.Stage, field string) (before, after string) {
	for _, c := range p.Changes {
		if c.Stage == stage && c.Field == field {
			return c.Before.EN, c.After.EN
		}
	}
	return "", ""
}

func calibrate(t *testing.T, h *history.History, rules *RuleSet, rhythm Rhythm, o CalibrateOptions) *Calibration {
	t.Helper()
	r, err := Replay(h, Options{Rules: []*RuleSet{rules}, RhythmAt: Constant(rhythm)})
	if err != nil {
		t.Fatal(err)
	}
	before, _ := rules.YAML()
	c := r.Calibrate(o)
	if after, _ := rules.YAML(); string(before) != string(after) {
		t.Error("calibration changed the rules")
	}
	for _, p := range c.Proposals {
		if p.Rules.Version != rules.Version+1 || *p.Rules.From != h.AsOf || p.Rules.Check() != nil {
			t.Errorf("%s: version %d from %v: %v", p.Kind, p.Rules.Version, p.Rules.From, p.Rules.Check())
		}
		if p.Reason.ZH == "" || p.Reason.EN == "" || strings.Contains(p.Reason.ZH+p.Reason.EN, "%!") {
			t.Errorf("%s: reason %+v", p.Kind, p.Reason)
		}
		t.Log(p.Reason.ZH)
		t.Log(p.Reason.EN)
		acceptedOnce(t, h, []*RuleSet{rules, p.Rules}, rhythm, o, p.Kind)
	}
	if c.Next != nil {
		for _, p := range c.Proposals {
			acceptedOnce(t, h, []*RuleSet{rules, c.Next}, rhythm, o, p.Kind)
		}
	}
	if (c.Next == nil) != (len(c.Proposals) == 0) || c.Next != nil && c.Next.Check() != nil {
		t.Errorf("next version %v", c.Next)
	}
	return c
}

// acceptedOnce checks that a proposal that was accepted is in force when the same
// data are looked at again, and is not made again.
func acceptedOnce(t *testing.T, h *history.History, rules []*RuleSet, rhythm Rhythm, o CalibrateOptions, kind string) {
	t.Helper()
	r, err := Replay(h, Options{Rules: rules, RhythmAt: Constant(rhythm)})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Rules().Version; got != rules[1].Version {
		t.Errorf("%s: version %d is in force after %d was accepted", kind, got, rules[1].Version)
	}
	if p := proposal(r.Calibrate(o), kind); p != nil {
		t.Errorf("%s: proposed again: %s", kind, p.Reason.EN)
	}
}

// steady is a base in which every week the same number of customers buys.
func steady(weeks, perWeek int, customers int) *history.History {
	var b history.Builder
	rng := rand.New(rand.NewPCG(1, 2))
	for w := range weeks {
		for range perWeek {
			b.Add(perennial.CustomerKey(1+rng.IntN(customers)), day0+perennial.Day(7*w+rng.IntN(7)), 1, 100, 100)
		}
	}
	return b.History("CNY", perennial.MoneyNet, day0+perennial.Day(7*weeks-1))
}

// Acceptance: a cycle from 30 to 25 days takes exploration from 4 weeks to 3.
func TestCalibrateCycle(t *testing.T) {
	h := steady(40, 60, 300)
	now := Rhythm{Identified: true, CycleDays: 25, S80: 2, S95: 4, CycleLow: 24, CycleHigh: 26.5}
	inCycles := Default()
	inCycles.CycleDays = 30
	for name, rules := range map[string]*RuleSet{"in weeks": weeks(4), "in cycles": inCycles} {
		t.Run(name, func(t *testing.T) {
			c := calibrate(t, h, rules, now, CalibrateOptions{})
			p := proposal(c, KindCycle)
			if p == nil {
				t.Fatal("nothing proposed")
			}
			if a, b := p.change("exploration", "lasts"); a != "4 weeks" || b != "3 weeks" {
				t.Errorf("exploration from %q to %q", a, b)
			}
			if n := p.Rules.Stage("exploration").Lasts.Weeks(25); n != 3 {
				t.Errorf("exploration lasts %d weeks", n)
			}
			if p.Rules.CycleDays != 25 || p.Rules.Stage("maturity").Lasts.Value != 12 {
				t.Errorf("cycle %v, maturity %v", p.Rules.CycleDays, p.Rules.Stage("maturity").Lasts)
			}
			if p.Moves == nil || *p.Moves == 0 {
				t.Errorf("moves %v", p.Moves)
			}
		})
	}
	// Within the interval, or following the cycle anyway: nothing.
	now.CycleHigh = 31
	if p := proposal(calibrate(t, h, weeks(4), now, CalibrateOptions{}), KindCycle); p != nil {
		t.Errorf("proposed within the interval: %v", p.Reason)
	}
	now.CycleHigh = 26.5
	if p := proposal(calibrate(t, h, Default(), now, CalibrateOptions{}), KindCycle); p != nil {
		t.Errorf("proposed for rules that follow: %v", p.Reason)
	}
}

// loyal is n customers who buy every 30 days for months months; what they spend
// grows by a share each month.
func loyal(n, months int, growth float64) *history.History {
	var b history.Builder
	for i := range n {
		for k := range months {
			m := perennial.Money(math.Round(1000 * math.Pow(1+growth, float64(k)) * (1 + 0.2*math.Sin(float64(7*i+3*k)))))
			b.Add(perennial.CustomerKey(i+1), day0+perennial.Day(30*k+i%30), 1, m, m)
		}
	}
	return b.History("CNY", perennial.MoneyNet, day0+perennial.Day(30*months))
}

// Acceptance: stalled maturity from 12 months to 9.
func TestCalibrateStall(t *testing.T) {
	p := proposal(calibrate(t, loyal(200, 24, 0), weeks(4), monthly, CalibrateOptions{}), KindStall)
	if p == nil {
		t.Fatal("nothing proposed")
	}
	if a, b := p.change("maturity", "lasts"); a != "12 months" || b != "9 months" {
		t.Errorf("maturity from %q to %q", a, b)
	}
	if p := proposal(calibrate(t, loyal(200, 24, 0.03), weeks(4), monthly, CalibrateOptions{}), KindStall); p != nil {
		t.Errorf("proposed though money grows: %v", p.Reason)
	}
}

// Acceptance: a sudden doubling of activity takes exploration from 2 weeks to 4.
func TestCalibrateShift(t *testing.T) {
	grow := func(from int, times int) *history.History {
		var b history.Builder
		rng := rand.New(rand.NewPCG(3, 4))
		for w := range 50 {
			n := 80
			if w >= from {
				n *= times
			}
			for range n {
				b.Add(perennial.CustomerKey(1+rng.IntN(900)), day0+perennial.Day(7*w+rng.IntN(7)), 1, 100, 100)
			}
		}
		return b.History("CNY", perennial.MoneyNet, day0+perennial.Day(7*50-1))
	}
	h := grow(35, 2)
	p := proposal(calibrate(t, h, weeks(2), monthly, CalibrateOptions{}), KindShift)
	if p == nil {
		t.Fatal("nothing proposed")
	}
	if a, b := p.change("exploration", "lasts"); a != "2 weeks" || b != "4 weeks" {
		t.Errorf("exploration from %q to %q", a, b)
	}
	s, ok := FindShift(h, h.AsOf)
	if want := day0 + 35*7; !ok || s.Day != want || math.Abs(s.Ratio-2) > 0.25 {
		t.Errorf("shift %+v, want ×2 on %s", s, want)
	}
	if s, ok := FindShift(grow(99, 2), h.AsOf); ok {
		t.Errorf("found a shift in a steady base: %+v", s)
	}
	// A fall re-bases instead.
	var b history.Builder
	rng := rand.New(rand.NewPCG(5, 6))
	for w := range 50 {
		n := 160
		if w >= 30 {
			n = 60
		}
		for range n {
			b.Add(perennial.CustomerKey(1+rng.IntN(900)), day0+perennial.Day(7*w+rng.IntN(7)), 1, 100, 100)
		}
	}
	fall := b.History("CNY", perennial.MoneyNet, day0+perennial.Day(7*50-1))
	p = proposal(calibrate(t, fall, weeks(2), monthly, CalibrateOptions{}), KindShift)
	if p == nil || p.Rules.LearnFrom == nil || *p.Rules.LearnFrom != day0+30*7 {
		t.Errorf("fall: %+v", p)
	}
}

// A season that comes every year is no shift.
func TestSeasonIsNoShift(t *testing.T) {
	var b history.Builder
	rng := rand.New(rand.NewPCG(7, 8))
	for w := range 106 {
		n := 80
		if w%52 >= 36 {
			n = 160
		}
		for range n {
			b.Add(perennial.CustomerKey(1+rng.IntN(2000)), day0+perennial.Day(7*w+rng.IntN(7)), 1, 100, 100)
		}
	}
	h := b.History("CNY", perennial.MoneyNet, day0+perennial.Day(7*106-1))
	if s, ok := FindShift(h, h.AsOf); ok {
		t.Errorf("found %+v", s)
	}
}

// False alarms on bases with nothing but noise stay near the test's level.
func TestShiftFalseAlarms(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	alarms := 0
	for range 400 {
		y := make([]float64, 52)
		for i := range y {
			y[i] = 0.1*rng.NormFloat64() + 0.01*float64(i)
		}
		if _, _, f := supF(y); f > supFCritical {
			alarms++
		}
	}
	if alarms > 40 {
		t.Errorf("%d of 400 without a shift are called one", alarms)
	}
}

func TestCalibrateEvent(t *testing.T) {
	h := steady(40, 60, 300)
	event := CompanyEvent{Day: day0 + 100, Name: perennial.Text{ZH: "积分规则调整", EN: "new points rules"}}
	o := CalibrateOptions{Events: []CompanyEvent{event, {Day: day0 + 20, Name: event.Name}}}
	p := proposal(calibrate(t, h, weeks(4), monthly, o), KindEvent)
	if p == nil || p.Rules.LearnFrom == nil || *p.Rules.LearnFrom != event.Day || p.Moves != nil {
		t.Fatalf("%+v", p)
	}
	o.RhythmSince = func(from, asOf perennial.Day) Rhythm {
		if from != event.Day || asOf != h.AsOf {
			t.Errorf("asked for %s to %s", from, asOf)
		}
		return Rhythm{Identified: true, CycleDays: 18, S80: 2, S95: 3}
	}
	p = proposal(calibrate(t, h, weeks(4), monthly, o), KindEvent)
	if p == nil || p.Rules.CycleDays != 18 || p.Moves == nil || *p.Moves == 0 {
		t.Errorf("%+v", p)
	}
	// Accepted: not proposed again.
	rules := weeks(4)
	rules.LearnFrom = &event.Day
	if p := proposal(calibrate(t, h, rules, monthly, o), KindEvent); p != nil {
		t.Errorf("proposed again: %v", p.Reason)
	}
	o.Events[0].Day = h.AsOf - 10
	o.Events = o.Events[:1]
	if c := calibrate(t, h, weeks(4), monthly, o); proposal(c, KindEvent) != nil || len(c.Notes) == 0 {
		t.Errorf("proposed without data since: %v", c.Notes)
	}
}

// A promise that the lines do not keep: calibration moves them until they do.
func TestCalibrateProof(t *testing.T) {
	h := simulated(4000, 5)
	rules := Default()
	rules.Stage("lost").Rule.SilenceAbove = &Silence{Ratio: 1.2}
	o := Options{Rules: []*RuleSet{rules}, RhythmAt: Constant(monthly)}
	r, err := Replay(h, o)
	if err != nil {
		t.Fatal(err)
	}
	before := r.Proofs()[0]
	if before.Holds() {
		t.Fatalf("the promise is kept: %s", before.Sentence.EN)
	}
	p := proposal(r.Calibrate(CalibrateOptions{}), KindProof)
	if p == nil {
		t.Fatal("nothing proposed")
	}
	t.Log(p.Reason.ZH)
	t.Log(p.Reason.EN)
	acceptedOnce(t, h, []*RuleSet{rules, p.Rules}, monthly, CalibrateOptions{}, KindProof)
	next := p.Rules.Clone()
	next.From = nil // as if it had been in force all along
	o.Rules = []*RuleSet{next}
	after, err := Replay(h, o)
	if err != nil {
		t.Fatal(err)
	}
	if p := after.Proofs()[0]; !p.Holds() {
		t.Errorf("the proposal does not mend the proof: %s", p.Sentence.EN)
	}
}
