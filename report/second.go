package report

import (
	"cmp"
	"slices"

	"perennial"
	"perennial/analyze/cohort"
	"perennial/analyze/history"
)

const (
	mostCurves  = 3   // groups that get a curve of their own
	curvePoints = 120 // of one curve
	cohortDays  = 90  // second purchases later than this do not count in a cohort's test
	cohortAge   = 60  // days since a month's end before it is judged
	leastBase   = 30  // customers below which nothing is concluded
)

// dayTable counts second purchases and open ends by day, 0..last and one beyond.
func dayTable(last int) cohort.Table {
	t := cohort.Table{Time: make([]float64, last+2), Events: make([]float64, last+2), Censored: make([]float64, last+2)}
	for j := range t.Time {
		t.Time[j] = float64(j)
	}
	return t
}

// addSecond adds one customer's way to the second purchase; what comes after the
// table's last day is open.
func addSecond(t cohort.Table, days []perennial.Day, asOf perennial.Day) {
	last := len(t.Time) - 1
	if len(days) > 1 {
		if gap := int(days[1] - days[0]); gap < last {
			t.Events[gap]++
			return
		}
		t.Censored[last]++
		return
	}
	t.Censored[min(int(asOf-days[0]), last)]++
}

// groupCurves draws groups of the first dimension that has any: category, channel,
// promotion; those that differ significantly first, then the largest. known says who is known to be new; where nobody
// may be told apart, everybody stands in, as in cohort.Second.
func groupCurves(h *history.History, r *cohort.Repurchase, known []bool) []GroupCurve {
	out := []GroupCurve{}
	if h.Opening == nil || len(r.Groups) == 0 || r.SecondHorizon < 1 {
		return out
	}
	grouping := r.Groups[0]
	differs := func(g cohort.Group) int {
		if g.PAdjusted != nil && *g.PAdjusted < significance {
			return 0
		}
		return 1
	}
	groups := slices.Clone(grouping.Groups)
	slices.SortStableFunc(groups, func(a, b cohort.Group) int {
		return cmp.Or(cmp.Compare(differs(a), differs(b)), cmp.Compare(b.Customers, a.Customers))
	})
	names := map[string]int{}
	for _, g := range groups {
		if len(names) < mostCurves && g.Customers >= leastBase {
			names[g.Name] = len(names)
			zh, en := groupName(grouping.Dimension, g.Name)
			out = append(out, GroupCurve{Dimension: grouping.Dimension, Name: g.Name, NameZH: zh, NameEN: en, Customers: g.Customers})
		}
	}
	of := func(o history.Opening) string {
		switch {
		case grouping.Dimension == "category" && o.Category >= 0 && int(o.Category) < len(h.Categories):
			return h.Categories[o.Category]
		case grouping.Dimension == "channel" && o.Channel >= 0 && int(o.Channel) < len(h.Channels):
			return h.Channels[o.Channel]
		case grouping.Dimension == "promoted" && o.Promoted:
			return "promoted"
		case grouping.Dimension == "promoted":
			return "full_price"
		}
		return ""
	}
	tables := make([]cohort.Table, len(out))
	for k := range tables {
		tables[k] = dayTable(cohort.Horizon)
	}
	for i, o := range h.Opening {
		if k, ok := names[of(o)]; ok && (known[i] || r.EveryoneUsed) {
			addSecond(tables[k], h.Days(i), h.AsOf)
		}
	}
	for k := range out {
		out[k].Curve = curve(cohort.KaplanMeier(tables[k], 0.95), r.SecondHorizon)
	}
	return out
}

// groupName names a group on a label.
func groupName(dimension, name string) (zh, en string) {
	if dimension != "promoted" {
		return name, name
	}
	if name == "promoted" {
		return "首单有优惠", "Discounted first order"
	}
	return "首单原价", "Full-price first order"
}

// curve draws 1 − S with its band to day last.
func curve(c cohort.Curve, last int) cohort.Line {
	line := cohort.Line{Day: []int{}, Value: []float64{}, Low: []float64{}, High: []float64{}}
	step := last/curvePoints + 1
	for d := 0; ; d = min(d+step, last) {
		if c.AtRisk[d] < 1 && d > 0 {
			break // nobody is left to follow
		}
		line.Day = append(line.Day, d)
		line.Value = append(line.Value, 1-c.S[d])
		line.Low = append(line.Low, 1-c.High[d])
		line.High = append(line.High, 1-c.Low[d])
		if d == last {
			break
		}
	}
	return line
}

// testCohorts compares each closed month of new customers with all other months
// by the log-rank test. Months need 30 customers known to be new, nine in ten of
// their first purchases, and 60 days since their end.
func testCohorts(h *history.History, known []bool) []CohortTest {
	out := []CohortTest{}
	if h.Len() == 0 {
		return out
	}
	first := h.AsOf.Month()
	for i := range h.Customers {
		first = min(first, h.Day[h.Offset[i]].Month())
	}
	months := int(h.AsOf.Month()-first) + 1
	tables := make([]cohort.Table, months)
	size, news := make([]int, months), make([]int, months)
	all := dayTable(cohortDays)
	for i := range h.Customers {
		days := h.Days(i)
		m := int(days[0].Month() - first)
		size[m]++
		if !known[i] {
			continue
		}
		if tables[m].Time == nil {
			tables[m] = dayTable(cohortDays)
		}
		news[m]++
		addSecond(tables[m], days, h.AsOf)
		addSecond(all, days, h.AsOf)
	}
	for m := range tables {
		month := first + perennial.Month(m)
		if news[m] < leastBase || news[m]*10 < size[m]*9 || month.Last()+cohortAge > h.AsOf {
			continue
		}
		others := dayTable(cohortDays)
		for j := range others.Time {
			others.Events[j] = all.Events[j] - tables[m].Events[j]
			others.Censored[j] = all.Censored[j] - tables[m].Censored[j]
		}
		test, ok := cohort.LogRank(tables[m], others)
		ratio, _, okRatio := cohort.HazardRatio(tables[m], others)
		if !ok || !okRatio {
			continue
		}
		out = append(out, CohortTest{
			Month: month, Customers: news[m],
			Second90:    1 - cohort.KaplanMeier(tables[m], 0.95).At(cohortDays),
			OthersOn90:  1 - cohort.KaplanMeier(others, 0.95).At(cohortDays),
			HazardRatio: ratio, PAdjusted: test.P,
		})
	}
	holm(out)
	return out
}

// holm corrects P for the number of tests (Holm 1979).
func holm(tests []CohortTest) {
	order := make([]int, len(tests))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(tests[a].PAdjusted, tests[b].PAdjusted) })
	worst := 0.0
	for k, i := range order {
		worst = max(worst, min(1, tests[i].PAdjusted*float64(len(tests)-k)))
		tests[i].PAdjusted = worst
	}
}
