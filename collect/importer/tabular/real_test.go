package tabular

import (
	"strings"
	"testing"

	"perennial/internal/realdata"
)

func TestRealFiles(t *testing.T) {
	for _, c := range []struct {
		file       string
		format     Format
		packed     string
		header     string
		headerLine int
		rows       int64
		unknown    int
	}{
		{"cdnow/CDNOW_sample.txt", Columns, "", "column_1,column_2,column_3,column_4,column_5", 0, 6919, 0},
		{"cdnow/cdnow_customers_summary.csv", CSV, "", "ID,frequency,recency,T", 1, 2357, 0},
		{"online_retail/online_retail.csv.gz", CSV, "gzip", "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country", 1, 541909, 135080},
		{"groceries/groceries.csv", CSV, "", "", 0, 9835, 0},
		{"en_reviews/amazon_cells_labelled.txt", TSV, "", "column_1,column_2", 0, 1000, 0},
		{"zh_reviews/hotel_reviews.csv.gz", CSV, "gzip", "label,review", 1, 7766, 0},
		{"hillstrom/hillstrom.csv.gz", CSV, "gzip", "", 1, 64000, 0},
		{"telco/telco_churn_first5000.csv", CSV, "", "", 1, 5000, 0},
		{"survival/gehan.dat", Columns, "", "column_1,column_2,column_3", 0, 42, 0},
		{"clickstream/traffic_fines.csv.gz", CSV, "gzip", "", 1, 34724, 0},
		{"pathdata/PathData.csv.gz", CSV, "gzip", "", 1, 10000, 0},
	} {
		t.Run(c.file, func(t *testing.T) {
			f, err := Open(t.Context(), realdata.Path(t, c.file), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if c.header != "" && strings.Join(f.Header, ",") != c.header {
				t.Errorf("header %q, want %q", strings.Join(f.Header, ","), c.header)
			}
			if f.Format != c.format || f.Compression != c.packed || f.HeaderLine != c.headerLine {
				t.Errorf("got %s %q header line %d (%q)", f.Format, f.Compression, f.HeaderLine, f.Header)
			}
			var b Batch
			unknown := 0 // rows without a customer
			for {
				if err := f.Next(&b); err != nil {
					break
				}
				for r := range b.Len() {
					if c.unknown > 0 && b.Kind(r, 6) == KindEmpty {
						unknown++
					}
				}
				for _, e := range b.Errors {
					t.Errorf("line %d: %s %s", e.Line, e.Code, e.Raw)
				}
			}
			if f.Stats.Rows != c.rows || f.Stats.Bad != 0 {
				t.Errorf("%+v, want %d rows", f.Stats, c.rows)
			}
			if unknown != c.unknown {
				t.Errorf("%d rows without a customer, want %d", unknown, c.unknown)
			}
			if done, total := f.Progress(); done != total {
				t.Errorf("progress %d of %d at the end", done, total)
			}
		})
	}
}
