package mapping

import "perennial"

// Field is what a column of a file means.
type Field string

// The fields of orders. A line's amount is LineAmount, or Quantity × UnitPrice;
// an order's is PaidAmount (what the customer paid) or OrderTotal (what was due).
const (
	OrderID      Field = "order_id"
	CustomerID   Field = "customer_id"
	OrderedAt    Field = "ordered_at"
	PaidAt       Field = "paid_at"
	Status       Field = "status"
	ProductID    Field = "product_id"
	ProductName  Field = "product_name"
	Category     Field = "category"
	Subcategory  Field = "subcategory"
	Quantity     Field = "quantity"
	UnitPrice    Field = "unit_price"
	LineAmount   Field = "line_amount"
	OrderTotal   Field = "order_total"
	PaidAmount   Field = "paid_amount"
	Discount     Field = "discount"
	RefundAmount Field = "refund_amount"
	RefundOf     Field = "refund_of" // the order that a refund belongs to
	Cost         Field = "cost"
	Currency     Field = "currency"
	Channel      Field = "channel"
	Store        Field = "store"
	Coupon       Field = "coupon"
	Region       Field = "region"
	CustomerName Field = "customer_name"
	Phone        Field = "phone"
	Email        Field = "email"
	Type         Field = "type" // sale or refund
)

// The further fields of customers and of products.
const (
	JoinedAt   Field = "joined_at"
	Name       Field = "name"
	Birthday   Field = "birthday"
	Gender     Field = "gender"
	Tier       Field = "tier"
	City       Field = "city"
	Owner      Field = "owner"
	Excluded   Field = "excluded" // staff, test, wholesale
	LaunchedAt Field = "launched_at"
	Brand      Field = "brand"
)

// amount is what people write for the amount where they need not know whether it
// is an order's or a line's: in --map it is PaidAmount, in headers it is settled
// by the kind of rows.
const amount Field = "amount"

// Kind is what a file holds.
type Kind string

// The kinds of files.
const (
	Orders    Kind = "orders"
	Customers Kind = "customers"
	Products  Kind = "products"
)

// Fields returns the fields of a kind of file, in the order in which people look
// for them.
func (k Kind) Fields() []Field {
	switch k {
	case Orders:
		return []Field{OrderID, CustomerID, OrderedAt, PaidAt, Status, ProductID, ProductName, Category, Subcategory,
			Quantity, UnitPrice, LineAmount, OrderTotal, PaidAmount, Discount, RefundAmount, RefundOf, Cost, Currency,
			Channel, Store, Coupon, Region, CustomerName, Phone, Email, Type}
	case Customers:
		return []Field{CustomerID, JoinedAt, Name, Phone, Email, Birthday, Gender, Tier, Store, City, Owner, Excluded}
	case Products:
		return []Field{ProductID, ProductName, Category, Subcategory, Cost, LaunchedAt, Brand}
	}
	return nil
}

// test names what the values of a field must be.
type test uint8

const (
	anyText test = iota
	anID
	aDate
	anAmount
	aNumber
	aStatus
	aType
	aPhone
	anEmail
	aCurrency
	aGender
	aFlag
)

type fieldInfo struct {
	zh, en string
	test   test
}

var fieldInfos = map[Field]fieldInfo{
	OrderID: {"订单号", "order number", anID}, CustomerID: {"客户", "customer", anID}, OrderedAt: {"下单时间", "order date", aDate},
	PaidAt: {"付款时间", "payment date", aDate}, Status: {"订单状态", "status", aStatus}, ProductID: {"商品编码", "product code", anID},
	ProductName: {"商品名称", "product name", anyText}, Category: {"类目", "category", anyText}, Subcategory: {"子类目", "subcategory", anyText},
	Quantity: {"数量", "quantity", aNumber}, UnitPrice: {"单价", "unit price", anAmount}, LineAmount: {"行金额", "line amount", anAmount},
	OrderTotal: {"订单金额", "order total", anAmount}, PaidAmount: {"实付金额", "amount paid", anAmount}, Discount: {"优惠金额", "discount", anAmount},
	RefundAmount: {"退款金额", "refunded amount", anAmount}, RefundOf: {"原订单号", "original order", anID}, Cost: {"成本", "cost", anAmount},
	Currency: {"币种", "currency", aCurrency}, Channel: {"渠道", "channel", anyText}, Store: {"门店", "store", anyText}, Coupon: {"优惠券", "coupon", anyText},
	Region: {"地区", "country or region", anyText}, CustomerName: {"客户姓名", "customer name", anyText}, Phone: {"手机号", "phone", aPhone},
	Email: {"邮箱", "e-mail", anEmail}, Type: {"单据类型", "sale or refund", aType}, JoinedAt: {"入会时间", "join date", aDate}, Name: {"姓名", "name", anyText},
	Birthday: {"生日", "birthday", aDate}, Gender: {"性别", "gender", aGender}, Tier: {"会员等级", "tier", anyText}, City: {"城市", "city", anyText},
	Owner: {"专属导购", "owner", anyText}, Excluded: {"排除标记", "exclusion flag", aFlag}, LaunchedAt: {"上市时间", "launch date", aDate}, Brand: {"品牌", "brand", anyText},
}

// Label names the field for people.
func (f Field) Label() perennial.Text {
	i := fieldInfos[f]
	return perennial.Text{ZH: i.zh, EN: i.en}
}

func (f Field) known() bool { _, ok := fieldInfos[f]; return ok }

// of reports whether a kind of file has the field.
func (k Kind) has(f Field) bool {
	for _, g := range k.Fields() {
		if g == f {
			return true
		}
	}
	return false
}
