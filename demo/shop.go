package demo

import (
	"fmt"

	"perennial"
)

// Currency is the shop's.
const Currency perennial.Currency = "CNY"

// Status is how far an order has come.
type Status uint8

// The statuses. Orders with Paid, Shipped and Done count as purchases.
const (
	Done Status = iota
	Shipped
	Paid
	Closed // never paid
	Unpaid // still may be
)

// Counts reports whether the order was paid.
func (s Status) Counts() bool { return s <= Paid }

// OrderKind tells purchases from what is given away.
type OrderKind uint8

// The kinds of order.
const (
	Purchase OrderKind = iota
	Trial              // 0 元试用
	Points             // 积分兑换
)

// String names the kind as the shop's people do.
func (k OrderKind) String() string {
	return [...]string{"普通订单", "0 元试用", "积分兑换"}[k]
}

// Order is one order. Times are the shop's own, without a zone.
type Order struct {
	Number    int64           // unique in the shop; Shop.OrderID gives the exported form
	Total     perennial.Money // to pay: the sum of the lines' amounts
	Customer  int32           // index of the customer, -1 for a walk-in (散客)
	Day       perennial.Day   // of creation
	Second    int32           // after midnight
	FirstLine uint32          // index into Lines
	LineCount uint16
	Channel   Channel
	Store     int8 // index into Stores, -1 online
	Status    Status
	Kind      OrderKind
	Promotion int16 // index into Truth.Calendar.Promotions, -1 outside
}

// Line is one line of an order: Amount = Price·Quantity − Coupon.
type Line struct {
	Price    perennial.Money // unit price asked, after the promotion's discount
	Coupon   perennial.Money // the line's part of the order's coupon
	Quantity int32
	Product  int32 // index into Products
}

// Amount is what is paid for the line.
func (l Line) Amount() perennial.Money { return l.Price*perennial.Money(l.Quantity) - l.Coupon }

// Refund is money given back on a line, and goods with Quantity > 0 (退货). A line
// has at most one; an order returned whole has one on each line, postage
// included.
type Refund struct {
	Number   int64 // unique among orders and refunds
	Amount   perennial.Money
	Order    uint32 // index into Orders
	Line     uint32 // index into Lines
	Quantity int32
	Day      perennial.Day
	Second   int32
	Whole    bool // one of an order that was refunded whole
}

// Customer is a member of the shop: what the member file knows.
type Customer struct {
	Index    int32
	Joined   perennial.Day
	Birthday perennial.Day
	Level    Level
	Home     Channel
	Store    int8 // where the card was made, -1 online
	face     uint64
}

// Level is the member's tier; staff have a card of their own.
type Level uint8

// The levels.
const (
	LevelPlain Level = iota
	LevelSilver
	LevelGold
	LevelBlack
	LevelStaff
)

// String names the level.
func (l Level) String() string {
	return [...]string{"普通会员", "银卡会员", "金卡会员", "黑金会员", "内部员工"}[l]
}

const firstCard, cardDigits = 100_001, 10

// Card is the member's card number: ten digits with leading zeros.
func (c Customer) Card() string {
	return string(appendPadded(nil, firstCard+uint64(c.Index), cardDigits))
}

// Phone is a well-formed and evidently made-up mobile number, one per customer.
func (c Customer) Phone() string { return fmt.Sprintf("199%08d", c.Index) }

// Email lies in a domain that can never exist.
func (c Customer) Email() string { return c.Card() + "@member.example" }

// Nick is the name under which the customer buys on Tmall.
func (c Customer) Nick() string { return fmt.Sprintf("tb%010d", c.face%10_000_000_000) }

var (
	nameFirst  = []rune("木禾云溪岚岩苇芷茉葵藜桦")
	nameSecond = []rune("沐言晴禾一朵知暖小满星野南枝拾光")
)

// Name is put together from syllables that are no surname and no given name.
func (c Customer) Name() string {
	n := uint64(len(nameSecond))
	return string([]rune{
		nameFirst[c.face%uint64(len(nameFirst))], nameSecond[c.face>>8%n], nameSecond[c.face>>16%n],
	})
}

// CompanyEvent is something the shop did or suffered, with its day.
type CompanyEvent struct {
	Day   perennial.Day  `json:"day"`
	Kind  string         `json:"kind"` // "promotion", "store", "incident"
	Title perennial.Text `json:"title"`
}

// Shop is a simulated shop. Orders are in customer-and-time order, those of
// walk-ins last; the lines of an order lie together.
type Shop struct {
	Options    Options
	Customers  []Customer
	Orders     []Order
	Lines      []Line
	Refunds    []Refund
	Categories []Category
	Products   []Product
	Stores     []Shopfront
	Events     []CompanyEvent
	Truth      Truth
}

// LinesOf returns the lines of an order; do not change them.
func (s *Shop) LinesOf(o *Order) []Line {
	return s.Lines[o.FirstLine : o.FirstLine+uint32(o.LineCount)]
}

// OrderID is the order's number as its channel writes it; unique in the shop.
func (s *Shop) OrderID(o *Order) string { return string(appendOrderID(nil, o, s.Stores)) }
