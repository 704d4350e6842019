package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"perennial/govern/account"
)

// place is what a route is about.
type place int

const (
	nowhere     place = iota // the caller only
	inWorkspace              // the request's workspace
	everywhere               // the whole installation
)

// access says who may take a route. Every route has one, and nothing else decides.
type access struct {
	May  account.Permission // "": whoever is logged in
	In   place
	Open bool // for strangers as well
	Long bool // ends by itself: no time-out
	File bool // takes a file: any content, of any size that the handler allows
	// People: for who is logged in, not for programs with a key.
	People bool
	// Secret: request or answer hold what must not be stored, so a request that comes
	// again is not answered as the first was but told that it was carried out.
	Secret bool
}

// route declares a route: what it is in the document, who may take it, and what
// answers. f's errors become problems.
func route[I, O any](s *Server, op huma.Operation, who access, f func(context.Context, *call, *I) (*O, error)) {
	s.declared[op.Method+" "+op.Path] = who
	op.Errors = append(slices.Clone(op.Errors), http.StatusUnprocessableEntity, http.StatusInternalServerError, http.StatusServiceUnavailable)
	if !who.Open || who.May != "" {
		op.Security = []map[string][]string{{"session": {}}, {"key": {}}}
		op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
	}
	op.Parameters = append(op.Parameters, &huma.Param{
		Name: "lang", In: "query", Description: "Language of sentences: zh or en. Else the account's, else Accept-Language.",
		Schema: &huma.Schema{Type: "string", Enum: []any{"zh", "en"}},
	})
	op.Extensions = map[string]any{"x-permission": string(who.May)}
	if who.People {
		op.Extensions["x-people"] = true
	}
	if who.In == inWorkspace {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: headerWorkspace, In: "header", Description: "Name of the workspace. Else the key's, or the one that the session chose.",
			Schema: &huma.Schema{Type: "string"},
		})
		op.Errors = append(op.Errors, http.StatusNotFound)
		op.Extensions["x-workspace"] = true
	}
	if op.Method == http.MethodPost && !who.Open && !who.File {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: headerIdempotency, In: "header", Schema: &huma.Schema{Type: "string"},
			Description: "Any text of up to 200 characters: a request that comes again with it within a day is " + again[who.Secret],
		})
		op.Errors = append(op.Errors, http.StatusConflict)
	}
	op.Middlewares = huma.Middlewares{s.admit(who)}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(ctx, callOf(ctx), in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return out, nil
	})
}

// again says what becomes of a request that comes again, of secrets and of others.
var again = map[bool]string{
	false: "answered as the first was and not carried out twice.",
	true:  "not carried out twice. What the first was answered is not kept: the second gets idempotency.secret.",
}

// admit is the middleware that lets callers through who may take a route. It runs
// before anything of the request is read.
func (s *Server) admit(who access) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(hc)
		c := &call{caller: callerOf(hc.Context()), http: r, slow: http.NewResponseController(w)}
		if err := s.place(r, c, who); err != nil {
			s.fail(w, r, err)
			return
		}
		next(huma.WithValue(hc, keyCall, c))
	}
}

func (s *Server) place(r *http.Request, c *call, who access) (err error) {
	if who.People && c.session == nil {
		return onlyPeople()
	}
	if who.In == inWorkspace {
		if c.Workspace, err = s.workspace(r, c.caller); err != nil {
			return err
		}
	}
	if who.May == "" {
		return nil
	}
	return c.require(who.May, c.Workspace.ID)
}

// describe writes the OpenAPI document.
func (s *Server) describe() ([]byte, error) {
	s.api.OpenAPI().Extensions = map[string]any{"x-permissions": s.permissions()}
	b, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("write OpenAPI document: %w", err)
	}
	return append(b, '\n'), nil
}

// permissions lists what the routes ask for, each once.
func (s *Server) permissions() []string {
	seen := map[string]bool{}
	for _, who := range s.declared {
		if who.May != "" {
			seen[string(who.May)] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Document returns the OpenAPI document. The caller must not change it.
func (s *Server) Document() []byte { return s.document }
