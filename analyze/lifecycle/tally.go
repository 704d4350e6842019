package lifecycle

import (
	"sort"

	"perennial"
)

const (
	flowDays    = 90  // the flow shown runs from this many days before the as-of day
	weeklyMax   = 104 // points of the chart of weekly counts
	maxCycles   = 26  // past cycles from which the forecast learns
	proofDates  = 4   // past dates at which the proof is made
	noCycleStep = 30  // days of a step of the transition matrix where no cycle is identified
)

// watch is the past days at which a replay notes every customer's stage.
type watch struct {
	days   []perennial.Day // ascending, distinct
	cycles []int           // ends of past cycles, ascending: indices into days; the last is the as-of day
	step   int             // days of a cycle
	flow   int             // index of the day the flow starts from, -1 where the data is shorter
	proof  []int           // days of the proof, the latest first
	window perennial.Day   // days that the proof looks ahead
	end    perennial.Day
}

func newWatch(first, end perennial.Day, r Rhythm, proofDays int) watch {
	w := watch{step: noCycleStep, flow: -1, window: perennial.Day(proofDays), end: end}
	if r.Identified {
		w.step = max(7, int(r.CycleDays+0.5))
	}
	need := map[perennial.Day]bool{end: true}
	// A year of cycles, so that no season counts double, and at least twelve.
	cycles := min(maxCycles, max(12, 365/w.step))
	for k := 1; k <= cycles && end-perennial.Day(k*w.step) >= first; k++ {
		need[end-perennial.Day(k*w.step)] = true
	}
	if end-flowDays >= first {
		need[end-flowDays] = true
	}
	for k := 1; k <= proofDates && end-perennial.Day(k)*w.window >= first; k++ {
		need[end-perennial.Day(k)*w.window] = true
	}
	for d := range need {
		w.days = append(w.days, d)
	}
	sort.Slice(w.days, func(i, j int) bool { return w.days[i] < w.days[j] })
	index := func(d perennial.Day) int {
		return sort.Search(len(w.days), func(i int) bool { return w.days[i] >= d })
	}
	for k := cycles; k >= 0; k-- {
		if d := end - perennial.Day(k*w.step); d >= first || k == 0 {
			w.cycles = append(w.cycles, index(d))
		}
	}
	if need[end-flowDays] && end-flowDays >= first {
		w.flow = index(end - flowDays)
	}
	for k := 1; k <= proofDates; k++ {
		if d := end - perennial.Day(k)*w.window; d >= first {
			w.proof = append(w.proof, index(d))
		}
	}
	return w
}

// tally is what a replay counts on its way. Stages are indices into
// plan.stages; in rows of transitions one more row stands for those who were not
// customers yet. Sums are of integers, so that the order of customers does not
// matter.
type tally struct {
	p      *plan
	marks  *watch
	stages int

	delta     []int32 // by stage, by day since plan.first: entered less left
	completed []int32 // by stage, by days in it: spells that ended
	open      []int32 // by stage, by days in it: spells that last
	days      int

	cycles [][]int64           // by cycle: from × to
	money  [][]perennial.Money // by cycle: of those who were in a stage when it began
	flow   []int64             // from × to
	proof  []proofCount        // by proof date, by stage

	at []uint8 // scratch: stage of the customer at hand on each watched day
}

type proofCount struct{ customers, bought int64 }

func newTally(p *plan, marks *watch) *tally {
	t := &tally{p: p, marks: marks, stages: len(p.stages), days: int(p.end-p.first) + 2}
	t.delta = make([]int32, t.stages*t.days)
	t.completed = make([]int32, t.stages*t.days)
	t.open = make([]int32, t.stages*t.days)
	for range len(marks.cycles) - 1 {
		t.cycles = append(t.cycles, make([]int64, (t.stages+1)*t.stages))
		t.money = append(t.money, make([]perennial.Money, t.stages+1))
	}
	t.flow = make([]int64, (t.stages+1)*t.stages)
	t.proof = make([]proofCount, len(marks.proof)*t.stages)
	t.at = make([]uint8, len(marks.days))
	return t
}

// add counts the customer whom w has just replayed.
func (t *tally) add(w *walker) {
	mark := 0
	for mark < len(t.at) && t.marks.days[mark] < w.first {
		t.at[mark] = none
		mark++
	}
	for k, s := range w.spells {
		base := int(s.stage) * t.days
		t.delta[base+int(s.from-t.p.first)]++
		if k < len(w.spells)-1 {
			t.delta[base+int(s.to-t.p.first)]--
			t.completed[base+int(s.to-s.from)]++
		} else {
			t.open[base+int(s.to-s.from)]++
		}
		for mark < len(t.at) && t.marks.days[mark] < s.to {
			t.at[mark] = s.stage
			mark++
		}
	}
	if f := t.marks.flow; f >= 0 {
		t.flow[t.row(t.at[f])+int(t.at[len(t.at)-1])]++
	}
	t.addCycles(w)
	t.addProof(w)
}

// row returns where the transitions from a stage begin.
func (t *tally) row(stage uint8) int { return t.index(stage) * t.stages }

// index returns the stage's row, the last for those not customers yet.
func (t *tally) index(stage uint8) int {
	if stage == none {
		return t.stages
	}
	return int(stage)
}

func (t *tally) addCycles(w *walker) {
	k := 0
	for c := range t.cycles {
		from, to := t.marks.cycles[c], t.marks.cycles[c+1]
		begin, end := t.marks.days[from], t.marks.days[to]
		if w.first > end {
			continue
		}
		t.cycles[c][t.row(t.at[from])+int(t.at[to])]++
		for k < len(w.days) && w.days[k] <= begin {
			k++
		}
		j := k
		for j < len(w.days) && w.days[j] <= end {
			j++
		}
		t.money[c][t.index(t.at[from])] += w.prefix[j] - w.prefix[k]
		k = j
	}
}

func (t *tally) addProof(w *walker) {
	for n, mark := range t.marks.proof {
		stage := t.at[mark]
		if stage == none {
			continue
		}
		day := t.marks.days[mark]
		k := sort.Search(len(w.days), func(k int) bool { return w.days[k] > day })
		c := &t.proof[n*t.stages+int(stage)]
		c.customers++
		if k < len(w.days) && w.days[k] <= day+t.marks.window {
			c.bought++
		}
	}
}

func (t *tally) merge(o *tally) {
	addAll(t.delta, o.delta)
	addAll(t.completed, o.completed)
	addAll(t.open, o.open)
	addAll(t.flow, o.flow)
	for c := range t.cycles {
		addAll(t.cycles[c], o.cycles[c])
		addAll(t.money[c], o.money[c])
	}
	for k, c := range o.proof {
		t.proof[k].customers += c.customers
		t.proof[k].bought += c.bought
	}
}

func addAll[T ~int32 | ~int64](into, from []T) {
	for i, v := range from {
		into[i] += v
	}
}

// stay returns the median days that a stay in a stage lasts, by the product-limit
// estimate with the open stays censored (Kaplan and Meier 1958); false where
// fewer than half end within the time observed.
func (t *tally) stay(stage int) (int, bool) {
	ended := t.completed[stage*t.days : (stage+1)*t.days]
	open := t.open[stage*t.days : (stage+1)*t.days]
	risk := int64(0)
	for d := range ended {
		risk += int64(ended[d]) + int64(open[d])
	}
	alive := 1.0
	for d := range ended {
		if risk == 0 {
			break
		}
		alive *= 1 - float64(ended[d])/float64(risk)
		if alive <= 0.5 {
			return d, true
		}
		risk -= int64(ended[d]) + int64(open[d])
	}
	return 0, false
}
