package tabular

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"perennial"
)

// The encodings, as File.Encoding names them. The last two are never guessed.
const (
	encUTF8    = "utf-8"
	encUTF8BOM = "utf-8-bom"
	encUTF16LE = "utf-16le"
	encUTF16BE = "utf-16be"
	encGB18030 = "gb18030"
	encBig5    = "big5"
	encLatin   = "windows-1252"
)

var encodingNames = map[string]string{
	"utf-8": encUTF8, "utf8": encUTF8, "utf-8-sig": encUTF8, "utf-8-bom": encUTF8, "ascii": encUTF8,
	"utf-16le": encUTF16LE, "utf-16-le": encUTF16LE, "utf-16": encUTF16LE, "utf16": encUTF16LE, "unicode": encUTF16LE,
	"utf-16be": encUTF16BE, "utf-16-be": encUTF16BE,
	"gb18030": encGB18030, "gbk": encGB18030, "gb2312": encGB18030, "cp936": encGB18030, "ansi": encGB18030,
	"big5": encBig5, "cp950": encBig5,
	"windows-1252": encLatin, "cp1252": encLatin, "latin1": encLatin, "latin-1": encLatin, "iso-8859-1": encLatin,
}

// parseEncoding reads an encoding that a person named; "" for none.
func parseEncoding(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if e, ok := encodingNames[strings.ToLower(strings.TrimSpace(s))]; ok {
		return e, nil
	}
	return "", invalid("file.encoding_unknown", "不认识编码“%s”。", "There is no encoding %q.", s).
		WithHint(perennial.Say("可用：utf-8、gb18030、utf-16le、utf-16be、big5、windows-1252。", "Use utf-8, gb18030, utf-16le, utf-16be, big5 or windows-1252."))
}

var (
	bomUTF8    = []byte{0xEF, 0xBB, 0xBF}
	bomUTF16LE = []byte{0xFF, 0xFE}
	bomUTF16BE = []byte{0xFE, 0xFF}
)

// bomLength returns the bytes of a byte order mark at the start of p that fits
// the encoding.
func bomLength(p []byte, enc string) int {
	for _, bom := range []struct {
		mark []byte
		enc  string
	}{{bomUTF8, encUTF8}, {bomUTF8, encUTF8BOM}, {bomUTF16LE, encUTF16LE}, {bomUTF16BE, encUTF16BE}} {
		if enc == bom.enc && bytes.HasPrefix(p, bom.mark) {
			return len(bom.mark)
		}
	}
	return 0
}

// detectEncoding judges a sample from the beginning of a file. whole says that
// nothing follows it. ok is false for binary rubbish.
func detectEncoding(sample []byte, whole bool) (enc string, ok bool) {
	switch {
	case bytes.HasPrefix(sample, bomUTF8):
		return encUTF8BOM, true
	case bytes.HasPrefix(sample, bomUTF16LE):
		return encUTF16LE, true
	case bytes.HasPrefix(sample, bomUTF16BE):
		return encUTF16BE, true
	}
	if enc := utf16ByZeros(sample); enc != "" {
		return enc, true
	}
	if !whole {
		// A rune or line cut in two at the end says nothing.
		if i := bytes.LastIndexAny(sample, "\r\n"); i > 0 {
			sample = sample[:i]
		}
	}
	control := 0
	for _, c := range sample {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1A {
			control++
		}
	}
	if utf8.Valid(sample) {
		return encUTF8, control*5 <= len(sample)
	}
	var conv converter
	conv.init(encUTF8)
	var asUTF8, asGB, bytesNeither int
	for line := range bytes.FieldsFuncSeq(sample, func(r rune) bool { return r == '\n' || r == '\r' }) {
		switch conv.classify(line) {
		case lineUTF8:
			asUTF8++
		case lineOther:
			asGB++
		case lineInvalid:
			bytesNeither += len(line)
		}
	}
	if control*20 > len(sample) && bytesNeither*2 > len(sample) || control*5 > len(sample) {
		return "", false
	}
	if asGB > asUTF8 {
		return encGB18030, true
	}
	return encUTF8, true
}

// utf16ByZeros recognises UTF-16 without a mark: separators, digits and line
// ends have a zero byte, always on the same side. Few characters have one on the
// other side (一 is U+4E00).
func utf16ByZeros(sample []byte) string {
	n := len(sample) / 2
	if n < 4 {
		return ""
	}
	var even, odd int
	for i := 0; i+1 < len(sample); i += 2 {
		if sample[i] == 0 {
			even++
		}
		if sample[i+1] == 0 {
			odd++
		}
	}
	switch {
	case odd*20 > n && even*4 < odd:
		return plausible16(sample, encUTF16LE)
	case even*20 > n && odd*4 < even:
		return plausible16(sample, encUTF16BE)
	}
	return ""
}

// plausible16 confirms a guess: text as UTF-16 has line ends or separators and
// hardly any control characters.
func plausible16(sample []byte, enc string) string {
	order := byteOrder(enc)
	marks, control := 0, 0
	high := false
	for i := 0; i+1 < len(sample); i += 2 {
		u := order.Uint16(sample[i:])
		low := u >= 0xDC00 && u < 0xE000
		switch {
		case u == '\n' || u == '\r' || u == '\t' || u == ',' || u == ';' || u == '|' || u == ' ' || u == '"':
			marks++
		case u < 0x20, low && !high, high && !low:
			control++
		}
		high = u >= 0xD800 && u < 0xDC00
	}
	if marks == 0 || control*100 > len(sample) {
		return ""
	}
	return enc
}

func byteOrder(enc string) binary.ByteOrder {
	if enc == encUTF16BE {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// utf16Reader turns UTF-16 into UTF-8. Half a surrogate pair and an odd last
// byte become the byte 0xFF, which is valid nowhere: the row is then refused.
type utf16Reader struct {
	r     io.Reader
	order binary.ByteOrder
	in    []byte
	out   []byte
	err   error
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		u.fill()
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

func (u *utf16Reader) fill() {
	const chunk = 64 << 10
	if cap(u.in) < chunk {
		u.in = append(make([]byte, 0, chunk), u.in...)
	}
	n, err := u.r.Read(u.in[len(u.in):chunk])
	u.in, u.err = u.in[:len(u.in)+n], err
	out := u.out[:0]
	i := 0
	for ; i+1 < len(u.in); i += 2 {
		c := rune(u.order.Uint16(u.in[i:]))
		switch {
		case c < utf8.RuneSelf:
			out = append(out, byte(c))
		case !utf16.IsSurrogate(c):
			out = utf8.AppendRune(out, c)
		case i+3 >= len(u.in) && err == nil:
			u.keep(i, out)
			return
		default:
			pair := utf8.RuneError
			if i+3 < len(u.in) {
				pair = utf16.DecodeRune(c, rune(u.order.Uint16(u.in[i+2:])))
			}
			if pair == utf8.RuneError {
				out = append(out, 0xFF)
			} else {
				out = utf8.AppendRune(out, pair)
				i += 2
			}
		}
	}
	if err != nil && i < len(u.in) {
		out = append(out, 0xFF)
		i = len(u.in)
	}
	u.keep(i, out)
}

// keep holds back the input from i on.
func (u *utf16Reader) keep(i int, out []byte) {
	u.in = append(u.in[:0], u.in[i:]...)
	u.out = out
}

// lineClass is what a line is, seen from the encoding of its file.
type lineClass uint8

const (
	lineASCII   lineClass = iota
	lineUTF8              // valid, with more than ASCII
	lineOther             // in the file's other encoding
	lineInvalid           // in neither
)

// converter turns single lines into UTF-8. A file in UTF-8 may have lines in
// GB18030 and the other way round: exports joined together do.
type converter struct {
	enc     string
	named   bool // a person named it: what has a meaning in it is read in it
	dec     *encoding.Decoder
	out     []byte
	changed int64 // lines in the other encoding
}

func (c *converter) init(enc string) {
	c.enc = enc
	switch enc {
	case encBig5:
		c.dec = traditionalchinese.Big5.NewDecoder()
	case encLatin:
		c.dec = charmap.Windows1252.NewDecoder()
	default:
		c.dec = simplifiedchinese.GB18030.NewDecoder()
	}
}

// decode converts p by c.dec into c.out and reports whether every byte had a
// meaning.
func (c *converter) decode(p []byte) bool {
	c.dec.Reset()
	if need := 3*len(p) + utf8.UTFMax; cap(c.out) < need {
		c.out = make([]byte, need)
	}
	n, _, err := c.dec.Transform(c.out[:cap(c.out)], p, true)
	c.out = c.out[:n]
	return err == nil && !bytes.Contains(c.out, []byte("\uFFFD"))
}

// classify says what a line is, for a file in UTF-8.
func (c *converter) classify(line []byte) lineClass {
	valid := utf8.Valid(line)
	switch {
	case isASCII(line):
		return lineASCII
	case valid && !beyondUnicode(line):
		return lineUTF8
	case c.decode(line):
		return lineOther
	case valid:
		return lineUTF8
	}
	return lineInvalid
}

// beyondUnicode reports whether p, valid UTF-8, has code points of the planes
// that hold no characters: then it probably is something else.
func beyondUnicode(p []byte) bool {
	for _, r := range string(p) {
		if r >= 0x40000 {
			return true
		}
	}
	return false
}

// append adds a line to dst in UTF-8. A line without meaning is added as it
// stands and reported as not ok.
func (c *converter) append(dst, line []byte) (out []byte, ok bool) {
	switch c.enc {
	case encUTF8, encUTF8BOM:
		switch c.classify(line) {
		case lineASCII, lineUTF8:
			return append(dst, line...), true
		case lineOther:
			c.changed++
			return append(dst, c.out...), true
		}
		return append(dst, line...), false
	case encGB18030:
		if isASCII(line) {
			return append(dst, line...), true
		}
		if !c.named && chineseUTF8(line) {
			c.changed++
			return append(dst, line...), true
		}
	case encUTF16LE, encUTF16BE:
		return append(dst, line...), utf8.Valid(line)
	}
	if c.decode(line) {
		return append(dst, c.out...), true
	}
	if utf8.Valid(line) {
		c.changed++
		return append(dst, line...), true
	}
	return append(dst, line...), false
}

func isASCII(p []byte) bool {
	for _, c := range p {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// chineseUTF8 reports whether a line of a GB18030 file is in UTF-8 after all.
// One or two Chinese characters in GB18030 may look like UTF-8 for letters
// below U+0800 or from U+40000 on, where no characters are, but hardly ever
// like UTF-8 for Chinese.
func chineseUTF8(p []byte) bool {
	if !utf8.Valid(p) || beyondUnicode(p) {
		return false
	}
	for _, r := range string(p) {
		if r >= utf8.RuneSelf && r < 0x800 {
			return false
		}
	}
	return true
}
