package clv

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"

	"perennial"
	"perennial/predict/numeric"
)

// Interval is a confidence interval of a total, written [low, high] in JSON. It
// covers how well the parameters are known, not the chance in what the customers
// will then do.
type Interval struct{ Low, High float64 }

// MarshalJSON writes [low, high].
func (i Interval) MarshalJSON() ([]byte, error) { return json.Marshal([2]float64{i.Low, i.High}) }

// UnmarshalJSON reads [low, high].
func (i *Interval) UnmarshalJSON(b []byte) error {
	var pair [2]float64
	if err := json.Unmarshal(b, &pair); err != nil {
		return err
	}
	i.Low, i.High = pair[0], pair[1]
	return nil
}

// MoneyInterval is an Interval of money in minor units, written in major ones.
type MoneyInterval struct{ Low, High perennial.Amount }

// MarshalJSON writes [low, high].
func (i MoneyInterval) MarshalJSON() ([]byte, error) {
	return json.Marshal([2]perennial.Amount{i.Low, i.High})
}

// UnmarshalJSON reads [low, high] as perennial.Amount does.
func (i *MoneyInterval) UnmarshalJSON(b []byte) error {
	pair := [2]perennial.Amount{i.Low, i.High}
	if err := json.Unmarshal(b, &pair); err != nil {
		return err
	}
	i.Low, i.High = pair[0], pair[1]
	return nil
}

// The totals over customers that get intervals.
const (
	total30 = iota
	total90
	total365
	totalCLV
	totalAlive
	totalCount
)

// base is the fixed set of customers whose totals are estimated: the grouped
// triples and, for each, the sum of its customers' mean spends.
type base struct {
	triples []Triple
	money   []float64 // Σ mean spend in minor units
	months  Steps     // in days
	scratch *forecast
}

func newBase(g *Groups, in *Input, months Steps) *base {
	b := &base{triples: g.Triples, months: months, scratch: newForecast(len(g.Triples))}
	b.money = make([]float64, len(g.Triples))
	for i, k := range g.Of {
		b.money[k] += in.meanSpend(i)
	}
	return b
}

// orders writes the totals of expected orders under m, and returns the
// discounted purchases of each triple (valid until the next call).
func (b *base) orders(m purchasing, out *[totalCount]float64) []float64 {
	b.scratch.fill(m, b.triples, b.months, 0)
	for i, t := range b.triples {
		out[total30] += t.Weight * b.scratch.value[column30][i]
		out[total90] += t.Weight * b.scratch.value[column90][i]
		out[total365] += t.Weight * b.scratch.value[column365][i]
	}
	return b.scratch.value[columnDiscounted]
}

// worth is the total value of discounted purchases at the mean spend under g.
func (b *base) worth(g GammaGamma, discounted []float64) float64 {
	sum, x := 0.0, int32(-1)
	var fixed, share float64
	for i, t := range b.triples {
		if t.X != x {
			x = t.X
			fixed, share = g.shrink(int(x))
		}
		sum += discounted[i] * (fixed*t.Weight + share*b.money[i])
	}
	return sum
}

func (b *base) alive(m purchasing) float64 {
	fillAlive(m, b.triples, b.scratch.alive)
	sum := 0.0
	for i, t := range b.triples {
		sum += t.Weight * b.scratch.alive[i]
	}
	return sum
}

// all computes every total; spend may be nil, alive too.
func (b *base) all(expected purchasing, spend *GammaGamma, alive purchasing) [totalCount]float64 {
	var out [totalCount]float64
	discounted := b.orders(expected, &out)
	if spend != nil {
		out[totalCLV] = b.worth(*spend, discounted)
	}
	if alive != nil {
		out[totalAlive] = b.alive(alive)
	}
	return out
}

// fitted is a model of purchasing seen through its log-parameters, times
// in days.
type fitted struct {
	family     Family
	point      purchasing
	log        []float64
	covariance [][]float64
}

func (f *fitted) model(log []float64) purchasing {
	a, b, c, d := math.Exp(log[0]), math.Exp(log[1]), math.Exp(log[2]), math.Exp(log[3])
	if f.family == Pareto {
		return ParetoNBD{a, b, c, d}
	}
	return BetaGeometric{f.family, a, b, c, d}
}

// deltaStep is the step in log-parameters of the derivatives of totals.
const deltaStep = 1e-3

// delta returns intervals of the totals at the given confidence by the delta
// method on ln total. A total that is zero or has no covariance to go by gets
// none. The parameters of purchasing and spend come from separate fits and are
// independent.
func (b *base) delta(expected *fitted, spend *FittedSpend, alive *fitted, confidence float64) [totalCount]*Interval {
	var g *GammaGamma
	if spend != nil {
		g = &spend.GammaGamma
	}
	z := numeric.NormalQuantile((1 + confidence) / 2)
	centre := b.all(expected.point, g, nil)
	var variance [totalCount]float64
	known := [totalCount]bool{}
	if expected.covariance != nil {
		slope := b.slopes(expected, func(m purchasing) [totalCount]float64 { return b.all(m, g, nil) })
		for k := total30; k <= totalCLV; k++ {
			variance[k] = numeric.Quadratic(expected.covariance, slope[k])
			known[k] = true
		}
	}
	if spend != nil {
		known[totalCLV] = known[totalCLV] && spend.Covariance != nil
		if known[totalCLV] {
			variance[totalCLV] += b.spendVariance(expected, spend)
		}
	}
	if alive != nil && alive.covariance != nil {
		centre[totalAlive] = b.alive(alive.point)
		slope := b.slopes(alive, func(m purchasing) (out [totalCount]float64) {
			out[totalAlive] = b.alive(m)
			return out
		})
		variance[totalAlive] = numeric.Quadratic(alive.covariance, slope[totalAlive])
		known[totalAlive] = true
	}
	var out [totalCount]*Interval
	for k := range out {
		if !known[k] || !(centre[k] > 0) || !(variance[k] >= 0) {
			continue
		}
		half := z * math.Sqrt(variance[k]) / centre[k]
		if half > 20 { // e²⁰ either way says nothing
			continue
		}
		out[k] = &Interval{centre[k] * math.Exp(-half), centre[k] * math.Exp(half)}
	}
	return out
}

// slopes returns the derivatives of totals by each log-parameter.
func (b *base) slopes(f *fitted, totals func(purchasing) [totalCount]float64) [totalCount][]float64 {
	var out [totalCount][]float64
	at := slices.Clone(f.log)
	for p := range at {
		at[p] = f.log[p] + deltaStep
		up := totals(f.model(at))
		at[p] = f.log[p] - deltaStep
		down := totals(f.model(at))
		at[p] = f.log[p]
		for k := range out {
			out[k] = append(out[k], (up[k]-down[k])/(2*deltaStep))
		}
	}
	return out
}

func (b *base) spendVariance(expected *fitted, spend *FittedSpend) float64 {
	var unused [totalCount]float64
	discounted := b.orders(expected.point, &unused)
	slope := make([]float64, 3)
	for p := range slope {
		shifted := func(step float64) float64 {
			g := spend.GammaGamma
			*[]*float64{&g.P, &g.Q, &g.V}[p] *= math.Exp(step)
			return b.worth(g, discounted)
		}
		slope[p] = (shifted(deltaStep) - shifted(-deltaStep)) / (2 * deltaStep)
	}
	return numeric.Quadratic(spend.Covariance, slope)
}

// Bootstrap asks for intervals by refitting to resampled customers.
type Bootstrap struct {
	Replicates int
	Seed       uint64
}

// run returns intervals of the totals as percentiles over replicates: customers
// are drawn again with Poisson(1) weights, the models are refitted from their
// estimates, and the totals of the original customers computed anew. Replicate i
// draws from its own stream of the seed, so that the result depends on neither
// order nor processors. It also returns how many replicates could be fitted.
func (bs Bootstrap) run(b *base, g *Groups, in *Input, expected *fitted, spend *FittedSpend, alive *fitted, confidence float64) ([totalCount]*Interval, int) {
	var s *spendData
	if spend != nil {
		s = newSpend(in.Frequency, in.meanSpends())
	}
	var values [totalCount][]float64
	customers := make([]float64, in.Len())
	used := 0
	for replicate := range bs.Replicates {
		rng := rand.New(rand.NewPCG(bs.Seed, uint64(replicate)))
		weights := make([]float64, len(g.Triples))
		for i, k := range g.Of {
			customers[i] = poisson1(rng.Uint64())
			weights[k] += customers[i]
		}
		sample := g.reweighted(weights)
		m := refit(sample, expected)
		if m == nil {
			continue
		}
		var again *GammaGamma
		if spend != nil {
			f, reason := s.fit(customers, &spend.GammaGamma)
			if reason != nil || !f.finite() {
				continue
			}
			again = &f.GammaGamma
		}
		var a purchasing
		if alive != nil {
			if a = m; alive.family != expected.family {
				if a = refit(sample, alive); a == nil {
					continue
				}
			}
		}
		used++
		for k, v := range b.all(m, again, a) {
			values[k] = append(values[k], v)
		}
	}
	var out [totalCount]*Interval
	if used < 20 {
		return out, used // percentiles of so few say nothing
	}
	for k, v := range values {
		if k == totalCLV && spend == nil || k == totalAlive && alive == nil {
			continue
		}
		slices.Sort(v)
		out[k] = &Interval{percentile(v, (1-confidence)/2), percentile(v, (1+confidence)/2)}
	}
	return out, used
}

// refit fits the family of f to sample from f's estimate; nil where it fails.
func refit(sample *Groups, f *fitted) purchasing {
	l := newLikelihood(sample)
	if !(l.totals.repeats > 0) || !(l.totals.age > 0) {
		return nil
	}
	switch start := f.point.(type) {
	case ParetoNBD:
		again, reason := fitPareto(sample, l, UnitDay, &start)
		if reason != nil {
			return nil
		}
		return again.ParetoNBD
	case BetaGeometric:
		again, reason := fitBG(f.family, l, UnitDay, &start)
		if reason != nil {
			return nil
		}
		return again.BetaGeometric
	}
	return nil
}

// poisson1 turns 64 random bits into a Poisson(1) count.
func poisson1(bits uint64) float64 {
	u := float64(bits>>11) / (1 << 53)
	p, k := math.Exp(-1), 0.0
	for u >= p && k < 20 {
		u -= p
		k++
		p /= k
	}
	return k
}

// percentile interpolates linearly between the sorted values.
func percentile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
