package lifecycle

import (
	"math/bits"
	"slices"

	"perennial"
	"perennial/analyze/history"
)

// moneyScale is the fixed-point scale of money per day: parts of a minor unit.
const moneyScale = 256

// medianEvery is the distance in days of the checkpoints at which medians of
// money per day are taken: days divisible by it, so that they do not depend on
// when one asks.
const medianEvery = 28

// medians holds the median money per day of active customers at every
// checkpoint, for each window over which a rule counts money. Active is who has
// been silent for no longer than the S80 of the day; where no cycle is
// identified, who has bought within 365 days.
//
// A median is taken from a histogram of 128 bins an octave and is the lower edge
// of its bin: at most 0.8 % below the exact one, the same on any number of
// cores, in one pass without a sort.
type medians struct {
	windows []int32
	from    perennial.Day // first checkpoint
	value   [][]int64     // by window, by checkpoint: moneyScale-ths of a minor unit a day
}

// windowSet collects the windows that rules ask for, in order.
type windowSet map[int32]int

func (s windowSet) index(days int32) int {
	i, ok := s[days]
	if !ok {
		i = len(s)
		s[days] = i
	}
	return i
}

func (s windowSet) list() []int32 {
	out := make([]int32, len(s))
	for days, i := range s {
		out[i] = days
	}
	return out
}

// at returns the median in force on day d for a window.
func (m *medians) at(window int, d perennial.Day) int64 {
	return m.value[window][max(0, int(alignDown(d, medianEvery)-m.from)/medianEvery)]
}

// perDay returns money spread over days in moneyScale-ths of a minor unit,
// rounded down; nothing where it is negative.
func perDay(money perennial.Money, days int32) int64 {
	if money <= 0 {
		return 0
	}
	return int64(min(money, maxMoney)) * moneyScale / int64(days)
}

// maxMoney keeps products of money and scales within int64.
const maxMoney = perennial.Money(1) << 44

// The histogram's codes: values under 256 stand for themselves, then 128 bins an
// octave.
const valueCodes = 256 + 56*128

func valueCode(v int64) int {
	if v < 256 {
		return int(max(v, 0))
	}
	e := bits.Len64(uint64(v)) - 8
	return 256 + (e-1)*128 + int(v>>e) - 128
}

func codeFloor(code int) int64 {
	if code < 256 {
		return int64(code)
	}
	e := (code-256)/128 + 1
	return int64((code-256)%128+128) << e
}

// fill takes the medians at all checkpoints up to the plan's end. It starts one
// checkpoint before the data, so that every day has one in force.
func (m *medians) fill(h *history.History, p *plan, workers int) {
	m.from = alignDown(p.first, medianEvery)
	n := int(alignDown(p.end, medianEvery)-m.from)/medianEvery + 1
	m.value = make([][]int64, len(m.windows))
	for w := range m.windows {
		parts := make([][]uint32, workers)
		split(h.Len(), workers, func(part, lo, hi int) {
			hist := make([]uint32, n*valueCodes)
			for i := lo; i < hi; i++ {
				m.count(h, p, w, i, hist)
			}
			parts[part] = hist
		})
		m.value[w] = make([]int64, n)
		for c := range n {
			m.value[w][c] = medianOf(parts, c)
		}
	}
}

func medianOf(parts [][]uint32, checkpoint int) int64 {
	sum := make([]uint64, valueCodes)
	total := uint64(0)
	for _, hist := range parts {
		if hist == nil {
			continue
		}
		for code, k := range hist[checkpoint*valueCodes : (checkpoint+1)*valueCodes] {
			sum[code] += uint64(k)
			total += uint64(k)
		}
	}
	cum := uint64(0)
	for code, k := range sum {
		cum += k
		if k > 0 && cum*2 >= total {
			return codeFloor(code)
		}
	}
	return 0
}

// count adds customer i's money per day to the histogram of every checkpoint at
// which the customer is active.
func (m *medians) count(h *history.History, p *plan, w, i int, hist []uint32) {
	days, money := h.Days(i), h.Amounts(i)
	window := m.windows[w]
	first := days[0]
	// The first checkpoint on or after the first purchase.
	c := int(alignDown(first+medianEvery-1, medianEvery)-m.from) / medianEvery
	seen, old := 0, 0
	sum := perennial.Money(0)
	for ; ; c++ {
		d := m.from + perennial.Day(c*medianEvery)
		if d > p.end {
			return
		}
		for seen < len(days) && days[seen] <= d {
			sum += money[seen]
			seen++
		}
		if !p.active(d, first, days[seen-1], seen-1) {
			if seen == len(days) && p.gone(d-days[seen-1], days[seen-1]-first, seen-1) {
				return
			}
			continue
		}
		for window != never && old < seen && days[old] <= d-perennial.Day(window) {
			sum -= money[old]
			old++
		}
		hist[c*valueCodes+valueCode(perDay(sum, spread(d, first, window, p.block(d).floor())))]++
	}
}

// spread returns the days over which money is spread: the tenure, at least one
// cycle and at most the window.
func spread(d, first perennial.Day, window, floor int32) int32 {
	return min(max(int32(d-first), floor, 1), window)
}

// floor returns the least days over which money is spread: one cycle, so that a
// first purchase does not look like a day's worth; 30 where no cycle is known.
func (b *block) floor() int32 {
	if b.rhythm.Identified {
		return ceilDays(b.rhythm.CycleDays)
	}
	return 30
}

// active reports whether a customer counts for the medians on day d.
func (p *plan) active(d, first, last perennial.Day, gaps int) bool {
	b := p.block(d)
	if !b.rhythm.Identified {
		return d-last <= 365
	}
	g := b.rhythm.own(int(last-first), gaps)
	return float64(d-last) <= b.rhythm.S80*g
}

// gone reports that no block of the plan would call a customer active who has
// been silent for so long.
func (p *plan) gone(silent, span perennial.Day, gaps int) bool {
	return float64(silent) > max(365, (2*p.reachA+p.reachB*float64(span))/float64(2+gaps))
}

// block returns the block of day d.
func (p *plan) block(d perennial.Day) *block {
	i := min(max(int(d-p.first), 0), len(p.blockOf)-1)
	return &p.blocks[p.blockOf[i]]
}

// medianInt returns the median of values, which it sorts; the lower of the two
// middle ones for an even number; 0 for none.
func medianInt(values []int32) int32 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}
