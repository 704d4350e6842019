package tabular

import (
	"bytes"
	"math"
	"strconv"
)

// appendDouble writes a number that was kept as a double, in decimals. It has
// at most 17 digits; digits is how many its keeper guarantees, 15 for
// spreadsheets, 0 for all. lossy says that whole digits may be wrong.
func appendDouble(dst []byte, v float64, digits int) (out []byte, lossy bool) {
	abs := math.Abs(v)
	lossy = abs >= 1<<53 || digits > 0 && abs >= 1e15
	if digits > 0 {
		// 29.330000000000002 is how a double keeps 29.33.
		var buf [32]byte
		short := strconv.AppendFloat(buf[:0], v, 'g', digits, 64)
		if r, err := strconv.ParseFloat(string(short), 64); err == nil && !lossy {
			v = r
		}
	}
	if abs != 0 && (abs < 1e-9 || abs >= 1e21) || math.IsNaN(v) || math.IsInf(v, 0) {
		return strconv.AppendFloat(dst, v, 'g', -1, 64), lossy
	}
	return strconv.AppendFloat(dst, v, 'f', -1, 64), lossy
}

// appendNumber writes a number literal without exponent. Digits alone stay as
// they are: an order number keeps every one of them. ok is false for what is no
// number.
func appendNumber(dst, raw []byte, digits int) (out []byte, lossy, ok bool) {
	plain, point := true, false
	for i, c := range raw {
		switch {
		case c >= '0' && c <= '9', i == 0 && c == '-':
		case c == '.':
			point = true
		default:
			plain = false
		}
	}
	if plain && (!point || digits == 0 || len(raw) <= digits) {
		whole := bytes.TrimLeft(raw, "-")
		if i := bytes.IndexByte(whole, '.'); i >= 0 {
			whole = whole[:i]
		}
		if len(raw) == 0 || len(whole) == 0 {
			return dst, false, false
		}
		return append(dst, raw...), digits > 0 && len(whole) > digits, true
	}
	v, err := strconv.ParseFloat(string(raw), 64)
	if err != nil && !math.IsInf(v, 0) {
		return dst, false, false
	}
	out, lossy = appendDouble(dst, v, digits)
	return out, lossy, true
}

// appendScaled writes unscaled × 10^-scale exactly. unscaled is decimal digits,
// perhaps with a sign.
func appendScaled(dst, unscaled []byte, scale int) []byte {
	if len(unscaled) > 0 && unscaled[0] == '-' {
		dst, unscaled = append(dst, '-'), unscaled[1:]
	}
	if scale <= 0 {
		return append(dst, unscaled...)
	}
	if n := len(unscaled); n <= scale {
		dst = append(dst, '0', '.')
		for range scale - n {
			dst = append(dst, '0')
		}
		return append(dst, unscaled...)
	}
	cut := len(unscaled) - scale
	dst = append(dst, unscaled[:cut]...)
	dst = append(dst, '.')
	return append(dst, unscaled[cut:]...)
}
