package demo

import (
	"math"
	"testing"
	"time"

	"perennial"
)

// near fails when got is further from want than four standard errors.
func near(t *testing.T, what string, got, want, se float64) {
	t.Helper()
	if math.Abs(got-want) > 4*se {
		t.Errorf("%s %.5f, want %.5f ± %.5f", what, got, want, 4*se)
	}
}

func TestLatentMoments(t *testing.T) {
	const n = 60_000
	p := Params{R: 0.8, Alpha: 60, A: 1.5, B: 4, P: 6, Q: 8, V: 200}
	s := simulation(t, Options{Customers: n, Seed: 11, Plain: true, Params: p})
	var lambda, lambda2, drop, drop2, spend float64
	for r := range s.All() {
		l := r.Latent
		lambda += l.Lambda
		lambda2 += l.Lambda * l.Lambda
		drop += l.P
		drop2 += l.P * l.P
		spend += l.MeanSpend
	}
	root := math.Sqrt(n)
	near(t, "mean λ", lambda/n, p.R/p.Alpha, math.Sqrt(p.R)/p.Alpha/root)
	near(t, "mean λ²", lambda2/n, p.R*(p.R+1)/p.Alpha/p.Alpha, 3*p.R*(p.R+1)/p.Alpha/p.Alpha/root)
	near(t, "mean p", drop/n, p.A/(p.A+p.B), 0.18/root)
	near(t, "mean p²", drop2/n, p.A*(p.A+1)/(p.A+p.B)/(p.A+p.B+1), 0.15/root)
	// P/ν with ν ~ Gamma(Q, V) is inverse gamma: mean PV/(Q−1), variance mean²/(Q−2).
	mean := p.P * p.V / (p.Q - 1)
	near(t, "mean spend", spend/n, mean, mean/math.Sqrt(p.Q-2)/root)
}

// TestModelMeans compares simulated customers, all entering on the first day,
// with closed forms: the published expectation of the BG/NBD model at CDNOW's
// parameters (Fader, Hardie & Lee 2005: E[X(78 weeks)] = 1.8576), and the
// probabilities of never coming back.
func TestModelMeans(t *testing.T) {
	const n, weeks = 60_000, 78
	p := Params{R: 0.24259, Alpha: 4.41353 * 7, A: 0.79289, B: 2.42575, P: 6.25, Q: 3.74, V: 15.44}
	o := Options{Customers: n, Seed: 5, Plain: true, EntryDays: 1, Start: lastDay - 7*weeks, Params: p}
	never := math.Pow(p.Alpha/(p.Alpha+7*weeks), p.R)
	drop := p.A / (p.A + p.B)
	for model, want := range map[Model]float64{BGNBD: never, MBGNBD: drop + (1-drop)*never} {
		o.Model = model
		var x, x2, zero float64
		for r := range simulation(t, o).All() {
			v := float64(r.Latent.X)
			x += v
			x2 += v * v
			if v == 0 {
				zero++
				if model == BGNBD && !r.Latent.Alive {
					t.Fatal("BG/NBD lets a customer leave before a repeat purchase")
				}
			}
		}
		near(t, "share without a repeat", zero/n, want, math.Sqrt(want*(1-want)/n))
		if model == BGNBD {
			near(t, "E[X(78 weeks)]", x/n, 1.8576, math.Sqrt(x2/n-x*x/n/n)/math.Sqrt(n))
		}
	}
}

func TestTriplesMergeDays(t *testing.T) {
	s := simulation(t, Options{Customers: 2000, Seed: 2, Plain: true})
	triples := s.Triples()
	if len(triples) != 2000 {
		t.Fatalf("%d triples", len(triples))
	}
	i, merged := 0, 0
	for r := range s.All() {
		tr, l := triples[i], r.Latent
		if tr.X > int(l.X) || math.Abs(float64(tr.TX)-l.TX) > 1 || math.Abs(float64(tr.T)-l.T) > 1 {
			t.Fatalf("customer %d: %+v, exact %d %.2f %.2f", i, tr, l.X, l.TX, l.T)
		}
		merged += int(l.X) - tr.X
		i++
	}
	if merged == 0 || merged > 300 {
		t.Errorf("%d purchases merged into an earlier one of their day", merged)
	}
}

// TestMultipliersAreSeen compares the orders of special days with those of
// ordinary days around, against the ratio of their multipliers.
func TestMultipliersAreSeen(t *testing.T) {
	s := simulation(t, Options{Customers: 60_000, Seed: 9})
	c := s.Calendar()
	orders := make([]float64, len(c.Rate))
	for r := range s.All() {
		if r.Latent.Group != Regular {
			continue
		}
		for _, o := range r.Orders {
			// First purchases follow acquisition, which promotions drive harder.
			if o.Kind == Purchase && o.Status.Counts() && o.Day > r.Latent.Entry {
				orders[o.Day-c.First]++
			}
		}
	}
	day := perennial.DayOf
	span := func(of []float64, from, to perennial.Day) float64 {
		sum := 0.0
		for d := from; d <= to; d++ {
			sum += of[d-c.First]
		}
		return sum / float64(to-from+1)
	}
	for _, k := range []struct {
		name                 string
		from, to, like, till perennial.Day
		tolerance            float64
	}{
		{"11.11", day(2025, 11, 10), day(2025, 11, 11), day(2025, 10, 10), day(2025, 10, 30), 0.12},
		{"6.18", day(2025, 6, 16), day(2025, 6, 18), day(2025, 5, 12), day(2025, 5, 31), 0.12},
		{"3.8", day(2026, 3, 6), day(2026, 3, 8), day(2026, 3, 12), day(2026, 4, 5), 0.12},
		{"年货节", day(2026, 1, 28), day(2026, 2, 9), day(2026, 1, 5), day(2026, 1, 25), 0.10},
		{"Spring Festival", day(2026, 2, 15), day(2026, 2, 23), day(2026, 1, 5), day(2026, 1, 25), 0.12},
	} {
		got := span(orders, k.from, k.to) / span(orders, k.like, k.till)
		want := span(c.Rate, k.from, k.to) / span(c.Rate, k.like, k.till)
		if math.Abs(got/want-1) > k.tolerance {
			t.Errorf("%s: orders × %.3f, multiplier × %.3f", k.name, got, want)
		}
	}
	var byWeekday, days [7]float64
	for d := day(2024, 7, 1); d <= lastDay; d++ {
		if c.At(d) == nil {
			byWeekday[d.Weekday()] += orders[d-c.First]
			days[d.Weekday()]++
		}
	}
	got := byWeekday[time.Saturday] / days[time.Saturday] / (byWeekday[time.Tuesday] / days[time.Tuesday])
	if want := weekdayFactor[time.Saturday] / weekdayFactor[time.Tuesday]; math.Abs(got/want-1) > 0.05 {
		t.Errorf("Saturday is %.3f Tuesdays, want %.3f", got, want)
	}
}

// TestBelievable holds the default shop to the shares it promises.
func TestBelievable(t *testing.T) {
	s := simulate(t, Options{Seed: 1})
	var store, walkIns, spent, meant, purchases, refunded, paid float64
	for i := range s.Orders {
		o := &s.Orders[i]
		if !o.Status.Counts() || o.Kind != Purchase {
			continue
		}
		paid += float64(o.Total)
		if o.Channel == Store {
			store += float64(o.Total)
			if o.Customer < 0 {
				walkIns += float64(o.Total)
			}
		}
		if o.Customer >= 0 && s.Truth.Latent[o.Customer].Group == Regular && s.Truth.Calendar.At(o.Day) == nil {
			purchases++
			meant += s.Truth.Latent[o.Customer].MeanSpend
			for _, l := range s.LinesOf(o) {
				if s.Products[l.Product].Merchandise {
					spent += float64(l.Amount()) / 100
				}
			}
		}
	}
	for _, r := range s.Refunds {
		refunded += float64(r.Amount)
	}
	within := func(what string, got, lo, hi float64) {
		t.Helper()
		if got < lo || got > hi {
			t.Errorf("%s %.3f, want %.3f to %.3f", what, got, lo, hi)
		}
	}
	within("walk-ins' share of store sales", walkIns/store, 0.22, 0.28)
	within("refunded share", refunded/paid, 0.015, 0.06)
	within("baskets against what customers mean to spend", spent/meant, 0.95, 1.10)
	within("orders a customer", purchases/20_000, 2.5, 6)
	seen := map[string]float64{}
	for _, story := range s.Truth.Story {
		seen[story.ID] = story.Seen
	}
	within("promo cohort", seen["promo_cohort"], 0.55, 0.75) // 1 − 0.35
	within("masks before creams", seen["mask_before_cream"], 0.4, 0.7)
	within("store decline", seen["store_decline"], 0.45, 0.65)
	if len(s.Events) < 10 {
		t.Errorf("%d company events", len(s.Events))
	}
	groups := map[Group]int{}
	for _, l := range s.Truth.Latent {
		groups[l.Group]++
	}
	if groups[Staff] == 0 || groups[Wholesale] == 0 || groups[Prospect] == 0 {
		t.Errorf("groups %v", groups)
	}
}
