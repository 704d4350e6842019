package clv

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"

	"perennial/predict/numeric"
)

func drawModel(t *rapid.T) BetaGeometric {
	log := func(name string, lo, hi float64) float64 {
		return math.Exp(rapid.Float64Range(math.Log(lo), math.Log(hi)).Draw(t, name))
	}
	return BetaGeometric{
		Family: rapid.SampledFrom([]Family{BGNBD, MBGNBD}).Draw(t, "family"),
		R:      log("r", 0.01, 100), Alpha: log("alpha", 0.1, 1000), A: log("a", 0.01, 100), B: log("b", 0.01, 100),
	}
}

// drawHistory draws days of one customer.
func drawHistory(t *rapid.T) (x int, tx, T float64) {
	T = float64(rapid.IntRange(0, 2000).Draw(t, "T"))
	x = rapid.IntRange(0, min(int(T), 300)).Draw(t, "x")
	if x > 0 {
		tx = float64(rapid.IntRange(x, int(T)).Draw(t, "t_x"))
	}
	return x, tx, T
}

func TestPAliveProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		x, tx, T := drawHistory(t)
		models := []Model{m, ParetoNBD{m.R, m.Alpha, m.A, m.B}}
		for _, m := range models {
			p := m.PAlive(x, tx, T)
			if !(p >= 0 && p <= 1) {
				t.Fatalf("%+v: P(alive | %d, %v, %v) = %v", m, x, tx, T, p)
			}
			if later := m.PAlive(x, tx, T+10); later > p+1e-12 {
				t.Fatalf("%+v: silence made P(alive) rise from %v to %v", m, p, later)
			}
			short, long := m.Conditional(30, x, tx, T), m.Conditional(365, x, tx, T)
			if !(short >= 0 && long >= short*(1-1e-9)) || math.IsInf(long, 0) {
				t.Fatalf("%+v: expected %v in 30 days, %v in 365", m, short, long)
			}
		}
	})
	if p := (BetaGeometric{BGNBD, 1, 1, 1, 1}).PAlive(0, 0, 1e6); p != 1 {
		t.Errorf("BG/NBD of x = 0: %v, want 1", p)
	}
	if p := (BetaGeometric{MBGNBD, 1, 1, 1, 1}).PAlive(0, 0, 1e6); p > 1e-5 {
		t.Errorf("MBG/NBD of x = 0 after a million days: %v", p)
	}
}

// TestExpectationPaths holds the series, the sum over counts and the integral
// against each other and, where it exists, the closed form of the literature.
func TestExpectationPaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := func(name string, lo, hi float64) float64 {
			return math.Exp(rapid.Float64Range(math.Log(lo), math.Log(hi)).Draw(t, name))
		}
		shape, a, b := log("shape", 0.01, 1e4), log("a", 0.001, 1e3), log("b", 0.001, 1e3)
		if rapid.Bool().Draw(t, "a near 1") {
			a = 1 + log("a − 1", 1e-16, 1e-3)
		}
		z := 1 - log("1 − z", 1e-3, 0.999999)
		if mean := shape * z / (1 - z); mean > 5e3 {
			t.Skip("beyond any customer")
		}
		e := newExpectation(shape, a, b)
		sum, ok := e.counts(z)
		if !ok {
			t.Fatalf("counts gave up at z = %v", z)
		}
		if got := e.at(z); math.Abs(got-sum) > 1e-8*sum {
			t.Fatalf("%+v at %v: %v, counts %v", e, z, got, sum)
		}
		if got := e.integral(z); math.Abs(got-sum) > 1e-7*sum {
			t.Fatalf("%+v at %v: integral %v, counts %v", e, z, got, sum)
		}
		if c := a + b - 1; c > 0.01 && math.Abs(a-1) > 0.01 && shape < 50 && z < 0.95 && z > 0.01 {
			f := numeric.Hyp2F1(shape, b, c, z)
			want := c / (a - 1) * (1 - math.Pow(1-z, shape)*f)
			if !math.IsNaN(f) && math.Abs(sum-want) > 1e-6*(want+c/math.Abs(a-1)) {
				t.Fatalf("%+v at %v: %v, closed form %v", e, z, sum, want)
			}
		}
	})
}

func TestExpectationExtremes(t *testing.T) {
	for _, m := range []BetaGeometric{
		{BGNBD, 0.2, 4, 1, 1}, {BGNBD, 0.2, 4, 0.3, 0.2}, {BGNBD, 1e5, 1e7, 1e-5, 1e5}, {MBGNBD, 1e-5, 1e-7, 1e5, 1e-5},
		{MBGNBD, 1e5, 1e-2, 1e-5, 1e-5}, {BGNBD, 1e-5, 1e7, 1e5, 1e5}, {MBGNBD, 1e5, 1e5, 1e5, 1e5}, {BGNBD, 1, 1e-7, 0.5, 1e-5},
	} {
		for _, x := range []int{0, 1, 10_000} {
			for _, days := range []float64{1e-6, 1, 365, 1e5} {
				v := m.Conditional(days, x, float64(x), 2*float64(x))
				if !(v >= 0) || math.IsInf(v, 0) {
					t.Errorf("%+v: E[Y(%v) | %d] = %v", m, days, x, v)
				}
			}
		}
	}
	if v := (BetaGeometric{BGNBD, 1, 1, 1, 1}).Conditional(-1, 1, 1, 1); v != 0 {
		t.Errorf("nothing is bought in negative time: %v", v)
	}
}

// P(X(t) = n) must add up to one and have E[X(t)] as its mean.
func TestProbabilityAddsUp(t *testing.T) {
	for _, m := range []BetaGeometric{{BGNBD, 0.243, 4.414, 0.793, 2.426}, {MBGNBD, 0.525, 6.18, 0.89, 1.61}, {MBGNBD, 3, 20, 0.4, 0.3}} {
		for _, at := range []float64{0.5, 10, 52} {
			sum, mean := 0.0, 0.0
			for n := range 600 {
				p := m.Probability(n, at)
				if !(p >= 0 && p <= 1) {
					t.Fatalf("P(X(%v) = %d) = %v", at, n, p)
				}
				sum += p
				mean += float64(n) * p
			}
			near(t, "sum of P", sum, 1, 1e-9)
			near(t, "mean of P", mean, m.Expected(at), 1e-7)
		}
	}
	m := BetaGeometric{BGNBD, 1, 1, 1, 1}
	if m.Probability(-1, 1) != 0 || m.Probability(0, 0) != 1 || m.Probability(2, 0) != 0 {
		t.Error("P at the edges")
	}
}

func TestNextPurchase(t *testing.T) {
	m := BetaGeometric{MBGNBD, 0.5, 10, 1, 2}
	// Shape 2.5, scale 40: the median of a Pareto (Lomax) wait.
	near(t, "median", m.NextPurchase(0.5, 2, 30), 40*(math.Pow(2, 1/2.5)-1), 1e-9)
	mean, ok := m.NextPurchaseMean(2, 30)
	if near(t, "mean", mean, 40/1.5, 1e-9); !ok {
		t.Error("no mean at shape 2.5")
	}
	if _, ok := m.NextPurchaseMean(0, 30); ok {
		t.Error("a mean at shape 0.5")
	}
}

// The analytic gradients of every likelihood against central differences.
func TestGradients(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x, tx, T []int32
		var spend []float64
		for range rapid.IntRange(2, 12).Draw(t, "customers") {
			a, b, c := drawHistory(t)
			x, tx, T = append(x, int32(a)), append(tx, int32(b)), append(T, int32(c))
			spend = append(spend, rapid.Float64Range(0.5, 500).Draw(t, "spend"))
		}
		g, err := Group(x, tx, T)
		if err != nil {
			t.Fatal(err)
		}
		if g.totals().age == 0 {
			t.Skip("no time")
		}
		l := newLikelihood(g)
		at := make([]float64, 4)
		for i := range at {
			at[i] = rapid.Float64Range(-3, 3).Draw(t, "log parameter")
		}
		s := newSpend(x, spend)
		objectives := map[string]numeric.Objective{
			"bgnbd": newProblem(BGNBD, l).objective(true), "mbgnbd": newProblem(MBGNBD, l).objective(true),
			"nbd": newProblem(BGNBD, l).objective(false), "pareto": newProblem(Pareto, l).paretoObjective(g),
		}
		if s.n > 0 {
			objectives["gamma-gamma"], _ = s.objective(nil)
		}
		for name, f := range objectives {
			v := at
			if name == "gamma-gamma" {
				v = at[:3]
			}
			if name == "nbd" {
				v = at[:2]
			}
			checkGradient(t, name, f, v)
		}
	})
}

func checkGradient(t *rapid.T, name string, f numeric.Objective, at []float64) {
	const step = 1e-5
	n := len(at)
	gradient, unused := make([]float64, n), make([]float64, n)
	value := f(at, gradient)
	for i := range at {
		v := append([]float64(nil), at...)
		v[i] = at[i] + step
		up := f(v, unused)
		v[i] = at[i] - step
		down := f(v, unused)
		want := (up - down) / (2 * step)
		if math.Abs(gradient[i]-want) > 1e-5*(1+math.Abs(want))+1e-10*math.Abs(value)/step {
			t.Fatalf("%s: gradient %d at %v is %v, differences say %v", name, i, at, gradient[i], want)
		}
	}
}

// The likelihood of Pareto/NBD against the closed form with two ₂F₁ (Fader &
// Hardie 2005).
func TestParetoClosedForm(t *testing.T) {
	closed := func(m ParetoNBD, x int, tx, T float64) float64 {
		k := m.R + m.S + float64(x)
		var a0 float64
		if m.Alpha >= m.Beta {
			f := func(y float64) float64 {
				return numeric.Hyp2F1(k, m.S+1, k+1, (m.Alpha-m.Beta)/(m.Alpha+y)) * math.Pow(m.Alpha+y, -k)
			}
			a0 = f(tx) - f(T)
		} else {
			f := func(y float64) float64 {
				return numeric.Hyp2F1(k, m.R+float64(x), k+1, (m.Beta-m.Alpha)/(m.Beta+y)) * math.Pow(m.Beta+y, -k)
			}
			a0 = f(tx) - f(T)
		}
		return math.Log(m.S/k*a0) + (m.R+float64(x))*math.Log(m.Alpha) + m.S*math.Log(m.Beta)
	}
	for _, m := range []ParetoNBD{{0.55, 10.6, 0.61, 11.7}, {2, 30, 0.3, 4}, {0.1, 0.5, 3, 60}} {
		for _, c := range []struct {
			x     int
			tx, T float64
		}{{0, 0, 40}, {3, 10, 40}, {26, 30.86, 31}, {26, 3, 40}} {
			got, _ := paretoLeft(m, c.x, c.tx, c.T)
			near(t, "ln of the integral", got, closed(m, c.x, c.tx, c.T), 1e-7)
		}
	}
}

// What was saved as JSON must predict the same to the last bit when loaded.
func TestSaveLoadPredict(t *testing.T) {
	in := simulate(BetaGeometric{MBGNBD, 0.8, 40, 0.7, 2}, 2000, 500, 3)
	r, err := Fit(in, Options{Unit: UnitWeek, Pareto: true})
	if err != nil {
		t.Fatal(err)
	}
	saved, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var loaded Result
	if err := json.Unmarshal(saved, &loaded); err != nil {
		t.Fatal(err)
	}
	alive, expected := loaded.MBGNBD.Rescaled(loaded.Unit.Days()), loaded.BGNBD.Rescaled(loaded.Unit.Days())
	for i := range in.Len() {
		x, tx, T := int(in.Frequency[i]), float64(in.Recency[i]), float64(in.Age[i])
		if got := alive.PAlive(x, tx, T); got != r.Scores.PAlive[i] {
			t.Fatalf("customer %d: P(alive) %v after loading, %v before", i, got, r.Scores.PAlive[i])
		}
		if got := expected.Conditional(365, x, tx, T); got != r.Scores.Orders365[i] {
			t.Fatalf("customer %d: 365 days %v after loading, %v before", i, got, r.Scores.Orders365[i])
		}
	}
	if loaded.Pareto.ParetoNBD != r.Pareto.ParetoNBD || loaded.GammaGamma.GammaGamma != r.GammaGamma.GammaGamma {
		t.Error("parameters changed by saving")
	}
}
