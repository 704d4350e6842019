package value

import (
	"math"
	"math/bits"
	"strconv"

	"perennial"
)

// maxScale is the largest number of decimal places that a Decimal keeps.
const maxScale = 18

// Decimal is an exact decimal number, mantissa × 10^−scale, with a 64-bit
// mantissa and at most 18 decimal places: a quantity (1.5 kg) or a price. The
// zero value is 0.
type Decimal struct {
	mantissa int64
	scale    uint8
}

// NewDecimal returns mantissa × 10^−scale; a scale above 18 is taken as 18.
func NewDecimal(mantissa int64, scale uint8) Decimal {
	return Decimal{mantissa, min(scale, maxScale)}
}

// Sign is −1, 0 or 1.
func (d Decimal) Sign() int {
	switch {
	case d.mantissa < 0:
		return -1
	case d.mantissa > 0:
		return 1
	}
	return 0
}

// Whole reports whether d has no fraction.
func (d Decimal) Whole() bool {
	return d.scale == 0 || uint64(abs(d.mantissa))%pow10[d.scale] == 0
}

// Float returns the nearest float64, for models and charts.
func (d Decimal) Float() float64 { return float64(d.mantissa) / float64(pow10[d.scale]) }

// String writes the number without trailing zeros: "-1.5".
func (d Decimal) String() string { return string(d.Append(nil)) }

// Append writes the number as String does to the end of b.
func (d Decimal) Append(b []byte) []byte {
	u := uint64(abs(d.mantissa))
	scale := int(d.scale)
	for scale > 0 && u%10 == 0 {
		u /= 10
		scale--
	}
	if d.mantissa < 0 {
		b = append(b, '-')
	}
	b = strconv.AppendUint(b, u/pow10[scale], 10)
	if scale == 0 {
		return b
	}
	b = append(b, '.')
	frac := u % pow10[scale]
	for k := scale - 1; k > 0 && frac < pow10[k]; k-- {
		b = append(b, '0')
	}
	return strconv.AppendUint(b, frac, 10)
}

// Money rounds d once, half to even, to a currency with that many decimal
// places. The problem is MoneyOverflow.
func (d Decimal) Money(digits int) (perennial.Money, *Problem) {
	return roundProduct(d.mantissa, 1, int(d.scale), digits)
}

// LineAmount is quantity × price of an order line, computed exactly and rounded
// once, half to even, to a currency with that many decimal places. The problem
// is MoneyOverflow.
func LineAmount(quantity, price Decimal, digits int) (perennial.Money, *Problem) {
	return roundProduct(quantity.mantissa, price.mantissa, int(quantity.scale)+int(price.scale), digits)
}

// roundProduct returns a·b·10^(digits−scale), rounded half to even, through a
// 128-bit product.
func roundProduct(a, b int64, scale, digits int) (perennial.Money, *Problem) {
	neg := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(uint64(abs(a)), uint64(abs(b)))
	drop := scale - digits
	if drop <= 0 {
		if -drop > maxScale || hi != 0 {
			if hi|lo == 0 {
				return 0, nil
			}
			return 0, MoneyOverflow
		}
		hi, lo = bits.Mul64(lo, pow10[-drop])
		return signed(hi, lo, neg)
	}
	// All digits to be dropped but one, then the last, which decides.
	inexact := false
	for drop > 1 {
		step := min(drop-1, maxScale)
		var rest uint64
		hi, lo, rest = divide(hi, lo, pow10[step])
		inexact = inexact || rest != 0
		drop -= step
	}
	var last uint64
	hi, lo, last = divide(hi, lo, 10)
	if last > 5 || last == 5 && (inexact || lo&1 == 1) {
		var carry uint64
		lo, carry = bits.Add64(lo, 1, 0)
		hi += carry
	}
	return signed(hi, lo, neg)
}

func divide(hi, lo, by uint64) (qhi, qlo, rest uint64) {
	qhi, rest = hi/by, hi%by
	qlo, rest = bits.Div64(rest, lo, by)
	return qhi, qlo, rest
}

// signed refuses the lowest int64 too, so that every amount can be negated.
func signed(hi, lo uint64, neg bool) (perennial.Money, *Problem) {
	if hi != 0 || lo > math.MaxInt64 {
		return 0, MoneyOverflow
	}
	if neg {
		return -perennial.Money(lo), nil
	}
	return perennial.Money(lo), nil
}

// abs of the lowest int64 is itself, which as uint64 is its absolute value.
func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

var pow10 = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19}

// digits collects the decimal digits of a number as they are read. Digits beyond
// eighteen places, or beyond what a 64-bit mantissa holds, are dropped; if any
// of them was not zero, a last kept digit of 0 or 5 is raised by one, so that a
// later rounding to fewer places is still right.
type digits struct {
	mantissa uint64
	scale    int // decimal places kept
	point    bool
	lost     int  // whole digits that did not fit
	inexact  bool // some dropped digit was not zero
	any      bool
}

func (d *digits) add(c byte) {
	d.any = true
	const full = math.MaxInt64 / 10
	if d.lost > 0 || d.inexact || d.scale == maxScale || d.mantissa > full || d.mantissa == full && c > '7' {
		if !d.point {
			d.lost++
		}
		d.inexact = d.inexact || c != '0'
		return
	}
	d.mantissa = d.mantissa*10 + uint64(c-'0')
	if d.point {
		d.scale++
	}
}

// decimal finishes the number, times 10^exp. It reports false on overflow.
func (d *digits) decimal(neg bool, exp int) (Decimal, bool) {
	m, scale := d.mantissa, d.scale-exp-d.lost
	if m == 0 && !d.inexact {
		return Decimal{}, true
	}
	inexact := d.inexact
	for scale > maxScale {
		inexact = inexact || m%10 != 0
		m /= 10
		scale--
		if m == 0 {
			scale = maxScale
		}
	}
	if inexact && m%5 == 0 && m < math.MaxInt64 {
		m++
	}
	for scale < 0 {
		if m > math.MaxInt64/10 {
			return Decimal{}, false
		}
		m *= 10
		scale++
	}
	if m > math.MaxInt64 {
		return Decimal{}, false
	}
	v := int64(m)
	if neg {
		v = -v
	}
	return Decimal{v, uint8(scale)}, true
}
