package demo

import (
	"cmp"
	"slices"

	"perennial"
)

// companyEvents lists what the shop did and suffered within its period, by day.
func companyEvents(o Options, c *Calendar, stores []Shopfront, decline perennial.Day) []CompanyEvent {
	var out []CompanyEvent
	note := func(day perennial.Day, kind string, title perennial.Text) {
		if day >= o.Start && day <= o.End {
			out = append(out, CompanyEvent{day, kind, title})
		}
	}
	for _, p := range c.Promotions {
		if p.Discount > 0 {
			note(p.From, "promotion", p.Name)
		}
	}
	for _, s := range stores {
		note(s.Opened, "store", perennial.Say("%s开业", "Store %[1]s opens", s.Name))
	}
	note(decline, "incident", perennial.Say("%s门口地铁施工，主入口封闭",
		"Metro works close the entrance of store %[1]s", stores[decliningStore].Name))
	slices.SortStableFunc(out, func(a, b CompanyEvent) int { return cmp.Compare(a.Day, b.Day) })
	return out
}

// story measures on the simulated data what was put into them.
func (s *Shop) story() []Story {
	promoted, others := s.returnWithin(180, func(i int) bool { return s.Truth.Latent[i].Promoted },
		func(i int) bool { return !s.Truth.Latent[i].Promoted })
	mask, cream := s.gapsAfter(catMask), s.gapsAfter(catCream)
	before, after := s.storeVisits(decliningStore)
	elseBefore, elseAfter := 0.0, 0.0
	for i := range s.Stores {
		if i != decliningStore {
			b, a := s.storeVisits(i)
			elseBefore += b
			elseAfter += a
		}
	}
	return []Story{
		{
			ID: "promo_cohort",
			Text: perennial.Say(
				"双 11 期间首购的客户更容易一去不回：首购后额外流失的概率为真值；实测为这批客户 180 天二单率与其他新客之比。",
				"Customers whose first purchase fell in 11.11 are likelier never to return: truth is the extra probability to leave after it, seen the ratio of their 180-day second-order rate to that of other newcomers."),
			Truth: promotedDropout, Seen: ratio(promoted, others),
		},
		{
			ID: "mask_before_cream",
			Text: perennial.Say(
				"买面膜的比买面霜的回来得早：真值为两个品类的消耗周期之比；实测为购买后到下一单的平均间隔之比。",
				"Buyers of masks come back sooner than buyers of creams: truth is the ratio of the two cycles, seen the ratio of the mean gaps to the next order."),
			Truth: s.Categories[catMask].Cycle / s.Categories[catCream].Cycle, Seen: ratio(mask, cream),
		},
		{
			ID: "store_decline",
			Text: perennial.Say(
				"%s最近 %d 天客流下滑：真值为留下的比例；实测为该店与此前同样天数的订单之比，除以其他门店的同一比值。",
				"Store %[1]s has lost visits in the last %[2]d days: truth is the share that is left, seen the ratio of its orders to those of as many days before, over the same ratio of the other stores.",
				s.Stores[decliningStore].Name, decliningDays),
			Truth: decliningKept, Seen: ratio(ratio(after, before), ratio(elseAfter, elseBefore)),
		},
	}
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// returnWithin gives the shares of two groups of newcomers who bought again
// within the days, of those whose first purchase is old enough.
func (s *Shop) returnWithin(days perennial.Day, groups ...func(i int) bool) (a, b float64) {
	var size, back [2]float64
	s.eachCustomer(func(i int, orders []Order) {
		l := &s.Truth.Latent[i]
		if l.Group != Regular || l.Entry < s.Options.Start || l.Entry+days > s.Options.End {
			return
		}
		returned := 0.0
		for _, o := range orders {
			if o.Kind == Purchase && o.Status.Counts() && o.Day > l.Entry && o.Day <= l.Entry+days {
				returned = 1
			}
		}
		for k, in := range groups {
			if in(i) {
				size[k]++
				back[k] += returned
			}
		}
	})
	return ratio(back[0], size[0]), ratio(back[1], size[1])
}

// gapsAfter is the mean number of days from an order whose first line is of the
// category to the customer's next.
func (s *Shop) gapsAfter(category int) float64 {
	sum, n := 0.0, 0.0
	s.eachCustomer(func(i int, orders []Order) {
		if s.Truth.Latent[i].Group != Regular {
			return
		}
		last := -1
		for k, o := range orders {
			if o.Kind != Purchase || !o.Status.Counts() {
				continue
			}
			if last >= 0 && s.Products[s.Lines[orders[last].FirstLine].Product].Category == category {
				sum += float64(o.Day - orders[last].Day)
				n++
			}
			last = k
		}
	})
	return ratio(sum, n)
}

// storeVisits counts a store's orders in the days before and since the decline.
func (s *Shop) storeVisits(store int) (before, after float64) {
	from := s.Options.End - decliningDays + 1
	for i := range s.Orders {
		o := &s.Orders[i]
		switch {
		case int(o.Store) != store || o.Kind != Purchase || o.Day < from-decliningDays:
		case o.Day < from:
			before++
		default:
			after++
		}
	}
	return before, after
}

// eachCustomer calls f with the orders of every customer who has any.
func (s *Shop) eachCustomer(f func(i int, orders []Order)) {
	for lo := 0; lo < len(s.Orders) && s.Orders[lo].Customer >= 0; {
		hi := lo + 1
		for hi < len(s.Orders) && s.Orders[hi].Customer == s.Orders[lo].Customer {
			hi++
		}
		f(int(s.Orders[lo].Customer), s.Orders[lo:hi])
		lo = hi
	}
}
