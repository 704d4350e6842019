package clv

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"

	"perennial"
)

// sound fails where a result holds a number that nobody could print.
func sound(tb rapid.TB, r *Result) {
	tb.Helper()
	if _, err := json.Marshal(r); err != nil {
		tb.Fatalf("result does not marshal: %v", err)
	}
	for name, values := range map[string][]float64{
		"p_alive": r.Scores.PAlive, "30": r.Scores.Orders30, "90": r.Scores.Orders90, "365": r.Scores.Orders365,
	} {
		for i, v := range values {
			if !(v >= 0) || math.IsInf(v, 0) || name == "p_alive" && v > 1 {
				tb.Fatalf("%s of customer %d is %v", name, i, v)
			}
		}
	}
	for i, v := range r.Scores.NextOrder {
		if !(v >= 0 && v <= tenYears) && v != NoNextOrder {
			tb.Fatalf("next order of customer %d is %v", i, v)
		}
	}
	for i, v := range r.Scores.CLV12 {
		if v < 0 {
			tb.Fatalf("value of customer %d is %v", i, v)
		}
	}
}

// rows makes customers of equal history.
func rows(n int, x, tx, T int32, mean perennial.Money) Input {
	in := Input{Currency: "CNY"}
	for range n {
		in.Frequency, in.Recency, in.Age = append(in.Frequency, x), append(in.Recency, tx), append(in.Age, T)
		in.RepeatMoney = append(in.RepeatMoney, mean*perennial.Money(x))
	}
	return in
}

func join(parts ...Input) Input {
	out := Input{Currency: "CNY"}
	for _, p := range parts {
		out.Frequency = append(out.Frequency, p.Frequency...)
		out.Recency = append(out.Recency, p.Recency...)
		out.Age = append(out.Age, p.Age...)
		out.RepeatMoney = append(out.RepeatMoney, p.RepeatMoney...)
	}
	return out
}

func TestNothingToFit(t *testing.T) {
	for name, c := range map[string]struct {
		in   Input
		code string
	}{
		"nobody":                  {Input{}, "clv.no_customers"},
		"one customer":            {rows(1, 3, 30, 60, 100), "clv.one_customer"},
		"nobody repeats":          {join(rows(50, 0, 0, 60, 0), rows(50, 0, 0, 90, 0)), "clv.no_repeats"},
		"all equal":               {rows(100, 3, 30, 60, 100), "clv.all_equal"},
		"all on the last day":     {rows(100, 0, 0, 0, 0), "clv.no_time"},
		"one customer, no repeat": {rows(1, 0, 0, 0, 0), "clv.one_customer"},
	} {
		r, err := Fit(c.in, Options{Pareto: true})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		sound(t, r)
		if r.Reason == nil || r.Reason.Code != c.code || r.Reason.Text.IsZero() || r.BGNBD != nil || r.ExpectedOrders != nil {
			t.Errorf("%s: reason %v, want %s", name, r.Reason, c.code)
		}
	}
}

func TestUglyData(t *testing.T) {
	durables := join(rows(4000, 0, 0, 2500, 0), rows(3000, 0, 0, 1200, 0), rows(30, 1, 1100, 2500, 200_000), rows(20, 1, 800, 1300, 150_000))
	for name, in := range map[string]Input{
		"two customers":               join(rows(1, 0, 0, 60, 0), rows(1, 3, 30, 60, 100)),
		"two of one history, one odd": join(rows(50, 2, 30, 60, 100), rows(1, 1, 1, 60, 100)),
		"one repeater among many":     join(rows(5000, 0, 0, 200, 0), rows(1, 1, 10, 200, 100)),
		"everybody buys daily":        join(rows(50, 300, 300, 300, 100), rows(50, 299, 300, 300, 100)),
		"everybody leaves at once":    join(rows(500, 1, 2, 300, 100), rows(300, 0, 0, 300, 0), rows(20, 2, 4, 300, 100)),
		"everybody twice":             join(rows(200, 1, 50, 100, 500), rows(200, 1, 60, 120, 500)),
		"ten thousand purchases":      join(rows(500, 0, 0, 12_000, 0), rows(400, 2, 300, 12_000, 100), rows(1, 10_000, 11_990, 12_000, 5)),
		"durables":                    durables,
		"first day only, and others":  join(rows(300, 0, 0, 0, 0), rows(200, 0, 0, 90, 0), rows(100, 2, 40, 90, 100), rows(30, 5, 80, 90, 300)),
		"zero money":                  join(rows(300, 0, 0, 90, 0), rows(100, 2, 40, 90, 0), rows(30, 5, 80, 90, 0)),
		"refunds above money":         join(rows(300, 0, 0, 90, 0), rows(100, 2, 40, 90, -50), rows(30, 5, 80, 90, 100)),
		"huge money":                  join(rows(300, 0, 0, 90, 0), rows(100, 2, 40, 90, 1e15), rows(30, 5, 80, 90, 1)),
		"centuries":                   join(rows(300, 0, 0, 100_000, 0), rows(100, 2, 40_000, 90_000, 7), rows(30, 5, 80_000, 90_000, 9)),
	} {
		r, err := Fit(in, Options{Pareto: true})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		sound(t, r)
		if r.Reason != nil {
			t.Errorf("%s: %v", name, r.Reason)
			continue
		}
		for _, f := range []*FittedBG{r.BGNBD, r.MBGNBD} {
			if f == nil || !f.Converged && len(r.Notes) == 0 {
				t.Errorf("%s: neither converged nor said why: %+v", name, f)
			}
		}
		if r.CustomersAlive == nil && len(r.Notes) == 0 {
			t.Errorf("%s: no customers alive and no word why", name)
		}
		t.Logf("%-28s %-10s %3d | %-10s %3d alive %v | %-10s | notes %d", name, r.BGNBD.Status, r.BGNBD.Evaluations,
			r.MBGNBD.Status, r.MBGNBD.Evaluations, r.MBGNBD.Dropout.Identified, r.Pareto.Status, len(r.Notes))
	}
}

// Whatever the rows, there is an answer without a panic, a NaN or an infinity.
func TestAnyData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var in Input
		in.Currency = "CNY"
		for range rapid.IntRange(0, 30).Draw(t, "customers") {
			x, tx, T := drawHistory(t)
			in.Frequency, in.Recency, in.Age = append(in.Frequency, int32(x)), append(in.Recency, int32(tx)), append(in.Age, int32(T))
			in.RepeatMoney = append(in.RepeatMoney, perennial.Money(rapid.Int64Range(-1000, 1e9).Draw(t, "money")))
		}
		r, err := Fit(in, Options{})
		if err != nil {
			t.Fatal(err)
		}
		sound(t, r)
	})
}

func TestInvalidInput(t *testing.T) {
	good := rows(10, 2, 30, 60, 100)
	for name, spoil := range map[string]func(in *Input){
		"last purchase after the as-of day": func(in *Input) { in.Recency[3] = 61 },
		"negative frequency":                func(in *Input) { in.Frequency[3] = -1 },
		"repeat without time":               func(in *Input) { in.Recency[3] = 0 },
		"more purchase days than days":      func(in *Input) { in.Frequency[3] = 31 },
		"recency without repeat":            func(in *Input) { in.Frequency[3] = 0 },
		"older than any shop":               func(in *Input) { in.Age[3] = 1 << 20 },
		"short column":                      func(in *Input) { in.Age = in.Age[1:] },
		"short money":                       func(in *Input) { in.RepeatMoney = in.RepeatMoney[1:] },
		"holdout of nobody":                 func(in *Input) { in.Holdout = &Holdout{Days: 7} },
		"holdout of no days":                func(in *Input) { in.Holdout = &Holdout{Orders: make([]int32, 10)} },
	} {
		in := join(good)
		spoil(&in)
		if _, err := Fit(in, Options{}); perennial.CodeOf(err) != "clv.input" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Group([]int32{1}, []int32{9}, []int32{8}); perennial.CodeOf(err) != "clv.input" {
		t.Errorf("Group of t_x > T: %v", err)
	}
	bad, nan := -1.0, math.NaN()
	for name, o := range map[string]Options{
		"unit": {Unit: "month"}, "alive model": {AliveModel: BGNBD}, "discount": {Discount: &bad}, "nan": {Discount: &nan},
		"confidence": {Confidence: 2}, "limit": {MaxDistinct: -1}, "replicates": {Bootstrap: &Bootstrap{}},
	} {
		if _, err := Fit(good, o); perennial.CodeOf(err) != "clv.options" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
