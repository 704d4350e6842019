// Package report puts the results of the analyses together into one Picture of
// a customer base, finds in it what matters most, and writes it for people (a
// terminal, a self-contained page) and for machines (JSON, a table of scores).
//
// Reads: purchase.Loaded and the results of analyze/* and predict/*.
// Writes: nothing but what it is asked to render.
// May import: perennial, internal/*, analyze/*, predict/*.
package report
