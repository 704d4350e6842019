package tabular

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// sieve tells the rows of a table from what else stands between them.
type sieve struct {
	names [][]byte // the header as it stands in the file; nil without one
}

// keep reports whether cells are a row, and counts what is not.
func (s *sieve) keep(data []byte, cells []span, stats *Stats) bool {
	first := 0
	for first < len(cells) && blankCell(data[cells[first].start:cells[first].end]) {
		first++
	}
	if first == len(cells) {
		stats.Blank++
		return false
	}
	lead := data[cells[first].start:cells[first].end]
	if first == 0 && len(s.names) > 0 && bytes.Equal(lead, s.names[0]) && s.repeats(data, cells) {
		stats.RepeatedHeader++
		return false
	}
	if isTotal(lead) && s.mostlyEmpty(data, cells, lead) {
		stats.Summary++
		return false
	}
	return true
}

func (s *sieve) repeats(data []byte, cells []span) bool {
	if len(cells) != len(s.names) || len(cells) < 2 {
		return false
	}
	for i, c := range cells {
		if !bytes.Equal(data[c.start:c.end], s.names[i]) {
			return false
		}
	}
	return true
}

// mostlyEmpty reports whether a row that begins with a total's label has at most
// half of the other cells filled. The label may fill several merged cells.
func (s *sieve) mostlyEmpty(data []byte, cells []span, label []byte) bool {
	filled := 0
	for _, c := range cells {
		if v := data[c.start:c.end]; !blankCell(v) && !bytes.Equal(v, label) {
			filled++
		}
	}
	return filled <= max(len(cells), len(s.names))/2
}

// totalLabels are how total rows begin, longer ones first.
var totalLabels = []string{"合计", "总计", "小计", "总合计", "本页合计", "本页小计", "grand total", "subtotal", "sub total", "sub-total", "totals", "total", "sum"}

// isTotal reports whether a cell is the label of a total row: 合计, Total:, 合计（元）.
func isTotal(cell []byte) bool {
	if len(cell) == 0 || len(cell) > 40 {
		return false
	}
	switch c := cell[0]; {
	case c == 0xE5 || c == 0xE6 || c == ' ' || c == 0xE3: // 合 小, 总 本, blanks
	case c|0x20 == 't' || c|0x20 == 's' || c|0x20 == 'g':
	default:
		return false
	}
	s := strings.ToLower(strings.TrimSpace(string(cell)))
	if i := strings.IndexAny(s, ":："); i > 0 {
		s = s[:i]
	}
	if i := strings.IndexAny(s, "(（"); i > 0 {
		s = s[:i]
	}
	s = strings.TrimSpace(s)
	return slices.Contains(totalLabels, s) || slices.Contains(totalLabels, strings.ReplaceAll(s, " ", ""))
}

// blank reports whether all cells are.
func blank(data []byte, cells []span) bool {
	for _, c := range cells {
		if !blankCell(data[c.start:c.end]) {
			return false
		}
	}
	return true
}

// blankCell reports whether a cell holds blanks only, the full-width one and the
// no-break one included.
func blankCell(p []byte) bool {
	for len(p) > 0 {
		c := p[0]
		switch {
		case c > ' ' && c < utf8.RuneSelf:
			return false
		case c < utf8.RuneSelf:
			p = p[1:]
		default:
			r, n := utf8.DecodeRune(p)
			if r != '\u3000' && r != '\u00A0' && r != '\uFEFF' {
				return false
			}
			p = p[n:]
		}
	}
	return true
}
