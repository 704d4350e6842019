package cluster

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"perennial"
	"perennial/analyze/history"

	"pgregory.net/rapid"
)

// Whatever the groups are like, their names are there, differ, and are written
// cleanly.
func TestNamesAreUnique(t *testing.T) {
	var columns []*Column
	for _, f := range vocabulary() {
		columns = append(columns, &Column{Feature: f})
	}
	columns = append(columns, &Column{Feature: categoryFeature("Home & Garden")}, &Column{Feature: categoryFeature("母婴")},
		&Column{Feature: channelFeature("store", "app")}, &Column{Feature: Feature{ID: "points", Label: say("积分余额", "Points balance")}})
	rapid.Check(t, func(t *rapid.T) {
		groups := make([]Group, rapid.IntRange(1, 8).Draw(t, "groups"))
		for g := range groups {
			groups[g].Profile = make([]Trait, len(columns))
			for j, c := range columns {
				v := rapid.SampledFrom([]float64{0.01, 0.3, 0.9, 1, 3, 100, 400}).Draw(t, "value")
				groups[g].Profile[j] = Trait{
					Feature: c.ID, Unit: c.Unit, Median: &v, Mean: &v, OverallMedian: &v, OverallMean: &v,
					Distance: rapid.SampledFrom([]float64{-2, -0.6, -0.2, 0, 0, 0, 0.2, 0.6, 2}).Draw(t, "distance"),
				}
			}
		}
		name(groups, columns)
		seen := map[string]bool{}
		for g := range groups {
			groups[g].tell(columns, "CNY")
			for _, s := range []string{groups[g].NameZH, groups[g].NameEN} {
				if s == "" || seen[s] || strings.Contains(s, "  ") || s != strings.TrimSpace(s) {
					t.Fatalf("name %q", s)
				}
				seen[s] = true
			}
			if strings.Contains(groups[g].DescriptionZH+groups[g].DescriptionEN, "%!") || strings.Contains(groups[g].DescriptionZH, "%s") {
				t.Fatalf("description %q %q", groups[g].DescriptionZH, groups[g].DescriptionEN)
			}
		}
	})
}

func TestCompose(t *testing.T) {
	features := vocabulary()
	features["points"] = Feature{ID: "points", Label: say("积分余额", "Points balance")}
	for _, f := range []Feature{categoryFeature("母婴"), categoryFeature("Toys"), channelFeature("store", "")} {
		features[f.ID] = f
	}
	type said struct {
		id       string
		distance float64
		value    float64
	}
	for _, c := range []struct {
		traits []said
		zh, en string
	}{
		{nil, "大众客", "Mainstream buyers"},
		{[]said{{PurchaseDays, 1.2, 12}, {WeekendShare, 1.1, .7}, {"channel:store", 1, .8}}, "高频周末线下客", "Frequent weekend in-store buyers"},
		{[]said{{DiscountShare, 1.5, .9}, {ItemsPerOrder, 1, 6}}, "大促囤货客", "Deal stock-up buyers"},
		{[]said{{PurchaseDays, -0.7, 2}, {MoneyPerDay, 1.2, 900}}, "低频大单客", "Infrequent big-ticket buyers"},
		{[]said{{PurchaseDays, -0.2, 1}, {RecencyDays, 0.8, 300}}, "一次性尝鲜客", "One-and-done triers"},
		{[]said{{PurchaseDays, -0.8, 1}, {TenureDays, -0.8, 20}, {RecencyDays, -0.8, 20}}, "首单新客", "First-order newcomers"},
		{[]said{{PurchaseDays, 1, 9}, {TenureDays, 0.8, 700}, {RecencyDays, -0.8, 9}}, "铁杆老客", "Loyal regulars"},
		{[]said{{"category:母婴", 1, .8}, {TenureDays, 0.8, 700}}, "母婴老客", "Long-standing 母婴 buyers"},
		{[]said{{"category:Toys", 1, .8}, {PurchaseDays, 1, 9}}, "高频 Toys 客", "Frequent Toys buyers"},
		{[]said{{"points", 1, 8}, {PurchaseDays, 1, 9}}, "积分余额高的高频客", "Frequent buyers with high points balance"},
		{[]said{{"points", -1, 8}}, "积分余额低的客户", "Buyers with low points balance"},
		// Above everybody, but not what the word promises.
		{[]said{{PurchaseDays, 1, 1.5}, {RecencyDays, 1, 5}, {WeekendShare, 1, .2}}, "大众客", "Mainstream buyers"},
	} {
		var columns []*Column
		g := Group{}
		for _, s := range c.traits {
			f := features[s.id]
			columns = append(columns, &Column{Feature: f})
			g.Profile = append(g.Profile, Trait{Unit: f.Unit, Mean: &s.value, Median: &s.value, Distance: s.distance})
		}
		groups := []Group{g}
		name(groups, columns)
		if groups[0].NameZH != c.zh || groups[0].NameEN != c.en {
			t.Errorf("got %s | %s, want %s | %s", groups[0].NameZH, groups[0].NameEN, c.zh, c.en)
		}
	}
}

func TestShortCutsLongNames(t *testing.T) {
	if got := short("  一个 非常非常非常长的品类名称 "); utf8.RuneCountInString(got) > longestWord || !strings.HasSuffix(got, "…") {
		t.Errorf("got %q", got)
	}
}

func TestFromHistory(t *testing.T) {
	var b history.Builder
	saturday := perennial.DayOf(2026, time.June, 6)
	b.Add(1, saturday, 1, 1000, 1000)
	b.Add(1, saturday+10, 2, 3000, 2000)
	b.Add(1, saturday+30, 1, 2000, 2000)
	b.Add(2, saturday+1, 1, 500, 500)
	h := b.History("CNY", perennial.MoneyNet, saturday+40)
	h.Loose = []history.LooseRefund{{Customer: 0, Day: saturday + 35, Amount: 500}}
	c := FromHistory(h)
	// Gaps 10 and 20: mean 15, s = √50, corrected by 1 + 1/8.
	want := []float64{10, 3, 40, 15, math.Sqrt(50) / 15 * 1.125, 4, 1, 4500}
	got := []float64{
		c.RecencyDays[0], c.PurchaseDays[0], c.TenureDays[0], c.GapMeanDays[0], c.GapVariation[0], c.Orders[0],
		c.WeekendOrders[0], float64(c.Money[0]),
	}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-12 {
			t.Errorf("got %v, want %v", got, want)
			break
		}
	}
	if !math.IsNaN(c.GapMeanDays[1]) || c.WeekendOrders[1] != 1 {
		t.Errorf("one purchase on a Sunday: gap %v, weekend %v", c.GapMeanDays[1], c.WeekendOrders[1])
	}
	c.Items = []float64{1}
	if _, err := c.Features(); perennial.CodeOf(err) != "cluster.column_length" {
		t.Errorf("a short column gives %v", err)
	}
}
