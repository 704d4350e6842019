package lifecycle

import (
	"math"

	"perennial"
)

// Rhythm is the purchase rhythm of the base as it was known on a day
// (definitions.md §4). Where Identified is false the other fields say nothing.
type Rhythm struct {
	Identified bool
	CycleDays  float64 // repurchase cycle c
	S80, S95   float64 // quantiles of the silence ratio among those who return
	CycleLow   float64 // interval of CycleDays, for Calibrate; 0, 0 where none
	CycleHigh  float64
}

// RhythmAt gives the rhythm as it was known at the end of a day. It must depend
// on nothing later than that day: then neither does any stage.
type RhythmAt func(asOf perennial.Day) Rhythm

// Constant is a RhythmAt that knows one rhythm for all days: for what-if
// questions and tests. It lets the past see the future.
func Constant(r Rhythm) RhythmAt { return func(perennial.Day) Rhythm { return r } }

// Every returns a RhythmAt that asks f only on days divisible by n and keeps
// the answers, so that an expensive estimate is made once in n days. f is also
// asked for a day before the data, of which it knows nothing. The result is for
// one goroutine at a time.
func Every(n int, f RhythmAt) RhythmAt {
	known := map[perennial.Day]Rhythm{}
	return func(asOf perennial.Day) Rhythm {
		day := alignDown(asOf, n)
		r, ok := known[day]
		if !ok {
			r = f(day)
			known[day] = r
		}
		return r
	}
}

// alignDown returns the last day ≤ d that is divisible by n.
func alignDown(d perennial.Day, n int) perennial.Day {
	m := int(d) % n
	if m < 0 {
		m += n
	}
	return d - perennial.Day(m)
}

// sound returns r, unidentified where its numbers cannot be used.
func (r Rhythm) sound() Rhythm {
	ok := func(v float64) bool { return v > 0 && v < 1e5 && !math.IsNaN(v) }
	if !r.Identified || !ok(r.CycleDays) || !ok(r.S80) || !ok(r.S95) {
		return Rhythm{}
	}
	return r
}

// own returns the customer's own rhythm g = (2c + Σ gaps) ÷ (2 + k) in days.
func (r Rhythm) own(span, k int) float64 {
	return (2*r.CycleDays + float64(span)) / float64(2+k)
}
