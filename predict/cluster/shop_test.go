package cluster

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"perennial"
)

// kind is a planted sort of customer of a made-up shop.
type kind struct {
	share                                                float64
	orders, gap, spend, items                            float64
	discount, weekend, evening, refund, offline, recency float64
	category                                             int // -1 any
}

var kinds = []kind{
	{0.20, 20, 14, 90, 1.5, .10, .75, .25, .02, .90, 8, 0},    // regular weekend customers of the store
	{0.20, 5, 80, 320, 6.0, .90, .28, .50, .05, .05, 40, 1},   // stock up at promotions
	{0.25, 1, 0, 60, 1.0, .30, .28, .35, .02, .20, 420, -1},   // came once, long ago
	{0.15, 3, 150, 1500, 1.2, .05, .28, .30, .05, .30, 70, 2}, // seldom, large
	{0.20, 12, 25, 110, 1.5, .25, .20, .85, .30, .03, 15, 3},  // evenings online, send much back
}

// shop draws customers of the five kinds with counts as a real shop has them.
func shop(n int, seed uint64) (Features, []perennial.Money) {
	f, money, _ := shopWithTruth(n, seed)
	return f, money
}

func shopWithTruth(n int, seed uint64) (Features, []perennial.Money, []int) {
	rng := rand.New(rand.NewPCG(seed, 1))
	col := func() []float64 { return make([]float64, n) }
	c := Columns{
		Customers: n, Currency: "CNY", Money: make([]perennial.Money, n),
		RecencyDays: col(), PurchaseDays: col(), TenureDays: col(), GapMeanDays: col(), GapVariation: col(),
		Orders: col(), DiscountedOrders: col(), RefundedOrders: col(), WeekendOrders: col(), EveningOrders: col(), NightOrders: col(), Items: col(),
		Categories: []string{"生鲜", "零食", "家电", "女装"}, CategoryLines: [][]float64{col(), col(), col(), col()},
		Channels: []string{"offline", "online"}, ChannelOrders: [][]float64{col(), col()},
	}
	truth := make([]int, n)
	for i := range n {
		u, g := rng.Float64(), 0
		for u -= kinds[0].share; u > 0 && g < len(kinds)-1; u -= kinds[g].share {
			g++
		}
		k := kinds[g]
		truth[i] = g
		orders := 1.0
		if k.orders > 1 {
			orders = max(2, math.Round(k.orders*math.Exp(0.3*rng.NormFloat64())))
		}
		c.Orders[i], c.PurchaseDays[i] = orders, orders
		c.RecencyDays[i] = math.Round(k.recency * math.Exp(0.4*rng.NormFloat64()))
		c.GapMeanDays[i], c.GapVariation[i] = math.NaN(), math.NaN()
		if orders > 1 {
			c.GapMeanDays[i] = k.gap * math.Exp(0.3*rng.NormFloat64())
		}
		if orders > 2 {
			c.GapVariation[i] = 0.3 + 0.6*rng.Float64()
		}
		c.TenureDays[i] = c.RecencyDays[i]
		if orders > 1 {
			c.TenureDays[i] += math.Round((orders - 1) * c.GapMeanDays[i])
		}
		c.Money[i] = perennial.Money(100 * orders * k.spend * math.Exp(0.4*rng.NormFloat64()))
		for range int(orders) {
			coin := func(column []float64, p float64) {
				if rng.Float64() < p {
					column[i]++
				}
			}
			coin(c.DiscountedOrders, k.discount)
			coin(c.RefundedOrders, k.refund)
			coin(c.WeekendOrders, k.weekend)
			coin(c.EveningOrders, k.evening)
			coin(c.NightOrders, 0.03) // nobody's habit
			if rng.Float64() < k.offline {
				c.ChannelOrders[0][i]++
			} else {
				c.ChannelOrders[1][i]++
			}
			c.Items[i] += max(1, math.Round(k.items*math.Exp(0.3*rng.NormFloat64())))
			category := k.category
			if category < 0 || rng.Float64() < 0.25 {
				category = rng.IntN(4)
			}
			c.CategoryLines[category][i]++
		}
	}
	f, err := c.Features()
	if err != nil {
		panic(err)
	}
	return f, c.Money, truth
}

func TestShop(t *testing.T) {
	f, money, truth := shopWithTruth(6000, 1)
	r, err := Run(f, money, Options{Seed: 1, Currency: "CNY"})
	if err != nil {
		t.Fatal(err)
	}
	sound(t, f, money, r)
	show(t, r)
	if ari := AdjustedRand(truth, r.Assignment); ari < 0.9 {
		t.Errorf("adjusted Rand index %.3f to the planted kinds", ari)
	}
	if r.K != len(kinds) {
		t.Fatalf("k %d, planted %d", r.K, len(kinds))
	}
	// Each planted kind must be recognisable in the name of its group.
	for kind, words := range [][2]string{
		{"周末 线下 生鲜 高频", "weekend in-store frequent"},
		{"大促囤货", "stock-up"},
		{"尝鲜", "triers"},
		{"大单 家电", "big-ticket"},
		{"晚间 高退款 女装", "evening refund-prone"},
	} {
		group := r.Groups[majority(truth, r.Assignment, kind)]
		if !anyOf(group.NameZH, words[0]) || !anyOf(strings.ToLower(group.NameEN), words[1]) {
			t.Errorf("kind %d is called %s | %s", kind, group.NameZH, group.NameEN)
		}
	}
	for _, d := range r.Dropped {
		if d.Feature == NightShare {
			return
		}
	}
	t.Error("buying at night is chance here, but was kept")
}

func anyOf(s, words string) bool {
	for w := range strings.FieldsSeq(words) {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// majority returns the group that most customers of a planted kind are in.
func majority(truth, assignment []int, kind int) int {
	count := map[int]int{}
	most := 0
	for i, g := range assignment {
		if truth[i] == kind {
			count[g]++
			if count[g] > count[most] {
				most = g
			}
		}
	}
	return most
}

// A million customers, once: go test -bench Million -benchtime 1x. The shop has
// clear groups, noise none, which is the hardest for the bounds.
func BenchmarkMillion(b *testing.B) {
	const n = 1_000_000
	run := func(b *testing.B, f Features, money []perennial.Money) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Run(f, money, Options{Seed: 1, Currency: "CNY"}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(f.Columns)), "columns")
	}
	b.Run("shop", func(b *testing.B) {
		f, money := shop(n, 1)
		run(b, f, money)
	})
	b.Run("noise", func(b *testing.B) {
		rng := rand.New(rand.NewPCG(1, 1))
		p := points{n: n, d: 15, x: make([]float64, 15*n)}
		for i := range p.x {
			p.x[i] = rng.NormFloat64()
		}
		run(b, plainFeatures(p), nil)
	})
}
