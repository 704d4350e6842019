// Package identity says who is who: it maps the identifiers that sources use
// (member card, phone, user id) to one key of a customer.
//
// Reads: identifiers. Writes: identifiers, and values through govern/vault.
// May import: store seams, govern/vault, perennial, internal.
package identity
