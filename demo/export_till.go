package demo

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"perennial"
)

const bom = "\ufeff"

var tillHeader = []string{
	"小票号", "门店", "收银时间", "会员卡号", "商品编码", "商品名称", "品类", "数量", "单价", "金额", "支付方式", "原小票号",
}

var tillPayment = [...]string{"微信", "微信", "微信", "支付宝", "支付宝", "现金", "银行卡"}

// slip is one receipt of a till: a sale, or the return of one.
type slip struct {
	order   uint32
	refunds []Refund // of a return
	day     perennial.Day
	second  int32
	number  int64
}

// slips lists what the tills printed, oldest first. Refunds of an order that
// came back whole are on one receipt.
func (s *Shop) slips() []slip {
	var out []slip
	for _, i := range s.timeline(Store) {
		o := &s.Orders[i]
		out = append(out, slip{order: i, day: o.Day, second: o.Second, number: o.Number})
		if back := s.refundsOf(i); len(back) > 0 {
			out = append(out, slip{i, back, back[0].Day, back[0].Second, back[0].Number})
		}
	}
	slices.SortFunc(out, func(a, b slip) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.second, b.second), cmp.Compare(a.number, b.number))
	})
	return out
}

func (s *Shop) writeTill(w io.Writer) (dirt Dirt, err error) {
	d := s.soiler(TillCSV, &dirt)
	if _, err := io.WriteString(w, bom); err != nil {
		return dirt, fmt.Errorf("write till: %w", err)
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	_ = out.Write(tillHeader)
	var money perennial.Money
	var pieces int32
	row := make([]string, len(tillHeader))
	for _, slip := range s.slips() {
		o := &s.Orders[slip.order]
		card := ""
		if o.Customer >= 0 && !d.blank(o) {
			card = s.Customers[o.Customer].Card()
		}
		receipt, original := s.OrderID(o), ""
		payment := tillPayment[mix(uint64(o.Number))%uint64(len(tillPayment))]
		line := func(l *Line, quantity int32, amount perennial.Money) {
			p := &s.Products[l.Product]
			row = append(row[:0], receipt, s.Stores[o.Store].Name,
				d.when(at(slip.day, slip.second), slashTime, isoTime), card,
				p.Code, p.Name, s.categoryName(p), d.count(quantity), Currency.Amount(l.Price).Decimal(), d.money(amount),
				payment, original)
			_ = out.Write(row)
			d.Rows++
			pieces += quantity
			money += amount
		}
		if slip.refunds == nil {
			for k := range o.LineCount {
				l := &s.Lines[o.FirstLine+uint32(k)]
				if l.Quantity == 2 && d.draw.chance(0.25) {
					// Two pieces passed over the scanner one by one: the same row
					// twice, and both were paid for.
					line(l, 1, l.Price)
					_ = out.Write(row)
					d.Rows++
					d.Repeated++
					pieces++
					money += l.Price
					continue
				}
				line(l, l.Quantity, l.Amount())
			}
			d.tally(o, 0)
			continue
		}
		returned := Order{Number: slip.number, Day: slip.day, Channel: Store, Store: o.Store}
		if receipt = s.OrderID(&returned); !d.hit(o.Number, 3, 4) {
			original = s.OrderID(o)
		}
		for _, r := range slip.refunds {
			line(&s.Lines[r.Line], -r.Quantity, -r.Amount)
			d.Returns++
			d.Refunded += r.Amount
		}
	}
	total := make([]string, len(tillHeader))
	total[0], total[7], total[9] = "合计", strconv.Itoa(int(pieces)), Currency.Amount(money).Decimal()
	_ = out.Write(total)
	d.TotalRows++
	out.Flush()
	if err := out.Error(); err != nil {
		return dirt, fmt.Errorf("write till: %w", err)
	}
	return dirt, nil
}
