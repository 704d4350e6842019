package demo

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

var tmallHeader = []string{
	"订单编号", "买家会员名", "会员卡号", "买家应付货款", "买家应付邮费", "总金额", "买家实际支付金额", "订单状态",
	"收货人姓名", "联系手机", "订单创建时间", "订单付款时间", "宝贝标题", "宝贝种类", "宝贝总数量", "订单关闭原因",
	"退款金额", "店铺名称",
}

var tmallStatus = [...]string{
	Done: "交易成功", Shipped: "卖家已发货，等待买家确认", Paid: "买家已付款，等待卖家发货",
	Closed: "交易关闭", Unpaid: "等待买家付款",
}

func (s *Shop) writeTmall(w io.Writer, f Format) (dirt Dirt, err error) {
	// The ruined file is the same file: same draws, same dirt.
	d := s.soiler(TmallCSV, &dirt)
	encoded := transform.NewWriter(w, simplifiedchinese.GB18030.NewEncoder())
	out := csv.NewWriter(encoded)
	out.UseCRLF = true
	_ = out.Write(tmallHeader) // a csv.Writer keeps its first error for Flush
	var titles []string
	var b []byte
	row := make([]string, len(tmallHeader))
	for _, i := range s.timeline(Tmall) {
		o := &s.Orders[i]
		bill := s.bill(i)
		c := &s.Customers[o.Customer]
		status, reason, paid, paidAt := tmallStatus[o.Status], "", "0.00", ""
		if o.Status.Counts() {
			paid = d.money(o.Total)
			paidAt = at(o.Day, o.paidSecond()).Format(isoTime)
		}
		if bill.whole {
			status, reason = tmallStatus[Closed], "退款"
		} else if o.Status == Closed {
			reason = "买家未付款"
		}
		titles = titles[:0]
		for _, l := range s.LinesOf(o) {
			if int(l.Product) != s.special(productPostage) {
				titles = append(titles, s.Products[l.Product].Name)
			}
		}
		nick, card, phone := c.Nick(), c.Card(), c.Phone()
		if d.blank(o) {
			nick, card = "", ""
		}
		if d.draw.chance(0.02) {
			d.MaskedPhones++
			phone = mask(phone)
		}
		b = appendOrderID(b[:0], o, s.Stores)
		id := `="` + string(b) + `"`
		if f == TmallRuinedCSV {
			d.RuinedIDs++
			v, _ := strconv.ParseFloat(string(b), 64)
			id = strings.ToUpper(strconv.FormatFloat(v, 'e', 5, 64))
		}
		row = append(row[:0],
			id, nick, card, d.money(bill.goods), Currency.Amount(bill.postage).Decimal(), d.money(o.Total), paid,
			d.statusWord(o, status), c.Name(), "'"+phone,
			d.when(at(o.Day, o.Second), isoTime, slashTime), paidAt,
			strings.Join(titles, "，"), strconv.Itoa(len(titles)), d.count(bill.pieces), reason,
			Currency.Amount(bill.refunded).Decimal(), Brand+"旗舰店")
		_ = out.Write(row)
		d.Rows++
		d.tally(o, bill.refunded)
		if d.draw.chance(0.006) {
			_ = out.Write(row)
			d.Rows++
			d.Repeated++
			if f == TmallRuinedCSV {
				d.RuinedIDs++
			}
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return dirt, fmt.Errorf("write tmall orders: %w", err)
	}
	if err := encoded.Close(); err != nil {
		return dirt, fmt.Errorf("write tmall orders: %w", err)
	}
	return dirt, nil
}
