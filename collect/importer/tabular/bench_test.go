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
