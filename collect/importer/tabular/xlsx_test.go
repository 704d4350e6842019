package tabular

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"perennial"
)

// workbookOf makes a workbook; fill writes into it.
func workbookOf(tb testing.TB, fill func(f *excelize.File, set func(sheet, cell string, v any))) []byte {
	tb.Helper()
	f := excelize.NewFile()
	fill(f, func(sheet, cell string, v any) {
		if f.GetSheetName(0) == "Sheet1" && sheet != "Sheet1" {
			if i, _ := f.GetSheetIndex(sheet); i < 0 {
				if _, err := f.NewSheet(sheet); err != nil {
					tb.Fatal(err)
				}
			}
		}
		if err := f.SetCellValue(sheet, cell, v); err != nil {
			tb.Fatal(err)
		}
	})
	var buf bytes.Buffer
	if err := f.Write(&buf); err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes()
}

func TestXLSX(t *testing.T) {
	when := time.Date(2010, 12, 1, 8, 26, 0, 0, time.UTC)
	data := workbookOf(t, func(f *excelize.File, set func(sheet, cell string, v any)) {
		set("说明", "A1", "这里是说明")
		set("说明", "A2", "第二行")
		s := "订单"
		set(s, "A1", "某某旗舰店 2010 年订单")
		f.MergeCell(s, "A1", "H1")
		for i, h := range []string{"订单号", "客户", "下单时间", "日期", "金额", "会员", "时刻", "备注"} {
			set(s, fmt.Sprintf("%c3", 'A'+i), h)
		}
		set(s, "A4", "00123")
		set(s, "B4", "张三 & <李四>")
		set(s, "C4", when)
		set(s, "D4", 40513)
		set(s, "E4", 29.33)
		set(s, "F4", true)
		set(s, "G4", 0.5)
		set(s, "A5", 123456789012345)
		set(s, "E5", 0.1+0.2)
		set(s, "H5", " x\ny ")
		f.SetCellDefault(s, "A6", "12345678901234567")
		set(s, "B6", "王五")
		f.SetCellDefault(s, "E6", "1.23457E+17")
		set(s, "B8", "赵六")
		set(s, "E8", 1)
		f.MergeCell(s, "B8", "B9")
		set(s, "E9", 2)
		set(s, "E10", 32.33)
		set(s, "A10", "合计")
		f.MergeCell(s, "A10", "D10")
		format := `yyyy"年"m"月"d"日"`
		style, _ := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		f.SetCellStyle(s, "D4", "D4", style)
		clock, _ := f.NewStyle(&excelize.Style{NumFmt: 20})
		f.SetCellStyle(s, "G4", "G4", clock)
		f.DeleteSheet("Sheet1")
	})
	got := readBytes(t, "orders.xlsx", data, Options{})
	f := got.file
	if f.Sheet != "订单" || strings.Join(f.Header, ",") != "订单号,客户,下单时间,日期,金额,会员,时刻,备注" || f.HeaderLine != 3 {
		t.Fatalf("%q %q line %d", f.Sheet, f.Header, f.HeaderLine)
	}
	want := `["00123" "张三 & <李四>" "2010-12-01 08:26:00" "2010-12-01" "29.33" "true" "12:00:00" ""]
["123456789012345" "" "" "" "0.3" "" "" " x\ny "]
["12345678901234567" "王五" "" "" "123457000000000000" "" "" ""]
["" "赵六" "" "" "1" "" "" ""]
["" "赵六" "" "" "2" "" "" ""]
`
	if show(got.rows) != want || fmt.Sprint(got.lines) != "[4 5 6 8 9]" {
		t.Errorf("%s%v", show(got.rows), got.lines)
	}
	if k := fmt.Sprint(got.kinds[0]); k != fmt.Sprint([]Kind{KindText, KindText, KindTime, KindTime, KindNumber, KindBool, KindText, KindEmpty}) {
		t.Error(k)
	}
	for code, count := range map[string]int{"sheet.chosen": 2, "header.titles_skipped": 1, "sheet.merged": 2, "rows.summary": 1} {
		if n := got.note(code); n == nil || n.Count != count {
			t.Errorf("%s: %+v", code, n)
		}
	}
	var b Batch
	f, err := openBytes(t, "orders.xlsx", data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Next(&b); err != nil {
		t.Fatal(err)
	}
	if at, ok := b.Time(0, 2); !ok || !at.Equal(when) {
		t.Error(at, ok)
	}
	for row, lossy := range []bool{false, false, true} {
		if b.Lossy(row, 0) != lossy {
			t.Errorf("row %d: lossy %t", row, !lossy)
		}
	}
	if !b.Lossy(2, 4) || b.Lossy(0, 4) {
		t.Error("1.23457E+17 is ruined, 29.33 is not")
	}

	got = readBytes(t, "orders.xlsx", data, Options{Sheet: "说明", HeaderRow: 1})
	if fmt.Sprint(got.file.Header, got.rows) != "[这里是说明] [[第二行]]" {
		t.Error(got.file.Header, got.rows)
	}
	if _, err := openBytes(t, "orders.xlsx", data, Options{Sheet: "退款"}); perennial.CodeOf(err) != "file.sheet_missing" || !strings.Contains(err.Error(), "订单") {
		t.Error(err)
	}
	for _, how := range []string{"gzip", "zip"} {
		again := readBytes(t, "orders.xlsx", packNamed(t, how, "orders.xlsx", data), Options{})
		if show(again.rows) != want {
			t.Errorf("%s: %s", how, show(again.rows))
		}
	}
}

func packNamed(tb testing.TB, how, name string, data []byte) []byte {
	if how == "zip" {
		return zipOf(tb, name, string(data))
	}
	return pack(tb, how, data)
}

func TestXLSXOddities(t *testing.T) {
	// Written by hand: prefixes, no cell references, inline and rich strings,
	// escapes, formulas without value, errors, rows out of the header's width,
	// the 1904 calendar, a two-line header merged downwards.
	rels := `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	book := zipOf(t,
		"_rels/.rels", rels+`<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="/xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", `<workbook xmlns:r="x"><workbookPr date1904="1"/><sheets><sheet name="Hidden" state="hidden" sheetId="1" r:id="a"/><sheet name="Data" sheetId="2" r:id="b"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", rels+`<Relationship Id="a" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="b" Type="x/worksheet" Target="worksheets\Sheet2.xml"/><Relationship Id="c" Type="x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="d" Type="x/styles" Target="styles.xml"/></Relationships>`,
		"xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[$-804]yyyy/m/d\ h:mm;@"/><numFmt numFmtId="165" formatCode="[h]:mm"/><numFmt numFmtId="166" formatCode="0.00&quot;days&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/></cellXfs></styleSheet>`,
		"xl/sharedStrings.xml", `<x:sst xmlns:x="y"><x:si><x:t>order</x:t></x:si><x:si><x:r><x:t xml:space="preserve">am</x:t></x:r><x:r><x:t>ount</x:t></x:r><x:rPh><x:t>no</x:t></x:rPh></x:si><x:si><x:t/></x:si></x:sst>`,
		"xl/worksheets/sheet1.xml", `<worksheet><sheetData/></worksheet>`,
		"xl/worksheets/sheet2.xml", `<?xml version="1.0"?><!-- > --><x:worksheet xmlns:x="y"><x:dimension ref="A1"/><x:sheetData>
<x:row><x:c t="s"><x:v>0</x:v></x:c><x:c t="inlineStr"><x:is><x:t>money</x:t></x:is></x:c><x:c/><x:c t="inlineStr"><x:is><x:t>when</x:t></x:is></x:c></x:row>
<x:row r="2"><x:c/><x:c t="s"><x:v>1</x:v></x:c><x:c t="inlineStr"><x:is><x:t>note</x:t></x:is></x:c></x:row>
<x:row r="3"><x:c r="A3" t="str"><x:f>"a"</x:f><x:v>A_x000D_1</x:v></x:c><x:c r="B3"><x:v>29.330000000000002</x:v></x:c><x:c r="D3" s="2"><x:v>39051.351388888892</x:v></x:c></x:row>
<x:row r="5"><x:c r="A5" t='inlineStr'><x:is><x:t><![CDATA[A<2>]]>&#65;&#x42;&amp;</x:t></x:is></x:c><x:c r="B5"><x:f>SUM(B3)</x:f></x:c><x:c r="C5" t="e"><x:v>#N/A</x:v></x:c><x:c r="D5" s="3"><x:v>1.5</x:v></x:c></x:row>
<x:row r="6"><x:c r="A6" t="s"><x:v>99</x:v></x:c><x:c r="C6" t="s"><x:v>2</x:v></x:c></x:row>
<x:row r="7"><x:c r="A7"><x:v>7</x:v></x:c><x:c r="F7"><x:v>1</x:v></x:c></x:row>
<x:row r="8"><x:c r="A8" t="d"><x:v>2024-05-01T00:00:00</x:v></x:c><x:c r="B8" s="4"><x:v>1E-3</x:v></x:c></x:row>
</x:sheetData><x:mergeCells count="3"><x:mergeCell ref="A1:A2"/><x:mergeCell ref="B1:C1"/><x:mergeCell ref="D1:D2"/></x:mergeCells></x:worksheet>`)
	got := readBytes(t, "odd.xlsx", book, Options{})
	if strings.Join(got.file.Header, ",") != "order,amount,note,when" || got.file.HeaderLine != 2 || got.file.Sheet != "Data" {
		t.Errorf("%q %d %q", got.file.Header, got.file.HeaderLine, got.file.Sheet)
	}
	want := `["A\r1" "29.33" "" "2010-12-01 08:26:00"]
["A<2>AB&" "" "#N/A" "1.5"]
["2024-05-01" "0.001" "" ""]
`
	if show(got.rows) != want || fmt.Sprint(got.bad) != "[7 row.too_many_cells]" || got.file.Stats.Uncomputed != 1 {
		t.Errorf("%s%v %+v", show(got.rows), got.bad, got.file.Stats)
	}
	if k := got.kinds[1][2]; k != KindError {
		t.Error(k)
	}
	if got.note("rows.uncomputed") == nil || got.note("sheet.merged") != nil {
		t.Errorf("%+v", got.file.Notes)
	}
}

func TestXLSXDamaged(t *testing.T) {
	book := func(sheet string) []byte {
		return zipOf(t,
			"xl/workbook.xml", `<workbook><sheets><sheet name="S" id="a"/></sheets></workbook>`,
			"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="a" Type="x/worksheet" Target="s.xml"/></Relationships>`,
			"xl/s.xml", sheet)
	}
	row := `<row><c t="inlineStr"><is><t>x</t></is></c><c t="inlineStr"><is><t>y</t></is></c></row>`
	for sheet, code := range map[string]string{
		`<sheetData>` + row + row + `</sheetData>`:                   "",
		`<sheetData>` + row + row:                                    "file.corrupt",
		`<sheetData>` + row + `<row><c t="inlineStr"><is`:            "file.corrupt",
		`<sheetData>` + row + `</sheetData>`:                         "file.header_only",
		`<sheetData/>`:                                               "file.empty",
		`<sheetData>` + strings.Repeat("<row/>", 9) + `</sheetData>`: "file.empty",
	} {
		if _, err := openBytes(t, "a.xlsx", book(sheet), Options{}); perennial.CodeOf(err) != code {
			t.Errorf("%s: %v, want %q", sheet, err, code)
		}
	}
	// Beyond the sample the rows before the damage are handed on first.
	f, err := openBytes(t, "a.xlsx", book(`<sheetData>`+strings.Repeat(row, 9_000)), Options{HeaderRow: 1})
	if err != nil {
		t.Fatal(err)
	}
	got := readAll(t, f)
	if len(got.rows) != 0 || got.file.Stats.RepeatedHeader != 8_999 || perennial.CodeOf(got.err) != "file.corrupt" {
		t.Errorf("%d rows, %+v, %v", len(got.rows), got.file.Stats, got.err)
	}
	var buf bytes.Buffer
	plain := excelize.NewFile()
	if err := plain.Write(&buf, excelize.Options{Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	if _, err := openBytes(t, "a.xlsx", buf.Bytes(), Options{}); perennial.CodeOf(err) != "file.encrypted" {
		t.Errorf("with a password: %v", err)
	}
}

func TestSerialTime(t *testing.T) {
	for _, c := range []struct {
		serial float64
		d1904  bool
		want   string
	}{
		{1, false, "1900-01-01"}, {59, false, "1900-02-28"}, {61, false, "1900-03-01"}, {40513, false, "2010-12-01"},
		{40513.351388888892, false, "2010-12-01 08:26:00"}, {45292.999999999, false, "2024-01-02"}, {39051, true, "2010-12-01"},
		{40513.3513889005, false, "2010-12-01 08:26:00.001"},
	} {
		at, ok := serialTime(c.serial, c.d1904)
		if got := string(appendTime(nil, at, true)); !ok || got != c.want {
			t.Errorf("%v: %s, want %s", c.serial, got, c.want)
		}
	}
	for _, bad := range []float64{-1, 2958466, 1e300} {
		if _, ok := serialTime(bad, false); ok {
			t.Errorf("%v is a date", bad)
		}
	}
}

func TestFormatOf(t *testing.T) {
	for code, want := range map[string]cellFormat{
		"General": plainNumber, "0.00": plainNumber, "#,##0.00_);[Red](#,##0.00)": plainNumber, `0"d"`: plainNumber, "@": plainNumber, "[h]:mm:ss": plainNumber,
		"yyyy-mm-dd": dateFormat, "m/d/yy h:mm": dateFormat, `[$-804]yyyy"年"m"月";@`: dateFormat, "mmm": dateFormat, "dd.mm.yyyy": dateFormat, `yyyy\-mm\-dd\ hh:mm:ss`: dateFormat,
		"h:mm": clockFormat, "mm:ss.0": clockFormat, "h:mm AM/PM": clockFormat, `¥#,##0`: plainNumber, "0%": plainNumber, "0.00E+00": plainNumber,
	} {
		if got := formatOf(code); got != want {
			t.Errorf("%q: %d, want %d", code, got, want)
		}
	}
}
