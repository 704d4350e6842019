package lifecycle

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"perennial"
	"perennial/analyze/history"
)

// checkReport holds what is true of every report.
func checkReport(t *testing.T, h *history.History, r *Result) *Report {
	t.Helper()
	rep := r.Report()
	b, err := json.Marshal(rep)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"rule_set", "version", "cycle_days", "s80", "s95", "stages", "proof", "transitions", "forecast", "weekly", "notes"} {
		if _, ok := back[key]; !ok {
			t.Errorf("the report has no %q", key)
		}
	}
	customers, revenue := 0, perennial.Money(0)
	for _, c := range rep.Stages {
		if c.Stage != perennial.StageProspect {
			customers += c.Customers
		}
		revenue += c.Revenue.Minor
	}
	want := perennial.Money(0)
	for _, m := range h.Amount {
		want += m
	}
	if customers != h.Len() || revenue != want {
		t.Errorf("stages hold %d customers and %d, the file %d and %d", customers, revenue, h.Len(), want)
	}
	if n := len(rep.Weekly.Days); n > 0 && (n > 104 || rep.Weekly.Days[n-1] != r.AsOf()) {
		t.Errorf("%d weekly points to %s", n, rep.Weekly.Days[n-1])
	}
	for _, s := range rep.Weekly.Stages {
		last := s.Customers[len(s.Customers)-1]
		for _, c := range rep.Stages {
			if c.Stage == s.Stage && c.Customers != last {
				t.Errorf("%s: %d on the chart, %d on the card", s.Stage, last, c.Customers)
			}
		}
	}
	if f := rep.Forecast; f != nil {
		for _, hz := range f.Horizons {
			sum := 0
			for _, e := range hz.Stages {
				sum += e.Customers
				if e.Low > e.Customers || e.Customers > e.High || e.Low < 0 {
					t.Errorf("%d cycles: %+v", hz.Cycles, e)
				}
			}
			if expect := float64(customers) + f.NewPer*float64(hz.Cycles); math.Abs(float64(sum)-expect) > 12 {
				t.Errorf("%d cycles: %d customers, want %.0f", hz.Cycles, sum, expect)
			}
			if hz.Low.Minor > hz.Revenue.Minor || hz.Revenue.Minor > hz.High.Minor {
				t.Errorf("%d cycles: revenue %v in [%v, %v]", hz.Cycles, hz.Revenue.Float(), hz.Low.Float(), hz.High.Float())
			}
		}
	}
	for i := range h.Customers {
		if i%97 == 0 && r.Stage(i) != "" {
			text := r.Reason(i)
			if text.ZH == "" || !strings.HasSuffix(text.EN, ".") || strings.Contains(text.ZH+text.EN, "%!") {
				t.Errorf("reason %+v", text)
			}
		}
	}
	for _, n := range append(rep.Notes, proofTexts(rep)...) {
		if strings.Contains(n.ZH+n.EN, "%!") || n.ZH == "" || n.EN == "" {
			t.Errorf("text %+v", n)
		}
	}
	return rep
}

func proofTexts(rep *Report) (out []perennial.Text) {
	for _, p := range rep.ProofHistory {
		out = append(out, p.Sentence)
	}
	if rep.Forecast != nil {
		out = append(out, rep.Forecast.Assumption)
	}
	return out
}

func TestReportOfASimulatedBase(t *testing.T) {
	h := simulated(3000, 5)
	value := make([]float64, h.Len())
	alive := make([]float64, h.Len())
	for i := range value {
		value[i], alive[i] = 12.345, 0.31
	}
	o := Options{RhythmAt: moving, Prospects: 40, Value: value, Alive: alive, Seed: 3}
	r, err := Replay(h, o)
	if err != nil {
		t.Fatal(err)
	}
	rep := checkReport(t, h, r)
	if rep.Stages[0].Stage != perennial.StageProspect || rep.Stages[0].Customers != 40 {
		t.Errorf("prospects %+v", rep.Stages[0])
	}
	if e := rep.Stages[1].ExpectedEach; e == nil || e.Decimal() != "12.35" && e.Decimal() != "12.34" {
		t.Errorf("expected value %+v", e)
	}
	if text := r.Reason(0); !strings.Contains(text.ZH, "存活概率 31%") {
		t.Errorf("reason %s", text.ZH)
	}
	// The same seed gives the same report, on any number of cores.
	a, _ := json.Marshal(rep)
	again, err := Replay(h, o)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := json.Marshal(again.Report()); string(a) != string(b) {
		t.Error("the same replay twice gives two reports")
	}
	// The forecast's interval comes near what the past did: 4 cycles ago, forecast
	// to now.
	o.AsOf = h.AsOf - perennial.Day(4*r.marks.step)
	o.RhythmAt = Constant(r.Rhythm())
	past, err := Replay(h, o)
	if err != nil {
		t.Fatal(err)
	}
	o.AsOf = 0
	now, err := Replay(h, o)
	if err != nil {
		t.Fatal(err)
	}
	if !past.Forecast().Reliable {
		t.Error("not reliable with two years of data")
	}
	hz := past.Forecast().Horizons[0]
	for _, e := range hz.Stages {
		for _, c := range now.Cards() {
			if c.Stage == e.Stage && math.Abs(float64(c.Customers-e.Customers)) > 0.2*float64(c.Customers)+30 {
				t.Errorf("%s: %d forecast [%d, %d], then %d", e.Stage, e.Customers, e.Low, e.High, c.Customers)
			}
		}
	}
}

func TestSmallBases(t *testing.T) {
	for _, c := range []struct {
		name string
		h    *history.History
		at   RhythmAt
	}{
		{"empty", (&history.Builder{}).History("CNY", perennial.MoneyNet, day0), Constant(monthly)},
		{"one customer, one purchase", build(0, []int{0}), Constant(monthly)},
		{"one customer, not identified", build(400, []int{0, 90}), Constant(Rhythm{})},
		{"all equal", build(300, every(30, 10), every(30, 10), every(30, 10)), Constant(monthly)},
		{"broken rhythm", build(300, every(30, 10)), Constant(Rhythm{Identified: true, CycleDays: math.NaN(), S80: math.Inf(1)})},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := Replay(c.h, Options{RhythmAt: c.at})
			if err != nil {
				t.Fatal(err)
			}
			checkReport(t, c.h, r)
			r.Calibrate(CalibrateOptions{})
		})
	}
	all := build(300, every(30, 10), every(30, 10))
	r, _ := Replay(all, Options{RhythmAt: Constant(monthly)})
	if r.Stage(0) != "maturity" || r.Stage(1) != "maturity" {
		t.Errorf("all equal: %s", r.Stage(0))
	}
	// Zero money: nobody is below the median of nothing.
	var b history.Builder
	for k := range 10 {
		b.Add(1, day0+perennial.Day(30*k), 1, 0, 0)
	}
	zero := b.History("CNY", perennial.MoneyNet, day0+280)
	if r, err := Replay(zero, Options{RhythmAt: Constant(monthly)}); err != nil || r.Stage(0) != "maturity" {
		t.Errorf("zero money: %s, %v", r.Stage(0), err)
	}
	if _, err := Replay(zero, Options{}); perennial.CodeOf(err) != "lifecycle.no_rhythm" {
		t.Errorf("no rhythm: %v", err)
	}
}

func TestLooseRefunds(t *testing.T) {
	h := build(10, []int{0, 5})
	h.Loose = []history.LooseRefund{{Customer: 0, Day: day0 + 6, Amount: 30}, {Customer: 0, Day: day0 + 11, Amount: 1}}
	r, err := Replay(h, Options{RhythmAt: Constant(monthly)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Cards() {
		if c.Stage == "exploration" && c.Revenue.Minor != 170 {
			t.Errorf("revenue %d", c.Revenue.Minor)
		}
	}
}

func TestNotesOnWhatCannotBe(t *testing.T) {
	says := func(r *Result, en string) bool {
		return slices.ContainsFunc(r.Notes(), func(n perennial.Text) bool { return strings.Contains(n.EN, en) })
	}
	short, err := Replay(build(40, every(10, 4)), Options{RhythmAt: Constant(monthly)})
	if err != nil {
		t.Fatal(err)
	}
	if !says(short, "only 41 days, too few for anyone to reach growth, maturity, lost") {
		t.Errorf("notes %v", short.Notes())
	}
	durable, err := Replay(build(900, []int{0, 400}), Options{RhythmAt: Constant(Rhythm{})})
	if err != nil {
		t.Fatal(err)
	}
	if !says(durable, "no stage of lost") || !says(durable, "activity event") {
		t.Errorf("notes %v", durable.Notes())
	}
}

func TestReason(t *testing.T) {
	for _, c := range []struct {
		days []int
		asOf int
		zh   string
	}{
		{[]int{0}, 20, "20 天前买过，自己的节奏约 30 天一次；只买过一次。"},
		{[]int{0}, 150, "沉默 150 天，是自己节奏的 5.0 倍；超过流失线 4.0 倍。"},
		{[]int{0}, 80, "沉默 80 天，是自己节奏的 2.7 倍；超过衰退线 2.0 倍。"},
		{every(30, 8), 210, "今天刚买过；首购 210 天前，买过 8 天，日均消费不低于活跃客户的中位数。"},
		{append(every(5, 8), 150), 160, "10 天前买过，自己的节奏约 21 天一次；近 80 天买了 1 天，比自己以往少 86%；流失后又回来购买。"},
	} {
		r, err := Replay(build(c.asOf, c.days), Options{RhythmAt: Constant(monthly)})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Reason(0); got.ZH != c.zh {
			t.Errorf("%s: %s\nwant %s\n%s", r.Stage(0), got.ZH, c.zh, got.EN)
		}
	}
}
