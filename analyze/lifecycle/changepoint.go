package lifecycle

import (
	"math"

	"perennial"
	"perennial/analyze/history"
)

// Shift is a lasting change of level in the weekly purchase days of the whole
// base: from the week that begins on Day on, activity is Ratio times what it
// was.
type Shift struct {
	Day       perennial.Day `json:"day"`
	Ratio     float64       `json:"ratio"`
	Statistic float64       `json:"statistic"` // sup-F, corrected for autocorrelation
}

const (
	// supFCritical is the 5 % point of the sup-F statistic for one parameter with
	// 15 % trimming (D. W. K. Andrews, Tests for parameter instability and
	// structural change with unknown change point, Econometrica 61, 1993, table I).
	supFCritical = 8.85
	shiftTrim    = 0.15
	shiftWeeks   = 52  // weeks looked at
	shiftLeast   = 20  // weeks needed
	shiftRatio   = 1.5 // a smaller change of level is no reason to move rules
)

// FindShift looks for one change of level in the weekly purchase days up to day
// d: the log of the weekly count is a straight line with a step, the step is put
// in every week but the outer 15 %, and the largest F statistic is compared with
// its 5 % point (Andrews 1993), its variance enlarged for first-order
// autocorrelation of the residuals. With two years of data the same week of the
// year before is subtracted first, so that a season that comes every year is no
// shift. It looks at the last 52 whole weeks; false where there are fewer than
// 20, where nothing is found, or where the level moves by less than half.
func FindShift(h *history.History, d perennial.Day) (Shift, bool) {
	weeks := weekly(h, d)
	y := make([]float64, 0, shiftWeeks)
	n := len(weeks)
	from := max(0, n-shiftWeeks)
	for i := from; i < n; i++ {
		v := math.Log(weeks[i] + 0.5)
		if n >= 2*shiftWeeks {
			v -= math.Log(weeks[i-shiftWeeks] + 0.5)
		}
		y = append(y, v)
	}
	if len(y) < shiftLeast {
		return Shift{}, false
	}
	at, step, f := supF(y)
	ratio := math.Exp(step)
	if f < supFCritical || ratio < shiftRatio && ratio > 1/shiftRatio {
		return Shift{}, false
	}
	day := d - perennial.Day(7*(len(weeks)-from-at)) + 1
	return Shift{Day: day, Ratio: ratio, Statistic: f}, true
}

// weekly counts purchase days in whole weeks that end on day d, oldest first.
func weekly(h *history.History, d perennial.Day) []float64 {
	if h.Len() == 0 || d < h.First {
		return nil
	}
	out := make([]float64, int(d-h.First+1)/7)
	for _, day := range h.Day {
		if back := int(d-day) / 7; day <= d && back < len(out) {
			out[len(out)-1-back]++
		}
	}
	return out
}

// supF fits y = a + b·t + δ·[t ≥ τ] for every τ within the trimmed range and
// returns the τ with the largest F statistic of δ, that δ, and the statistic
// with the variance enlarged by (1+ρ)/(1−ρ).
func supF(y []float64) (at int, step, f float64) {
	n := len(y)
	trim := max(2, int(math.Ceil(float64(n)*shiftTrim)))
	base := lineResiduals(y)
	rss0 := dot(base, base)
	dummy := make([]float64, n)
	for tau := trim; tau <= n-trim; tau++ {
		for t := range dummy {
			dummy[t] = 0
			if t >= tau {
				dummy[t] = 1
			}
		}
		// By Frisch, Waugh and Lovell the step is a regression of residuals.
		d := lineResiduals(dummy)
		dd := dot(d, d)
		if dd < 1e-9 {
			continue
		}
		delta := dot(d, base) / dd
		rss := rss0 - delta*delta*dd
		e := make([]float64, n)
		for t := range e {
			e[t] = base[t] - delta*d[t]
		}
		// A floor of Poisson-like noise keeps a perfect fit from dividing by zero.
		s2 := max(rss/float64(n-3), 1e-6) * inflation(e)
		if stat := delta * delta * dd / s2; stat > f {
			at, step, f = tau, delta, stat
		}
	}
	return at, step, f
}

// inflation returns (1+ρ)/(1−ρ) for the first-order autocorrelation of
// residuals, at least 1.
func inflation(e []float64) float64 {
	var num, den float64
	for t, v := range e {
		den += v * v
		if t > 0 {
			num += v * e[t-1]
		}
	}
	if den < 1e-12 {
		return 1
	}
	rho := min(max(num/den, 0), 0.9)
	return (1 + rho) / (1 - rho)
}

// lineResiduals returns y less its least-squares line in 0, 1, 2, ….
func lineResiduals(y []float64) []float64 {
	n := float64(len(y))
	mid := (n - 1) / 2
	var mean, sxy, sxx float64
	for t, v := range y {
		mean += v / n
		sxy += (float64(t) - mid) * v
		sxx += (float64(t) - mid) * (float64(t) - mid)
	}
	out := make([]float64, len(y))
	for t, v := range y {
		out[t] = v - mean - sxy/sxx*(float64(t)-mid)
	}
	return out
}

func dot(a, b []float64) float64 {
	s := 0.0
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}
