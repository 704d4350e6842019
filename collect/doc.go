// Package collect takes in what sources have: it receives, checks,
// deduplicates and hands on. It begins with files (importer).
//
// Reads: files. Writes: orders, order_items, refunds, customers, products,
// imports, quarantine; identities through identity.
// May import: identity, govern, store seams, perennial, internal.
package collect
