package value

// Status is what an order's status word says about its money.
type Status uint8

// The states of an order. Only Paid, Refunded and PartlyRefunded orders were
// paid; Unpaid and Closed ones never count.
const (
	StatusNone           Status = iota // the cell is empty
	StatusUnknown                      // a word that is not known: ask, never guess
	StatusPaid                         // paid, shipped, done; a refund asked for but not made
	StatusUnpaid                       // waiting for payment, wholly or in part
	StatusClosed                       // closed, cancelled, voided
	StatusRefunded                     // wholly refunded
	StatusPartlyRefunded               // refunded in part
)

// String returns the machine name.
func (s Status) String() string {
	return [...]string{"", "unknown", "paid", "unpaid", "closed", "refunded", "partially_refunded"}[min(s, StatusPartlyRefunded)]
}

// MarshalText writes String.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ParseStatusName reads what String writes, for presets: paid, unpaid, closed,
// refunded, partially_refunded.
func ParseStatusName(name string) (Status, bool) {
	for s := StatusPaid; s <= StatusPartlyRefunded; s++ {
		if s.String() == name {
			return s, true
		}
	}
	return StatusUnknown, false
}

// StatusWords knows which word means which status: the usual ones of shops and
// tills, and those that a preset adds. It is not changed after it is made and may
// be shared.
type StatusWords struct {
	extra map[string]Status
}

// NewStatusWords returns the usual words with extra ones, which come first.
func NewStatusWords(extra map[string]Status) StatusWords {
	w := StatusWords{extra: make(map[string]Status, len(extra))}
	for word, status := range extra {
		var buf wordBuffer
		if b, ok := foldWord(word, &buf); ok {
			w.extra[string(b)] = status
		}
	}
	return w
}

// Status reads a status word; case, spaces, underscores and full-width forms do
// not matter.
func (w StatusWords) Status(s string) Status {
	var buf wordBuffer
	b, ok := foldWord(s, &buf)
	if !ok {
		return StatusUnknown
	}
	if len(w.extra) > 0 {
		if v, ok := w.extra[string(b)]; ok {
			return v
		}
	}
	if v, ok := usualStatus[string(b)]; ok {
		return v
	}
	if Empty(s) {
		return StatusNone
	}
	return StatusUnknown
}

var usualStatus = map[string]Status{
	// Chinese shops, tills and mini-programs.
	"已付款": StatusPaid, "已支付": StatusPaid, "支付成功": StatusPaid, "付款成功": StatusPaid, "买家已付款": StatusPaid,
	"买家已付款等待卖家发货": StatusPaid, "等待卖家发货": StatusPaid, "待发货": StatusPaid, "未发货": StatusPaid, "部分发货": StatusPaid,
	"卖家部分发货": StatusPaid, "已发货": StatusPaid, "卖家已发货": StatusPaid, "卖家已发货等待买家确认": StatusPaid,
	"等待买家确认收货": StatusPaid, "等待确认收货": StatusPaid, "待收货": StatusPaid, "待签收": StatusPaid, "已签收": StatusPaid, "已收货": StatusPaid,
	"交易成功": StatusPaid, "交易完成": StatusPaid, "已完成": StatusPaid, "完成": StatusPaid, "订单完成": StatusPaid, "已成交": StatusPaid,
	"等待出库": StatusPaid, "待出库": StatusPaid, "已出库": StatusPaid, "等待打包": StatusPaid, "等待打印": StatusPaid, "配送中": StatusPaid, "待配送": StatusPaid,
	"已送达": StatusPaid, "已妥投": StatusPaid, "妥投": StatusPaid, "待自提": StatusPaid, "已自提": StatusPaid, "待核销": StatusPaid,
	"已核销": StatusPaid, "待使用": StatusPaid, "已使用": StatusPaid, "待评价": StatusPaid, "已评价": StatusPaid, "待提货": StatusPaid,
	"已提货": StatusPaid, "待接单": StatusPaid, "已接单": StatusPaid, "备货中": StatusPaid, "待成团": StatusPaid, "已成团": StatusPaid,
	"已结账": StatusPaid, "已结算": StatusPaid, "已收银": StatusPaid, "已消费": StatusPaid, "销售": StatusPaid,
	"退款中": StatusPaid, "申请退款": StatusPaid, "退款申请中": StatusPaid, "退款关闭": StatusPaid, "退款失败": StatusPaid, "退款取消": StatusPaid,
	"未申请退款": StatusPaid, "没有申请退款": StatusPaid, "无退款": StatusPaid, "未退款": StatusPaid,

	"待付款": StatusUnpaid, "未付款": StatusUnpaid, "待支付": StatusUnpaid, "未支付": StatusUnpaid, "等待付款": StatusUnpaid,
	"等待买家付款": StatusUnpaid, "等待支付": StatusUnpaid, "支付中": StatusUnpaid, "付款确认中": StatusUnpaid, "支付失败": StatusUnpaid, "部分付款": StatusUnpaid,
	"定金已付": StatusUnpaid, "定金已付尾款未付": StatusUnpaid, "等待付尾款": StatusUnpaid, "待付尾款": StatusUnpaid, "挂单": StatusUnpaid, "待确认付款": StatusUnpaid,

	"交易关闭": StatusClosed, "已关闭": StatusClosed, "订单关闭": StatusClosed, "关闭": StatusClosed, "已取消": StatusClosed,
	"取消": StatusClosed, "订单取消": StatusClosed, "交易取消": StatusClosed, "已作废": StatusClosed, "作废": StatusClosed, "超时关闭": StatusClosed,
	"付款前交易关闭": StatusClosed, "支付超时": StatusClosed, "已删除": StatusClosed, "未成团": StatusClosed, "拒收": StatusClosed, "已拒收": StatusClosed,
	"买家取消": StatusClosed, "卖家取消": StatusClosed, "系统取消": StatusClosed, "锁定已取消": StatusClosed, "撤单": StatusClosed, "已撤单": StatusClosed,

	"已退款": StatusRefunded, "退款成功": StatusRefunded, "全额退款": StatusRefunded, "退款完成": StatusRefunded, "已全额退款": StatusRefunded,
	"退货退款": StatusRefunded, "已退货": StatusRefunded, "退货完成": StatusRefunded, "付款后交易关闭": StatusRefunded, "已退单": StatusRefunded, "退单": StatusRefunded,
	"部分退款": StatusPartlyRefunded, "已部分退款": StatusPartlyRefunded, "部分退货": StatusPartlyRefunded, "部分退款成功": StatusPartlyRefunded,

	// English shops.
	"paid": StatusPaid, "captured": StatusPaid, "settled": StatusPaid, "completed": StatusPaid, "complete": StatusPaid, "done": StatusPaid,
	"fulfilled": StatusPaid, "partiallyfulfilled": StatusPaid, "shipped": StatusPaid, "partiallyshipped": StatusPaid,
	"delivered": StatusPaid, "processing": StatusPaid, "intransit": StatusPaid, "outfordelivery": StatusPaid, "readyforpickup": StatusPaid,
	"closedwon": StatusPaid, "success": StatusPaid, "succeeded": StatusPaid, "approved": StatusPaid, "invoiced": StatusPaid, "dispatched": StatusPaid,
	"received": StatusPaid, "pickedup": StatusPaid, "tradefinished": StatusPaid, "waitsellersendgoods": StatusPaid,
	"waitbuyerconfirmgoods": StatusPaid, "tradebuyersigned": StatusPaid, "refundrequested": StatusPaid, "sale": StatusPaid,

	"unpaid": StatusUnpaid, "pending": StatusUnpaid, "pendingpayment": StatusUnpaid, "awaitingpayment": StatusUnpaid, "authorized": StatusUnpaid,
	"authorised": StatusUnpaid, "partiallypaid": StatusUnpaid, "paymentpending": StatusUnpaid, "onhold": StatusUnpaid, "draft": StatusUnpaid,
	"failed": StatusUnpaid, "paymentfailed": StatusUnpaid, "due": StatusUnpaid, "overdue": StatusUnpaid, "waitbuyerpay": StatusUnpaid,

	"cancelled": StatusClosed, "canceled": StatusClosed, "voided": StatusClosed, "void": StatusClosed, "expired": StatusClosed,
	"closed": StatusClosed, "declined": StatusClosed, "abandoned": StatusClosed, "deleted": StatusClosed, "rejected": StatusClosed, "trash": StatusClosed,
	"tradeclosedbytaobao": StatusClosed,

	"refunded": StatusRefunded, "fullyrefunded": StatusRefunded, "returned": StatusRefunded, "chargeback": StatusRefunded, "reversed": StatusRefunded,
	"tradeclosed":       StatusRefunded,
	"partiallyrefunded": StatusPartlyRefunded, "partialrefund": StatusPartlyRefunded, "partialrefunded": StatusPartlyRefunded, "partiallyreturned": StatusPartlyRefunded,
}

// Kind is what a row of orders is when a column says so: a sale or a refund.
type Kind uint8

// The kinds of rows.
const (
	KindUnknown Kind = iota
	KindSale
	KindRefund
)

// RowKind reads the words of a column that tells sales from refunds.
func RowKind(s string) Kind {
	var buf wordBuffer
	b, ok := foldWord(s, &buf)
	if !ok {
		return KindUnknown
	}
	switch string(b) {
	case "销售", "销售单", "零售", "零售单", "售出", "正单", "正常", "正常单", "消费", "消费单", "收款", "订单", "普通订单", "出库", "交易",
		"sale", "sales", "order", "purchase", "invoice", "payment", "charge", "sell", "s":
		return KindSale
	case "退货", "退货单", "退款", "退款单", "退单", "负单", "冲红", "红冲", "退货退款", "仅退款", "销售退货", "销退", "零售退货", "撤销", "反结账",
		"refund", "return", "creditnote", "creditmemo", "credit", "chargeback", "reversal", "r":
		return KindRefund
	}
	return KindUnknown
}

// Bool reads true/false, 1/0, on/off, yes/no, y/n, t/f, 是/否, 有/无 and √.
// Problem: BoolFormat, also for an empty cell.
func Bool(s string) (bool, *Problem) {
	var buf wordBuffer
	b, ok := foldWord(s, &buf)
	if !ok {
		return false, BoolFormat
	}
	switch string(b) {
	case "true", "1", "1.0", "on", "yes", "y", "t", "是", "有", "对", "真", "√", "✓", "✔", "已启用", "启用":
		return true, nil
	case "false", "0", "0.0", "off", "no", "n", "f", "否", "无", "没有", "不是", "假", "×", "✗", "未启用", "停用":
		return false, nil
	}
	return false, BoolFormat
}
