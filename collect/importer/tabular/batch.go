package tabular

import (
	"time"
)

// Kind says what a cell is in the file. Text formats know only KindText; XLSX,
// Parquet and JSON carry types, which survive.
type Kind uint8

// The kinds of cells and the text that Cell gives for each.
const (
	KindEmpty   Kind = iota // nothing
	KindText                // as it stands, not trimmed
	KindNumber              // decimal, without exponent up to 21 digits: "12.5"
	KindTime                // a wall clock without zone: "2010-12-01" or "2010-12-01 08:26:00[.000]"
	KindInstant             // UTC: "2010-12-01T08:26:00[.000]Z"
	KindBool                // "true" or "false"
	KindError               // a spreadsheet's error value: "#N/A"
)

// lossy marks a number that may have lost digits before it got here.
const lossy Kind = 0x80

// Bounds of a batch: a reader stops at whichever it reaches first.
const (
	batchRows  = 4096
	batchBytes = 256 << 10
)

// span is a cell's place in Batch.data.
type span struct{ start, end uint32 }

// Batch holds some rows of a File, all as wide as its header, and the errors of
// the rows between them. The zero value is ready for File.Next, which reuses
// its memory; a Batch shares no memory with its File or other batches, so that
// several can be worked on at once.
type Batch struct {
	// Errors are the rows that could not be read, in line order.
	Errors []RowError

	data  []byte
	cells []span // width × rows
	kinds []Kind // parallel to cells; empty in text formats
	lines []int
	width int
}

// Len returns the number of rows.
func (b *Batch) Len() int { return len(b.lines) }

// Width returns the number of cells of every row: the columns of the header.
func (b *Batch) Width() int { return b.width }

// Line returns the line of a row as a person counts it, from 1: the physical
// line in a text file (its first, where a quoted cell goes over several), the
// row of a sheet, the number of the row in a Parquet file. Lines ascend; only
// JSON objects may share one.
func (b *Batch) Line(row int) int { return b.lines[row] }

// Cell returns the text of a cell, empty where the row is shorter. It is valid
// until the batch is filled again and must not be changed.
func (b *Batch) Cell(row, col int) []byte {
	s := b.cells[row*b.width+col]
	return b.data[s.start:s.end:s.end]
}

// Kind returns what a cell is.
func (b *Batch) Kind(row, col int) Kind {
	i := row*b.width + col
	if len(b.kinds) > 0 {
		return b.kinds[i] &^ lossy
	}
	if b.cells[i].start == b.cells[i].end {
		return KindEmpty
	}
	return KindText
}

// Lossy reports whether a cell is a number that may have lost digits before it
// came into the file: a spreadsheet keeps 15 digits, a double 53 bits. An order
// number kept that way is ruined.
func (b *Batch) Lossy(row, col int) bool {
	return len(b.kinds) > 0 && b.kinds[row*b.width+col]&lossy != 0
}

// Time returns the time of a KindTime or KindInstant cell, in UTC; for KindTime
// that is the wall clock, whose zone the caller knows.
func (b *Batch) Time(row, col int) (t time.Time, ok bool) {
	if k := b.Kind(row, col); k != KindTime && k != KindInstant {
		return time.Time{}, false
	}
	c := b.Cell(row, col)
	if len(c) > 0 && c[len(c)-1] == 'Z' {
		c = c[:len(c)-1]
	}
	if len(c) < 10 {
		return time.Time{}, false
	}
	var hour, minute, sec, nano int
	if len(c) >= 19 {
		hour, minute, sec = atoi(c[11:13]), atoi(c[14:16]), atoi(c[17:19])
		if len(c) > 20 {
			nano = atoi(c[20:])
			for range 9 - (len(c) - 20) {
				nano *= 10
			}
		}
	}
	return time.Date(atoi(c[:4]), time.Month(atoi(c[5:7])), atoi(c[8:10]), hour, minute, sec, nano, time.UTC), true
}

// atoi reads digits that a reader of this package wrote.
func atoi(p []byte) int {
	n := 0
	for _, c := range p {
		n = n*10 + int(c-'0')
	}
	return n
}

// appendTime writes t as KindTime does: a date alone when the clock stands at
// midnight and dateOnly allows it.
func appendTime(dst []byte, t time.Time, dateOnly bool) []byte {
	switch {
	case t.Nanosecond() != 0:
		return t.AppendFormat(dst, "2006-01-02 15:04:05.999999999")
	case dateOnly && t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0:
		return t.AppendFormat(dst, time.DateOnly)
	}
	return t.AppendFormat(dst, time.DateTime)
}

// reset empties b for rows of the given width.
func (b *Batch) reset(width int) {
	b.Errors, b.data, b.cells, b.kinds, b.lines = b.Errors[:0], b.data[:0], b.cells[:0], b.kinds[:0], b.lines[:0]
	b.width = width
}

// full reports whether a reader should hand b on.
func (b *Batch) full() bool {
	return len(b.lines) >= batchRows || len(b.Errors) >= batchRows || len(b.data) >= batchBytes
}

// put appends a typed cell to the row being built.
func (b *Batch) put(text []byte, kind Kind) {
	start := len(b.data)
	b.data = append(b.data, text...)
	b.cells = append(b.cells, span{uint32(start), uint32(len(b.data))})
	b.kinds = append(b.kinds, kind)
}
