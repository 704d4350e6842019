package demo

import (
	"iter"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"perennial"
)

// Simulation yields a shop customer by customer, so that a million of them need
// no more memory than one. It is read only and may be used by several
// goroutines.
type Simulation struct {
	options     Options
	calendar    *Calendar
	goods       *catalogue
	stores      []Shopfront
	entry       *spread // of customers
	passing     *spread // of walk-ins
	walkIns     int
	declineFrom perennial.Day
}

// New prepares a simulation: its calendar, its goods, and how many walk-ins make
// their share of the stores' sales. Errors are *perennial.Error.
func New(options Options) (*Simulation, error) {
	o, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	first := o.Start
	if !o.Plain {
		first -= oldDays
	}
	s := &Simulation{
		options:     o,
		calendar:    newCalendar(first, o.Start, o.End, o.Plain),
		goods:       newCatalogue(),
		declineFrom: o.End - decliningDays + 1,
	}
	if o.Plain {
		days := o.EntryDays
		if days == 0 {
			days = int(o.End-o.Start) + 1
		}
		even := make([]float64, days)
		for i := range even {
			even[i] = 1
		}
		s.entry = newSpread(first, even)
		return s, nil
	}
	s.stores = shopfronts(o)
	s.prepareArrivals()
	return s, nil
}

// prepareArrivals spreads newcomers and walk-ins over the days. How many walk-ins
// make a quarter of the stores' sales is learned from a pilot of the same shop.
func (s *Simulation) prepareArrivals() {
	o := &s.options
	joining := make([]float64, len(s.calendar.Rate))
	var passing []float64
	for i := range joining {
		day := s.calendar.First + perennial.Day(i)
		w := s.calendar.Rate[i] * math.Pow(1+o.Growth, float64(day-o.Start)/365.25)
		if day >= o.Start {
			passing = append(passing, w)
		} else {
			w *= oldShare
		}
		if p := s.calendar.At(day); p != nil {
			w *= p.Newcomers
		}
		joining[i] = w
	}
	s.entry = newSpread(s.calendar.First, joining)
	s.passing = newSpread(o.Start, passing)

	const memberPilot, walkInPilot = 8000, 2000
	g, r := newStream(), &Record{}
	sales := func() (sum float64) {
		for _, order := range r.Orders {
			if order.Channel == Store && order.Status.Counts() {
				sum += float64(order.Total)
			}
		}
		return sum
	}
	members, strangers := 0.0, 0.0
	n := min(memberPilot, o.Customers)
	for i := range n {
		s.customer(i*o.Customers/n, g, r)
		members += sales()
	}
	s.walkIns = walkInPilot
	for j := range walkInPilot {
		s.walkIn(j, g, r)
		strangers += sales()
	}
	members *= float64(o.Customers) / float64(n)
	if strangers > 0 {
		s.walkIns = int(math.Round(members * walkInShare / (1 - walkInShare) * walkInPilot / strangers))
	}
}

// Options returns the options with their defaults filled in.
func (s *Simulation) Options() Options { return s.options }

// Calendar returns the multipliers of the days; do not change them.
func (s *Simulation) Calendar() *Calendar { return s.calendar }

// Products returns what the lines of a Record index; do not change it.
func (s *Simulation) Products() []Product { return s.goods.products }

// len is the number of records: customers, then walk-ins.
func (s *Simulation) len() int { return s.options.Customers + s.walkIns }

// record simulates one of them.
func (s *Simulation) record(i int, g *stream, r *Record) {
	if i < s.options.Customers {
		s.customer(i, g, r)
	} else {
		s.walkIn(i-s.options.Customers, g, r)
	}
}

// All yields every customer in the order of joining, then every walk-in in the
// order of days. The Record is overwritten by the next step.
func (s *Simulation) All() iter.Seq[*Record] { return s.records(0, s.len()) }

// Customers yields the customers lo..hi−1.
func (s *Simulation) Customers(lo, hi int) iter.Seq[*Record] {
	return s.records(max(lo, 0), min(hi, s.options.Customers))
}

func (s *Simulation) records(lo, hi int) iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		g, r := newStream(), &Record{}
		for i := lo; i < hi; i++ {
			if s.record(i, g, r); !yield(r) {
				return
			}
		}
	}
}

// chunk is how many records one worker takes at a time.
const chunk = 2048

// inChunks has work done on every chunk of the first n records by the workers,
// and hands the results over in order, on the caller's goroutine. At most a few
// results wait at any time. It stops early when take returns an error.
func inChunks[T any](s *Simulation, n int, work func(records iter.Seq[*Record]) T, take func(T) error) error {
	workers := s.options.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	chunks := (n + chunk - 1) / chunk
	workers = max(1, min(workers, chunks))
	type slot struct{ ready chan T }
	waiting := make(chan slot, 2*workers)
	tasks := make(chan func(), workers)
	var stopped atomic.Bool

	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for task := range tasks {
				task()
			}
		})
	}
	running.Go(func() {
		defer close(waiting)
		defer close(tasks)
		for c := range chunks {
			if stopped.Load() {
				return
			}
			out := slot{make(chan T, 1)}
			waiting <- out
			tasks <- func() { out.ready <- work(s.records(c*chunk, min(n, (c+1)*chunk))) }
		}
	})
	var failed error
	for out := range waiting {
		result := <-out.ready
		if failed == nil {
			if failed = take(result); failed != nil {
				stopped.Store(true)
			}
		}
	}
	running.Wait()
	return failed
}

// Simulate makes a whole shop in memory, about 100 bytes an order. Errors are
// *perennial.Error.
func Simulate(options Options) (*Shop, error) {
	s, err := New(options)
	if err != nil {
		return nil, err
	}
	return s.Shop(), nil
}

// part is a piece of a shop with indices of its own.
type part struct {
	customers []Customer
	latent    []Latent
	orders    []Order
	lines     []Line
	refunds   []Refund
}

func (p *part) add(r *Record) {
	if r.Customer.Index >= 0 {
		p.customers = append(p.customers, r.Customer)
		p.latent = append(p.latent, r.Latent)
	}
	order, line := uint32(len(p.orders)), uint32(len(p.lines))
	for _, o := range r.Orders {
		o.FirstLine += line
		p.orders = append(p.orders, o)
	}
	p.lines = append(p.lines, r.Lines...)
	for _, back := range r.Refunds {
		back.Order += order
		back.Line += line
		p.refunds = append(p.refunds, back)
	}
}

// Shop runs the whole simulation.
func (s *Simulation) Shop() *Shop {
	var whole part
	_ = inChunks(s, s.len(), func(records iter.Seq[*Record]) *part {
		p := &part{}
		for r := range records {
			p.add(r)
		}
		return p
	}, func(p *part) error {
		order, line := uint32(len(whole.orders)), uint32(len(whole.lines))
		for i := range p.orders {
			p.orders[i].FirstLine += line
		}
		for i := range p.refunds {
			p.refunds[i].Order += order
			p.refunds[i].Line += line
		}
		whole.customers = append(whole.customers, p.customers...)
		whole.latent = append(whole.latent, p.latent...)
		whole.orders = append(whole.orders, p.orders...)
		whole.lines = append(whole.lines, p.lines...)
		whole.refunds = append(whole.refunds, p.refunds...)
		return nil
	})
	shop := &Shop{
		Options:    s.options,
		Customers:  whole.customers,
		Orders:     whole.orders,
		Lines:      whole.lines,
		Refunds:    whole.refunds,
		Categories: s.goods.categories,
		Products:   s.goods.products,
		Stores:     s.stores,
		Events:     s.events(),
		Truth:      Truth{Params: s.options.Params, Calendar: s.calendar, Latent: whole.latent},
	}
	if !s.options.Plain {
		shop.Truth.Story = shop.story()
	}
	return shop
}

// events lists what the shop did and suffered, by day.
func (s *Simulation) events() []CompanyEvent {
	if s.options.Plain {
		return nil
	}
	return companyEvents(s.options, s.calendar, s.stores, s.declineFrom)
}
