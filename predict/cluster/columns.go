package cluster

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"perennial"
)

// Columns is what the data knows of each customer. Every column is optional and
// has, where given, one entry a customer (NaN where unknown); shares are given
// as counts, so that one order of one counts for less than ten of ten.
type Columns struct {
	Customers int
	Currency  perennial.Currency

	RecencyDays  []float64         // as-of day − last purchase day
	PurchaseDays []float64         // F
	Money        []perennial.Money // of all purchases; divided by PurchaseDays, which it needs
	TenureDays   []float64         // as-of day − first purchase day
	GapMeanDays  []float64         // NaN without a gap
	GapVariation []float64         // coefficient of variation of the gaps; NaN with fewer than two

	Orders           []float64 // the base of all shares of orders, which need it
	DiscountedOrders []float64 // with a discount or coupon
	RefundedOrders   []float64 // with any refund
	WeekendOrders    []float64 // Saturday and Sunday
	EveningOrders    []float64 // 18:00–24:00 of the workspace
	NightOrders      []float64 // 00:00–06:00
	Items            []float64 // pieces in all orders

	// Categories names the categories and CategoryLines has, for each of them, a
	// count of order lines a customer. The MostCategories with most lines take
	// part as shares.
	Categories    []string
	CategoryLines [][]float64
	// Channels names the channels, ChannelOrders counts each one's orders.
	Channels      []string
	ChannelOrders [][]float64
}

const (
	mostCategories = 8
	mostChannels   = 6
)

// Features derives the features that the given columns allow, recency, frequency
// and money first. Columns of a wrong length are the error
// cluster.column_length.
func (c *Columns) Features() (Features, error) {
	if err := c.check(); err != nil {
		return Features{}, err
	}
	f := Features{Customers: c.Customers}
	known := vocabulary()
	put := func(id string, values, base []float64) {
		if values != nil {
			f.Columns = append(f.Columns, Column{Feature: known[id], Values: values, Base: base})
		}
	}
	put(RecencyDays, c.RecencyDays, nil)
	put(PurchaseDays, c.PurchaseDays, nil)
	if c.Money != nil && c.PurchaseDays != nil {
		money := make([]float64, c.Customers)
		for i, m := range c.Money {
			money[i] = c.Currency.Amount(m).Float()
		}
		put(MoneyPerDay, ratio(money, c.PurchaseDays), nil)
	}
	put(TenureDays, c.TenureDays, nil)
	put(GapMeanDays, c.GapMeanDays, nil)
	put(GapVariation, c.GapVariation, nil)
	put(ItemsPerOrder, ratio(c.Items, c.Orders), nil)
	put(DiscountShare, ratio(c.DiscountedOrders, c.Orders), c.Orders)
	put(RefundShare, ratio(c.RefundedOrders, c.Orders), c.Orders)
	put(WeekendShare, ratio(c.WeekendOrders, c.Orders), c.Orders)
	put(EveningShare, ratio(c.EveningOrders, c.Orders), c.Orders)
	put(NightShare, ratio(c.NightOrders, c.Orders), c.Orders)
	c.categories(&f, put)
	c.channels(&f)
	return f, nil
}

// categories adds how many categories a customer buys from, how much the
// favourite one takes, and the mix.
func (c *Columns) categories(f *Features, put func(id string, values, base []float64)) {
	if len(c.Categories) < 2 {
		return
	}
	n := c.Customers
	count, top, lines := make([]float64, n), make([]float64, n), make([]float64, n)
	for _, column := range c.CategoryLines {
		for i, v := range column {
			if v > 0 {
				count[i]++
				lines[i] += v
				top[i] = max(top[i], v)
			}
		}
	}
	for i := range count {
		if lines[i] < 2 { // one line is of one category: no choice shows in it
			count[i], top[i] = math.NaN(), math.NaN()
		}
	}
	put(CategoryCount, count, nil)
	put(TopCategoryShare, ratio(top, lines), nil)
	for _, k := range largest(c.CategoryLines, mostCategories) {
		f.Columns = append(f.Columns, Column{
			Feature: categoryFeature(c.Categories[k]), Values: ratio(c.CategoryLines[k], lines), Base: lines,
		})
	}
}

// channels adds the share of each channel; of two, one says it all.
func (c *Columns) channels(f *Features) {
	if len(c.Channels) < 2 {
		return
	}
	orders := make([]float64, c.Customers)
	for _, column := range c.ChannelOrders {
		for i, v := range column {
			orders[i] += v
		}
	}
	for _, k := range largest(c.ChannelOrders, mostChannels) {
		other := ""
		if len(c.Channels) == 2 {
			other = c.Channels[1-k]
		}
		f.Columns = append(f.Columns, Column{
			Feature: channelFeature(c.Channels[k], other), Values: ratio(c.ChannelOrders[k], orders), Base: orders,
		})
	}
}

// check finds columns of a wrong length.
func (c *Columns) check() error {
	wrong := func(what string, got, want int) error {
		return perennial.NewError(perennial.KindInvalid, "cluster.column_length",
			perennial.Say("“%[1]s”有 %[2]d 个值，应有 %[3]d 个。", "%[1]q has %[2]d values, %[3]d expected.", what, got, want)).
			WithHint(perennial.Say("给每位客户一个值，或者整列不给。", "Give every customer a value, or leave the column out."))
	}
	if c.Money != nil && len(c.Money) != c.Customers {
		return wrong("money", len(c.Money), c.Customers)
	}
	for _, column := range []struct {
		name   string
		values []float64
	}{
		{RecencyDays, c.RecencyDays}, {PurchaseDays, c.PurchaseDays}, {TenureDays, c.TenureDays},
		{GapMeanDays, c.GapMeanDays}, {GapVariation, c.GapVariation}, {"orders", c.Orders},
		{DiscountShare, c.DiscountedOrders}, {RefundShare, c.RefundedOrders}, {WeekendShare, c.WeekendOrders},
		{EveningShare, c.EveningOrders}, {NightShare, c.NightOrders}, {"items", c.Items},
	} {
		if column.values != nil && len(column.values) != c.Customers {
			return wrong(column.name, len(column.values), c.Customers)
		}
	}
	for _, mix := range []struct {
		prefix string
		names  []string
		counts [][]float64
	}{{categoryPrefix, c.Categories, c.CategoryLines}, {channelPrefix, c.Channels, c.ChannelOrders}} {
		if len(mix.names) != len(mix.counts) {
			return wrong(mix.prefix, len(mix.counts), len(mix.names))
		}
		for k, counts := range mix.counts {
			if len(counts) != c.Customers {
				return wrong(fmt.Sprint(mix.prefix, mix.names[k]), len(counts), c.Customers)
			}
		}
	}
	return nil
}

// ratio divides a by b, NaN where b is not above zero; nil where either is.
func ratio(a, b []float64) []float64 {
	if a == nil || b == nil {
		return nil
	}
	out := make([]float64, len(a))
	for i := range a {
		out[i] = math.NaN()
		if b[i] > 0 {
			out[i] = a[i] / b[i]
		}
	}
	return out
}

// largest returns the indices of the columns with the largest sums, at most m,
// largest first; columns of nothing are left out.
func largest(columns [][]float64, m int) []int {
	sum := make([]float64, len(columns))
	var order []int
	for k, column := range columns {
		for _, v := range column {
			sum[k] += v
		}
		if sum[k] > 0 {
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(sum[b], sum[a]) })
	return order[:min(len(order), m)]
}
