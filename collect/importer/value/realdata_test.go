package value_test

import (
	"bytes"
	"encoding/csv"
	"maps"
	"slices"
	"testing"
	"time"

	"perennial"
	"perennial/collect/importer/value"
	"perennial/internal/realdata"
)

// The whole Online Retail file: every cell that should be read is, the published
// counts of data/README.md come out, and the lines that are no merchandise are
// the ones that an analyst would name.
func TestOnlineRetail(t *testing.T) {
	records, err := csv.NewReader(bytes.NewReader(realdata.Read(t, "online_retail/online_retail.csv.gz"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	clock := value.NewClock(time.UTC)
	excluded := map[string]int{}
	var nobody, negative, free, purchases, shipped int
	var revenue, whole perennial.Money
	for i, r := range records[1:] {
		quantity, p1 := value.Number(r[3], value.Format{})
		_, p2 := clock.Date(r[4], value.OrderUnset)
		price, _, p3 := value.Price(r[5], value.Format{})
		if p1 != nil || p2 != nil || p3 != nil {
			t.Fatalf("line %d: %v %v %v", i+2, p1, p2, p3)
		}
		amount, p := value.LineAmount(quantity, price, 2)
		if p != nil {
			t.Fatalf("line %d: %v", i+2, p)
		}
		_, p = value.ID(r[6])
		if p == value.IDEmpty {
			nobody++
		} else if p != nil {
			t.Fatalf("line %d: customer %q %v", i+2, r[6], p)
		}
		if quantity.Sign() < 0 {
			negative++
		}
		if price.Sign() == 0 {
			free++
		}
		if reason := value.Excluded(r[2], r[1]); reason != value.Merchandise {
			excluded[string(reason)+" "+r[1]+" "+r[2]]++
		}
		if p == nil && r[0][0] != 'C' && quantity.Sign() > 0 && price.Sign() > 0 {
			purchases++
			revenue += amount
			if value.Excluded(r[2], r[1]) == value.ExcludePostage {
				shipped++
			}
		}
		whole += amount
	}
	if nobody != 135080 || negative != 10624 || free != 2515 {
		t.Errorf("%d without a customer, %d negative quantities, %d zero prices; want 135080, 10624, 2515", nobody, negative, free)
	}
	if purchases != 397884 || revenue != 891140790 {
		t.Errorf("%d purchase lines worth %d; want 397884 worth 891140790", purchases, revenue)
	}
	lines := 0
	for _, name := range slices.Sorted(maps.Keys(excluded)) {
		t.Logf("%6d %s", excluded[name], name)
		lines += excluded[name]
	}
	t.Logf("%d lines excluded, %d purchases of postage", lines, shipped)
	for name, want := range map[string]int{"postage POST POSTAGE": 1252, "adjustment M Manual": 571, "adjustment D Discount": 77, "postage C2 CARRIAGE": 143, "fee BANK CHARGES Bank Charges": 37, "adjustment B Adjust bad debt": 3, "sample S SAMPLES": 63} {
		if excluded[name] != want {
			t.Errorf("%s: %d, want %d", name, excluded[name], want)
		}
	}
}
