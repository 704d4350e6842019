package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"perennial"
	"perennial/govern/account"
	"perennial/report"
)

// Months keeps the figures of months that were reported. It is safe for concurrent
// use.
type Months interface {
	// ClosedMonths lists the closed months, oldest first, beside what they are today.
	ClosedMonths(ctx context.Context, ws perennial.Workspace) ([]report.ClosedMonth, error)
	// CloseMonths keeps the figures of months as they are today, all or none.
	CloseMonths(ctx context.Context, by account.Actor, ws perennial.Workspace, months ...perennial.Month) error
	// ReopenMonth takes the closing of a month back.
	ReopenMonth(ctx context.Context, by account.Actor, ws perennial.Workspace, month perennial.Month) error
}

// MonthsToClose are months whose figures have been reported.
type MonthsToClose struct {
	Months []perennial.Month `json:"months" minItems:"1" maxItems:"120" nullable:"false"`
}

const tagMonths = "months"

func (s *Server) monthRoutes() {
	route(s, huma.Operation{
		OperationID: "list-closed-months", Method: http.MethodGet, Path: apiPrefix + "/months", Tags: []string{tagMonths},
		Summary: "Closed months: what was reported, beside what it is today",
	}, readsAnalyses, func(ctx context.Context, c *call, _ *empty) (*body[list[report.ClosedMonth]], error) {
		return s.closedMonths(ctx, c)
	})
	edits := access{May: account.SettingsEdit, In: inWorkspace}
	route(s, huma.Operation{
		OperationID: "close-months", Method: http.MethodPost, Path: apiPrefix + "/months", Tags: []string{tagMonths},
		Summary: "Keep the figures of months as they are today", DefaultStatus: http.StatusOK,
	}, edits, func(ctx context.Context, c *call, in *body[MonthsToClose]) (*body[list[report.ClosedMonth]], error) {
		if err := s.opt.Months.CloseMonths(ctx, c.actor(), c.Workspace, in.Body.Months...); err != nil {
			return nil, at("/months", err)
		}
		return s.closedMonths(ctx, c)
	})
	route(s, huma.Operation{
		OperationID: "reopen-month", Method: http.MethodDelete, Path: apiPrefix + "/months/{month}", Tags: []string{tagMonths},
		Summary: "Take the closing of a month back; what was reported stays in the record",
	}, edits, func(ctx context.Context, c *call, in *struct {
		Month string `path:"month" pattern:"^[0-9]{4}-[0-9]{2}$"`
	},
	) (*empty, error) {
		var month perennial.Month
		if err := month.UnmarshalText([]byte(in.Month)); err != nil {
			return nil, at("month", perennial.NewError(perennial.KindInvalid, "month.format", perennial.Say("“%s”不是月份。", "%q is not a month.", in.Month)).
				WithHint(perennial.Say("月份写作 2026-05。", "Write months as 2026-05.")).Because(err))
		}
		return nil, s.opt.Months.ReopenMonth(ctx, c.actor(), c.Workspace, month)
	})
}

func (s *Server) closedMonths(ctx context.Context, c *call) (*body[list[report.ClosedMonth]], error) {
	months, err := s.opt.Months.ClosedMonths(ctx, c.Workspace)
	return &body[list[report.ClosedMonth]]{list[report.ClosedMonth]{Items: months}}, err
}
