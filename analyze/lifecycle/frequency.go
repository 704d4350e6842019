package lifecycle

import "math"

// dropP returns the one-sided p-value of the exact conditional test that a
// customer buys as often as before: given recent + earlier purchases in all, the
// recent ones are binomial with probability recentDays ÷ (recentDays +
// earlierDays) when the two Poisson rates are equal; the p-value is the chance
// of as few recent ones or fewer. (J. Przyborowski and H. Wilenski, Homogeneity
// of results in testing samples from Poisson series, Biometrika 31, 1940.)
// Purchases that come more regularly than a Poisson process make it
// conservative.
func dropP(recent, earlier int, recentDays, earlierDays float64) float64 {
	n := recent + earlier
	if n == 0 || recentDays <= 0 || earlierDays <= 0 {
		return 1
	}
	p := recentDays / (recentDays + earlierDays)
	odds := p / (1 - p)
	// The first term underflows only where n is in the hundreds; then the sum is
	// far below any level unless recent is near its mean, which logs handle.
	if logTerm := float64(n) * math.Log1p(-p); logTerm < -600 {
		return dropPLog(recent, n, logTerm, math.Log(odds))
	}
	term := math.Exp(float64(n) * math.Log1p(-p))
	sum := term
	for k := 1; k <= recent; k++ {
		term *= odds * float64(n-k+1) / float64(k)
		sum += term
	}
	return math.Min(sum, 1)
}

func dropPLog(recent, n int, logTerm, logOdds float64) float64 {
	sum := math.Exp(logTerm)
	for k := 1; k <= recent; k++ {
		logTerm += logOdds + math.Log(float64(n-k+1)/float64(k))
		sum += math.Exp(logTerm)
	}
	return math.Min(sum, 1)
}

// level says how a rule stands with a customer: the hysteresis looks at a rule
// loosened and tightened by its margin.
type level uint8

const (
	out   level = iota // does not hold even when loosened
	loose              // holds only when loosened by the margin
	holds              // holds
	firm               // holds even when tightened by the margin
)

// drop says how a frequency-drop condition stands: size and level move with the
// margin together.
func (f *FrequencyDrop) drop(margin float64, recent, earlier int, recentDays, earlierDays float64) level {
	if earlier <= 0 || recentDays <= 0 || earlierDays <= 0 {
		return out
	}
	size := 1 - float64(recent)/recentDays*earlierDays/float64(earlier)
	if size < f.Size*(1-margin) {
		return out
	}
	p := dropP(recent, earlier, recentDays, earlierDays)
	switch {
	case p > f.Level*(1+margin):
		return out
	case p > f.Level || size < f.Size:
		return loose
	case p > f.Level*(1-margin) || size < f.Size*(1+margin):
		return holds
	}
	return firm
}
