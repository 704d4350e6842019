package cohort

import "perennial/analyze/history"

// Repurchase is the report's account of when customers come back: the rhythm of
// all purchases, the second purchase, and the limits of silence.
type Repurchase struct {
	Rhythm
	Second
	Silence
}

// Result is everything this package says of a History.
type Result struct {
	Repurchase Repurchase `json:"repurchase"`
	Cohorts    []Cohort   `json:"cohorts"`
}

// Analyze measures rhythm, second purchase, silence and cohorts, in this order,
// as the later ones need the repurchase cycle.
func Analyze(h *history.History, opt Options) Result {
	rhythm := MeasureRhythm(h, opt)
	c := rhythm.Cycle()
	return Result{
		Repurchase: Repurchase{Rhythm: rhythm, Second: MeasureSecond(h, c, opt), Silence: MeasureSilence(h, c)},
		Cohorts:    Cohorts(h, c),
	}
}
