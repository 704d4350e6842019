package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"perennial"
	"perennial/api"
	"perennial/govern/account"
)

// The first start: a link makes the first account and logs it in; it works once.
func TestFirstStart(t *testing.T) {
	h := open(t, nil)
	link, ok, err := h.app.SetUpLink(t.Context())
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	v := h.stranger()
	var info api.LinkInfo
	v.do("POST", "/api/v1/link", map[string]string{"token": link.Token}).into(t, &info)
	if info.Purpose != account.SetUp || info.LoggedIn {
		t.Errorf("%+v", info)
	}
	bad := v.do("POST", "/api/v1/link", map[string]string{"token": link.Token, "login": "chen", "password": "short"})
	if p := bad.problem(t); p.Code != "account.password" || p.Field != "/password" {
		t.Errorf("%+v", p)
	}
	got := v.do("POST", "/api/v1/link", map[string]string{"token": link.Token, "login": "chen", "password": password, "language": "en"})
	got.into(t, &info)
	cookie := got.header.Get("Set-Cookie")
	for _, part := range []string{"perennial=", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie %q is without %s", cookie, part)
		}
	}
	var me api.Me
	v.do("GET", "/api/v1/me", nil).into(t, &me)
	if me.Operator == nil || me.Operator.Login != "chen" || me.Language != perennial.LangEN || me.Workspace != "" || len(me.Everywhere) == 0 {
		t.Errorf("%+v", me)
	}
	again := h.stranger().do("POST", "/api/v1/link", map[string]string{"token": link.Token, "login": "li", "password": password})
	if p := again.problem(t); p.Status != http.StatusUnauthorized || p.Code != "account.link" {
		t.Errorf("%+v", p)
	}
}

func TestLogin(t *testing.T) {
	h := open(t, nil)
	h.fill()
	h.user("wang", account.Viewer, "shop", "")
	h.user("chief", account.Owner, "", "")
	v := h.stranger()
	var last api.Problem
	var retry string
	for range 7 {
		got := v.do("POST", "/api/v1/login", map[string]string{"login": "wang", "password": "wrong"})
		last, retry = got.problem(t), got.header.Get("Retry-After")
	}
	if last.Status != http.StatusTooManyRequests || last.Code != "account.throttled" || retry == "" {
		t.Errorf("after seven wrong passwords: %+v, Retry-After %q", last, retry)
	}
	v = h.person("chief")
	var me api.Me
	v.do("PUT", "/api/v1/me/workspace", map[string]string{"workspace": "shop"}).into(t, &me)
	v.do("GET", "/api/v1/me", nil).into(t, &me)
	if me.Workspace != "shop" || len(me.Workspaces) != 2 {
		t.Errorf("chosen: %+v", me)
	}
	if got := v.do("PUT", "/api/v1/me/workspace", map[string]string{"workspace": "none"}).problem(t); got.Status != http.StatusNotFound || got.Field != "/workspace" {
		t.Errorf("%+v", got)
	}
	if got := v.do("POST", "/api/v1/logout", nil); got.status != http.StatusNoContent {
		t.Errorf("logout: %d", got.status)
	}
	if got := v.do("GET", "/api/v1/me", nil).problem(t); got.Status != http.StatusUnauthorized {
		t.Errorf("%+v", got)
	}
}

// A demonstration's link logs in more than once.
func TestDemoLink(t *testing.T) {
	h := open(t, nil)
	link, err := h.app.DemoLink(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		var info api.LinkInfo
		v := h.stranger()
		v.do("POST", "/api/v1/link", map[string]string{"token": link.Token}).into(t, &info)
		if !info.LoggedIn || v.do("GET", "/api/v1/me", nil).status != http.StatusOK {
			t.Errorf("%+v", info)
		}
	}
}

// Cookies are worth nothing from another site, forged, or over a wrong scheme.
func TestCookies(t *testing.T) {
	h := open(t, nil)
	h.user("chief", account.Owner, "", "")
	v := h.person("chief")
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"} {
		got := v.with(name, value).do("POST", "/api/v1/workspaces", map[string]string{"name": "x"}).problem(t)
		if got.Status != http.StatusForbidden || got.Code != "request.cross_site" {
			t.Errorf("%s: %+v", name, got)
		}
		if got := h.stranger().with(name, value).do("POST", "/api/v1/login", map[string]string{"login": "chief", "password": password}); got.status != http.StatusForbidden {
			t.Errorf("login from another site: %d", got.status)
		}
	}
	if got := v.with("Content-Type", "text/plain").do("POST", "/api/v1/workspaces", `{"name":"x"}`).problem(t); got.Code != "request.media_type" {
		t.Errorf("%+v", got)
	}
	at, err := url.Parse(h.http.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, forged := range []string{"", "x", strings.Repeat("a", 43)} {
		v.client.Jar.SetCookies(at, []*http.Cookie{{Name: "perennial", Value: forged}})
		if got := v.do("GET", "/api/v1/me", nil); got.status != http.StatusUnauthorized {
			t.Errorf("cookie %q: %d", forged, got.status)
		}
	}
	behind := open(t, func(o *api.Options) { o.PublicURL = &url.URL{Scheme: "https", Host: "perennial.example.com"} })
	behind.user("chief", account.Owner, "", "")
	got := behind.stranger().do("POST", "/api/v1/login", map[string]string{"login": "chief", "password": password})
	if cookie := got.header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "__Host-perennial=") || !strings.Contains(cookie, "Secure") || strings.Contains(cookie, "Domain") {
		t.Errorf("over TLS: %q", cookie)
	}
}

func TestLanguage(t *testing.T) {
	h := open(t, nil)
	h.user("chief", account.Owner, "", "")
	v := h.stranger()
	for accept, want := range map[string]string{"": "请先登录。", "en-GB,zh;q=0.5": "Please log in.", "zh-TW": "请先登录。", "fr": "Please log in.", "%%": "请先登录。"} {
		if p := v.with("Accept-Language", accept).do("GET", "/api/v1/me", nil).problem(t); p.Detail != want {
			t.Errorf("%q: %s", accept, p.Detail)
		}
	}
	if p := v.with("Accept-Language", "zh").do("GET", "/api/v1/me?lang=en", nil).problem(t); p.Detail != "Please log in." {
		t.Errorf("?lang=en: %s", p.Detail)
	}
	if p := h.person("chief").do("POST", "/api/v1/workspaces?lang=zh", map[string]any{"nam": "x"}).problem(t); p.Status != http.StatusUnprocessableEntity || p.Detail == "" || len(p.Errors) != 2 {
		t.Errorf("%+v", p)
	}
}
