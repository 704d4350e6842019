package rfm

import (
	"math"

	"perennial"
)

// counts counts small whole numbers (days, purchases) by value.
type counts []int

func (c *counts) add(v int32) {
	for len(*c) <= int(v) {
		*c = append(*c, 0)
	}
	(*c)[v]++
}

func (c counts) total() int {
	n := 0
	for _, k := range c {
		n += k
	}
	return n
}

func (c counts) mean() float64 {
	n, sum := 0, 0
	for v, k := range c {
		n += k
		sum += v * k
	}
	if n == 0 {
		return 0
	}
	return float64(sum) / float64(n)
}

// quantile interpolates linearly between order statistics (type 7 of Hyndman &
// Fan 1996); 0 where there is nothing.
func (c counts) quantile(p float64) float64 {
	n := c.total()
	if n == 0 {
		return 0
	}
	pos := p * float64(n-1)
	rank := int(pos)
	low, high := -1, -1
	for v, k := range c {
		rank -= k
		if low < 0 && rank < 0 {
			low = v
		}
		if rank+1 < 0 || (v == len(c)-1) {
			high = v
			break
		}
	}
	return float64(low) + (pos-math.Floor(pos))*float64(high-low)
}

// nearestShare returns the whole number, 2 or more, that somebody reaches
// and for which the share of those at or above it is nearest to share; the
// smaller of two equally near.
func (c counts) nearestShare(share float64) int {
	n := c.total()
	best, nearest := 2, math.Inf(1)
	above := n
	for v, k := range c {
		if v >= 2 && n > 0 {
			if d := math.Abs(float64(above)/float64(n) - share); d < nearest {
				best, nearest = v, d
			}
		}
		above -= k
	}
	return best
}

// quantileOf is the type-7 quantile of sorted money, 0 where there is none.
func quantileOf(sorted []perennial.Money, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	pos := p * float64(len(sorted)-1)
	k := int(pos)
	low := float64(sorted[k])
	if k+1 == len(sorted) {
		return low
	}
	return low + (pos-float64(k))*float64(sorted[k+1]-sorted[k])
}

// scales turn values into scores: tables for R and F, for M the smallest values
// that score 2, 3, 4 and 5. The sums are of all customers' scores.
type scales struct {
	recency   []uint8
	frequency []uint8
	money     [4]perennial.Money
	maxMoney  perennial.Money

	n, sumR, sumF, sumM int
}

// score is the literal formula: 1 + ⌊5 · strictly worse ÷ n⌋.
func score(worse, n int) uint8 { return uint8(1 + 5*worse/n) }

// newScales makes the scales of the customers counted; money is theirs, sorted.
// Fewer than all are worse than anybody, so scores stay within 1 and 5.
func newScales(recency, frequency counts, money []perennial.Money) scales {
	n := len(money)
	s := scales{n: n, recency: make([]uint8, len(recency)), frequency: make([]uint8, len(frequency))}
	if n == 0 {
		return s
	}
	worse := 0
	for r := len(recency) - 1; r >= 0; r-- {
		if k := recency[r]; k > 0 {
			s.recency[r] = score(worse, n)
			s.sumR += k * int(s.recency[r])
			worse += k
		}
	}
	worse = 0
	for f, k := range frequency {
		if k > 0 {
			s.frequency[f] = score(worse, n)
			s.sumF += k * int(s.frequency[f])
			worse += k
		}
	}
	s.maxMoney = money[n-1]
	for k := range s.money {
		s.money[k] = s.maxMoney + 1
	}
	for lo := 0; lo < n; {
		hi := lo + 1
		for hi < n && money[hi] == money[lo] {
			hi++
		}
		is := score(lo, n)
		for k := range int(is) - 1 {
			s.money[k] = min(s.money[k], money[lo])
		}
		s.sumM += (hi - lo) * int(is)
		lo = hi
	}
	return s
}

// ofMoney scores an amount.
func (s *scales) ofMoney(m perennial.Money) uint8 {
	is := uint8(1)
	for _, from := range s.money {
		if m >= from {
			is++
		}
	}
	return is
}
