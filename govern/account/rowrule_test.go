package account

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRowRulesAreRead(t *testing.T) {
	for given, want := range map[string]string{
		"":                                  "",
		" \n":                               "",
		`store in (Soho)`:                   `store in ("Soho")`,
		`city in("上海")and STORE In (b,a,b)`: `store in ("a", "b") and city in ("上海")`,
		`store in（人民广场店，静安店、"A, (B)"）且 tier in (金卡)`: `store in ("A, (B)", "人民广场店", "静安店") and tier in ("金卡")`,
		`tier in ("he said ""hi""", O'Hara)`:         `tier in ("O'Hara", "he said ""hi""")`,
		`city in ( New York , in )`:                  `city in ("New York", "in")`,
	} {
		if got := rows(t, given).String(); got != want {
			t.Errorf("%q read as %q, want %q", given, got, want)
		}
	}
	var many strings.Builder
	for i := range maxRowValues + 1 {
		fmt.Fprintf(&many, "%d,", i)
	}
	for _, bad := range []string{
		"store", "store in", "store in (", "store in ()", "store in (a", "store in (a,)", "store in (,a)", `store in ("")`, `store in (" ")`, `store in ("a`,
		"store in (a) or city in (b)", "store in (a) city in (b)", "store in (a) and", "and store in (a)", "store in (a) and store in (b)",
		"phone in (1)", "store not in (a)", "store = a", "storein (a)", "1=1", "store in (a); drop table customers", "store in (a) --",
		"store in (\"a\tb\")", "store in (a\xff)", "\xff", "store in (" + strings.Repeat("长", maxRowValue+1) + ")",
		"store in (" + many.String() + "x)",
	} {
		_, err := ParseRowRule(bad)
		wantCode(t, err, "account.row_rule")
	}
}

func TestRowRuleIsImmutableAndMarshals(t *testing.T) {
	r := rows(t, "store in (a, b)")
	r.Conditions()[0].Values[0] = "z"
	if r.String() != `store in ("a", "b")` {
		t.Error("a caller changed the rule")
	}
	b, err := json.Marshal(Grant{Service, r})
	if err != nil || string(b) != `{"role":"service","rows":"store in (\"a\", \"b\")"}` {
		t.Errorf("%s, %v", b, err)
	}
	var back Grant
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back.Rows, r) {
		t.Errorf("read back %+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"rows":"all"}`), &back); err == nil {
		t.Error("read a rule that is none")
	}
}

// A rule's text means what the rule means, and the rule what its lists say.
func TestRowRuleProperties(t *testing.T) {
	word := rapid.StringMatching(`[a-z上海"(),，（）' ]{0,6}[a-z上海"]`)
	rapid.Check(t, func(t *rapid.T) {
		var r RowRule
		for _, column := range ruled {
			if values := rapid.SliceOfNDistinct(word, 0, 4, rapid.ID).Draw(t, column); len(values) > 0 {
				r.conditions = append(r.conditions, Condition{column, values})
			}
		}
		back, err := ParseRowRule(r.String())
		if err != nil {
			t.Fatalf("%s: %v", r, err)
		}
		customer := map[string]string{}
		for _, column := range ruled {
			customer[column] = rapid.OneOf(word, rapid.Just("")).Draw(t, "customer's "+column)
		}
		for _, c := range r.conditions { // so that some are seen
			if rapid.Bool().Draw(t, "fits "+c.Column) {
				customer[c.Column] = c.Values[0]
			}
		}
		want := true
		for _, c := range r.conditions {
			has := false
			for _, v := range c.Values {
				has = has || v == customer[c.Column]
			}
			want = want && has
		}
		if got := back.Allows(func(column string) string { return customer[column] }); got != want {
			t.Fatalf("%s sees %v: %v", r, customer, got)
		}
	})
}

func FuzzRowRule(f *testing.F) {
	f.Add(`store in ("人民广场店", b) and city in (上海)`)
	f.Add(`tier in（金卡、"a""b"）且 city in (x)`)
	f.Add(`store in (a) or 1=1`)
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRowRule(s)
		if err != nil {
			wantCode(t, err, "account.row_rule")
			return
		}
		if r.IsZero() != (strings.TrimSpace(s) == "") {
			t.Fatalf("%q is a rule for everybody", s)
		}
		back, err := ParseRowRule(r.String())
		if err != nil || !reflect.DeepEqual(back, r) {
			t.Fatalf("%q reads as %s and back as %s, %v", s, r, back, err)
		}
	})
}
