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

// Where a warehouse answers questions about sequences itself, orders do not leave
// it one by one: it tells the purchases among them on the customer's shard, where
// they stay for questions, and hands out one row a customer. Only orders that a refund
// touches come out, because refunds are settled one after another; what becomes of
// them goes back.

//go:embed inside/*.sql
var insideFiles embed.FS

var inside = loadInside()

// loadInside puts the statement from which both sums and purchases are made in its
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
	fill("purchases", "other_purchases", warehouse.Touched.Name)
	fill("purchases", "purchases", warehouse.Purchases.Name)
	return out
}

// InsideStatements returns the statements that run only where sequences are
// answered inside.
func InsideStatements() map[string]sqlfile.Statement { return inside }

// Release forgets the purchases of a run that Load left in the warehouse for
// questions about sequences; where sequences are streamed there are none.
func Release(ctx context.Context, w warehouse.Warehouse, run int64) error {
	if w.Dialect().Sequences != warehouse.Inside {
		return nil
	}
	return w.Exec(ctx, inside["drop_run"], warehouse.Args{"run": run})
}

// ReleaseAll forgets the purchases of every run: those of analyses that were
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

// insideCurrency makes the purchases of a currency where they are. Other
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
	args["run"] = run
	if c != l.currencies[0] {
		l.gaveBack = true
		return l.insideExec("other_purchases", args)
	}
	if err := l.giveBack(run); err != nil {
		return err
	}
	if err := l.insideExec("purchases", args); err != nil || !l.gaveBack {
		return err
	}
	args = warehouse.Args{"run": run}
	if err := l.insideExec("gather_touched", args); err != nil {
		return err
	}
	return l.insideExec("drop_touched", args)
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
	w, err := l.w.Write(l.ctx, warehouse.Touched)
	if err != nil {
		return err
	}
	const most = 1 << 16
	block := warehouse.NewBlock(warehouse.Touched.Fields, min(len(l.orders), most))
	for i := range l.orders {
		o := &l.orders[i]
		err := block.Add(run, int64(o.customer), int64(o.day), int64(o.gross), int64(o.amount), int64(o.discount), float64(o.quantity), packed(o))
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

// packed is an order's traits as the table has them.
func packed(o *order) int64 {
	out := int64(o.traits&31) + 256*int64(o.category+1) + 65536*int64(o.channel+1)
	if o.promoted() {
		out += 32
	}
	if o.refunded {
		out += 64
	}
	return out
}

func unpack(o *order, traits int64) {
	o.traits = uint8(traits&31) | uint8(traits>>5&1)<<7
	o.refunded = traits>>6&1 == 1
	o.category, o.channel = int8(traits>>8&255)-1, int8(traits>>16)-1
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
	customers     []arrivedCustomer
	day, traits   []int32 // of each purchase
	gross, amount []perennial.Money
}

type arrivedCustomer struct {
	key       int32
	from, end int
	discount  perennial.Money
	quantity  float64
}

// insideHistory reads a run's customers into a History.
func (l *loader) insideHistory() (*history.History, Habits, error) {
	var in arrived
	if err := l.insideQuery("customers", warehouse.Args{"run": l.opt.Run}, in.take); err != nil {
		return nil, Habits{}, err
	}
	slices.SortFunc(in.customers, func(a, b arrivedCustomer) int { return cmp.Compare(a.key, b.key) })
	h, habits := l.empty(len(in.customers), len(in.day))
	var mine []order
	for i, c := range in.customers {
		mine = mine[:0]
		for k := c.from; k < c.end; k++ {
			o := order{customer: c.key, day: in.day[k], gross: in.gross[k], amount: in.amount[k]}
			unpack(&o, int64(in.traits[k]))
			mine = append(mine, o)
		}
		addCustomer(h, &habits, perennial.CustomerKey(c.key), mine)
		habits.Discount[i], habits.Quantity[i] = c.discount, c.quantity
		habits.Counted = habits.Counted || c.quantity > 0
	}
	h.Offset = append(h.Offset, len(h.Day))
	return h, habits, nil
}

func (in *arrived) take(b *warehouse.Block) error {
	c := b.Columns
	for _, v := range c[1].Ints {
		in.day = append(in.day, int32(v))
	}
	for _, v := range c[2].Ints {
		in.gross = append(in.gross, perennial.Money(v))
	}
	for _, v := range c[3].Ints {
		in.amount = append(in.amount, perennial.Money(v))
	}
	for _, v := range c[4].Ints {
		in.traits = append(in.traits, int32(v))
	}
	begin := len(in.day) - len(c[1].Ints)
	for r := range b.Len {
		key := c[0].Ints[r]
		if key > math.MaxInt32 {
			return fmt.Errorf("customer key %d is beyond what an analysis can hold", key)
		}
		from, end := c[1].Range(r)
		in.customers = append(in.customers, arrivedCustomer{
			key: int32(key), from: begin + from, end: begin + end, discount: perennial.Money(c[5].Ints[r]), quantity: c[6].Floats[r],
		})
	}
	return nil
}
