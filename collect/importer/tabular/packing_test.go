package tabular

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/simplifiedchinese"

	"perennial"
)

func pack(tb testing.TB, how string, data []byte) []byte {
	tb.Helper()
	var buf bytes.Buffer
	var w io.WriteCloser
	switch how {
	case "gzip":
		w = gzip.NewWriter(&buf)
	case "zstd":
		z, err := zstd.NewWriter(&buf)
		if err != nil {
			tb.Fatal(err)
		}
		w = z
	case "zip":
		return zipOf(tb, "orders.csv", string(data))
	default:
		return data
	}
	if _, err := w.Write(data); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes()
}

// zipOf makes an archive of names and contents.
func zipOf(tb testing.TB, pairs ...string) []byte {
	tb.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for i := 0; i < len(pairs); i += 2 {
		w, err := z.Create(pairs[i])
		if err != nil {
			tb.Fatal(err)
		}
		io.WriteString(w, pairs[i+1])
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes()
}

// locked sets the flag of encryption in an archive's directory.
func locked(archive []byte) []byte {
	i := bytes.Index(archive, []byte("PK\x01\x02"))
	archive[i+8] |= 1
	return archive
}

// ole makes the skeleton of a compound file with the given streams.
func ole(streams ...string) []byte {
	file := make([]byte, 512*3)
	copy(file, oleMagic)
	binary.LittleEndian.PutUint16(file[30:], 9)
	binary.LittleEndian.PutUint32(file[48:], 1) // directory in sector 1
	for i := 76; i < 512; i += 4 {
		binary.LittleEndian.PutUint32(file[i:], 0xFFFFFFFF)
	}
	binary.LittleEndian.PutUint32(file[76:], 0) // FAT in sector 0
	binary.LittleEndian.PutUint32(file[512:], 0xFFFFFFFD)
	binary.LittleEndian.PutUint32(file[516:], 0xFFFFFFFE)
	for i, name := range append([]string{"Root Entry"}, streams...) {
		entry := file[1024+128*i:]
		for k, u := range utf16.Encode([]rune(name)) {
			binary.LittleEndian.PutUint16(entry[2*k:], u)
		}
		binary.LittleEndian.PutUint16(entry[64:], uint16(2*len(name)+2))
	}
	return file
}

func encodeUTF16(s string, bigEndian, bom bool) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	if bigEndian {
		order = binary.BigEndian
	}
	var out []byte
	if bom {
		out = order.AppendUint16(out, 0xFEFF)
	}
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

func gb(tb testing.TB, s string) []byte {
	tb.Helper()
	p, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestPackings(t *testing.T) {
	text := []byte("订单号,客户,金额\nA1,张三,1.00\nA2,李四,2.00\n")
	for _, c := range []struct {
		data   []byte
		packed string
		member string
	}{
		{text, "", ""},
		{pack(t, "gzip", text), "gzip", ""},
		{append(pack(t, "gzip", text[:40]), pack(t, "gzip", text[40:])...), "gzip", ""}, // two members
		{pack(t, "zstd", text), "zstd", ""},
		{pack(t, "zip", text), "zip", "orders.csv"},
		{pack(t, "gzip", pack(t, "zip", text)), "gzip+zip", "orders.csv"},
		{zipOf(t, "orders.csv.gz", string(pack(t, "gzip", text))), "zip+gzip", "orders.csv.gz"},
		{zipOf(t, "说明.txt", "导出说明", "订单/订单.csv", string(text), "__MACOSX/._订单.csv", "x"), "zip", "订单/订单.csv"},
		{zipOf(t, "only.txt", string(text)), "zip", "only.txt"},
		{zipOf(t, string(gb(t, "订单.csv")), string(text)), "zip", "订单.csv"},
	} {
		got := readBytes(t, "orders", c.data, Options{})
		if show(got.rows) != "[\"A1\" \"张三\" \"1.00\"]\n[\"A2\" \"李四\" \"2.00\"]\n" ||
			got.file.Compression != c.packed || got.file.Member != c.member {
			t.Errorf("%q %q: %v", got.file.Compression, got.file.Member, got.rows)
		}
	}
	two := zipOf(t, "一月.csv", "a,b\nx,1\n", "二月.csv", "a,b\nx,2\n")
	if got := readBytes(t, "two.zip", two, Options{Member: "二月.csv"}); fmt.Sprint(got.rows) != "[[x 2]]" {
		t.Error(got.rows)
	}
	if _, err := openBytes(t, "two.zip", two, Options{Member: "三月.csv"}); perennial.CodeOf(err) != "file.zip_member_missing" {
		t.Error(err)
	}
}

func TestTruncatedAfterRows(t *testing.T) {
	var text strings.Builder
	text.WriteString("id,name,amount\n")
	state := uint32(7)
	for i := range 60_000 {
		state = state*1664525 + 1013904223
		fmt.Fprintf(&text, "%d,customer %x,%d.%02d\n", i, state, state%977, state%100)
	}
	for _, how := range []string{"gzip", "zstd"} {
		packed := pack(t, how, []byte(text.String()))
		f, err := openBytes(t, "orders."+how, packed[:len(packed)*9/10], Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := readAll(t, f)
		e := perennial.AsError(got.err)
		if e == nil || e.Code != "file.truncated" || len(got.rows) < 30_000 || len(got.bad) != 0 {
			t.Fatalf("%s: %d rows, %v, %v", how, len(got.rows), got.bad, got.err)
		}
		if want := fmt.Sprint(got.lines[len(got.lines)-1]); !strings.Contains(e.Sentence.ZH, want) {
			t.Errorf("%s: line %s is not in %q", how, want, e.Sentence.ZH)
		}
		if again := f.Next(new(Batch)); !errors.Is(again, got.err) {
			t.Error("the error does not stay:", again)
		}
	}
}

func TestBombs(t *testing.T) {
	row := []byte("1,2," + strings.Repeat("3", 5000) + "\n")
	flood := append([]byte("a,b,c\n"), bytes.Repeat(row, (160<<20)/len(row))...)
	for _, how := range []string{"gzip", "zip"} {
		f, err := openBytes(t, "flood."+how, pack(t, how, flood), Options{MaxRatio: 100})
		if err != nil {
			t.Fatal(err)
		}
		var b Batch
		for err == nil {
			err = f.Next(&b)
		}
		if perennial.CodeOf(err) != "file.bomb" {
			t.Errorf("%s: %v", how, err)
		}
	}
	_, err := openBytes(t, "limit.gz", pack(t, "gzip", flood[:4<<20]), Options{MaxExpanded: 1 << 10})
	if perennial.CodeOf(err) != "file.bomb" {
		t.Error(err)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	data := orderLines(20_000)
	f, err := open(ctx, newSource("a.csv", bytes.NewReader(data), int64(len(data))), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b Batch
	if err := f.Next(&b); err != nil {
		t.Fatal(err)
	}
	if done, total := f.Progress(); done <= 0 || done >= total {
		t.Errorf("progress %d of %d", done, total)
	}
	cancel()
	if err := f.Next(&b); !errors.Is(err, context.Canceled) || b.Len() != 0 {
		t.Error(err)
	}
}
