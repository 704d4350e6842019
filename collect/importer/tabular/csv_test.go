package tabular

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCSV(t *testing.T) {
	for _, c := range []struct {
		name   string
		text   string
		header string
		rows   string
		lines  string
		bad    string
	}{
		{"plain", "id,name\na1,x\na2,y\n", "id,name", "[[a1 x] [a2 y]]", "[2 3]", "[]"},
		{"no end", "id,name\na1,x\na2,y", "id,name", "[[a1 x] [a2 y]]", "[2 3]", "[]"},
		{"crlf", "id,name\r\na1,x\r\na2,y\r\n", "id,name", "[[a1 x] [a2 y]]", "[2 3]", "[]"},
		{"cr", "id,name\ra1,x\ra2,y\r", "id,name", "[[a1 x] [a2 y]]", "[2 3]", "[]"},
		{"mixed", "id,name\r\na1,x\ra2,y\na3,z", "id,name", "[[a1 x] [a2 y] [a3 z]]", "[2 3 4]", "[]"},
		{"blank lines", "id,name\n\na1,x\n   \n,\na2,y\n\n\n", "id,name", "[[a1 x] [a2 y]]", "[3 6]", "[]"},
		{"dos end", "id,name\na1,x\n\x1A", "id,name", "[[a1 x]]", "[2]", "[]"},
		{"quotes", "id,name\na1,\"x,y\"\na2,\"say \"\"hi\"\"\"\na3,\"\"\n", "id,name", `[[a1 x,y] [a2 say "hi"] [a3 ]]`, "[2 3 4]", "[]"},
		{"quoted newline", "id,name,n\na1,\"x\ny\",1\na2,z,2\n", "id,name,n", "[[a1 x\ny 1] [a2 z 2]]", "[2 4]", "[]"},
		{"quoted header", "\"id\",\"the\nname\"\na1,x\n", "id,the name", "[[a1 x]]", "[3]", "[]"},
		{"blanks around quotes", "id,name\na1,\"x\" \n\"a2\" ,y\n", "id,name", "[[a1 x] [a2 y]]", "[2 3]", "[]"},
		{"stray quote", "id,name\na1,5\" tablet\na2,x\"\n", "id,name", "[[a1 5\" tablet] [a2 x\"]]", "[2 3]", "[]"},
		{"excel text", "id,name\n=\"001\",x\n", "id,name", "[[=\"001\" x]]", "[2]", "[]"},
		{"wrong quote", "id,name,n\na1,x,1\na2,\"y\"z,2\na3,w,3\n", "id,name,n", "[[a1 x 1] [a3 w 3]]", "[2 4]", "[3 row.quote]"},
		{"unclosed quote", "id,name,n\na1,\"x,1\na2,y,2\na3,z,3\n", "id,name,n", "[[a2 y 2] [a3 z 3]]", "[3 4]", "[2 row.quote]"},
		{"unclosed among quoted", "id,name,n\na1,\"x,1\na2,\"y\",2\na3,\"z\",3\n", "id,name,n", "[[a2 y 2] [a3 z 3]]", "[3 4]", "[2 row.quote]"},
		{"unclosed, closed by a later line", "id,name,n\na1,\"x,1\na2,y,2\na3,z\",3\n", "id,name,n", "[[a1 x,1\na2,y,2\na3,z 3]]", "[2]", "[]"},
		{"unclosed at the end", "id,name,n\na1,x,1\na2,\"y,2", "id,name,n", "[[a1 x 1]]", "[2]", "[3 row.quote]"},
		{"short and long rows", "id,name,n\na1\na2,y,2,,\na3,z,3,4\n", "id,name,n", "[[a1  ] [a2 y 2]]", "[2 3]", "[4 row.too_many_cells]"},
		{"nul", "id,name\na1,x\x00y\na2,z\n", "id,name", "[[a2 z]]", "[3]", "[2 row.nul]"},
		{"semicolons", "Kunde;Betrag\nA;1,50\nB;2,75\n", "Kunde,Betrag", "[[A 1,50] [B 2,75]]", "[2 3]", "[]"},
		{"pipes", "id|tags\na|x,y\nb|y,z\n", "id,tags", "[[a x,y] [b y,z]]", "[2 3]", "[]"},
		{"tabs", "id\tname\na\t\"x\"\nb\t\"y\" is it\nc\tz\n", "id,name", "[[a x] [b \"y\" is it] [c z]]", "[2 3 4]", "[]"},
		{"one column", "email\na@b.c\nd@e.f\n", "email", "[[a@b.c] [d@e.f]]", "[2 3]", "[]"},
		{"blanks", " 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  2   29.73\r\n", "column_1,column_2,column_3,column_4,column_5",
			"[[00004 0001 19970101 2 29.33] [00004 0001 19970118 2 29.73]]", "[1 2]", "[]"},
		{"titles", "某某旗舰店订单,,\n导出时间:2024-01-01,,\n\n订单号,客户,金额\n1001,张三,10\n1002,李四,20\n", "订单号,客户,金额", "[[1001 张三 10] [1002 李四 20]]", "[5 6]", "[]"},
		{"titles in one cell", "某某旗舰店订单\n订单号,客户,金额\n1001,张三,10\n", "订单号,客户,金额", "[[1001 张三 10]]", "[3]", "[]"},
		{"totals", "订单号,客户,金额\n1,张三,10\n小计,,10\n2,李四,20\n合计：,,30\n", "订单号,客户,金额", "[[1 张三 10] [2 李四 20]]", "[2 4]", "[]"},
		{"total in English", "order,customer,amount\n1,Ann,10\n,Grand Total,10\n", "order,customer,amount", "[[1 Ann 10]]", "[2]", "[]"},
		{"no total", "order,customer,city,amount\n1,Total,Rome,10\nTotal,Ann,Rome,10\n", "order,customer,city,amount", "[[1 Total Rome 10] [Total Ann Rome 10]]", "[2 3]", "[]"},
		{"header again", "id,n\na,1\nid,n\nb,2\n", "id,n", "[[a 1] [b 2]]", "[2 4]", "[]"},
		{"no header", "536365,WHITE HEART,6,2.55\n536366,RED HEART,2,3.10\n", "column_1,column_2,column_3,column_4", "[[536365 WHITE HEART 6 2.55] [536366 RED HEART 2 3.10]]", "[1 2]", "[]"},
		{"names", " 金额 ,金额,,\"收货\n地址\"\n1,2,3,北京\n", "金额,金额_2,column_3,收货 地址", "[[1 2 3 北京]]", "[3]", "[]"},
		{"trailing separators", "id,n,,\na,1,,\nb,2,,\n", "id,n", "[[a 1] [b 2]]", "[2 3]", "[]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := readBytes(t, "a.csv", []byte(c.text), Options{})
			if h := strings.Join(got.file.Header, ","); h != c.header {
				t.Errorf("header %q, want %q", h, c.header)
			}
			if fmt.Sprint(got.rows) != c.rows || fmt.Sprint(got.lines) != c.lines || fmt.Sprint(got.bad) != c.bad {
				t.Errorf("rows %q %v bad %v", got.rows, got.lines, got.bad)
			}
			if got.file.Named != (got.file.HeaderLine > 0) {
				t.Error("named but without a line, or the other way round")
			}
		})
	}
}

func TestCSVNotes(t *testing.T) {
	got := readBytes(t, "a.csv", []byte("订单导出\n订单号,金额,金额\n1,2,3\n订单号,金额,金额\n合计,,3\n,,\n4,5,6\n"), Options{})
	for code, count := range map[string]int{
		"header.titles_skipped": 1, "header.repeated_names": 1, "rows.summary": 1, "rows.repeated_header": 1,
	} {
		if n := got.note(code); n == nil || n.Count != count || n.Text.IsZero() {
			t.Errorf("%s: %+v", code, n)
		}
	}
	if s := got.file.Stats; s.Rows != 2 || s.Blank != 1 || s.Read() != 2 {
		t.Errorf("%+v", s)
	}
	if n := readBytes(t, "a.csv", []byte("1,2\n3,4\n"), Options{}).note("header.none"); n == nil {
		t.Error("nobody said that there is no header")
	}
}

// A wrong quote in the middle of a large file costs its own row, wherever the
// ends of the reader's blocks fall.
func TestWrongQuoteCostsOneRow(t *testing.T) {
	const rows = 30_000
	for _, quoted := range []bool{false, true} {
		var text strings.Builder
		text.WriteString("id,name,amount\n")
		for i := range rows {
			switch {
			case i%5_000 == 2_500:
				fmt.Fprintf(&text, "%d,\"open,%d\n", i, i)
			case quoted:
				fmt.Fprintf(&text, "%d,\"name, %d\",%d\n", i, i, i)
			default:
				fmt.Fprintf(&text, "%d,name %d,%d\n", i, i, i)
			}
		}
		got := readBytes(t, "a.csv", []byte(text.String()), Options{})
		if got.file.Stats.Rows != rows-6 || got.file.Stats.Bad != 6 || got.bad[0] != "2502 row.quote" {
			t.Errorf("%+v %v", got.file.Stats, got.bad)
		}
	}
}

func TestLongLines(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	for _, end := range []string{"\n", "\r\n", "\r"} {
		text := strings.ReplaceAll("id,name\na,1\nb,"+long+"\nc,3\n\"d\",\""+long+"\"\ne,5\n", "\n", end)
		got := readBytes(t, "a.csv", []byte(text), Options{})
		if fmt.Sprint(got.rows) != "[[a 1] [c 3] [e 5]]" || fmt.Sprint(got.lines) != "[2 4 6]" || fmt.Sprint(got.bad) != "[3 row.too_long 5 row.too_long]" {
			t.Errorf("%q: %v %v %v", end, got.rows, got.lines, got.bad)
		}
	}
	// A line of just less than the limit is a row, and so is a quoted cell over
	// lines.
	fine := strings.Repeat("x", 1<<20-100)
	got := readBytes(t, "a.csv", []byte("id,name\na,"+fine+"\nb,\""+strings.Repeat("y\n", 90)+"\"\nc,3\n"), Options{})
	if len(got.rows) != 3 || len(got.bad) != 0 || len(got.rows[0][1]) != len(fine) {
		t.Errorf("%d rows, bad %v", len(got.rows), got.bad)
	}
	got = readBytes(t, "a.csv", []byte("id,name\na,12345678901234567890\nb,2\n"), Options{MaxLineBytes: 10})
	if fmt.Sprint(got.rows) != "[[b 2]]" || fmt.Sprint(got.bad) != "[2 row.too_long]" {
		t.Errorf("%v %v", got.rows, got.bad)
	}
}

func TestWideFile(t *testing.T) {
	var header, row []string
	for i := range 300 {
		header, row = append(header, fmt.Sprintf("name %c%d", 'a'+i%26, i/26)), append(row, fmt.Sprint(i))
	}
	text := strings.Join(header, ",") + "\n" + strings.Join(row, ",") + "\n"
	got := readBytes(t, "a.csv", []byte(text), Options{})
	if !slices.Equal(got.file.Header, header) || !slices.Equal(got.rows[0], row) {
		t.Errorf("%v %v", got.file.Header, got.rows)
	}
}

// anyCell makes cells of all that hurts.
func anyCell() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[a-z0-9 ]{0,8}`),
		rapid.SampledFrom([]string{"", `"`, `""`, `a"b`, "x\ny", "x\r\ny", "\r", "a,b", ";", "张三", "㐀𠀀", " ", "\t", "'", "=1", "1E5", "-", "é"}),
		rapid.StringN(0, 6, -1),
	)
}

// anyTable makes a header and rows, none of them blank or a total.
func anyTable(t *rapid.T, cell *rapid.Generator[string]) ([]string, [][]string) {
	width := rapid.IntRange(2, 6).Draw(t, "width")
	header := make([]string, width)
	for i := range header {
		header[i] = fmt.Sprintf("column %c", 'a'+i)
	}
	rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) []string {
		row := rapid.SliceOfN(cell, width, width).Draw(t, "cells")
		row[0] = rapid.StringMatching(`k[0-9]{1,6}`).Draw(t, "key")
		return row
	}), 1, 40).Draw(t, "rows")
	return header, rows
}

func TestCSVRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		header, rows := anyTable(rt, anyCell().Filter(func(s string) bool { return !strings.ContainsAny(s, "\x00\x1A") && strings.ToValidUTF8(s, "") == s }))
		delim := rapid.SampledFrom([]rune{',', ';', '\t', '|'}).Draw(rt, "delimiter")
		var buf bytes.Buffer
		w := csv.NewWriter(&buf)
		w.Comma = delim
		w.Write(header)
		w.WriteAll(rows)
		got := readBytes(t, "a.csv", buf.Bytes(), Options{Delimiter: delim, HeaderRow: 1})
		if !slices.Equal(got.file.Header, header) || show(got.rows) != show(rows) || len(got.bad) > 0 {
			rt.Fatalf("%q\n%s%v\nwant\n%s", buf.String(), show(got.rows), got.bad, show(rows))
		}
	})
}
