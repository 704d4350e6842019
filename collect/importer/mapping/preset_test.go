package mapping

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"perennial"
	"perennial/collect/importer/value"
)

func TestBuiltinPresets(t *testing.T) {
	presets := load(t)
	var names []string
	for _, p := range presets.All() {
		names = append(names, p.Name)
		if p.Source != p.Name+".yaml" {
			t.Errorf("preset %s is kept in %s", p.Name, p.Source)
		}
	}
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "jd_orders perennial_orders shopify_orders taobao_items taobao_orders till weimob_orders youzan_orders" {
		t.Errorf("presets: %s", got)
	}
	for field, w := range presets.words {
		seen := map[Field]bool{}
		for _, m := range w {
			if seen[m.field] {
				t.Errorf("the word %q stands twice under %s", field, m.field)
			}
			seen[m.field] = true
		}
	}
}

func TestLoadPresets(t *testing.T) {
	const good = "name: mine\ntitle: {zh: 我的, en: Mine}\nkind: orders\nrequire: [单, 客]\ncolumns: {order_id: 单, customer_id: [客]}\nstatus: {paid: [已过账]}\n"
	p, err := LoadPresets(fstest.MapFS{"mine.yaml": {Data: []byte(good)}, "notes.txt": {Data: []byte("x")}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := Recognise(table("单|客|日期|金额|状态", "1|A|2026-04-01|5|已过账"), Orders, p, nil, Options{})
	if err != nil || m.Preset != "mine" || m.Status.Status("已过账") != value.StatusPaid {
		t.Errorf("%v %+v", err, m)
	}
	// The same name replaces.
	p, err = LoadPresets(fstest.MapFS{"till.yaml": {Data: []byte(strings.Replace(good, "mine", "till", 1))}})
	if err != nil || len(p.All()) != len(load(t).All()) {
		t.Errorf("replacing a preset: %v", err)
	}
	for name, c := range map[string]struct{ text, where string }{
		"empty":   {"", "x.yaml"},
		"key":     {good + "colour: red\n", "x.yaml:7"},
		"field":   {strings.Replace(good, "order_id: 单", "ordr_id: 单", 1), "x.yaml:5"},
		"status":  {strings.Replace(good, "paid:", "payed:", 1), "x.yaml:6"},
		"kind":    {strings.Replace(good, "kind: orders", "kind: order", 1), "x.yaml:3"},
		"rows":    {good + "rows: many\n", "x.yaml:7"},
		"broken":  {"name: [", "x.yaml"},
		"nothing": {"name: a\ntitle: {zh: 一, en: a}\nkind: orders\n", "x.yaml:1"},
	} {
		_, err := LoadPresets(fstest.MapFS{"x.yaml": {Data: []byte(c.text)}})
		if perennial.CodeOf(err) != "mapping.preset" || !strings.Contains(err.Error(), c.where) {
			t.Errorf("%s: %v; want mapping.preset at %s", name, err, c.where)
		}
	}
	if _, err := Recognise(table("单|客", "1|A"), Orders, p, nil, Options{Preset: "amazon"}); perennial.CodeOf(err) != "mapping.preset" {
		t.Errorf("an unknown preset: %v", err)
	}
}

func TestParseOverrides(t *testing.T) {
	got, err := ParseOverrides(` customer_id=会员卡号, amount="Total, paid",coupon=-,ORDER_ID = #2`)
	want := []Override{{CustomerID, "会员卡号"}, {PaidAmount, "Total, paid"}, {Coupon, ""}, {OrderID, "#2"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v %v", got, err)
	}
	for s, word := range map[string]string{
		"custmer_id=A": "customer_id", "customer_id": "", "customer_id=": "", "=A": "", "xyzzy=A": "", `phone="A`: "", "phone=A,phone=B": "", "paid=A": "paid_at",
	} {
		_, err := ParseOverrides(s)
		if perennial.CodeOf(err) != "mapping.override" || !strings.Contains(perennial.AsError(err).Hint.EN, word) {
			t.Errorf("%q: %v, hint %q", s, err, perennial.AsError(err).Hint.EN)
		}
	}
	if list, err := ParseOverrides(""); err != nil || len(list) != 0 {
		t.Errorf("no override: %v %v", list, err)
	}
}

func TestOverrideColumns(t *testing.T) {
	tab := table("订单号|会员号|手机号|日期|实付|金额", "1|A|13812348000|2026-04-01|5|6", "2|A|13812348000|2026-04-01|6|7")
	overrides, err := ParseOverrides("customer_id=#3,phone=-,paid_amount=金额")
	if err != nil {
		t.Fatal(err)
	}
	m, err := Recognise(tab, Orders, nil, overrides, Options{})
	if want := "order_id=订单号 customer_id=手机号 ordered_at=日期 paid_amount=金额"; err != nil || brief(m) != want {
		t.Errorf("%v\n got %s\nwant %s", err, brief(m), want)
	}
	if !slices.Equal(m.Unmapped, []string{"会员号", "实付"}) {
		t.Errorf("unmapped: %q", m.Unmapped)
	}
}

func FuzzParseOverrides(f *testing.F) {
	f.Add("customer_id=会员卡号,amount=-")
	f.Add(`a="b`)
	f.Fuzz(func(t *testing.T, s string) {
		if list, err := ParseOverrides(s); err == nil {
			for _, o := range list {
				if !o.Field.known() {
					t.Errorf("%q: field %q", s, o.Field)
				}
			}
		}
	})
}

func FuzzRecognise(f *testing.F) {
	f.Add("订单号|会员号|日期|金额\n1|A|2026-04-01|5")
	f.Add("\n1|2|3")
	presets := load(f)
	f.Fuzz(func(t *testing.T, s string) {
		tab := table(strings.Split(s, "\n")...)
		for _, kind := range []Kind{Orders, Customers, Products} {
			m, err := Recognise(tab, kind, presets, nil, Options{})
			if err != nil && perennial.CodeOf(err) == "" {
				t.Errorf("an error without a code: %v", err)
			}
			if err == nil && kind == Orders && (m.Customer == "" || m.Amount.Source == "" || m.Rows == "") {
				t.Errorf("half a mapping: %+v", m)
			}
		}
	})
}
