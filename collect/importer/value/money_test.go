package value

import (
	"math"
	"math/big"
	"testing"

	"perennial"

	"pgregory.net/rapid"
)

func TestMoney(t *testing.T) {
	cases := []struct {
		cell   string
		digits int
		comma  bool
		want   perennial.Money
		sign   Sign
		bad    *Problem
	}{
		{cell: "12.5", want: 1250}, {cell: "0", want: 0}, {cell: "-3.99", want: -399}, {cell: "1234.50", want: 123450},
		{cell: "1,234.50", want: 123450}, {cell: "1,234", want: 123400}, {cell: "12,34,567.8", want: 123456780},
		{cell: "1.234,50", comma: true, want: 123450}, {cell: "12,5", comma: true, want: 1250}, {cell: "1.234", comma: true, want: 123400},
		{cell: "1 234,50", comma: true, want: 123450}, {cell: "1 234.50", want: 123450}, {cell: "1'234.50", want: 123450},
		{cell: "¥1,234.50", want: 123450, sign: "¥"}, {cell: "￥ 88", want: 8800, sign: "¥"}, {cell: "$9.99", want: 999, sign: "$"},
		{cell: "US$9.99", want: 999, sign: "USD"}, {cell: "HK$ 20", want: 2000, sign: "HKD"}, {cell: "€5", want: 500, sign: "€"}, {cell: "5,00 €", comma: true, want: 500, sign: "€"},
		{cell: "£2.55", want: 255, sign: "£"}, {cell: "128元", want: 12800, sign: "CNY"}, {cell: "CNY 128.00", want: 12800, sign: "CNY"},
		{cell: "RMB128", want: 12800, sign: "CNY"}, {cell: "128.00 CNY", want: 12800, sign: "CNY"}, {cell: "¥128元", want: 12800, sign: "¥"}, {cell: "$20 HKD", want: 2000, sign: "HKD"}, {cell: "USD $20", want: 2000, sign: "USD"}, {cell: "¥20 JPY", want: 2000, sign: "JPY"},
		{cell: "1.2万", want: 1200000}, {cell: "1.2万元", want: 1200000, sign: "CNY"}, {cell: "0.5亿", want: 5_000_000_000}, {cell: "3万亿", want: 300_000_000_000_000},
		{cell: "１，２３４．５０", want: 123450}, {cell: "￥１２８．００", want: 12800, sign: "¥"}, {cell: "（１２８．００）", want: -12800},
		{cell: "(1,234.50)", want: -123450}, {cell: "¥(12)", want: -1200, sign: "¥"}, {cell: "(¥12.00)", want: -1200, sign: "¥"}, {cell: "12.00-", want: -1200}, {cell: "+12", want: 1200},
		{cell: "-¥12", want: -1200, sign: "¥"}, {cell: "¥-12", want: -1200, sign: "¥"}, {cell: "−12", want: -1200}, {cell: "\u00a012.5\u00a0", want: 1250}, {cell: " 12.5\t", want: 1250},
		{cell: `="12.50"`, want: 1250}, {cell: "'12.50", want: 1250}, {cell: "\ufeff12.50", want: 1250},
		{cell: "2.345", want: 234}, {cell: "2.355", want: 236}, {cell: "2.3450000001", want: 235}, {cell: "-2.345", want: -234}, {cell: "2.5", digits: -1, want: 2}, {cell: "3.5", digits: -1, want: 4},
		{cell: "0.30000000000000004", want: 30}, {cell: "2.5500000000000000444", want: 255}, {cell: ".5", want: 50}, {cell: "5.", want: 500},
		{cell: "1.2E+3", want: 120000}, {cell: "1.2e-1", want: 12}, {cell: "1E5", want: 10000000}, {cell: "0E400", want: 0}, {cell: "1E4000", bad: MoneyFormat},
		{cell: "92233720368547758.07", want: math.MaxInt64}, {cell: "92233720368547758.08", bad: MoneyOverflow}, {cell: "-92233720368547758.08", bad: MoneyOverflow},
		{cell: "1e300", bad: MoneyOverflow}, {cell: "123456789012345678901234567890", bad: MoneyOverflow},
		{cell: "", bad: MoneyEmpty}, {cell: "  ", bad: MoneyEmpty}, {cell: "NULL", bad: MoneyEmpty}, {cell: "--", bad: MoneyEmpty}, {cell: "无", bad: MoneyEmpty},
		{cell: "NaN", bad: MoneyNotFinite}, {cell: "Infinity", bad: MoneyNotFinite}, {cell: "-inf", bad: MoneyNotFinite}, {cell: "#DIV/0!", bad: MoneyNotFinite},
		{cell: "abc", bad: MoneyFormat}, {cell: "1,23", bad: MoneyFormat}, {cell: "1.234,50", bad: MoneyFormat}, {cell: "12.3.4", bad: MoneyFormat}, {cell: "1,2345", bad: MoneyFormat},
		{cell: "¥12 $3", bad: MoneyFormat}, {cell: "$12€", bad: MoneyFormat}, {cell: "--12", bad: MoneyFormat}, {cell: "(12)-", bad: MoneyFormat}, {cell: "(12", bad: MoneyFormat},
		{cell: "10%", bad: MoneyFormat}, {cell: "12元/件", bad: MoneyFormat}, {cell: "¥", bad: MoneyFormat}, {cell: "2010-12-01", bad: MoneyFormat}, {cell: "e5", bad: MoneyFormat}, {cell: "1.2万万", bad: MoneyFormat},
	}
	for _, c := range cases {
		f := Format{Digits: 2, DecimalComma: c.comma}
		if c.digits < 0 {
			f.Digits = 0
		}
		got, sign, p := Money(c.cell, f)
		if got != c.want || sign != c.sign || p != c.bad {
			t.Errorf("Money(%q) = %d %q %v; want %d %q %v", c.cell, got, sign, p, c.want, c.sign, c.bad)
		}
	}
}

func TestMoneyOf(t *testing.T) {
	for v, want := range map[float64]perennial.Money{2.55: 255, 0.1 + 0.2: 30, 1234.5: 123450, -1e-7: 0, 1.005: 100, 1.015: 102, 1e12: 1e14} {
		if got, p := MoneyOf(v, Format{Digits: 2}); got != want || p != nil {
			t.Errorf("MoneyOf(%v) = %d %v, want %d", v, got, p, want)
		}
	}
	for v, want := range map[float64]*Problem{math.NaN(): MoneyNotFinite, math.Inf(-1): MoneyNotFinite, 1e300: MoneyOverflow} {
		if _, p := MoneyOf(v, Format{Digits: 2}); p != want {
			t.Errorf("MoneyOf(%v): %v, want %v", v, p, want)
		}
	}
}

func TestMoneyPower(t *testing.T) {
	f := Format{Digits: 2, Power: 4}
	if m, _, p := Money("1.25", f); m != 1250000 || p != nil {
		t.Errorf("1.25 in 万元: %d %v", m, p)
	}
	if m, p := MoneyOf(1.25, f); m != 1250000 || p != nil {
		t.Errorf("1.25 in 万元 as a typed number: %d %v", m, p)
	}
}

func TestSign(t *testing.T) {
	if !Sign("¥").Fits("JPY") || Sign("¥").Fits("USD") || !Sign("$").Fits("HKD") || !Sign("").Fits("CNY") || Sign("EUR").Fits("CNY") || Sign("£").Currency() != "GBP" {
		t.Error("signs do not fit their currencies")
	}
}

func TestNumber(t *testing.T) {
	cases := []struct {
		cell string
		want string
		bad  *Problem
	}{
		{"6", "6", nil}, {"-12", "-12", nil}, {"1.50", "1.5", nil}, {"1.5kg", "1.5", nil}, {"0.35 公斤", "0.35", nil}, {"２件", "2", nil}, {"1,000", "1000", nil},
		{"3 pcs", "3", nil}, {"", "0", NumberEmpty}, {"null", "0", NumberEmpty}, {"nan", "0", NumberNotFinite}, {"many", "0", NumberFormat}, {"¥3", "0", NumberFormat}, {"kg", "0", NumberFormat},
		{"1e30", "0", NumberOverflow},
	}
	for _, c := range cases {
		got, p := Number(c.cell, Format{})
		if got.String() != c.want || p != c.bad {
			t.Errorf("Number(%q) = %s %v; want %s %v", c.cell, got, p, c.want, c.bad)
		}
	}
}

func TestLineAmount(t *testing.T) {
	cases := []struct {
		quantity, price string
		digits          int
		want            perennial.Money
	}{
		{"6", "2.55", 2, 1530}, {"-12", "4.65", 2, -5580}, {"0.005", "1", 2, 0}, {"0.015", "1", 2, 2}, {"0.025", "1", 2, 2}, {"3", "0.125", 2, 38},
		{"1", "0.125", 2, 12}, {"1.5", "3", 0, 4}, {"0.5", "5", 0, 2}, {"80995", "2.08", 2, 16846960}, {"3", "1000", 3, 3000000},
	}
	for _, c := range cases {
		q, _ := Number(c.quantity, Format{})
		p, _, _ := Price(c.price, Format{})
		if got, bad := LineAmount(q, p, c.digits); got != c.want || bad != nil {
			t.Errorf("LineAmount(%s, %s, %d) = %d %v, want %d", c.quantity, c.price, c.digits, got, bad, c.want)
		}
	}
	if _, p := LineAmount(NewDecimal(math.MaxInt64, 0), NewDecimal(math.MaxInt64, 0), 2); p != MoneyOverflow {
		t.Errorf("a huge line: %v, want money.overflow", p)
	}
	if got, p := LineAmount(NewDecimal(math.MaxInt64, 18), NewDecimal(math.MaxInt64, 18), 2); got != 8507 || p != nil { // 9.2233…² = 85.07
		t.Errorf("36 decimal places: %d %v, want 8507", got, p)
	}
}

// Against exact rational arithmetic.
func TestLineAmountExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := NewDecimal(rapid.Int64Range(-1e12, 1e12).Draw(t, "a"), uint8(rapid.IntRange(0, 18).Draw(t, "as")))
		b := NewDecimal(rapid.Int64Range(-1e12, 1e12).Draw(t, "b"), uint8(rapid.IntRange(0, 18).Draw(t, "bs")))
		digits := rapid.IntRange(0, 4).Draw(t, "digits")
		want, fits := exactLine(a, b, digits)
		got, p := LineAmount(a, b, digits)
		if fits != (p == nil) || fits && int64(got) != want {
			t.Fatalf("%s × %s = %d %v, want %d (fits %v)", a, b, got, p, want, fits)
		}
	})
}

func exactLine(a, b Decimal, digits int) (int64, bool) {
	ten := func(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
	product := new(big.Int).Mul(big.NewInt(a.mantissa), big.NewInt(b.mantissa))
	product.Mul(product, ten(digits))
	by := ten(int(a.scale) + int(b.scale))
	neg := product.Sign() < 0
	product.Abs(product)
	q, r := new(big.Int).QuoRem(product, by, new(big.Int))
	if c := r.Lsh(r, 1).Cmp(by); c > 0 || c == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(1))
	}
	if neg {
		q.Neg(q)
	}
	return q.Int64(), q.IsInt64()
}

func TestMoneyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := perennial.Money(rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(t, "m"))
		cur := rapid.SampledFrom([]perennial.Currency{"CNY", "JPY", "KWD"}).Draw(t, "currency")
		plain := cur.Amount(m).Decimal()
		got, _, p := Money(plain, Format{Digits: cur.Digits()})
		if p != nil || got != m {
			t.Fatalf("%s: %d %v, want %d", plain, got, p, m)
		}
		// What the fast reader reads, the full one reads alike.
		d, _, p := Price("¥"+plain, Format{})
		if p != nil {
			t.Fatalf("¥%s: %v", plain, p)
		}
		if full, p := d.Money(cur.Digits()); p != nil || full != m {
			t.Fatalf("¥%s: %d %v, want %d", plain, full, p, m)
		}
	})
}

func TestMarkEvidence(t *testing.T) {
	cases := []struct {
		cells []string
		comma bool
		both  bool
	}{
		{[]string{"1.234,50", "2"}, true, false}, {[]string{"12,5", "1.234"}, true, false}, {[]string{"1,234.50"}, false, false},
		{[]string{"1,234", "1.234"}, false, false}, {[]string{"12.5", "12,5"}, false, true}, {nil, false, false}, {[]string{"2010-12-01", "a,b"}, false, false},
	}
	for _, c := range cases {
		var e MarkEvidence
		for _, s := range c.cells[:min(len(c.cells), 2)] {
			if s != "a,b" {
				e.Add(s)
			}
		}
		if e.DecimalComma() != c.comma || e.Contradictory() != c.both {
			t.Errorf("%q: comma %v contradictory %v (%+v)", c.cells, e.DecimalComma(), e.Contradictory(), e)
		}
	}
}
