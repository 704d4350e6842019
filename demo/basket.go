package demo

import (
	"cmp"
	"slices"

	"perennial"
)

// hours are the weights of the hours of a day by channel.
var hours = [channelCount][24]float64{
	Tmall:       {3, 1.5, .8, .4, .3, .4, .8, 1.5, 2.5, 4, 5, 4.5, 5, 5, 4.5, 4.5, 4.5, 4.5, 4.5, 6, 8, 9, 7.5, 5},
	MiniProgram: {1, .5, .2, .1, .1, .3, 1, 3, 4, 4.5, 5, 6, 7, 5, 4, 4, 4, 5, 6, 7, 8, 7, 4, 2},
	Store:       {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 5, 7, 7, 6, 7, 8, 8, 8, 8, 9, 8, 4, 0, 0},
	Site:        {4, 4, 3, 2, 2, 2, 2, 3, 4, 5, 5, 5, 5, 5, 5, 4, 4, 4, 4, 5, 6, 6, 6, 5},
}

// couponSteps are the standing coupons 满 199 减 20 and so on, largest first.
var couponSteps = [...]struct{ from, off perennial.Money }{{49900, 80_00}, {29900, 40_00}, {19900, 20_00}}

// visit makes the customer come to buy on a day, and returns the category that
// the purchase was mainly of. Visits before the period leave no order, and
// neither do those that the declining store loses.
func (s *Simulation) visit(g *stream, r *Record, b *buyer, day perennial.Day) int {
	o := Order{
		Customer: r.Customer.Index, Day: day, FirstLine: uint32(len(r.Lines)),
		Channel: b.home, Store: -1, Promotion: -1,
	}
	if r.Customer.Index >= 0 && !g.chance(loyalToChannel) {
		o.Channel = Channel(g.pick(channelShare))
	}
	if o.Channel == Store {
		store := b.store
		if s.stores[store].Opened > day || g.chance(0.1) {
			store = s.openStore(g, day)
		}
		o.Store = int8(store)
	}
	category := s.choose(g, b, day)
	lost := o.Store == decliningStore && day >= s.declineFrom && !g.chance(decliningKept)
	if lost || day < s.options.Start {
		return category
	}
	o.Second = s.second(g, &o)
	category = s.fill(g, r, b, &o, category)
	s.status(g, &o)
	o.Number = r.number()
	o.LineCount = uint16(len(r.Lines) - int(o.FirstLine))
	for _, l := range r.Lines[o.FirstLine:] {
		o.Total += l.Amount()
	}
	r.Orders = append(r.Orders, o)
	if o.Channel != Store && g.chance(0.05) {
		s.abandon(g, r, o)
	}
	return category
}

// second draws the time of day by the channel's hours; on the great days many
// wait for midnight or for the evening.
func (s *Simulation) second(g *stream, o *Order) int32 {
	hour := g.pick(hours[o.Channel][:])
	if p := s.calendar.At(o.Day); p != nil && p.Rate >= 2.5 && o.Channel != Store && g.chance(0.3) {
		hour = 20
		if o.Day == p.To {
			hour = 0
		}
	}
	return int32(hour*3600 + g.IntN(3600))
}

// choose draws the category of a purchase: mostly the favourites, in season.
func (s *Simulation) choose(g *stream, b *buyer, day perennial.Day) int {
	month := int(day.Month()) % 12
	favourite := -1
	switch u := g.Float64(); {
	case u < 0.55:
		favourite = b.favourite[0]
	case u < 0.75:
		favourite = b.favourite[1]
	}
	if favourite >= 0 && g.chance(s.goods.categories[favourite].Season[month]) {
		return favourite
	}
	return g.pick(s.goods.weights[month])
}

// fill puts goods into the order until their list price is what the customer
// means to spend, first of the category unless all of it is far too dear. It
// returns the category of the first line.
func (s *Simulation) fill(g *stream, r *Record, b *buyer, o *Order, category int) int {
	spend := g.gamma(s.options.Params.P) / b.rate
	price := 1.0
	if p := s.calendar.At(o.Day); p != nil {
		spend *= p.Spend
		if p.Discount > 0 && g.chance(0.9) {
			price = 1 - p.Discount
			o.Promotion = s.calendar.promotion[o.Day-s.calendar.First]
		}
	}
	switch b.group {
	case Wholesale:
		for n := range 1 + g.IntN(2) {
			of := s.goods.of[category]
			if n > 0 {
				of = s.goods.of[s.choose(g, b, o.Day)]
			}
			s.add(r, o, of[g.IntN(len(of))], 12*(1+g.IntN(4)), 0.6)
		}
		return category
	case Staff:
		price = 0.5
	}

	left := yuan(spend / price)
	product := s.within(g, category, left)
	for range 3 {
		if s.goods.products[product].List < left+left/4 {
			break
		}
		product = s.within(g, s.choose(g, b, o.Day), left)
	}
	if s.goods.products[product].List > left+left/4 {
		product = s.goods.nearest(left)
	}
	category = s.goods.products[product].Category
	for n := 0; ; n++ {
		list := s.goods.products[product].List
		quantity := 1
		if n == 4 || left > 3*list && n > 0 {
			quantity = max(1, min(int((left+list/2)/list), 12))
		} else if left > 2*list && g.chance(0.25) {
			quantity = 2
		}
		s.add(r, o, product, quantity, price)
		left -= list * perennial.Money(quantity)
		if n == 4 || left < s.goods.products[s.goods.byPrice[0]].List/2 {
			break
		}
		if product = s.goods.nearest(left); n < 2 && g.chance(0.6) {
			product = s.within(g, s.choose(g, b, o.Day), left)
		}
	}
	s.extras(g, r, o)
	return category
}

// within draws a product of the category that the money allows, else the
// cheapest.
func (s *Simulation) within(g *stream, category int, money perennial.Money) int {
	of := s.goods.of[category]
	cheapest, fitting := of[0], 0
	for _, p := range of {
		if s.goods.products[p].List <= money+money/16 {
			fitting++
		}
		if s.goods.products[p].List < s.goods.products[cheapest].List {
			cheapest = p
		}
	}
	if fitting == 0 {
		return cheapest
	}
	k := g.IntN(fitting)
	for _, p := range of {
		if s.goods.products[p].List <= money+money/16 {
			if k == 0 {
				return p
			}
			k--
		}
	}
	return cheapest
}

// add puts goods into the order at a part of the list price, rounded to 0.1 元;
// more of the same goods go onto their line.
func (s *Simulation) add(r *Record, o *Order, product, quantity int, part float64) {
	list := s.goods.products[product].List
	price := list
	if part != 1 {
		price = perennial.Money(float64(list)*part/10+0.5) * 10
	}
	for i := int(o.FirstLine); i < len(r.Lines); i++ {
		if l := &r.Lines[i]; l.Product == int32(product) {
			l.Quantity += int32(quantity)
			return
		}
	}
	r.Lines = append(r.Lines, Line{Price: price, Quantity: int32(quantity), Product: int32(product)})
}

// extras adds coupons and the lines that are no merchandise.
func (s *Simulation) extras(g *stream, r *Record, o *Order) {
	lines := r.Lines[o.FirstLine:]
	goods := perennial.Money(0)
	for _, l := range lines {
		goods += l.Amount()
	}
	if o.Channel == Store {
		if g.chance(0.15) {
			s.add(r, o, s.goods.special(productBag), 1, 1)
		}
		return
	}
	if o.Promotion < 0 && g.chance(0.14) {
		for _, step := range couponSteps {
			if goods < step.from {
				continue
			}
			rest := step.off
			for i := range lines {
				part := step.off * lines[i].Amount() / goods
				if i == len(lines)-1 {
					part = rest
				}
				lines[i].Coupon = part
				rest -= part
			}
			goods -= step.off
			break
		}
	}
	if goods < 9900 {
		s.add(r, o, s.goods.special(productPostage), 1, 1)
	}
	if g.chance(0.004) {
		s.add(r, o, s.goods.special(productAdjustment), g.between(2, 30), 1)
	}
}

// status draws how far an order has come by the end.
func (s *Simulation) status(g *stream, o *Order) {
	if o.Channel == Store {
		return
	}
	switch age := int(s.options.End - o.Day); {
	case age <= g.IntN(2):
		o.Status = Paid
	case age <= g.between(2, 8):
		o.Status = Shipped
	}
}

// abandon puts an order that was never paid before the one that was.
func (s *Simulation) abandon(g *stream, r *Record, o Order) {
	lines := r.Lines[o.FirstLine : o.FirstLine+uint32(o.LineCount)]
	o.FirstLine = uint32(len(r.Lines))
	r.Lines = append(r.Lines, lines...)
	o.Number = r.number()
	o.Second = max(0, o.Second-int32(g.between(120, 5400)))
	o.Status = Closed
	if o.Day == s.options.End {
		o.Status = Unpaid
	}
	r.Orders = append(r.Orders, o)
}

// afterwards adds what follows from the purchases: trials and rewards at no
// cost, refunds, and the member's level.
func (s *Simulation) afterwards(g *stream, r *Record, b *buyer) {
	if b.group != Wholesale && r.Customer.Index >= 0 {
		s.gifts(g, r)
	}
	slices.SortStableFunc(r.Orders, func(a, b Order) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Second, b.Second))
	})
	var paid perennial.Money
	for i := range r.Orders {
		o := &r.Orders[i]
		if !o.Status.Counts() || o.Kind != Purchase {
			continue
		}
		paid += o.Total
		if b.group != Staff && !r.full() {
			s.refund(g, r, uint32(i))
		}
	}
	if r.Customer.Level == LevelStaff {
		return
	}
	switch {
	case paid >= 4000_00:
		r.Customer.Level = LevelBlack
	case paid >= 1500_00:
		r.Customer.Level = LevelGold
	case paid >= 500_00:
		r.Customer.Level = LevelSilver
	}
}

// gifts adds a trial before some first purchases online and rewards for points after
// some later ones.
func (s *Simulation) gifts(g *stream, r *Record) {
	give := func(kind OrderKind, product int, day perennial.Day, like Order) {
		if day < s.options.Start || day > s.options.End || r.full() {
			return
		}
		r.Orders = append(r.Orders, Order{
			Number: r.number(), Customer: r.Customer.Index, Day: day, Second: int32(g.between(9, 21)*3600 + g.IntN(3600)),
			FirstLine: uint32(len(r.Lines)), LineCount: 1, Channel: like.Channel, Store: like.Store, Kind: kind, Promotion: -1,
		})
		r.Lines = append(r.Lines, Line{Quantity: 1, Product: int32(product)})
	}
	purchases := r.Orders
	for i, o := range purchases {
		switch {
		case !o.Status.Counts():
		case i == 0 && o.Day == r.Latent.Entry && o.Channel != Store && g.chance(0.05):
			day := o.Day - perennial.Day(g.between(2, 12))
			give(Trial, s.goods.special(productTrial), day, o)
			if day >= s.options.Start {
				r.Customer.Joined = day
			}
		case i >= 4 && g.chance(0.06):
			give(Points, s.goods.byPrice[g.IntN(5)], o.Day+perennial.Day(g.between(2, 10)), o)
		}
	}
}

// refund gives back some orders, some days later, if that is before the end.
func (s *Simulation) refund(g *stream, r *Record, order uint32) {
	o := &r.Orders[order]
	chance := 0.05
	switch {
	case o.Channel == Store:
		chance = 0.02
	case o.Promotion >= 0:
		chance = 0.085
	}
	if !g.chance(chance) {
		return
	}
	day := o.Day + perennial.Day(min(40, 1+int(g.ExpFloat64()*6)))
	second := int32(g.between(10, 20)*3600 + g.IntN(3600))
	how := g.Float64()
	if day > s.options.End {
		return
	}
	goods := 0
	for _, l := range r.Lines[o.FirstLine : o.FirstLine+uint32(o.LineCount)] {
		if s.goods.products[l.Product].Merchandise {
			goods++ // they come before all other lines
		}
	}
	line := o.FirstLine + uint32(g.IntN(goods))
	l := &r.Lines[line]
	back := Refund{Order: order, Line: line, Day: day, Second: second}
	switch {
	case how < 0.4:
		back.Whole = true
	case how < 0.75 || o.Channel == Store:
		back.Quantity = int32(g.between(1, int(l.Quantity)))
		back.Amount = l.Amount() * perennial.Money(back.Quantity) / perennial.Money(l.Quantity)
		back.Whole = goods == 1 && back.Quantity == l.Quantity
	default:
		back.Amount = l.Amount() * perennial.Money(g.between(5, 30)) / 1000 * 10
	}
	if !back.Whole {
		back.Number = r.number()
		r.Refunds = append(r.Refunds, back)
		return
	}
	for i := range uint32(o.LineCount) {
		l := &r.Lines[o.FirstLine+i]
		back.Number, back.Line, back.Amount, back.Quantity = r.number(), o.FirstLine+i, l.Amount(), l.Quantity
		r.Refunds = append(r.Refunds, back)
	}
}
