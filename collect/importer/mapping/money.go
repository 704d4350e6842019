package mapping

import (
	"math"
	"slices"
	"strings"

	"perennial"
	"perennial/collect/importer/value"
)

// groups gathers what the sample says of orders with several rows.
type groups struct {
	orders   int  // with more than one row
	products bool // with different products within one
	differ   bool // with different rows within one
	titles   bool // product names that join several titles
}

// money decides what a row is and where its amount comes from.
//
// Rows, in this order: what a person said; what the preset says; without an order
// id, lines where only a unit price gives the money, else orders; lines where an
// order id repeats with rows that differ; orders where ids are unique and there
// is a count of kinds of goods (宝贝种类), or products are several titles joined,
// with a quantity and no unit price (the Tmall 订单报表 against the 宝贝报表);
// lines where there is a product or a unit price; else orders.
func (f *finder) money(opt Options) error {
	m := f.m
	g := f.group()
	general, err := f.amountColumn()
	if err != nil {
		return err
	}
	beside := m.has(PaidAmount) || m.has(OrderTotal)
	total := m.has(PaidAmount) || m.has(OrderTotal) || m.has(LineAmount) || general >= 0
	product := m.has(ProductID) || m.has(ProductName)
	say := func(rows Rows, zh, en string) { m.Rows, m.RowsWhy = rows, perennial.Text{ZH: zh, EN: en} }
	switch {
	case opt.Rows != "":
		say(opt.Rows, "由 --rows 指定。", "Given by --rows.")
	case f.preset != nil && f.preset.Rows != "":
		say(f.preset.Rows, "预设如此。", "The preset says so.")
	case !m.has(OrderID) && m.has(UnitPrice) && !total:
		say(Lines, "没有订单号，金额由单价乘数量得出：每行自成一单。", "There is no order number and the amount is price × quantity: each row is an order of one line.")
	case !m.has(OrderID):
		say(Whole, "没有订单号：每行是一笔订单。", "There is no order number: each row is an order.")
	case g.products:
		say(Lines, "同一订单号下有不同的商品：每行是一件商品。", "An order number repeats with different products: each row is a line.")
	case g.orders > 0 && g.differ:
		say(Lines, "订单号会重复：每行是订单的一部分。", "Order numbers repeat: each row is a part of an order.")
	case g.titles && g.orders == 0:
		say(Whole, "订单号不重复，商品列是多个标题拼成的：每行是一笔订单。", "Order numbers do not repeat and products are joined titles: each row is an order.")
	case m.has(UnitPrice):
		say(Lines, "有单价列：每行是一件商品。", "There is a unit price: each row is a line.")
	case product:
		say(Lines, "有商品列：每行是一件商品。", "There is a product column: each row is a line.")
	default:
		say(Whole, "订单号不重复，没有商品和单价：每行是一笔订单。", "Order numbers do not repeat and there is neither product nor price: each row is an order.")
	}
	if general >= 0 && (!beside || m.Rows == Lines) { // a column that only says “amount”
		field := OrderTotal
		if m.Rows == Lines {
			field = LineAmount
		}
		for _, c := range f.list {
			if c.column == general && c.field == amount {
				c.field = field
				f.set(c)
				break
			}
		}
	}
	f.source()
	if c := m.Column(m.Amount.Source); c != nil && general >= 0 && !f.taken[general] && !f.equalColumns(general, c.Index) {
		m.warn("“%s”和“%s”都像金额，取“%[2]s”；不对时用 --map amount=%[3]s。", "Both %q and %q look like the amount; %[2]q is taken. If that is wrong, say --map amount=%[3]s.",
			f.name(general), f.name(c.Index), quoteColumn(f.name(general)))
	}
	return nil
}

// amountColumn finds the column with a general name (金额, amount) where no more
// telling one is mapped; −1 for none. Two columns that could equally be the
// amount are an error.
func (f *finder) amountColumn() (int, error) {
	m := f.m
	given := func(field Field) bool { c := m.Column(field); return c != nil && c.Confidence == 1 }
	if given(PaidAmount) || given(OrderTotal) || given(LineAmount) || f.preset != nil && (m.has(PaidAmount) || m.has(OrderTotal) || m.has(LineAmount)) {
		return -1, nil
	}
	// The field that will be the money, and every column that claims it as surely.
	for _, field := range []Field{PaidAmount, LineAmount, OrderTotal} {
		if field == OrderTotal && m.has(LineAmount) {
			continue
		}
		if claims := f.claims(field); len(claims) > 1 {
			if f.orderAndLine(claims) {
				return -1, nil
			}
			return -1, f.ambiguous(claims)
		}
		if m.has(field) {
			break
		}
	}
	if m.has(LineAmount) {
		return -1, nil
	}
	// Beside an order's amount a general name is at most that of the lines'.
	claims := f.claims(amount)
	switch {
	case len(claims) == 1:
		return claims[0].column, nil
	case len(claims) > 1 && !m.has(PaidAmount) && !m.has(OrderTotal):
		return -1, f.ambiguous(claims)
	}
	return -1, nil
}

// orderAndLine settles two claims of which one is the order's amount, repeated on
// its rows, and the other a line's: no question to ask. The order's stays or
// becomes PaidAmount, the line's LineAmount.
func (f *finder) orderAndLine(claims []candidate) bool {
	if len(claims) != 2 || f.m.has(LineAmount) || f.group().orders == 0 {
		return false
	}
	order, line := claims[0], claims[1]
	if !f.perOrder(order.column) {
		order, line = line, order
	}
	if !f.perOrder(order.column) || f.perOrder(line.column) {
		return false
	}
	f.m.Columns = slices.DeleteFunc(f.m.Columns, func(c Column) bool { return c.Index == order.column || c.Index == line.column })
	order.field, line.field = PaidAmount, LineAmount
	f.set(order)
	f.set(line)
	return true
}

// claims returns the columns that could as surely be the field as the surest one;
// of columns with the same amounts throughout, the first.
func (f *finder) claims(field Field) []candidate {
	var claims []candidate
	for _, c := range f.list {
		if c.field != field || f.taken[c.column] && f.m.Index(field) != c.column {
			continue
		}
		if len(claims) > 0 && claims[0].confidence-c.confidence > 0.08 {
			continue
		}
		same := false
		for _, d := range claims {
			same = same || f.equalColumns(c.column, d.column)
		}
		if !same {
			claims = append(claims, c)
		}
	}
	return claims
}

func (f *finder) ambiguous(claims []candidate) error {
	a, b := f.name(claims[0].column), f.name(claims[1].column)
	return perennial.NewError(perennial.KindInvalid, "mapping.ambiguous_amount",
		perennial.Say("“%s”和“%s”都可能是金额。", "Both %q and %q could be the amount.", a, b)).
		WithHint(perennial.Say("选一列：--map amount=%s 或 --map amount=%s。", "Choose one: --map amount=%s or --map amount=%s.", quoteColumn(a), quoteColumn(b)))
}

func quoteColumn(name string) string {
	if strings.ContainsAny(name, ", ") {
		return `"` + name + `"`
	}
	return name
}

// equalColumns reports whether two columns hold the same amounts throughout.
func (f *finder) equalColumns(a, b int) bool {
	for _, row := range f.sample() {
		x, okx := f.amountAt(row, a)
		y, oky := f.amountAt(row, b)
		if okx != oky || x != y {
			return false
		}
	}
	return true
}

func (f *finder) sample() [][]string { return f.table.Rows[:min(len(f.table.Rows), sampleRows)] }

func (f *finder) amountAt(row []string, column int) (float64, bool) {
	if column < 0 || column >= len(row) || value.Empty(row[column]) {
		return 0, false
	}
	d, _, p := value.Price(row[column], value.Format{DecimalComma: f.profiles[column].mark.DecimalComma()})
	return d.Float(), p == nil
}

func cellAt(row []string, column int) string {
	if column < 0 || column >= len(row) {
		return ""
	}
	return row[column]
}

// group looks at the orders of the sample that have several rows.
func (f *finder) group() groups {
	var g groups
	id, product, name := f.m.Index(OrderID), f.m.Index(ProductID), f.m.Index(ProductName)
	if product < 0 {
		product = name
	}
	first := map[string][]string{}
	multiple := map[string]bool{}
	joined, named := 0, 0
	for _, row := range f.sample() {
		if s := cellAt(row, name); s != "" {
			named++
			if strings.ContainsAny(s, ",，;；、|\n") && len(s) > 40 {
				joined++
			}
		}
		key := cellAt(row, id)
		if value.Empty(key) {
			continue
		}
		before, ok := first[key]
		if !ok {
			first[key] = row
			continue
		}
		multiple[key] = true
		g.products = g.products || product >= 0 && cellAt(before, product) != cellAt(row, product)
		g.differ = g.differ || strings.Join(before, "\x00") != strings.Join(row, "\x00")
	}
	g.orders = len(multiple)
	g.titles = joined > 0 && 10*joined >= named && f.m.has(Quantity) && !f.m.has(UnitPrice)
	for _, h := range f.heads { // a count of kinds of goods is an order's
		if h.base == "宝贝种类" || h.base == "商品种类" || h.base == "商品种类数" || h.base == "numitems" {
			g.titles = true
		}
	}
	return g
}

// source decides which column is the money of a row.
func (f *finder) source() {
	m := f.m
	use := func(field Field, zh, en string) {
		m.Amount.Source, m.Amount.Reason = field, perennial.Say(zh, en, f.columnName(field))
	}
	if m.Rows == Whole {
		switch {
		case m.has(PaidAmount):
			use(PaidAmount, "金额取客户实付“%s”。", "The amount is what the customer paid, %q.")
			if m.has(OrderTotal) {
				use(PaidAmount, "订单金额和实付都有，取客户实付“%s”。", "Both a total and a paid amount are there; what the customer paid is taken, %q.")
				m.Warnings = append(m.Warnings, m.Amount.Reason)
			}
		case m.has(OrderTotal):
			use(OrderTotal, "金额取“%s”。", "The amount is %q.")
		case m.has(LineAmount):
			use(LineAmount, "金额取“%s”。", "The amount is %q.")
		case m.has(UnitPrice):
			use(UnitPrice, "没有金额列，用“%s”乘数量。", "There is no amount; it is %q times the quantity.")
		}
		return
	}
	paid, order := m.has(PaidAmount), m.has(OrderTotal)
	paidPerOrder := paid && f.perOrder(m.Index(PaidAmount))
	orderPerOrder := order && f.perOrder(m.Index(OrderTotal))
	switch {
	case paid && !paidPerOrder:
		use(PaidAmount, "每行的金额取客户实付“%s”。", "The amount of a line is what was paid for it, %q.")
	case m.has(LineAmount):
		use(LineAmount, "每行的金额取“%s”。", "The amount of a line is %q.")
	case m.has(UnitPrice):
		use(UnitPrice, "每行的金额是“%s”乘数量。", "The amount of a line is %q times the quantity.")
		if !m.has(Quantity) {
			use(UnitPrice, "没有数量列，每行的金额就是“%s”。", "There is no quantity; the amount of a line is %q.")
		}
	case order && !orderPerOrder:
		use(OrderTotal, "每行的金额取“%s”。", "The amount of a line is %q.")
	case paid:
		use(PaidAmount, "金额取整笔订单的实付“%s”，每单只算一次。", "The amount is what was paid for the whole order, %q, counted once an order.")
		m.Amount.PerOrder = true
	case order:
		use(OrderTotal, "金额取整笔订单的“%s”，每单只算一次。", "The amount is that of the whole order, %q, counted once an order.")
		m.Amount.PerOrder = true
	}
	switch {
	case m.Amount.PerOrder:
	case paidPerOrder:
		m.Amount.Order = PaidAmount
		m.warn("“%s”是整笔订单的实付，每单只算一次。", "%q is what was paid for the whole order and counts once an order.", f.columnName(PaidAmount))
	case orderPerOrder && m.Amount.Source != PaidAmount:
		m.Amount.Order = OrderTotal
	}
	f.checkProduct()
}

// perOrder reports whether an amount in a file of lines belongs to the whole
// order: within every order of several rows it repeats or stands on the first
// row only. Where no order of the sample has several rows it makes no difference
// and is taken so.
func (f *finder) perOrder(column int) bool {
	id := f.m.Index(OrderID)
	if id < 0 {
		return false
	}
	quantity, price := f.m.Index(Quantity), f.m.Index(UnitPrice)
	first := map[string]float64{}
	rows, products := 0, 0
	for _, row := range f.sample() {
		key := cellAt(row, id)
		if value.Empty(key) {
			continue
		}
		v, ok := f.amountAt(row, column)
		before, seen := first[key]
		if !seen {
			first[key] = v
			continue
		}
		if ok && v != before {
			return false
		}
		rows++
		if p, okp := f.amountAt(row, price); okp && ok {
			q := 1.0
			if quantity >= 0 {
				q, _ = f.amountAt(row, quantity)
			}
			if math.Abs(p*q-v) < 0.005 {
				products++
			}
		}
	}
	return rows == 0 || products < rows // equal lines of equal price are a line's amounts
}

// checkProduct warns where a line's amount is not price times quantity.
func (f *finder) checkProduct() {
	m := f.m
	if m.Amount.Source != LineAmount || !m.has(UnitPrice) || !m.has(Quantity) {
		return
	}
	off, rows := 0, 0
	for _, row := range f.sample() {
		v, ok := f.amountAt(row, m.Index(LineAmount))
		p, okp := f.amountAt(row, m.Index(UnitPrice))
		q, okq := f.amountAt(row, m.Index(Quantity))
		if ok && okp && okq {
			rows++
			if math.Abs(p*q-v) > 0.01+0.001*math.Abs(v) {
				off++
			}
		}
	}
	if off > 0 {
		m.warn("样本 %[2]d 行中有 %[1]d 行的“%[3]s”不等于单价乘数量（多半是折扣），以“%[3]s”为准。",
			"In %[1]d of %[2]d rows %[3]q is not price × quantity (discounts, most likely); %[3]q is taken.", off, rows, f.columnName(LineAmount))
	}
}

func (f *finder) columnName(field Field) string { return f.name(f.m.Index(field)) }
