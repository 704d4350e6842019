package tabular

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// traits are what is unusual in a stretch of text; the readers take their fast
// path where there is nothing.
type traits struct {
	quotes  bool // "
	bareCR  bool // a carriage return that ends a line by itself
	nul     bool
	invalid bool // lines in no known encoding, left as they stand
}

func (t *traits) add(p []byte) {
	t.quotes = t.quotes || bytes.IndexByte(p, '"') >= 0
	t.nul = t.nul || bytes.IndexByte(p, 0) >= 0
	for !t.bareCR {
		i := bytes.IndexByte(p, '\r')
		if i < 0 {
			break
		}
		t.bareCR = i+1 == len(p) || p[i+1] != '\n'
		p = p[min(i+2, len(p)):]
	}
}

// lineReader gives out whole lines in UTF-8, many at a time.
type lineReader struct {
	r       io.Reader
	convert converter
	maxLine int

	tail     []byte // the beginning of a line whose end was not read yet
	skipping bool   // within a line that is too long
	scratch  []byte
	err      error // of r; io.EOF at the end
}

func newLineReader(r io.Reader, enc string, opt Options) *lineReader {
	l := &lineReader{r: r, maxLine: opt.MaxLineBytes}
	l.convert.init(enc)
	l.convert.named = opt.Encoding != ""
	return l
}

// done reports that there is nothing more to come.
func (l *lineReader) done() bool { return l.err != nil && len(l.tail) == 0 }

// fill appends about want bytes of whole lines to dst and says what is unusual
// in them. A line that is too long is cut short; where such lines begin is
// appended to cut. The last line gets a line end if it has none.
func (l *lineReader) fill(dst []byte, cut []int, want int, t *traits) ([]byte, []int) {
	want = max(want, 4096)
	begin := len(dst)
	dst = append(dst, l.tail...)
	l.tail = l.tail[:0]
	// Only the new part is searched for a line end: a long line must not cost
	// its length again with every read.
	searched := begin
	end := -1
	for end < 0 && l.err == nil {
		goal := max(begin+want, searched+want/4)
		if cap(dst) < goal {
			grown := make([]byte, len(dst), goal+want/4)
			copy(grown, dst)
			dst = grown
		}
		for len(dst) < goal && l.err == nil {
			var n int
			n, l.err = l.r.Read(dst[len(dst):min(cap(dst), goal)])
			dst = dst[:len(dst)+n]
		}
		if l.skipping {
			dst = append(dst[:begin], l.skip(dst[begin:])...)
			searched = begin
			if l.skipping {
				continue
			}
		}
		end = lastLineEnd(dst, searched)
		searched = max(begin, len(dst)-1)
		if end < 0 && l.err == nil && len(dst)-begin > l.maxLine {
			cut = append(cut, begin)
			l.skipping = true
			dst = append(dst[:begin+min(excerptBytes+1, l.maxLine)], '\n')
			end = len(dst)
		}
	}
	if l.err != nil {
		end = len(dst)
		if l.err == io.EOF {
			if end > begin && dst[end-1] == 0x1A {
				end-- // the end-of-file character of DOS
			}
			dst = dst[:end]
			if end > begin && dst[end-1] != '\n' && dst[end-1] != '\r' {
				dst = append(dst, '\n')
				end++
			}
		} else if last := lastLineEnd(dst, begin); last >= 0 {
			end = last // the line at the break is not whole
		} else {
			end = begin
		}
		dst = dst[:end]
	}
	l.tail = append(l.tail, dst[end:]...)
	dst = dst[:end]
	dst = l.toUTF8(dst, begin, t)
	t.add(dst[begin:])
	return dst, cut
}

// skip drops the rest of a line that is too long and returns what follows it.
func (l *lineReader) skip(p []byte) []byte {
	i := bytes.IndexAny(p, "\r\n")
	switch {
	case i < 0:
		return nil
	case p[i] == '\r' && i+1 == len(p):
		return p[i:] // perhaps half of a line end
	case p[i] == '\r' && p[i+1] == '\n':
		i++
	}
	l.skipping = false
	return p[i+1:]
}

// lineEnd returns where the line at pos ends and where the next one begins. p
// ends with a line end, or the line ends with p.
func lineEnd(p []byte, pos int, bareCR bool) (end, next int) {
	if bareCR {
		i := bytes.IndexAny(p[pos:], "\r\n")
		if i < 0 {
			return len(p), len(p)
		}
		end, next = pos+i, pos+i+1
		if p[end] == '\r' && next < len(p) && p[next] == '\n' {
			next++
		}
		return end, next
	}
	i := bytes.IndexByte(p[pos:], '\n')
	if i < 0 {
		return len(p), len(p)
	}
	end, next = pos+i, pos+i+1
	if end > pos && p[end-1] == '\r' {
		end--
	}
	return end, next
}

// countLines returns the number of line ends in p, which does not end within
// one.
func countLines(p []byte, bareCR bool) int {
	n := bytes.Count(p, []byte{'\n'})
	if bareCR {
		n += bytes.Count(p, []byte{'\r'}) - bytes.Count(p, []byte("\r\n"))
	}
	return n
}

// lastLineEnd returns the offset after the last line end in p[from:], or -1. A
// carriage return at the very end may be half of one and does not count.
func lastLineEnd(p []byte, from int) int {
	if i := bytes.LastIndexByte(p[from:], '\n'); i >= 0 {
		return from + i + 1
	}
	if len(p)-1 > from {
		if i := bytes.LastIndexByte(p[from:len(p)-1], '\r'); i >= 0 {
			return from + i + 1
		}
	}
	return -1
}

// toUTF8 converts the lines in dst[begin:] where that is needed.
func (l *lineReader) toUTF8(dst []byte, begin int, t *traits) []byte {
	part := dst[begin:]
	switch l.convert.enc {
	case encUTF8, encUTF8BOM, encUTF16LE, encUTF16BE:
		if utf8.Valid(part) {
			return dst
		}
	default:
		if isASCII(part) {
			return dst
		}
	}
	l.scratch = append(l.scratch[:0], part...)
	dst = dst[:begin]
	for p := l.scratch; len(p) > 0; {
		end, next := lineEnd(p, 0, true)
		var ok bool
		if dst, ok = l.convert.append(dst, p[:end]); !ok {
			t.invalid = true
		}
		dst = append(dst, p[end:next]...)
		p = p[next:]
	}
	return dst
}
