// Package historytest makes the purchase histories of the published files that
// analyses are tested against. Where the data is absent, the test skips.
package historytest

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"perennial"
	"perennial/analyze/history"
	"perennial/internal/realdata"
)

// CDNOW is the CDNOW sample, zero amounts kept, customers by their number in the sample.
func CDNOW(tb testing.TB) *history.History {
	tb.Helper()
	var b history.Builder
	for line := range strings.Lines(string(realdata.Read(tb, "cdnow/CDNOW_sample.txt"))) {
		f := strings.Fields(line)
		if len(f) != 5 {
			continue
		}
		id, _ := strconv.Atoi(f[1])
		t, err := time.Parse("20060102", f[2])
		if err != nil {
			tb.Fatal(err)
		}
		v, _ := strconv.ParseFloat(f[4], 64)
		cents := perennial.Money(math.Round(v * 100))
		b.Add(perennial.CustomerKey(id), perennial.DayAt(t, time.UTC), 1, cents, cents)
	}
	return b.History("USD", perennial.MoneyGross, perennial.DayOf(1998, 6, 30))
}

// OnlineRetail is the purchases of Online Retail: customer known, not cancelled,
// quantity and price above zero.
func OnlineRetail(tb testing.TB) *history.History {
	tb.Helper()
	r := csv.NewReader(bytes.NewReader(realdata.Read(tb, "online_retail/online_retail.csv.gz")))
	r.ReuseRecord = true
	type order struct {
		customer perennial.CustomerKey
		day      perennial.Day
		cents    perennial.Money
	}
	orders := map[string]*order{}
	var names []string
	for {
		rec, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			tb.Fatal(err)
		}
		quantity, _ := strconv.Atoi(rec[3])
		price, _ := strconv.ParseFloat(rec[5], 64)
		id, err := strconv.ParseFloat(rec[6], 64)
		if err != nil || strings.HasPrefix(rec[0], "C") || quantity <= 0 || price <= 0 {
			continue
		}
		o := orders[rec[0]]
		if o == nil {
			var y, m, d int
			if _, err := fmt.Sscanf(rec[4], "%d-%d-%d", &y, &m, &d); err != nil {
				tb.Fatal(err)
			}
			o = &order{customer: perennial.CustomerKey(id), day: perennial.DayOf(y, time.Month(m), d)}
			name := strings.Clone(rec[0])
			orders[name] = o
			names = append(names, name)
		}
		o.cents += perennial.Money(math.RoundToEven(float64(quantity) * math.Round(price*1000) / 10))
	}
	var b history.Builder
	for _, n := range names {
		o := orders[n]
		b.Add(o.customer, o.day, 1, o.cents, o.cents)
	}
	return b.History("GBP", perennial.MoneyGross, perennial.DayOf(2011, 12, 9))
}
