package cluster

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/historytest"
	"perennial/internal/realdata"
)

func TestCDNOW(t *testing.T) {
	h := historytest.CDNOW(t)
	c := FromHistory(h)
	f, err := c.Features()
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(f, c.Money, Options{Seed: 1, Currency: "USD"})
	if err != nil {
		t.Fatal(err)
	}
	sound(t, f, c.Money, r)
	show(t, r)
	// A name is a promise: who is called 一次性 came once, and a good part of the
	// 1,218 customers who never came back is found.
	once, named := 0, 0
	for i, g := range r.Assignment {
		if strings.Contains(r.Groups[g].NameZH, "一次性") {
			named++
			if c.PurchaseDays[i] == 1 {
				once++
			}
		}
	}
	if once < 600 || float64(once) < 0.85*float64(named) {
		t.Errorf("%d of the %d customers called one-time bought once; 1,218 did in all", once, named)
	}
}

// onlineRetail reads purchases with a known customer, by line.
func onlineRetail(t *testing.T) (*history.History, *Columns) {
	t.Helper()
	r := csv.NewReader(strings.NewReader(string(realdata.Read(t, "online_retail/online_retail.csv.gz"))))
	r.ReuseRecord = true
	type line struct {
		customer perennial.CustomerKey
		quantity float64
		hour     int
	}
	var b history.Builder
	seen := map[string]bool{}
	var lines []line
	refunded := map[perennial.CustomerKey]float64{}
	if _, err := r.Read(); err != nil {
		t.Fatal(err)
	}
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		id, err := strconv.ParseFloat(rec[6], 64)
		if err != nil {
			continue
		}
		key := perennial.CustomerKey(id)
		quantity, _ := strconv.ParseFloat(rec[3], 64)
		price, _ := strconv.ParseFloat(rec[5], 64)
		first := 0
		if !seen[rec[0]] {
			seen[strings.Clone(rec[0])] = true
			first = 1
		}
		if rec[0][0] == 'C' {
			refunded[key] += float64(first)
			continue
		}
		if quantity <= 0 || price <= 0 {
			continue
		}
		at, err := time.Parse(time.DateTime, rec[4])
		if err != nil {
			t.Fatal(err)
		}
		money := perennial.Money(math.RoundToEven(quantity * price * 100))
		b.Add(key, perennial.DayAt(at, time.UTC), first, money, money)
		lines = append(lines, line{key, quantity, at.Hour()})
	}
	h := b.History("GBP", perennial.MoneyGross, perennial.DayOf(2011, time.December, 9))
	c := FromHistory(h)
	index := make(map[perennial.CustomerKey]int, h.Len())
	for i, key := range h.Customers {
		index[key] = i
	}
	c.Items = make([]float64, h.Len())
	c.RefundedOrders = make([]float64, h.Len())
	for _, l := range lines {
		c.Items[index[l.customer]] += l.quantity
	}
	for key, n := range refunded {
		if i, ok := index[key]; ok {
			c.RefundedOrders[i] = min(n, c.Orders[i])
		}
	}
	return h, c
}

func TestOnlineRetail(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 542,000 lines")
	}
	_, c := onlineRetail(t)
	if c.Customers != 4338 {
		t.Fatalf("%d customers, want 4,338", c.Customers)
	}
	f, err := c.Features()
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(f, c.Money, Options{Seed: 1, Currency: "GBP"})
	if err != nil {
		t.Fatal(err)
	}
	sound(t, f, c.Money, r)
	show(t, r)
	var revenue perennial.Money
	for _, g := range r.Groups {
		revenue += g.Revenue.Minor
	}
	if revenue != 891140790 {
		t.Errorf("revenue of the groups %d, want 8,911,407.90", revenue)
	}
}

// sound fails the test where a result breaks what every result promises.
func sound(t testing.TB, f Features, revenue []perennial.Money, r *Result) {
	t.Helper()
	if err := check(f, revenue, r); err != nil {
		t.Fatal(err)
	}
}

// check holds a result against what every result promises.
func check(f Features, revenue []perennial.Money, r *Result) error {
	if _, err := json.Marshal(r); err != nil {
		return err
	}
	if len(r.Groups) != r.K || len(r.Assignment) != f.Customers {
		return fmt.Errorf("k %d, %d groups, %d assigned of %d", r.K, len(r.Groups), len(r.Assignment), f.Customers)
	}
	count, money := make([]int, r.K), make([]perennial.Money, r.K)
	for i, g := range r.Assignment {
		count[g]++
		if revenue != nil {
			money[g] += revenue[i]
		}
	}
	names := map[string]bool{}
	for g, group := range r.Groups {
		if group.Customers != count[g] || group.Revenue.Minor != money[g] || count[g] == 0 {
			return fmt.Errorf("group %d: %d customers with %d, counted %d with %d", g, group.Customers, group.Revenue.Minor, count[g], money[g])
		}
		if g > 0 && money[g] > money[g-1] {
			return fmt.Errorf("group %d has more revenue than the one before", g)
		}
		for _, s := range []string{"zh:" + group.NameZH, "en:" + group.NameEN} {
			if names[s] || len(s) < 5 {
				return fmt.Errorf("name %q empty or used twice", s)
			}
			names[s] = true
		}
		if group.DescriptionZH == "" || group.DescriptionEN == "" {
			return fmt.Errorf("group %d is not described", g)
		}
	}
	if r.Model == nil {
		return nil
	}
	again, err := r.Model.Assign(f)
	if err != nil {
		return err
	}
	if !slices.Equal(again, r.Assignment) {
		return errors.New("the model assigns otherwise than the result")
	}
	return nil
}

// show logs a result for a reader of go test -v.
func show(t testing.TB, r *Result) {
	t.Helper()
	if r.Silhouette != nil && r.Stability != nil {
		t.Logf("k %d silhouette %.3f stability %.3f candidates %+v", r.K, *r.Silhouette, *r.Stability, r.Candidates)
	}
	for _, g := range r.Groups {
		t.Logf("%s | %s | %d\n%s\n%s", g.NameZH, g.NameEN, g.Customers, g.DescriptionZH, g.DescriptionEN)
	}
	for _, d := range r.Dropped {
		t.Logf("dropped %s: %s %s (%s)", d.Feature, d.Reason, d.ReasonZH, d.ReasonEN)
	}
	for _, n := range r.Notes {
		t.Log(n.ZH, n.EN)
	}
	for _, u := range r.Features {
		t.Logf("%s weight %.2f missing %d", u.ID, u.Weight, u.Missing)
	}
	if r.Map != nil {
		t.Logf("%+v", r.Map.Axes)
	}
}
