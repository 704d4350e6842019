package mapping

import (
	"strings"
	"unicode"

	"perennial"
)

// header is a column's name in the forms in which it is looked up.
type header struct {
	full string // with what stands in brackets, the brackets themselves gone
	base string // without it
	unit string // what stands in brackets: "元", "usd"
}

// normalise folds width, case, white space and punctuation of a header and sets
// what stands in brackets apart: "金额（元）" is 金额 with the unit 元.
func normalise(s string) header {
	var full, base, unit strings.Builder
	depth := 0
	for _, r := range s {
		if r >= 0xFF01 && r <= 0xFF5E {
			r -= 0xFEE0
		}
		switch r {
		case '(', '[', '{', '【', '〔', '<', '《':
			depth++
			continue
		case ')', ']', '}', '】', '〕', '>', '》':
			depth = max(0, depth-1)
			continue
		}
		switch r {
		case '¥', '￥', '$', '€', '£': // a unit even without brackets: Amount €
			unit.WriteRune(r)
			continue
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '#' && r != '%' {
			continue
		}
		r = unicode.ToLower(r)
		full.WriteRune(r)
		if depth > 0 {
			unit.WriteRune(r)
		} else {
			base.WriteRune(r)
		}
	}
	h := header{full: full.String(), base: base.String(), unit: unit.String()}
	if h.unit == "" && len(h.base) > 3 && currencyUnit(tail(h.base, 3)) != "" && !chinese(h.base) { // Amount USD
		h.base, h.unit = h.base[:len(h.base)-3], tail(h.base, 3)
	}
	if h.base == "" {
		h.base, h.unit = h.full, ""
	}
	return h
}

// currency reads the currency that a header's unit names, "" for none.
func (h header) currency() perennial.Currency { return currencyUnit(h.unit) }

// power is the power of ten that a header's unit names.
func (h header) power() int {
	switch h.unit {
	case "千元":
		return 3
	case "万", "万元":
		return 4
	case "百万元":
		return 6
	case "亿", "亿元":
		return 8
	}
	return 0
}

func currencyUnit(s string) perennial.Currency {
	switch s {
	case "元", "人民币", "rmb", "cny", "¥", "￥", "人民币元", "千元", "万元", "百万元", "亿元":
		return "CNY"
	case "$", "美元", "us$", "usdollar":
		return "USD"
	case "€", "欧元":
		return "EUR"
	case "£", "英镑":
		return "GBP"
	case "港币", "港元":
		return "HKD"
	case "日元":
		return "JPY"
	case "usd", "eur", "gbp", "hkd", "jpy", "twd", "sgd", "aud", "cad", "krw", "chf", "myr", "thb", "inr":
		return perennial.Currency(strings.ToUpper(s))
	}
	return ""
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// chinese reports whether a text holds Chinese characters.
func chinese(s string) bool {
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			return true
		}
	}
	return false
}

// nearest returns the candidates that are closest to s by edit distance, at most
// three, and only those that share at least half of the longer one.
func nearest(s string, candidates []string) []string {
	type scored struct {
		name string
		d    int
	}
	key := normalise(s).full
	var best []scored
	for _, c := range candidates {
		k := normalise(c).full
		d := distance([]rune(key), []rune(k))
		if 2*d > max(len([]rune(key)), len([]rune(k))) && !(k != "" && key != "" && (strings.Contains(k, key) || strings.Contains(key, k))) {
			continue
		}
		at := len(best)
		for at > 0 && best[at-1].d > d {
			at--
		}
		best = append(best[:at], append([]scored{{c, d}}, best[at:]...)...)
	}
	var names []string
	for _, b := range best[:min(3, len(best))] {
		names = append(names, b.name)
	}
	return names
}

// distance is the edit distance of Levenshtein (1966).
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
