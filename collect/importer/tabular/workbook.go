package tabular

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zip"
)

// maxStrings bounds the shared strings of a workbook, which have to be held in
// memory, and maxPart the small parts beside the sheets.
const (
	maxStrings = 1 << 30
	maxPart    = 64 << 20
)

// workbook is what the sheets of an .xlsx have in common (ECMA-376, part 1).
type workbook struct {
	parts       map[string]*zip.File // by partName
	sheets      []workbookSheet
	date1904    bool
	stringsPart *zip.File
	strings     sharedStrings
	loaded      bool
	formats     []cellFormat // by the style index of a cell
}

type workbookSheet struct {
	name   string
	hidden bool
	part   *zip.File
}

// sharedStrings keeps all text of a workbook in one piece.
type sharedStrings struct {
	data []byte
	ends []uint32
}

func (s *sharedStrings) at(i int) ([]byte, bool) {
	if i < 0 || i >= len(s.ends) {
		return nil, false
	}
	start := uint32(0)
	if i > 0 {
		start = s.ends[i-1]
	}
	return s.data[start:s.ends[i]], true
}

// cellFormat is what a number in a cell stands for.
type cellFormat uint8

const (
	plainNumber cellFormat = iota
	dateFormat             // a date, perhaps with a time
	clockFormat            // a time of day alone
)

// relationships is a .rels part.
type relationships struct {
	Items []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
	} `xml:"Relationship"`
}

// openWorkbook reads everything but the sheets and the strings.
func openWorkbook(z *zip.Reader) (*workbook, error) {
	w := &workbook{parts: make(map[string]*zip.File, len(z.File))}
	for _, m := range z.File {
		w.parts[partName(m.Name)] = m
	}
	main := "xl/workbook.xml"
	var rels relationships
	if err := w.decode("_rels/.rels", &rels); err == nil {
		for _, r := range rels.Items {
			if strings.HasSuffix(r.Type, "/officeDocument") && w.parts[partName(r.Target)] != nil {
				main = partName(r.Target)
			}
		}
	}
	var book struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
			ID    string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := w.decode(main, &book); err != nil {
		return nil, err
	}
	w.date1904 = book.Properties.Date1904 == "1" || book.Properties.Date1904 == "true"
	dir := path.Dir(main)
	rels = relationships{}
	if err := w.decode(dir+"/_rels/"+path.Base(main)+".rels", &rels); err != nil {
		return nil, err
	}
	targets := map[string]*zip.File{}
	var styles *zip.File
	for _, r := range rels.Items {
		name := partName(r.Target)
		if !strings.HasPrefix(strings.ReplaceAll(r.Target, `\`, "/"), "/") {
			name = partName(path.Join(dir, strings.ReplaceAll(r.Target, `\`, "/")))
		}
		part := w.parts[name]
		switch r.Type[strings.LastIndexByte(r.Type, '/')+1:] {
		case "worksheet":
			targets[r.ID] = part
		case "sharedStrings":
			w.stringsPart = part
		case "styles":
			styles = part
		}
	}
	for _, s := range book.Sheets {
		if part := targets[s.ID]; part != nil { // chart sheets have none
			w.sheets = append(w.sheets, workbookSheet{s.Name, s.State != "" && s.State != "visible", part})
		}
	}
	if styles != nil {
		if err := w.readStyles(styles.Name); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// decode reads a small XML part.
func (w *workbook) decode(name string, v any) error {
	part := w.parts[partName(name)]
	if part == nil {
		return fmt.Errorf("workbook has no part %s", name)
	}
	r, err := part.Open()
	if err != nil {
		return fmt.Errorf("open %s: %w", name, err)
	}
	defer r.Close()
	if err := xml.NewDecoder(io.LimitReader(r, maxPart)).Decode(v); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// readStyles finds out which style indexes show a number as a date.
func (w *workbook) readStyles(name string) error {
	var sheet struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := w.decode(name, &sheet); err != nil {
		return err
	}
	custom := make(map[int]cellFormat, len(sheet.Formats))
	for _, f := range sheet.Formats {
		custom[f.ID] = formatOf(f.Code)
	}
	for _, c := range sheet.Cells {
		format, ok := custom[c.Format]
		if !ok {
			format = builtinFormat(c.Format)
		}
		w.formats = append(w.formats, format)
	}
	return nil
}

// builtinFormat knows the number formats that a workbook does not spell out,
// those of East Asian Excel included.
func builtinFormat(id int) cellFormat {
	switch {
	case id >= 14 && id <= 17, id == 22, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id >= 57 && id <= 58:
		return dateFormat
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id == 45, id == 47, id == 55, id == 56:
		return clockFormat
	}
	return plainNumber
}

// formatOf reads a number format: letters of a calendar outside quotes and
// brackets make it a date. An elapsed time such as [h]:mm stays a number.
func formatOf(code string) cellFormat {
	day, clock := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				return plainNumber
			}
			i += end + 1
		case '\\', '_', '*':
			i++
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return plainNumber
			}
			if in := strings.Trim(strings.ToLower(code[i+1:i+end]), "hms"); in == "" && end > 1 {
				return plainNumber
			}
			i += end
		case 'y', 'Y', 'd', 'D':
			day = true
		case 'h', 'H', 's', 'S':
			clock = true
		case 'm', 'M':
			// months beside years or days, else minutes beside hours; alone a month
			if !day && !clock {
				rest := strings.ToLower(code[i:])
				day = !strings.ContainsAny(rest, "hs")
			}
		case ';':
			i = len(code) // only the format of positive numbers counts
		case 'G', 'g', '@':
			if c != '@' && !strings.HasPrefix(code[i:], "General") {
				continue
			}
			return plainNumber
		}
	}
	switch {
	case day:
		return dateFormat
	case clock:
		return clockFormat
	}
	return plainNumber
}

// loadStrings reads the shared strings, once.
func (w *workbook) loadStrings(open func(*zip.File) (io.ReadCloser, error)) error {
	if w.loaded || w.stringsPart == nil {
		w.loaded = true
		return nil
	}
	r, err := open(w.stringsPart)
	if err != nil {
		return err
	}
	defer r.Close()
	x := &xmlScanner{r: r}
	s := &w.strings
	phonetic := false
	for x.next() {
		switch string(x.name) {
		case "si":
			if x.closing {
				s.ends = append(s.ends, uint32(len(s.data)))
			}
		case "rPh": // how Japanese is read
			phonetic = x.opening && !x.closing
		case "t":
			if x.opening && !x.closing {
				x.collect, x.text = !phonetic, x.text[:0]
			} else if !x.opening {
				s.data = appendUnescaped(s.data, x.text)
				x.collect, x.text = false, x.text[:0]
			}
		}
		if len(s.data) > maxStrings {
			return fmt.Errorf("shared strings: more than %d bytes", maxStrings)
		}
	}
	w.loaded = true
	return x.err
}

// mergedRange is a rectangle of cells that show the value of its first one.
// Rows and columns count from 1 and 0.
type mergedRange struct {
	top, bottom, left, right int
}

// readMerges finds the merged ranges of a sheet. They stand after the rows, so
// that the sheet is passed over once; a search by bytes is all that costs.
func readMerges(r io.Reader) ([]mergedRange, error) {
	const mark = "sheetData>"
	buf := make([]byte, 0, 256<<10)
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if i := closingMark(buf, mark); i >= 0 {
			return mergesAfter(io.MultiReader(bytes.NewReader(buf[i:]), r))
		}
		if err == io.EOF {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if len(buf) == cap(buf) {
			buf = append(buf[:0], buf[len(buf)-64:]...)
		}
	}
}

// closingMark returns the offset behind the closing tag, or -1; the prefix of a
// name space may stand before the name.
func closingMark(buf []byte, mark string) int {
	for from := 0; ; {
		i := bytes.Index(buf[from:], []byte(mark))
		if i < 0 {
			return -1
		}
		at := from + i
		if slash := bytes.LastIndexByte(buf[max(0, at-24):at], '<'); slash >= 0 {
			if tag := buf[max(0, at-24)+slash : at]; len(tag) > 1 && tag[1] == '/' {
				return at + len(mark)
			}
		}
		from = at + len(mark)
	}
}

func mergesAfter(r io.Reader) ([]mergedRange, error) {
	x := &xmlScanner{r: r}
	var out []mergedRange
	for x.next() {
		if string(x.name) != "mergeCell" || !x.opening {
			continue
		}
		from, to, ok := strings.Cut(string(x.attr("ref")), ":")
		if !ok {
			continue
		}
		col, row, ok1 := cellRef([]byte(from))
		col2, row2, ok2 := cellRef([]byte(to))
		if ok1 && ok2 && row2 >= row && col2 >= col && (row2 > row || col2 > col) && len(out) < 1<<20 {
			out = append(out, mergedRange{row, row2, col, col2})
		}
	}
	return out, x.err
}

// cellRef reads B12 as column 1 (from 0) and row 12 (from 1).
func cellRef(ref []byte) (col, row int, ok bool) {
	i := 0
	for i < len(ref) && ref[i]|0x20 >= 'a' && ref[i]|0x20 <= 'z' {
		col = col*26 + int(ref[i]|0x20-'a') + 1
		if i++; i > 3 {
			return 0, 0, false
		}
	}
	if i == 0 || i == len(ref) {
		return 0, 0, false
	}
	row, err := strconv.Atoi(string(ref[i:]))
	return col - 1, row, err == nil && row > 0 && row <= 1<<20 && col <= 16384
}
