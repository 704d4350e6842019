package lifecycle

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"unicode/utf8"

	"perennial"
)

// The number of stages a rule set may have.
const (
	MinStages = 3
	MaxStages = 12
)

// Place is where a rule set is wrong: it is among the causes of the errors of
// ParseRules and Check.
type Place struct {
	Pointer string // JSON pointer, "" for the whole or where it cannot be told
	Line    int    // of the YAML, from 1; 0 where there is none
}

// Error implements error.
func (p Place) Error() string {
	if p.Line > 0 {
		return fmt.Sprintf("at line %d", p.Line)
	}
	return "at " + p.Pointer
}

// fault is what is wrong with a rule set, and where in its file.
type fault struct {
	path []any
	what perennial.Text
}

func wrong(zh, en string, args []any, path ...any) *fault {
	return &fault{path: path, what: perennial.Say(zh, en, args...)}
}

// pointer returns the fault's place as a JSON pointer. No key has a character that
// would need escaping.
func (f *fault) pointer() string {
	var b strings.Builder
	for _, p := range f.path {
		fmt.Fprintf(&b, "/%v", p)
	}
	return b.String()
}

// longestName is the most characters of a name for people.
const longestName = 60

// says reports whether a text can be a name for people.
func says(text string) bool { return text != "" && utf8.RuneCountInString(text) <= longestName }

var (
	stageName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	// A colour as CSS writes it, and nothing else that could stand there.
	colour = regexp.MustCompile(`^(#[0-9A-Fa-f]{3}|#[0-9A-Fa-f]{6}|[a-z]{3,20})$`)
)

// check returns the first fault, or nil.
func (r *RuleSet) check() *fault {
	switch {
	case !says(r.Name):
		return wrong("规则方案要有 name，最长 %d 个字。", "a rule set needs a name of at most %d characters.", []any{longestName}, "name")
	case utf8.RuneCountInString(r.ZH) > longestName:
		return wrong("名称最长 %d 个字。", "a name has at most %d characters.", []any{longestName}, "zh")
	case utf8.RuneCountInString(r.EN) > longestName:
		return wrong("名称最长 %d 个字。", "a name has at most %d characters.", []any{longestName}, "en")
	case r.Version < 1:
		return wrong("version 从 1 开始。", "versions start at 1.", nil, "version")
	case !(r.CycleDays >= 0) || r.CycleDays > 3650:
		return wrong("cycle_days 是天数。", "cycle_days is a number of days.", nil, "cycle_days")
	case len(r.Stages) < MinStages || len(r.Stages) > MaxStages:
		return wrong("阶段要有 %[2]d–%[3]d 个，这里有 %[1]d 个。", "a rule set has %[2]d to %[3]d stages; this one has %[1]d.",
			[]any{len(r.Stages), MinStages, MaxStages}, "stages")
	}
	seen := map[perennial.Stage]bool{}
	for i := range r.Stages {
		s := &r.Stages[i]
		at := []any{"stages", i}
		switch {
		case !stageName.MatchString(string(s.Name)):
			return wrong("阶段的 name 用小写英文，例如 growth。", "the name of a stage is lower case, such as growth.", nil, append(at, "name")...)
		case seen[s.Name]:
			return wrong("阶段“%s”出现了两次。", "stage %q appears twice.", []any{s.Name}, append(at, "name")...)
		case !says(s.ZH) || !says(s.EN):
			return wrong("阶段“%s”要有中文名 zh 和英文名 en，最长 %d 个字。", "stage %q needs its names zh and en, of at most %d characters.",
				[]any{s.Name, longestName}, append(at, map[bool]string{true: "en", false: "zh"}[says(s.ZH)])...)
		case s.Colour != "" && !colour.MatchString(s.Colour):
			return wrong("颜色写作 #0072B2 或 orange。", "write colours as #0072B2 or orange.", nil, append(at, "colour")...)
		case s.Lasts != nil && !s.Lasts.valid():
			return wrong("lasts 要大于 0，最长 10 年。", "lasts is more than 0 and at most ten years.", nil, append(at, "lasts")...)
		}
		seen[s.Name] = true
		if f := s.Rule.check(append(at, "rule")); f != nil {
			return f
		}
	}
	base := r.prospects()
	if s := &r.Stages[base]; !s.Rule.bare() || s.Rule.NMin > 1 {
		return wrong("“%s”要收下所有买过的客户：规则只能写 n_min: 1。",
			"stage %q takes everyone who has bought: its rule may only say n_min: 1.", []any{s.Name}, "stages", base, "rule")
	}
	if len(r.Stages)-base < 2 {
		return wrong("买过的客户至少要分两个阶段。", "those who have bought need at least two stages.", nil, "stages")
	}
	if r.Returned.Name != "" {
		switch {
		case !stageName.MatchString(string(r.Returned.Name)) || seen[r.Returned.Name]:
			return wrong("标记的 name 用小写英文，不能和阶段同名。", "the name of the marker is lower case, and no stage's.", nil, "returned", "name")
		case !says(r.Returned.ZH) || !says(r.Returned.EN):
			return wrong("标记要有中文名 zh 和英文名 en，最长 %d 个字。", "the marker needs its names zh and en, of at most %d characters.", []any{longestName}, "returned")
		case r.Returned.Colour != "" && !colour.MatchString(r.Returned.Colour):
			return wrong("颜色写作 #0072B2 或 orange。", "write colours as #0072B2 or orange.", nil, "returned", "colour")
		case !seen[r.Returned.From]:
			return wrong("没有阶段“%s”。", "there is no stage %q.", []any{r.Returned.From}, "returned", "from")
		case !r.Returned.Lasts.valid():
			return wrong("lasts 要大于 0，最长 10 年。", "lasts is more than 0 and at most ten years.", nil, "returned", "lasts")
		}
	}
	if h := r.Hysteresis; !(h.Margin >= 0 && h.Margin < 1) {
		return wrong("hysteresis 的 margin 在 0 到 1 之间。", "the margin of hysteresis is from 0 to under 1.", nil, "hysteresis", "margin")
	} else if h.Dates < 1 || h.Dates > 3 {
		return wrong("hysteresis 的 dates 是 1 到 3。", "hysteresis has 1 to 3 dates.", nil, "hysteresis", "dates")
	}
	return r.checkProof(seen)
}

func (r *RuleSet) checkProof(seen map[perennial.Stage]bool) *fault {
	p := r.Proof
	if p.Days < 7 || p.Days > 730 {
		return wrong("检验的 days 是 7 到 730 天。", "the proof looks 7 to 730 days ahead.", nil, "proof", "days")
	}
	if !(p.Below > 0 && p.Below <= 1) {
		return wrong("below 在 0 到 1 之间。", "below is between 0 and 1.", nil, "proof", "below")
	}
	for i, name := range p.Order {
		if !seen[name] {
			return wrong("没有阶段“%s”。", "there is no stage %q.", []any{name}, "proof", "order", i)
		}
	}
	if p.Low != "" && !seen[p.Low] {
		return wrong("没有阶段“%s”。", "there is no stage %q.", []any{p.Low}, "proof", "low")
	}
	for _, t := range []struct {
		key  string
		name perennial.Stage
	}{{"activity", r.Calibrate.Activity}, {"stall", r.Calibrate.Stall}} {
		if t.name == "" {
			continue
		}
		if s := r.Stage(t.name); s == nil || s.Lasts == nil {
			return wrong("calibrate 里的“%s”要是有 lasts 的阶段。", "%q under calibrate must be a stage with lasts.", []any{t.name}, "calibrate", t.key)
		}
	}
	return nil
}

func (d Duration) valid() bool {
	switch d.Unit {
	case UnitDay, UnitWeek, UnitMonth, UnitCycle:
	default:
		return false
	}
	days, ok := d.Days(180)
	return ok && days > 0 && days <= 3653 && !math.IsNaN(days) && d.AtMost >= 0
}

func (s *Silence) valid() bool {
	switch {
	case s == nil:
		return true
	case s.Quantile != 0:
		return (s.Quantile == 80 || s.Quantile == 95) && s.Times > 0 && s.Times <= 100 && s.Ratio == 0 && s.Days == 0
	case s.Ratio != 0:
		return s.Ratio > 0 && s.Ratio <= 1000 && s.Times == 0 && s.Days == 0
	}
	return s.Days > 0 && s.Days <= 3653 && s.Times == 0
}

// valid reports whether the value says one thing that can be asked for.
func (v *Value) valid() bool {
	return v == nil || v.Median > 0 && v.Median <= 1000 && v.AtLeast == 0 || v.AtLeast > 0 && v.AtLeast <= 1e9 && v.Median == 0
}

// valid reports whether the tenure says one thing that can be asked for.
func (t *Tenure) valid() bool {
	return t == nil || t.Previous && t.Duration == Duration{} || !t.Previous && t.Duration.valid()
}

func (r Rule) check(at []any) *fault {
	sub := func(key any) []any { return append(append([]any(nil), at...), key) }
	if r.NMin < 0 || r.NMin > 100000 {
		return wrong("n_min 是购买日数，不能为负。", "n_min is a number of purchase days.", nil, sub("n_min")...)
	}
	if !r.TenureMin.valid() {
		return wrong("tenure_min 要大于 0，最长 10 年。", "tenure_min is more than 0 and at most ten years.", nil, sub("tenure_min")...)
	}
	if !r.MoneyPerDay.valid() {
		return wrong("money_per_day 要大于 0。", "money_per_day is more than 0.", nil, sub("money_per_day")...)
	}
	if !r.SilenceAbove.valid() {
		return wrong("沉默线要大于 0。", "a line of silence is more than 0.", nil, sub("silence_above")...)
	}
	if !r.SilenceAtMost.valid() {
		return wrong("沉默线要大于 0。", "a line of silence is more than 0.", nil, sub("silence_at_most")...)
	}
	if f := r.FrequencyDrop; f != nil {
		switch {
		case !(f.Level > 0 && f.Level < 0.5):
			return wrong("level 是显著性水平，例如 0.05。", "level is a level of significance such as 0.05.", nil, append(sub("frequency_drop"), "level")...)
		case !(f.Size > 0 && f.Size < 1):
			return wrong("size 是降幅，例如 0.3。", "size is the share by which the frequency falls, such as 0.3.", nil, append(sub("frequency_drop"), "size")...)
		case f.NMin < 3:
			return wrong("频次下降要看 3 个以上购买日：n_min 至少是 3。", "a drop in frequency needs at least three purchase days: n_min 3.", nil, append(sub("frequency_drop"), "n_min")...)
		case !f.Recent.valid():
			return wrong("recent 要大于 0，最长 10 年。", "recent is more than 0 and at most ten years.", nil, append(sub("frequency_drop"), "recent")...)
		}
	}
	if c := r.conflict(); c != "" {
		return wrong("“%s”在 any 里外都写了，只能写一处。", "%q stands both beside and inside any; give it once.", []any{c}, sub("any")...)
	}
	for i, a := range r.Any {
		if len(a.Any) > 0 {
			return wrong("any 里不能再有 any。", "any has no any inside.", nil, append(sub("any"), i)...)
		}
		if f := a.check(append(sub("any"), i)); f != nil {
			return f
		}
	}
	return nil
}
