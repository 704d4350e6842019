package report

import (
	"perennial"
	"perennial/analyze/cohort"
	"perennial/analyze/history"
	"perennial/analyze/lifecycle"
	"perennial/analyze/metric"
	"perennial/analyze/rfm"
	"perennial/predict/clv"
)

// DefaultWindowDays is the window of RFM and of the rates.
const DefaultWindowDays = 365

// WholeHistory asks Options.WindowDays for no window.
const WholeHistory = -1

// Options of Build. The zero value is the default.
type Options struct {
	Source    string           // what was analysed, as a person named it: "天猫订单.xlsx"
	Workspace string           // "" for a file that is not kept
	Version   string           // of the program
	Notes     []perennial.Text // what was assumed on the way here: time zone, date order, status words
	Rows      *Rows            // of the file, or summed over a workspace's imports

	// Textbook takes the variants marked [T] in the definitions, where the field
	// below leaves the choice: RFM by means over the whole history, orders counted.
	// Money, zero amounts and exclusions were chosen when the purchases were loaded.
	Textbook   bool
	Count      metric.Count    // "" is days, orders in textbook mode
	RFMMethod  rfm.Method      // "" is business, mean in textbook mode
	WindowDays int             // of RFM and rates; 0 is 365, in textbook mode the whole history for RFM
	Wholesale  bool            // keep very large customers apart in RFM
	Unit       clv.Unit        // of the models' parameters; "" is day
	AliveModel clv.Family      // "" is mbgnbd
	Discount   *float64        // a year; nil is 0.10
	Bootstrap  int             // replicates for the models' intervals; 0 takes the delta method
	Seed       uint64          // of everything random
	Frozen     *rfm.Thresholds // RFM thresholds that a person has set

	// CalibrationEnd, where not nil, is the last day that the models behind `clv`
	// may see; the days after it become the holdout. Scores of single customers
	// and the stage cards are then of a second fit on all data.
	CalibrationEnd *perennial.Day

	Rules     []*lifecycle.RuleSet // versions in force, oldest first; nil is the default rule set
	Peaks     []lifecycle.Peak     // known peak seasons
	Prospects int                  // registered, not yet bought

	// Inside answers questions about customers' sequences where the purchases are;
	// nil runs the kernels over the history.
	Inside Inside

	// StageHistory keeps every stage that each customer has been in (Score.Stages).
	StageHistory bool

	// SkipModels leaves out the value models and the clusters, which take most of
	// the time.
	SkipModels bool

	// Durations, where not nil, is told when a step begins and gets to know when
	// it ends, for timing. Steps overlap: it must be safe for concurrent use.
	Durations func(step string) (done func())
}

// Inside is a warehouse that answers questions about sequences itself.
type Inside interface {
	cohort.Sequences
	lifecycle.Replayer
}

// sequences returns who answers questions about sequences.
func (o Options) sequences(h *history.History) cohort.Sequences {
	if o.Inside != nil {
		return o.Inside
	}
	return cohort.Kernels(h)
}

func (o Options) filled() Options {
	if o.Count == "" {
		o.Count = metric.CountDays
		if o.Textbook {
			o.Count = metric.CountOrders
		}
	}
	if o.RFMMethod == "" {
		o.RFMMethod = rfm.Business
		if o.Textbook {
			o.RFMMethod = rfm.Mean
		}
	}
	if o.WindowDays == 0 && !o.Textbook {
		o.WindowDays = DefaultWindowDays
	}
	o.WindowDays = max(o.WindowDays, 0)
	if o.Unit == "" {
		o.Unit = clv.UnitDay
	}
	if o.AliveModel == "" {
		o.AliveModel = clv.MBGNBD
	}
	if o.Durations == nil {
		o.Durations = func(string) func() { return func() {} }
	}
	return o
}
