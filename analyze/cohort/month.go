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
	out := []Cohort{}
	if h.Len() == 0 {
		return out
	}
	from := firstPurchase(h)
	base := from.Month()
	months := int(h.AsOf.Month()-base) + 1
	monthOf := make([]int32, int(h.AsOf-from)+1)
	for m := base; m <= h.AsOf.Month(); m++ {
		for d := max(m.First(), from); d <= min(m.Last(), h.AsOf); d++ {
			monthOf[d-from] = int32(m - base)
		}
	}
	known := h.KnownNew(cycleDays)
	rows := make([][]int, months)
	news := make([]int, months)
	for i := range h.Customers {
		days := h.Days(i)
		first := monthOf[days[0]-from]
		if rows[first] == nil {
			rows[first] = make([]int, months-int(first))
		}
		if known[i] {
			news[first]++
		}
		row, seen := rows[first], int32(-1)
		for _, d := range days {
			if m := monthOf[d-from]; m != seen {
				row[m-first]++
				seen = m
			}
		}
	}
	open := h.AsOf != h.AsOf.Month().Last()
	for m, row := range rows {
		if row == nil {
			continue
		}
		c := Cohort{Month: base + perennial.Month(m), Size: row[0], Retention: row, KnownNew: news[m]}
		if open {
			last := len(row) - 1
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
