package cohort

import (
	"context"

	"perennial"
	"perennial/analyze/history"
)

// Sequences answers what this package asks about the order of customers'
// purchases. Every answer is a sum over customers, so it can be given where the
// customers are: Kernels answers from a History in memory, package sequence within
// a warehouse. Both give the same answer, sums of fractions up to rounding.
type Sequences interface {
	// Gaps tells the gaps between purchase days up to the as-of day.
	Gaps(ctx context.Context, ask GapsAsked) (*Gaps, error)
	// Seconds tells the ways from the first purchase day to the second. Who has
	// bought before newFrom is not known to be new, except by a join day.
	Seconds(ctx context.Context, newFrom perennial.Day) ([]Seconds, error)
	// Silences tells gap ÷ own rhythm as it stood before the gap, by RatioCells,
	// given the repurchase cycle in days.
	Silences(ctx context.Context, cycleDays float64) (Weights, error)
	// Months tells who bought in which month after the first.
	Months(ctx context.Context, newFrom perennial.Day) ([]Months, error)
}

// GapsAsked says into how many bags customers are put for the bootstrap, by BagOf;
// 0 gives each customer a bag of its own, in the order of the History.
type GapsAsked struct {
	Bags int
	Seed uint64
}

// DayCells are the cells of a table over days: 0 … Horizon and one for everything
// beyond.
const DayCells = gridSize

// RatioCells are the cells of a table over ratios, see RatioCell.
const RatioCells = ratioCells

// Weights are the weights of what happened and of what was still open, by cell.
type Weights struct{ Events, Censored []float64 }

func newWeights(cells int) Weights {
	all := make([]float64, 2*cells)
	return Weights{all[:cells:cells], all[cells:]}
}

// Gaps are the gaps between purchase days. A customer's, the open one included,
// weigh one in all.
type Gaps struct {
	Bags     []Weights // by DayCells
	Observed []int64   // closed gaps by their length in days
	// Category holds the gaps of customers by the category of their first purchase,
	// as History.Categories lists them; nil for one that nobody began with.
	Category []*Weights
}

// Newness says what is known of a customer's first purchase in the data.
type Newness uint8

// What may be known.
const (
	NotKnownNew Newness = iota // bought too early in the data to be sure
	KnownNew
	KnownOld // a member since before the data
)

// Seconds are the ways to the second purchase day of customers who have the same
// beginning: numbers of customers by days since the first.
type Seconds struct {
	New     Newness
	Opening history.Opening
	Weights // by DayCells
}

// Months counts the customers whose first purchase was in a month: all who bought
// so many months later, and those among them known to be new.
type Months struct {
	First    perennial.Month
	Bought   []int
	KnownNew int
}

// Kernels answers from a History.
func Kernels(h *history.History) Sequences { return kernels{h} }

type kernels struct{ h *history.History }

func (k kernels) Gaps(_ context.Context, ask GapsAsked) (*Gaps, error) {
	return k.gaps(ask), nil
}

func (k kernels) gaps(ask GapsAsked) *Gaps {
	h := k.h
	n := ask.Bags
	if n == 0 {
		n = h.Len()
	}
	out := &Gaps{
		Bags:     make([]Weights, n),
		Observed: make([]int64, h.AsOf-firstPurchase(h)+1),
		Category: make([]*Weights, len(h.Categories)),
	}
	for i := range out.Bags {
		out.Bags[i] = newWeights(gridSize)
	}
	for i, key := range h.Customers {
		bag := i
		if ask.Bags > 0 {
			bag = BagOf(key, ask)
		}
		days := h.Days(i)
		addGaps(out.Bags[bag], days, h.AsOf)
		for j := 1; j < len(days); j++ {
			out.Observed[days[j]-days[j-1]]++
		}
		if h.Opening == nil || h.Opening[i].Category < 0 {
			continue
		}
		c := &out.Category[h.Opening[i].Category]
		if *c == nil {
			w := newWeights(gridSize)
			*c = &w
		}
		addGaps(**c, days, h.AsOf)
	}
	return out
}

// addGaps adds a customer's gaps up to asOf, all together of weight one.
func addGaps(to Weights, days []perennial.Day, asOf perennial.Day) {
	for len(days) > 0 && days[len(days)-1] > asOf {
		days = days[:len(days)-1]
	}
	if len(days) == 0 {
		return
	}
	w := 1 / float64(len(days))
	for j := 1; j < len(days); j++ {
		to.Events[cell(days[j-1], days[j])] += w
	}
	to.Censored[cell(days[len(days)-1], asOf)] += w
}

func (k kernels) Seconds(_ context.Context, newFrom perennial.Day) ([]Seconds, error) {
	return k.seconds(newFrom), nil
}

func (k kernels) seconds(newFrom perennial.Day) []Seconds {
	h := k.h
	type beginning struct {
		new     Newness
		opening history.Opening
	}
	at := map[beginning]int{}
	var out []Seconds
	for i := range h.Customers {
		b := beginning{new: newness(h, i, newFrom), opening: history.Opening{Category: -1, Channel: -1}}
		if h.Opening != nil {
			b.opening = h.Opening[i]
		}
		place, ok := at[b]
		if !ok {
			place = len(out)
			at[b] = place
			out = append(out, Seconds{b.new, b.opening, newWeights(gridSize)})
		}
		if days := h.Days(i); len(days) > 1 {
			out[place].Events[cell(days[0], days[1])]++
		} else {
			out[place].Censored[cell(days[0], h.AsOf)]++
		}
	}
	return out
}

func newness(h *history.History, i int, newFrom perennial.Day) Newness {
	switch joined := h.Joined != nil && h.Joined[i] != history.NoDay; {
	case joined && h.Joined[i] < h.First:
		return KnownOld
	case joined || h.Day[h.Offset[i]] >= newFrom:
		return KnownNew
	}
	return NotKnownNew
}

func (k kernels) Silences(_ context.Context, cycleDays float64) (Weights, error) {
	return silences(k.h, cycleDays, k.h.AsOf), nil
}

func (k kernels) Months(_ context.Context, newFrom perennial.Day) ([]Months, error) {
	return k.months(newFrom), nil
}

func (k kernels) months(newFrom perennial.Day) []Months {
	h := k.h
	if h.Len() == 0 {
		return nil
	}
	from := firstPurchase(h)
	base := from.Month()
	months := int(h.AsOf.Month()-base) + 1
	monthOf := make([]int32, int(h.AsOf-from)+1)
	for m := base; m <= h.AsOf.Month(); m++ {
		for d := max(m.First(), from); d <= min(m.Last(), h.AsOf); d++ {
			monthOf[d-from] = int32(m - base)
		}
	}
	rows := make([]Months, months)
	for i := range h.Customers {
		days := h.Days(i)
		first := monthOf[days[0]-from]
		row := &rows[first]
		if row.Bought == nil {
			*row = Months{First: base + perennial.Month(first), Bought: make([]int, months-int(first))}
		}
		if newness(h, i, newFrom) == KnownNew {
			row.KnownNew++
		}
		seen := int32(-1)
		for _, d := range days {
			if m := monthOf[d-from]; m != seen {
				row.Bought[m-first]++
				seen = m
			}
		}
	}
	var out []Months
	for _, row := range rows {
		if row.Bought != nil {
			out = append(out, row)
		}
	}
	return out
}
