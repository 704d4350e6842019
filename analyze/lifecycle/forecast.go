package lifecycle

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"perennial"
)

// Forecast is what the stages will hold if customers go on moving as in the past
// cycles. Low and High are the 5 % and 95 % points of the simulation.
type Forecast struct {
	CycleDays int     `json:"cycle_days"` // of a step
	Cycles    int     `json:"cycles"`     // past cycles it learned from
	NewPer    float64 `json:"new_per_cycle"`
	// Reliable is false where the data is too short for the later stages to have
	// filled; the figures are then too high and should not be shown as a finding.
	Reliable   bool           `json:"reliable"`
	Horizons   []Horizon      `json:"horizons"`
	Assumption perennial.Text `json:"assumption"`
}

// Horizon is the forecast after some cycles.
type Horizon struct {
	Cycles  int              `json:"cycles"`
	Day     perennial.Day    `json:"day"`
	Stages  []Expected       `json:"stages"`
	Revenue perennial.Amount `json:"revenue"` // from the as-of day to Day
	Low     perennial.Amount `json:"revenue_low"`
	High    perennial.Amount `json:"revenue_high"`
}

// Expected is the number of customers expected in a stage.
type Expected struct {
	Stage     perennial.Stage `json:"stage"`
	Customers int             `json:"customers"`
	Low       int             `json:"low"`
	High      int             `json:"high"`
}

const (
	forecastRuns = 500
	minCycles    = 3 // past cycles without which nothing is forecast
)

var forecastHorizons = [...]int{4, 8, 12}

// Forecast carries the stages forward by the transition matrix for 4, 8 and 12
// cycles; nil where the data has fewer than three past cycles after its first two.
//
// The expectation is a Markov chain whose matrix is the mean of the matrices of
// the past cycles; newcomers arrive as in their mean, and each stage spends what
// it spent in their mean. The interval comes from a simulation in which each
// step is a past cycle drawn at random (so that good and bad cycles, not the
// number of customers, make its width), its rows drawn from their Dirichlet
// posterior, its customers multinomially. The same seed gives the same interval.
func (r *Result) Forecast() *Forecast {
	k, settled := r.learned()
	if len(k) < minCycles {
		return nil
	}
	c := newChain(r.t, k)
	start := make([]float64, c.n)
	for _, o := range r.out {
		if o.stage != none {
			start[o.stage]++
		}
	}
	f := &Forecast{CycleDays: r.marks.step, Cycles: len(k), NewPer: round(c.arrive, 1), Reliable: settled}
	f.Assumption = perennial.Say(
		"假设客户照过去 %[1]d 个周期（每个 %[2]d 天）的样子流转和消费，每周期新增 %.0[3]f 人；季节和活动不在其中。",
		"Assumes that customers move and spend as in the past %[1]d cycles of %[2]d days, and that %.0[3]f new customers arrive in each; seasons and promotions are not in it.",
		len(k), r.marks.step, c.arrive)
	if !settled {
		f.Assumption.ZH += "数据太短，后面的阶段还在从无到有，这份预测明显偏高，只供参考方向。"
		f.Assumption.EN += " The data is so short that the later stages are still filling up: the forecast is clearly too high and shows no more than a direction."
	}
	last := forecastHorizons[len(forecastHorizons)-1]
	mean := c.expect(start, last)
	paths := c.simulate(start, last, r.o.Seed)
	for _, steps := range forecastHorizons {
		f.Horizons = append(f.Horizons, r.horizon(steps, mean[steps-1], paths[steps-1]))
	}
	return f
}

func (r *Result) horizon(steps int, mean point, runs []point) Horizon {
	h := Horizon{Cycles: steps, Day: r.o.AsOf + perennial.Day(steps*r.marks.step)}
	values := make([]float64, len(runs))
	band := func(pick func(point) float64) (low, high float64) {
		for i, p := range runs {
			values[i] = pick(p)
		}
		slices.Sort(values)
		return values[len(values)*5/100], values[len(values)*95/100]
	}
	for s := range r.t.stages {
		pick := func(p point) float64 { return p.customers[s] }
		low, high := band(pick)
		m := math.Round(mean.customers[s])
		h.Stages = append(h.Stages, Expected{
			Stage: r.p.stages[s].Name, Customers: int(m),
			Low: int(min(math.Round(low), m)), High: int(max(math.Round(high), m)),
		})
	}
	low, high := band(func(p point) float64 { return p.money })
	h.Revenue = r.h.Currency.Amount(roundMoney(mean.money))
	h.Low = r.h.Currency.Amount(roundMoney(min(low, mean.money)))
	h.High = r.h.Currency.Amount(roundMoney(max(high, mean.money)))
	return h
}

// learned returns the past cycles to learn from, and whether they are settled.
// Settled cycles begin once the data is as long as the longest tenure in the
// rules, and after its first two cycles, whose first purchases are not known to
// be of new customers (definitions.md §1): before that the later stages are only
// filling up, and a forecast would take the filling for growth. Where fewer than
// three are settled, those after the first two cycles are all there is.
func (r *Result) learned() (cycles []int, settled bool) {
	edge := float64(2 * r.marks.step)
	filled := edge
	for at := range r.rules.Stages {
		r.rules.Stages[at].Rule.each(func(c *Rule) {
			if c.TenureMin != nil {
				if days, ok := r.rules.tenureMin(at, *c.TenureMin, r.cycle()); ok {
					filled = max(filled, days)
				}
			}
		})
	}
	if cycles = r.t.begunAfter(filled); len(cycles) >= minCycles {
		return cycles, true
	}
	return r.t.begunAfter(edge), false
}

// begunAfter returns the past cycles that began at least so many days into the
// data, with customers to move.
func (t *tally) begunAfter(days float64) []int {
	var out []int
	for c := range t.cycles {
		if float64(t.marks.days[t.marks.cycles[c]]-t.p.first) < days {
			continue
		}
		for _, v := range t.cycles[c][:t.stages*t.stages] {
			if v > 0 {
				out = append(out, c)
				break
			}
		}
	}
	return out
}

// chain is the past cycles as a Markov chain with arrivals.
type chain struct {
	n      int         // stages; row n is of newcomers
	counts [][]float64 // by cycle: (n+1) × n
	spend  [][]float64 // by cycle: money a customer, by row
	mean   []float64   // (n+1) × n, shares
	rate   []float64   // mean of spend
	arrive float64     // newcomers a cycle
}

// point is a state of the chain: customers by stage, and money since the start.
type point struct {
	customers []float64
	money     float64
}

func newChain(t *tally, cycles []int) *chain {
	n := t.stages
	c := &chain{n: n, mean: make([]float64, (n+1)*n), rate: make([]float64, n+1)}
	pooled := make([]float64, (n+1)*n)
	money := make([]float64, n+1)
	for _, k := range cycles {
		counts := make([]float64, (n+1)*n)
		for j, v := range t.cycles[k] {
			counts[j] = float64(v)
			pooled[j] += counts[j]
		}
		c.counts = append(c.counts, counts)
		spend := make([]float64, n+1)
		for row := range spend {
			spend[row] = float64(t.money[k][row])
			money[row] += spend[row]
		}
		c.spend = append(c.spend, spend)
		c.arrive += rowSum(counts, n, n) / float64(len(cycles))
	}
	for k := range c.counts {
		for row := range n + 1 {
			total := rowSum(c.counts[k], row, n)
			from, spend := c.counts[k], c.spend[k][row]
			if total < proofMin {
				// Too few were there to move in this cycle: take the row of all.
				from, spend, total = pooled, money[row], rowSum(pooled, row, n)
			}
			c.spend[k][row] = 0
			if total == 0 {
				if row < n {
					c.mean[row*n+row] += 1 / float64(len(cycles)) // never seen: stays
				}
				continue
			}
			for j := range n {
				c.mean[row*n+j] += from[row*n+j] / total / float64(len(cycles))
			}
			c.spend[k][row] = spend / total
			c.rate[row] += spend / total / float64(len(cycles))
		}
	}
	return c
}

func rowSum(m []float64, row, n int) float64 {
	sum := 0.0
	for _, v := range m[row*n : (row+1)*n] {
		sum += v
	}
	return sum
}

// expect returns the expected state after 1, 2, … steps.
func (c *chain) expect(start []float64, steps int) []point {
	now := point{customers: start}
	var out []point
	for range steps {
		next := point{customers: make([]float64, c.n), money: now.money + c.arrive*c.rate[c.n]}
		for row, have := range append(slices.Clone(now.customers), c.arrive) {
			for j := range c.n {
				next.customers[j] += have * c.mean[row*c.n+j]
			}
			if row < c.n {
				next.money += have * c.rate[row]
			}
		}
		out = append(out, next)
		now = next
	}
	return out
}

// simulate returns the states of all runs after 1, 2, … steps.
func (c *chain) simulate(start []float64, steps int, seed uint64) [][]point {
	rng := rand.New(rand.NewPCG(seed, 0x6c696665))
	out := make([][]point, steps)
	for range forecastRuns {
		now := point{customers: start}
		for s := range steps {
			now = c.step(now, rng.IntN(len(c.counts)), rng)
			out[s] = append(out[s], now)
		}
	}
	return out
}

func (c *chain) step(now point, cycle int, rng *rand.Rand) point {
	next := point{customers: make([]float64, c.n), money: now.money}
	share := make([]float64, c.n)
	for row := range c.n + 1 {
		var have float64
		if row < c.n {
			have = now.customers[row]
		} else {
			have = rowSum(c.counts[cycle], row, c.n)
		}
		if have == 0 {
			continue
		}
		next.money += have * c.spend[cycle][row]
		c.draw(share, row, cycle, rng)
		spread := 1.0
		for j := range c.n {
			k := have
			if j < c.n-1 && share[j] < spread {
				k = binomial(have, share[j]/spread, rng)
			}
			next.customers[j] += k
			have -= k
			spread -= share[j]
		}
	}
	return next
}

// draw fills share with a draw from the Dirichlet posterior of a row in a cycle:
// its counts, with one customer's weight of the mean row as the prior.
func (c *chain) draw(share []float64, row, cycle int, rng *rand.Rand) {
	if rowSum(c.counts[cycle], row, c.n) < proofMin {
		copy(share, c.mean[row*c.n:(row+1)*c.n])
		return
	}
	sum := 0.0
	for j := range share {
		a := c.counts[cycle][row*c.n+j] + c.mean[row*c.n+j]
		share[j] = 0
		if a > 0 {
			share[j] = distuv.Gamma{Alpha: a, Beta: 1, Src: rng}.Rand()
		}
		sum += share[j]
	}
	for j := range share {
		if sum > 0 {
			share[j] /= sum
		} else {
			share[j] = c.mean[row*c.n+j]
		}
	}
}

// binomial draws the successes among n; by the normal approximation where both
// are many, which is what the simulation's width does not depend on.
func binomial(n, p float64, rng *rand.Rand) float64 {
	switch {
	case p <= 0 || n <= 0:
		return 0
	case p >= 1:
		return n
	case n*p > 20 && n*(1-p) > 20:
		return min(max(math.Round(n*p+math.Sqrt(n*p*(1-p))*rng.NormFloat64()), 0), n)
	case n*p <= n*(1-p) && n > 1000:
		return min(distuv.Poisson{Lambda: n * p, Src: rng}.Rand(), n)
	case n > 1000:
		return n - min(distuv.Poisson{Lambda: n * (1 - p), Src: rng}.Rand(), n)
	}
	k := 0.0
	for range int(n) {
		if rng.Float64() < p {
			k++
		}
	}
	return k
}

func roundMoney(minor float64) perennial.Money {
	if !(math.Abs(minor) < 9e18) {
		return 0
	}
	return perennial.Money(math.Round(minor))
}

func round(v float64, digits int) float64 {
	f := math.Pow10(digits)
	return math.Round(v*f) / f
}
