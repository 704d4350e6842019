package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"perennial"
	"perennial/govern/account"
)

// Me is who is logged in and what they may do here.
type Me struct {
	Operator *Operator `json:"operator" doc:"null for a program with a key"`
	Key      *Key      `json:"key" doc:"null for a person"`
	// Language of sentences.
	Language   perennial.Lang `json:"language"`
	Workspaces []MyWorkspace  `json:"workspaces" nullable:"false" doc:"Those that the caller may see, by name."`
	Workspace  string         `json:"workspace" doc:"The one that requests are about which name none; empty where there is none."`
	// Everywhere is what the caller may do to the whole installation.
	Everywhere []account.Permission `json:"permissions" nullable:"false" doc:"What the caller may do to the whole installation."`
}

// Operator is a person who is logged in.
type Operator struct {
	Login    string         `json:"login"`
	Name     string         `json:"name"`
	Language perennial.Lang `json:"language,omitempty" doc:"Chosen; absent where the browser is asked."`
}

// Key is a program's key, as it may be shown.
type Key struct {
	Name   string          `json:"name"`
	Prefix string          `json:"prefix"`
	Scopes []account.Scope `json:"scopes" nullable:"false"`
}

// MyWorkspace is a workspace and what the caller may do there.
type MyWorkspace struct {
	Workspace
	Role        account.Role         `json:"role,omitempty" doc:"Absent for a program."`
	Rows        string               `json:"rows,omitempty" doc:"Which customers the caller may see; absent for all."`
	Permissions []account.Permission `json:"permissions" nullable:"false"`
}

// Credentials are what a person logs in with.
type Credentials struct {
	Login    string `json:"login" maxLength:"400"`
	Password string `json:"password" maxLength:"4000"`
}

// LinkUse is how a link is used: its token, and for setting up or choosing a
// password what the person chose.
type LinkUse struct {
	Token    string         `json:"token" maxLength:"200"`
	Password string         `json:"password,omitempty" maxLength:"4000" doc:"Without it the answer tells what the link is for; a link of purpose login needs none and logs in."`
	Login    string         `json:"login,omitempty" maxLength:"400" doc:"Of the first account; for purpose setup only."`
	Name     string         `json:"name,omitempty" maxLength:"400"`
	Language perennial.Lang `json:"language,omitempty"`
}

// LinkInfo tells what a link is for.
type LinkInfo struct {
	Purpose   account.Purpose `json:"purpose" enum:"setup,invite,reset,login"`
	Login     string          `json:"login,omitempty" doc:"Whose it is; absent for purpose setup."`
	ExpiresAt time.Time       `json:"expires_at"`
	LoggedIn  bool            `json:"logged_in" doc:"The link was used and its owner is logged in."`
}

// Choice is the workspace that a session looks at from now on.
type Choice struct {
	Workspace string `json:"workspace" maxLength:"200"`
}

type (
	empty   struct{}
	meReply struct {
		SetCookie []http.Cookie `header:"Set-Cookie"`
		Body      Me
	}
	linkReply struct {
		SetCookie []http.Cookie `header:"Set-Cookie"`
		Body      LinkInfo
	}
	gone struct {
		SetCookie []http.Cookie `header:"Set-Cookie"`
	}
)

const tagSession = "session"

func (s *Server) sessionRoutes() {
	route(s, huma.Operation{
		OperationID: "me", Method: http.MethodGet, Path: apiPrefix + "/me", Tags: []string{tagSession},
		Summary: "Who is calling, and what they may do",
	}, access{}, func(ctx context.Context, c *call, _ *empty) (*meReply, error) {
		me, err := s.me(ctx, c.caller)
		return &meReply{Body: me}, err
	})
	route(s, huma.Operation{
		OperationID: "login", Method: http.MethodPost, Path: apiPrefix + "/login", Tags: []string{tagSession},
		Summary: "Log in: the answer sets the session's cookie", Errors: []int{http.StatusTooManyRequests},
	}, access{Open: true, Secret: true}, func(ctx context.Context, c *call, in *body[Credentials]) (*meReply, error) {
		session, err := s.opt.Accounts.LogIn(ctx, in.Body.Login, in.Body.Password, s.client(c.http))
		if err != nil {
			return nil, err
		}
		me, err := s.me(ctx, caller{session: &session.Session})
		return &meReply{SetCookie: []http.Cookie{s.cookie(c.http, session.Token)}, Body: me}, err
	})
	route(s, huma.Operation{
		OperationID: "logout", Method: http.MethodPost, Path: apiPrefix + "/logout", Tags: []string{tagSession},
		Summary: "Log out: the session ends at once", DefaultStatus: http.StatusNoContent,
	}, access{People: true}, func(ctx context.Context, c *call, _ *empty) (*gone, error) {
		return &gone{SetCookie: []http.Cookie{s.cookie(c.http, "")}}, s.opt.Accounts.LogOut(ctx, c.token)
	})
	route(s, huma.Operation{
		OperationID: "use-link", Method: http.MethodPost, Path: apiPrefix + "/link", Tags: []string{tagSession},
		Summary: "Use a link that was handed on: see what it is for, or use it and log in",
	}, access{Open: true, Secret: true}, s.useLink)
	route(s, huma.Operation{
		OperationID: "choose-workspace", Method: http.MethodPut, Path: apiPrefix + "/me/workspace", Tags: []string{tagSession},
		Summary: "Choose the workspace that this session looks at",
	}, access{People: true}, func(ctx context.Context, c *call, in *body[Choice]) (*meReply, error) {
		c.http.Header.Set(headerWorkspace, in.Body.Workspace)
		ws, err := s.workspace(c.http, c.caller)
		if err != nil {
			return nil, at("/workspace", err)
		}
		if err := s.opt.Accounts.Choose(ctx, c.token, ws.ID); err != nil {
			return nil, err
		}
		c.session.Workspace = ws.ID
		me, err := s.me(ctx, c.caller)
		return &meReply{Body: me}, err
	})
}

func onlyPeople() error {
	return perennial.NewError(perennial.KindForbidden, "account.person",
		perennial.Say("只有登录的人可以这样做，密钥不行。", "This is for people who are logged in, not for keys."))
}

func (s *Server) useLink(ctx context.Context, c *call, in *body[LinkUse]) (*linkReply, error) {
	link, err := s.opt.Accounts.LinkOf(ctx, in.Body.Token)
	if err != nil {
		return nil, at("/token", err)
	}
	out := &linkReply{Body: LinkInfo{Purpose: link.Purpose, Login: link.Login, ExpiresAt: link.ExpiresAt}}
	if in.Body.Password == "" && link.Purpose != account.Enter {
		return out, nil
	}
	var session account.NewSession
	switch link.Purpose {
	case account.Enter:
		session, err = s.opt.Accounts.UseEnter(ctx, in.Body.Token, s.client(c.http))
	case account.SetUp:
		session, err = s.opt.Accounts.UseSetUp(ctx, in.Body.Token, account.NewOperator{
			Login: in.Body.Login, Name: in.Body.Name, Language: in.Body.Language, Password: in.Body.Password,
		}, s.client(c.http))
	default:
		session, err = s.opt.Accounts.UseLink(ctx, in.Body.Token, in.Body.Password, s.client(c.http))
	}
	if err != nil {
		return nil, linkField(err)
	}
	out.SetCookie, out.Body.LoggedIn, out.Body.Login = []http.Cookie{s.cookie(c.http, session.Token)}, true, session.Operator.Login
	return out, nil
}

// linkField names the field that an error of using a link is about.
func linkField(err error) error {
	if field, ok := map[string]string{
		"account.link": "/token", "account.password": "/password", "account.login": "/login", "account.name": "/name", "account.language": "/language",
	}[perennial.CodeOf(err)]; ok {
		return at(field, err)
	}
	return err
}

// me tells a caller who they are.
func (s *Server) me(ctx context.Context, c caller) (Me, error) {
	me := Me{Language: langOf(ctx), Workspaces: []MyWorkspace{}, Everywhere: []account.Permission{}}
	if c.key != nil {
		me.Key = &Key{Name: c.key.Name, Prefix: c.key.Prefix, Scopes: c.key.Scopes}
	} else {
		op := c.session.Operator
		me.Operator = &Operator{Login: op.Login, Name: op.Name, Language: op.Language}
		me.Everywhere = op.In(account.Everywhere).Permissions()
		if op.Language != "" {
			me.Language = op.Language
		}
	}
	all, err := s.opt.Catalog.Workspaces(ctx)
	if err != nil {
		return me, err
	}
	for _, ws := range all {
		if !c.sees(ws.ID) {
			continue
		}
		mine := MyWorkspace{Workspace: showWorkspace(ws), Permissions: []account.Permission{}}
		if c.key != nil {
			mine.Permissions = c.key.Permissions()
		} else {
			grant := c.session.Operator.In(ws.ID)
			mine.Role, mine.Rows, mine.Permissions = grant.Role, grant.Rows.String(), grant.Permissions()
			if ws.ID == c.session.Workspace {
				me.Workspace = ws.Name
			}
		}
		me.Workspaces = append(me.Workspaces, mine)
	}
	if me.Workspace == "" && len(me.Workspaces) > 0 {
		me.Workspace = me.Workspaces[0].Name
	}
	return me, nil
}
