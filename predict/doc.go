// Package predict says what will happen: the value of customers and whether they
// are still alive (clv), and which customers are alike (cluster). It is
// mathematics without stores, clocks or logs.
//
// Reads: purchase histories. Writes: nothing yet; scores are computed when they
// are asked for.
// May import: analyze, perennial, internal.
package predict
