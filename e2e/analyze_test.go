package e2e

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"perennial/internal/realdata"
)

// The keys of `perennial analyze --json` that other programs rely on; more may
// stand beside them.
var promised = map[string][]string{
	"data": {"rows_read", "rows_accepted", "rows_refused", "rows_duplicate", "rows_repeated", "rows_unattributed", "rows_unpaid",
		"rows_excluded", "orders", "refunds", "customers", "first_day", "last_day", "as_of", "currency"},
	"base": {"gross_revenue", "refunds", "net_revenue", "revenue", "member_share", "average_order_value", "revenue_per_buyer",
		"repeat_rate", "return_rate", "repeat_share", "top_20_share", "gini"},
	"rfm":            {"method", "window_days", "thresholds", "classes"},
	"rfm.classes":    {"code", "name_zh", "name_en", "customers", "revenue"},
	"rfm.thresholds": {"recency_days", "frequency", "monetary"},
	"repurchase": {"identified", "return_share", "horizon_days", "cycle_days", "gap_p50", "gap_p80", "gap_p90",
		"observed_gap_quartiles", "second_order", "half_day", "golden_window"},
	"repurchase.second_order": {"30", "60", "90", "180"},
	"cohorts":                 {"month", "size", "retention", "open_from"},
	"lifecycle":               {"rule_set", "version", "cycle_days", "s80", "s95", "stages", "proof", "transitions", "forecast"},
	"lifecycle.stages":        {"stage", "customers", "revenue"},
	"lifecycle.proof":         {"stage", "customers", "returned_90"},
	"clv":                     {"unit", "alive_model", "bgnbd", "mbgnbd", "gamma_gamma", "expected_orders", "clv_12", "customers_alive", "holdout"},
	"clv.bgnbd":               {"r", "alpha", "a", "b", "log_likelihood", "customers"},
	"clv.mbgnbd":              {"r", "alpha", "a", "b", "log_likelihood", "customers"},
	"clv.gamma_gamma":         {"p", "q", "v", "correlation"},
	"clv.expected_orders":     {"30", "90", "365"},
	"clusters":                {"k", "silhouette", "stability", "groups"},
	"clusters.groups":         {"name_zh", "name_en", "customers", "revenue"},
	"findings":                {"id", "title_zh", "title_en", "value", "customers"},
}

// keepsPromise checks that a picture has every promised key.
func keepsPromise(t *testing.T, doc object) {
	t.Helper()
	for name, keys := range promised {
		v := at(doc, strings.Split(name, ".")...)
		if list, ok := v.([]any); ok && len(list) > 0 {
			v = list[0]
		}
		m, ok := v.(object)
		if !ok {
			t.Errorf("%s is %v, not an object", name, v)
			continue
		}
		for _, key := range keys {
			if _, ok := m[key]; !ok {
				t.Errorf("%s.%s is missing", name, key)
			}
		}
	}
}

// figure is an expected number with the greatest distance allowed.
type figure struct {
	path  string
	want  float64
	apart float64
}

func check(t *testing.T, doc object, figures []figure) {
	t.Helper()
	for _, f := range figures {
		if got := number(t, doc, strings.Split(f.path, ".")...); math.Abs(got-f.want) > f.apart {
			t.Errorf("%s is %v, want %v ± %v", f.path, got, f.want, f.apart)
		}
	}
}

func parsed(r ended) object { var doc object; r.document(&doc); return doc }

// Figures of the Online Retail file that were counted independently.
func TestAnalyzeOnlineRetail(t *testing.T) {
	t.Parallel()
	path := realdata.Path(t, "online_retail/online_retail.csv.gz")
	d := newDesk(t)
	customers := filepath.Join(d.work, "customers.csv")
	doc := d.json("analyze", path, "--textbook", "--customers-out", customers, "--lang", "en")
	keepsPromise(t, doc)
	check(t, doc, []figure{
		{"data.rows_read", 541_909, 0}, {"data.rows_accepted", 541_909, 0}, {"data.rows_refused", 0, 0}, {"data.rows_duplicate", 0, 0},
		{"data.rows_repeated", 5_268, 0}, {"data.rows_unattributed", 135_080, 0}, {"data.orders", 18_532, 0}, {"data.customers", 4_338, 0},
		{"base.gross_revenue", 8_911_407.90, 0.004}, {"base.revenue", 8_911_407.90, 0.004},
		{"base.repeat_share", 2_845.0 / 4_338, 1e-9}, {"base.top_20_share", 0.7459, 5e-5},
		{"repurchase.cycle_days", 66, 0}, {"repurchase.gap_p80", 159, 0}, {"repurchase.gap_p90", 223, 0}, {"repurchase.return_share", 0.65, 0.005},
	})
	if at(doc, "repurchase", "golden_window") != nil {
		t.Errorf("a golden window of customers known to be new: %v", at(doc, "repurchase", "golden_window"))
	}
	if first, last := at(doc, "data", "first_day"), at(doc, "data", "as_of"); first != "2010-12-01" || last != "2011-12-09" {
		t.Errorf("from %v to %v", first, last)
	}
	cohorts := map[any][]any{}
	for _, c := range doc["cohorts"].([]any) {
		cohorts[at(c, "month")] = at(c, "retention").([]any)
	}
	for month, want := range map[string][]any{
		"2010-12": {885., 324., 286., 340., 321., 352., 321., 309., 313., 350., 331., 445., 235.},
		"2011-06": {242., 42., 38., 64., 56., 81., 23.},
	} {
		if !reflect.DeepEqual(cohorts[month], want) {
			t.Errorf("cohort %s: %v, want %v", month, cohorts[month], want)
		}
	}
	// Recency counts from the end of the as-of day at 2011-12-10 00:00 in the
	// source, whole days since the purchase's own moment: the day's R.
	table := readCSV(t, customers)
	for id, want := range map[string][3]string{
		"12346": {"325", "1", "77183.60"}, "12347": {"2", "7", "4310.00"}, "12348": {"75", "4", "1797.24"},
		"17850": {"372", "34", "5391.21"}, "14646": {"1", "73", "280206.02"},
	} {
		row := table.of(t, id)
		if got := [3]string{row["recency_days"], row["frequency"], row["monetary"]}; got != want {
			t.Errorf("customer %s: %v, want %v", id, got, want)
		}
	}
	// Kept, it gives the same picture; brought again, nothing.
	d.take("orders", path, "uk")
	alike(t, "kept", doc, d.picture("uk", "--textbook"))
	if in := d.take("orders", path, "uk"); in.Report.Counts.Accepted != 0 || in.Report.Counts.Duplicate != 541_909 {
		t.Errorf("the same file again: %+v", in.Report.Counts)
	}
	d.clean()
}

// The published models of the CDNOW sample, calibrated to 1997-09-30.
func TestAnalyzeCDNOW(t *testing.T) {
	t.Parallel()
	path := realdata.Path(t, "cdnow/CDNOW_sample.txt")
	d := newDesk(t)
	doc := d.json("analyze", path, "--textbook", "--unit", "week", "--calibration-end", "1997-09-30")
	keepsPromise(t, doc)
	check(t, doc, []figure{
		{"data.rows_read", 6_919, 0}, {"data.rows_accepted", 6_919, 0}, {"data.customers", 2_357, 0}, {"data.orders", 6_919, 0},
		{"clv.bgnbd.r", 0.24259, 2e-4}, {"clv.bgnbd.alpha", 4.41353, 2e-3}, {"clv.bgnbd.a", 0.79289, 2e-3}, {"clv.bgnbd.b", 2.42575, 6e-3},
		{"clv.bgnbd.log_likelihood", -9582.4256, 0.01}, {"clv.bgnbd.customers", 2_357, 0},
		{"clv.gamma_gamma.p", 6.25, 0.01}, {"clv.gamma_gamma.q", 3.74, 0.01}, {"clv.gamma_gamma.v", 15.44, 0.02},
		{"clv.holdout.actual", 1_882, 0}, {"clv.holdout.predicted", 1_653.4, 0.5},
		{"repurchase.cycle_days", 54, 0}, {"repurchase.gap_p80", 166, 0}, {"repurchase.gap_p90", 248, 0}, {"repurchase.return_share", 0.33, 0.005},
		{"repurchase.golden_window.start", 1, 0}, {"repurchase.golden_window.end", 89, 0}, {"repurchase.half_day", 35, 0},
	})
	if at(doc, "clv", "unit") != "week" || at(doc, "clv", "alive_model") != "mbgnbd" {
		t.Errorf("unit %v, alive_model %v", at(doc, "clv", "unit"), at(doc, "clv", "alive_model"))
	}
	plain := d.json("analyze", path, "--textbook", "--unit", "week")
	if h, ok := plain["clv"].(object)["holdout"]; !ok || h != nil {
		t.Errorf("holdout without --calibration-end: %v", h)
	}
	d.clean()
}

func TestAnalyzeText(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := d.write("orders.csv", shop{"A", 3_000, 400, 1}.csv())
	for lang, want := range map[string][]string{
		"zh": {"最值得注意", "RFM", "生命周期", "新客期", "复购周期", "重要价值客户", "未来 12 个月价值", "智能分群"},
		"en": {"matter most", "RFM", "Lifecycle", "Acquisition", "Repurchase cycle", "Champions", "next 12 months", "Clusters"},
	} {
		r := d.good("analyze", file, "--lang", lang)
		for _, w := range want {
			if !strings.Contains(r.out, w) {
				t.Errorf("%s: %q is missing in\n%s", lang, w, r.out)
			}
		}
		if strings.Contains(r.out, "\x1b[") || strings.Contains(r.out, "%!") || strings.Contains(r.out, "NaN") {
			t.Errorf("%s: colours, a bad format or NaN in\n%s", lang, r.out)
		}
		if r.err != "" {
			t.Errorf("%s: on standard error: %s", lang, r.err)
		}
	}
	if english := d.good("analyze", file, "--lang", "en").out; hanzi.MatchString(english) {
		t.Errorf("Chinese in the English text: %s", lineWith(english, hanzi))
	}
	d.clean()
	if _, err := os.Stat(d.dir); err == nil {
		t.Error("analysing a file made the data directory")
	}
}

func lineWith(text string, what *regexp.Regexp) string {
	for line := range strings.Lines(text) {
		if what.MatchString(line) {
			return line
		}
	}
	return ""
}

// loads are the ways in which a page fetches something.
var loads = regexp.MustCompile(`(?i)(?:src|href|action|srcset|poster|data)\s*=\s*["']?\s*(?:https?:)?//|@import|url\(\s*["']?(?:https?:)?//|<(?:link|iframe|img|object|embed)\b|(?:fetch|importScripts)\(\s*["']`)

func TestAnalyzePage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := d.write("orders.csv", shop{"A", 3_000, 400, 1}.csv())
	pages := map[string]string{}
	for _, lang := range []string{"zh", "en"} {
		path := filepath.Join(d.work, lang+".html")
		d.good("analyze", file, "--html", path, "--lang", lang)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		page := string(b)
		pages[lang] = page
		for _, hit := range loads.FindAllStringIndex(page, 5) {
			t.Errorf("%s: the page loads something: …%.120s…", lang, page[max(0, hit[0]-40):])
		}
		for _, want := range []string{"<!doctype html", "生命周期", "Lifecycle", "复购周期", "Repurchase cycle", "</html>"} {
			if !strings.Contains(strings.ToLower(page), strings.ToLower(want)) {
				t.Errorf("%s: %q is missing", lang, want)
			}
		}
		if strings.Contains(page, "%!") && strings.Contains(page, "(MISSING)") {
			t.Errorf("%s: a bad format", lang)
		}
	}
	again := filepath.Join(d.work, "again.html")
	d.good("analyze", file, "--html", again, "--lang", "zh")
	if b, err := os.ReadFile(again); err != nil || string(b) != pages["zh"] {
		t.Errorf("the same file gives another page (%v)", err)
	}
	entries, err := os.ReadDir(d.work)
	if err != nil || len(entries) != 4 {
		t.Errorf("in the work folder: %v %v", entries, err)
	}
	d.clean()
}

func TestAnalyzeTwiceTheSame(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := d.write("orders.csv", shop{"A", 2_000, 300, 3}.csv())
	first, second := d.good("analyze", file, "--json", "--seed", "5"), d.good("analyze", file, "--json", "--seed", "5")
	if first.out != second.out {
		t.Error("the same seed gives another answer")
	}
	sections := []string{"meta", "data", "base", "rfm", "repurchase", "cohorts", "lifecycle", "clv", "clusters", "findings"}
	for key := range parsed(first) {
		sections = slices.DeleteFunc(sections, func(s string) bool { return s == key })
	}
	if len(sections) > 0 {
		t.Errorf("missing: %v", sections)
	}
}

// No output takes the place of the file that is being read.
func TestSourceIsNeverOverwritten(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	text := lines(append(rows(30), "B1,001,2026-02-30,5.00")...)
	for _, args := range [][]string{
		{"analyze", "f.csv", "--html", "f.csv"}, {"analyze", "f.csv", "--html", "./f.csv"}, {"analyze", "f.csv", "--customers-out", "f.csv"},
		{"analyze", "f.csv", "--refusals", "f.csv"}, {"import", "orders", "f.csv", "--refusals", filepath.Join(d.work, "f.csv")},
		{"analyze", "f.csv", "--html", "x.csv", "--customers-out", "x.csv"},
	} {
		path := d.write("f.csv", text)
		d.refused("usage", 2, args...)
		if b, err := os.ReadFile(path); err != nil || string(b) != text {
			t.Errorf("perennial %s: the file now begins with %.60q (%v)", strings.Join(args, " "), b, err)
		}
	}
}

// Windows and days that lie outside the data are refused or harmless, never a
// wrong number.
func TestFlagsOutOfRange(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := d.write("f.csv", shop{"A", 500, 60, 1}.csv())
	whole := number(t, d.json("analyze", file), "base", "net_revenue")
	for _, window := range []string{"3000000000", "2147483648", "100000"} {
		r := d.run("analyze", file, "--window", window, "--json")
		if doc := parsed(r); r.code == 0 && number(t, doc, "base", "window", "revenue") != whole {
			t.Errorf("--window %s: %v of %v in the window", window, at(doc, "base", "window", "revenue"), whole)
		}
	}
	d.refused("usage", 2, "analyze", file, "--window", "-5")
	d.refused("usage", 2, "analyze", file, "--calibration-end", "2030-01-01")
	d.refused("usage", 2, "analyze", file, "--calibration-end", "1990-01-01")
	d.refused("usage", 2, "analyze", file, "--bootstrap", "-1")
	d.refused("analyze.no_orders", 3, "analyze", file, "--as-of", "1990-01-01")
}

// Rates convert into the workspace's currency, even where most orders are in
// another; of a file alone, into the one that needs no rate.
func TestRatesConvertIntoTheWorkspacesCurrency(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := d.write("a.csv", "订单编号,会员卡号,付款时间,实付金额,币种\n"+
		"A1,001,2026-01-05,10.00,USD\nA2,002,2026-01-06,10.00,USD\nA3,003,2026-01-07,10.00,USD\nA4,004,2026-01-08,10.00,CNY\n")
	d.good("workspace", "create", "w", "--currency", "CNY")
	d.take("orders", file, "w")
	for _, doc := range []object{d.picture("w", "--rates", "USD=7"), d.json("analyze", file, "--rates", "USD=7")} {
		if got, revenue := at(doc, "data", "currency"), number(t, doc, "base", "revenue"); got != "CNY" || revenue != 220 {
			t.Errorf("currency %v, revenue %v", got, revenue)
		}
	}
	// A person's word comes first.
	doc := d.picture("w", "--rates", "CNY=0.5", "--currency", "USD")
	if got, revenue := at(doc, "data", "currency"), number(t, doc, "base", "revenue"); got != "USD" || revenue != 35 {
		t.Errorf("currency %v, revenue %v", got, revenue)
	}
	d.refused("analyze.mixed_currencies", 2, "analyze", "--workspace", "w", "--rates", "EUR=8")
	d.clean()
}
