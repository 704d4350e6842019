// Package numeric holds the numerical mathematics that Perennial's models
// share: a bounded quasi-Newton minimiser with an honest verdict, special
// functions where gonum has none, quadrature, and covariance from a Hessian.
// It is pure: no engine, no clock, no randomness, no global state.
package numeric
