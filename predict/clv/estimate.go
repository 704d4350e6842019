package clv

import (
	"math"
	"slices"
	"strings"

	"perennial"
)

// Options of Fit; a zero field takes the default in brackets.
type Options struct {
	Unit       Unit     // unit of the parameters [day]
	AliveModel Family   // MBGNBD or Pareto [MBGNBD]
	Pareto     bool     // fit Pareto/NBD too
	Discount   *float64 // a year, above −1: 0.10 is 10 % [0.10]
	Confidence float64  // of the intervals, between 0 and 1 [0.95]
	// MaxDistinct is the largest number of distinct triples that the fit takes
	// as they are; above, they are binned (Groups.Reduced) and the result says
	// so [200,000]. Predictions are never binned.
	MaxDistinct int
	Bootstrap   *Bootstrap // intervals by resampling customers [nil: delta method]
}

const (
	defaultDiscount   = 0.10
	defaultConfidence = 0.95
	defaultDistinct   = 200_000
)

func (o Options) filled() (Options, error) {
	invalid := func(sentence perennial.Text) error {
		return perennial.NewError(perennial.KindInvalid, "clv.options", sentence)
	}
	if o.Unit == "" {
		o.Unit = UnitDay
	}
	if o.AliveModel == "" {
		o.AliveModel = MBGNBD
	}
	if o.Discount == nil {
		rate := defaultDiscount
		o.Discount = &rate
	}
	if o.Confidence == 0 {
		o.Confidence = defaultConfidence
	}
	if o.MaxDistinct == 0 {
		o.MaxDistinct = defaultDistinct
	}
	switch {
	case o.Unit != UnitDay && o.Unit != UnitWeek:
		return o, invalid(perennial.Say("时间单位只能是 day 或 week。", "The unit is either day or week."))
	case o.AliveModel != MBGNBD && o.AliveModel != Pareto:
		return o, invalid(perennial.Say("存活概率只能用 mbgnbd 或 pareto：bgnbd 认定只买过一次的客户全部存活。",
			"The probability of being alive comes from mbgnbd or pareto: bgnbd calls every one-time buyer alive."))
	case !(*o.Discount > -1) || math.IsInf(*o.Discount, 0):
		return o, invalid(perennial.Say("年折现率写成小数，应大于 -1，例如 0.1。", "The yearly discount is a fraction above −1, such as 0.1."))
	case !(o.Confidence > 0 && o.Confidence < 1):
		return o, invalid(perennial.Say("置信水平应在 0 到 1 之间。", "The confidence must lie between 0 and 1."))
	case o.MaxDistinct < 2 || o.Bootstrap != nil && o.Bootstrap.Replicates < 1:
		return o, invalid(perennial.Say("分组上限至少 2，自助抽样至少 1 次。", "At least two groups and one replicate are needed."))
	}
	o.Pareto = o.Pareto || o.AliveModel == Pareto
	return o, nil
}

// Fit fits the models to the customers and scores each of them. It returns a
// *perennial.Error for contradictory rows (code "clv.input") and options (code
// "clv.options") only; where the data cannot carry a model, the result says so
// in Reason or Notes and leaves out what depends on it. The same input, options
// and seed give the same result on any number of processors.
func Fit(customers Input, o Options) (*Result, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	in := &customers
	if err := in.check(); err != nil {
		return nil, err
	}
	exact := group(in.Frequency, in.Recency, in.Age)
	r := &Result{
		Unit: o.Unit, Customers: in.Len(), AliveModel: o.AliveModel, Discount: *o.Discount,
		Grouping: Grouping{Distinct: len(exact.Triples), Fitted: len(exact.Triples)}, Notes: []Reason{},
	}
	if r.Reason = nothingToFit(exact); r.Reason != nil {
		return r, nil
	}
	grouped := exact.Reduced(o.MaxDistinct)
	r.Grouping.Fitted, r.Grouping.BinWidth = len(grouped.Triples), grouped.BinWidth
	if r.Grouping.Binned = grouped != exact; r.Grouping.Binned {
		r.note("clv.binned", perennial.Say("购买记录有 %d 种组合，拟合时把时间相近的合并成 %d 种；预测没有合并。",
			"The histories have %d distinct forms; for the fit, those close in time were merged into %d. Predictions are not merged.",
			len(exact.Triples), len(grouped.Triples)))
	}
	e := &estimate{in: in, o: o, r: r, exact: exact, grouped: grouped}
	e.fitModels()
	e.fitSpend()
	e.predict()
	e.intervals()
	return r, nil
}

// estimate carries one Fit through its steps.
type estimate struct {
	in             *Input
	o              Options
	r              *Result
	exact, grouped *Groups
	expected       *fitted // of ExpectedModel; nil where none is usable
	alive          *fitted // of AliveModel; nil where dropout is not identified
	spend          *FittedSpend
}

// fewRepeaters is the number of repeat customers below which a fit is hardly
// more than its starting point.
const fewRepeaters = 30

func (e *estimate) fitModels() {
	r, l := e.r, newLikelihood(e.grouped)
	if n := l.totals.repeaters; n < fewRepeaters {
		r.note("clv.few_repeaters", perennial.Say("只有 %d 位客户复购过，结果仅供参考。",
			"Only %d customers have bought again, so treat the results as a first guess.", int(n)))
	}
	var reason *Reason
	if r.BGNBD, reason = fitBG(BGNBD, l, e.o.Unit, nil); reason != nil {
		r.noteReason(reason)
	}
	if r.MBGNBD, reason = fitBG(MBGNBD, l, e.o.Unit, nil); reason != nil {
		r.noteReason(reason)
	}
	if e.o.Pareto {
		if r.Pareto, reason = fitPareto(e.grouped, l, e.o.Unit, nil); reason != nil {
			r.noteReason(reason)
		}
	}
	e.chooseExpected()
	e.chooseAlive()
}

// chooseExpected takes BG/NBD where it converged, else the next that did.
func (e *estimate) chooseExpected() {
	r := e.r
	switch {
	case r.BGNBD != nil && r.BGNBD.Converged:
		e.expected = r.BGNBD.fitted()
	case r.MBGNBD != nil && r.MBGNBD.Converged:
		e.expected = r.MBGNBD.fitted()
	case r.Pareto != nil && r.Pareto.Converged:
		e.expected = r.Pareto.fitted()
	default:
		r.note("clv.no_model", perennial.Say("没有一个购买模型收敛，不给预期订单和价值。",
			"No model of purchasing converged, so no expected orders and no value are given."))
		return
	}
	r.ExpectedModel = &e.expected.family
	if e.expected.family != BGNBD {
		r.note("clv.expected_model", perennial.Say("BG/NBD 没有收敛，预期订单改用 %s。",
			"BG/NBD did not converge; expected orders come from %s instead.", string(e.expected.family)))
	}
	if e.expected.family == BGNBD {
		e.noteLimits(r.BGNBD)
	}
}

func (e *estimate) noteLimits(f *FittedBG) {
	var limits []string
	for _, name := range f.Limits {
		// Without dropout, a and b have a note of their own.
		if f.Dropout.Identified || name == "r" || name == "alpha" {
			limits = append(limits, name)
		}
	}
	if len(limits) == 0 {
		return
	}
	e.r.note("clv.limits", perennial.Say("参数 %s 到了搜索边界：这方面的客户差异在数据里看不出来，不给它的标准误。",
		"Parameters on the limit of the search: %s. The data show no spread between customers there, and no standard error is given.",
		strings.Join(limits, ", ")))
}

func (e *estimate) chooseAlive() {
	r := e.r
	var dropout Dropout
	switch {
	case e.o.AliveModel == Pareto && r.Pareto != nil:
		dropout = r.Pareto.Dropout
		e.alive = r.Pareto.fitted()
	case e.o.AliveModel == MBGNBD && r.MBGNBD != nil:
		dropout = r.MBGNBD.Dropout
		e.alive = r.MBGNBD.fitted()
	}
	if !dropout.Identified {
		e.alive = nil
		r.noteReason(dropout.Reason)
	}
}

func (f *FittedBG) fitted() *fitted {
	m := f.Rescaled(f.Unit.Days())
	return &fitted{f.Family, m, []float64{math.Log(m.R), math.Log(m.Alpha), math.Log(m.A), math.Log(m.B)}, f.Covariance}
}

func (f *FittedPareto) fitted() *fitted {
	m := f.Rescaled(f.Unit.Days())
	return &fitted{Pareto, m, []float64{math.Log(m.R), math.Log(m.Alpha), math.Log(m.S), math.Log(m.Beta)}, f.Covariance}
}

// spendWarning is the correlation of frequency and spend above which the
// assumption of Gamma-Gamma is called broken.
const spendWarning = 0.3

func (e *estimate) fitSpend() {
	if e.in.RepeatMoney == nil {
		return
	}
	f, reason := FitGammaGamma(e.in.Frequency, e.in.meanSpends())
	if reason != nil {
		e.r.noteReason(reason)
		return
	}
	// The result speaks in major units; the scores are computed in minor ones.
	minor := *f
	e.spend = &minor
	e.r.GammaGamma = f.inMajor(e.in.Currency)
	if !f.Usable {
		e.spend = nil
		e.r.note("clv.spend_tail", perennial.Say("消费金额的差别太大，平均消费没有有限的期望，不给未来 12 个月价值。",
			"Spend differs so much that it has no finite mean, so no value of the next 12 months is given."))
	}
	if c := f.Correlation; c != nil && math.Abs(*c) > spendWarning {
		e.r.note("clv.spend_correlated", perennial.Say("购买次数与每次消费的相关系数是 %.2f，模型假设两者无关，价值可能有偏差。",
			"Frequency and spend correlate at %.2f; the model assumes that they do not, so values may be biased.", *c))
	}
}

// inMajor restates a fit in minor units in major ones.
func (f *FittedSpend) inMajor(c perennial.Currency) *FittedSpend {
	out := *f
	scale := math.Pow10(c.Digits())
	out.V /= scale
	out.LogLikelihood += float64(f.Customers) * math.Log(scale)
	if f.MeanSpend != nil {
		mean := *f.MeanSpend / scale
		out.MeanSpend = &mean
	}
	if f.StandardErrors != nil {
		errors := *f.StandardErrors
		errors.V /= scale
		out.StandardErrors = &errors
	}
	return &out
}

// predict scores every customer on the exact triples and adds up the totals.
func (e *estimate) predict() {
	n, in, r := e.in.Len(), e.in, e.r
	if e.alive != nil {
		alive := make([]float64, len(e.exact.Triples))
		fillAlive(e.alive.point, e.exact.Triples, alive)
		r.Scores.PAlive = e.spread(alive)
		total := 0.0
		for k, t := range e.exact.Triples {
			total += t.Weight * alive[k]
		}
		r.CustomersAlive = &total
	}
	if e.spend != nil {
		r.Scores.MeanSpend = make([]perennial.Money, n)
		for i := range n {
			r.Scores.MeanSpend[i] = round(e.spend.Mean(int(in.Frequency[i]), in.meanSpend(i)))
		}
	}
	if e.expected == nil {
		return
	}
	m := e.expected.point
	f := newForecast(len(e.exact.Triples))
	holdout := 0.0
	if in.Holdout != nil {
		holdout = float64(in.Holdout.Days)
	}
	f.fill(m, e.exact.Triples, Months(UnitDay, *e.o.Discount), holdout)
	r.ExpectedOrders = &Horizons{}
	for k, t := range e.exact.Triples {
		r.ExpectedOrders.Days30 += t.Weight * f.value[column30][k]
		r.ExpectedOrders.Days90 += t.Weight * f.value[column90][k]
		r.ExpectedOrders.Days365 += t.Weight * f.value[column365][k]
	}
	r.Scores.Orders30 = e.spread(f.value[column30])
	r.Scores.Orders90 = e.spread(f.value[column90])
	r.Scores.Orders365 = e.spread(f.value[column365])
	if e.spend != nil {
		r.Scores.CLV12 = make([]perennial.Money, n)
		total := 0.0
		for i, k := range e.exact.Of {
			worth := f.value[columnDiscounted][k] * e.spend.Mean(int(in.Frequency[i]), in.meanSpend(i))
			r.Scores.CLV12[i] = round(worth)
			total += worth
		}
		amount := in.Currency.Amount(round(total))
		r.CLV12 = &amount
	}
	next := make([]float64, len(e.exact.Triples))
	for k, t := range e.exact.Triples {
		if next[k] = m.next(0.5, int(t.X), t.Age); !(next[k] <= tenYears) {
			next[k] = NoNextOrder
		}
	}
	r.Scores.NextOrder = e.spread(next)
	if in.Holdout != nil {
		e.compare(m, f.value[columnHoldout])
	}
}

// spread copies a number a triple to its customers.
func (e *estimate) spread(values []float64) []float64 {
	out := make([]float64, len(e.exact.Of))
	for i, k := range e.exact.Of {
		out[i] = values[k]
	}
	return out
}

func (e *estimate) compare(m purchasing, predicted []float64) {
	h := e.in.Holdout
	c := &HoldoutComparison{Days: h.Days}
	for i, k := range e.exact.Of {
		c.Predicted += predicted[k]
		c.Actual += int(h.Orders[i])
		c.MAE += math.Abs(predicted[k] - float64(h.Orders[i]))
	}
	c.MAE /= float64(e.in.Len())
	actual := slices.Concat(h.Weeks, make([]int, (h.Days+6)/7-len(h.Weeks)))
	for j, p := range weekly(m, e.exact.Triples, h.Days) {
		c.Weeks = append(c.Weeks, HoldoutWeek{Week: j + 1, Predicted: p, Actual: actual[j]})
	}
	e.r.Holdout = c
}

// intervals computes on the grouped triples of the fit; where those are binned,
// the intervals are moved by the ratio of the exact to the binned totals.
func (e *estimate) intervals() {
	if e.expected == nil {
		return
	}
	r := e.r
	b := newBase(e.grouped, e.in, Months(UnitDay, *e.o.Discount))
	r.Intervals = &IntervalMethod{Method: "delta", Confidence: e.o.Confidence}
	var found [totalCount]*Interval
	if bs := e.o.Bootstrap; bs != nil {
		r.Intervals.Method, r.Intervals.Seed = "bootstrap", bs.Seed
		found, r.Intervals.Replicates = bs.run(b, e.grouped, e.in, e.expected, e.spend, e.alive, e.o.Confidence)
	} else {
		found = b.delta(e.expected, e.spend, e.alive, e.o.Confidence)
	}
	if r.Grouping.Binned {
		e.unbin(b, &found)
	}
	r.ExpectedOrdersInterval = &HorizonIntervals{found[total30], found[total90], found[total365]}
	if i := found[totalCLV]; i != nil && e.spend != nil {
		c := e.in.Currency
		r.CLV12Interval = &MoneyInterval{c.Amount(round(i.Low)), c.Amount(round(i.High))}
	}
	if i := found[totalAlive]; i != nil && e.alive != nil {
		i.High = min(i.High, float64(r.Customers))
		r.CustomersAliveInterval = i
	}
}

func (e *estimate) unbin(b *base, found *[totalCount]*Interval) {
	var spend *GammaGamma
	if e.spend != nil {
		spend = &e.spend.GammaGamma
	}
	var alive purchasing
	if e.alive != nil {
		alive = e.alive.point
	}
	binned := b.all(e.expected.point, spend, alive)
	exact := [totalCount]float64{e.r.ExpectedOrders.Days30, e.r.ExpectedOrders.Days90, e.r.ExpectedOrders.Days365}
	if e.r.CLV12 != nil {
		exact[totalCLV] = float64(e.r.CLV12.Minor)
	}
	if e.r.CustomersAlive != nil {
		exact[totalAlive] = *e.r.CustomersAlive
	}
	for k, i := range found {
		if i != nil && binned[k] > 0 {
			i.Low *= exact[k] / binned[k]
			i.High *= exact[k] / binned[k]
		}
	}
}
