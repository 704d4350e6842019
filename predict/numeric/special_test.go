package numeric

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func near(got, want, relative float64) bool {
	return math.Abs(got-want) <= relative*max(math.Abs(want), 1e-300)
}

// Values of the closed forms in Abramowitz & Stegun 15.1.
func TestHyp2F1ClosedForms(t *testing.T) {
	for _, z := range []float64{-30, -1, -0.3, 1e-9, 0.1, 0.5, 0.9, 0.99, 0.999, 0.99999} {
		cases := []struct {
			name       string
			got, want  float64
			reasonable bool
		}{
			{"15.1.3", Hyp2F1(1, 1, 2, z), -math.Log1p(-z) / z, true},
			{"15.1.8", Hyp2F1(2.5, 0.7, 0.7, z), math.Pow(1-z, -2.5), z < 0.9999},
			{"15.1.4", Hyp2F1(0.5, 1, 1.5, z), math.Atanh(math.Sqrt(max(z, 0))) / math.Sqrt(max(z, 1e-300)), z > 0},
			{"15.1.6", Hyp2F1(0.5, 0.5, 1.5, z), math.Asin(math.Sqrt(max(z, 0))) / math.Sqrt(max(z, 1e-300)), z > 0},
		}
		for _, c := range cases {
			if c.reasonable && !near(c.got, c.want, 1e-9) {
				t.Errorf("%s at z = %v: %v, want %v", c.name, z, c.got, c.want)
			}
		}
	}
	for _, v := range []float64{Hyp2F1(1, 1, 0, 0.5), Hyp2F1(1, 1, 2, 1), Hyp2F1(math.NaN(), 1, 2, 0.1)} {
		if !math.IsNaN(v) {
			t.Errorf("outside the region: %v, want NaN", v)
		}
	}
}

// Euler's integral, the Gauss series and its transformation must agree wherever
// two of them apply.
func TestHyp2F1Agrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Float64Range(0.01, 20).Draw(t, "a")
		b := rapid.Float64Range(0.01, 20).Draw(t, "b")
		c := b + rapid.Float64Range(0.01, 20).Draw(t, "c − b")
		z := rapid.Float64Range(0, 0.98).Draw(t, "z")
		got, integral := Hyp2F1(a, b, c, z), eulerIntegral(a, b, c, z)
		if !near(got, integral, 1e-8) {
			t.Fatalf("₂F₁(%v, %v; %v; %v) = %v, by its integral %v", a, b, c, z, got, integral)
		}
	})
}

func TestBetaMean(t *testing.T) {
	mean := func(p, _ float64) float64 { return p }
	for _, a := range []float64{1e-4, 0.02, 0.7, 1, 3, 200, 1e5} {
		for _, b := range []float64{1e-4, 0.02, 0.7, 1, 3, 200, 1e5} {
			if got, want := BetaMean(a, b, mean, -math.Log(1+b)), a/(a+b); !near(got, want, 1e-8) {
				t.Errorf("mean of Beta(%v, %v) = %v, want %v", a, b, got, want)
			}
		}
	}
}

func TestRising(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := math.Exp(rapid.Float64Range(-10, 10).Draw(t, "ln x"))
		k := rapid.IntRange(0, 60).Draw(t, "k")
		log, digamma := 0.0, 0.0
		for i := range k {
			log += math.Log(x + float64(i))
			digamma += 1 / (x + float64(i))
		}
		if got := LogRising(x, k); math.Abs(got-log) > 1e-12*max(1, math.Abs(log)) {
			t.Fatalf("LogRising(%v, %d) = %v, want %v", x, k, got, log)
		}
		if got := DigammaRise(x, k); !near(got, digamma, 1e-12) && k > 0 {
			t.Fatalf("DigammaRise(%v, %d) = %v, want %v", x, k, got, digamma)
		}
	})
}

func TestLogSums(t *testing.T) {
	inf := math.Inf(-1)
	for _, c := range []struct{ got, want float64 }{
		{LogAddExp(1000, 1000), 1000 + math.Ln2},
		{LogAddExp(inf, 3), 3},
		{LogAddExp(3, inf), 3},
		{LogSumExp([]float64{-1000, -1000, -1000, -1000}), -1000 + 2*math.Ln2},
		{Expm1Over(0, 2), 2},
		{Expm1Over(1e-12, 2), 2},
		{Expm1Over(2, 1), (math.E*math.E - 1) / 2},
		{NormalQuantile(0.975), 1.959963984540054},
		{LogBeta(2, 3), -math.Log(12)},
	} {
		if !near(c.got, c.want, 1e-11) {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
	if v := LogAddExp(inf, inf); !math.IsInf(v, -1) {
		t.Errorf("sum of nothing: %v", v)
	}
	if v := LogSumExp(nil); !math.IsInf(v, -1) {
		t.Errorf("sum of nothing: %v", v)
	}
}

func TestIntegrate(t *testing.T) {
	for _, c := range []struct {
		name   string
		f      func(float64) float64
		lo, hi float64
		want   float64
	}{
		{"sine", math.Sin, 0, math.Pi, 2},
		{"root", math.Sqrt, 0, 1, 2.0 / 3},
		{"peak", func(x float64) float64 { return math.Exp(-(x - 0.3) * (x - 0.3) * 1e4) }, 0, 1, math.Sqrt(math.Pi) / 100},
	} {
		if got := Integrate(c.f, 1e-11, c.lo, c.hi); !near(got, c.want, 1e-8) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
