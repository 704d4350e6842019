package value

import (
	"math"
	"strconv"

	"perennial"
)

// Format says how the numbers of a column are written.
type Format struct {
	Digits       int  // decimal places of the currency; money is rounded to them
	DecimalComma bool // 1.234,50 instead of 1,234.50; see MarkEvidence
	Power        int  // of ten by which every number counts: 4 for a column in 万元
}

// Sign is the currency sign or code that stood with an amount, "" when there was
// none: "¥", "$", "€", "£", "₩", "₹", or an ISO 4217 code.
type Sign string

// Fits reports whether an amount with this sign can be of currency c: ¥ is yuan
// or yen, $ is any dollar.
func (s Sign) Fits(c perennial.Currency) bool {
	switch s {
	case "":
		return true
	case "¥":
		return c == "CNY" || c == "JPY"
	case "$":
		switch c {
		case "USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "CLP", "COP":
			return true
		}
		return false
	}
	return s.Currency() == c
}

// Currency returns the currency that the sign most often stands for: ¥ is CNY,
// $ is USD; "" for no sign.
func (s Sign) Currency() perennial.Currency {
	switch s {
	case "¥":
		return "CNY"
	case "$":
		return "USD"
	case "€":
		return "EUR"
	case "£":
		return "GBP"
	case "₩":
		return "KRW"
	case "₹":
		return "INR"
	}
	return perennial.Currency(s)
}

// Money reads an amount of money: thousands separators, currency signs and
// codes, 元, 万 and 亿, full-width forms, a leading or trailing minus, accountants'
// parentheses, scientific notation. More decimals than the currency has are
// rounded once, half to even. Problems: MoneyEmpty, MoneyFormat, MoneyNotFinite,
// MoneyOverflow.
func Money(s string, f Format) (perennial.Money, Sign, *Problem) {
	if m, ok := plainMoney(s, f); ok {
		return m, "", nil
	}
	d, sign, p := amount(s, f)
	if p != nil {
		return 0, "", p
	}
	m, p := d.Money(f.Digits)
	return m, sign, p
}

// Price reads an amount as Money does but keeps every decimal: unit prices have
// more than the currency (¥ 0.125 each), and only the line is rounded.
func Price(s string, f Format) (Decimal, Sign, *Problem) { return amount(s, f) }

// MoneyOf turns a typed number (a spreadsheet's or Parquet's) into money. It is
// read at fifteen significant digits, which is what a spreadsheet shows, and
// rounded half to even.
func MoneyOf(v float64, f Format) (perennial.Money, *Problem) {
	d, p := PriceOf(v, f)
	if p != nil {
		return 0, p
	}
	return d.Money(f.Digits)
}

// PriceOf turns a typed number into a decimal at fifteen significant digits.
// Problems: MoneyNotFinite, MoneyOverflow.
func PriceOf(v float64, f Format) (Decimal, *Problem) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Decimal{}, MoneyNotFinite
	}
	d, ok := ofFloat(v, f.Power)
	if !ok {
		return Decimal{}, MoneyOverflow
	}
	return d, nil
}

// plainMoney reads digits with at most the currency's decimals, the form of
// nearly every cell.
func plainMoney(s string, f Format) (perennial.Money, bool) {
	if len(s) == 0 || len(s) > 18 || f.Digits > 4 || f.Digits < 0 || f.Power != 0 {
		return 0, false
	}
	i, neg := 0, false
	if s[0] == '-' {
		i, neg = 1, true
	}
	mark := byte('.')
	if f.DecimalComma {
		mark = ','
	}
	v, start := int64(0), i
	for ; i < len(s) && digit(s[i]); i++ {
		v = v*10 + int64(s[i]-'0')
	}
	if i == start || i-start > 14 {
		return 0, false
	}
	places := 0
	if i < len(s) {
		if s[i] != mark || i+1 == len(s) {
			return 0, false
		}
		for i++; i < len(s) && digit(s[i]) && places < f.Digits; i++ {
			v = v*10 + int64(s[i]-'0')
			places++
		}
		if i < len(s) {
			return 0, false
		}
	}
	v *= int64(pow10[f.Digits-places])
	if neg {
		v = -v
	}
	return perennial.Money(v), true
}

// amount reads an amount of money in all its forms.
func amount(s string, f Format) (Decimal, Sign, *Problem) {
	var buf cell
	b, ok := fold(s, &buf)
	if !ok {
		if blank(s) {
			return Decimal{}, "", MoneyEmpty
		}
		return Decimal{}, "", MoneyFormat
	}
	b = unwrap(b)
	if emptyWord(b) || Empty(s) {
		if string(b) == "nan" {
			return Decimal{}, "", MoneyNotFinite
		}
		return Decimal{}, "", MoneyEmpty
	}
	trim := trimmer{b: b}
	var sign Sign // apart from trim, whose buffer stays on the stack
	trim.run(&sign)
	if trim.bad || trim.minus > 1 {
		return Decimal{}, "", MoneyFormat
	}
	switch string(trim.b) {
	case "nan", "inf", "infinity", "#div/0!", "#num!", "#value!", "#ref!":
		return Decimal{}, "", MoneyNotFinite
	}
	if !trim.signed() {
		return Decimal{}, "", MoneyFormat
	}
	d, exp, ok := scan(trim.b, f.DecimalComma)
	if !ok {
		return Decimal{}, "", MoneyFormat
	}
	v, ok := d.decimal(trim.minus == 1, exp+trim.power+f.Power)
	if !ok {
		return Decimal{}, "", MoneyOverflow
	}
	return v, sign, nil
}

// trimmer takes signs, units, minus and parentheses off both ends of an amount
// until the number stands alone.
type trimmer struct {
	b     []byte
	minus int
	plus  bool
	power int // of ten, for 万 and 亿
	yuan  bool
	bad   bool
}

// signed reports whether what is left begins and ends as a number does.
func (t *trimmer) signed() bool {
	n := len(t.b)
	return n > 0 && (digit(t.b[0]) || n > 1 && (t.b[0] == '.' || t.b[0] == ',')) && (digit(t.b[n-1]) || t.b[n-1] == '.')
}

func (t *trimmer) run(sign *Sign) {
	for !t.bad && (t.front(sign) || t.back(sign)) {
	}
}

func (t *trimmer) note(sign *Sign, s Sign) {
	switch {
	case len(*sign) == 3 && s.Fits(sign.Currency()): // a code says more than a sign
	case *sign == "" || sign.Fits(s.Currency()):
		*sign = s
	default:
		t.bad = true // two currencies in one cell
	}
}

func (t *trimmer) front(sign *Sign) bool {
	if len(t.b) < 2 {
		return false
	}
	n := 1
	switch c := t.b[0]; c {
	case ' ':
	case '-':
		t.minus++
	case '+':
		if t.plus {
			t.bad = true
		}
		t.plus = true
	case '(':
		if t.b[len(t.b)-1] != ')' {
			t.bad = true
			return false
		}
		t.minus++
		t.b = t.b[:len(t.b)-1]
	case gYuanSign, gEuro, gPound, gWon, gRupee, '$':
		t.note(sign, signOf(c))
	default:
		s, w := codeAt(t.b, 0)
		if w == 0 {
			return false
		}
		n = w
		t.note(sign, s)
	}
	t.b = t.b[n:]
	return true
}

func (t *trimmer) back(sign *Sign) bool {
	end := len(t.b) - 1
	if end < 1 {
		return false
	}
	n := 1
	switch c := t.b[end]; c {
	case ' ':
	case '-':
		t.minus++
	case gYuanSign, gEuro, gPound, gWon, gRupee, '$':
		t.note(sign, signOf(c))
	case gYuan:
		if t.yuan {
			t.bad = true
		}
		t.yuan = true
		if *sign == "" {
			*sign = "CNY"
		}
	case gWan, gYi:
		if t.power != 0 && !(t.power == 8 && c == gWan) {
			t.bad = true
		}
		t.power += 4
		if c == gYi {
			t.power += 4
		}
	default:
		s, w := codeBefore(t.b)
		if w == 0 {
			return false
		}
		n = w
		t.note(sign, s)
	}
	t.b = t.b[:len(t.b)-n]
	return true
}

func signOf(c byte) Sign {
	switch c {
	case gYuanSign:
		return "¥"
	case gEuro:
		return "€"
	case gPound:
		return "£"
	case gWon:
		return "₩"
	case gRupee:
		return "₹"
	}
	return "$"
}

// codeAt reads a currency code in letters that begins at b[i].
func codeAt(b []byte, i int) (Sign, int) {
	n := i
	for n < len(b) && letter(b[n]) {
		n++
	}
	s, ok := code(b[i:n])
	if !ok {
		return "", 0
	}
	if n < len(b) && b[n] == '$' { // us$, hk$
		n++
	}
	return s, n - i
}

func codeBefore(b []byte) (Sign, int) {
	n := len(b)
	for n > 0 && letter(b[n-1]) {
		n--
	}
	s, ok := code(b[n:])
	if !ok {
		return "", 0
	}
	return s, len(b) - n
}

func code(b []byte) (Sign, bool) {
	switch string(b) {
	case "cny", "rmb", "cnh", "yuan":
		return "CNY", true
	case "usd", "us":
		return "USD", true
	case "eur":
		return "EUR", true
	case "gbp":
		return "GBP", true
	case "hkd", "hk":
		return "HKD", true
	case "twd", "nt", "ntd":
		return "TWD", true
	case "jpy", "yen":
		return "JPY", true
	case "krw":
		return "KRW", true
	case "sgd":
		return "SGD", true
	case "aud":
		return "AUD", true
	case "cad":
		return "CAD", true
	case "chf":
		return "CHF", true
	case "mop":
		return "MOP", true
	case "myr", "rm":
		return "MYR", true
	case "thb":
		return "THB", true
	case "inr":
		return "INR", true
	}
	return "", false
}

// scan reads the digits of a number with group separators and an exponent.
// Groups are of three digits, in Indian numbers also of two.
func scan(b []byte, comma bool) (d digits, exp int, ok bool) {
	mark, group := byte('.'), byte(',')
	if comma {
		mark, group = ',', '.'
	}
	run, groups := 0, 0 // digits since the last separator, separators so far
	i := 0
	for ; i < len(b); i++ {
		c := b[i]
		switch {
		case digit(c):
			d.add(c)
			run++
			continue
		case c == mark && !d.point:
			d.point = true
			if groups > 0 && run != 3 {
				return d, 0, false
			}
			run, groups = 0, 0
			continue
		case (c == group || c == ' ' || c == '\'') && !d.point:
			if groups == 0 && (run == 0 || run > 3) || groups > 0 && run != 3 && run != 2 {
				return d, 0, false
			}
			groups++
			run = 0
			continue
		}
		break
	}
	if !d.any || groups > 0 && run != 3 {
		return d, 0, false
	}
	if i == len(b) {
		return d, 0, true
	}
	if b[i] != 'e' || i+1 == len(b) {
		return d, 0, false
	}
	i++
	neg := false
	if b[i] == '+' || b[i] == '-' {
		neg = b[i] == '-'
		i++
	}
	if i == len(b) || len(b)-i > 3 {
		return d, 0, false
	}
	for ; i < len(b); i++ {
		if !digit(b[i]) {
			return d, 0, false
		}
		exp = exp*10 + int(b[i]-'0')
	}
	if neg {
		exp = -exp
	}
	return d, exp, true
}

func ofFloat(v float64, power int) (Decimal, bool) {
	var buf [32]byte
	b := strconv.AppendFloat(buf[:0], v, 'e', 14, 64)
	neg := b[0] == '-'
	if neg {
		b = b[1:]
	}
	d, exp, _ := scan(b, false)
	return d.decimal(neg, exp+power)
}
