package tabular

import (
	"bytes"
	"io"
	"testing"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"
)

// fuzzRead opens and reads anything. Whatever it is: no panic, lines ascend,
// rows and errors are counted, and a batch stays within its bounds.
func fuzzRead(t *testing.T, name string, data []byte, opt Options) {
	opt.MaxExpanded, opt.MaxLineBytes = 64<<20, 64<<10
	f, err := openBytes(t, name, data, opt)
	if err != nil {
		return
	}
	defer f.Close()
	if len(f.Header) == 0 {
		t.Fatal("no columns")
	}
	for range 2 {
		var b Batch
		var rows, bad int64
		last := 0
		for {
			err := f.Next(&b)
			if err != nil && (b.Len() > 0 || len(b.Errors) > 0) {
				t.Fatal("rows came with an error")
			}
			if err != nil {
				break
			}
			if b.Len() > batchRows || len(b.Errors) > batchRows || b.Width() != len(f.Header) {
				t.Fatalf("a batch of %d rows, %d errors, %d columns", b.Len(), len(b.Errors), b.Width())
			}
			rows, bad = rows+int64(b.Len()), bad+int64(len(b.Errors))
			for r := range b.Len() {
				if b.Line(r) < last || b.Line(r) == last && f.Format != JSON {
					t.Fatalf("line %d after %d", b.Line(r), last)
				}
				last = b.Line(r)
				for c := range b.Width() {
					if !utf8.Valid(b.Cell(r, c)) {
						t.Fatalf("line %d: %q", last, b.Cell(r, c))
					}
					b.Time(r, c)
				}
			}
		}
		if f.Stats.Rows != rows || f.Stats.Bad != bad {
			t.Fatalf("%+v, but %d rows, %d bad", f.Stats, rows, bad)
		}
		if err := f.Rewind(); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{
		"id,name\n1,x\n", "id;name\r\n1;\"x\r\ny\"\r\n", "a\tb\rc\td\r", "a,b\n\"x,1\n\"y\"z,2\n", " 1 2\n 3 4\n", "a|b\n\"\"\"\"|\n合计|1\n", "a,b\n\x00,1\n\"\n",
	} {
		f.Add([]byte(s), byte(0))
		f.Add([]byte(s), byte(','))
	}
	f.Fuzz(func(t *testing.T, data []byte, delim byte) {
		fuzzRead(t, "a.csv", data, Options{Delimiter: rune(delim), Encoding: "utf-8"})
	})
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{
		`{"a":1,"b":{"c":[1,{"d":null}]}}` + "\n" + `{"a":"\u5f20\ud83d\ude00"}` + "\n", `[{"a":1.5e-3},{"b":true}]`, "{\n\"a\":\n1}\n{\"a\":2}", `[{"a":"]}"}`, `{"a":[[[[`, `{"":{"":""}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRead(t, "a.json", data, Options{}) })
}

func FuzzEncoding(f *testing.F) {
	text := "订单号,客户\n1,张三😀\n"
	for _, enc := range []string{"", "utf-8", "gb18030", "utf-16le", "utf-16be", "big5", "windows-1252"} {
		f.Add([]byte(text), enc)
		f.Add(gb(f, text), enc)
		f.Add(encodeUTF16(text, true, true), enc)
		f.Add(encodeUTF16(text, false, false)[1:], enc)
		f.Add(append([]byte(text), gb(f, text)...), enc)
	}
	f.Fuzz(func(t *testing.T, data []byte, enc string) { fuzzRead(t, "a.csv", data, Options{Encoding: enc}) })
}

// FuzzPacked takes anything by its first bytes: packings, archives, compound
// files.
func FuzzPacked(f *testing.F) {
	text := []byte("id,name\n1,x\n2,y\n")
	f.Add(pack(f, "gzip", text))
	f.Add(pack(f, "zstd", text))
	f.Add(pack(f, "zip", text))
	f.Add(zipOf(f, "a.csv", "a,b\n1,2\n", "b.csv", "x"))
	f.Add(ole("Workbook"))
	f.Add(ole("EncryptionInfo", "EncryptedPackage"))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRead(t, "a.bin", data, Options{}) })
}

func FuzzXLSX(f *testing.F) {
	book := workbookOf(f, func(b *excelize.File, set func(sheet, cell string, v any)) {
		set("Sheet1", "A1", "order")
		set("Sheet1", "B1", "amount")
		set("Sheet1", "A2", "x")
		set("Sheet1", "B2", 1.5)
		b.MergeCell("Sheet1", "A2", "A3")
		set("Sheet1", "B3", true)
	})
	f.Add(book, `<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>`)
	f.Add(book, `<sheetData><row><c t="inlineStr"><is><t>a</t></is></c><c s="1"><v>1E9</v></c></row></sheetData><mergeCells><mergeCell ref="A1:XFD9"/></mergeCells>`)
	f.Add([]byte(nil), `<sheetData><row r="9"><c r="XFD1"><v>1</v></c><c><f/></c></row><!-- <![CDATA[ ]]> --></sheetData>`)
	f.Fuzz(func(t *testing.T, data []byte, sheet string) {
		fuzzRead(t, "a.xlsx", data, Options{})
		// The archive hides what is inside from the fuzzer.
		fuzzRead(t, "a.xlsx", zipOf(t,
			"xl/workbook.xml", `<workbook><workbookPr/><sheets><sheet name="S" id="a"/></sheets></workbook>`,
			"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="a" Type="x/worksheet" Target="s.xml"/></Relationships>`,
			"xl/s.xml", sheet), Options{})
	})
}

func FuzzParquet(f *testing.F) {
	type row struct {
		ID   string   `parquet:"id,dict"`
		N    int64    `parquet:"n,decimal(2:18)"`
		Tags []string `parquet:"tags,list"`
	}
	var buf bytes.Buffer
	if err := parquet.Write(&buf, []row{{"a", 1, []string{"x", "y"}}, {"b", 2, nil}}); err != nil && err != io.EOF {
		f.Fatal(err)
	}
	f.Add(buf.Bytes())
	f.Add([]byte("PAR1PAR1"))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRead(t, "a.parquet", data, Options{}) })
}
