package value

import "unicode/utf8"

// wordMax bounds, in folded bytes, the words that are looked up.
const wordMax = 96

type wordBuffer [wordMax]byte

// foldWord writes s in the form in which words are looked up: full-width forms as
// ASCII, lower case, without white space, punctuation between words and invisible
// characters. It reports false where s is longer than any word.
func foldWord(s string, buf *wordBuffer) ([]byte, bool) {
	n := 0
	for i := 0; i < len(s); {
		r, w := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, w = utf8.DecodeRuneInString(s[i:])
			if r >= 0xFF01 && r <= 0xFF5E {
				r -= 0xFEE0
			}
		}
		i += w
		switch {
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		case r <= ' ', r == '_', r == '-', r == ',', r == '，', r == ':', r == ';', r == '(', r == ')', r == '[', r == ']',
			r == '【', r == '】', r == '"', r == '\'', r == '、', r == '。', r == '!', r == '/', invisible(r), space(r):
			continue
		}
		if n+utf8.UTFMax > wordMax {
			return nil, false
		}
		n += utf8.EncodeRune(buf[n:], r)
	}
	return buf[:n], true
}
