package clv

import "math"

// purchasing is what forecasts over many customers need of a model: as in both
// families the conditional expectation is P(alive) times that of a living
// customer, which depends on x and T only.
type purchasing interface {
	Model
	// living returns the purchases expected of a living customer with x repeats
	// as a function of age and horizon. The function is not safe for concurrent
	// use.
	living(x int) func(age, t float64) float64
	// next is NextPurchase.
	next(q float64, x int, age float64) float64
}

func (m BetaGeometric) living(x int) func(age, t float64) float64 {
	e := m.posterior(x)
	return func(age, t float64) float64 { return e.at(t / (m.Alpha + age + t)) }
}

func (m BetaGeometric) next(q float64, x int, age float64) float64 { return m.NextPurchase(q, x, age) }

// Steps is a horizon cut into steps of equal length, each discounted at its end.
type Steps struct {
	Count  int
	Length float64 // in the unit of the model's times
	Rate   float64 // discount a step: 0.01 for 1 %
}

// Months returns twelve steps of 365.25/12 days, discounted at a yearly rate
// (0.10 for 10 %), for a model in unit.
func Months(unit Unit, yearly float64) Steps {
	return Steps{Count: 12, Length: 365.25 / 12 / unit.Days(), Rate: math.Expm1(math.Log1p(yearly) / 12)}
}

// Purchases returns the discounted number of purchases that m expects of a
// customer over the steps: Σ [E(t_j) − E(t_{j−1})] ÷ (1 + Rate)^j. Times the
// expected money of a purchase it is the customer's value.
func (s Steps) Purchases(m Model, x int, tx, T float64) float64 {
	ends := make([]float64, s.Count)
	for j := range ends {
		ends[j] = m.Conditional(float64(j+1)*s.Length, x, tx, T)
	}
	return s.discount(ends)
}

// discount adds up the steps of a cumulative expectation at their ends.
func (s Steps) discount(ends []float64) float64 {
	sum, before, factor := 0.0, 0.0, 1.0
	for _, e := range ends {
		factor /= 1 + s.Rate
		sum += (e - before) * factor
		before = e
	}
	return sum
}

// horizonDays are the horizons of expected orders.
var horizonDays = [3]float64{30, 90, 365}

// Columns of a forecast, each a number a triple.
const (
	column30 = iota
	column90
	column365
	columnDiscounted // discounted purchases of twelve months
	columnHoldout    // purchases in the days of the holdout
	columns
)

// forecast is what a model expects of the customers of each triple, one
// customer's worth.
type forecast struct {
	alive []float64
	value [columns][]float64
}

func newForecast(n int) *forecast {
	f := &forecast{alive: make([]float64, n)}
	for c := range f.value {
		f.value[c] = make([]float64, n)
	}
	return f
}

// fill computes the forecast of m, times in days. holdout is the holdout's
// length in days, 0 for none.
func (f *forecast) fill(m purchasing, triples []Triple, months Steps, holdout float64) {
	times := append([]float64(nil), horizonDays[:]...)
	for j := range months.Count {
		times = append(times, float64(j+1)*months.Length)
	}
	times = append(times, holdout)
	walk(m, triples, times, func(_, lo, hi int, living []float64) {
		discounted := months.discount(living[3 : 3+months.Count])
		for i := lo; i < hi; i++ {
			t := triples[i]
			alive := m.PAlive(int(t.X), t.Recency, t.Age)
			f.alive[i] = alive
			f.value[column30][i] = alive * living[0]
			f.value[column90][i] = alive * living[1]
			f.value[column365][i] = alive * living[2]
			f.value[columnDiscounted][i] = alive * discounted
			f.value[columnHoldout][i] = alive * living[3+months.Count]
		}
	})
}

// fillAlive writes P(alive) of each triple to out.
func fillAlive(m purchasing, triples []Triple, out []float64) {
	pieces := (len(triples) + partRows - 1) / partRows
	inParallel(pieces, workersFor(pieces), func(k int) {
		for i := k * partRows; i < min((k+1)*partRows, len(triples)); i++ {
			t := triples[i]
			out[i] = m.PAlive(int(t.X), t.Recency, t.Age)
		}
	})
}

// weekly returns the purchases that m expects of all customers in each of the
// weeks after the as-of day, the last cut at days.
func weekly(m purchasing, triples []Triple, days int) []float64 {
	times := make([]float64, 0, (days+6)/7)
	for end := 7; ; end += 7 {
		times = append(times, float64(min(end, days)))
		if end >= days {
			break
		}
	}
	sums := make([][]float64, (len(triples)+partRows-1)/partRows)
	walk(m, triples, times, func(piece, lo, hi int, living []float64) {
		if sums[piece] == nil {
			sums[piece] = make([]float64, len(times))
		}
		customers := 0.0
		for _, t := range triples[lo:hi] {
			customers += t.Weight * m.PAlive(int(t.X), t.Recency, t.Age)
		}
		for j, e := range living {
			sums[piece][j] += customers * e
		}
	})
	total := make([]float64, len(times))
	for _, s := range sums {
		for j, v := range s {
			total[j] += v
		}
	}
	for j := len(total) - 1; j > 0; j-- {
		total[j] -= total[j-1]
	}
	return total
}

// walk calls visit once for every run [lo, hi) of triples of one x and one age
// (runs are cut at multiples of partRows, the pieces), with the purchases
// expected of a living customer up to each of the times. Runs of one piece come
// in order from one goroutine; pieces run in parallel.
func walk(m purchasing, triples []Triple, times []float64, visit func(piece, lo, hi int, living []float64)) {
	pieces := (len(triples) + partRows - 1) / partRows
	inParallel(pieces, workersFor(pieces), func(piece int) {
		values := make([]float64, len(times))
		end := min((piece+1)*partRows, len(triples))
		var expect func(age, t float64) float64
		x := int32(-1)
		for lo := piece * partRows; lo < end; {
			first := triples[lo]
			hi := lo + 1
			for hi < end && triples[hi].X == first.X && triples[hi].Age == first.Age {
				hi++
			}
			if first.X != x {
				x = first.X
				expect = m.living(int(x))
			}
			for j, t := range times {
				values[j] = expect(first.Age, t)
			}
			visit(piece, lo, hi, values)
			lo = hi
		}
	})
}
