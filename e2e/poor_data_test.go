package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// Data on which models cannot be fitted, or hardly: there is a picture all the
// same, and where a model is missing it says why.
func TestPoorData(t *testing.T) {
	t.Parallel()
	many := func(n int, row func(i int) string) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = row(i)
		}
		return out
	}
	for _, c := range []struct {
		name   string
		rows   []string
		args   []string
		reason string // code of what is missing under clv; "" where the models may stand
	}{
		{"one customer, one order", []string{"A1,001,2026-01-01,5.00"}, nil, "clv.one_customer"},
		{"one customer, many orders", many(40, func(i int) string { return fmt.Sprintf("A%d,001,2025-%02d-%02d,5.00", i, 1+i%12, 1+i%28) }), nil, "clv.one_customer"},
		{"nobody returns", many(60, func(i int) string { return fmt.Sprintf("A%d,%03d,2026-0%d-1%d,%d.50", i, i, 1+i%9, i%9, i+10) }), nil, "clv.no_repeats"},
		{"all equal", many(60, func(i int) string { return fmt.Sprintf("A%d,%03d,2026-01-0%d,10.00", i, i%20, 1+i/20) }), nil, "clv.all_equal"},
		{"one day", many(60, func(i int) string { return fmt.Sprintf("A%d,%03d,2026-01-01,10.00", i, i) }), nil, "clv.no_time"},
		{"no money", many(50, func(i int) string { return fmt.Sprintf("A%d,%03d,2026-0%d-11,0.00", i, i%7, 1+i%9) }), []string{"--zero", "keep"}, ""},
		{"durables", many(260, func(i int) string {
			return fmt.Sprintf("A%d,%03d,%d-0%d-1%d,%d.00", i, i%200, 2010+i/200*7+i%3, 1+i%9, i%9, 30_000+i)
		}), nil, ""},
		{"a giant among dwarfs", append(many(80, func(i int) string { return fmt.Sprintf("A%d,%03d,2026-0%d-1%d,1.00", i, i%30, 1+i%9, i%9) }),
			"B1,900,2026-03-03,90000000000000.00"), nil, ""},
		{"every day", many(365, func(i int) string { return fmt.Sprintf("A%d,%03d,2025-%02d-%02d,5.00", i, i%2, 1+i/31, 1+i%28) }), nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			file, page, table := d.write("f.csv", lines(c.rows...)), filepath.Join(d.work, "p.html"), filepath.Join(d.work, "c.csv")
			doc := d.json(append([]string{"analyze", file, "--html", page, "--customers-out", table, "--lang", "en"}, c.args...)...)
			for section := range promised {
				if strings.Contains(section, ".") {
					continue
				}
				if _, ok := doc[section]; !ok {
					t.Errorf("%s is missing", section)
				}
			}
			if got := float64(len(readCSV(t, table).rows)); got != number(t, doc, "data", "customers") {
				t.Errorf("%v rows for %v customers", got, at(doc, "data", "customers"))
			}
			reason, _ := at(doc, "clv", "reason", "code").(string)
			if c.reason != "" && (reason == "" || at(doc, "clv", "bgnbd") != nil) {
				t.Errorf("no reason why the model is missing: %v", doc["clv"])
			}
			if c.reason != "" && reason != c.reason {
				t.Errorf("reason %s, want %s", reason, c.reason)
			}
			if reason != "" {
				zh, _ := at(doc, "clv", "reason", "text", "zh").(string)
				en, _ := at(doc, "clv", "reason", "text", "en").(string)
				if r := d.good(append([]string{"analyze", file, "--lang", "zh"}, c.args...)...); zh == "" || !strings.Contains(strings.ReplaceAll(r.out, "\n", ""), zh[:9]) {
					t.Errorf("the text does not say %q", zh)
				}
				if en == "" {
					t.Error("no English reason")
				}
			}
			// Without repeat there is no cycle, and it is said.
			if at(doc, "repurchase", "identified") == false && at(doc, "repurchase", "cycle_days") != nil {
				t.Errorf("not identified, but a cycle of %v days", at(doc, "repurchase", "cycle_days"))
			}
			d.clean()
		})
	}
}

// A margin that nobody knows is not shown as one.
func TestMarginWithoutCost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := d.write("f.csv", lines(rows(30)...))
	d.refused("analyze.no_cost", 2, "analyze", file, "--money", "margin")
	doc := d.json("analyze", file, "--margin", "0.4")
	if net := number(t, d.json("analyze", file), "base", "revenue"); number(t, doc, "base", "revenue") != net*0.4 {
		t.Errorf("0.4 of %v is not %v", net, at(doc, "base", "revenue"))
	}
}

// What a file says about customers and goods goes into the page as text.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const script = "</script><script>alert(1)</script>"
	var b strings.Builder
	b.WriteString("订单编号,会员卡号,付款时间,商品名称,商品类目,数量,单价,渠道\n")
	for i := range 400 {
		fmt.Fprintf(&b, "A%d,=1+%d,2025-%02d-%02d,%s,%s%d,1,%d.00,%s\n", i, i%60, 1+i%12, 1+i%28, script, script, i%3, 5+i%50, script)
	}
	page, table := filepath.Join(d.work, "p.html"), filepath.Join(d.work, "c.csv")
	d.good("analyze", d.write(script[2:8]+"&.csv", b.String()), "--html", page, "--customers-out", table)
	html := snapshot(t, d.work)["p.html"]
	if strings.Contains(html, "<script>alert") {
		t.Error("a category becomes a script of the page")
	}
	for _, row := range readCSV(t, table).rows {
		if strings.HasPrefix(row[0], "=") {
			t.Errorf("a spreadsheet would compute %s", row[0])
		}
	}
}

// Data without a purchase says what all of it has in common, how much it is, and
// what to look at.
func TestNoPurchases(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := func(name, customer, amount, status string) string {
		text := "订单编号,会员卡号,付款时间,实付金额,订单状态\n"
		for i := range 12 {
			id := customer
			if id != "" {
				id = fmt.Sprint(id, i)
			}
			text += fmt.Sprintf("A%d,%s,2026-01-%02d,%s,%s\n", i, id, i+1, amount, status)
		}
		return d.write(name, text)
	}
	for _, c := range []struct{ file, zh, hint string }{
		{file("walk-ins.csv", "", "10.00", "已付款"), "12 张订单都没有客户", "--map customer_id="},
		{file("unpaid.csv", "会员", "10.00", "待付款"), "12 张订单都未付款", "--status"},
		{file("negative.csv", "会员", "-10.00", "已付款"), "12 张单据的金额全是负数", "金额列"},
		{file("zero.csv", "会员", "0.00", "已付款"), "12 张订单金额都是 0", "--zero keep"},
	} {
		d.refused("analyze.no_purchases", 3, "analyze", c.file)
		if r := d.run("analyze", c.file); !strings.Contains(r.err, c.zh) || !strings.Contains(r.err, c.hint) {
			t.Errorf("%s: %s", r.line(), r.err)
		}
	}
	d.clean()
}
