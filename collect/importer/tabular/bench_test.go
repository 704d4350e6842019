package tabular

import (
	"bytes"
	"fmt"
	"io"
	"testing"
)

// orderLines is text of about 90 bytes and 8 columns a line.
func orderLines(n int) []byte {
	var buf bytes.Buffer
	buf.WriteString("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n")
	for i := range n {
		fmt.Fprintf(&buf, "%d,%dA,WHITE HANGING HEART T-LIGHT HOLDER,%d,2010-12-01 08:26:00,%d.55,%d,United Kingdom\n",
			536365+i/20, 85000+i%4000, i%24+1, i%9, 12345+i%5000)
	}
	return buf.Bytes()
}

func BenchmarkCSV(b *testing.B) {
	const lines = 200_000
	plain := orderLines(lines)
	for _, v := range []struct {
		name string
		text []byte
	}{
		{"plain", plain},
		{"crlf", bytes.ReplaceAll(plain, []byte("\n"), []byte("\r\n"))},
		{"quoted", bytes.ReplaceAll(bytes.ReplaceAll(plain, []byte(",WHITE"), []byte(`,"WHITE`)), []byte("HOLDER"), []byte(`HOLDER"`))},
	} {
		b.Run(v.name, func(b *testing.B) {
			b.SetBytes(int64(len(v.text)))
			b.ReportAllocs()
			var batch Batch
			cells := 0
			for b.Loop() {
				f, err := open(b.Context(), newSource("orders.csv", bytes.NewReader(v.text), int64(len(v.text))), Options{})
				if err != nil {
					b.Fatal(err)
				}
				for {
					err := f.Next(&batch)
					if err == io.EOF {
						break
					}
					for r := range batch.Len() {
						for c := range batch.Width() {
							cells += len(batch.Cell(r, c))
						}
					}
				}
				if f.Stats.Rows != lines {
					b.Fatal(f.Stats)
				}
				f.Close()
			}
			b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mlines/s")
		})
	}
}

func BenchmarkXLSX(b *testing.B) {
	const rows = 50_000
	path := b.TempDir() + "/a.xlsx"
	w, err := Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w.Header(ColumnsOf("InvoiceNo", "StockCode", "Description", "Quantity", "UnitPrice", "CustomerID")...)
	for i := range rows {
		w.Row(fmt.Sprint(536365+i/20), fmt.Sprintf("%dA", 85000+i%4000), "WHITE HANGING HEART T-LIGHT HOLDER", i%24+1, float64(i%900)/100, 12345+i%5000)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	var batch Batch
	for b.Loop() {
		f, err := Open(b.Context(), path, Options{})
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			err = f.Next(&batch)
		}
		if f.Stats.Rows != rows {
			b.Fatal(f.Stats, err)
		}
		f.Close()
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

func BenchmarkNDJSON(b *testing.B) {
	const rows = 100_000
	var buf bytes.Buffer
	for i := range rows {
		fmt.Fprintf(&buf, `{"order_id":"%d","sku":"%dA","customer":{"id":%d,"city":"London"},"quantity":%d,"paid_at":"2010-12-01T08:26:00Z"}`+"\n", 536365+i/20, 85000+i%4000, 12345+i%5000, i%24+1)
	}
	b.SetBytes(int64(buf.Len()))
	var batch Batch
	for b.Loop() {
		f, err := open(b.Context(), newSource("a.ndjson", bytes.NewReader(buf.Bytes()), int64(buf.Len())), Options{})
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			err = f.Next(&batch)
		}
		if f.Stats.Rows != rows {
			b.Fatal(f.Stats, err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}
