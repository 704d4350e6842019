package demo

import (
	"math"
	"sort"
	"time"

	"perennial"
)

// Promotion is a span of days on which customers buy more (or less) than usual.
type Promotion struct {
	ID        string         `json:"id"` // "1111", "618", "38", "newyear", "spring", …
	Name      perennial.Text `json:"name"`
	From      perennial.Day  `json:"from"`
	To        perennial.Day  `json:"to"`        // included
	Rate      float64        `json:"rate"`      // multiplies every customer's rate of buying
	Newcomers float64        `json:"newcomers"` // multiplies acquisition, on top of Rate
	Spend     float64        `json:"spend"`     // multiplies the money of an order
	Discount  float64        `json:"discount"`  // off the list price
}

// Calendar holds the multiplier of every day. A customer's purchases follow a
// clock that runs Rate times as fast on a day: an exact way to draw a process
// whose rate is λ·Rate.
type Calendar struct {
	First      perennial.Day // first day covered
	Rate       []float64     // by day since First; mean 1 over the shop's period
	Promotions []Promotion   // in time order; the spans do not overlap

	Month   [12]float64 // season, January first
	Weekday [7]float64  // Sunday first

	promotion []int16   // by day, index into Promotions or -1
	clock     []float64 // the clock at the start of each day, and at the end of the last
}

// Multipliers of the demo shop, before Rate is scaled to mean 1.
var (
	monthFactor   = [12]float64{0.98, 0.92, 1.02, 0.97, 1.00, 1.00, 0.92, 0.94, 1.02, 1.05, 1.06, 1.06}
	weekdayFactor = [7]float64{1.08, 0.95, 0.94, 0.95, 0.97, 1.02, 1.12}
)

// newYear lists the first day of the lunar year; other years have no Spring
// Festival in the simulation.
var newYear = map[int][2]int{
	2010: {2, 14}, 2011: {2, 3}, 2012: {1, 23}, 2013: {2, 10}, 2014: {1, 31}, 2015: {2, 19},
	2016: {2, 8}, 2017: {1, 28}, 2018: {2, 16}, 2019: {2, 5}, 2020: {1, 25}, 2021: {2, 12},
	2022: {2, 1}, 2023: {1, 22}, 2024: {2, 10}, 2025: {1, 29}, 2026: {2, 17}, 2027: {2, 6},
	2028: {1, 26}, 2029: {2, 13}, 2030: {2, 3}, 2031: {1, 23}, 2032: {2, 11}, 2033: {1, 31},
	2034: {2, 19}, 2035: {2, 8}, 2036: {1, 28}, 2037: {2, 15}, 2038: {2, 4}, 2039: {1, 24},
	2040: {2, 12},
}

// promotionsOf returns the promotions of a year in time order.
func promotionsOf(year int) []Promotion {
	day := func(m time.Month, d int) perennial.Day { return perennial.DayOf(year, m, d) }
	var out []Promotion
	if md, ok := newYear[year]; ok {
		first := day(time.Month(md[0]), md[1])
		out = append(out,
			Promotion{"newyear", perennial.Say("年货节", "New Year goods festival"), first - 20, first - 8, 1.5, 1.1, 1.15, 0.10},
			Promotion{"spring", perennial.Say("春节假期", "Spring Festival"), first - 2, first + 6, 0.45, 0.8, 1, 0})
	}
	return append(out,
		Promotion{"38", perennial.Say("3.8 女神节", "3.8 festival"), day(3, 6), day(3, 8), 1.8, 1.2, 1.1, 0.12},
		Promotion{"618", perennial.Say("6.18 开门红", "6.18 opening"), day(6, 1), day(6, 3), 1.5, 1.3, 1.1, 0.12},
		Promotion{"618", perennial.Say("6.18 大促", "6.18"), day(6, 16), day(6, 18), 2.5, 1.6, 1.2, 0.18},
		Promotion{"618_after", perennial.Say("6.18 后回落", "after 6.18"), day(6, 19), day(6, 25), 0.8, 0.9, 1, 0},
		Promotion{"1111", perennial.Say("双 11 第一波", "11.11 first wave"), day(10, 31), day(11, 3), 1.8, 1.5, 1.15, 0.18},
		Promotion{"1111", perennial.Say("双 11 第二波", "11.11 second wave"), day(11, 4), day(11, 9), 1.2, 1.2, 1.05, 0.12},
		Promotion{"1111", perennial.Say("双 11 狂欢", "11.11 peak"), day(11, 10), day(11, 11), 3.5, 2.0, 1.25, 0.22},
		Promotion{"1111_after", perennial.Say("双 11 后回落", "after 11.11"), day(11, 12), day(11, 20), 0.7, 0.8, 1, 0})
}

// newCalendar covers first..end; Rate has mean 1 over start..end.
func newCalendar(first, start, end perennial.Day, plain bool) *Calendar {
	n := int(end-first) + 1
	c := &Calendar{First: first, Rate: make([]float64, n), promotion: make([]int16, n), clock: make([]float64, n+1)}
	for i := range c.Month {
		c.Month[i] = 1
	}
	for i := range c.Weekday {
		c.Weekday[i] = 1
	}
	for d := range c.promotion {
		c.promotion[d] = -1
	}
	if !plain {
		c.Month, c.Weekday = monthFactor, weekdayFactor
		for year := first.UTC().Year(); year <= end.UTC().Year(); year++ {
			for _, p := range promotionsOf(year) {
				if p.To < first || p.From > end {
					continue
				}
				for d := max(p.From, first); d <= min(p.To, end); d++ {
					c.promotion[d-first] = int16(len(c.Promotions))
				}
				c.Promotions = append(c.Promotions, p)
			}
		}
	}
	mean := 0.0
	for d := range c.Rate {
		day := first + perennial.Day(d)
		c.Rate[d] = c.Month[int(day.Month())%12] * c.Weekday[day.Weekday()]
		if p := c.promotion[d]; p >= 0 {
			c.Rate[d] *= c.Promotions[p].Rate
		}
		if day >= start {
			mean += c.Rate[d]
		}
	}
	mean /= float64(end-start) + 1
	for d := range c.Rate {
		c.Rate[d] /= mean
		c.clock[d+1] = c.clock[d] + c.Rate[d]
	}
	return c
}

// At returns the promotion of a day, or nil.
func (c *Calendar) At(day perennial.Day) *Promotion {
	if i := int(day - c.First); i >= 0 && i < len(c.promotion) && c.promotion[i] >= 0 {
		return &c.Promotions[c.promotion[i]]
	}
	return nil
}

// end is the clock at the end of the last day.
func (c *Calendar) end() float64 { return c.clock[len(c.clock)-1] }

// toClock turns a day and a fraction of it into the clock.
func (c *Calendar) toClock(day perennial.Day, fraction float64) float64 {
	i := int(day - c.First)
	return c.clock[i] + fraction*c.Rate[i]
}

// fromClock finds the day, and the fraction of it, of a clock before end.
func (c *Calendar) fromClock(clock float64) (perennial.Day, float64) {
	i := sort.SearchFloat64s(c.clock, clock)
	if i == len(c.clock) || c.clock[i] > clock {
		i--
	}
	i = min(i, len(c.Rate)-1)
	return c.First + perennial.Day(i), min((clock-c.clock[i])/c.Rate[i], math.Nextafter(1, 0))
}

// spread is a distribution over days from which the k-th of n is drawn within
// its own n-th part: a later index never has an earlier day, so that card
// numbers ascend with the day of joining as in a real shop.
type spread struct {
	first perennial.Day
	sum   []float64 // cumulative weight
}

func newSpread(first perennial.Day, weights []float64) *spread {
	s := &spread{first: first, sum: make([]float64, len(weights))}
	total := 0.0
	for i, w := range weights {
		total += w
		s.sum[i] = total
	}
	return s
}

func (s *spread) day(k, n int, u float64) (perennial.Day, float64) {
	at := (float64(k) + u) / float64(n) * s.sum[len(s.sum)-1]
	i := min(sort.Search(len(s.sum), func(i int) bool { return s.sum[i] > at }), len(s.sum)-1)
	before := 0.0
	if i > 0 {
		before = s.sum[i-1]
	}
	fraction := (at - before) / (s.sum[i] - before)
	return s.first + perennial.Day(i), max(0, min(fraction, math.Nextafter(1, 0)))
}
