package clv

import (
	"math"

	"perennial/predict/numeric"
)

// expectation computes, for a customer alive now with rate Gamma(A, s) and
// dropout Beta(a, b), the purchases expected in the time t, as a function of
// z = t/(s+t) alone. The closed form of the literature,
//
//	(c ÷ ε) · [1 − (1−z)^A ₂F₁(A, b; c; z)],  ε = a−1, c = a+b−1,
//
// has a hole at a = 1, poles for a+b ≤ 1 and a series that swells with A. After
// Euler's transformation and taking the leading 1 out of the series it reads
//
//	c · (1 − (1−z)^ε) ÷ ε  −  (1−z)^ε · Σ (ε+1)ₙ₋₁ (d)ₙ ÷ ((c+1)ₙ₋₁ n!) zⁿ,  d = c−A,
//
// which has neither: the coefficients depend on the model and on x only, so they
// are kept and a triple costs one short polynomial.
type expectation struct {
	shape, a, b  float64 // A, a, b
	eps, c, d    float64
	coefficients []float64 // of z¹, z², …
}

// Limits of the series: the most terms, and the largest z at which it is tried.
const (
	maxTerms   = 4000
	maxSeriesZ = 0.99
)

func newExpectation(shape, a, b float64) *expectation {
	c := a + b - 1
	return &expectation{shape: shape, a: a, b: b, eps: a - 1, c: c, d: c - shape}
}

// at returns the expectation for 0 ≤ z < 1.
func (e *expectation) at(z float64) float64 {
	if !(z > 0) {
		return 0
	}
	if z <= maxSeriesZ {
		if v, ok := e.series(z); ok {
			return v
		}
	}
	if v, ok := e.counts(z); ok {
		return v
	}
	return e.integral(z)
}

// series adds the polynomial; it gives up where terms do not settle or cancel
// more than five of sixteen digits.
func (e *expectation) series(z float64) (float64, bool) {
	log := math.Log1p(-z)
	head := -e.c * numeric.Expm1Over(e.eps, log)
	scale := math.Exp(e.eps * log)
	sum, largest, power := 0.0, math.Abs(head)/scale, 1.0
	before := 0.0
	for n := 0; ; n++ {
		if n == len(e.coefficients) && !e.extend() {
			return 0, false
		}
		power *= z
		term := e.coefficients[n] * power
		sum += term
		size := math.Abs(term)
		largest = max(largest, size)
		// Once terms fall (and no longer change sign, past −d) they go on
		// falling, in the end by z each, so that size ÷ (1−z) bounds what is left.
		// The first may be small and yet rise.
		if size <= 1e-15*(1-z)*largest && size <= before && float64(n) > -e.d {
			break
		}
		before = size
	}
	v := head - scale*sum
	return v, v > 0 && scale*largest < 1e5*v
}

// extend adds the next coefficients, and tells false at the limit.
func (e *expectation) extend() bool {
	n := len(e.coefficients)
	if n >= maxTerms {
		return false
	}
	var last float64
	if n == 0 {
		last = e.d
		e.coefficients = append(e.coefficients, last)
		n++
	} else {
		last = e.coefficients[n-1]
	}
	for range 16 {
		k := float64(n)
		last *= (e.eps + k) * (e.d + k) / ((e.c + k) * (k + 1))
		if math.IsInf(last, 0) || math.IsNaN(last) {
			return false
		}
		e.coefficients = append(e.coefficients, last)
		n++
	}
	return true
}

// counts adds P(N = n) · (purchases made of n that a customer without dropout
// would make), N negative binomial: every term is positive, so nothing cancels,
// but it takes as many terms as N can be large.
func (e *expectation) counts(z float64) (float64, bool) {
	const limit = 200_000
	mean := e.shape * z / (1 - z)
	deviation := math.Sqrt(mean / (1 - z))
	if mean+40*deviation+40/(1-z) > limit {
		return 0, false
	}
	// P(N = 0) may be below the smallest number: until terms are above it, only
	// their logarithm is carried.
	const tiny = -700
	logP, logZ, p := e.shape*math.Log1p(-z), math.Log(z), 0.0
	made, stay, sum := 0.0, 1.0, 0.0
	for k := 0.0; k < limit; k++ {
		made += stay
		stay *= (e.b + k) / (e.a + e.b + k)
		switch rise := (e.shape + k) / (k + 1); {
		case p > 0:
			p *= z * rise
		default:
			before := logP
			if logP += logZ + math.Log(rise); logP > tiny {
				p = math.Exp(logP)
			} else if logP < before {
				return 0, false // falls before it was ever large
			}
		}
		term := p * made
		sum += term
		// What follows falls at least as fast as a geometric series of this ratio.
		ratio := z * (e.shape + k + 1) / (k + 1)
		if k > mean && ratio < 1 && term <= 1e-16*(1-ratio)*sum {
			return sum, sum > 0
		}
	}
	return 0, false
}

// integral is the mean over p ~ Beta(a, b) of (1 − (1+pu)^−A) ÷ p, u = t/s.
func (e *expectation) integral(z float64) float64 {
	u := z / (1 - z)
	return numeric.BetaMean(e.a, e.b, func(p, _ float64) float64 {
		return -math.Expm1(-e.shape*math.Log1p(p*u)) / p
	}, -math.Log(1+u*(1+e.shape)))
}
