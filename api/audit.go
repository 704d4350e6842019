package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"perennial/govern/account"
)

// AuditEntry is one line of the record of what was done.
type AuditEntry struct {
	ID     int64     `json:"id"`
	At     time.Time `json:"at"`
	Who    string    `json:"who" doc:"A login, the prefix of a key, or console."`
	Action string    `json:"action" doc:"Such as user.add, key.rotate, customers.export."`
	Target string    `json:"target,omitempty"`
	Detail string    `json:"detail,omitempty"`
}

func (s *Server) auditRoutes() {
	route(s, huma.Operation{
		OperationID: "list-audit", Method: http.MethodGet, Path: apiPrefix + "/audit", Tags: []string{"audit"},
		Summary: "What was done in the workspace and by whom, the latest first",
	}, access{May: account.AuditRead, In: inWorkspace}, func(ctx context.Context, c *call, in *struct {
		Everywhere bool  `query:"everywhere" doc:"What concerns the whole installation (logins, accounts), for its owners, not this workspace."`
		Cursor     int64 `query:"cursor" minimum:"0" doc:"Where the run before ended."`
		Limit      int   `query:"limit" minimum:"1" maximum:"500" default:"50"`
	},
	) (*body[list[AuditEntry]], error) {
		workspace := c.Workspace.ID
		if in.Everywhere {
			workspace = account.Everywhere
			if err := c.require(account.AuditRead, workspace); err != nil {
				return nil, err
			}
		}
		entries, err := s.opt.Accounts.Audit(ctx, workspace, in.Cursor, in.Limit+1)
		if err != nil {
			return nil, err
		}
		out := list[AuditEntry]{Items: []AuditEntry{}}
		if len(entries) > in.Limit {
			entries = entries[:in.Limit]
			out.Next = fmt.Sprint(entries[in.Limit-1].ID)
		}
		for _, e := range entries {
			out.Items = append(out.Items, AuditEntry{e.ID, e.At, e.Who, e.Action, e.Target, e.Detail})
		}
		return &body[list[AuditEntry]]{out}, nil
	})
}
