package cluster

import (
	"math"
	"slices"

	"perennial"
)

const (
	winsorise      = 0.01 // the share cut off at each end of a column
	minPresent     = 0.2  // a column known for fewer customers is left out
	sameColumn     = 0.95 // |r| beyond which two columns are one
	blockWeight    = 2.0  // what the columns of one block weigh together
	extremeSD      = 5.0  // standard deviations beyond which a customer is extreme
	minRepeatBase  = 30   // customers with two orders needed to see a habit
	minReliability = 0.01
	materialLog    = 0.25 // a spread of logarithms below which differences are immaterial
	habit          = 3    // orders that it takes to call a weekday or hour a habit
)

// Scale brings one column to the common scale of the distances: share drawn
// towards the common share, logarithm, cut at both ends, mean 0, divided by SD,
// then weighted by block.
//
// SD is the standard deviation of the column, except that it stays above where a
// difference begins to matter: a logarithmic column in which customers differ by
// 5 % is not blown up to the size of one in which they differ tenfold, and a
// share is measured in standard deviations of the customers' true shares, which
// what few orders show of them does not reach.
type Scale struct {
	Feature string `json:"feature"`
	Log     bool   `json:"log,omitempty"`
	Chance  bool   `json:"chance,omitempty"` // fewer than three orders count as missing
	// Prior and PriorWeight draw a share with base n towards Prior:
	// (n·share + PriorWeight·Prior) / (n + PriorWeight).
	Prior       float64 `json:"prior,omitempty"`
	PriorWeight float64 `json:"prior_weight,omitempty"`
	Fill        float64 `json:"fill"` // for missing values: the median, or Prior
	Low         float64 `json:"low"`  // ends, after the logarithm
	High        float64 `json:"high"`
	Mean        float64 `json:"mean"`
	SD          float64 `json:"sd"`
	Weight      float64 `json:"weight"`
}

// Dropped is a column that was left out, and why.
type Dropped struct {
	Feature  string  `json:"feature"`
	LabelZH  string  `json:"label_zh"`
	LabelEN  string  `json:"label_en"`
	Reason   string  `json:"reason"` // constant, nearly_constant, sparse, chance, duplicate
	ReasonZH string  `json:"reason_zh"`
	ReasonEN string  `json:"reason_en"`
	Of       string  `json:"of,omitempty"` // duplicate: of which feature
	R        float64 `json:"r,omitempty"`  // duplicate: correlation
}

func dropped(f Feature, reason string, why perennial.Text) Dropped {
	return Dropped{Feature: f.ID, LabelZH: f.Label.ZH, LabelEN: f.Label.EN, Reason: reason, ReasonZH: why.ZH, ReasonEN: why.EN}
}

// present reports whether column c has a value for customer i.
func (c *Column) present(i int) bool {
	v := c.Values[i]
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return false
	}
	return c.Base == nil || c.Base[i] > 0 && !math.IsInf(c.Base[i], 0)
}

// tells reports whether the value of customer i counts: it is present and, where
// chance plays, rests on enough orders to be a habit.
func (c *Column) tells(i int, chance bool) bool {
	return c.present(i) && !(chance && c.Base != nil && c.Base[i] < habit)
}

// level is the value of customer i before it is cut and standardised, the fill
// where it does not tell.
func (s *Scale) level(c *Column, i int) float64 {
	v := s.Fill
	if c.tells(i, s.Chance) {
		v = c.Values[i]
		if s.PriorWeight > 0 {
			v = (c.Base[i]*v + s.PriorWeight*s.Prior) / (c.Base[i] + s.PriorWeight)
		}
	}
	if s.Log {
		v = signedLog(v)
	}
	return v
}

// standard is a level in standard deviations from the mean, not yet weighted.
func (s *Scale) standard(level float64) float64 {
	return (min(max(level, s.Low), s.High) - s.Mean) / s.SD
}

func signedLog(v float64) float64 { return math.Copysign(math.Log1p(math.Abs(v)), v) }

// fitScale learns the scale of a column from the given customers (ascending).
// A column that cannot help comes back as a Dropped.
func fitScale(c *Column, rows []int) (Scale, *Dropped) {
	s := Scale{Feature: c.ID, Log: c.Log, Chance: c.Chance, Weight: 1}
	raw := make([]float64, 0, len(rows))
	for _, i := range rows {
		if c.tells(i, c.Chance) {
			raw = append(raw, c.Values[i])
		}
	}
	drop := func(reason, zh, en string, args ...any) (Scale, *Dropped) {
		d := dropped(c.Feature, reason, perennial.Say(zh, en, args...))
		return s, &d
	}
	if float64(len(raw)) < minPresent*float64(len(rows)) || len(raw) == 0 {
		if c.Chance {
			return drop("chance", "多次下单的客户太少，看不出习惯", "too few customers order often enough to show a habit")
		}
		return drop("sparse", "只有 %.1f%% 的客户有这个值", "known for only %.1f%% of customers",
			100*float64(len(raw))/float64(max(len(rows), 1)))
	}
	if lo, hi := slices.Min(raw), slices.Max(raw); lo == hi {
		return drop("constant", "所有客户都一样", "the same for every customer")
	}
	reliability := 1.0
	if c.Base != nil {
		common, identified := fitPrior(c, rows)
		switch {
		case identified && common.reliability < minReliability:
			return drop("chance", "客户之间的差别不超出偶然", "customers differ no more than chance would make them")
		case identified:
			s.Prior, s.PriorWeight, reliability = common.mean, common.weight, common.reliability
		case c.Chance:
			return drop("chance", "多次下单的客户太少，看不出习惯", "too few customers order often enough to show a habit")
		}
	}
	s.Fill = quantile(raw, 0.5) // sorts raw
	if s.PriorWeight > 0 {
		s.Fill = s.Prior // a customer without orders is like everybody
	}
	levels := raw[:0]
	for _, i := range rows {
		if c.tells(i, c.Chance) {
			levels = append(levels, s.level(c, i))
		}
	}
	s.Low, s.High = quantile(levels, winsorise), quantile(levels, 1-winsorise)
	var sum, squares float64
	for _, v := range levels {
		sum += min(max(v, s.Low), s.High)
	}
	s.Mean = sum / float64(len(levels))
	for _, v := range levels {
		d := min(max(v, s.Low), s.High) - s.Mean
		squares += d * d
	}
	s.SD = math.Sqrt(squares / float64(len(levels)))
	if !(s.SD > 1e-9*(1+math.Abs(s.Mean))) || math.IsInf(s.SD, 0) {
		return drop("nearly_constant", "几乎所有客户都一样", "the same for nearly every customer")
	}
	if s.SD /= math.Sqrt(reliability); s.Log {
		s.SD = max(s.SD, materialLog)
	}
	return s, nil
}

// sharePrior is the beta prior of a share: mean, weight in orders, and how reliable
// the shares drawn towards it are (the mean of n ÷ (n + weight)).
type sharePrior struct{ mean, weight, reliability float64 }

// fitPrior estimates how much customers differ in a share beyond chance, by the
// analysis-of-variance estimator of the intraclass correlation ρ for proportions
// (Ridout, Demétrio & Firth 1999, Biometrics 55:137); the prior's weight is
// (1 − ρ) ÷ ρ. Not identified where hardly anybody has two orders.
func fitPrior(c *Column, rows []int) (sharePrior, bool) {
	var parts, bases, squares, customers, within float64
	repeats := 0
	for _, i := range rows {
		if !c.tells(i, c.Chance) {
			continue
		}
		n, p := c.Base[i], c.Values[i]
		customers++
		bases += n
		squares += n * n
		parts += n * p
		within += n * p * (1 - p)
		if n > 1 {
			repeats++
		}
	}
	free := bases - customers
	if repeats < minRepeatBase || free <= 0 || within < 0 {
		return sharePrior{}, false
	}
	mean := parts / bases
	var between float64
	for _, i := range rows {
		if c.tells(i, c.Chance) {
			d := c.Values[i] - mean
			between += c.Base[i] * d * d
		}
	}
	between /= customers - 1
	within /= free
	size := (bases - squares/bases) / (customers - 1)
	rho := (between - within) / (between + (size-1)*within)
	if !(rho > 1e-6) || !differ(c, rows, mean) {
		return sharePrior{mean: mean}, true
	}
	p := sharePrior{mean: mean, weight: max((1-rho)/rho, 0)}
	for _, i := range rows {
		if c.tells(i, c.Chance) {
			p.reliability += c.Base[i] / (c.Base[i] + p.weight)
		}
	}
	p.reliability /= customers
	return p, true
}

// differ tests, by Tarone's Z (1979, Biometrika 66:585), whether customers' shares
// scatter more than the same coin for everybody would make them, at the 1 % level.
func differ(c *Column, rows []int, mean float64) bool {
	var scatter, bases, pairs float64
	for _, i := range rows {
		if c.tells(i, c.Chance) {
			n := c.Base[i]
			d := n * (c.Values[i] - mean)
			scatter += d * d
			bases += n
			pairs += n * (n - 1)
		}
	}
	scatter /= mean * (1 - mean)
	return (scatter-bases)/math.Sqrt(2*pairs) > 2.326
}

// points are n rows of d coordinates.
type points struct {
	x    []float64
	n, d int
}

func (p points) row(i int) []float64 { return p.x[i*p.d : (i+1)*p.d] }

// pick copies the given rows.
func (p points) pick(rows []int) points {
	q := points{x: make([]float64, 0, len(rows)*p.d), n: len(rows), d: p.d}
	for _, i := range rows {
		q.x = append(q.x, p.row(i)...)
	}
	return q
}

// space is the learnt common scale: the columns in use, their scales, and the
// customers it was learnt from as points.
type space struct {
	columns []*Column
	scales  []Scale
	weights []float64 // standard deviation of each column among the points
	sample  points
	dropped []Dropped
}

// fitSpace learns every column's scale from the given customers, leaves out what
// is constant, sparse or said twice, and weighs the blocks.
func fitSpace(f Features, rows []int) *space {
	sp := &space{dropped: []Dropped{}}
	fits := make([]struct {
		scale Scale
		gone  *Dropped
		z     []float64
	}, len(f.Columns))
	parallel(len(fits), func(j int) {
		c, fit := &f.Columns[j], &fits[j]
		if fit.scale, fit.gone = fitScale(c, rows); fit.gone != nil {
			return
		}
		fit.z = make([]float64, len(rows))
		for k, i := range rows {
			fit.z[k] = fit.scale.standard(fit.scale.level(c, i))
		}
	})
	var kept [][]float64
	for j := range f.Columns {
		c, s, z := &f.Columns[j], fits[j].scale, fits[j].z
		if gone := fits[j].gone; gone != nil {
			sp.dropped = append(sp.dropped, *gone)
			continue
		}
		if of, r := duplicateOf(z, kept); of >= 0 {
			twin := sp.columns[of].Feature
			d := dropped(c.Feature, "duplicate", perennial.Text{
				ZH: "与“" + twin.Label.ZH + "”几乎是一回事", EN: "says the same as “" + twin.Label.EN + "”",
			})
			d.Of, d.R = twin.ID, r
			sp.dropped = append(sp.dropped, d)
			continue
		}
		kept = append(kept, z)
		sp.columns = append(sp.columns, c)
		sp.scales = append(sp.scales, s)
	}
	sp.weigh(kept)
	sp.sample = points{x: make([]float64, len(rows)*len(kept)), n: len(rows), d: len(kept)}
	for j, z := range kept {
		w := sp.scales[j].Weight
		for k, v := range z {
			sp.sample.x[k*len(kept)+j] = v * w
		}
	}
	return sp
}

// weigh makes the columns of each block weigh together at most blockWeight, by
// their share of the squared distance, and notes what each column weighs.
func (sp *space) weigh(z [][]float64) {
	total := map[string]float64{}
	sp.weights = make([]float64, len(z))
	for j, c := range sp.columns {
		for _, v := range z[j] {
			sp.weights[j] += v * v / float64(len(z[j]))
		}
		total[c.Block] += sp.weights[j]
	}
	for j, c := range sp.columns {
		if c.Block != "" && total[c.Block] > blockWeight {
			sp.scales[j].Weight = math.Sqrt(blockWeight / total[c.Block])
		}
		sp.weights[j] = sp.scales[j].Weight * math.Sqrt(sp.weights[j])
	}
}

// duplicateOf finds the first of the kept columns that z repeats, or -1.
func duplicateOf(z []float64, kept [][]float64) (int, float64) {
	for k, other := range kept {
		if r := correlation(z, other); math.Abs(r) > sameColumn {
			return k, r
		}
	}
	return -1, 0
}

func correlation(a, b []float64) float64 {
	n := float64(len(a))
	var ma, mb float64
	for i := range a {
		ma += a[i]
		mb += b[i]
	}
	ma, mb = ma/n, mb/n
	var ab, aa, bb float64
	for i := range a {
		x, y := a[i]-ma, b[i]-mb
		ab += x * y
		aa += x * x
		bb += y * y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}

// quantile sorts v and returns its q-quantile by linear interpolation (R's type
// 7); v is not empty.
func quantile(v []float64, q float64) float64 {
	slices.Sort(v)
	at := q * float64(len(v)-1)
	k := int(at)
	if k+1 >= len(v) {
		return v[len(v)-1]
	}
	return v[k] + (at-float64(k))*(v[k+1]-v[k])
}
