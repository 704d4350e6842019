package clv

import (
	"math"

	"perennial"
	"perennial/predict/numeric"
)

// Reason says in code and words why a result is missing or weaker than asked.
type Reason struct {
	Code string         `json:"code"`
	Text perennial.Text `json:"text"`
}

// The limits of the search. Shapes are R, A (S, P, Q): at the upper limit a gamma
// or beta distribution is a point (customers all alike), at the lower one all
// mass sits at the ends; beyond, the likelihood hardly changes. Ratios are the
// mean time between purchases in mean ages and the odds of staying.
const (
	shapeLow, shapeHigh = 1e-5, 1e4
	ratioLow, ratioHigh = 1e-6, 1e6
)

// chiSquare5 is the 95 % point of χ² with two degrees of freedom: how far a
// model with dropout must beat one without (twice the difference of
// log-likelihoods) before dropout counts as seen.
const chiSquare5 = 5.991

// flatSpread is the standard error of ln(A ÷ B), the log-odds of leaving, above
// which the likelihood says nothing useful about dropout: two standard errors
// either way then span a factor of e⁸.
const flatSpread = 2.0

// hessianStep is the step in log-parameters of the second differences.
const hessianStep = 1e-4

// FittedBG is BG/NBD or MBG/NBD fitted by unpenalised maximum likelihood.
// Alpha is in Unit, and LogLikelihood is the total in Unit.
type FittedBG struct {
	BetaGeometric
	Unit           Unit           `json:"unit"`
	LogLikelihood  float64        `json:"log_likelihood"`
	Customers      int            `json:"customers"`
	StandardErrors *BGErrors      `json:"standard_errors"` // null where the curvature does not give them
	Covariance     [][]float64    `json:"covariance_log"`  // of ln r, ln alpha, ln a, ln b, given those on a limit; null with the errors
	Dropout        Dropout        `json:"dropout"`
	Converged      bool           `json:"converged"` // a minimum was reached, in the interior or on a limit
	Status         numeric.Status `json:"status"`
	Starts         int            `json:"starts"`
	Iterations     int            `json:"iterations"`  // of the start that won
	Evaluations    int            `json:"evaluations"` // of all starts
	Limits         []string       `json:"limits,omitempty"`
}

// BGErrors are standard errors by the delta method from the Hessian in
// log-parameters, given the parameters on a limit, which have 0.
type BGErrors struct {
	R     float64 `json:"r"`
	Alpha float64 `json:"alpha"`
	A     float64 `json:"a"`
	B     float64 `json:"b"`
}

// Dropout says whether the data show that customers leave.
type Dropout struct {
	Identified bool `json:"identified"`
	// LikelihoodRatio is twice the gain in log-likelihood over the NBD, in
	// which nobody leaves.
	LikelihoodRatio float64 `json:"likelihood_ratio"`
	Reason          *Reason `json:"reason,omitempty"`
}

// nothingToFit returns why no model of purchasing can be fitted, or nil.
func nothingToFit(g *Groups) *Reason {
	t := g.totals()
	switch {
	case t.customers == 0:
		return &Reason{"clv.no_customers", perennial.Say("没有客户。", "There are no customers.")}
	case t.customers < 2:
		return &Reason{"clv.one_customer", perennial.Say("只有 1 位客户，看不出客户之间的差别。",
			"There is only one customer, so nothing shows how customers differ.")}
	case t.age == 0:
		return &Reason{"clv.no_time", perennial.Say("所有客户都在截止日当天首购，还没有观察期。",
			"Every customer first bought on the as-of day, so there is no time to learn from.")}
	case t.repeats == 0:
		return &Reason{"clv.no_repeats", perennial.Say("还没有客户复购，无法估计购买频率和流失。",
			"Nobody has bought a second time, so neither purchase rates nor dropout can be estimated.")}
	case len(g.Triples) == 1:
		return &Reason{"clv.all_equal", perennial.Say("所有客户的购买记录完全相同，分不清购买频率和流失。",
			"Every customer has the same history, so purchase rates and dropout cannot be told apart.")}
	}
	return nil
}

// FitBetaGeometric fits BG/NBD or MBG/NBD to grouped customers. It returns a
// Reason instead where there is nothing to fit or no start led to a finite
// likelihood.
func FitBetaGeometric(family Family, g *Groups, unit Unit) (*FittedBG, *Reason) {
	if reason := nothingToFit(g); reason != nil {
		return nil, reason
	}
	return fitBG(family, newLikelihood(g), unit, nil)
}

// fitBG fits from the deterministic starts, or from the one given (in days).
func fitBG(family Family, l *likelihood, unit Unit, start *BetaGeometric) (*FittedBG, *Reason) {
	p := newProblem(family, l)
	starts := p.starts()
	if start != nil {
		starts = [][]float64{p.variables(*start)}
	}
	best, evaluations := minimize(p.objective(true), starts, 4)
	if best.Status == numeric.Failed {
		return nil, &Reason{"clv.not_finite", perennial.Say("这些数据的似然无法计算，模型没有拟合。",
			"The likelihood of these data cannot be computed, so the model was not fitted.")}
	}
	f := &FittedBG{
		BetaGeometric: p.model(best.X).Rescaled(1 / unit.Days()),
		Unit:          unit,
		LogLikelihood: p.total(best.F, unit),
		Customers:     int(math.Round(l.totals.customers)),
		Status:        best.Status,
		Converged:     best.Status == numeric.Converged || best.Status == numeric.Bounded,
		Starts:        len(starts), Iterations: best.Iterations, Evaluations: evaluations,
	}
	for i, name := range []string{"r", "alpha", "a", "b"} {
		if best.AtBound[i] {
			f.Limits = append(f.Limits, name)
		}
	}
	if start != nil {
		return f, nil // a bootstrap replicate needs the point only
	}
	f.Covariance = logCovariance(p.objective(true), best, l.totals.customers, pairs)
	if c := f.Covariance; c != nil {
		f.StandardErrors = &BGErrors{
			f.R * math.Sqrt(c[0][0]), f.Alpha * math.Sqrt(c[1][1]),
			f.A * math.Sqrt(c[2][2]), f.B * math.Sqrt(c[3][3]),
		}
	}
	f.Dropout, f.Evaluations = p.judge(f.Evaluations, best.F, f.Converged, p.never(best), f.Covariance)
	return f, nil
}

// logCovariance inverts the Hessian of a mean objective over weight customers in
// the variables that are not on a limit, and returns the covariance of
// log-parameters, which are the variables times the matrix logs. nil where the
// curvature is not positive.
func logCovariance(f numeric.Objective, at numeric.Minimum, weight float64, logs [][]float64) [][]float64 {
	h := numeric.Hessian(f, at.X, hessianStep)
	var free []int
	for i, bound := range at.AtBound {
		if !bound {
			free = append(free, i)
		}
	}
	sub := make([][]float64, len(free))
	for p, i := range free {
		for _, j := range free {
			sub[p] = append(sub[p], h[i][j]*weight)
		}
	}
	inverse, ok := numeric.InverseSPD(sub)
	if !ok {
		return nil
	}
	out := make([][]float64, len(logs))
	for i := range out {
		out[i] = make([]float64, len(logs))
		for j := range out[i] {
			for p, k := range free {
				for q, l := range free {
					out[i][j] += logs[i][k] * inverse[p][q] * logs[j][l]
				}
			}
		}
	}
	return out
}

// pairs turns the variables of problem into log-parameters.
var pairs = [][]float64{{1, 0, 0, 0}, {1, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 1, 1}}

// problem is the maximisation in scale-free variables, ln r, ln(alpha ÷ r ÷ mean
// age), ln a, ln(b ÷ a), of the mean log-likelihood a customer with time in mean
// ages. Nothing in it changes when days become weeks or ten shops are merged.
// The means are variables of their own because they are what data tell best:
// where customers are much alike, r and alpha, or a and b, are known by their
// ratio only, and a search in them would crawl along a ridge.
type problem struct {
	family Family
	l      *likelihood
	scale  float64 // mean age in days
}

func newProblem(family Family, l *likelihood) *problem {
	return &problem{family, l, l.totals.age / l.totals.customers}
}

func (p *problem) model(v []float64) BetaGeometric {
	m := BetaGeometric{Family: p.family, R: math.Exp(v[0]), Alpha: math.Exp(v[0]+v[1]) * p.scale, A: 1, B: 1}
	if len(v) == 4 {
		m.A, m.B = math.Exp(v[2]), math.Exp(v[2]+v[3])
	}
	return m
}

// variables is the inverse of model: r, alpha, a, b to its variables.
func (p *problem) variables(m BetaGeometric) []float64 {
	return []float64{math.Log(m.R), math.Log(m.Alpha / p.scale / m.R), math.Log(m.A), math.Log(m.B / m.A)}
}

// objective is minus the mean log-likelihood, of the NBD without dropout.
func (p *problem) objective(dropout bool) numeric.Objective {
	t := p.l.totals
	constant := t.repeats * math.Log(p.scale)
	return func(v, gradient []float64) float64 {
		m := p.model(v)
		var g [4]float64
		value := p.l.at(m, dropout, &g) + constant
		for i, parameter := range [4]float64{m.R, m.Alpha, m.A, m.B} {
			g[i] *= -parameter / t.customers
		}
		chain(g, gradient)
		return -value / t.customers
	}
}

// chain turns a gradient by log-parameters into one by the variables.
func chain(g [4]float64, gradient []float64) {
	for i := 0; i < len(gradient); i += 2 {
		gradient[i], gradient[i+1] = g[i]+g[i+1], g[i+1]
	}
}

// total turns a value of the objective into the total log-likelihood in unit:
// the density of each of the Σx repeat purchases is per unit of time.
func (p *problem) total(objective float64, unit Unit) float64 {
	t := p.l.totals
	return -objective*t.customers - t.repeats*math.Log(p.scale/unit.Days())
}

// starts are spread over even and uneven rates, rare and frequent dropout, all
// with about the observed number of repeats at the mean age.
func (p *problem) starts() [][]float64 {
	perCustomer := p.l.totals.repeats / p.l.totals.customers
	start := func(r, a, b float64) []float64 {
		return []float64{math.Log(r), -math.Log(perCustomer), math.Log(a), math.Log(b / a)}
	}
	return [][]float64{start(0.5, 0.7, 2), start(1, 1, 10), start(2, 0.2, 3), start(10, 2, 2)}
}

// minimize returns the best of the starts and the evaluations of all. The first
// n variables are searched, shapes and ratios by turns.
func minimize(f numeric.Objective, starts [][]float64, n int) (numeric.Minimum, int) {
	lower, upper := make([]float64, n), make([]float64, n)
	for i := range n {
		lower[i], upper[i] = math.Log(shapeLow), math.Log(shapeHigh)
		if i%2 == 1 {
			lower[i], upper[i] = math.Log(ratioLow), math.Log(ratioHigh)
		}
	}
	var best numeric.Minimum
	evaluations := 0
	for i, s := range starts {
		m := numeric.Minimize(f, s[:n], lower, upper, numeric.Settings{})
		evaluations += m.Evaluations
		if i == 0 || better(m, best) {
			best = m
		}
	}
	return best, evaluations
}

// better prefers the lower value, and among equal ones (to rounding) the first
// that is a true minimum.
func better(m, than numeric.Minimum) bool {
	switch {
	case m.Status == numeric.Failed:
		return false
	case than.Status == numeric.Failed:
		return true
	}
	const same = 1e-11
	done := func(s numeric.Status) bool { return s == numeric.Converged || s == numeric.Bounded }
	if math.Abs(m.F-than.F) <= same {
		return done(m.Status) && !done(than.Status)
	}
	return m.F < than.F
}

// judge says whether leaving is identified (definitions.md §6), from the
// objective and covariance of a fit; never is whether its mean rate of leaving
// sits at its lower limit. It returns evaluations with its own added.
func (p *problem) judge(evaluations int, objective float64, converged, never bool, covariance [][]float64) (Dropout, int) {
	plain, more := minimize(p.objective(false), p.starts()[:2], 2)
	d := Dropout{LikelihoodRatio: max(2*(plain.F-objective)*p.l.totals.customers, 0)}
	switch {
	case d.LikelihoodRatio < chiSquare5 || never:
		d.Reason = &Reason{"clv.dropout_not_identified", perennial.Say(
			"数据里看不出客户流失：假设没有人流失，拟合得一样好，所以不给存活概率。",
			"The data do not show customers leaving: assuming that nobody leaves fits as well, so no probability of being alive is given.")}
	case !converged:
		d.Reason = &Reason{"clv.not_converged", perennial.Say(
			"模型没有收敛，所以不给存活概率。",
			"The fit did not converge, so no probability of being alive is given.")}
	case covariance == nil || oddsVariance(covariance) > flatSpread*flatSpread:
		d.Reason = &Reason{"clv.dropout_flat", perennial.Say(
			"流失的可能性几乎无法从这些数据中确定（似然太平），所以不给存活概率。",
			"These data hardly tell how likely customers are to leave (the likelihood is flat), so no probability of being alive is given.")}
	default:
		d.Identified = true
	}
	return d, evaluations + more
}

// never reports whether the mean of dropout ended at its lower limit.
func (p *problem) never(best numeric.Minimum) bool { return best.AtBound[3] && best.X[3] > 0 }

// oddsVariance is the variance of the difference of the last two log-parameters:
// of ln(A ÷ B), the log-odds of leaving, or ln(S ÷ Beta), the log-rate.
func oddsVariance(c [][]float64) float64 { return c[2][2] + c[3][3] - 2*c[2][3] }
