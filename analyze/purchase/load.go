package purchase

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"perennial"
	"perennial/analyze/history"
	"perennial/internal/sqlfile"
	"perennial/store/warehouse"
)

//go:embed *.sql
var files embed.FS

var statements = sqlfile.MustLoad(files)

// Statements returns the SQL of this package, for checking it against an engine
// at start.
func Statements() map[string]sqlfile.Statement { return statements }

// Options says which orders count and how.
type Options struct {
	// Batches are the visible batches of the workspace.
	Batches []int64
	// AsOf is the day D, included whole; history.NoDay takes the last day of
	// the data.
	AsOf perennial.Day
	// Currency is the currency to analyse, or "" for the only one there is.
	Currency perennial.Currency
	// Home is the workspace's currency, where it is known: that of the analysis where
	// several are to be converted and Currency names none. Without it that is one
	// without a rate, and of these the one with the most orders.
	Home perennial.Currency
	// Rates converts other currencies: major units of Currency for one of the
	// other. A currency without a rate is refused.
	Rates map[perennial.Currency]float64
	// Money is the money that History.Amount holds.
	Money perennial.MoneyKind
	// MarginRate is the margin as a share of net money, used where orders carry
	// no cost; 0 for none.
	MarginRate float64
	// KeepZero counts orders of value zero as purchases.
	KeepZero bool
	// KeepZeroLines counts orders whose lines have no price, too: points redeemed,
	// trials. The textbook does not.
	KeepZeroLines bool
	// KeepRefunded counts orders that were wholly refunded. [T]
	KeepRefunded bool
	// Run numbers the analysis among those under way at the same time, from 1, and
	// names its purchase days in a warehouse that answers questions about sequences
	// itself. They are left there until Release; 0 is 1.
	Run int64
	// Exclude are customers to leave out beside those that member files set apart.
	Exclude []perennial.CustomerKey
	// KeepExcluded counts lines that are no merchandise and customers on the
	// exclusion list. [T]
	KeepExcluded bool
}

// Loaded is a History with what led to it.
type Loaded struct {
	*history.History
	Run     int64   // of Options
	Batches []int64 // of Options
	Bridge  Bridge
	Habits  Habits
	Refunds int64 // refund documents of known customers
	Orders  int64 // purchases' orders
	// Currencies lists the currencies of the data, the analysed one first.
	Currencies []perennial.Currency
	// HasCost says whether any order carries a cost.
	HasCost bool
	// Margin is the margin of all purchases after all refunds, where costs or a
	// rate tell it; nil otherwise.
	Margin *perennial.Money
	// Returned counts the pieces of merchandise that known customers sent back (退货:
	// goods, where a refund is money); 0 in files that do not tell pieces.
	Returned float64
	// Prospects are registered and have not bought by the as-of day.
	Prospects int
	// Unseen are the currencies that were left out because one was asked for.
	Unseen []perennial.Currency
	// Lines and Pieces count the order lines of the data and what they hold; 0 for
	// files of whole orders.
	Lines  int64
	Pieces float64
}

// most words that become columns; rarer ones stay unnamed
const (
	mostCategories = 30
	mostChannels   = 12
	sliceOrders    = 1_500_000 // bounds what the engine holds of one result
)

// Load reads the purchases of a workspace. Where the warehouse answers questions
// about sequences itself, the purchase days are left there; the caller calls
// Release with the run when it has asked.
func Load(ctx context.Context, w warehouse.Warehouse, opt Options) (*Loaded, error) {
	opt.Run = max(opt.Run, 1)
	l := &loader{w: w, opt: opt, ctx: ctx, inside: w.Dialect().Sequences == warehouse.Inside}
	if l.inside { // an interrupted one may have left something
		if err := errors.Join(Release(ctx, w, opt.Run), l.insideExec("drop_touched", warehouse.Args{"run": opt.Run})); err != nil {
			return nil, err
		}
	}
	if err := l.frame(); err != nil {
		return nil, err
	}
	if err := l.members(); err != nil {
		return nil, err
	}
	if err := l.words(); err != nil {
		return nil, err
	}
	currencies := slices.Clone(l.currencies)
	if l.inside {
		slices.Reverse(currencies) // the analysed one gathers what the others left
	}
	for _, c := range currencies {
		if err := l.currency(c); err != nil {
			return nil, err
		}
	}
	return l.finish()
}

type loader struct {
	ctx context.Context
	w   warehouse.Warehouse
	opt Options
	// inside says that the warehouse makes the purchase days itself.
	inside bool
	// gaveBack says that touched days were written.
	gaveBack bool

	asOf       perennial.Day
	first      perennial.Day
	last       perennial.Day
	perDay     map[perennial.Currency][]dayCount
	currencies []perennial.Currency // the analysed one first
	unseen     []perennial.Currency

	joined   map[int64]perennial.Day // of every registered customer, NoDay where unknown
	excluded map[int64]bool

	categories, channels map[string]int8
	categoryNames        []string
	channelNames         []string

	orders []order // that are purchases, in the order of arrival
	maxKey int32

	bridge Bridge
	loose  []looseRefund
	// returned counts pieces that known customers sent back; goods, not money.
	returned float64
	docs     map[int64]bool // refund documents of known customers
	cost     bool
}

// order is what an analysis keeps of one order.
type order struct {
	customer      int32
	day           int32
	gross, amount perennial.Money
	discount      perennial.Money
	quantity      float32
	category      int8 // index into the names, -1 for none
	channel       int8
	traits        uint8 // hour (bits 0–4), kind (5–6), promoted (7)
	refunded      bool
}

type dayCount struct {
	day    perennial.Day
	orders int64
}

func (l *loader) query(name string, args warehouse.Args, yield func(*warehouse.Block) error) error {
	st := statements[name]
	st.Name = "purchase " + name
	return l.w.Query(l.ctx, st, args, yield)
}

func (l *loader) frame() error {
	limit := l.opt.AsOf
	if limit == history.NoDay {
		limit = perennial.MaxDay
	}
	l.perDay = map[perennial.Currency][]dayCount{}
	total := map[perennial.Currency]int64{}
	l.first, l.last = history.NoDay, history.NoDay
	err := l.query("days", warehouse.Args{"batches": l.opt.Batches, "as_of": limit.String()}, func(b *warehouse.Block) error {
		for r := range b.Len {
			d, c, n := perennial.Day(b.Columns[0].Ints[r]), perennial.Currency(b.Columns[1].Texts[r]), b.Columns[2].Ints[r]
			l.perDay[c] = append(l.perDay[c], dayCount{d, n})
			total[c] += n
			if l.first == history.NoDay {
				l.first = d
			}
			l.last = d
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(total) == 0 {
		return perennial.NewError(perennial.KindNotFound, "analyze.no_orders",
			perennial.Say("没有可以分析的订单。", "There are no orders to analyse.")).
			WithHint(perennial.Say("先导入订单；如果指定了截止日，确认它不早于第一张订单。",
				"Import orders first; if you gave an as-of day, make sure that it is not before the first order."))
	}
	l.asOf = l.opt.AsOf
	if l.asOf == history.NoDay {
		l.asOf = l.last
	}
	return l.chooseCurrency(total)
}

// chooseCurrency puts the analysed currency first and refuses to add up others
// without a rate.
func (l *loader) chooseCurrency(total map[perennial.Currency]int64) error {
	for c := range total {
		l.currencies = append(l.currencies, c)
	}
	main := l.opt.Currency
	if len(l.currencies) > 1 || len(l.opt.Rates) > 0 {
		main = cmp.Or(main, l.opt.Home)
	}
	sort.Slice(l.currencies, func(i, j int) bool {
		a, b := l.currencies[i], l.currencies[j]
		if (a == main) != (b == main) {
			return a == main
		}
		if priced := l.opt.Rates[a] > 0; main == "" && priced != (l.opt.Rates[b] > 0) {
			return !priced
		}
		return total[a] > total[b] || total[a] == total[b] && a < b
	})
	if main == "" {
		main = l.currencies[0]
	}
	if len(l.currencies) == 1 && l.currencies[0] == main {
		return nil
	}
	var without []string
	for _, c := range l.currencies {
		if c != main && l.opt.Rates[c] <= 0 {
			without = append(without, fmt.Sprintf("%s (%d)", c, total[c]))
		}
	}
	if l.opt.Currency != "" && len(l.opt.Rates) == 0 && total[main] > 0 {
		// One currency was asked for: the others are left out, and said.
		for _, c := range l.currencies {
			if c != main {
				l.unseen = append(l.unseen, c)
			}
		}
		l.currencies = []perennial.Currency{main}
		return nil
	}
	if len(without) > 0 {
		list := strings.Join(without, ", ")
		return perennial.NewError(perennial.KindInvalid, "analyze.mixed_currencies",
			perennial.Say("数据里有几种货币，不能相加。除 %[1]s 外还有：%[2]s。", "The data has several currencies, which cannot be added up. Beside %[1]s: %[2]s.", main, list)).
			WithHint(perennial.Say("用 --rates 给出汇率（例如 USD=7.1），或用 --currency 只看一种。",
				"Give rates with --rates (USD=7.1), or choose one with --currency."))
	}
	if l.currencies[0] != main {
		l.currencies = append([]perennial.Currency{main}, l.currencies...)
	}
	return nil
}

func (l *loader) members() error {
	l.joined, l.excluded = map[int64]perennial.Day{}, map[int64]bool{}
	defer func() {
		if l.opt.KeepExcluded { // the textbook sets nobody apart but whom a person names
			clear(l.excluded)
		}
		for _, key := range l.opt.Exclude {
			l.excluded[int64(key)] = true
		}
	}()
	return l.query("members", warehouse.Args{"batches": l.opt.Batches}, func(b *warehouse.Block) error {
		for r := range b.Len {
			key, joined := b.Columns[1].Ints[r], perennial.Day(b.Columns[2].Ints[r])
			if joined == warehouse.NoDay {
				joined = history.NoDay
			}
			if _, ok := l.joined[key]; !ok || joined != history.NoDay {
				l.joined[key] = joined
			}
			if b.Columns[3].Ints[r] != 0 {
				l.excluded[key] = true
			} else {
				delete(l.excluded, key)
			}
		}
		return nil
	})
}

func (l *loader) words() error {
	l.categories, l.channels = map[string]int8{}, map[string]int8{}
	err := l.query("words", warehouse.Args{"batches": l.opt.Batches}, func(b *warehouse.Block) error {
		for r := range b.Len {
			name := b.Columns[1].Texts[r]
			if name == "" {
				continue
			}
			if b.Columns[0].Texts[r] == "category" {
				if len(l.categoryNames) < mostCategories {
					l.categories[name] = int8(len(l.categoryNames))
					l.categoryNames = append(l.categoryNames, name)
				}
			} else if len(l.channelNames) < mostChannels {
				l.channels[name] = int8(len(l.channelNames))
				l.channelNames = append(l.channelNames, name)
			}
		}
		return nil
	})
	if len(l.categoryNames) < 2 { // one word for all says nothing
		l.categories, l.categoryNames = nil, nil
	}
	if len(l.channelNames) < 2 {
		l.channels, l.channelNames = nil, nil
	}
	return err
}

// currency reads the orders and refunds of one currency, converted.
func (l *loader) currency(c perennial.Currency) error {
	convert, err := l.converter(c)
	if err != nil {
		return err
	}
	args := warehouse.Args{"batches": l.opt.Batches, "currency": string(c), "as_of": l.asOf.String()}
	if err := l.bridge.read(l, args, convert); err != nil {
		return err
	}
	refunded, strays, err := l.refunds(args, convert)
	if err != nil {
		return err
	}
	if l.inside {
		err = l.insideCurrency(c, strays, refunded, convert)
	} else {
		err = l.stream(c, refunded, convert)
	}
	if err != nil {
		return err
	}
	for _, attached := range refunded {
		if !attached.met {
			l.orphan(attached)
		}
	}
	return nil
}

// stream reads the orders of a currency, slice by slice.
func (l *loader) stream(c perennial.Currency, refunded map[int64]*orderRefund, convert func(perennial.Money) perennial.Money) error {
	var total int64
	for _, d := range l.perDay[c] {
		total += d.orders
	}
	l.orders = slices.Grow(l.orders, int(total))
	name := "orders"
	if l.categories != nil || l.channels != nil {
		name = "orders_words"
	}
	for _, s := range l.slices(c) {
		err := l.query(name, warehouse.Args{
			"batches": l.opt.Batches, "currency": string(c), "from_day": s[0].String(), "to_day": s[1].String(),
		}, func(b *warehouse.Block) error { return l.take(b, refunded, convert) })
		if err != nil {
			return err
		}
	}
	return nil
}

// slices cuts the days of a currency into runs of a bounded number of orders.
func (l *loader) slices(c perennial.Currency) (out [][2]perennial.Day) {
	var n int64
	for i, d := range l.perDay[c] {
		if i == 0 || n+d.orders > sliceOrders {
			out = append(out, [2]perennial.Day{d.day, d.day})
			n = 0
		}
		n += d.orders
		out[len(out)-1][1] = d.day
	}
	return out
}

func (l *loader) converter(c perennial.Currency) (func(perennial.Money) perennial.Money, error) {
	if c == l.currencies[0] {
		return func(m perennial.Money) perennial.Money { return m }, nil
	}
	rate := l.rate(c)
	if !(rate > 0) || math.IsInf(rate, 0) {
		return nil, fmt.Errorf("rate of %s is %v", c, rate)
	}
	return func(m perennial.Money) perennial.Money { return perennial.Money(math.RoundToEven(float64(m) * rate)) }, nil
}

// rate returns what one minor unit of c is in minor units of the analysed currency.
func (l *loader) rate(c perennial.Currency) float64 {
	main := l.currencies[0]
	if c == main {
		return 1
	}
	return l.opt.Rates[c] * math.Pow10(main.Digits()-c.Digits())
}

// take notes the purchases among a block of orders.
func (l *loader) take(b *warehouse.Block, refunded map[int64]*orderRefund, convert func(perennial.Money) perennial.Money) error {
	col := b.Columns
	words := len(col) > 9
	for r := range b.Len {
		key := col[0].Ints[r]
		if key > math.MaxInt32 {
			return fmt.Errorf("customer key %d is beyond what an analysis can hold", key)
		}
		gross, aside := perennial.Money(col[4].Ints[r]), perennial.Money(col[5].Ints[r])
		var back *orderRefund
		if len(refunded) > 0 {
			if back = refunded[col[1].Ints[r]]; back != nil {
				back.met = true
			}
		}
		if l.opt.KeepExcluded {
			gross += aside
		}
		if l.excluded[key] {
			l.bridge.excludeCustomer(convert(gross))
			continue
		}
		traits := col[3].Ints[r]
		if gross == 0 {
			kind := traits >> 5 & 3
			if !(l.opt.KeepZero && kind == warehouse.KindZeroTotal || l.opt.KeepZeroLines && kind == warehouse.KindZeroLines) {
				l.bridge.ZeroOrders++
				if back != nil { // money back on an order without a price still left the shop
					l.excess(key, back, convert(back.merchandise))
				}
				continue
			}
		}
		var refund perennial.Money
		if back != nil {
			refund = back.merchandise
			if l.opt.KeepExcluded {
				refund += back.aside
			}
			l.noteDocuments(back)
			if refund > gross {
				// More than was paid: the rest stands alone on the customer.
				l.excess(key, back, convert(refund-gross))
				refund = gross
			}
			if refund == gross && gross > 0 && !l.opt.KeepRefunded {
				l.bridge.wholly(convert(gross))
				continue
			}
		}
		gross, refund = convert(gross), convert(refund)
		cost := convert(perennial.Money(col[7].Ints[r]))
		amount := gross
		switch l.opt.Money {
		case perennial.MoneyNet:
			amount -= refund
		case perennial.MoneyMargin:
			amount = l.margin(amount-refund, cost)
		}
		l.cost = l.cost || cost != 0
		l.bridge.purchase(gross, refund, l.margin(gross-refund, cost))
		o := order{
			customer: int32(key), day: int32(col[2].Ints[r]), gross: gross, amount: amount,
			discount: convert(perennial.Money(col[6].Ints[r])), quantity: float32(col[8].Floats[r]),
			traits: uint8(traits), refunded: refund > 0, category: -1, channel: -1,
		}
		if words {
			if c, ok := l.categories[col[9].Texts[r]]; ok {
				o.category = c
			}
			if c, ok := l.channels[col[10].Texts[r]]; ok {
				o.channel = c
			}
		}
		l.orders = append(l.orders, o)
		l.maxKey = max(l.maxKey, o.customer)
	}
	return nil
}

// margin makes the margin of net money: by its cost where the order carries one,
// else by the rate.
func (l *loader) margin(net, cost perennial.Money) perennial.Money {
	if cost == 0 && l.opt.MarginRate > 0 {
		return perennial.Money(math.RoundToEven(float64(net) * l.opt.MarginRate))
	}
	return net - cost
}

// excess notes money that went back beyond what an order had brought.
func (l *loader) excess(customer int64, back *orderRefund, amount perennial.Money) {
	if amount != 0 {
		l.loose = append(l.loose, looseRefund{customer, back.day, amount, back.documents[0]})
	}
}
