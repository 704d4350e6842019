package clv

import (
	"math"
	"runtime"
	"slices"
	"sync"

	"perennial/predict/numeric"
)

// likelihood evaluates the log-likelihood of a family and its gradient over
// grouped customers. Terms in x alone are computed once a distinct x, logarithms
// once a distinct time; what is left for a triple is one exponential and one
// logarithm. Not safe for concurrent use; it splits the work itself.
type likelihood struct {
	parts  []part // fixed pieces, so that the sum does not depend on the processors
	times  []float64
	log    []float64 // ln(1 + times ÷ alpha)
	share  []float64 // times ÷ (alpha + times)
	sums   []sums
	totals totals
}

// part is a run of triples of one x.
type part struct {
	x      int
	weight float64
	rows   []row
}

type row struct {
	recency, age int32 // indices into times
	weight       float64
}

// sums of a part.
type sums struct{ value, left, log, share float64 }

// partRows is the largest part. Parts are the unit of parallel work.
const partRows = 4096

// parallelRows is how many triples make a second processor worth its start.
const parallelRows = 3 * partRows

func newLikelihood(g *Groups) *likelihood {
	l := &likelihood{totals: g.totals()}
	l.times = make([]float64, 0, 2*len(g.Triples))
	for _, t := range g.Triples {
		l.times = append(l.times, t.Recency, t.Age)
	}
	slices.Sort(l.times)
	l.times = slices.Clone(slices.Compact(l.times))
	l.log, l.share = make([]float64, len(l.times)), make([]float64, len(l.times))
	index := func(t float64) int32 {
		i, _ := slices.BinarySearch(l.times, t)
		return int32(i)
	}
	rows := make([]row, len(g.Triples))
	for i, t := range g.Triples {
		rows[i] = row{index(t.Recency), index(t.Age), t.Weight}
	}
	for lo := 0; lo < len(rows); {
		x, hi := g.Triples[lo].X, lo
		weight := 0.0
		for hi < len(rows) && hi-lo < partRows && g.Triples[hi].X == x {
			weight += rows[hi].weight
			hi++
		}
		l.parts = append(l.parts, part{int(x), weight, rows[lo:hi]})
		lo = hi
	}
	l.sums = make([]sums, len(l.parts))
	return l
}

// at returns the total log-likelihood of m, times in days, and writes its
// gradient by R, Alpha, A, B. With dropout false it is that of the NBD, the
// common limit of both families as dropout vanishes, and the gradient by A and B
// is zero.
func (l *likelihood) at(m BetaGeometric, dropout bool, gradient *[4]float64) float64 {
	// Everything is measured against alpha: where customers hardly differ, R and
	// Alpha grow together at a constant ratio, and logarithms of alpha + t would
	// lose the digits that matter.
	for i, t := range l.times {
		l.log[i] = math.Log1p(t / m.Alpha)
		l.share[i] = t / (m.Alpha + t)
	}
	rows := 0
	for _, p := range l.parts {
		rows += len(p.rows)
	}
	l.split(rows, func(i int) { l.sums[i] = l.part(m, dropout, l.parts[i]) })

	total := 0.0
	*gradient = [4]float64{}
	logAlpha := math.Log(m.Alpha)
	for i := 0; i < len(l.parts); {
		x, weight := l.parts[i].x, 0.0
		var s sums
		for ; i < len(l.parts) && l.parts[i].x == x; i++ {
			weight += l.parts[i].weight
			s.value += l.sums[i].value
			s.left += l.sums[i].left
			s.log += l.sums[i].log
			s.share += l.sums[i].share
		}
		total += s.value + weight*(numeric.LogRising(m.R, x)-float64(x)*logAlpha)
		gradient[0] += weight*numeric.DigammaRise(m.R, x) - s.log
		gradient[1] += ((m.R+float64(x))*s.share - weight*float64(x)) / m.Alpha
		k := m.chances(x)
		if !dropout || k == 0 {
			continue
		}
		total += weight * (numeric.LogRising(m.B, k) - numeric.LogRising(m.A+m.B, k))
		common := numeric.DigammaRise(m.A+m.B, k)
		gradient[2] += s.left/m.A - weight*common
		gradient[3] += weight*(numeric.DigammaRise(m.B, k)-common) - s.left/(m.B+float64(k-1))
	}
	return total
}

// part adds ln[(1+T/α)^−(r+x) + odds·(1+t_x/α)^−(r+x)] over the rows, with odds
// = a ÷ (b+k−1), and the sums of the gradient: the weight of those who left, and
// the means of log and share over having left at t_x and still there at T.
func (l *likelihood) part(m BetaGeometric, dropout bool, p part) sums {
	power := m.R + float64(p.x)
	k := m.chances(p.x)
	var s sums
	if !dropout || k == 0 {
		for _, r := range p.rows {
			s.log += r.weight * l.log[r.age]
			s.share += r.weight * l.share[r.age]
		}
		s.value = -power * s.log
		return s
	}
	logOdds := math.Log(m.A) - math.Log(m.B+float64(k-1))
	for _, r := range p.rows {
		age, recency := l.log[r.age], l.log[r.recency]
		gap := logOdds + power*(age-recency) // ln odds of having left
		left := 1.0
		if gap > 36 { // staying is beyond double precision
			s.value += r.weight * (gap - power*age)
		} else {
			e := math.Exp(gap)
			left = e / (1 + e)
			s.value += r.weight * (math.Log1p(e) - power*age)
		}
		s.left += r.weight * left
		s.log += r.weight * (age + left*(recency-age))
		s.share += r.weight * (l.share[r.age] + left*(l.share[r.recency]-l.share[r.age]))
	}
	return s
}

// split calls work for every part, on all processors where that pays.
func (l *likelihood) split(rows int, work func(part int)) {
	workers := workersFor(len(l.parts))
	if rows < parallelRows {
		workers = 1
	}
	inParallel(len(l.parts), workers, work)
}

// workersFor returns how many goroutines n pieces of work are worth.
func workersFor(n int) int { return min(runtime.GOMAXPROCS(0), n) }

// inParallel calls work(0) … work(n−1) once each from at most workers
// goroutines, and returns when all are done.
func inParallel(n, workers int, work func(i int)) {
	if workers < 2 {
		for i := range n {
			work(i)
		}
		return
	}
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			// Interleaved, so that big and small parts are spread evenly.
			for i := w; i < n; i += workers {
				work(i)
			}
		})
	}
	wait.Wait()
}
