package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"perennial/govern/account"
	"perennial/store/catalog"
)

// View is what an operator wants to see on a page again.
type View struct {
	ID      int64     `json:"id" readOnly:"true"`
	Page    string    `json:"page" maxLength:"60" doc:"Of the application: customers, …"`
	Name    string    `json:"name" maxLength:"240"`
	Query   string    `json:"query" maxLength:"8192" doc:"Filters, columns and order, as in the page's address."`
	Shared  bool      `json:"shared" doc:"Everybody in the workspace sees it."`
	Own     bool      `json:"own" readOnly:"true" doc:"The caller's, who may change and remove it."`
	SavedAt time.Time `json:"saved_at" readOnly:"true"`
}

// NewView is a view to be saved.
type NewView struct {
	Page   string `json:"page" maxLength:"60"`
	Name   string `json:"name" maxLength:"240"`
	Query  string `json:"query" maxLength:"8192"`
	Shared bool   `json:"shared,omitempty"`
}

const tagViews = "views"

func (s *Server) viewRoutes() {
	may := access{May: account.ViewsEdit, In: inWorkspace}
	show := func(c *call, v catalog.View) View {
		return View{v.ID, v.Page, v.Name, v.Query, v.Shared, v.Operator == c.actor().Operator, v.SavedAt}
	}
	route(s, huma.Operation{
		OperationID: "list-views", Method: http.MethodGet, Path: apiPrefix + "/views", Tags: []string{tagViews},
		Summary: "The caller's saved views, and those that others share",
	}, may, func(ctx context.Context, c *call, _ *empty) (*body[list[View]], error) {
		all, err := s.opt.Catalog.Views(ctx, c.Workspace.ID, c.actor().Operator)
		out := list[View]{Items: []View{}}
		for _, v := range all {
			out.Items = append(out.Items, show(c, v))
		}
		return &body[list[View]]{out}, err
	})
	route(s, huma.Operation{
		OperationID: "save-view", Method: http.MethodPost, Path: apiPrefix + "/views", Tags: []string{tagViews},
		Summary: "Save a view; the caller's of that name on that page is replaced", DefaultStatus: http.StatusOK,
	}, may, func(ctx context.Context, c *call, in *body[NewView]) (*body[View], error) {
		n := in.Body
		v, err := s.opt.Catalog.SaveView(ctx, c.Workspace.ID, catalog.View{Operator: c.actor().Operator, Page: n.Page, Name: n.Name, Query: n.Query, Shared: n.Shared})
		if err != nil {
			return nil, err
		}
		return &body[View]{show(c, v)}, nil
	})
	route(s, huma.Operation{
		OperationID: "remove-view", Method: http.MethodDelete, Path: apiPrefix + "/views/{id}", Tags: []string{tagViews},
		Summary: "Remove one of the caller's views",
	}, may, func(ctx context.Context, c *call, in *struct {
		ID int64 `path:"id" minimum:"1"`
	},
	) (*empty, error) {
		return nil, s.opt.Catalog.RemoveView(ctx, c.Workspace.ID, c.actor().Operator, in.ID)
	})
}
