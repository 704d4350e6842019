package app

import (
	"context"
	"io/fs"

	"perennial"
	"perennial/api"
	"perennial/govern/account"
	"perennial/web"
)

// ServeOptions say where to serve.
type ServeOptions struct {
	Addr    string // HOST:PORT; the configuration's if empty
	Version string // of the program
	Pages   fs.FS  // the web application; the one that is built in if nil
}

// NewService makes the service of pages and API. It stands on the App, which is
// closed after the service was stopped.
func (a *App) NewService(opt ServeOptions) (*api.Service, error) {
	cfg := a.cfg.Server
	if opt.Addr != "" {
		cfg.Addr = opt.Addr
	}
	public, err := cfg.URL()
	if err != nil {
		return nil, err
	}
	proxies, err := cfg.Proxies()
	if err != nil {
		return nil, err
	}
	if opt.Pages == nil {
		if opt.Pages, err = web.Files(); err != nil {
			return nil, err
		}
	}
	open := api.Loopback(cfg.Addr)
	if cfg.Open != nil {
		open = *cfg.Open
	}
	server, err := api.New(api.Options{
		Catalog: a.Catalog, Accounts: a.Accounts, State: a.State, Shop: a, Identity: a, Intake: a, Months: a, Backups: a, Rules: a, Thresholds: a, Presets: a.Presets, Pages: opt.Pages, Now: a.now, Log: a.log,
		Version: opt.Version, PublicURL: public, Proxies: proxies, Open: open,
	})
	if err != nil {
		return nil, err
	}
	return api.NewService(cfg.Addr, server), nil
}

// PublicURL is where people reach the server of an installation, "" where that is
// its own address.
func (a *App) PublicURL() string { return a.cfg.Server.PublicURL }

// SetUpLink makes the link of the first start; ok is false where there are accounts.
func (a *App) SetUpLink(ctx context.Context) (link account.Link, ok bool, err error) {
	link, err = a.Accounts.SetUpLink(ctx)
	if perennial.CodeOf(err) == "account.set_up" {
		return link, false, nil
	}
	return link, err == nil, err
}

// DemoLink makes a link that logs in as the owner of a demonstration, whose account
// is made where there is none.
func (a *App) DemoLink(ctx context.Context, login string) (account.Link, error) {
	op, err := a.Accounts.Operator(ctx, login)
	if perennial.CodeOf(err) == "account.not_found" {
		op, _, err = a.Accounts.Add(ctx, account.Console(), account.NewOperator{Login: login, Name: "Demo"},
			account.Membership{Workspace: account.Everywhere, Grant: account.Grant{Role: account.Owner}})
	}
	if err != nil {
		return account.Link{}, err
	}
	return a.Accounts.EnterLink(ctx, account.Console(), op.ID)
}
