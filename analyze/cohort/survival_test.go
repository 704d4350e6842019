package cohort

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"perennial/internal/realdata"
)

func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %v, want %v ± %v", what, got, want, tolerance)
	}
}

// observations reads whitespace- or comma-separated rows into a table per group.
func observations(t *testing.T, name string, group, time, event int) map[string]Table {
	t.Helper()
	type obs struct {
		time  []float64
		event []bool
	}
	rows := map[string]*obs{}
	for line := range strings.Lines(string(realdata.Read(t, name))) {
		f := strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ' ' || r == '\r' || r == '\n' })
		if len(f) < 3 {
			continue
		}
		x, err := strconv.ParseFloat(f[time], 64)
		if err != nil {
			continue // the header
		}
		for _, g := range []string{"", f[group]} {
			if rows[g] == nil {
				rows[g] = &obs{}
			}
			rows[g].time = append(rows[g].time, x)
			rows[g].event = append(rows[g].event, f[event] == "1")
		}
	}
	out := map[string]Table{}
	for g, o := range rows {
		table, err := Tabulate(o.time, o.event, nil)
		if err != nil {
			t.Fatal(err)
		}
		out[g] = table
	}
	return out
}

// Figures of lifelines for the waltons data, as the README of the data states
// them; rounded to three places there.
func TestWaltons(t *testing.T) {
	groups := observations(t, "survival/waltons_dataset.csv", 2, 0, 1)
	c := KaplanMeier(groups[""], 0.95)
	median, low, high := c.Median()
	near(t, "median", median, 56, 0)
	near(t, "median low", low, 53, 0)
	near(t, "median high", high, 58, 0)
	near(t, "S(20)", c.At(20), 0.914, 5e-4)
	near(t, "S(40)", c.At(40), 0.778, 5e-4)
	near(t, "S(60)", c.At(60), 0.312, 5e-4)
	control, _, _ := KaplanMeier(groups["control"], 0.95).Median()
	treated, _, _ := KaplanMeier(groups["miR-137"], 0.95).Median()
	near(t, "median of control", control, 58, 0)
	near(t, "median of miR-137", treated, 26, 0)
}

// 6-MP data of Freireich, Gehan et al. 1963: S and Greenwood's standard errors;
// the log-rank test and Cox's coefficient (Breslow ties) are the textbook ones
// (Kalbfleisch & Prentice; R's survdiff 16.8, coxph 1.509 with ties = breslow).
func TestGehan(t *testing.T) {
	groups := observations(t, "survival/gehan.dat", 0, 1, 2)
	mp, placebo := groups["2"], groups["1"]
	c := KaplanMeier(mp, 0.95)
	s := []float64{.857, .807, .753, .690, .627, .538, .448}
	se := []float64{.0764, .0869, .0963, .1068, .1141, .1282, .1346}
	for i, at := range []float64{6, 7, 10, 13, 16, 22, 23} {
		near(t, "S", c.At(at), s[i], 5e-4)
		near(t, "SE", stepAt(c.Time, c.SE, at), se[i], 5e-5)
	}
	both := Align(mp, placebo)
	test, ok := LogRank(both...)
	if !ok || test.DF != 1 {
		t.Fatalf("log-rank: %+v, %v", test, ok)
	}
	near(t, "chi-squared", test.ChiSquared, 16.79, 0.005)
	near(t, "expected", test.Expected[0], 19.25, 0.005)
	near(t, "p", test.P, 4.17e-5, 1e-7)
	ratio, logSE, ok := HazardRatio(both[1], both[0])
	if !ok {
		t.Fatal("no hazard ratio")
	}
	near(t, "log hazard ratio", math.Log(ratio), 1.509, 5e-4)
	near(t, "its standard error", logSE, 0.4096, 5e-5)
}

// Three groups: the statistic does not depend on which group is left out of the
// covariance, and two equal halves of one group do not differ.
func TestLogRankGroups(t *testing.T) {
	groups := observations(t, "survival/gehan.dat", 0, 1, 2)
	g := Align(groups["1"], groups["2"], groups["1"])
	a, okA := LogRank(g[0], g[1], g[2])
	b, okB := LogRank(g[1], g[2], g[0])
	if !okA || !okB || a.DF != 2 {
		t.Fatalf("%+v %+v", a, b)
	}
	near(t, "chi-squared", a.ChiSquared, b.ChiSquared, 1e-9)
	same, _ := LogRank(g[0], g[2])
	near(t, "equal groups", same.ChiSquared, 0, 1e-12)
	if _, ok := LogRank(g[0]); ok {
		t.Error("one group was compared with nothing")
	}
	if _, ok := LogRank(Table{}, Table{}); ok {
		t.Error("empty tables were compared")
	}
}

func TestTabulateRefuses(t *testing.T) {
	for _, bad := range []float64{-1, math.NaN(), math.Inf(1)} {
		if _, err := Tabulate([]float64{bad}, []bool{true}, nil); err == nil {
			t.Errorf("time %v was taken", bad)
		}
	}
	if _, err := Tabulate([]float64{1}, []bool{true}, []float64{math.NaN()}); err == nil {
		t.Error("weight NaN was taken")
	}
	if _, err := Tabulate([]float64{1}, nil, nil); err == nil {
		t.Error("unequal lengths were taken")
	}
}

// The estimate agrees with the definition, S(t) = Π over event times u ≤ t of
// (1 − d(u)/n(u)), counted anew for each u.
func TestKaplanMeierNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		time, event, weight := make([]float64, n), make([]bool, n), make([]float64, n)
		for i := range n {
			time[i] = float64(rapid.IntRange(0, 12).Draw(t, "time"))
			event[i] = rapid.Bool().Draw(t, "event")
			weight[i] = 1 / float64(rapid.IntRange(1, 5).Draw(t, "k"))
		}
		table, err := Tabulate(time, event, weight)
		if err != nil {
			t.Fatal(err)
		}
		c := KaplanMeier(table, 0.95)
		for at := range 13 {
			s := 1.0
			for u := range at + 1 {
				var d, risk float64
				for i := range n {
					if time[i] >= float64(u) {
						risk += weight[i]
					}
					if time[i] == float64(u) && event[i] {
						d += weight[i]
					}
				}
				if d > 0 {
					s *= 1 - d/risk
				}
			}
			if math.Abs(c.At(float64(at))-s) > 1e-9 {
				t.Fatalf("S(%d) = %v, by definition %v", at, c.At(float64(at)), s)
			}
		}
		for j := range c.S {
			if c.Low[j] > c.S[j] || c.S[j] > c.High[j] || math.IsNaN(c.SE[j]) {
				t.Fatalf("band [%v, %v] around %v, SE %v", c.Low[j], c.High[j], c.S[j], c.SE[j])
			}
		}
	})
}
