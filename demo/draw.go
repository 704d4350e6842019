package demo

import (
	"math"
	"math/rand/v2"
)

// stream is a source of draws that can be set to any customer's own sequence, so
// that a customer is the same whoever simulates them, when and beside whom.
type stream struct {
	pcg rand.PCG
	*rand.Rand
}

func newStream() *stream {
	s := &stream{}
	s.Rand = rand.New(&s.pcg)
	return s
}

// purpose keeps the streams of different subjects apart.
type purpose uint64

const (
	forCustomer purpose = iota + 1
	forWalkIn
	forExport
)

func (s *stream) set(seed uint64, what purpose, index uint64) {
	s.pcg.Seed(mix(seed^uint64(what)<<56), mix(index+uint64(what)<<48))
}

// mix is the finaliser of SplitMix64 (Steele, Lea & Flood 2014): neighbouring
// indices become unrelated seeds.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (s *stream) chance(p float64) bool { return s.Float64() < p }

// between draws a whole number from lo to hi, both included.
func (s *stream) between(lo, hi int) int { return lo + s.IntN(hi-lo+1) }

// gamma draws from the gamma distribution of the given shape and rate 1
// (Marsaglia & Tsang 2000).
func (s *stream) gamma(shape float64) float64 {
	if shape == 1 {
		return s.ExpFloat64()
	}
	if shape < 1 {
		return s.gamma(shape+1) * math.Pow(1-s.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := s.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		if u := 1 - s.Float64(); math.Log(u) < x*x/2+d*(1-v+math.Log(v)) {
			return d * v
		}
	}
}

// beta draws from Beta(a, b).
func (s *stream) beta(a, b float64) float64 {
	x, y := s.gamma(a), s.gamma(b)
	if x+y > 0 {
		return x / (x + y)
	}
	// Both underflowed: with shapes this small the mass sits at 0 and 1.
	if s.chance(a / (a + b)) {
		return 1
	}
	return 0
}

// pick draws an index with probability proportional to its weight.
func (s *stream) pick(weights []float64) int {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	u := s.Float64() * total
	for i, w := range weights {
		if u < w {
			return i
		}
		u -= w
	}
	return len(weights) - 1
}
