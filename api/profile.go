package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"perennial"
	"perennial/govern/account"
)

// Profile is what people may change of themselves. What is absent stays.
type Profile struct {
	Name     *string `json:"name,omitempty" maxLength:"400" doc:"The login if empty."`
	Language *string `json:"language,omitempty" enum:"zh,en," doc:"Empty: as the browser asks."`
}

// PasswordChange replaces the caller's password.
type PasswordChange struct {
	Old      string `json:"old" maxLength:"4000"`
	Password string `json:"password" maxLength:"4000" doc:"The one that holds from now on."`
}

// LoginSession is a browser in which the caller is logged in.
type LoginSession struct {
	account.Session
	Current bool `json:"current" doc:"The one that asks."`
}

func (s *Server) profileRoutes() {
	people := access{People: true}
	route(s, huma.Operation{
		OperationID: "set-profile", Method: http.MethodPatch, Path: apiPrefix + "/me", Tags: []string{tagSession},
		Summary: "Choose one's name and language",
	}, people, func(ctx context.Context, c *call, in *body[Profile]) (*meReply, error) {
		op := c.session.Operator
		name, language := op.Name, op.Language
		if in.Body.Name != nil {
			name = *in.Body.Name
		}
		if in.Body.Language != nil {
			language = perennial.Lang(*in.Body.Language)
		}
		changed, err := s.opt.Accounts.SetProfile(ctx, op.ID, name, language)
		if err != nil {
			return nil, accountField(err)
		}
		c.session.Operator = changed
		me, err := s.me(ctx, c.caller)
		return &meReply{Body: me}, err
	})
	secret := people
	secret.Secret = true
	route(s, huma.Operation{
		OperationID: "change-password", Method: http.MethodPost, Path: apiPrefix + "/me/password", Tags: []string{tagSession},
		Summary: "Choose another password: all other sessions end", DefaultStatus: http.StatusNoContent, Errors: []int{http.StatusTooManyRequests},
	}, secret, func(ctx context.Context, c *call, in *body[PasswordChange]) (*empty, error) {
		err := s.opt.Accounts.ChangePassword(ctx, c.session.Operator.ID, in.Body.Old, in.Body.Password, c.session.ID)
		return nil, accountField(err)
	})
	route(s, huma.Operation{
		OperationID: "list-sessions", Method: http.MethodGet, Path: apiPrefix + "/me/sessions", Tags: []string{tagSession},
		Summary: "Where the caller is logged in, the latest first",
	}, people, func(ctx context.Context, c *call, _ *empty) (*body[list[LoginSession]], error) {
		all, err := s.opt.Accounts.Sessions(ctx, c.session.Operator.ID)
		out := list[LoginSession]{Items: []LoginSession{}}
		for _, one := range all {
			out.Items = append(out.Items, LoginSession{one, one.ID == c.session.ID})
		}
		return &body[list[LoginSession]]{out}, err
	})
	route(s, huma.Operation{
		OperationID: "end-session", Method: http.MethodDelete, Path: apiPrefix + "/me/sessions/{id}", Tags: []string{tagSession},
		Summary: "Log out in one browser", Errors: []int{http.StatusNotFound},
	}, people, func(ctx context.Context, c *call, in *struct {
		ID string `path:"id" maxLength:"60"`
	},
	) (*empty, error) {
		return nil, s.endSessions(ctx, c, func(one account.Session) bool { return one.ID == in.ID })
	})
	route(s, huma.Operation{
		OperationID: "end-other-sessions", Method: http.MethodDelete, Path: apiPrefix + "/me/sessions", Tags: []string{tagSession},
		Summary: "Log out in every other browser",
	}, people, func(ctx context.Context, c *call, _ *empty) (*empty, error) {
		err := s.endSessions(ctx, c, func(one account.Session) bool { return one.ID != c.session.ID })
		if perennial.CodeOf(err) == codeNoSession {
			err = nil
		}
		return nil, err
	})
}

const codeNoSession = "session.not_found"

// endSessions ends those of the caller's sessions that are asked for.
func (s *Server) endSessions(ctx context.Context, c *call, which func(account.Session) bool) error {
	all, err := s.opt.Accounts.Sessions(ctx, c.session.Operator.ID)
	if err != nil {
		return err
	}
	var ids []string
	for _, one := range slices.DeleteFunc(all, func(one account.Session) bool { return !which(one) }) {
		ids = append(ids, one.ID)
	}
	if len(ids) == 0 { // to the accounts, none would mean all
		return at("id", perennial.NewError(perennial.KindNotFound, codeNoSession, perennial.Say("你没有这个登录。", "You are not logged in there.")).
			WithHint(perennial.Say("它可能已经过期或退出。", "It may have ended already.")))
	}
	return s.opt.Accounts.EndSessions(ctx, c.session.Operator.ID, ids...)
}
