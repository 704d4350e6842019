// Package segment finds customers by what is known of them: a rule over the
// attributes of a snapshot of scores, as a person composes it, becomes one
// statement. Nothing that a person writes reaches the statement but as an argument.
//
// Reads: scores. Writes: nothing. May import: the store seams, analyze.
package segment
