package tabular

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"perennial"
)

func TestCreate(t *testing.T) {
	day := perennial.DayOf(2026, time.June, 30)
	amount := func(minor perennial.Money) perennial.Amount { return perennial.Currency("CNY").Amount(minor) }
	columns := []Column{{Name: "会员卡号"}, {Name: "orders"}, {Name: "score"}, {Name: "last_day"}, {Name: "money"}, {Name: "alive"}, {Name: "later", Type: AmountType}}
	values := [][]any{
		{"00123", int64(3), 0.25, day, amount(123450), true, nil},
		{"=cmd|' /C calc'!A0", 12, math.NaN(), nil, amount(-5), false, nil},
		{"-12.5", int64(9007199254740993), 1e-7, perennial.DayOf(1900, time.January, 1), nil, nil, amount(700)},
		{"a,\"b\"\nc", nil, nil, nil, nil, nil, nil},
	}
	want := map[string]string{
		".csv": `["00123" "3" "0.25" "2026-06-30" "1234.50" "true" ""]
["'=cmd|' /C calc'!A0" "12" "" "" "-0.05" "false" ""]
["-12.5" "9007199254740993" "0.0000001" "1900-01-01" "" "" "7.00"]
["a,\"b\"\nc" "" "" "" "" "" ""]
`,
		".xlsx": `["00123" "3" "0.25" "2026-06-30" "1234.5" "true" ""]
["=cmd|' /C calc'!A0" "12" "" "" "-0.05" "false" ""]
["-12.5" "9007199254740993" "0.0000001" "1900-01-01" "" "" "7"]
["a,\"b\"\nc" "" "" "" "" "" ""]
`,
		".parquet": `["00123" "3" "0.25" "2026-06-30" "1234.50" "true" ""]
["=cmd|' /C calc'!A0" "12" "" "" "-0.05" "false" ""]
["-12.5" "9007199254740993" "0.0000001" "1900-01-01" "" "" "7.00"]
["a,\"b\"\nc" "" "" "" "" "" ""]
`,
	}
	want[".tsv"] = want[".csv"]
	dir := t.TempDir()
	for ext, rows := range want {
		path := filepath.Join(dir, "客户"+ext)
		if err := os.WriteFile(path, []byte("older"), 0o640); err != nil {
			t.Fatal(err)
		}
		w, err := Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Header(columns...); err != nil {
			t.Fatal(ext, err)
		}
		for _, row := range values {
			if err := w.Row(row...); err != nil {
				t.Fatal(ext, err)
			}
		}
		if old, err := os.ReadFile(path); err != nil || string(old) != "older" {
			t.Errorf("%s: before Close the file is %q, %v", ext, old, err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(ext, err)
		}
		w.Abort()
		if err := w.Row(values[0]...); err == nil {
			t.Errorf("%s: a row after Close", ext)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if ext == ".csv" && !bytes.HasPrefix(data, bomUTF8) {
			t.Error("no byte order mark")
		}
		got := readBytes(t, path, data, Options{HeaderRow: 1})
		if ext == ".parquet" {
			got = readBytes(t, path, data, Options{})
		}
		if show(got.rows) != rows || got.file.Header[0] != "会员卡号" || len(got.file.Header) != len(columns) {
			t.Errorf("%s: %q\n%s", ext, got.file.Header, show(got.rows))
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Error("left behind:", left)
	}
}

func TestParquetTypes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.parquet")
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w.Header(append(ColumnsOf("b", "a"), Column{"d", DayType}, Column{"m", AmountType})...)
	for i := range 3000 {
		var when, money any
		if i > 2000 {
			when, money = perennial.Day(i), perennial.Currency("CNY").Amount(5)
		}
		v := any(int64(i))
		if i == 5 {
			v = 0.5
		}
		if err := w.Row(v, "x", when, money); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(path)
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if s := strings.Join(strings.Fields(f.Schema().String()), " "); s != "message table { optional double b; optional binary a (STRING); optional int32 d (DATE); optional int64 m (DECIMAL(18,2)); }" {
		t.Error(s)
	}
}

func TestWriterErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := Create(filepath.Join(dir, "a.doc")); perennial.CodeOf(err) != "file.unknown_format" {
		t.Error(err)
	}
	if _, err := Create(filepath.Join(dir, "none", "a.csv")); perennial.CodeOf(err) != "file.not_found" {
		t.Error(err)
	}
	for _, ext := range []string{".csv", ".xlsx", ".parquet"} {
		for _, use := range []func(w TableWriter) error{
			func(w TableWriter) error { return w.Row("x") },
			func(w TableWriter) error { w.Header(ColumnsOf("a")...); return w.Row("x", "y") },
			func(w TableWriter) error { w.Header(ColumnsOf("a")...); w.Row(struct{}{}); return w.Close() },
			func(w TableWriter) error { w.Header(ColumnsOf("a")...); w.Abort(); return w.Row("x") },
		} {
			w, err := Create(filepath.Join(dir, "a"+ext))
			if err != nil {
				t.Fatal(err)
			}
			if err := use(w); err == nil {
				t.Error(ext, "no error")
			}
			w.Abort()
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Error("left behind:", left)
	}
}

func TestWriteCSV(t *testing.T) {
	var buf bytes.Buffer
	err := WriteCSV(&buf, []string{"a", "b"}, [][]string{{"+8613800138000", "@x"}, {"-", "=1+1"}, {"", " y"}, {"\tz", "1,5"}, {"-Inf", "+1"}}, true)
	if want := "\uFEFFa,b\n+8613800138000,\"'@x\"\n\"'-\",\"'=1+1\"\n,\" y\"\n\"'\tz\",\"1,5\"\n\"'-Inf\",+1\n"; err != nil || buf.String() != want {
		t.Errorf("%q %v", buf.String(), err)
	}
	buf.Reset()
	WriteCSV(&buf, []string{"a"}, [][]string{{""}, {"x"}}, false)
	if buf.String() != "a\n\"\"\nx\n" {
		t.Errorf("%q", buf.String())
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, fmt.Errorf("no space") }

func TestWriteCSVFails(t *testing.T) {
	rows := make([][]string, 20_000)
	for i := range rows {
		rows[i] = []string{"some text"}
	}
	if err := WriteCSV(full{}, []string{"a"}, rows, false); err == nil {
		t.Error("no error from a full disk")
	}
}
