package value

import (
	"testing"
	"time"

	"perennial"
)

func FuzzMoney(f *testing.F) {
	for _, s := range []string{"1,234.50", "￥１２８", "(1.2万)", "1.2E+3", "-¥12-", "", "NaN", "9223372036854775807"} {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, comma bool) {
		format := Format{Digits: 2, DecimalComma: comma}
		m, sign, p := Money(s, format)
		if p != nil {
			if m != 0 || sign != "" {
				t.Errorf("%q: a refused cell has a value", s)
			}
			return
		}
		if again, _, p := Money(perennial.Currency("CNY").Amount(m).Decimal(), Format{Digits: 2}); p != nil || again != m {
			t.Errorf("%q: %d written and read is %d %v", s, m, again, p)
		}
		_, _ = Number(s, format)
	})
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"2010-12-01 08:26:00", "2010/12/1 8:26", "01/12/2010", "Dec 1, 2010 8:26 AM", "2010年12月1日 下午8时26分", "40513.35", "20101201T082600+0800", "0000-00-00"} {
		f.Add(s, uint8(0))
		f.Add(s, uint8(2))
	}
	c := NewClock(time.FixedZone("", 8*3600))
	f.Fuzz(func(t *testing.T, s string, order uint8) {
		m, p := c.Date(s, DateOrder(order%6))
		if p != nil {
			return
		}
		if m.Day < perennial.MinDay || m.Day > perennial.MaxDay {
			t.Errorf("%q: day %v is out of bounds", s, m.Day)
		}
		if day := perennial.DayAt(m.Time(), c.Location()); day != m.Day {
			t.Errorf("%q: on %v, but the instant is on %v", s, m.Day, day)
		}
		// The fast reader and the full one agree.
		if again, p := c.Date(" "+s, DateOrder(order%6)); p != nil || again != m {
			t.Errorf("%q: %+v, with a space before it %+v %v", s, m, again, p)
		}
		var e OrderEvidence
		e.Add(1, s)
		_ = e.Order()
	})
}

func FuzzID(f *testing.F) {
	for _, s := range []string{"00123", `="123"`, "1.23457E+17", "17850.0", "138****8000", "\ufeff'１２３"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, p := ID(s)
		if (p == nil) != (id != "") {
			t.Errorf("%q: %q %v", s, id, p)
		}
	})
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"已付款", "partially_refunded", "是", "运费", "购物袋", "13812348000", "a@b.cn", "Gift Voucher £20", "\xff"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		_ = (StatusWords{}).Status(a)
		_ = RowKind(a)
		_, _ = Bool(a)
		_ = Excluded(a, b)
		_ = Empty(a)
		for kind := NotPersonal; kind <= PersonalIdentity; kind++ {
			if masked := Mask(kind, a); kind == PersonalPhone && len(a) > 4 && masked == a && !Masked(a) {
				t.Errorf("%q shown whole", a)
			}
		}
		var e MarkEvidence
		e.Add(a)
	})
}
