package tabular

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/transform"

	"perennial"
)

// looksLikeJSON reports whether text begins like an object or an array of them.
func looksLikeJSON(text []byte) bool {
	rest := bytes.TrimLeft(text[1:], " \t\r\n")
	switch text[0] {
	case '{':
		return len(rest) > 0 && (rest[0] == '"' || rest[0] == '}')
	case '[':
		return len(rest) == 0 || rest[0] == '{' || rest[0] == ']'
	}
	return false
}

// openJSON learns the columns from a sample and sets up the reader.
func (f *File) openJSON(open func() (io.ReadCloser, error), enc string, text []byte, opt Options) error {
	j := &jsonReader{open: open, enc: enc, opt: opt, name: f.Name}
	j.parser.columns, j.parser.unseen, j.parser.learn = map[string]int{}, map[string]int{}, true
	f.Format, j.stream = JSON, true
	start := bytes.TrimLeft(text, " \t\r\n")
	end, _ := lineEnd(start, 0, bytes.IndexByte(start, '\n') < 0)
	if start[0] == '{' && (j.parser.learnFrom(start[:end]) || severalObjects(start[end:])) {
		f.Format, j.stream = NDJSON, false
	}
	records := 0
	if j.stream {
		s := &objectStream{r: bytes.NewReader(text), max: opt.MaxLineBytes, line: 1, name: f.Name, array: true}
		for {
			record, _, err := s.next()
			if err != nil && err != io.EOF && records == 0 {
				return err
			}
			if err != nil {
				break // the sample ends anywhere
			}
			j.parser.learnFrom(record)
			records++
		}
	} else {
		for line := range bytes.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
			j.parser.learnFrom(line)
			records++
		}
	}
	j.parser.learn = false
	names := j.parser.names
	switch {
	case records == 0:
		return invalid("file.empty", "“%s”里没有一条记录。", "%q holds no record.", f.Name)
	case len(names) == 0:
		return invalid("file.json_broken", "“%s”开头的 JSON 读不出来。", "The JSON at the start of %q cannot be read.", f.Name).
			WithHint(perennial.Say("每行写一个对象，或整个文件是一个对象数组。", "Write one object a line, or one array of objects."))
	case len(names) > opt.MaxColumns:
		return tooManyColumns(f.Name, len(names), opt)
	}
	f.Header, f.Named = f.uniqueNames(names, 0), true
	f.rows = j
	return nil
}

// severalObjects reports whether any of the first lines begins a new object, as
// they do in NDJSON whose first line is damaged.
func severalObjects(text []byte) bool {
	n := 0
	for line := range bytes.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if !bytes.HasPrefix(line, []byte(`{"`)) {
			return false
		}
		if n++; n == 3 {
			break
		}
	}
	return n > 0
}

// jsonReader reads objects: one a line, or (stream) wherever they stand.
type jsonReader struct {
	open   func() (io.ReadCloser, error)
	closer io.Closer
	enc    string
	name   string
	opt    Options
	stream bool
	parser jsonParser

	lines   *lineReader
	objects *objectStream
	data    []byte
	pos     int
	cut     []int
	traits  traits
	line    int
}

func (j *jsonReader) rewind() error {
	if err := j.close(); err != nil {
		return err
	}
	r, err := j.open()
	if err != nil {
		return err
	}
	j.closer, j.line = r, 1
	clear(j.parser.unseen)
	j.data, j.pos, j.cut, j.traits = j.data[:0], 0, j.cut[:0], traits{}
	j.lines = newLineReader(r, j.enc, j.opt)
	if j.stream {
		text := io.Reader(r)
		switch j.enc {
		case encGB18030, encBig5, encLatin:
			text = transform.NewReader(r, j.lines.convert.dec)
		}
		j.objects = &objectStream{r: text, max: j.opt.MaxLineBytes, line: 1, name: j.name, array: true}
	}
	return nil
}

func (j *jsonReader) close() error {
	if j.closer == nil {
		return nil
	}
	err := j.closer.Close()
	j.closer = nil
	return err
}

func (j *jsonReader) next(b *Batch, stats *Stats) error {
	for !b.full() {
		record, line, code, err := j.record()
		if err != nil {
			return atLine(err, line)
		}
		switch {
		case code != "":
		case bytes.IndexByte(record, 0) >= 0:
			code = "row.nul"
		case !utf8.Valid(record):
			if code = "row.encoding"; j.stream {
				// A line would have been converted by now.
				if out, ok := j.lines.convert.append(nil, record); ok {
					record, code = out, ""
				}
			}
		case blankCell(record):
			stats.Blank++
			continue
		}
		if code == "" && !j.row(b, record, line) {
			code = "row.json"
		}
		if code != "" {
			b.Errors = append(b.Errors, rowError(line, code, record))
		}
		stats.Converted = j.lines.convert.changed
	}
	return nil
}

// record returns the next object's text and line, or what is wrong with it.
func (j *jsonReader) record() (record []byte, line int, code string, err error) {
	if j.stream {
		record, line, err = j.objects.next()
		return record, line, "", err
	}
	if j.pos == len(j.data) {
		if j.lines.done() {
			return nil, j.line - 1, "", j.lines.err
		}
		j.pos, j.traits = 0, traits{}
		if j.data, j.cut = j.lines.fill(j.data[:0], j.cut[:0], batchBytes, &j.traits); len(j.data) == 0 {
			return j.record()
		}
	}
	end, next := lineEnd(j.data, j.pos, j.traits.bareCR)
	record, line = j.data[j.pos:end], j.line
	if len(j.cut) > 0 && j.cut[0] == j.pos || len(record) > j.opt.MaxLineBytes {
		code = "row.too_long"
		j.cut = dropBefore(j.cut, next)
	}
	j.pos, j.line = next, line+1
	return record, line, code, nil
}

// row adds an object as a row, or nothing if it is none.
func (j *jsonReader) row(b *Batch, record []byte, line int) bool {
	base, mark := len(b.cells), len(b.data)
	b.cells = append(b.cells, make([]span, b.width)...)
	b.kinds = append(b.kinds, make([]Kind, b.width)...)
	j.parser.b, j.parser.base = b, base
	if !j.parser.object(record) {
		b.cells, b.kinds, b.data = b.cells[:base], b.kinds[:base], b.data[:mark]
		return false
	}
	b.lines = append(b.lines, line)
	return true
}

// notes names the keys that the sample did not have.
func (j *jsonReader) notes() []Note {
	if len(j.parser.unseen) == 0 {
		return nil
	}
	names := make([]string, 0, len(j.parser.unseen))
	count := 0
	for name, n := range j.parser.unseen {
		names, count = append(names, name), count+n
	}
	slices.Sort(names)
	listed := strings.Join(names[:min(len(names), 10)], ", ")
	return []Note{{Code: "json.unseen_keys", Count: count, Text: perennial.Say(
		"有 %[1]d 个字段只在后面的记录里出现，没有读：%[2]s。", "Keys that occur only in later records and were not read (%[1]d): %[2]s.", len(names), listed)}}
}

// objectStream cuts text into its outermost objects: the elements of one array,
// or objects one after another.
type objectStream struct {
	r     io.Reader
	name  string
	max   int
	array bool // report an array that does not end

	buf     []byte
	pos     int
	line    int // of pos
	inArray bool
	err     error
}

// next returns an object and its line. The object is valid until the next call.
func (s *objectStream) next() ([]byte, int, error) {
	for {
		for s.pos < len(s.buf) {
			switch c := s.buf[s.pos]; c {
			case '\n':
				s.line++
			case ' ', '\t', '\r', ',':
			case '[':
				if s.inArray {
					return nil, s.line, s.broken()
				}
				s.inArray = true
			case ']':
				if !s.inArray {
					return nil, s.line, s.broken()
				}
				s.inArray = false
			case '{':
				return s.object()
			default:
				return nil, s.line, s.broken()
			}
			s.pos++
		}
		if s.err == io.EOF && s.inArray && s.array {
			return nil, s.line, invalid("file.truncated", "“%s”不完整，读到第 %d 行就断了。", "%q is cut off; it ends after line %d.", s.name, s.line).
				WithHint(perennial.Say("重新导出一份。", "Export it again."))
		}
		if s.err != nil {
			return nil, s.line, s.err
		}
		s.more()
	}
}

// object returns the object at s.pos.
func (s *objectStream) object() ([]byte, int, error) {
	depth, inString, escaped := 0, false, false
	for i := s.pos; ; i++ {
		for i == len(s.buf) {
			if s.err != nil || i-s.pos > s.max {
				return nil, s.line, s.broken()
			}
			i -= s.pos
			s.more()
			i += s.pos
		}
		switch c := s.buf[i]; {
		case escaped:
			escaped = false
		case inString:
			escaped, inString = c == '\\', c != '"'
		case c == '"':
			inString = true
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				record, line := s.buf[s.pos:i+1], s.line
				s.line += bytes.Count(record, []byte{'\n'})
				s.pos = i + 1
				return record, line, nil
			}
		}
	}
}

// more reads on; what stands before s.pos is dropped.
func (s *objectStream) more() {
	s.buf = append(s.buf[:0], s.buf[s.pos:]...)
	s.pos = 0
	n := len(s.buf)
	s.buf = slices.Grow(s.buf, batchBytes)
	got, err := s.r.Read(s.buf[n : n+batchBytes])
	s.buf, s.err = s.buf[:n+got], err
}

// broken says where the JSON cannot be followed any further.
func (s *objectStream) broken() error {
	if s.err != nil && s.err != io.EOF {
		return s.err
	}
	return invalid("file.json_broken", "“%s”第 %d 行起的 JSON 结构坏了，后面读不下去。", "The JSON of %q is broken from line %d on and cannot be followed.", s.name, s.line).
		WithHint(perennial.Say("检查那里的括号和引号，或改成每行一个对象。", "Check the brackets and quotes there, or write one object a line."))
}
