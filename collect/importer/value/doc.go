// Package value reads the single cells of an order, member or product file:
// money, quantities, dates, ids, status words and yes-or-no, each in the forms
// that real exports write. Every parser is pure and, on the usual forms, free of
// allocation; what cannot be read comes back as a Problem with a sentence for
// the person who sent the file.
//
// May import: perennial.
package value
