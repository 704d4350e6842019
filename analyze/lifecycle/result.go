package lifecycle

import (
	"slices"

	"perennial"
	"perennial/analyze/history"
)

// Options says how to replay.
type Options struct {
	// Rules are the versions in force, the oldest first; the last is the one
	// reported. Empty takes Default.
	Rules []*RuleSet
	// RhythmAt gives the rhythm known on a day; it is asked once a week of the
	// data, in order, and once for the as-of day. Required.
	RhythmAt RhythmAt
	// AsOf is the day up to which to replay; 0 takes the history's.
	AsOf perennial.Day

	// Current is the rhythm as of the as-of day where the caller has it at hand, so
	// that the report names the same cycle as the rest of the analysis; nil asks
	// RhythmAt. It moves no stage.
	Current *Rhythm

	Prospects int       // people known who have not bought
	Value     []float64 // expected value of each customer in major units, for the stage card; nil where not fitted
	Alive     []float64 // probability alive of each customer, for Reason; nil where not fitted
	Peaks     []Peak    // known peak seasons
	Seed      uint64    // of the forecast's intervals

	// Keep keeps every customer's spells for Result.Spells.
	Keep bool

	// Each receives every customer's spells, oldest first, in customer order on
	// one goroutine; the slice is only valid during the call. nil for none.
	Each func(customer int, spells []Spell)
}

// Peak is a season in which more is bought than at other times, such as
// Christmas or 11.11; To is inclusive.
type Peak struct {
	From, To perennial.Day
	Name     perennial.Text
}

// Result is a replay: where every customer stands on the as-of day, and what
// the stages did on the way. It is read-only and safe for concurrent readers.
type Result struct {
	h      *history.History
	o      Options
	p      *plan
	rules  *RuleSet
	rhythm Rhythm // as of the as-of day
	out    []outcome
	t      *tally
	marks  watch
	kept   [][]byte // of each customer, packed
}

// Replay replays the stages of all customers from their first days to the
// as-of day (definitions.md §5). Errors: lifecycle.no_rhythm, and
// lifecycle.rules_invalid for a rule set that cannot work.
func Replay(h *history.History, o Options) (*Result, error) {
	r, err := prepare(h, o)
	if err != nil {
		return nil, err
	}
	r.replay()
	return r, nil
}

func prepare(h *history.History, o Options) (*Result, error) {
	if len(o.Rules) == 0 {
		o.Rules = []*RuleSet{Default()}
	}
	for _, rules := range o.Rules {
		if err := rules.Check(); err != nil {
			return nil, err
		}
	}
	if o.RhythmAt == nil {
		return nil, perennial.NewError(perennial.KindInternal, "lifecycle.no_rhythm",
			perennial.Say("没有给出复购节奏，无法划分阶段。", "No purchase rhythm was given to tell stages by."))
	}
	if o.AsOf == 0 || o.AsOf > h.AsOf {
		o.AsOf = h.AsOf
	}
	r := &Result{h: h, o: o, rules: o.Rules[inForce(o.Rules, o.AsOf)], out: make([]outcome, h.Len())}
	start := h.First
	if h.Len() == 0 || start > o.AsOf {
		start = o.AsOf
	}
	r.p = newPlan(start, o.AsOf, o.Rules, o.RhythmAt, h.Currency.Digits())
	if o.Current != nil {
		r.rhythm = o.Current.sound()
	} else {
		r.rhythm = o.RhythmAt(o.AsOf).sound()
	}
	r.marks = newWatch(start, o.AsOf, r.rhythm, r.rules.Proof.Days)
	r.p.medians.fill(h, r.p, workersFor(h.Len()))
	if o.Keep {
		r.kept = make([][]byte, h.Len())
	}
	return r, nil
}

func (r *Result) replay() {
	n := r.h.Len()
	workers := workersFor(n)
	if r.o.Each != nil {
		workers = 1
	}
	tallies := make([]*tally, workers)
	split(n, workers, func(part, lo, hi int) {
		w := newWalker(r.h, r.p)
		t := newTally(r.p, &r.marks)
		pack := packer{first: r.p.first}
		var told []Spell
		for i := lo; i < hi; i++ {
			out, ok := w.run(i)
			r.out[i] = out
			if !ok {
				continue
			}
			t.add(w)
			if r.kept != nil {
				r.kept[i] = pack.pack(w.spells)
			}
			if r.o.Each != nil {
				told = told[:0]
				for _, s := range w.spells {
					told = append(told, Spell{r.p.stages[s.stage].Name, s.from, s.to})
				}
				r.o.Each(i, told)
			}
		}
		tallies[part] = t
	})
	r.t = tallies[0]
	for _, t := range tallies[1:] {
		r.t.merge(t)
	}
}

// Rules returns the rule set reported: the version in force on the as-of day.
func (r *Result) Rules() *RuleSet { return r.rules }

// AsOf returns the day up to which was replayed.
func (r *Result) AsOf() perennial.Day { return r.o.AsOf }

// Rhythm returns the rhythm as of the as-of day.
func (r *Result) Rhythm() Rhythm { return r.rhythm }

// Stage returns customer i's stage, "" for one who had not bought by then.
func (r *Result) Stage(i int) perennial.Stage { return r.name(r.out[i].stage) }

// Previous returns the stage customer i was in before, "" where none.
func (r *Result) Previous(i int) perennial.Stage { return r.name(r.out[i].previous) }

// Since returns the day on which customer i entered the stage.
func (r *Result) Since(i int) perennial.Day { return r.out[i].since }

// Returned reports whether customer i carries the returned marker.
func (r *Result) Returned(i int) bool { return r.out[i].returned > r.o.AsOf }

func (r *Result) name(stage uint8) perennial.Stage {
	if stage == none {
		return ""
	}
	return r.p.stages[stage].Name
}

// Silence returns the days since customer i's last purchase, the customer's own
// rhythm in days and the silence ratio; rhythm and ratio are 0 where no cycle is
// identified. Customer i must have bought by the as-of day.
func (r *Result) Silence(i int) (days int, own, ratio float64) {
	bought := r.bought(i)
	last := len(bought) - 1
	days = int(r.o.AsOf - bought[last])
	if !r.rhythm.Identified {
		return days, 0, 0
	}
	own = r.rhythm.own(int(bought[last]-bought[0]), last)
	return days, own, float64(days) / own
}

// bought returns customer i's purchase days up to the as-of day.
func (r *Result) bought(i int) []perennial.Day {
	days := r.h.Days(i)
	n, found := slices.BinarySearch(days, r.o.AsOf)
	if found {
		n++
	}
	return days[:n]
}

// Classify returns the stage of every customer on the day asked for by the
// rules alone, “the first from the bottom that holds”, without history and
// hysteresis; "" for those who had not bought by then. It is what calibration
// compares, and how a rule is tried out. Rules and rhythm are those of the day.
func Classify(h *history.History, rules *RuleSet, rhythm Rhythm, asOf perennial.Day) ([]perennial.Stage, error) {
	if err := rules.Check(); err != nil {
		return nil, err
	}
	p := newPlan(min(h.First, asOf), asOf, []*RuleSet{rules}, Constant(rhythm), h.Currency.Digits())
	p.medians.fill(h, p, workersFor(h.Len()))
	out := make([]perennial.Stage, h.Len())
	for i, s := range p.classify(h, asOf) {
		if s != none {
			out[i] = p.stages[s].Name
		}
	}
	return out, nil
}

// classify returns the index of each customer's stage by the rules alone.
func (p *plan) classify(h *history.History, asOf perennial.Day) []uint8 {
	out := make([]uint8, h.Len())
	split(h.Len(), workersFor(h.Len()), func(_, lo, hi int) {
		w := newWalker(h, p)
		for i := lo; i < hi; i++ {
			out[i] = w.classify(i, asOf)
		}
	})
	return out
}

func (w *walker) classify(i int, d perennial.Day) uint8 {
	if w.load(i); w.first > d {
		return none
	}
	w.seen, w.stage, w.blk = 0, -1, nil
	clear(w.cursors)
	w.enter(d)
	w.judge(d)
	v := w.p.versions[w.blk.version]
	for s := len(v.global) - 1; s > 0; s-- {
		if w.levels[s] >= holds {
			return uint8(v.global[s])
		}
	}
	return uint8(v.global[0])
}
