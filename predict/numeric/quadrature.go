package numeric

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
)

// Rule is a quadrature rule on [0, 1]: ∫f ≈ Σ Weight[i]·f(Node[i]).
type Rule struct{ Node, Weight []float64 }

// GaussLegendre returns the rule with n nodes, exact for polynomials up to
// degree 2n−1.
func GaussLegendre(n int) Rule {
	r := Rule{Node: make([]float64, n), Weight: make([]float64, n)}
	quad.Legendre{}.FixedLocations(r.Node, r.Weight, 0, 1)
	return r
}

// Integrate returns ∫f from the first to the last of the ascending points, by
// halving intervals until the rules of 10 and 20 nodes agree to the tolerance,
// relative to the whole, at most 30 times. f must be finite; points between mark
// where it peaks or bends.
func Integrate(f func(float64) float64, tolerance float64, points ...float64) float64 {
	a := adaptive{f: f, coarse: GaussLegendre(10), fine: GaussLegendre(20)}
	const pieces = 8
	each := func(do func(lo, width float64)) {
		for i := 1; i < len(points); i++ {
			width := (points[i] - points[i-1]) / pieces
			for k := range pieces {
				if width > 0 {
					do(points[i-1]+float64(k)*width, width)
				}
			}
		}
	}
	each(func(lo, width float64) { a.size += math.Abs(a.apply(a.fine, lo, width)) })
	sum := 0.0
	each(func(lo, width float64) { sum += a.integrate(lo, width, tolerance, 30) })
	return sum
}

type adaptive struct {
	f            func(float64) float64
	coarse, fine Rule
	size         float64
}

func (a *adaptive) apply(r Rule, lo, width float64) float64 {
	sum := 0.0
	for i, t := range r.Node {
		sum += r.Weight[i] * a.f(lo+t*width)
	}
	return sum * width
}

func (a *adaptive) integrate(lo, width, tolerance float64, depth int) float64 {
	fine := a.apply(a.fine, lo, width)
	if depth == 0 || math.Abs(fine-a.apply(a.coarse, lo, width)) <= tolerance*max(math.Abs(fine), a.size) {
		return fine
	}
	return a.integrate(lo, width/2, tolerance, depth-1) + a.integrate(lo+width/2, width/2, tolerance, depth-1)
}
