package value

import "fmt"

// DateOrder is the order of year, month and day in the numeric dates of a column.
type DateOrder uint8

// The orders of dates. OrderUnset is for a reader that was told nothing;
// OrderAmbiguous and OrderContradictory are what a column may turn out to be,
// and read like OrderUnset: a date that does not tell itself is a problem.
const (
	OrderUnset         DateOrder = iota
	OrderYMD                     // 2010-12-01; nothing to decide
	OrderDMY                     // 01/12/2010 is the first of December
	OrderMDY                     // 12/01/2010 is the first of December
	OrderAmbiguous               // no date of the column tells
	OrderContradictory           // some dates tell one order, some the other
)

// String returns the machine name: "ymd", "dmy", "mdy", "ambiguous",
// "contradictory", "" for OrderUnset.
func (o DateOrder) String() string {
	return [...]string{"", "ymd", "dmy", "mdy", "ambiguous", "contradictory"}[min(o, OrderContradictory)]
}

// MarshalText writes String.
func (o DateOrder) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (o *DateOrder) UnmarshalText(b []byte) error {
	for order := range OrderContradictory + 1 {
		if order.String() == string(b) {
			*o = order
			return nil
		}
	}
	return fmt.Errorf("read date order %q", b)
}

// ParseDateOrder reads what String writes, for settings: ymd, dmy or mdy.
func ParseDateOrder(s string) (DateOrder, bool) {
	switch s {
	case "ymd", "iso":
		return OrderYMD, true
	case "dmy":
		return OrderDMY, true
	case "mdy":
		return OrderMDY, true
	}
	return OrderUnset, false
}

// OrderEvidence gathers, cell by cell, in which order the dates of a column are
// written. The zero value is ready; Merge joins the evidence of two parts of a
// file.
type OrderEvidence struct {
	YMD, DMY, MDY, Open int // cells that tell: year first, day first, month first, neither
	// The first line that tells each, 0 for none, and its cell.
	DMYLine, MDYLine, OpenLine int
	DMYCell, MDYCell, OpenCell string
}

// Add looks at one cell; line is its line in the file, for the sentence that
// explains the verdict. The cells of examples are copied.
func (e *OrderEvidence) Add(line int, s string) {
	if len(s) > 4 && digit(s[0]) && digit(s[1]) && digit(s[2]) && digit(s[3]) {
		e.YMD++
		return
	}
	var buf cell
	b, ok := fold(s, &buf)
	if !ok {
		return
	}
	r := reader{b: unwrap(b)}
	first, n := r.number()
	if n >= 4 {
		e.YMD++
		return
	}
	sep := r.peek()
	if n < 1 || n > 2 || sep != '/' && sep != '-' && sep != '.' {
		return
	}
	r.i++
	second, n := r.number()
	if n < 1 || n > 2 || r.peek() != sep {
		return
	}
	r.i++
	if _, n = r.number(); n != 4 && n != 2 {
		return
	}
	switch {
	case first > 12 && second <= 12:
		e.DMY++
		example(&e.DMYLine, &e.DMYCell, line, s)
	case second > 12 && first <= 12:
		e.MDY++
		example(&e.MDYLine, &e.MDYCell, line, s)
	default:
		e.Open++
		example(&e.OpenLine, &e.OpenCell, line, s)
	}
}

func example(line *int, text *string, at int, s string) {
	if *line == 0 {
		*line, *text = at, string([]byte(s))
	}
}

// Merge adds the evidence of a later part of the file.
func (e *OrderEvidence) Merge(o OrderEvidence) {
	e.YMD, e.DMY, e.MDY, e.Open = e.YMD+o.YMD, e.DMY+o.DMY, e.MDY+o.MDY, e.Open+o.Open
	if e.DMYLine == 0 {
		e.DMYLine, e.DMYCell = o.DMYLine, o.DMYCell
	}
	if e.MDYLine == 0 {
		e.MDYLine, e.MDYCell = o.MDYLine, o.MDYCell
	}
	if e.OpenLine == 0 {
		e.OpenLine, e.OpenCell = o.OpenLine, o.OpenCell
	}
}

// Order is the verdict over what was added.
func (e *OrderEvidence) Order() DateOrder {
	switch {
	case e.DMY > 0 && e.MDY > 0:
		return OrderContradictory
	case e.DMY > 0:
		return OrderDMY
	case e.MDY > 0:
		return OrderMDY
	case e.Open > 0:
		return OrderAmbiguous
	case e.YMD > 0:
		return OrderYMD
	}
	return OrderUnset
}
