// Package metric computes the base figures of a shop's customers: money, orders
// and buyers, repeat and return rates, concentration, the months, and the last
// month like for like. It is pure: a History and totals in, figures out.
package metric
