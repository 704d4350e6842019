package tabular

import (
	"cmp"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zip"

	"perennial"
)

// openXLSX chooses a sheet, finds its header and sets up the reader.
func (f *File) openXLSX(z *zip.Reader, opt Options) error {
	f.Format = XLSX
	broken := func(err error) error { return (&damage{f.Name, errors.Is(err, io.ErrUnexpectedEOF), err}).after(0) }
	w, err := openWorkbook(z)
	if err != nil {
		return broken(err)
	}
	open := func(m *zip.File) (io.ReadCloser, error) { return f.unzipped(m, opt).open() }
	if err := w.loadStrings(open); err != nil {
		return sheetError(err, broken)
	}
	for _, s := range w.sheets {
		f.Sheets = append(f.Sheets, s.name)
	}
	candidates, err := f.candidateSheets(w, opt)
	if err != nil {
		return err
	}
	best := sheetChoice{index: -1}
	for _, i := range candidates {
		choice, err := lookAtSheet(w, i, open)
		if err != nil {
			return sheetError(err, broken)
		}
		if best.index < 0 || choice.better(best) {
			best = choice
		}
	}
	if len(best.rows) == 0 {
		return invalid("file.empty", "“%s”里没有内容。", "%q holds nothing.", f.Name)
	}
	f.Sheet = w.sheets[best.index].name
	if len(w.sheets) > 1 && opt.Sheet == "" {
		f.note("sheet.chosen", 0, len(w.sheets), perennial.Say(
			"工作簿有 %[1]d 张表，读的是“%[2]s”。", "The workbook has %[1]d sheets; read %[2]q.", len(w.sheets), f.Sheet))
	}
	head, err := f.settleHeader(best.rows, best.complete, opt, func() []sampleRow { return best.rows })
	if err != nil {
		return err
	}
	below := 0
	for _, m := range best.merges {
		if m.bottom > head.last {
			below++
		}
	}
	if below > 0 {
		f.note("sheet.merged", 0, below, perennial.Say(
			"有 %d 处合并单元格，值已填到每一格。", "Merged ranges whose value was repeated into every cell: %d.", below))
	}
	r := &xlsxReader{name: f.Name, open: open, maxColumns: opt.MaxColumns, skipTo: head.last}
	r.rows = sheetRows{book: w, part: w.sheets[best.index].part, merges: best.merges, headerEnd: head.last}
	for _, name := range head.raw {
		r.header.names = append(r.header.names, []byte(name))
	}
	f.rows = r
	return nil
}

// sheetError passes on what explains itself, as a bomb does.
func sheetError(err error, broken func(error) error) error {
	var e *perennial.Error
	if errors.As(err, &e) {
		return err
	}
	return broken(err)
}

// candidateSheets returns the sheets among which to choose: the one asked for,
// else the visible ones, else all.
func (f *File) candidateSheets(w *workbook, opt Options) ([]int, error) {
	var visible, all []int
	for i, s := range w.sheets {
		if s.name == opt.Sheet {
			return []int{i}, nil
		}
		all = append(all, i)
		if !s.hidden {
			visible = append(visible, i)
		}
	}
	if n, err := strconv.Atoi(opt.Sheet); err == nil && n >= 1 && n <= len(w.sheets) {
		return []int{n - 1}, nil
	}
	switch {
	case len(all) == 0:
		return nil, invalid("file.no_sheet", "“%s”里没有工作表。", "%q has no worksheet.", f.Name)
	case opt.Sheet != "":
		return nil, invalid("file.sheet_missing", "“%[1]s”里没有名为“%[2]s”的表，有：%[3]s。", "%[1]q has no sheet %[2]q; it has: %[3]s.", f.Name, opt.Sheet, strings.Join(f.Sheets, ", "))
	case len(visible) > 0:
		return visible, nil
	}
	return all, nil
}

// orderWords are parts of the column names that tables of orders and customers
// have.
var orderWords = []string{
	"订单", "金额", "数量", "客户", "会员", "买家", "手机", "日期", "时间", "商品", "单价", "实付", "付款", "店铺",
	"order", "amount", "quantity", "qty", "customer", "member", "buyer", "date", "time", "product", "price", "sku", "total", "invoice", "email",
}

// sheetChoice is what a look at the top of a sheet says.
type sheetChoice struct {
	index    int
	rows     []sampleRow
	complete bool
	words    int    // header cells that speak of orders
	filled   int    // columns of the header
	bytes    uint64 // of the sheet's XML, for its number of rows
	merges   []mergedRange
}

func (c sheetChoice) better(than sheetChoice) bool {
	return cmp.Or(
		cmp.Compare(min(c.words, 3), min(than.words, 3)), // three make it sure
		cmp.Compare(min(len(c.rows), 2), min(len(than.rows), 2)),
		cmp.Compare(c.bytes, than.bytes),
		cmp.Compare(c.filled, than.filled),
	) > 0
}

// mergesOf returns the merged ranges of a sheet from the top down.
func mergesOf(part *zip.File, open func(*zip.File) (io.ReadCloser, error)) ([]mergedRange, error) {
	r, err := open(part)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	merges, err := readMerges(r)
	slices.SortFunc(merges, func(a, b mergedRange) int { return cmp.Or(a.top-b.top, a.left-b.left) })
	return merges, err
}

// lookAtSheet reads the first rows of a sheet, and its merged cells from its
// end.
func lookAtSheet(w *workbook, index int, open func(*zip.File) (io.ReadCloser, error)) (sheetChoice, error) {
	part := w.sheets[index].part
	choice := sheetChoice{index: index, bytes: part.UncompressedSize64}
	merges, err := mergesOf(part, open)
	if err != nil {
		return choice, err
	}
	choice.merges = merges
	r, err := open(part)
	if err != nil {
		return choice, err
	}
	defer r.Close()
	rows := sheetRows{book: w, part: part, merges: merges, headerEnd: math.MaxInt}
	rows.begin(r)
	for len(choice.rows) < sampleRows {
		err := rows.next()
		if err == io.EOF {
			choice.complete = true
			break
		}
		if err != nil {
			return choice, err
		}
		row := sampleRow{line: rows.line, last: rows.line, cells: make([]string, len(rows.cells))}
		for i, c := range rows.cells {
			row.cells[i] = string(rows.text[c.start:c.end])
		}
		if filledWidth(row.cells) > 0 {
			choice.rows = append(choice.rows, row)
		}
	}
	if at := findHeader(choice.rows); at >= 0 {
		for _, c := range choice.rows[at].cells {
			if isBlank(c) {
				continue
			}
			choice.filled++
			lower := strings.ToLower(c)
			if slices.ContainsFunc(orderWords, func(word string) bool { return strings.Contains(lower, word) }) {
				choice.words++
			}
		}
	}
	return choice, nil
}

// xlsxReader reads the rows of one sheet.
type xlsxReader struct {
	name       string
	open       func(*zip.File) (io.ReadCloser, error)
	maxColumns int
	skipTo     int
	header     sieve
	rows       sheetRows
	closer     io.Closer
	spans      []span
}

func (r *xlsxReader) rewind() error {
	if err := r.close(); err != nil {
		return err
	}
	part, err := r.open(r.rows.part)
	if err != nil {
		return err
	}
	r.closer = part
	r.rows.begin(part)
	return nil
}

func (r *xlsxReader) close() error {
	if r.closer == nil {
		return nil
	}
	err := r.closer.Close()
	r.closer = nil
	return err
}

func (r *xlsxReader) notes() []Note { return nil }

func (r *xlsxReader) next(b *Batch, stats *Stats) error {
	s := &r.rows
	for !b.full() {
		err := s.next()
		if err != nil {
			stats.Uncomputed = s.uncomputed
			if err == io.EOF {
				return err
			}
			var e *perennial.Error
			if errors.As(err, &e) {
				return err
			}
			return (&damage{r.name, errors.Is(err, io.ErrUnexpectedEOF), err}).after(s.line)
		}
		if s.line <= r.skipTo {
			continue
		}
		r.spans = r.spans[:0]
		for _, c := range s.cells {
			r.spans = append(r.spans, c.span)
		}
		if len(r.spans) > b.width && !blank(s.text, r.spans[b.width:]) {
			b.Errors = append(b.Errors, rowError(s.line, "row.too_many_cells", s.text))
			continue
		}
		r.spans = r.spans[:min(len(r.spans), b.width)]
		if !r.header.keep(s.text, r.spans, stats) {
			continue
		}
		for i := range b.width {
			if i < len(r.spans) {
				c := s.cells[i]
				b.put(s.text[c.start:c.end], c.kind)
			} else {
				b.put(nil, KindEmpty)
			}
		}
		b.lines = append(b.lines, s.line)
	}
	stats.Uncomputed = s.uncomputed
	return nil
}
