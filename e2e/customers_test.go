package e2e

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
	"github.com/xuri/excelize/v2"
)

// sheet is a table with a header.
type sheet struct {
	header []string
	rows   [][]string
}

// of returns the row of a customer by column name.
func (s sheet) of(t testing.TB, id string) map[string]string {
	t.Helper()
	for _, row := range s.rows {
		if row[0] != id {
			continue
		}
		out := map[string]string{}
		for i, h := range s.header {
			out[h] = row[i]
		}
		return out
	}
	t.Fatalf("there is no customer %s in %v …", id, s.rows[:min(3, len(s.rows))])
	return nil
}

const byteOrderMark = "\ufeff"

// readCSV reads a CSV file as Excel would and checks that it has a BOM.
func readCSV(t testing.TB, path string) sheet {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, ok := bytes.CutPrefix(b, []byte(byteOrderMark))
	if !ok {
		t.Errorf("%s has no byte order mark", filepath.Base(path))
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return sheet{rows[0], rows[1:]}
}

func readXLSX(t *testing.T, path string) sheet {
	t.Helper()
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0), excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		for len(rows[i]) < len(rows[0]) {
			rows[i] = append(rows[i], "")
		}
	}
	return sheet{rows[0], rows[1:]}
}

func readParquet(t *testing.T, path string) sheet {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(file, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	var s sheet
	fields := f.Schema().Fields()
	for _, field := range fields {
		s.header = append(s.header, field.Name())
	}
	for _, group := range f.RowGroups() {
		rows := group.Rows()
		buffer := make([]parquet.Row, 64)
		for {
			n, err := rows.ReadRows(buffer)
			for _, row := range buffer[:n] {
				cells := make([]string, len(fields))
				for _, v := range row {
					cells[v.Column()] = parquetText(v, fields[v.Column()])
				}
				s.rows = append(s.rows, cells)
			}
			if err != nil {
				break
			}
		}
		rows.Close()
	}
	return s
}

func parquetText(v parquet.Value, field parquet.Field) string {
	if v.IsNull() {
		return ""
	}
	if logical := field.Type().LogicalType(); logical != nil {
		switch kind := logical.Value.(type) {
		case *format.DateType:
			return time.Unix(int64(v.Int32())*86400, 0).UTC().Format(time.DateOnly)
		case *format.DecimalType:
			return strconv.FormatFloat(float64(v.Int64())/math.Pow10(int(kind.Scale)), 'f', int(kind.Scale), 64)
		}
	}
	return v.String()
}

// same compares cells as values: a spreadsheet keeps 12.50 as 12.5, a day as a
// serial number and yes as 1.
func same(a, b string) bool {
	if a == b {
		return true
	}
	a, b = value(a), value(b)
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX == nil && errY == nil {
		return math.Abs(x-y) <= 1e-9*max(1, math.Abs(x))
	}
	return a == b
}

func value(s string) string {
	switch strings.ToLower(s) {
	case "true", "是", "yes":
		return "1"
	case "false", "否", "no":
		return "0"
	}
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		return fmt.Sprint(int(day.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours()) / 24)
	}
	return s
}

func TestCustomersOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := d.write("orders.csv", shop{"A", 3_000, 400, 1}.csv())
	paths := map[string]string{}
	var doc object
	for _, ext := range []string{"csv", "xlsx", "parquet"} {
		paths[ext] = filepath.Join(d.work, "客户."+ext)
		doc = d.json("analyze", file, "--customers-out", paths[ext], "--lang", "en")
	}
	text, book, columns := readCSV(t, paths["csv"]), readXLSX(t, paths["xlsx"]), readParquet(t, paths["parquet"])
	want := int(number(t, doc, "data", "customers"))
	if len(text.rows) != want || len(book.rows) != want || len(columns.rows) != want {
		t.Fatalf("%d customers, but rows: csv %d, xlsx %d, parquet %d", want, len(text.rows), len(book.rows), len(columns.rows))
	}
	seen := map[string]bool{}
	for i := range text.rows {
		if id := text.rows[i][0]; seen[id] || len(id) != 6 {
			t.Errorf("customer %q twice, or without its leading zeros", id)
		}
		seen[text.rows[i][0]] = true
		for k, name := range text.header {
			if a, b, c := text.rows[i][k], book.rows[i][k], columns.rows[i][k]; !same(a, b) || !same(a, c) {
				t.Fatalf("row %d, %s: csv %q, xlsx %q, parquet %q", i, name, a, b, c)
			}
		}
	}
	for k, name := range text.header {
		if book.header[k] != name || columns.header[k] != name {
			t.Errorf("column %d: csv %q, xlsx %q, parquet %q", k, name, book.header[k], columns.header[k])
		}
	}
	chinese := filepath.Join(d.work, "中文.csv")
	d.good("analyze", file, "--customers-out", chinese, "--lang", "zh")
	if s := readCSV(t, chinese); !hanzi.MatchString(strings.Join(s.header, "")) || len(s.header) != len(text.header) {
		t.Errorf("a Chinese reader's columns: %v", s.header)
	}
	d.refused("file.unknown_format", 2, "analyze", file, "--customers-out", filepath.Join(d.work, "out.pdf"))
	d.clean()
}
