package report

import (
	"context"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/lifecycle"
	"perennial/analyze/purchase"
)

// Calibrate replays the lifecycle and proposes changes to its rules. It fits no
// models: the rules rest on rhythm, frequency and money alone.
func Calibrate(ctx context.Context, l *purchase.Loaded, opt Options, events []lifecycle.CompanyEvent) (*lifecycle.Calibration, error) {
	opt.SkipModels = true
	b := &builder{l: l, h: l.History, o: opt.filled(), p: &Picture{}}
	if err := b.behaviour(ctx); err != nil {
		return nil, err
	}
	if err := b.models(ctx); err != nil {
		return nil, err
	}
	if err := b.stages(ctx); err != nil {
		return nil, err
	}
	return b.replay.Calibrate(lifecycle.CalibrateOptions{
		Events: events,
		RhythmSince: func(from, asOf perennial.Day) lifecycle.Rhythm {
			return estimate(thin(b.h, 1, max(from, history.NoDay)), asOf)
		},
	}), nil
}
