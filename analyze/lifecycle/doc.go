// Package lifecycle says where in their life with the company each customer
// stands: it replays a versioned set of rules over purchase histories on a
// weekly grid, describes the stages, forecasts them, proves them against what
// customers did next, and proposes how to calibrate the rules.
//
// Everything is a pure function of a history.History, the rules and the rhythm
// of the base, which the caller passes in; the same input and seed give the
// same result on any number of cores.
//
// Reads: history.History, rule sets (YAML).
// Writes: nothing.
// May import: perennial, analyze/history.
package lifecycle
