package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"perennial"
	"perennial/govern/account"
	"perennial/store/state"
)

// User is an operator with the names of the workspaces.
type User struct {
	account.Operator
	Roles []UserRole `json:"roles"`
}

// UserRole is what an operator is in a workspace; an empty Workspace stands for
// every one in which they are nothing else.
type UserRole struct {
	Workspace string          `json:"workspace"`
	Role      account.Role    `json:"role"`
	Rows      account.RowRule `json:"rows"`
}

// membership is the role with the id of its workspace.
func (a *App) membership(ctx context.Context, r UserRole) (account.Membership, error) {
	id, err := a.workspaceID(ctx, r.Workspace)
	return account.Membership{Workspace: id, Grant: account.Grant{Role: r.Role, Rows: r.Rows}}, err
}

func (a *App) workspaceID(ctx context.Context, name string) (int64, error) {
	if name == "" {
		return account.Everywhere, nil
	}
	ws, err := a.Catalog.Workspace(ctx, name)
	return ws.ID, err
}

// named gives operators the names of their workspaces.
func (a *App) named(ctx context.Context, list ...account.Operator) ([]User, error) {
	all, err := a.Catalog.Workspaces(ctx)
	if err != nil {
		return nil, err
	}
	names := map[int64]string{}
	for _, ws := range all {
		names[ws.ID] = ws.Name
	}
	out := make([]User, len(list))
	for i, op := range list {
		out[i] = User{Operator: op, Roles: []UserRole{}}
		for _, m := range op.Memberships {
			out[i].Roles = append(out[i].Roles, UserRole{names[m.Workspace], m.Role, m.Rows})
		}
	}
	return out, nil
}

// AddUser adds an operator with a role. Without a password there is a link by
// which they choose one.
func (a *App) AddUser(ctx context.Context, by account.Actor, n account.NewOperator, role UserRole) (User, *account.Link, error) {
	m, err := a.membership(ctx, role)
	if err != nil {
		return User{}, nil, err
	}
	op, link, err := a.Accounts.Add(ctx, by, n, m)
	if err != nil {
		return User{}, nil, err
	}
	a.log.InfoContext(ctx, "user added", slog.String("login", op.Login), slog.String("role", string(role.Role)), slog.String("workspace", role.Workspace))
	users, err := a.named(ctx, op)
	if err != nil {
		return User{}, nil, err
	}
	return users[0], link, nil
}

// Users lists the operators of a workspace; of all, where it has no name.
func (a *App) Users(ctx context.Context, workspace string) ([]User, error) {
	id, err := a.workspaceID(ctx, workspace)
	if err != nil {
		return nil, err
	}
	list, err := a.Accounts.Operators(ctx, id)
	if err != nil {
		return nil, err
	}
	return a.named(ctx, list...)
}

// SetUserRole gives an operator a role in a workspace, or another one.
func (a *App) SetUserRole(ctx context.Context, by account.Actor, login string, role UserRole) (User, error) {
	m, err := a.membership(ctx, role)
	if err != nil {
		return User{}, err
	}
	return a.onUser(ctx, login, func(op account.Operator) error { return a.Accounts.SetMembership(ctx, by, op.ID, m, nil) })
}

// DisableUser shuts an operator out at once.
func (a *App) DisableUser(ctx context.Context, by account.Actor, login string) (User, error) {
	return a.onUser(ctx, login, func(op account.Operator) error { return a.Accounts.Disable(ctx, by, op.ID) })
}

// EnableUser lets a disabled operator in again.
func (a *App) EnableUser(ctx context.Context, by account.Actor, login string) (User, error) {
	return a.onUser(ctx, login, func(op account.Operator) error { return a.Accounts.Enable(ctx, by, op.ID) })
}

// ResetUser makes a link by which an operator chooses another password.
func (a *App) ResetUser(ctx context.Context, by account.Actor, login string) (link account.Link, err error) {
	_, err = a.onUser(ctx, login, func(op account.Operator) error {
		link, err = a.Accounts.ResetLink(ctx, by, op.ID)
		return err
	})
	return link, err
}

// onUser changes an operator and returns what became of them.
func (a *App) onUser(ctx context.Context, login string, change func(account.Operator) error) (User, error) {
	op, err := a.Accounts.Operator(ctx, login)
	if err != nil {
		return User{}, err
	}
	if err := change(op); err != nil {
		return User{}, err
	}
	if op, err = a.Accounts.Operator(ctx, login); err != nil {
		return User{}, err
	}
	users, err := a.named(ctx, op)
	if err != nil {
		return User{}, err
	}
	return users[0], nil
}

// NamedKey is a key with the name of its workspace.
type NamedKey struct {
	account.Key
	Workspace string `json:"workspace"`
}

// CreateKey makes a key of a workspace and returns its secret, which cannot be
// shown again.
func (a *App) CreateKey(ctx context.Context, by account.Actor, workspace string, n account.NewKey) (NamedKey, string, error) {
	ws, err := a.Catalog.Workspace(ctx, workspace)
	if err != nil {
		return NamedKey{}, "", err
	}
	n.Workspace = ws.ID
	k, secret, err := a.Accounts.CreateKey(ctx, by, n)
	return NamedKey{k, ws.Name}, secret, err
}

// Keys lists the keys of a workspace; of all, where it has no name.
func (a *App) Keys(ctx context.Context, workspace string) ([]NamedKey, error) {
	all, err := a.Catalog.Workspaces(ctx)
	if err != nil {
		return nil, err
	}
	if workspace != "" {
		ws, err := a.Catalog.Workspace(ctx, workspace)
		if err != nil {
			return nil, err
		}
		all = []perennial.Workspace{ws}
	}
	out := []NamedKey{}
	for _, ws := range all {
		keys, err := a.Accounts.Keys(ctx, ws.ID)
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			out = append(out, NamedKey{k, ws.Name})
		}
	}
	return out, nil
}

// RotateKey gives a key another secret; the old one opens for overlap longer.
func (a *App) RotateKey(ctx context.Context, by account.Actor, id int64, overlap time.Duration) (NamedKey, string, error) {
	k, secret, err := a.Accounts.RotateKey(ctx, by, id, overlap)
	if err != nil {
		return NamedKey{}, "", err
	}
	named, err := a.nameKey(ctx, k)
	return named, secret, err
}

// RevokeKey ends a key at once.
func (a *App) RevokeKey(ctx context.Context, by account.Actor, id int64) (NamedKey, error) {
	k, err := a.Accounts.RevokeKey(ctx, by, id)
	if err != nil {
		return NamedKey{}, err
	}
	return a.nameKey(ctx, k)
}

func (a *App) nameKey(ctx context.Context, k account.Key) (NamedKey, error) {
	all, err := a.Catalog.Workspaces(ctx)
	for _, ws := range all {
		if ws.ID == k.Workspace {
			return NamedKey{k, ws.Name}, err
		}
	}
	return NamedKey{Key: k}, err
}

// CreateWorkspace makes a workspace. Who may is the caller's to know
// (account.WorkspacesEdit everywhere).
func (a *App) CreateWorkspace(ctx context.Context, by account.Actor, ws perennial.Workspace) (perennial.Workspace, error) {
	ws, err := a.Catalog.CreateWorkspaceWith(ctx, ws, func(tx state.Tx, ws perennial.Workspace) error {
		return a.Accounts.Record(ctx, tx, by, ws.ID, "workspace.create", ws.Name, ws.Zone.String()+" "+string(ws.Currency))
	})
	if err == nil {
		a.log.InfoContext(ctx, "workspace made", slog.String("workspace", ws.Name))
	}
	return ws, err
}

// ChangeWorkspace changes a workspace's settings, and writes down what they were. Who
// may is the caller's to know (account.SettingsEdit). It waits for imports and
// snapshots of the workspace, which work by what it changes.
func (a *App) ChangeWorkspace(ctx context.Context, by account.Actor, ws perennial.Workspace, change func(*perennial.Workspace) error) (perennial.Workspace, error) {
	release, err := a.alone(ctx, ws.Name)
	if err != nil {
		return ws, err
	}
	defer release()
	settings := func(ws perennial.Workspace) string {
		return fmt.Sprintf("%s %s %s", ws.Zone, ws.Currency, ws.WeekStart)
	}
	now, err := a.Catalog.ChangeWorkspace(ctx, ws.ID, change, func(tx state.Tx, was, now perennial.Workspace) error {
		if settings(was) == settings(now) {
			return nil
		}
		return a.Accounts.Record(ctx, tx, by, ws.ID, "workspace.change", ws.Name, settings(was)+" → "+settings(now))
	})
	if err == nil {
		a.log.InfoContext(ctx, "workspace changed", slog.String("workspace", ws.Name), slog.String("settings", settings(now)))
	}
	return now, err
}
