package purchase

import (
	"time"

	"perennial"
	"perennial/analyze/history"
)

// people collects habits by customer key while orders stream by; keys are dense,
// so that a slice serves.
type people struct {
	list       []person
	categories []int32 // list × number of categories
	channels   []int32
}

type person struct {
	discount                                      perennial.Money
	quantity                                      float64
	opened                                        perennial.Day
	discounted, refunded, weekend, evening, night int32
	category, channel                             int16
	promoted, seen, timed                         bool
}

func (p *people) of(key int32) *person {
	for int(key) >= len(p.list) {
		p.list = append(p.list, person{category: -1, channel: -1})
	}
	return &p.list[key]
}

// add notes one order. traits packs hour (bits 0–4), kind (5–6), promoted (7).
func (p *person) add(day perennial.Day, traits int64, discount perennial.Money, quantity float64, refunded bool) {
	promoted := traits>>7&1 == 1 || discount > 0
	if !p.seen || day < p.opened {
		p.opened, p.promoted = day, promoted
		p.category, p.channel = -1, -1
	}
	p.seen = true
	p.discount += discount
	p.quantity += quantity
	if promoted {
		p.discounted++
	}
	if refunded {
		p.refunded++
	}
	if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
		p.weekend++
	}
	switch hour := traits & 31; {
	case hour >= 18:
		p.evening++
		p.timed = true
	case hour < 6:
		p.night++
		p.timed = p.timed || hour > 0
	default:
		p.timed = true
	}
}

// words notes what an order is of; the first purchase's are kept.
func (p *people) words(key int32, day perennial.Day, category, channel int16, categories, channels int) {
	who := &p.list[key]
	if day == who.opened && who.category < 0 {
		who.category = category
	}
	if day == who.opened && who.channel < 0 {
		who.channel = channel
	}
	count := func(all *[]int32, word int16, width int) {
		if word < 0 {
			return
		}
		for len(*all) < len(p.list)*width {
			*all = append(*all, make([]int32, len(p.list)*width-len(*all))...)
		}
		(*all)[int(key)*width+int(word)]++
	}
	count(&p.categories, category, categories)
	count(&p.channels, channel, channels)
}

// habits picks the customers of h, in its order.
func (p *people) habits(h *history.History, categoryNames, channelNames []string) Habits {
	n := h.Len()
	out := Habits{
		Discount: make([]perennial.Money, n), Discounted: make([]int32, n), Refunded: make([]int32, n),
		Weekend: make([]int32, n), Evening: make([]int32, n), Night: make([]int32, n), Quantity: make([]float64, n),
		Categories: categoryNames, Channels: channelNames,
	}
	for i, key := range h.Customers {
		who := &p.list[key]
		out.Discount[i], out.Quantity[i] = who.discount, who.quantity
		out.Discounted[i], out.Refunded[i] = who.discounted, who.refunded
		out.Weekend[i], out.Evening[i], out.Night[i] = who.weekend, who.evening, who.night
		out.Timed = out.Timed || who.timed
		out.Counted = out.Counted || who.quantity > 0
	}
	pick := func(all []int32, width int) [][]int32 {
		cols := make([][]int32, width)
		for k := range cols {
			cols[k] = make([]int32, n)
			for i, key := range h.Customers {
				if at := int(key)*width + k; at < len(all) {
					cols[k][i] = all[at]
				}
			}
		}
		return cols
	}
	out.ByCategory = pick(p.categories, len(categoryNames))
	out.ByChannel = pick(p.channels, len(channelNames))
	return out
}

// openings describes the first purchases of the customers of h.
func (p *people) openings(h *history.History) []history.Opening {
	out := make([]history.Opening, h.Len())
	for i, key := range h.Customers {
		who := &p.list[key]
		out[i] = history.Opening{Category: who.category, Channel: who.channel, Promoted: who.promoted}
	}
	return out
}
