package lifecycle

import (
	"math"

	"perennial"
)

// never is a threshold in days that no customer passes.
const never = math.MaxInt32

// ratioScale is the fixed-point scale of cycles and silence ratios: 2¹⁰ steps a
// unit, so that a threshold is off by less than a tenth of a day.
const ratioScale = 1 << 10

// marks are the three forms of a threshold: loosened, as it stands, tightened.
type marks [3]int32

// atLeast says how x ≥ mark stands.
func (m *marks) atLeast(x int32) level {
	l := out
	if x >= m[0] {
		l++
	}
	if x >= m[1] {
		l++
	}
	if x >= m[2] {
		l++
	}
	return l
}

// above and atMost compare a silence in whole days with the floor of a line.
func (m *marks) above(x int32) level {
	l := out
	if x > m[0] {
		l++
	}
	if x > m[1] {
		l++
	}
	if x > m[2] {
		l++
	}
	return l
}

func (m *marks) atMost(x int32) level {
	l := out
	if x <= m[0] {
		l++
	}
	if x <= m[1] {
		l++
	}
	if x <= m[2] {
		l++
	}
	return l
}

// line is a compiled line of silence: in multiples of the customer's own rhythm
// (ratio, scaled) or in days.
type line struct {
	set   bool
	ratio [3]int64
	days  marks
}

// floors returns the line in whole days of silence for a customer whose own
// rhythm is scaled ÷ (ratioScale · parts) days.
func (l *line) floors(scaled int64, parts int64) marks {
	if l.ratio[1] == 0 {
		return l.days
	}
	var m marks
	for v := range m {
		m[v] = int32(min(l.ratio[v]*scaled/(parts*ratioScale*ratioScale), never-1))
	}
	return m
}

// clause is one conjunction of a stage's rule, with numbers in force for a run
// of days.
type clause struct {
	stage  uint8 // position in the rule set, from the first stage of buyers
	number uint8 // of the conjunction in the stage's rule
	n      marks
	tenure marks
	above  line
	atMost line
	money  *gate
	freq   *FrequencyDrop
	recent float64 // days
}

// gate is a compiled condition on money per day.
type gate struct {
	window int32    // days over which money counts
	median int      // index of the window's medians, -1 for a fixed amount
	times  [3]int64 // per cent of the median
	fixed  [3]int64 // moneyScale-ths of a minor unit a day
}

// block is a run of days with the same rules and the same rhythm.
type block struct {
	from, to perennial.Day // to is exclusive
	version  int           // index into plan.versions
	rhythm   Rhythm
	cycle    int64 // rhythm.CycleDays · ratioScale, 0 where not identified
	clauses  []clause
	last     uint8 // the last stage
	returned int32 // days the marker stays
	// settled: a customer in the last stage whose silence in days is beyond
	// (2·settledA + settledB·span) ÷ (parts·ratioScale²) stays there until the
	// next purchase, whatever block follows. settledB is 0 where unknown.
	settledA, settledB int64
}

// plan is everything a replay needs that does not differ by customer.
type plan struct {
	first, end perennial.Day
	versions   []*version
	blocks     []block
	blockOf    []uint32        // by day since first
	changed    []perennial.Day // on which another version comes into force, ascending
	medians    *medians
	stages     []Stage // all versions' stages for buyers, the newest's first
	// reachA and reachB are the highest S80·c and S80 of any block: beyond them
	// nobody is active.
	reachA, reachB float64
}

// version is a rule set with its place among the stages of the whole plan.
type version struct {
	rules    *RuleSet
	base     int   // stages before those of buyers
	global   []int // local stage → plan.stages
	local    []int // plan.stages → local stage, -1 where absent
	returned int   // local stage of Returned.From, -1 where none
	margin   float64
	all, any [2]bool // which of the two earlier masks must, or may, hold
}

func newPlan(first, end perennial.Day, sets []*RuleSet, at RhythmAt, currencyDigits int) *plan {
	p := &plan{first: first, end: end}
	for v := len(sets) - 1; v >= 0; v-- {
		p.addStages(sets[v])
	}
	for _, rules := range sets {
		p.versions = append(p.versions, p.version(rules))
	}
	windows := windowSet{}
	var last Rhythm
	for d := first; d <= end; d++ {
		fresh := len(p.blocks) == 0
		if fresh || d == alignDown(d, 7) {
			last = at(max(first, alignDown(d, 7))).sound()
		}
		v := inForce(sets, d)
		if n := len(p.blocks); !fresh && p.blocks[n-1].version == v && sameRhythm(p.blocks[n-1].rhythm, last) {
			p.blocks[n-1].to = d + 1
		} else {
			if !fresh && p.blocks[n-1].version != v {
				p.changed = append(p.changed, d)
			}
			p.blocks = append(p.blocks, compile(p.versions[v], v, d, last, windows, currencyDigits))
		}
		p.blockOf = append(p.blockOf, uint32(len(p.blocks)-1))
	}
	for i := range p.blocks {
		r := p.blocks[i].rhythm
		p.reachA, p.reachB = max(p.reachA, r.S80*r.CycleDays), max(p.reachB, r.S80)
	}
	p.settle()
	p.medians = &medians{windows: windows.list()}
	return p
}

// changeAfter returns the first day after d on which another version comes into
// force.
func (p *plan) changeAfter(d perennial.Day) perennial.Day {
	for _, c := range p.changed {
		if c > d {
			return c
		}
	}
	return never
}

func sameRhythm(a, b Rhythm) bool {
	return a.Identified == b.Identified && a.CycleDays == b.CycleDays && a.S80 == b.S80 && a.S95 == b.S95
}

// inForce returns the index of the version in force on day d: the last whose
// From is not after it, else the first.
func inForce(sets []*RuleSet, d perennial.Day) int {
	v := 0
	for i, r := range sets {
		if r.From == nil || *r.From <= d {
			v = i
		}
	}
	return v
}

func (p *plan) addStages(rules *RuleSet) {
	for _, s := range rules.Stages[rules.prospects():] {
		if p.stage(s.Name) < 0 {
			p.stages = append(p.stages, s)
		}
	}
}

// stage returns the index of a stage in the plan, or -1.
func (p *plan) stage(name perennial.Stage) int {
	for i := range p.stages {
		if p.stages[i].Name == name {
			return i
		}
	}
	return -1
}

func (p *plan) version(rules *RuleSet) *version {
	v := &version{rules: rules, base: rules.prospects(), returned: -1, margin: rules.Hysteresis.Margin}
	v.local = make([]int, len(p.stages))
	for i := range v.local {
		v.local[i] = -1
	}
	for l, s := range rules.Stages[v.base:] {
		g := p.stage(s.Name)
		v.global = append(v.global, g)
		v.local[g] = l
		if rules.Returned.Name != "" && s.Name == rules.Returned.From {
			v.returned = l
		}
	}
	for k := range v.all {
		v.all[k] = rules.Hysteresis.Dates > k+1
		v.any[k] = rules.Hysteresis.Dates > k+1
	}
	return v
}

// compile puts the rules of a version into numbers for the days from d on which
// the rhythm is r.
func compile(v *version, index int, d perennial.Day, r Rhythm, windows windowSet, digits int) block {
	b := block{from: d, to: d + 1, version: index, rhythm: r, cycle: scale(r.CycleDays, 1), last: uint8(len(v.global) - 1)}
	cycle := r.CycleDays
	if r.Identified && v.rules.CycleDays > 0 {
		cycle = v.rules.CycleDays
	}
	if days, ok := v.rules.Returned.Lasts.Days(cycle); ok {
		b.returned = ceilDays(days)
	}
	for l := range v.rules.Stages[v.base:] {
		stage := &v.rules.Stages[v.base+l]
		for j, rule := range stage.Rule.clauses() {
			c := clause{stage: uint8(l), number: uint8(j)}
			if c.fill(v, stage, rule, r, cycle, windows, digits) {
				b.clauses = append(b.clauses, c)
			}
		}
	}
	return b
}

// fill compiles a rule; false where it can hold for nobody for want of a cycle.
func (c *clause) fill(v *version, stage *Stage, rule Rule, r Rhythm, cycle float64, windows windowSet, digits int) bool {
	if rule.WithoutCycle && r.Identified {
		return false
	}
	m := [3]float64{1 - v.margin, 1, 1 + v.margin}
	nMin := max(rule.NMin, 1)
	if rule.FrequencyDrop != nil {
		nMin = max(nMin, rule.FrequencyDrop.NMin)
	}
	// A count steps over its boundary, which lies half way: n ≥ 2 is passed by a
	// tenth at n = 2, since 2 ≥ 1.1 · 1.5.
	for k := range m {
		c.n[k] = int32(math.Ceil((float64(nMin)-0.5)*m[k] - 1e-9))
	}
	c.n[1] = int32(nMin)
	c.n[0] = min(c.n[0], c.n[1])
	if nMin == 1 {
		c.n = marks{1, 1, 1} // everyone has bought
	}
	if rule.TenureMin != nil {
		days, ok := v.rules.tenureMin(v.base+int(c.stage), *rule.TenureMin, cycle)
		if !ok {
			return false
		}
		for k := range m {
			c.tenure[k] = ceilDays(days * m[k])
		}
	}
	if s := rule.SilenceAbove; s != nil && !c.above.fill(*s, r, m) {
		return false
	}
	if s := rule.SilenceAtMost; s != nil && !c.atMost.fill(*s, r, [3]float64{m[2], 1, m[0]}) {
		return false
	}
	if f := rule.FrequencyDrop; f != nil {
		days, ok := f.Recent.Days(cycle)
		if !ok {
			return false
		}
		c.freq, c.recent = f, days
	}
	if rule.MoneyPerDay != nil {
		c.money = newGate(*rule.MoneyPerDay, stage, cycle, m, windows, digits)
	}
	return true
}

func newGate(value Value, stage *Stage, cycle float64, m [3]float64, windows windowSet, digits int) *gate {
	g := &gate{window: never, median: -1}
	if stage.Lasts != nil {
		if days, ok := stage.Lasts.Days(cycle); ok {
			g.window = ceilDays(days)
			if stage.Lasts.Unit == UnitCycle {
				// A window that breathes with the cycle would need medians of its own
				// for every cycle: four weeks are fine enough.
				g.window = (g.window + medianEvery - 1) / medianEvery * medianEvery
			}
		}
	}
	for k := range m {
		g.times[k] = int64(math.Round(value.Median * m[k] * 100))
		g.fixed[k] = int64(math.Round(value.AtLeast * m[k] * math.Pow10(digits) * moneyScale))
	}
	if value.Median > 0 {
		g.median = windows.index(g.window)
	}
	return g
}

func (l *line) fill(s Silence, r Rhythm, m [3]float64) bool {
	l.set = true
	if s.Days > 0 {
		for k := range m {
			l.days[k] = int32(s.Days * m[k])
		}
		return true
	}
	if !r.Identified {
		return false
	}
	ratio := s.Ratio
	switch s.Quantile {
	case 80:
		ratio = r.S80 * s.Times
	case 95:
		ratio = r.S95 * s.Times
	}
	for k := range m {
		l.ratio[k] = scale(ratio, m[k])
	}
	return true
}

func scale(v, m float64) int64 { return int64(math.Round(v * m * ratioScale)) }

// ceilDays returns the least whole number of days that is not below d.
func ceilDays(d float64) int32 { return int32(math.Ceil(d - 1e-9)) }

// settle finds for each block the silence beyond which a customer of the last
// stage cannot leave it without a purchase: the highest line over this block and
// all that follow. Unknown where a later block has another version, no cycle,
// or a last stage with more than a line of silence.
func (p *plan) settle() {
	var a, b int64
	for i := len(p.blocks) - 1; i >= 0; i-- {
		blk := &p.blocks[i]
		line := blk.lastLine()
		if line != nil {
			a, b = max(a, line.ratio[1]*blk.cycle), max(b, line.ratio[1]*ratioScale)
		}
		if line == nil || i+1 < len(p.blocks) && blk.version != p.blocks[i+1].version {
			return
		}
		blk.settledA, blk.settledB = a, b
	}
}

// lastLine returns the line of silence, in multiples of the customer's rhythm, that
// alone puts a customer into the last stage; nil where there is none.
func (b *block) lastLine() *line {
	var found *line
	for j := range b.clauses {
		c := &b.clauses[j]
		if c.stage == b.last && c.above.ratio[1] > 0 && c.n[1] == 1 && c.tenure[1] == 0 &&
			!c.atMost.set && c.money == nil && c.freq == nil && (found == nil || c.above.ratio[1] < found.ratio[1]) {
			found = &c.above
		}
	}
	return found
}
