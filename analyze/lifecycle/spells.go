package lifecycle

import (
	"encoding/binary"

	"perennial"
)

// packer packs spells into a few bytes each: a million customers have some ten
// million. Each goroutine has its own.
type packer struct {
	first perennial.Day // of the plan
	room  []byte
}

// pack returns a customer's spells packed, in memory that is the caller's.
func (p *packer) pack(spells []spell) []byte {
	need := len(spells) * (1 + binary.MaxVarintLen32)
	if cap(p.room) < need {
		p.room = make([]byte, 0, max(need, 1<<18))
	}
	b := p.room
	for _, s := range spells {
		b = binary.AppendUvarint(append(b, s.stage), uint64(s.from-p.first))
	}
	p.room = b[len(b):]
	return b[:len(b):len(b)]
}

// Spells returns the stages that customer i has been in, the oldest first; nil for one
// who had not bought by the as-of day, and where Options.Keep was not asked for.
func (r *Result) Spells(i int) []Spell {
	if i >= len(r.kept) {
		return nil
	}
	var out []Spell
	for b := r.kept[i]; len(b) > 0; {
		since, n := binary.Uvarint(b[1:])
		from := r.p.first + perennial.Day(since)
		if k := len(out); k > 0 {
			out[k-1].To = from
		}
		out = append(out, Spell{r.p.stages[b[0]].Name, from, r.p.end + 1})
		b = b[1+n:]
	}
	return out
}
