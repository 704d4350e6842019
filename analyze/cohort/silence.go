package cohort

import (
	"math"

	"perennial"
	"perennial/analyze/history"
)

// Silence holds each customer's own rhythm and how long the customer has been
// silent by it. Own and Ratio are parallel to History.Customers and nil where
// the cycle is not identified, as multiples of it would mean nothing then.
type Silence struct {
	// S80 and S95 are the quantiles, among those who return, of gap ÷ own rhythm
	// as it stood before that gap; nil where nobody returned. They are read from
	// cells a thousandth wide.
	S80 *float64 `json:"s80"`
	S95 *float64 `json:"s95"`

	Own   []float64 `json:"-"` // g, days
	Ratio []float64 `json:"-"` // s = days since the last purchase ÷ g
}

// MeasureSilence computes g = (2c + Σ gaps) ÷ (2 + k) and s for every customer
// and the quantiles S80 and S95 (definitions.md §4). cycleDays is c in days; with
// 0 or less the result is empty.
func MeasureSilence(h *history.History, cycleDays float64) Silence {
	if !(cycleDays > 0) {
		return Silence{}
	}
	return silenceOf(h, cycleDays, silences(h, cycleDays, h.AsOf))
}

// silenceOf reads the quantiles and measures each customer.
func silenceOf(h *history.History, cycleDays float64, w Weights) Silence {
	out := quantiles(w)
	out.Own = make([]float64, h.Len())
	out.Ratio = make([]float64, h.Len())
	for i := range out.Own {
		days := h.Days(i)
		first, last := days[0], days[len(days)-1]
		// The gaps of a customer add up to the span of the purchases.
		out.Own[i] = ownRhythm(cycleDays, float64(last-first), len(days)-1)
		out.Ratio[i] = float64(h.AsOf-last) / out.Own[i]
	}
	return out
}

// SilenceAt returns S80 and S95 as they stood at the end of day d, without
// columns. Nothing after d is looked at.
func SilenceAt(h *history.History, cycleDays float64, d perennial.Day) Silence {
	if !(cycleDays > 0) {
		return Silence{}
	}
	return quantiles(silences(h, cycleDays, d))
}

// silences counts ratios as they stood at the end of day d. As with gaps, a
// customer's weigh one in all.
func silences(h *history.History, cycleDays float64, d perennial.Day) Weights {
	out := newWeights(ratioCells)
	for i := range h.Customers {
		days := h.Days(i)
		for len(days) > 0 && days[len(days)-1] > d {
			days = days[:len(days)-1]
		}
		if len(days) == 0 {
			continue
		}
		w := 1 / float64(len(days))
		for j := 1; j < len(days); j++ {
			own := ownRhythm(cycleDays, float64(days[j-1]-days[0]), j-1)
			out.Events[RatioCell(float64(days[j]-days[j-1])/own)] += w
		}
		last := days[len(days)-1]
		own := ownRhythm(cycleDays, float64(last-days[0]), len(days)-1)
		out.Censored[RatioCell(float64(d-last)/own)] += w
	}
	return out
}

func quantiles(w Weights) (out Silence) {
	in := read(w, ratioCells-1)
	if in.reached > 0 {
		s80, s95 := ratioOf(in.quantile(0.80)), ratioOf(in.quantile(0.95))
		out.S80, out.S95 = &s80, &s95
	}
	return out
}

// ownRhythm is g for k observed gaps that add up to span days: the repurchase
// cycle, counted as two gaps, shrinks short histories towards everybody's.
func ownRhythm(cycleDays, span float64, k int) float64 {
	return (2*cycleDays + span) / float64(2+k)
}

// Ratios are counted in cells whose width is 1/1024 of their power of two: the
// leading bits of a float64 are such a scale. The cells cover 2⁻¹² to 2¹⁴; cell
// 0 takes everything below, the last everything above.
const (
	ratioBits  = 10
	ratioMin   = 1023 - 12
	ratioCells = (12+14)<<ratioBits + 2
)

// RatioCell returns the cell of a ratio of 0 or more.
func RatioCell(r float64) int {
	at := int(math.Float64bits(r)>>(52-ratioBits)) - ratioMin<<ratioBits + 1
	return min(max(at, 0), ratioCells-1)
}

// ratioOf returns the middle of a cell.
func ratioOf(cell int) float64 {
	if cell <= 0 {
		return 0
	}
	at := uint64(cell-1) + ratioMin<<ratioBits
	low := math.Float64frombits(at << (52 - ratioBits))
	high := math.Float64frombits((at + 1) << (52 - ratioBits))
	return (low + high) / 2
}
