package segment_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"perennial"
	"perennial/analyze/segment"
	"perennial/internal/testengine"
	"perennial/store/warehouse"
	"perennial/store/warehouse/clickhouse"
	"perennial/store/warehouse/duckdb"
	"perennial/store/warehouse/warehousetest"
)

// warehouses are those that lists are asked of.
func warehouses(t *testing.T) map[string]warehouse.Warehouse {
	t.Helper()
	duck, err := duckdb.Open(t.Context(), duckdb.Options{Path: filepath.Join(t.TempDir(), "w.duckdb"), MemoryMB: 256, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	house, err := clickhouse.Open(t.Context(), clickhouse.Options{URL: testengine.ClickHouse(t, 2).URL("segments")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, w := range []warehouse.Warehouse{duck, house} {
			if err := w.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return map[string]warehouse.Warehouse{"duckdb": duck, "clickhouse": house}
}

// person is a row of scores in which only what the tests ask for differs.
type person struct {
	key                   int64
	last                  perennial.Day
	orders, revenue, clv  int64
	stage, store, joined  string
	alive                 float64
	returned, purchaseDay int64
}

const day0 = perennial.Day(20000)

func (p person) row(snapshot int64) []any {
	joined := int64(warehouse.NoDay)
	if p.joined != "" {
		d, _ := perennial.ParseDay(p.joined)
		joined = int64(d)
	}
	values := map[string]any{
		"snapshot": snapshot, "customer_key": p.key, "last_day": int64(p.last), "orders": p.orders, "revenue": p.revenue, "clv_12": p.clv,
		"stage": p.stage, "store": p.store, "joined": joined, "p_alive": p.alive, "returned": p.returned, "purchase_days": p.purchaseDay,
	}
	var row []any
	for _, f := range warehouse.Scores.Fields {
		v, ok := values[f.Name]
		switch {
		case ok:
		case f.Kind == warehouse.Text:
			v = ""
		case f.Kind == warehouse.Float:
			v = -1.0
		case f.Kind == warehouse.Day:
			v = int64(warehouse.NoDay)
		default:
			v = int64(-1)
		}
		row = append(row, v)
	}
	return row
}

func people(n int) (out []person) {
	for k := range n {
		out = append(out, person{
			key: int64(k + 1), last: day0 + perennial.Day(k%37), orders: int64(k % 5), revenue: int64(k%11) * 1050, clv: int64(k%7)*100 - 1,
			stage: []string{"growth", "decline", "lost"}[k%3], store: []string{"", "上海", "it's"}[k%3/1], alive: float64(k%10)/10 - 0.1, returned: int64(k % 2),
			joined: []string{"", "2026-01-02"}[k%2], purchaseDay: int64(k % 4),
		})
	}
	return out
}

func fill(t *testing.T, w warehouse.Warehouse, snapshot int64, all []person) {
	var rows [][]any
	for _, p := range all {
		rows = append(rows, p.row(snapshot))
	}
	warehousetest.Fill(t, w, warehouse.Scores, rows)
}

func condition(attribute string, op segment.Op, values ...string) segment.Condition {
	return segment.Condition{Attribute: attribute, Op: op, Values: values}
}

func all(c ...segment.Condition) segment.Rule { return segment.Rule{All: c} }

// Rules find whom they describe, on every engine.
func TestRules(t *testing.T) {
	everyone := people(210)
	for name, w := range warehouses(t) {
		fill(t, w, 1, everyone)
		fill(t, w, 2, everyone[:5])
		for _, c := range []struct {
			rule segment.Rule
			want func(person) bool
		}{
			{segment.Rule{}, func(person) bool { return true }},
			{all(condition("stage", segment.Is, "lost")), func(p person) bool { return p.stage == "lost" }},
			{all(condition("stage", segment.In, "lost", "decline"), condition("orders", segment.AtLeast, "3")), func(p person) bool { return p.stage != "growth" && p.orders >= 3 }},
			{all(condition("store", segment.IsNot, "it's")), func(p person) bool { return p.store != "it's" }},
			{all(condition("store", segment.Unknown)), func(p person) bool { return p.store == "" }},
			{all(condition("revenue", segment.Between, "10.50", "52.5")), func(p person) bool { return p.revenue >= 1050 && p.revenue <= 5250 }},
			{all(condition("clv_12", segment.AtMost, "2")), func(p person) bool { return p.clv >= 0 && p.clv <= 200 }}, // not the unknown
			{all(condition("p_alive", segment.AtLeast, "0.5")), func(p person) bool { return p.alive >= 0.5 }},
			{all(condition("p_alive", segment.Known)), func(p person) bool { return p.alive >= 0 }},
			{all(condition("last_day", segment.AtLeast, (day0 + 30).String())), func(p person) bool { return p.last >= day0+30 }},
			{all(condition("joined", segment.AtMost, "2026-12-31")), func(p person) bool { return p.joined != "" }},
			{all(condition("returned", segment.Is, "是")), func(p person) bool { return p.returned == 1 }},
			{segment.Rule{Not: true, Any: []segment.Rule{all(condition("stage", segment.Is, "lost")), all(condition("orders", segment.Is, "0"))}},
				func(p person) bool { return p.stage != "lost" && p.orders != 0 }},
		} {
			want, revenue := int64(0), int64(0)
			for _, p := range everyone {
				if c.want(p) {
					want++
					revenue += p.revenue
				}
			}
			got, err := segment.Total(t.Context(), w, segment.Scope{Snapshot: 1, Currency: "CNY", Rule: c.rule})
			if err != nil || got.Customers != want || int64(got.Revenue) != revenue || want == 0 {
				t.Errorf("%s: %+v: %+v %v, want %d customers with %d", name, c.rule, got, err, want, revenue)
			}
			limited, err := segment.Total(t.Context(), w, segment.Scope{Snapshot: 1, Currency: "CNY", Rule: c.rule, Limit: all(condition("store", segment.Is, "上海"))})
			if err != nil || limited.Customers > want {
				t.Errorf("%s: %+v within a store: %+v %v", name, c.rule, limited, err)
			}
		}
	}
}

// Turning pages shows every customer once and in order, whatever is sorted by and
// wherever pages end.
func TestPages(t *testing.T) {
	everyone := people(120)
	for name, w := range warehouses(t) {
		fill(t, w, 1, everyone)
		testengine.Fewer(t)
		rapid.Check(t, func(rt *rapid.T) {
			p := segment.Page{
				Sort: rapid.SampledFrom([]string{"", "last_day", "revenue", "stage", "p_alive", "joined", "orders"}).Draw(rt, "sort"),
				Desc: rapid.Bool().Draw(rt, "desc"), Limit: rapid.IntRange(7, 130).Draw(rt, "limit"),
			}
			scope := segment.Scope{Snapshot: 1, Currency: "CNY", Rule: all(condition("orders", segment.AtLeast, "1"))}
			seen := map[perennial.CustomerKey]bool{}
			var before []segment.Row
			for range 100 {
				rows, next, err := segment.List(t.Context(), w, scope, p)
				if err != nil {
					rt.Fatal(err)
				}
				for _, r := range rows {
					if seen[r.Customer] {
						rt.Fatalf("%s: customer %d twice", name, r.Customer)
					}
					seen[r.Customer] = true
				}
				before = append(before, rows...)
				if next == "" {
					break
				}
				p.After = next
			}
			if len(seen) != 96 {
				rt.Fatalf("%s: %d of 96 customers", name, len(seen))
			}
			if at := place(p.Sort); at >= 0 && !slices.IsSortedFunc(before, func(a, b segment.Row) int {
				c := compare(a.Values[at], b.Values[at])
				if p.Desc {
					c = -c
				}
				return c
			}) {
				rt.Fatalf("%s: not in the order of %s", name, p.Sort)
			}
		})
		var exported int
		err := segment.Export(t.Context(), w, segment.Scope{Snapshot: 1, Currency: "CNY"}, func(rows []segment.Row) error {
			exported += len(rows)
			return nil
		})
		if err != nil || exported != len(everyone) {
			t.Errorf("%s: %d exported, %v", name, exported, err)
		}
	}
}

func place(sort string) int {
	return slices.IndexFunc(segment.Attributes(), func(a segment.Attribute) bool { return a.Name == sort })
}

func compare(a, b any) int {
	switch a := a.(type) {
	case int64:
		return int(a - b.(int64))
	case float64:
		switch b := b.(float64); {
		case a < b:
			return -1
		case a > b:
			return 1
		}
		return 0
	}
	return strings.Compare(a.(string), b.(string))
}

// What a person may not write is refused with a code, and never runs.
func TestBadRules(t *testing.T) {
	var deep segment.Rule
	for range 6 {
		deep = segment.Rule{Any: []segment.Rule{deep}}
	}
	for code, rules := range map[string][]segment.Rule{
		"segment.attribute": {all(condition("customer_key; drop table scores", segment.Is, "1")), all(condition("", segment.Known))},
		"segment.op":        {all(condition("stage", segment.AtLeast, "a")), all(condition("stage", "like", "a")), all(condition("returned", segment.Between, "0", "1"))},
		"segment.value": {
			all(condition("orders", segment.Is, "1.5")), all(condition("orders", segment.Is)), all(condition("orders", segment.Between, "1")),
			all(condition("joined", segment.Is, "2026-02-30")), all(condition("revenue", segment.Is, "1e999")), all(condition("p_alive", segment.Is, "NaN")),
			all(condition("returned", segment.Is, "perhaps")), all(condition("stage", segment.Known, "x")), all(condition("stage", segment.In)),
			all(condition("revenue", segment.Is, `{"Minor":1}`)), all(condition("revenue", segment.Is, "null")),
		},
		"segment.too_large": {deep, {All: slices.Repeat([]segment.Condition{condition("stage", segment.Known)}, 300)}},
	} {
		for _, r := range rules {
			// No warehouse: nothing may be asked.
			if _, err := segment.Total(t.Context(), nil, segment.Scope{Currency: "CNY", Rule: r}); perennial.CodeOf(err) != code {
				t.Errorf("%+v: %v, want %s", r, err, code)
			}
		}
	}
	for _, after := range []string{"x", "e30", "!!", strings.Repeat("A", 9000)} {
		if _, _, err := segment.List(t.Context(), nil, segment.Scope{}, segment.Page{Sort: "orders", After: after}); perennial.CodeOf(err) != "page.cursor" {
			t.Errorf("cursor %q: %v", after, err)
		}
	}
	if _, _, err := segment.List(t.Context(), nil, segment.Scope{}, segment.Page{Sort: "nothing"}); perennial.CodeOf(err) != "segment.attribute" {
		t.Error(err)
	}
}

// The table has what rules may ask for, of the kind that they take it for.
func TestAttributesAreColumns(t *testing.T) {
	kinds := map[string]warehouse.Kind{}
	for _, f := range warehouse.Scores.Fields {
		kinds[f.Name] = f.Kind
	}
	for _, a := range segment.Attributes() {
		kind, ok := kinds[a.Name]
		want := map[segment.Kind]warehouse.Kind{segment.Text: warehouse.Text, segment.Number: warehouse.Float, segment.Day: warehouse.Day}[a.Kind]
		if !ok || kind != want || a.Label.ZH == "" || a.Label.EN == "" {
			t.Errorf("%s: %v, want %v", a.Name, kind, fmt.Sprint(want))
		}
	}
	// Beside them snapshot, customer_key and stage_history, which nobody filters by.
	if len(kinds) != len(segment.Attributes())+3 {
		t.Errorf("%d columns for %d attributes", len(kinds), len(segment.Attributes()))
	}
}
