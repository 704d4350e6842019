package cluster

import (
	"math"
	"time"

	"perennial"
	"perennial/analyze/history"
)

// FromHistory fills the columns that purchase days alone give: recency,
// frequency, money, tenure, gaps, orders and orders at weekends. Money is that
// of the history, loose refunds deducted. The caller adds what else the data
// knows.
func FromHistory(h *history.History) *Columns {
	n := h.Len()
	c := &Columns{
		Customers: n, Currency: h.Currency, Money: make([]perennial.Money, n),
		RecencyDays: make([]float64, n), PurchaseDays: make([]float64, n), TenureDays: make([]float64, n),
		GapMeanDays: make([]float64, n), GapVariation: make([]float64, n),
		Orders: make([]float64, n), WeekendOrders: make([]float64, n),
	}
	for i := range n {
		days := h.Days(i)
		first, last := days[0], days[len(days)-1]
		c.RecencyDays[i] = float64(h.AsOf - last)
		c.TenureDays[i] = float64(h.AsOf - first)
		c.PurchaseDays[i] = float64(len(days))
		c.GapMeanDays[i], c.GapVariation[i] = gaps(days)
		for k, orders := range h.OrderCounts(i) {
			c.Orders[i] += float64(orders)
			if w := days[k].Weekday(); w == time.Saturday || w == time.Sunday {
				c.WeekendOrders[i] += float64(orders)
			}
		}
		for _, m := range h.Amounts(i) {
			c.Money[i] += m
		}
	}
	for _, refund := range h.Loose {
		c.Money[refund.Customer] -= refund.Amount
	}
	return c
}

// gaps returns mean and coefficient of variation of the gaps between ascending
// days, NaN where there are none and fewer than two. The coefficient is
// corrected for few gaps by 1 + 1/(4k) (Sokal & Rohlf 1995, Biometry, §4.9).
func gaps(days []perennial.Day) (mean, variation float64) {
	k := float64(len(days) - 1)
	if k < 1 {
		return math.NaN(), math.NaN()
	}
	mean = float64(days[len(days)-1]-days[0]) / k
	if k < 2 {
		return mean, math.NaN()
	}
	var squares float64
	for i := 1; i < len(days); i++ {
		d := float64(days[i]-days[i-1]) - mean
		squares += d * d
	}
	return mean, math.Sqrt(squares/(k-1)) / mean * (1 + 1/(4*k))
}
