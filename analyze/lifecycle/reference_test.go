package lifecycle

import (
	"math"
	"sort"

	"perennial"
	"perennial/analyze/history"
)

// referenceRhythm is a plain reading of definitions.md §4, by sorting.
func referenceRhythm(h *history.History, asOf perennial.Day) Rhythm {
	type obs struct {
		x, w  float64
		event bool
	}
	var gaps []obs
	each := func(f func(days []perennial.Day, open perennial.Day)) {
		for i := range h.Customers {
			days := h.Days(i)
			n := sort.Search(len(days), func(k int) bool { return days[k] > asOf })
			if n > 0 {
				f(days[:n], asOf-days[n-1])
			}
		}
	}
	each(func(days []perennial.Day, open perennial.Day) {
		w := 1 / float64(len(days))
		for k := 1; k < len(days); k++ {
			gaps = append(gaps, obs{float64(days[k] - days[k-1]), w, true})
		}
		gaps = append(gaps, obs{float64(open), w, false})
	})
	quantiles := func(o []obs, limit float64, ps ...float64) (share float64, q []float64) {
		sort.Slice(o, func(i, j int) bool { return o[i].x < o[j].x })
		total := 0.0
		for _, v := range o {
			total += v.w
		}
		risk, s := total, 1.0
		var xs, fs []float64
		for i := 0; i < len(o); {
			if risk < 0.05*total || o[i].x > limit {
				break
			}
			j, d, gone := i, 0.0, 0.0
			for ; j < len(o) && o[j].x == o[i].x; j++ {
				gone += o[j].w
				if o[j].event {
					d += o[j].w
				}
			}
			s *= 1 - d/risk
			xs, fs = append(xs, o[i].x), append(fs, 1-s)
			risk -= gone
			i = j
		}
		if len(fs) == 0 {
			return 0, make([]float64, len(ps))
		}
		share = fs[len(fs)-1]
		for _, p := range ps {
			k := sort.Search(len(fs), func(k int) bool { return fs[k] >= p*share-1e-12 })
			q = append(q, xs[min(k, len(xs)-1)])
		}
		return share, q
	}
	share, q := quantiles(gaps, 365, 0.5)
	c := q[0]
	if share < 0.2 || c > 180 || c <= 0 {
		return Rhythm{}
	}
	var ratios []obs
	each(func(days []perennial.Day, open perennial.Day) {
		w := 1 / float64(len(days))
		for k := 1; k < len(days); k++ {
			g := (2*c + float64(days[k-1]-days[0])) / float64(2+k-1)
			ratios = append(ratios, obs{float64(days[k]-days[k-1]) / g, w, true})
		}
		g := (2*c + float64(days[len(days)-1]-days[0])) / float64(2+len(days)-1)
		ratios = append(ratios, obs{float64(open) / g, w, false})
	})
	_, s := quantiles(ratios, math.Inf(1), 0.8, 0.95)
	return Rhythm{Identified: true, CycleDays: c, S80: s[0], S95: s[1], CycleLow: c * 0.95, CycleHigh: c * 1.05}
}

func reference(h *history.History) RhythmAt {
	return Every(28, func(asOf perennial.Day) Rhythm { return referenceRhythm(h, asOf) })
}
