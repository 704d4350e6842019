package demo

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"perennial"
	"perennial/analyze/history"
)

// table is a parsed file: rows by column name.
type table struct {
	column map[string]int
	rows   [][]string
}

func (t table) get(row []string, name string) string {
	if i := t.column[name]; i < len(row) {
		return row[i]
	}
	return ""
}

func newTable(t testing.TB, rows [][]string) table {
	t.Helper()
	if len(rows) == 0 {
		t.Fatal("no header")
	}
	out := table{map[string]int{}, rows[1:]}
	for i, name := range rows[0] {
		out.column[name] = i
	}
	return out
}

func readCSV(t testing.TB, r io.Reader) table {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte(bom)))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return newTable(t, rows)
}

func cents(t testing.TB, s string) perennial.Money {
	t.Helper()
	s = strings.NewReplacer("¥", "", ",", "").Replace(s)
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	if v < 0 {
		return -yuan(-v)
	}
	return yuan(v)
}

func export(t testing.TB, s *Shop, f Format) ([]byte, Dirt) {
	t.Helper()
	var b bytes.Buffer
	d, err := s.WriteOrders(&b, f)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), d
}

func same[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

var exported = Options{Customers: 4000, Seed: 4}

func TestTmall(t *testing.T) {
	s := simulate(t, exported)
	b, d := export(t, s, TmallCSV)
	tab := readCSV(t, simplifiedchinese.GB18030.NewDecoder().Reader(bytes.NewReader(b)))
	same(t, "rows", len(tab.rows), d.Rows)
	ids := map[string]bool{}
	var n Dirt
	for i, row := range tab.rows {
		id := tab.get(row, "订单编号")
		if len(id) != 22 || !strings.HasPrefix(id, `="3`) {
			t.Fatalf("order number %s", id)
		}
		if ids[id] {
			n.Repeated++
			if !slices.Equal(row, tab.rows[i-1]) {
				t.Fatalf("%s repeats, but not exactly", id)
			}
			continue
		}
		ids[id] = true
		if strings.Contains(tab.get(row, "联系手机"), "****") {
			n.MaskedPhones++
		}
		if tab.get(row, "会员卡号") == "" {
			n.BlankCustomers++
		}
		if strings.Contains(tab.get(row, "订单创建时间"), "/") {
			n.OtherDates++
		}
		if tab.get(row, "宝贝总数量") > "９" || tab.get(row, "宝贝总数量") >= "０" {
			n.FullWidth++
		}
		if tab.get(row, "订单状态") == "异常单待核实" {
			n.UnknownStatus++
			continue
		}
		// 交易关闭 with a payment is an order that was refunded whole.
		n.Paid += cents(t, tab.get(row, "买家实际支付金额"))
		n.Refunded += cents(t, tab.get(row, "退款金额"))
	}
	same(t, "orders", len(ids), d.Orders)
	same(t, "repeated", n.Repeated, d.Repeated)
	same(t, "masked", n.MaskedPhones, d.MaskedPhones)
	same(t, "blank", n.BlankCustomers, d.BlankCustomers)
	same(t, "dates", n.OtherDates, d.OtherDates)
	same(t, "full width", n.FullWidth, d.FullWidth)
	same(t, "unknown status", n.UnknownStatus, d.UnknownStatus)
	same(t, "paid", n.Paid, d.Paid)
	same(t, "refunded", n.Refunded, d.Refunded)
	if min(d.Repeated, d.MaskedPhones, d.BlankCustomers, d.OtherDates, d.FullWidth, d.UnknownStatus, d.Formatted) == 0 {
		t.Errorf("some dirt is missing: %+v", d)
	}

	ruined, rd := export(t, s, TmallRuinedCSV)
	tab = readCSV(t, simplifiedchinese.GB18030.NewDecoder().Reader(bytes.NewReader(ruined)))
	for _, row := range tab.rows {
		if id := tab.get(row, "订单编号"); !strings.HasSuffix(id, "E+18") {
			t.Fatalf("order number %s is not ruined", id)
		}
	}
	same(t, "ruined", rd.RuinedIDs, len(tab.rows))
}

func TestMiniProgram(t *testing.T) {
	s := simulate(t, Options{Customers: 600, Seed: 4}) // excelize lists merged cells in quadratic time
	b, d := export(t, s, MiniProgramXLSX)
	book, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("订单明细", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "title rows", d.TitleRows, 2)
	same(t, "rows", len(rows), d.TitleRows+1+d.Rows+d.TotalRows)
	if !strings.HasPrefix(rows[0][0], Brand) || rows[len(rows)-1][0] != "合计" {
		t.Errorf("first %q, last %q", rows[0], rows[len(rows)-1])
	}
	tab := newTable(t, rows[2:len(rows)-1])
	total := cents(t, tab.get(rows[len(rows)-1], "商品实际成交金额"))
	var n Dirt
	known := false
	for _, row := range tab.rows {
		if tab.get(row, "订单号") != "" { // else the cell is merged with the one above
			n.Orders++
			status := tab.get(row, "订单状态")
			if known = status != "异常单待核实" && status != "交易关闭" && status != "待付款"; known {
				n.Paid += cents(t, tab.get(row, "订单实付金额"))
			}
			if status == "异常单待核实" {
				n.UnknownStatus++
			}
			if strings.Contains(tab.get(row, "收货人手机号"), "****") {
				n.MaskedPhones++
			}
			if created := tab.get(row, "订单创建时间"); !strings.Contains(created, ":") {
				n.OtherDates++
				if v, err := strconv.ParseFloat(created, 64); err != nil || v < 45_000 || v > 47_000 {
					t.Errorf("date cell %q", created)
				}
			}
		}
		if known {
			n.Refunded += cents(t, tab.get(row, "商品已退款金额"))
		}
		total -= cents(t, tab.get(row, "商品实际成交金额"))
	}
	same(t, "total row", total, 0)
	same(t, "orders", n.Orders, d.Orders)
	same(t, "paid", n.Paid, d.Paid)
	same(t, "refunded", n.Refunded, d.Refunded)
	same(t, "unknown status", n.UnknownStatus, d.UnknownStatus)
	same(t, "masked", n.MaskedPhones, d.MaskedPhones)
	same(t, "dates", n.OtherDates, d.OtherDates)
	merged, err := book.GetMergeCells("订单明细")
	if err != nil || len(merged) < 100 {
		t.Errorf("%d merged cells, %v", len(merged), err)
	}
}

func TestTill(t *testing.T) {
	s := simulate(t, exported)
	b, d := export(t, s, TillCSV)
	if !bytes.HasPrefix(b, []byte(bom)) {
		t.Error("no byte order mark")
	}
	tab := readCSV(t, bytes.NewReader(b))
	last := tab.rows[len(tab.rows)-1]
	tab.rows = tab.rows[:len(tab.rows)-1]
	same(t, "rows", len(tab.rows), d.Rows)
	same(t, "total", cents(t, tab.get(last, "金额")), d.Paid-d.Refunded)
	same(t, "total row", tab.get(last, "小票号"), "合计")
	receipts := map[string]bool{}
	var returns, blank, named int
	var refunded perennial.Money
	for _, row := range tab.rows {
		if tab.get(row, "数量")[0] == '-' {
			returns++
			refunded -= cents(t, tab.get(row, "金额"))
			if tab.get(row, "原小票号") != "" {
				named++
			}
			continue
		}
		if card := tab.get(row, "会员卡号"); card != "" && !strings.HasPrefix(card, "0000") {
			t.Fatalf("card %s has lost its zeros", card)
		}
		if !receipts[tab.get(row, "小票号")] && tab.get(row, "会员卡号") == "" {
			blank++
		}
		receipts[tab.get(row, "小票号")] = true
	}
	same(t, "orders", len(receipts), d.Orders)
	same(t, "returns", returns, d.Returns)
	same(t, "refunded", refunded, d.Refunded)
	same(t, "without a card", blank, d.WalkIns+d.BlankCustomers)
	if named == 0 || named == returns || d.Repeated == 0 {
		t.Errorf("%d of %d returns name their receipt, %d repeated rows", named, returns, d.Repeated)
	}
}

func TestSite(t *testing.T) {
	s := simulate(t, exported)
	b, d := export(t, s, SiteCSV)
	tab := readCSV(t, bytes.NewReader(b))
	same(t, "rows", len(tab.rows), d.Rows)
	orders := 0
	var paid, refunded, items perennial.Money
	for _, row := range tab.rows {
		items += cents(t, tab.get(row, "Lineitem price")) * perennial.Money(mustInt(t, tab.get(row, "Lineitem quantity")))
		if tab.get(row, "Total") == "" {
			continue
		}
		orders++
		items -= cents(t, tab.get(row, "Subtotal")) + cents(t, tab.get(row, "Discount Amount"))
		switch tab.get(row, "Financial Status") {
		case "paid", "refunded", "partially_refunded":
			paid += cents(t, tab.get(row, "Total"))
			refunded += cents(t, tab.get(row, "Refunded Amount"))
		}
	}
	same(t, "orders", orders, d.Orders)
	same(t, "items − subtotals − discounts", items, 0)
	same(t, "paid", paid, d.Paid)
	same(t, "refunded", refunded, d.Refunded)
}

func mustInt(t testing.TB, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestLines reads the clean file back into a History, as an import would, and
// compares it with the one that the simulation gives; and the file with those
// of the channels.
func TestLines(t *testing.T) {
	s := simulate(t, exported)
	b, d := export(t, s, LinesCSV)
	tab := readCSV(t, bytes.NewReader(b))
	same(t, "rows", len(tab.rows), d.Rows)
	same(t, "rows", d.Rows, len(s.Lines))

	type order struct {
		day         perennial.Day
		card        int
		gross, back perennial.Money
	}
	orders := map[string]*order{}
	var paid, refunded perennial.Money
	for _, row := range tab.rows {
		price, off, amount := cents(t, tab.get(row, "单价")), cents(t, tab.get(row, "优惠金额")), cents(t, tab.get(row, "实付金额"))
		if price*perennial.Money(mustInt(t, tab.get(row, "数量")))-off != amount {
			t.Fatalf("row does not add up: %v", row)
		}
		if st := tab.get(row, "订单状态"); st == "已关闭" || st == "待付款" {
			continue
		}
		paid += amount
		refunded += cents(t, tab.get(row, "退款金额"))
		card := tab.get(row, "会员卡号")
		if tab.get(row, "订单类型") != "普通订单" || tab.get(row, "二级品类") == "其他" || card == "" {
			continue
		}
		id := tab.get(row, "订单编号")
		if orders[id] == nil {
			day, err := perennial.ParseDay(tab.get(row, "下单时间")[:10])
			if err != nil {
				t.Fatal(err)
			}
			orders[id] = &order{day: day, card: mustInt(t, card)}
		}
		orders[id].gross += amount
		orders[id].back += cents(t, tab.get(row, "退款金额"))
	}
	same(t, "paid", paid, d.Paid)
	same(t, "refunded", refunded, d.Refunded)

	var build history.Builder
	for _, o := range orders {
		if o.back < o.gross {
			build.Add(perennial.CustomerKey(o.card-firstCard+1), o.day, 1, o.gross, o.gross-o.back)
		}
	}
	want := build.History(Currency, perennial.MoneyNet, lastDay)
	got := simulation(t, exported).History(perennial.MoneyNet)
	if !slices.Equal(got.Customers, want.Customers) || !slices.Equal(got.Offset, want.Offset) ||
		!slices.Equal(got.Day, want.Day) || !slices.Equal(got.Orders, want.Orders) ||
		!slices.Equal(got.Gross, want.Gross) || !slices.Equal(got.Amount, want.Amount) {
		t.Error("the history of the file differs from the simulation's")
	}
	same(t, "first day", got.First, want.First)
	same(t, "last day", got.Last, want.Last)

	var channels Dirt
	for _, f := range []Format{TmallCSV, MiniProgramXLSX, TillCSV, SiteCSV} {
		_, c := export(t, s, f)
		channels.Orders += c.Orders
		channels.WalkIns += c.WalkIns
	}
	same(t, "orders of all channels", channels.Orders, d.Orders)
	same(t, "walk-ins of all channels", channels.WalkIns, d.WalkIns)
}

func TestStreamedLinesAreTheSameRows(t *testing.T) {
	o := Options{Customers: 5000, Seed: 6, Workers: 3}
	whole, wd := export(t, simulate(t, o), LinesCSV)
	var b bytes.Buffer
	d, err := simulation(t, o).WriteLines(&b)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "counts", d, wd)
	lines := func(b []byte) []string {
		out := strings.Split(string(b), "\n")
		slices.Sort(out)
		return out
	}
	if !slices.Equal(lines(b.Bytes()), lines(whole)) {
		t.Error("rows differ")
	}
}

// full is a disk without room.
type full struct{ left int }

var errFull = errors.New("no space left")

func (f *full) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestFullDisk(t *testing.T) {
	s := simulate(t, Options{Customers: 500, Seed: 1})
	for f := TmallCSV; f <= TmallRuinedCSV; f++ {
		if _, err := s.WriteOrders(&full{2000}, f); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", f.FileName(), err)
		}
	}
	if _, err := simulation(t, Options{Customers: 20_000, Seed: 1}).WriteLines(&full{200_000}); !errors.Is(err, errFull) {
		t.Errorf("streamed lines: %v", err)
	}
	if _, err := s.WriteMembers(&full{2000}); !errors.Is(err, errFull) {
		t.Errorf("members: %v", err)
	}
}

func TestMembersAndProducts(t *testing.T) {
	s := simulate(t, exported)
	var b bytes.Buffer
	d, err := s.WriteMembers(&b)
	if err != nil {
		t.Fatal(err)
	}
	tab := readCSV(t, &b)
	same(t, "members", len(tab.rows), 4000)
	cards, masked, wide := map[string]bool{}, 0, 0
	for _, row := range tab.rows {
		cards[tab.get(row, "会员卡号")] = true
		switch phone := tab.get(row, "手机号"); {
		case strings.Contains(phone, "****"):
			masked++
		case len(phone) > 11:
			wide++
		case !strings.HasPrefix(phone, "19900"):
			t.Fatalf("phone %s", phone)
		}
	}
	same(t, "cards", len(cards), 4000)
	same(t, "masked", masked, d.MaskedPhones)
	same(t, "full width", wide, d.FullWidth)

	if d, err = s.WriteProducts(&b); err != nil {
		t.Fatal(err)
	}
	tab = readCSV(t, &b)
	same(t, "products", len(tab.rows), d.Rows)
	for _, row := range tab.rows {
		if code := tab.get(row, "商品编码"); len(code) != 7 {
			t.Errorf("code %s", code)
		}
	}
}

func TestEmptyChannels(t *testing.T) {
	for _, o := range []Options{{Customers: 1, Seed: 1}, {Customers: 1, Seed: 1, Plain: true}, {Customers: 3, Seed: 2, Start: lastDay}} {
		s := simulate(t, o)
		for f := TmallCSV; f <= TmallRuinedCSV; f++ {
			export(t, s, f)
		}
		if _, err := s.WriteMembers(io.Discard); err != nil {
			t.Error(err)
		}
		h := simulation(t, o).History(perennial.MoneyMargin)
		same(t, "offsets", len(h.Offset), h.Len()+1)
	}
}
