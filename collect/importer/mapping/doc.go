// Package mapping finds out which column of a file is what: by presets for the
// usual exports, by Chinese and English headers checked against the values of a
// sample, and by the values alone where a file has no header. It says how sure it
// is and why, and refuses rather than guesses where two columns could be the
// amount or none can be the customer.
//
// May import: perennial, collect/importer/value.
package mapping
