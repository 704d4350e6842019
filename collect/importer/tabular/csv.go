package tabular

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// csvReader reads delimited text by RFC 4180, leniently where files in the wild
// differ: any line end, quotes in the middle of an unquoted cell as they stand.
// A quoted cell that never ends, or that is followed by anything but a
// delimiter, costs the line that it begins in; reading goes on with the next.
type csvReader struct {
	open   func() (io.ReadCloser, error)
	closer io.Closer
	lines  *lineReader
	enc    string
	opt    Options
	delim  byte // ' ' for runs of blanks
	header sieve
	skipTo int // rows that begin on this line or before stand above the data

	rest   []byte // whole lines that are not in a batch yet
	cut    []int  // where in rest lines begin that were cut short
	traits traits
	line   int // of the start of rest, from 1

	cells   []span // of the record at hand
	doubled []int  // which of them hold doubled quotes
}

// outcome is what became of an attempt to read a record.
type outcome uint8

const (
	whole    outcome = iota
	unclosed         // a quoted cell goes on beyond what has been read
	broken           // the quotes are wrong
)

// next fills b. Cells point into b.data, which is the text itself.
func (c *csvReader) next(b *Batch, stats *Stats) error {
	data := append(b.data, c.rest...)
	cut := c.cut
	pos, want := 0, batchBytes
	for {
		if len(data)-pos < batchBytes/2 || want > batchBytes {
			if len(data) == 0 {
				c.traits = traits{}
			}
			data, cut = c.lines.fill(data, cut, want, &c.traits)
		}
		pos, cut = c.parse(data, pos, cut, b, stats, c.lines.done())
		if len(b.lines) > 0 || len(b.Errors) > 0 || c.lines.done() {
			break
		}
		want = batchBytes + len(data) - pos // a record longer than what was read
	}
	c.rest = append(c.rest[:0], data[pos:]...)
	c.cut = c.cut[:0]
	for _, at := range cut {
		c.cut = append(c.cut, at-pos)
	}
	b.data = data
	stats.Converted = c.lines.convert.changed
	if len(c.rest) == 0 && c.lines.done() {
		return atLine(c.lines.err, c.line-1)
	}
	return nil
}

// parse reads the records in data from pos until b is full or no whole record is
// left, and returns where it stopped.
func (c *csvReader) parse(data []byte, pos int, cut []int, b *Batch, stats *Stats, final bool) (int, []int) {
	width := b.width
	for pos < len(data) && len(b.lines) < batchRows && len(b.Errors) < batchRows {
		next, lines, result := c.record(data, pos, final)
		if result == unclosed {
			break
		}
		begin, line := pos, c.line
		pos, c.line = next, c.line+lines
		if line <= c.skipTo {
			cut = dropBefore(cut, pos)
			continue
		}
		raw := data[begin:next]
		cells := c.cells
		code := ""
		switch {
		case len(raw) > c.opt.MaxLineBytes || len(cut) > 0 && cut[0] < next:
			code = "row.too_long"
		case result == broken:
			code = "row.quote"
		case len(cells) > width && !blank(data, cells[width:]):
			code = "row.too_many_cells"
		case lines > 1 && len(cells) < width:
			code = "row.quote"
		}
		if lines > 1 && code != "" {
			// Several lines that do not make a good row together: a stray
			// quote is likelier, and nobody should lose more than its line.
			code = "row.quote"
			_, next = lineEnd(data, begin, c.traits.bareCR)
			pos, c.line, raw = next, line+1, data[begin:next]
		}
		cut = dropBefore(cut, pos)
		switch {
		case c.traits.nul && bytes.IndexByte(raw, 0) >= 0:
			code = "row.nul"
		case c.traits.invalid && !utf8.Valid(raw) && code != "row.too_long":
			code = "row.encoding"
		}
		if code != "" {
			b.Errors = append(b.Errors, rowError(line, code, raw))
			continue
		}
		cells = cells[:min(len(cells), width)]
		for _, i := range c.doubled {
			if i < len(cells) {
				cells[i] = undouble(data, cells[i])
			}
		}
		if !c.header.keep(data, cells, stats) {
			continue
		}
		b.cells = append(b.cells, cells...)
		for range width - len(cells) {
			b.cells = append(b.cells, span{})
		}
		b.lines = append(b.lines, line)
	}
	return pos, cut
}

// dropBefore removes the offsets below pos.
func dropBefore(cut []int, pos int) []int {
	for len(cut) > 0 && cut[0] < pos {
		cut = cut[1:]
	}
	return cut
}

// record reads the record at pos into c.cells and returns where the next one
// begins and how many lines this one took. A broken record is its first line.
func (c *csvReader) record(data []byte, pos int, final bool) (next, lines int, result outcome) {
	c.cells, c.doubled = c.cells[:0], c.doubled[:0]
	end, next := lineEnd(data, pos, c.traits.bareCR)
	switch {
	case c.delim == ' ':
		c.columns(data, pos, end)
		return next, 1, whole
	case c.traits.quotes && bytes.IndexByte(data[pos:end], '"') >= 0:
		return c.quoted(data, pos, end, next, final)
	}
	cells, delim := c.cells, c.delim
	line := data[pos:end]
	for {
		i := bytes.IndexByte(line, delim)
		if i < 0 {
			break
		}
		cells = append(cells, span{uint32(pos), uint32(pos + i)})
		line, pos = line[i+1:], pos+i+1
	}
	c.cells = append(cells, span{uint32(pos), uint32(end)})
	return next, 1, whole
}

// quoted is record for a line that holds a quote.
func (c *csvReader) quoted(data []byte, pos, end, next int, final bool) (int, int, outcome) {
	start, first, lines := pos, next, 1
	bareCR := c.traits.bareCR
	for {
		if pos == end || data[pos] != '"' {
			i := bytes.IndexByte(data[pos:end], c.delim)
			if i < 0 {
				c.cells = append(c.cells, span{uint32(pos), uint32(end)})
				return next, lines, whole
			}
			c.cells = append(c.cells, span{uint32(pos), uint32(pos + i)})
			pos += i + 1
			continue
		}
		open := pos + 1
		doubled := false
		for q := open; ; {
			i := bytes.IndexByte(data[q:], '"')
			if i < 0 {
				if !final && len(data)-start <= c.opt.MaxLineBytes && countLines(data[start:], bareCR) <= c.opt.MaxQuotedLines {
					return start, 0, unclosed
				}
				return c.literal(data, start, first)
			}
			q += i
			if q > end { // over a line end, perhaps several
				lines = 1 + countLines(data[start:q], bareCR)
				if lines > c.opt.MaxQuotedLines || q-start > c.opt.MaxLineBytes {
					return c.literal(data, start, first)
				}
				end, next = lineEnd(data, q, bareCR)
			}
			if q+1 < end && data[q+1] == '"' {
				doubled = true
				q += 2
				continue
			}
			if doubled {
				c.doubled = append(c.doubled, len(c.cells))
			}
			c.cells = append(c.cells, span{uint32(open), uint32(q)})
			pos = q + 1
			break
		}
		for pos < end && (data[pos] == ' ' || data[pos] == '\t') && data[pos] != c.delim {
			pos++
		}
		switch {
		case pos == end:
			return next, lines, whole
		case data[pos] != c.delim:
			return c.literal(data, start, first)
		}
		pos++
	}
}

// literal ends a record whose quotes are wrong. In text separated by tabs they
// are taken as they stand if the line is as wide as the table: many programs
// write no quotes there and a tab never stands in a cell.
func (c *csvReader) literal(data []byte, start, next int) (int, int, outcome) {
	c.cells, c.doubled = c.cells[:0], c.doubled[:0]
	if c.delim == '\t' {
		end, _ := lineEnd(data, start, c.traits.bareCR)
		for pos := start; ; {
			i := bytes.IndexByte(data[pos:end], '\t')
			if i < 0 {
				c.cells = append(c.cells, span{uint32(pos), uint32(end)})
				break
			}
			c.cells = append(c.cells, span{uint32(pos), uint32(pos + i)})
			pos += i + 1
		}
		if len(c.cells) == len(c.header.names) || len(c.header.names) == 0 && len(c.cells) > 1 {
			return next, 1, whole
		}
	}
	return next, 1, broken
}

// columns splits a line at runs of blanks.
func (c *csvReader) columns(data []byte, pos, end int) {
	for {
		for pos < end && (data[pos] == ' ' || data[pos] == '\t') {
			pos++
		}
		if pos == end {
			return
		}
		start := pos
		for pos < end && data[pos] != ' ' && data[pos] != '\t' {
			pos++
		}
		c.cells = append(c.cells, span{uint32(start), uint32(pos)})
	}
}

// undouble turns "" into " within a cell, in place.
func undouble(data []byte, s span) span {
	p := data[s.start:s.end]
	w := bytes.IndexByte(p, '"')
	for r := w; r < len(p); r++ {
		p[w] = p[r]
		w++
		if p[r] == '"' {
			r++
		}
	}
	return span{s.start, s.start + uint32(w)}
}

func (c *csvReader) notes() []Note { return nil }

func (c *csvReader) rewind() error {
	if err := c.close(); err != nil {
		return err
	}
	r, err := c.open()
	if err != nil {
		return err
	}
	c.closer = r
	c.lines = newLineReader(r, c.enc, c.opt)
	c.rest, c.cut, c.traits, c.line = c.rest[:0], c.cut[:0], traits{}, 1
	return nil
}

func (c *csvReader) close() error {
	if c.closer == nil {
		return nil
	}
	err := c.closer.Close()
	c.closer = nil
	return err
}
