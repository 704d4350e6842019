package report

import (
	"context"
	"errors"
	"testing"

	"perennial"
	"perennial/analyze/lifecycle"
)

// TestTrial holds a try against the picture of an analysis by the same rules, on data
// whose rules have changed before, and whose rhythm is learned again.
func TestTrial(t *testing.T) {
	l := shop(t, 3000)
	second := lifecycle.Default()
	second.Version, second.From = 2, new(l.AsOf-200)
	second.Stage("growth").Lasts = &lifecycle.Duration{Value: 20, Unit: lifecycle.UnitWeek}
	accepted := []*lifecycle.RuleSet{lifecycle.Default(), second}
	trial, err := NewTrial(t.Context(), l, Options{Rules: accepted})
	if err != nil {
		t.Fatal(err)
	}
	third := second.Clone()
	third.Version, third.From, third.LearnFrom = 3, nil, new(l.AsOf-300)
	third.Stage("lost").Rule.SilenceAbove = &lifecycle.Silence{Quantile: 95, Times: 0.6}
	third.Stages[2].Name = "trial"
	third.Calibrate, third.Proof.Order = lifecycle.Targets{}, nil
	for name, rules := range map[string]*lifecycle.RuleSet{"the same": second, "others": third} {
		for range 2 { // the second time what is known is known
			moves, err := trial.Try(t.Context(), rules)
			if err != nil {
				t.Fatal(err)
			}
			versions := accepted
			if name != "the same" { // which becomes no version
				next := rules.Clone()
				next.From = new(l.AsOf)
				versions = append(accepted[:2:2], next)
			}
			p, _, err := Build(t.Context(), l, Options{Rules: versions, SkipModels: true})
			if err != nil {
				t.Fatal(err)
			}
			got := map[perennial.Stage]int{}
			customers := 0
			for i := range moves.Counts {
				for j, n := range moves.Counts[i] {
					got[moves.To[j].Name] += n
					customers += n
				}
			}
			if customers != l.Len() || moves.Customers != l.Len() || (name == "the same") != (moves.Moved == 0) {
				t.Errorf("%s: %d of %d moved, %d in the matrix", name, moves.Moved, moves.Customers, customers)
			}
			for _, c := range p.Lifecycle.Stages {
				if c.Stage != perennial.StageProspect && got[c.Stage] != c.Customers {
					t.Errorf("%s: %d in %s, the picture says %d", name, got[c.Stage], c.Stage, c.Customers)
				}
			}
		}
	}
	if rules := second.Clone(); perennial.CodeOf(func() error { rules.Stages = nil; _, err := trial.Try(t.Context(), rules); return err }()) != "lifecycle.rules_invalid" {
		t.Error("rules without stages can be tried")
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := trial.Try(over, second); !errors.Is(err, context.Canceled) {
		t.Errorf("a try that nobody waits for: %v", err)
	}
}

func BenchmarkTry(b *testing.B) {
	l := shop(b, 100_000)
	trial, err := NewTrial(b.Context(), l, Options{})
	if err != nil {
		b.Fatal(err)
	}
	rules := lifecycle.Default()
	rules.Stage("maturity").Rule.NMin = 7
	for b.Loop() {
		if _, err := trial.Try(b.Context(), rules); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(l.Day)), "purchases")
}
