package value

import (
	"testing"
	"time"
)

func BenchmarkMoney(b *testing.B) {
	for _, cell := range []string{"2.55", "-1234.50", "¥1,234.50", "1.2万"} {
		b.Run(cell, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, p := Money(cell, Format{Digits: 2}); p != nil {
					b.Fatal(p)
				}
			}
		})
	}
}

func BenchmarkLineAmount(b *testing.B) {
	q, price := NewDecimal(6, 0), NewDecimal(255, 2)
	for b.Loop() {
		if _, p := LineAmount(q, price, 2); p != nil {
			b.Fatal(p)
		}
	}
}

func BenchmarkDate(b *testing.B) {
	loc := zone(b, "Europe/London")
	for _, cell := range []string{"2010-12-01 08:26:00", "2010/12/1 8:26", "2010-12-01T08:26:00Z", "13/12/2010 08:26", "40513.35", "2010年12月1日 8时26分", "2010-10-31 08:26:00"} {
		b.Run(cell, func(b *testing.B) {
			c := NewClock(loc)
			b.ReportAllocs()
			for b.Loop() {
				if _, p := c.Date(cell, OrderUnset); p != nil {
					b.Fatal(p)
				}
			}
		})
	}
	b.Run("time.Parse", func(b *testing.B) {
		for b.Loop() {
			if _, err := time.ParseInLocation(time.DateTime, "2010-12-01 08:26:00", loc); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkID(b *testing.B) {
	for _, cell := range []string{"17850", "85123A", `="00123"`, "17850.0"} {
		b.Run(cell, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, p := ID(cell); p != nil {
					b.Fatal(p)
				}
			}
		})
	}
}

func BenchmarkStatus(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if (StatusWords{}).Status("卖家已发货，等待买家确认") != StatusPaid {
			b.Fatal()
		}
	}
}

func BenchmarkExcluded(b *testing.B) {
	for _, cell := range []string{"WHITE HANGING HEART T-LIGHT HOLDER", "连衣裙女夏季新款法式碎花"} {
		b.Run(cell, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if Excluded(cell, "85123A") != Merchandise {
					b.Fatal()
				}
			}
		})
	}
}

// The usual forms cost no allocation.
func TestNoAllocation(t *testing.T) {
	c := NewClock(zone(t, "Asia/Shanghai"))
	for name, f := range map[string]func(){
		"money":  func() { _, _, _ = Money("¥1,234.50", Format{Digits: 2}); _, _, _ = Money("1.2万", Format{Digits: 2}) },
		"number": func() { _, _ = Number("1.5kg", Format{}) },
		"date": func() {
			_, _ = c.Date("2010/12/1 8:26", OrderUnset)
			_, _ = c.Date("2010年12月1日 8时26分", OrderUnset)
		},
		"id":     func() { _, _ = ID(`="00123"`); _, _ = ID("17850.0") },
		"status": func() { _ = (StatusWords{}).Status("卖家已发货，等待买家确认") },
		"bad":    func() { _, _, _ = Money("abc", Format{}); _, _ = c.Date("yesterday", OrderUnset) },
	} {
		if n := testing.AllocsPerRun(100, f); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
