package mapping

import (
	"fmt"
	"strings"
	"testing"

	"perennial"
	"perennial/collect/importer/value"
)

func load(t testing.TB) *Presets {
	t.Helper()
	p, err := LoadPresets()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// table reads a sample written with | between cells, the header first.
func table(lines ...string) Table {
	var t Table
	for i, l := range lines {
		cells := strings.Split(l, "|")
		if i == 0 {
			t.Header = cells
		} else {
			t.Rows = append(t.Rows, cells)
		}
	}
	return t
}

// brief writes a mapping as field=header pairs in the order of the file.
func brief(m *Mapping) string {
	if m == nil {
		return ""
	}
	var b []string
	for _, c := range m.Columns {
		name := c.Header
		if name == "" {
			name = fmt.Sprintf("#%d", c.Index+1)
		}
		b = append(b, string(c.Field)+"="+name)
	}
	return strings.Join(b, " ")
}

func TestRecogniseOrders(t *testing.T) {
	cases := []struct {
		name     string
		table    Table
		preset   string
		columns  string
		rows     Rows
		source   Field
		perOrder bool
		order    Field
		customer Field
		money    perennial.Currency
		lang     perennial.Lang
	}{
		{
			name: "Taobao and Tmall orders",
			table: table("订单编号|买家会员名|买家支付宝账号|买家应付货款|买家应付邮费|买家支付积分|总金额|返点积分|买家实际支付金额|买家实际支付积分|订单状态|买家留言|收货人姓名|收货地址 |运送方式|联系电话 |联系手机|订单创建时间|订单付款时间 |宝贝标题 |宝贝种类 |物流单号 |物流公司|订单备注|宝贝总数量|店铺Id|店铺名称|订单关闭原因|退款金额",
				`="260412345678901234"|tb小白|a@b.cn|128.00|0.00|0|128.00|0|118.00|0|交易成功|null|张三|浙江省 杭州市|快递|null|'13812348000|2026-04-01 10:21:14|2026-04-01 10:21:20|连衣裙 夏季新款，防晒帽|2|No:7312|圆通|null|2|0|某某旗舰店|订单未关闭|0.00`,
				`="260412345678901235"|tb小白|a@b.cn|59.00|0.00|0|59.00|0|0.00|0|交易关闭|null|张三|浙江省 杭州市|快递|null|'13812348000|2026-04-02 09:00:00|null|防晒帽|1|null|null|null|1|0|某某旗舰店|买家未付款|0.00`,
				`="260412345678901236"|阿青|c@b.cn|88.00|10.00|0|98.00|0|98.00|0|卖家已发货，等待买家确认|null|李四|上海市|快递|null|'13912348000|2026-04-03 12:00:00|2026-04-03 12:01:00|凉鞋|1|null|null|null|1|0|某某旗舰店|订单未关闭|20.00`),
			preset:  "taobao_orders",
			columns: "order_id=订单编号 customer_id=买家会员名 order_total=总金额 paid_amount=买家实际支付金额 status=订单状态 customer_name=收货人姓名 phone=联系手机 ordered_at=订单创建时间 paid_at=订单付款时间  product_name=宝贝标题  quantity=宝贝总数量 store=店铺名称 refund_amount=退款金额",
			rows:    Whole, source: PaidAmount, customer: CustomerID, money: "CNY", lang: perennial.LangZH,
		},
		{
			name: "JD orders repeat the order's amounts",
			table: table("订单号|商品ID|商品名称|订购数量|支付方式|下单时间|京东价|订单金额|结算金额|余额支付|应付金额|订单状态|订单类型|下单帐号|客户姓名|客户地址|联系电话|货号|订单渠道",
				"290000000001|1001|牛奶|2|在线支付|2026-04-01 10:21:14|50.00|160.00|160.00|0|150.00|完成|SOP|jd_a|张三|北京|138****8000|A1|APP",
				"290000000001|1002|面包|1|在线支付|2026-04-01 10:21:14|60.00|160.00|160.00|0|150.00|完成|SOP|jd_a|张三|北京|138****8000|A2|APP",
				"290000000002|1001|牛奶|1|在线支付|2026-04-02 10:21:14|50.00|50.00|50.00|0|50.00|(删除)等待付款|SOP|jd_b|李四|北京|139****8000|A1|APP"),
			preset:  "jd_orders",
			columns: "order_id=订单号 product_name=商品名称 quantity=订购数量 ordered_at=下单时间 unit_price=京东价 order_total=订单金额 paid_amount=应付金额 status=订单状态 customer_id=下单帐号 customer_name=客户姓名 phone=联系电话 product_id=货号 channel=订单渠道",
			rows:    Lines, source: UnitPrice, order: PaidAmount, customer: CustomerID, money: "CNY", lang: perennial.LangZH,
		},
		{
			name: "Youzan without a buyer id: the phone is the customer",
			table: table("订单号|订单类型|订单状态|订单创建时间|买家付款时间|商品名称|商品编码|商品数量|商品单价|商品实际成交金额|订单实付金额|运费|买家手机号|收货人/提货人|归属店铺|商品已退款金额|支付流水号",
				"E2026040110211400001|普通订单|交易完成|2026-04-01 10:21:14|2026-04-01 10:22:00|蛋糕|C1|1|98.00|88.00|108.00|0|13812348000|张三|总店|0|P1",
				"E2026040110211400001|普通订单|交易完成|2026-04-01 10:21:14|2026-04-01 10:22:00|饼干|C2|1|20.00|20.00|108.00|0|13812348000|张三|总店|0|P1",
				"E2026040210211400002|普通订单|待发货|2026-04-02 10:21:14|2026-04-02 10:22:00|蛋糕|C1|1|98.00|98.00|98.00|0|13912348000|李四|总店|0|P2"),
			preset:  "youzan_orders",
			columns: "order_id=订单号 status=订单状态 ordered_at=订单创建时间 paid_at=买家付款时间 product_name=商品名称 product_id=商品编码 quantity=商品数量 unit_price=商品单价 line_amount=商品实际成交金额 paid_amount=订单实付金额 phone=买家手机号 customer_name=收货人/提货人 store=归属店铺 refund_amount=商品已退款金额",
			rows:    Lines, source: LineAmount, order: PaidAmount, customer: Phone, money: "CNY", lang: perennial.LangZH,
		},
		{
			name: "Weimob orders",
			table: table("订单编号|客户ID|客户昵称|客户手机号|下单时间|支付时间|订单状态|订单金额|优惠金额|实付金额|退款金额|订单来源|门店名称",
				"W1|9001|小白|13812348000|2026-04-01 10:21:14|2026-04-01 10:22:14|已完成|120.00|20.00|100.00|0.00|小程序|一店",
				"W2|9001|小白|13812348000|2026-04-05 10:21:14|2026-04-05 10:22:14|已取消|80.00|0.00|80.00|0.00|小程序|一店"),
			preset:  "weimob_orders",
			columns: "order_id=订单编号 customer_id=客户ID customer_name=客户昵称 phone=客户手机号 ordered_at=下单时间 paid_at=支付时间 status=订单状态 order_total=订单金额 discount=优惠金额 paid_amount=实付金额 refund_amount=退款金额 channel=订单来源 store=门店名称",
			rows:    Whole, source: PaidAmount, customer: CustomerID, money: "CNY", lang: perennial.LangZH,
		},
		{
			name: "Shopify: further items on rows of their own",
			table: table("Name|Email|Financial Status|Paid at|Fulfillment Status|Currency|Subtotal|Shipping|Taxes|Total|Discount Code|Discount Amount|Created at|Lineitem quantity|Lineitem name|Lineitem price|Lineitem sku|Billing Name|Shipping Country|Refunded Amount|Id|Source",
				"#1001|jane@example.com|paid|2026-01-05 10:21:14 -0500|fulfilled|USD|45.00|5.00|4.50|54.50||0.00|2026-01-05 10:21:10 -0500|1|Mug|15.00|M1|Jane D|US|0.00|5551|web",
				"#1001|jane@example.com||||||||||||2|Tea|15.00|T1||||||",
				"#1002|joe@example.com|refunded|2026-01-06 10:21:14 -0500||USD|15.00|0.00|0.00|15.00|SUMMER|1.00|2026-01-06 10:21:10 -0500|1|Mug|15.00|M1|Joe|US|15.00|5552|web"),
			preset:  "shopify_orders",
			columns: "order_id=Name email=Email status=Financial Status paid_at=Paid at currency=Currency paid_amount=Total coupon=Discount Code discount=Discount Amount ordered_at=Created at quantity=Lineitem quantity product_name=Lineitem name unit_price=Lineitem price product_id=Lineitem sku customer_name=Billing Name region=Shipping Country refund_amount=Refunded Amount channel=Source",
			rows:    Lines, source: UnitPrice, order: PaidAmount, customer: Email, money: "USD", lang: perennial.LangEN,
		},
		{
			name: "a till",
			table: table("门店名称|小票号|销售时间|会员卡号|商品编码|商品名称|大类|数量|单价|金额|收银员|类型",
				"一店|000123|2026/4/1 8:26|8800012|690001|牛奶|食品|2|5.50|11.00|小王|销售",
				"一店|000123|2026/4/1 8:26|8800012|690002|面包|食品|1|8.00|7.20|小王|销售",
				"一店|000124|2026/4/1 9:26||690002|面包|食品|-1|8.00|-8.00|小王|退货"),
			preset:  "till",
			columns: "store=门店名称 order_id=小票号 ordered_at=销售时间 customer_id=会员卡号 product_id=商品编码 product_name=商品名称 category=大类 quantity=数量 unit_price=单价 line_amount=金额 type=类型",
			rows:    Lines, source: LineAmount, customer: CustomerID, money: "CNY", lang: perennial.LangZH,
		},
		{
			name: "Perennial's template",
			table: table("order_id|customer_id|ordered_at|status|paid_amount|currency",
				"1|A|2026-04-01|paid|12.50|CNY", "2|A|2026-04-02|paid|1.50|CNY"),
			preset: "perennial_orders", columns: "order_id=order_id customer_id=customer_id ordered_at=ordered_at status=status paid_amount=paid_amount currency=currency",
			rows: Whole, source: PaidAmount, customer: CustomerID, money: "CNY", lang: perennial.LangEN,
		},
		{
			name: "CDNOW, no header: the number of CDs multiplies nothing",
			table: Table{Rows: [][]string{
				{"00004", "0001", "19970101", "2", "29.33"}, {"00004", "0001", "19970118", "2", "29.73"}, {"00004", "0001", "19970802", "1", "14.96"}, {"00004", "0001", "19971212", "2", "26.48"},
				{"00021", "0002", "19970101", "3", "63.34"}, {"00021", "0002", "19970113", "1", "11.77"}, {"00050", "0003", "19970101", "1", "6.79"},
			}},
			columns: "customer_id=#1 ordered_at=#3 quantity=#4 order_total=#5", rows: Whole, source: OrderTotal, customer: CustomerID, lang: perennial.LangEN,
		},
		{
			name:    "unit, width, case and spaces of headers do not matter",
			table:   table(" Order-ID |Ｃｕｓｔｏｍｅｒ　ＩＤ|Order_Date|Total Amount (USD)", "1|A|2026-04-01|12.50", "2|A|2026-04-02|1.50"),
			columns: "order_id= Order-ID  customer_id=Ｃｕｓｔｏｍｅｒ　ＩＤ ordered_at=Order_Date order_total=Total Amount (USD)",
			rows:    Whole, source: OrderTotal, customer: CustomerID, money: "USD", lang: perennial.LangEN,
		},
		{
			name: "words inside longer headers",
			table: table("下单客户会员卡号|本次实付金额（元）|门店下单时间|物流单号|发货时间|最近消费时间",
				"A1|12.5|2026-04-01|SF1|2026-04-02|2026-03-01", "A1|13|2026-04-02|SF2|2026-04-03|2026-03-01", "A2|15|2026-04-03|SF3|2026-04-04|2026-03-01"),
			columns: "customer_id=下单客户会员卡号 paid_amount=本次实付金额（元） ordered_at=门店下单时间", rows: Whole, source: PaidAmount, customer: CustomerID, money: "CNY", lang: perennial.LangZH,
		},
		{
			name:    "a general word is a line's amount in a file of lines",
			table:   table("订单号|会员号|日期|商品名称|金额", "1|A|2026-04-01|牛奶|3", "1|A|2026-04-01|面包|4", "2|B|2026-04-01|牛奶|3"),
			columns: "order_id=订单号 customer_id=会员号 ordered_at=日期 product_name=商品名称 line_amount=金额", rows: Lines, source: LineAmount, customer: CustomerID, money: "CNY", lang: perennial.LangZH,
		},
		{
			name:    "a line's amount beside the order's",
			table:   table("日期|会员号|单号|品名|数量|单价|金额|合计", "2026-04-01|A|1|牛奶|2|5|10|18", "2026-04-01|A|1|面包|1|8|8|18"),
			columns: "ordered_at=日期 customer_id=会员号 order_id=单号 product_name=品名 quantity=数量 unit_price=单价 line_amount=金额 order_total=合计", rows: Lines, source: LineAmount, order: OrderTotal, customer: CustomerID, money: "CNY", lang: perennial.LangZH,
		},
		{
			name:    "a total beside the amount before tax",
			table:   table("transaction_id|customer_id|amount|tax|total|created_at|state", "1|7|10|1|11|2026-04-01T00:00:00Z|Kentucky", "2|7|20|2|22|2026-04-02T00:00:00Z|Ohio"),
			columns: "order_id=transaction_id customer_id=customer_id order_total=total ordered_at=created_at region=state", rows: Whole, source: OrderTotal, customer: CustomerID, lang: perennial.LangEN,
		},
		{
			name:    "an order's amount beside joined titles",
			table:   table("订单号|会员号|日期|商品名称|商品种类|数量|实付金额|应付金额", "1|A|2026-04-01|牛奶，面包|2|3|18|20", "2|B|2026-04-01|牛奶|1|1|3|3"),
			columns: "order_id=订单号 customer_id=会员号 ordered_at=日期 product_name=商品名称 quantity=数量 paid_amount=实付金额 order_total=应付金额", rows: Whole, source: PaidAmount, customer: CustomerID, money: "CNY", lang: perennial.LangZH,
		},
		{
			name:    "lines with only an order's amount count it once",
			table:   table("order_id|member id|date|product|Total", "1|A|2026-04-01|milk|9", "1|A|2026-04-01|bread|9", "2|B|2026-04-01|milk|3"),
			columns: "order_id=order_id customer_id=member id ordered_at=date product_name=product order_total=Total", rows: Lines, source: OrderTotal, perOrder: true, customer: CustomerID, lang: perennial.LangEN,
		},
		{
			name:    "what was paid for each line",
			table:   table("订单号|会员号|付款时间|商品名称|单价|数量|实付金额", "1|A|2026-04-01|牛奶|5|1|4", "1|A|2026-04-01|面包|8|1|7", "2|B|2026-04-01|牛奶|5|1|5"),
			columns: "order_id=订单号 customer_id=会员号 paid_at=付款时间 product_name=商品名称 unit_price=单价 quantity=数量 paid_amount=实付金额", rows: Lines, source: PaidAmount, customer: CustomerID, money: "CNY", lang: perennial.LangZH,
		},
		{
			name:    "a phone column is known by its shape",
			table:   table("日期|金额|备用", "2026-04-01|5|13812348000", "2026-04-02|6|13812348000", "2026-04-03|7|13912348000"),
			columns: "ordered_at=日期 order_total=金额 phone=备用", rows: Whole, source: OrderTotal, customer: Phone, money: "CNY", lang: perennial.LangZH,
		},
		{
			name:    "the customer column that is masked gives way",
			table:   table("订单号|买家昵称|手机号|日期|实付", "1|t**3|13812348000|2026-04-01|5", "2|a**9|13912348000|2026-04-01|6"),
			columns: "order_id=订单号 phone=手机号 ordered_at=日期 paid_amount=实付", rows: Whole, source: PaidAmount, customer: Phone, money: "CNY", lang: perennial.LangZH,
		},
		{
			name:    "day first and decimal comma",
			table:   table("Order No;|Customer No|Date|Amount €", "1|A|13.01.2026|1.234,50", "2|A|14.01.2026|12,50"),
			columns: "order_id=Order No; customer_id=Customer No ordered_at=Date order_total=Amount €", rows: Whole, source: OrderTotal, customer: CustomerID, money: "EUR", lang: perennial.LangEN,
		},
	}
	presets := load(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m, err := Recognise(c.table, Orders, presets, nil, Options{})
			if err != nil {
				t.Fatalf("%v (%s)", err, brief(m))
			}
			if got := brief(m); got != c.columns {
				t.Errorf("columns\n got %s\nwant %s", got, c.columns)
			}
			if m.Preset != c.preset || m.Rows != c.rows || m.Amount.Source != c.source || m.Amount.PerOrder != c.perOrder || m.Amount.Order != c.order || m.Customer != c.customer || m.Currency != c.money || m.Language != c.lang {
				t.Errorf("preset %q rows %s source %s (per order %v, order's %q) customer %s money %s %s\n%v", m.Preset, m.Rows, m.Amount.Source, m.Amount.PerOrder, m.Amount.Order, m.Customer, m.Currency, m.Language, m.RowsWhy)
			}
			for _, col := range m.Columns {
				if col.Confidence <= 0 || col.Confidence > 1 || col.Reason.ZH == "" || col.Reason.EN == "" || strings.Contains(col.Reason.ZH+col.Reason.EN, "%!") {
					t.Errorf("%s: confidence %v, reason %v", col.Field, col.Confidence, col.Reason)
				}
			}
			for _, w := range append(m.Warnings, m.RowsWhy, m.Amount.Reason) {
				if strings.Contains(w.ZH+w.EN, "%!") || w.IsZero() {
					t.Errorf("a broken sentence: %v", w)
				}
				t.Log(w.ZH, "/", w.EN)
			}
		})
	}
}

func TestRecogniseDates(t *testing.T) {
	for _, c := range []struct {
		dates string
		want  value.DateOrder
		comma bool
	}{
		{"13/01/2026 14/01/2026", value.OrderDMY, false}, {"01/13/2026 01/02/2026", value.OrderMDY, false}, {"01/02/2026 03/04/2026", value.OrderAmbiguous, false},
		{"13/01/2026 01/13/2026", value.OrderContradictory, false}, {"2026-01-13 2026-01-14", value.OrderYMD, false},
	} {
		tab := table("order id|customer id|date|total")
		for i, d := range strings.Fields(c.dates) {
			tab.Rows = append(tab.Rows, []string{fmt.Sprint(i), "A", d, "1.50"})
		}
		m, err := Recognise(tab, Orders, nil, nil, Options{})
		if err != nil || m.DateOrder != c.want {
			t.Errorf("%s: %v %v", c.dates, m.DateOrder, err)
		}
	}
}

func TestRecogniseRefusals(t *testing.T) {
	cases := []struct {
		name      string
		table     Table
		overrides string
		code      string
		in        []string // words of sentence or hint
	}{
		{"two amounts", table("订单号|会员号|日期|金额|销售额", "1|A|2026-04-01|5|6", "2|A|2026-04-02|5|7"), "", "mapping.ambiguous_amount", []string{"金额", "销售额", "--map amount="}},
		{"two totals", table("order id|customer id|date|order total|grand total", "1|A|2026-04-01|5|6", "2|A|2026-04-02|5|7"), "", "mapping.ambiguous_amount", []string{"order total", "grand total"}},
		{"two amounts, one chosen", table("订单号|会员号|日期|金额|销售额", "1|A|2026-04-01|5|6"), "amount=销售额", "", nil},
		{"two equal amounts", table("订单号|会员号|日期|金额|销售额", "1|A|2026-04-01|5|5.00", "2|A|2026-04-01|6|6.00"), "", "", nil},
		{"no customer", table("订单号|日期|金额", "1|2026-04-01|5"), "", "mapping.no_customer", []string{"--map customer_id="}},
		{"only masked phones", table("订单号|手机号|日期|金额", "1|138****8000|2026-04-01|5", "2|139****8000|2026-04-01|5"), "", "mapping.no_customer", []string{"打码"}},
		{"no date", table("订单号|会员号|金额", "1|A|5"), "", "mapping.no_date", []string{"--map ordered_at="}},
		{"a date that is none", table("订单号|会员号|日期|金额", "1|A|soon|5"), "", "mapping.no_date", nil},
		{"no amount", table("订单号|会员号|日期", "1|A|2026-04-01"), "", "mapping.no_amount", []string{"--map paid_amount="}},
		{"the old Tmall item report", table("订单编号|标题|价格|购买数量|外部系统编号|商品属性|套餐信息|备注|订单状态|商家编码", "1|连衣裙|128.00|1|||||交易成功|A1"), "", "mapping.no_customer", []string{"ExportOrderList"}},
		{"header only", table("订单号|会员号|日期|金额"), "", "mapping.empty", nil},
		{"nothing", Table{}, "", "mapping.empty", nil},
		{"nonsense", table("a|b|c", "x|y|z"), "", "mapping.no_customer", nil},
		{"a column that is not there", table("订单号|会员卡号|日期|金额", "1|A|2026-04-01|5"), "customer_id=会员卡", "mapping.override", []string{"会员卡号"}},
		{"a field of another kind", table("订单号|会员卡号|日期|金额", "1|A|2026-04-01|5"), "birthday=日期", "mapping.override", nil},
		{"a column twice", table("订单号|会员卡号|日期|金额", "1|A|2026-04-01|5"), "customer_id=会员卡号,phone=会员卡号", "mapping.override", nil},
		{"300 empty columns", Table{Header: make([]string, 300), Rows: [][]string{make([]string, 300)}}, "", "mapping.no_customer", nil},
	}
	presets := load(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			overrides, err := ParseOverrides(c.overrides)
			if err != nil {
				t.Fatal(err)
			}
			m, err := Recognise(c.table, Orders, presets, overrides, Options{})
			if got := perennial.CodeOf(err); got != c.code {
				t.Fatalf("code %q, want %q: %v (%s)", got, c.code, err, brief(m))
			}
			if err == nil {
				return
			}
			e := perennial.AsError(err)
			for _, w := range c.in {
				if !strings.Contains(e.Sentence.ZH+e.Hint.ZH, w) {
					t.Errorf("%s %s does not say %q", e.Sentence.ZH, e.Hint.ZH, w)
				}
			}
			if e.Hint.IsZero() || strings.Contains(e.Sentence.ZH+e.Sentence.EN+e.Hint.ZH+e.Hint.EN, "%!") {
				t.Errorf("a broken sentence: %v %v", e.Sentence, e.Hint)
			}
			t.Log(e.Sentence.ZH, e.Hint.ZH, "/", e.Sentence.EN, e.Hint.EN)
		})
	}
}

// An amount in ten thousands, ids that look like times, several columns of dates.
func TestRecogniseTraps(t *testing.T) {
	m, err := Recognise(table("订单号|会员号|日期|金额（万元）", "20260401082600|A|2026-04-01|1.25", "20260401082601|A|2026-04-02|0.5"), Orders, nil, nil, Options{})
	if err != nil || brief(m) != "order_id=订单号 customer_id=会员号 ordered_at=日期 order_total=金额（万元）" {
		t.Fatalf("%v %s", err, brief(m))
	}
	if f := m.Format(OrderTotal, 2); f.Power != 4 || m.Currency != "CNY" {
		t.Errorf("万元: %+v %s", f, m.Currency)
	}
	m, err = Recognise(table("invoice|customer|what|when|also|amount", "1|A|x|2026-04-01|2026-04-02|5"), Orders, nil, nil, Options{})
	if perennial.CodeOf(err) != "mapping.no_date" {
		t.Errorf("two columns that could be the date: %v %s", err, brief(m))
	}
	m, err = Recognise(table("invoice|customer|what|when|amount", "1|A|x|2026-04-01|5", "2|A|y|2026-04-02|5"), Orders, nil, nil, Options{})
	if err != nil || m.Column(OrderedAt) == nil || m.Column(OrderedAt).Confidence != 0.5 {
		t.Errorf("the only column of dates: %v %s", err, brief(m))
	}
}

func BenchmarkRecognise(b *testing.B) {
	presets := load(b)
	tab := table("订单号|会员号|日期|商品名称|单价|数量|实付金额")
	for i := range 2000 {
		tab.Rows = append(tab.Rows, []string{fmt.Sprint(100000 + i/3), fmt.Sprint(i % 500), "2026-04-01 08:26:00", "牛奶", "5.5", "2", "11.00"})
	}
	for b.Loop() {
		if _, err := Recognise(tab, Orders, presets, nil, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestRecogniseOthers(t *testing.T) {
	m, err := Recognise(table("会员卡号|姓名|手机号|性别|生日|会员等级|开卡门店|注册时间|专属导购|是否员工|累计消费金额",
		"A1|张三|13812348000|男|1988-05-01|金卡|一店|2024-01-05 10:00:00|小王|否|1200", "A2|李四|13912348000|女|1990-05-01|银卡|一店|2024-02-05 10:00:00|小王|是|80"), Customers, nil, nil, Options{})
	if want := "customer_id=会员卡号 name=姓名 phone=手机号 gender=性别 birthday=生日 tier=会员等级 store=开卡门店 joined_at=注册时间 owner=专属导购 excluded=是否员工"; err != nil || brief(m) != want {
		t.Errorf("customers: %v\n got %s\nwant %s", err, brief(m), want)
	}
	m, err = Recognise(table("商品编码|商品名称|一级类目|二级类目|成本价|上架时间|品牌", "A1|连衣裙|女装|裙|45.5|2025-03-01|某牌"), Products, nil, nil, Options{})
	if want := "product_id=商品编码 product_name=商品名称 category=一级类目 subcategory=二级类目 cost=成本价 launched_at=上架时间 brand=品牌"; err != nil || brief(m) != want {
		t.Errorf("products: %v\n got %s\nwant %s", err, brief(m), want)
	}
	if _, err = Recognise(table("品牌", "某牌"), Products, nil, nil, Options{}); perennial.CodeOf(err) != "mapping.no_product" {
		t.Errorf("products without a product: %v", err)
	}
	if _, err = Recognise(table("生日", "1988-05-01"), Customers, nil, nil, Options{}); perennial.CodeOf(err) != "mapping.no_customer" {
		t.Errorf("customers without a customer: %v", err)
	}
	m, err = Recognise(table("order_id|customer_id|date|total", "1.23457E+17|A|2026-04-01|5", "1.23457E+17|A|2026-04-01|5"), Orders, nil, nil, Options{Rows: Lines})
	if err != nil || m.Rows != Lines {
		t.Errorf("ruined order numbers: %v %v", err, m)
	}
}
