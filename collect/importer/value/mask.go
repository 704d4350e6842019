package value

import (
	"strings"
	"unicode/utf8"
)

// Personal is a kind of personal value, which decides how it is shown where it
// has to be shown at all (a refusal, a preview).
type Personal uint8

// The kinds of personal values.
const (
	NotPersonal      Personal = iota
	PersonalPhone             // 138****8000
	PersonalEmail             // a***@b.cn
	PersonalName              // 张*
	PersonalCard              // ****1234
	PersonalDate              // 1988-**-**: a birthday
	PersonalIdentity          // a customer id, which may be any of them: by its shape
)

// PersonalKind says what kind of personal value a field of an import holds.
func PersonalKind(field string) Personal {
	switch field {
	case "phone":
		return PersonalPhone
	case "email":
		return PersonalEmail
	case "name", "customer_name":
		return PersonalName
	case "card", "member_card":
		return PersonalCard
	case "birthday":
		return PersonalDate
	case "customer_id":
		return PersonalIdentity
	}
	return NotPersonal
}

// Mask hides a personal value so that its owner would know it again and nobody
// else would. Of a short value nothing is shown.
func Mask(kind Personal, s string) string {
	s = trimSpace(s)
	switch kind {
	case NotPersonal:
		return s
	case PersonalIdentity:
		switch {
		case s == "":
			return ""
		case LooksEmail(s):
			kind = PersonalEmail
		case LooksPhone(s):
			kind = PersonalPhone
		case anyCJK([]byte(s)):
			kind = PersonalName
		default:
			kind = PersonalCard
		}
	}
	n := utf8.RuneCountInString(s)
	switch kind {
	case PersonalPhone:
		if n < 9 {
			return stars(n)
		}
		r := []rune(s)
		return string(r[:3]) + "****" + string(r[n-4:])
	case PersonalEmail:
		at := strings.LastIndexByte(s, '@')
		if at <= 0 {
			return stars(n)
		}
		first, _ := utf8.DecodeRuneInString(s)
		return string(first) + "***" + s[at:]
	case PersonalName:
		if n < 2 {
			return stars(n)
		}
		first, _ := utf8.DecodeRuneInString(s)
		return string(first) + stars(min(n-1, 3))
	case PersonalDate:
		if n >= 8 && digit(s[0]) && digit(s[3]) {
			return s[:4] + "-**-**"
		}
		return stars(n)
	}
	if n < 8 {
		return stars(n)
	}
	r := []rune(s)
	return "****" + string(r[n-4:])
}

func stars(n int) string { return strings.Repeat("*", min(n, 4)) }

// LooksPhone reports whether s has the shape of a phone number: a Chinese mobile
// or landline number, or an international one with +; spaces, dashes and
// brackets do not matter, masked digits count.
func LooksPhone(s string) bool {
	var buf cell
	b, ok := fold(s, &buf)
	if !ok || len(b) < 7 {
		return false
	}
	b = unwrap(b)
	plus := len(b) > 0 && b[0] == '+'
	var d [24]byte
	n, marks := 0, 0
	for i, c := range b {
		switch {
		case digit(c) || c == '*' || c == 'x' && i > 2:
			if n == len(d) {
				return false
			}
			d[n] = c
			n++
		case c == '+' && i == 0:
		case c == '-' || c == ' ' || c == '(' || c == ')':
			marks++
		default:
			return false
		}
	}
	if n < 7 {
		return false
	}
	t := d[:n]
	if plus {
		return n >= 8 && n <= 15 && t[0] != '0'
	}
	if n == 13 && t[0] == '8' && t[1] == '6' {
		t, n = t[2:], 11
	}
	switch {
	case n == 11 && t[0] == '1' && t[1] >= '3' && t[1] <= '9':
		return true
	case n == 11 && t[0] == '1' && t[1] == '*':
		return true
	case t[0] == '0' && n >= 10 && n <= 12 && t[1] != '0' && marks > 0: // 010-12345678
		return true
	case marks >= 2 && n == 10 && t[0] != '0' && !dateLike(b): // (212) 555-0100
		return true
	}
	return false
}

func dateLike(b []byte) bool {
	_, p := readCivil(b, OrderDMY)
	return p == nil
}

// LooksEmail reports whether s has the shape of an e-mail address.
func LooksEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || at > 64 || len(s) > 254 || strings.ContainsAny(s, " ,;/\\") {
		return false
	}
	dot := strings.LastIndexByte(s[at:], '.')
	return dot > 1 && at+dot < len(s)-2
}
