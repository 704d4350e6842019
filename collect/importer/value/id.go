package value

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// ID reads an id as text: leading zeros stay; what protects it from a
// spreadsheet (="…", leading tab or apostrophe), white space around it, invisible
// characters and quotes go; full-width letters and digits become ASCII; 17850.0
// becomes 17850. Problems: IDEmpty, IDRuined (1.23457E+17), IDMasked
// (138****8000), IDBroken. A clean id is returned as it is, without a copy.
func ID(s string) (string, *Problem) {
	if !cleanID(s) {
		s = tidyID(s)
		if strings.ContainsRune(s, utf8.RuneError) {
			return "", IDBroken
		}
	}
	if Empty(s) {
		return "", IDEmpty
	}
	if n := len(s); n > 2 && s[n-1] == '0' && digit(s[0]) {
		s = wholeFloat(s)
	}
	if ruined(s) {
		return "", IDRuined
	}
	if Masked(s) {
		return "", IDMasked
	}
	return s, nil
}

// IDOf turns a typed number of a spreadsheet or of Parquet into an id. From 10^15
// on a spreadsheet has already lost digits: IDRuined.
func IDOf(v float64) (string, *Problem) {
	switch {
	case v != v:
		return "", IDEmpty
	case v >= 1e15 || v <= -1e15:
		return "", IDRuined
	}
	return strconv.FormatFloat(v, 'f', -1, 64), nil
}

// cleanID reports whether s needs no tidying: printable ASCII that neither begins
// nor ends with anything that protects or pads.
func cleanID(s string) bool {
	if len(s) == 0 {
		return true
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f {
			return false
		}
	}
	switch s[0] {
	case ' ', '=', '\'', '"':
		return false
	}
	switch s[len(s)-1] {
	case ' ', '\'', '"':
		return false
	}
	return true
}

func tidyID(s string) string {
	s = trimSpace(s)
	if rest, ok := strings.CutPrefix(s, `="`); ok {
		s = strings.TrimSuffix(rest, `"`)
	}
	s = strings.TrimLeft(s, "'‘’`")
	for len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	s = trimSpace(strings.TrimRight(s, "'’`"))
	change := false
	for _, r := range s {
		if invisible(r) || space(r) || r < ' ' || r >= 0xFF01 && r <= 0xFF5E {
			change = true
			break
		}
	}
	if !change {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case invisible(r), r < ' ' && r != '\t':
		case space(r), r == '\t':
			b.WriteByte(' ')
		case r >= 0xFF01 && r <= 0xFF5E:
			b.WriteByte(byte(r - 0xFEE0))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// wholeFloat cuts the ".0" off digits that went through a float.
func wholeFloat(s string) string {
	point := strings.IndexByte(s, '.')
	if point <= 0 || len(s)-point > 3 {
		return s
	}
	for i := range len(s) {
		if i < point && !digit(s[i]) || i > point && s[i] != '0' {
			return s
		}
	}
	return s[:point]
}

// ruined reports whether s is a long number in scientific notation: 1.23457E+17.
// Codes such as 12E5, which a shop may well use, are not.
func ruined(s string) bool {
	e := strings.IndexAny(s, "eE")
	if e <= 0 || len(s) < 5 {
		return false
	}
	point := false
	for i := range e {
		switch {
		case digit(s[i]) || i == 0 && s[0] == '-':
		case s[i] == '.' && i == 1:
			point = true
		default:
			return false
		}
	}
	exp := s[e+1:]
	plus := strings.HasPrefix(exp, "+")
	exp = strings.TrimPrefix(exp, "+")
	if !plus && !point || len(exp) < 1 || len(exp) > 3 {
		return false
	}
	for i := range len(exp) {
		if !digit(exp[i]) {
			return false
		}
	}
	return true
}

// Masked reports whether part of a value is hidden behind stars, dots or x:
// 138****8000, 138xxxx8000, t**3, 张*.
func Masked(s string) bool {
	stars, xs, digitsBefore, prev := 0, 0, false, rune(0)
	for i, r := range s {
		switch r {
		case '*', '＊', '●', '•', '○', '█':
			stars++
			// One star hides a part of a name; in a code such as A*B it may be a letter.
			if stars >= 2 || prev >= 0x2E80 || i == 0 && len(s) > 1 && s[1] >= 0x80 {
				return true
			}
		case 'x', 'X':
			if xs == 0 {
				digitsBefore = prev >= '0' && prev <= '9'
			}
			xs++
		default:
			if xs >= 4 && digitsBefore && r >= '0' && r <= '9' {
				return true
			}
			stars, xs = 0, 0
		}
		prev = r
	}
	return false
}

// RoundedID reports whether an id of digits alone is longer than a spreadsheet's
// fifteen digits and ends in zeros from there on. One such order number is
// chance; a column of them was saved by a spreadsheet, its last digits gone.
func RoundedID(s string) bool {
	if len(s) < 17 {
		return false
	}
	for i := range len(s) {
		if !digit(s[i]) || i >= 15 && s[i] != '0' {
			return false
		}
	}
	return true
}

// LongID reports whether s has seventeen digits or more and nothing else: the
// population in which RoundedID is counted.
func LongID(s string) bool {
	if len(s) < 17 {
		return false
	}
	for i := range len(s) {
		if !digit(s[i]) {
			return false
		}
	}
	return true
}
