package purchase

import (
	"perennial"
	"perennial/store/warehouse"
)

// orderRefund is what was given back for one order by the as-of day.
type orderRefund struct {
	merchandise perennial.Money
	aside       perennial.Money // for lines that are no merchandise
	customer    int64
	day         perennial.Day // of the latest refund
	documents   []int64
	met         bool // the order was among the purchases' candidates
}

// looseRefund is a refund that belongs to no order.
type looseRefund struct {
	customer int64
	day      perennial.Day
	amount   perennial.Money
	document int64
}

// refund is one row of the refunds table.
type refund struct {
	doc, order, customer, at int64
	day                      perennial.Day
	product                  string
	quantity                 float64
	amount                   perennial.Money
	aside                    bool
}

// product identifies the lines that a refund may belong to.
type product struct {
	customer int64
	id       string
}

// line is an earlier line with the quantity that no refund has taken yet.
type line struct {
	at, order int64
	left      float64
}

// refunds gives each refund to its order: the one that it names; else the same
// customer's latest earlier line of the same product with quantity left; else it
// stands alone on the customer (definitions.md §1). The result is by order key.
// strays are the orders named by refunds of somebody else or of nobody, which may
// lie apart from them.
func (l *loader) refunds(args warehouse.Args, convert func(perennial.Money) perennial.Money) (out map[int64]*orderRefund, strays []int64, err error) {
	var all []refund
	search := false
	err = l.query("refunds", args, func(b *warehouse.Block) error {
		c := b.Columns
		for r := range b.Len {
			row := refund{
				doc: c[0].Ints[r], order: c[1].Ints[r], customer: c[2].Ints[r], at: c[3].Ints[r], day: perennial.Day(c[4].Ints[r]),
				product: c[5].Texts[r], quantity: c[6].Floats[r], amount: perennial.Money(c[7].Ints[r]), aside: c[8].Ints[r] != 0,
			}
			search = search || row.customer > 0 && row.product != ""
			all = append(all, row)
		}
		return nil
	})
	out = map[int64]*orderRefund{}
	if err != nil || len(all) == 0 {
		return out, nil, err
	}
	type namedOrder struct {
		customer int64
		paid     bool
	}
	named := map[int64]namedOrder{}
	err = l.query("refunded_orders", warehouse.Args{"batches": args["batches"], "currency": args["currency"]}, func(b *warehouse.Block) error {
		for r := range b.Len {
			named[b.Columns[0].Ints[r]] = namedOrder{b.Columns[1].Ints[r], b.Columns[2].Ints[r] == warehouse.StatusPaid}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	lines := map[product][]line{}
	if search {
		err := l.query("refunded_lines", args, func(b *warehouse.Block) error {
			c := b.Columns
			for r := range b.Len {
				p := product{c[0].Ints[r], c[1].Texts[r]}
				lines[p] = append(lines[p], line{c[2].Ints[r], c[3].Ints[r], c[4].Floats[r]})
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	attach := func(order, customer int64, r *refund, amount perennial.Money) {
		o := out[order]
		if o == nil {
			o = &orderRefund{customer: customer}
			out[order] = o
		}
		if r.aside {
			o.aside += amount
		} else {
			o.merchandise += amount
		}
		o.day = max(o.day, r.day)
		if n := len(o.documents); n == 0 || o.documents[n-1] != r.doc {
			o.documents = append(o.documents, r.doc)
		}
	}
	for i := range all {
		r := &all[i]
		if (r.customer > 0 || named[r.order].customer > 0) && !r.aside {
			l.returned += r.quantity
		}
		if order, ok := named[r.order]; ok && r.order != 0 {
			if order.customer != r.customer && order.customer > 0 {
				strays = append(strays, r.order)
			}
			if !order.paid {
				l.bridge.UnpaidRefunds += convert(r.amount)
				continue
			}
			customer := order.customer
			if customer == 0 {
				customer = r.customer
			}
			attach(r.order, customer, r, r.amount)
			takeLine(lines[product{customer, r.product}], r)
			continue
		}
		rest, quantity := r.amount, r.quantity
		earlier := lines[product{r.customer, r.product}]
		for k := len(earlier) - 1; k >= 0 && quantity > 0 && rest > 0; k-- {
			e := &earlier[k]
			if e.at > r.at || e.left <= 0 {
				continue
			}
			took := min(e.left, quantity)
			part := rest
			if took < quantity { // by quantity; the last part takes what is left, so that nothing is lost to rounding
				part = perennial.Money(float64(rest) * took / quantity)
			}
			attach(e.order, r.customer, r, part)
			e.left -= took
			quantity -= took
			rest -= part
		}
		if rest != 0 || quantity > 0 && r.amount == 0 {
			l.stray(r, convert(rest))
		}
	}
	return out, strays, nil
}

// takeLine marks the quantity of a refund that names its order as taken from that
// order's line, so that a later refund without a name does not take it again.
func takeLine(lines []line, r *refund) {
	left := r.quantity
	for k := range lines {
		if e := &lines[k]; e.order == r.order && left > 0 {
			took := min(e.left, left)
			e.left -= took
			left -= took
		}
	}
}

// stray notes a refund, or what is left of it, that stands alone.
func (l *loader) stray(r *refund, amount perennial.Money) {
	switch {
	case r.customer == 0:
		if !r.aside || l.opt.KeepExcluded {
			l.bridge.WalkInRefunds += amount
		}
	case r.aside && !l.opt.KeepExcluded, l.excluded[r.customer]:
	default:
		l.loose = append(l.loose, looseRefund{r.customer, r.day, amount, r.doc})
	}
}

// orphan notes a refund of an order that is not among the known customers'
// paid orders: a walk-in's.
func (l *loader) orphan(o *orderRefund) {
	l.bridge.WalkInRefunds += o.merchandise
	if l.opt.KeepExcluded {
		l.bridge.WalkInRefunds += o.aside
	}
}

func (l *loader) noteDocuments(o *orderRefund) {
	if l.docs == nil {
		l.docs = map[int64]bool{}
	}
	for _, d := range o.documents {
		l.docs[d] = true
	}
}
