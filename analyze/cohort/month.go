package cohort

import (
	"perennial"
	"perennial/analyze/history"
)

// Cohort is the customers whose first purchase fell in one month.
// Retention[m] counts the distinct customers of it who bought m months later:
// one number for every month begun by the as-of day, Retention[0] = Size.
// OpenFrom is the index of the month that is not yet over, nil where the as-of
// day ends a month. KnownNew counts those known to be new; where it is less
// than Size the cohort is mixed with older customers.
type Cohort struct {
	Month     perennial.Month `json:"month"`
	Size      int             `json:"size"`
	Retention []int           `json:"retention"`
	OpenFrom  *int            `json:"open_from"`
	KnownNew  int             `json:"known_new"`
}

// Cohorts groups customers by the month of their first purchase, months without
// a first purchase left out. cycleDays decides who is known to be new, 0 where
// the cycle is not identified.
func Cohorts(h *history.History, cycleDays float64) []Cohort {
	return cohortsOf(h, kernels{h}.months(h.NewFrom(cycleDays)))
}

func cohortsOf(h *history.History, months []Months) []Cohort {
	out := []Cohort{}
	open := h.AsOf != h.AsOf.Month().Last()
	for _, m := range months {
		c := Cohort{Month: m.First, Size: m.Bought[0], Retention: m.Bought, KnownNew: m.KnownNew}
		if open {
			last := len(m.Bought) - 1
			c.OpenFrom = &last
		}
		out = append(out, c)
	}
	return out
}

// firstPurchase returns the day of the earliest purchase, the as-of day where
// there is none. History.First may be earlier, as it is of all orders.
func firstPurchase(h *history.History) perennial.Day {
	first := h.AsOf
	for i := range h.Customers {
		first = min(first, h.Day[h.Offset[i]])
	}
	return first
}
