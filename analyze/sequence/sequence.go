package sequence

import (
	"context"
	"embed"
	"fmt"
	"strconv"

	"perennial"
	"perennial/analyze/cohort"
	"perennial/analyze/history"
	"perennial/analyze/lifecycle"
	"perennial/internal/sqlfile"
	"perennial/store/warehouse"
)

//go:embed *.sql
var files embed.FS

var statements = sqlfile.MustLoad(files)

// Statements returns the SQL of this package. It runs only where
// Dialect.Sequences is Inside.
func Statements() map[string]sqlfile.Statement { return statements }

// Source answers for the customers of one run of purchase.Load. It implements
// cohort.Sequences and lifecycle.Replayer and is safe for concurrent use.
type Source struct {
	Warehouse warehouse.Warehouse
	Run       int64            // of purchase.Options
	Batches   []int64          // live ones, for members' join days
	History   *history.History // that Load returned: names and frame
}

func (s *Source) ask(ctx context.Context, name string, args warehouse.Args, yield func(b *warehouse.Block, r int) error) error {
	st := statements[name]
	st.Name = "sequence " + name
	args["run"] = s.Run
	return s.Warehouse.Partial(ctx, st, args, func(b *warehouse.Block) error {
		for r := range b.Len {
			if err := yield(b, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// Gaps implements cohort.Sequences.
func (s *Source) Gaps(ctx context.Context, ask cohort.GapsAsked) (*cohort.Gaps, error) {
	h := s.History
	n := ask.Bags
	place := map[int64]int{}
	if n == 0 {
		n = h.Len()
		for i, key := range h.Customers {
			place[int64(key)] = i
		}
	}
	out := &cohort.Gaps{Bags: make([]cohort.Weights, n), Category: make([]*cohort.Weights, len(h.Categories))}
	for i := range out.Bags {
		out.Bags[i] = weights(cohort.DayCells)
	}
	args := warehouse.Args{"as_of": int64(h.AsOf), "bags": int64(ask.Bags), "seed": strconv.FormatUint(ask.Seed, 10)}
	err := s.ask(ctx, "gaps", args, func(b *warehouse.Block, r int) error {
		bag := int(b.Columns[0].Ints[r])
		if ask.Bags == 0 {
			bag = place[b.Columns[0].Ints[r]]
		}
		from, to := b.Columns[1].Range(r)
		for i := from; i < to; i++ {
			add(out.Bags[bag], b.Columns[1].Ints[i], b.Columns[2].Floats[i])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, s.gapsByCategory(ctx, out)
}

func (s *Source) gapsByCategory(ctx context.Context, out *cohort.Gaps) error {
	first := s.History.AsOf
	for i := range s.History.Customers {
		first = min(first, s.History.Day[s.History.Offset[i]])
	}
	out.Observed = make([]int64, s.History.AsOf-first+1)
	return s.ask(ctx, "gaps_by_category", warehouse.Args{"as_of": int64(s.History.AsOf)}, func(b *warehouse.Block, r int) error {
		var to cohort.Weights
		if category := word(b.Columns[0].Ints[r]); category >= 0 {
			if out.Category[category] == nil {
				w := weights(cohort.DayCells)
				out.Category[category] = &w
			}
			to = *out.Category[category]
		}
		from, end := b.Columns[1].Range(r)
		for i := from; i < end; i++ {
			gap, open := b.Columns[1].Ints[i], false
			if gap < 0 {
				gap, open = -1-gap, true
			} else {
				out.Observed[gap] += b.Columns[2].Ints[i]
			}
			if to.Events == nil {
				continue
			}
			cell := min(gap, cohort.DayCells-1)
			if open {
				cell += cohort.DayCells
			}
			add(to, cell, b.Columns[3].Floats[i])
		}
		return nil
	})
}

// weights are events and open ends that lie one after another in memory.
func weights(cells int) cohort.Weights {
	return cohort.Weights{Events: make([]float64, cells), Censored: make([]float64, cells)}
}

// add puts a weight into a cell; those of open ends follow those of events.
func add(to cohort.Weights, cell int64, weight float64) {
	if n := int64(len(to.Events)); cell >= n {
		to.Censored[cell-n] += weight
		return
	}
	to.Events[cell] += weight
}

// frame says who is known to be new.
func (s *Source) frame(newFrom perennial.Day) warehouse.Args {
	return warehouse.Args{
		"batches": s.Batches, "no_day": int64(warehouse.NoDay),
		"first_day": int64(s.History.First), "new_from": int64(newFrom),
	}
}

// Seconds implements cohort.Sequences.
func (s *Source) Seconds(ctx context.Context, newFrom perennial.Day) ([]cohort.Seconds, error) {
	args := s.frame(newFrom)
	args["as_of"] = int64(s.History.AsOf)
	type beginning struct {
		new     cohort.Newness
		opening history.Opening
	}
	at := map[beginning]int{} // shards have beginnings in common
	var out []cohort.Seconds
	err := s.ask(ctx, "seconds", args, func(b *warehouse.Block, r int) error {
		c := b.Columns
		key := beginning{cohort.Newness(c[0].Ints[r]), history.Opening{
			Category: word(c[1].Ints[r]), Channel: word(c[2].Ints[r]), Promoted: c[3].Ints[r] != 0,
		}}
		place, ok := at[key]
		if !ok {
			place = len(out)
			at[key] = place
			out = append(out, cohort.Seconds{New: key.new, Opening: key.opening, Weights: weights(cohort.DayCells)})
		}
		from, to := c[4].Range(r)
		for i := from; i < to; i++ {
			add(out[place].Weights, c[4].Ints[i], float64(c[5].Ints[i]))
		}
		return nil
	})
	return out, err
}

// noWord stands for a first purchase without a word, where the least is the first.
const noWord = 255

// word is the place of a word, which the tables count from 1.
func word(place int64) int16 {
	if place == noWord {
		return -1
	}
	return int16(place) - 1
}

// Silences implements cohort.Sequences.
func (s *Source) Silences(ctx context.Context, cycleDays float64) (cohort.Weights, error) {
	out := weights(cohort.RatioCells)
	args := warehouse.Args{"as_of": int64(s.History.AsOf), "cycle": cycleDays, "cells": int64(cohort.RatioCells)}
	err := s.ask(ctx, "silences", args, func(b *warehouse.Block, r int) error {
		from, to := b.Columns[0].Range(r)
		for i := from; i < to; i++ {
			add(out, b.Columns[0].Ints[i], b.Columns[1].Floats[i])
		}
		return nil
	})
	return out, err
}

// Months implements cohort.Sequences.
func (s *Source) Months(ctx context.Context, newFrom perennial.Day) ([]cohort.Months, error) {
	byMonth := map[perennial.Month]*cohort.Months{}
	end := s.History.AsOf.Month()
	err := s.ask(ctx, "months", s.frame(newFrom), func(b *warehouse.Block, r int) error {
		month := perennial.Month(b.Columns[0].Ints[r])
		if month > end {
			return fmt.Errorf("a first purchase in %s is after the as-of day", month)
		}
		row := byMonth[month]
		if row == nil {
			row = &cohort.Months{First: month, Bought: make([]int, end-month+1)}
			byMonth[month] = row
		}
		from, to := b.Columns[1].Range(r)
		for i := from; i < to; i++ {
			row.Bought[b.Columns[1].Ints[i]] += int(b.Columns[2].Ints[i])
		}
		row.KnownNew += int(b.Columns[3].Ints[r])
		return nil
	})
	if err != nil || len(byMonth) == 0 {
		return nil, err
	}
	var out []cohort.Months
	for m := s.History.First.Month(); m <= end; m++ {
		if row := byMonth[m]; row != nil {
			out = append(out, *row)
		}
	}
	return out, nil
}

// Spells implements lifecycle.Replayer.
func (s *Source) Spells(ctx context.Context, p lifecycle.Program, yield func(key perennial.CustomerKey, spells []int64) error) error {
	st := sqlfile.Text("sequence spells", p.Statement())
	args := warehouse.Args{"run": s.Run, "end": p.LastDay().String()}
	return s.Warehouse.Partial(ctx, st, args, func(b *warehouse.Block) error {
		for r := range b.Len {
			from, to := b.Columns[1].Range(r)
			if err := yield(perennial.CustomerKey(b.Columns[0].Ints[r]), b.Columns[1].Ints[from:to]); err != nil {
				return err
			}
		}
		return nil
	})
}
