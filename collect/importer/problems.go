package importer

import (
	"strings"
	"unicode/utf8"
	"unsafe"

	"perennial"
	"perennial/collect/importer/value"
)

// noCurrency is ISO 4217's code for “no currency”: a file of bare numbers.
const noCurrency perennial.Currency = "XXX"

// Problems of orders, beside those of single values.
var (
	orderFuture = &value.Problem{
		Code:     "order.future",
		Sentence: perennial.Text{ZH: "日期在未来。", EN: "The date is in the future."},
		Hint:     perennial.Text{ZH: "检查日期列和日月顺序；晚于明天的订单不收。", EN: "Check the date column and the order of day and month; orders later than tomorrow are not taken."},
	}
	orderNoID = &value.Problem{
		Code:     "order.no_id",
		Sentence: perennial.Text{ZH: "这一行没有订单号。", EN: "The row has no order number."},
		Hint:     perennial.Text{ZH: "补上订单号再导入；合计行可以忽略。", EN: "Fill in the order number and import again; a row of totals may be ignored."},
	}
	orderTwoCustomers = &value.Problem{
		Code:     "order.two_customers",
		Sentence: perennial.Text{ZH: "同一个订单号对应不同的客户。", EN: "One order number stands with different customers."},
		Hint:     perennial.Text{ZH: "多半是订单号列选错了，或几家店的单号重复；核对后再导入这些订单。", EN: "The order column may be the wrong one, or several shops share numbers: check and import these orders again."},
	}
	orderTwoCurrencies = &value.Problem{
		Code:     "order.two_currencies",
		Sentence: perennial.Text{ZH: "同一张订单里有两种货币。", EN: "One order has two currencies."},
		Hint:     perennial.Text{ZH: "拆成两张订单，或统一货币后再导入。", EN: "Split it, or convert it to one currency, and import it again."},
	}
	orderTooLarge = &value.Problem{
		Code:     "order.overflow",
		Sentence: perennial.Text{ZH: "订单金额加起来太大，无法记账。", EN: "The order's amounts add up to more than can be kept."},
		Hint:     perennial.Text{ZH: "检查金额列是否选对。", EN: "Check that the amount column is the right one."},
	}
	statusUnknown = &value.Problem{
		Code:     "status.unknown",
		Sentence: perennial.Text{ZH: "不认识这个订单状态。", EN: "This order status is not known."},
		Hint:     perennial.Text{ZH: "用 --status 说明它算不算付款，例如 --status 待评价=paid。", EN: "Say what it means with --status, for example --status \"on hold=unpaid\"."},
	}
	currencyUnknown = &value.Problem{
		Code:     "currency.unknown",
		Sentence: perennial.Text{ZH: "没有这种货币。", EN: "There is no such currency."},
		Hint:     perennial.Text{ZH: "用 ISO 4217 三字母代码，例如 CNY。", EN: "Use a three-letter ISO 4217 code such as CNY."},
	}
	currencySign = &value.Problem{
		Code:     "currency.sign",
		Sentence: perennial.Text{ZH: "金额的货币符号与订单的货币不符。", EN: "The amount's currency sign is not the order's currency."},
		Hint:     perennial.Text{ZH: "加一列货币代码，或按货币分成几个文件。", EN: "Add a column with the currency, or split the file by currency."},
	}
)

// bytesString views a cell as a string for a parser that does not keep it.
func bytesString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// maskRaw shows the shape of the beginning of an unreadable line: separators and
// quotes, which are what is wrong with it. Letters and digits may be a name, an
// address or a number.
func maskRaw(raw string) string {
	var b strings.Builder
	for i, r := range raw {
		if i >= 40 {
			b.WriteRune('…')
			break
		}
		switch {
		case r >= utf8.RuneSelf, r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z':
			b.WriteByte('*')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
