package demo

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"strconv"

	"perennial"
)

const linesHeader = bom + "订单编号,渠道,门店,会员卡号,下单时间,付款时间,订单状态,订单类型,商品编码,商品名称,一级品类,二级品类," +
	"数量,单价,优惠金额,实付金额,退款金额,退货数量,退款时间\n"

var lineStatus = [...]string{Done: "已完成", Shipped: "已发货", Paid: "已付款", Closed: "已关闭", Unpaid: "待付款"}

// liner writes the rows of LinesCSV. No cell needs quotes.
type liner struct {
	goods      []Product
	categories []Category
	stores     []Shopfront
}

func (s *Shop) writeLines(w io.Writer) (dirt Dirt, err error) {
	d := s.soiler(LinesCSV, &dirt)
	out := bufio.NewWriterSize(w, 1<<16)
	_, _ = out.WriteString(linesHeader) // a bufio.Writer keeps its first error for Flush
	rows := liner{s.Products, s.Categories, s.Stores}
	var b []byte
	for _, i := range s.timeline(channelCount) {
		o := &s.Orders[i]
		b = rows.order(b[:0], o, s.LinesOf(o), s.refundsOf(i))
		_, _ = out.Write(b)
		d.order(o, s.refundsOf(i))
	}
	if err := out.Flush(); err != nil {
		return dirt, fmt.Errorf("write order lines: %w", err)
	}
	return dirt, nil
}

// WriteLines writes the whole shop as LinesCSV without holding it in memory:
// customer by customer, walk-ins last, rather than oldest first. The rows are
// those of Shop.WriteOrders.
func (s *Simulation) WriteLines(w io.Writer) (Dirt, error) {
	var dirt Dirt
	if _, err := io.WriteString(w, linesHeader); err != nil {
		return dirt, fmt.Errorf("write order lines: %w", err)
	}
	rows := liner{s.goods.products, s.goods.categories, s.stores}
	type piece struct {
		text []byte
		dirt Dirt
	}
	err := inChunks(s, s.len(), func(records iter.Seq[*Record]) piece {
		var p piece
		d := soiler{Dirt: &p.dirt}
		for r := range records {
			refunds := r.Refunds
			for i := range r.Orders {
				n := 0
				for n < len(refunds) && int(refunds[n].Order) == i {
					n++
				}
				o := &r.Orders[i]
				p.text = rows.order(p.text, o, r.Lines[o.FirstLine:o.FirstLine+uint32(o.LineCount)], refunds[:n])
				d.order(o, refunds[:n])
				refunds = refunds[n:]
			}
		}
		return p
	}, func(p piece) error {
		dirt.Rows += p.dirt.Rows
		dirt.Orders += p.dirt.Orders
		dirt.WalkIns += p.dirt.WalkIns
		dirt.Paid += p.dirt.Paid
		dirt.Refunded += p.dirt.Refunded
		if _, err := w.Write(p.text); err != nil {
			return fmt.Errorf("write order lines: %w", err)
		}
		return nil
	})
	return dirt, err
}

// order counts an order of a clean file.
func (d *soiler) order(o *Order, refunds []Refund) {
	d.Rows += int(o.LineCount)
	d.Orders++
	if o.Customer < 0 {
		d.WalkIns++
	}
	if o.Status.Counts() {
		d.Paid += o.Total
		for _, r := range refunds {
			d.Refunded += r.Amount
		}
	}
}

// order appends the rows of one order; refunds are in the order of its lines.
func (w *liner) order(b []byte, o *Order, lines []Line, refunds []Refund) []byte {
	for k := range lines {
		l := &lines[k]
		p := &w.goods[l.Product]
		b = append(appendOrderID(b, o, w.stores), ',')
		b = append(append(b, o.Channel.String()...), ',')
		if o.Store >= 0 {
			b = append(b, w.stores[o.Store].Name...)
		}
		b = append(b, ',')
		if o.Customer >= 0 {
			b = appendPadded(b, firstCard+uint64(o.Customer), cardDigits)
		}
		b = append(appendTime(append(b, ','), o.Day, o.Second), ',')
		if o.Status.Counts() {
			b = appendTime(b, o.Day, o.paidSecond())
		}
		b = append(append(append(b, ','), lineStatus[o.Status]...), ',')
		b = append(append(b, o.Kind.String()...), ',')
		b = append(append(b, p.Code...), ',')
		b = append(append(b, p.Name...), ',')
		if p.Category >= 0 {
			b = append(b, w.categories[p.Category].Name...)
		}
		b = append(append(append(b, ','), p.Subcategory...), ',')
		b = append(strconv.AppendInt(b, int64(l.Quantity), 10), ',')
		list := max(p.List, l.Price)
		full := list * perennial.Money(l.Quantity)
		b = append(appendMoney(b, list), ',')
		b = append(appendMoney(b, full-l.Amount()), ',')
		b = append(appendMoney(b, l.Amount()), ',')
		back := Refund{}
		if len(refunds) > 0 && refunds[0].Line == o.FirstLine+uint32(k) {
			back, refunds = refunds[0], refunds[1:]
		}
		b = append(appendMoney(b, back.Amount), ',')
		b = append(strconv.AppendInt(b, int64(back.Quantity), 10), ',')
		if back.Amount > 0 || back.Quantity > 0 {
			b = appendTime(b, back.Day, back.Second)
		}
		b = append(b, '\n')
	}
	return b
}

func appendMoney(b []byte, m perennial.Money) []byte {
	if m < 0 {
		b, m = append(b, '-'), -m
	}
	b = strconv.AppendInt(b, int64(m/100), 10)
	return append(b, '.', byte('0'+m/10%10), byte('0'+m%10))
}

func appendTime(b []byte, day perennial.Day, second int32) []byte {
	y, m, d := day.UTC().Date()
	b = strconv.AppendInt(b, int64(y), 10)
	b = appendTwo(append(b, '-'), int(m))
	b = appendTwo(append(b, '-'), d)
	b = appendTwo(append(b, ' '), int(second/3600))
	b = appendTwo(append(b, ':'), int(second/60%60))
	return appendTwo(append(b, ':'), int(second%60))
}

func appendTwo(b []byte, n int) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }
