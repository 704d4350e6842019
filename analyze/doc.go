// Package analyze says what happened: base figures, RFM, rhythm and cohorts,
// stages of the lifecycle. Loading (purchase) is apart from computing, which is
// pure functions of one history.
//
// Reads: orders, order_items, refunds, customers. Writes: nothing yet; results
// are computed when they are asked for.
// May import: store seams, perennial, internal.
package analyze
