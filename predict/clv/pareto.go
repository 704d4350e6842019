package clv

import (
	"math"

	"perennial"
	"perennial/predict/numeric"
)

// ParetoNBD is the model of Schmittlein, Morrison & Colombo (1987): purchase
// rates are Gamma(R, Alpha), and a customer leaves at an exponential rate that is
// Gamma(S, Beta); Alpha and Beta are in units of time. All are > 0.
type ParetoNBD struct {
	R     float64 `json:"r"`
	Alpha float64 `json:"alpha"`
	S     float64 `json:"s"`
	Beta  float64 `json:"beta"`
}

// Rescaled returns m with time measured in units that are factor times shorter.
func (m ParetoNBD) Rescaled(factor float64) ParetoNBD {
	m.Alpha *= factor
	m.Beta *= factor
	return m
}

// PAlive implements Model.
func (m ParetoNBD) PAlive(x int, tx, T float64) float64 {
	there := -(m.R+float64(x))*math.Log1p(T/m.Alpha) - m.S*math.Log1p(T/m.Beta)
	left, _ := paretoLeft(m, x, tx, T)
	return 1 / (1 + math.Exp(left-there))
}

// Expected implements Model.
func (m ParetoNBD) Expected(t float64) float64 {
	if !(t > 0) {
		return 0
	}
	return m.R / m.Alpha * lifetimeWithin(m.S, m.Beta, t)
}

// Conditional implements Model.
func (m ParetoNBD) Conditional(t float64, x int, tx, T float64) float64 {
	if !(t > 0) {
		return 0
	}
	return m.PAlive(x, tx, T) * m.living(x)(T, t)
}

func (m ParetoNBD) living(x int) func(age, t float64) float64 {
	return func(age, t float64) float64 {
		return (m.R + float64(x)) / (m.Alpha + age) * lifetimeWithin(m.S, m.Beta+age, t)
	}
}

func (m ParetoNBD) next(q float64, x int, age float64) float64 {
	return nextPurchase(q, m.R+float64(x), m.Alpha+age)
}

// lifetimeWithin is the mean of min(lifetime, t) for a lifetime whose rate is
// Gamma(s, beta): beta·[1 − (beta/(beta+t))^(s−1)] ÷ (s−1).
func lifetimeWithin(s, beta, t float64) float64 {
	return beta * numeric.Expm1Over(1-s, math.Log1p(t/beta))
}

// legendre16 is the Gauss-Legendre rule of 16 nodes on [−1, 1]: the positive
// nodes and their weights.
var legendre16 = [8][2]float64{
	{0.095012509837637316, 0.1894506104550685},
	{0.28160355077925869, 0.18260341504492358},
	{0.45801677765722704, 0.16915651939500254},
	{0.61787624440264366, 0.14959598881657674},
	{0.75540440835500322, 0.12462897125553388},
	{0.86563120238783176, 0.095158511682492786},
	{0.9445750230732326, 0.062253523938647894},
	{0.98940093499164994, 0.027152459411754096},
}

// paretoLeft returns the logarithm of
//
//	∫ s/β · (1+y/α)^−(r+x) (1+y/β)^−(s+1) dy over [t_x, T],
//
// the part of the likelihood of customers who left, −Inf for t_x = T, and the
// means under the integrand of ln(1+y/α), y/(α+y), ln(1+y/β) and y/(β+y), which
// are all that its gradient needs. The literature writes it with two ₂F₁, whose
// difference cancels for short silences; the integral does not. It is taken in
// ln(1+y/γ), γ = min(α, β), where the integrand is at most exponential, panel by
// panel of a few of its e-foldings, until what is left is below rounding.
func paretoLeft(m ParetoNBD, x int, tx, T float64) (log float64, mean [4]float64) {
	if !(T > tx) {
		return math.Inf(-1), mean
	}
	power := m.R + float64(x)
	gamma := min(m.Alpha, m.Beta)
	top := -power*math.Log1p(tx/m.Alpha) - (m.S+1)*math.Log1p(tx/m.Beta)
	sum := 0.0
	for lo, end := math.Log1p(tx/gamma), math.Log1p(T/gamma); lo < end; {
		y := gamma * math.Expm1(lo)
		slope := 1 - power*(gamma+y)/(m.Alpha+y) - (m.S+1)*(gamma+y)/(m.Beta+y)
		half := min(1, 6/(1+math.Abs(slope)), end-lo) / 2
		before := sum
		for i := range 2 * len(legendre16) {
			node, weight := legendre16[i/2][0], legendre16[i/2][1]
			if i%2 == 1 {
				node = -node
			}
			y := gamma * math.Expm1(lo+half+half*node)
			la, lb := math.Log1p(y/m.Alpha), math.Log1p(y/m.Beta)
			w := half * weight * (gamma + y) * math.Exp(-power*la-(m.S+1)*lb-top)
			sum += w
			mean[0] += w * la
			mean[1] += w * y / (m.Alpha + y)
			mean[2] += w * lb
			mean[3] += w * y / (m.Beta + y)
		}
		if slope < -1 && sum-before < 1e-17*sum {
			break
		}
		lo += 2 * half
	}
	if sum == 0 { // T and t_x are one number beside alpha
		return math.Inf(-1), mean
	}
	for i := range mean {
		mean[i] /= sum
	}
	return top + math.Log(m.S/m.Beta*sum), mean
}

// FittedPareto is Pareto/NBD fitted by unpenalised maximum likelihood. Alpha and
// Beta are in Unit, LogLikelihood is the total in Unit.
type FittedPareto struct {
	ParetoNBD
	Model          Family         `json:"model"`
	Unit           Unit           `json:"unit"`
	LogLikelihood  float64        `json:"log_likelihood"`
	Customers      int            `json:"customers"`
	StandardErrors *ParetoErrors  `json:"standard_errors"`
	Covariance     [][]float64    `json:"covariance_log"` // of ln r, ln alpha, ln s, ln beta, as in FittedBG
	Dropout        Dropout        `json:"dropout"`
	Converged      bool           `json:"converged"`
	Status         numeric.Status `json:"status"`
	Starts         int            `json:"starts"`
	Iterations     int            `json:"iterations"`
	Evaluations    int            `json:"evaluations"`
	Limits         []string       `json:"limits,omitempty"`
}

// ParetoErrors are standard errors of the parameters by the delta method.
type ParetoErrors struct {
	R     float64 `json:"r"`
	Alpha float64 `json:"alpha"`
	S     float64 `json:"s"`
	Beta  float64 `json:"beta"`
}

// FitPareto fits Pareto/NBD to grouped customers, or returns a Reason where
// there is nothing to fit.
func FitPareto(g *Groups, unit Unit) (*FittedPareto, *Reason) {
	if reason := nothingToFit(g); reason != nil {
		return nil, reason
	}
	return fitPareto(g, newLikelihood(g), unit, nil)
}

func fitPareto(g *Groups, l *likelihood, unit Unit, start *ParetoNBD) (*FittedPareto, *Reason) {
	p := newProblem(Pareto, l)
	objective := p.paretoObjective(g)
	variables := func(r, alpha, s, beta float64) []float64 {
		return []float64{math.Log(r), math.Log(alpha / r), math.Log(s), math.Log(beta / s)}
	}
	rate := l.totals.repeats / l.totals.customers
	starts := [][]float64{variables(0.5, 0.3/rate, 0.6, 0.4), variables(1, 1/rate, 0.5, 2), variables(2, 1/rate, 2, 3)}
	if start != nil {
		starts = [][]float64{variables(start.R, start.Alpha/p.scale, start.S, start.Beta/p.scale)}
	}
	f := &FittedPareto{Model: Pareto, Unit: unit, Customers: int(math.Round(l.totals.customers)), Starts: len(starts)}
	best, evaluations := minimize(objective, starts, 4)
	f.Evaluations = evaluations
	if best.Status == numeric.Failed {
		return nil, &Reason{"clv.not_finite", perennial.Say("这些数据的似然无法计算，模型没有拟合。",
			"The likelihood of these data cannot be computed, so the model was not fitted.")}
	}
	f.ParetoNBD = p.pareto(best.X).Rescaled(1 / unit.Days())
	f.LogLikelihood = p.total(best.F, unit)
	f.Status, f.Iterations = best.Status, best.Iterations
	f.Converged = best.Status == numeric.Converged || best.Status == numeric.Bounded
	if start != nil {
		return f, nil
	}
	for i, name := range []string{"r", "alpha", "s", "beta"} {
		if best.AtBound[i] {
			f.Limits = append(f.Limits, name)
		}
	}
	f.Covariance = logCovariance(objective, best, l.totals.customers, pairs)
	if c := f.Covariance; c != nil {
		f.StandardErrors = &ParetoErrors{f.R * math.Sqrt(c[0][0]), f.Alpha * math.Sqrt(c[1][1]),
			f.S * math.Sqrt(c[2][2]), f.Beta * math.Sqrt(c[3][3])}
	}
	// The mean rate of leaving is S ÷ Beta.
	f.Dropout, f.Evaluations = p.judge(f.Evaluations, best.F, f.Converged, p.never(best), f.Covariance)
	return f, nil
}

func (p *problem) pareto(v []float64) ParetoNBD {
	return ParetoNBD{math.Exp(v[0]), math.Exp(v[0]+v[1]) * p.scale, math.Exp(v[2]), math.Exp(v[2]+v[3]) * p.scale}
}

// paretoObjective is minus the mean log-likelihood in variables as those of
// problem, with s and beta for a and b.
func (p *problem) paretoObjective(g *Groups) numeric.Objective {
	t := p.l.totals
	constant := t.repeats * math.Log(p.scale)
	pieces := (len(g.Triples) + paretoRows - 1) / paretoRows
	sums := make([][5]float64, pieces)
	return func(v, gradient []float64) float64 {
		m := p.pareto(v)
		logAlpha := math.Log(m.Alpha)
		inParallel(pieces, workersFor(pieces), func(k int) {
			var s [5]float64
			for _, r := range g.Triples[k*paretoRows : min((k+1)*paretoRows, len(g.Triples))] {
				x := int(r.X)
				power := m.R + float64(x)
				la, lb := math.Log1p(r.Age/m.Alpha), math.Log1p(r.Age/m.Beta)
				there := -power*la - m.S*lb
				left, mean := paretoLeft(m, x, r.Recency, r.Age)
				gone := 1 / (1 + math.Exp(there-left))
				stay := 1 - gone
				s[0] += r.Weight * (numeric.LogRising(m.R, x) - float64(x)*logAlpha + numeric.LogAddExp(there, left))
				s[1] += r.Weight * m.R * (numeric.DigammaRise(m.R, x) - stay*la - gone*mean[0])
				s[2] += r.Weight * (power*(stay*r.Age/(m.Alpha+r.Age)+gone*mean[1]) - float64(x))
				s[3] += r.Weight * m.S * (gone*(1/m.S-mean[2]) - stay*lb)
				s[4] += r.Weight * (stay*m.S*r.Age/(m.Beta+r.Age) + gone*((m.S+1)*mean[3]-1))
			}
			sums[k] = s
		})
		var s [5]float64
		for _, piece := range sums {
			for j := range s {
				s[j] += piece[j]
			}
		}
		var g [4]float64
		for j := range g {
			g[j] = -s[j+1] / t.customers
		}
		chain(g, gradient)
		return -(s[0] + constant) / t.customers
	}
}

// paretoRows is how many triples are added up in one piece.
const paretoRows = 256
