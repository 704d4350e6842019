package value

import (
	"math"
	"unicode/utf8"
)

// Number reads a quantity or another plain number: separators, full-width
// digits, signs, parentheses, and a unit behind it (2 件, 1.5kg). Problems:
// NumberEmpty, NumberFormat, NumberNotFinite, NumberOverflow.
func Number(s string, f Format) (Decimal, *Problem) {
	if d, ok := plainNumber(s); ok && f.Power == 0 {
		return d, nil
	}
	d, sign, p := amount(withoutUnit(s), f)
	if p == nil && sign != "" {
		p = MoneyFormat
	}
	switch p {
	case nil:
		return d, nil
	case MoneyEmpty:
		return Decimal{}, NumberEmpty
	case MoneyNotFinite:
		return Decimal{}, NumberNotFinite
	case MoneyOverflow:
		return Decimal{}, NumberOverflow
	}
	return Decimal{}, NumberFormat
}

// NumberOf turns a typed number into a decimal at fifteen significant digits.
// Problems: NumberNotFinite, NumberOverflow.
func NumberOf(v float64) (Decimal, *Problem) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Decimal{}, NumberNotFinite
	}
	d, ok := ofFloat(v, 0)
	if !ok {
		return Decimal{}, NumberOverflow
	}
	return d, nil
}

// plainNumber reads a whole number of at most fifteen digits.
func plainNumber(s string) (Decimal, bool) {
	i, neg := 0, false
	if len(s) > 1 && s[0] == '-' {
		i, neg = 1, true
	}
	if i == len(s) || len(s)-i > 15 {
		return Decimal{}, false
	}
	v := int64(0)
	for ; i < len(s); i++ {
		if !digit(s[i]) {
			return Decimal{}, false
		}
		v = v*10 + int64(s[i]-'0')
	}
	if neg {
		v = -v
	}
	return Decimal{mantissa: v}, true
}

var units = [...]string{
	"kg", "KG", "Kg", "千克", "公斤", "斤", "g", "G", "克", "ml", "ML", "L", "升", "pcs", "PCS", "pc", "units", "件", "个", "個",
	"盒", "瓶", "包", "袋", "箱", "条", "支", "套", "双", "只", "份", "张", "台", "本", "把", "杯", "片", "罐", "次", "笔",
}

// withoutUnit cuts a unit off behind a number.
func withoutUnit(s string) string {
	t := trimSpace(s)
	if len(t) == 0 || digit(t[len(t)-1]) {
		return s
	}
	for _, u := range units {
		n := len(t) - len(u)
		if n <= 0 || t[n:] != u {
			continue
		}
		rest := trimSpace(t[:n])
		if last, _ := utf8.DecodeLastRuneInString(rest); last >= '0' && last <= '9' || last >= '０' && last <= '９' {
			return rest
		}
	}
	return s
}

// MarkEvidence gathers, cell by cell, whether a column of numbers uses a decimal
// comma. The zero value is ready.
type MarkEvidence struct {
	Point, Comma int // cells that can only be read so
}

// Add looks at one cell.
func (e *MarkEvidence) Add(s string) {
	var buf cell
	b, ok := fold(s, &buf)
	if !ok {
		return
	}
	points, commas, last, tail := 0, 0, byte(0), 0
	for _, c := range b {
		switch {
		case c == '.':
			points++
			last, tail = c, 0
		case c == ',':
			commas++
			last, tail = c, 0
		case digit(c):
			tail++
		case c == 'e' || c == ':' || c == '/':
			return
		}
	}
	switch {
	case points+commas == 0:
	case points > 0 && commas > 0: // both: the last one is the decimal mark
		if last == '.' && points == 1 {
			e.Point++
		} else if last == ',' && commas == 1 {
			e.Comma++
		}
	case points == 1 && tail != 3, commas > 1:
		e.Point++
	case commas == 1 && tail != 3, points > 1:
		e.Comma++
	}
}

// DecimalComma reports whether the column uses a decimal comma. Without a cell
// that decides (only 1,234 or 1.234), the point is the decimal mark.
func (e *MarkEvidence) DecimalComma() bool { return e.Comma > 0 && e.Comma > e.Point }

// Contradictory reports whether cells of both kinds were seen.
func (e *MarkEvidence) Contradictory() bool { return e.Comma > 0 && e.Point > 0 }
