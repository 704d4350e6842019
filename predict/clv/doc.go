// Package clv estimates what customers will buy and are worth: BG/NBD, MBG/NBD
// and Pareto/NBD for the number of future purchase days and the probability of
// being alive, Gamma-Gamma for the money of one, and from both the value of the
// next twelve months (definitions.md §6). It is pure mathematics on sufficient
// statistics: no engine, no clock, and randomness only from a given seed.
//
// Reads: history.History, or the counts made of it. Writes: nothing.
// May import: perennial, analyze/history, predict/numeric, gonum.
package clv
