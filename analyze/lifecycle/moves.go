package lifecycle

import (
	"fmt"
	"slices"
	"strings"
)

// A look is packed as the levels of the stages, two bits each (0 … 23); whether the
// rule of each held on the grid dates that count for entering, and on one of those
// that count for staying, two bits each (24 … 47); and the version in force.
const (
	heldBits    = 24
	versionBits = 48
	holdsMask   = 0xAAAAAA // the higher bit of each level: holds or firm
	initial     = 15       // no stage yet
)

// whole packs a look: day d, its levels l, and those of the grid dates before it.
func (s *statement) whole(d, l, one, two string) string {
	valid := func(levels string, days int) string {
		// What held under another version says nothing of this one.
		text := fmt.Sprintf("bitAnd(%s, %d)", levels, holdsMask)
		if len(s.p.versions) > 1 {
			text = fmt.Sprintf("if(%s = %s, %s, toUInt64(0))", s.number(fmt.Sprintf("(%s - %d)", d, days)), s.number(d), text)
		}
		return text
	}
	grid := fmt.Sprintf("(%s - first) %% 7 = 0", d)
	// The first customers of the data have no dates before them: shifting in zeros
	// says the same.
	held := s.byVersion(d, func(v *version) string {
		texts := []string{}
		for k, count := range v.all {
			if count {
				texts = append(texts, valid([]string{one, two}[k], 7*(k+1)))
			}
		}
		return either("bitAnd", texts, fmt.Sprintf("toUInt64(%d)", holdsMask))
	})
	lately := s.byVersion(d, func(v *version) string {
		texts := []string{}
		for k, count := range v.any {
			if count {
				texts = append(texts, valid([]string{one, two}[k], 7*(k+1)))
			}
		}
		return either("bitOr", texts, "toUInt64(0)")
	})
	// Between grid dates nothing counts as held for another date.
	held = fmt.Sprintf("if(%s, %s, toUInt64(0))", grid, held)
	lately = fmt.Sprintf("if(%s, %s, toUInt64(%d))", grid, lately, holdsMask)
	return fmt.Sprintf("bitOr(bitOr(%s, bitShiftLeft(bitOr(bitShiftRight(%s, 1), %s), %d)), bitShiftLeft(toUInt64(%s), %d))",
		l, held, lately, heldBits, s.number(d), versionBits)
}

// under chooses by the version of a look t.
func (s *statement) under(t string, of func(*version) string) string {
	var texts []string
	for _, v := range s.p.versions {
		texts = append(texts, of(v))
	}
	return choose(texts, func(k int) string { return fmt.Sprintf("bitShiftRight(%s, %d) = %d", t, versionBits, k) })
}

func levelOf(t string, stage int) string {
	return fmt.Sprintf("bitAnd(bitShiftRight(%s, %d), 3)", t, 2*stage)
}

func holdsIn(t string, stage int) string { return fmt.Sprintf("bitTest(%s, %d)", t, 2*stage+1) }

// entered is the furthest stage that a look t lets enter, 0 for none.
func (s *statement) entered(t string) string {
	return s.under(t, func(v *version) string {
		var q strings.Builder
		for stage := len(v.global) - 1; stage > 0; stage-- {
			fmt.Fprintf(&q, "%[1]s = 3 or %[1]s = 2 and bitTest(%[2]s, %[3]d), %[4]d, ", levelOf(t, stage), t, heldBits+2*stage, stage)
		}
		return "multiIf(" + q.String() + "0)"
	})
}

// moves is the function on stages that a look t stands for, which lets enter e:
// the local stage that each local stage moves to, four bits each, and at the top
// the one that a new customer begins in. See walker.decide.
func (s *statement) moves(t, e string) string {
	return s.under(t, func(v *version) string {
		n := len(v.global)
		// The furthest stage before c whose rule holds.
		before := func(c int) string {
			q := ""
			for stage := c - 1; stage > 0; stage-- {
				q += fmt.Sprintf("%s, %d, ", holdsIn(t, stage), stage)
			}
			if q == "" {
				return "0"
			}
			return "multiIf(" + q + "0)"
		}
		all := []string{fmt.Sprintf("bitShiftLeft(toUInt64(%s), %d)", before(n), 4*initial)}
		for c := range n {
			stays := fmt.Sprintf("%s or %s = 1 and bitTest(%s, %d)", holdsIn(t, c), levelOf(t, c), t, heldBits+2*c+1)
			all = append(all, fmt.Sprintf("bitShiftLeft(toUInt64(multiIf(%s > %d, %s, %s, %d, %s)), %d)", e, c, e, stays, c, before(c), 4*c))
		}
		return either("bitOr", all, "")
	})
}

// changed is the function f of a look t that follows a look u: where u was of
// another version, its stages come first through theirs in t's.
func (s *statement) changed(f, t, u string) string {
	nibble := func(at int) string { return fmt.Sprintf("bitAnd(bitShiftRight(%s, %d), 15)", f, 4*at) }
	var q strings.Builder
	q.WriteString("multiIf(")
	for a, from := range s.p.versions {
		for b, to := range s.p.versions {
			if a == b {
				continue
			}
			all := []string{fmt.Sprintf("bitShiftLeft(%s, %d)", nibble(initial), 4*initial)}
			for local, global := range from.global {
				then := to.local[global]
				if then < 0 {
					then = initial
				}
				all = append(all, fmt.Sprintf("bitShiftLeft(%s, %d)", nibble(then), 4*local))
			}
			fmt.Fprintf(&q, "bitShiftRight(%s, %d) = %d and bitShiftRight(%s, %d) = %d, %s, ", u, versionBits, a, t, versionBits, b, either("bitOr", all, ""))
		}
	}
	return q.String() + f + ")"
}

// global is the plan's stage of a local stage c under the version of a look t.
func (s *statement) global(t, c string) string {
	return s.under(t, func(v *version) string {
		list := make([]string, len(v.global))
		for l, g := range v.global {
			list[l] = fmt.Sprint(g)
		}
		return fmt.Sprintf("toInt64([%s][%s + 1])", strings.Join(list, ","), c)
	})
}

// collectGates finds the gates on money per day, each kind once.
func (s *statement) collectGates() {
	for i := range s.p.blocks {
		b := &s.p.blocks[i]
		for j := range b.clauses {
			c := &b.clauses[j]
			if c.money == nil {
				continue
			}
			if k := s.gate(c.money); k >= 0 {
				s.gates[k].n = min(s.gates[k].n, c.n[0])
			} else {
				s.gates = append(s.gates, gateUse{c.money, c.n[0]})
			}
		}
	}
}

func (s *statement) gate(g *gate) int {
	return slices.IndexFunc(s.gates, func(u gateUse) bool { return *u.gate == *g })
}

// gateColumns takes, for every kind of gate against a median, its level at each
// checkpoint from the first purchase on, a byte each: as both sides are of the
// checkpoint, the level stands until the next one.
func (s *statement) gateColumns() string {
	var q strings.Builder
	for k, u := range s.gates {
		if u.gate.median < 0 {
			continue
		}
		m := s.p.medians
		var needs [3][]string
		for _, value := range m.value[u.gate.median] {
			for l := range needs {
				needs[l] = append(needs[l], fmt.Sprintf("toInt64(%d)", value*u.gate.times[l]/100))
			}
		}
		at := fmt.Sprintf("greatest(toInt64(%d) + j * %d, days[1])", m.from, medianEvery)
		perDay := s.perDay(u.gate, at, "days[1]", "each", "amounts")
		var passed []string
		for l := range needs {
			passed = append(passed, fmt.Sprintf("(%s >= [%s][j + 1])", perDay, strings.Join(needs[l], ",")))
		}
		fmt.Fprintf(&q, ",\n    if(length(days) >= %d, arrayStringConcat(arrayMap(j -> char(%s), range(intDiv(days[1] - %d, %d), toInt64(%d)))), '') as gate%d",
			u.n, strings.Join(passed, " + "), m.from, medianEvery, len(m.value[u.gate.median]), k)
	}
	if len(s.gates) > 0 {
		q.WriteString(", amounts")
	}
	return q.String()
}

// perDay is money per day on a day, in moneyScale-ths.
func (s *statement) perDay(g *gate, day, first, days, amounts string) string {
	inWindow := fmt.Sprintf("x <= %s", day)
	if g.window != never {
		inWindow += fmt.Sprintf(" and x > %s - %d", day, g.window)
	}
	floor := s.perBlock(day, func(b *block) (string, bool) { return fmt.Sprintf("toInt64(%d)", b.floor()), true })
	return fmt.Sprintf("intDiv(least(greatest(arraySum((x, m) -> if(%s, m, 0), %s, %s), toInt64(%d)), toInt64(%d)) * %d, least(greatest(%s - %s, %s, 1), %d))",
		inWindow, days, amounts, -maxMoney, maxMoney, moneyScale, day, first, floor, g.window)
}

// gateLevel is the level of a conjunction's gate on day d: of the kind of gate that
// the day's block has.
func (s *statement) gateLevel(version, stage, number int) string {
	kinds := map[int]bool{}
	which := s.perBlock("d", func(b *block) (string, bool) {
		c := b.find(stage, number)
		if b.version != version || c == nil {
			return "", false
		}
		kinds[s.gate(c.money)] = true
		return fmt.Sprint(s.gate(c.money)), true
	})
	var texts []string
	for k := range s.gates {
		text := s.gateText(k)
		if len(kinds) == 1 && kinds[k] {
			return text
		}
		texts = append(texts, text)
	}
	return choose(texts, func(k int) string { return fmt.Sprintf("%s = %d", which, k) })
}

// gateText is the level of the k-th kind of gate on day d.
func (s *statement) gateText(k int) string {
	u := s.gates[k]
	if u.gate.median >= 0 {
		from := s.p.medians.from
		return fmt.Sprintf("toInt64(reinterpretAsUInt8(substring(gate%d, intDiv(d - %d, %d) - intDiv(first - %d, %d) + 1, 1)))",
			k, from, medianEvery, from, medianEvery)
	}
	var passed []string
	perDay := s.perDay(u.gate, "d", "first", fmt.Sprintf("if(n >= %d, each, [])", u.n), fmt.Sprintf("if(n >= %d, amounts, [])", u.n))
	for _, need := range u.gate.fixed {
		passed = append(passed, fmt.Sprintf("(%s >= toInt64(%d))", perDay, need))
	}
	return "toInt64(" + strings.Join(passed, " + ") + ")"
}
