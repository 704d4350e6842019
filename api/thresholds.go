package api

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"perennial"
	"perennial/analyze/rfm"
	"perennial/govern/account"
	"perennial/report"
)

// Thresholds keeps what parts high from low in RFM. It is safe for concurrent use.
type Thresholds interface {
	// Thresholds returns those in force, beside what the data would give.
	Thresholds(ctx context.Context, ws perennial.Workspace) (ThresholdBook, error)
	// TryThresholds tells who would change class.
	TryThresholds(ctx context.Context, ws perennial.Workspace, n NewThresholds) (*report.ClassMoves, error)
	// ChangeThresholds freezes others as the version after the one that was edited, which
	// must be the newest (else an error of KindConflict), and returns the version in force.
	ChangeThresholds(ctx context.Context, by account.Actor, ws perennial.Workspace, n NewThresholds, edited int) (int, error)
}

// ThresholdBook is the RFM thresholds in force, beside what the data would give now.
type ThresholdBook struct {
	Currency    perennial.Currency `json:"currency"`
	InForce     *rfm.Thresholds    `json:"in_force" doc:"null before the first analysis, which freezes them."`
	ChangedAt   *time.Time         `json:"changed_at" doc:"null where an analysis froze them."`
	ChangedBy   string             `json:"changed_by,omitempty"`
	Fresh       *rfm.Thresholds    `json:"fresh" doc:"What the data of the snapshot would give; null before it."`
	WouldChange *int               `json:"would_change" doc:"Customers who would change class by the fresh ones; null until the snapshot is by those in force."`
}

// NewThresholds are thresholds to be set: the three numbers, or the fresh ones.
type NewThresholds struct {
	Fresh       bool    `json:"fresh,omitempty" doc:"Take what the data give now; the numbers are not looked at."`
	RecencyDays float64 `json:"recency_days,omitempty" minimum:"0" maximum:"3653" doc:"R is high up to here."`
	Frequency   float64 `json:"frequency,omitempty" minimum:"0" maximum:"10000" doc:"F is high from here."`
	Monetary    float64 `json:"monetary,omitempty" minimum:"0" maximum:"1000000000" doc:"M is high from here, in major units."`
}

// Minor returns the money in minor units of a currency.
func (n NewThresholds) Minor(c perennial.Currency) perennial.Money {
	return perennial.Money(math.Round(n.Monetary * math.Pow10(c.Digits())))
}

// check tells what cannot part anybody.
func (n NewThresholds) check() error {
	for _, c := range []struct {
		field string
		value float64
	}{{"/recency_days", n.RecencyDays}, {"/frequency", n.Frequency}, {"/monetary", n.Monetary}} {
		if !n.Fresh && !(c.value > 0) {
			return at(c.field, perennial.NewError(perennial.KindInvalid, "rfm.threshold", perennial.Say("门槛要大于 0。", "A threshold is more than 0.")).
				WithHint(perennial.Say("给出三个数，或用 fresh 按现在的数据重设。", "Give all three numbers, or fresh to take what the data give now.")))
		}
	}
	return nil
}

// ChangedThresholds are thresholds to be put in force.
type ChangedThresholds struct {
	NewThresholds
	Version int `json:"version" minimum:"0" doc:"The version that was edited; 0 before the first."`
}

// ThresholdsInForce is what came of setting thresholds.
type ThresholdsInForce struct {
	Version int  `json:"version"`
	Job     *Job `json:"job" doc:"The refresh that takes them into the figures; null where they are what they were."`
}

func (s *Server) thresholdRoutes() {
	edits := access{May: account.RulesEdit, In: inWorkspace}
	route(s, huma.Operation{
		OperationID: "get-rfm-thresholds", Method: http.MethodGet, Path: apiPrefix + "/rfm/thresholds", Tags: []string{tagRules},
		Summary: "The frozen RFM thresholds, and how many would change class if they were set anew",
	}, readsAnalyses, func(ctx context.Context, c *call, _ *empty) (*body[ThresholdBook], error) {
		book, err := s.opt.Thresholds.Thresholds(ctx, c.Workspace)
		return &body[ThresholdBook]{book}, err
	})
	route(s, huma.Operation{
		OperationID: "preview-rfm-thresholds", Method: http.MethodPost, Path: apiPrefix + "/rfm/thresholds/preview", Tags: []string{tagRules},
		Summary: "Who would change class by other thresholds", DefaultStatus: http.StatusOK,
	}, edits, func(ctx context.Context, c *call, in *body[NewThresholds]) (*body[*report.ClassMoves], error) {
		if err := in.Body.check(); err != nil {
			return nil, err
		}
		moves, err := s.opt.Thresholds.TryThresholds(ctx, c.Workspace, in.Body)
		return &body[*report.ClassMoves]{moves}, err
	})
	route(s, huma.Operation{
		OperationID: "change-rfm-thresholds", Method: http.MethodPut, Path: apiPrefix + "/rfm/thresholds", Tags: []string{tagRules},
		Summary: "Freeze other RFM thresholds",
		Errors:  []int{http.StatusConflict},
	}, edits, func(ctx context.Context, c *call, in *body[ChangedThresholds]) (*body[ThresholdsInForce], error) {
		if err := in.Body.check(); err != nil {
			return nil, err
		}
		version, err := s.opt.Thresholds.ChangeThresholds(ctx, c.actor(), c.Workspace, in.Body.NewThresholds, in.Body.Version)
		if err != nil {
			return nil, err
		}
		out := ThresholdsInForce{Version: version}
		if version != in.Body.Version {
			t, err := s.refresh(ctx, c.Workspace, fmt.Sprintf("thresholds %d", version))
			if err != nil {
				return nil, err
			}
			j, _ := s.jobs.show(t, langOf(ctx))
			out.Job = &j
		}
		return &body[ThresholdsInForce]{out}, nil
	})
}
