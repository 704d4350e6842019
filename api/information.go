package api

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"perennial/store/state"
)

const docsPath = "/docs"

// informs tells that an address is about the server itself.
func informs(path string) bool {
	return slices.Contains([]string{"/healthz", "/readyz", "/metrics", "/version", openAPIPath, docsPath}, path)
}

// serveInformation answers what machines ask of a server. Where it is not for
// everybody, it is for who is logged in.
func (s *Server) serveInformation(w http.ResponseWriter, r *http.Request) {
	r, c, err := s.enter(r)
	w.Header().Set("Cache-Control", "no-store")
	if !s.opt.Open {
		if err == nil && c.stranger() {
			err = notLoggedIn()
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", http.MethodGet)
		s.fail(w, r, methodNotAllowed(http.MethodGet))
		return
	}
	switch r.URL.Path {
	case "/healthz":
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	case "/readyz":
		// Ready is who can reach the state; the check is a transaction that reads nothing.
		if err := s.opt.State.View(r.Context(), func(state.Tx) error { return nil }); err != nil {
			s.log.ErrorContext(r.Context(), "not ready", errAttr(err))
			writeJSON(w, http.StatusServiceUnavailable, map[string]string{"status": "unavailable"})
			return
		}
		writeJSON(w, http.StatusOK, map[string]string{"status": "ready"})
	case "/version":
		writeJSON(w, http.StatusOK, map[string]string{"name": "perennial", "version": s.opt.Version})
	case "/metrics":
		s.metrics.handler.ServeHTTP(w, r)
	case docsPath:
		s.serveDocs(w, r)
	default:
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(s.document) // nobody is left to be told
	}
}

func writeJSON(w http.ResponseWriter, status int, v map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	b, err := json.Marshal(v)
	if err != nil {
		return // texts can be written
	}
	_, _ = w.Write(append(b, '\n')) // nobody is left to be told
}

// docsPage shows the OpenAPI document to people: no script, nothing from elsewhere.
var docsPage = template.Must(template.New("docs").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title><style nonce="{{.Nonce}}">
body{font:15px/1.6 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
h2{margin-top:2.5rem;border-bottom:1px solid #8886}code{font:13px ui-monospace,monospace}
.m{display:inline-block;min-width:4rem;font-weight:600}table{border-collapse:collapse;width:100%}td{padding:.15rem .8rem .15rem 0;vertical-align:top}
details{margin:.6rem 0}summary{cursor:pointer}small{opacity:.7}</style></head><body>
<h1>{{.Title}} <small>{{.Version}}</small></h1><p>{{.Description}}</p>
<p><a href="` + openAPIPath + `">openapi.json</a></p>
{{range .Tags}}<h2>{{.Name}}</h2>{{range .Routes}}
<details><summary><code><span class="m">{{.Method}}</span>{{.Path}}</code> {{.Summary}}</summary>
{{with .Permission}}<p><small>{{.}}</small></p>{{end}}{{with .Description}}<p>{{.}}</p>{{end}}
<table>{{range .Parameters}}<tr><td><code>{{.Name}}</code></td><td>{{.In}}</td><td>{{.Description}}</td></tr>{{end}}
{{with .Body}}<tr><td><code>body</code></td><td>JSON</td><td><code>{{.}}</code></td></tr>{{end}}
{{range .Answers}}<tr><td><code>{{.Status}}</code></td><td></td><td><code>{{.What}}</code></td></tr>{{end}}</table></details>
{{end}}{{end}}<h2>schemas</h2>{{range .Schemas}}<details><summary><code>{{.Name}}</code></summary>
<table>{{range .Fields}}<tr><td><code>{{.Name}}</code></td><td><code>{{.Type}}</code></td><td>{{.Description}}</td></tr>{{end}}</table></details>{{end}}
</body></html>
`))

func (s *Server) serveDocs(w http.ResponseWriter, r *http.Request) {
	page := newDocs(s.api.OpenAPI())
	page.Nonce = nonce()
	w.Header().Set("Content-Security-Policy", policy(page.Nonce))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := docsPage.Execute(w, page); err != nil {
		s.log.DebugContext(r.Context(), "documentation not sent", errAttr(err))
	}
}

// docs is the document as the page shows it.
type docs struct {
	Title, Version, Description, Nonce string
	Tags                               []docsTag
	Schemas                            []docsSchema
}

type docsTag struct {
	Name   string
	Routes []docsRoute
}

type docsRoute struct {
	Method, Path, Summary, Description, Permission, Body string
	Parameters                                           []*huma.Param
	Answers                                              []docsAnswer
}

type docsAnswer struct{ Status, What string }

type docsSchema struct {
	Name   string
	Fields []docsField
}

type docsField struct{ Name, Type, Description string }

func newDocs(api *huma.OpenAPI) docs {
	page := docs{Title: api.Info.Title, Version: api.Info.Version, Description: api.Info.Description}
	for _, path := range sortedKeys(api.Paths) {
		item := api.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			tag := "other"
			if len(op.Tags) > 0 {
				tag = op.Tags[0]
			}
			i := slices.IndexFunc(page.Tags, func(t docsTag) bool { return t.Name == tag })
			if i < 0 {
				i, page.Tags = len(page.Tags), append(page.Tags, docsTag{Name: tag})
			}
			page.Tags[i].Routes = append(page.Tags[i].Routes, newDocsRoute(op, path))
		}
	}
	schemas := api.Components.Schemas.Map()
	for _, name := range sortedKeys(schemas) {
		s := docsSchema{Name: name}
		for _, field := range sortedKeys(schemas[name].Properties) {
			p := schemas[name].Properties[field]
			s.Fields = append(s.Fields, docsField{field, typeName(p), p.Description})
		}
		page.Schemas = append(page.Schemas, s)
	}
	return page
}

func newDocsRoute(op *huma.Operation, path string) docsRoute {
	out := docsRoute{Method: op.Method, Path: path, Summary: op.Summary, Description: op.Description, Parameters: op.Parameters}
	out.Permission, _ = op.Extensions["x-permission"].(string)
	if op.RequestBody != nil {
		for _, media := range op.RequestBody.Content {
			out.Body = typeName(media.Schema)
		}
	}
	for _, status := range sortedKeys(op.Responses) {
		a := docsAnswer{Status: status}
		for _, kind := range sortedKeys(op.Responses[status].Content) {
			a.What = kind + " " + typeName(op.Responses[status].Content[kind].Schema)
		}
		out.Answers = append(out.Answers, a)
	}
	return out
}

// typeName names a schema in a word.
func typeName(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return s.Ref[len(schemaPrefix):]
	case len(s.AnyOf) > 0:
		return typeName(s.AnyOf[0]) + "?"
	case s.Type == "array":
		return typeName(s.Items) + "[]"
	case s.Type == "object" && s.Properties["data"] != nil:
		return fmt.Sprintf("{snapshot, data: %s}", typeName(s.Properties["data"]))
	case s.Nullable:
		return s.Type + "?"
	}
	return s.Type
}
