package lifecycle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"perennial"
)

// ParseRules reads a rule set from YAML. Unknown keys are refused. Errors are
// *perennial.Error with code lifecycle.rules_syntax (not the YAML of a rule
// set) or lifecycle.rules_invalid (a rule set that cannot work) and name the
// file and line; name stands for the file in them. Their Place is among the causes.
func ParseRules(name string, data []byte) (*RuleSet, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	var rules RuleSet
	if err := dec.Decode(&rules); err != nil {
		return nil, syntaxError(name, err)
	}
	var more yaml.Node
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, syntaxError(name, misread(&more, "一个文件只能有一套规则，后面又起了一份。", "a second document follows the rule set."))
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, syntaxError(name, err)
	}
	if f := rules.check(); f != nil {
		line := lineOf(&root, f.path)
		return nil, perennial.NewError(perennial.KindInvalid, "lifecycle.rules_invalid", perennial.Text{
			ZH: fmt.Sprintf("%s 第 %d 行：%s", name, line, f.what.ZH),
			EN: fmt.Sprintf("%s:%d: %s", name, line, f.what.EN),
		}).WithHint(perennial.Say("可对照内置的 default.yaml 修改。", "Compare it with the built-in default.yaml.")).Because(Place{f.pointer(), line})
	}
	return &rules, nil
}

// YAML writes the rule set in the form that ParseRules reads.
func (r *RuleSet) YAML() ([]byte, error) {
	var buf bytes.Buffer
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("write rule set %s: %w", r.Name, err)
	}
	return buf.Bytes(), nil
}

// Check reports what keeps the rule set from working as *perennial.Error with
// code lifecycle.rules_invalid, or nil. ParseRules has done it already.
func (r *RuleSet) Check() error {
	f := r.check()
	if f == nil {
		return nil
	}
	return perennial.NewError(perennial.KindInvalid, "lifecycle.rules_invalid", perennial.Text{
		ZH: fmt.Sprintf("规则方案“%s”：%s", r.Name, f.what.ZH),
		EN: fmt.Sprintf("Rule set %q: %s", r.Name, f.what.EN),
	}).Because(Place{Pointer: f.pointer()})
}

var (
	yamlLine    = regexp.MustCompile(`line (\d+): (.*)`)
	yamlUnknown = regexp.MustCompile(`field (\S+) not found in type \S+`)
	yamlTwice   = regexp.MustCompile(`mapping key "?([^"]+?)"? already defined`)
	yamlType    = regexp.MustCompile("cannot unmarshal \\S+ ?`?([^`]*)`? into (\\S+)")
)

// syntaxError puts an error of the YAML reader into a sentence with file and
// line.
func syntaxError(name string, err error) error {
	text, line := err.Error(), 1
	var te *yaml.TypeError
	if errors.As(err, &te) && len(te.Errors) > 0 {
		text = te.Errors[0]
	}
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = m[2]
	}
	var scalar *scalarError
	what := perennial.Say("不是正确的 YAML；检查冒号后的空格、缩进和引号。", "this is not YAML; look at spaces after colons, indentation and quotes.")
	if errors.As(err, &scalar) {
		line, what = scalar.line, scalar.what
	} else if m := yamlUnknown.FindStringSubmatch(text); m != nil {
		what = perennial.Say("没有“%s”这个字段。", "there is no field %q.", m[1])
	} else if m := yamlTwice.FindStringSubmatch(text); m != nil {
		what = perennial.Say("“%s”写了两次。", "%q is given twice.", m[1])
	} else if m := yamlType.FindStringSubmatch(text); m != nil {
		what = perennial.Say("“%s”不是这里要的写法。", "%q is not what is expected here.", m[1])
	} else if errors.Is(err, io.EOF) {
		what = perennial.Say("文件是空的。", "the file is empty.")
	}
	return perennial.NewError(perennial.KindInvalid, "lifecycle.rules_syntax", perennial.Text{
		ZH: fmt.Sprintf("%s 第 %d 行：%s", name, line, what.ZH),
		EN: fmt.Sprintf("%s:%d: %s", name, line, what.EN),
	}).WithHint(perennial.Say("可对照内置的 default.yaml 修改。", "Compare it with the built-in default.yaml.")).Because(errors.Join(Place{Line: line}, err))
}

// lineOf returns the line at which the value at path stands (keys are strings,
// positions in lists are ints), or that of its nearest present ancestor.
func lineOf(root *yaml.Node, path []any) int {
	n := root
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	line := n.Line
	for _, p := range path {
		var next *yaml.Node
		switch p := p.(type) {
		case int:
			if n.Kind == yaml.SequenceNode && p < len(n.Content) {
				next = n.Content[p]
			}
		case string:
			for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == p {
					next = n.Content[i+1]
				}
			}
		}
		if next == nil {
			return line
		}
		n, line = next, next.Line
	}
	return line
}

var (
	durationForm = regexp.MustCompile(`^(\d+(?:\.\d+)?)\s*([dwmc])$`)
	daysForm     = regexp.MustCompile(`^(\d+(?:\.\d+)?)\s*d$`)
)

// UnmarshalYAML reads "60d", "8w", "12m", "2c" or {cycles: 2, at_most: 60d}.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		m := durationForm.FindStringSubmatch(n.Value)
		if m == nil {
			return misread(n, "“%s”不是时长，写作 60d、8w、12m 或 2c。", "%q is no duration; write 60d, 8w, 12m or 2c.", n.Value)
		}
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return misread(n, "“%s”不是时长，写作 60d、8w、12m 或 2c。", "%q is no duration; write 60d, 8w, 12m or 2c.", n.Value)
		}
		*d = Duration{Value: v, Unit: Unit(m[2])}
		return nil
	}
	fields, err := mapping(n, "cycles", "at_most")
	if err != nil {
		return err
	}
	*d = Duration{Unit: UnitCycle}
	if c := fields["cycles"]; c == nil || c.Decode(&d.Value) != nil {
		return misread(n, "cycles 要是数字。", "cycles is a number.")
	}
	if c := fields["at_most"]; c != nil {
		m := daysForm.FindStringSubmatch(c.Value)
		if m == nil {
			return misread(c, "at_most 用天数，写作 60d。", "at_most is in days: 60d.")
		}
		if d.AtMost, err = strconv.ParseFloat(m[1], 64); err != nil {
			return misread(c, "at_most 用天数，写作 60d。", "at_most is in days: 60d.")
		}
	}
	return nil
}

// MarshalYAML writes what UnmarshalYAML reads.
func (d Duration) MarshalYAML() (any, error) {
	if d.AtMost == 0 {
		return d.String(), nil
	}
	return flow("cycles", number(d.Value), "at_most", number(d.AtMost)+"d"), nil
}

// UnmarshalYAML reads a duration or the word previous.
func (t *Tenure) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode && n.Value == "previous" {
		*t = Tenure{Previous: true}
		return nil
	}
	*t = Tenure{}
	return t.Duration.UnmarshalYAML(n)
}

// MarshalYAML writes what UnmarshalYAML reads.
func (t Tenure) MarshalYAML() (any, error) {
	if t.Previous {
		return "previous", nil
	}
	return t.Duration.MarshalYAML()
}

// UnmarshalYAML reads the word median, {median: 1.5}, or an amount in major
// units of the currency.
func (v *Value) UnmarshalYAML(n *yaml.Node) error {
	*v = Value{}
	if n.Kind == yaml.ScalarNode {
		if n.Value == "median" {
			v.Median = 1
			return nil
		}
		if n.Decode(&v.AtLeast) != nil {
			return misread(n, "money_per_day 写 median、{median: 1.5} 或金额。", "money_per_day is the word median, {median: 1.5} or an amount.")
		}
		return nil
	}
	fields, err := mapping(n, "median")
	if err != nil {
		return err
	}
	if c := fields["median"]; c == nil || c.Decode(&v.Median) != nil {
		return misread(n, "写作 {median: 1.5}。", "Write {median: 1.5}.")
	}
	return nil
}

// MarshalYAML writes what UnmarshalYAML reads.
func (v Value) MarshalYAML() (any, error) {
	switch v.Median {
	case 0:
		return v.AtLeast, nil
	case 1:
		return "median", nil
	}
	return flow("median", number(v.Median)), nil
}

// UnmarshalYAML reads p80, p95, {quantile: p95, times: 1.2}, a silence ratio
// (2.5) or days (90d).
func (s *Silence) UnmarshalYAML(n *yaml.Node) error {
	*s = Silence{}
	quantile := func(n *yaml.Node) error {
		switch n.Value {
		case "p80":
			s.Quantile = 80
		case "p95":
			s.Quantile = 95
		default:
			return misread(n, "沉默分位只有 p80 和 p95，没有“%s”。", "The quantiles of silence are p80 and p95, not %q.", n.Value)
		}
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		if strings.HasPrefix(n.Value, "p") {
			s.Times = 1
			return quantile(n)
		}
		if m := daysForm.FindStringSubmatch(n.Value); m != nil {
			v, err := strconv.ParseFloat(m[1], 64)
			s.Days = v
			return err
		}
		if n.Decode(&s.Ratio) != nil {
			return misread(n, "“%s”不是沉默线，写作 p80、p95、倍数（2.5）或天数（90d）。", "%q is no line of silence; write p80, p95, a ratio (2.5) or days (90d).", n.Value)
		}
		return nil
	}
	fields, err := mapping(n, "quantile", "times")
	if err != nil {
		return err
	}
	if fields["quantile"] == nil || fields["times"] == nil || fields["times"].Decode(&s.Times) != nil {
		return misread(n, "写作 {quantile: p95, times: 1.2}。", "Write {quantile: p95, times: 1.2}.")
	}
	return quantile(fields["quantile"])
}

// MarshalYAML writes what UnmarshalYAML reads.
func (s Silence) MarshalYAML() (any, error) {
	switch {
	case s.Quantile != 0 && s.Times == 1:
		return "p" + strconv.Itoa(s.Quantile), nil
	case s.Quantile != 0:
		return flow("quantile", "p"+strconv.Itoa(s.Quantile), "times", number(s.Times)), nil
	case s.Days != 0:
		return number(s.Days) + "d", nil
	}
	return s.Ratio, nil
}

// scalarError is a value that is not written as it must be.
type scalarError struct {
	line int
	what perennial.Text
}

func (e *scalarError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.what.EN) }

func misread(n *yaml.Node, zh, en string, args ...any) error {
	return &scalarError{n.Line, perennial.Say(zh, en, args...)}
}

// mapping returns the fields of a mapping that may have these keys only.
func mapping(n *yaml.Node, keys ...string) (map[string]*yaml.Node, error) {
	if n.Kind != yaml.MappingNode {
		return nil, misread(n, "这里要一个值，或一组 %s。", "Expected a value or a mapping of %s.", strings.Join(keys, ", "))
	}
	out := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		known := false
		for _, k := range keys {
			known = known || k == key
		}
		if !known {
			return nil, misread(n.Content[i], "没有“%s”这个字段。", "there is no field %q.", key)
		}
		out[key] = n.Content[i+1]
	}
	return out, nil
}

// flow returns a mapping written on one line.
func flow(pairs ...string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	for _, p := range pairs {
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: p})
	}
	return n
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
