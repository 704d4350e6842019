package demo

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"perennial"
)

var miniHeader = []string{
	"订单号", "订单状态", "订单创建时间", "买家付款时间", "会员卡号", "收货人", "收货人手机号",
	"商品名称", "商品编码", "商品类目", "商品单价", "商品数量", "商品优惠金额", "商品实际成交金额", "订单实付金额", "商品已退款金额",
}

// miniMerged are the columns that belong to the order, merged over its lines.
var miniMerged = []int{1, 2, 3, 4, 5, 6, 7, 15}

var miniStatus = [...]string{Done: "交易完成", Shipped: "已发货", Paid: "待发货", Closed: "交易关闭", Unpaid: "待付款"}

const miniTitleRows, sheetRows = 2, 1_048_576

func (s *Shop) writeMiniProgram(w io.Writer) (dirt Dirt, err error) {
	d := s.soiler(MiniProgramXLSX, &dirt)
	orders := s.timeline(MiniProgram)
	rows := miniTitleRows + 2
	for _, i := range orders {
		rows += int(s.Orders[i].LineCount)
	}
	if rows > sheetRows {
		return dirt, perennial.NewError(perennial.KindInvalid, "demo.too_many_rows", perennial.Say(
			"小程序订单有 %d 行，超过 Excel 一张表的上限。", "The mini program's orders take %d rows, more than a sheet can hold.", rows)).
			WithHint(perennial.Say("减少客户数，或改用订单明细 CSV。", "Simulate fewer customers, or write the CSV of lines."))
	}
	book := excelize.NewFile()
	defer func() {
		if closing := book.Close(); err == nil {
			err = closing
		}
	}()
	if err := s.fillSheet(book, d, orders); err != nil {
		return dirt, fmt.Errorf("write mini program orders: %w", err)
	}
	if err := book.Write(w); err != nil {
		return dirt, fmt.Errorf("write mini program orders: %w", err)
	}
	return dirt, nil
}

func (s *Shop) fillSheet(book *excelize.File, d *soiler, orders []uint32) error {
	const sheet = "订单明细"
	if err := book.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	dateStyle, err := book.NewStyle(&excelize.Style{NumFmt: 22})
	if err != nil {
		return err
	}
	sw, err := book.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	next := 1
	put := func(cells ...any) error {
		from, err := excelize.CoordinatesToCellName(1, next)
		if err != nil {
			return err
		}
		next++
		return sw.SetRow(from, cells)
	}
	merge := func(col1, row1, col2, row2 int) error {
		from, err := excelize.CoordinatesToCellName(col1, row1)
		if err != nil {
			return err
		}
		to, err := excelize.CoordinatesToCellName(col2, row2)
		if err != nil {
			return err
		}
		return sw.MergeCell(from, to)
	}

	titles := [miniTitleRows]string{
		Brand + "小程序商城 订单导出",
		fmt.Sprintf("下单时间：%s 至 %s    导出人：店长", s.Options.Start, s.Options.End),
	}
	for k, title := range titles {
		d.TitleRows++
		if err := put(title); err != nil {
			return err
		}
		if err := merge(1, k+1, len(miniHeader), k+1); err != nil {
			return err
		}
	}
	header := make([]any, len(miniHeader))
	for i, h := range miniHeader {
		header[i] = h
	}
	if err := put(header...); err != nil {
		return err
	}

	var total perennial.Money
	var pieces int32
	for _, i := range orders {
		o := &s.Orders[i]
		first := next
		refunds := s.refundsOf(i)
		bill := s.bill(i)
		for k, l := range s.LinesOf(o) {
			var back perennial.Money
			for _, r := range refunds {
				if r.Line == o.FirstLine+uint32(k) {
					back = r.Amount
				}
			}
			p := &s.Products[l.Product]
			row := make([]any, len(miniHeader))
			if k == 0 {
				s.orderCells(row, d, o, dateStyle)
			}
			row[7], row[8], row[9] = p.Name, p.Code, s.categoryName(p)
			row[10], row[12] = Currency.Amount(l.Price).Float(), Currency.Amount(l.Coupon).Float()
			row[11], row[13] = d.countCell(l.Quantity), d.moneyCell(l.Amount())
			row[15] = Currency.Amount(back).Float()
			if err := put(row...); err != nil {
				return err
			}
			d.Rows++
			total += l.Amount()
			pieces += l.Quantity
		}
		d.tally(o, bill.refunded)
		if next-first > 1 {
			for _, col := range miniMerged {
				if err := merge(col, first, col, next-1); err != nil {
					return err
				}
			}
		}
	}
	sum := make([]any, len(miniHeader))
	sum[0], sum[11], sum[13] = "合计", pieces, Currency.Amount(total).Float()
	if err := put(sum...); err != nil {
		return err
	}
	d.TotalRows++
	return sw.Flush()
}

// orderCells fills the cells that an order has once.
func (s *Shop) orderCells(row []any, d *soiler, o *Order, dateStyle int) {
	c := &s.Customers[o.Customer]
	row[0], row[1] = s.OrderID(o), d.statusWord(o, miniStatus[o.Status])
	row[2] = at(o.Day, o.Second).Format(isoTime)
	if d.draw.chance(0.003) {
		// A cell that somebody re-typed: a real date, not text.
		d.OtherDates++
		row[2] = excelize.Cell{StyleID: dateStyle, Value: at(o.Day, o.Second)}
	}
	if o.Status.Counts() {
		row[3] = at(o.Day, o.paidSecond()).Format(isoTime)
	}
	if !d.blank(o) {
		row[4] = c.Card()
	}
	phone := c.Phone()
	switch u := d.draw.Float64(); {
	case u < 0.02:
		d.MaskedPhones++
		phone = mask(phone)
	case u < 0.024:
		d.FullWidth++
		phone = fullWidth(phone)
	}
	row[5], row[6] = c.Name(), phone
	row[14] = Currency.Amount(o.Total).Float()
}

func (d *soiler) countCell(n int32) any {
	if v := d.count(n); v[0] > '9' {
		return v
	}
	return n
}

func (d *soiler) moneyCell(m perennial.Money) any {
	before := d.Formatted
	if v := d.money(m); d.Formatted > before {
		return v
	}
	return Currency.Amount(m).Float()
}

// categoryName is the first-level category of a product; the other lines have
// none.
func (s *Shop) categoryName(p *Product) string {
	if p.Category < 0 {
		return ""
	}
	return s.Categories[p.Category].Name
}
