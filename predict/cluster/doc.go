// Package cluster puts customers into groups that behave alike, on everything
// the data has beyond recency, frequency and money, and says in Chinese and
// English who each group is and how far the grouping can be trusted.
//
// It is pure: [Columns] (or [FromHistory]) gives [Features], [Run] gives a
// [Result]; the same input and seed give the same result on any number of
// processors.
package cluster
