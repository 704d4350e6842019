// Package purchase loads what customers bought from the warehouse: it decides
// which orders are purchases, gives each refund to its order, and hands the
// result on as a history.History with the bridge from the file's total to it.
//
// The rules are those of definitions.md §1, shown to users as
// docs/use/definitions.md.
package purchase
