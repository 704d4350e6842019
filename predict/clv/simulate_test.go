package clv

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"perennial"
)

// simulate draws customers of a BG/NBD or MBG/NBD shop over the given days, with
// first purchases spread evenly over the first half, purchases on one day
// merged, and Gamma-Gamma spend (p 6, q 4, v 1500 in minor units).
func simulate(m BetaGeometric, customers, days int, seed uint64) Input {
	rng := rand.NewPCG(seed, 1)
	r := rand.New(rng)
	rate := distuv.Gamma{Alpha: m.R, Beta: m.Alpha, Src: rng}
	dropout := distuv.Beta{Alpha: m.A, Beta: m.B, Src: rng}
	in := Input{Currency: "CNY"}
	for range customers {
		first := r.IntN(days / 2)
		length := float64(days - first)
		lambda, p := rate.Rand(), dropout.Rand()
		nu := distuv.Gamma{Alpha: 4, Beta: 1500, Src: rng}.Rand()
		at, last := 0.0, 0
		var x, tx int32
		var money perennial.Money
		alive := m.Family == BGNBD || r.Float64() >= p
		for alive {
			at += r.ExpFloat64() / lambda
			if at >= length {
				break
			}
			if day := int(at); day > last {
				x, tx, last = x+1, int32(day), day
				money += round(distuv.Gamma{Alpha: 6, Beta: nu, Src: rng}.Rand())
			}
			alive = r.Float64() >= p
		}
		in.Frequency, in.Recency, in.Age = append(in.Frequency, x), append(in.Recency, tx), append(in.Age, int32(length))
		in.RepeatMoney = append(in.RepeatMoney, money)
	}
	return in
}

// TestRecovery: what was simulated must be found again within four standard
// errors and 15 %, the second for what merging purchases of one day does.
func TestRecovery(t *testing.T) {
	for _, truth := range []BetaGeometric{
		{BGNBD, 0.8, 60, 0.8, 3}, {MBGNBD, 1.2, 90, 0.6, 2}, {MBGNBD, 0.5, 60, 1.5, 5},
	} {
		in := simulate(truth, 30_000, 730, 11)
		g, err := Group(in.Frequency, in.Recency, in.Age)
		if err != nil {
			t.Fatal(err)
		}
		f, reason := FitBetaGeometric(truth.Family, g, UnitDay)
		if reason != nil {
			t.Fatal(reason)
		}
		if f.Status != "converged" || !f.Dropout.Identified || f.StandardErrors == nil {
			t.Fatalf("%+v: %s, %+v", truth, f.Status, f.Dropout)
		}
		e := f.StandardErrors
		for _, c := range []struct {
			name              string
			got, want, errors float64
		}{{"r", f.R, truth.R, e.R}, {"alpha", f.Alpha, truth.Alpha, e.Alpha}, {"a", f.A, truth.A, e.A}, {"b", f.B, truth.B, e.B}} {
			if math.Abs(c.got-c.want) > 4*c.errors+0.05*c.want || math.Abs(c.got-c.want) > 0.25*c.want {
				t.Errorf("%s %s: %v ± %v, truth %v", truth.Family, c.name, c.got, c.errors, c.want)
			}
		}
	}
}

func TestSpendRecovery(t *testing.T) {
	in := simulate(BetaGeometric{MBGNBD, 1.2, 60, 0.6, 3}, 20_000, 730, 5)
	f, reason := FitGammaGamma(in.Frequency, in.meanSpends())
	if reason != nil {
		t.Fatal(reason)
	}
	e := f.StandardErrors
	near(t, "p", f.P, 6, 4*e.P)
	near(t, "q", f.Q, 4, 4*e.Q)
	near(t, "v", f.V, 1500, 4*e.V)
	near(t, "correlation", *f.Correlation, 0, 0.03)
}

// Nobody leaves: the fit must say that it cannot tell, and give no percentage.
func TestDropoutNotIdentified(t *testing.T) {
	in := simulate(BetaGeometric{BGNBD, 1.5, 60, 1e-9, 1e3}, 5000, 500, 2)
	r, err := Fit(in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.MBGNBD.Dropout.Identified || r.CustomersAlive != nil || r.Scores.PAlive != nil {
		t.Errorf("dropout %+v, alive %v", r.MBGNBD.Dropout, r.CustomersAlive)
	}
	if len(r.Notes) != 1 || r.Notes[0].Code != "clv.dropout_not_identified" {
		t.Errorf("notes %v", r.Notes)
	}
	// Expectations remain sound: without dropout a customer buys at a mean rate
	// of 1.5/60 a day.
	near(t, "365 days a customer", r.ExpectedOrders.Days365/5000, 365*1.5/60, 0.9)
}

// The intervals must cover the truth about as often as they say.
func TestIntervalCoverage(t *testing.T) {
	truth := BetaGeometric{MBGNBD, 0.8, 60, 0.8, 3}
	covered, runs := 0, 40
	for seed := range runs {
		in := simulate(truth, 1500, 500, uint64(100+seed))
		g, err := Group(in.Frequency, in.Recency, in.Age)
		if err != nil {
			t.Fatal(err)
		}
		f, reason := FitBetaGeometric(MBGNBD, g, UnitDay)
		if reason != nil {
			t.Fatal(reason)
		}
		want := 0.0
		for _, row := range g.Triples {
			want += row.Weight * truth.Conditional(90, int(row.X), row.Recency, row.Age)
		}
		b := newBase(g, &in, Months(UnitDay, 0.1))
		i := b.delta(f.fitted(), nil, nil, 0.95)[total90]
		if i != nil && i.Low <= want && want <= i.High {
			covered++
		}
	}
	if covered < 33 {
		t.Errorf("95 %% intervals covered the truth %d times of %d", covered, runs)
	}
}
