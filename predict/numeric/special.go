package numeric

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// few is the largest whole step that LogRising and DigammaRise walk term by
// term, and large the argument from which they use Stirling's series, in which
// the big terms cancel on paper and not in the result.
const (
	few   = 12
	large = 20
)

// LogBeta returns ln B(a, b) for a, b > 0.
func LogBeta(a, b float64) float64 { return mathext.Lbeta(a, b) }

// LogGamma returns ln Γ(x) for x > 0.
func LogGamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

// LogRising returns ln Γ(x+k) − ln Γ(x) = ln x(x+1)…(x+k−1) for x > 0 and k ≥ 0,
// with full precision however large x is.
func LogRising(x float64, k int) float64 {
	if k <= few {
		product := 1.0
		sum := 0.0
		for i := range k {
			product *= x + float64(i)
			if product > 1e100 || product < 1e-100 {
				sum += math.Log(product)
				product = 1
			}
		}
		return sum + math.Log(product)
	}
	n := float64(k)
	if x < large {
		return LogGamma(x+n) - LogGamma(x)
	}
	return (x-0.5)*math.Log1p(n/x) + n*(math.Log(x+n)-1) + stirling(x+n) - stirling(x)
}

// stirling is what ln Γ(x) exceeds (x−½)·ln x − x + ½ ln 2π by, for x ≥ large.
func stirling(x float64) float64 {
	y := 1 / (x * x)
	return (1.0/12 - y*(1.0/360-y*(1.0/1260-y*(1.0/1680-y/1188)))) / x
}

// DigammaRise returns ψ(x+k) − ψ(x) = Σ 1/(x+i), i < k, for x > 0 and k ≥ 0,
// with full precision however large x is.
func DigammaRise(x float64, k int) float64 {
	sum := 0.0
	for i := range k {
		if k > few && x >= large {
			n := float64(k - i)
			return sum + math.Log1p(n/x) - digammaTail(x+n) + digammaTail(x)
		}
		sum += 1 / x
		x++
	}
	return sum
}

// digammaTail is what ln x exceeds ψ(x) by, for x ≥ large.
func digammaTail(x float64) float64 {
	y := 1 / (x * x)
	return 0.5/x + y*(1.0/12-y*(1.0/120-y*(1.0/252-y*(1.0/240-y/132))))
}

// Digamma returns ψ(x), the derivative of ln Γ.
func Digamma(x float64) float64 { return mathext.Digamma(x) }

// LogAddExp returns ln(eᵃ + eᵇ) without overflow; either may be −Inf.
func LogAddExp(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}

// LogSumExp returns ln Σ eˣ without overflow, −Inf for no values.
func LogSumExp(x []float64) float64 {
	top := math.Inf(-1)
	for _, v := range x {
		top = max(top, v)
	}
	if math.IsInf(top, 0) {
		return top
	}
	sum := 0.0
	for _, v := range x {
		sum += math.Exp(v - top)
	}
	return top + math.Log(sum)
}

// Expm1Over returns (eᵏˣ − 1) ÷ k, which is x at k = 0.
func Expm1Over(k, x float64) float64 {
	if k == 0 {
		return x
	}
	return math.Expm1(k*x) / k
}

// NormalQuantile returns z with Φ(z) = p, for 0 < p < 1.
func NormalQuantile(p float64) float64 { return distuv.UnitNormal.Quantile(p) }
