package lifecycle

import "perennial"

// Transitions says how customers moved between two days: Counts[i][j] of those
// in From[i] on FromDay were in To[j] on ToDay. The last row is StageNew, those
// who became customers in between.
type Transitions struct {
	FromDay perennial.Day     `json:"from_day"`
	ToDay   perennial.Day     `json:"to_day"`
	From    []perennial.Stage `json:"from"`
	To      []perennial.Stage `json:"to"`
	Counts  [][]int           `json:"counts"`
	// Shares are the counts as shares of their row; a row without customers is
	// all zero.
	Shares [][]float64 `json:"shares"`
}

// Flow returns the movement from 90 days before the as-of day to it, for a
// Sankey chart; nil where the data is shorter.
func (r *Result) Flow() *Transitions {
	if r.t.marks.flow < 0 {
		return nil
	}
	return r.transitions(r.marks.days[r.marks.flow], r.o.AsOf, r.t.flow)
}

// Cycles returns the movement in each past cycle of the data, oldest first, at
// most a year of them or twelve. A cycle is the repurchase cycle in whole days,
// at least a week; 30 days where none is identified. They are counted back from
// the as-of day.
func (r *Result) Cycles() []Transitions {
	out := make([]Transitions, len(r.t.cycles))
	for c := range r.t.cycles {
		out[c] = *r.transitions(r.marks.days[r.marks.cycles[c]], r.marks.days[r.marks.cycles[c+1]], r.t.cycles[c])
	}
	return out
}

// PerCycle returns the movement in one cycle, pooled over the past cycles from
// which the forecast learns, or over all where there are none of these; nil where
// the data is shorter than one cycle.
func (r *Result) PerCycle() *Transitions {
	if len(r.t.cycles) == 0 {
		return nil
	}
	sum := make([]int64, (r.t.stages+1)*r.t.stages)
	from, _ := r.learned()
	if len(from) == 0 {
		for c := range r.t.cycles {
			from = append(from, c)
		}
	}
	for _, c := range from {
		addAll(sum, r.t.cycles[c])
	}
	return r.transitions(r.marks.days[r.marks.cycles[from[0]]], r.o.AsOf, sum)
}

func (r *Result) transitions(from, to perennial.Day, counts []int64) *Transitions {
	t := &Transitions{FromDay: from, ToDay: to}
	n := r.t.stages
	for row := range n + 1 {
		t.From = append(t.From, r.rowName(row))
		line, shares := make([]int, n), make([]float64, n)
		total := int64(0)
		for j := range n {
			line[j] = int(counts[row*n+j])
			total += counts[row*n+j]
		}
		for j := range n {
			if total > 0 {
				shares[j] = float64(line[j]) / float64(total)
			}
		}
		t.Counts, t.Shares = append(t.Counts, line), append(t.Shares, shares)
	}
	t.To = t.From[:n:n]
	return t
}

// Between replays once more and returns the movement between any two days of
// the data up to the as-of day.
func (r *Result) Between(from, to perennial.Day) *Transitions {
	n := r.t.stages
	parts := make([][]int64, workersFor(r.h.Len()))
	split(r.h.Len(), len(parts), func(part, lo, hi int) {
		counts := make([]int64, (n+1)*n)
		w := newWalker(r.h, r.p)
		for i := lo; i < hi; i++ {
			if _, ok := w.run(i); !ok {
				continue
			}
			row, col := n, -1
			for _, s := range w.spells {
				if s.from <= from && from < s.to {
					row = int(s.stage)
				}
				if s.from <= to && to < s.to {
					col = int(s.stage)
				}
			}
			if col >= 0 {
				counts[row*n+col]++
			}
		}
		parts[part] = counts
	})
	for _, p := range parts[1:] {
		addAll(parts[0], p)
	}
	return r.transitions(from, to, parts[0])
}

// StagesOn replays once more and returns every customer's stage on a past day,
// "" for those who had not bought by then. It is the same whenever it is asked.
func (r *Result) StagesOn(day perennial.Day) []perennial.Stage {
	out := make([]perennial.Stage, r.h.Len())
	for i, s := range r.on(day) {
		out[i] = r.name(s)
	}
	return out
}

// on returns the index of each customer's stage on a past day.
func (r *Result) on(day perennial.Day) []uint8 {
	out := make([]uint8, r.h.Len())
	split(r.h.Len(), workersFor(r.h.Len()), func(_, lo, hi int) {
		w := newWalker(r.h, r.p)
		for i := lo; i < hi; i++ {
			out[i] = none
			if _, ok := w.run(i); !ok {
				continue
			}
			for _, s := range w.spells {
				if s.from <= day && day < s.to {
					out[i] = s.stage
				}
			}
		}
	})
	return out
}

// Weekly is the number of customers in each stage week by week, for a stacked
// area chart: at most 104 points, seven days apart, the last on the as-of day.
type Weekly struct {
	Days   []perennial.Day `json:"days"`
	Stages []WeeklyStage   `json:"stages"`
}

// WeeklyStage is one band of Weekly.
type WeeklyStage struct {
	Stage     perennial.Stage `json:"stage"`
	Customers []int           `json:"customers"`
}

// Weekly returns the weekly counts.
func (r *Result) Weekly() Weekly {
	points := min(weeklyMax, int(r.o.AsOf-r.p.first)/7+1)
	w := Weekly{Days: []perennial.Day{}, Stages: []WeeklyStage{}}
	for k := points - 1; k >= 0; k-- {
		w.Days = append(w.Days, r.o.AsOf-perennial.Day(7*k))
	}
	for s := range r.p.stages {
		line := make([]int, 0, points)
		sum, d := 0, 0
		for _, day := range w.Days {
			for ; d <= int(day-r.p.first); d++ {
				sum += int(r.t.delta[s*r.t.days+d])
			}
			line = append(line, sum)
		}
		w.Stages = append(w.Stages, WeeklyStage{r.p.stages[s].Name, line})
	}
	return w
}
