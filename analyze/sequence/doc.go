// Package sequence asks questions about the order of each customer's purchases
// where the purchases are: within a warehouse that answers them itself, in its own
// words, over the purchases that package purchase has made there. What comes
// back is a table of sums, or one row a customer.
//
// Each question has one definition and two ways to be answered. The other way is
// the kernels of packages cohort and lifecycle over a history.History; property
// tests hold both to the same answer.
//
// Reads: purchases, customers. Writes: nothing. May import: the store seams,
// analyze.
package sequence
