package purchase

import (
	"fmt"
	"strings"

	"perennial"
)

// noPurchases says why nothing is left to analyse: what all documents have in
// common, or how many there are of each kind.
func (b *Bridge) noPurchases() error {
	said := func(sentence, hint perennial.Text) error {
		return perennial.NewError(perennial.KindNotFound, "analyze.no_purchases", sentence).WithHint(hint)
	}
	n := perennial.Count(b.AllOrders)
	switch {
	case b.AllOrders == 0:
		return said(perennial.Say("%d 张单据的金额全是负数，或都是退款：没有一笔购买。", "All %d documents have negative amounts or are refunds: there is no purchase.", perennial.Count(b.RefundOrders)),
			perennial.Say("检查金额列是否选对、正负号是否反了；退款要和它的订单一起导入。",
				"Check that the amount column is the right one and its sign is not reversed; refunds are imported along with their orders."))
	case b.UnpaidOrders == b.AllOrders:
		return said(perennial.Say("全部 %d 张订单都未付款或已关闭。", "All %d orders are unpaid or closed.", n),
			perennial.Say("检查状态列是否选对；状态读错了就用 --status 说明，例如 --status 待评价=paid，再导入一次。",
				"Check that the status column is the right one; if a status is misread, say what it means, for example --status \"on hold=paid\", and import again."))
	case b.WalkInOrders == b.AllOrders:
		return said(perennial.Say("全部 %d 张订单都没有客户（散客）。", "All %d orders are without a customer (walk-ins).", n),
			perennial.Say("检查客户列是否选对，不对就用 --map customer_id=列名 指定；散客认不出是谁，不能做客户分析。",
				"Check that the customer column is the right one, or name it with --map customer_id=COLUMN; walk-ins cannot be told apart."))
	case b.WhollyOrders == b.AllOrders:
		return said(perennial.Say("全部 %d 张订单都已全额退款。", "All %d orders were wholly refunded.", n),
			perennial.Say("检查退款列是否选对；连退款的订单也要看时加 --textbook。", "Check that the refund column is the right one; --textbook counts refunded orders, too."))
	case b.ZeroOrders > 0 && b.Gross == 0 && b.ZeroOrders == b.AllOrders-b.UnpaidOrders-b.WalkInOrders:
		return said(perennial.Say("已知客户的 %d 张订单金额都是 0，没有可以分析的购买。", "All %d orders of known customers are of value zero: there is no purchase to analyse.", perennial.Count(b.ZeroOrders)),
			perennial.Say("检查金额列是否选对；确实要分析零元订单时加 --zero keep。", "Check that the amount column is the right one; to analyse orders of value zero, say --zero keep."))
	}
	var zh, en []string
	for _, part := range []struct {
		n      int64
		zh, en string
	}{
		{b.UnpaidOrders, "未付款或已关闭", "unpaid or closed"}, {b.WalkInOrders, "没有客户", "without a customer"}, {b.WhollyOrders, "全额退款", "wholly refunded"},
		{b.ZeroOrders, "金额为 0", "of value zero"}, {b.ExcludedOrders, "客户不计入", "of customers who are left out"},
	} {
		if part.n > 0 {
			zh = append(zh, fmt.Sprintf("%s %d", part.zh, perennial.Count(part.n)))
			en = append(en, fmt.Sprintf("%s %d", part.en, perennial.Count(part.n)))
		}
	}
	return said(perennial.Text{
		ZH: fmt.Sprintf("%d 张订单里没有一笔已知客户的有效购买：%s。", n, strings.Join(zh, "，")),
		EN: fmt.Sprintf("None of %d orders is a purchase of a known customer: %s.", n, strings.Join(en, ", ")),
	}, perennial.Say("从最多的一类查起：客户、状态、金额这几列是否选对。", "Begin with the largest group: check the columns of customer, status and amount."))
}
