package mapping

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"perennial"
	"perennial/internal/realdata"
)

func head(t *testing.T, name string, comma rune, n int) Table {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(realdata.Read(t, name)))
	r.Comma, r.FieldsPerRecord = comma, -1
	var tab Table
	for range n {
		row, err := r.Read()
		if err != nil {
			break
		}
		if tab.Header == nil {
			tab.Header = row
		} else {
			tab.Rows = append(tab.Rows, row)
		}
	}
	return tab
}

func TestRealOnlineRetail(t *testing.T) {
	m, err := Recognise(head(t, "online_retail/online_retail.csv.gz", ',', 1000), Orders, nil, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := "order_id=InvoiceNo product_id=StockCode product_name=Description quantity=Quantity ordered_at=InvoiceDate unit_price=UnitPrice customer_id=CustomerID region=Country"
	if brief(m) != want || m.Rows != Lines || m.Amount.Source != UnitPrice || m.Amount.PerOrder || m.Currency != "" || m.Customer != CustomerID {
		t.Errorf("got %s\nwant %s\n%+v", brief(m), want, m)
	}
}

func TestRealCDNOW(t *testing.T) {
	var tab Table
	for line := range strings.Lines(string(realdata.Read(t, "cdnow/CDNOW_sample.txt"))) {
		if tab.Rows = append(tab.Rows, strings.Fields(line)); len(tab.Rows) == 1000 {
			break
		}
	}
	for _, leading := range []bool{false, true} {
		want := "customer_id=#1 ordered_at=#3 quantity=#4 order_total=#5"
		if leading { // split at single spaces, the line's leading one makes an empty column
			want = "customer_id=#2 ordered_at=#4 quantity=#5 order_total=#6"
			for i := range tab.Rows {
				tab.Rows[i] = append([]string{""}, tab.Rows[i]...)
			}
		}
		m, err := Recognise(tab, Orders, nil, nil, Options{})
		if err != nil || brief(m) != want || m.Rows != Whole || m.Amount.Source != OrderTotal {
			t.Errorf("%v\n got %s\nwant %s", err, brief(m), want)
		}
	}
}

// Hillstrom's file is one row a customer with no id: nothing to import as orders,
// and said so.
func TestRealHillstrom(t *testing.T) {
	_, err := Recognise(head(t, "hillstrom/hillstrom.csv.gz", ',', 1000), Orders, nil, nil, Options{})
	if perennial.CodeOf(err) != "mapping.no_customer" {
		t.Errorf("hillstrom: %v, want mapping.no_customer", err)
	}
}
