package importer

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"sort"
	"strings"

	"github.com/zeebo/xxh3"

	"perennial"
	"perennial/collect/importer/value"
	"perennial/store/warehouse"
)

// document is an order or a refund document while its lines come in.
type document struct {
	key      uint64
	id       string
	customer string
	who      perennial.CustomerKey
	at       int64
	day      perennial.Day
	content  uint64 // sum of the lines' hashes: their order does not matter
	gross    perennial.Money
	aside    perennial.Money
	unpaid   perennial.Money
	discount perennial.Money
	cost     perennial.Money
	quantity float64
	weight   perennial.Money // of category, see addCategory
	category string
	channel  string
	store    string
	currency perennial.Currency
	lines    int32
	hour     int8
	status   int8
	sales    bool // some line is a sale
	promoted bool
	// linesOnly tells that the document came as lines: without a price it is a
	// sample or a correction, not an order of value zero.
	linesOnly bool
	// counted tells that the order's amount was taken from one of its rows; paid
	// is what was paid for it as a whole, beside its lines.
	counted, hasPaid bool
	paid             perennial.Money
	// cancels tells that the number has a cancel mark and its amounts, written as
	// positive, are the refund of the order that it names.
	cancels bool
	// unnamed tells that a line was written before a row named the customer.
	unnamed bool
	fate    fate
}

// stored tells whether the document goes into the warehouse.
func (d *document) stored() bool { return d.fate == fateNew || d.fate == fateChanged }

// fate is what becomes of a document when all its lines are known.
type fate uint8

const (
	fateNew fate = iota
	fateDuplicate
	fateChanged
	fateTwoCustomers
	fateTwoCurrencies
	fateOverflow
)

func (f fate) refused() *value.Problem {
	switch f {
	case fateTwoCustomers:
		return orderTwoCustomers
	case fateTwoCurrencies:
		return orderTwoCurrencies
	case fateOverflow:
		return orderTooLarge
	}
	return nil
}

// back is a refund: a negative line, or the refunded money beside an order.
type back struct {
	doc      int32 // index of its document
	names    uint64
	at       int64
	day      perennial.Day
	product  string
	quantity float64
	amount   perennial.Money
	aside    bool
	listed   bool // the amount is the line's own, for want of a refunded one
}

// accepted remembers which line went into which document, so that a document
// that is refused in the end takes all its lines along.
type accepted struct {
	line, doc int32
	mark      uint8
}

// The marks of accepted rows.
const (
	markUnpaid = 1 << iota
	markNobody // the row itself names no customer
	markExcluded
	markRepeated
)

// assembler puts rows together into orders. Rows come in the order of the file.
type assembler struct {
	ctx      context.Context
	plan     *plan
	register People
	items    *appender // nil in a dry run

	docs    []document
	index   map[uint64]int32
	backs   []back
	rows    []accepted
	keys    map[string]perennial.CustomerKey
	seen    map[uint64]int32 // rows by the hash of their cells
	noted   map[perennial.CustomerKey]bool
	alike   map[rowKey]int32 // rows without an order number, by what they say
	names   map[string]productNote
	marked  map[uint64]int32 // sales whose number has a cancel mark, by the order they would cancel
	counts  Counts
	refused []refusal
}

type productNote struct{ name, category string }

type rowKey struct {
	content uint64
	who     perennial.CustomerKey
}

func newAssembler(ctx context.Context, p *plan, r People, items *appender) *assembler {
	return &assembler{
		ctx: ctx, plan: p, register: r, items: items,
		index: map[uint64]int32{}, keys: map[string]perennial.CustomerKey{}, seen: map[uint64]int32{},
		noted: map[perennial.CustomerKey]bool{}, names: map[string]productNote{}, alike: map[rowKey]int32{}, marked: map[uint64]int32{},
	}
}

// add takes the rows of one batch.
func (a *assembler) add(rows []row) error {
	if err := a.resolve(rows); err != nil {
		return err
	}
	for i := range rows {
		x := &rows[i]
		repeats := a.seen[x.whole]
		a.seen[x.whole] = repeats + 1
		if repeats > 0 && a.plan.dropRepeats {
			a.counts.Duplicate++
			a.counts.RepeatsDropped++
			continue
		}
		if x.key == 0 {
			// Rows that say the same are orders of their own, though only a column
			// without a meaning tells them apart.
			what := rowKey{x.content, a.keys[x.customer]}
			a.alike[what]++
			x.order = fmt.Sprintf("row-%016x-%d-%d", what.content, what.who, a.alike[what])
			x.key = OrderKey(x.order)
		}
		if err := a.line(x, repeats > 0); err != nil {
			return err
		}
	}
	return nil
}

// resolve gives keys to the customers of a batch that were not met before.
func (a *assembler) resolve(rows []row) error {
	var fresh []string
	for i := range rows {
		id := rows[i].customer
		if id == "" {
			continue
		}
		if _, ok := a.keys[id]; !ok {
			a.keys[id] = 0
			fresh = append(fresh, id)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	kind := perennial.IdentifierID
	if a.plan.phoneIDs {
		kind = perennial.IdentifierPhone
	}
	keys, err := a.register.Keys(a.ctx, kind, fresh, nil)
	if err != nil {
		return err
	}
	for i, id := range fresh {
		a.keys[id] = keys[i]
	}
	return nil
}

// line adds one row to its document.
func (a *assembler) line(x *row, repeated bool) error {
	at, ok := a.index[x.key]
	if !ok {
		at = int32(len(a.docs))
		a.index[x.key] = at
		a.docs = append(a.docs, document{
			key: x.key, id: strings.Clone(x.order), at: x.at, day: x.day, hour: x.hour, currency: x.currency,
			channel: x.channel, store: x.store, status: warehouse.StatusClosed, linesOnly: a.plan.lines,
		})
	}
	d := &a.docs[at]
	a.rows = append(a.rows, accepted{x.line, at, marks(x, repeated)})
	if x.customer != "" {
		switch {
		case d.customer == "":
			d.customer, d.who = x.customer, a.keys[x.customer]
		case d.customer != x.customer && a.keys[x.customer] != d.who:
			d.fate = fateTwoCustomers
		}
	}
	if x.unnamed && x.currency.Digits() == d.currency.Digits() {
		x.currency = d.currency // named in another row of the order
	}
	if x.currency != d.currency {
		d.fate = fateTwoCurrencies
	}
	if x.at < d.at {
		d.at, d.day, d.hour = x.at, x.day, x.hour
	}
	if d.channel == "" {
		d.channel = x.channel
	}
	if d.store == "" {
		d.store = x.store
	}
	d.lines++
	d.content += x.content
	d.promoted = d.promoted || x.promoted
	if d.who != 0 {
		if err := a.person(d.who, x); err != nil {
			return err
		}
	}
	if x.status == warehouse.StatusPaid {
		d.status = warehouse.StatusPaid
	} else if d.status == warehouse.StatusClosed {
		d.status = x.status
	}
	if x.refund {
		a.backs = append(a.backs, back{
			doc: at, names: a.namedBy(x), at: x.at, day: x.day, product: x.product,
			quantity: x.quantity, amount: x.amount, aside: x.aside != value.Merchandise,
		})
		return nil
	}
	return a.sale(d, at, x)
}

func marks(x *row, repeated bool) (m uint8) {
	if x.status != warehouse.StatusPaid {
		m |= markUnpaid
	}
	if x.customer == "" {
		m |= markNobody
	}
	if x.aside != value.Merchandise {
		m |= markExcluded
	}
	if repeated {
		m |= markRepeated
	}
	return m
}

func (a *assembler) sale(d *document, at int32, x *row) error {
	d.sales = true
	if a.plan.perOrder && d.counted {
		x.amount, x.returned, x.discount = 0, 0, 0
	}
	d.counted = d.counted || x.amount != 0
	if x.hasPaid && !d.hasPaid {
		d.paid, d.hasPaid = x.paid, true
	}
	sum := &d.gross
	switch {
	case x.status != warehouse.StatusPaid:
		sum = &d.unpaid
	case x.aside != value.Merchandise:
		sum = &d.aside
	}
	if *sum > math.MaxInt64/4-x.amount {
		d.fate = fateOverflow
		return nil
	}
	*sum += x.amount
	d.discount += x.discount
	d.cost += x.cost
	if x.aside == value.Merchandise && x.status == warehouse.StatusPaid {
		d.quantity += x.quantity
		d.addCategory(x.category, x.amount)
	}
	if x.returned != 0 && x.status == warehouse.StatusPaid {
		// Its order is known, so no product is needed to find it.
		b := back{doc: at, names: d.key, at: x.at, day: x.day, amount: x.returned, aside: x.aside != value.Merchandise}
		if x.returned < 0 {
			b.amount, b.listed = x.amount, true
		} else {
			b.amount = min(x.returned, x.amount)
		}
		a.backs = append(a.backs, b)
	}
	if x.product == "" {
		return nil
	}
	if n, ok := a.names[x.product]; !ok && (x.name != "" || x.category != "") || ok && n.category == "" && x.category != "" {
		a.names[x.product] = productNote{x.name, x.category}
	}
	if x.status != warehouse.StatusPaid || a.items == nil {
		return nil
	}
	d.unnamed = d.unnamed || d.who == 0
	return a.items.row(func(c []warehouse.Column) {
		ints(c, 1, int64(d.key), int64(d.who), x.at, int64(d.lines))
		c[5].Texts = append(c[5].Texts, x.product)
		c[6].Texts = append(c[6].Texts, x.category)
		c[7].Floats = append(c[7].Floats, x.quantity)
		ints(c, 8, int64(x.amount), boolInt(x.aside != value.Merchandise))
	})
}

// addCategory keeps the category that takes most of an order's money, by
// weighted majority vote (Boyer & Moore 1981): exact where one takes more than
// half, and without a table for each order.
func (d *document) addCategory(category string, amount perennial.Money) {
	switch {
	case category == "":
	case category == d.category:
		d.weight += amount
	case amount > d.weight || d.category == "":
		d.category, d.weight = category, amount-d.weight
	default:
		d.weight -= amount
	}
}

// namedBy returns the key of the order that a refund row names, 0 for none.
func (a *assembler) namedBy(x *row) uint64 {
	if x.refundOf != "" {
		return OrderKey(x.refundOf)
	}
	if bare := withoutCancelMark(x.order); bare != "" {
		return OrderKey(bare)
	}
	return x.key
}

// withoutCancelMark strips a letter before a number (C536379), "" where there is
// none.
func withoutCancelMark(id string) string {
	if len(id) < 2 || id[0] != 'C' && id[0] != 'c' {
		return ""
	}
	rest := strings.TrimPrefix(id[1:], "-")
	if rest == "" {
		return ""
	}
	for i := range len(rest) {
		if rest[i] < '0' || rest[i] > '9' {
			return ""
		}
	}
	return rest
}

// person keeps the personal values that a row gives of a customer, once.
func (a *assembler) person(who perennial.CustomerKey, x *row) error {
	if x.private == [3]string{} || a.noted[who] {
		return nil
	}
	a.noted[who] = true
	for slot, name := range [...]string{"name", string(perennial.IdentifierPhone), "email"} {
		v := x.private[slot]
		if v == "" || value.Masked(v) {
			continue
		}
		if slot == privatePhone {
			if err := a.register.Link(a.ctx, perennial.IdentifierPhone, v, who); err != nil {
				return err
			}
			continue
		}
		a.register.Note(who, name, v)
	}
	return nil
}

// settle decides what each document is among the others of its file. What the
// warehouse has is compare's.
func (a *assembler) settle() {
	for i := range a.docs {
		d := &a.docs[i]
		if d.fate != fateNew || !d.sales {
			continue
		}
		bare := withoutCancelMark(d.id)
		if bare == "" {
			continue
		}
		if j, ok := a.index[OrderKey(bare)]; ok && a.docs[j].fate == fateNew {
			a.cancel(int32(i), OrderKey(bare))
		} else {
			a.marked[OrderKey(bare)] = int32(i)
		}
	}
	a.settlePaid()
}

// seal makes the contents of a document comparable. The sum of hashes of like
// lines must not be that of unlike ones. The customer goes in by key and never by
// identifier: whoever has the warehouse could find a phone number again by trying
// them all.
func (d *document) seal() {
	var b [26]byte
	binary.LittleEndian.PutUint64(b[0:], d.content)
	binary.LittleEndian.PutUint64(b[8:], uint64(d.lines))
	binary.LittleEndian.PutUint64(b[16:], uint64(d.who))
	b[24] = byte(boolInt(d.cancels))
	d.content = xxh3.Hash(b[:])
}

// settlePaid lets what the customer paid come before what the lines add up to: the
// difference is a discount on the whole order, and refunds of whole lines shrink
// with it.
func (a *assembler) settlePaid() {
	share := map[int32]float64{}
	for i := range a.docs {
		d := &a.docs[i]
		if !d.hasPaid || d.status != warehouse.StatusPaid || d.gross <= 0 {
			continue
		}
		goods := max(0, d.paid-d.aside)
		if goods < d.gross {
			d.discount += d.gross - goods
			d.promoted = true
		}
		if goods != d.gross {
			share[int32(i)] = float64(goods) / float64(d.gross)
		}
		d.gross = goods
	}
	if len(share) == 0 {
		return
	}
	left := map[int32]perennial.Money{}
	for i := range a.backs {
		b := &a.backs[i]
		s, ok := share[b.doc]
		if !ok || !b.listed {
			continue
		}
		if _, ok := left[b.doc]; !ok {
			left[b.doc] = a.docs[b.doc].gross
		}
		// Rounding must not give back more than was paid.
		b.amount = min(perennial.Money(math.RoundToEven(float64(b.amount)*s)), left[b.doc])
		left[b.doc] -= b.amount
	}
}

// cancel turns a sale into the refund of the order that its number names:
// C536379 beside 536379 is a cancellation written with positive amounts.
func (a *assembler) cancel(i int32, order uint64) {
	d := &a.docs[i]
	d.cancels = true
	a.backs = append(a.backs, back{doc: i, names: order, at: d.at, day: d.day, amount: d.gross, quantity: d.quantity})
	d.gross, d.aside, d.sales, d.quantity = 0, 0, false, 0
}

// refuse turns the lines of refused documents into refusals and counts the rest.
func (a *assembler) refuse() {
	for _, r := range a.rows {
		d := &a.docs[r.doc]
		switch prob := d.fate.refused(); {
		case prob != nil:
			a.counts.Refused++
			a.refused = append(a.refused, refusal{
				line: int(r.line), field: slotOrderID, column: a.plan.column[slotOrderID], value: d.id,
				code: prob.Code, reason: prob.Sentence, hint: prob.Hint,
			})
		case d.fate == fateDuplicate:
			a.counts.Duplicate++
		default:
			a.counts.Accepted++
			count := func(mark uint8, n *int64) {
				if r.mark&mark != 0 {
					*n++
				}
			}
			count(markUnpaid, &a.counts.Unpaid)
			count(markExcluded, &a.counts.Excluded)
			count(markRepeated, &a.counts.Repeated)
			if d.who == 0 {
				count(markNobody, &a.counts.Unattributed)
			}
		}
	}
	sort.SliceStable(a.refused, func(i, j int) bool { return a.refused[i].line < a.refused[j].line })
}
