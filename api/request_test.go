package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"perennial"
	"perennial/api"
	"perennial/govern/account"
	"perennial/store/catalog"
)

// slowShop refreshes when it is told to.
type slowShop struct {
	api.Shop
	begun, release chan struct{}
}

func (s *slowShop) Refresh(ctx context.Context, ws perennial.Workspace) (catalog.Snapshot, error) {
	s.begun <- struct{}{}
	select {
	case <-s.release:
	case <-ctx.Done():
		return catalog.Snapshot{}, ctx.Err()
	}
	return s.Shop.Refresh(ctx, ws)
}

func (s *slowShop) CreateWorkspace(ctx context.Context, by account.Actor, ws perennial.Workspace) (perennial.Workspace, error) {
	if ws.Name == "slow" {
		s.begun <- struct{}{}
		<-s.release
	}
	return s.Shop.CreateWorkspace(ctx, by, ws)
}

func slow(t *testing.T) (*house, *slowShop) {
	shop := &slowShop{begun: make(chan struct{}), release: make(chan struct{})}
	h := open(t, func(o *api.Options) { shop.Shop, o.Shop = o.Shop, shop })
	h.user("chief", account.Owner, "", "")
	return h, shop
}

func TestIdempotency(t *testing.T) {
	h, shop := slow(t)
	v := h.person("chief").with("Idempotency-Key", "k1")
	first := v.do("POST", "/api/v1/workspaces", map[string]string{"name": "a"})
	again := v.do("POST", "/api/v1/workspaces", map[string]string{"name": "a"})
	if first.status != http.StatusCreated || again.status != first.status || string(again.body) != string(first.body) ||
		again.header.Get("Idempotency-Replayed") != "true" || again.header.Get("Content-Type") != first.header.Get("Content-Type") {
		t.Errorf("first %d %s, again %d %s", first.status, first.body, again.status, again.body)
	}
	for what, got := range map[string]reply{
		"another body":      v.do("POST", "/api/v1/workspaces", map[string]string{"name": "b"}),
		"another route":     v.do("POST", "/api/v1/logout", nil),
		"another workspace": v.with("Perennial-Workspace", "a").do("POST", "/api/v1/workspaces", map[string]string{"name": "a"}),
	} {
		if p := got.problem(t); p.Status != http.StatusUnprocessableEntity || p.Code != "idempotency.reused" || p.Field != "Idempotency-Key" {
			t.Errorf("%s: %+v", what, p)
		}
	}
	h.user("second", account.Owner, "", "")
	if got := h.person("second").with("Idempotency-Key", "k1").do("POST", "/api/v1/workspaces", map[string]string{"name": "b"}); got.status != http.StatusCreated {
		t.Errorf("somebody else's key of the same text: %d", got.status)
	}
	if p := v.with("Idempotency-Key", "a b").do("POST", "/api/v1/logout", nil).problem(t); p.Code != "idempotency.key" {
		t.Errorf("%+v", p)
	}
	// What failed did nothing and may come again.
	failing := v.with("Idempotency-Key", "k2")
	if got := failing.do("POST", "/api/v1/workspaces", map[string]string{"name": "a"}); got.status != http.StatusConflict {
		t.Errorf("%d", got.status)
	}
	if got := failing.do("POST", "/api/v1/workspaces", map[string]string{"name": "c"}); got.status != http.StatusCreated {
		t.Errorf("the key of a request that failed is taken: %d", got.status)
	}
	// At the same time.
	running := v.with("Idempotency-Key", "k3")
	var done sync.WaitGroup
	done.Go(func() {
		if got := running.do("POST", "/api/v1/workspaces", map[string]string{"name": "slow"}); got.status != http.StatusCreated {
			t.Errorf("the first: %d %s", got.status, got.body)
		}
	})
	<-shop.begun
	if p := running.do("POST", "/api/v1/workspaces", map[string]string{"name": "slow"}).problem(t); p.Status != http.StatusConflict || p.Code != "idempotency.running" {
		t.Errorf("%+v", p)
	}
	close(shop.release)
	done.Wait()
}

func TestJobs(t *testing.T) {
	h, shop := slow(t)
	v := h.person("chief")
	v.do("POST", "/api/v1/workspaces", map[string]string{"name": "shop"})
	var job, second, seen api.Job
	got := v.do("POST", "/api/v1/refresh", nil)
	got.into(t, &job)
	if got.status != http.StatusAccepted || job.State != "running" {
		t.Errorf("%d %+v", got.status, job)
	}
	<-shop.begun
	v.do("POST", "/api/v1/refresh", nil).into(t, &second)
	if second.ID != job.ID {
		t.Error("a second refresh was begun beside the first")
	}
	var status api.SnapshotStatus
	v.do("GET", "/api/v1/snapshot", nil).into(t, &status)
	if status.Job == nil || status.Job.ID != job.ID || status.Snapshot != nil {
		t.Errorf("%+v", status)
	}
	close(shop.release)
	events := strings.Split(strings.TrimSpace(string(v.do("GET", "/api/v1/jobs/"+job.ID+"/events", nil).body)), "\n\n")
	last := strings.TrimPrefix(events[len(events)-1], "data: ")
	if err := json.Unmarshal([]byte(last), &seen); err != nil || seen.State != "failed" || seen.Problem == nil || seen.Problem.Code == "internal" {
		t.Errorf("an empty workspace: %v %s", err, last)
	}
	v.do("GET", "/api/v1/jobs/"+job.ID, nil).into(t, &seen)
	if seen.EndedAt == nil {
		t.Errorf("%+v", seen)
	}
	h.user("elsewhere", account.Viewer, "", "")
	h.user("other", account.Owner, "", "")
	v.do("POST", "/api/v1/workspaces", map[string]string{"name": "other"})
	if p := v.with("Perennial-Workspace", "other").do("GET", "/api/v1/jobs/"+job.ID, nil).problem(t); p.Status != http.StatusNotFound {
		t.Errorf("another workspace's job: %+v", p)
	}
}

// A server that stops ends its background work.
func TestStop(t *testing.T) {
	h, shop := slow(t)
	v := h.person("chief")
	v.do("POST", "/api/v1/workspaces", map[string]string{"name": "shop"})
	var job api.Job
	v.do("POST", "/api/v1/refresh", nil).into(t, &job)
	<-shop.begun
	for range 2 {
		if err := h.api.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	v.do("GET", "/api/v1/jobs/"+job.ID, nil).into(t, &job)
	if job.State != "failed" || job.Problem.Code != "cancelled" {
		t.Errorf("%+v", job)
	}
	if p := v.do("POST", "/api/v1/refresh", nil).problem(t); p.Code != "server.stopping" {
		t.Errorf("%+v", p)
	}
}

func TestBadRequests(t *testing.T) {
	h := open(t, nil)
	h.user("chief", account.Owner, "", "")
	v := h.person("chief")
	for name, c := range map[string]struct {
		method, path string
		body         any
		status       int
		code, field  string
	}{
		"unknown field":       {"POST", "/api/v1/workspaces", map[string]any{"name": "x", "colour": 1}, 422, "request.invalid", "/colour"},
		"missing field":       {"POST", "/api/v1/workspaces", map[string]any{}, 422, "request.invalid", ""},
		"wrong type":          {"POST", "/api/v1/workspaces", map[string]any{"name": 1}, 422, "request.invalid", "/name"},
		"not a zone":          {"POST", "/api/v1/workspaces", map[string]any{"name": "x", "time_zone": "Local"}, 422, "workspace.time_zone", "/time_zone"},
		"a path for a name":   {"POST", "/api/v1/workspaces", map[string]any{"name": "../x"}, 422, "workspace.name", "/name"},
		"no JSON":             {"POST", "/api/v1/workspaces", `{"name":`, 400, "request.json", ""},
		"two documents":       {"POST", "/api/v1/workspaces", `{"name":"x"}{}`, 400, "request.json", ""},
		"ten megabytes":       {"POST", "/api/v1/workspaces", `{"name":"` + strings.Repeat("x", 10<<20) + `"}`, 413, "request.too_large", ""},
		"unknown parameter":   {"GET", "/api/v1/workspaces?colour=red", nil, 422, "request.invalid", "colour"},
		"nothing there":       {"GET", "/api/v1/nothing", nil, 404, "request.not_found", ""},
		"path tricks":         {"GET", "/api/v1/../v1/me", nil, 404, "request.not_found", ""},
		"encoded tricks":      {"GET", "/api/v1/%2e%2e/me", nil, 404, "request.not_found", ""},
		"two slashes":         {"GET", "/api/v1//me", nil, 404, "request.not_found", ""},
		"wrong method":        {"DELETE", "/api/v1/me", nil, 405, "request.method", ""},
		"number out of range": {"GET", "/api/v1/customers/99999999999999999999", nil, 404, "workspace.none", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, key := range []string{"", "k"} {
				of := v
				if key != "" && c.method == "POST" {
					of = v.with("Idempotency-Key", "k"+name[:1])
				}
				p := of.do(c.method, c.path, c.body).problem(t)
				if p.Status != c.status || p.Code != c.code || p.Field != c.field {
					t.Errorf("%+v", p)
				}
			}
		})
	}
	got := v.do("DELETE", "/api/v1/me", nil)
	if got.header.Get("Allow") != "GET, PATCH" {
		t.Errorf("Allow: %q", got.header.Get("Allow"))
	}
}

// What the server says of itself, and to whom.
func TestInformation(t *testing.T) {
	h := open(t, nil)
	v := h.stranger()
	v.do("GET", "/healthz", nil) // so that there is a request to be counted
	for path, want := range map[string]string{
		"/healthz": `"ok"`, "/readyz": `"ready"`, "/version": `"test"`, "/metrics": "perennial_http_request_seconds", "/openapi.json": `"3.1.0"`, "/docs": "/api/v1/customers",
	} {
		if got := v.do("GET", path, nil); got.status != http.StatusOK || !strings.Contains(string(got.body), want) {
			t.Errorf("%s: %d %.200s", path, got.status, got.body)
		}
		if got := v.do("POST", path, nil); got.status != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %d", path, got.status)
		}
	}
	closed := open(t, func(o *api.Options) { o.Open = false })
	closed.user("chief", account.Owner, "", "")
	for _, path := range []string{"/healthz", "/readyz", "/version", "/metrics", "/openapi.json", "/docs"} {
		if p := closed.stranger().do("GET", path, nil).problem(t); p.Status != http.StatusUnauthorized {
			t.Errorf("%s: %+v", path, p)
		}
		if got := closed.person("chief").do("GET", path, nil); got.status != http.StatusOK {
			t.Errorf("%s: %d", path, got.status)
		}
	}
}

func TestPages(t *testing.T) {
	h := open(t, nil)
	v := h.stranger()
	first, second := v.do("GET", "/", nil), v.do("GET", "/customers/12?x=1", nil)
	nonce := func(r reply) string {
		_, rest, _ := strings.Cut(string(r.body), `nonce="`)
		n, _, _ := strings.Cut(rest, `"`)
		return n
	}
	for _, got := range []reply{first, second} {
		policy := got.header.Get("Content-Security-Policy")
		if n := nonce(got); got.status != http.StatusOK || len(n) < 20 || !strings.Contains(policy, "'nonce-"+n+"'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%d %s, %s", got.status, got.body, policy)
		}
	}
	if nonce(first) == nonce(second) {
		t.Error("a nonce was used twice")
	}
	script := v.do("GET", "/assets/app-abcd.js", nil)
	if script.status != http.StatusOK || !strings.Contains(script.header.Get("Cache-Control"), "immutable") || !strings.Contains(script.header.Get("Content-Type"), "javascript") {
		t.Errorf("%d %v", script.status, script.header)
	}
	if got := v.do("GET", "/assets/gone.js", nil); got.status != http.StatusNotFound {
		t.Errorf("a script that is gone: %d", got.status)
	}
	for _, path := range []string{"/../../etc/passwd", "/" + url.PathEscape("../go.mod"), "/assets/"} {
		if got := v.do("GET", path, nil); strings.Contains(string(got.body), "root:") || strings.Contains(string(got.body), "module ") {
			t.Errorf("%s: %s", path, got.body)
		}
	}
	if got := v.do("POST", "/customers", nil); got.status != http.StatusMethodNotAllowed {
		t.Errorf("POST to a page: %d", got.status)
	}
}
