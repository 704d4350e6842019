package cohort

import (
	"math"
	"math/rand/v2"
)

const (
	kernelDays   = 7   // standard deviation of the Gaussian kernel
	goldenFactor = 1.5 // times the long-run level
)

// Window is the golden window in days since the first purchase, both included.
type Window struct {
	Start         int       `json:"start"`
	End           int       `json:"end"`
	StartInterval *Interval `json:"start_interval"`
	EndInterval   *Interval `json:"end_interval"`
}

// Golden says how the golden window was found. Hazards are per day.
type Golden struct {
	PeakDay      int     `json:"peak_day"`
	PeakHazard   float64 `json:"peak_hazard"`
	LongRunLevel float64 `json:"long_run_level"` // mean hazard between the days below
	LevelFrom    int     `json:"level_from"`     // F reaches 80 % of F(H)
	LevelTo      int     `json:"level_to"`       // F reaches 95 % of F(H)
	Threshold    float64 `json:"threshold"`      // 1.5 × LongRunLevel
	FoundShare   float64 `json:"found_share"`    // bootstrap replicates that have a window
}

// smoothHazard returns for the days 1..horizon the events per day and customer
// at risk, both weighted by a Gaussian kernel: the ratio of the two smoothed
// sums, so that days with few at risk weigh little and the edge needs no
// correction. Index 0 is unused; nobody buys twice on one purchase day.
func smoothHazard(events, risk []float64, horizon int) []float64 {
	const reach = 6 * kernelDays
	var kernel [reach + 1]float64
	for d := range kernel {
		z := float64(d) / kernelDays
		kernel[d] = math.Exp(-z * z / 2)
	}
	out := make([]float64, horizon+1)
	for x := 1; x <= horizon; x++ {
		var num, den float64
		for s := max(1, x-reach); s <= min(horizon, x+reach); s++ {
			w := kernel[max(x-s, s-x)]
			num += w * events[s]
			den += w * risk[s]
		}
		if den > 0 {
			out[x] = num / den
		}
	}
	return out
}

// golden finds the unbroken run around the highest hazard at which it is at
// least 1.5 × the long-run level; nil where there is none.
func golden(hazard []float64, in incidence) (Golden, *Window) {
	var g Golden
	if in.reached <= 0 {
		return g, nil
	}
	g.LevelFrom, g.LevelTo = in.quantile(0.8), in.quantile(0.95)
	for x := g.LevelFrom; x <= g.LevelTo; x++ {
		g.LongRunLevel += hazard[x] / float64(g.LevelTo-g.LevelFrom+1)
	}
	for x := 1; x < len(hazard); x++ {
		if hazard[x] > g.PeakHazard {
			g.PeakDay, g.PeakHazard = x, hazard[x]
		}
	}
	g.Threshold = goldenFactor * g.LongRunLevel
	if g.PeakDay == 0 || g.PeakHazard < g.Threshold {
		return g, nil
	}
	w := Window{Start: g.PeakDay, End: g.PeakDay}
	for w.Start > 1 && hazard[w.Start-1] >= g.Threshold {
		w.Start--
	}
	for w.End+1 < len(hazard) && hazard[w.End+1] >= g.Threshold {
		w.End++
	}
	return g, &w
}

// bootstrap fills the intervals of the golden window and of the half day. Each
// customer stands in one cell of t, so counts are redrawn per cell.
func (s *Second) bootstrap(t Table, opt Options) {
	n := opt.replicates()
	if n == 0 || s.SecondPurchases == 0 {
		return
	}
	start, end, half := make([]float64, n), make([]float64, n), make([]float64, n)
	replicate(n, opt.Seed+1, func(k int, rng *rand.Rand) {
		events := resampleCounts(t.Events, rng)
		in := read(Weights{events, resampleCounts(t.Censored, rng)}, Horizon)
		half[k] = float64(halfDay(in))
		start[k], end[k] = -1, -1
		if _, w := golden(smoothHazard(events, in.risk, in.horizon), in); w != nil {
			start[k], end[k] = float64(w.Start), float64(w.End)
		}
	})
	s.HalfDayInterval = percentileInterval(half)
	found := 0
	for _, v := range start {
		if v > 0 {
			found++
		}
	}
	s.Golden.FoundShare = float64(found) / float64(n)
	if s.GoldenWindow != nil {
		s.GoldenWindow.StartInterval = percentileInterval(start)
		s.GoldenWindow.EndInterval = percentileInterval(end)
	}
}
