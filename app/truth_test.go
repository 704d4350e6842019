package app

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/purchase"
	"perennial/collect/importer"
	"perennial/collect/importer/mapping"
	"perennial/demo"
	"perennial/predict/clv"
	"perennial/report"
)

var demoEnd = perennial.DayOf(2026, time.June, 30)

// The plain shop buys by exactly the model: a fit of its purchase histories must
// find the parameters that made it. Merging purchases of one day costs some
// repeats, which the five per cent beside four standard errors allow for.
func TestThePlainShopsParametersAreRecovered(t *testing.T) {
	sim, err := demo.New(demo.Options{Customers: 20_000, Seed: 3, End: demoEnd, Plain: true})
	if err != nil {
		t.Fatal(err)
	}
	shop := sim.Shop()
	h := sim.History(perennial.MoneyNet)
	r, err := clv.Fit(clv.FromHistory(h, history.NoDay), clv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, f, g := shop.Truth.Params, r.MBGNBD, r.GammaGamma
	for _, c := range []struct {
		name           string
		got, want, err float64
	}{
		{"r", f.R, p.R, f.StandardErrors.R}, {"alpha", f.Alpha, p.Alpha, f.StandardErrors.Alpha},
		{"a", f.A, p.A, f.StandardErrors.A}, {"b", f.B, p.B, f.StandardErrors.B},
		{"p", g.P, p.P, g.StandardErrors.P}, {"q", g.Q, p.Q, g.StandardErrors.Q},
	} {
		t.Logf("%s: %.4f ± %.4f, truth %.4f", c.name, c.got, c.err, c.want)
		if math.Abs(c.got-c.want) > 4*c.err+0.05*c.want {
			t.Errorf("%s: %.4f ± %.4f, truth %.4f", c.name, c.got, c.err, c.want)
		}
	}
	alive := 0.0
	for _, key := range h.Customers {
		if shop.Truth.Latent[key-1].Alive {
			alive++
		}
	}
	t.Logf("alive: %.0f, truth %.0f of %d", *r.CustomersAlive, alive, h.Len())
	if math.Abs(*r.CustomersAlive-alive) > 0.03*float64(h.Len()) {
		t.Errorf("alive: %.0f, truth %.0f of %d", *r.CustomersAlive, alive, h.Len())
	}
}

// The shop's files, taken in like anybody's, give the shop back: every customer,
// purchase day and amount; and the picture finds the stories that were put in.
func TestTheDemoShopComesBackFromItsFiles(t *testing.T) {
	sim, err := demo.New(demo.Options{Customers: 6_000, Seed: 2, End: demoEnd})
	if err != nil {
		t.Fatal(err)
	}
	shop := sim.Shop()
	path := filepath.Join(t.TempDir(), "订单明细.csv")
	write(t, path, func(w io.Writer) error { _, err := shop.WriteOrders(w, demo.LinesCSV); return err })
	a, ws, imported := importFile(t, path, importer.Request{})
	if c := imported.Counts; c.Refused != 0 || c.Duplicate != 0 {
		t.Errorf("counts %+v, refusals %+v", c, imported.Refusals)
	}
	got := load(t, a, ws, purchase.Options{AsOf: demoEnd, Money: perennial.MoneyNet})
	want := sim.History(perennial.MoneyNet)
	if got.Len() != want.Len() || !slices.Equal(flat(got.History), flat(want)) {
		t.Errorf("%d customers with %d purchase days, the shop has %d with %d", got.Len(), len(got.Day), want.Len(), len(want.Day))
	}

	members := filepath.Join(t.TempDir(), "会员资料.csv")
	write(t, members, func(w io.Writer) error { _, err := shop.WriteMembers(w); return err })
	again(t.Context(), t, a, ws, importer.Request{Kind: mapping.Customers, Path: members})
	analysis, err := a.Analyze(t.Context(), ws, AnalyzeOptions{
		Purchases: purchase.Options{AsOf: demoEnd, Money: perennial.MoneyNet}, Report: report.Options{Seed: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	if b := analysis.Loaded.Bridge; b.ExcludedCustomers <= 0 {
		t.Error("the staff of the member file were not set apart")
	}
	// 面膜 runs out sooner than 面霜: its first buyers come back sooner.
	rate := map[string]float64{}
	for _, c := range analysis.Picture.Curves {
		for i, day := range c.Curve.Day {
			if day == 60 || day < 60 && i+1 < len(c.Curve.Day) && c.Curve.Day[i+1] > 60 {
				rate[c.Name] = c.Curve.Value[i]
			}
		}
	}
	if !(rate["面膜"] > rate["面霜"]+0.03) {
		t.Errorf("second orders by day 60: 面膜 %.3f, 面霜 %.3f", rate["面膜"], rate["面霜"])
	}
}

func write(t *testing.T, path string, f func(io.Writer) error) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f(file); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// flat lists what customers did without their keys, which an import gives in the
// order of the file, customers in the order of their histories.
func flat(h *history.History) []string {
	out := make([]string, 0, h.Len())
	for i := range h.Customers {
		var b strings.Builder
		for k, day := range h.Days(i) {
			b.WriteString(day.String() + " " + h.Currency.Amount(h.Amounts(i)[k]).Decimal() + ";")
		}
		out = append(out, b.String())
	}
	slices.Sort(out)
	return out
}
