package purchase

import (
	"time"

	"perennial"
	"perennial/analyze/history"
)

// Habits are sums over the purchases of each customer, one entry a customer of
// the History.
type Habits struct {
	Discount   []perennial.Money
	Discounted []int32 // orders with a discount or coupon
	Refunded   []int32 // orders with a refund
	Weekend    []int32 // orders on Saturday or Sunday
	Evening    []int32 // orders from 18:00
	Night      []int32 // orders before 06:00
	Quantity   []float64
	Timed      bool // some order has a time of day
	Counted    bool // quantities are known

	Categories []string
	ByCategory [][]int32 // orders by main category
	Channels   []string
	ByChannel  [][]int32 // orders by channel
}

func newHabits(n int, categories, channels []string) Habits {
	matrix := func(k int) [][]int32 {
		out := make([][]int32, k)
		for i := range out {
			out[i] = make([]int32, n)
		}
		return out
	}
	return Habits{
		Discount: make([]perennial.Money, n), Discounted: make([]int32, n), Refunded: make([]int32, n),
		Weekend: make([]int32, n), Evening: make([]int32, n), Night: make([]int32, n), Quantity: make([]float64, n),
		Categories: categories, ByCategory: matrix(len(categories)), Channels: channels, ByChannel: matrix(len(channels)),
	}
}

func (o *order) promoted() bool { return o.traits>>7 == 1 || o.discount > 0 }

// add notes one order of customer i.
func (h *Habits) add(i int, o *order) {
	h.Discount[i] += o.discount
	h.Quantity[i] += float64(o.quantity)
	h.Counted = h.Counted || o.quantity > 0
	if o.promoted() {
		h.Discounted[i]++
	}
	if o.refunded {
		h.Refunded[i]++
	}
	if weekend(perennial.Day(o.day)) {
		h.Weekend[i]++
	}
	hour := o.traits & 31
	switch {
	case hour >= 18:
		h.Evening[i]++
	case hour < 6:
		h.Night[i]++
	}
	h.Timed = h.Timed || hour != 12 // an order without a time of day is noted at noon
	if o.category >= 0 {
		h.ByCategory[o.category][i]++
	}
	if o.channel >= 0 {
		h.ByChannel[o.channel][i]++
	}
}

func weekend(d perennial.Day) bool {
	w := d.Weekday()
	return w == time.Saturday || w == time.Sunday
}

// opening describes the first purchase of a customer, whose orders are in the
// order of their days: all orders of the first day are one purchase. Where they
// have several categories or channels, the most frequent of all data describes it.
func opening(mine []order) history.Opening {
	out := history.Opening{Category: -1, Channel: -1}
	first := func(have int16, word int8) int16 {
		if word >= 0 && (have < 0 || int16(word) < have) {
			return int16(word)
		}
		return have
	}
	for k := 0; k < len(mine) && mine[k].day == mine[0].day; k++ {
		out.Promoted = out.Promoted || mine[k].promoted()
		out.Category = first(out.Category, mine[k].category)
		out.Channel = first(out.Channel, mine[k].channel)
	}
	return out
}
