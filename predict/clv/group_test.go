package clv

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"perennial"
	"perennial/analyze/history"
)

// drawRows draws customers, many of them alike.
func drawRows(t *rapid.T) (x, tx, T []int32) {
	for range rapid.IntRange(1, 40).Draw(t, "customers") {
		age := rapid.Int32Range(0, 12).Draw(t, "T")
		n := rapid.Int32Range(0, min(age, 3)).Draw(t, "x")
		last := int32(0)
		if n > 0 {
			last = rapid.Int32Range(n, age).Draw(t, "t_x")
		}
		x, tx, T = append(x, n), append(tx, last), append(T, age)
	}
	return x, tx, T
}

func TestGroupingKeepsTheLikelihood(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, tx, T := drawRows(t)
		g, err := Group(x, tx, T)
		if err != nil {
			t.Fatal(err)
		}
		var plain Groups
		for i := range x {
			row := g.Triples[g.Of[i]]
			if row.X != x[i] || row.Recency != float64(tx[i]) || row.Age != float64(T[i]) {
				t.Fatalf("customer %d (%d, %d, %d) is in %+v", i, x[i], tx[i], T[i], row)
			}
			plain.Triples = append(plain.Triples, Triple{x[i], float64(tx[i]), float64(T[i]), 1})
			plain.Of = append(plain.Of, int32(i))
		}
		plain.sortByMeans()
		for _, family := range []Family{BGNBD, MBGNBD} {
			m := BetaGeometric{family, 0.7, 5, 0.4, 1.3}
			var a, b [4]float64
			grouped, alone := newLikelihood(g).at(m, true, &a), newLikelihood(&plain).at(m, true, &b)
			if math.Abs(grouped-alone) > 1e-9*(1+math.Abs(alone)) {
				t.Fatalf("%s: log-likelihood %v grouped, %v ungrouped", family, grouped, alone)
			}
			for i := range a {
				if math.Abs(a[i]-b[i]) > 1e-9*(1+math.Abs(b[i])) {
					t.Fatalf("%s: gradient %v grouped, %v ungrouped", family, a, b)
				}
			}
		}
	})
}

func TestReduced(t *testing.T) {
	truth := BetaGeometric{MBGNBD, 1, 60, 0.7, 2.5}
	in := simulate(truth, 40_000, 730, 4)
	g, err := Group(in.Frequency, in.Recency, in.Age)
	if err != nil {
		t.Fatal(err)
	}
	if same := g.Reduced(len(g.Triples)); same != g {
		t.Error("binned below the limit")
	}
	limit := len(g.Triples) / 4
	binned := g.Reduced(limit)
	if len(binned.Triples) > limit || binned.BinWidth == 0 || g.BinWidth != 0 {
		t.Fatalf("%d triples in bins of %v, limit %d", len(binned.Triples), binned.BinWidth, limit)
	}
	a, b := g.totals(), binned.totals()
	near(t, "customers", b.customers, a.customers, 0)
	near(t, "repeats", b.repeats, a.repeats, 0)
	near(t, "age", b.age, a.age, 1e-6*a.age)
	for i, k := range binned.Of {
		if row := binned.Triples[k]; row.X != in.Frequency[i] || math.Abs(row.Age-float64(in.Age[i])) > binned.BinWidth*(float64(in.Age[i])+a.age/a.repeats) {
			t.Fatalf("customer %d (%d, T %d) is in %+v", i, in.Frequency[i], in.Age[i], row)
		}
	}
	exact, reason := FitBetaGeometric(MBGNBD, g, UnitDay)
	if reason != nil {
		t.Fatal(reason)
	}
	coarse, reason := FitBetaGeometric(MBGNBD, binned, UnitDay)
	if reason != nil {
		t.Fatal(reason)
	}
	near(t, "r", coarse.R, exact.R, 0.25*exact.StandardErrors.R)
	near(t, "alpha", coarse.Alpha, exact.Alpha, 0.25*exact.StandardErrors.Alpha)
	near(t, "a", coarse.A, exact.A, 0.25*exact.StandardErrors.A)
	near(t, "b", coarse.B, exact.B, 0.25*exact.StandardErrors.B)

	r, err := Fit(in, Options{MaxDistinct: limit})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Grouping.Binned || r.Grouping.Distinct != len(g.Triples) || r.Notes[0].Code != "clv.binned" {
		t.Errorf("grouping %+v, notes %v", r.Grouping, r.Notes)
	}
	if i := r.ExpectedOrdersInterval.Days365; !(i.Low < r.ExpectedOrders.Days365 && r.ExpectedOrders.Days365 < i.High) {
		t.Errorf("%v outside %v", r.ExpectedOrders.Days365, i)
	}
	// Nothing but distinct x is left in the end, and that must not run for ever.
	if one := g.Reduced(1); len(one.Triples) == 0 {
		t.Error("no triple left")
	}
}

// Time in other units and a base of three equal shops change nothing.
func TestScaleInvariance(t *testing.T) {
	in := simulate(BetaGeometric{MBGNBD, 0.9, 30, 0.7, 2}, 3000, 300, 8)
	g, err := Group(in.Frequency, in.Recency, in.Age)
	if err != nil {
		t.Fatal(err)
	}
	fit := func(g *Groups, unit Unit) *FittedBG {
		f, reason := FitBetaGeometric(MBGNBD, g, unit)
		if reason != nil {
			t.Fatal(reason)
		}
		return f
	}
	day, week := fit(g, UnitDay), fit(g, UnitWeek)
	near(t, "alpha", day.Alpha, 7*week.Alpha, 1e-9*day.Alpha)
	near(t, "P(alive)", day.PAlive(2, 50, 200), week.PAlive(2, 50.0/7, 200.0/7), 1e-12)
	near(t, "E[Y]", day.Conditional(365, 2, 50, 200), week.Conditional(365.0/7, 2, 50.0/7, 200.0/7), 1e-9)

	stretched := &Groups{Of: g.Of}
	tripled := &Groups{Of: g.Of}
	for _, row := range g.Triples {
		stretched.Triples = append(stretched.Triples, Triple{row.X, row.Recency * 86_400, row.Age * 86_400, row.Weight})
		tripled.Triples = append(tripled.Triples, Triple{row.X, row.Recency, row.Age, 3 * row.Weight})
	}
	seconds, three := fit(stretched, UnitDay), fit(tripled, UnitDay)
	near(t, "alpha in seconds", seconds.Alpha, 86_400*day.Alpha, 86_400*1e-5*day.Alpha)
	near(t, "b in seconds", seconds.B, day.B, 1e-5*day.B)
	near(t, "b of three shops", three.B, day.B, 1e-5*day.B)
	near(t, "error of b of three shops", three.StandardErrors.B, day.StandardErrors.B/math.Sqrt(3), 1e-3*day.StandardErrors.B)
}

func TestFromHistory(t *testing.T) {
	var b history.Builder
	b.Add(1, 100, 1, 900, 900)
	b.Add(1, 110, 2, 500, 500)
	b.Add(1, 131, 1, 700, -700) // refunded later
	b.Add(2, 121, 1, 300, 300)
	b.Add(2, 128, 1, 300, 300)
	b.Add(3, 129, 1, 300, 300)
	h := b.History("CNY", perennial.MoneyNet, 135)
	all := FromHistory(h, history.NoDay)
	if all.Len() != 3 || all.Holdout != nil || all.Frequency[0] != 2 || all.Recency[0] != 31 || all.Age[0] != 35 ||
		all.RepeatMoney[0] != -200 || all.meanSpend(0) != 0 || all.meanSpend(1) != 300 {
		t.Errorf("whole history: %+v", all)
	}
	cut := FromHistory(h, 120)
	if cut.Len() != 1 || cut.Frequency[0] != 1 || cut.Recency[0] != 10 || cut.Age[0] != 20 || cut.RepeatMoney[0] != 500 {
		t.Errorf("cut at 120: %+v", cut)
	}
	// Day 131 is the eleventh after 120, in the second week.
	if hold := cut.Holdout; hold.Days != 15 || hold.Orders[0] != 1 || len(hold.Weeks) != 3 || hold.Weeks[1] != 1 {
		t.Errorf("holdout: %+v", cut.Holdout)
	}
}
