package tabular

import (
	"fmt"
	"strings"
	"testing"

	"perennial"
)

func TestJSON(t *testing.T) {
	lines := `{"id": "1", "customer": {"name": "张三", "tags": ["a", {"b": null}]}, "n": 12345678901234567, "paid": true}
{"n": -1.50, "id": "2\n\u5f20\ud83d\ude00", "customer": null, "extra": 1e3}

{"id": "3", "n": 1.23457E+17, "paid": false, "empty": {}, "none": ""},
`
	header := "id,customer.name,customer.tags,n,paid,customer,extra,none"
	want := `["1" "张三" "[\"a\",{\"b\":null}]" "12345678901234567" "true" "" "" ""]
["2\n张😀" "" "" "-1.50" "" "" "1000" ""]
["3" "" "" "123457000000000000" "false" "" "" ""]
`
	array := "[\n" + strings.ReplaceAll(strings.TrimRight(strings.TrimRight(lines, "\n"), ","), "}\n", "},\n") + "]\n"
	pretty := strings.ReplaceAll(strings.TrimRight(lines, ",\n"), ", ", ",\n  ")
	for _, c := range []struct {
		name   string
		text   string
		format Format
		lines  string
	}{
		{"a.ndjson", lines, NDJSON, "[1 2 4]"},
		{"crlf.ndjson", strings.ReplaceAll(lines, "\n", "\r\n"), NDJSON, "[1 2 4]"},
		{"array.json", array, JSON, "[2 3 5]"},
		{"oneline.json", strings.ReplaceAll(array, "\n", " "), JSON, ""},
		{"pretty.json", pretty, JSON, ""},
	} {
		got := readBytes(t, c.name, []byte(c.text), Options{})
		if h := strings.Join(got.file.Header, ","); h != header || got.file.Format != c.format {
			t.Errorf("%s: %s header %q", c.name, got.file.Format, h)
			continue
		}
		if show(got.rows) != want || c.lines != "" && fmt.Sprint(got.lines) != c.lines || len(got.bad) > 0 {
			// Objects that share a line share its number.
			t.Errorf("%s:\n%s%v %v", c.name, show(got.rows), got.lines, got.bad)
		}
		if k := got.kinds[0]; k[0] != KindText || k[3] != KindNumber || k[4] != KindBool || k[5] != KindEmpty {
			t.Errorf("%s: kinds %v", c.name, k)
		}
	}
}

func TestJSONProblems(t *testing.T) {
	got := readBytes(t, "a.ndjson", []byte(`{"a":1,"b":2}
{"a":1,"b":}
[1,2]
{"a":3,"b":"x`+"\x01"+`"}
{"a":"\u12","b":1}
{"a":5,"b":6} 7
{"a":"`+"\xFF\xFE"+`","b":6}
{"a":7,"b":8}
`), Options{})
	if fmt.Sprint(got.rows) != "[[1 2] [7 8]]" || fmt.Sprint(got.bad) != "[2 row.json 3 row.json 4 row.json 5 row.json 6 row.json 7 row.encoding]" {
		t.Errorf("%v %v", got.rows, got.bad)
	}
	got = readBytes(t, "gb.json", gb(t, `[{"客户":"张三"},{"客户":"李四"}]`), Options{})
	if fmt.Sprint(got.file.Header, got.rows) != "[客户] [[张三] [李四]]" || got.file.Encoding != encGB18030 {
		t.Errorf("%v %v", got.file.Header, got.rows)
	}
	var text strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&text, "{\"id\":%d,\"name\":\"x\"}\n", i)
	}
	text.WriteString(`{"id":1,"later":2}` + "\n")
	got = readBytes(t, "a.ndjson", []byte(text.String()), Options{})
	if n := got.note("json.unseen_keys"); n == nil || n.Count != 1 || !strings.Contains(n.Text.EN, "later") {
		t.Errorf("%+v", got.file.Notes)
	}
	for text, code := range map[string]string{
		`[{"a":1},{"a":2}`:         "file.truncated",
		`[{"a":1},{"a":2,"b":`:     "file.json_broken",
		`[{"a":1}}]`:               "file.json_broken",
		`[{"a":1},5,{"a":2}]`:      "file.json_broken",
		"{\n\"a\":1}\n{\n\"a\":2,": "file.json_broken",
	} {
		f, err := openBytes(t, "a.json", []byte(text), Options{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := readAll(t, f)
		if perennial.CodeOf(got.err) != code || fmt.Sprint(got.rows[0]) != "[1]" {
			t.Errorf("%s: %v %v", text, got.rows, got.err)
		}
	}
	deep := `{"a":` + strings.Repeat(`[`, 10_000) + strings.Repeat(`]`, 10_000) + `}`
	if got := readBytes(t, "deep.ndjson", []byte(`{"a":1}`+"\n"+deep+"\n"), Options{}); fmt.Sprint(got.bad) != "[2 row.json]" {
		t.Error(got.bad)
	}
	nested := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat(`}`, 40)
	if got := readBytes(t, "nested.ndjson", []byte(nested+"\n"+nested+"\n"), Options{}); len(got.rows) != 2 || !strings.HasPrefix(got.rows[0][0], `{"a":`) {
		t.Error(got.rows)
	}
}
