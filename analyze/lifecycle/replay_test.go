package lifecycle

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"perennial"
	"perennial/analyze/history"
)

// spells replays and returns the spells of all customers.
func spells(t interface{ Fatal(...any) }, h *history.History, o Options) [][]Spell {
	out := make([][]Spell, h.Len())
	o.Each = func(i int, s []Spell) { out[i] = slices.Clone(s) }
	if _, err := Replay(h, o); err != nil {
		t.Fatal(err)
	}
	return out
}

func days(s []Spell) (out []int) {
	for _, s := range s {
		out = append(out, int(s.From-day0))
	}
	return out
}

func names(s []Spell) (out []perennial.Stage) {
	for _, s := range s {
		out = append(out, s.Stage)
	}
	return out
}

func TestHysteresis(t *testing.T) {
	type step struct {
		day   int
		stage perennial.Stage
	}
	onGrid := func(r *RuleSet) { r.Hysteresis.OnPurchase = false }
	for _, c := range []struct {
		name  string
		asOf  int
		days  []int
		setup func(*RuleSet)
		want  []step
	}{
		// g = 30: S80 at 60 days. Day 63 is past it, not by a tenth (66); day 70 is.
		// S95 at 120: day 126 is past it, not by a tenth (132); day 133 is.
		{"silence", 200, []int{0}, nil, []step{{0, "acquisition"}, {70, "decline"}, {133, "lost"}}},
		{"three dates", 200, []int{0}, func(r *RuleSet) { r.Hysteresis.Dates, r.Hysteresis.Margin = 3, 0.5 },
			[]step{{0, "acquisition"}, {77, "decline"}, {140, "lost"}}},
		{"no hysteresis", 200, []int{0}, func(r *RuleSet) { r.Hysteresis = Hysteresis{Dates: 1} },
			[]step{{0, "acquisition"}, {63, "decline"}, {126, "lost"}}},
		{"held, not passed by the margin", 200, []int{0}, func(r *RuleSet) { r.Hysteresis.Margin = 0.9 },
			[]step{{0, "acquisition"}, {70, "decline"}, {133, "lost"}}},
		{"a purchase in time: no decline", 80, []int{0, 65}, nil, []step{{0, "acquisition"}, {65, "exploration"}}},
		{"on the purchase day", 30, []int{0, 10}, nil, []step{{0, "acquisition"}, {10, "exploration"}}},
		{"on the grid alone", 30, []int{0, 10}, onGrid, []step{{0, "acquisition"}, {14, "exploration"}}},
		// Tenure 60 is reached on the grid at 63, not by a tenth (66); at 70 it is.
		{"growth", 80, []int{0, 20, 40, 62}, nil, []step{{0, "acquisition"}, {20, "exploration"}, {70, "growth"}}},
		{"back from lost", 210, []int{0, 200}, nil,
			[]step{{0, "acquisition"}, {70, "decline"}, {133, "lost"}, {200, "exploration"}}},
		{"back from lost on the grid", 210, []int{0, 200}, onGrid,
			[]step{{0, "acquisition"}, {70, "decline"}, {133, "lost"}, {203, "exploration"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rules := Default()
			if c.setup != nil {
				c.setup(rules)
			}
			got := spells(t, build(c.asOf, c.days), Options{Rules: []*RuleSet{rules}, RhythmAt: Constant(monthly)})[0]
			var steps []step
			for _, s := range got {
				steps = append(steps, step{int(s.From - day0), s.Stage})
			}
			if !reflect.DeepEqual(steps, c.want) {
				t.Errorf("stages %v, want %v", steps, c.want)
			}
			if last := got[len(got)-1].To; last != day0+perennial.Day(c.asOf)+1 {
				t.Errorf("the last spell ends %s", last)
			}
		})
	}
}

func TestReturnedMarker(t *testing.T) {
	for _, c := range []struct {
		asOf int
		want bool
	}{{199, false}, {200, true}, {229, true}, {230, false}} {
		h := build(c.asOf, []int{0, 200})
		r, err := Replay(h, Options{RhythmAt: Constant(monthly)})
		if err != nil {
			t.Fatal(err)
		}
		if r.Returned(0) != c.want {
			t.Errorf("day %d: returned %v", c.asOf, r.Returned(0))
		}
	}
}

func TestVersions(t *testing.T) {
	// The second version comes into force on day 50 and renames growth, which is
	// then a stage of the past.
	next := Default()
	next.Version = 2
	from := day0 + 50
	next.From = &from
	for i := range next.Stages {
		if next.Stages[i].Name == "exploration" {
			next.Stages[i].Name = "regular"
		}
	}
	next.Proof.Order, next.Calibrate = nil, Targets{}
	h := build(60, []int{0, 10, 50})
	o := Options{Rules: []*RuleSet{Default(), next}, RhythmAt: Constant(monthly)}
	got := spells(t, h, o)[0]
	if want := []perennial.Stage{"acquisition", "exploration", "regular"}; !slices.Equal(names(got), want) || !slices.Equal(days(got), []int{0, 10, 50}) {
		t.Errorf("%v %v", names(got), days(got))
	}
	// Asked for a day before, the version of that day counts.
	o.AsOf = day0 + 49
	if got := spells(t, h, o)[0]; got[len(got)-1].Stage != "exploration" {
		t.Errorf("%v", names(got))
	}
}

// New rules hold for everybody from the day on which they come into force, whatever
// day of the week their own grid is on, and for nobody before.
func TestNewRulesHoldForAllAtOnce(t *testing.T) {
	var customers [][]int
	for i := range 14 {
		customers = append(customers, []int{i, i + 20})
	}
	next := Default()
	next.Version = 2
	next.Stage("lost").Rule.SilenceAbove = &Silence{Ratio: 0.2}
	from := day0 + 60
	next.From = &from
	for _, onPurchase := range []bool{true, false} {
		before := Default()
		before.Hysteresis.OnPurchase, next.Hysteresis.OnPurchase = onPurchase, onPurchase
		r, err := Replay(build(60, customers...), Options{Rules: []*RuleSet{before, next}, RhythmAt: Constant(monthly)})
		if err != nil {
			t.Fatal(err)
		}
		was := r.StagesOn(from - 1)
		for i := range customers {
			if was[i] == "lost" || r.Stage(i) != "lost" || r.Since(i) != from {
				t.Errorf("on purchase %v: customer %d was %s and is %s since %s", onPurchase, i, was[i], r.Stage(i), r.Since(i))
			}
		}
	}
}

// drawHistory draws up to 12 customers over up to 500 days.
func drawHistory(t *rapid.T) *history.History {
	var b history.Builder
	n := rapid.IntRange(1, 12).Draw(t, "customers")
	end := rapid.IntRange(30, 500).Draw(t, "end")
	for i := range n {
		d := rapid.IntRange(0, end).Draw(t, "first")
		gap := rapid.IntRange(1, 90).Draw(t, "gap")
		for k := 0; d <= end && k < 60; k++ {
			m := perennial.Money(rapid.IntRange(0, 5000).Draw(t, "money"))
			b.Add(perennial.CustomerKey(i+1), day0+perennial.Day(d), 1, m, m)
			d += 1 + rapid.IntRange(0, gap).Draw(t, "more")
			if rapid.IntRange(0, 9).Draw(t, "pause") == 0 {
				d += 200
			}
		}
	}
	return b.History("CNY", perennial.MoneyNet, day0+perennial.Day(end))
}

// drawRhythm draws a rhythm that moves from day to day and is not always known.
func drawRhythm(t *rapid.T) RhythmAt {
	c := rapid.Float64Range(8, 90).Draw(t, "cycle")
	step := rapid.IntRange(1, 40).Draw(t, "step")
	swing := rapid.Float64Range(0, 0.3).Draw(t, "swing")
	from := day0 + perennial.Day(rapid.IntRange(-10, 120).Draw(t, "identified from"))
	return func(d perennial.Day) Rhythm {
		if d < from {
			return Rhythm{}
		}
		f := 1 + swing*float64(int(d)/step%5-2)/2
		return Rhythm{Identified: true, CycleDays: c * f, S80: 2 * f, S95: 3.5}
	}
}

func drawRules(t *rapid.T) []*RuleSet {
	a := Default()
	a.Hysteresis.Dates = rapid.IntRange(1, 3).Draw(t, "dates")
	a.Hysteresis.OnPurchase = rapid.Bool().Draw(t, "on purchase")
	if rapid.Bool().Draw(t, "low n_min") {
		a.Stage("maturity").Rule.NMin = 2
		a.Stage("decline").Rule.Any[1].FrequencyDrop.NMin = 3
	}
	if rapid.Bool().Draw(t, "one version") {
		return []*RuleSet{a}
	}
	b := a.Clone()
	b.Version = 2
	from := day0 + perennial.Day(rapid.IntRange(1, 400).Draw(t, "in force"))
	b.From = &from
	b.Stage("lost").Rule.SilenceAbove = &Silence{Ratio: 2.5}
	b.Stages = slices.Delete(b.Stages, 3, 4)
	b.Proof.Order = nil
	return []*RuleSet{a, b}
}

// A stage on a past day is the same whenever it is asked: replaying on to a
// later day, with data that came later, changes nothing before.
func TestPastNeverChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		o := Options{Rules: drawRules(t), RhythmAt: drawRhythm(t)}
		late, err := Replay(h, o)
		if err != nil {
			t.Fatal(err)
		}
		d := h.First + perennial.Day(rapid.IntRange(0, int(h.AsOf-h.First)).Draw(t, "asked"))
		asked := late.StagesOn(d)
		early, err := Replay(h.Until(d), o)
		if err != nil {
			t.Fatal(err)
		}
		k := 0
		for i := range h.Customers {
			want := perennial.Stage("")
			if h.Days(i)[0] <= d {
				want = early.Stage(k)
				k++
			}
			if asked[i] != want {
				t.Fatalf("customer %d on %s: asked later %q, then %q", i, d, asked[i], want)
			}
		}
	})
}

// Skipping dates on which nothing can change changes nothing.
func TestSkippingIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		o := Options{Rules: drawRules(t), RhythmAt: drawRhythm(t)}
		r, err := Replay(h, o)
		if err != nil {
			t.Fatal(err)
		}
		fast, slow := newWalker(h, r.p), newWalker(h, r.p)
		for i := range h.Customers {
			a, _ := fast.run(i)
			b := slow.everyDate(i)
			if a.stage != b.stage || a.since != b.since || a.returned != b.returned || !slices.Equal(fast.spells, slow.spells) {
				t.Fatalf("customer %d: %v, date by date %v", i, fast.spells, slow.spells)
			}
		}
	})
}

// everyDate is run without skipping.
func (w *walker) everyDate(i int) outcome {
	w.run(i) // fills the prefix sums
	w.seen, w.stage, w.previous, w.masks, w.returned, w.blk = 0, -1, none, [2]uint16{}, history.NoDay, nil
	w.spells = w.spells[:0]
	for d := w.first; d <= w.p.end; d = w.next(d, false) {
		w.enter(d)
		onGrid := (d-w.first)%7 == 0
		if onGrid {
			w.onPurchase = w.p.versions[w.blk.version].rules.Hysteresis.OnPurchase
		}
		mask := w.judge(d)
		w.decide(d, onGrid)
		if onGrid {
			w.masks[1], w.masks[0] = w.masks[0], mask
		}
	}
	last := len(w.spells) - 1
	w.spells[last].to = w.p.end + 1
	return outcome{stage: w.spells[last].stage, since: w.since, returned: w.returned}
}

// The tallies agree with the spells: counts, flows, cycles, proof.
func TestTalliesAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		o := Options{Rules: drawRules(t), RhythmAt: drawRhythm(t)}
		all := make([][]Spell, h.Len())
		o.Each = func(i int, s []Spell) { all[i] = slices.Clone(s) }
		r, err := Replay(h, o)
		if err != nil {
			t.Fatal(err)
		}
		on := func(i int, d perennial.Day) perennial.Stage {
			for _, s := range all[i] {
				if s.From <= d && d < s.To {
					return s.Stage
				}
			}
			return StageNew
		}
		w := r.Weekly()
		for k, d := range w.Days {
			for _, s := range w.Stages {
				n := 0
				for i := range all {
					if on(i, d) == s.Stage {
						n++
					}
				}
				if s.Customers[k] != n {
					t.Fatalf("%s on %s: %d customers, by spells %d", s.Stage, d, s.Customers[k], n)
				}
			}
		}
		check := func(tr *Transitions) {
			want := map[[2]perennial.Stage]int{}
			for i := range all {
				if to := on(i, tr.ToDay); to != StageNew {
					want[[2]perennial.Stage{on(i, tr.FromDay), to}]++
				}
			}
			for a, from := range tr.From {
				for b, to := range tr.To {
					if tr.Counts[a][b] != want[[2]perennial.Stage{from, to}] {
						t.Fatalf("%s → %s: %d", from, to, tr.Counts[a][b])
					}
				}
			}
		}
		if f := r.Flow(); f != nil {
			check(f)
			check(r.Between(f.FromDay, f.ToDay))
		}
		for _, c := range r.Cycles() {
			check(&c)
		}
	})
}
