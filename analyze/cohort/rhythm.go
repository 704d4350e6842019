package cohort

import (
	"math/rand/v2"

	"perennial"
	"perennial/analyze/history"
)

// Options of the analyses in this package. The zero value is the default.
type Options struct {
	// Seed of the bootstrap: the same seed gives the same intervals.
	Seed uint64
	// Replicates of the bootstrap; 0 means 200, below 0 none (no intervals).
	Replicates int
}

func (o Options) replicates() int {
	switch {
	case o.Replicates == 0:
		return 200
	case o.Replicates < 0:
		return 0
	}
	return o.Replicates
}

// The limits within which a repurchase cycle is a meaningful number
// (definitions.md §4).
const (
	minReturnShare = 0.20
	maxCycleDays   = 180
)

// Rhythm says how long customers who return take, open gaps counted. Days are
// whole days. GapP50, GapP80 and GapP90 are quantiles of F(t)/F(H) with
// bootstrap intervals over customers; they are nil where nobody returned within
// H. ObservedGapQuartiles are of the closed gaps alone and much shorter.
type Rhythm struct {
	Identified  bool    `json:"identified"`
	ReturnShare float64 `json:"return_share"` // F(H)
	HorizonDays int     `json:"horizon_days"` // H
	CycleDays   *int    `json:"cycle_days"`   // c; nil where not identified
	GapP50      *int    `json:"gap_p50"`
	GapP80      *int    `json:"gap_p80"`
	GapP90      *int    `json:"gap_p90"`

	ObservedGaps         int64     `json:"observed_gaps"`
	ObservedGapQuartiles []float64 `json:"observed_gap_quartiles"`

	ReturnShareInterval *Interval `json:"return_share_interval"`
	GapP50Interval      *Interval `json:"gap_p50_interval"`
	GapP80Interval      *Interval `json:"gap_p80_interval"`
	GapP90Interval      *Interval `json:"gap_p90_interval"`

	ByCategory  []CategoryRhythm `json:"by_category"`
	ReturnCurve Line             `json:"return_curve"` // F(t), t in days to H
	RhythmNotes []perennial.Text `json:"rhythm_notes"`
}

// Cycle returns the repurchase cycle c in days, 0 where it is not identified:
// the form that History.KnownNew takes.
func (r Rhythm) Cycle() float64 {
	if r.CycleDays == nil {
		return 0
	}
	return float64(*r.CycleDays)
}

// CategoryRhythm is the rhythm of the customers whose first purchase was in a
// category.
type CategoryRhythm struct {
	Category    string  `json:"category"`
	Customers   int     `json:"customers"`
	Identified  bool    `json:"identified"`
	ReturnShare float64 `json:"return_share"`
	HorizonDays int     `json:"horizon_days"`
	CycleDays   *int    `json:"cycle_days"`
	GapP50      *int    `json:"gap_p50"`
	GapP80      *int    `json:"gap_p80"`
}

// MeasureRhythm estimates the weighted Kaplan–Meier curve of the gaps between
// purchase days and reads the rhythm off it (definitions.md §4). Each customer
// weighs one in all: k gaps, the open one included, weigh 1/k each.
func MeasureRhythm(h *history.History, opt Options) Rhythm {
	return rhythmOf(h, kernels{h}.gaps(opt.gaps(h)), opt)
}

// gaps says what MeasureRhythm asks.
func (o Options) gaps(h *history.History) GapsAsked {
	if h.Len() <= maxBags {
		return GapsAsked{}
	}
	return GapsAsked{Bags: maxBags, Seed: o.Seed}
}

func rhythmOf(h *history.History, gaps *Gaps, opt Options) Rhythm {
	in := read(total(gaps.Bags), Horizon)
	out := Rhythm{
		ReturnShare:          in.reached,
		HorizonDays:          in.horizon,
		CycleDays:            in.cycle(),
		GapP50:               dayOrNil(in.quantile(0.5)),
		GapP80:               dayOrNil(in.quantile(0.8)),
		GapP90:               dayOrNil(in.quantile(0.9)),
		ObservedGaps:         int64(len(h.Day) - h.Len()),
		ObservedGapQuartiles: countQuartiles(gaps.Observed),
		ByCategory:           rhythmByCategory(h, gaps),
		ReturnCurve:          line(in.f, nil, nil, 0, in.horizon),
	}
	out.Identified = out.CycleDays != nil
	out.RhythmNotes = rhythmNotes(out)
	if in.reached > 0 {
		out.bootstrap(gaps.Bags, opt)
	}
	return out
}

// CycleAt returns the repurchase cycle as it stood at the end of day d, in days,
// and whether it was identified: MeasureRhythm without its intervals, for
// replays over many dates. Nothing after d is looked at.
func CycleAt(h *history.History, d perennial.Day) (days float64, identified bool) {
	sum := newWeights(gridSize)
	for i := range h.Customers {
		addGaps(sum, h.Days(i), d)
	}
	if c := read(sum, Horizon).cycle(); c != nil {
		return float64(*c), true
	}
	return 0, false
}

// cycle returns the repurchase cycle, nil where it is not identified.
func (in incidence) cycle() *int {
	c := in.quantile(0.5)
	if c < 0 || in.reached < minReturnShare || c > maxCycleDays {
		return nil
	}
	return &c
}

// bootstrap fills the intervals by resampling customers.
func (r *Rhythm) bootstrap(bags []Weights, opt Options) {
	n := opt.replicates()
	if n == 0 {
		return
	}
	share, p50, p80, p90 := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	replicate(n, opt.Seed, func(k int, rng *rand.Rand) {
		in := read(resample(bags, rng), Horizon)
		share[k] = in.reached
		p50[k] = float64(in.quantile(0.5))
		p80[k] = float64(in.quantile(0.8))
		p90[k] = float64(in.quantile(0.9))
	})
	r.ReturnShareInterval = percentileInterval(share)
	r.GapP50Interval = percentileInterval(p50)
	r.GapP80Interval = percentileInterval(p80)
	r.GapP90Interval = percentileInterval(p90)
}

// minGroup and minGroupEvents are what a group of customers needs to be shown
// with a curve of its own; maxGroups bounds how many are.
const (
	minGroup       = 30
	minGroupEvents = 10
	maxGroups      = 12
)

// rhythmByCategory measures the rhythm per category of the first purchase.
func rhythmByCategory(h *history.History, gaps *Gaps) []CategoryRhythm {
	if h.Opening == nil {
		return []CategoryRhythm{}
	}
	sel := selectGroups(h, byCategory)
	out := make([]CategoryRhythm, len(sel.names))
	for code, g := range sel.index {
		if g < 0 {
			continue
		}
		in := read(*gaps.Category[code], Horizon)
		c := CategoryRhythm{
			Category: sel.names[g], Customers: sel.size[g],
			ReturnShare: in.reached, HorizonDays: in.horizon, CycleDays: in.cycle(),
			GapP50: dayOrNil(in.quantile(0.5)), GapP80: dayOrNil(in.quantile(0.8)),
		}
		c.Identified = c.CycleDays != nil
		out[g] = c
	}
	return out
}

// rhythmNotes says why a cycle is not identified and what to do then.
func rhythmNotes(r Rhythm) []perennial.Text {
	if r.Identified {
		return []perennial.Text{}
	}
	const zh, en = "请改用活动事件（到店、服务、登录）判断客户是否还在。", "Use an activity event instead (visit, service, log-in) to tell who is still there."
	switch {
	case r.GapP50 == nil:
		return []perennial.Text{perennial.Say("数据里没有人复购，算不出复购周期。"+zh, "Nobody has come back yet, so there is no repurchase cycle. "+en)}
	case r.ReturnShare < minReturnShare:
		return []perennial.Text{perennial.Say(
			"%d 天内只有 %.1f%% 的客户复购，不足 20%%，算不出可靠的复购周期。"+zh,
			"Within %d days only %.1f%% of customers come back, below 20%%: there is no reliable repurchase cycle. "+en,
			r.HorizonDays, 100*r.ReturnShare)}
	}
	return []perennial.Text{perennial.Say(
		"会复购的客户有一半要等 %d 天以上，超过 180 天，更像耐用品，不用复购周期来判断。"+zh,
		"Half of those who return take more than %d days, beyond 180: these are durables, and multiples of a cycle mean nothing here. "+en,
		*r.GapP50)}
}

// dayOrNil returns nil for a day that was not reached (−1).
func dayOrNil(day int) *int {
	if day < 0 {
		return nil
	}
	return &day
}
