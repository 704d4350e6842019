// Package perennial is the vocabulary of Perennial (常青): the nouns that every
// stage shares — days, money, customers, orders, refunds — with their
// validation, and the one shape of an error.
//
// It imports the standard library only and knows no stage, no engine and no
// protocol. ARCHITECTURE.md shows where each stage lives.
package perennial
