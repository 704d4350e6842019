package purchase_test

import (
	"context"
	"path/filepath"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/purchase"
	"perennial/analyze/sequence"
	"perennial/internal/sqlfile"
	"perennial/internal/testengine"
	"perennial/store/warehouse"
	"perennial/store/warehouse/clickhouse"
	"perennial/store/warehouse/duckdb"
	"perennial/store/warehouse/warehousetest"
)

const day0 = perennial.Day(20000)

// facts are random rows of all tables.
type facts struct{ orders, items, refunds, hidden, customers [][]any }

// draw makes facts of the batches base … base+2, of which the last is not live:
// orders at equal times, walk-ins, orders of value zero, unpaid ones, versions that
// are hidden; refunds that name an order, a product, nothing, somebody else's order
// or one that does not exist, of more than there was, before their order.
func draw(t *rapid.T, base int64) (f facts) {
	amount := rapid.SampledFrom([]int64{0, 0, 1, 250, 999, 1000, 12345})
	moment := func() (at, day, hour int64) {
		day = int64(day0) + int64(rapid.IntRange(0, 40).Draw(t, "day"))
		hour = rapid.SampledFrom([]int64{0, 5, 12, 18, 23}).Draw(t, "hour")
		return day*86_400_000_000 + hour*3_600_000_000, day, hour
	}
	n := rapid.IntRange(1, 30).Draw(t, "orders")
	customer := rapid.Int64Range(0, 6)
	product := rapid.SampledFrom([]string{"", "p", "q"})
	currency := rapid.SampledFrom([]string{"CNY", "CNY", "CNY", "USD"})
	for k := range n {
		key, batch := base*1000+int64(k), base+int64(rapid.IntRange(0, 2).Draw(t, "batch"))
		at, day, hour := moment()
		who, cur := customer.Draw(t, "customer"), currency.Draw(t, "currency")
		lines := rapid.IntRange(0, 3).Draw(t, "lines")
		gross, excluded := amount.Draw(t, "gross"), int64(0)
		if rapid.IntRange(0, 5).Draw(t, "aside") == 0 {
			excluded = 77
		}
		kind := int64(warehouse.KindSale)
		if gross == 0 {
			kind = rapid.SampledFrom([]int64{warehouse.KindSale, warehouse.KindZeroTotal, warehouse.KindZeroLines}).Draw(t, "kind")
		}
		f.orders = append(f.orders, []any{
			batch, key, "id", who, at, day, hour, rapid.SampledFrom([]int64{1, 1, 1, 2, 3}).Draw(t, "status"), kind, cur, gross, excluded,
			rapid.SampledFrom([]int64{0, 0, 30}).Draw(t, "discount"), rapid.SampledFrom([]int64{0, 0, 400}).Draw(t, "cost"),
			float64(rapid.IntRange(0, 6).Draw(t, "quantity")) / 2, int64(lines),
			rapid.SampledFrom([]string{"", "tea", "cups", "rare"}).Draw(t, "category"), rapid.SampledFrom([]string{"", "shop", "web"}).Draw(t, "channel"),
			"", int64(rapid.IntRange(0, 1).Draw(t, "promoted")), key, int64(0),
		})
		for line := range lines {
			f.items = append(f.items, []any{
				batch, key, who, at, int64(line), product.Draw(t, "product"), "", float64(rapid.IntRange(0, 3).Draw(t, "pieces")), gross, int64(0),
			})
		}
		if rapid.IntRange(0, 9).Draw(t, "hidden") == 0 {
			f.hidden = append(f.hidden, []any{key, batch, base + int64(rapid.IntRange(0, 2).Draw(t, "by"))})
		}
	}
	for k := range rapid.IntRange(0, 12).Draw(t, "refunds") {
		at, day, _ := moment()
		order := int64(0)
		if rapid.Bool().Draw(t, "names an order") {
			order = base*1000 + int64(rapid.IntRange(0, n+1).Draw(t, "order")) // or one that is not there
		}
		f.refunds = append(f.refunds, []any{
			base + int64(rapid.IntRange(0, 2).Draw(t, "batch")), base*1000 + 500 + int64(k), order, customer.Draw(t, "customer"), at, day,
			product.Draw(t, "product"), float64(rapid.IntRange(0, 4).Draw(t, "pieces")), rapid.SampledFrom([]int64{1, 250, 1000, 20000}).Draw(t, "amount"),
			int64(rapid.IntRange(0, 1).Draw(t, "aside")), currency.Draw(t, "currency"),
		})
	}
	for k := range rapid.IntRange(0, 4).Draw(t, "members") {
		f.customers = append(f.customers, []any{
			base + int64(rapid.IntRange(0, 2).Draw(t, "batch")), int64(k + 1), rapid.SampledFrom([]int64{warehouse.NoDay, int64(day0) - 9, int64(day0) + 9}).Draw(t, "joined"),
			"", "", "", "", int64(0), int64(rapid.IntRange(0, 1).Draw(t, "excluded")),
		})
	}
	return f
}

func (f *facts) write(t *testing.T, w warehouse.Warehouse) {
	for _, part := range []struct {
		table warehouse.Table
		rows  [][]any
	}{
		{warehouse.Orders, f.orders}, {warehouse.OrderItems, f.items}, {warehouse.Refunds, f.refunds},
		{warehouse.Hidden, f.hidden}, {warehouse.Customers, f.customers},
	} {
		if len(part.rows) > 0 {
			warehousetest.Fill(t, w, part.table, part.rows)
		}
	}
}

func drawOptions(t *rapid.T, base int64) purchase.Options {
	opt := purchase.Options{
		Batches: []int64{base, base + 1}, AsOf: history.NoDay,
		Money:        rapid.SampledFrom([]perennial.MoneyKind{perennial.MoneyGross, perennial.MoneyNet, perennial.MoneyMargin}).Draw(t, "money"),
		KeepZero:     rapid.Bool().Draw(t, "keep zero"),
		KeepRefunded: rapid.Bool().Draw(t, "keep refunded"), KeepZeroLines: rapid.Bool().Draw(t, "keep zero lines"), KeepExcluded: rapid.Bool().Draw(t, "keep excluded"),
		Currency: "CNY", Rates: map[perennial.Currency]float64{"USD": 7.1234},
		MarginRate: rapid.SampledFrom([]float64{0, 0.355}).Draw(t, "margin"),
	}
	if rapid.Bool().Draw(t, "as of") {
		opt.AsOf = day0 + perennial.Day(rapid.IntRange(0, 40).Draw(t, "day"))
	}
	if rapid.Bool().Draw(t, "exclude") {
		opt.Exclude = []perennial.CustomerKey{2, 5}
	}
	return opt
}

// Purchases made on the shards are those that a loop makes of streamed orders.
func TestLoadInside(t *testing.T) {
	ctx := t.Context()
	duck, err := duckdb.Open(ctx, duckdb.Options{Path: filepath.Join(t.TempDir(), "w.duckdb"), MemoryMB: 256, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	house, err := clickhouse.Open(ctx, clickhouse.Options{URL: testengine.ClickHouse(t, 2).URL("purchases")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := duck.Close(); err != nil {
			t.Error(err)
		}
		if err := house.Close(); err != nil {
			t.Error(err)
		}
	})
	base := int64(1)
	testengine.Fewer(t)
	rapid.Check(t, func(rt *rapid.T) {
		base += 10
		f := draw(rt, base)
		f.write(t, duck)
		f.write(t, house)
		opt := drawOptions(rt, base)
		want, wantErr := purchase.Load(ctx, duck, opt)
		got, gotErr := purchase.Load(ctx, house, opt)
		if perennial.CodeOf(wantErr) != perennial.CodeOf(gotErr) || (wantErr == nil) != (gotErr == nil) {
			rt.Fatalf("streamed %v, inside %v", wantErr, gotErr)
		}
		if wantErr != nil {
			return
		}
		for _, part := range []struct {
			name      string
			want, got any
		}{
			{"history", want.History, got.History}, {"bridge", want.Bridge, got.Bridge}, {"habits", want.Habits, got.Habits},
			{"all", withoutParts(want), withoutParts(got)},
		} {
			if !reflect.DeepEqual(part.want, part.got) {
				rt.Fatalf("%s: streamed\n%+v\ninside\n%+v", part.name, part.want, part.got)
			}
		}
	})
}

func withoutParts(l *purchase.Loaded) purchase.Loaded {
	out := *l
	out.History, out.Bridge, out.Habits = nil, purchase.Bridge{}, purchase.Habits{}
	return out
}

// Release leaves nothing of a run, and one run does not touch another's days.
func TestRunsStayApart(t *testing.T) {
	ctx := t.Context()
	w, err := clickhouse.Open(ctx, clickhouse.Options{URL: testengine.ClickHouse(t, 2).URL("runs")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}()
	var orders [][]any
	for k := range int64(20) {
		orders = append(orders, []any{
			int64(1), k + 1, "id", k%5 + 1, (int64(day0) + k) * 86_400_000_000, int64(day0) + k, int64(12), int64(1), int64(0), "CNY", int64(100), int64(0),
			int64(0), int64(0), 1.0, int64(1), "", "", "", int64(0), int64(0), int64(0),
		})
	}
	warehousetest.Fill(t, w, warehouse.Orders, orders)
	for run := range int64(2) {
		if _, err := purchase.Load(ctx, w, purchase.Options{Batches: []int64{1}, AsOf: history.NoDay, Money: perennial.MoneyNet, Run: run + 1}); err != nil {
			t.Fatal(err)
		}
	}
	left := func() int64 {
		return warehousetest.Rows(t, w, "select toInt64(count()) from purchases", nil)[0][0].(int64)
	}
	if n := left(); n != 40 {
		t.Fatalf("%d purchase days of two runs", n)
	}
	if err := purchase.Release(ctx, w, 1); err != nil || left() != 20 {
		t.Errorf("%d purchase days after one was released, %v", left(), err)
	}
	if err := purchase.ReleaseAll(ctx, w); err != nil || left() != 0 {
		t.Errorf("%d purchase days after all were, %v", left(), err)
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := purchase.Load(canceled, w, purchase.Options{Batches: []int64{1}, AsOf: history.NoDay}); err == nil {
		t.Error("a cancelled load went on")
	}
	for _, list := range []map[string]sqlfile.Statement{purchase.InsideStatements(), sequence.Statements()} {
		for name, st := range list {
			if err := w.Prepare(ctx, st); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
