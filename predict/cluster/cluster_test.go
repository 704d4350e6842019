package cluster

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"

	"perennial"

	"pgregory.net/rapid"
)

// plainFeatures makes columns x0, x1, … of points.
func plainFeatures(p points) Features {
	f := Features{Customers: p.n}
	for j := range p.d {
		c := Column{Feature: Feature{ID: fmt.Sprint("x", j), Label: say(fmt.Sprint("指标 ", j), fmt.Sprint("Metric ", j))}}
		for i := range p.n {
			c.Values = append(c.Values, p.x[i*p.d+j])
		}
		f.Columns = append(f.Columns, c)
	}
	return f
}

func TestRunRecoversPlantedGroups(t *testing.T) {
	for _, k := range []int{3, 4, 6} {
		p, truth := planted(6000, k, 8, uint64(k))
		f := plainFeatures(p)
		r, err := Run(f, nil, Options{Seed: 7})
		if err != nil {
			t.Fatal(err)
		}
		sound(t, f, nil, r)
		if ari := AdjustedRand(truth, r.Assignment); r.K != k || ari < 0.95 || *r.Stability < 0.95 {
			t.Errorf("planted %d: k %d, adjusted Rand index %.3f, stability %.3f", k, r.K, ari, *r.Stability)
		}
	}
}

func TestStabilityOfNoiseIsLow(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	p := points{n: 1500, d: 10, x: make([]float64, 15000)}
	for i := range p.x {
		p.x[i] = rng.NormFloat64()
	}
	r, err := Run(plainFeatures(p), nil, Options{Seed: 1, KMin: 6})
	if err != nil {
		t.Fatal(err)
	}
	if *r.Stability > 0.5 || *r.Silhouette > 0.15 {
		t.Errorf("noise: stability %.2f, silhouette %.2f", *r.Stability, *r.Silhouette)
	}
	if len(r.Notes) == 0 || r.Notes[0].ZH[:len("不稳定")] != "不稳定" {
		t.Errorf("notes %v do not warn", r.Notes)
	}
}

// The same seed gives the same result on any number of processors; sampling is
// on, so that every random choice takes part.
func TestDeterminism(t *testing.T) {
	f, revenue := shop(20_000, 11)
	opt := Options{Seed: 5, Sample: 12_000, Restarts: 3, Refits: 3, KMax: 6, Currency: "CNY"}
	var kept []byte
	var assigned []int
	for _, procs := range []int{1, 4} {
		old := runtime.GOMAXPROCS(procs)
		r, err := Run(f, revenue, opt)
		runtime.GOMAXPROCS(old)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if kept != nil && (string(b) != string(kept) || !reflect.DeepEqual(assigned, r.Assignment)) {
			t.Fatal("the number of processors changes the result")
		}
		kept, assigned = b, r.Assignment
	}
}

func TestModelSurvivesJSON(t *testing.T) {
	f, revenue := shop(3000, 2)
	r, err := Run(f, revenue, Options{Seed: 1, Restarts: 2, Refits: 2})
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(r.Model)
	if err != nil {
		t.Fatal(err)
	}
	var m Model
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	again, err := m.Assign(f)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again, r.Assignment) {
		t.Error("saved and loaded, the model assigns otherwise")
	}
	f.Columns = f.Columns[1:]
	if _, err := m.Assign(f); perennial.CodeOf(err) != "cluster.column_missing" {
		t.Errorf("a missing column gives %v", err)
	}
}

// Whatever comes in: no panic, safe JSON, every promise of a Result, and each
// customer with the nearest centre.
func TestAnyInput(t *testing.T) {
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, 0, 1, -1, 1e300, -1e300, math.MaxFloat64, 1e-320}
	rapid.Check(t, func(t *rapid.T) {
		n, d := rapid.IntRange(0, 40).Draw(t, "n"), rapid.IntRange(0, 5).Draw(t, "d")
		value := rapid.OneOf(rapid.SampledFrom(odd), rapid.Float64Range(0, 10), rapid.Map(rapid.IntRange(0, 2), func(v int) float64 { return float64(v) }))
		f := Features{Customers: n}
		for j := range d {
			c := Column{Feature: Feature{
				ID: fmt.Sprint("f", j), Label: say("指标", "Metric"), Log: rapid.Bool().Draw(t, "log"),
				Unit:   rapid.SampledFrom([]Unit{UnitCount, UnitMoney, UnitDays, UnitShare, UnitRatio, ""}).Draw(t, "unit"),
				Chance: rapid.Bool().Draw(t, "chance"), Block: rapid.SampledFrom([]string{"", "a"}).Draw(t, "block"),
			}}
			c.Values = rapid.SliceOfN(value, n, n).Draw(t, "values")
			if rapid.Bool().Draw(t, "based") {
				c.Base = rapid.SliceOfN(value, n, n).Draw(t, "base")
			}
			f.Columns = append(f.Columns, c)
		}
		money := rapid.SliceOfN(rapid.Map(rapid.Int32(), func(v int32) perennial.Money { return perennial.Money(v) }), n, n).Draw(t, "money")
		r, err := Run(f, money, Options{Seed: rapid.Uint64().Draw(t, "seed"), Restarts: 2, Refits: 2, KMax: 5})
		if err != nil {
			t.Fatal(err)
		}
		if err := check(f, money, r); err != nil {
			t.Fatal(err)
		}
		if r.K < 2 && len(r.Notes) == 0 {
			t.Fatal("no word on why there are no groups")
		}
	})
}

func TestTooFew(t *testing.T) {
	for name, c := range map[string]struct {
		values []float64
		k      int
	}{
		"nobody":           {nil, 0},
		"one":              {[]float64{3}, 1},
		"two":              {[]float64{3, 4}, 1},
		"all equal":        {[]float64{2, 2, 2, 2, 2, 2}, 1},
		"two values":       {[]float64{1, 2, 1, 2, 1, 2}, 1},
		"all missing":      {[]float64{math.NaN(), math.NaN(), math.Inf(1)}, 1},
		"three values":     {[]float64{1, 2, 3, 1, 2, 3, 1, 2, 3}, 3},
		"three customers":  {[]float64{1, 50, 900}, 3},
		"five of six same": {[]float64{1, 1, 1, 1, 1, 9}, 1},
	} {
		f := Features{Customers: len(c.values), Columns: []Column{{Feature: Feature{ID: "x", Label: say("指标", "Metric")}, Values: c.values}}}
		r, err := Run(f, make([]perennial.Money, len(c.values)), Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if r.K != c.k || len(r.Notes) == 0 {
			t.Errorf("%s: k %d, want %d; notes %v", name, r.K, c.k, r.Notes)
		}
		sound(t, f, make([]perennial.Money, len(c.values)), r)
	}
}

func TestMissingCountsAsMedian(t *testing.T) {
	p, _ := planted(900, 3, 2, 4)
	f := plainFeatures(p)
	f.Columns[0].Values[5] = math.NaN()
	f.Columns[0].Values[6] = math.Inf(-1)
	r, err := Run(f, nil, Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if r.Features[0].Missing != 2 || r.Features[1].Missing != 0 {
		t.Errorf("missing %+v", r.Features)
	}
	said := false
	for _, n := range r.Notes {
		said = said || n.ZH == "“指标 0”缺 2 个值，按中位数计。"
	}
	if !said {
		t.Errorf("notes %v", r.Notes)
	}
}

func TestDroppedColumnsAreSaid(t *testing.T) {
	p, _ := planted(600, 3, 3, 4)
	f := plainFeatures(p)
	double, constant, rare := make([]float64, 600), make([]float64, 600), make([]float64, 600)
	sparse, once, orders := make([]float64, 600), make([]float64, 600), make([]float64, 600)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range double {
		double[i] = 7 - 3*f.Columns[0].Values[i]
		sparse[i] = math.NaN()
		orders[i] = 8
		for range 8 {
			if rng.Float64() < 0.3 { // the same coin for everybody
				once[i] += 1.0 / 8
			}
		}
	}
	rare[3], sparse[3], sparse[4] = 1, 1, 2
	for id, v := range map[string][]float64{"double": double, "constant": constant, "rare": rare, "sparse": sparse} {
		f.Columns = append(f.Columns, Column{Feature: Feature{ID: id, Label: say(id, id)}, Values: v})
	}
	f.Columns = append(f.Columns, Column{Feature: Feature{ID: "coin", Label: say("coin", "coin"), Chance: true}, Values: once, Base: orders})
	r, err := Run(f, nil, Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, d := range r.Dropped {
		got[d.Feature] = d.Reason
		if d.ReasonZH == "" || d.ReasonEN == "" {
			t.Errorf("%s dropped without a word", d.Feature)
		}
		if d.Feature == "double" && (d.Of != "x0" || math.Abs(d.R+1) > 1e-9) {
			t.Errorf("duplicate of %s with r %v", d.Of, d.R)
		}
	}
	want := map[string]string{"double": "duplicate", "constant": "constant", "rare": "nearly_constant", "sparse": "sparse", "coin": "chance"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("dropped %v, want %v", got, want)
	}
}

func TestWrongInputIsAnError(t *testing.T) {
	ok := Column{Feature: Feature{ID: "x"}, Values: []float64{1, 2}}
	for code, run := range map[string]func() error{
		"cluster.column_length": func() error {
			_, err := Run(Features{Customers: 3, Columns: []Column{ok}}, nil, Options{})
			return err
		},
		"cluster.column_name": func() error {
			_, err := Run(Features{Customers: 2, Columns: []Column{ok, ok}}, nil, Options{})
			return err
		},
		"cluster.revenue_length": func() error {
			_, err := Run(Features{Customers: 2, Columns: []Column{ok}}, []perennial.Money{1}, Options{})
			return err
		},
		"cluster.options": func() error {
			_, err := Run(Features{Customers: 2, Columns: []Column{ok}}, nil, Options{KMin: 9, KMax: 4})
			return err
		},
	} {
		e := perennial.AsError(run())
		if e == nil || e.Code != code || e.Sentence.IsZero() || e.Hint.IsZero() {
			t.Errorf("%s: got %v", code, e)
		}
	}
}
