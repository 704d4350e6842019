package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"perennial/analyze/lifecycle"
	"perennial/govern/account"
)

// document is the OpenAPI document as this test reads it.
type document struct {
	Paths map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Permission  string `json:"x-permission"`
		Workspace   bool   `json:"x-workspace"`
		People      bool   `json:"x-people"`
		Security    []any  `json:"security"`
		Responses   map[string]struct {
			Content map[string]struct{ Schema map[string]any }
		}
		Parameters []struct {
			Name, In string
			Required bool
		}
	}
	Components struct{ Schemas map[string]map[string]any }
}

// sample is how each route is taken in a test that has to take it: its path and body.
var samples = map[string]struct {
	path    string
	body    any
	nothing bool // there is nothing to take there; other tests do
}{
	"get-job":                {path: "/api/v1/jobs/none"},
	"watch-job":              {path: "/api/v1/jobs/none/events"},
	"search-customers":       {body: map[string]any{}},
	"find-customers":         {body: map[string]any{"text": "none"}},
	"set-profile":            {body: map[string]any{"language": "en"}},
	"change-password":        {nothing: true, body: map[string]any{"old": "x", "password": "x"}},
	"end-session":            {nothing: true, path: "/api/v1/me/sessions/none"},
	"add-account":            {nothing: true, body: map[string]any{"login": "owner", "role": "viewer"}},
	"set-role":               {nothing: true, path: "/api/v1/accounts/999/role", body: map[string]any{"role": "viewer"}},
	"remove-account":         {nothing: true, path: "/api/v1/accounts/999"},
	"disable-account":        {nothing: true, path: "/api/v1/accounts/999/disable"},
	"enable-account":         {nothing: true, path: "/api/v1/accounts/999/enable"},
	"reset-account":          {nothing: true, path: "/api/v1/accounts/999/reset"},
	"create-key":             {body: map[string]any{"name": "x", "scopes": []string{"read"}}},
	"rotate-key":             {path: "/api/v1/keys/1/rotate", body: map[string]any{}},
	"revoke-key":             {nothing: true, path: "/api/v1/keys/999/revoke"},
	"get-backup":             {path: "/api/v1/backups/perennial-20260101-000000.tar.zst"},
	"create-workspace":       {body: map[string]any{"name": "third"}},
	"change-workspace":       {body: map[string]any{"week_start": "sunday"}},
	"choose-workspace":       {body: map[string]any{"workspace": "shop"}},
	"close-months":           {nothing: true, body: map[string]any{"months": []string{"2026-05"}}},
	"reopen-month":           {nothing: true, path: "/api/v1/months/2026-04"},
	"save-view":              {body: map[string]any{"page": "customers", "name": "x", "query": ""}},
	"remove-view":            {nothing: true, path: "/api/v1/views/999"},
	"create-upload":          {path: "/api/v1/uploads?name=orders.csv", body: "order_id,customer_id,order_date,total\n1,a,2026-06-01,5\n"},
	"look-at-upload":         {nothing: true, body: map[string]any{"upload": "none"}},
	"preview-import":         {nothing: true, body: map[string]any{"upload": "none"}},
	"create-import":          {nothing: true, body: map[string]any{"upload": "none"}},
	"get-import":             {path: "/api/v1/imports/1"},
	"list-refusals":          {path: "/api/v1/imports/1/refusals"},
	"get-refusals-file":      {nothing: true, path: "/api/v1/imports/1/refusals.csv"},
	"undo-import":            {nothing: true, path: "/api/v1/imports/999/undo"},
	"login":                  {body: map[string]any{"login": "nobody", "password": "wrong"}},
	"use-link":               {body: map[string]any{"token": "none"}},
	"preview-rules":          {body: map[string]any{"rules": lifecycle.Default()}},
	"change-rules":           {body: map[string]any{"rules": lifecycle.Default(), "version": 1}},
	"preview-rfm-thresholds": {body: map[string]any{"fresh": true}},
	"change-rfm-thresholds":  {nothing: true, body: map[string]any{"fresh": true, "version": 99}},
	"propose-rules":          {body: map[string]any{}},
	"accept-rule-proposals":  {nothing: true},
	"accept-rule-proposal":   {nothing: true, path: "/api/v1/rules/proposals/99/accept"},
}

// TestEveryRoute walks the document: strangers get 401 everywhere, the permission of
// a route decides, another workspace's key and name open nothing, and what is answered
// is what the document says.
func TestEveryRoute(t *testing.T) {
	h := open(t, nil)
	h.fill()
	h.user("owner", account.Owner, "", "")
	h.user("elsewhere", account.Analyst, "other", "")
	inShop := func(v *visitor) *visitor { return v.with("Perennial-Workspace", "shop") }
	owner, elsewhere := inShop(h.person("owner")), h.person("elsewhere")
	var doc document
	h.stranger().do("GET", "/openapi.json", nil).into(t, &doc)
	if len(doc.Paths) < 20 {
		t.Fatalf("%d paths", len(doc.Paths))
	}
	roles := map[account.Role]*visitor{}
	for _, role := range []account.Role{account.Analyst, account.Marketer, account.Service, account.Viewer} {
		h.user(string(role), role, "shop", "")
		roles[role] = h.person(string(role))
	}
	scopes := map[account.Scope]*visitor{}
	for _, scope := range []account.Scope{account.ScopeCollect, account.ScopeRead, account.ScopeWrite, account.ScopeExport, account.ScopeAdmin} {
		scopes[scope] = h.program(h.key("shop", scope))
	}
	var some found
	owner.with("Perennial-Workspace", "shop").do("GET", "/api/v1/customers?limit=1", nil).into(t, &some)
	for path, methods := range doc.Paths {
		for method, op := range methods {
			method := strings.ToUpper(method)
			sample := samples[op.OperationID]
			switch {
			case op.OperationID == "get-customer":
				sample.path = fmt.Sprintf("/api/v1/customers/%v", some.Items[0]["customer"])
			case sample.path == "":
				sample.path = path
			}
			take := func(v *visitor) reply { return v.do(method, sample.path, sample.body) }
			t.Run(op.OperationID, func(t *testing.T) {
				if op.OperationID == "" || strings.Contains(sample.path, "{") {
					t.Fatalf("%s %s has no name or no sample", method, path)
				}
				if got := take(h.stranger()); got.status != http.StatusUnauthorized {
					t.Errorf("a stranger gets %d", got.status)
				} else {
					got.problem(t)
				}
				if len(op.Security) == 0 {
					return // login and links: what they do has tests of its own
				}
				if got := take(h.program("prn_2222aaaa_nothing")); got.status != http.StatusUnauthorized {
					t.Errorf("a wrong key gets %d", got.status)
				}
				may := account.Permission(op.Permission)
				for role, v := range roles {
					got := take(v)
					if want := (account.Grant{Role: role}).May(may) || may == ""; want == (got.status == http.StatusForbidden) {
						t.Errorf("role %s gets %d", role, got.status)
					}
					if op.OperationID == "logout" {
						roles[role] = h.person(string(role))
					}
				}
				for scope, v := range scopes {
					got := take(v)
					want := (account.Key{Scopes: []account.Scope{scope}}).May(may) && op.OperationID != "create-workspace" || may == ""
					if want = want && !op.People; want == (got.status == http.StatusForbidden) {
						t.Errorf("scope %s gets %d", scope, got.status)
					}
				}
				if op.Workspace {
					for _, v := range []*visitor{elsewhere, h.program(h.key("other", account.ScopeAdmin))} {
						if got := take(v.with("Perennial-Workspace", "shop")); got.status != http.StatusNotFound || got.problem(t).Code != "workspace.not_found" {
							t.Errorf("from another workspace: %d", got.status)
						}
						if got := take(v); got.status/100 == 2 && strings.Contains(string(got.body), `"customer":`) {
							t.Errorf("from another workspace without naming it: %d %.200s", got.status, got.body)
						}
					}
				}
				got := take(owner.with("Perennial-Workspace", "shop"))
				if op.Workspace && got.status/100 != 2 && !sample.nothing && !strings.HasPrefix(sample.path, "/api/v1/jobs/") {
					t.Errorf("%s: %d %.300s", sample.path, got.status, got.body)
				}
				checkAnswer(t, doc, fmt.Sprint(got.status), op.Responses[fmt.Sprint(got.status)].Content[mediaType(got)].Schema, got)
				if op.OperationID == "logout" {
					*owner = *inShop(h.person("owner"))
				}
			})
		}
	}
}

func mediaType(r reply) string {
	kind := r.header.Get("Content-Type")
	if strings.HasPrefix(kind, "text/csv") {
		return kind
	}
	kind, _, _ = strings.Cut(kind, ";")
	return kind
}

// checkAnswer compares an answer with what the document says of it.
func checkAnswer(t *testing.T, doc document, status string, schema map[string]any, got reply) {
	t.Helper()
	if status == "204" {
		return
	}
	if schema == nil {
		t.Errorf("the document does not know %s %s", status, mediaType(got))
		return
	}
	if !strings.Contains(mediaType(got), "json") {
		return
	}
	var v any
	if err := json.Unmarshal(got.body, &v); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range conform(doc, schema, v, "") {
		t.Error(wrong)
	}
}

// conform tells where a value is not as a schema of the document says.
func conform(doc document, schema map[string]any, v any, at string) (wrong []string) {
	if ref, ok := schema["$ref"].(string); ok {
		target, ok := doc.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")]
		if !ok {
			return []string{at + ": no schema " + ref}
		}
		return conform(doc, target, v, at)
	}
	if either, ok := schema["anyOf"].([]any); ok {
		for _, one := range either {
			not := conform(doc, one.(map[string]any), v, at)
			if len(not) == 0 {
				return nil
			}
			if wrong == nil {
				wrong = not
			}
		}
		return wrong
	}
	if !typeFits(schema["type"], v) {
		return []string{fmt.Sprintf("%s: %.60v is no %v", at, v, schema["type"])}
	}
	switch v := v.(type) {
	case []any:
		items, _ := schema["items"].(map[string]any)
		for i, item := range v {
			if wrong = append(wrong, conform(doc, items, item, fmt.Sprintf("%s/%d", at, i))...); len(wrong) > 3 {
				return wrong
			}
		}
	case map[string]any:
		properties, _ := schema["properties"].(map[string]any)
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				wrong = append(wrong, fmt.Sprintf("%s: no %v", at, name))
			}
		}
		for name, value := range v {
			of, ok := properties[name].(map[string]any)
			if !ok {
				if of, ok = schema["additionalProperties"].(map[string]any); !ok {
					wrong = append(wrong, at+": "+name+" is not in the document")
					continue
				}
			}
			wrong = append(wrong, conform(doc, of, value, at+"/"+name)...)
		}
	}
	return wrong
}

func typeFits(types, v any) bool {
	if list, ok := types.([]any); ok {
		for _, one := range list {
			if typeFits(one, v) {
				return true
			}
		}
		return false
	}
	switch types {
	case "null":
		return v == nil
	case "string":
		_, ok := v.(string)
		return ok
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "number":
		_, ok := v.(float64)
		return ok
	case "integer":
		f, ok := v.(float64)
		return ok && f == float64(int64(f))
	case "array":
		_, ok := v.([]any)
		return ok
	case "object":
		_, ok := v.(map[string]any)
		return ok
	}
	return types == nil
}
