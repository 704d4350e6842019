package tabular

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
)

func TestParquet(t *testing.T) {
	type item struct {
		SKU string `parquet:"sku"`
		N   int32  `parquet:"n"`
	}
	type row struct {
		ID     string           `parquet:"id,dict"`
		N      int64            `parquet:"n"`
		U      uint64           `parquet:"u"`
		F      float64          `parquet:"f"`
		G      float32          `parquet:"g"`
		Price  int64            `parquet:"price,decimal(2:18)"`
		Big    [16]byte         `parquet:"big,decimal(4:38)"`
		Day    int32            `parquet:"day,date"`
		At     time.Time        `parquet:"at,timestamp(millisecond)"`
		Wall   int64            `parquet:"wall,timestamp(microsecond:local)"`
		Old    deprecated.Int96 `parquet:"old"`
		Paid   bool             `parquet:"paid"`
		Note   *string          `parquet:"note,optional"`
		Tags   []string         `parquet:"tags,list"`
		Items  []item           `parquet:"items"`
		Nested struct {
			City string `parquet:"city"`
		} `parquet:"nested"`
	}
	at := time.Date(2010, 12, 1, 8, 26, 0, 5e6, time.UTC)
	note := `say "hi"`
	minusOne := [16]byte{}
	for i := range minusOne {
		minusOne[i] = 0xFF
	}
	julian := deprecated.Int96{uint32(30_360_000_000_000 & 0xFFFFFFFF), uint32(30_360_000_000_000 >> 32), 2440588 + 14944}
	rows := []row{
		{ID: "0012", N: 12345678901234567, U: 1<<64 - 1, F: 29.33, G: 0.1, Price: -5, Big: minusOne, Day: 14944, At: at, Wall: at.UnixMicro(), Old: julian,
			Paid: true, Note: &note, Tags: []string{"a", "b\""}, Items: []item{{"x", 1}, {"y", 2}}},
		{ID: "", F: 1 << 60, Price: 12345, At: at, Wall: at.UnixMicro()},
	}
	rows[0].Nested.City = "北京"
	var buf bytes.Buffer
	if err := parquet.Write(&buf, rows); err != nil {
		t.Fatal(err)
	}
	got := readBytes(t, "a.parquet", buf.Bytes(), Options{})
	if h := strings.Join(got.file.Header, ","); h != "id,n,u,f,g,price,big,day,at,wall,old,paid,note,tags,items.sku,items.n,nested.city" {
		t.Fatal(h)
	}
	want := `["0012" "12345678901234567" "18446744073709551615" "29.33" "0.1" "-0.05" "-0.0001" "2010-12-01" "2010-12-01T08:26:00.005Z" "2010-12-01 08:26:00.005" "2010-12-01 08:26:00" "true" "say \"hi\"" "[\"a\",\"b\\\"\"]" "[\"x\",\"y\"]" "[1,2]" "北京"]`
	if s := show(got.rows[:1]); s != want+"\n" {
		t.Errorf("got  %swant %s", s, want)
	}
	if s := fmt.Sprint(got.rows[1][:6]); s != "[ 0 0 1152921504606847000 0 123.45]" {
		t.Error(s)
	}
	if k := got.kinds[0]; k[0] != KindText || k[1] != KindNumber || k[7] != KindTime || k[8] != KindInstant || k[11] != KindBool {
		t.Error(k)
	}
	f, err := openBytes(t, "a.parquet", pack(t, "zstd", buf.Bytes()), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b Batch
	if err := f.Next(&b); err != nil {
		t.Fatal(err)
	}
	if b.Lossy(0, 1) || b.Lossy(0, 3) || !b.Lossy(1, 3) {
		t.Error("only a double beyond 53 bits is lossy")
	}
	if got, ok := b.Time(0, 8); !ok || !got.Equal(at) {
		t.Error(got, ok)
	}
}

func TestDecimals(t *testing.T) {
	for _, c := range []struct {
		digits string
		scale  int
		want   string
	}{{"5", 2, "0.05"}, {"-5", 2, "-0.05"}, {"12345", 2, "123.45"}, {"12345", 0, "12345"}, {"-100", 3, "-0.100"}} {
		if got := string(appendScaled(nil, []byte(c.digits), c.scale)); got != c.want {
			t.Errorf("%s e-%d: %s", c.digits, c.scale, got)
		}
	}
	for _, c := range []struct {
		raw, want string
		lossy     bool
	}{
		{"1", "1", false}, {"-1.50", "-1.50", false}, {"0.30000000000000004", "0.3", false}, {"1E-3", "0.001", false},
		{"12345678901234567", "12345678901234567", true}, {"123456789012345", "123456789012345", false}, {"1.5E+15", "1500000000000000", true},
	} {
		got, lossy, ok := appendNumber(nil, []byte(c.raw), 15)
		if string(got) != c.want || lossy != c.lossy || !ok {
			t.Errorf("%s: %s %t %t", c.raw, got, lossy, ok)
		}
	}
}
