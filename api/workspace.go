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
	err = WorkspaceChange{&n.TimeZone, &n.Currency, &n.WeekStart}.apply(&ws)
	return ws, err
}

// WorkspaceChange changes a workspace's settings. What is absent stays.
type WorkspaceChange struct {
	TimeZone  *string `json:"time_zone,omitempty" maxLength:"100" doc:"Only while there are no data."`
	Currency  *string `json:"currency,omitempty" maxLength:"3" doc:"Only while there are no data."`
	WeekStart *string `json:"week_start,omitempty" enum:"monday,saturday,sunday"`
}

// timeZone reads the field time_zone of a body.
func timeZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, at("/time_zone", perennial.NewError(perennial.KindInvalid, "workspace.time_zone",
			perennial.Say("没有“%s”这个时区。", "There is no time zone %q.", name)).
			WithHint(perennial.Say("例如 Asia/Shanghai、Europe/London、UTC。", "Such as Asia/Shanghai, Europe/London, UTC.")))
	}
	return zone, nil
}

func (w WorkspaceChange) apply(ws *perennial.Workspace) error {
	if name := w.TimeZone; name != nil {
		zone, err := timeZone(*name)
		if err != nil {
			return err
		}
		ws.Zone = zone
	}
	if w.Currency != nil {
		currency, err := perennial.ParseCurrency(*w.Currency)
		if err != nil {
			return at("/currency", err)
		}
		ws.Currency = currency
	}
	if w.WeekStart != nil {
		ws.WeekStart = map[string]time.Weekday{"sunday": time.Sunday, "monday": time.Monday, "saturday": time.Saturday}[*w.WeekStart]
	}
	return nil
}

// WorkspaceSettings is a workspace as it is set up.
type WorkspaceSettings struct {
	Workspace
	HasData bool   `json:"has_data" doc:"There are imports, so time zone and currency stay."`
	Version string `json:"version" doc:"Give it as If-Match when something is changed."`
}

func workspaceVersion(ws perennial.Workspace) string {
	return versionOf(ws.Zone, ws.Currency, ws.WeekStart)
}

func (s *Server) settings(ctx context.Context, ws perennial.Workspace) (*body[WorkspaceSettings], error) {
	live, err := s.opt.Catalog.Live(ctx, ws.ID)
	return &body[WorkspaceSettings]{WorkspaceSettings{showWorkspace(ws), len(live) > 0, workspaceVersion(ws)}}, err
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
	route(s, huma.Operation{
		OperationID: "get-workspace", Method: http.MethodGet, Path: apiPrefix + "/workspace", Tags: []string{"workspaces"},
		Summary: "The settings of the request's workspace",
	}, access{May: account.SettingsRead, In: inWorkspace}, func(ctx context.Context, c *call, _ *empty) (*body[WorkspaceSettings], error) {
		return s.settings(ctx, c.Workspace)
	})
	route(s, huma.Operation{
		OperationID: "change-workspace", Method: http.MethodPatch, Path: apiPrefix + "/workspace", Tags: []string{"workspaces"},
		Summary: "Change the settings of the request's workspace", Errors: []int{http.StatusConflict, http.StatusPreconditionFailed},
	}, access{May: account.SettingsEdit, In: inWorkspace}, s.changeWorkspace)
}

func (s *Server) changeWorkspace(ctx context.Context, c *call, in *struct {
	Basis
	Body WorkspaceChange
},
) (*body[WorkspaceSettings], error) {
	ws, err := s.opt.Shop.ChangeWorkspace(ctx, c.actor(), c.Workspace, func(ws *perennial.Workspace) error {
		if err := in.check(workspaceVersion(*ws)); err != nil {
			return err
		}
		return in.Body.apply(ws)
	})
	switch perennial.CodeOf(err) {
	case "workspace.zone_fixed":
		return nil, at("/time_zone", err)
	case "workspace.currency_fixed":
		return nil, at("/currency", err)
	}
	if err != nil {
		return nil, err
	}
	return s.settings(ctx, ws)
}
