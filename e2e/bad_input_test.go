package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// rows are n plausible rows under the header of lines.
func rows(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("A%d,%03d,2026-0%d-1%d,%d.50", i, i%7, 1+i%9, i%9, 10+i)
	}
	return out
}

func rubbish(n int) string {
	r := rand.New(rand.NewPCG(1, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

// protected is a workbook that needs a password.
func protected(t *testing.T) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range append([]string{"订单编号,会员卡号,付款时间,实付金额"}, rows(5)...) {
		cells := strings.Split(row, ",")
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &cells); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b, excelize.Options{Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Files that cannot be used as a whole: a code, a sentence and a hint, and
// nothing in the data directory changes.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take("orders", d.write("good.csv", shop{"G", 100, 20, 1}.csv()), "w")
	wide := make([]string, 300)
	for i := range wide {
		wide[i] = fmt.Sprint("c", i)
	}
	cases := []struct {
		name, code, text string
		exit             int
		args             []string
	}{
		{"empty.csv", "file.empty", "", 2, nil},
		{"blank.csv", "file.empty", "\n \r\n\n", 2, nil},
		{"header.csv", "file.header_only", lines()[:strings.Index(lines(), "\n")+1], 2, nil},
		{"rubbish.csv", "file.binary", rubbish(20_000), 2, nil},
		{"zeros.csv", "file.binary", strings.Repeat("\x00", 5_000), 2, nil},
		{"picture.csv", "file.binary", "\x89PNG\r\n\x1a\n" + rubbish(500), 2, nil},
		{"rubbish.xlsx", "file.truncated", "PK\x03\x04" + rubbish(500), 2, nil},
		{"cut.csv.gz", "file.truncated", "\x1f\x8b\x08" + rubbish(500), 2, nil},
		{"rubbish.parquet", "file.corrupt", "PAR1" + rubbish(500) + "PAR1", 2, nil},
		{"secret.xlsx", "file.encrypted", protected(t), 2, nil},
		{"old.xls", "file.xls_unsupported", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 3_000), 2, nil},
		{"wide.csv", "mapping.no_customer", strings.Join(wide, ",") + "\n" + strings.Repeat("1,", 299) + "1\n", 2, nil},
		{"endless.csv", "file.line_too_long", strings.Repeat("x", 3<<20), 2, nil},
		{"two amounts.csv", "mapping.ambiguous_amount", "订单编号,会员卡号,付款时间,实付金额,实付款\n" + strings.Join(twoAmounts(), "\n"), 2, nil},
		{"one name, two amounts.csv", "mapping.ambiguous_amount", "订单编号,会员卡号,付款时间,实付金额,实付金额\n" + strings.Join(twoAmounts(), "\n"), 2, nil},
		{"nobody.csv", "mapping.no_customer", "订单编号,付款时间,实付金额\nA1,2026-01-01,5.00\nA2,2026-01-02,6.00\n", 2, nil},
		{"masked.csv", "mapping.no_customer", lines("A1,138****8000,2026-01-01,5.00", "A2,139****8001,2026-01-02,6.00"), 2, nil},
		{"no money.csv", "mapping.no_amount", "订单编号,会员卡号,付款时间\nA1,001,2026-01-01\nA2,002,2026-01-02\n", 2, nil},
		{"no day.csv", "mapping.no_date", "订单编号,会员卡号,实付金额\nA1,001,5.00\nA2,002,6.00\n", 2, nil},
		{"two orders of dates.csv", "mapping.date_contradictory", lines("A1,001,25/12/2025,1.00", "A2,002,12/25/2025,2.00"), 2, nil},
		{"no telling.csv", "mapping.date_ambiguous", lines("A1,001,05/06/2025,1.00", "A2,002,06/05/2025,2.00"), 2, nil},
		{"all refused.csv", "import.nothing_accepted", lines("A1,001,2099-01-01,1.00", "A2,002,2099-01-02,2.00"), 2, nil},
		{"preset.csv", "mapping.preset", lines(rows(3)...), 2, []string{"--preset", "no-such-shop"}},
		{"override.csv", "mapping.override", lines(rows(3)...), 2, []string{"--map", "customer_id=不存在"}},
		{"money.csv", "currency.unknown", lines(rows(3)...), 2, []string{"--currency", "XYZ"}},
		{"zone.csv", "usage", lines(rows(3)...), 2, []string{"--tz", "Mars/Olympus"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			at := *d
			at.t = t
			path := at.write(c.name, c.text)
			before := snapshot(t, d.dir)
			at.refused(c.code, c.exit, append([]string{"import", "orders", path, "--workspace", "w"}, c.args...)...)
			if r := at.run(append([]string{"analyze", path}, c.args...)...); r.code != c.exit || !strings.Contains(r.err, " "+c.code+":") {
				t.Errorf("%s: want code %s and exit code %d, got %d and\n%.300s%s", r.line(), c.code, c.exit, r.code, r.out, r.err)
			}
			untouched(t, before, snapshot(t, d.dir))
		})
	}
	absent := filepath.Join(d.work, "没有.csv")
	before := snapshot(t, d.dir)
	d.refused("file.not_found", 3, "import", "orders", absent, "--workspace", "w")
	d.refused("file.not_found", 3, "analyze", absent)
	d.refused("file.is_directory", 2, "import", "orders", d.work, "--workspace", "w")
	d.refused("file.is_directory", 2, "analyze", d.work)
	d.refused("file.not_regular", 2, "analyze", os.DevNull)
	untouched(t, before, snapshot(t, d.dir))
	d.clean()

	// Where there was no data directory, and no workspace, a bad file makes none.
	fresh := d.elsewhere("fresh")
	fresh.run("import", "orders", filepath.Join(d.work, "all refused.csv"), "--workspace", "new")
	if r := fresh.run("analyze", "--workspace", "new"); r.code != 3 {
		t.Errorf("a refused file left a workspace: %s%s", r.out, r.err)
	}
}

func twoAmounts() []string {
	out := rows(30)
	for i := range out {
		out[i] += fmt.Sprintf(",%d.00", 99+3*i)
	}
	return out
}

// untouched compares a data directory but for the lock, and but for the state
// database and the refused rows, which may tell of an import that failed.
func untouched(t *testing.T, before, after map[string]string) {
	t.Helper()
	for name := range after {
		_, known := before[name]
		if !known && !strings.Contains(name, "refusals") {
			t.Errorf("%s appeared", name)
		}
	}
	for name := range before {
		if name == "lock" || name == "state.db" {
			continue
		}
		if before[name] != after[name] {
			t.Errorf("%s changed", name)
		}
	}
}

// Rows that cannot be used within a file that can: they alone are refused, with
// their line, column and reason.
func TestBadRows(t *testing.T) {
	t.Parallel()
	good := rows(40)
	for _, c := range []struct {
		name  string
		bad   []string // rows after the good ones
		codes []string // of their refusals
		value string   // must stand in the refusal; "" where it is personal or the row unreadable
	}{
		{"a wrong quote", []string{`B1,"001,2026-01-01,5.00`}, []string{"row.quote"}, ""},
		{"an endless line", []string{`B1,001,2026-01-01,"` + strings.Repeat("9", 3<<20)}, []string{"row.too_long"}, ""},
		{"too many cells", []string{`B1,001,2026-01-01,5.00,6.00,7.00`}, []string{"row.too_many_cells"}, ""},
		{"another encoding", []string{"B1,\xff\xfe\x81\x20,2026-01-01,5.00"}, []string{"row.encoding"}, ""},
		{"year 0", []string{"B1,001,0000-01-01,5.00"}, []string{"date.placeholder"}, "0000-01-01"},
		{"no such day", []string{"B1,001,2026-02-30,5.00"}, []string{"date.impossible"}, "2026-02-30"},
		{"the year 9999", []string{"B1,001,9999-12-31,5.00"}, []string{"date.placeholder"}, "9999-12-31"},
		{"NaN", []string{"B1,001,2026-01-01,NaN"}, []string{"money.not_finite"}, "NaN"},
		{"infinity", []string{"B1,001,2026-01-01,-Infinity"}, []string{"money.not_finite"}, "-Infinity"},
		{"beyond int64", []string{"B1,001,2026-01-01,92233720368547758.08"}, []string{"money.overflow"}, "92233720368547758.08"},
		{"an exponent", []string{"B1,001,2026-01-01,1e400"}, []string{"money.overflow"}, "1e400"},
		{"two customers", []string{"B1,001,2026-01-01,5.00", "B1,002,2026-01-01,6.00"}, []string{"order.two_customers", "order.two_customers"}, "B1"},
		{"a ruined number", []string{"1.23457E+17,001,2026-01-01,5.00"}, []string{"id.ruined"}, "1.23457E+17"},
		{"the future", []string{"B1,001,2099-01-01,5.00"}, []string{"order.future"}, "2099-01-01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			// The bad rows stand in the middle: those after them must not suffer.
			all := slices.Concat(good[:30], c.bad, good[30:])
			in := d.take("orders", d.write("f.csv", lines(all...)), "w")
			if n := in.Report.Counts; n.Accepted != len(good) || n.Refused != len(c.bad) || n.Duplicate != 0 {
				t.Errorf("counts %+v", n)
			}
			var codes []string
			for i, r := range in.Report.Refusals {
				codes = append(codes, r.Code)
				if r.Line != 32+i || c.value != "" && (r.Value != c.value || r.Column == "") {
					t.Errorf("refusal %+v, want line %d, a column and value %q", r, 32+i, c.value)
				}
			}
			if !slices.Equal(codes, c.codes) {
				t.Errorf("codes %v, want %v", codes, c.codes)
			}
		})
	}
}

// Of two columns that could each be the amount, one is taken and the other named.
func TestTwoAmountsAreSaid(t *testing.T) {
	t.Parallel()
	for _, heads := range [][2]string{{"金额", "总额"}, {"订单金额", "实付金额"}, {"amount", "total"}} {
		d := newDesk(t)
		in := d.take("orders", d.write("f.csv", "订单编号,会员卡号,付款时间,"+heads[0]+","+heads[1]+"\n"+strings.Join(twoAmounts(), "\n")), "w")
		said := false
		for _, n := range in.Report.Notes {
			said = said || containsAll(n.ZH, heads[1]) && containsAll(n.EN, heads[1])
		}
		if !said {
			t.Errorf("%v: which one was taken is not said: %v", heads, in.Report.Notes)
		}
	}
}

// The same rows in every encoding that exports come in.
func TestEncodings(t *testing.T) {
	t.Parallel()
	text := lines(rows(30)...)
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	var wide []byte
	for _, u := range utf16.Encode([]rune(byteOrderMark + text)) {
		wide = binary.LittleEndian.AppendUint16(wide, u)
	}
	foreign, err := simplifiedchinese.GB18030.NewEncoder().String("B1,张三,2026-01-01,5.00\n")
	if err != nil {
		t.Fatal(err)
	}
	want := newDesk(t)
	plain := want.json("analyze", want.write("f.csv", text))
	for name, body := range map[string]string{
		"bom": byteOrderMark + text, "gb18030": gb, "utf-16": string(wide), "cr": strings.ReplaceAll(text, "\n", "\r"),
		"crlf": strings.ReplaceAll(text, "\n", "\r\n"), "semicolons": strings.ReplaceAll(text, ",", ";"), "tabs": strings.ReplaceAll(text, ",", "\t"),
	} {
		d := newDesk(t)
		alike(t, name, plain, d.json("analyze", d.write("f.csv", body)))
	}
	d := newDesk(t)
	in := d.take("orders", d.write("mixed.csv", text+foreign), "w")
	said := false
	for _, n := range in.Report.Notes {
		said = said || strings.Contains(n.EN, "GB18030")
	}
	if in.Report.Counts.Accepted != 31 || !said {
		t.Errorf("mixed encodings: %+v, notes %v", in.Report.Counts, in.Report.Notes)
	}
}

// Three hundred columns beside those that matter do no harm.
func TestManyColumns(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(lines(rows(30)...)), "\n") {
		b.WriteString(line)
		for c := range 300 {
			if i == 0 {
				fmt.Fprintf(&b, ",自定义字段%d", c)
			} else {
				b.WriteString(",无")
			}
		}
		b.WriteString("\n")
	}
	if in := d.take("orders", d.write("f.csv", b.String()), "w"); in.Report.Counts.Accepted != 30 || in.Report.Counts.Refused != 0 {
		t.Errorf("%+v %+v", in.Report.Counts, in.Report.Refusals)
	}
}

func TestBadCommands(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := d.write("f.csv", lines(rows(30)...))
	for _, args := range [][]string{
		{"analyse"}, {"import", "ordrs", file}, {"import", "orders"}, {"import", "orders", file, file}, {"analyze", file, "--frobnicate"},
		{"analyze", file, "--workspace", "w"}, {"analyze", file, "--money", "brutto"}, {"analyze", file, "--margin", "35"}, {"analyze", file, "--margin", "NaN"},
		{"analyze", file, "--window", "abc"}, {"import", "orders", file, "--rows", "columns"}, {"import", "orders", file, "--status", "x=maybe"},
		{"analyze", file, "--rates", "USD=-1"}, {"analyze", file, "--rates", "USD=NaN"}, {"demo", "--customers", "0"}, {"demo", "--customers", "-5"}, {"lifecycle", "calibrat"},
		{"backup"}, {"restore"}, {"version", "now"}, {"analyze", file, "--seed", "-1"}, {"analyze", file, "--delimiter", "ab"},
	} {
		d.refused("usage", 2, args...)
	}
	d.refused("day.format", 2, "analyze", file, "--as-of", "yesterday")
	d.refused("day.format", 2, "lifecycle", "calibrate", "--event", "soon=x")
	d.refused("file.not_found", 3, "analyze", file, "--rules", filepath.Join(d.work, "absent.yaml"))
	d.refused("lifecycle.rules_syntax", 2, "analyze", file, "--rules", d.write("bad.yaml", "stages: [{"))
	d.refused("file.no_directory", 3, "analyze", file, "--html", filepath.Join(d.work, "absent", "page.html"))
	d.refused("dir.not_found", 3, "import", "list")
	if r := d.run("version", "--lang", "fr"); r.code != 2 || !strings.Contains(r.err, "usage") {
		t.Errorf("--lang fr: %d %s", r.code, r.err)
	}
	if _, err := os.Stat(d.dir); err == nil {
		t.Error("wrong commands made a data directory")
	}
	// A file in the place of the data directory, and a place that cannot be.
	other := d.elsewhere("a file")
	if err := os.WriteFile(other.dir, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	other.refused("dir.not_directory", 2, "import", "orders", file)
	below := *other
	below.dir = filepath.Join(other.dir, "below")
	below.refused("dir.not_writable", 5, "import", "orders", file)
	if b, err := os.ReadFile(other.dir); err != nil || string(b) != "mine" {
		t.Errorf("the file is now %q (%v)", b, err)
	}
	if os.Geteuid() == 0 {
		t.Log("root may write everywhere: a directory without the right to write is not tried")
		return
	}
	closed := d.elsewhere("closed")
	if err := os.Mkdir(closed.dir, 0o500); err != nil {
		t.Fatal(err)
	}
	closed.refused("dir.not_writable", 5, "import", "orders", file)
}

// What is wrong with a command line is told in the person's language, by what was
// typed and what was expected, and never in the words of a library.
func TestUsageSpeaksChinese(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"analyse"}, []string{"没有", "analyse", "perennial analyze"}},
		{[]string{"import", "ordrs"}, []string{"没有", "ordrs", "perennial import orders"}},
		{[]string{"import", "ordrs", "f.csv", "--workspace", "w"}, []string{"没有", "ordrs"}},
		{[]string{"import", "orders"}, []string{"缺", "FILE"}},
		{[]string{"import", "undo"}, []string{"缺", "ID"}},
		{[]string{"version", "now"}, []string{"now"}},
		{[]string{"analyze", "f.csv", "--frobnicate"}, []string{"没有", "--frobnicate"}},
		{[]string{"analyze", "f.csv", "-x"}, []string{"没有", "-x"}},
		{[]string{"analyze", "f.csv", "--html"}, []string{"--html", "值"}},
		{[]string{"analyze", "f.csv", "--window", "abc"}, []string{"--window", "abc", "整数"}},
		{[]string{"analyze", "f.csv", "--margin", "a third"}, []string{"--margin", "a third", "数"}},
		{[]string{"analyze", "f.csv", "--textbook=maybe"}, []string{"--textbook", "maybe", "true"}},
	} {
		d.refused("usage", 2, c.args...)
		r := d.run(c.args...)
		for _, want := range c.want {
			if !strings.Contains(r.err, want) {
				t.Errorf("%s: %s, want %s", r.line(), r.err, want)
			}
		}
		for _, raw := range []string{"unknown", "flag", "arg(s)", "invalid", "strconv", "argument"} {
			if strings.Contains(r.err, raw) {
				t.Errorf("%s: %s", r.line(), r.err)
			}
		}
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, args := range [][]string{
		nil, {"analyze"}, {"import"}, {"import", "orders"}, {"import", "customers"}, {"import", "products"}, {"import", "list"}, {"import", "undo"},
		{"import", "refusals"}, {"demo"}, {"lifecycle"}, {"lifecycle", "rules"}, {"lifecycle", "calibrate"}, {"backup"}, {"restore"}, {"doctor"}, {"version"},
	} {
		if r := d.good(append(args, "--help")...); !strings.Contains(r.out, "--dir") || !strings.Contains(r.out, "--json") || !strings.Contains(r.out, "--lang") {
			t.Errorf("%s: %s", r.line(), r.out)
		}
	}
	if doc := d.json("version"); at(doc, "version") == nil {
		t.Errorf("version: %v", doc)
	}
}
