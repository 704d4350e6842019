package demo

import (
	"encoding/csv"
	"fmt"
	"io"

	"perennial/analyze/history"
)

var (
	memberHeader  = []string{"会员卡号", "姓名", "手机号", "入会日期", "等级", "生日", "门店"}
	productHeader = []string{"商品编码", "名称", "一级品类", "二级品类", "吊牌价", "成本价"}
)

// WriteMembers writes the member file as a CSV with BOM, one row a customer in
// the order of cards, with masked phones, placeholder birthdays and the like.
func (s *Shop) WriteMembers(w io.Writer) (dirt Dirt, err error) {
	const members Format = 100 // a stream of draws apart from those of the orders
	d := s.soiler(members, &dirt)
	out, err := csvWithBOM(w, memberHeader)
	if err != nil {
		return dirt, fmt.Errorf("write members: %w", err)
	}
	for i := range s.Customers {
		c := &s.Customers[i]
		phone := c.Phone()
		switch u := d.draw.Float64(); {
		case u < 0.005:
			d.MaskedPhones++
			phone = mask(phone)
		case u < 0.007:
			d.FullWidth++
			phone = fullWidth(phone)
		}
		birthday := ""
		switch {
		case c.Birthday != history.NoDay:
			birthday = c.Birthday.String()
		case d.draw.chance(0.2):
			birthday = "1900-01-01" // what a till writes when nobody asked
		}
		where := c.Home.String()
		if c.Store >= 0 {
			where = s.Stores[c.Store].Name
		}
		_ = out.Write([]string{
			c.Card(), c.Name(), phone, d.when(at(c.Joined, 0), "2006-01-02", "2006/1/2"), c.Level.String(), birthday, where,
		})
		d.Rows++
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return dirt, fmt.Errorf("write members: %w", err)
	}
	return dirt, nil
}

// WriteProducts writes the product file as a CSV with BOM, without dirt. What is
// no merchandise is in it too, with no first-level category.
func (s *Shop) WriteProducts(w io.Writer) (dirt Dirt, err error) {
	out, err := csvWithBOM(w, productHeader)
	if err != nil {
		return dirt, fmt.Errorf("write products: %w", err)
	}
	for i := range s.Products {
		p := &s.Products[i]
		_ = out.Write([]string{
			p.Code, p.Name, s.categoryName(p), p.Subcategory, Currency.Amount(p.List).Decimal(), Currency.Amount(p.Cost).Decimal(),
		})
		dirt.Rows++
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return dirt, fmt.Errorf("write products: %w", err)
	}
	return dirt, nil
}

func csvWithBOM(w io.Writer, header []string) (*csv.Writer, error) {
	if _, err := io.WriteString(w, bom); err != nil {
		return nil, err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	return out, out.Write(header)
}
