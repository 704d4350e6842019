package purchase

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"

	"perennial"
	"perennial/analyze/history"
	"perennial/internal/sqlfile"
	"perennial/store/warehouse"
)

// Where a warehouse answers questions about sequences itself, purchases do not
// leave it order by order: it makes the purchase days of every customer on the
// customer's shard and hands out one row a customer. Only orders that a refund
// touches come out, because refunds are settled one after another; what becomes of
// them goes back.

//go:embed inside/*.sql
var insideFiles embed.FS

var inside = loadInside()

// loadInside puts the statement that both sums and days are made from in its
// place.
func loadInside() map[string]sqlfile.Statement {
	sub, err := fs.Sub(insideFiles, "inside")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	out := sqlfile.MustLoad(sub)
	plain := out["plain_orders"].For("")
	fill := func(from, to, table string) {
		text := strings.NewReplacer("{plain_orders}", plain, "{table}", table).Replace(out[from].For(""))
		out[to] = sqlfile.Text(to, text)
	}
	fill("plain_sums", "plain_sums", "")
	fill("customer_days", "other_days", warehouse.TouchedDays.Name)
	fill("customer_days", "customer_days", warehouse.CustomerDays.Name)
	return out
}

// InsideStatements returns the statements that run only where sequences are
// answered inside.
func InsideStatements() map[string]sqlfile.Statement { return inside }

// Release forgets the purchase days of a run that Load left in the warehouse for
// questions about sequences; where sequences are streamed there are none.
func Release(ctx context.Context, w warehouse.Warehouse, run int64) error {
	if w.Dialect().Sequences != warehouse.Inside {
		return nil
	}
	return w.Exec(ctx, inside["drop_run"], warehouse.Args{"run": run})
}

// ReleaseAll forgets the purchase days of every run: those of analyses that were
// cut off. None may be under way.
func ReleaseAll(ctx context.Context, w warehouse.Warehouse) error {
	if w.Dialect().Sequences != warehouse.Inside {
		return nil
	}
	if err := w.Exec(ctx, inside["drop_all"], nil); err != nil {
		return err
	}
	return w.Exec(ctx, inside["drop_all_touched"], nil)
}

// noWord stands for an order without a word in a day's category and channel,
// where the least is the first.
const noWord = 127

// insideCurrency makes the purchase days of a currency where they are. Other
// currencies come before the one that is analysed, which gathers all.
func (l *loader) insideCurrency(c perennial.Currency, strays []int64, refunded map[int64]*orderRefund, convert func(perennial.Money) perennial.Money) error {
	run := l.opt.Run
	args := warehouse.Args{
		"batches": l.opt.Batches, "currency": string(c), "as_of": l.asOf.String(), "strays": strays,
	}
	if err := l.insideQuery("touched_orders", args, func(b *warehouse.Block) error { return l.take(b, refunded, convert) }); err != nil {
		return err
	}
	l.plainArgs(args, c)
	if err := l.plainSums(args); err != nil {
		return err
	}
	args["run"], args["touched"] = run, int64(0)
	if c != l.currencies[0] {
		l.gaveBack = true
		return l.insideExec("other_days", args)
	}
	if err := l.giveBack(run); err != nil {
		return err
	}
	args["touched"] = run
	if err := l.insideExec("customer_days", args); err != nil || !l.gaveBack {
		return err
	}
	return l.insideExec("drop_touched", warehouse.Args{"run": run})
}

func (l *loader) plainArgs(args warehouse.Args, c perennial.Currency) {
	flag := func(v bool) int64 {
		if v {
			return 1
		}
		return 0
	}
	excluded := make([]int64, 0, len(l.excluded))
	for key := range l.excluded {
		excluded = append(excluded, key)
	}
	slices.Sort(excluded)
	args["excluded"] = excluded
	args["keep_excluded"], args["keep_zero"], args["keep_zero_lines"] = flag(l.opt.KeepExcluded), flag(l.opt.KeepZero), flag(l.opt.KeepZeroLines)
	args["converted"], args["rate"] = flag(c != l.currencies[0]), l.rate(c)
	args["money"], args["margin"] = string(l.opt.Money), l.opt.MarginRate
	// The first place is that of orders without a word.
	args["categories"] = append([]string{""}, l.categoryNames...)
	args["channels"] = append([]string{""}, l.channelNames...)
}

// plainSums adds the plain orders to the bridge.
func (l *loader) plainSums(args warehouse.Args) error {
	return l.insideQuery("plain_sums", args, func(b *warehouse.Block) error {
		for r := range b.Len {
			at := func(column int) int64 { return b.Columns[column].Ints[r] }
			br := &l.bridge
			br.ExcludedOrders += at(0)
			br.ExcludedCustomers += perennial.Money(at(1))
			br.Paid -= perennial.Money(at(1))
			br.ZeroOrders += at(2)
			br.Orders += at(3)
			br.Gross += perennial.Money(at(4))
			br.Margin += perennial.Money(at(5))
			l.cost = l.cost || at(6) > 0
		}
		return nil
	})
}

// giveBack writes the purchases among the touched orders into the warehouse.
func (l *loader) giveBack(run int64) error {
	if len(l.orders) == 0 {
		return nil
	}
	slices.SortFunc(l.orders, func(a, b order) int {
		return cmp.Or(cmp.Compare(a.customer, b.customer), cmp.Compare(a.day, b.day))
	})
	w, err := l.w.Write(l.ctx, warehouse.TouchedDays)
	if err != nil {
		return err
	}
	const most = 1 << 16
	block := warehouse.NewBlock(warehouse.TouchedDays.Fields, min(len(l.orders), most))
	for i := range l.orders {
		o := &l.orders[i]
		hour := o.traits & 31
		err := block.Add(run, int64(o.customer), int64(o.day), int64(1), int64(o.gross), int64(o.amount), int64(o.discount),
			count(o.promoted()), count(o.refunded), count(hour >= 18), count(hour < 6), count(hour != 12), float64(o.quantity),
			place(o.category), place(o.channel), letter(o.category), letter(o.channel))
		if err == nil && (block.Len == most || i == len(l.orders)-1) {
			err = w.Append(l.ctx, block)
			block.Reset()
		}
		if err != nil {
			return errors.Join(err, w.Abort())
		}
	}
	l.orders, l.gaveBack = nil, true
	return w.Commit(l.ctx)
}

func count(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

func place(word int8) int64 {
	if word < 0 {
		return noWord
	}
	return int64(word)
}

// letter is how a word stands in a day's list of words: as one byte.
func letter(word int8) string {
	if word < 0 {
		return ""
	}
	return string([]byte{byte(word + 1)})
}

func (l *loader) insideQuery(name string, args warehouse.Args, yield func(*warehouse.Block) error) error {
	st := inside[name]
	st.Name = "purchase " + name
	return l.w.Partial(l.ctx, st, args, yield)
}

func (l *loader) insideExec(name string, args warehouse.Args) error {
	st := inside[name]
	st.Name = "purchase " + name
	return l.w.Exec(l.ctx, st, args)
}

// arrived is what came of the customers, in the order of arrival.
type arrived struct {
	keys          []int64
	ends          []int
	day, orders   []int32
	gross, amount []perennial.Money
	rows          []arrivedRow
}

// arrivedRow is a customer's habits and first purchase.
type arrivedRow struct {
	discount                                      perennial.Money
	discounted, refunded, evening, night, weekend int32
	quantity                                      float64
	opening                                       history.Opening
	categories, channels                          string // a byte an order: the word's place and 1
}

// insideHistory reads a run's customers into a History.
func (l *loader) insideHistory() (*history.History, Habits, error) {
	var in arrived
	timed := false
	err := l.insideQuery("customers", warehouse.Args{"run": l.opt.Run}, func(b *warehouse.Block) error {
		for r := range b.Len {
			more, err := in.take(b, r)
			if err != nil {
				return err
			}
			timed = timed || more
		}
		return nil
	})
	if err != nil {
		return nil, Habits{}, err
	}
	customers := len(in.keys)
	order := make([]int32, customers)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(in.keys[a], in.keys[b]) })
	h := &history.History{
		Currency: l.currencies[0], MoneyKind: l.opt.Money, First: l.first, Last: min(l.last, l.asOf), AsOf: l.asOf,
		Customers: make([]perennial.CustomerKey, customers), Offset: make([]int, customers+1),
		Categories: l.categoryNames, Channels: l.channelNames, Opening: make([]history.Opening, customers),
	}
	habits := newHabits(customers, l.categoryNames, l.channelNames)
	habits.Timed = timed
	for i, k := range order {
		h.Customers[i], h.Opening[i] = perennial.CustomerKey(in.keys[k]), in.rows[k].opening
		h.Offset[i+1] = h.Offset[i] + in.ends[k] - in.begin(k)
		habits.set(i, &in.rows[k])
	}
	in.rows = nil // each column is freed when it has been put in order
	h.Day = arrange[int32, perennial.Day](&in, order, &in.day)
	h.Orders = arrange[int32, int32](&in, order, &in.orders)
	h.Gross = arrange[perennial.Money, perennial.Money](&in, order, &in.gross)
	h.Amount = arrange[perennial.Money, perennial.Money](&in, order, &in.amount)
	return h, habits, nil
}

func (in *arrived) begin(k int32) int {
	if k == 0 {
		return 0
	}
	return in.ends[k-1]
}

// arrange puts a column into the order of customers.
func arrange[F, T ~int32 | ~int64](in *arrived, order []int32, column *[]F) []T {
	out := make([]T, 0, len(*column))
	for _, k := range order {
		for _, v := range (*column)[in.begin(k):in.ends[k]] {
			out = append(out, T(v))
		}
	}
	*column = nil
	return out
}

// take notes one customer; the days need not come in order.
func (in *arrived) take(b *warehouse.Block, r int) (timed bool, err error) {
	c := b.Columns
	if key := c[0].Ints[r]; key > math.MaxInt32 {
		return false, fmt.Errorf("customer key %d is beyond what an analysis can hold", key)
	}
	from, to := c[1].Range(r)
	for i := from; i < to; i++ {
		in.day = append(in.day, int32(c[1].Ints[i]))
		in.orders = append(in.orders, int32(c[2].Ints[i]))
		in.gross = append(in.gross, perennial.Money(c[3].Ints[i]))
		in.amount = append(in.amount, perennial.Money(c[4].Ints[i]))
	}
	begin := len(in.day) - (to - from)
	in.keys, in.ends = append(in.keys, c[0].Ints[r]), append(in.ends, len(in.day))
	in.sort(begin)
	row := arrivedRow{
		discount: perennial.Money(c[5].Ints[r]), discounted: int32(c[6].Ints[r]), refunded: int32(c[7].Ints[r]),
		evening: int32(c[8].Ints[r]), night: int32(c[9].Ints[r]), quantity: c[11].Floats[r],
		opening: history.Opening{
			Category: word(c[12].Ints[r]), Channel: word(c[13].Ints[r]), Promoted: c[14].Ints[r] != 0,
		},
		categories: c[15].Texts[r], channels: c[16].Texts[r],
	}
	for i := begin; i < len(in.day); i++ {
		if weekend(perennial.Day(in.day[i])) {
			row.weekend += in.orders[i]
		}
	}
	in.rows = append(in.rows, row)
	return c[10].Ints[r] > 0, nil
}

// sort puts the days from begin on in order; nearly all come so.
func (in *arrived) sort(begin int) {
	for i := begin + 1; i < len(in.day); i++ {
		for k := i; k > begin && in.day[k-1] > in.day[k]; k-- {
			in.day[k-1], in.day[k] = in.day[k], in.day[k-1]
			in.orders[k-1], in.orders[k] = in.orders[k], in.orders[k-1]
			in.gross[k-1], in.gross[k] = in.gross[k], in.gross[k-1]
			in.amount[k-1], in.amount[k] = in.amount[k], in.amount[k-1]
		}
	}
}

func word(place int64) int16 {
	if place == noWord {
		return -1
	}
	return int16(place)
}
