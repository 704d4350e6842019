// Package cohort says when customers come back: the rhythm of repeat purchases
// with open gaps counted, the way from the first to the second purchase with its
// golden window, each customer's own rhythm and silence, and monthly cohorts.
// All of it is pure: a History and options in, figures out.
package cohort
