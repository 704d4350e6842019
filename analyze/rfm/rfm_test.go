package rfm

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/historytest"
	"perennial/analyze/metric"
)

func classify(t testing.TB, h *history.History, opt Options) *Result {
	t.Helper()
	r, err := Classify(h, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Values and quartiles of Online Retail as the README of the data gives them:
// whole days to 2011-12-10 00:00, orders, money, whole history.
func TestOnlineRetail(t *testing.T) {
	h := historytest.OnlineRetail(t)
	r := classify(t, h, Options{Method: Mean, Count: metric.CountOrders})
	for _, want := range []struct {
		key  perennial.CustomerKey
		r, f int32
		m    string
	}{
		{12346, 325, 1, "77183.60"},
		{12347, 2, 7, "4310.00"},
		{12348, 75, 4, "1797.24"},
		{17850, 372, 34, "5391.21"},
		{14646, 1, 73, "280206.02"},
	} {
		i, ok := slices.BinarySearch(h.Customers, want.key)
		if !ok {
			t.Fatalf("no customer %d", want.key)
		}
		c := r.Columns
		if c.R[i] != want.r || c.F[i] != want.f || h.Currency.Amount(c.M[i]).Decimal() != want.m {
			t.Errorf("%d: %d/%d/%s, want %+v", want.key, c.R[i], c.F[i], h.Currency.Amount(c.M[i]).Decimal(), want)
		}
	}
	if got := r.Quartiles.RecencyDays; !slices.Equal(got, []float64{17, 50, 141.75}) {
		t.Errorf("R %v", got)
	}
	if got := r.Quartiles.Frequency; !slices.Equal(got, []float64{1, 2, 5}) {
		t.Errorf("F %v", got)
	}
	for k, want := range []float64{307.415, 674.485, 1661.74} {
		if math.Abs(r.Quartiles.Monetary[k]-want) > 1e-6 {
			t.Errorf("M %v", r.Quartiles.Monetary)
		}
	}
	for _, method := range []Method{Business, Score, Mean} {
		r := classify(t, h, Options{Method: method, WindowDays: DefaultWindowDays, CycleDays: 66})
		t.Log(method, r.Thresholds.RecencyDays, r.Thresholds.Frequency, r.Thresholds.Monetary.Decimal())
		for _, c := range r.Classes {
			t.Log(c.Code, c.NameZH, c.Customers, c.Revenue.Decimal())
		}
	}
}

// A window of a year on the CDNOW sample leaves two thirds of the customers
// without a purchase: thresholds of all customers would put M at zero.
func TestCDNOW(t *testing.T) {
	h := historytest.CDNOW(t)
	r := classify(t, h, Options{WindowDays: DefaultWindowDays, CycleDays: 54})
	if r.Customers != 2357 || r.Buyers != 812 || r.Thresholds.Monetary.Minor <= 0 || r.Thresholds.RecencyDays != 54 {
		t.Errorf("%d customers, %d buyers, %+v", r.Customers, r.Buyers, r.Thresholds)
	}
	share := func(f float64) float64 {
		n := 0
		for _, v := range r.Columns.F {
			if float64(v) >= f {
				n++
			}
		}
		return math.Abs(float64(n)/float64(r.Buyers) - frequencyShare)
	}
	for f := 2.0; f < 40; f++ {
		if share(f) < share(r.Thresholds.Frequency) {
			t.Errorf("F ≥ %v is nearer to 40 %% than F ≥ %v", f, r.Thresholds.Frequency)
		}
	}
	high := 0
	for _, m := range r.Columns.M {
		if m >= r.Thresholds.Monetary.Minor {
			high++
		}
	}
	if high != 406 {
		t.Errorf("%d of 812 buyers are at the median of M or above", high)
	}
}

type bill struct {
	customer int
	day      perennial.Day
	orders   int
	amount   perennial.Money
}

func build(asOf perennial.Day, bills ...bill) *history.History {
	var b history.Builder
	for _, x := range bills {
		b.Add(perennial.CustomerKey(x.customer), x.day, x.orders, x.amount, x.amount)
	}
	return b.History("CNY", perennial.MoneyNet, asOf)
}

func TestByHand(t *testing.T) {
	// D = 400, window 365: from day 36 on.
	h := build(400,
		bill{1, 400, 1, 500}, bill{1, 300, 1, 500}, bill{1, 36, 3, 1000}, // R 0, F 3 (5 orders), M 2000
		bill{2, 390, 1, 900},                      // R 10, F 1, M 900
		bill{3, 100, 1, 300}, bill{3, 90, 1, 300}, // R 300, F 2, M 600
		bill{4, 35, 2, 9000}, // R 365, nothing in the window
	)
	h.Loose = []history.LooseRefund{{Customer: 0, Day: 399, Amount: 100}, {Customer: 3, Day: 35, Amount: 50}}
	r := classify(t, h, Options{WindowDays: 365, CycleDays: 30})
	if !slices.Equal(r.Columns.R, []int32{0, 10, 300, 365}) || !slices.Equal(r.Columns.F, []int32{3, 1, 2, 0}) ||
		!slices.Equal(r.Columns.M, []perennial.Money{1900, 900, 600, 0}) {
		t.Errorf("%+v", r.Columns)
	}
	// Of three buyers two have 2 or more (67 %), one has 3 (33 %): 3 is nearer to
	// 40 %. The median of M is 900.
	if r.Thresholds.Frequency != 3 || r.Thresholds.Monetary.Minor != 900 {
		t.Errorf("%+v", r.Thresholds)
	}
	if !slices.Equal(r.Columns.Class, []Code{7, 5, 0, 0}) {
		t.Errorf("classes %v", r.Columns.Class)
	}
	if !slices.Equal(r.Columns.RScore, []uint8{4, 3, 2, 1}) || !slices.Equal(r.Columns.MScore, []uint8{4, 3, 2, 1}) || !slices.Equal(r.Columns.FScore, []uint8{4, 2, 3, 1}) {
		t.Errorf("scores %v %v %v", r.Columns.RScore, r.Columns.FScore, r.Columns.MScore)
	}
	if orders := classify(t, h, Options{Count: metric.CountOrders}); !slices.Equal(orders.Columns.F, []int32{5, 1, 2, 2}) {
		t.Errorf("orders %v", orders.Columns.F)
	}
	// Mean over the buyers: R 103.33, F 2, M 1133.33; equal is low.
	mean := classify(t, h, Options{Method: Mean, WindowDays: 365})
	if !slices.Equal(mean.Columns.Class, []Code{7, 4, 0, 0}) || mean.Thresholds.Monetary.Minor != 1133 {
		t.Errorf("mean: %v %+v", mean.Columns.Class, mean.Thresholds)
	}
	// Mean scores 2.5 each.
	score := classify(t, h, Options{Method: Score, WindowDays: 365})
	if !slices.Equal(score.Columns.Class, []Code{7, 5, 2, 0}) {
		t.Errorf("score: %v %+v", score.Columns.Class, score.Thresholds)
	}
	if none := classify(t, h, Options{WindowDays: 365}); none.Thresholds.RecencyDays != 10 || len(none.Notes) != 2 {
		t.Errorf("without a cycle: %+v %v", none.Thresholds, none.Notes)
	}
}

func TestFrozen(t *testing.T) {
	h := build(100, bill{1, 100, 1, 100}, bill{1, 90, 1, 100}, bill{2, 80, 1, 300}, bill{3, 10, 1, 50})
	fresh := classify(t, h, Options{CycleDays: 15})
	frozen := fresh.Thresholds
	frozen.Version, frozen.RecencyDays = 3, 25
	r := classify(t, h, Options{CycleDays: 15, Frozen: &frozen})
	if r.Thresholds.Version != 3 || r.Frozen == nil || r.Frozen.WouldChange != 1 || r.Frozen.Fresh.RecencyDays != 15 {
		t.Errorf("%+v", r.Frozen)
	}
	if r.Columns.Class[1] != 5 || fresh.Columns.Class[1] != 1 {
		t.Errorf("%v, fresh %v", r.Columns.Class, fresh.Columns.Class)
	}
	if _, err := Classify(h, Options{Method: Mean, Frozen: &frozen}); perennial.CodeOf(err) != "rfm.frozen_basis" {
		t.Errorf("other basis: %v", err)
	}
	if _, err := Classify(h, Options{Method: "median"}); perennial.CodeOf(err) != "rfm.method" {
		t.Errorf("unknown method: %v", err)
	}
}

func TestWholesale(t *testing.T) {
	var bills []bill
	for i := range 1000 {
		bills = append(bills, bill{i + 1, perennial.Day(i % 90), 1, perennial.Money(1000 + i)})
	}
	bills[500].amount = 10_000_000
	for _, method := range []Method{Business, Score, Mean} {
		h := build(100, bills...)
		r := classify(t, h, Options{Method: method, Wholesale: true, CycleDays: 30})
		if r.Wholesale == nil || r.Wholesale.Customers != 5 || r.Columns.Class[500] != Wholesale {
			t.Fatalf("%s: %+v", method, r.Wholesale)
		}
		if r.Thresholds.Monetary.Minor > 2000 {
			t.Errorf("%s: the threshold %v is drawn up by the wholesale customer", method, r.Thresholds.Monetary)
		}
		frozen := r.Thresholds
		frozen.Version = 1
		same := classify(t, h, Options{Method: method, Wholesale: true, CycleDays: 30, Frozen: &frozen})
		if same.Frozen.WouldChange != 0 || !slices.Equal(same.Columns.Class, r.Columns.Class) || same.Grid != r.Grid {
			t.Errorf("%s: frozen at its own values: %+v", method, same.Frozen)
		}
		// Frozen without a limit: the five come back into the classes.
		frozen.WholesaleAbove = nil
		if all := classify(t, h, Options{Method: method, Wholesale: true, CycleDays: 30, Frozen: &frozen}); all.Wholesale != nil || all.Frozen.WouldChange != 5 {
			t.Errorf("%s: frozen without a limit: %+v", method, all.Frozen)
		}
	}
}

func TestEdges(t *testing.T) {
	for name, h := range map[string]*history.History{
		"empty":     build(10),
		"one":       build(10, bill{1, 10, 1, 100}),
		"all equal": build(10, bill{1, 5, 1, 100}, bill{2, 5, 1, 100}, bill{3, 5, 1, 100}),
		"zero":      build(10, bill{1, 5, 1, 0}, bill{2, 6, 1, 0}),
		"negative":  build(10, bill{1, 5, 1, -100}, bill{2, 6, 1, -101}),
		"old":       build(5000, bill{1, 5, 1, 100}),
	} {
		for _, opt := range []Options{
			{WindowDays: 365, CycleDays: 30}, {WindowDays: 365}, {Method: Score, WindowDays: 365}, {Method: Mean}, {Method: Mean, WindowDays: 365, Wholesale: true},
		} {
			r := classify(t, h, opt)
			if _, err := json.Marshal(r); err != nil {
				t.Fatalf("%s %+v: %v", name, opt, err)
			}
			if len(r.Classes) != 8 || len(r.Layers) != 3 {
				t.Errorf("%s: %d classes, %d layers", name, len(r.Classes), len(r.Layers))
			}
			if name == "all equal" && opt.Method != Business && opt.Method != "" && r.Columns.Class[0] != 0 {
				t.Errorf("%s %s: %v, nobody is above the mean", name, opt.Method, r.Columns.Class)
			}
		}
	}
}

// Scores follow the literal formula, classes the thresholds, and classes, layers
// and grid each add up to everybody.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var bills []bill
		for range rapid.IntRange(1, 80).Draw(t, "bills") {
			bills = append(bills, bill{
				rapid.IntRange(1, 25).Draw(t, "customer"), perennial.Day(rapid.IntRange(0, 200).Draw(t, "day")),
				rapid.IntRange(1, 3).Draw(t, "orders"), perennial.Money(rapid.IntRange(-5, 30).Draw(t, "amount")),
			})
		}
		opt := Options{
			Method:     rapid.SampledFrom([]Method{Business, Score, Mean}).Draw(t, "method"),
			WindowDays: rapid.SampledFrom([]int{0, 60, 150}).Draw(t, "window"),
			Count:      rapid.SampledFrom([]metric.Count{metric.CountDays, metric.CountOrders}).Draw(t, "count"),
			CycleDays:  float64(rapid.IntRange(0, 60).Draw(t, "cycle")),
		}
		h := build(200, bills...)
		r, err := Classify(h, opt)
		if err != nil {
			t.Fatal(err)
		}
		c, n := r.Columns, h.Len()
		var sumR, sumF, sumM float64
		for i := range n {
			var wr, wf, wm int
			for j := range n {
				if c.R[j] > c.R[i] {
					wr++
				}
				if c.F[j] < c.F[i] {
					wf++
				}
				if c.M[j] < c.M[i] {
					wm++
				}
			}
			want := [3]uint8{uint8(1 + 5*wr/n), uint8(1 + 5*wf/n), uint8(1 + 5*wm/n)}
			if got := [3]uint8{c.RScore[i], c.FScore[i], c.MScore[i]}; got != want {
				t.Fatalf("customer %d scores %v, by definition %v", i, got, want)
			}
			sumR, sumF, sumM = sumR+float64(want[0]), sumF+float64(want[1]), sumM+float64(want[2])
		}
		var buyers, meanR, meanF, meanM float64
		for i := range n {
			if c.F[i] > 0 {
				buyers++
				meanR, meanF, meanM = meanR+float64(c.R[i]), meanF+float64(c.F[i]), meanM+float64(c.M[i])
			}
		}
		for i := range n {
			var want Code
			bought := c.F[i] > 0
			switch opt.Method {
			case Score:
				want = makeCode(float64(c.RScore[i]) > sumR/float64(n), bought && float64(c.FScore[i]) > sumF/float64(n), bought && float64(c.MScore[i]) > sumM/float64(n))
			case Mean:
				want = makeCode(buyers > 0 && float64(c.R[i])*buyers < meanR, bought && float64(c.F[i])*buyers > meanF, bought && float64(c.M[i])*buyers > meanM)
			default:
				want = r.Thresholds.class(c.R[i], c.F[i], c.M[i])
			}
			if c.Class[i] != want {
				t.Fatalf("%s: customer %d is %v, by definition %v", opt.Method, i, c.Class[i], want)
			}
		}
		var classes, layers, grid int
		var revenue, all perennial.Money
		for _, x := range r.Classes {
			classes += x.Customers
			revenue += x.Revenue.Minor
		}
		for _, x := range r.Layers {
			layers += x.Customers
		}
		for _, a := range r.Grid {
			for _, b := range a {
				for _, x := range b {
					grid += x
				}
			}
		}
		for _, m := range c.M {
			all += m
		}
		if classes != n || layers != n || grid != n || revenue != all {
			t.Fatalf("%d customers; classes %d, layers %d, grid %d; money %d of %d", n, classes, layers, grid, revenue, all)
		}
	})
}

func BenchmarkClassify(b *testing.B) {
	rng := rand.New(rand.NewPCG(5, 6))
	h := &history.History{Currency: "CNY", MoneyKind: perennial.MoneyNet, AsOf: 1000, Offset: []int{0}}
	for i := range 1_000_000 {
		h.Customers = append(h.Customers, perennial.CustomerKey(i+1))
		d := perennial.Day(rng.IntN(600))
		for k := 0; k < 10 && d <= h.AsOf; k++ {
			h.Day = append(h.Day, d)
			h.Orders = append(h.Orders, 1)
			h.Amount = append(h.Amount, perennial.Money(rng.IntN(10000)))
			d += 1 + perennial.Day(rng.ExpFloat64()*30)
		}
		h.Offset = append(h.Offset, len(h.Day))
	}
	for b.Loop() {
		if _, err := Classify(h, Options{WindowDays: 365, CycleDays: 30}); err != nil {
			b.Fatal(err)
		}
	}
}
