package cohort

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"perennial"
	"perennial/analyze/history"
)

// Second describes the way from the first to the second purchase day of
// customers known to be new: a plain Kaplan–Meier curve, each customer once.
// Shares are of those customers; a figure that the data cannot give yet (nobody
// observed that long) is nil.
type Second struct {
	NewCustomers int  `json:"new_customers"` // in the curve
	NotKnownNew  int  `json:"not_known_new"` // left out: may have bought before the data begin
	EveryoneUsed bool `json:"everyone_used"` // too few are known to be new: all customers stand in

	SecondPurchases int             `json:"second_purchases"` // seen within Horizon
	SecondHorizon   int             `json:"second_horizon_days"`
	SecondOrder     SecondOrder     `json:"second_order"`
	SecondOrderBand SecondOrderBand `json:"second_order_band"` // log(−log) band of the same

	// HalfDay is the day by which half of the second purchases of the first 180
	// days have come.
	HalfDay         *int      `json:"half_day"`
	HalfDayInterval *Interval `json:"half_day_interval"`

	GoldenWindow *Window `json:"golden_window"`
	Golden       Golden  `json:"golden"`

	SecondCurve Line             `json:"second_curve"` // 1 − S by day since the first purchase, with band
	HazardCurve Line             `json:"hazard_curve"` // smoothed hazard per day
	Groups      []Grouping       `json:"groups"`
	SecondNotes []perennial.Text `json:"second_notes"`
}

// SecondOrder is the share with a second purchase by a day, that day included.
type SecondOrder struct {
	D30  *float64 `json:"30"`
	D60  *float64 `json:"60"`
	D90  *float64 `json:"90"`
	D180 *float64 `json:"180"`
}

// SecondOrderBand holds the 95 % bands of a SecondOrder.
type SecondOrderBand struct {
	D30  *Interval `json:"30"`
	D60  *Interval `json:"60"`
	D90  *Interval `json:"90"`
	D180 *Interval `json:"180"`
}

// Grouping compares the second purchase between groups of first purchases.
type Grouping struct {
	Dimension string  `json:"dimension"` // category, channel, promoted
	LogRank   *Test   `json:"log_rank"`  // over all groups and the remainder; nil where nothing to compare
	Groups    []Group `json:"groups"`
}

// Group is one group of customers known to be new against all others of whom
// the same thing is known.
type Group struct {
	Name            string      `json:"name"`
	Customers       int         `json:"customers"`
	SecondPurchases int         `json:"second_purchases"`
	SecondOrder     SecondOrder `json:"second_order"`

	// HazardRatio is the group's chance of coming back on a day divided by the
	// others' (Cox), with its interval. P is of the log-rank test against the
	// others, PAdjusted the same after Holm's correction over all groups of all
	// dimensions. All are nil where there is nothing to compare.
	HazardRatio         *float64  `json:"hazard_ratio"`
	HazardRatioInterval *Interval `json:"hazard_ratio_interval"`
	P                   *float64  `json:"p"`
	PAdjusted           *float64  `json:"p_adjusted"`

	// Day and OthersDay are the days by which the same share of each has come
	// back: half the share that both reach. Sooner = 1 − Day/OthersDay; negative
	// is later.
	Day       *int     `json:"day"`
	OthersDay *int     `json:"others_day"`
	Sooner    *float64 `json:"sooner"`

	// Statement says the difference in words where PAdjusted is below 5 %.
	Statement *perennial.Text `json:"statement"`
}

// MeasureSecond follows customers known to be new from the first to the second
// purchase day (definitions.md §4). cycleDays is the repurchase cycle, 0 where it
// is not identified. Where fewer than 30 customers are known to be new, as in a
// file of one acquisition cohort, all customers stand in and EveryoneUsed says so.
func MeasureSecond(h *history.History, cycleDays float64, opt Options) Second {
	return secondOf(h, kernels{h}.seconds(h.NewFrom(cycleDays)), opt)
}

func secondOf(h *history.History, all []Seconds, opt Options) Second {
	out := Second{Groups: []Grouping{}}
	var old int // proven by a member file: they stay out
	for _, s := range all {
		switch n := int(sumOf(s.Events) + sumOf(s.Censored)); s.New {
		case KnownNew:
			out.NewCustomers += n
		case KnownOld:
			old += n
		}
	}
	out.NotKnownNew = h.Len() - out.NewCustomers
	if out.NewCustomers < minGroup && out.NotKnownNew > 0 {
		out.EveryoneUsed = true
		out.NewCustomers = h.Len() - old
	}
	var mine []Seconds
	t := dayTable()
	for _, s := range all {
		if s.New == KnownNew || out.EveryoneUsed && s.New == NotKnownNew {
			mine = append(mine, s)
			addTable(t, s.table(), 1)
		}
	}
	curve := KaplanMeier(t, 0.95)
	in := read(Weights{t.Events, t.Censored}, Horizon)
	out.SecondPurchases = int(sumOf(t.Events[:Horizon+1]))
	out.SecondHorizon = in.horizon
	out.SecondOrder, out.SecondOrderBand = secondOrder(curve)
	out.HalfDay = dayOrNil(halfDay(in))
	out.SecondCurve = incidenceLine(curve, in.horizon)

	hazard := smoothHazard(t.Events, in.risk, in.horizon)
	out.HazardCurve = line(hazard, nil, nil, 1, in.horizon)
	out.Golden, out.GoldenWindow = golden(hazard, in)
	if out.SecondPurchases < minGroup {
		out.GoldenWindow = nil
	}
	out.bootstrap(t, opt)
	out.Groups = compareGroups(h, mine)
	out.SecondNotes = out.notes()
	return out
}

// table is the ways as a Table over days.
func (s Seconds) table() Table { return Table{Events: s.Events, Censored: s.Censored} }

// secondOrder reads 1 − S and its band off a curve over days.
func secondOrder(c Curve) (SecondOrder, SecondOrderBand) {
	at := func(day int) (*float64, *Interval) {
		// Beyond the last observation a curve that has not reached zero says
		// nothing.
		if c.AtRisk[day] == 0 && c.S[day] > 0 {
			return nil, nil
		}
		share := 1 - c.S[day]
		return &share, &Interval{Low: 1 - c.High[day], High: 1 - c.Low[day]}
	}
	var s SecondOrder
	var b SecondOrderBand
	s.D30, b.D30 = at(30)
	s.D60, b.D60 = at(60)
	s.D90, b.D90 = at(90)
	s.D180, b.D180 = at(180)
	return s, b
}

// halfDay returns the day by which half of the second purchases of the first
// 180 days have come, −1 where 180 days have not been observed or nobody came.
func halfDay(in incidence) int {
	const span = 180
	if in.risk[span] == 0 || in.f[span] == 0 {
		return -1
	}
	return in.first(in.f[span] / 2)
}

// incidenceLine draws 1 − S with its band over days 0..to.
func incidenceLine(c Curve, to int) Line {
	f, low, high := make([]float64, to+1), make([]float64, to+1), make([]float64, to+1)
	for j := range f {
		f[j], low[j], high[j] = 1-c.S[j], 1-c.High[j], 1-c.Low[j]
	}
	return line(f, low, high, 0, to)
}

// compareGroups compares by first category, channel and promotion.
func compareGroups(h *history.History, all []Seconds) []Grouping {
	out := []Grouping{}
	if h.Opening == nil {
		return out
	}
	for _, d := range []dimension{byCategory, byChannel, byPromoted} {
		if g, ok := compareDimension(h, d, all); ok {
			out = append(out, g)
		}
	}
	adjust(out)
	for i := range out {
		for j := range out[i].Groups {
			out[i].Groups[j].state(dimension(out[i].Dimension))
		}
	}
	return out
}

// adjust fills PAdjusted by Holm 1979: the k-th smallest of m values is
// multiplied by m − k + 1. Two groups that are each other's others are one test.
func adjust(groupings []Grouping) {
	var tested []*Group
	for i := range groupings {
		groups := groupings[i].Groups
		if test := groupings[i].LogRank; len(groups) == 2 && test != nil && len(test.Observed) == 2 {
			groups = groups[:1]
		}
		for j := range groups {
			if groups[j].P != nil {
				tested = append(tested, &groups[j])
			}
		}
	}
	slices.SortStableFunc(tested, func(a, b *Group) int { return cmp.Compare(*a.P, *b.P) })
	worst := 0.0
	for k, g := range tested {
		worst = max(worst, min(1, *g.P*float64(len(tested)-k)))
		g.PAdjusted = new(worst)
	}
	for i := range groupings {
		if groups := groupings[i].Groups; len(groups) == 2 && groups[1].P != nil && groups[1].PAdjusted == nil {
			groups[1].PAdjusted = groups[0].PAdjusted
		}
	}
}

// compareDimension returns false where fewer than two groups could be compared.
func compareDimension(h *history.History, d dimension, all []Seconds) (Grouping, bool) {
	sel := selectAmong(h, d, all)
	if len(sel.names) == 0 {
		return Grouping{}, false
	}
	// The last table takes those known but in no group of their own.
	tables := make([]Table, len(sel.names)+1)
	for g := range tables {
		tables[g] = dayTable()
	}
	rest := len(sel.names)
	for _, s := range all {
		if !sel.known(s.Opening) {
			continue
		}
		g := sel.of(s.Opening)
		if g < 0 {
			g = rest
		}
		addTable(tables[g], s.table(), 1)
	}
	if sumOf(tables[rest].Events)+sumOf(tables[rest].Censored) == 0 {
		tables = tables[:rest]
	}
	if len(tables) < 2 {
		return Grouping{}, false
	}
	out := Grouping{Dimension: string(d)}
	if test, ok := LogRank(tables...); ok {
		out.LogRank = &test
	}
	everyone := dayTable()
	for _, t := range tables {
		addTable(everyone, t, 1)
	}
	for g, name := range sel.names {
		others := dayTable()
		addTable(others, everyone, 1)
		addTable(others, tables[g], -1)
		out.Groups = append(out.Groups, compareGroup(name, sel.size[g], tables[g], others))
	}
	return out, true
}

func compareGroup(name string, size int, t, others Table) Group {
	g := Group{Name: name, Customers: size, SecondPurchases: int(sumOf(t.Events[:Horizon+1]))}
	g.SecondOrder, _ = secondOrder(KaplanMeier(t, 0.95))
	if g.SecondPurchases < minGroupEvents || sumOf(others.Events) < minGroupEvents {
		return g
	}
	if test, ok := LogRank(t, others); ok {
		g.P = &test.P
	}
	if ratio, se, ok := HazardRatio(t, others); ok {
		z := distuv.UnitNormal.Quantile(0.975)
		g.HazardRatio = &ratio
		g.HazardRatioInterval = &Interval{Low: ratio * math.Exp(-z*se), High: ratio * math.Exp(z*se)}
	}
	a, b := read(Weights{t.Events, t.Censored}, Horizon), read(Weights{others.Events, others.Censored}, Horizon)
	common := min(a.horizon, b.horizon)
	if level := min(a.f[common], b.f[common]) / 2; level > 0 {
		g.Day, g.OthersDay = dayOrNil(a.first(level)), dayOrNil(b.first(level))
		if *g.OthersDay > 0 {
			sooner := 1 - float64(*g.Day)/float64(*g.OthersDay)
			g.Sooner = &sooner
		}
	}
	return g
}

// state puts a difference into words where it is significant and goes the way of
// its hazard ratio.
func (g *Group) state(d dimension) {
	if g.PAdjusted == nil || *g.PAdjusted >= 0.05 || g.Sooner == nil || g.HazardRatio == nil {
		return
	}
	who := d.label(g.Name)
	pct := math.Abs(*g.Sooner) * 100
	var t perennial.Text
	switch {
	case *g.Sooner >= 0.005 && *g.HazardRatio > 1:
		t.ZH = fmt.Sprintf("%s二单来得早 %.0f%%：其他客户 %d 天才达到的二单转化率，这批客户 %d 天就达到。", who.ZH, pct, *g.OthersDay, *g.Day)
		t.EN = fmt.Sprintf("%s come back %.0f%% sooner: they reach in %d days the share that the others reach in %d.", who.EN, pct, *g.Day, *g.OthersDay)
	case *g.Sooner <= -0.005 && *g.HazardRatio < 1:
		t.ZH = fmt.Sprintf("%s二单来得晚 %.0f%%：其他客户 %d 天达到的二单转化率，这批客户要 %d 天。", who.ZH, pct, *g.OthersDay, *g.Day)
		t.EN = fmt.Sprintf("%s come back %.0f%% later: they take %d days to reach the share that the others reach in %d.", who.EN, pct, *g.Day, *g.OthersDay)
	default:
		return
	}
	g.Statement = &t
}

func (s Second) notes() []perennial.Text {
	out := []perennial.Text{}
	switch {
	case s.EveryoneUsed:
		out = append(out, perennial.Say(
			"能确认是新客的不足 %d 人，首单到二单改用全部 %d 位客户；其中可能有老客。",
			"Fewer than %d customers are known to be new, so all %d customers stand in; some may have bought before the data begin.",
			minGroup, perennial.Count(s.NewCustomers)))
	case s.NotKnownNew > 0:
		out = append(out, perennial.Say(
			"%d 位客户首单落在数据最初两个复购周期内，无法确认是新客，不计入首单到二单。",
			"%d customers are not known to be new (first seen in the first two cycles of the data, or members from before) and are left out here.",
			perennial.Count(s.NotKnownNew)))
	}
	if s.SecondPurchases < minGroup && s.NewCustomers > 0 {
		out = append(out, perennial.Say(
			"二单只有 %d 笔，不足 %d 笔，不判断黄金窗口期。",
			"There are %d second purchases, fewer than %d: no golden window is looked for.",
			s.SecondPurchases, minGroup))
	}
	return out
}

// addTable adds sign·t to sum; both over days.
func addTable(sum, t Table, sign float64) {
	for j := range t.Events {
		sum.Events[j] += sign * t.Events[j]
		sum.Censored[j] += sign * t.Censored[j]
	}
}

func sumOf(values []float64) float64 {
	var s float64
	for _, v := range values {
		s += v
	}
	return s
}
