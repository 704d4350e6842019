package cohort

import (
	"math"

	"perennial"
)

// Horizon is the longest gap, in days, that the analyses of this package look
// at. Whoever is still out after it counts as at risk to its end.
const Horizon = 365

// minAtRisk is the share of the weight that must still be at risk for a curve to
// be read (definitions.md §4).
const minAtRisk = 0.05

// gridSize is the number of cells of a table over days: 0..Horizon and one for
// everything beyond.
const gridSize = Horizon + 2

// dayTable returns an empty table over the days 0..Horizon+1, the last cell for
// everything beyond the horizon. Gaps are whole days, so counting per day takes
// the place of sorting.
func dayTable() Table {
	t := Table{Time: make([]float64, gridSize), Events: make([]float64, gridSize), Censored: make([]float64, gridSize)}
	for j := range t.Time {
		t.Time[j] = float64(j)
	}
	return t
}

// cell returns the cell of a gap from one day to a later one.
func cell(from, to perennial.Day) int { return min(max(int(to-from), 0), Horizon+1) }

// incidence is what is read off a table over days or over other ordered cells:
// F = 1 − S by cell and the weight at risk.
type incidence struct {
	risk    []float64
	f       []float64
	horizon int     // last cell of 0..limit with at least minAtRisk of the weight at risk
	reached float64 // F(horizon), the return share
}

// read estimates F by Kaplan–Meier; cells beyond limit are not used.
func read(w Weights, limit int) incidence {
	events, censored := w.Events, w.Censored
	n := len(events)
	in := incidence{risk: make([]float64, n), f: make([]float64, n)}
	var left float64
	for j := n - 1; j >= 0; j-- {
		left += events[j] + censored[j]
		in.risk[j] = left
	}
	total, s := left, 1.0
	for j := range n {
		if d := events[j]; d > 0 && in.risk[j] > 0 {
			s *= max(0, 1-d/in.risk[j])
		}
		in.f[j] = 1 - s
		if total > 0 && j <= limit && in.risk[j] >= minAtRisk*total*(1-1e-12) {
			in.horizon = j
		}
	}
	if n > 0 {
		in.reached = in.f[in.horizon]
	}
	return in
}

// quantile returns the first cell at which F reaches p·F(horizon), or −1 where
// nobody returns.
func (in incidence) quantile(p float64) int {
	if in.reached <= 0 {
		return -1
	}
	return in.first(p * in.reached)
}

// first returns the first cell at which F reaches level, or −1.
func (in incidence) first(level float64) int {
	for j, f := range in.f {
		if f >= level*(1-1e-12) {
			return j
		}
	}
	return -1
}

// Interval is a 95 % interval.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Line holds the points of a chart as parallel
// slices, at most chartPoints long. Low and High are absent without a band.
type Line struct {
	Day   []int     `json:"day"`
	Value []float64 `json:"value"`
	Low   []float64 `json:"low,omitempty"`
	High  []float64 `json:"high,omitempty"`
}

// chartPoints bounds the points of a line.
const chartPoints = 200

// line thins value[from..to] to at most chartPoints points, both ends kept.
// low and high may be nil.
func line(value, low, high []float64, from, to int) Line {
	out := Line{Day: []int{}, Value: []float64{}}
	if to < from {
		return out
	}
	step := (to-from)/(chartPoints-1) + 1
	add := func(j int) {
		out.Day = append(out.Day, j)
		out.Value = append(out.Value, value[j])
		if low != nil {
			out.Low = append(out.Low, low[j])
			out.High = append(out.High, high[j])
		}
	}
	// Counting back from the end keeps the horizon, which is what people read.
	add(from)
	for j := to - (to-from-1)/step*step; from < j && j <= to; j += step {
		add(j)
	}
	return out
}

// countQuartiles returns the quartiles of whole numbers counted by value,
// interpolated linearly between order statistics (type 7 of Hyndman & Fan
// 1996); empty where there are none.
func countQuartiles(count []int64) []float64 {
	var n int64
	for _, c := range count {
		n += c
	}
	if n == 0 {
		return []float64{}
	}
	at := func(rank int64) float64 {
		for v, c := range count {
			if rank < c {
				return float64(v)
			}
			rank -= c
		}
		return float64(len(count) - 1)
	}
	out := make([]float64, 3)
	for q := range out {
		pos := float64(q+1) / 4 * float64(n-1)
		lo := math.Floor(pos)
		a := at(int64(lo))
		out[q] = a
		if frac := pos - lo; frac > 0 {
			out[q] += frac * (at(int64(lo)+1) - a)
		}
	}
	return out
}
