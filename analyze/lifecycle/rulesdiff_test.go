package lifecycle

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"perennial"
)

func TestChanges(t *testing.T) {
	a, b := Default(), Default()
	b.Version, b.From = 2, new(perennial.Day)
	if got, err := Changes(a, b); err != nil || len(got) != 0 {
		t.Errorf("nothing changed: %v, %v", got, err)
	}
	b.Stage("growth").Lasts = &Duration{Value: 6, Unit: UnitCycle, AtMost: 150}
	b.Stage("maturity").Rule.NMin = 7
	b.Stage("decline").Rule.Any[1].FrequencyDrop.Size = 0.5
	b.Hysteresis.Margin = 0.2
	b.Proof.Order = b.Proof.Order[1:]
	b.Calibrate = Targets{Activity: "exploration"}
	b.Stages = append(b.Stages[:5:5], Stage{Name: "asleep", ZH: "沉睡期", EN: "Asleep", Rule: Rule{SilenceAbove: &Silence{Days: 90}}}, b.Stages[5])
	b.Returned = Returned{}
	if err := b.Check(); err == nil {
		t.Error("the proof's low stage is gone, and the check says nothing")
	}
	got, err := Changes(a, b)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, c := range got {
		said = append(said, fmt.Sprintf("%s %s: %s > %s", c.Stage, c.Field, c.Before.EN, c.After.EN))
	}
	want := []string{
		"growth lasts: cycles: 4, at_most: 120d > cycles: 6, at_most: 150d",
		"maturity rule.n_min: 5 > 7",
		"asleep stage:  > Asleep",
		"decline rule.any.2.frequency_drop.size: 0.3 > 0.5",
		"lost stage: Lost > ",
		" calibrate.stall: maturity > ",
		" hysteresis.margin: 0.1 > 0.2",
		" order: prospect, acquisition, exploration, growth, maturity, decline, lost > prospect, acquisition, exploration, growth, maturity, asleep, decline",
		" proof.order: maturity, growth, exploration, acquisition, decline, lost > growth, exploration, acquisition, decline, lost",
	}
	var rest []string
	for _, line := range said {
		if !strings.HasPrefix(line, " returned.") {
			rest = append(rest, line)
		}
	}
	if !reflect.DeepEqual(rest, want) || len(said) == len(rest) {
		t.Errorf("changes:\n%s", strings.Join(said, "\n"))
	}
}

// What a form sends is the rule set that it got, and both forms of a rule set say the
// same.
func TestRulesAsJSON(t *testing.T) {
	without := Default()
	without.Returned = Returned{}
	forms := Default()
	forms.Stage("maturity").Rule.MoneyPerDay = &Value{Median: 1.5}
	forms.Stage("growth").Rule.TenureMin = &Tenure{Duration: Duration{Value: 8, Unit: UnitWeek}}
	forms.Stage("lost").Rule.SilenceAbove = &Silence{Quantile: 95, Times: 1.2}
	for _, rules := range []*RuleSet{Default(), without, forms} {
		text, err := json.Marshal(rules)
		if err != nil {
			t.Fatal(err)
		}
		var again RuleSet
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(&again, rules) {
			t.Errorf("through JSON: %s", text)
		}
		if text, err = again.YAML(); err != nil {
			t.Fatal(err)
		}
		back, err := ParseRules("r.yaml", text)
		if err != nil || !reflect.DeepEqual(back, rules) {
			t.Errorf("through YAML: %v\n%s", err, text)
		}
	}
}

func TestPlaceOfFaults(t *testing.T) {
	for want, change := range map[string]func(*RuleSet){
		"/stages/3/rule/tenure_min":                 func(r *RuleSet) { r.Stages[3].Rule.TenureMin.Duration = Duration{Value: 1, Unit: UnitDay} },
		"/stages/3/lasts":                           func(r *RuleSet) { r.Stages[3].Lasts.Unit = "y" },
		"/stages/4/rule/money_per_day":              func(r *RuleSet) { r.Stages[4].Rule.MoneyPerDay.AtLeast = 1 },
		"/stages/4/colour":                          func(r *RuleSet) { r.Stages[4].Colour = "red;background:url(x)" },
		"/stages/4/en":                              func(r *RuleSet) { r.Stages[4].EN = strings.Repeat("x", 61) },
		"/stages/5/rule/any/0/silence_above":        func(r *RuleSet) { r.Stages[5].Rule.Any[0].SilenceAbove.Quantile = 90 },
		"/stages/5/rule/any/1/frequency_drop/n_min": func(r *RuleSet) { r.Stages[5].Rule.Any[1].FrequencyDrop.NMin = 1 },
		"/stages/6/rule/silence_above":              func(r *RuleSet) { r.Stages[6].Rule.SilenceAbove.Days = 3 },
		"/returned/name":                            func(r *RuleSet) { r.Returned.Name = "growth" },
		"/hysteresis/dates":                         func(r *RuleSet) { r.Hysteresis.Dates = 0 },
		"/proof/order/2":                            func(r *RuleSet) { r.Proof.Order[2] = "nowhere" },
		"/stages":                                   func(r *RuleSet) { r.Stages = nil },
	} {
		r := Default()
		change(r)
		err := r.Check()
		var at Place
		if !errors.As(err, &at) || at.Pointer != want || at.Line != 0 {
			t.Errorf("%s: %v at %+v", want, err, at)
		}
	}
	var at Place
	if _, err := ParseRules("r.yaml", []byte("name: x\nvresion: 1\n")); !errors.As(err, &at) || at.Line != 2 {
		t.Errorf("syntax: %v at %+v", err, at)
	}
	if _, err := ParseRules("r.yaml", []byte("name: x\nversion: 0\n")); !errors.As(err, &at) || at.Line != 2 || at.Pointer != "/version" {
		t.Errorf("content: %v at %+v", err, at)
	}
}
