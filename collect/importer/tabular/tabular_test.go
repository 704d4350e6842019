package tabular

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"perennial"
)

// table is everything that a file gave.
type table struct {
	file  *File
	rows  [][]string
	kinds [][]Kind
	lines []int
	bad   []string // "line code"
	err   error    // other than io.EOF
}

func openBytes(tb testing.TB, name string, data []byte, opt Options) (*File, error) {
	tb.Helper()
	return open(tb.Context(), newSource(name, bytes.NewReader(data), int64(len(data))), opt)
}

// readAll reads a file to its end and checks what always holds.
func readAll(tb testing.TB, f *File) table {
	tb.Helper()
	out := table{file: f}
	var b Batch
	last := 0
	for {
		err := f.Next(&b)
		if err != nil {
			if b.Len() != 0 || len(b.Errors) != 0 {
				tb.Fatalf("a batch came with the error %v", err)
			}
			if err != io.EOF {
				out.err = err
			}
			break
		}
		if b.Len() == 0 && len(b.Errors) == 0 {
			tb.Fatal("an empty batch")
		}
		for r := range b.Len() {
			if b.Line(r) < last || b.Line(r) == last && f.Format != JSON {
				tb.Fatalf("line %d after line %d", b.Line(r), last)
			}
			last = b.Line(r)
			row, kinds := make([]string, b.Width()), make([]Kind, b.Width())
			for c := range row {
				row[c], kinds[c] = string(b.Cell(r, c)), b.Kind(r, c)
				if (row[c] == "") != (kinds[c] == KindEmpty) {
					tb.Fatalf("line %d column %d: %q is of kind %d", last, c, row[c], kinds[c])
				}
			}
			out.rows, out.kinds, out.lines = append(out.rows, row), append(out.kinds, kinds), append(out.lines, last)
		}
		for _, e := range b.Errors {
			if e.Sentence.IsZero() || e.Hint.IsZero() {
				tb.Errorf("%s says nothing", e.Code)
			}
			out.bad = append(out.bad, fmt.Sprintf("%d %s", e.Line, e.Code))
		}
	}
	if f.Stats.Rows != int64(len(out.rows)) || f.Stats.Bad != int64(len(out.bad)) {
		tb.Fatalf("%+v, but %d rows and %d errors", f.Stats, len(out.rows), len(out.bad))
	}
	return out
}

// readBytes opens and reads a file twice and checks that both times are equal.
func readBytes(tb testing.TB, name string, data []byte, opt Options) table {
	tb.Helper()
	f, err := openBytes(tb, name, data, opt)
	if err != nil {
		tb.Fatalf("open %s: %v", name, err)
	}
	defer f.Close()
	first := readAll(tb, f)
	notes := slices.Clone(f.Notes)
	if err := f.Rewind(); err != nil {
		tb.Fatal(err)
	}
	again := readAll(tb, f)
	if fmt.Sprint(first.rows, first.bad, first.lines) != fmt.Sprint(again.rows, again.bad, again.lines) || !slices.Equal(notes, f.Notes) {
		tb.Fatalf("read again it is another file:\n%v %v %v\n%v %v %v", first.rows, first.bad, notes, again.rows, again.bad, f.Notes)
	}
	return first
}

func (t table) note(code string) *Note {
	for i, n := range t.file.Notes {
		if n.Code == code {
			return &t.file.Notes[i]
		}
	}
	return nil
}

func show(rows [][]string) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%q\n", r)
	}
	return b.String()
}

func TestFileErrors(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, data []byte, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	secret := put("secret.csv", []byte("a,b\n1,2\n"), 0)
	for path, want := range map[string]string{
		filepath.Join(dir, "none.csv"): "file.not_found",
		dir:                            "file.is_directory",
		secret:                         "file.permission",
		os.DevNull:                     "file.not_regular",
	} {
		if path == secret && os.Geteuid() == 0 {
			continue // root may read everything
		}
		f, err := Open(t.Context(), path, Options{})
		if f != nil || perennial.CodeOf(err) != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	path := put("orders.csv", []byte("order,amount\n1,2\n"), 0o600)
	f, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, f); show(got.rows) != "[\"1\" \"2\"]\n" {
		t.Error(got.rows)
	}
	if err := errors.Join(f.Close(), f.Close()); err != nil {
		t.Error(err)
	}
	if err := f.Next(new(Batch)); !errors.Is(err, os.ErrClosed) {
		t.Error("after Close:", err)
	}
}

func TestBadFiles(t *testing.T) {
	noise := make([]byte, 40_000)
	state := uint32(1)
	for i := range noise {
		state = state*1664525 + 1013904223
		noise[i] = byte(state >> 24)
	}
	wide := strings.Repeat("a,", 16_384) + "b"
	long := strings.Repeat("x", 3<<20)
	xls := ole("Workbook", "SummaryInformation")
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty.csv", nil, "file.empty"},
		{"blank.csv", []byte(" \r\n\n\t\n"), "file.empty"},
		{"commas.csv", []byte(",,,\n,,,\n"), "file.empty"},
		{"bom.csv", bomUTF8, "file.empty"},
		{"header.csv", []byte("order_id,customer,amount\n"), "file.header_only"},
		{"header-no-end.csv", []byte("order_id,customer,amount"), "file.header_only"},
		{"titled-header.csv", []byte("订单导出\n\n订单号,客户,金额\n"), "file.header_only"},
		{"noise.csv", noise, "file.binary"},
		{"noise-small.csv", noise[:900], "file.binary"},
		{"a.pdf", []byte("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"), "file.binary"},
		{"a.png", []byte("\x89PNG\r\n\x1a\n0000"), "file.binary"},
		{"a.7z", []byte("7z\xBC\xAF\x27\x1C00000"), "file.compression_unsupported"},
		{"a.rar", []byte("Rar!\x1A\x07\x01\x00"), "file.compression_unsupported"},
		{"a.bz2", []byte("BZh91AY&SY"), "file.compression_unsupported"},
		{"orders.xls", xls, "file.xls_unsupported"},
		{"book.xlsx", ole("EncryptionInfo", "EncryptedPackage"), "file.encrypted"},
		{"letter.doc", ole("WordDocument"), "file.binary"},
		{"cut.xls", xls[:600], "file.xls_unsupported"},
		{"web.xls", []byte("<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><table><tr><td>订单号</td></tr></table></html>"), "file.html"},
		{"web16.xls", encodeUTF16("<!DOCTYPE html>\n<html><body><table></table></body></html>", false, true), "file.html"},
		{"xml.xls", []byte("<?xml version=\"1.0\"?>\n<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">"), "file.xml_spreadsheet"},
		{"a.xml", []byte("<?xml version=\"1.0\"?>\n<orders/>"), "file.xml"},
		{"wide.csv", []byte(wide + "\n" + wide + "\n"), "file.too_many_columns"},
		{"long.csv", []byte(long), "file.line_too_long"},
		{"cut.gz", pack(t, "gzip", []byte("a,b\n1,2\n"))[:6], "file.truncated"},
		{"cut.zst", pack(t, "zstd", bytes.Repeat([]byte("a,b\n1,2\n"), 99))[:9], "file.truncated"},
		{"cut.zip", pack(t, "zip", []byte("a,b\n1,2\n"))[:60], "file.truncated"},
		{"two.zip", zipOf(t, "一月.csv", "a,b\n1,2\n", "二月.csv", "a,b\n1,2\n"), "file.zip_several"},
		{"none.zip", zipOf(t, "folder/", "", "__MACOSX/._a.csv", "x", ".DS_Store", "x"), "file.zip_no_table"},
		{"empty.zip", zipOf(t), "file.zip_no_table"},
		{"locked.zip", locked(zipOf(t, "a.csv", "a,b\n1,2\n")), "file.encrypted"},
		{"a.ods", zipOf(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", "<x/>"), "file.ods_unsupported"},
		{"a.xlsb", zipOf(t, "[Content_Types].xml", "<x/>", "xl/workbook.bin", "x"), "file.xlsb_unsupported"},
		{"odd.xlsx", zipOf(t, "xl/workbook.xml", "not xml"), "file.corrupt"},
		{"a.parquet", []byte("PAR1 and no more"), "file.corrupt"},
		{"deep.gz", pack(t, "gzip", pack(t, "gzip", pack(t, "gzip", pack(t, "gzip", []byte("a,b\n1,2\n"))))), "file.nested"},
		{"open.json", []byte("[\n"), "file.truncated"},
		{"cut.json", []byte(`[{"a": 1, "b": `), "file.json_broken"},
		{"odd.json", []byte(`[{"a" 1}]`), "file.json_broken"},
		{"none.json", []byte("[]"), "file.empty"},
	} {
		f, err := openBytes(t, c.name, c.data, Options{})
		if f != nil || perennial.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
			continue
		}
		if e := perennial.AsError(err); !strings.Contains(e.Sentence.ZH, c.name) || !strings.Contains(e.Sentence.EN, c.name) {
			t.Errorf("%s is not named in %q", c.name, e.Sentence)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		opt  Options
		want string
	}{
		{Options{Encoding: "klingon"}, "file.encoding_unknown"},
		{Options{Delimiter: '，'}, "file.delimiter"},
		{Options{Delimiter: '"'}, "file.delimiter"},
		{Options{HeaderRow: 9}, "file.header_missing"},
		{Options{MaxColumns: 1}, "file.too_many_columns"},
	} {
		if _, err := openBytes(t, "a.csv", []byte("a,b\n1,2\n"), c.opt); perennial.CodeOf(err) != c.want {
			t.Errorf("%+v: %v, want %s", c.opt, err, c.want)
		}
	}
	for _, c := range []struct {
		opt    Options
		header string
		rows   string
	}{
		{Options{HeaderRow: NoHeader}, "[column_1 column_2]", "[[a b] [1 2] [3 4]]"},
		{Options{HeaderRow: 2}, "[1 2]", "[[3 4]]"},
		{Options{Delimiter: ';'}, "[a,b]", "[[1,2] [3,4]]"},
	} {
		got := readBytes(t, "a.csv", []byte("a,b\n1,2\n3,4\n"), c.opt)
		if fmt.Sprint(got.file.Header) != c.header || fmt.Sprint(got.rows) != c.rows {
			t.Errorf("%+v: %q %v", c.opt, got.file.Header, got.rows)
		}
	}
}
