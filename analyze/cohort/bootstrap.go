package cohort

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/stat/distuv"
)

// Customers are resampled in bags: up to maxBags customers each is a bag of its
// own, which is the plain bootstrap; beyond that customers are put into bags at
// random and whole bags are resampled. The sums of random bags are independent
// and alike, so their spread is that of the customers, while a replicate costs
// maxBags additions of a table and not one per purchase.
const maxBags = 1024

// bagOf puts customer i of n into a bag, at random but the same for one seed.
func bagOf(i, n int, seed uint64) int {
	if n <= maxBags {
		return i
	}
	// SplitMix64 (Steele, Lea & Flood 2014) as a hash of the index.
	x := seed + uint64(i+1)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int((x ^ x>>31) % maxBags)
}

// bags holds one day table per bag, events and censored beside each other.
type bags struct {
	row [][]float64 // 2·gridSize each
}

func newBags(customers int) *bags {
	n := min(customers, maxBags)
	all := make([]float64, n*2*gridSize)
	b := &bags{row: make([][]float64, n)}
	for i := range b.row {
		b.row[i] = all[i*2*gridSize : (i+1)*2*gridSize]
	}
	return b
}

// total sums the bags into events and censored.
func (b *bags) total() (events, censored []float64) {
	sum := make([]float64, 2*gridSize)
	for _, row := range b.row {
		for j, v := range row {
			sum[j] += v
		}
	}
	return sum[:gridSize], sum[gridSize:]
}

// resample draws as many bags as there are, with replacement, and sums them.
func (b *bags) resample(rng *rand.Rand) (events, censored []float64) {
	times := make([]float64, len(b.row))
	for range b.row {
		times[rng.IntN(len(b.row))]++
	}
	sum := make([]float64, 2*gridSize)
	for i, row := range b.row {
		if w := times[i]; w > 0 {
			for j, v := range row {
				sum[j] += w * v
			}
		}
	}
	return sum[:gridSize], sum[gridSize:]
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
