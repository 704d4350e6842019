package report

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/metric"
	"perennial/analyze/purchase"
)

func build(tb testing.TB, l *purchase.Loaded, o Options) (*Picture, *Scores) {
	tb.Helper()
	p, s, err := Build(context.Background(), l, o)
	if err != nil {
		tb.Fatal(err)
	}
	return p, s
}

var sampled = struct {
	once sync.Once
	p    *Picture
	s    *Scores
}{}

// sample is the picture of a shop that several tests look at.
func sample(tb testing.TB) (*Picture, *Scores) {
	sampled.once.Do(func() {
		sampled.p, sampled.s = build(tb, shop(tb, 3000), Options{
			Source: "天猫订单.xlsx", Version: "1.2.3", Seed: 3,
			Notes: []perennial.Text{perennial.Say("时间按 Asia/Shanghai。", "Times are in Asia/Shanghai.")},
		})
	})
	return sampled.p, sampled.s
}

// keys are those that definitions.md §7 promises; more may be there.
var keys = map[string]string{
	"":                 "data base rfm repurchase cohorts lifecycle clv clusters findings meta bridge",
	"data":             "rows_read rows_accepted rows_refused rows_duplicate rows_repeated rows_unattributed rows_unpaid rows_excluded orders refunds customers first_day last_day as_of currency",
	"base":             "gross_revenue refunds net_revenue revenue member_share average_order_value revenue_per_buyer repeat_rate return_rate repeat_share top_20_share gini",
	"rfm":              "method window_days thresholds classes",
	"rfm.thresholds":   "recency_days frequency monetary",
	"rfm.classes":      "code name_zh name_en customers revenue",
	"repurchase":       "identified return_share horizon_days cycle_days gap_p50 gap_p80 gap_p90 observed_gap_quartiles second_order half_day golden_window",
	"cohorts":          "month size retention open_from",
	"lifecycle":        "rule_set version cycle_days s80 s95 stages proof transitions forecast",
	"lifecycle.stages": "stage customers revenue",
	"lifecycle.proof":  "stage customers returned_90",
	"clv":              "unit alive_model bgnbd mbgnbd gamma_gamma expected_orders clv_12 customers_alive holdout",
	"clusters":         "k silhouette stability groups",
	"clusters.groups":  "name_zh name_en customers revenue",
	"findings":         "id title_zh title_en value customers",
	"bridge":           "id label_zh label_en amount orders",
	"meta":             "source workspace money_kind textbook as_of seed definitions_version program_version notes",

	"repurchase.second_order": "30 60 90 180",
	"clv.expected_orders":     "30 90 365",
	"clv.bgnbd":               "r alpha a b log_likelihood customers",
	"clv.mbgnbd":              "r alpha a b log_likelihood customers",
	"clv.gamma_gamma":         "p q v correlation",
}

func TestKeys(t *testing.T) {
	for name, l := range map[string]*purchase.Loaded{"cdnow": cdnow(t), "online retail": onlineRetail(t)} {
		p, _ := build(t, l, Options{Source: name, Textbook: true, Rows: &Rows{Read: 9, Accepted: 7, Refused: 2}, Seed: 7})
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err) // NaN and infinity end here
		}
		var all map[string]any
		if err := json.Unmarshal(b, &all); err != nil {
			t.Fatal(err)
		}
		for path, want := range keys {
			var at any = all
			if path != "" {
				for _, step := range strings.Split(path, ".") {
					at = at.(map[string]any)[step]
				}
			}
			if list, ok := at.([]any); ok && len(list) > 0 {
				at = list[0]
			}
			object, ok := at.(map[string]any)
			if !ok {
				t.Errorf("%s: %q is %T", name, path, at)
				continue
			}
			for _, key := range strings.Fields(want) {
				if _, ok := object[key]; !ok {
					t.Errorf("%s: %q lacks %q", name, path, key)
				}
			}
		}
		if p.RFM.Method != "mean" || p.RFM.WindowDays != 0 || p.Meta.Count != metric.CountOrders {
			t.Errorf("%s: textbook took %s, window %d, %s", name, p.RFM.Method, p.RFM.WindowDays, p.Meta.Count)
		}
	}
}

// Figures of the real files that the parts must still give when put together.
func TestPublishedFigures(t *testing.T) {
	p, _ := build(t, onlineRetail(t), Options{Textbook: true, SkipModels: true})
	near(t, "customers", float64(p.Data.Customers), 4338, 0)
	near(t, "orders", float64(p.Data.Orders), 18532, 0)
	near(t, "repeat share", *p.Base.RepeatShare, 0.6558, 5e-5)
	near(t, "top 20 share", *p.Base.Top20Share, 0.7459, 5e-4)

	end := perennial.DayOf(1997, 9, 30)
	p, _ = build(t, cdnow(t), Options{Textbook: true, Unit: "week", CalibrationEnd: &end})
	near(t, "r", p.CLV.BGNBD.R, 0.243, 5e-4)
	near(t, "alpha", p.CLV.BGNBD.Alpha, 4.414, 5e-4)
	near(t, "actual", float64(p.CLV.Holdout.Actual), 1882, 0)
	near(t, "predicted", p.CLV.Holdout.Predicted, 1653.4, 0.2)
	if !slices.ContainsFunc(p.Findings, func(f Finding) bool { return f.ID == "holdout" }) {
		t.Error("a holdout that was asked for is no finding")
	}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance {
		t.Errorf("%s = %v, want %v ± %v", what, got, want, tolerance)
	}
}

func TestFindings(t *testing.T) {
	p, _ := sample(t)
	if n := len(p.Findings); n == 0 || n > mostFindings {
		t.Fatalf("%d findings", n)
	}
	figures := map[string]bool{}
	for _, s := range newPage(p, HTMLOptions{}).Sections {
		for _, f := range s.Figures {
			figures[f.ID] = true
		}
	}
	seen := map[string]bool{}
	for k, f := range p.Findings {
		for what, pair := range map[string][2]string{
			"title": {f.TitleZH, f.TitleEN}, "detail": {f.DetailZH, f.DetailEN}, "action": {f.ActionZH, f.ActionEN},
			"shown": {f.ShownZH, f.ShownEN}, "population": {f.PopulationZH, f.PopulationEN},
		} {
			if pair[0] == "" || pair[1] == "" {
				t.Errorf("%s: %s is missing in a language: %q", f.ID, what, pair)
			}
			if strings.ContainsAny(pair[0]+pair[1], "{}") || strings.Contains(pair[0]+pair[1], "%!") {
				t.Errorf("%s: %s is not filled: %q", f.ID, what, pair)
			}
		}
		if f.Base < leastBase {
			t.Errorf("%s rests on %d", f.ID, f.Base)
		}
		if f.P != nil && *f.P >= significance {
			t.Errorf("%s is not significant: %v", f.ID, *f.P)
		}
		if !figures[f.Chart] {
			t.Errorf("%s points to a figure %q that is not there", f.ID, f.Chart)
		}
		if k > 0 && f.weight > p.Findings[k-1].weight {
			t.Errorf("%s weighs more than what stands before it", f.ID)
		}
		if seen[f.ID] {
			t.Errorf("%s twice", f.ID)
		}
		seen[f.ID] = true
	}
}

// A weak month is found, and an equal one is not.
func TestWeakCohort(t *testing.T) {
	var b history.Builder
	key := perennial.CustomerKey(0)
	for month := range 8 {
		first := perennial.DayOf(2025, 1, 1).Month() + perennial.Month(month)
		for i := range 200 {
			key++
			day := first.First() + perennial.Day(i%28)
			b.Add(key, day, 1, 1000, 1000)
			if back := i%10 < 5; back && (month != 3 || i%10 < 2) {
				b.Add(key, day+20+perennial.Day(i%17), 1, 1000, 1000)
			}
		}
	}
	h := b.History("CNY", perennial.MoneyNet, perennial.DayOf(2025, 12, 15))
	h.First -= 365 // so that everybody is known to be new
	p, _ := build(t, load(h), Options{SkipModels: true})
	for _, c := range p.CohortTests {
		weak := c.PAdjusted < significance && c.HazardRatio < weakCohort
		if want := c.Month.String() == "2025-04"; weak != want {
			t.Errorf("%s: ratio %.2f, p %.4f", c.Month, c.HazardRatio, c.PAdjusted)
		}
	}
	if !slices.ContainsFunc(p.Findings, func(f Finding) bool { return f.ID == "weak_cohort" && strings.Contains(f.TitleZH, "2025 年 4 月") }) {
		t.Error("the weak month is no finding")
	}
}

func TestBridgeAddsUp(t *testing.T) {
	p, _ := build(t, shop(t, 500), Options{SkipModels: true})
	var at perennial.Money
	for _, s := range p.Bridge {
		if !s.Total {
			at += s.Amount.Minor
			continue
		}
		if s.ID != "all" && at != s.Amount.Minor {
			t.Errorf("%s is %d, the steps come to %d", s.ID, s.Amount.Minor, at)
		}
		at = s.Amount.Minor
	}
	if p.Base.Revenue.Minor != at {
		t.Errorf("the bridge ends at %d, revenue is %d", at, p.Base.Revenue.Minor)
	}
}

func TestSameSeedSamePicture(t *testing.T) {
	var first [3][]byte
	for k := range 2 {
		p, _ := build(t, shop(t, 600), Options{Source: "shop", Seed: 5})
		var out [3][]byte
		out[0], _ = json.Marshal(p)
		var html, text bytes.Buffer
		if err := WriteHTML(&html, p, HTMLOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := WriteText(&text, p, TextOptions{}); err != nil {
			t.Fatal(err)
		}
		out[1], out[2] = html.Bytes(), text.Bytes()
		if k == 0 {
			first = out
			continue
		}
		for i := range out {
			if !bytes.Equal(out[i], first[i]) {
				t.Errorf("output %d differs", i)
			}
		}
	}
}

// What a model cannot be fitted to still gives a picture, in every form.
func TestPoorData(t *testing.T) {
	day := perennial.DayOf(2026, 5, 4)
	one := func(n, days int, money perennial.Money, step int) *purchase.Loaded {
		var b history.Builder
		for i := range n {
			for k := range days {
				b.Add(perennial.CustomerKey(i+1), day+perennial.Day(k*step), 1, money, money)
			}
		}
		return load(b.History("CNY", perennial.MoneyNet, day+perennial.Day(days*step)))
	}
	for name, l := range map[string]*purchase.Loaded{
		"nobody":        load(&history.History{Currency: "CNY", MoneyKind: perennial.MoneyNet, First: day, Last: day, AsOf: day, Offset: []int{0}}),
		"one customer":  one(1, 1, 500, 1),
		"never repeat":  one(40, 1, 500, 1),
		"all equal":     one(50, 6, 500, 20),
		"no money":      one(50, 3, 0, 15),
		"years between": one(40, 2, 90000, 700),
		"negative":      one(40, 2, -100, 30),
	} {
		p, s := build(t, l, Options{Source: name})
		if _, err := json.Marshal(p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var out bytes.Buffer
		if err := WriteHTML(&out, p, HTMLOptions{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, lang := range []perennial.Lang{perennial.LangZH, perennial.LangEN} {
			if err := WriteText(&out, p, TextOptions{Lang: lang}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if bytes.Contains(out.Bytes(), []byte("NaN")) && !strings.Contains(chartBundle(), "NaN") {
			t.Errorf("%s: NaN on the page", name)
		}
		for i := range s.Len() {
			checkRow(t, s, i)
		}
	}
}

func checkRow(t *testing.T, s *Scores, i int) {
	t.Helper()
	row := s.Row(i, func(perennial.CustomerKey) string { return "id" }, nil)
	header := s.Header()
	if len(row) != len(header) {
		t.Fatalf("row of %d for %d columns", len(row), len(header))
	}
	for k, v := range row {
		ok := v == nil
		switch v := v.(type) {
		case string:
			ok = header[k].Kind == ColumnText
		case int64:
			ok = header[k].Kind == ColumnWhole
		case float64:
			ok = header[k].Kind == ColumnNumber && !math.IsNaN(v) && !math.IsInf(v, 0)
		case perennial.Amount:
			ok = header[k].Kind == ColumnMoney
		case perennial.Day:
			ok = header[k].Kind == ColumnDay && v > perennial.MinDay
		case bool:
			ok = header[k].Kind == ColumnFlag
		}
		if !ok {
			t.Errorf("%s is %T %v", header[k].Name, v, v)
		}
	}
}

func TestScores(t *testing.T) {
	p, s := sample(t)
	if s.Len() != p.Data.Customers {
		t.Fatalf("%d rows for %d customers", s.Len(), p.Data.Customers)
	}
	for i := range s.Len() {
		checkRow(t, s, i)
	}
}

// With a calibration end, single customers are scored on all data.
func TestCalibrationKeepsScores(t *testing.T) {
	l := shop(t, 700)
	end := l.AsOf - 120
	p, s := build(t, l, Options{CalibrationEnd: &end})
	if p.CLV.Holdout == nil || p.CLV.Customers >= p.Data.Customers {
		t.Errorf("calibrated on %d of %d customers", p.CLV.Customers, p.Data.Customers)
	}
	if len(s.value.CLV12) != p.Data.Customers {
		t.Errorf("%d values for %d customers", len(s.value.CLV12), p.Data.Customers)
	}
}
