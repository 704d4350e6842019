package tabular

import (
	"bytes"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/zip"
)

var errSheet = errors.New("the sheet ends within its rows")

// sheetRows walks over the rows of a worksheet.
type sheetRows struct {
	book      *workbook
	part      *zip.File
	merges    []mergedRange // by top
	headerEnd int           // up to this row merged cells are filled downwards only

	x          *xmlScanner
	inRows     bool
	line       int
	cells      []sheetCell // of the row at hand, one for every column
	text       []byte      // that they point into
	uncomputed int64

	value  []byte // of the cell at hand
	begun  int    // merges[:begun] have begun
	active []openMerge
}

type sheetCell struct {
	span
	kind Kind
}

// openMerge is a merged range that the row at hand lies in, with its value.
type openMerge struct {
	mergedRange
	text []byte
	kind Kind
}

// begin starts over with the sheet's XML.
func (s *sheetRows) begin(r io.Reader) {
	s.x = &xmlScanner{r: r}
	s.inRows, s.line, s.uncomputed = false, 0, 0
	s.begun, s.active = 0, s.active[:0]
}

// next reads the next row that the sheet has into cells; rows that are not
// there are passed over. io.EOF ends the sheet.
func (s *sheetRows) next() error {
	x := s.x
	s.cells, s.text = s.cells[:0], s.text[:0]
	col := -1
	for x.next() {
		switch string(x.name) {
		case "sheetData":
			if s.inRows = x.opening; x.closing {
				s.inRows = false
				return io.EOF
			}
		case "row":
			if !s.inRows {
				continue
			}
			if x.opening {
				line := s.line + 1
				if r := x.attr("r"); len(r) > 0 {
					if n, err := strconv.Atoi(string(r)); err == nil && n > s.line && n <= 1<<20 {
						line = n
					}
				}
				s.line = line
			}
			if x.closing {
				s.fillMerged()
				return nil
			}
		case "c":
			if !s.inRows || !x.opening {
				continue
			}
			col++
			if err := s.cell(&col); err != nil {
				return err
			}
		}
	}
	if x.err != nil {
		return x.err
	}
	return errSheet
}

// cell reads a cell at its opening tag. col is its column unless it says so
// itself.
func (s *sheetRows) cell(col *int) error {
	x := s.x
	style, kind := 0, ""
	for p := x.attrs; ; {
		key, value, rest, ok := cutAttr(p)
		if !ok {
			break
		}
		switch string(key) {
		case "r":
			if c, _, ok := cellRef(value); ok {
				*col = c
			}
		case "s":
			style, _ = strconv.Atoi(string(value))
		case "t":
			kind = cellType(value)
		}
		p = rest
	}
	if x.closing || *col >= 16384 {
		return nil
	}
	formula, valued, phonetic := false, false, false
	s.value = s.value[:0]
	for x.next() {
		switch string(x.name) {
		case "v", "t":
			if x.opening {
				x.collect, x.text = !x.closing && !phonetic, x.text[:0]
				continue
			}
			s.value = append(s.value, x.text...)
			x.collect, valued = false, true
		case "rPh":
			phonetic = x.opening && !x.closing
		case "f":
			formula = true
		case "c":
			if formula && !valued {
				s.uncomputed++
			}
			if valued {
				s.set(*col, style, kind)
			}
			return nil
		case "row", "sheetData":
			return errXML
		}
	}
	if x.err != nil {
		return x.err
	}
	return errSheet
}

// cellType interns the few types that cells have.
func cellType(p []byte) string {
	switch string(p) {
	case "s":
		return "s"
	case "str":
		return "str"
	case "inlineStr":
		return "inlineStr"
	case "b":
		return "b"
	case "e":
		return "e"
	case "d":
		return "d"
	}
	return "n"
}

// set stores the value of a cell.
func (s *sheetRows) set(col, style int, kind string) {
	for len(s.cells) <= col {
		s.cells = append(s.cells, sheetCell{})
	}
	start, is := len(s.text), KindText
	switch v := s.value; kind {
	case "s":
		i, err := strconv.Atoi(string(v))
		if str, ok := s.book.strings.at(i); ok && err == nil {
			s.text = append(s.text, str...)
		}
	case "str", "inlineStr":
		s.text = appendUnescaped(s.text, v)
	case "b":
		is = KindBool
		if len(v) == 1 && v[0] == '1' || string(v) == "true" {
			s.text = append(s.text, "true"...)
		} else {
			s.text = append(s.text, "false"...)
		}
	case "e":
		s.text, is = append(s.text, v...), KindError
	case "d": // ISO 8601, by few writers
		if t, err := time.Parse("2006-01-02T15:04:05.999999999", string(v)); err == nil {
			s.text, is = appendTime(s.text, t, true), KindTime
		} else {
			s.text = append(s.text, v...)
		}
	default:
		s.text, is = s.book.appendNumber(s.text, v, style)
	}
	if !utf8.Valid(s.text[start:]) {
		s.text = append(s.text[:start], bytes.ToValidUTF8(s.text[start:], []byte("\uFFFD"))...)
	}
	if len(s.text) == start {
		is = KindEmpty
	}
	s.cells[col] = sheetCell{span{uint32(start), uint32(len(s.text))}, is}
}

// appendNumber writes a number as its style shows it: as a date, a time of day
// or a number.
func (w *workbook) appendNumber(dst, raw []byte, style int) ([]byte, Kind) {
	format := plainNumber
	if style >= 0 && style < len(w.formats) {
		format = w.formats[style]
	}
	if format != plainNumber {
		if serial, err := strconv.ParseFloat(string(raw), 64); err == nil {
			if t, ok := serialTime(serial, w.date1904); ok {
				if format == clockFormat && serial < 1 {
					return t.AppendFormat(dst, "15:04:05.999"), KindText
				}
				return appendTime(dst, t, true), KindTime
			}
		}
	}
	out, ruined, ok := appendNumber(dst, raw, 15)
	switch {
	case !ok:
		return append(dst, raw...), KindText
	case ruined:
		return out, KindNumber | lossy
	}
	return out, KindNumber
}

// serialTime turns a spreadsheet's day number into a wall clock, to the
// millisecond. Day 60 of the 1900 system never was: Lotus took 1900 for a leap
// year and Excel followed.
func serialTime(serial float64, date1904 bool) (time.Time, bool) {
	if !(serial >= 0 && serial < 2958466) { // 9999-12-31
		return time.Time{}, false
	}
	day := math.Floor(serial)
	ms := math.Round((serial - day) * 86400e3)
	base := time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case date1904:
		base = time.Date(1904, time.January, 1, 0, 0, 0, 0, time.UTC)
	case day < 60:
		base = base.AddDate(0, 0, 1)
	}
	return base.AddDate(0, 0, int(day)).Add(time.Duration(ms) * time.Millisecond), true
}

// fillMerged repeats the values of merged cells in the row at hand. Above the
// data a range is filled downwards only: a title over all columns is no header,
// but a name beside a two-line one is.
func (s *sheetRows) fillMerged() {
	for s.begun < len(s.merges) && s.merges[s.begun].top <= s.line {
		m := openMerge{mergedRange: s.merges[s.begun]}
		if m.left < len(s.cells) && m.top == s.line {
			c := s.cells[m.left]
			m.text, m.kind = slices.Clone(s.text[c.start:c.end]), c.kind
		}
		s.active = append(s.active, m)
		s.begun++
	}
	s.active = slices.DeleteFunc(s.active, func(m openMerge) bool { return m.bottom < s.line })
	if !slices.ContainsFunc(s.cells, func(c sheetCell) bool { return c.start < c.end }) {
		return // a blank row stays one
	}
	for _, m := range s.active {
		if len(m.text) == 0 {
			continue
		}
		right := m.right
		if s.line <= s.headerEnd {
			right = m.left
		}
		start := len(s.text)
		s.text = append(s.text, m.text...)
		for col := m.left; col <= right; col++ {
			for len(s.cells) <= col {
				s.cells = append(s.cells, sheetCell{})
			}
			if c := &s.cells[col]; c.start == c.end {
				*c = sheetCell{span{uint32(start), uint32(len(s.text))}, m.kind}
			}
		}
	}
}
