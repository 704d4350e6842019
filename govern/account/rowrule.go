package account

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"perennial"
)

// RowRule says which customers somebody may see: those whose attributes are among
// the listed values, all conditions at once. The zero RowRule is every customer.
// It is immutable.
//
// Its text is what people write and the state database holds:
//
//	store in ("人民广场店", "静安店") and city in ("上海")
type RowRule struct {
	conditions []Condition
}

// Condition is one attribute with the values that it may have.
type Condition struct {
	Column string   // a column of customers in the warehouse: store, city or tier
	Values []string // ascending, each once, never empty
}

// ruled are the attributes that rules may name, in the order of their text.
var ruled = []string{"store", "city", "tier"}

// Bounds of a rule: what a statement's list takes without thought.
const (
	maxRowValues = 500
	maxRowValue  = 200 // characters
)

// ParseRowRule reads a rule. Values stand in double quotes (a quote within is
// doubled) or bare; Chinese brackets and commas do as well. Empty text is the
// zero rule. What cannot be read is an error and never a wider rule.
func ParseRowRule(s string) (RowRule, error) {
	var rule RowRule
	p := rowParser{rest: s}
	p.space()
	if p.rest == "" {
		return rule, p.utf8(s)
	}
	for {
		c, err := p.condition()
		if err != nil {
			return RowRule{}, err
		}
		if slices.ContainsFunc(rule.conditions, func(o Condition) bool { return o.Column == c.Column }) {
			return RowRule{}, badRule(perennial.Say("“%s”写了两次", "%q stands there twice", c.Column))
		}
		rule.conditions = append(rule.conditions, c)
		if p.space(); p.rest == "" {
			break
		}
		if !p.word("and") && !p.word("且") {
			return RowRule{}, p.unexpected("and")
		}
	}
	slices.SortFunc(rule.conditions, func(a, b Condition) int {
		return slices.Index(ruled, a.Column) - slices.Index(ruled, b.Column)
	})
	return rule, p.utf8(s)
}

type rowParser struct{ rest string }

func (p *rowParser) utf8(s string) error {
	if utf8.ValidString(s) {
		return nil
	}
	return badRule(perennial.Say("不是 UTF-8 文字", "it is no UTF-8 text"))
}

func (p *rowParser) space() { p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace) }

// take consumes one of the given signs.
func (p *rowParser) take(signs ...string) bool {
	p.space()
	for _, s := range signs {
		if rest, ok := strings.CutPrefix(p.rest, s); ok {
			p.rest = rest
			return true
		}
	}
	return false
}

// word consumes a word that ends where a space, bracket or the text does.
func (p *rowParser) word(want string) bool {
	p.space()
	end := strings.IndexFunc(p.rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`("（`, r) })
	if end < 0 {
		end = len(p.rest)
	}
	if !strings.EqualFold(p.rest[:end], want) {
		return false
	}
	p.rest = p.rest[end:]
	return true
}

func (p *rowParser) unexpected(want string) error {
	p.space()
	return badRule(perennial.Say("“%[1]s”的位置应该是 %[2]s", "where %[1]q stands, %[2]s was expected", shorten(p.rest, 20), want))
}

func (p *rowParser) condition() (Condition, error) {
	var c Condition
	i := slices.IndexFunc(ruled, p.word)
	if i < 0 {
		return c, p.unexpected(strings.Join(ruled, " | "))
	}
	c.Column = ruled[i]
	if !p.word("in") {
		return c, p.unexpected("in")
	}
	if !p.take("(", "（") {
		return c, p.unexpected("(")
	}
	for {
		v, err := p.value()
		if err != nil {
			return c, err
		}
		c.Values = append(c.Values, v)
		if p.take(")", "）") {
			break
		}
		if !p.take(",", "，", "、") {
			return c, p.unexpected(") | ,")
		}
	}
	slices.Sort(c.Values)
	c.Values = slices.Compact(c.Values)
	if len(c.Values) > maxRowValues {
		return c, badRule(perennial.Say("“%[1]s”有 %[2]d 个值，最多 %[3]d 个", "%[1]q has %[2]d values, at most %[3]d go", c.Column, len(c.Values), maxRowValues))
	}
	return c, nil
}

func (p *rowParser) value() (string, error) {
	var v string
	if p.take(`"`) {
		var b strings.Builder
		for {
			part, rest, closed := strings.Cut(p.rest, `"`)
			if !closed {
				return "", badRule(perennial.Say("引号没有关上", "a quote is not closed"))
			}
			b.WriteString(part)
			if p.rest = rest; !strings.HasPrefix(rest, `"`) {
				break
			}
			b.WriteByte('"')
			p.rest = rest[1:]
		}
		v = b.String()
	} else {
		end := strings.IndexAny(p.rest, `,()"，、（）`)
		if end < 0 {
			end = len(p.rest)
		}
		v, p.rest = strings.TrimRightFunc(p.rest[:end], unicode.IsSpace), p.rest[end:]
	}
	switch {
	case strings.TrimSpace(v) == "":
		// The empty attribute means “not known”: a rule that lets somebody see those
		// customers would be written by mistake more often than on purpose.
		return "", badRule(perennial.Say("有一个值是空的", "a value is empty"))
	case utf8.RuneCountInString(v) > maxRowValue:
		return "", badRule(perennial.Say("值“%s”太长", "the value %q is too long", shorten(v, 20)))
	case strings.ContainsFunc(v, unicode.IsControl):
		return "", badRule(perennial.Say("值里有控制字符", "a value has control characters"))
	}
	return v, nil
}

func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

func badRule(why perennial.Text) error {
	return perennial.NewError(perennial.KindInvalid, "account.row_rule",
		perennial.Text{ZH: "客户范围写得不对：" + why.ZH + "。", EN: "The rule on customers cannot be read: " + why.EN + "."}).
		WithHint(perennial.Say(`这样写：store in ("人民广场店", "静安店") and city in ("上海")。可用的属性：%s。`,
			`Write it like store in ("Oxford Street", "Soho") and city in ("London"). Attributes: %s.`, strings.Join(ruled, ", ")))
}

// IsZero tells that the rule leaves nobody out.
func (r RowRule) IsZero() bool { return len(r.conditions) == 0 }

// Conditions returns the rule as data: a customer is seen when each Column has
// one of its Values. The caller owns the slices.
func (r RowRule) Conditions() []Condition {
	out := slices.Clone(r.conditions)
	for i := range out {
		out[i].Values = slices.Clone(out[i].Values)
	}
	return out
}

// Allows tells whether a customer with these attributes, given by column, is seen.
func (r RowRule) Allows(attribute func(column string) string) bool {
	for _, c := range r.conditions {
		if _, ok := slices.BinarySearch(c.Values, attribute(c.Column)); !ok {
			return false
		}
	}
	return true
}

// String returns the text of the rule, which ParseRowRule reads back.
func (r RowRule) String() string {
	var b strings.Builder
	for i, c := range r.conditions {
		if i > 0 {
			b.WriteString(" and ")
		}
		b.WriteString(c.Column + " in (")
		for j, v := range c.Values {
			if j > 0 {
				b.WriteString(", ")
			}
			b.WriteString(`"` + strings.ReplaceAll(v, `"`, `""`) + `"`)
		}
		b.WriteByte(')')
	}
	return b.String()
}

// MarshalText returns the text of the rule.
func (r RowRule) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the text of a rule.
func (r *RowRule) UnmarshalText(b []byte) (err error) {
	*r, err = ParseRowRule(string(b))
	return err
}
