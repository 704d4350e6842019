package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"perennial"
	"perennial/govern/account"
)

// Account is a person who works in the workspace, as who may edit accounts sees them.
type Account struct {
	ID         int64          `json:"id"`
	Login      string         `json:"login"`
	Name       string         `json:"name"`
	Language   perennial.Lang `json:"language,omitempty"`
	Role       account.Role   `json:"role" enum:"owner,analyst,marketer,service,viewer"`
	Rows       string         `json:"rows,omitempty" doc:"Which customers the person may see; absent for all."`
	Everywhere bool           `json:"everywhere" doc:"The role is the person's in every workspace."`
	Self       bool           `json:"self" doc:"The caller."`
	SetUp      bool           `json:"set_up" doc:"Has chosen a password."`
	DisabledAt *time.Time     `json:"disabled_at,omitempty"`
	CreatedAt  time.Time      `json:"created_at"`
	Version    string         `json:"version" doc:"Of role and rows: give it as If-Match when they are changed."`
}

func showAccount(c *call, op account.Operator) Account {
	grant := op.In(c.Workspace.ID)
	return Account{
		ID: op.ID, Login: op.Login, Name: op.Name, Language: op.Language, Role: grant.Role, Rows: grant.Rows.String(),
		Everywhere: !belongs(op, c.Workspace.ID) || ownsAll(op), Self: op.ID == c.actor().Operator,
		SetUp: op.SetUp, DisabledAt: op.DisabledAt, CreatedAt: op.CreatedAt, Version: grantVersion(grant),
	}
}

func grantVersion(g account.Grant) string { return versionOf(g.Role, g.Rows) }

// belongs tells that an operator has a role in a workspace that is not that of all.
func belongs(op account.Operator, workspace int64) bool {
	return slices.ContainsFunc(op.Memberships, func(m account.Membership) bool { return m.Workspace == workspace })
}

func ownsAll(op account.Operator) bool { return op.In(account.Everywhere).Role == account.Owner }

// RoleChange is what somebody is from now on.
type RoleChange struct {
	Role       account.Role `json:"role" enum:"owner,analyst,marketer,service,viewer"`
	Rows       string       `json:"rows,omitempty" maxLength:"4000" doc:"Which customers the person may see: store in (\"…\") and city in (\"…\"); all if empty."`
	Everywhere bool         `json:"everywhere,omitempty" doc:"In every workspace without a role of its own, not in this one alone."`
}

func (r RoleChange) membership(workspace int64) (m account.Membership, err error) {
	m = account.Membership{Workspace: workspace, Grant: account.Grant{Role: r.Role}}
	if r.Everywhere {
		m.Workspace = account.Everywhere
	}
	m.Rows, err = account.ParseRowRule(r.Rows)
	return m, at("/rows", err)
}

// NewAccount is a person to be added.
type NewAccount struct {
	RoleChange
	Login    string         `json:"login" maxLength:"400" doc:"A name or an e-mail address. Somebody of another workspace comes into this one as well."`
	Name     string         `json:"name,omitempty" maxLength:"400" doc:"The login if empty."`
	Language perennial.Lang `json:"language,omitempty"`
}

// LinkOut is a link to be handed on. It is shown this once.
type LinkOut struct {
	Path      string          `json:"path" doc:"To be put behind the address of the pages."`
	Purpose   account.Purpose `json:"purpose" enum:"invite,reset"`
	Login     string          `json:"login"`
	ExpiresAt time.Time       `json:"expires_at"`
}

// AddedAccount is a person who was added, with the link by which they come in.
type AddedAccount struct {
	Account Account  `json:"account"`
	Link    *LinkOut `json:"link" doc:"null for who has an account already."`
}

func showLink(l account.Link) LinkOut { return LinkOut{l.Path(), l.Purpose, l.Login, l.ExpiresAt} }

type accountPath struct {
	ID int64 `path:"id" minimum:"1"`
}

const tagAccounts = "accounts"

func (s *Server) accountRoutes() {
	may := access{May: account.AccountsEdit, In: inWorkspace}
	secret := may
	secret.Secret = true
	conflicts := []int{http.StatusConflict}
	route(s, huma.Operation{
		OperationID: "list-accounts", Method: http.MethodGet, Path: apiPrefix + "/accounts", Tags: []string{tagAccounts},
		Summary: "Who works in the workspace, by login",
	}, may, func(ctx context.Context, c *call, _ *empty) (*body[list[Account]], error) {
		all, err := s.opt.Accounts.Operators(ctx, c.Workspace.ID)
		out := list[Account]{Items: []Account{}}
		for _, op := range all {
			out.Items = append(out.Items, showAccount(c, op))
		}
		return &body[list[Account]]{out}, err
	})
	route(s, huma.Operation{
		OperationID: "add-account", Method: http.MethodPost, Path: apiPrefix + "/accounts", Tags: []string{tagAccounts},
		Summary: "Add a person: the answer holds the link by which they choose a password", DefaultStatus: http.StatusCreated,
	}, secret, s.addAccount)
	route(s, huma.Operation{
		OperationID: "set-role", Method: http.MethodPut, Path: apiPrefix + "/accounts/{id}/role", Tags: []string{tagAccounts},
		Summary: "Give a person another role, or other customers to see", Errors: append(conflicts, http.StatusPreconditionFailed),
	}, may, s.setRole)
	route(s, huma.Operation{
		OperationID: "remove-account", Method: http.MethodDelete, Path: apiPrefix + "/accounts/{id}", Tags: []string{tagAccounts},
		Summary: "Take a person out of the workspace", Errors: conflicts,
	}, may, s.removeAccount)
	for _, deed := range []struct {
		name, summary string
		do            func(ctx context.Context, by account.Actor, operator int64) error
	}{
		{"disable", "Shut a person out at once, wherever they work", s.opt.Accounts.Disable},
		{"enable", "Let a person in again", s.opt.Accounts.Enable},
	} {
		route(s, huma.Operation{
			OperationID: deed.name + "-account", Method: http.MethodPost, Path: apiPrefix + "/accounts/{id}/" + deed.name, Tags: []string{tagAccounts},
			Summary: deed.summary, DefaultStatus: http.StatusOK,
		}, may, func(ctx context.Context, c *call, in *accountPath) (*body[Account], error) {
			if _, err := s.accountOf(ctx, c, in.ID); err != nil {
				return nil, err
			}
			if err := deed.do(ctx, c.actor(), in.ID); err != nil {
				return nil, err
			}
			return s.account(ctx, c, in.ID)
		})
	}
	route(s, huma.Operation{
		OperationID: "reset-account", Method: http.MethodPost, Path: apiPrefix + "/accounts/{id}/reset", Tags: []string{tagAccounts},
		Summary: "Make the link by which a person chooses another password; older links are void", DefaultStatus: http.StatusOK,
	}, secret, func(ctx context.Context, c *call, in *accountPath) (*body[LinkOut], error) {
		if _, err := s.accountOf(ctx, c, in.ID); err != nil {
			return nil, err
		}
		link, err := s.opt.Accounts.ResetLink(ctx, c.actor(), in.ID)
		if err != nil {
			return nil, err
		}
		return &body[LinkOut]{showLink(link)}, nil
	})
}

// accountOf finds a person of the workspace. Who works elsewhere only is nobody here.
func (s *Server) accountOf(ctx context.Context, c *call, id int64) (account.Operator, error) {
	all, err := s.opt.Accounts.Operators(ctx, c.Workspace.ID)
	if err != nil {
		return account.Operator{}, err
	}
	for _, op := range all {
		if op.ID == id {
			return op, nil
		}
	}
	return account.Operator{}, at("id", perennial.NewError(perennial.KindNotFound, "account.not_found",
		perennial.Say("这个工作区没有账号 %d。", "There is no account %d in this workspace.", id)))
}

func (s *Server) account(ctx context.Context, c *call, id int64) (*body[Account], error) {
	op, err := s.accountOf(ctx, c, id)
	if err != nil {
		return nil, err
	}
	return &body[Account]{showAccount(c, op)}, nil
}

func (s *Server) addAccount(ctx context.Context, c *call, in *body[NewAccount]) (*body[AddedAccount], error) {
	m, err := in.Body.membership(c.Workspace.ID)
	if err != nil {
		return nil, err
	}
	n := account.NewOperator{Login: in.Body.Login, Name: in.Body.Name, Language: in.Body.Language}
	op, link, err := s.opt.Accounts.Add(ctx, c.actor(), n, m)
	if perennial.CodeOf(err) == "account.exists" {
		taken := at("/login", err)
		if op, err = s.opt.Accounts.Operator(ctx, n.Login); err != nil {
			return nil, err
		}
		err = s.opt.Accounts.SetMembership(ctx, c.actor(), op.ID, m, func(now account.Operator) error {
			if now.In(m.Workspace).Role != "" {
				return taken
			}
			return nil
		})
		if err == nil {
			op, err = s.opt.Accounts.Operator(ctx, n.Login)
		}
	}
	if err != nil {
		return nil, accountField(err)
	}
	out := AddedAccount{Account: showAccount(c, op)}
	if link != nil {
		shown := showLink(*link)
		out.Link = &shown
	}
	return &body[AddedAccount]{out}, nil
}

// accountField names the field that an error of an account's is about.
func accountField(err error) error {
	if field, ok := map[string]string{
		"account.login": "/login", "account.name": "/name", "account.language": "/language", "account.role": "/role", "account.owner_rows": "/rows",
		"account.password": "/password", "account.old_password": "/old",
	}[perennial.CodeOf(err)]; ok {
		return at(field, err)
	}
	return err
}

func (s *Server) setRole(ctx context.Context, c *call, in *struct {
	Basis
	ID   int64 `path:"id" minimum:"1"`
	Body RoleChange
},
) (*body[Account], error) {
	m, err := in.Body.membership(c.Workspace.ID)
	if err != nil {
		return nil, err
	}
	if _, err := s.accountOf(ctx, c, in.ID); err != nil {
		return nil, err
	}
	err = s.opt.Accounts.SetMembership(ctx, c.actor(), in.ID, m, func(op account.Operator) error {
		if m.Workspace != account.Everywhere && ownsAll(op) {
			return ofAll(op)
		}
		return in.check(grantVersion(op.In(c.Workspace.ID)))
	})
	if err != nil {
		return nil, accountField(err)
	}
	return s.account(ctx, c, in.ID)
}

func (s *Server) removeAccount(ctx context.Context, c *call, in *struct {
	ID         int64 `path:"id" minimum:"1"`
	Everywhere bool  `query:"everywhere" doc:"Take the role for every workspace away, not the one for this."`
},
) (*empty, error) {
	op, err := s.accountOf(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	workspace := c.Workspace.ID
	if in.Everywhere {
		workspace = account.Everywhere
	} else if !belongs(op, workspace) {
		return nil, ofAll(op)
	}
	return nil, s.opt.Accounts.RemoveMembership(ctx, c.actor(), op.ID, workspace)
}

// ofAll tells that what somebody is here they are everywhere.
func ofAll(op account.Operator) error {
	return perennial.NewError(perennial.KindConflict, "account.everywhere",
		perennial.Say("“%s”的角色对所有工作区有效，不能只在这里改。", "The role of %q holds in every workspace and cannot be changed in this one alone.", op.Login)).
		WithHint(perennial.Say("由管理整个实例的负责人改：带上 everywhere。", "An owner of the whole installation changes it: with everywhere."))
}
