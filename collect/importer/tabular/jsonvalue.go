package tabular

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep JSON may be nested; objects below flattenDepth are kept
// as JSON text.
const (
	maxDepth     = 200
	flattenDepth = 16
)

// jsonParser reads one object into the cells of a row. Nested objects become
// columns with dotted names, arrays stay JSON.
type jsonParser struct {
	p       []byte
	i       int
	path    []byte
	columns map[string]int
	names   []string
	learn   bool // add unknown names to columns instead of storing values
	unseen  map[string]int

	b    *Batch
	base int // of the row in b.cells
}

// object parses p as one object and reports whether it is.
func (j *jsonParser) object(p []byte) bool {
	j.p, j.i, j.path = p, 0, j.path[:0]
	j.space()
	if j.i >= len(p) || p[j.i] != '{' || !j.members(0) {
		return false
	}
	j.space()
	if j.i < len(p) && p[j.i] == ',' { // a line out of an array
		j.i++
		j.space()
	}
	return j.i == len(p)
}

// learnFrom adds the names in an object to the columns; a broken one adds none.
func (j *jsonParser) learnFrom(p []byte) bool {
	before := len(j.names)
	if j.object(p) {
		return true
	}
	for _, name := range j.names[before:] {
		delete(j.columns, name)
	}
	j.names = j.names[:before]
	return false
}

func (j *jsonParser) space() {
	for j.i < len(j.p) {
		switch j.p[j.i] {
		case ' ', '\t', '\n', '\r':
			j.i++
		default:
			return
		}
	}
}

// next skips blanks and the byte c, and reports whether c was there.
func (j *jsonParser) next(c byte) bool {
	j.space()
	if j.i < len(j.p) && j.p[j.i] == c {
		j.i++
		return true
	}
	return false
}

// members parses an object at {, its keys appended to path.
func (j *jsonParser) members(depth int) bool {
	j.i++
	if j.next('}') {
		return true
	}
	outer := len(j.path)
	for {
		j.space()
		if outer > 0 {
			j.path = append(j.path[:outer], '.')
		} else {
			j.path = j.path[:0]
		}
		var ok bool
		if j.path, ok = j.str(j.path); !ok || !j.next(':') {
			return false
		}
		j.space()
		if !j.value(depth) {
			return false
		}
		if j.next(',') {
			continue
		}
		j.path = j.path[:outer]
		return j.next('}')
	}
}

// value parses the value of the member named by path.
func (j *jsonParser) value(depth int) bool {
	if j.i >= len(j.p) {
		return false
	}
	if j.p[j.i] == '{' && depth < flattenDepth {
		return j.members(depth + 1)
	}
	col, known := j.columns[string(j.path)]
	switch {
	case known:
	case j.learn:
		j.columns[string(j.path)] = len(j.names)
		j.names = append(j.names, string(j.path))
	default:
		if _, ok := j.unseen[string(j.path)]; ok || len(j.unseen) < 100 {
			j.unseen[string(j.path)]++
		}
	}
	if !known || j.learn {
		return j.skip(0)
	}
	b := j.b
	start, kind, ok := len(b.data), KindText, true
	switch c := j.p[j.i]; {
	case c == '"':
		b.data, ok = j.str(b.data)
	case c == '{' || c == '[':
		from := j.i
		if ok = j.skip(0); ok {
			b.data = appendCompact(b.data, j.p[from:j.i])
		}
	case c == 't' && j.word("true"):
		kind, b.data = KindBool, append(b.data, "true"...)
	case c == 'f' && j.word("false"):
		kind, b.data = KindBool, append(b.data, "false"...)
	case c == 'n' && j.word("null"):
		kind = KindEmpty
	default:
		var raw []byte
		var ruined bool
		if raw, ok = j.number(); ok {
			kind = KindNumber
			if b.data, ruined, ok = appendNumber(b.data, raw, 0); ruined {
				kind |= lossy
			}
		}
	}
	if start == len(b.data) {
		kind = KindEmpty
	}
	b.cells[j.base+col] = span{uint32(start), uint32(len(b.data))}
	b.kinds[j.base+col] = kind
	return ok
}

func (j *jsonParser) word(w string) bool {
	if bytes.HasPrefix(j.p[j.i:], []byte(w)) {
		j.i += len(w)
		return true
	}
	return false
}

// number takes a number by the grammar of JSON.
func (j *jsonParser) number() ([]byte, bool) {
	p, i := j.p, j.i
	digits := func() bool {
		from := i
		for i < len(p) && p[i] >= '0' && p[i] <= '9' {
			i++
		}
		return i > from
	}
	if i < len(p) && p[i] == '-' {
		i++
	}
	if !digits() {
		return nil, false
	}
	if i < len(p) && p[i] == '.' {
		i++
		if !digits() {
			return nil, false
		}
	}
	if i < len(p) && p[i]|0x20 == 'e' {
		i++
		if i < len(p) && (p[i] == '+' || p[i] == '-') {
			i++
		}
		if !digits() {
			return nil, false
		}
	}
	raw := p[j.i:i]
	j.i = i
	return raw, true
}

// skip passes over any value and reports whether it is one.
func (j *jsonParser) skip(depth int) bool {
	j.space()
	if j.i >= len(j.p) || depth > maxDepth {
		return false
	}
	switch c := j.p[j.i]; {
	case c == '"':
		return j.skipString()
	case c == '[' || c == '{':
		end := c + 2 // ] and } in ASCII
		j.i++
		if j.next(end) {
			return true
		}
		for {
			if c == '{' {
				j.space()
				if j.i >= len(j.p) || j.p[j.i] != '"' || !j.skipString() || !j.next(':') {
					return false
				}
			}
			if !j.skip(depth + 1) {
				return false
			}
			if !j.next(',') {
				return j.next(end)
			}
		}
	}
	if j.word("true") || j.word("false") || j.word("null") {
		return true
	}
	_, ok := j.number()
	return ok
}

func (j *jsonParser) skipString() bool {
	for i := j.i + 1; i < len(j.p); i++ {
		switch j.p[i] {
		case '"':
			j.i = i + 1
			return true
		case '\\':
			i++
		}
	}
	return false
}

// str appends the string at j.i, decoded.
func (j *jsonParser) str(dst []byte) ([]byte, bool) {
	p, i := j.p, j.i
	if i >= len(p) || p[i] != '"' {
		return dst, false
	}
	i++
	for {
		from := i
		for i < len(p) && p[i] != '"' && p[i] != '\\' && (p[i] >= 0x20 || p[i] == '\t') {
			i++
		}
		if i >= len(p) {
			return dst, false
		}
		dst = append(dst, p[from:i]...)
		switch p[i] {
		case '"':
			j.i = i + 1
			return dst, true
		case '\\':
			var n int
			if dst, n = unescape(dst, p[i:]); n == 0 {
				return dst, false
			}
			i += n
		default:
			return dst, false
		}
	}
}

// unescape appends what the escape at the start of p stands for and returns its
// length, 0 when it is none.
func unescape(dst, p []byte) ([]byte, int) {
	if len(p) < 2 {
		return dst, 0
	}
	switch p[1] {
	case '"', '\\', '/':
		return append(dst, p[1]), 2
	case 'b':
		return append(dst, '\b'), 2
	case 'f':
		return append(dst, '\f'), 2
	case 'n':
		return append(dst, '\n'), 2
	case 'r':
		return append(dst, '\r'), 2
	case 't':
		return append(dst, '\t'), 2
	case 'u':
		r, ok := hex4(p)
		if !ok {
			return dst, 0
		}
		if utf16.IsSurrogate(r) {
			if low, ok := hex4(p[6:]); ok {
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					return utf8.AppendRune(dst, pair), 12
				}
			}
			r = utf8.RuneError
		}
		return utf8.AppendRune(dst, r), 6
	}
	return dst, 0
}

// hex4 reads \uXXXX.
func hex4(p []byte) (rune, bool) {
	if len(p) < 6 || p[0] != '\\' || p[1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(string(p[2:6]), 16, 16)
	return rune(v), err == nil
}

// appendCompact appends valid JSON without blanks between its tokens.
func appendCompact(dst, p []byte) []byte {
	inString := false
	for i := 0; i < len(p); i++ {
		c := p[i]
		switch {
		case inString && c == '\\':
			dst = append(dst, c)
			i++
			c = p[i]
		case c == '"':
			inString = !inString
		case !inString && (c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			continue
		}
		dst = append(dst, c)
	}
	return dst
}
