package metric

import (
	"slices"

	"perennial"
)

// Concentration says how unevenly money is spread over customers. A customer
// whose refunds exceed the purchases counts as zero here, so that shares stay
// within 0 and 1. Shares and Gini are nil where nobody spent anything.
type Concentration struct {
	Top1Share  *float64 `json:"top_1_share"`
	Top5Share  *float64 `json:"top_5_share"`
	Top10Share *float64 `json:"top_10_share"`
	Top20Share *float64 `json:"top_20_share"`
	// Gini is that of the customers as a whole population: 0 where all spend the
	// same, (n−1)/n where one spends everything.
	Gini *float64 `json:"gini"`
	// Lorenz holds points of the Lorenz curve from (0, 0) to (1, 1), the smallest
	// spenders first, at most 100.
	Lorenz []LorenzPoint `json:"lorenz"`
}

// LorenzPoint is the share of money that a share of customers spends.
type LorenzPoint struct {
	Customers float64 `json:"customers"`
	Money     float64 `json:"money"`
}

// lorenzSteps is the number of points of the Lorenz curve less one.
const lorenzSteps = 50

// concentration sorts money, which must not be empty.
func concentration(money []perennial.Money) Concentration {
	out := Concentration{Lorenz: []LorenzPoint{}}
	n := len(money)
	slices.Sort(money)
	sum := make([]float64, n+1) // of the k smallest
	var ranked float64
	for k, m := range money {
		v := float64(max(m, 0))
		sum[k+1] = sum[k] + v
		ranked += float64(k+1) * v
	}
	total := sum[n]
	if total <= 0 {
		return out
	}
	top := func(percent int) *float64 {
		// Whole customers, rounded down but at least one.
		k := max(1, n*percent/100)
		share := (total - sum[n-k]) / total
		return &share
	}
	out.Top1Share, out.Top5Share, out.Top10Share, out.Top20Share = top(1), top(5), top(10), top(20)
	gini := max(0, 2*ranked/(float64(n)*total)-float64(n+1)/float64(n))
	out.Gini = &gini
	steps := min(lorenzSteps, n)
	for s := range steps + 1 {
		k := n * s / steps
		out.Lorenz = append(out.Lorenz, LorenzPoint{Customers: float64(k) / float64(n), Money: sum[k] / total})
	}
	return out
}
