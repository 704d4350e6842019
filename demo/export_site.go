package demo

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"perennial"
)

var siteHeader = []string{
	"Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Currency", "Subtotal", "Shipping", "Taxes",
	"Total", "Discount Code", "Discount Amount", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price",
	"Lineitem sku", "Cancelled at", "Payment Method", "Refunded Amount", "Vendor", "Id", "Phone",
}

const zonedTime = "2006-01-02 15:04:05 +0800"

func (s *Shop) writeSite(w io.Writer) (dirt Dirt, err error) {
	d := s.soiler(SiteCSV, &dirt)
	out := csv.NewWriter(w)
	_ = out.Write(siteHeader)
	row := make([]string, len(siteHeader))
	for _, i := range s.timeline(Site) {
		o := &s.Orders[i]
		bill := s.bill(i)
		first := true
		for _, l := range s.LinesOf(o) {
			if int(l.Product) == s.special(productPostage) {
				continue // stands in Shipping
			}
			clear(row)
			if first {
				s.siteOrder(row, d, o, bill)
			}
			email := s.Customers[o.Customer].Email()
			if d.blank(o) {
				email = ""
			}
			p := &s.Products[l.Product]
			row[0], row[1], row[12] = s.OrderID(o), email, at(o.Day, o.Second).Format(zonedTime)
			row[13], row[14] = strconv.Itoa(int(l.Quantity)), p.Name
			row[15], row[16], row[20] = Currency.Amount(l.Price).Decimal(), p.Code, Brand
			_ = out.Write(row)
			d.Rows++
			first = false
		}
		d.tally(o, bill.refunded)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return dirt, fmt.Errorf("write site orders: %w", err)
	}
	return dirt, nil
}

// siteOrder fills the columns that stand only in an order's first row.
func (s *Shop) siteOrder(row []string, d *soiler, o *Order, b bill) {
	var coupon perennial.Money
	for _, l := range s.LinesOf(o) {
		coupon += l.Coupon
	}
	status, fulfilled := "paid", "fulfilled"
	switch {
	case o.Status == Closed:
		status, fulfilled = "voided", "unfulfilled"
		row[17] = at(min(o.Day+1, s.Options.End), o.Second).Format(zonedTime)
	case o.Status == Unpaid:
		status, fulfilled = "pending", "unfulfilled"
	case b.whole:
		status = "refunded"
	case b.refunded > 0:
		status = "partially_refunded"
	}
	if o.Status == Paid {
		fulfilled = "unfulfilled"
	}
	if o.Status.Counts() {
		row[3] = at(o.Day, o.paidSecond()).Format(zonedTime)
	}
	if coupon > 0 {
		row[10] = "WELCOME"
	}
	row[2], row[4], row[5] = d.statusWord(o, status), fulfilled, string(Currency)
	row[6], row[7], row[8] = Currency.Amount(b.goods).Decimal(), Currency.Amount(b.postage).Decimal(), "0.00"
	row[9], row[11] = Currency.Amount(o.Total).Decimal(), Currency.Amount(coupon).Decimal()
	row[18], row[19] = "Alipay", Currency.Amount(b.refunded).Decimal()
	row[21] = strconv.FormatInt(5_000_000_000_000+o.Number, 10)
	row[22] = "+86 " + s.Customers[o.Customer].Phone()
}
