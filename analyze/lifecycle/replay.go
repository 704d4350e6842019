package lifecycle

import (
	"math"
	"runtime"
	"sync"

	"perennial"
	"perennial/analyze/history"
)

// none stands for no stage: not yet a customer, or no stage before.
const none = ^uint8(0)

// Spell is an unbroken time of a customer in one stage.
type Spell struct {
	Stage perennial.Stage
	From  perennial.Day
	To    perennial.Day // exclusive; the day after the as-of day for the open last one
}

// split calls f for even parts of 0..n-1, each on a goroutine of its own.
func split(n, workers int, f func(part, lo, hi int)) {
	if workers <= 1 {
		f(0, 0, n)
		return
	}
	var wg sync.WaitGroup
	for part := range workers {
		wg.Go(func() { f(part, n*part/workers, n*(part+1)/workers) })
	}
	wg.Wait()
}

// workersFor returns how many goroutines are worth their start for n customers.
func workersFor(n int) int { return max(1, min(runtime.GOMAXPROCS(0), 8, n/2000)) }

// walker replays one customer at a time. It is one goroutine's.
type walker struct {
	h *history.History
	p *plan

	// The customer.
	days   []perennial.Day
	first  perennial.Day
	prefix []perennial.Money // prefix[k]: money of the first k purchase days
	seen   int               // purchase days so far

	// The state that the replay carries from date to date.
	stage    int // local to the version in force; -1 before the first date
	since    perennial.Day
	previous uint8
	masks    [2]uint16 // rules that held on the last grid date and the one before
	returned perennial.Day
	// onPurchase says whether this week's purchase days are looked at: as the
	// version has it that is in force on the grid date which begins the week.
	onPurchase bool

	// Lines of silence of the clauses in days, for the block and purchases at hand.
	blk     *block
	lines   []marks // two a clause
	cursors []int   // two a clause: first purchase day in the money window, in the recent time
	levels  [MaxStages]level

	spells []spell
}

type spell struct {
	stage    uint8 // index into plan.stages
	from, to perennial.Day
}

// outcome is where a customer stands at the end of a replay.
type outcome struct {
	stage    uint8
	previous uint8
	since    perennial.Day
	returned perennial.Day // first day on which the marker is gone; NoDay where never set
}

func newWalker(h *history.History, p *plan) *walker {
	w := &walker{h: h, p: p}
	n := 0
	for i := range p.blocks {
		n = max(n, len(p.blocks[i].clauses))
	}
	w.lines, w.cursors = make([]marks, 2*n), make([]int, 2*n)
	return w
}

// run replays customer i up to the plan's end and leaves the spells in
// w.spells. Stages are looked at on the grid first, first+7, …, on days on which new
// rules come into force and, where the rules say so, on purchase days. Dates on which
// nothing can change are skipped.
func (w *walker) run(i int) (outcome, bool) {
	if w.load(i); w.first > w.p.end {
		return outcome{stage: none, previous: none, returned: history.NoDay}, false
	}
	w.seen, w.stage, w.previous, w.masks, w.returned, w.blk = 0, -1, none, [2]uint16{}, history.NoDay, nil
	w.spells = w.spells[:0]
	clear(w.cursors)

	for d := w.first; d <= w.p.end; {
		w.enter(d)
		onGrid := (d-w.first)%7 == 0
		if onGrid {
			w.onPurchase = w.p.versions[w.blk.version].rules.Hysteresis.OnPurchase
		}
		mask := w.judge(d)
		changed := w.decide(d, onGrid)
		quiet := !changed && mask == w.masks[0] && mask == w.masks[1]
		if onGrid {
			w.masks[1], w.masks[0] = w.masks[0], mask
		}
		d = w.next(d, onGrid && quiet)
	}
	last := len(w.spells) - 1
	w.spells[last].to = w.p.end + 1
	return outcome{stage: w.spells[last].stage, previous: w.previous, since: w.since, returned: w.returned}, true
}

// load takes customer i at hand.
func (w *walker) load(i int) {
	w.days = w.h.Days(i)
	w.first = w.days[0]
	w.prefix = append(w.prefix[:0], 0)
	total := perennial.Money(0)
	for _, m := range w.h.Amounts(i) {
		total += m
		w.prefix = append(w.prefix, total)
	}
}

// enter brings purchases and the block up to day d.
func (w *walker) enter(d perennial.Day) {
	fresh := false
	if b := w.p.block(d); b != w.blk {
		if w.blk != nil && w.blk.version != b.version {
			w.changeVersion(b)
		}
		w.blk, fresh = b, true
	}
	for w.seen < len(w.days) && w.days[w.seen] <= d {
		if v := w.p.versions[w.blk.version]; w.stage >= 0 && w.stage == v.returned {
			w.returned = w.days[w.seen] + perennial.Day(w.blk.returned)
		}
		w.seen++
		fresh = true
	}
	if !fresh {
		return
	}
	parts := int64(w.seen + 1) // 2 + k gaps
	scaled := 2*w.blk.cycle + int64(w.days[w.seen-1]-w.first)*ratioScale
	for j := range w.blk.clauses {
		c := &w.blk.clauses[j]
		if c.above.set {
			w.lines[2*j] = c.above.floors(scaled, parts)
		}
		if c.atMost.set {
			w.lines[2*j+1] = c.atMost.floors(scaled, parts)
		}
	}
}

// changeVersion takes the customer's stage over into another version's stages.
// What held under the old rules says nothing of the new.
func (w *walker) changeVersion(b *block) {
	if w.stage >= 0 {
		w.stage = w.p.versions[b.version].local[w.p.versions[w.blk.version].global[w.stage]]
	}
	w.masks = [2]uint16{}
	clear(w.cursors)
}

// judge fills w.levels and returns the mask of the rules that hold on day d.
func (w *walker) judge(d perennial.Day) uint16 {
	n := len(w.p.versions[w.blk.version].global)
	clear(w.levels[:n])
	tenure := int32(d - w.first)
	silent := int32(d - w.days[w.seen-1])
	count := int32(w.seen)
	for j := range w.blk.clauses {
		c := &w.blk.clauses[j]
		best := w.levels[c.stage]
		l := c.n.atLeast(count)
		if l > best && c.tenure[1] > 0 {
			l = min(l, c.tenure.atLeast(tenure))
		}
		if l > best && c.above.set {
			l = min(l, w.lines[2*j].above(silent))
		}
		if l > best && c.atMost.set {
			l = min(l, w.lines[2*j+1].atMost(silent))
		}
		if l > best && c.money != nil {
			l = min(l, w.money(c.money, &w.cursors[2*j], d))
		}
		if l > best && c.freq != nil {
			l = min(l, w.frequency(c, &w.cursors[2*j+1], d))
		}
		w.levels[c.stage] = max(best, l)
	}
	mask := uint16(0)
	for s, l := range w.levels[:n] {
		if l >= holds {
			mask |= 1 << s
		}
	}
	return mask
}

// money says how the customer's money per day stands to a gate on day d. Against
// a median both are taken as of the same checkpoint, like with like.
func (w *walker) money(g *gate, cursor *int, d perennial.Day) level {
	n := w.seen
	need := g.fixed
	if g.median >= 0 {
		m := w.p.medians.at(g.median, d)
		for k := range need {
			need[k] = m * g.times[k] / 100
		}
		d = max(alignDown(d, medianEvery), w.first)
		for w.days[n-1] > d {
			n--
		}
	}
	sum := w.prefix[n]
	if g.window != never { // else the cursor is another gate's, of another block
		*cursor = seek(w.days, *cursor, n, d-perennial.Day(g.window))
		sum -= w.prefix[min(*cursor, n)]
	}
	have := int64(min(max(sum, -maxMoney), maxMoney)) * moneyScale
	days := int64(spread(d, w.first, g.window, w.p.block(d).floor()))
	l := out
	for _, v := range need {
		if have/days >= v {
			l++
		}
	}
	return l
}

// frequency says how the customer's recent frequency stands to a drop.
func (w *walker) frequency(c *clause, cursor *int, d perennial.Day) level {
	tenure := float64(d - w.first)
	recent := math.Floor(min(c.recent, tenure/2))
	*cursor = seek(w.days, *cursor, w.seen, d-perennial.Day(recent))
	// The first purchase starts the clock and is not counted.
	earlier := max(*cursor-1, 0)
	return c.freq.drop(w.p.versions[w.blk.version].margin, w.seen-1-earlier, earlier, recent, tenure-recent)
}

// seek returns the first of days[:n] after edge, starting from a guess.
func seek(days []perennial.Day, guess, n int, edge perennial.Day) int {
	for guess > 0 && days[guess-1] > edge {
		guess--
	}
	for guess < n && days[guess] <= edge {
		guess++
	}
	return guess
}

// decide moves the customer to another stage where the rules and the hysteresis
// say so, and reports whether it did. A stage further down the rule set is
// entered when its rule holds firmly or has held on the dates before; the stage
// at hand is left when its rule fails even loosened, or has failed on the dates
// before; stages further up are then taken as they hold.
func (w *walker) decide(d perennial.Day, onGrid bool) bool {
	v := w.p.versions[w.blk.version]
	held, lately := ^uint16(0), uint16(0)
	for k := range w.masks {
		if v.all[k] {
			held &= w.masks[k]
		}
		if v.any[k] {
			lately |= w.masks[k]
		}
	}
	if !onGrid {
		// Between grid dates nothing counts as held for another date.
		held, lately = 0, ^uint16(0)
	}
	to := -1
	for s := len(v.global) - 1; s >= 0 && to < 0; s-- {
		bit := uint16(1) << s
		l := w.levels[s]
		switch {
		case w.stage < 0 || s < w.stage:
			if l >= holds {
				to = s
			}
		case s == w.stage:
			if l >= holds || l == loose && lately&bit != 0 {
				to = s
			}
		case l == firm || l == holds && held&bit != 0:
			to = s
		}
	}
	to = max(to, 0) // the first stage takes everyone who has bought
	if to == w.stage {
		return false
	}
	global := uint8(v.global[to])
	w.stage = to
	if n := len(w.spells); n > 0 {
		if w.spells[n-1].stage == global {
			return true // the same stage under a new version
		}
		w.spells[n-1].to = d
		w.previous = w.spells[n-1].stage
	}
	w.spells = append(w.spells, spell{stage: global, from: d})
	w.since = d
	return true
}

// next returns the date to look at after d: everybody is looked at on the day on
// which new rules come into force, so that they hold for all from then on.
func (w *walker) next(d perennial.Day, quiet bool) perennial.Day {
	return min(w.usual(d, quiet), w.p.changeAfter(d))
}

// usual is next under one version of the rules. Where the last dates were quiet it
// is the first grid date on which a condition can change.
func (w *walker) usual(d perennial.Day, quiet bool) perennial.Day {
	grid := w.first + (d-w.first)/7*7 + 7
	buys := perennial.Day(never)
	if w.seen < len(w.days) {
		buys = w.days[w.seen]
	}
	if quiet {
		if settled := w.settledUntil(d, buys); settled > grid {
			grid = settled
		} else if change := min(w.change(d), buys, w.blk.to); change > grid {
			grid = w.first + (change-w.first+6)/7*7
		}
	}
	if w.onPurchase {
		return min(grid, buys)
	}
	return grid
}

// settledUntil returns, for a customer who cannot leave the last stage without a
// purchase, the date from which to look again: two grid dates before the next
// purchase, so that what held before it is known. Otherwise 0.
func (w *walker) settledUntil(d, buys perennial.Day) perennial.Day {
	v := w.p.versions[w.blk.version]
	if w.stage != len(v.global)-1 || w.blk.settledB == 0 || w.levels[w.stage] < holds {
		return history.NoDay
	}
	span := int64(w.days[w.seen-1] - w.first)
	line := (2*w.blk.settledA + w.blk.settledB*span) / (int64(w.seen+1) * ratioScale * ratioScale)
	if int64(d-w.days[w.seen-1]) <= line {
		return history.NoDay
	}
	if buys == never {
		return never
	}
	return w.first + (buys-1-w.first)/7*7 - 7
}

// change returns the first day after d on which a condition can change by time
// alone within the block.
func (w *walker) change(d perennial.Day) perennial.Day {
	next := perennial.Day(never)
	last := w.days[w.seen-1]
	count := int32(w.seen)
	for j := range w.blk.clauses {
		c := &w.blk.clauses[j]
		if count < c.n[0] {
			continue
		}
		if c.freq != nil || c.money != nil && c.money.median < 0 {
			return d
		}
		if c.money != nil { // stands from one checkpoint to the next
			next = min(next, alignDown(d, medianEvery)+medianEvery)
		}
		if c.tenure[1] > 0 {
			for _, m := range c.tenure {
				if at := w.first + perennial.Day(m); at > d {
					next = min(next, at)
				}
			}
		}
		for k, set := range [2]bool{c.above.set, c.atMost.set} {
			for _, m := range w.lines[2*j+k] {
				if set && m < never-1 {
					if at := last + perennial.Day(m) + 1; at > d {
						next = min(next, at)
					}
				}
			}
		}
	}
	return next
}
