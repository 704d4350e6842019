package cohort

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Table counts what happened at each time: the form in which every estimator
// here takes survival data. Time ascends and is distinct; Events and Censored
// are the weights (or counts) of subjects whose event came at that time and who
// were last seen then without it. A subject censored at t is still at risk at t.
type Table struct {
	Time     []float64
	Events   []float64
	Censored []float64
}

// Tabulate makes a Table of single observations. weight may be nil (one each).
// Lengths must agree; times and weights must be finite and not negative.
func Tabulate(time []float64, event []bool, weight []float64) (Table, error) {
	if len(event) != len(time) || (weight != nil && len(weight) != len(time)) {
		return Table{}, fmt.Errorf("tabulate survival data: %d times, %d events, %d weights", len(time), len(event), len(weight))
	}
	order := make([]int, len(time))
	for i, t := range time {
		if !(t >= 0) || math.IsInf(t, 1) || (weight != nil && (!(weight[i] >= 0) || math.IsInf(weight[i], 1))) {
			return Table{}, fmt.Errorf("tabulate survival data: observation %d is negative or not finite", i)
		}
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(time[a], time[b]) })
	var out Table
	for _, i := range order {
		n := len(out.Time)
		if n == 0 || out.Time[n-1] != time[i] {
			out.Time = append(out.Time, time[i])
			out.Events = append(out.Events, 0)
			out.Censored = append(out.Censored, 0)
			n++
		}
		w := 1.0
		if weight != nil {
			w = weight[i]
		}
		if event[i] {
			out.Events[n-1] += w
		} else {
			out.Censored[n-1] += w
		}
	}
	return out, nil
}

// Curve is a Kaplan–Meier estimate, one entry a Time of its Table. S is right
// continuous: S[j] is the share that had no event up to and including Time[j].
// SE is Greenwood's standard error; Low and High bound S pointwise on the
// log(−log S) scale. SE and the band are meaningful for counts, not for weights.
// Where S is 0 or 1 the band is S itself.
type Curve struct {
	Time, AtRisk, S, SE, Low, High []float64
}

// KaplanMeier estimates the survival curve of a table with a pointwise band of
// the given confidence (0.95). Kaplan & Meier 1958; Greenwood 1926; the band of
// Kalbfleisch & Prentice 1980.
func KaplanMeier(t Table, confidence float64) Curve {
	n := len(t.Time)
	c := Curve{
		Time: t.Time, AtRisk: atRisk(t),
		S: make([]float64, n), SE: make([]float64, n), Low: make([]float64, n), High: make([]float64, n),
	}
	z := distuv.UnitNormal.Quantile(0.5 + confidence/2)
	s, green := 1.0, 0.0
	for j := range n {
		d, risk := t.Events[j], c.AtRisk[j]
		if d > 0 && risk > 0 {
			if d >= risk*(1-1e-12) {
				s, green = 0, 0
			} else {
				s *= 1 - d/risk
				green += d / (risk * (risk - d))
			}
		}
		c.S[j], c.SE[j], c.Low[j], c.High[j] = s, s*math.Sqrt(green), s, s
		if s > 0 && s < 1 {
			half := z * math.Sqrt(green) / math.Abs(math.Log(s))
			c.Low[j] = math.Pow(s, math.Exp(half))
			c.High[j] = math.Pow(s, math.Exp(-half))
		}
	}
	return c
}

// At returns S(t), t inclusive; 1 before the first time.
func (c Curve) At(t float64) float64 { return stepAt(c.Time, c.S, t) }

// Median returns the first time at which S is at most one half, with the
// interval that the band gives. A bound that the curve does not reach, and the
// median itself, is +Inf then.
func (c Curve) Median() (median, low, high float64) {
	return firstAtMost(c.Time, c.S, 0.5), firstAtMost(c.Time, c.Low, 0.5), firstAtMost(c.Time, c.High, 0.5)
}

func stepAt(time, value []float64, t float64) float64 {
	j, found := slices.BinarySearch(time, t)
	if !found {
		j--
	}
	if j < 0 {
		return 1
	}
	return value[j]
}

func firstAtMost(time, value []float64, level float64) float64 {
	for j, v := range value {
		if v <= level {
			return time[j]
		}
	}
	return math.Inf(1)
}

// atRisk returns for each time the weight of those not gone before it.
func atRisk(t Table) []float64 {
	out := make([]float64, len(t.Time))
	var left float64
	for j := len(out) - 1; j >= 0; j-- {
		left += t.Events[j] + t.Censored[j]
		out[j] = left
	}
	return out
}

// Test is the outcome of a log-rank test: the statistic is chi-squared with DF
// degrees of freedom when the groups share one hazard. Expected holds for each
// group the events it would then have had.
type Test struct {
	ChiSquared float64   `json:"chi_squared"`
	DF         int       `json:"df"`
	P          float64   `json:"p"`
	Observed   []float64 `json:"observed"`
	Expected   []float64 `json:"expected"`
}

// LogRank compares the survival of two or more groups, whose tables must be
// counts on one common Time grid (Align makes one). It returns false where the
// test has nothing to compare: fewer than two groups, or no time at which an
// event met a mixed risk set. Mantel 1966; Peto & Peto 1972.
func LogRank(groups ...Table) (Test, bool) {
	k := len(groups)
	if k < 2 || len(groups[0].Time) == 0 {
		return Test{}, false
	}
	risk := make([][]float64, k)
	for g := range groups {
		if len(groups[g].Time) != len(groups[0].Time) {
			return Test{}, false
		}
		risk[g] = atRisk(groups[g])
	}
	out := Test{Observed: make([]float64, k), Expected: make([]float64, k)}
	cov := make([]float64, k*k)
	for j := range groups[0].Time {
		var n, d float64
		for g := range groups {
			n += risk[g][j]
			d += groups[g].Events[j]
		}
		if d == 0 {
			continue
		}
		for g := range groups {
			out.Observed[g] += groups[g].Events[j]
			out.Expected[g] += d * risk[g][j] / n
		}
		if n <= 1 {
			continue
		}
		f := d * (n - d) / (n - 1) / n
		for a := range k {
			cov[a*k+a] += f * risk[a][j]
			for b := range k {
				cov[a*k+b] -= f * risk[a][j] * risk[b][j] / n
			}
		}
	}
	// The covariance has rank of at most k−1; a group without exposure lowers
	// it further, so only groups with variance enter, less one of them.
	var in []int
	for g := range k {
		if cov[g*k+g] > 1e-12 {
			in = append(in, g)
		}
	}
	if len(in) < 2 {
		return Test{}, false
	}
	in = in[:len(in)-1]
	v := mat.NewSymDense(len(in), nil)
	u := mat.NewVecDense(len(in), nil)
	for a, g := range in {
		u.SetVec(a, out.Observed[g]-out.Expected[g])
		for b := a; b < len(in); b++ {
			v.SetSym(a, b, cov[g*k+in[b]])
		}
	}
	var chol mat.Cholesky
	var x mat.VecDense
	if !chol.Factorize(v) || chol.SolveVecTo(&x, u) != nil {
		return Test{}, false
	}
	out.ChiSquared = mat.Dot(u, &x)
	out.DF = len(in)
	out.P = distuv.ChiSquared{K: float64(out.DF)}.Survival(out.ChiSquared)
	return out, true
}

// Align puts tables on one common grid of times, as LogRank and HazardRatio
// want them.
func Align(tables ...Table) []Table {
	var time []float64
	for _, t := range tables {
		time = append(time, t.Time...)
	}
	slices.Sort(time)
	time = slices.Compact(time)
	out := make([]Table, len(tables))
	for i, t := range tables {
		out[i] = Table{Time: time, Events: make([]float64, len(time)), Censored: make([]float64, len(time))}
		for j := range t.Time {
			at, _ := slices.BinarySearch(time, t.Time[j])
			out[i].Events[at] += t.Events[j]
			out[i].Censored[at] += t.Censored[j]
		}
	}
	return out
}

// HazardRatio fits Cox's model with one yes-or-no covariate: the hazard of a
// divided by that of b, with the standard error of its logarithm. Both tables
// must be counts on one grid. Ties are Breslow's, which is exact enough for
// daily hazards of a few per cent. It returns false where no finite ratio
// exists (one side without events). Cox 1972; Breslow 1974.
func HazardRatio(a, b Table) (ratio, logSE float64, ok bool) {
	if len(a.Time) != len(b.Time) {
		return 0, 0, false
	}
	ra, rb := atRisk(a), atRisk(b)
	var beta float64
	for range 50 {
		var score, info float64
		e := math.Exp(beta)
		for j := range a.Time {
			d := a.Events[j] + b.Events[j]
			if d == 0 {
				continue
			}
			p := ra[j] * e / (ra[j]*e + rb[j])
			score += a.Events[j] - d*p
			info += d * p * (1 - p)
		}
		if info < 1e-9 {
			return 0, 0, false
		}
		step := score / info
		beta += max(-1, min(1, step)) // the likelihood is concave; short steps keep exp in range
		if math.Abs(step) < 1e-10 {
			return math.Exp(beta), 1 / math.Sqrt(info), true
		}
	}
	return 0, 0, false
}
