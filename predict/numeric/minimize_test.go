package numeric

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func unbounded(n int) (lower, upper []float64) {
	for range n {
		lower, upper = append(lower, math.Inf(-1)), append(upper, math.Inf(1))
	}
	return lower, upper
}

func rosenbrock(x, g []float64) float64 {
	a, b := 1-x[0], x[1]-x[0]*x[0]
	g[0] = -2*a - 400*x[0]*b
	g[1] = 200 * b
	return a*a + 100*b*b
}

func TestMinimizeRosenbrock(t *testing.T) {
	lower, upper := unbounded(2)
	start := []float64{-1.2, 1}
	m := Minimize(rosenbrock, start, lower, upper, Settings{})
	if m.Status != Converged || math.Hypot(m.X[0]-1, m.X[1]-1) > 1e-7 {
		t.Errorf("ended %s at %v after %d iterations, want converged at 1, 1", m.Status, m.X, m.Iterations)
	}
	if m.Evaluations > 100 {
		t.Errorf("took %d evaluations", m.Evaluations)
	}
	if start[0] != -1.2 {
		t.Error("the start was changed")
	}
}

func TestMinimizeBound(t *testing.T) {
	// On x ≤ 0.5 the minimum of Rosenbrock's function is at (0.5, 0.25).
	m := Minimize(rosenbrock, []float64{-1.2, 9}, []float64{-2, -2}, []float64{0.5, 2}, Settings{})
	if m.Status != Bounded || math.Hypot(m.X[0]-0.5, m.X[1]-0.25) > 1e-7 || !m.AtBound[0] || m.AtBound[1] {
		t.Errorf("ended %s at %v, bounds %v", m.Status, m.X, m.AtBound)
	}
}

func TestMinimizeVerdicts(t *testing.T) {
	lower, upper := unbounded(1)
	limit := Minimize(rosenbrock, []float64{-1.2, 1}, []float64{-9, -9}, []float64{9, 9}, Settings{Iterations: 3})
	if limit.Status != MaxIterations || limit.Iterations != 3 {
		t.Errorf("limited to 3 iterations: %s after %d", limit.Status, limit.Iterations)
	}
	nan := Minimize(func(_, g []float64) float64 { g[0] = 0; return math.NaN() }, []float64{1}, lower, upper, Settings{})
	if nan.Status != Failed {
		t.Errorf("NaN at the start: %s", nan.Status)
	}
	// A gradient that contradicts the function must not be called a minimum.
	wrong := Minimize(func(x, g []float64) float64 { g[0] = -1; return x[0] }, []float64{1}, lower, upper, Settings{})
	if wrong.Status != Stalled {
		t.Errorf("a wrong gradient: %s", wrong.Status)
	}
	// A domain that ends inside the box: ln x − x … is only finite for x > 0.
	edge := Minimize(func(x, g []float64) float64 { g[0] = 1 - 1/x[0]; return x[0] - math.Log(x[0]) },
		[]float64{1e-3}, lower, upper, Settings{})
	if edge.Status != Converged || math.Abs(edge.X[0]-1) > 1e-8 {
		t.Errorf("domain x > 0: %s at %v", edge.Status, edge.X)
	}
}

func TestMinimizeQuadratics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// f = Σ cᵢ(xᵢ−mᵢ)² + (Σxᵢ−Σmᵢ)² on a box: any solution must have a zero
		// projected gradient, and be mᵢ where the box holds it.
		const n = 3
		c, centre := make([]float64, n), make([]float64, n)
		for i := range n {
			c[i] = math.Exp(rapid.Float64Range(-5, 5).Draw(t, "log c"))
			centre[i] = rapid.Float64Range(-3, 3).Draw(t, "centre")
		}
		side := rapid.Float64Range(0.5, 4).Draw(t, "side")
		f := func(x, g []float64) float64 {
			sum, v := 0.0, 0.0
			for i := range n {
				sum += x[i] - centre[i]
			}
			for i := range n {
				d := x[i] - centre[i]
				v += c[i] * d * d
				g[i] = 2*c[i]*d + 2*sum
			}
			return v + sum*sum
		}
		lower, upper := []float64{-side, -side, -side}, []float64{side, side, side}
		m := Minimize(f, []float64{0, 0, 0}, lower, upper, Settings{})
		if m.Status != Converged && m.Status != Bounded {
			t.Fatalf("%s after %d iterations, gradient %v", m.Status, m.Iterations, m.Gradient)
		}
		inside := true
		for i := range n {
			inside = inside && math.Abs(centre[i]) <= side
		}
		for i := range n {
			if inside && math.Abs(m.X[i]-centre[i]) > 1e-5 {
				t.Fatalf("ended at %v, want %v", m.X, centre)
			}
		}
	})
}

func TestCovariance(t *testing.T) {
	// The Hessian of Rosenbrock's function at (1, 1) is [802 −400; −400 200],
	// its inverse [0.5 1; 1 2.005].
	h := Hessian(rosenbrock, []float64{1, 1}, 1e-4)
	inverse, ok := InverseSPD(h)
	if !ok {
		t.Fatal("not positive definite")
	}
	for i, row := range [][]float64{{0.5, 1}, {1, 2.005}} {
		for j, want := range row {
			if math.Abs(inverse[i][j]-want) > 1e-3 {
				t.Errorf("inverse[%d][%d] = %v, want %v", i, j, inverse[i][j], want)
			}
		}
	}
	if v := Quadratic(inverse, []float64{1, -1}); math.Abs(v-0.505) > 1e-3 {
		t.Errorf("variance of the difference %v, want 0.505", v)
	}
	for _, bad := range [][][]float64{{}, {{1, 2}, {2, 1}}, {{1, 1}, {1, 1}}, {{0}}, {{math.NaN()}}, {{-1}}} {
		if _, ok := InverseSPD(bad); ok {
			t.Errorf("%v was inverted", bad)
		}
	}
}
