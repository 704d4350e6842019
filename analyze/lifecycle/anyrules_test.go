package lifecycle

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"perennial"
	"perennial/analyze/history"
)

// drawAnyHistory draws days before 1970, money below zero, long pauses.
func drawAnyHistory(t *rapid.T) *history.History {
	var b history.Builder
	base := perennial.Day(rapid.SampledFrom([]int{20094, 0, -3, -200, -20000, 14}).Draw(t, "base"))
	n := rapid.IntRange(1, 8).Draw(t, "customers")
	end := rapid.IntRange(0, 700).Draw(t, "end")
	for i := range n {
		d := rapid.IntRange(0, end).Draw(t, "first")
		gap := rapid.SampledFrom([]int{0, 3, 10, 40, 90}).Draw(t, "gap")
		key := perennial.CustomerKey(i*7919 + 1)
		if i == 3 {
			key = 2147483647
		}
		for k := 0; d <= end && k < 60; k++ {
			m := perennial.Money(rapid.IntRange(-500, 5000).Draw(t, "money"))
			b.Add(key, base+perennial.Day(d), rapid.IntRange(1, 3).Draw(t, "orders"), m, m)
			d += 1 + rapid.IntRange(0, gap).Draw(t, "more")
			if rapid.IntRange(0, 9).Draw(t, "pause") == 0 {
				d += rapid.IntRange(20, 250).Draw(t, "long")
			}
		}
	}
	return b.History("CNY", perennial.MoneyNet, base+perennial.Day(end+rapid.SampledFrom([]int{0, 0, 5, 300}).Draw(t, "after")))
}

// drawAnyRhythm draws rhythms that jump, and are not always known.
func drawAnyRhythm(t *rapid.T, h *history.History) RhythmAt {
	all := make([]Rhythm, 7)
	for i := range all {
		if rapid.IntRange(0, 5).Draw(t, "known") > 0 {
			all[i] = Rhythm{Identified: true, CycleDays: rapid.Float64Range(1, 90).Draw(t, "c"), S80: rapid.Float64Range(0.3, 2).Draw(t, "s80")}
			all[i].S95 = all[i].S80 * rapid.Float64Range(1, 2).Draw(t, "s95")
		}
	}
	step := rapid.SampledFrom([]int{7, 20, 60, 1000}).Draw(t, "step")
	return func(d perennial.Day) Rhythm { return all[(int(d-h.First)/step+700)%7] }
}

// drawAnyRules draws up to five versions, with stages gone, renamed and turned
// round, and conditions of every kind.
func drawAnyRules(t *rapid.T, h *history.History) (out []*RuleSet) {
	n := rapid.SampledFrom([]int{1, 2, 3, 5}).Draw(t, "versions")
	from := h.First - 5
	for v := range n {
		r := Default()
		r.Version = v + 1
		r.Proof.Order, r.Proof.Low, r.Calibrate = nil, "", Targets{}
		r.Hysteresis.Dates = rapid.IntRange(1, 3).Draw(t, "dates")
		r.Hysteresis.OnPurchase = rapid.Bool().Draw(t, "on purchase")
		r.Hysteresis.Margin = rapid.SampledFrom([]float64{0, 0.1, 0.5, 0.9}).Draw(t, "margin")
		if v > 0 {
			from += perennial.Day(rapid.SampledFrom([]int{0, 1, 3, 7, 20, 60, 150}).Draw(t, "next"))
			f := from
			r.From = &f
		}
		if rapid.Bool().Draw(t, "accepted cycle") {
			r.CycleDays = rapid.Float64Range(5, 60).Draw(t, "cycle")
		}
		m := r.Stage("maturity")
		switch rapid.IntRange(0, 4).Draw(t, "money") {
		case 0:
			m.Rule.MoneyPerDay = &Value{AtLeast: rapid.SampledFrom([]float64{0.01, 0.5, 2}).Draw(t, "least")}
		case 1:
			m.Rule.MoneyPerDay = &Value{Median: rapid.SampledFrom([]float64{0.5, 1, 1.7}).Draw(t, "median")}
			m.Lasts = &Duration{Value: rapid.SampledFrom([]float64{0.5, 1, 3}).Draw(t, "lasts"), Unit: UnitCycle, AtMost: 400}
		case 2:
			m.Rule.MoneyPerDay = &Value{AtLeast: 0.3}
			m.Lasts = &Duration{Value: rapid.SampledFrom([]float64{0.5, 1, 3}).Draw(t, "lasts"), Unit: UnitCycle}
		case 3:
			m.Rule.Any = []Rule{{MoneyPerDay: &Value{Median: 1.2}, NMin: 2}, {MoneyPerDay: &Value{AtLeast: 0.4}, NMin: 4}}
			m.Rule.MoneyPerDay = nil
		}
		if rapid.Bool().Draw(t, "low") {
			m.Rule.NMin = 2
			m.Rule.TenureMin = nil
			r.Stage("decline").Rule.Any[1].FrequencyDrop.NMin = 3
			r.Stage("decline").Rule.Any[1].FrequencyDrop.Level = rapid.SampledFrom([]float64{0.05, 0.3, 0.45}).Draw(t, "level")
			r.Stage("decline").Rule.Any[1].FrequencyDrop.Size = rapid.SampledFrom([]float64{0.1, 0.3, 0.6}).Draw(t, "size")
		}
		if rapid.Bool().Draw(t, "other") {
			r.Stage("exploration").Rule.SilenceAtMost = &Silence{Days: 40}
			r.Stage("decline").Rule.Any = append(r.Stage("decline").Rule.Any, Rule{SilenceAbove: &Silence{Days: 90}, WithoutCycle: true})
		}
		if rapid.IntRange(0, 3).Draw(t, "at most by own") == 0 {
			r.Stage("growth").Rule.SilenceAtMost = &Silence{Ratio: 1.3}
		}
		switch rapid.IntRange(0, 4).Draw(t, "lost") {
		case 0:
			r.Stage("lost").Rule.SilenceAbove = &Silence{Ratio: 2.5}
		case 1:
			r.Stage("lost").Rule.SilenceAbove = &Silence{Days: 70}
		}
		r.Returned.From = rapid.SampledFrom([]perennial.Stage{"lost", "decline", "acquisition"}).Draw(t, "returned")
		// Other stages: some gone, some renamed, the order turned round.
		for _, name := range []perennial.Stage{"exploration", "growth", "maturity"} {
			switch rapid.IntRange(0, 5).Draw(t, "gone") {
			case 0:
				at := slices.IndexFunc(r.Stages, func(s Stage) bool { return s.Name == name })
				r.Stages = slices.Delete(r.Stages, at, at+1)
			case 1:
				r.Stage(name).Name = perennial.Stage(fmt.Sprintf("%s%d", name, rapid.IntRange(0, 2).Draw(t, "name")))
			}
		}
		switch rapid.IntRange(0, 5).Draw(t, "end") {
		case 0: // the last stage is another one
			r.Stages = append(r.Stages[:len(r.Stages)-2], r.Stages[len(r.Stages)-1], r.Stages[len(r.Stages)-2])
		case 1:
			r.Stage("lost").Name = "gone"
			if r.Returned.From == "lost" {
				r.Returned.From = "gone"
			}
		case 2:
			if r.Returned.From != "acquisition" {
				r.Returned.From = "acquisition"
			}
			r.Stages[1].Name = "newcomer"
			r.Returned.From = "newcomer"
		}
		if err := r.Check(); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// A gate on money once took the cursor of another one, of a block with other
// conditions.
func TestSkippingIsExactUnderAnyRules(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := drawAnyHistory(rt)
		o := Options{Rules: drawAnyRules(rt, h), RhythmAt: drawAnyRhythm(rt, h)}
		r, err := Replay(h, o)
		if err != nil {
			rt.Fatal(err)
		}
		fast, slow := newWalker(h, r.p), newWalker(h, r.p)
		for i := range h.Customers {
			a, ok := fast.run(i)
			if !ok {
				continue
			}
			b := slow.everyDate(i)
			if a.stage != b.stage || a.since != b.since || a.returned != b.returned || !slices.Equal(fast.spells, slow.spells) {
				rt.Fatalf("customer %d: versions %d %v, date by date %v", i, len(o.Rules), fast.spells, slow.spells)
			}
		}
	})
}
