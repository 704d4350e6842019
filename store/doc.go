// Package store is the only place that knows an engine. It has two seams:
// warehouse (facts: scans and aggregates) and state (accounts, identities,
// imports: transactions and point look-ups). Only package app and tests name a
// concrete engine.
//
// Reads: files and servers. Writes: the same. May import: perennial, internal.
package store
