package tabular

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"

	"perennial"
)

const (
	sampleBytes = 1 << 20 // of a text file, on which everything is decided
	sampleRows  = 300
)

// openText finds out encoding and format of text and sets up its reader.
func (f *File) openText(c content, opt Options) error {
	enc, err := parseEncoding(opt.Encoding)
	if err != nil {
		return err
	}
	raw, err := c.head(sampleBytes)
	complete := err == io.EOF
	if err != nil && !complete && (perennial.CodeOf(err) != "" || !bytes.ContainsAny(raw, "\r\n")) {
		return atLine(err, 0)
	}
	if len(raw) == 0 {
		return invalid("file.empty", "“%s”是空文件。", "%q is empty.", f.Name).
			WithHint(perennial.Say("检查导出是否成功。", "Check that the export succeeded."))
	}
	if enc == "" {
		var ok bool
		if enc, ok = detectEncoding(raw, complete); !ok {
			return binaryError(f.Name, "")
		}
	}
	f.Encoding = enc
	if bomLength(raw, encUTF8) > 0 && enc == encUTF8 {
		f.Encoding = encUTF8BOM
	}
	decoded := func() (io.ReadCloser, error) { return decodedText(c, enc) }
	text, err := f.sampleText(raw, enc, complete, opt)
	if err != nil {
		return err
	}
	if err := f.notATable(text); err != nil {
		return err
	}
	switch trimmed := bytes.TrimLeft(text, " \t\r\n"); {
	case len(trimmed) == 0:
		return invalid("file.empty", "“%s”里只有空白。", "%q holds nothing but blanks.", f.Name).
			WithHint(perennial.Say("检查导出是否成功。", "Check that the export succeeded."))
	case opt.Delimiter == 0 && looksLikeJSON(trimmed):
		return f.openJSON(decoded, enc, text, opt)
	}
	return f.openDelimited(decoded, enc, text, complete, opt)
}

// decodedText opens text without its byte order mark; UTF-16 becomes UTF-8,
// other encodings are converted by line.
func decodedText(c content, enc string) (io.ReadCloser, error) {
	raw, err := c.open()
	if err != nil {
		return nil, err
	}
	var head [3]byte
	n, err := io.ReadFull(raw, head[:])
	rest := io.Reader(raw)
	if err != nil && !errors.Is(err, io.EOF) && err != io.ErrUnexpectedEOF {
		rest = failing{err}
	}
	r := io.MultiReader(bytes.NewReader(head[bomLength(head[:n], enc):n]), rest)
	if enc == encUTF16LE || enc == encUTF16BE {
		r = &utf16Reader{r: r, order: byteOrder(enc)}
	}
	return struct {
		io.Reader
		io.Closer
	}{r, raw}, nil
}

// failing is a reader that has an error to tell.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// sampleText returns the sample in UTF-8, cut after its last whole line.
func (f *File) sampleText(raw []byte, enc string, complete bool, opt Options) ([]byte, error) {
	r, err := decodedText(content{open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }}, enc)
	if err != nil {
		return nil, err
	}
	opt.MaxLineBytes = len(raw) + 1
	lines := newLineReader(r, enc, opt)
	var text []byte
	var t traits
	for !lines.done() {
		text, _ = lines.fill(text, nil, len(raw), &t)
	}
	if complete {
		return text, nil
	}
	if i := bytes.LastIndexAny(text[:max(len(text)-1, 0)], "\r\n"); i >= 0 {
		return text[:i+1], nil
	}
	if first := bytes.TrimLeft(text, " \t"); len(first) > 0 && first[0] == '[' {
		return text, nil // JSON needs no lines
	}
	return nil, invalid("file.line_too_long", "“%s”的第 1 行超过 %d KB，没有换行，不像表格。", "Line 1 of %q goes on for more than %d KB without an end; this is no table.", f.Name, len(raw)>>10).
		WithHint(perennial.Say("检查文件是否选对、导出时是否丢了换行。", "Check that it is the right file and that the export kept its line breaks."))
}

// notATable recognises text that is something else.
func (f *File) notATable(text []byte) error {
	start := strings.ToLower(string(bytes.TrimLeft(text[:min(len(text), 4096)], " \t\r\n")))
	if !strings.HasPrefix(start, "<") {
		if strings.HasPrefix(start, "mime-version:") {
			return saveAsXLSX("file.html", f.Name, "MHTML")
		}
		return nil
	}
	switch {
	case strings.Contains(start, "urn:schemas-microsoft-com:office:spreadsheet") && strings.HasPrefix(start, "<?xml"):
		return saveAsXLSX("file.xml_spreadsheet", f.Name, "XML 2003")
	case strings.Contains(start, "<html"), strings.Contains(start, "<table"), strings.HasPrefix(start, "<!doctype html"),
		strings.HasPrefix(start, "<meta"), strings.HasPrefix(start, "<style"):
		return invalid("file.html", "“%s”其实是网页（HTML），只是名字像 Excel。", "%q is in truth a web page (HTML) under another name.", f.Name).
			WithHint(perennial.Say("用 Excel 或 WPS 打开，另存为 .xlsx 再导入。", "Open it in Excel, save it as .xlsx and import that."))
	case strings.HasPrefix(start, "<?xml"):
		return saveAsXLSX("file.xml", f.Name, "XML")
	}
	return nil
}

// openDelimited finds delimiter and header of delimited text.
func (f *File) openDelimited(open func() (io.ReadCloser, error), enc string, text []byte, complete bool, opt Options) error {
	delim, err := delimiterOf(opt.Delimiter, text, opt)
	if err != nil {
		return err
	}
	f.Delimiter = rune(delim)
	switch delim {
	case '\t':
		f.Format = TSV
	case ' ':
		f.Format = Columns
	default:
		f.Format = CSV
	}
	rows := sampleRecords(text, delim, opt, sampleRows)
	if complete && len(rows) == 0 {
		return invalid("file.empty", "“%s”里没有内容。", "%q holds nothing.", f.Name)
	}
	head, err := f.settleHeader(rows, complete, opt, func() []sampleRow {
		return sampleRecords(text, delim, opt, math.MaxInt)
	})
	if err != nil {
		return err
	}
	r := &csvReader{open: open, enc: enc, opt: opt, delim: delim, skipTo: head.last}
	for _, name := range head.raw {
		r.header.names = append(r.header.names, []byte(name))
	}
	f.rows = r
	return nil
}

// delimiterOf returns the delimiter asked for or the likeliest one.
func delimiterOf(asked rune, text []byte, opt Options) (byte, error) {
	switch {
	case asked == 0:
		return detectDelimiter(text, opt), nil
	case asked >= 0x80 || asked == '"' || asked == '\n' || asked == '\r' || asked >= '0' && asked <= '9':
		return 0, invalid("file.delimiter", "“%c”不能作分隔符。", "%q cannot separate columns.", asked).
			WithHint(perennial.Say("可用 , ; | 或制表符。", "Use , ; | or a tab."))
	}
	return byte(asked), nil
}

// sampleRecords parses the beginning of a text, at most limit rows.
func sampleRecords(text []byte, delim byte, opt Options, limit int) []sampleRow {
	c := &csvReader{delim: delim, opt: opt}
	c.traits.add(text)
	var rows []sampleRow
	line := 1
	for pos := 0; pos < len(text) && len(rows) < limit; {
		next, lines, result := c.record(text, pos, true)
		row := sampleRow{line: line, last: line + lines - 1}
		line += lines
		pos = next
		if result != whole || blank(text, c.cells) {
			continue
		}
		for i, s := range c.cells {
			cell := string(text[s.start:s.end])
			for _, d := range c.doubled {
				if d == i {
					cell = strings.ReplaceAll(cell, `""`, `"`)
				}
			}
			row.cells = append(row.cells, cell)
		}
		rows = append(rows, row)
	}
	return rows
}

// detectDelimiter returns the delimiter by which most rows have the same number
// of columns, more columns counting for more: within one column of a table
// another delimiter may well occur once in every row.
func detectDelimiter(text []byte, opt Options) byte {
	best, bestScore := byte(','), 0.0
	for _, delim := range []byte{',', '\t', ';', '|'} {
		if score := delimiterScore(text, delim, opt); score > bestScore {
			best, bestScore = delim, score
		}
	}
	if bestScore < 0.25 && fixedColumns(text, opt) {
		return ' '
	}
	return best
}

func delimiterScore(text []byte, delim byte, opt Options) float64 {
	rows := sampleRecords(text, delim, opt, sampleRows)
	widths := map[int]int{}
	several := 0
	for _, r := range rows {
		if w := len(r.cells); w >= 2 {
			widths[w]++
			several++
		}
	}
	score := 0.0
	for w, n := range widths {
		share := float64(n) / float64(len(rows))
		score = max(score, share*share*math.Log2(float64(min(w, 256))))
	}
	// Ragged rows still speak for the delimiter they have, if weakly.
	share := float64(several) / float64(max(len(rows), 1))
	return score + 0.1*share*share
}

// fixedColumns reports whether a text is columns separated by blanks: nearly all
// lines have the same number, and most cells are values, which prose has not.
func fixedColumns(text []byte, opt Options) bool {
	rows := sampleRecords(text, ' ', opt, sampleRows)
	widths := map[int]int{}
	cells, values := 0, 0
	for _, r := range rows {
		widths[len(r.cells)]++
		for _, c := range r.cells {
			cells++
			if isValue(c) {
				values++
			}
		}
	}
	for w, n := range widths {
		if w >= 2 && n*10 >= len(rows)*9 {
			return values*2 >= cells
		}
	}
	return false
}
