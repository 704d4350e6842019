package lifecycle

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"perennial"
)

func TestDefaultRules(t *testing.T) {
	rules := Default()
	if err := rules.Check(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cycle            float64
		growth, maturity float64
	}{
		{20, 40, 120}, {30, 60, 180}, {66, 60, 180}, {0, 60, 180}, // 2c at most 60, 6c at most 180
	} {
		g, ok1 := rules.tenureMin(3, Tenure{Previous: true}, c.cycle)
		m, ok2 := rules.tenureMin(4, Tenure{Previous: true}, c.cycle)
		if !ok1 || !ok2 || g != c.growth || m != c.maturity {
			t.Errorf("cycle %v: growth from %v, maturity from %v, want %v, %v", c.cycle, g, m, c.growth, c.maturity)
		}
	}
}

func TestRulesRoundTrip(t *testing.T) {
	rules := Default()
	rules.CycleDays = 30
	day := perennial.DayOf(2026, 1, 2)
	rules.From = &day
	*rules.Stage("lost").Rule.SilenceAbove = Silence{Quantile: 95, Times: 1.25}
	rules.Stage("growth").Rule.TenureMin = &Tenure{Duration: Duration{Value: 8, Unit: UnitWeek}}
	rules.Stage("maturity").Rule.MoneyPerDay = &Value{AtLeast: 2.5}
	b, err := rules.YAML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseRules("x.yaml", b)
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	if !reflect.DeepEqual(rules, again) {
		t.Errorf("written and read again:\n%s", b)
	}
}

func TestCloneIsDeep(t *testing.T) {
	a := Default()
	b := a.Clone()
	b.Stage("decline").Rule.Any[0].SilenceAbove.Times = 9
	b.Stage("growth").Lasts.Value = 9
	b.Proof.Order[0] = "x"
	if !reflect.DeepEqual(a, Default()) {
		t.Error("changing a clone changed its original")
	}
}

func TestRulesErrors(t *testing.T) {
	replace := func(old, new string) string {
		s := string(defaultYAML)
		if !strings.Contains(s, old) {
			t.Fatalf("default.yaml has no %q", old)
		}
		return strings.Replace(s, old, new, 1)
	}
	for _, c := range []struct {
		name, yaml, code string
		at               string   // what the line named holds, "" for any line
		want             []string // in the English sentence
	}{
		{"empty", "", "lifecycle.rules_syntax", "", []string{"r.yaml:1:", "empty"}},
		{"unknown key", replace("version: 1", "version: 1\nvresion: 2"), "lifecycle.rules_syntax", "vresion", []string{`"vresion"`}},
		{"unknown key deep", replace("n_min: 3,", "nmin: 3,"), "lifecycle.rules_syntax", "nmin:", []string{`"nmin"`}},
		{"unknown key of a duration", replace("{cycles: 4, at_most: 120d}", "{cycles: 4, atmost: 120d}"), "lifecycle.rules_syntax", "atmost", []string{`"atmost"`}},
		{"bad duration", replace("lasts: 12m", "lasts: 12 moons"), "lifecycle.rules_syntax", "moons", []string{"12 moons"}},
		{"bad quantile", replace("silence_above: p80", "silence_above: p90"), "lifecycle.rules_syntax", "p90", []string{"p90"}},
		{"not yaml", "name: [", "lifecycle.rules_syntax", "", []string{"r.yaml:1:"}},
		{"wrong type", replace("version: 1", "version: one"), "lifecycle.rules_syntax", "version: one", []string{"one"}},
		{"two documents", string(defaultYAML) + "\n---\nname: x\n", "lifecycle.rules_syntax", "", []string{"second document"}},
		{"twice", replace("name: growth", "name: exploration"), "lifecycle.rules_invalid", "", []string{"exploration"}},
		{"upper case", replace("name: growth", "name: Growth"), "lifecycle.rules_invalid", "name: Growth", []string{"growth"}},
		{"no such stage", replace("from: lost", "from: gone"), "lifecycle.rules_invalid", "from: gone", []string{"gone"}},
		{"first takes all", replace("rule: {n_min: 1}", "rule: {n_min: 1, tenure_min: 3d}"), "lifecycle.rules_invalid", "tenure_min: 3d", []string{"acquisition"}},
		{"few stages", "name: x\nversion: 1\nstages:\n  - {name: a, zh: 甲, en: A}\n", "lifecycle.rules_invalid", "name: a", []string{"3 to 12"}},
		{"level", replace("level: 0.05", "level: 5"), "lifecycle.rules_invalid", "level: 5", []string{"level"}},
		{"hysteresis", replace("dates: 2", "dates: 9"), "lifecycle.rules_invalid", "dates: 9", []string{"hysteresis"}},
		{"calibrate", replace("stall: maturity", "stall: lost"), "lifecycle.rules_invalid", "stall: lost", []string{"lost"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseRules("r.yaml", []byte(c.yaml))
			if perennial.CodeOf(err) != c.code {
				t.Fatalf("error %v, want code %s", err, c.code)
			}
			e := perennial.AsError(err)
			if c.at != "" {
				before, _, _ := strings.Cut(c.yaml, c.at)
				line := fmt.Sprintf("r.yaml:%d: ", strings.Count(before, "\n")+1)
				if !strings.HasPrefix(e.Sentence.EN, line) {
					t.Errorf("sentence %q does not begin with %q", e.Sentence.EN, line)
				}
			}
			for _, w := range c.want {
				if !strings.Contains(e.Sentence.EN, w) {
					t.Errorf("sentence %q does not say %q", e.Sentence.EN, w)
				}
			}
			if e.Sentence.ZH == "" || e.Hint.IsZero() || strings.Contains(e.Sentence.EN, "lifecycle.") {
				t.Errorf("sentence %+v, hint %+v", e.Sentence, e.Hint)
			}
		})
	}
}

func FuzzParseRules(f *testing.F) {
	f.Add(defaultYAML)
	f.Add([]byte("name: x\nversion: 1\nstages: []\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		rules, err := ParseRules("x", b)
		if err != nil {
			return
		}
		out, err := rules.YAML()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseRules("y", out); err != nil {
			t.Fatalf("written again: %v\n%s", err, out)
		}
	})
}
