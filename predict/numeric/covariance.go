package numeric

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Hessian returns the matrix of second derivatives of f at x, row by row, from
// central differences of its gradient with the given step, made symmetric.
func Hessian(f Objective, x []float64, step float64) [][]float64 {
	n := len(x)
	h := square(n)
	at := append([]float64(nil), x...)
	up, down := make([]float64, n), make([]float64, n)
	for i := range n {
		at[i] = x[i] + step
		f(at, up)
		at[i] = x[i] - step
		f(at, down)
		at[i] = x[i]
		for j := range n {
			h[i][j] = (up[j] - down[j]) / (2 * step)
		}
	}
	for i := range n {
		for j := range i {
			mean := (h[i][j] + h[j][i]) / 2
			h[i][j], h[j][i] = mean, mean
		}
	}
	return h
}

// InverseSPD returns the inverse of a symmetric positive definite matrix, and
// false where the matrix is not, or so nearly singular that its inverse would
// have no digit left.
func InverseSPD(m [][]float64) ([][]float64, bool) {
	n := len(m)
	if n == 0 {
		return nil, false
	}
	// Scaled to a unit diagonal first, so that the condition number speaks of
	// dependence and not of units.
	scale := make([]float64, n)
	for i := range n {
		if !(m[i][i] > 0) || math.IsInf(m[i][i], 0) {
			return nil, false
		}
		scale[i] = math.Sqrt(m[i][i])
	}
	s := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i + 1 {
			s.SetSym(i, j, m[i][j]/scale[i]/scale[j])
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(s) || chol.Cond() > 1e13 {
		return nil, false
	}
	var inverse mat.SymDense
	if err := chol.InverseTo(&inverse); err != nil {
		return nil, false
	}
	out := square(n)
	for i := range n {
		for j := range n {
			out[i][j] = inverse.At(i, j) / scale[i] / scale[j]
			if !finite(out[i][j]) {
				return nil, false
			}
		}
	}
	return out, true
}

// Quadratic returns gᵀ·m·g: the variance of a function with gradient g of
// parameters with covariance m (the delta method).
func Quadratic(m [][]float64, g []float64) float64 {
	sum := 0.0
	for i := range g {
		for j := range g {
			sum += g[i] * m[i][j] * g[j]
		}
	}
	return sum
}

func square(n int) [][]float64 {
	cells := make([]float64, n*n)
	out := make([][]float64, n)
	for i := range out {
		out[i] = cells[i*n : (i+1)*n : (i+1)*n]
	}
	return out
}
