package cohort

import (
	"context"

	"perennial/analyze/history"
)

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
// as the later ones need the repurchase cycle. src answers for the same customers
// as h; Kernels(h) does.
func Analyze(ctx context.Context, h *history.History, src Sequences, opt Options) (Result, error) {
	gaps, err := src.Gaps(ctx, opt.gaps(h))
	if err != nil {
		return Result{}, err
	}
	rhythm := rhythmOf(h, gaps, opt)
	c := rhythm.Cycle()
	seconds, err := src.Seconds(ctx, h.NewFrom(c))
	if err != nil {
		return Result{}, err
	}
	months, err := src.Months(ctx, h.NewFrom(c))
	if err != nil {
		return Result{}, err
	}
	out := Result{
		Repurchase: Repurchase{Rhythm: rhythm, Second: secondOf(h, seconds, opt)},
		Cohorts:    cohortsOf(h, months),
	}
	if c > 0 {
		w, err := src.Silences(ctx, c)
		if err != nil {
			return Result{}, err
		}
		out.Repurchase.Silence = silenceOf(h, c, w)
	}
	return out, nil
}
