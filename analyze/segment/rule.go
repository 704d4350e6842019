package segment

import (
	"fmt"
	"strings"

	"perennial"
	"perennial/store/warehouse"
)

// Op compares an attribute with the values of a condition.
type Op string

// The comparisons. In and NotIn take any number of values, Between two, both
// included, Known and Unknown none, the others one.
const (
	Is      Op = "is"
	IsNot   Op = "is_not"
	In      Op = "in"
	NotIn   Op = "not_in"
	AtLeast Op = "at_least"
	AtMost  Op = "at_most"
	Between Op = "between"
	Known   Op = "known"
	Unknown Op = "unknown"
)

// Condition is one line of a rule. Values are written as a person writes them: money
// in major units, days as YYYY-MM-DD.
type Condition struct {
	Attribute string   `json:"attribute" yaml:"attribute"`
	Op        Op       `json:"op" yaml:"op"`
	Values    []string `json:"values,omitempty" yaml:"values,omitempty"`
}

// Rule holds for a customer for whom all conditions hold and, where Any is given, at
// least one of its rules; Not turns a rule around. The zero Rule holds for everybody.
type Rule struct {
	All []Condition `json:"all,omitempty" yaml:"all,omitempty"`
	Any []Rule      `json:"any,omitempty" yaml:"any,omitempty"`
	Not bool        `json:"not,omitempty" yaml:"not,omitempty"`
}

// The size that a rule may have.
const (
	mostConditions = 200
	mostValues     = 1000
	mostDepth      = 4
)

// compiler writes a rule as a condition with arguments p0, p1, …
type compiler struct {
	currency   perennial.Currency
	args       warehouse.Args
	conditions int
}

// where writes the rule; an error names what is wrong in it: segment.attribute,
// segment.op, segment.value, segment.too_large.
func (c *compiler) where(r Rule, depth int) (string, error) {
	if depth > mostDepth {
		return "", tooLarge()
	}
	parts := []string{"1 = 1"}
	for _, condition := range r.All {
		part, err := c.condition(condition)
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	var any []string
	for _, inner := range r.Any {
		part, err := c.where(inner, depth+1)
		if err != nil {
			return "", err
		}
		any = append(any, part)
	}
	if len(any) > 0 {
		parts = append(parts, "("+strings.Join(any, " or ")+")")
	}
	text := "(" + strings.Join(parts, " and ") + ")"
	if r.Not {
		text = "(not " + text + ")"
	}
	return text, nil
}

func (c *compiler) condition(q Condition) (string, error) {
	c.conditions++
	if c.conditions > mostConditions || len(q.Values) > mostValues {
		return "", tooLarge()
	}
	a, ok := find(q.Attribute)
	if !ok {
		return "", perennial.NewError(perennial.KindInvalid, "segment.attribute",
			perennial.Say("没有“%s”这个属性。", "There is no attribute %q.", q.Attribute)).
			WithHint(perennial.Say("从属性列表里选。", "Choose from the list of attributes."))
	}
	if err := q.check(a); err != nil {
		return "", err
	}
	var values []string
	for _, text := range q.Values {
		v, ok := a.value(text, c.currency)
		if !ok {
			return "", perennial.NewError(perennial.KindInvalid, "segment.value",
				a.say("“%[1]s”不能和“%[2]s”比较。", "%[2]q is no value of %[1]q.", text)).
				WithHint(a.example())
		}
		name := fmt.Sprintf("p%d", len(c.args))
		c.args[name] = v
		values = append(values, ":"+name)
	}
	text := ""
	switch q.Op {
	case Known:
		return "(not " + a.unknown() + ")", nil
	case Unknown:
		return "(" + a.unknown() + ")", nil
	case Is, In:
		text = a.Name + " in (" + strings.Join(values, ", ") + ")"
	case IsNot, NotIn:
		// Nobody knows of the unknown that it is something else, but people who
		// leave out a store mean all others.
		return "(" + a.Name + " not in (" + strings.Join(values, ", ") + "))", nil
	case AtLeast:
		text = a.Name + " >= " + values[0]
	case AtMost:
		text = a.Name + " <= " + values[0]
	case Between:
		text = a.Name + " >= " + values[0] + " and " + a.Name + " <= " + values[1]
	}
	if a.Unknown && a.Kind != Text {
		text = "not (" + a.unknown() + ") and " + text
	}
	return "(" + text + ")", nil
}

// check looks at the comparison and the number of its values.
func (q Condition) check(a Attribute) error {
	want := 1
	switch q.Op {
	case Is, IsNot:
	case In, NotIn:
		want = max(1, len(q.Values))
	case AtLeast, AtMost:
		if a.Kind == Text || a.Kind == Flag {
			want = -1
		}
	case Between:
		want = 2
		if a.Kind == Text || a.Kind == Flag {
			want = -1
		}
	case Known, Unknown:
		want = 0
	default:
		want = -1
	}
	if want < 0 {
		return perennial.NewError(perennial.KindInvalid, "segment.op",
			a.say("“%[1]s”不能用“%[2]s”来比较。", "%[1]q cannot be compared by %[2]q.", string(q.Op)))
	}
	if len(q.Values) != want {
		return perennial.NewError(perennial.KindInvalid, "segment.value",
			a.say("“%[1]s”的条件要有 %[2]d 个值，这里有 %[3]d 个。", "A condition on %[1]q takes %[2]d values; this one has %[3]d.", want, len(q.Values)))
	}
	return nil
}

// say makes a sentence about the attribute, whose label is the first argument.
func (a Attribute) say(zh, en string, args ...any) perennial.Text {
	return perennial.Text{
		ZH: fmt.Sprintf(zh, append([]any{a.Label.ZH}, args...)...),
		EN: fmt.Sprintf(en, append([]any{a.Label.EN}, args...)...),
	}
}

func tooLarge() error {
	return perennial.NewError(perennial.KindInvalid, "segment.too_large",
		perennial.Say("条件太多或嵌套太深。", "There are too many conditions, or they are nested too deeply.")).
		WithHint(perennial.Say("最多 %d 个条件、每个 %d 个值、%d 层。", "At most %d conditions of %d values each, %d levels deep.", mostConditions, mostValues, mostDepth))
}

// example says how values of the attribute are written.
func (a Attribute) example() perennial.Text {
	switch a.Kind {
	case Day:
		return perennial.Say("日期写成 2026-06-30。", "Write days as 2026-06-30.")
	case Money:
		return perennial.Say("金额写成 1234.50。", "Write money as 1234.50.")
	case Flag:
		return perennial.Say("写 true 或 false。", "Write true or false.")
	case Whole:
		return perennial.Say("写整数。", "Write a whole number.")
	}
	return perennial.Say("写数字。", "Write a number.")
}
