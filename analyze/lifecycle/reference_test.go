package lifecycle

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"perennial"
	"perennial/analyze/history"
	"perennial/internal/realdata"
)

// cdnow reads the CDNOW sample, zero-value purchases kept.
func cdnow(tb testing.TB) *history.History {
	tb.Helper()
	var b history.Builder
	sc := bufio.NewScanner(bytes.NewReader(realdata.Read(tb, "cdnow/CDNOW_sample.txt")))
	for sc.Scan() {
		f := strings.Fields(sc.Text())
		id, _ := strconv.ParseInt(f[1], 10, 64)
		t, err := time.Parse("20060102", f[2])
		if err != nil {
			tb.Fatal(err)
		}
		amount, _ := strconv.ParseFloat(f[4], 64)
		m := perennial.Money(math.Round(amount * 100))
		b.Add(perennial.CustomerKey(id), perennial.DayAt(t, time.UTC), 1, m, m)
	}
	return b.History("USD", perennial.MoneyGross, perennial.DayOf(1998, 6, 30))
}

// retail reads the purchases of the Online Retail file.
func retail(tb testing.TB) *history.History {
	tb.Helper()
	r := csv.NewReader(bytes.NewReader(realdata.Read(tb, "online_retail/online_retail.csv.gz")))
	r.ReuseRecord = true
	head, err := r.Read()
	if err != nil {
		tb.Fatal(err)
	}
	col := map[string]int{}
	for i, name := range head {
		col[strings.TrimPrefix(name, "\ufeff")] = i
	}
	var b history.Builder
	seen := map[string]bool{}
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			tb.Fatal(err)
		}
		id, err := strconv.ParseFloat(rec[col["CustomerID"]], 64)
		quantity, _ := strconv.Atoi(rec[col["Quantity"]])
		price, _ := strconv.ParseFloat(rec[col["UnitPrice"]], 64)
		invoice := rec[col["InvoiceNo"]]
		if err != nil || strings.HasPrefix(invoice, "C") || quantity <= 0 || price <= 0 {
			continue
		}
		day := retailDay(tb, rec[col["InvoiceDate"]])
		orders := 0
		if !seen[invoice] {
			seen[strings.Clone(invoice)] = true
			orders = 1
		}
		m := perennial.Money(math.Round(float64(quantity) * price * 100))
		b.Add(perennial.CustomerKey(id), day, orders, m, m)
	}
	return b.History("GBP", perennial.MoneyGross, perennial.DayOf(2011, 12, 9))
}

func retailDay(tb testing.TB, s string) perennial.Day {
	tb.Helper()
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "1/2/2006 15:04", "2006/1/2 15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return perennial.DayAt(t, time.UTC)
		}
	}
	tb.Fatalf("date %q", s)
	return 0
}

// referenceRhythm is a plain reading of definitions.md §4, by sorting.
func referenceRhythm(h *history.History, asOf perennial.Day) Rhythm {
	type obs struct {
		x, w  float64
		event bool
	}
	var gaps []obs
	each := func(f func(days []perennial.Day, open perennial.Day)) {
		for i := range h.Customers {
			days := h.Days(i)
			n := sort.Search(len(days), func(k int) bool { return days[k] > asOf })
			if n > 0 {
				f(days[:n], asOf-days[n-1])
			}
		}
	}
	each(func(days []perennial.Day, open perennial.Day) {
		w := 1 / float64(len(days))
		for k := 1; k < len(days); k++ {
			gaps = append(gaps, obs{float64(days[k] - days[k-1]), w, true})
		}
		gaps = append(gaps, obs{float64(open), w, false})
	})
	quantiles := func(o []obs, limit float64, ps ...float64) (share float64, q []float64) {
		sort.Slice(o, func(i, j int) bool { return o[i].x < o[j].x })
		total := 0.0
		for _, v := range o {
			total += v.w
		}
		risk, s := total, 1.0
		var xs, fs []float64
		for i := 0; i < len(o); {
			if risk < 0.05*total || o[i].x > limit {
				break
			}
			j, d, gone := i, 0.0, 0.0
			for ; j < len(o) && o[j].x == o[i].x; j++ {
				gone += o[j].w
				if o[j].event {
					d += o[j].w
				}
			}
			s *= 1 - d/risk
			xs, fs = append(xs, o[i].x), append(fs, 1-s)
			risk -= gone
			i = j
		}
		if len(fs) == 0 {
			return 0, make([]float64, len(ps))
		}
		share = fs[len(fs)-1]
		for _, p := range ps {
			k := sort.Search(len(fs), func(k int) bool { return fs[k] >= p*share-1e-12 })
			q = append(q, xs[min(k, len(xs)-1)])
		}
		return share, q
	}
	share, q := quantiles(gaps, 365, 0.5)
	c := q[0]
	if share < 0.2 || c > 180 || c <= 0 {
		return Rhythm{}
	}
	var ratios []obs
	each(func(days []perennial.Day, open perennial.Day) {
		w := 1 / float64(len(days))
		for k := 1; k < len(days); k++ {
			g := (2*c + float64(days[k-1]-days[0])) / float64(2+k-1)
			ratios = append(ratios, obs{float64(days[k]-days[k-1]) / g, w, true})
		}
		g := (2*c + float64(days[len(days)-1]-days[0])) / float64(2+len(days)-1)
		ratios = append(ratios, obs{float64(open) / g, w, false})
	})
	_, s := quantiles(ratios, math.Inf(1), 0.8, 0.95)
	return Rhythm{Identified: true, CycleDays: c, S80: s[0], S95: s[1], CycleLow: c * 0.95, CycleHigh: c * 1.05}
}

func reference(h *history.History) RhythmAt {
	return Every(28, func(asOf perennial.Day) Rhythm { return referenceRhythm(h, asOf) })
}
