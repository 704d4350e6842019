package api

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"perennial"
	"perennial/analyze/segment"
	"perennial/govern/account"
)

// caller is who sends a request: an operator with a session, a program with a key,
// or a stranger, whose zero value it is.
type caller struct {
	session *account.Session
	token   string // the session's
	key     *account.Key
}

func (c caller) stranger() bool { return c.session == nil && c.key == nil }

// actor is the caller for the record.
func (c caller) actor() account.Actor {
	switch {
	case c.session != nil:
		return c.session.Operator.Actor()
	case c.key != nil:
		return c.key.Actor()
	}
	return account.Actor{}
}

// name tells one caller from another.
func (c caller) name() string {
	a := c.actor()
	if a.Key != 0 {
		return fmt.Sprintf("key:%d", a.Key)
	}
	return fmt.Sprintf("operator:%d", a.Operator)
}

// sees tells whether the caller has anything to do in a workspace.
func (c caller) sees(workspace int64) bool {
	if c.key != nil {
		return c.key.Workspace == workspace
	}
	return c.session.Operator.In(workspace).Role != ""
}

// require is the permission's check in a workspace; everywhere for 0, which is no
// key's.
func (c caller) require(p account.Permission, workspace int64) error {
	if c.key != nil {
		if workspace == account.Everywhere {
			return account.Grant{}.Require(p)
		}
		return c.key.Require(p)
	}
	return c.session.Operator.In(workspace).Require(p)
}

// rows is the rule on customers that the caller may see in a workspace.
func (c caller) rows(workspace int64) segment.Rule {
	var rule segment.Rule
	if c.session == nil {
		return rule
	}
	for _, condition := range c.session.Operator.In(workspace).Rows.Conditions() {
		rule.All = append(rule.All, segment.Condition{Attribute: condition.Column, Op: segment.In, Values: condition.Values})
	}
	return rule
}

// call is a request that was admitted: who, and where.
type call struct {
	caller
	// Workspace is where the request is about; the zero value for routes that are
	// about none.
	Workspace perennial.Workspace

	http *http.Request
}

// limit is the rule on customers that the call may see.
func (c *call) limit() segment.Rule { return c.rows(c.Workspace.ID) }

type contextKey int

const (
	keyLang contextKey = iota
	keyCaller
	keyCall
)

func langOf(ctx context.Context) perennial.Lang {
	if lang, ok := ctx.Value(keyLang).(perennial.Lang); ok {
		return lang
	}
	return perennial.LangZH
}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(keyCaller).(caller)
	return c
}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(keyCall).(*call)
	return c
}

// speak settles the language of a request: ?lang=, else what the operator chose,
// else what the browser asks for, else Chinese.
func speak(r *http.Request, asked string, c caller) perennial.Lang {
	switch lang := perennial.Lang(asked); lang {
	case perennial.LangZH, perennial.LangEN:
		return lang
	}
	if c.session != nil && c.session.Operator.Language != "" {
		return c.session.Operator.Language
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return perennial.LangZH
	}
	// The first that is one of ours; who asks for others only is understood best in
	// English.
	for _, tag := range tags {
		if base, _ := tag.Base(); base.String() == "zh" {
			return perennial.LangZH
		} else if base.String() == "en" {
			return perennial.LangEN
		}
	}
	return perennial.LangEN
}

// The cookie of a session. The prefix binds it to this host and to TLS; without TLS
// browsers would not keep it.
const (
	cookieSecure = "__Host-perennial"
	cookiePlain  = "perennial"
)

func (s *Server) cookieName(r *http.Request) string {
	if s.secure(r) {
		return cookieSecure
	}
	return cookiePlain
}

func (s *Server) secure(r *http.Request) bool {
	return r.TLS != nil || s.opt.PublicURL != nil && s.opt.PublicURL.Scheme == "https"
}

// cookie is the session's cookie. It outlives the session, whose end is the server's
// to tell and slides with its use.
func (s *Server) cookie(r *http.Request, token string) http.Cookie {
	const month = 30 * 24 * 3600
	age := month
	if token == "" {
		age = -1
	}
	return http.Cookie{
		Name: s.cookieName(r), Value: token, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteLaxMode,
	}
}

// identify finds out who sends a request. A key or a session that does not hold is
// an error; none at all is a stranger.
func (s *Server) identify(r *http.Request) (c caller, err error) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, secret, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			secret = ""
		}
		key, err := s.opt.Accounts.Key(r.Context(), strings.TrimSpace(secret))
		if err != nil {
			return c, err
		}
		return caller{key: &key}, nil
	}
	for _, cookie := range r.CookiesNamed(s.cookieName(r)) {
		if cookie.Value == "" {
			continue
		}
		session, err := s.opt.Accounts.Session(r.Context(), cookie.Value)
		if err != nil {
			return c, err
		}
		return caller{session: &session, token: cookie.Value}, nil
	}
	return c, nil
}

// client is what is known of where a request comes from: the address behind the
// proxies that the configuration trusts.
func (s *Server) client(r *http.Request) account.Client {
	address := r.RemoteAddr
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		ip, err := netip.ParseAddr(address)
		if err != nil || !slices.ContainsFunc(s.opt.Proxies, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) }) {
			break
		}
		if hop = strings.TrimSpace(hop); hop == "" {
			break
		}
		address = hop
	}
	return account.Client{Address: address, UserAgent: r.UserAgent()}
}

// workspace finds the workspace that a request is about: the header's, the key's,
// the one the session chose, else the first that the caller sees. One that the
// caller does not see is as unknown as one that does not exist.
func (s *Server) workspace(r *http.Request, c caller) (perennial.Workspace, error) {
	all, err := s.opt.Catalog.Workspaces(r.Context())
	if err != nil {
		return perennial.Workspace{}, err
	}
	all = slices.DeleteFunc(all, func(ws perennial.Workspace) bool { return !c.sees(ws.ID) })
	if name := r.Header.Get(headerWorkspace); name != "" {
		for _, ws := range all {
			if ws.Name == name {
				return ws, nil
			}
		}
		return perennial.Workspace{}, at(headerWorkspace, perennial.NewError(perennial.KindNotFound, "workspace.not_found",
			perennial.Say("没有名为“%s”的工作区，或你不能进入。", "There is no workspace %q, or it is not yours to see.", name)).
			WithHint(perennial.Say("GET /api/v1/workspaces 列出你能进入的工作区。", "GET /api/v1/workspaces lists those that you may see.")))
	}
	if c.session != nil {
		for _, ws := range all {
			if ws.ID == c.session.Workspace {
				return ws, nil
			}
		}
	}
	if len(all) == 0 {
		return perennial.Workspace{}, perennial.NewError(perennial.KindNotFound, "workspace.none",
			perennial.Say("还没有你能进入的工作区。", "There is no workspace that you may see yet.")).
			WithHint(perennial.Say("导入第一个文件时会自动建立；或请管理员给你一个角色。", "The first import makes one; or ask an administrator for a role."))
	}
	return all[0], nil
}

// headerWorkspace names the workspace of a request.
const headerWorkspace = "Perennial-Workspace"
