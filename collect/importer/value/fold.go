package value

import "unicode/utf8"

// cellMax bounds, in folded bytes, the cells in which a number or a date is
// looked for: none is longer.
const cellMax = 64

type cell [cellMax]byte

// The folded alphabet: ASCII in lower case, and one byte for each character
// beyond ASCII that has a meaning in a number or a date.
const (
	gYuanSign = 0x80 + iota // ¥ ￥
	gEuro                   // €
	gPound                  // £
	gWon                    // ₩
	gRupee                  // ₹
	gYuan                   // 元 圆 圓 块
	gWan                    // 万 萬
	gYi                     // 亿 億
	gYear                   // 年
	gMonth                  // 月
	gDay                    // 日 号 號
	gHour                   // 时 時 点 點
	gMinute                 // 分
	gSecond                 // 秒
	gUp                     // 上 of 上午
	gDown                   // 下 of 下午
	gNoon                   // 午
	gOther                  // anything else
)

// fold writes s into buf in the folded alphabet: full-width forms become ASCII,
// letters lower case, runs of any white space one space, none at either end;
// invisible characters vanish. It reports false where s is too long.
func fold(s string, buf *cell) ([]byte, bool) {
	n := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c >= 'A' && c <= 'Z':
				c += 'a' - 'A'
			case c == '\t' || c == '\n' || c == '\r':
				c = ' '
			case c < ' ' || c == 0x7f:
				continue
			}
		} else {
			r, w := utf8.DecodeRuneInString(s[i:])
			i += w
			if c = glyph(r); c == 0 {
				continue
			}
		}
		if c == ' ' && (n == 0 || buf[n-1] == ' ') {
			continue
		}
		if n == cellMax {
			return nil, false
		}
		buf[n] = c
		n++
	}
	if n > 0 && buf[n-1] == ' ' {
		n--
	}
	return buf[:n], true
}

// glyph folds one character beyond ASCII; 0 means that it vanishes.
func glyph(r rune) byte {
	if invisible(r) {
		return 0
	}
	if space(r) {
		return ' '
	}
	if r >= 0xFF01 && r <= 0xFF5E {
		c := byte(r - 0xFEE0)
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		return c
	}
	switch r {
	case '¥', '￥':
		return gYuanSign
	case '€':
		return gEuro
	case '£', '￡':
		return gPound
	case '₩', '￦':
		return gWon
	case '₹':
		return gRupee
	case '元', '圆', '圓', '块':
		return gYuan
	case '万', '萬':
		return gWan
	case '亿', '億':
		return gYi
	case '年':
		return gYear
	case '月':
		return gMonth
	case '日', '号', '號':
		return gDay
	case '时', '時', '点', '點':
		return gHour
	case '分':
		return gMinute
	case '秒':
		return gSecond
	case '上':
		return gUp
	case '下':
		return gDown
	case '午':
		return gNoon
	case '−', '–', '—', '﹣', '‐', '‑':
		return '-'
	case '。', '．', '｡':
		return '.'
	case '、':
		return ','
	case '“', '”':
		return '"'
	case '‘', '’':
		return '\''
	case '﹩':
		return '$'
	}
	return gOther
}

// invisible reports whether r is a character that nobody sees: zero-width,
// direction marks, byte order mark, soft hyphen.
func invisible(r rune) bool {
	switch {
	case r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x2064,
		r >= 0x2066 && r <= 0x2069, r == 0xFEFF, r == 0x00AD, r == 0x180E:
		return true
	}
	return false
}

// space reports whether r is white space beyond ASCII.
func space(r rune) bool {
	return r == 0x00A0 || r == 0x3000 || r >= 0x2000 && r <= 0x200A || r == 0x202F || r == 0x205F || r == 0x0085 ||
		r == 0x2028 || r == 0x2029
}

// unwrap takes off what protects a cell from a spreadsheet: ="…", a leading
// apostrophe, quotes around the whole.
func unwrap(b []byte) []byte {
	if len(b) > 3 && b[0] == '=' && b[1] == '"' && b[len(b)-1] == '"' {
		b = b[2 : len(b)-1]
	}
	if len(b) > 2 && b[0] == '"' && b[len(b)-1] == '"' {
		b = b[1 : len(b)-1]
	}
	if len(b) > 1 && b[0] == '\'' {
		b = b[1:]
		if len(b) > 1 && b[len(b)-1] == '\'' {
			b = b[:len(b)-1]
		}
	}
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return b
}

func digit(c byte) bool  { return c-'0' <= 9 }
func letter(c byte) bool { return c-'a' <= 'z'-'a' }

// emptyWord reports whether folded text is one of the words with which programs
// write nothing.
func emptyWord(b []byte) bool {
	switch string(b) {
	case "", "-", "--", "---", "/", "\\n", "null", "nil", "none", "na", "n/a", "#n/a", "nan", "<na>", "nat", "(null)", "(none)", "undefined", "\"\"":
		return true
	}
	return false
}

// Empty reports whether a cell holds nothing: blank, or a word that programs and
// people write instead (null, NULL, none, -, --, N/A, nan, 无, 空).
func Empty(s string) bool {
	if len(s) == 0 {
		return true
	}
	if len(s) > 24 {
		return blank(s)
	}
	if digit(s[0]) { // the common case
		return false
	}
	var buf cell
	b, ok := fold(s, &buf)
	if !ok {
		return false
	}
	if emptyWord(b) {
		return true
	}
	if len(b) == 0 || len(b) > 2 || b[0] != gOther {
		return false
	}
	switch trimSpace(s) {
	case "无", "空", "無", "暂无":
		return true
	}
	return false
}

func blank(s string) bool {
	for _, r := range s {
		if r > ' ' && !space(r) && !invisible(r) {
			return false
		}
	}
	return true
}

// trimSpace cuts white space and invisible characters off both ends.
func trimSpace(s string) string {
	for len(s) > 0 {
		r, w := utf8.DecodeRuneInString(s)
		if r > ' ' && !space(r) && !invisible(r) {
			break
		}
		s = s[w:]
	}
	for len(s) > 0 {
		r, w := utf8.DecodeLastRuneInString(s)
		if r > ' ' && !space(r) && !invisible(r) {
			break
		}
		s = s[:len(s)-w]
	}
	return s
}
