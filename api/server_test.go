package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"perennial"
	"perennial/api"
	"perennial/app"
	"perennial/collect/importer"
	"perennial/collect/importer/mapping"
	"perennial/config"
	"perennial/demo"
	"perennial/govern/account"
)

const password = "maple river 47 lantern"

// house is a real installation with a server before it: workspace shop with a
// snapshot, and workspace other, with nothing in it.
type house struct {
	t    *testing.T
	app  *app.App
	http *httptest.Server
	api  *api.Server
}

func open(t *testing.T, change func(*api.Options)) *house {
	t.Helper()
	now := func() time.Time { return time.Now() }
	a, err := app.Open(t.Context(), app.Options{Dir: filepath.Join(t.TempDir(), "data"), Create: true, Config: config.Default(), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	opt := api.Options{
		Catalog: a.Catalog, Accounts: a.Accounts, State: a.State, Shop: a, Identity: a, Intake: a, Months: a, Backups: a, Rules: a, Thresholds: a, Presets: a.Presets, Now: now, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Version: "test", Open: true,
		Pages: fstest.MapFS{
			"index.html":         {Data: []byte(`<style nonce="__NONCE__"></style>`)},
			"assets/app-abcd.js": {Data: []byte(`"use strict"`)},
			"favicon.svg":        {Data: []byte(`<svg/>`)},
		},
	}
	if change != nil {
		change(&opt)
	}
	s, err := api.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, app: a, api: s, http: httptest.NewServer(s)}
	t.Cleanup(func() {
		h.http.Close()
		if err := s.Close(context.WithoutCancel(t.Context())); err != nil { // its work stands on the app
			t.Error(err)
		}
	})
	return h
}

// fill takes a small shop in and analyses it.
func (h *house) fill() {
	h.t.Helper()
	ctx := h.t.Context()
	shop, err := demo.Simulate(demo.Options{Customers: 400, Seed: 1, End: perennial.DayOf(2026, time.June, 30)})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, part := range []struct {
		kind  mapping.Kind
		write func(io.Writer) error
	}{
		{mapping.Customers, func(w io.Writer) error { _, err := shop.WriteMembers(w); return err }},
		{mapping.Orders, func(w io.Writer) error { _, err := shop.WriteOrders(w, demo.LinesCSV); return err }},
	} {
		var b bytes.Buffer
		if err := part.write(&b); err != nil {
			h.t.Fatal(err)
		}
		path := filepath.Join(h.t.TempDir(), "file.csv")
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			h.t.Fatal(err)
		}
		if _, _, _, err := h.app.Import(ctx, app.ImportOptions{Request: importer.Request{Kind: part.kind, Path: path}, Workspace: "shop"}); err != nil {
			h.t.Fatal(err)
		}
	}
	if _, err := h.app.CreateWorkspace(ctx, account.Console(), perennial.Workspace{Name: "other", Zone: time.UTC, Currency: "EUR"}); err != nil {
		h.t.Fatal(err)
	}
	ws, err := h.app.Catalog.Workspace(ctx, "shop")
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.app.Refresh(ctx, ws); err != nil {
		h.t.Fatal(err)
	}
}

// user adds an operator with a password; without a workspace they belong to all.
func (h *house) user(login string, role account.Role, workspace, rows string) {
	h.t.Helper()
	rule, err := account.ParseRowRule(rows)
	if err != nil {
		h.t.Fatal(err)
	}
	_, _, err = h.app.AddUser(h.t.Context(), account.Console(), account.NewOperator{Login: login, Password: password},
		app.UserRole{Workspace: workspace, Role: role, Rows: rule})
	if err != nil {
		h.t.Fatal(err)
	}
}

// key makes a key of a workspace.
func (h *house) key(workspace string, scopes ...account.Scope) string {
	h.t.Helper()
	_, secret, err := h.app.CreateKey(h.t.Context(), account.Console(), workspace, account.NewKey{Name: "test", Scopes: scopes})
	if err != nil {
		h.t.Fatal(err)
	}
	return secret
}

// visitor sends requests with what it carries: a key, or the cookies of a browser.
type visitor struct {
	*house
	client *http.Client
	key    string
	header http.Header
}

func (h *house) stranger() *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &visitor{house: h, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, header: http.Header{}}
}

func (h *house) program(key string) *visitor {
	v := h.stranger()
	v.key = key
	return v
}

// person logs in.
func (h *house) person(login string) *visitor {
	h.t.Helper()
	v := h.stranger()
	got := v.do("POST", "/api/v1/login", map[string]string{"login": login, "password": password})
	if got.status != http.StatusOK {
		h.t.Fatalf("%s cannot log in: %d %s", login, got.status, got.body)
	}
	return v
}

// reply is an answer that was read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) problem(t *testing.T) api.Problem {
	t.Helper()
	var p api.Problem
	if got := r.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("a problem comes as %q: %d %.200s", got, r.status, r.body)
	}
	if err := json.Unmarshal(r.body, &p); err != nil || p.Status != r.status || p.Type != "urn:perennial:problem:"+p.Code || p.Title == "" || p.Detail == "" {
		t.Errorf("no problem: %v, %d %.300s", err, r.status, r.body)
	}
	return p
}

func (r reply) into(t *testing.T, v any) {
	t.Helper()
	if r.status/100 != 2 {
		t.Fatalf("%d %.500s", r.status, r.body)
	}
	if err := json.Unmarshal(r.body, v); err != nil {
		t.Fatalf("%v: %.300s", err, r.body)
	}
}

func (v *visitor) with(name, value string) *visitor {
	out := *v
	out.header = v.header.Clone()
	out.header.Set(name, value)
	return &out
}

// do sends a request. A body that is a string is sent as it is, others as JSON.
func (v *visitor) do(method, path string, body any) reply {
	v.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			v.t.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.http.URL+path, in)
	if err != nil {
		v.t.Fatal(err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, values := range v.header {
		req.Header[name] = values
	}
	if v.key != "" {
		req.Header.Set("Authorization", "Bearer "+v.key)
	}
	got, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return reply{got.StatusCode, got.Header, b}
}
