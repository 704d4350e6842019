package tabular

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// maxToken bounds a tag and a piece of text in a workbook's XML. A cell holds at
// most 32,767 characters.
const maxToken = 4 << 20

var errXML = errors.New("malformed XML")

// xmlScanner walks over the tags of the XML inside a workbook, many times faster
// than a full parser: no namespaces, no entities but the five and numbers, and
// text only where it is asked for.
type xmlScanner struct {
	r   io.Reader
	buf []byte
	pos int
	eof bool
	err error

	// Of the tag last met; valid until the next call of next.
	name    []byte // without prefix
	attrs   []byte
	closing bool // </name> or <name/>
	opening bool // <name> or <name/>

	collect bool   // append character data to text
	text    []byte // decoded
}

// next moves to the next tag. It returns false at the end and at an error, which
// is then in err.
func (x *xmlScanner) next() bool {
	for {
		at, ok := x.find('<', x.pos)
		if !ok {
			return false
		}
		if x.collect && at > x.pos {
			x.text = appendXMLText(x.text, x.buf[x.pos:at])
		}
		x.pos = at
		if !x.need(4) {
			return false
		}
		switch x.buf[x.pos+1] {
		case '?':
			if _, ok := x.until("?>"); !ok {
				return false
			}
			continue
		case '!':
			end := ">"
			switch {
			case bytes.HasPrefix(x.buf[x.pos:], []byte("<!--")):
				end = "-->"
			case bytes.HasPrefix(x.buf[x.pos:], []byte("<![C")):
				end = "]]>"
			}
			body, ok := x.until(end)
			if !ok {
				return false
			}
			if x.collect && end == "]]>" && len(body) >= 9 {
				x.text = append(x.text, body[9:]...)
			}
			continue
		}
		return x.tag()
	}
}

// tag reads the tag at pos. An angle bracket may stand within a quoted value.
func (x *xmlScanner) tag() bool {
	var quote byte
	i := x.pos + 1
	for ; ; i++ {
		if i == len(x.buf) {
			if i = x.more(i); i < 0 {
				return false
			}
		}
		c := x.buf[i]
		if quote != 0 {
			if c == quote {
				quote = 0
			}
		} else if c == '"' || c == '\'' {
			quote = c
		} else if c == '>' {
			break
		}
	}
	body := x.buf[x.pos+1 : i]
	x.pos = i + 1
	x.opening, x.closing = true, false
	if len(body) > 0 && body[0] == '/' {
		body, x.opening, x.closing = body[1:], false, true
	} else if n := len(body); n > 0 && body[n-1] == '/' {
		body, x.closing = body[:n-1], true
	}
	x.name, x.attrs = body, nil
	for i, c := range body {
		if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			x.name, x.attrs = body[:i], body[i+1:]
			break
		}
	}
	if i := bytes.IndexByte(x.name, ':'); i >= 0 {
		x.name = x.name[i+1:]
	}
	return true
}

// find returns the offset of c from from on.
func (x *xmlScanner) find(c byte, from int) (int, bool) {
	for {
		if i := bytes.IndexByte(x.buf[from:], c); i >= 0 {
			return from + i, true
		}
		if from = x.more(len(x.buf)); from < 0 {
			return 0, false
		}
	}
}

// until moves behind the next end and returns what stands before it.
func (x *xmlScanner) until(end string) ([]byte, bool) {
	from := x.pos
	for {
		if i := bytes.Index(x.buf[from:], []byte(end)); i >= 0 {
			body := x.buf[x.pos : from+i]
			x.pos = from + i + len(end)
			return body, true
		}
		back := len(x.buf) - max(x.pos, len(x.buf)-len(end)+1)
		n := x.more(len(x.buf))
		if n < 0 {
			return nil, false
		}
		from = n - back
	}
}

// need makes sure that n bytes stand from pos on, fewer only at the end.
func (x *xmlScanner) need(n int) bool {
	for len(x.buf)-x.pos < n {
		if x.more(len(x.buf)) < 0 {
			if x.err == nil {
				x.err = errXML
			}
			return false
		}
	}
	return true
}

// more reads on, dropping what stands before pos, and returns where the offset i
// has moved to, or -1.
func (x *xmlScanner) more(i int) int {
	if x.err != nil {
		return -1
	}
	if x.eof {
		if x.pos < len(x.buf) && bytes.IndexByte(x.buf[x.pos:], '<') >= 0 {
			x.err = errXML
		}
		return -1
	}
	if len(x.buf)-x.pos > maxToken {
		x.err = errXML
		return -1
	}
	if x.buf == nil {
		x.buf = make([]byte, 0, 64<<10)
	}
	if x.pos > 0 {
		n := copy(x.buf, x.buf[x.pos:])
		x.buf = x.buf[:n]
		i -= x.pos
		x.pos = 0
	}
	if len(x.buf) == cap(x.buf) {
		grown := make([]byte, len(x.buf), 2*cap(x.buf))
		copy(grown, x.buf)
		x.buf = grown
	}
	for {
		n, err := x.r.Read(x.buf[len(x.buf):cap(x.buf)])
		x.buf = x.buf[:len(x.buf)+n]
		if err == io.EOF {
			x.eof = true
		} else if err != nil {
			x.err = err
			return -1
		}
		if n > 0 {
			return i
		}
		if x.eof {
			return x.more(i)
		}
	}
}

// attr returns an attribute of the tag, without its prefix and not decoded.
func (x *xmlScanner) attr(name string) []byte {
	p := x.attrs
	for {
		key, value, rest, ok := cutAttr(p)
		if !ok {
			return nil
		}
		if string(key) == name {
			return value
		}
		p = rest
	}
}

// cutAttr takes the first attribute off p.
func cutAttr(p []byte) (key, value, rest []byte, ok bool) {
	for len(p) > 0 && (p[0] == ' ' || p[0] == '\t' || p[0] == '\n' || p[0] == '\r') {
		p = p[1:]
	}
	eq := bytes.IndexByte(p, '=')
	if eq < 0 {
		return nil, nil, nil, false
	}
	key = bytes.TrimRight(p[:eq], " \t\r\n")
	if i := bytes.IndexByte(key, ':'); i >= 0 {
		key = key[i+1:]
	}
	p = bytes.TrimLeft(p[eq+1:], " \t\r\n")
	if len(p) < 2 || p[0] != '"' && p[0] != '\'' {
		return nil, nil, nil, false
	}
	end := bytes.IndexByte(p[1:], p[0])
	if end < 0 {
		return nil, nil, nil, false
	}
	return key, p[1 : 1+end], p[end+2:], true
}

// appendXMLText decodes character data: entities, and CR LF as LF.
func appendXMLText(dst, p []byte) []byte {
	if bytes.IndexByte(p, '&') < 0 && bytes.IndexByte(p, '\r') < 0 {
		return append(dst, p...)
	}
	for {
		i := bytes.IndexAny(p, "&\r")
		if i < 0 {
			return append(dst, p...)
		}
		dst = append(dst, p[:i]...)
		if p[i] == '\r' {
			if p = p[i+1:]; len(p) == 0 || p[0] != '\n' {
				dst = append(dst, '\n')
			}
			continue
		}
		p = p[i:]
		end := bytes.IndexByte(p[:min(len(p), 12)], ';')
		if end < 0 {
			dst, p = append(dst, '&'), p[1:]
			continue
		}
		switch entity := string(p[1:end]); entity {
		case "amp":
			dst = append(dst, '&')
		case "lt":
			dst = append(dst, '<')
		case "gt":
			dst = append(dst, '>')
		case "quot":
			dst = append(dst, '"')
		case "apos":
			dst = append(dst, '\'')
		default:
			dst = appendCharRef(dst, entity)
		}
		p = p[end+1:]
	}
}

// appendCharRef decodes #10 and #x41; anything else stays as it is.
func appendCharRef(dst []byte, entity string) []byte {
	if len(entity) > 1 && entity[0] == '#' {
		digits, base := entity[1:], 10
		if digits[0] == 'x' || digits[0] == 'X' {
			digits, base = digits[1:], 16
		}
		if r, err := strconv.ParseUint(digits, base, 32); err == nil && r <= utf8.MaxRune {
			return utf8.AppendRune(dst, rune(r))
		}
	}
	dst = append(dst, '&')
	dst = append(dst, entity...)
	return append(dst, ';')
}

// appendUnescaped decodes _x000D_, by which workbooks write characters that XML
// has not.
func appendUnescaped(dst, p []byte) []byte {
	for {
		i := bytes.Index(p, []byte("_x"))
		if i < 0 || i+7 > len(p) {
			return append(dst, p...)
		}
		if v, err := strconv.ParseUint(string(p[i+2:i+6]), 16, 16); err == nil && p[i+6] == '_' {
			dst = append(dst, p[:i]...)
			dst = utf8.AppendRune(dst, rune(v))
			p = p[i+7:]
			continue
		}
		dst = append(dst, p[:i+2]...)
		p = p[i+2:]
	}
}
