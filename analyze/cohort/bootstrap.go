package cohort

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/stat/distuv"

	"perennial"
)

// Customers are resampled in bags: up to maxBags customers each is a bag of its
// own, which is the plain bootstrap; beyond that customers are put into bags at
// random and whole bags are resampled. The sums of random bags are independent
// and alike, so their spread is that of the customers, while a replicate costs
// maxBags additions of a table and not one per purchase.
const maxBags = 1024

// BagOf puts a customer into a bag, at random but the same for one seed.
func BagOf(key perennial.CustomerKey, ask GapsAsked) int {
	// SplitMix64 (Steele, Lea & Flood 2014) as a hash of the key.
	x := ask.Seed + uint64(key)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int((x ^ x>>31) % uint64(ask.Bags))
}

// total sums the bags.
func total(bags []Weights) Weights {
	sum := newWeights(gridSize)
	for _, b := range bags {
		sum.add(b, 1)
	}
	return sum
}

func (w Weights) add(o Weights, times float64) {
	for j, v := range o.Events {
		w.Events[j] += times * v
	}
	for j, v := range o.Censored {
		w.Censored[j] += times * v
	}
}

// resample draws as many bags as there are, with replacement, and sums them.
func resample(bags []Weights, rng *rand.Rand) Weights {
	times := make([]float64, len(bags))
	for range bags {
		times[rng.IntN(len(bags))]++
	}
	sum := newWeights(gridSize)
	for i, b := range bags {
		if times[i] > 0 {
			sum.add(b, times[i])
		}
	}
	return sum
}

// resampleCounts draws each count anew from a Poisson distribution around it:
// the bootstrap of a table in which every customer stands in one cell.
func resampleCounts(count []float64, rng *rand.Rand) []float64 {
	out := make([]float64, len(count))
	for j, c := range count {
		if c > 0 {
			out[j] = distuv.Poisson{Lambda: c, Src: rng}.Rand()
		}
	}
	return out
}

// replicate runs one function per replicate, on all cores, each with a random
// stream of its own, so that the outcome does not depend on their order.
func replicate(n int, seed uint64, run func(r int, rng *rand.Rand)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for r := w; r < n; r += workers {
				run(r, rand.New(rand.NewPCG(seed, uint64(r))))
			}
		})
	}
	wg.Wait()
}

// percentileInterval returns the central 95 % of the values that are not
// negative (negative stands for “none in this replicate”), or nil where fewer
// than half of the replicates gave one. It sorts values.
func percentileInterval(values []float64) *Interval {
	slices.Sort(values)
	from, _ := slices.BinarySearch(values, 0)
	good := values[from:]
	if len(good) == 0 || len(good) < (len(values)+1)/2 {
		return nil
	}
	at := func(p float64) float64 { return good[int(p*float64(len(good)-1)+0.5)] }
	return &Interval{Low: at(0.025), High: at(0.975)}
}
