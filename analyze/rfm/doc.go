// Package rfm places customers by recency, frequency and money: values, scores
// from 1 to 5, the eight classes and three layers on top of them. It is pure: a
// History and options in, figures and one row per customer out.
package rfm
