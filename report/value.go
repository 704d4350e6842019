package report

import (
	"math"
	"slices"

	"perennial"
)

const (
	lorenzSteps = 50
	// binShare is the share of customers below which the bars at either end are
	// put together with their neighbour.
	binShare = 0.005
)

// newValue describes the values, one a customer; nil gives an empty description.
func newValue(currency perennial.Currency, values []perennial.Money) Value {
	v := Value{Histogram: []Bin{}, Lorenz: []Share{}}
	if len(values) == 0 {
		return v
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	n := len(sorted)
	v.Customers = n
	median := currency.Amount(sorted[n/2])
	v.Median = &median
	sum := make([]float64, n+1)
	for k, m := range sorted {
		sum[k+1] = sum[k] + float64(max(m, 0))
	}
	if total := sum[n]; total > 0 {
		top := max(1, n*20/100)
		share := (total - sum[n-top]) / total
		v.Top20Share = &share
		steps := min(lorenzSteps, n)
		for s := range steps + 1 {
			k := n * s / steps
			v.Lorenz = append(v.Lorenz, Share{float64(k) / float64(n), sum[k] / total})
		}
	}
	v.Histogram = histogram(currency, sorted)
	return v
}

// histogram puts ascending values into bins whose edges run 1, 2, 5, 10, … in
// major units, the form in which money of many sizes can be read.
func histogram(currency perennial.Currency, sorted []perennial.Money) []Bin {
	unit := math.Pow10(currency.Digits())
	var edges []perennial.Money
	for e := 0; e < 12; e++ {
		for _, step := range []float64{1, 2, 5} {
			edge := perennial.Money(step * math.Pow10(e) * unit)
			if len(edges) > 0 && edges[len(edges)-1] > sorted[len(sorted)-1] {
				break
			}
			edges = append(edges, edge)
		}
	}
	bins := []Bin{{From: currency.Amount(min(0, sorted[0]))}}
	for _, e := range edges {
		to := currency.Amount(e)
		bins[len(bins)-1].To = &to
		bins = append(bins, Bin{From: to})
	}
	at := 0
	for _, m := range sorted {
		for bins[at].To != nil && m >= bins[at].To.Minor {
			at++
		}
		bins[at].Customers++
		bins[at].Value.Minor += m
	}
	few := int(math.Ceil(binShare * float64(len(sorted))))
	for len(bins) > 2 && bins[0].Customers < few {
		bins[1].From = bins[0].From
		bins[1].Customers += bins[0].Customers
		bins[1].Value.Minor += bins[0].Value.Minor
		bins = bins[1:]
	}
	for last := len(bins) - 1; last > 1 && bins[last].Customers < few; last = len(bins) - 1 {
		bins[last-1].To = nil
		bins[last-1].Customers += bins[last].Customers
		bins[last-1].Value.Minor += bins[last].Value.Minor
		bins = bins[:last]
	}
	bins[len(bins)-1].To = nil
	for k := range bins {
		bins[k].Value.Currency = currency
	}
	return bins
}
