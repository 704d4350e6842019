package numeric

import "math"

// seriesTerms is the most terms of the Gauss series that Hyp2F1 adds before it
// turns to quadrature: enough for z up to about 0.99.
const seriesTerms = 4000

// Hyp2F1 returns the hypergeometric function ₂F₁(a, b; c; z) for real
// parameters, c > 0 and z < 1, to about ten digits:
//
//   - z < 0 is moved to 0 ≤ z < 1 by Pfaff's transformation;
//   - of the Gauss series and Euler's transformation of it, the one that loses
//     less to cancellation is added up;
//   - where neither settles (z near 1, large parameters of opposite sign) and
//     c > b > 0 or c > a > 0, Euler's integral is taken by quadrature.
//
// Outside (c ≤ 0, z ≥ 1, or none of the above holds) it returns NaN. See
// Abramowitz & Stegun 15.3.1, 15.3.3, 15.3.4.
func Hyp2F1(a, b, c, z float64) float64 {
	switch {
	case math.IsNaN(a+b+c+z) || c <= 0 || z >= 1:
		return math.NaN()
	case a == 0 || b == 0 || z == 0:
		return 1
	case z < 0:
		return math.Exp(-b*math.Log1p(-z)) * Hyp2F1(c-a, b, c, z/(z-1))
	}
	plain, lost := gaussSeries(a, b, c, z)
	if lost < 1e2 {
		return plain
	}
	euler, lostEuler := gaussSeries(c-a, c-b, c, z)
	if lostEuler < 1e2 {
		return math.Exp((c-a-b)*math.Log1p(-z)) * euler
	}
	if c > a && a > 0 {
		a, b = b, a
	}
	if c > b && b > 0 {
		return eulerIntegral(a, b, c, z)
	}
	switch {
	case lost <= lostEuler && lost < 1e6:
		return plain
	case lostEuler < 1e6:
		return math.Exp((c-a-b)*math.Log1p(-z)) * euler
	}
	return math.NaN()
}

// gaussSeries adds Σ (a)ₙ(b)ₙ/(c)ₙ zⁿ/n! and tells how many times larger its
// largest term was than the sum: the digits lost. It tells +Inf where the series
// has not settled.
func gaussSeries(a, b, c, z float64) (sum, lost float64) {
	term, largest := 1.0, 1.0
	sum = 1
	for n := range seriesTerms {
		k := float64(n)
		ratio := (a + k) * (b + k) / ((c + k) * (k + 1)) * z
		term *= ratio
		sum += term
		largest = max(largest, math.Abs(term))
		if math.IsInf(sum, 0) {
			break
		}
		// What is left is about a geometric series of this ratio.
		if r := math.Abs(ratio); r < 1 && math.Abs(term)*r <= 1e-16*math.Abs(sum)*(1-r) {
			return sum, largest / math.Abs(sum)
		}
	}
	return sum, math.Inf(1)
}

// eulerIntegral is Γ(c)/(Γ(b)Γ(c−b)) ∫ tᵇ⁻¹ (1−t)ᶜ⁻ᵇ⁻¹ (1−zt)⁻ᵃ dt over [0, 1].
func eulerIntegral(a, b, c, z float64) float64 {
	return BetaMean(b, c-b, func(_, rest float64) float64 {
		// 1−zt = (1−z) + z(1−t) keeps its digits at t = 1.
		return math.Exp(-a * math.Log((1-z)+z*rest))
	}, math.Log1p(-z))
}

// BetaMean returns the mean of f(p, 1−p) for p ~ Beta(a, b), a, b > 0, where f
// is bounded, smooth on the scale of ln p and of ln(1−p), and flat where p or
// 1−p is below e^edge (edge ≤ 0): beyond, the density is integrated in closed
// form, so that exponents near zero do no harm.
func BetaMean(a, b float64, f func(p, rest float64) float64, edge float64) float64 {
	const reach = 38 // e⁻³⁸ is beyond double precision
	logB := LogBeta(a, b)
	cut := min(edge, 0) - reach
	logistic := func(s float64) (p, rest float64) {
		if s < 0 {
			e := math.Exp(s)
			return e / (1 + e), 1 / (1 + e)
		}
		e := math.Exp(-s)
		return 1 / (1 + e), e / (1 + e)
	}
	inner := func(s float64) float64 {
		// p = 1/(1+e⁻ˢ), dp = p(1−p)ds; ln p and ln(1−p) without cancellation.
		soft := math.Log1p(math.Exp(-math.Abs(s)))
		lp, lq := min(s, 0)-soft, -max(s, 0)-soft
		w := math.Exp(a*lp + b*lq - logB)
		if w == 0 {
			return 0
		}
		p, rest := logistic(s)
		return w * f(p, rest)
	}
	// The bulk of the density lies around its mode; splitting there keeps a
	// narrow peak from falling between nodes.
	mode := math.Log(a) - math.Log(b)
	spread := math.Sqrt(1/a + 1/b)
	points := []float64{cut, mode - 8*spread, mode - 2*spread, mode, mode + 2*spread, mode + 8*spread, -cut}
	for i := 1; i < len(points); i++ {
		points[i] = min(max(points[i], points[i-1]), -cut)
	}
	sum := Integrate(inner, 1e-12, points...)
	lowP, lowRest := logistic(cut)
	highP, highRest := logistic(-cut)
	sum += math.Exp(a*cut-logB) / a * f(lowP, lowRest)
	sum += math.Exp(b*cut-logB) / b * f(highP, highRest)
	return sum
}
