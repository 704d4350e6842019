package cluster

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
)

const (
	maxIterations = 200
	stillness     = 1e-7 // a centre that moves less has arrived
)

// centres are k rows of d coordinates.
type centres = points

// seedCentres chooses k of the points as first centres by k-means++ (Arthur &
// Vassilvitskii 2007) in its greedy form: of 2 + ln k candidates drawn by
// squared distance, the one that lowers the sum most.
func seedCentres(p points, k int, rng *rand.Rand) centres {
	c := centres{x: make([]float64, 0, k*p.d), n: k, d: p.d}
	first := rng.IntN(p.n)
	c.x = append(c.x, p.row(first)...)
	near := make([]float64, p.n) // squared distance to the nearest centre so far
	for i := range near {
		near[i] = squared(p.row(i), p.row(first))
	}
	trial, kept := make([]float64, p.n), make([]float64, p.n)
	for tries := 2 + int(math.Log(float64(k))); len(c.x) < k*p.d; {
		var total float64
		for _, v := range near {
			total += v
		}
		bestRow, bestSum := rng.IntN(p.n), math.Inf(1)
		for range tries {
			if total <= 0 {
				break // fewer distinct points than centres: any will do
			}
			row := draw(near, rng.Float64()*total)
			var sum float64
			for i := range trial {
				trial[i] = min(near[i], squared(p.row(i), p.row(row)))
				sum += trial[i]
			}
			if sum < bestSum {
				bestRow, bestSum = row, sum
				trial, kept = kept, trial
			}
		}
		c.x = append(c.x, p.row(bestRow)...)
		if bestSum < math.Inf(1) {
			near, kept = kept, near
		}
	}
	return c
}

// draw returns the index at which the running sum of weights passes at.
func draw(weights []float64, at float64) int {
	last := 0
	for i, w := range weights {
		if w <= 0 {
			continue
		}
		if at -= w; at < 0 {
			return i
		}
		last = i
	}
	return last
}

// settle runs Lloyd's algorithm from the centres c, in place, until no point
// changes sides, with Hamerly's bounds (2010, SIAM Data Mining): one upper bound
// on the distance to the own centre and one lower bound on that to the second
// nearest spare most distances. A centre that loses its last point moves to the
// point farthest from its own.
func settle(p points, c centres) {
	var (
		label  = make([]int32, p.n)
		upper  = make([]float64, p.n)
		lower  = make([]float64, p.n)
		sums   = make([]float64, len(c.x))
		count  = make([]int, c.n)
		margin = make([]float64, c.n) // half the distance to the nearest other centre
		moved  = make([]float64, c.n)
	)
	for i := range label {
		near, d1, d2 := nearestTwo(p.row(i), c)
		label[i], upper[i], lower[i] = int32(near), math.Sqrt(d1), math.Sqrt(d2)
		count[near]++
		add(sums[near*p.d:][:p.d], p.row(i), 1)
	}
	for range maxIterations {
		fillEmpty(p, c, label, upper, lower, sums, count)
		if move(c, sums, count, moved) < stillness {
			return
		}
		slack(moved, label, upper, lower)
		margins(c, margin)
		for i := range label {
			a := int(label[i])
			bound := max(margin[a], lower[i])
			if upper[i] <= bound {
				continue
			}
			upper[i] = math.Sqrt(squared(p.row(i), c.row(a)))
			if upper[i] <= bound {
				continue
			}
			near, d1, d2 := nearestTwo(p.row(i), c)
			upper[i], lower[i] = math.Sqrt(d1), math.Sqrt(d2)
			if near == a {
				continue
			}
			label[i] = int32(near)
			count[a]--
			count[near]++
			add(sums[a*p.d:][:p.d], p.row(i), -1)
			add(sums[near*p.d:][:p.d], p.row(i), 1)
		}
	}
}

// move puts each centre into the middle of its points and returns the longest
// way any went.
func move(c centres, sums []float64, count []int, moved []float64) float64 {
	longest := 0.0
	for k := range c.n {
		moved[k] = 0
		if count[k] == 0 {
			continue
		}
		row, sum := c.row(k), sums[k*c.d:][:c.d]
		var way float64
		for j := range row {
			at := sum[j] / float64(count[k])
			way += (at - row[j]) * (at - row[j])
			row[j] = at
		}
		moved[k] = math.Sqrt(way)
		longest = max(longest, moved[k])
	}
	return longest
}

// slack loosens the bounds by what the centres moved.
func slack(moved []float64, label []int32, upper, lower []float64) {
	far, second, farthest := 0.0, 0.0, -1
	for k, m := range moved {
		switch {
		case m > far:
			far, second, farthest = m, far, k
		case m > second:
			second = m
		}
	}
	for i, a := range label {
		upper[i] += moved[a]
		if int(a) == farthest {
			lower[i] -= second
		} else {
			lower[i] -= far
		}
	}
}

// margins sets half the distance from each centre to its nearest neighbour.
func margins(c centres, margin []float64) {
	for k := range c.n {
		near := math.Inf(1)
		for o := range c.n {
			if o != k {
				near = min(near, squared(c.row(k), c.row(o)))
			}
		}
		margin[k] = math.Sqrt(near) / 2
	}
}

// fillEmpty gives each centre without points the point that is farthest from its
// own centre, if any is away from it and not alone.
func fillEmpty(p points, c centres, label []int32, upper, lower, sums []float64, count []int) {
	for k := range c.n {
		if count[k] > 0 {
			continue
		}
		far, at := 0.0, -1
		for i, a := range label {
			if count[a] < 2 {
				continue
			}
			if d := squared(p.row(i), c.row(int(a))); d > far {
				far, at = d, i
			}
		}
		if at < 0 {
			return
		}
		a := int(label[at])
		count[a]--
		add(sums[a*p.d:][:p.d], p.row(at), -1)
		count[k] = 1
		copy(sums[k*p.d:][:p.d], p.row(at))
		// The centre itself jumps in move, which measures the way, and slack then
		// takes it off all lower bounds.
		label[at], upper[at], lower[at] = int32(k), math.Sqrt(squared(p.row(at), c.row(k))), 0
	}
}

// nearestTwo returns the nearest centre (the first of equals), its squared
// distance and that of the second nearest.
func nearestTwo(x []float64, c centres) (near int, d1, d2 float64) {
	d1, d2 = math.Inf(1), math.Inf(1)
	for k := range c.n {
		switch d := squared(x, c.row(k)); {
		case d < d1:
			near, d1, d2 = k, d, d1
		case d < d2:
			d2 = d
		}
	}
	return near, d1, d2
}

func squared(a, b []float64) float64 {
	var s float64
	b = b[:len(a)]
	for j, v := range a {
		d := v - b[j]
		s += d * d
	}
	return s
}

func add(sum, x []float64, sign float64) {
	for j, v := range x {
		sum[j] += sign * v
	}
}

// nearest labels every point with its nearest centre and returns the sum of
// squared distances.
func nearest(p points, c centres) ([]int32, float64) {
	label := make([]int32, p.n)
	var sum float64
	for i := range label {
		k, d, _ := nearestTwo(p.row(i), c)
		label[i] = int32(k)
		sum += d
	}
	return label, sum
}

// best fits k centres from several seeds, which it derives from stream, and
// keeps the fit with the smallest sum of squared distances.
func best(p points, k, restarts int, seed, stream uint64) centres {
	var kept centres
	least := math.Inf(1)
	for r := range restarts {
		c := seedCentres(p, k, source(seed, stream<<16|uint64(k)<<8|uint64(r)))
		settle(p, c)
		if _, sum := nearest(p, c); sum < least || kept.x == nil {
			kept, least = c, sum
		}
	}
	return kept
}

// source is a random generator of its own for each use, so that no result
// depends on the order in which the uses run.
func source(seed, stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) }

// sampleRows chooses m of n rows, ascending, each set equally likely (Knuth's
// selection sampling); all of them where m ≥ n.
func sampleRows(n, m int, rng *rand.Rand) []int {
	m = min(n, m)
	rows := make([]int, 0, m)
	for i := 0; len(rows) < m; i++ {
		if n-i == m-len(rows) || rng.Float64()*float64(n-i) < float64(m-len(rows)) {
			rows = append(rows, i)
		}
	}
	return rows
}

// parallel calls do(0) … do(n-1) on all processors; each call must write only
// its own results.
func parallel(n int, do func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}
