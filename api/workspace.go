package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"perennial"
	"perennial/govern/account"
)

// Workspace is a shop of its own.
type Workspace struct {
	Name      string `json:"name"`
	TimeZone  string `json:"time_zone" doc:"IANA name; days, weeks and months are its own."`
	Currency  string `json:"currency" doc:"ISO 4217; empty where none is stated."`
	WeekStart string `json:"week_start" enum:"monday,saturday,sunday"`
}

func showWorkspace(ws perennial.Workspace) Workspace {
	return Workspace{ws.Name, ws.Zone.String(), ws.Currency.Code(), strings.ToLower(ws.WeekStart.String())}
}

// NewWorkspace is a workspace to be made.
type NewWorkspace struct {
	Name      string `json:"name" maxLength:"200"`
	TimeZone  string `json:"time_zone,omitempty" maxLength:"100" default:"Asia/Shanghai"`
	Currency  string `json:"currency,omitempty" maxLength:"3" default:"CNY"`
	WeekStart string `json:"week_start,omitempty" enum:"monday,saturday,sunday" default:"monday"`
}

func (n NewWorkspace) workspace() (ws perennial.Workspace, err error) {
	ws = perennial.Workspace{Name: n.Name}
	if err := perennial.CheckWorkspaceName(n.Name); err != nil {
		return ws, at("/name", err)
	}
	if ws.Zone, err = time.LoadLocation(n.TimeZone); err != nil || n.TimeZone == "" || n.TimeZone == "Local" {
		return ws, at("/time_zone", perennial.NewError(perennial.KindInvalid, "workspace.time_zone",
			perennial.Say("没有“%s”这个时区。", "There is no time zone %q.", n.TimeZone)).
			WithHint(perennial.Say("例如 Asia/Shanghai、Europe/London、UTC。", "Such as Asia/Shanghai, Europe/London, UTC.")))
	}
	if ws.Currency, err = perennial.ParseCurrency(n.Currency); err != nil {
		return ws, at("/currency", err)
	}
	ws.WeekStart = map[string]time.Weekday{"sunday": time.Sunday, "monday": time.Monday, "saturday": time.Saturday}[n.WeekStart]
	return ws, nil
}

// list is a run of a collection. Next is the cursor of the next run.
type list[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Where the next run begins: give it as cursor. Absent after the last."`
}

type body[T any] struct{ Body T }

func (s *Server) workspaceRoutes() {
	route(s, huma.Operation{
		OperationID: "list-workspaces", Method: http.MethodGet, Path: apiPrefix + "/workspaces", Tags: []string{"workspaces"},
		Summary: "The workspaces that the caller may see, by name",
	}, access{}, func(ctx context.Context, c *call, _ *empty) (*body[list[Workspace]], error) {
		all, err := s.opt.Catalog.Workspaces(ctx)
		out := list[Workspace]{Items: []Workspace{}}
		for _, ws := range all {
			if c.sees(ws.ID) {
				out.Items = append(out.Items, showWorkspace(ws))
			}
		}
		return &body[list[Workspace]]{out}, err
	})
	route(s, huma.Operation{
		OperationID: "create-workspace", Method: http.MethodPost, Path: apiPrefix + "/workspaces", Tags: []string{"workspaces"},
		Summary: "Make a workspace", DefaultStatus: http.StatusCreated,
	}, access{May: account.WorkspacesEdit, In: everywhere}, func(ctx context.Context, c *call, in *body[NewWorkspace]) (*body[Workspace], error) {
		ws, err := in.Body.workspace()
		if err != nil {
			return nil, err
		}
		if ws, err = s.opt.Shop.CreateWorkspace(ctx, c.actor(), ws); err != nil {
			return nil, at("/name", err)
		}
		return &body[Workspace]{showWorkspace(ws)}, nil
	})
}
