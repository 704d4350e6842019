package tabular

import (
	"bufio"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"perennial"
)

// csvEncoder writes RFC 4180 with LF line ends.
//
// A text that a spreadsheet would take for a formula — one that begins with
// = + - @, a tab or a carriage return and is no number — gets a leading
// apostrophe, which spreadsheets hide and the importer takes off again: a
// customer's name must not run on a manager's computer. Typed numbers, days and
// amounts are written as they are.
type csvEncoder struct {
	w       *bufio.Writer
	delim   byte
	columns []Column
	buf     []byte
}

func newCSVEncoder(w io.Writer, delim byte, bom bool) *csvEncoder {
	e := &csvEncoder{w: bufio.NewWriterSize(w, 64<<10), delim: delim}
	if bom {
		e.buf = append(e.buf, bomUTF8...)
	}
	return e
}

// WriteCSV writes a table of text to w, with a byte order mark if bom is set,
// guarded against formulas as all CSV of this package.
func WriteCSV(w io.Writer, header []string, rows [][]string, bom bool) error {
	e := newCSVEncoder(w, ',', bom)
	write := func(cells []string) error {
		for i, c := range cells {
			e.cell(i, c)
		}
		return e.endRow(len(cells))
	}
	if err := write(header); err != nil {
		return err
	}
	for _, row := range rows {
		if err := write(row); err != nil {
			return err
		}
	}
	return e.close()
}

func (e *csvEncoder) header(columns []Column) error {
	e.columns = columns
	for i, c := range columns {
		e.cell(i, c.Name)
	}
	return e.endRow(len(columns))
}

func (e *csvEncoder) row(values []any) error {
	for i, v := range values {
		if s, ok := v.(string); ok {
			e.cell(i, s)
			continue
		}
		e.separate(i)
		switch v := v.(type) {
		case nil:
		case int:
			e.buf = strconv.AppendInt(e.buf, int64(v), 10)
		case int64:
			e.buf = strconv.AppendInt(e.buf, v, 10)
		case float64:
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				e.buf = strconv.AppendFloat(e.buf, v, 'f', -1, 64)
			}
		case bool:
			e.buf = strconv.AppendBool(e.buf, v)
		case perennial.Day:
			e.buf = v.UTC().AppendFormat(e.buf, perennial.DayLayout)
		case perennial.Amount:
			e.buf = append(e.buf, v.Decimal()...)
		default:
			return valueError(e.columns[i].Name, v)
		}
	}
	return e.endRow(len(values))
}

func (e *csvEncoder) separate(i int) {
	if i > 0 {
		e.buf = append(e.buf, e.delim)
	}
}

// cell appends a text, guarded and quoted where it needs to be.
func (e *csvEncoder) cell(i int, s string) {
	e.separate(i)
	guard := looksLikeFormula(s)
	if !guard && !e.needsQuotes(s) {
		e.buf = append(e.buf, s...)
		return
	}
	e.buf = append(e.buf, '"')
	if guard {
		e.buf = append(e.buf, '\'')
	}
	for {
		q := strings.IndexByte(s, '"')
		if q < 0 {
			break
		}
		e.buf = append(append(e.buf, s[:q+1]...), '"')
		s = s[q+1:]
	}
	e.buf = append(append(e.buf, s...), '"')
}

func (e *csvEncoder) needsQuotes(s string) bool {
	if s == "" {
		return false
	}
	first, _ := utf8.DecodeRuneInString(s)
	return first == ' ' || first == '\uFEFF' || strings.IndexByte(s, e.delim) >= 0 || strings.ContainsAny(s, "\"\r\n")
}

func looksLikeFormula(s string) bool {
	if s == "" || !strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return false
	}
	_, err := strconv.ParseFloat(s, 64)
	return err != nil || strings.ContainsAny(s, "iInN") // Inf, NaN
}

// endRow writes the row. A row that is one empty cell would be a blank line.
func (e *csvEncoder) endRow(cells int) error {
	if n := len(e.buf); cells == 1 && (n == 0 || n == len(bomUTF8) && e.buf[0] == bomUTF8[0] && string(e.buf) == string(bomUTF8)) {
		e.buf = append(e.buf, '"', '"')
	}
	e.buf = append(e.buf, '\n')
	_, err := e.w.Write(e.buf)
	e.buf = e.buf[:0]
	return err
}

func (e *csvEncoder) close() error { return e.w.Flush() }

func (e *csvEncoder) abort() {}
