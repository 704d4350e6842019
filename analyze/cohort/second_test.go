package cohort

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/historytest"
)

// Cohorts of Online Retail as the README of the data gives them.
func TestCohortsOnlineRetail(t *testing.T) {
	cohorts := Cohorts(historytest.OnlineRetail(t), 66)
	if len(cohorts) != 13 {
		t.Fatalf("%d cohorts", len(cohorts))
	}
	for _, want := range []struct {
		month     string
		retention []int
	}{
		{"2010-12", []int{885, 324, 286, 340, 321, 352, 321, 309, 313, 350, 331, 445, 235}},
		{"2011-06", []int{242, 42, 38, 64, 56, 81, 23}},
	} {
		i := slices.IndexFunc(cohorts, func(c Cohort) bool { return c.Month.String() == want.month })
		c := cohorts[i]
		if !slices.Equal(c.Retention, want.retention) || c.Size != want.retention[0] {
			t.Errorf("%s: %v", want.month, c.Retention)
		}
		if c.OpenFrom == nil || *c.OpenFrom != len(want.retention)-1 {
			t.Errorf("%s: open from %v", want.month, c.OpenFrom)
		}
	}
	if cohorts[0].KnownNew != 0 || cohorts[12].KnownNew != cohorts[12].Size {
		t.Errorf("known new: %d of %d, %d of %d", cohorts[0].KnownNew, cohorts[0].Size, cohorts[12].KnownNew, cohorts[12].Size)
	}
}

// At the end of a month nothing is open; months without a first purchase are
// left out.
func TestCohortsClosed(t *testing.T) {
	jan, mar := perennial.DayOf(2026, time.January, 31), perennial.DayOf(2026, time.March, 1)
	c := Cohorts(build(perennial.DayOf(2026, time.April, 30), []perennial.Day{jan, mar, mar + 1}, []perennial.Day{mar}), 0)
	if len(c) != 2 || c[0].OpenFrom != nil || !slices.Equal(c[0].Retention, []int{1, 0, 1, 0}) || !slices.Equal(c[1].Retention, []int{1, 0}) {
		t.Errorf("%+v", c)
	}
}

// simulate makes customers whose second purchase comes with a constant hazard;
// category "fast" has ratio times that of "slow".
func simulate(n int, hazard, ratio float64) *history.History {
	rng := rand.New(rand.NewPCG(1, 2))
	var customers [][]perennial.Day
	var opening []history.Opening
	for i := range n {
		first := perennial.Day(rng.IntN(400))
		rate := hazard
		if i%2 == 0 {
			rate *= ratio
		}
		days := []perennial.Day{first}
		if second := first + 1 + perennial.Day(rng.ExpFloat64()/rate); second <= 600 {
			days = append(days, second)
		}
		customers = append(customers, days)
		opening = append(opening, history.Opening{Category: int16(i % 2), Channel: -1, Promoted: i%3 == 0})
	}
	h := build(600, customers...)
	h.Categories, h.Opening = []string{"fast", "slow"}, opening
	return h
}

// A known hazard ratio is found, the groups that do not differ are not made to.
func TestGroups(t *testing.T) {
	h := simulate(6000, 0.004, 1.6)
	s := MeasureSecond(h, 30, Options{Replicates: 20})
	if len(s.Groups) != 2 || s.Groups[0].Dimension != "category" || s.Groups[1].Dimension != "promoted" {
		t.Fatalf("groups %+v", s.Groups)
	}
	fast := s.Groups[0].Groups[slices.IndexFunc(s.Groups[0].Groups, func(g Group) bool { return g.Name == "fast" })]
	if *fast.HazardRatioInterval == (Interval{}) || fast.HazardRatioInterval.Low > 1.6 || fast.HazardRatioInterval.High < 1.6 {
		t.Errorf("hazard ratio %v in %v, true 1.6", *fast.HazardRatio, *fast.HazardRatioInterval)
	}
	near(t, "sooner", *fast.Sooner, 1-1/1.6, 0.08)
	if fast.Statement == nil || *fast.PAdjusted > 1e-6 {
		t.Errorf("no statement: %+v", fast)
	} else {
		t.Log(fast.Statement.ZH, fast.Statement.EN)
	}
	if promoted := s.Groups[1].Groups[0]; promoted.Statement != nil || *promoted.PAdjusted < 0.05 {
		t.Errorf("promotion makes no difference here: %+v", promoted)
	}
	if promoted := s.Groups[1].Groups; *promoted[0].PAdjusted != *promoted[1].PAdjusted {
		t.Errorf("one test, two values: %v, %v", *promoted[0].PAdjusted, *promoted[1].PAdjusted)
	}
	// 1 − S(t) of the two groups together is the mixture of two exponentials;
	// whole days round a purchase up.
	want := 1 - (math.Exp(-0.004*90)+math.Exp(-0.0064*90))/2
	near(t, "second order by day 90", *s.SecondOrder.D90, want, 0.02)
	if band := s.SecondOrderBand.D90; want < band.Low || want > band.High {
		t.Errorf("true %v outside %v", want, *band)
	}
	if s.GoldenWindow != nil && s.Golden.FoundShare > 0.5 {
		t.Errorf("a constant hazard has no golden window: %+v", *s.GoldenWindow)
	}
	if r := MeasureRhythm(h, Options{Replicates: -1}); len(r.ByCategory) != 2 {
		t.Errorf("by category: %+v", r.ByCategory)
	}
}

// A burst of returns between days 20 and 40 is found as the golden window.
func TestGoldenWindow(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var customers [][]perennial.Day
	for i := range 5000 {
		first := perennial.Day(i % 300)
		days := []perennial.Day{first}
		for d := 1; d <= 300; d++ {
			rate := 0.002
			if d >= 20 && d <= 40 {
				rate = 0.012
			}
			if rng.Float64() < rate {
				days = append(days, first+perennial.Day(d))
				break
			}
		}
		customers = append(customers, days)
	}
	s := MeasureSecond(build(700, customers...), 10, Options{Seed: 1})
	w := s.GoldenWindow
	if w == nil || w.Start < 8 || w.Start > 20 || w.End < 40 || w.End > 52 {
		t.Fatalf("window %+v, burst on days 20–40", w)
	}
	if s.Golden.FoundShare != 1 || w.StartInterval == nil || w.EndInterval == nil {
		t.Errorf("%+v", s.Golden)
	}
	near(t, "long-run level", s.Golden.LongRunLevel, 0.002, 0.0005)
}

// What the data cannot say yet is absent: after 50 days nobody was watched for
// 60.
func TestSecondOrderNotYet(t *testing.T) {
	var customers [][]perennial.Day
	for i := range 60 {
		days := []perennial.Day{0}
		if i%3 == 0 {
			days = append(days, perennial.Day(5+i/3))
		}
		customers = append(customers, days)
	}
	s := MeasureSecond(build(50, customers...), 0, Options{Replicates: -1})
	if s.SecondOrder.D30 == nil || s.SecondOrder.D60 != nil || s.SecondOrder.D180 != nil || s.HalfDay != nil {
		t.Errorf("%+v", s.SecondOrder)
	}
	near(t, "by day 30", *s.SecondOrder.D30, 20.0/60, 1e-12)
}

// Customers first seen in the first two cycles are left out, unless a join day
// says when they came.
func TestKnownNewOnly(t *testing.T) {
	var customers [][]perennial.Day
	for i := range 100 {
		customers = append(customers, []perennial.Day{perennial.Day(i)})
	}
	h := build(400, customers...)
	s := MeasureSecond(h, 25, Options{Replicates: -1})
	if s.NewCustomers != 50 || s.NotKnownNew != 50 || s.EveryoneUsed || len(s.SecondNotes) == 0 {
		t.Errorf("%d new, %d not known, %v", s.NewCustomers, s.NotKnownNew, s.EveryoneUsed)
	}
	h.Joined = make([]perennial.Day, h.Len())
	for i := range h.Joined {
		h.Joined[i] = history.NoDay
	}
	h.Joined[0] = 0
	if s := MeasureSecond(h, 25, Options{Replicates: -1}); s.NewCustomers != 51 {
		t.Errorf("%d new with one join day", s.NewCustomers)
	}
}

func BenchmarkAnalyze(b *testing.B) {
	const customers, purchases = 1_000_000, 10
	rng := rand.New(rand.NewPCG(5, 6))
	h := &history.History{Currency: "CNY", AsOf: 1000, Offset: []int{0}}
	for i := range customers {
		h.Customers = append(h.Customers, perennial.CustomerKey(i+1))
		d := perennial.Day(rng.IntN(600))
		for range purchases {
			if d > h.AsOf {
				break
			}
			h.Day = append(h.Day, d)
			d += 1 + perennial.Day(rng.ExpFloat64()*30)
		}
		h.Offset = append(h.Offset, len(h.Day))
		h.Opening = append(h.Opening, history.Opening{Category: int16(i % 40), Channel: int16(i % 4), Promoted: i%5 == 0})
	}
	for i := range 40 {
		h.Categories = append(h.Categories, fmt.Sprint(i))
	}
	h.Channels = h.Categories[:4]
	for _, part := range []struct {
		name string
		run  func()
	}{
		{"rhythm", func() { MeasureRhythm(h, Options{}) }},
		{"second", func() { MeasureSecond(h, 30, Options{}) }},
		{"silence", func() { MeasureSilence(h, 30) }},
		{"cohorts", func() { Cohorts(h, 30) }},
	} {
		b.Run(part.name, func(b *testing.B) {
			for b.Loop() {
				part.run()
			}
		})
	}
}
