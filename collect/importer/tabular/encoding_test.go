package tabular

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/traditionalchinese"
)

func TestEncodings(t *testing.T) {
	text := "订单号,客户,金额\r\nA1,张三,1.00\r\nA2,李四😀,2.00\r\n"
	big5, err := traditionalchinese.Big5.NewEncoder().String("訂單號,客戶,金額\nA1,張三,1.00\n")
	if err != nil {
		t.Fatal(err)
	}
	want := "[[A1 张三 1.00] [A2 李四😀 2.00]]"
	for _, c := range []struct {
		name string
		data []byte
		opt  Options
		enc  string
		want string
	}{
		{"utf-8", []byte(text), Options{}, encUTF8, want},
		{"bom", append(bytes.Clone(bomUTF8), text...), Options{}, encUTF8BOM, want},
		{"bom, named", append(bytes.Clone(bomUTF8), text...), Options{Encoding: "UTF-8"}, encUTF8BOM, want},
		{"gb18030", gb(t, text), Options{}, encGB18030, want},
		{"gbk by name", gb(t, text), Options{Encoding: "GBK"}, encGB18030, want},
		{"utf-16le", encodeUTF16(text, false, true), Options{}, encUTF16LE, want},
		{"utf-16be", encodeUTF16(text, true, true), Options{}, encUTF16BE, want},
		{"utf-16le without a mark", encodeUTF16(text, false, false), Options{}, encUTF16LE, want},
		{"utf-16be without a mark", encodeUTF16(text, true, false), Options{}, encUTF16BE, want},
		{"big5", []byte(big5), Options{Encoding: "big5"}, encBig5, "[[A1 張三 1.00]]"},
		{"latin", []byte("id,name\na,caf\xE9\n"), Options{Encoding: "latin1"}, encLatin, "[[a café]]"},
	} {
		got := readBytes(t, c.name, c.data, c.opt)
		if got.file.Encoding != c.enc || fmt.Sprint(got.rows) != c.want || len(got.bad) > 0 || got.file.Stats.Converted != 0 {
			t.Errorf("%s: %s %q %v %+v", c.name, got.file.Encoding, got.rows, got.bad, got.file.Stats)
		}
		if !strings.ContainsAny(got.file.Header[0], "订訂i") || strings.Contains(got.file.Header[0], "\uFEFF") {
			t.Errorf("%s: header %q", c.name, got.file.Header)
		}
	}
}

func TestMixedEncodings(t *testing.T) {
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	head := []byte("订单号,客户,金额\n")
	data := join(head, []byte("A1,张三,1\n"), gb(t, "A2,李四,2\n"), []byte("A3,\xFF\xFE\xFD,3\n"), []byte("A4,王五,4\n"))
	got := readBytes(t, "a.csv", data, Options{})
	if got.file.Encoding != encUTF8 || fmt.Sprint(got.rows) != "[[A1 张三 1] [A2 李四 2] [A4 王五 4]]" || fmt.Sprint(got.bad) != "[4 row.encoding]" {
		t.Errorf("%s %v %v", got.file.Encoding, got.rows, got.bad)
	}
	if n := got.note("encoding.mixed"); n == nil || n.Count != 1 {
		t.Errorf("%+v", got.file.Notes)
	}
	data = join(gb(t, string(head)), gb(t, "A1,张三,1\nA2,李四,2\n"), []byte("A3,王五,3\n"), gb(t, "A4,联通,4\n"))
	got = readBytes(t, "a.csv", data, Options{})
	if got.file.Encoding != encGB18030 || fmt.Sprint(got.rows) != "[[A1 张三 1] [A2 李四 2] [A3 王五 3] [A4 联通 4]]" || len(got.bad) > 0 {
		t.Errorf("%s %v %v", got.file.Encoding, got.rows, got.bad)
	}
	if n := got.note("encoding.mixed"); n == nil || n.Count != 1 {
		t.Errorf("%+v", got.file.Notes)
	}
	// Two characters that look like UTF-8 for one that does not exist, and like
	// UTF-8 for one that does: for the latter a person must name the encoding.
	data = gb(t, "订单号,客户,金额\nA1,駙不,1\nA2,鐧介厭,2\n")
	got = readBytes(t, "a.csv", data, Options{})
	if fmt.Sprint(got.rows) != "[[A1 駙不 1] [A2 白酒 2]]" {
		t.Errorf("%q", got.rows)
	}
	got = readBytes(t, "a.csv", data, Options{Encoding: "gbk"})
	if fmt.Sprint(got.rows) != "[[A1 駙不 1] [A2 鐧介厭 2]]" {
		t.Errorf("%q", got.rows)
	}
	// Beyond the sample on which the encoding was decided.
	var long bytes.Buffer
	long.WriteString("id,name\n")
	for i := range 100_000 {
		fmt.Fprintf(&long, "%d,customer %d\n", i, i)
	}
	long.Write(gb(t, "x,李四\n"))
	got = readBytes(t, "a.csv", long.Bytes(), Options{})
	if last := got.rows[len(got.rows)-1]; last[1] != "李四" || got.file.Stats.Converted != 1 {
		t.Errorf("%v %+v", last, got.file.Stats)
	}
}

func TestBrokenUTF16(t *testing.T) {
	data := encodeUTF16("id,name\na,x\nb,\uE000y\nc,z\n", false, true)
	i := bytes.Index(data, []byte{0x00, 0xE0})
	data[i], data[i+1] = 0x00, 0xD8 // half a pair
	got := readBytes(t, "a.csv", data, Options{})
	if fmt.Sprint(got.rows) != "[[a x] [c z]]" || fmt.Sprint(got.bad) != "[3 row.encoding]" {
		t.Errorf("%v %v", got.rows, got.bad)
	}
	got = readBytes(t, "a.csv", data[:len(data)-1], Options{})
	if fmt.Sprint(got.bad) != "[3 row.encoding 4 row.encoding]" {
		t.Errorf("%v %v", got.rows, got.bad)
	}
}
