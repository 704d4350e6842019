package lifecycle

import (
	"math"
	"slices"
)

// senSlope returns the median of the slopes between all pairs of points (P. K.
// Sen, Estimates of the regression coefficient based on Kendall's tau, JASA 63,
// 1968), a step being 1.
func senSlope(y []float64) float64 {
	var slopes []float64
	for i := range y {
		for j := i + 1; j < len(y); j++ {
			slopes = append(slopes, (y[j]-y[i])/float64(j-i))
		}
	}
	return median(slopes)
}

// rising reports whether y rises by the one-sided Mann–Kendall test at 5 %,
// normal approximation with continuity correction.
func rising(y []float64) bool {
	s := 0.0
	for i := range y {
		for j := i + 1; j < len(y); j++ {
			switch {
			case y[j] > y[i]:
				s++
			case y[j] < y[i]:
				s--
			}
		}
	}
	n := float64(len(y))
	return s > 0 && (s-1)/math.Sqrt(n*(n-1)*(2*n+5)/18) > 1.6449
}

// median returns the median of v, 0 for none; v is not changed.
func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Clone(v)
	slices.Sort(s)
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}
