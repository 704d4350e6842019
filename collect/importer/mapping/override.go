package mapping

import (
	"strconv"
	"strings"

	"perennial"
)

// Override is a person's word on one field: the column that holds it, or that no
// column does.
type Override struct {
	Field  Field
	Column string // a header, or #3 for the third column; "" for no column
}

// ParseOverrides reads "customer_id=会员卡号,amount=实付金额,coupon=-". A column is
// named by its header (in double quotes where it holds a comma), or by its number
// as #3; - says that the file does not have the field. amount is paid_amount. The
// error has code mapping.override and names the nearest fields.
func ParseOverrides(s string) ([]Override, error) {
	var list []Override
	for rest := s; strings.TrimSpace(rest) != ""; {
		name, after, ok := strings.Cut(rest, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return nil, overrideError(perennial.Say("“%s”不是“字段=列名”。", "%q is not field=column.", strings.TrimSpace(rest)))
		}
		after = strings.TrimLeft(after, " ")
		var column string
		if strings.HasPrefix(after, `"`) {
			end := strings.IndexByte(after[1:], '"')
			if end < 0 {
				return nil, overrideError(perennial.Say("“%s”的引号没有结束。", "The quote of %s does not end.", after))
			}
			column, rest = after[1:1+end], after[end+2:]
			rest = strings.TrimPrefix(strings.TrimLeft(rest, " "), ",")
		} else {
			column, rest, _ = strings.Cut(after, ",")
			column = strings.TrimSpace(column)
		}
		field := Field(strings.ToLower(name))
		if field == amount {
			field = PaidAmount
		}
		if !field.known() {
			return nil, unknownField(name)
		}
		for _, o := range list {
			if o.Field == field {
				return nil, overrideError(perennial.Say("字段 %s 指定了两次。", "The field %s is given twice.", field))
			}
		}
		if column == "-" {
			column = ""
		} else if column == "" {
			return nil, overrideError(perennial.Say("字段 %s 没有写列名。", "No column is given for %s.", field))
		}
		list = append(list, Override{field, column})
	}
	return list, nil
}

func overrideError(sentence perennial.Text) *perennial.Error {
	return perennial.NewError(perennial.KindInvalid, "mapping.override", sentence).
		WithHint(perennial.Say("写作 --map customer_id=会员卡号,paid_amount=实付金额；没有表头的文件用列号，如 customer_id=#1。",
			"Write --map customer_id=Member,paid_amount=Total; in a file without header name columns by number, as customer_id=#1."))
}

func unknownField(name string) error {
	var all []string
	for _, k := range []Kind{Orders, Customers, Products} {
		for _, f := range k.Fields() {
			all = append(all, string(f))
		}
	}
	e := overrideError(perennial.Say("没有“%s”这个字段。", "There is no field %q.", name))
	if near := unique(nearest(name, all)); len(near) > 0 {
		list := strings.Join(near, ", ")
		return e.WithHint(perennial.Say("是不是：%s？", "Did you mean %s?", list))
	}
	return e
}

func unique(list []string) []string {
	var out []string
	for i, s := range list {
		if i == 0 || s != list[i-1] {
			out = append(out, s)
		}
	}
	return out
}

// find returns the column that an override names.
func (o Override) find(t Table, width int) (int, error) {
	if n, ok := strings.CutPrefix(o.Column, "#"); ok {
		if i, err := strconv.Atoi(n); err == nil {
			if i < 1 || i > width {
				return 0, overrideError(perennial.Say("文件没有第 %d 列，共 %d 列。", "The file has no column %d; it has %d.", i, width))
			}
			return i - 1, nil
		}
	}
	for i, h := range t.Header {
		if h == o.Column {
			return i, nil
		}
	}
	key := normalise(o.Column).full
	for i, h := range t.Header {
		if normalise(h).full == key {
			return i, nil
		}
	}
	e := overrideError(perennial.Say("文件里没有“%s”这一列。", "The file has no column %q.", o.Column))
	near := nearest(o.Column, t.Header)
	if len(near) > 0 {
		return 0, e.WithHint(perennial.Say("是不是：%s？", "Did you mean %s?", strings.Join(near, ", ")))
	}
	if len(t.Header) > 0 {
		list := strings.Join(t.Header[:min(len(t.Header), 20)], ", ")
		return 0, e.WithHint(perennial.Say("文件的列：%s", "The file's columns: %s", list))
	}
	return 0, e
}
