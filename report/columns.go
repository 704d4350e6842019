package report

import (
	"strings"

	"golang.org/x/text/width"
)

// displayWidth returns the columns that s takes in a terminal: wide characters
// take two.
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// pad fills s with spaces to w columns.
func pad(s string, w int, right bool) string {
	gap := strings.Repeat(" ", max(0, w-displayWidth(s)))
	if right {
		return gap + s
	}
	return s + gap
}

// cut shortens s to w columns, an ellipsis in place of what is gone.
func cut(s string, w int) string {
	if displayWidth(s) <= w {
		return s
	}
	used := 0
	for i, r := range s {
		if used+runeWidth(r) > w-1 {
			return s[:i] + "…"
		}
		used += runeWidth(r)
	}
	return s
}

// wrap breaks s into lines of at most w columns: between words, and between any
// two wide characters, but never before a closing mark.
func wrap(s string, w int) []string {
	var lines []string
	var line strings.Builder
	used := 0
	flush := func() {
		lines = append(lines, strings.TrimRight(line.String(), " "))
		line.Reset()
		used = 0
	}
	for _, word := range pieces(s) {
		n := displayWidth(word)
		if used > 0 && used+displayWidth(strings.TrimRight(word, " ")) > w {
			flush()
			word = strings.TrimLeft(word, " ")
			n = displayWidth(word)
		}
		line.WriteString(word)
		used += n
	}
	if used > 0 || len(lines) == 0 {
		flush()
	}
	return lines
}

const closing = "，。；：、！？）》”’,.;:!?)%"

// pieces splits s where a line may break.
func pieces(s string) []string {
	var out []string
	start := 0
	wide := false
	for i, r := range s {
		isWide := runeWidth(r) == 2
		if i > start && !strings.ContainsRune(closing, r) && (wide || isWide || s[i-1] == ' ') && r != ' ' {
			out = append(out, s[start:i])
			start = i
		}
		wide = isWide
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

// bar draws a share of at most w columns, in eighths.
func bar(share float64, w int) string {
	const eighths = " ▏▎▍▌▋▊▉"
	share = min(max(share, 0), 1)
	n := int(share*float64(w*8) + 0.5)
	if n == 0 && share > 0 {
		n = 1
	}
	s := strings.Repeat("█", n/8)
	if n%8 > 0 {
		s += string([]rune(eighths)[n%8])
	}
	return s
}
