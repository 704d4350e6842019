package report

import (
	"time"

	"perennial"
	"perennial/analyze/metric"
)

// ClosedMonth is a month as it was reported (封账) beside what it is now.
type ClosedMonth struct {
	Month       perennial.Month     `json:"month"`
	ClosedAt    time.Time           `json:"closed_at"`
	ClosedBy    string              `json:"closed_by"`
	Definitions int                 `json:"definitions_version"` // of Reported
	MoneyKind   perennial.MoneyKind `json:"money_kind"`
	Currency    perennial.Currency  `json:"currency"`
	AsOf        perennial.Day       `json:"as_of"` // of Reported
	Reported    metric.Month        `json:"reported"`
	// Now is nil where the data have no such month any more.
	Now *metric.Month `json:"now"`
	// Changed names the fields of Reported that are not what they were; all of them
	// where Now is nil.
	Changed []string `json:"changed"`
	// Redefined tells that the figures of now follow another version of the
	// definitions.
	Redefined bool `json:"redefined"`
}
