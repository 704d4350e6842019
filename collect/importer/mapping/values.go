package mapping

import (
	"perennial"
)

// fromValues finds by their values alone: phone numbers and e-mail addresses
// under any header, the one column of dates where no header names one, and every
// field that orders need where the file has no header.
func (f *finder) fromValues(overrides []Override) {
	if len(f.table.Header) == 0 {
		if f.m.Kind == Orders {
			f.headerless(overrides)
		}
		return
	}
	shapes := []struct {
		field Field
		n     func(*profile) int
	}{
		{Phone, func(p *profile) int { return p.phone }},
		{Email, func(p *profile) int { return p.email }},
	}
	for _, s := range shapes {
		if !f.m.Kind.has(s.field) || f.closed(s.field, overrides) {
			continue
		}
		for i := range f.width {
			if p := &f.profiles[i]; !f.known[i] && p.filled >= 3 && p.share(s.n(p)) >= 0.9 {
				f.set(candidate{s.field, i, 0.6, perennial.Say("表头没有说明，但值的样子是%[1]s。", "The header does not say, but the values look like a %[2]s.", s.field.Label().ZH, s.field.Label().EN)})
				break
			}
		}
	}
	if f.m.Kind != Orders || f.closed(OrderedAt, overrides) || f.m.has(PaidAt) {
		return
	}
	at := -1
	for i := range f.width {
		if p := &f.profiles[i]; !f.known[i] && !f.taken[i] && p.filled > 0 && p.share(p.date) >= 0.9 {
			if at >= 0 {
				return // two that could be: ask
			}
			at = i
		}
	}
	if at >= 0 {
		f.set(candidate{OrderedAt, at, 0.5, perennial.Say("只有这一列是日期。", "The only column of dates.")})
	}
}

// headerless finds customer, date, quantity and amount in a file without header:
// the date by its form; the customer as the first column of ids that repeat; the
// amount as the only column with decimals, else the column whose whole numbers
// vary most; the quantity as small whole numbers. A sequence that never repeats
// is an order id only where a customer stands beside it.
func (f *finder) headerless(overrides []Override) {
	settle := func(field Field, column int, confidence float64, zh, en string) {
		if column >= 0 && !f.closed(field, overrides) {
			f.set(candidate{field, column, confidence, perennial.Text{ZH: zh, EN: en}})
		}
	}
	first := func(ok func(*profile) bool) int {
		for i := range f.width {
			if p := &f.profiles[i]; !f.taken[i] && 2*p.filled > p.rows && ok(p) {
				return i
			}
		}
		return -1
	}
	settle(OrderedAt, first(func(p *profile) bool { return p.share(p.date) >= 0.95 }), 0.8,
		"没有表头；这一列的值是日期。", "The file has no header; the values of this column are dates.")
	settle(Phone, first(func(p *profile) bool { return p.share(p.phone) >= 0.9 }), 0.7,
		"没有表头；值的样子是手机号。", "The file has no header; the values look like phone numbers.")
	settle(Email, first(func(p *profile) bool { return p.share(p.email) >= 0.9 }), 0.7,
		"没有表头；值的样子是邮箱。", "The file has no header; the values look like e-mail addresses.")

	money := first(func(p *profile) bool { return p.share(p.money) >= 0.95 && p.share(p.money-p.whole) > 0.3 })
	if money >= 0 {
		again := first(func(p *profile) bool {
			return p != &f.profiles[money] && p.share(p.money) >= 0.95 && p.share(p.money-p.whole) > 0.3
		})
		if again < 0 {
			settle(OrderTotal, money, 0.6, "没有表头；唯一带小数的数字列，当作整笔金额，不乘数量。",
				"The file has no header; the only numbers with decimals are taken for the whole amount, not multiplied by a quantity.")
		}
	}
	repeating := func(p *profile) bool {
		return p.share(p.id) >= 0.98 && p.distinct > 1 && !p.unique() && p.share(p.money-p.whole) == 0 &&
			(p.distinct > 20 || p.letters > 0 || p.width >= 4)
	}
	settle(CustomerID, first(repeating), 0.6,
		"没有表头；第一列会重复出现的编号，当作客户。", "The file has no header; the first column of numbers that repeat is taken for the customer.")
	if f.m.has(CustomerID) {
		settle(OrderID, first(func(p *profile) bool {
			return p.unique() && p.share(p.id) >= 0.98 && p.width >= 4 && p.share(p.date) < 0.5
		}), 0.5,
			"没有表头；每行都不同的编号，当作订单号。", "The file has no header; numbers that never repeat are taken for order numbers.")
	}
	settle(Quantity, first(func(p *profile) bool {
		return p.share(p.whole) >= 0.98 && p.padded == 0 && p.distinct <= 200 && p.width <= 4
	}), 0.5,
		"没有表头；小的整数，当作数量。", "The file has no header; small whole numbers are taken for quantities.")
	if len(f.m.Columns) > 0 {
		f.m.warn("文件没有表头，各列是按值猜的，请核对；不对就用 --map customer_id=#1 这样的写法指定。",
			"The file has no header and its columns were told by their values: check them, and correct with --map customer_id=#1 where needed.")
	}
}
