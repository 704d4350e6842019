package tabular

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// The same table reads equal from whatever file it is in.
func TestSameTable(t *testing.T) {
	dir := t.TempDir()
	cell := rapid.OneOf(
		rapid.SampledFrom([]string{"", "x", "张三", "a,b", `say "hi"`, "two\nlines", "it's", "007", "1.50", "𠀀", "€"}),
		rapid.StringMatching(`[a-zA-Z0-9一-龥]{1,12}`),
	)
	rapid.Check(t, func(rt *rapid.T) {
		header, rows := anyTable(rt, cell)
		// Keys of only digits below and no header: nothing to tell them apart.
		want := show(rows)
		plain := csvOf(header, rows, ',')
		files := map[string][]byte{
			"a.csv": plain, "a.tsv": csvOf(header, rows, '\t'), "semicolons.csv": csvOf(header, rows, ';'),
			"a.csv.gz": pack(t, "gzip", plain), "a.csv.zst": pack(t, "zstd", plain), "a.zip": pack(t, "zip", plain),
			"bom.csv": append(bytes.Clone(bomUTF8), plain...), "gb.csv": gb(t, string(plain)),
			"le.csv": encodeUTF16(string(plain), false, true), "be.csv": encodeUTF16(string(plain), true, true),
			"a.ndjson": jsonOf(rt, header, rows, false), "a.json": jsonOf(rt, header, rows, true),
		}
		for _, ext := range []string{".csv", ".xlsx", ".parquet"} {
			path := filepath.Join(dir, "written"+ext)
			w, err := Create(path)
			if err != nil {
				rt.Fatal(err)
			}
			columns := ColumnsOf(header...)
			for i := range columns {
				columns[i].Type = TextType
			}
			w.Header(columns...)
			for _, row := range rows {
				values := make([]any, len(row))
				for i, c := range row {
					values[i] = c
				}
				w.Row(values...)
			}
			if err := w.Close(); err != nil {
				rt.Fatal(err)
			}
			if files["written"+ext], err = os.ReadFile(path); err != nil {
				rt.Fatal(err)
			}
		}
		for name, data := range files {
			opt := Options{HeaderRow: 1}
			if strings.HasPrefix(name, "gb.") {
				opt.Encoding = "gb18030" // a few characters may read as anything
			}
			got := readBytes(t, name, data, opt)
			if !slices.Equal(got.file.Header, header) || show(got.rows) != want || len(got.bad) > 0 {
				rt.Fatalf("%s (%s %s): header %q, bad %v\n%swant\n%s", name, got.file.Format, got.file.Encoding, got.file.Header, got.bad, show(got.rows), want)
			}
		}
	})
}

func csvOf(header []string, rows [][]string, delim rune) []byte {
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	w.Comma = delim
	w.Write(header)
	w.WriteAll(rows)
	return buf.Bytes()
}

func jsonOf(rt *rapid.T, header []string, rows [][]string, array bool) []byte {
	var buf bytes.Buffer
	for i, row := range rows {
		if array {
			buf.WriteString([]string{"[", ","}[min(i, 1)])
		}
		buf.WriteByte('{')
		for k, name := range header {
			key, _ := json.Marshal(name)
			value, err := json.Marshal(row[k])
			if err != nil {
				rt.Fatal(err)
			}
			fmt.Fprintf(&buf, "%s%s: %s", []string{"", ", "}[min(k, 1)], key, value)
		}
		buf.WriteString("}\n")
	}
	if array {
		buf.WriteByte(']')
	}
	return buf.Bytes()
}

// The header is found wherever it stands and whatever stands above it.
func TestHeaderIsFound(t *testing.T) {
	headers := [][]string{
		{"订单号", "客户", "下单时间", "实付金额"},
		{"order_id", "customer", "created at", "total"},
		{"Order ID", "Customer", "City", "Country"},
	}
	values := []*rapid.Generator[string]{
		rapid.StringMatching(`[0-9]{8}`), rapid.StringMatching(`[a-z]{3,8}[0-9]?`),
		rapid.StringMatching(`2024-0[1-9]-1[0-9] 08:2[0-9]:00`), rapid.StringMatching(`[1-9][0-9]{0,3}\.[0-9]{2}`),
	}
	rapid.Check(t, func(rt *rapid.T) {
		header := rapid.SampledFrom(headers).Draw(rt, "header")
		titles := rapid.SliceOfN(rapid.SampledFrom([][]string{
			{"店铺订单导出"}, {"导出时间", "2024-06-01"}, {"", "", "", ""}, {"Report", "", "", ""}, {"制表人：", "王五", "", ""},
		}), 0, 5).Draw(rt, "titles")
		rows := append(slices.Clone(titles), header)
		for range rapid.IntRange(3, 30).Draw(rt, "rows") {
			row := make([]string, len(header))
			for i := range row {
				row[i] = values[i].Draw(rt, "value")
				if i > 1 && header[3] == "Country" {
					row[i] = rapid.SampledFrom([]string{"Rome", "Paris", "France", "Italy"}).Draw(rt, "place")
				}
			}
			rows = append(rows, row)
		}
		var buf bytes.Buffer
		w := csv.NewWriter(&buf)
		for _, r := range rows {
			w.Write(r)
		}
		w.Flush()
		got := readBytes(t, "a.csv", buf.Bytes(), Options{})
		if !slices.Equal(got.file.Header, header) {
			rt.Fatalf("header %q on line %d of\n%s", got.file.Header, got.file.HeaderLine, buf.String())
		}
		if want := len(rows) - len(titles) - 1; len(got.rows) != want {
			rt.Fatalf("%d rows, want %d", len(got.rows), want)
		}
	})
}

func TestIsValue(t *testing.T) {
	for s, want := range map[string]bool{
		"12": true, "-1.50": true, "¥1,234.50": true, "2024-01-01 08:00": true, "2024年1月1日": true, "a@b.c": true, "138****8000": true, "C536379": true, "１２": true,
		"金额": false, "金额(元)": false, "Order ID": false, "": false, "下单时间": false, "address1": false, "日期": false, "N/A": false,
	} {
		if isValue(s) != want {
			t.Errorf("%q", s)
		}
	}
	for _, r := range totalLabels {
		if !isTotal([]byte(r)) || strings.IndexFunc(r, unicode.IsUpper) >= 0 {
			t.Errorf("%q is no total", r)
		}
	}
	for s, want := range map[string]bool{"合计：": true, "合 计": true, " Total: ": true, "TOTAL (CNY)": true, "合计（元）": true, "Totally": false, "合计划": false, "summer": false, "张合计": false} {
		if isTotal([]byte(s)) != want {
			t.Errorf("%q", s)
		}
	}
}
