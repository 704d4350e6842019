package cohort

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/historytest"
)

func day(p *int) int {
	if p == nil {
		return -1
	}
	return *p
}

func analyzed(tb testing.TB, h *history.History, opt Options) Result {
	tb.Helper()
	r, err := Analyze(tb.Context(), h, Kernels(h), opt)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// Figures of definitions.md §4 for the two real files, purchases gross.
func TestRealFiles(t *testing.T) {
	for _, f := range []struct {
		name        string
		load        func(testing.TB) *history.History
		c, p80, p90 int
		share       float64
		window      *[2]int
		half        int
		everyone    bool
		size        int
	}{
		{name: "CDNOW", load: historytest.CDNOW, c: 54, p80: 166, p90: 248, share: .33, window: &[2]int{1, 89}, half: 35, everyone: true, size: 2357},
		{name: "Online Retail", load: historytest.OnlineRetail, c: 66, p80: 159, p90: 223, share: .65, half: 59, size: 4338},
	} {
		t.Run(f.name, func(t *testing.T) {
			h := f.load(t)
			r := analyzed(t, h, Options{Seed: 1}).Repurchase
			if !r.Identified || h.Len() != f.size || r.EveryoneUsed != f.everyone {
				t.Fatalf("identified %v, %d customers, everyone %v", r.Identified, h.Len(), r.EveryoneUsed)
			}
			if got := [4]int{day(r.CycleDays), day(r.GapP50), day(r.GapP80), day(r.GapP90)}; got != [4]int{f.c, f.c, f.p80, f.p90} {
				t.Errorf("c, P50, P80, P90 = %v", got)
			}
			near(t, "return share", r.ReturnShare, f.share, .005)
			if got := day(r.HalfDay); got != f.half {
				t.Errorf("half day = %d, want %d", got, f.half)
			}
			switch {
			case f.window == nil && r.GoldenWindow != nil:
				t.Errorf("golden window %+v, want none", *r.GoldenWindow)
			case f.window != nil && (r.GoldenWindow == nil || r.GoldenWindow.Start != f.window[0] || r.GoldenWindow.End != f.window[1]):
				t.Errorf("golden window %+v, want %v", r.GoldenWindow, *f.window)
			}
			for _, iv := range []*Interval{r.GapP50Interval, r.GapP80Interval, r.GapP90Interval, r.ReturnShareInterval, r.HalfDayInterval} {
				if iv == nil || iv.Low > iv.High {
					t.Errorf("interval %v", iv)
				}
			}
			if iv := r.GapP50Interval; iv != nil && (float64(f.c) < iv.Low || float64(f.c) > iv.High) {
				t.Errorf("c %d outside its interval %v", f.c, *iv)
			}
			if r.S80 == nil || *r.S80 <= 1 || *r.S95 <= *r.S80 {
				t.Errorf("S80, S95 = %v, %v", r.S80, r.S95)
			}
			if c, ok := CycleAt(h, h.AsOf); !ok || c != r.Cycle() {
				t.Errorf("CycleAt = %v, %v", c, ok)
			}
			half := h.AsOf - 120
			was := MeasureRhythm(h.Until(half), Options{Replicates: -1})
			if c, _ := CycleAt(h, half); c != was.Cycle() {
				t.Errorf("CycleAt(%v) = %v, of the history until then %v", half, c, was.Cycle())
			}
			then := MeasureSilence(h.Until(half), 40)
			if s := SilenceAt(h, 40, half); *s.S80 != *then.S80 || *s.S95 != *then.S95 {
				t.Errorf("SilenceAt differs from MeasureSilence of the history until then")
			}
			if _, err := json.Marshal(r); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestSeed(t *testing.T) {
	h := historytest.CDNOW(t)
	a, b := analyzed(t, h, Options{Seed: 7}), analyzed(t, h, Options{Seed: 7})
	if !reflect.DeepEqual(a, b) {
		t.Error("one seed gave two results")
	}
	c := analyzed(t, h, Options{Seed: 8})
	if reflect.DeepEqual(a.Repurchase.GapP80Interval, c.Repurchase.GapP80Interval) &&
		reflect.DeepEqual(a.Repurchase.ReturnShareInterval, c.Repurchase.ReturnShareInterval) {
		t.Error("the seed changes nothing")
	}
	if r := analyzed(t, h, Options{Replicates: -1}); r.Repurchase.GapP50Interval != nil {
		t.Error("an interval without replicates")
	}
}

// build makes a history of purchase days per customer; each day one order of one
// major unit.
func build(asOf perennial.Day, customers ...[]perennial.Day) *history.History {
	var b history.Builder
	for i, days := range customers {
		for _, d := range days {
			b.Add(perennial.CustomerKey(i+1), d, 1, 100, 100)
		}
	}
	return b.History("CNY", perennial.MoneyNet, asOf)
}

func TestEdges(t *testing.T) {
	repeat := func(n int, days ...perennial.Day) [][]perennial.Day {
		out := make([][]perennial.Day, n)
		for i := range out {
			out[i] = days
		}
		return out
	}
	for name, h := range map[string]*history.History{
		"empty":             build(100),
		"empty, long ago":   build(-5000),
		"one on the day":    build(100, []perennial.Day{100}),
		"one twice":         build(100, []perennial.Day{10, 20}),
		"never again":       build(400, repeat(50, 10)...),
		"all equal":         build(400, repeat(50, 10, 40, 70)...),
		"durables":          build(3000, repeat(50, 10, 310, 610, 910)...),
		"daily to the end":  build(12, repeat(50, 10, 11, 12)...),
		"few of many years": build(20000, []perennial.Day{-20000, 100}, []perennial.Day{5}),
	} {
		t.Run(name, func(t *testing.T) {
			r := analyzed(t, h, Options{Replicates: 20})
			if _, err := json.Marshal(r); err != nil {
				t.Fatal(err)
			}
			switch p := r.Repurchase; name {
			case "never again", "empty", "empty, long ago", "one on the day":
				if p.Identified || p.CycleDays != nil || len(p.RhythmNotes) != 1 || p.S80 != nil || p.Own != nil {
					t.Errorf("%+v", p.Rhythm)
				}
			case "durables":
				if p.Identified || day(p.GapP50) != 300 || len(p.RhythmNotes) != 1 {
					t.Errorf("%+v", p.Rhythm)
				}
			case "all equal":
				if !p.Identified || *p.CycleDays != 30 || p.Own[0] != 30 || p.Ratio[0] != 11 {
					t.Errorf("%+v", p.Rhythm)
				}
			}
		})
	}
}

// A return share just under 20 % is not identified, just over it is.
func TestIdentifiedByShare(t *testing.T) {
	for _, c := range []struct {
		returning int
		want      bool
	}{{19, false}, {21, true}} {
		var customers [][]perennial.Day
		for i := range 100 {
			days := []perennial.Day{0}
			if i < c.returning {
				// The last gap is censored beyond the horizon, so that the customer
				// weighs one half on its return.
				days = []perennial.Day{0, 50}
			}
			customers = append(customers, days)
		}
		r := MeasureRhythm(build(1000, customers...), Options{Replicates: -1})
		if want := float64(c.returning) / 200; math.Abs(r.ReturnShare-want) > 1e-12 {
			t.Errorf("return share %v, want %v: a customer weighs one in all", r.ReturnShare, want)
		}
		if r.Identified {
			t.Error("identified at half the share")
		}
	}
	var customers [][]perennial.Day
	for i := range 100 {
		if i < 45 {
			customers = append(customers, []perennial.Day{0, 50})
		} else {
			customers = append(customers, []perennial.Day{0})
		}
	}
	if r := MeasureRhythm(build(1000, customers...), Options{Replicates: -1}); !r.Identified || *r.CycleDays != 50 {
		t.Errorf("22.5 %% return: %+v", r)
	}
}

func drawHistory(t *rapid.T) *history.History {
	var customers [][]perennial.Day
	for range rapid.IntRange(1, 30).Draw(t, "customers") {
		var days []perennial.Day
		d := perennial.Day(rapid.IntRange(0, 300).Draw(t, "first"))
		for range rapid.IntRange(1, 6).Draw(t, "purchases") {
			days = append(days, d)
			d += perennial.Day(rapid.IntRange(1, 500).Draw(t, "gap"))
		}
		days = slices.DeleteFunc(days, func(d perennial.Day) bool { return d > 900 })
		customers = append(customers, days)
	}
	return build(900, customers...)
}

// The rhythm agrees with the definition computed on single gaps, and does not
// change when every customer is there twice.
func TestRhythmProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		r := MeasureRhythm(h, Options{Replicates: -1})

		var time, weight []float64
		var event []bool
		for i := range h.Customers {
			days := h.Days(i)
			for j := range days {
				end, seen := h.AsOf, false
				if j+1 < len(days) {
					end, seen = days[j+1], true
				}
				time = append(time, float64(end-days[j]))
				event = append(event, seen)
				weight = append(weight, 1/float64(len(days)))
			}
		}
		table, _ := Tabulate(time, event, weight)
		c := KaplanMeier(table, 0.95)
		horizon := 0
		for d := range Horizon + 1 {
			var risk float64
			for i, x := range time {
				if x >= float64(d) {
					risk += weight[i]
				}
			}
			if risk >= 0.05*float64(h.Len())*(1-1e-12) {
				horizon = d
			}
		}
		if horizon != r.HorizonDays {
			t.Fatalf("H = %d, by definition %d", r.HorizonDays, horizon)
		}
		share := 1 - c.At(float64(horizon))
		if math.Abs(share-r.ReturnShare) > 1e-9 {
			t.Fatalf("return share %v, by definition %v", r.ReturnShare, share)
		}
		if share > 0 {
			for d := range Horizon + 1 {
				if 1-c.At(float64(d)) >= 0.8*share-1e-9 {
					if d != *r.GapP80 {
						t.Fatalf("P80 = %d, by definition %d", *r.GapP80, d)
					}
					break
				}
			}
		}

		var b history.Builder
		for i := range h.Customers {
			for _, d := range h.Days(i) {
				b.Add(h.Customers[i], d, 1, 100, 100)
				b.Add(h.Customers[i]+1000, d, 3, 900, 900)
			}
		}
		twice := MeasureRhythm(b.History("CNY", perennial.MoneyNet, h.AsOf), Options{Replicates: -1})
		if twice.HorizonDays != r.HorizonDays || day(twice.GapP50) != day(r.GapP50) || math.Abs(twice.ReturnShare-r.ReturnShare) > 1e-9 {
			t.Fatalf("everybody twice: %+v, once %+v", twice, r)
		}
	})
}

// S80 and the columns agree with the definition within the width of a cell.
func TestSilenceNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		const c = 45.0
		s := MeasureSilence(h, c)
		var ratio, weight []float64
		var event []bool
		for i := range h.Customers {
			days := h.Days(i)
			g, sum := c, 0.0
			for j := range days {
				end, seen := h.AsOf, j+1 < len(days)
				if seen {
					end = days[j+1]
				}
				gap := float64(end - days[j])
				// What falls into one cell happens at once, by definition of the cells.
				ratio = append(ratio, float64(RatioCell(gap/g)))
				event = append(event, seen)
				weight = append(weight, 1/float64(len(days)))
				if !seen {
					if math.Abs(s.Own[i]-g) > 1e-9 || math.Abs(s.Ratio[i]-gap/g) > 1e-9 {
						t.Fatalf("customer %d: g %v s %v, by definition %v %v", i, s.Own[i], s.Ratio[i], g, gap/g)
					}
				}
				sum += gap
				g = (2*c + sum) / float64(2+j+1)
			}
		}
		table, _ := Tabulate(ratio, event, weight)
		curve := KaplanMeier(table, 0.95)
		var reached float64
		for j, risk := range curve.AtRisk {
			if risk >= 0.05*float64(h.Len())-1e-9 {
				reached = 1 - curve.S[j]
			}
		}
		if reached == 0 {
			return
		}
		for j, v := range curve.S {
			if 1-v >= 0.8*reached*(1-1e-12) {
				if want := ratioOf(int(curve.Time[j])); math.Abs(*s.S80-want) > 1e-12*want {
					t.Fatalf("S80 = %v, by definition %v", *s.S80, want)
				}
				break
			}
		}
	})
}

func TestLine(t *testing.T) {
	value := make([]float64, Horizon+1)
	for to := range Horizon + 1 {
		l := line(value, nil, nil, 0, to)
		if len(l.Day) > chartPoints || len(l.Day) != len(l.Value) || l.Day[0] != 0 || l.Day[len(l.Day)-1] != to {
			t.Fatalf("to %d: %d points, the last at %d", to, len(l.Day), l.Day[len(l.Day)-1])
		}
	}
}

func TestCountQuartiles(t *testing.T) {
	// 1, 2, 2, 5: type 7 gives 1.75, 2, 2.75 (R: quantile(c(1,2,2,5))).
	if got := countQuartiles([]int64{0, 1, 2, 0, 0, 1}); !slices.Equal(got, []float64{1.75, 2, 2.75}) {
		t.Errorf("quartiles %v", got)
	}
	if got := countQuartiles([]int64{0, 0}); len(got) != 0 {
		t.Errorf("quartiles of nothing: %v", got)
	}
}
