package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// counts are the rows of an import.
type counts struct{ Read, Accepted, Refused, Duplicate int }

// imported is what `import … --json` says.
type imported struct {
	Workspace        string
	WorkspaceCreated bool `json:"workspace_created"`
	Report           struct {
		Import *struct {
			ID     int
			Status string
		}
		Counts struct {
			counts
			Repeated         int
			RepeatsDropped   int `json:"repeats_dropped"`
			Unattributed     int
			Documents        int
			DocumentsChanged int `json:"documents_changed"`
			NewCustomers     int `json:"new_customers"`
		}
		Notes    []struct{ ZH, EN string }
		Refusals []struct {
			Line                int
			Column, Value, Code string
		}
		RefusalsFile string `json:"refusals_file"`
		Mapping      json.RawMessage
		Preview      []json.RawMessage
	}
}

// take imports a file, which must go well, and checks that its rows add up.
func (d *desk) take(kind, path, workspace string, more ...string) imported {
	d.t.Helper()
	var in imported
	d.good(append([]string{"import", kind, path, "--workspace", workspace, "--json"}, more...)...).document(&in)
	if c := in.Report.Counts; c.Read != c.Accepted+c.Refused+c.Duplicate {
		d.t.Errorf("%s: read %d ≠ accepted %d + refused %d + duplicate %d", filepath.Base(path), c.Read, c.Accepted, c.Refused, c.Duplicate)
	}
	return in
}

// listing is one line of `import list --json`.
type listing struct {
	Workspace, Kind, File, Status string
	ID                            int
	Rows                          counts
}

func (d *desk) list() []listing {
	d.t.Helper()
	var doc struct{ Imports []listing }
	d.good("import", "list", "--json").document(&doc)
	return doc.Imports
}

// picture analyses a workspace.
func (d *desk) picture(workspace string, more ...string) object {
	d.t.Helper()
	return d.json(append([]string{"analyze", "--workspace", workspace}, more...)...)
}

// alike compares the sections that must not depend on whether a file was kept.
func alike(t *testing.T, what string, a, b object, sections ...string) {
	t.Helper()
	if len(sections) == 0 {
		sections = []string{"data", "base", "rfm", "repurchase", "cohorts", "lifecycle", "clv"}
	}
	for _, section := range sections {
		x, y := plain(a[section]), plain(b[section])
		if !reflect.DeepEqual(x, y) {
			t.Errorf("%s: %s differs:\n%s", what, section, difference(section, x, y))
		}
	}
}

// plain drops what tells only that thresholds are kept, not what they are.
func plain(section any) any {
	m, ok := section.(object)
	if !ok {
		return section
	}
	out := object{}
	for k, v := range m {
		if k == "frozen" {
			continue
		}
		if th, ok := v.(object); ok && k == "thresholds" {
			copied := object{}
			for name, x := range th {
				if name != "version" {
					copied[name] = x
				}
			}
			v = copied
		}
		out[k] = v
	}
	return out
}

// difference names the first places where two values differ.
func difference(path string, a, b any) string {
	if x, ok := a.(object); ok {
		if y, ok := b.(object); ok {
			var out []string
			for k := range x {
				if !reflect.DeepEqual(x[k], y[k]) {
					out = append(out, difference(path+"."+k, x[k], y[k]))
				}
			}
			for k := range y {
				if _, ok := x[k]; !ok {
					out = append(out, path+"."+k+" only in the second")
				}
			}
			return strings.Join(out, "\n")
		}
	}
	return fmt.Sprintf("%s: %.200v ≠ %.200v", path, a, b)
}

func TestKeptFileGivesTheSamePicture(t *testing.T) {
	t.Parallel()
	for name, variant := range map[string][]string{"usual": nil, "textbook": {"--textbook", "--unit", "week"}, "gross": {"--money", "gross", "--count", "orders"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			file := d.write("订单.csv", shop{"A", 2_000, 300, 2}.csv())
			direct := d.json(append([]string{"analyze", file}, variant...)...)
			if in := d.take("orders", file, "店铺"); !in.WorkspaceCreated || in.Workspace != "店铺" {
				t.Errorf("workspace made: %+v", in)
			}
			alike(t, "kept", direct, d.picture("店铺", variant...))
			alike(t, "kept, asked twice", direct, d.picture("店铺", variant...))
			d.clean()
		})
	}
}

func TestWorkspaceIsMadeAndSaid(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := d.write("订单.csv", shop{"A", 50, 20, 2}.csv())
	for lang, want := range map[string]string{"zh": "新建了工作区“w-zh”", "en": `Made the workspace "w-en"`} {
		if r := d.good("import", "orders", file, "--workspace", "w-"+lang, "--lang", lang); !strings.Contains(r.out, want) {
			t.Errorf("%s: not said: %s", lang, r.out)
		}
		if r := d.good("import", "orders", file, "--workspace", "w-"+lang, "--lang", lang); strings.Contains(r.out, want) {
			t.Errorf("%s: said again: %s", lang, r.out)
		}
	}
	d.refused("workspace.not_found", 3, "analyze", "--workspace", "absent")
	d.refused("workspace.name", 2, "import", "orders", file, "--workspace", "../outside")
}

func TestReimportAndUndo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first := d.write("1.csv", lines("A1,001,2026-01-05,100.00", "A2,002,2026-01-06,50.00", "A3,001,2026-02-06,70.00"))
	second := d.write("2.csv", lines("A2,002,2026-01-06,80.00", "A3,001,2026-02-06,70.00", "A4,003,2026-03-01,10.00"))
	money := func() float64 { t.Helper(); return number(t, d.picture("w"), "base", "revenue") }
	expect := func(when string, want float64) {
		t.Helper()
		if got := money(); got != want {
			t.Errorf("%s: revenue %v, want %v", when, got, want)
		}
	}
	one := d.take("orders", first, "w")
	before := d.picture("w")
	expect("first file", 220)
	two := d.take("orders", second, "w")
	if c := two.Report.Counts; c.Accepted != 2 || c.Duplicate != 1 || c.DocumentsChanged != 1 || c.NewCustomers != 1 {
		t.Errorf("second file: %+v", c)
	}
	expect("a changed, a repeated and a new order", 260)
	d.good("import", "undo", fmt.Sprint(two.Report.Import.ID))
	alike(t, "undone", before, d.picture("w"))
	d.refused("import.not_done", 4, "import", "undo", fmt.Sprint(two.Report.Import.ID))

	three := d.take("orders", second, "w")
	expect("imported again", 260)
	// The first goes: what the other brought too stays, as the other's.
	d.good("import", "undo", fmt.Sprint(one.Report.Import.ID))
	expect("the older one undone", 160)
	d.good("import", "undo", fmt.Sprint(three.Report.Import.ID))
	d.refused("analyze.no_orders", 3, "analyze", "--workspace", "w")

	var statuses []string
	for _, in := range d.list() {
		statuses = append(statuses, in.Status)
	}
	if got := strings.Join(statuses, " "); got != "undone undone undone" {
		t.Errorf("list: %s", got)
	}
	for lang, want := range map[string]string{"zh": "已撤销", "en": "undone"} {
		if r := d.good("import", "list", "--lang", lang); strings.Count(r.out, want) != 3 {
			t.Errorf("list in %s:\n%s", lang, r.out)
		}
	}
	// Another workspace's import is newer than all of these.
	four := d.take("orders", d.write("a.csv", shop{"Z", 5, 5, 1}.csv()), "aa")
	if list := d.list(); len(list) != 4 || list[0].ID != four.Report.Import.ID || list[0].Workspace != "aa" || list[3].ID != one.Report.Import.ID {
		t.Errorf("list over workspaces: %+v", list)
	}
	if r := d.run("import", "undo", fmt.Sprint(one.Report.Import.ID)); !strings.Contains(r.err, "已撤销") || strings.Contains(r.err, "undone") {
		t.Errorf("undone twice: %s", r.err)
	}
	d.refused("import.not_found", 3, "import", "undo", "77")
	d.refused("usage", 2, "import", "undo", "the-last")
	d.clean()
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := d.write("坏.csv", lines("A1,13812345678,2026-01-05,100.00", "A2,13912345678,2026-13-06,50.00", "A3,13712345678,2026-02-06,lots",
		"A4,13612345678,2199-02-06,12.00", "A5,13512345678,2026-02-06,12.00"))
	own := filepath.Join(d.work, "明细.csv")
	in := d.take("orders", file, "w", "--refusals", own)
	if c := in.Report.Counts; c.Read != 5 || c.Accepted != 2 || c.Refused != 3 {
		t.Errorf("counts %+v", c)
	}
	want := map[int]string{3: "date.impossible", 4: "money.format", 5: "order.future"}
	for _, r := range in.Report.Refusals {
		if want[r.Line] != r.Code {
			t.Errorf("line %d: %s, want %s", r.Line, r.Code, want[r.Line])
		}
	}
	if in.Report.RefusalsFile != own {
		t.Errorf("refusals in %q", in.Report.RefusalsFile)
	}
	if s := readCSV(t, own); len(s.rows) != 3 {
		t.Errorf("%d rows in the refusals file", len(s.rows))
	}
	var doc struct {
		Refusals []struct {
			Line         int
			Code         string
			Reason, Hint struct{ ZH, EN string }
		}
	}
	d.good("import", "refusals", fmt.Sprint(in.Report.Import.ID), "--json").document(&doc)
	if len(doc.Refusals) != 3 || doc.Refusals[0].Reason.ZH == "" || doc.Refusals[0].Hint.EN == "" {
		t.Errorf("quarantine: %+v", doc.Refusals)
	}
	if r := d.good("import", "refusals", "1", "--lang", "zh"); !strings.Contains(r.out, "日期在未来") {
		t.Errorf("refusals:\n%s", r.out)
	}
	d.private("13812345678", "13912345678", "13712345678", "13612345678")
}

// private checks that personal texts stand nowhere in the data directory in the
// clear.
func (d *desk) private(texts ...string) {
	d.t.Helper()
	for name, body := range snapshot(d.t, d.dir) {
		for _, text := range texts {
			if strings.Contains(body, text) {
				d.t.Errorf("%s holds %s in the clear", name, text)
			}
		}
	}
}

// snapshot reads every file of a folder.
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		out[rel] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDryRunStoresNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := d.write("订单.csv", shop{"A", 50, 20, 2}.csv())
	var in imported
	d.good("import", "orders", file, "--workspace", "w", "--dry-run", "--json").document(&in)
	if in.Report.Import != nil || len(in.Report.Preview) != 10 || len(in.Report.Mapping) == 0 || in.WorkspaceCreated {
		t.Errorf("dry run: %+v", in)
	}
	if _, err := os.Stat(d.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a dry run made the data directory: %v", err)
	}
	// Nor in a directory in which there is no installation yet, and nothing more in
	// one that has one.
	if err := os.MkdirAll(filepath.Join(d.dir, "presets"), 0o700); err != nil {
		t.Fatal(err)
	}
	preset := "name: ours\ntitle: {zh: 本店, en: Ours}\nkind: orders\nrequire: [订单编号]\ncolumns: {order_id: 订单编号, customer_id: 会员卡号, ordered_at: 付款时间, paid_amount: 实付金额}\n"
	if err := os.WriteFile(filepath.Join(d.dir, "presets", "ours.yaml"), []byte(preset), 0o600); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, d.dir)
	d.good("import", "orders", file, "--workspace", "w", "--dry-run", "--preset", "ours")
	untouched(t, before, snapshot(t, d.dir))
	d.take("orders", file, "other")
	before = snapshot(t, d.dir)
	d.good("import", "orders", file, "--workspace", "w", "--dry-run")
	untouched(t, before, snapshot(t, d.dir))
	d.refused("workspace.not_found", 3, "analyze", "--workspace", "w")
	for lang, want := range map[string]string{"zh": "没有写入任何数据", "en": "nothing was stored"} {
		if r := d.good("import", "orders", file, "--dry-run", "--lang", lang); !strings.Contains(r.out, want) {
			t.Errorf("%s:\n%s", lang, r.out)
		}
	}
	d.clean()
}

func TestMembersAndProducts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	orders := d.write("订单.csv", "订单编号,会员卡号,付款时间,商品编码,商品名称,数量,单价\n"+
		"A1,001,2026-01-05,P1,茶,2,10.00\nA1,001,2026-01-05,P2,杯,1,30.00\nA2,002,2026-02-05,P1,茶,1,10.00\n")
	members := d.write("会员.csv", "会员卡号,姓名,手机号,入会日期\n001,云一,13800000001,2024-05-01\n002,云二,13800000002,2025-05-01\n003,云三,13800000003,2025-06-01\n")
	products := d.write("商品.csv", "商品编码,商品名称,类目,成本价\nP1,茶,饮品,4.00\nP2,杯,器皿,12.00\n")
	for _, in := range []imported{d.take("products", products, "w"), d.take("customers", members, "w"), d.take("orders", orders, "w")} {
		if in.Report.Counts.Refused != 0 {
			t.Errorf("refused: %+v", in.Report.Refusals)
		}
	}
	doc := d.picture("w")
	if n := number(t, doc, "data", "customers"); n != 2 {
		t.Errorf("%v customers", n)
	}
	for _, stage := range at(doc, "lifecycle", "stages").([]any) {
		if at(stage, "stage") == "prospect" && at(stage, "customers") != 1. {
			t.Errorf("registered, not yet bought: %v", stage)
		}
	}
	// They are no part of those who have bought: a share would say 0.0%.
	shown := false
	for line := range strings.Lines(d.good("analyze", "--workspace", "w").out) {
		if strings.Contains(line, "潜客") {
			shown = true
			if !strings.Contains(line, "–") || strings.Contains(line, "%") {
				t.Errorf("the share of those who have not bought: %s", line)
			}
		}
	}
	if !shown {
		t.Error("those who have not bought are not shown")
	}
	d.private("云一", "云三", "13800000001")
}
