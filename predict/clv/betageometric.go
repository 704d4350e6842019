package clv

import (
	"math"

	"perennial/predict/numeric"
)

// Family names a model of purchasing.
type Family string

// The families. All hold that customers buy at random moments at a rate of
// their own, gamma distributed over customers. They differ in how customers
// leave: in BG/NBD after a repeat purchase, in MBG/NBD after any purchase, the
// first included, each with a probability of their own, beta distributed; in
// Pareto/NBD at any moment, at an exponential rate of their own, gamma
// distributed.
const (
	BGNBD  Family = "bgnbd"
	MBGNBD Family = "mbgnbd"
	Pareto Family = "pareto"
)

// Model is a fitted model of purchasing. Times are in the unit of its
// parameters; x is a count of repeat purchase days. Implementations are values
// and safe for concurrent use.
type Model interface {
	// PAlive returns the probability that a customer with this history still
	// buys, in [0, 1].
	PAlive(x int, tx, T float64) float64
	// Expected returns E[X(t)]: repeat purchases of a random new customer in the
	// time t from the first purchase on.
	Expected(t float64) float64
	// Conditional returns E[Y(t) | x, t_x, T]: purchases of a customer with this
	// history in the time t from T on.
	Conditional(t float64, x int, tx, T float64) float64
}

// BetaGeometric is BG/NBD (Fader, Hardie & Lee 2005) or MBG/NBD (Batislam,
// Denizel & Filiztekin 2007), by Family. Purchase rates are Gamma(R, Alpha),
// Alpha in units of time; dropout probabilities are Beta(A, B). All are > 0.
type BetaGeometric struct {
	Family Family  `json:"model"`
	R      float64 `json:"r"`
	Alpha  float64 `json:"alpha"`
	A      float64 `json:"a"`
	B      float64 `json:"b"`
}

// Rescaled returns m with time measured in units that are factor times shorter:
// by 7 from weeks to days.
func (m BetaGeometric) Rescaled(factor float64) BetaGeometric {
	m.Alpha *= factor
	return m
}

// chances is the number of purchases after which a customer with x repeats
// could have left: the first one counts in MBG/NBD only.
func (m BetaGeometric) chances(x int) int {
	if m.Family == MBGNBD {
		return x + 1
	}
	return x
}

// PAlive implements Model. In BG/NBD it is 1 for x = 0, whatever the silence.
func (m BetaGeometric) PAlive(x int, tx, T float64) float64 {
	k := m.chances(x)
	if k == 0 {
		return 1
	}
	odds := m.A / (m.B + float64(k-1)) *
		math.Exp((m.R+float64(x))*math.Log1p((T-tx)/(m.Alpha+tx)))
	return 1 / (1 + odds)
}

// Expected implements Model.
func (m BetaGeometric) Expected(t float64) float64 {
	if !(t > 0) {
		return 0
	}
	e := newExpectation(m.R, m.A, m.B+float64(m.chances(0)))
	return m.survivesFirst() * e.at(t/(m.Alpha+t))
}

// survivesFirst is the share of customers who do not leave after the first
// purchase.
func (m BetaGeometric) survivesFirst() float64 {
	if m.Family == MBGNBD {
		return m.B / (m.A + m.B)
	}
	return 1
}

// Conditional implements Model.
func (m BetaGeometric) Conditional(t float64, x int, tx, T float64) float64 {
	if !(t > 0) {
		return 0
	}
	return m.PAlive(x, tx, T) * m.posterior(x).at(t/(m.Alpha+T+t))
}

// posterior returns what a living customer with x repeats is expected to buy:
// history changes the parameters to R+x and B+chances, and age Alpha to Alpha+T.
func (m BetaGeometric) posterior(x int) *expectation {
	return newExpectation(m.R+float64(x), m.A, m.B+float64(m.chances(x)))
}

// Probability returns P(X(t) = n): the share of new customers with n repeat
// purchases in the time t from the first purchase on.
func (m BetaGeometric) Probability(n int, t float64) float64 {
	switch {
	case n < 0:
		return 0
	case !(t > 0):
		if n == 0 {
			return 1
		}
		return 0
	}
	stays := m.survivesFirst()
	b := m.B + float64(m.chances(0))
	logZ, logRest := math.Log(t)-math.Log(m.Alpha+t), math.Log(m.Alpha)-math.Log(m.Alpha+t)
	// P(N = j) of a negative binomial without dropout.
	count := func(j int) float64 {
		return math.Exp(numeric.LogRising(m.R, j) - numeric.LogRising(1, j) + m.R*logRest + float64(j)*logZ)
	}
	p := math.Exp(numeric.LogRising(b, n)-numeric.LogRising(m.A+b, n)) * count(n)
	if n == 0 {
		return 1 - stays + stays*p
	}
	// Left at purchase n, which came before t.
	fewer := 0.0
	for j := range n {
		fewer += count(j)
	}
	leaves := m.A / (m.A + b + float64(n-1)) * math.Exp(numeric.LogRising(b, n-1)-numeric.LogRising(m.A+b, n-1))
	return stays * (p + leaves*max(1-fewer, 0))
}

// NextPurchase returns the time from T until which the next purchase of a living
// customer has come with probability q: the posterior rate is Gamma(R+x,
// Alpha+T), so the wait is Pareto distributed. It may be +Inf.
func (m BetaGeometric) NextPurchase(q float64, x int, T float64) float64 {
	return nextPurchase(q, m.R+float64(x), m.Alpha+T)
}

// NextPurchaseMean returns the expected time to the next purchase of a living
// customer, and false where it has no finite mean (R+x ≤ 1).
func (m BetaGeometric) NextPurchaseMean(x int, T float64) (float64, bool) {
	shape := m.R + float64(x)
	if shape <= 1 {
		return 0, false
	}
	return (m.Alpha + T) / (shape - 1), true
}

// nextPurchase is the quantile of a wait whose rate is Gamma(shape, scale):
// scale·((1−q)^(−1/shape) − 1).
func nextPurchase(q, shape, scale float64) float64 {
	return scale * math.Expm1(-math.Log1p(-q)/shape)
}
