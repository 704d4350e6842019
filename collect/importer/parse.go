package importer

import (
	"encoding/binary"
	"math"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"perennial"
	"perennial/collect/importer/tabular"
	"perennial/collect/importer/value"
	"perennial/store/warehouse"
)

// row is one row of an orders file with its values read. Strings are interned
// by the parser that made them.
type row struct {
	line   int32
	status int8 // warehouse.Status…
	hour   int8
	refund bool // money or goods going back
	aside  value.Exclusion

	day      perennial.Day
	at       int64 // microseconds
	key      uint64
	order    string
	customer string
	product  string
	name     string
	category string
	channel  string
	store    string
	currency perennial.Currency
	unnamed  bool // the row itself names no currency
	refundOf string

	quantity float64
	amount   perennial.Money // positive; of a refund too
	discount perennial.Money
	cost     perennial.Money
	paid     perennial.Money // for the whole order, where hasPaid
	hasPaid  bool
	returned perennial.Money // a column of refunded money beside the order
	promoted bool

	whole   uint64 // hash of the cells as they stand
	content uint64 // hash of what was read, for comparing versions
	private [3]string
}

// privatePhone is the slot of row.private that leads to a customer; name and
// e-mail stand beside it.
const privatePhone = 1

// refusal is a row that was not accepted, with the cell that is to blame.
type refusal struct {
	line   int
	field  slot
	column int // -1 for the whole row
	value  string
	code   string
	reason perennial.Text
	hint   perennial.Text
}

// parsed is one batch after parsing.
type parsed struct {
	rows     []row
	refusals []refusal
	unknown  map[string]int // status words that nobody knows
	err      error          // ends the import
}

// parser reads the cells of order files. Each goroutine has its own.
type parser struct {
	plan     *plan
	clock    *value.Clock
	days     *value.Clock // of the workspace, where its zone is not the file's
	latest   int64        // rows later than this are refused, microseconds
	words    map[string]string
	excluded map[[2]string]value.Exclusion
	statuses map[string]value.Status
	buf      []byte
	lastID   string
	lastKey  uint64
}

func newParser(p *plan, now time.Time) *parser {
	out := &parser{
		plan: p, clock: value.NewClock(p.zone), latest: now.Add(24 * time.Hour).UnixMicro(),
		words: map[string]string{}, excluded: map[[2]string]value.Exclusion{}, statuses: map[string]value.Status{},
	}
	if p.days != nil && p.days.String() != p.zone.String() {
		out.days = value.NewClock(p.days)
	}
	return out
}

// intern returns one copy of a text that repeats. The table is emptied when it
// holds too much, so that a column of unique texts costs no memory.
func (p *parser) intern(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if s, ok := p.words[string(b)]; ok {
		return s
	}
	if len(p.words) >= 1<<18 {
		clear(p.words)
	}
	s := string(b)
	p.words[s] = s
	return s
}

// batch parses all rows of b.
func (p *parser) batch(b *tabular.Batch) parsed {
	out := parsed{rows: make([]row, 0, b.Len())}
	for _, e := range b.Errors {
		out.refusals = append(out.refusals, refusal{
			line: e.Line, column: -1, value: maskRaw(e.Raw), code: e.Code, reason: e.Sentence, hint: e.Hint,
		})
	}
	for r := range b.Len() {
		var x row
		if bad := p.row(b, r, &x, &out); bad != nil {
			out.refusals = append(out.refusals, *bad)
			continue
		}
		out.rows = append(out.rows, x)
	}
	return out
}

func (p *parser) refuse(b *tabular.Batch, r int, f slot, prob *value.Problem) *refusal {
	col := p.plan.column[f]
	return &refusal{
		line: b.Line(r), field: f, column: col, value: value.Mask(value.PersonalKind(string(fields[f])), cellText(b, r, col)),
		code: prob.Code, reason: prob.Sentence, hint: prob.Hint,
	}
}

func cellText(b *tabular.Batch, r, col int) string {
	if col < 0 || col >= b.Width() {
		return ""
	}
	return strings.TrimSpace(string(b.Cell(r, col)))
}

// text returns a cell as trimmed, interned text.
func (p *parser) text(b *tabular.Batch, r int, f slot) string {
	col := p.plan.column[f]
	if col < 0 {
		return ""
	}
	cell := b.Cell(r, col)
	if len(cell) == 0 {
		return ""
	}
	s := p.intern(cell)
	if value.Empty(s) {
		return ""
	}
	if s[0] <= ' ' || s[len(s)-1] <= ' ' {
		s = p.intern([]byte(strings.TrimSpace(s)))
	}
	return s
}

// id reads an identifier; "" where the cell is empty.
func (p *parser) id(b *tabular.Batch, r int, f slot) (string, *value.Problem) {
	col := p.plan.column[f]
	if col < 0 {
		return "", nil
	}
	cell := b.Cell(r, col)
	if len(cell) == 0 {
		return "", nil
	}
	if b.Lossy(r, col) {
		return "", value.IDRuined
	}
	s := p.intern(cell)
	clean, prob := value.ID(s)
	if prob == value.IDEmpty {
		return "", nil
	}
	return clean, prob
}

func (p *parser) row(b *tabular.Batch, r int, x *row, out *parsed) *refusal {
	pl := p.plan
	x.line = int32(b.Line(r))
	x.whole = p.hashCells(b, r)

	when := slotOrderedAt
	m, prob := p.moment(b, r, when)
	if prob == value.DateEmpty && pl.column[slotPaidAt] >= 0 {
		when = slotPaidAt
		m, prob = p.moment(b, r, when)
	}
	if prob == nil && m.Micros > p.latest {
		prob = orderFuture
	}
	if prob != nil {
		return p.refuse(b, r, when, prob)
	}
	if p.days != nil && m.HasTime { // a date alone is the day that it says
		if m, prob = p.days.Instant(m.Time()); prob != nil {
			return p.refuse(b, r, when, prob)
		}
		m.HasTime = true
	}
	x.at, x.day, x.hour = m.Micros, m.Day, p.hour(m)

	if x.order, prob = p.orderID(b, r); prob != nil {
		return p.refuse(b, r, slotOrderID, prob)
	}
	if pl.column[slotOrderID] >= 0 && x.order == "" {
		return p.refuse(b, r, slotOrderID, orderNoID)
	}
	if x.order == p.lastID && x.order != "" {
		x.key = p.lastKey
	} else if x.order != "" {
		x.key = OrderKey(x.order)
		p.lastID, p.lastKey = x.order, x.key
	}
	if x.customer, prob = p.id(b, r, slotCustomerID); prob != nil {
		return p.refuse(b, r, slotCustomerID, prob)
	}
	if x.refundOf, prob = p.id(b, r, slotRefundOf); prob != nil {
		return p.refuse(b, r, slotRefundOf, prob)
	}
	if bad := p.state(b, r, x, out); bad != nil {
		return bad
	}
	if bad := p.money(b, r, x); bad != nil {
		return bad
	}
	x.product, x.name, x.category = p.text(b, r, slotProductID), p.text(b, r, slotProductName), p.text(b, r, slotCategory)
	if x.product == "" {
		x.product = x.name
	}
	x.channel, x.store = p.text(b, r, slotChannel), p.text(b, r, slotStore)
	x.promoted = x.discount > 0 || p.text(b, r, slotCoupon) != ""
	if pl.lines {
		x.aside = p.exclusion(x.name, x.product)
	}
	if x.key == 0 {
		// Without an order number a row is its own order, known again by what it
		// says: customer, moment, money.
		x.order = ""
	}
	p.hashContent(x)
	if x.category == "" {
		// After the hash: what a product file adds does not make another order.
		x.category = pl.categories[x.product]
	}
	for slot, f := range [...]slot{slotCustomerName, slotPhone, slotEmail} {
		x.private[slot] = p.text(b, r, f)
	}
	return nil
}

func (p *parser) orderID(b *tabular.Batch, r int) (string, *value.Problem) {
	col := p.plan.column[slotOrderID]
	if col < 0 {
		return "", nil
	}
	cell := b.Cell(r, col)
	if string(cell) == p.lastID && p.lastID != "" && !b.Lossy(r, col) {
		return p.lastID, nil
	}
	return p.id(b, r, slotOrderID)
}

// hour returns the hour of the workspace's day; noon where no time was given,
// which is neither evening nor night.
func (p *parser) hour(m value.Moment) int8 {
	if !m.HasTime {
		return 12
	}
	zone := p.plan.zone
	if p.days != nil {
		zone = p.days.Location()
	}
	return int8(time.UnixMicro(m.Micros).In(zone).Hour())
}

// moment reads a date cell, whatever its kind.
func (p *parser) moment(b *tabular.Batch, r int, f slot) (value.Moment, *value.Problem) {
	col := p.plan.column[f]
	if col < 0 {
		return value.Moment{}, value.DateEmpty
	}
	switch b.Kind(r, col) {
	case tabular.KindTime, tabular.KindInstant:
		t, ok := b.Time(r, col)
		if !ok {
			return value.Moment{}, value.DateFormat
		}
		if b.Kind(r, col) == tabular.KindInstant {
			return p.clock.Instant(t)
		}
		return p.clock.Wall(t)
	}
	cell := b.Cell(r, col)
	return p.clock.Date(bytesString(cell), p.plan.dateOrder)
}

// state reads the status and the kind of the row.
func (p *parser) state(b *tabular.Batch, r int, x *row, out *parsed) *refusal {
	x.status = warehouse.StatusPaid
	if word := p.text(b, r, slotStatus); word != "" {
		s, ok := p.statuses[word]
		if !ok {
			if s, ok = p.plan.status[word]; !ok {
				s = p.plan.words.Status(word)
			}
			p.statuses[word] = s
		}
		switch s {
		case value.StatusUnpaid:
			x.status = warehouse.StatusUnpaid
		case value.StatusClosed:
			x.status = warehouse.StatusClosed
		case value.StatusRefunded:
			x.returned = -1 // all of it; the amount is not known yet
		case value.StatusUnknown:
			if out.unknown == nil {
				out.unknown = map[string]int{}
			}
			out.unknown[word]++
			return p.refuse(b, r, slotStatus, statusUnknown)
		}
	}
	if word := p.text(b, r, slotType); word != "" {
		x.refund = value.RowKind(word) == value.KindRefund
	}
	return nil
}

// money reads quantity, price and amounts into positive money and a direction.
func (p *parser) money(b *tabular.Batch, r int, x *row) *refusal {
	pl := p.plan
	x.currency, x.unnamed = pl.currency, true
	if word := p.text(b, r, slotCurrency); word != "" {
		c, err := p.currency(word)
		if err != nil {
			return p.refuse(b, r, slotCurrency, currencyUnknown)
		}
		x.currency, x.unnamed = c, false
	}
	format := pl.format
	format.Digits = x.currency.Digits()
	in := func(s slot) value.Format { f := format; f.Power = pl.power[s]; return f }
	quantity := value.NewDecimal(1, 0)
	if pl.lines { // a line without a quantity is one piece; of an order it is not known
		x.quantity = 1
	}
	if col := pl.column[slotQuantity]; col >= 0 {
		q, prob := value.Number(bytesString(b.Cell(r, col)), in(slotQuantity))
		switch {
		case prob == value.NumberEmpty:
		case prob != nil:
			return p.refuse(b, r, slotQuantity, prob)
		default:
			quantity, x.quantity = q, q.Float()
		}
	}
	field, amount := pl.amount, perennial.Money(0)
	if pl.multiply {
		price, sign, prob := value.Price(bytesString(b.Cell(r, pl.column[slotUnitPrice])), in(slotUnitPrice))
		if prob == value.MoneyEmpty && quantity.Sign() != 0 {
			return p.refuse(b, r, slotUnitPrice, prob)
		}
		if prob == nil {
			prob = signFits(sign, x.currency)
		}
		if prob == nil {
			amount, prob = value.LineAmount(quantity, price, format.Digits)
		}
		if prob != nil {
			return p.refuse(b, r, slotUnitPrice, prob)
		}
	} else {
		m, sign, prob := value.Money(bytesString(b.Cell(r, pl.column[field])), in(field))
		if prob == value.MoneyEmpty && pl.perOrder {
			prob = nil // the order's amount stands on its first row only
		}
		if prob == nil {
			prob = signFits(sign, x.currency)
		}
		if prob != nil {
			return p.refuse(b, r, field, prob)
		}
		amount = m
		if quantity.Sign() < 0 && amount > 0 && pl.lines {
			amount = -amount // a return whose amount is written without its sign
		}
	}
	for _, extra := range [...]struct {
		field slot
		dest  *perennial.Money
	}{{slotDiscount, &x.discount}, {slotCost, &x.cost}, {slotRefundAmount, &x.returned}} {
		if pl.column[extra.field] < 0 {
			continue
		}
		m, _, prob := value.Money(bytesString(b.Cell(r, pl.column[extra.field])), in(extra.field))
		if prob == value.MoneyEmpty {
			continue
		}
		if prob != nil {
			return p.refuse(b, r, extra.field, prob)
		}
		if m != 0 || *extra.dest >= 0 {
			*extra.dest = absolute(m)
		}
	}
	if pl.orderAmount < slotCount {
		m, _, prob := value.Money(bytesString(b.Cell(r, pl.column[pl.orderAmount])), in(pl.orderAmount))
		if prob == nil && m >= 0 {
			x.paid, x.hasPaid = m, true
		}
	}
	if pl.column[slotCost] >= 0 && pl.costPerUnit {
		x.cost = perennial.Money(math.RoundToEven(float64(x.cost) * math.Abs(x.quantity)))
	}
	if amount < 0 || quantity.Sign() < 0 {
		x.refund = true
	}
	x.amount, x.quantity = absolute(amount), math.Abs(x.quantity)
	if x.amount < 0 {
		return p.refuse(b, r, field, value.MoneyOverflow)
	}
	if x.refund {
		x.discount, x.returned = 0, 0
	}
	return nil
}

func signFits(s value.Sign, c perennial.Currency) *value.Problem {
	if s != "" && c != noCurrency && !s.Fits(c) {
		return currencySign
	}
	return nil
}

func absolute(m perennial.Money) perennial.Money {
	if m < 0 {
		return -m
	}
	return m
}

func (p *parser) currency(word string) (perennial.Currency, error) {
	return perennial.ParseCurrency(word)
}

// exclusion judges a line once for each product.
func (p *parser) exclusion(name, code string) value.Exclusion {
	key := [2]string{name, code}
	e, ok := p.excluded[key]
	if !ok {
		pl := p.plan
		switch {
		case pl.merchandise[name] || pl.merchandise[code]:
			e = value.Merchandise
		case pl.notMerchandise[name] || pl.notMerchandise[code]:
			e = value.ExcludeAdjust
		default:
			e = value.Excluded(name, code)
		}
		if len(p.excluded) >= 1<<17 {
			clear(p.excluded)
		}
		p.excluded[key] = e
	}
	return e
}

// OrderKey is the key by which facts know an order, or a document of refunds, of a
// number as value.ID reads it.
func OrderKey(id string) uint64 {
	if h := xxh3.HashString(id); h != 0 {
		return h
	}
	return 1 // 0 stands for no order
}

func (p *parser) hashCells(b *tabular.Batch, r int) uint64 {
	p.buf = p.buf[:0]
	for c := range b.Width() {
		p.buf = append(append(p.buf, b.Cell(r, c)...), 0)
	}
	return xxh3.Hash(p.buf)
}

// hashContent hashes what the row says, not how: the same order exported in
// another format is the same. Who the customer is comes in by key, in
// document.seal.
func (p *parser) hashContent(x *row) {
	d := p.buf[:0]
	for _, v := range [...]int64{
		x.at, int64(x.amount), int64(x.discount), int64(x.cost), int64(x.returned), int64(math.Float64bits(x.quantity)),
		int64(x.status), boolInt(x.refund), int64(x.paid), boolInt(x.hasPaid), boolInt(x.promoted), boolInt(x.aside != value.Merchandise),
	} {
		d = binary.LittleEndian.AppendUint64(d, uint64(v))
	}
	for _, s := range [...]string{x.order, x.product, x.category, x.channel, x.store, string(x.currency), x.refundOf} {
		d = append(append(d, s...), 0)
	}
	x.content = xxh3.Hash(d)
	p.buf = d
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
