package report

import (
	"perennial"
	"perennial/analyze/cohort"
	"perennial/analyze/history"
	"perennial/analyze/lifecycle"
)

const (
	// rhythmEvery is how often, in days, past rhythms are estimated: the base's
	// rhythm moves slowly, and each estimate reads all purchases.
	rhythmEvery = 28
	// rhythmMost bounds the customers from whom past rhythms are estimated. Every
	// k-th customer of a larger base serves: at this number the standard error of
	// a quantile is a fraction of a day.
	rhythmMost = 200_000
)

// rhythmAt gives the rhythm as it was known on past days, and on the as-of day that
// of the report itself.
func (b *builder) rhythmAt() lifecycle.RhythmAt {
	return rhythms(b.h, learnFrom(b.o.Rules), b.rhythmNow())
}

// learnFrom is the day from which the newest rules have the rhythm learned again.
func learnFrom(rules []*lifecycle.RuleSet) perennial.Day {
	if n := len(rules); n > 0 && rules[n-1].LearnFrom != nil {
		return *rules[n-1].LearnFrom
	}
	return history.NoDay
}

// rhythms gives the rhythm as it was known on past days, estimated every four weeks
// and from a day on learned again; on the as-of day it is now, but for what was
// learned again. It keeps its estimates and is for one goroutine at a time.
func rhythms(h *history.History, from perennial.Day, now lifecycle.Rhythm) lifecycle.RhythmAt {
	stride := h.Len()/(rhythmMost+1) + 1
	all := h
	if stride > 1 {
		all = thin(h, stride, history.NoDay)
	}
	learnt := all
	if from != history.NoDay {
		learnt = thin(h, stride, from)
	}
	asOf := h.AsOf
	past := lifecycle.Every(rhythmEvery, func(d perennial.Day) lifecycle.Rhythm {
		if d >= from {
			return estimate(learnt, d)
		}
		return estimate(all, d)
	})
	return func(d perennial.Day) lifecycle.Rhythm {
		if d != asOf {
			return past(d)
		}
		if from != history.NoDay {
			return estimate(learnt, d)
		}
		return now
	}
}

func estimate(h *history.History, d perennial.Day) lifecycle.Rhythm {
	c, ok := cohort.CycleAt(h, d)
	if !ok {
		return lifecycle.Rhythm{}
	}
	s := cohort.SilenceAt(h, c, d)
	if s.S80 == nil || s.S95 == nil {
		return lifecycle.Rhythm{}
	}
	return lifecycle.Rhythm{Identified: true, CycleDays: c, S80: *s.S80, S95: *s.S95}
}

// rhythmNow restates the report's own rhythm.
func (b *builder) rhythmNow() lifecycle.Rhythm {
	r := &b.p.Repurchase
	if !r.Identified || r.S80 == nil || r.S95 == nil {
		return lifecycle.Rhythm{}
	}
	out := lifecycle.Rhythm{Identified: true, CycleDays: r.Cycle(), S80: *r.S80, S95: *r.S95}
	if i := r.GapP50Interval; i != nil {
		out.CycleLow, out.CycleHigh = i.Low, i.High
	}
	return out
}

// thin returns the purchase days of every stride-th customer from a day on:
// what rhythms are estimated from.
func thin(h *history.History, stride int, from perennial.Day) *history.History {
	out := &history.History{Currency: h.Currency, MoneyKind: h.MoneyKind, First: max(h.First, from), Last: h.Last, AsOf: h.AsOf}
	for i := 0; i < h.Len(); i += stride {
		days := h.Days(i)
		for len(days) > 0 && days[0] < from {
			days = days[1:]
		}
		if len(days) == 0 {
			continue
		}
		out.Customers = append(out.Customers, h.Customers[i])
		out.Offset = append(out.Offset, len(out.Day))
		out.Day = append(out.Day, days...)
	}
	out.Offset = append(out.Offset, len(out.Day))
	return out
}
