package demo

import (
	"perennial"
	"perennial/analyze/history"
)

// Record is everything about one customer, or one walk-in (Customer.Index −1).
// The indices in its orders and refunds are into its own slices. A Record that
// an iterator yields is overwritten by the next step.
type Record struct {
	Customer Customer
	Latent   Latent
	Orders   []Order
	Lines    []Line
	Refunds  []Refund

	id      int64 // customers first, then walk-ins: the upper part of every number
	numbers int64 // given so far
}

// maxNumbers is how many orders and refunds one customer may have.
const maxNumbers = 1 << 12

func (r *Record) reset(id int64) {
	*r = Record{Orders: r.Orders[:0], Lines: r.Lines[:0], Refunds: r.Refunds[:0], id: id}
}

func (r *Record) number() int64 {
	r.numbers++
	return r.id*maxNumbers + r.numbers - 1
}

func (r *Record) full() bool { return r.numbers > maxNumbers-8 }

// buyer is what an order needs to know of who makes it.
type buyer struct {
	rate      float64 // ν of the spend
	favourite [2]int
	home      Channel
	store     int
	group     Group
}

// What is true of the demo shop beside its parameters.
const (
	staffShare     = 0.002
	wholesaleShare = 0.003
	prospectShare  = 0.03

	oldDays  = 540 // how long before Start the first customers joined
	oldShare = 0.55

	promotedDropout = 0.35 // of those who would stay after a first purchase in 11.11

	decliningStore = 1 // index into the stores
	decliningDays  = 120
	decliningKept  = 0.55

	walkInShare = 0.25 // of store sales
	walkInSpend = 0.8  // of a member's order
)

// customer simulates customer i into r.
func (s *Simulation) customer(i int, g *stream, r *Record) {
	o := &s.options
	r.reset(int64(i))
	g.set(o.Seed, forCustomer, uint64(i))
	day, fraction := s.entry.day(i, o.Customers, g.Float64())

	l := &r.Latent
	l.Entry = day
	l.Lambda = g.gamma(o.Params.R) / o.Params.Alpha
	l.P = g.beta(o.Params.A, o.Params.B)
	b := buyer{rate: g.gamma(o.Params.Q) / o.Params.V}
	l.MeanSpend = o.Params.P / b.rate
	r.Customer = Customer{Index: int32(i), Joined: day, Birthday: history.NoDay, Home: MiniProgram, Store: -1, face: mix(o.Seed ^ mix(uint64(i)))}
	if !o.Plain {
		s.character(g, r, &b)
		if l.Group == Prospect {
			return
		}
	}
	s.buy(g, r, &b, fraction)
	if !o.Plain {
		s.afterwards(g, r, &b)
	}
}

// character draws what makes a customer more than a row of parameters.
func (s *Simulation) character(g *stream, r *Record, b *buyer) {
	l, c := &r.Latent, &r.Customer
	switch u := g.Float64(); {
	case u < staffShare:
		// Staff and wholesale buyers have a rhythm of their own.
		l.Group, l.Lambda, l.P = Staff, 1.0/18, 0.02
		c.Level = LevelStaff
	case u < staffShare+wholesaleShare:
		l.Group, l.Lambda, l.P, l.MeanSpend = Wholesale, 1.0/28, 0.03, 0
	case u < staffShare+wholesaleShare+prospectShare:
		l.Group, l.Lambda, l.P, l.MeanSpend = Prospect, 0, 0, 0
	}
	b.group = l.Group
	w := s.goods.weights[int(l.Entry.Month())%12]
	b.favourite = [2]int{g.pick(w), g.pick(w)}
	l.Favourite = uint8(b.favourite[0])
	c.Home = Channel(g.pick(channelShare))
	if l.Group == Staff {
		c.Home = Store
	}
	b.home = c.Home
	b.store = s.openStore(g, l.Entry)
	if c.Home == Store {
		c.Store = int8(b.store)
	}
	if g.chance(0.86) {
		c.Birthday = perennial.DayOf(1964+g.IntN(42), 1, 1) + perennial.Day(g.IntN(365))
	}
	if p := s.calendar.At(l.Entry); p != nil && p.ID == "1111" && l.Group == Regular {
		l.Promoted = true
	}
}

// buy runs the process from the first purchase until the customer leaves or the
// period ends.
func (s *Simulation) buy(g *stream, r *Record, b *buyer, fraction float64) {
	o, l := &s.options, &r.Latent
	first := s.calendar.toClock(l.Entry, fraction)
	end := s.calendar.end()
	l.Alive = true
	for k, at := 0, first; ; k++ {
		day, fraction := s.calendar.fromClock(at)
		pace := 1.0
		if o.Plain {
			s.plainOrder(g, r, b, day, fraction)
			l.X, l.TX, l.T = int32(k), at-first, end-first
		} else {
			pace = s.goods.categories[s.visit(g, r, b, day)].Pace
		}
		leave := l.P
		if k == 0 {
			if o.Model == BGNBD {
				leave = 0
			}
			if l.Promoted {
				leave += (1 - leave) * promotedDropout
			}
		}
		if g.chance(leave) {
			l.Alive, l.Left = false, day
			return
		}
		at += g.gamma(o.Regularity) / o.Regularity / l.Lambda * pace
		if !(at < end) || r.full() {
			return
		}
	}
}

// plainOrder is an order of nothing but its money.
func (s *Simulation) plainOrder(g *stream, r *Record, b *buyer, day perennial.Day, fraction float64) {
	money := max(1, yuan(g.gamma(s.options.Params.P)/b.rate))
	r.Orders = append(r.Orders, Order{
		Number: r.number(), Total: money, Customer: r.Customer.Index, Day: day, Second: int32(fraction * 86400),
		FirstLine: uint32(len(r.Lines)), LineCount: 1, Channel: MiniProgram, Store: -1, Promotion: -1,
	})
	r.Lines = append(r.Lines, Line{Price: money, Quantity: 1})
}

// walkIn simulates walk-in j into r: one visit without a name.
func (s *Simulation) walkIn(j int, g *stream, r *Record) {
	o := &s.options
	r.reset(int64(o.Customers + j))
	g.set(o.Seed, forWalkIn, uint64(j))
	r.Customer.Index = -1
	day, _ := s.passing.day(j, s.walkIns, g.Float64())
	w := s.goods.weights[int(day.Month())%12]
	b := buyer{
		rate:      g.gamma(o.Params.Q) / o.Params.V / walkInSpend,
		favourite: [2]int{g.pick(w), g.pick(w)},
		home:      Store,
		store:     s.openStore(g, day),
	}
	s.visit(g, r, &b, day)
	s.afterwards(g, r, &b)
}

// openStore draws one of the stores that are open on the day.
func (s *Simulation) openStore(g *stream, day perennial.Day) int {
	open := 0.0
	for i := range s.stores {
		if s.stores[i].Opened <= day {
			open += s.stores[i].Share
		}
	}
	u := g.Float64() * open
	last := 0
	for i := range s.stores {
		if s.stores[i].Opened > day {
			continue
		}
		last = i
		if u -= s.stores[i].Share; u < 0 {
			break
		}
	}
	return last
}
