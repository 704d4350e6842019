package lifecycle

import (
	"context"
	"fmt"
	"sort"

	"perennial"
	"perennial/analyze/history"
)

// Replayer replays customers where their purchases are. Package sequence has one
// within a warehouse.
type Replayer interface {
	// Spells replays every customer and hands on each one's spells, in any order of
	// customers, as Program.Statement says.
	Spells(ctx context.Context, p Program, yield func(key perennial.CustomerKey, spells []int64) error) error
}

// Program is a replay put into numbers, for running it elsewhere.
type Program struct{ p *plan }

// ReplayInside is Replay with the customers' stages replayed by another. Both give
// the same result.
func ReplayInside(ctx context.Context, h *history.History, o Options, by Replayer) (*Result, error) {
	r, err := prepare(h, o)
	if err != nil {
		return nil, err
	}
	for i := range r.out {
		r.out[i] = outcome{stage: none, previous: none, returned: history.NoDay}
	}
	w := newWalker(h, r.p)
	r.t = newTally(r.p, &r.marks)
	pack := packer{first: r.p.first}
	told := make([][]spell, 0)
	if r.o.Each != nil {
		told = make([][]spell, h.Len())
	}
	err = by.Spells(ctx, Program{r.p}, func(key perennial.CustomerKey, spells []int64) error {
		i := sort.Search(h.Len(), func(i int) bool { return h.Customers[i] >= key })
		if i == h.Len() || h.Customers[i] != key || len(spells) == 0 {
			return fmt.Errorf("replay stages: customer %d came back with %d spells", key, len(spells))
		}
		w.load(i)
		w.take(spells)
		r.out[i] = w.outcome()
		r.t.add(w)
		if r.kept != nil {
			r.kept[i] = pack.pack(w.spells)
		}
		if r.o.Each != nil {
			told[i] = append([]spell{}, w.spells...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, spells := range told {
		var all []Spell
		for _, s := range spells {
			all = append(all, Spell{r.p.stages[s.stage].Name, s.from, s.to})
		}
		if len(all) > 0 {
			r.o.Each(i, all)
		}
	}
	return r, nil
}

// take sets the spells of the customer at hand.
func (w *walker) take(spells []int64) {
	w.spells = w.spells[:0]
	for k, s := range spells {
		from := w.p.first + perennial.Day(s/spellScale)
		if k > 0 {
			w.spells[k-1].to = from
		}
		w.spells = append(w.spells, spell{stage: uint8(s % spellScale), from: from, to: w.p.end + 1})
	}
}

// outcome tells where the customer at hand stands, by the spells.
func (w *walker) outcome() outcome {
	last := len(w.spells) - 1
	out := outcome{stage: w.spells[last].stage, previous: none, since: w.spells[last].from, returned: history.NoDay}
	if last > 0 {
		out.previous = w.spells[last-1].stage
	}
	// A purchase counts on the date on which it is first looked at, for the stage
	// in which the customer was until then.
	k := 0
	for _, day := range w.days {
		week := w.first + (day-w.first)/7*7
		seen := day
		if day != week && !w.p.versions[w.p.block(week).version].rules.Hysteresis.OnPurchase {
			seen = min(week+7, w.p.changeAfter(day-1))
		}
		if seen > w.p.end {
			break
		}
		for k < last && w.spells[k+1].from < seen {
			k++
		}
		b := w.p.block(seen)
		if v := w.p.versions[b.version]; w.spells[k].from < seen && v.returned >= 0 && v.local[w.spells[k].stage] == v.returned {
			out.returned = day + perennial.Day(b.returned)
		}
	}
	return out
}
