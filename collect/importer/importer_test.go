package importer_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/purchase"
	"perennial/app"
	"perennial/collect/importer"
	"perennial/collect/importer/mapping"
	"perennial/config"
	"perennial/internal/testengine"
	"perennial/store/catalog"
	"perennial/store/state"
	"perennial/store/warehouse"
	"perennial/store/warehouse/warehousetest"
)

// crashTable is a table whose batch column comes last, for faking leftovers.
var crashTable = warehouse.Hidden

var now = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// shop is an installation with one workspace for a test.
type shop struct {
	t   *testing.T
	app *app.App
	dir string
	cfg config.Config
	n   int
}

// cluster is the ClickHouse of the tests that TestOnClickHouse runs again; nil for
// DuckDB.
var cluster *testengine.Cluster

// TestOnClickHouse runs every test of what is stored on two shards.
func TestOnClickHouse(t *testing.T) {
	cluster = testengine.ClickHouse(t, 2)
	defer func() { cluster = nil }()
	for name, f := range map[string]func(*testing.T){
		"ReimportsAreVersions":                  TestReimportsAreVersions,
		"UndoKeepsWhatALaterImportBroughtAgain": TestUndoKeepsWhatALaterImportBroughtAgain,
		"LinesOrOrders":                         TestLinesOrOrders,
		"Refunds":                               TestRefunds,
		"LinesLieBesideTheirOrder":              TestLinesLieBesideTheirOrder,
		"ARefundCountsFromItsDay":               TestARefundCountsFromItsDay,
		"StatusZeroExcludedUnattributed":        TestStatusZeroExcludedUnattributed,
		"Repeats":                               TestRepeats,
		"RefusedRowsAddUpAndAreMasked":          TestRefusedRowsAddUpAndAreMasked,
		"NothingPersonalInTheWarehouse":         TestNothingPersonalInTheWarehouse,
		"MembersAndProducts":                    TestMembersAndProducts,
		"CurrenciesAreKeptApart":                TestCurrenciesAreKeptApart,
		"AnImportIsWholeOrAbsent":               TestAnImportIsWholeOrAbsent,
		"DryRunStoresNothing":                   TestDryRunStoresNothing,
		"DatesInTwoOrders":                      TestDatesInTwoOrders,
	} {
		t.Run(name, f)
	}
}

func newShop(t *testing.T) *shop {
	t.Helper()
	dir := t.TempDir()
	cfg := config.Default()
	if cluster != nil {
		h := fnv.New64()
		h.Write([]byte(dir))
		cfg.Warehouse.URL = cluster.URL(fmt.Sprintf("shop%x", h.Sum64()))
	}
	a, err := app.Open(t.Context(), app.Options{Dir: dir, Config: cfg, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{t: t, app: a, dir: dir, cfg: cfg}
	t.Cleanup(func() {
		if err := s.app.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *shop) try(content string, req importer.Request) (*importer.Report, error) {
	s.t.Helper()
	s.n++
	path := filepath.Join(s.dir, "orders.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if req.Kind == "" {
		req.Kind = mapping.Orders
	}
	req.Path = path
	report, _, _, err := s.app.Import(s.t.Context(), app.ImportOptions{Request: req, Workspace: "w"})
	return report, err
}

func (s *shop) take(content string) *importer.Report {
	s.t.Helper()
	report, err := s.try(content, importer.Request{})
	if err != nil {
		s.t.Fatal(err)
	}
	return report
}

// undo takes an import back and wants what stays of it.
func (s *shop) undo(id int64, stays ...importer.Stay) {
	s.t.Helper()
	undone, err := s.app.Undo(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	if !slices.Equal(undone.Stays, stays) {
		s.t.Errorf("of import %d stays %v, want %v", id, undone.Stays, stays)
	}
}

func (s *shop) load(change func(*purchase.Options)) *purchase.Loaded {
	s.t.Helper()
	l, err := s.tryLoad(change)
	if err != nil {
		s.t.Fatal(err)
	}
	return l
}

func (s *shop) tryLoad(change func(*purchase.Options)) (*purchase.Loaded, error) {
	s.t.Helper()
	ctx := s.t.Context()
	ws, err := s.app.Catalog.Workspace(ctx, "w")
	if err != nil {
		return nil, err
	}
	w, err := s.app.Warehouse(ctx, ws)
	if err != nil {
		return nil, err
	}
	opt := purchase.Options{AsOf: history.NoDay, Money: perennial.MoneyNet}
	if opt.Batches, err = s.app.Catalog.Live(ctx, ws.ID); err != nil {
		return nil, err
	}
	if change != nil {
		change(&opt)
	}
	return purchase.Load(ctx, w, opt)
}

// money returns the net money of all purchases and their number.
func (s *shop) money() (perennial.Money, int64) {
	s.t.Helper()
	l, err := s.tryLoad(nil)
	if perennial.CodeOf(err) == "analyze.no_orders" {
		return 0, 0
	}
	if err != nil {
		s.t.Fatal(err)
	}
	var sum perennial.Money
	for _, m := range l.Amount {
		sum += m
	}
	return sum, l.Orders
}

func (s *shop) wantMoney(when string, sum perennial.Money, orders int64) {
	s.t.Helper()
	if m, n := s.money(); m != sum || n != orders {
		s.t.Errorf("%s: %d in %d orders, want %d in %d", when, m, n, sum, orders)
	}
}

const head = "order_id,customer_id,order_date,total\n"

func TestReimportsAreVersions(t *testing.T) {
	s := newShop(t)
	a := s.take(head + "1,c1,2026-01-01,10.00\n2,c2,2026-01-02,20.00\n")
	s.wantMoney("first", 3000, 2)
	b := s.take(head + "1,c1,2026-01-01,10.00\n2,c2,2026-01-02,25.00\n3,c1,2026-01-03,1.00\n")
	if c := b.Counts; c.Duplicate != 1 || c.Accepted != 2 || c.DocumentsChanged != 1 || c.Documents != 2 {
		t.Errorf("counts %+v", c)
	}
	s.wantMoney("second", 3600, 3)
	c := s.take(head + "2,c2,2026-01-02,5.00\n")
	s.wantMoney("third", 1600, 3)
	s.undo(b.Import.ID, importer.Stay{Import: a.Import.ID, File: "orders.csv", Orders: 1})
	s.wantMoney("without the second", 1500, 2)
	s.undo(c.Import.ID)
	s.wantMoney("only the first", 3000, 2)
	if _, err := s.app.Undo(t.Context(), c.Import.ID); perennial.CodeOf(err) != "import.not_done" {
		t.Errorf("undone twice: %v", err)
	}
	s.undo(a.Import.ID)
	s.wantMoney("nothing", 0, 0)
	s.take(head + "1,c1,2026-01-01,10.00\n")
	s.wantMoney("again", 1000, 1)
}

func TestUndoKeepsWhatALaterImportBroughtAgain(t *testing.T) {
	s := newShop(t)
	lines := "order_id,customer_id,order_date,product_id,quantity,unit_price\n"
	a := s.take(lines + "1,c1,2026-01-01,p,2,5.00\n1,c1,2026-01-01,q,1,1.00\n2,c2,2026-01-02,p,1,5.00\n")
	b := s.take(lines + "1,c1,2026-01-01,q,1,1.00\n1,c1,2026-01-01,p,2,5.00\n")
	c := s.take(lines + "1,c1,2026-01-01,p,2,5.00\n1,c1,2026-01-01,q,1,1.00\n")
	if b.Counts.Duplicate != 2 || c.Counts.Duplicate != 2 || b.Counts.Documents != 0 {
		t.Errorf("counts %+v %+v", b.Counts, c.Counts)
	}
	s.wantMoney("all", 1600, 2)
	s.undo(a.Import.ID, importer.Stay{Import: b.Import.ID, File: "orders.csv", Orders: 1})
	s.wantMoney("order 1 belongs to the second import too", 1100, 1)
	s.undo(b.Import.ID, importer.Stay{Import: c.Import.ID, File: "orders.csv", Orders: 1})
	s.wantMoney("and to the third", 1100, 1)
	d := s.take(lines + "1,c1,2026-01-01,p,3,5.00\n")
	s.wantMoney("replaced", 1500, 1)
	e := s.take(lines + "1,c1,2026-01-01,p,3,5.00\n3,c1,2026-01-03,p,1,5.00\n")
	s.undo(c.Import.ID)
	s.wantMoney("the replacement stands", 2000, 2)
	s.undo(e.Import.ID, importer.Stay{Import: d.Import.ID, File: "orders.csv", Orders: 1})
	s.wantMoney("what an earlier import holds is not the later one's to take", 1500, 1)
	s.undo(d.Import.ID)
	s.wantMoney("nothing", 0, 0)
}

func TestLinesOrOrders(t *testing.T) {
	s := newShop(t)
	// A total is never multiplied by a quantity, a line always is.
	r := s.take("order_id,customer_id,order_date,quantity,total\n1,c1,2026-01-01,3,10.00\n")
	if r.Rows != "orders" {
		t.Errorf("rows are %s", r.Rows)
	}
	s.wantMoney("total", 1000, 1)
	s.undo(r.Import.ID)
	r = s.take("order_id,customer_id,order_date,product,quantity,unit price\n1,c1,2026-01-01,a,3,0.125\n1,c1,2026-01-01,b,1,0.135\n")
	if r.Rows != "lines" {
		t.Errorf("rows are %s", r.Rows)
	}
	s.wantMoney("0.375 and 0.135, each rounded once, half to even", 38+14, 1)
}

func TestRefunds(t *testing.T) {
	const lines = "order_id,customer_id,order_date,product_id,quantity,unit_price\n"
	for name, c := range map[string]struct {
		file   string
		money  perennial.Money
		orders int64
		docs   int64
	}{
		"beside the order":              {"order_id,customer_id,order_date,total,Refunded Amount\n1,c,2026-01-01,10.00,4.00\n", 600, 1, 1},
		"wholly refunded":               {"order_id,customer_id,order_date,total,Refunded Amount\n1,c,2026-01-01,10.00,10.00\n2,c,2026-01-02,1.00,0\n", 100, 1, 1},
		"by name":                       {lines + "536,c,2026-01-01,p,2,5.00\nC536,c,2026-01-05,zzz,-1,3.00\n", 700, 1, 1},
		"by product, the latest first":  {lines + "1,c,2026-01-01,p,1,5.00\n2,c,2026-01-02,p,1,6.00\nC9,c,2026-01-03,p,-1,6.00\n", 500, 1, 1},
		"not by a later line":           {lines + "1,c,2026-01-01,q,1,9.00\nC9,c,2026-01-03,p,-1,6.00\n2,c,2026-01-04,p,1,6.00\n", 1500, 2, 1},
		"over two lines":                {lines + "1,c,2026-01-01,p,2,5.00\n2,c,2026-01-02,p,1,5.00\nC9,c,2026-01-03,p,-2,5.00\n", 500, 1, 1},
		"a positive row with a C":       {lines + "C7,c,2026-01-01,p,1,5.00\n", 500, 1, 0},
		"a positive C beside its order": {lines + "7,c,2026-01-01,p,2,5.00\nC7,c,2026-01-02,p,1,5.00\n", 500, 1, 1},
		"a negative line in its order":  {lines + "7,c,2026-01-01,p,2,5.00\n7,c,2026-01-01,p,-1,5.00\n", 500, 1, 1},
		"a status that says so":         {"order_id,customer_id,order_date,total,status\n1,c,2026-01-01,10.00,refunded\n2,c,2026-01-02,1.00,paid\n", 100, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			if r := s.take(c.file); r.Counts.Refused != 0 {
				t.Errorf("refused %+v", r.Refusals)
			}
			l := s.load(nil)
			var sum perennial.Money
			for _, m := range l.Amount {
				sum += m
			}
			if sum != c.money || l.Orders != c.orders || l.Refunds != c.docs {
				t.Errorf("%d in %d orders, %d refunds; want %d in %d, %d", sum, l.Orders, l.Refunds, c.money, c.orders, c.docs)
			}
			// Whatever the refunds, the bridge holds.
			b := l.Bridge
			if b.All-b.Unpaid-b.Aside-b.WalkIn-b.ExcludedCustomers != b.Gross {
				t.Errorf("the bridge does not add up: %+v", b)
			}
		})
	}
}

func TestARefundCountsFromItsDay(t *testing.T) {
	s := newShop(t)
	s.take("order_id,customer_id,order_date,product_id,quantity,unit_price\n1,c,2026-01-01,p,1,5.00\nC2,c,2026-02-01,p,-1,5.00\n2,d,2026-01-01,p,1,1.00\n")
	day := func(d perennial.Day) func(*purchase.Options) { return func(o *purchase.Options) { o.AsOf = d } }
	if l := s.load(day(perennial.DayOf(2026, 1, 31))); l.Orders != 2 {
		t.Errorf("before the refund: %d orders", l.Orders)
	}
	if l := s.load(day(perennial.DayOf(2026, 2, 1))); l.Orders != 1 || l.Bridge.WhollyOrders != 1 {
		t.Errorf("after: %d orders", l.Orders)
	}
	if l := s.load(func(o *purchase.Options) { o.KeepRefunded = true }); l.Orders != 2 {
		t.Errorf("textbook: %d orders", l.Orders)
	}
}

func TestStatusZeroExcludedUnattributed(t *testing.T) {
	s := newShop(t)
	r := s.take("订单编号,会员卡号,下单时间,商品编码,商品名称,数量,单价,订单状态\n" +
		"1,007,2026-01-01 08:00,A,面霜,1,100.00,交易成功\n" +
		"1,007,2026-01-01 08:00,Y,运费,1,10.00,交易成功\n" +
		"2,007,2026-01-02 08:00,A,面霜,1,100.00,等待买家付款\n" +
		"3,,2026-01-02 08:00,A,面霜,1,70.00,交易成功\n" +
		"4,008,2026-01-02 08:00,S,试用装,1,0.00,交易成功\n" +
		"5,7,2026-01-02 08:00,A,面霜,1,30.00,待评审\n")
	c := r.Counts
	if c.Unpaid != 1 || c.Unattributed != 1 || c.Excluded != 1 || c.Refused != 1 || len(r.Unknown) != 1 || r.Unknown[0].Word != "待评审" {
		t.Errorf("counts %+v, unknown %v, refusals %v", c, r.Unknown, r.Refusals)
	}
	l := s.load(nil)
	b := l.Bridge
	if l.Orders != 1 || l.Len() != 1 || b.Gross != 10000 || b.Aside != 1000 || b.Unpaid != 10000 || b.WalkIn != 7000 || b.ZeroOrders != 1 || b.All != 28000 {
		t.Errorf("%d orders of %d customers, bridge %+v", l.Orders, l.Len(), b)
	}
	if l.AsOf.String() != "2026-01-02" {
		t.Errorf("as of %s", l.AsOf)
	}
}

func TestRepeats(t *testing.T) {
	s := newShop(t)
	r := s.take(head + "1,c,2026-01-01,5.00\n1,c,2026-01-01,5.00\n")
	if c := r.Counts; c.Accepted != 1 || c.Duplicate != 1 || c.RepeatsDropped != 1 {
		t.Errorf("orders: %+v", c)
	}
	lines := "order_id,customer_id,order_date,product_id,quantity,unit_price\n2,c,2026-01-01,p,1,5.00\n2,c,2026-01-01,p,1,5.00\n"
	r = s.take(lines)
	if c := r.Counts; c.Accepted != 2 || c.Repeated != 1 {
		t.Errorf("lines: %+v", c)
	}
	s.wantMoney("both", 1500, 2)
	r, err := s.try(strings.ReplaceAll(lines, "\n2", "\n3"), importer.Request{Repeats: importer.RepeatsDrop})
	if err != nil || r.Counts.RepeatsDropped != 1 {
		t.Errorf("dropped on request: %+v, %v", r, err)
	}
}

// Ids that a spreadsheet destroyed are counted over the whole file, by column, and
// not over the rows that were looked at to find out what columns mean.
func TestRuinedIDsAreCountedInTheWholeFile(t *testing.T) {
	s := newShop(t)
	var b strings.Builder
	b.WriteString("order_id,customer_id,order_date,total\n")
	for i := range 6000 {
		order, customer := fmt.Sprint("A", i), fmt.Sprint("c", i%50)
		if i%4 == 3 {
			order = "1.23457E+17"
		} else if i >= 5000 && i%4 == 1 {
			customer = "6.9E+12"
		}
		fmt.Fprintf(&b, "%s,%s,2026-01-01,5.00\n", order, customer)
	}
	r := s.take(b.String())
	var said []string
	for _, n := range r.Notes {
		if strings.Contains(n.ZH, "科学计数法") {
			said = append(said, n.EN)
		}
	}
	if r.Counts.Refused != 1750 || len(said) != 2 || !strings.Contains(said[0], `"order_id"`) || !strings.Contains(said[0], "1,500") ||
		!strings.Contains(said[1], `"customer_id"`) || !strings.Contains(said[1], "250") {
		t.Errorf("refused %d; %q", r.Counts.Refused, said)
	}
}

func TestRefusedRowsAddUpAndAreMasked(t *testing.T) {
	s := newShop(t)
	r := s.take("order_id,customer_id,phone,order_date,total\n" +
		"1,c1,19900001111,2026-01-01,5.00\n" +
		"2,c1,19900001111,2026-13-01,5.00\n" +
		"3,c1,19900001111,2026-01-01,NaN\n" +
		"4,138****8000,19900001111,2026-01-01,5.00\n" +
		"1.23457E+17,c1,19900001111,2026-01-01,5.00\n" +
		"6,c1,19900001111,2027-01-01,5.00\n" +
		"7,c1,19900001111,2026-01-01,99999999999999999999\n" +
		"8,c1,19900001111,2026-01-01,5.00\n8,c2,19900001112,2026-01-01,5.00\n" +
		",c1,19900001111,2026-01-01,5.00\n")
	if c := r.Counts; c.Read != 10 || c.Accepted != 1 || c.Refused != 9 {
		t.Errorf("counts %+v", c)
	}
	codes := map[int]string{}
	for _, f := range r.Refusals {
		codes[f.Line] = f.Code
		if strings.Contains(f.Value, "1990000") || strings.Contains(f.Value, "c1") && f.Code != "order.two_customers" {
			t.Errorf("line %d shows %q", f.Line, f.Value)
		}
		if f.Reason.ZH == "" || f.Reason.EN == "" || f.Hint.ZH == "" || f.Hint.EN == "" {
			t.Errorf("line %d lacks words: %+v", f.Line, f)
		}
	}
	for line, code := range map[int]string{5: "id.masked", 6: "id.ruined", 7: "order.future", 9: "order.two_customers", 10: "order.two_customers", 11: "order.no_id"} {
		if codes[line] != code {
			t.Errorf("line %d: %q, want %q", line, codes[line], code)
		}
	}
	b, err := os.ReadFile(r.RefusalsFile)
	if err != nil || strings.Count(string(b), "\n") != 10 || !strings.HasPrefix(string(b), "\ufeff") {
		t.Errorf("refusals file: %q, %v", b, err)
	}
	stored, err := s.app.Catalog.Refusals(t.Context(), r.Import.ID)
	if err != nil || !reflect.DeepEqual(stored, r.Refusals) {
		t.Errorf("quarantine differs: %v", err)
	}
}

func TestNothingPersonalInTheWarehouse(t *testing.T) {
	s := newShop(t)
	s.take("order_id,customer_id,customer name,phone,email,order_date,total\n1,CARD4711,张三丰,19900001111,zhang@example.com,2026-01-01,5.00\n")
	if _, err := s.try("会员卡号,姓名,手机号,入会日期\nCARD4711,张三丰,19900001111,2025-05-05\n", importer.Request{Kind: mapping.Customers}); err != nil {
		t.Fatal(err)
	}
	if err := s.app.Close(); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(s.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Base(path) == "orders.csv" {
			return err
		}
		b, err := os.ReadFile(path)
		for _, secret := range []string{"CARD4711", "张三丰", "19900001111", "zhang@example"} {
			if strings.Contains(string(b), secret) {
				t.Errorf("%s holds %s", path, secret)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMembersAndProducts(t *testing.T) {
	s := newShop(t)
	s.take("order_id,phone,order_date,total\n1,19900001111,2026-01-01,5.00\n2,19900002222,2026-01-02,7.00\n3,19900002222,2026-01-03,7.00\n")
	r, err := s.try("会员卡号,姓名,手机号,入会日期,是否排除\nA1,甲,19900001111,2025-05-05,否\nA2,乙,19900002222,2025-06-06,是\nA3,丙,19900003333,2025-06-06,否\n",
		importer.Request{Kind: mapping.Customers})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v %+v", r.Counts, r.Mapping.Columns)
	l := s.load(nil)
	if l.Len() != 2 && l.Len() != 1 {
		t.Errorf("%d customers", l.Len())
	}
	if _, err := s.try("商品编码,商品名称,一级类目,成本价\nP1,面霜,护肤,30\nP1,面霜,护肤,31\n", importer.Request{Kind: mapping.Products}); err != nil {
		t.Fatal(err)
	}
}

func TestCurrenciesAreKeptApart(t *testing.T) {
	s := newShop(t)
	s.take("order_id,customer_id,order_date,total,currency\n1,c,2026-01-01,10.00,CNY\n2,c,2026-01-02,20.00,CNY\n3,c,2026-01-03,3.00,USD\n4,d,2026-01-03,300,JPY\n")
	if _, err := s.tryLoad(nil); perennial.CodeOf(err) != "analyze.mixed_currencies" {
		t.Errorf("added up: %v", err)
	}
	l := s.load(func(o *purchase.Options) { o.Currency = "CNY" })
	if l.Bridge.Gross != 3000 {
		t.Errorf("yuan alone: %d", l.Bridge.Gross)
	}
	l = s.load(func(o *purchase.Options) {
		o.Currency, o.Rates = "CNY", map[perennial.Currency]float64{"USD": 7, "JPY": 0.05}
	})
	if l.Bridge.Gross != 3000+2100+1500 {
		t.Errorf("converted: %d", l.Bridge.Gross)
	}
}

// A stopped import, at whatever point, leaves no row and no person; a crashed one
// is cleared away when the directory is opened next.
func TestAnImportIsWholeOrAbsent(t *testing.T) {
	s := newShop(t)
	s.take(head + "1,c1,2026-01-01,10.00\n")
	ctx := t.Context()
	ws, err := s.app.Catalog.Workspace(ctx, "w")
	if err != nil {
		t.Fatal(err)
	}
	var big strings.Builder
	big.WriteString("order_id,customer_id,order_date,product_id,quantity,unit_price\n")
	for i := range 20_000 {
		big.WriteString(strings.Repeat("9", 1+i%3) + string(rune('a'+i%26)) + ",x" + string(rune('a'+i%26)) + ",2026-01-01,p,1,1.00\n")
	}
	path := filepath.Join(s.dir, "big.csv")
	if err := os.WriteFile(path, []byte(big.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := func() map[string]int64 {
		w, err := s.app.Warehouse(ctx, ws)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]int64{}
		for _, table := range []string{"orders", "order_items", "refunds", "hidden", "claims", "products"} {
			out[table] = warehousetest.Rows(t, w, "select cast(count(*) as bigint) as n from "+table, nil)[0][0].(int64)
		}
		return out
	}
	before := rows()
	for after := range int64(2) {
		stopped, stop := context.WithCancel(ctx)
		im, err := s.app.Importer(ctx, ws)
		if err != nil {
			t.Fatal(err)
		}
		p, err := im.Prepare(ctx, importer.Request{Kind: mapping.Orders, Path: path})
		if err != nil {
			t.Fatal(err)
		}
		open := im.People
		im.People = func(ctx context.Context, ws perennial.Workspace) (importer.People, error) {
			people, err := open(ctx, ws)
			return &stopping{people, after, stop}, err
		}
		if _, err = im.Run(stopped, p, ws); perennial.CodeOf(err) != "cancelled" {
			t.Errorf("stopped after %d: %v", after, err)
		}
		stop()
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if got := rows(); !reflect.DeepEqual(got, before) {
			t.Errorf("stopped after %d: %v, before %v", after, got, before)
		}
	}
	s.wantMoney("after the stops", 1000, 1)

	// A crash: rows are there, nothing was cleared away.
	in, err := s.app.Catalog.BeginImport(ctx, catalog.Import{Workspace: ws.ID, Kind: "orders", File: "crash.csv"})
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.app.Warehouse(ctx, ws)
	if err != nil {
		t.Fatal(err)
	}
	warehousetest.Fill(t, w, crashTable, [][]any{{int64(7), int64(1), in.Batch}})
	if err := s.app.Close(); err != nil {
		t.Fatal(err)
	}
	if s.app, err = app.Open(ctx, app.Options{Dir: s.dir, Config: s.cfg, Now: func() time.Time { return now }}); err != nil {
		t.Fatal(err)
	}
	if got := rows(); !reflect.DeepEqual(got, before) {
		t.Errorf("after a crash: %v, before %v", got, before)
	}
	imports, err := s.app.Catalog.Imports(ctx, ws.ID)
	if err != nil || imports[0].Status != catalog.ImportFailed {
		t.Errorf("the crashed import is %+v, %v", imports[0], err)
	}
}

// stopping ends a context after so many calls of Keys, wherever the import then
// is.
type stopping struct {
	importer.People
	left int64
	stop func()
}

func (s *stopping) Keys(ctx context.Context, kind perennial.IdentifierKind, values []string, keys []perennial.CustomerKey) ([]perennial.CustomerKey, error) {
	if s.left--; s.left < 0 {
		s.stop()
	}
	return s.People.Keys(ctx, kind, values, keys)
}

// Save never gets that far when a stop came before.
func (s *stopping) Save(ctx context.Context, tx state.Tx) error {
	s.stop()
	return errors.Join(ctx.Err(), s.People.Save(ctx, tx))
}

func TestDryRunStoresNothing(t *testing.T) {
	s := newShop(t)
	r, err := s.try(head+"1,c1,2026-01-01,10.00\n2,c2,oops,10.00\n", importer.Request{DryRun: true})
	if err != nil || len(r.Preview) != 1 || r.Counts.Refused != 1 || r.Import != nil {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := s.app.Catalog.Workspace(t.Context(), "w"); perennial.CodeOf(err) != "workspace.not_found" {
		t.Errorf("a workspace was made: %v", err)
	}
}
