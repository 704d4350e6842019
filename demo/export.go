package demo

import (
	"cmp"
	"io"
	"slices"
	"strconv"
	"time"

	"perennial"
)

// Format is a file format of orders as one of the shop's systems writes it.
type Format uint8

// The formats. The first four hold the orders of one channel each, and together
// the whole shop; LinesCSV holds the whole shop in one clean file.
const (
	// TmallCSV: one row an order, GB18030, order numbers written ="330…" against
	// Excel. An order refunded whole stands there as 交易关闭 with its 退款金额.
	TmallCSV Format = iota
	// MiniProgramXLSX: one row a line under two title rows, an order's own cells
	// merged over its lines, a total row below.
	MiniProgramXLSX
	// TillCSV: one row a line, UTF-8 with BOM; returns are negative rows of
	// receipts of their own, most of which name the original.
	TillCSV
	// SiteCSV: an English export in the manner of Shopify; an order's own columns
	// stand only in its first row.
	SiteCSV
	// LinesCSV: every order of every channel, one row a line, without dirt.
	LinesCSV
	// TmallRuinedCSV: TmallCSV after somebody saved it from Excel, all order
	// numbers now 3.30E+18.
	TmallRuinedCSV
)

// FileName is what a person would call the file.
func (f Format) FileName() string {
	return [...]string{"天猫订单.csv", "小程序订单.xlsx", "门店收银.csv", "site_orders.csv", "订单明细.csv", "天猫订单_Excel另存.csv"}[f]
}

// Dirt counts what a file holds, and what is wrong with it, so that an import
// can be checked against it. Money is that of the amount columns.
type Dirt struct {
	TitleRows int `json:"title_rows"` // above the header
	Rows      int `json:"rows"`       // data rows, repeated ones included
	TotalRows int `json:"total_rows"` // below the data
	Orders    int `json:"orders"`     // distinct orders, whatever their status
	WalkIns   int `json:"walk_ins"`   // of these without a customer, by nature
	Returns   int `json:"returns"`    // negative rows

	// Paid is the money of paid orders whose status is known, before refunds;
	// Refunded what has come back of it.
	Paid     perennial.Money `json:"paid"`
	Refunded perennial.Money `json:"refunded"`

	Repeated       int `json:"repeated"`        // rows that repeat another exactly: to be dropped in files of orders; in the till's a second piece
	UnknownStatus  int `json:"unknown_status"`  // orders with a status word nobody knows
	BlankCustomers int `json:"blank_customers"` // orders whose known customer was left blank
	MaskedPhones   int `json:"masked_phones"`   // rows
	FullWidth      int `json:"full_width"`      // cells with ０１２ digits
	Formatted      int `json:"formatted"`       // money cells with ¥ or thousands separators
	OtherDates     int `json:"other_dates"`     // cells with a date in another form than the rest
	RuinedIDs      int `json:"ruined_ids"`      // rows
}

// soiler adds the dirt of real exports to cells, and counts it.
type soiler struct {
	*Dirt
	draw *stream
	seed uint64
	sure bool // the file has no statuses that could be unknown
}

func (s *Shop) soiler(f Format, d *Dirt) *soiler {
	g := newStream()
	g.set(s.Options.Seed, forExport, uint64(f))
	return &soiler{Dirt: d, draw: g, seed: s.Options.Seed, sure: f == TillCSV}
}

// hit tells by its number alone whether an order carries some dirt, so that all
// its rows agree.
func (d *soiler) hit(number int64, salt uint64, oneIn uint64) bool {
	return mix(uint64(number)^d.seed^mix(salt))%oneIn == 0
}

func (d *soiler) statusWord(o *Order, word string) string {
	if !d.knownStatus(o) {
		d.UnknownStatus++
		return "异常单待核实"
	}
	return word
}

func (d *soiler) knownStatus(o *Order) bool { return d.sure || !d.hit(o.Number, 1, 700) }

func (d *soiler) blank(o *Order) bool { return o.Customer >= 0 && d.hit(o.Number, 2, 150) }

func (d *soiler) money(m perennial.Money) string {
	v := Currency.Amount(m).Decimal()
	if !d.draw.chance(0.01) {
		return v
	}
	d.Formatted++
	if m < 1000_00 {
		return "¥" + v
	}
	cut := len(v) - len(".00") - 3
	return "¥" + v[:cut] + "," + v[cut:]
}

func (d *soiler) count(n int32) string {
	v := strconv.Itoa(int(n))
	if !d.draw.chance(0.004) {
		return v
	}
	d.FullWidth++
	return fullWidth(v)
}

func fullWidth(s string) string {
	out := []rune(s)
	for i, c := range out {
		if c >= '0' && c <= '9' {
			out[i] = c - '0' + '０'
		}
	}
	return string(out)
}

// when writes a time in the file's layout, now and then in another.
func (d *soiler) when(t time.Time, layout, other string) string {
	if d.draw.chance(0.003) {
		d.OtherDates++
		layout = other
	}
	return t.Format(layout)
}

func mask(phone string) string { return phone[:3] + "****" + phone[7:] }

const (
	isoTime   = "2006-01-02 15:04:05"
	slashTime = "2006/1/2 15:04"
)

// at is the instant as a carrier for formatting; the shop's clock has no zone.
func at(day perennial.Day, second int32) time.Time {
	return day.UTC().Add(time.Duration(second) * time.Second)
}

// paidSecond is when an online order was paid, within the day of its creation.
func (o *Order) paidSecond() int32 {
	if o.Channel == Store {
		return o.Second
	}
	return min(86399, o.Second+5+int32(mix(uint64(o.Number))%600))
}

// appendOrderID writes an order's number as its channel does: 19 digits on
// Tmall, E and the time in the mini program, store and day on a receipt, # on
// the site. Each is a one-to-one image of Number.
func appendOrderID(b []byte, o *Order, stores []Shopfront) []byte {
	const odd = 0x9e3779b97f4a7c15 // multiplication by it permutes the numbers below a power of two
	switch o.Channel {
	case Tmall:
		return strconv.AppendUint(b, 3_300_000_000_000_000_000+uint64(o.Number)*odd&(1<<59-1), 10)
	case Store:
		b = append(b, stores[o.Store].Code...)
		b = at(o.Day, 0).AppendFormat(b, "060102")
		return appendPadded(b, uint64(o.Number)*odd&(1<<40-1), 13)
	case MiniProgram:
		b = append(b, 'E')
		b = at(o.Day, o.Second).AppendFormat(b, "20060102150405")
		return appendPadded(b, uint64(o.Number)*odd&(1<<40-1), 13)
	}
	return strconv.AppendInt(append(b, '#'), 10_000+o.Number, 10)
}

func appendPadded(b []byte, n uint64, width int) []byte {
	for p := uint64(10); width > 1; width-- {
		if n < p {
			for range width - 1 {
				b = append(b, '0')
			}
			break
		}
		p *= 10
	}
	return strconv.AppendUint(b, n, 10)
}

// WriteOrders writes the shop's orders, oldest first, as one of its systems
// would export them, and returns what is in the file. The same shop gives the
// same bytes. A workbook with more rows than a sheet can hold is refused with
// demo.too_many_rows.
func (s *Shop) WriteOrders(w io.Writer, f Format) (Dirt, error) {
	switch f {
	case TmallCSV:
		return s.writeTmall(w, f)
	case TmallRuinedCSV:
		return s.writeTmall(w, f)
	case MiniProgramXLSX:
		return s.writeMiniProgram(w)
	case TillCSV:
		return s.writeTill(w)
	case SiteCSV:
		return s.writeSite(w)
	}
	return s.writeLines(w)
}

// timeline lists the orders of a channel, oldest first; with channelCount all.
func (s *Shop) timeline(channel Channel) []uint32 {
	var out []uint32
	for i := range s.Orders {
		if channel == channelCount || s.Orders[i].Channel == channel {
			out = append(out, uint32(i))
		}
	}
	slices.SortFunc(out, func(a, b uint32) int {
		x, y := &s.Orders[a], &s.Orders[b]
		return cmp.Or(cmp.Compare(x.Day, y.Day), cmp.Compare(x.Second, y.Second), cmp.Compare(x.Number, y.Number))
	})
	return out
}

// refundsOf finds an order's refunds; Refunds are in the order of Orders.
func (s *Shop) refundsOf(order uint32) []Refund {
	lo, _ := slices.BinarySearchFunc(s.Refunds, order, func(r Refund, o uint32) int { return cmp.Compare(r.Order, o) })
	hi := lo
	for hi < len(s.Refunds) && s.Refunds[hi].Order == order {
		hi++
	}
	return s.Refunds[lo:hi]
}

// bill is an order's money taken apart.
type bill struct {
	goods, postage, refunded perennial.Money
	pieces                   int32
	whole                    bool // refunded whole
}

func (s *Shop) bill(i uint32) bill {
	var b bill
	o := &s.Orders[i]
	for _, l := range s.LinesOf(o) {
		if int(l.Product) == s.special(productPostage) {
			b.postage += l.Amount()
			continue
		}
		b.goods += l.Amount()
		b.pieces += l.Quantity
	}
	for _, r := range s.refundsOf(i) {
		b.refunded += r.Amount
		b.whole = r.Whole
	}
	return b
}

// special returns the index of one of besides.
func (s *Shop) special(k int) int { return len(s.Products) - len(besides) + k }

// tally notes an order and, when its status is known and paid, its money.
func (d *soiler) tally(o *Order, refunded perennial.Money) {
	d.Orders++
	if o.Customer < 0 {
		d.WalkIns++
	}
	if d.blank(o) {
		d.BlankCustomers++
	}
	if o.Status.Counts() && d.knownStatus(o) {
		d.Paid += o.Total
		d.Refunded += refunded
	}
}
