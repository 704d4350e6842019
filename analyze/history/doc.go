// Package history holds purchase sequences: what each customer bought on which
// day, in customer-and-time order. Every analysis of rhythm, recency, cohorts,
// stages and value reads one History.
package history
