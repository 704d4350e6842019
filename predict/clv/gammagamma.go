package clv

import (
	"math"

	"perennial"
	"perennial/predict/numeric"
)

// GammaGamma is the model of money a purchase (Fader & Hardie 2013): amounts of
// a customer are Gamma(P, ν), and ν is Gamma(Q, V) over customers. V is in the
// unit of the amounts. It assumes that money and frequency are unrelated.
type GammaGamma struct {
	P float64 `json:"p"`
	Q float64 `json:"q"`
	V float64 `json:"v"`
}

// Mean returns the expected mean spend of a customer with x repeat purchase days
// of mean spend m, in the unit of V: p(v + x·m) ÷ (p·x + q − 1). For x = 0 that
// is the mean of all customers, p·v ÷ (q − 1), which needs q > 1.
func (g GammaGamma) Mean(x int, m float64) float64 {
	fixed, share := g.shrink(x)
	return fixed + share*m
}

// shrink returns the two numbers of Mean = fixed + share·m.
func (g GammaGamma) shrink(x int) (fixed, share float64) {
	d := g.P*float64(x) + g.Q - 1
	return g.P * g.V / d, g.P * float64(x) / d
}

// finite reports whether every customer has an expected mean spend.
func (g GammaGamma) finite() bool { return g.Q > 1+1e-6 }

// FittedSpend is Gamma-Gamma fitted by unpenalised maximum likelihood to
// customers with x ≥ 1 and money above zero. V and LogLikelihood are in major
// units of the currency.
type FittedSpend struct {
	GammaGamma
	LogLikelihood  float64      `json:"log_likelihood"`
	Customers      int          `json:"customers"`
	StandardErrors *SpendErrors `json:"standard_errors"`
	Covariance     [][]float64  `json:"covariance_log"` // of ln p, ln q, ln v, as in FittedBG
	// Correlation is Pearson's between x and mean spend, which the model assumes
	// to be zero; null where one of them does not vary.
	Correlation *float64       `json:"correlation"`
	MeanSpend   *float64       `json:"mean"` // of all customers, p·v ÷ (q − 1); null for q ≤ 1
	Usable      bool           `json:"usable"`
	Converged   bool           `json:"converged"`
	Status      numeric.Status `json:"status"`
	Starts      int            `json:"starts"`
	Iterations  int            `json:"iterations"`
	Evaluations int            `json:"evaluations"`
	Limits      []string       `json:"limits,omitempty"`
}

// SpendErrors are standard errors of the parameters by the delta method.
type SpendErrors struct {
	P float64 `json:"p"`
	Q float64 `json:"q"`
	V float64 `json:"v"`
}

// FitGammaGamma fits the model to customers with x ≥ 1 repeat purchase days of
// mean spend m > 0 in one unit; other rows are passed over. It returns a Reason
// (code "clv.no_spend") where fewer than two customers are left.
func FitGammaGamma(x []int32, m []float64) (*FittedSpend, *Reason) {
	s := newSpend(x, m)
	if s.n < 2 {
		return nil, &Reason{"clv.no_spend", perennial.Say(
			"有复购金额的客户不足 2 位，无法估计每次消费的金额。",
			"Fewer than two customers have repeat purchases with money, so spend cannot be estimated.")}
	}
	return s.fit(nil, nil)
}

// spendData holds what the likelihood needs of the customers.
type spendData struct {
	n      int
	who    []int32   // row of the customer
	x      []float64 // repeat purchase days
	money  []float64 // x · mean spend ÷ scale
	mean   []float64 // mean spend ÷ scale
	scale  float64   // mean of the mean spends
	counts []int     // distinct x, ascending order of discovery
	slot   []int32   // index into counts of a customer
}

func newSpend(x []int32, m []float64) *spendData {
	s := &spendData{}
	top := int32(0)
	for i, mean := range m {
		if x[i] > 0 && mean > 0 {
			s.n++
			s.scale += mean
			top = max(top, x[i])
		}
	}
	if s.n == 0 {
		return s
	}
	s.scale /= float64(s.n)
	s.who, s.slot = make([]int32, 0, s.n), make([]int32, 0, s.n)
	s.x, s.money, s.mean = make([]float64, 0, s.n), make([]float64, 0, s.n), make([]float64, 0, s.n)
	slots := make([]int32, top+1)
	for i, mean := range m {
		if !(x[i] > 0 && mean > 0) {
			continue
		}
		if slots[x[i]] == 0 {
			s.counts = append(s.counts, int(x[i]))
			slots[x[i]] = int32(len(s.counts))
		}
		s.who = append(s.who, int32(i))
		s.slot = append(s.slot, slots[x[i]]-1)
		s.x = append(s.x, float64(x[i]))
		s.mean = append(s.mean, mean/s.scale)
		s.money = append(s.money, float64(x[i])*mean/s.scale)
	}
	return s
}

// spendRows is how many customers are added up in one piece.
const spendRows = 1 << 14

// objective returns minus the mean log-likelihood in ln p, ln q and ln(v·p ÷ q),
// about the mean spend, with money in units of scale, and the sum of weights. weights is by customer row; nil
// weighs all one.
func (s *spendData) objective(weights []float64) (numeric.Objective, float64) {
	at := func(i int) float64 {
		if weights == nil {
			return 1
		}
		return weights[s.who[i]]
	}
	perX := make([]float64, len(s.counts))
	var total, logs, xlogs float64
	for i := range s.x {
		w := at(i)
		perX[s.slot[i]] += w
		total += w
		l := w * math.Log(s.mean[i])
		logs += l
		xlogs += l * s.x[i]
	}
	pieces := make([][4]float64, (s.n+spendRows-1)/spendRows)
	workers := workersFor(len(pieces))
	return func(v, gradient []float64) float64 {
		p, q := math.Exp(v[0]), math.Exp(v[1])
		logScale := v[2] - v[0] + v[1]
		scale := math.Exp(logScale)
		inParallel(len(pieces), workers, func(k int) {
			var sum [4]float64
			for i := k * spendRows; i < min((k+1)*spendRows, s.n); i++ {
				w := at(i)
				y := scale + s.money[i]
				l, inv := w*math.Log(y), w/y
				sum[0] += l
				sum[1] += l * s.x[i]
				sum[2] += inv
				sum[3] += inv * s.x[i]
			}
			pieces[k] = sum
		})
		var sum [4]float64
		for _, piece := range pieces {
			for j := range sum {
				sum[j] += piece[j]
			}
		}
		value := total*(q*logScale-numeric.LogGamma(q)) + p*xlogs - logs - p*sum[1] - q*sum[0]
		gp := xlogs - sum[1]
		gq := total*(logScale-numeric.Digamma(q)) - sum[0]
		gv := total*q/scale - p*sum[3] - q*sum[2]
		for k, count := range s.counts {
			x := float64(count)
			w := perX[k]
			value += w * (numeric.LogGamma(p*x+q) - numeric.LogGamma(p*x) + p*x*math.Log(x))
			both := numeric.Digamma(p*x + q)
			gp += w * x * (both - numeric.Digamma(p*x) + math.Log(x))
			gq += w * both
		}
		gv *= scale
		gradient[0], gradient[1], gradient[2] = (gv-gp*p)/total, -(gv+gq*q)/total, -gv/total
		return -value / total
	}, total
}

// fit runs the search from the deterministic starts, or from the one given (V in
// units of the data) for a bootstrap replicate.
func (s *spendData) fit(weights []float64, start *GammaGamma) (*FittedSpend, *Reason) {
	objective, total := s.objective(weights)
	lower := []float64{math.Log(shapeLow), math.Log(shapeLow), math.Log(ratioLow)}
	upper := []float64{math.Log(shapeHigh), math.Log(shapeHigh), math.Log(ratioHigh)}
	at := func(p, q, v float64) []float64 { return []float64{math.Log(p), math.Log(q), math.Log(v * p / q)} }
	starts := [][]float64{at(6, 4, 0.5), at(1, 2, 1), at(20, 20, 0.95)}
	if start != nil {
		starts = [][]float64{at(start.P, start.Q, start.V/s.scale)}
	}
	var best numeric.Minimum
	f := &FittedSpend{Customers: s.n, Starts: len(starts)}
	for i, from := range starts {
		m := numeric.Minimize(objective, from, lower, upper, numeric.Settings{})
		f.Evaluations += m.Evaluations
		if i == 0 || better(m, best) {
			best = m
		}
	}
	if best.Status == numeric.Failed {
		return nil, &Reason{"clv.spend_not_finite", perennial.Say("这些金额的似然无法计算，消费金额模型没有拟合。",
			"The likelihood of these amounts cannot be computed, so spend was not fitted.")}
	}
	f.GammaGamma = GammaGamma{math.Exp(best.X[0]), math.Exp(best.X[1]), math.Exp(best.X[2]-best.X[0]+best.X[1]) * s.scale}
	f.LogLikelihood = -best.F*total - total*math.Log(s.scale)
	f.Status, f.Iterations = best.Status, best.Iterations
	f.Converged = best.Status == numeric.Converged || best.Status == numeric.Bounded
	f.Usable = f.Converged && f.finite()
	if start != nil {
		return f, nil
	}
	for i, name := range []string{"p", "q", "v"} {
		if best.AtBound[i] {
			f.Limits = append(f.Limits, name)
		}
	}
	if f.finite() {
		mean := f.Mean(0, 0)
		f.MeanSpend = &mean
	}
	f.Covariance = logCovariance(objective, best, total, [][]float64{{1, 0, 0}, {0, 1, 0}, {-1, 1, 1}})
	if c := f.Covariance; c != nil {
		f.StandardErrors = &SpendErrors{f.P * math.Sqrt(c[0][0]), f.Q * math.Sqrt(c[1][1]), f.V * math.Sqrt(c[2][2])}
	}
	f.Correlation = correlation(s.x, s.mean)
	return f, nil
}

// correlation returns Pearson's correlation, nil where one column is constant.
func correlation(x, y []float64) *float64 {
	n := float64(len(x))
	var mx, my float64
	for i := range x {
		mx += x[i] / n
		my += y[i] / n
	}
	var xx, yy, xy float64
	for i := range x {
		dx, dy := x[i]-mx, y[i]-my
		xx += dx * dx
		yy += dy * dy
		xy += dx * dy
	}
	// Below rounding noise a column counts as constant.
	if xx <= 1e-20*n*mx*mx || yy <= 1e-20*n*my*my {
		return nil
	}
	r := min(max(xy/math.Sqrt(xx*yy), -1), 1)
	return &r
}
