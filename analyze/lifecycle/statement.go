package lifecycle

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"perennial"
)

// spellScale is how a spell is packed into one number: the day on which it began,
// counted from the plan's first, times spellScale, and the stage.
const spellScale = 64

// Statement returns the replay in the words of ClickHouse, over the purchases of
// the run :run: a customer_key and the customer's spells, oldest first, each the
// day since the program's first day times 64 and the stage, a row a customer.
//
// It is what walker does, on arrays. Every date on which a customer is looked at
// gets the levels of all rules, two bits a stage. What held on the grid dates
// before comes from the arrays shifted by one. From the two follows, for each date,
// the stage that every stage would move to: a function on stages, four bits a
// stage. A function that repeats changes nothing (decide applied twice is decide
// applied once), so only those that differ from the last are kept, a tenth; folding
// them over no stage gives the stages.
func (g Program) Statement() string {
	s := statement{p: g.p}
	return s.text()
}

// LastDay is the day up to which is replayed, :end of the statement.
func (g Program) LastDay() perennial.Day { return g.p.end }

type statement struct {
	p     *plan
	gates []gateUse
	drops []dropUse
}

// dropUse is a condition on frequency with an array of its levels, one a look.
type dropUse struct {
	condition *FrequencyDrop
	margin    float64
	recent    string // days, on day d
	n         int32  // the fewest purchase days with which it is asked for
}

// gateUse is a kind of gate on money per day with a place among the levels that are
// taken for every checkpoint.
type gateUse struct {
	gate *gate
	n    int32 // the fewest purchase days with which it is asked for
}

func (s *statement) text() string {
	s.collectGates()
	days := "arrayCompact(arraySort(groupArray(toInt64(toInt32(day))))) as days"
	if len(s.gates) > 0 {
		days = "groupArray(toInt64(toInt32(day))) as unsorted, groupArray(amount) as paid, arraySort(unsorted) as each, arrayCompact(each) as days, arraySort((a, d) -> d, paid, unsorted) as amounts"
	}
	var q strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&q, format+"\n", args...) }
	line("select customer_key,")
	line("    arrayMap((d, g) -> (d - %d) * %d + g,", s.p.first, spellScale)
	line("        arrayFilter((d, g, before) -> g <> before, kept, stages, arrayPushFront(arrayPopBack(stages), toInt64(-1))),")
	line("        arrayFilter((g, before) -> g <> before, stages, arrayPushFront(arrayPopBack(stages), toInt64(-1)))) as spells")
	line("from (select customer_key, kept, arrayMap((t, c) -> %s, told, local) as stages", s.global("t", "c"))
	line("from (select customer_key, kept, told,")
	line("    arrayFold((acc, f) -> (bitAnd(bitShiftRight(f, 4 * acc.1), 15), arrayPushBack(acc.2, bitAnd(bitShiftRight(f, 4 * acc.1), 15))),")
	line("        moves, (toUInt64(15), emptyArrayUInt64())).2 as local")
	if len(s.p.versions) > 1 {
		line("from (select customer_key, kept, told,")
		line("    arrayMap((f, t, u) -> %s, moves, told, arrayPushFront(arrayPopBack(told), toUInt64(%d))) as moves", s.changed("f", "t", "u"), uint64(len(s.p.versions))<<versionBits)
	}
	line("from (select customer_key, kept, told, arrayMap((t, e) -> %s, told, entered) as moves", s.moves("t", "e"))
	line("from (select customer_key, kept, told, arrayMap(t -> %s, told) as entered", s.entered("t"))
	line("from (select customer_key,")
	line("    arrayFilter((d, t, u) -> t <> u, looks, whole, befores) as kept,")
	line("    arrayFilter((t, u) -> t <> u, whole, befores) as told")
	line("from (select customer_key, looks, whole, arrayPushFront(arrayPopBack(whole), toUInt64(18446744073709551615)) as befores")
	line("from (select customer_key, looks,")
	line("    arrayMap((d, l, one, two) -> %s, looks, levels, once, twice) as whole", s.whole("d", "l", "one", "two"))
	line("from (select customer_key, first, looks, levels, once,")
	line("    arrayPushFront(arrayPopBack(arrayFill((o, d) -> (d - first) %% 7 = 0, once, looks)), toUInt64(0)) as twice")
	line("from (select customer_key, first, looks, levels,")
	line("    arrayPushFront(arrayPopBack(arrayFill((l, d) -> (d - first) %% 7 = 0, levels, looks)), toUInt64(0)) as once")
	levels := s.levels() // finds the drops
	names := ""
	for k := range s.drops {
		names += fmt.Sprintf(", drop%d", k)
	}
	line("from (select customer_key, first, looks,")
	line("    arrayMap((d, n, bought, block%s) -> %s,", names, levels)
	line("        looks, counts, lasts, blocks%s) as levels", names)
	s.dropColumns(line)
	line("from (select *, arrayMap(d -> %s, looks) as blocks", s.block("d"))
	line("from (select *, arrayFlatten(weeks) as looks,")
	line("    arrayFlatten(arrayMap((n, l) -> arrayWithConstant(length(l), toInt64(n)), arrayEnumerate(days), weeks)) as counts,")
	line("    arrayFlatten(arrayMap((bought, l) -> arrayWithConstant(length(l), bought), days, weeks)) as lasts")
	line("from (select *, arrayMap((n, bought, next) -> %s, arrayEnumerate(days), days, nexts) as weeks", s.looks())
	line("from (select *, days[1] as first, arrayPushBack(arrayPopFront(days), toInt64(%d)) as nexts%s", s.p.end+1, s.gateColumns())
	line("from (select customer_key, %s", days)
	line("    from purchases where run = :run and day <= :end group by customer_key%s", strings.Repeat(")", strings.Count(q.String(), "from (select")))
	// The arrays of a block are held at once. Short circuits would evaluate what
	// branches have in common once for each.
	line("settings max_block_size = 8192, short_circuit_function_evaluation = 'disable'")
	return q.String()
}

// looks is the array of dates on which a customer is looked at from the n-th
// purchase day, bought, until the next.
func (s *statement) looks() string {
	const begin = "first + intDiv(bought - first, 7) * 7 + 7"
	grid := "range(" + begin + ", next, 7)"
	if from, a, b, ok := s.p.beyond(); ok {
		// Who is silent beyond the line is in the last stage on every date until the
		// next purchase. Of those dates the first tells so, and the last two tell
		// what held before the purchase.
		quiet := fmt.Sprintf("greatest(bought + intDiv(%d + %d * (bought - first), toInt64(n + 1) * %d) + 1, %d)", 2*a, b, ratioScale*ratioScale, from)
		cut := "(first + intDiv(" + quiet + " - first + 6, 7) * 7 + 1)"
		last := "(first + intDiv(next - 1 - first, 7) * 7 - 7)"
		grid = "range(" + begin + ", least(next, " + cut + "), 7), range(greatest(" + begin + ", " + cut + " + 6, " + last + "), next, 7)"
	}
	buys := s.onPurchase("first + intDiv(bought - first, 7) * 7")
	if len(s.p.changed) > 0 {
		days := make([]string, len(s.p.changed))
		for i, d := range s.p.changed {
			days[i] = fmt.Sprintf("toInt64(%d)", d)
		}
		changed := "[" + strings.Join(days, ",") + "]"
		grid = "arraySort(arrayDistinct(arrayConcat(" + grid + ", arrayFilter(d -> d > bought and d < next, " + changed + "))))"
		buys = "(" + buys + " or has(" + changed + ", bought))"
	}
	if buys == "1" {
		return "arrayConcat([bought], " + grid + ")"
	}
	return "arrayConcat(if((bought - first) % 7 = 0 or " + buys + ", [bought], []), " + grid + ")"
}

// onPurchase tells whether purchase days are looked at in the week of a grid date.
func (s *statement) onPurchase(day string) string {
	return s.byVersion(day, func(v *version) string {
		if v.rules.Hysteresis.OnPurchase {
			return "1"
		}
		return "0"
	})
}

// runs returns the days on which another version begins and the versions, the
// first from ever.
func (s *statement) runs() (from []perennial.Day, versions []int) {
	for i := range s.p.blocks {
		b := &s.p.blocks[i]
		if n := len(versions); n == 0 || versions[n-1] != b.version {
			from, versions = append(from, b.from), append(versions, b.version)
		}
	}
	return from, versions
}

// byVersion chooses by the version in force on a day.
func (s *statement) byVersion(day string, of func(*version) string) string {
	from, versions := s.runs()
	var texts []string
	for _, v := range versions {
		texts = append(texts, of(s.p.versions[v]))
	}
	return choose(texts, func(k int) string { return fmt.Sprintf("%s < %d", day, from[k+1]) })
}

// choose writes a choice between texts: the k-th where its condition holds and none
// before, else the last.
func choose(texts []string, when func(k int) string) string {
	if len(slices.Compact(slices.Clone(texts))) == 1 {
		return texts[0]
	}
	var q strings.Builder
	q.WriteString("multiIf(")
	for k, text := range texts[:len(texts)-1] {
		fmt.Fprintf(&q, "%s, %s, ", when(k), text)
	}
	q.WriteString(texts[len(texts)-1] + ")")
	return q.String()
}

// number is the index of the version in force on a day.
func (s *statement) number(day string) string {
	return s.byVersion(day, func(v *version) string { return strconv.Itoa(slices.Index(s.p.versions, v)) })
}

// block is the place of a day's block, from 1.
func (s *statement) block(day string) string {
	texts := make([]string, len(s.p.blocks))
	for i := range texts {
		texts[i] = strconv.Itoa(i + 1)
	}
	if len(texts) == 1 {
		return "1"
	}
	list := make([]string, len(s.p.blockOf))
	for i, b := range s.p.blockOf {
		list[i] = strconv.Itoa(int(b) + 1)
	}
	return fmt.Sprintf("[%s][least(greatest(%s - %d, 0), %d) + 1]", strings.Join(list, ","), day, s.p.first, len(list)-1)
}

// beyond returns the line of silence beyond which, from a day on, every customer is
// firmly in the last stage: (2a + b·span) ÷ (parts·ratioScale²) days. ok is false
// where a version has no such line or another last stage.
func (p *plan) beyond() (from perennial.Day, a, b int64, ok bool) {
	stage := -1
	for i := len(p.blocks) - 1; i >= 0; i-- {
		blk := &p.blocks[i]
		global := p.versions[blk.version].global
		line := blk.lastLine()
		last := global[len(global)-1]
		if line == nil || stage >= 0 && last != stage {
			return p.blocks[min(i+1, len(p.blocks)-1)].from, a, b, stage >= 0
		}
		stage = last
		a, b = max(a, line.ratio[2]*blk.cycle), max(b, line.ratio[2]*ratioScale)
	}
	return p.first, a, b, true
}

// perBlock is a number that differs by block, on a day, d for that of the look at
// hand: a literal where it is
// the same in all blocks that have it.
func (s *statement) perBlock(day string, of func(b *block) (string, bool)) string {
	values, have := make([]string, len(s.p.blocks)), []string{}
	for i := range s.p.blocks {
		v, ok := of(&s.p.blocks[i])
		if values[i] = v; ok {
			have = append(have, v)
		} else {
			values[i] = "0"
		}
	}
	if len(have) > 0 && len(slices.Compact(slices.Clone(have))) == 1 {
		return have[0]
	}
	block := "block" // of the look at hand
	if day != "d" {
		block = s.block(day)
	}
	return "[" + strings.Join(values, ",") + "][" + block + "]"
}

// levels packs how the rules of all stages stand on day d, with n purchase days,
// the last of them bought: two bits a stage.
func (s *statement) levels() string {
	return s.byVersion("d", func(v *version) string {
		var all []string
		for l := range v.global {
			if text := s.stageLevel(v, l); text != "" {
				all = append(all, fmt.Sprintf("bitShiftLeft(toUInt64(%s), %d)", text, 2*l))
			}
		}
		return either("bitOr", all, "toUInt64(0)")
	})
}

// either joins texts by a function of two.
func either(function string, texts []string, none string) string {
	if len(texts) == 0 {
		return none
	}
	out := texts[0]
	for _, text := range texts[1:] {
		out = function + "(" + out + ", " + text + ")"
	}
	return out
}

// stageLevel is the highest level among a stage's conjunctions; "" where none can
// hold.
func (s *statement) stageLevel(v *version, stage int) string {
	var texts []string
	for number := range v.rules.Stages[v.base+stage].Rule.clauses() {
		if text := s.clauseLevel(v, stage, number); text != "" {
			texts = append(texts, text)
		}
	}
	return either("greatest", texts, "")
}

// find returns the conjunction in a block, nil where it can hold for nobody.
func (b *block) find(stage, number int) *clause {
	for j := range b.clauses {
		if c := &b.clauses[j]; int(c.stage) == stage && int(c.number) == number {
			return c
		}
	}
	return nil
}

// clauseLevel is the lowest level among a conjunction's conditions.
func (s *statement) clauseLevel(v *version, stage, number int) string {
	index := slices.Index(s.p.versions, v)
	var like *clause
	somewhere := false // it is missing in a block of the version
	for i := range s.p.blocks {
		if b := &s.p.blocks[i]; b.version == index {
			c := b.find(stage, number)
			somewhere = somewhere || c == nil
			if c != nil {
				like = c
			}
		}
	}
	if like == nil {
		return ""
	}
	// of asks each block of the version for a number of its conjunction.
	of := func(number64 func(c *clause) int64) string {
		return s.perBlock("d", func(b *block) (string, bool) {
			if b.version != index {
				return "", false
			}
			c := b.find(stage, number)
			if c == nil {
				return "", false
			}
			return fmt.Sprintf("toInt64(%d)", number64(c)), true
		})
	}
	var conditions []string
	if somewhere {
		conditions = append(conditions, "3 * "+s.perBlock("d", func(b *block) (string, bool) {
			if b.version == index && b.find(stage, number) != nil {
				return "1", true
			}
			return "0", true
		}))
	}
	passed := func(test func(k int) string) string {
		return fmt.Sprintf("(%s) + (%s) + (%s)", test(0), test(1), test(2))
	}
	conditions = append(conditions, passed(func(k int) string {
		return "n >= " + of(func(c *clause) int64 { return int64(c.n[k]) })
	}))
	if like.tenure[1] > 0 {
		conditions = append(conditions, passed(func(k int) string {
			return "d - first >= " + of(func(c *clause) int64 { return int64(c.tenure[k]) })
		}))
	}
	silence := func(get func(*clause) *line, compare string) {
		if !get(like).set {
			return
		}
		conditions = append(conditions, passed(func(k int) string {
			if get(like).ratio[1] == 0 {
				return fmt.Sprintf("d - bought %s %s", compare, of(func(c *clause) int64 { return int64(get(c).days[k]) }))
			}
			// A silence in whole days is beyond the floor of a quotient where it is
			// beyond the quotient.
			cycle := s.perBlock("d", func(b *block) (string, bool) { return fmt.Sprintf("toInt64(%d)", 2*b.cycle), b.version == index })
			return fmt.Sprintf("(d - bought) * toInt64(n + 1) * %d %s %s * (%s + (bought - first) * %d)",
				ratioScale*ratioScale, compare, of(func(c *clause) int64 { return get(c).ratio[k] }), cycle, ratioScale)
		}))
	}
	silence(func(c *clause) *line { return &c.above }, ">")
	silence(func(c *clause) *line { return &c.atMost }, "<=")
	if like.money != nil {
		conditions = append(conditions, s.gateLevel(index, stage, number))
	}
	if like.freq != nil {
		recent := s.perBlock("d", func(b *block) (string, bool) {
			if c := b.find(stage, number); b.version == index && c != nil {
				return float(c.recent), true
			}
			return "0.0", false
		})
		// Rule sets are few, and so are their drops: each has an array of its own.
		fewest := like.n[0]
		conditions = append(conditions, fmt.Sprintf("toInt64(drop%d)", len(s.drops)))
		s.drops = append(s.drops, dropUse{like.freq, v.margin, recent, fewest})
	}
	return "least(" + strings.Join(append(conditions, "3"), ", ") + ")"
}

func float(v float64) string { return "toFloat64(" + strconv.FormatFloat(v, 'g', -1, 64) + ")" }

// dropColumns writes the levels of the drops, for each an array with one for each
// look. Looks with enough purchases are the last ones, so only those are gone
// through. The binomial terms are taken from their logarithms, which agrees with
// the product to some 1e-13. The steps of all drops stand side by side: each in a
// query of its own would nest too deep where there are many versions.
func (s *statement) dropColumns(line func(format string, args ...any)) {
	if len(s.drops) == 0 {
		return
	}
	// step adds columns for every drop; # in their text is the drop's number.
	step := func(columns func(u dropUse) string) {
		var all []string
		for k, u := range s.drops {
			all = append(all, strings.ReplaceAll(columns(u), "#", strconv.Itoa(k)))
		}
		line("from (select *, %s", strings.Join(all, ",\n    "))
	}
	same := func(columns string) { step(func(dropUse) string { return columns }) }
	step(func(u dropUse) string {
		f := u.condition
		level := fmt.Sprintf("multiIf(not possible, 0, p > %[1]s, 0, p > %[2]s or size < %[3]s, 1, p > %[4]s or size < %[5]s, 2, 3)",
			float(f.Level*(1+u.margin)), float(f.Level), float(f.Size), float(f.Level*(1-u.margin)), float(f.Size*(1+u.margin)))
		return "arrayConcat(arrayWithConstant(length(looks) - length(busy#), toUInt8(0)),\n" +
			"    arrayMap((size, possible, p) -> toUInt8(" + level + "), sizes#, possibles#, ps#)) as drop#"
	})
	same("arrayMap((possible, n, since, recent, rest) -> least(arraySum(i -> exp(lgamma(n) - lgamma(i + 1) - lgamma(n - i) + i * log(recent / rest) + (n - 1) * log1p(-recent / (recent + rest))),\n" +
		"    range(if(possible, toUInt64(since + 1), 0))), 1), possibles#, many#, sinces#, recents#, rests#) as ps#")
	step(func(u dropUse) string {
		return fmt.Sprintf("arrayMap((earlier, recent, rest, size) -> earlier > 0 and recent > 0 and rest > 0 and size >= %s, earliers#, recents#, rests#, sizes#) as possibles#",
			float(u.condition.Size*(1-u.margin)))
	})
	same("arrayMap((earlier, since, recent, rest) -> 1 - toFloat64(since) / recent * rest / toFloat64(earlier), earliers#, sinces#, recents#, rests#) as sizes#")
	same("arrayMap((n, earlier) -> n - 1 - earlier, many#, earliers#) as sinces#")
	same("arrayMap((d, recent) -> greatest(toInt64(arrayCount(x -> x <= d - toInt64(recent), days)) - 1, 0), busy#, recents#) as earliers#,\n" +
		"    arrayMap((d, recent) -> (d - first) - recent, busy#, recents#) as rests#")
	step(func(u dropUse) string {
		return fmt.Sprintf("arrayMap((d, block) -> floor(least(%s, (d - first) / 2)), busy#, busyblocks#) as recents#", u.recent)
	})
	step(func(u dropUse) string {
		return fmt.Sprintf("arrayFilter((d, n) -> n >= %[1]d, looks, counts) as busy#, arrayFilter((b, n) -> n >= %[1]d, blocks, counts) as busyblocks#,\n"+
			"    arrayFilter(n -> n >= %[1]d, counts) as many#", u.n)
	})
}
