package numeric

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Objective returns f(x) and writes the gradient of f at x into gradient, which
// has the length of x. A value that is not finite means that x is outside the
// domain: the line search then steps back.
type Objective func(x, gradient []float64) float64

// Status is how a minimisation ended.
type Status string

// The ways a minimisation ends. Only Converged is an interior minimum; Bounded
// is a minimum of the box with at least one variable held at its limit.
const (
	Converged     Status = "converged"
	Bounded       Status = "bounded"
	Stalled       Status = "stalled"        // no step lowers f, yet the gradient is not small
	MaxIterations Status = "max_iterations" // stopped by the limit
	Failed        Status = "failed"         // f is not finite at the start
)

// Settings of Minimize; a zero field takes the default in brackets.
type Settings struct {
	Tolerance  float64 // largest projected gradient component at a minimum [1e-9]
	Iterations int     // most iterations [500]
	MaxStep    float64 // longest step of one variable in one iteration [2]
}

// Minimum is where and how Minimize ended.
type Minimum struct {
	X           []float64
	F           float64
	Gradient    []float64
	AtBound     []bool // variables that ended on a limit
	Status      Status
	Iterations  int
	Evaluations int
}

// Minimize searches the minimum of f in the box lower ≤ x ≤ upper from start
// (moved into the box first) by projected BFGS: the quasi-Newton step is taken
// in the variables that are free, bent at the limits, and shortened until f
// falls enough (Armijo); the update is damped as in Powell (1978), so that the
// curvature stays positive whatever the step. Use limits of ±Inf for none.
// It is meant for a handful of variables of similar scale, such as logarithms
// of parameters. None of the arguments is changed.
func Minimize(f Objective, start, lower, upper []float64, s Settings) Minimum {
	if s.Tolerance == 0 {
		s.Tolerance = 1e-9
	}
	if s.Iterations == 0 {
		s.Iterations = 500
	}
	if s.MaxStep == 0 {
		s.MaxStep = 2
	}
	n := len(start)
	b := &box{lower: lower, upper: upper}
	m := Minimum{X: make([]float64, n), Gradient: make([]float64, n), AtBound: make([]bool, n)}
	for i, v := range start {
		m.X[i] = b.clamp(i, v)
	}
	m.F = f(m.X, m.Gradient)
	m.Evaluations++
	if !finite(m.F) || !allFinite(m.Gradient) {
		m.Status = Failed
		return m
	}
	curvature := newCurvature(n)
	trial := Minimum{X: make([]float64, n), Gradient: make([]float64, n)}
	direction := make([]float64, n)
	for ; ; m.Iterations++ {
		if b.projected(m.X, m.Gradient) <= s.Tolerance {
			m.Status = b.verdict(&m)
			return m
		}
		if m.Iterations >= s.Iterations {
			b.verdict(&m)
			m.Status = MaxIterations
			return m
		}
		curvature.direction(direction, m.X, m.Gradient, b, s.MaxStep)
		if !lineSearch(f, b, &m, &trial, direction) {
			if curvature.fresh {
				// Rounding of f hides any further fall. Where the gradient is small
				// all the same, this is the minimum to what f can resolve.
				if status := b.verdict(&m); b.projected(m.X, m.Gradient) <= resolved {
					m.Status = status
				} else {
					m.Status = Stalled
				}
				return m
			}
			curvature.reset()
			continue
		}
		curvature.update(m.X, trial.X, m.Gradient, trial.Gradient)
		m.X, trial.X = trial.X, m.X
		m.Gradient, trial.Gradient = trial.Gradient, m.Gradient
		m.F = trial.F
	}
}

// resolved is the projected gradient of a mean log-likelihood that moves no
// parameter by a thousandth of its standard error, for up to a million rows.
const resolved = 1e-6

// lineSearch looks for a point along the bent line from m in direction d that
// lowers f enough and leaves it in trial.
func lineSearch(f Objective, b *box, m, trial *Minimum, d []float64) bool {
	const (
		enough     = 1e-4
		reductions = 40
	)
	norm := b.projected(m.X, m.Gradient)
	noise := 1e-14 * (1 + math.Abs(m.F)) // rounding of a long sum
	step := 1.0
	for range reductions {
		slope, moved := 0.0, false
		for i, v := range m.X {
			trial.X[i] = b.clamp(i, v+step*d[i])
			slope += m.Gradient[i] * (trial.X[i] - v)
			moved = moved || trial.X[i] != v
		}
		if !moved {
			return false
		}
		trial.F = f(trial.X, trial.Gradient)
		m.Evaluations++
		shrink := 0.25
		if finite(trial.F) && allFinite(trial.Gradient) {
			if slope < 0 && trial.F <= m.F+enough*slope {
				return true
			}
			// Near the minimum f no longer resolves the fall; the gradient does
			// (the approximate condition of Hager & Zhang 2005).
			if trial.F <= m.F+noise && b.projected(trial.X, trial.Gradient) < 0.9*norm {
				return true
			}
			// The minimum of the parabola through what is known.
			if curve := trial.F - m.F - slope; slope < 0 && curve > 0 {
				shrink = min(max(-slope/(2*curve), 0.1), 0.5)
			}
		}
		step *= shrink
	}
	return false
}

// box is the feasible region.
type box struct{ lower, upper []float64 }

func (b *box) clamp(i int, v float64) float64 { return min(max(v, b.lower[i]), b.upper[i]) }

// held reports whether the gradient presses variable i against a limit.
func (b *box) held(i int, x, g float64) bool {
	return x <= b.lower[i] && g > 0 || x >= b.upper[i] && g < 0
}

// projected returns the largest component of the projected gradient, which is
// zero exactly at a minimum of the box.
func (b *box) projected(x, g []float64) float64 {
	worst := 0.0
	for i := range x {
		worst = max(worst, math.Abs(x[i]-b.clamp(i, x[i]-g[i])))
	}
	return worst
}

// verdict marks the variables at a limit and says what a minimum there is.
func (b *box) verdict(m *Minimum) Status {
	status := Converged
	for i, x := range m.X {
		m.AtBound[i] = x <= b.lower[i] || x >= b.upper[i]
		if m.AtBound[i] {
			status = Bounded
		}
	}
	return status
}

// curvature is the BFGS approximation B of the Hessian.
type curvature struct {
	b     *mat.SymDense
	fresh bool // still the identity
}

func newCurvature(n int) *curvature {
	c := &curvature{b: mat.NewSymDense(n, nil)}
	c.reset()
	return c
}

func (c *curvature) reset() {
	c.b.Zero()
	for i := range c.b.SymmetricDim() {
		c.b.SetSym(i, i, 1)
	}
	c.fresh = true
}

// direction writes the quasi-Newton step of the free variables into d, the
// steepest descent where B is not positive definite there.
func (c *curvature) direction(d, x, g []float64, b *box, maxStep float64) {
	free := make([]int, 0, len(x))
	for i := range x {
		d[i] = 0
		if !b.held(i, x[i], g[i]) {
			free = append(free, i)
		}
	}
	sub := mat.NewSymDense(len(free), nil)
	right := mat.NewVecDense(len(free), nil)
	for p, i := range free {
		right.SetVec(p, -g[i])
		for q, j := range free[:p+1] {
			sub.SetSym(q, p, c.b.At(i, j))
		}
	}
	var chol mat.Cholesky
	var step mat.VecDense
	solved := chol.Factorize(sub) && chol.SolveVecTo(&step, right) == nil
	longest := 0.0
	for p, i := range free {
		d[i] = -g[i]
		if solved {
			d[i] = step.AtVec(p)
		}
		longest = max(longest, math.Abs(d[i]))
	}
	if longest > maxStep {
		for i := range d {
			d[i] *= maxStep / longest
		}
	}
}

// update is the BFGS update with Powell's damping.
func (c *curvature) update(x0, x1, g0, g1 []float64) {
	n := len(x0)
	s, y := mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
	for i := range n {
		s.SetVec(i, x1[i]-x0[i])
		y.SetVec(i, g1[i]-g0[i])
	}
	sy := mat.Dot(s, y)
	if c.fresh && sy > 0 {
		// The first step tells the scale of the curvature.
		scale := mat.Dot(y, y) / sy
		for i := range n {
			c.b.SetSym(i, i, scale)
		}
	}
	var bs mat.VecDense
	bs.MulVec(c.b, s)
	sbs := mat.Dot(s, &bs)
	if !(sbs > 0) {
		c.reset()
		return
	}
	if sy < 0.2*sbs {
		theta := 0.8 * sbs / (sbs - sy)
		y.ScaleVec(theta, y)
		y.AddScaledVec(y, 1-theta, &bs)
		sy = mat.Dot(s, y)
	}
	c.b.SymRankOne(c.b, -1/sbs, &bs)
	c.b.SymRankOne(c.b, 1/sy, y)
	c.fresh = false
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func allFinite(v []float64) bool {
	for _, x := range v {
		if !finite(x) {
			return false
		}
	}
	return true
}
