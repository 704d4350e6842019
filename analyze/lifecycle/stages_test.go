package lifecycle

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"perennial"
	"perennial/analyze/history"
)

var day0 = perennial.DayOf(2025, 1, 6)

// monthly is a rhythm with a 30-day cycle.
var monthly = Rhythm{Identified: true, CycleDays: 30, S80: 2, S95: 4, CycleLow: 28, CycleHigh: 32}

// build makes a history of customers 1, 2, … who spend 100 on each of the days
// counted from day0.
func build(asOf int, customers ...[]int) *history.History {
	var b history.Builder
	for i, days := range customers {
		for _, d := range days {
			b.Add(perennial.CustomerKey(i+1), day0+perennial.Day(d), 1, 100, 100)
		}
	}
	return b.History("CNY", perennial.MoneyNet, day0+perennial.Day(asOf))
}

func every(gap, n int) []int {
	days := make([]int, n)
	for k := range days {
		days[k] = gap * k
	}
	return days
}

func TestClassify(t *testing.T) {
	durable := Rhythm{}
	for _, c := range []struct {
		name   string
		days   []int
		asOf   int
		rhythm Rhythm
		want   perennial.Stage
	}{
		{"first day", []int{0}, 0, monthly, "acquisition"},
		{"one purchase, g = c, s = 2", []int{0}, 60, monthly, "acquisition"},
		{"one purchase, s just over S80", []int{0}, 61, monthly, "decline"},
		{"one purchase, s = S95", []int{0}, 120, monthly, "decline"},
		{"one purchase, s just over S95", []int{0}, 121, monthly, "lost"},
		{"second purchase", []int{0, 10}, 20, monthly, "exploration"},
		{"third purchase before 2c", []int{0, 10, 20}, 59, monthly, "exploration"},
		{"third purchase at 2c", []int{0, 10, 20}, 60, monthly, "growth"}, // silent 40 days is 2 own rhythms: not above
		{"growth", []int{0, 20, 40}, 60, monthly, "growth"},
		{"five purchases before 6c", []int{0, 30, 60, 90, 120}, 150, monthly, "growth"},
		{"maturity at 6c", []int{0, 30, 60, 90, 150}, 180, monthly, "maturity"},
		{"own rhythm shortens the patience", every(7, 20), 133 + 40, monthly, "lost"}, // g = 193/21
		{"own rhythm lengthens the patience", []int{0, 90, 180}, 180 + 119, monthly, "growth"},
		{"frequency drop", append(every(5, 8), 150), 160, monthly, "decline"},
		{"durable: one", []int{0}, 900, durable, "acquisition"},
		{"durable: two", []int{0, 400}, 900, durable, "exploration"},
		{"durable: growth at 60 days", []int{0, 10, 20}, 60, durable, "growth"},
		{"durable: nobody is lost", []int{0, 10, 20, 30, 40}, 900, durable, "maturity"},
		{"durable: own frequency fell", every(10, 30), 900, durable, "decline"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := build(c.asOf, c.days)
			got, err := Classify(h, Default(), c.rhythm, h.AsOf)
			if err != nil {
				t.Fatal(err)
			}
			if got[0] != c.want {
				t.Errorf("stage %s, want %s", got[0], c.want)
			}
		})
	}
}

func TestMaturityNeedsMoney(t *testing.T) {
	var b history.Builder
	for _, d := range []int{0, 30, 60, 90, 120, 150} {
		for i, m := range []perennial.Money{100, 500, 900} {
			b.Add(perennial.CustomerKey(i+1), day0+perennial.Day(d), 1, m, m)
		}
	}
	h := b.History("CNY", perennial.MoneyNet, day0+200)
	got, err := Classify(h, Default(), monthly, h.AsOf)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []perennial.Stage{"growth", "maturity", "maturity"} {
		if got[i] != want {
			t.Errorf("customer %d: %s, want %s", i, got[i], want)
		}
	}
	// An amount fixed by a person, in major units.
	rules := Default()
	rules.Stage("maturity").Rule.MoneyPerDay = &Value{AtLeast: 0.26} // 900 × 6 minor in 200 days is 0.27
	if got, err = Classify(h, rules, monthly, h.AsOf); err != nil || got[1] != "growth" || got[2] != "maturity" {
		t.Errorf("fixed amount: %v, %v", got, err)
	}
}

func TestMedianCodes(t *testing.T) {
	for _, v := range []int64{0, 1, 255, 256, 257, 1000, 123456789, int64(maxMoney) * moneyScale} {
		floor := codeFloor(valueCode(v))
		if floor > v || float64(v-floor) > 0.0079*float64(v) {
			t.Errorf("%d is in the bin from %d", v, floor)
		}
		if valueCode(v) >= valueCodes {
			t.Errorf("%d has code %d of %d", v, valueCode(v), valueCodes)
		}
	}
}

func TestDropP(t *testing.T) {
	for _, c := range []struct {
		recent, earlier int
		r, e            float64
		want            float64
	}{
		{0, 5, 90, 90, 1. / 32},
		{1, 5, 90, 90, 7. / 64},
		{2, 8, 100, 100, 56. / 1024},
	} {
		if got := dropP(c.recent, c.earlier, c.r, c.e); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%+v: %v", c, got)
		}
	}
	for _, c := range [][2]int{{3, 20}, {700, 900}, {3000, 9000}, {40, 45}} {
		want := distuv.Binomial{N: float64(c[0] + c[1]), P: 0.3}.CDF(float64(c[0]))
		if got := dropP(c[0], c[1], 30, 70); math.Abs(got-want) > 1e-9 {
			t.Errorf("%v: %v, want %v", c, got, want)
		}
	}
}
