package tabular

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"perennial"
)

// sampleRow is one of the first rows of a table, with all the cells it has.
type sampleRow struct {
	line, last int // it may go over several lines
	cells      []string
}

// head is the settled header.
type head struct {
	raw  []string // as it stands in the file; nil without one
	last int      // last line of the header: the data begin after it
}

// headerDepth is how many rows from the top a header may stand.
const headerDepth = 20

// settleHeader finds the header among the first rows and fills in Header,
// HeaderLine, Named and Notes. complete says that rows are all there is; where
// there is no header, all gives as many rows as are at hand.
func (f *File) settleHeader(rows []sampleRow, complete bool, opt Options, all func() []sampleRow) (head, error) {
	at := -1
	switch {
	case opt.HeaderRow > 0:
		for i, r := range rows {
			if r.line <= opt.HeaderRow && opt.HeaderRow <= r.last {
				at = i
			}
		}
		if at < 0 {
			return head{}, invalid("file.header_missing", "“%[1]s”的第 %[2]d 行不是表头，那里没有内容。", "Line %[2]d of %[1]q is no header; there is nothing.", f.Name, opt.HeaderRow)
		}
	case opt.HeaderRow == 0:
		at = findHeader(rows)
	}
	if at < 0 {
		return f.headerless(all(), opt)
	}
	h := head{raw: rows[at].cells, last: rows[at].last}
	below := rows[at+1:]
	if complete && len(below) == 0 {
		return h, invalid("file.header_only", "“%s”只有表头，没有数据。", "%q has a header but no rows.", f.Name).
			WithHint(perennial.Say("检查导出的筛选条件和日期范围。", "Check the filters and the date range of the export."))
	}
	width := filledWidth(h.raw)
	for _, r := range below {
		// Cells below an unnamed column count, as long as the header has a
		// place for them.
		width = max(width, min(filledWidth(r.cells), len(h.raw)))
	}
	if width > opt.MaxColumns {
		return h, tooManyColumns(f.Name, width, opt)
	}
	h.raw = h.raw[:width]
	f.Header, f.HeaderLine, f.Named = f.uniqueNames(h.raw, rows[at].line), rows[at].line, true
	if at > 0 {
		f.note("header.titles_skipped", rows[0].line, at, perennial.Say(
			"第 %[1]d 行是表头，上面 %[2]d 行标题已跳过。", "The header is line %[1]d; title rows above it, skipped: %[2]d.", f.HeaderLine, at))
	}
	return h, nil
}

// headerless names the columns of a file that has no header.
func (f *File) headerless(rows []sampleRow, opt Options) (head, error) {
	width := 0
	for _, r := range rows {
		width = max(width, filledWidth(r.cells))
	}
	if width == 0 {
		return head{}, invalid("file.line_too_long", "“%s”的前面几行太长或引号不配对，看不出表格。", "The first lines of %q are too long or have quotes without partners; no table can be made out.", f.Name)
	}
	if width > opt.MaxColumns {
		return head{}, tooManyColumns(f.Name, width, opt)
	}
	f.Header = make([]string, width)
	for i := range f.Header {
		f.Header[i] = fmt.Sprintf("column_%d", i+1)
	}
	f.note("header.none", 0, 0, perennial.Say("文件没有表头，列名按顺序叫 column_1、column_2……", "The file has no header; its columns are named column_1, column_2, …"))
	return head{}, nil
}

func tooManyColumns(name string, n int, opt Options) error {
	return invalid("file.too_many_columns", "“%[1]s”有 %[2]d 列，最多 %[3]d 列。", "%[1]q has %[2]d columns; %[3]d are the most.", name, n, opt.MaxColumns).
		WithHint(perennial.Say("检查行列是否颠倒了，只留下需要的列。", "Check that rows and columns are not swapped, and keep the columns you need."))
}

// uniqueNames cleans a header: no blanks around or line breaks within, a name
// for every column, no name twice.
func (f *File) uniqueNames(raw []string, line int) []string {
	out := make([]string, len(raw))
	seen := make(map[string]bool, len(raw))
	twice := 0
	for i, s := range raw {
		name := strings.Join(strings.FieldsFunc(s, func(r rune) bool {
			return unicode.IsSpace(r) || r == '\uFEFF' || r == '\u3000' || unicode.IsControl(r)
		}), " ")
		if name == "" {
			name = fmt.Sprintf("column_%d", i+1)
		}
		if seen[name] {
			twice++
			for n := 2; ; n++ {
				if next := fmt.Sprintf("%s_%d", name, n); !seen[next] {
					name = next
					break
				}
			}
		}
		seen[name] = true
		out[i] = name
	}
	if twice > 0 {
		f.note("header.repeated_names", line, twice, perennial.Say("表头里有 %d 个重名的列，已在名字后加上序号。", "Header names that occur more than once and were numbered: %d.", twice))
	}
	return out
}

// findHeader returns the index of the header in rows, or -1. It is the first row
// with nearly the most filled cells that are distinct and no values, that the
// rows below match in width and that stands out from them.
func findHeader(rows []sampleRow) int {
	most := 0
	filled := make([]int, len(rows))
	for i, r := range rows[:min(len(rows), headerDepth)] {
		filled[i] = countFilled(r.cells)
		if wordy(r.cells) {
			most = max(most, filled[i])
		}
	}
	for i, r := range rows[:min(len(rows), headerDepth)] {
		if filled[i]*4 < most*3 || filled[i] == 0 || !wordy(r.cells) {
			continue
		}
		below := rows[i+1:]
		if len(below) == 0 {
			return i
		}
		if filled[i] == 1 && len(r.cells) > 1 && typicalWidth(below) > 1 {
			continue
		}
		if i+1 < headerDepth && filled[i+1] > filled[i] && goesOn(r.cells, rows[i+1].cells) {
			continue
		}
		if standsOut(r.cells, below) {
			return i
		}
		return -1
	}
	return -1
}

// goesOn reports whether a row is the upper line of a header of two lines: names
// merged downwards stand in both.
func goesOn(upper, lower []string) bool {
	if !wordy(lower) {
		return false
	}
	for i, c := range upper {
		if i < len(lower) && !isBlank(c) && lower[i] == c {
			return true
		}
	}
	return false
}

// typicalWidth is the middle number of filled cells.
func typicalWidth(rows []sampleRow) int {
	widths := make([]int, len(rows))
	for i, r := range rows {
		widths[i] = countFilled(r.cells)
	}
	slices.Sort(widths)
	return widths[len(widths)/2]
}

// standsOut tells a header from a first row of data: above columns of values it
// has words, or where there are only words they do not occur again below.
func standsOut(cells []string, below []sampleRow) bool {
	below = slices.DeleteFunc(slices.Clone(below), func(r sampleRow) bool {
		return slices.Equal(r.cells, cells) // files joined together
	})
	valueColumns, words := 0, 0
	recurring, filled := 0, 0
	for c, name := range cells {
		if isBlank(name) {
			continue
		}
		filled++
		values, some := 0, 0
		again := false
		for _, r := range below {
			if c >= len(r.cells) || isBlank(r.cells[c]) {
				continue
			}
			some++
			if isValue(r.cells[c]) {
				values++
			}
			again = again || r.cells[c] == name
		}
		if some > 0 && values*5 >= some*4 {
			valueColumns++
			if !isValue(name) {
				words++
			}
		}
		if again {
			recurring++
		}
	}
	if valueColumns > 0 {
		return words*2 > valueColumns
	}
	return recurring*10 < filled*3
}

// wordy reports whether a row could be a header: its filled cells are distinct
// words rather than values.
func wordy(cells []string) bool {
	seen := make(map[string]bool, len(cells))
	filled, values, twice := 0, 0, 0
	for _, c := range cells {
		if isBlank(c) {
			continue
		}
		filled++
		if isValue(c) || utf8.RuneCountInString(c) > 80 {
			values++
		}
		if seen[c] {
			twice++
		}
		seen[c] = true
	}
	return filled > 0 && values*2 <= filled && twice*2 <= filled
}

// isValue reports whether a cell looks like data rather than the name of a
// column: a number, a date, an amount, a phone number, an address of mail, or
// mostly digits.
func isValue(s string) bool {
	digits, letters := 0, 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9' || r >= '０' && r <= '９':
			digits++
		case r == '@':
			return true
		case strings.ContainsRune("年月日时分秒元万TZ", r):
		case unicode.IsLetter(r):
			letters++
		}
	}
	return digits > 0 && digits >= letters
}

func isBlank(s string) bool { return blankCell([]byte(s)) }

func countFilled(cells []string) int {
	n := 0
	for _, c := range cells {
		if !isBlank(c) {
			n++
		}
	}
	return n
}

// filledWidth is the number of cells up to the last filled one.
func filledWidth(cells []string) int {
	n := len(cells)
	for n > 0 && isBlank(cells[n-1]) {
		n--
	}
	return n
}
