package e2e

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// shop makes files of orders whose totals are known.
type shop struct {
	prefix    string
	orders    int
	customers int
	seed      uint64
}

// csv writes one row an order: number, card, time, paid amount. The money of
// order i is i+1 cents and more, so that a lost order shows.
func (s shop) csv() string {
	r := rand.New(rand.NewPCG(s.seed, 7))
	var b strings.Builder
	b.Grow(s.orders * 60)
	b.WriteString("订单编号,会员卡号,付款时间,实付金额,订单状态\n")
	start := time.Date(2024, 1, 1, 9, 0, 0, 0, time.UTC)
	for i := range s.orders {
		when := start.Add(time.Duration(r.IntN(600*24*60)) * time.Minute)
		fmt.Fprintf(&b, "%s%08d,%06d,%s,%d.%02d,交易成功\n", s.prefix, i, r.IntN(s.customers), when.Format("2006-01-02 15:04:05"), 10+i%90, i%100)
	}
	return b.String()
}

// cents is the money of all orders.
func (s shop) cents() int {
	sum := 0
	for i := range s.orders {
		sum += (10+i%90)*100 + i%100
	}
	return sum
}

// lines writes order lines of a few orders by hand: rows after the header.
func lines(rows ...string) string {
	return "订单编号,会员卡号,付款时间,实付金额\n" + strings.Join(rows, "\n") + "\n"
}
