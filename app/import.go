package app

import (
	"context"
	"errors"
	"time"

	"perennial"
	"perennial/collect/importer"
	"perennial/store/catalog"
)

// ImportOptions says what to import into which workspace.
type ImportOptions struct {
	importer.Request
	// Workspace is the name of the workspace; it is made if it does not exist,
	// with the time zone and currency of the file.
	Workspace string
}

// Import takes a file in. created tells that the workspace was made for it.
func (a *App) Import(ctx context.Context, opt ImportOptions) (report *importer.Report, ws perennial.Workspace, created bool, err error) {
	ws, err = a.Catalog.Workspace(ctx, opt.Workspace)
	switch {
	case err == nil:
		opt.Fixed = true
		if opt.Zone == nil {
			opt.Zone = ws.Zone
		}
		if opt.Currency == "" {
			opt.Currency = ws.Currency
		}
	case perennial.CodeOf(err) != "workspace.not_found":
		return nil, ws, false, err
	default:
		created = true
	}
	plain, err := a.Importer(ctx, perennial.Workspace{})
	if err != nil {
		return nil, ws, false, err
	}
	p, err := plain.Prepare(ctx, opt.Request)
	if err != nil {
		return nil, ws, false, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if created {
		fresh := perennial.Workspace{Name: opt.Workspace, Zone: p.Zone(), Currency: p.Currency(), WeekStart: time.Monday}
		if opt.DryRun {
			ws, created = fresh, false
		} else if ws, err = a.Catalog.CreateWorkspace(ctx, fresh); err != nil {
			return nil, ws, false, err
		}
	}
	im, err := a.Importer(ctx, ws)
	if err != nil {
		return nil, ws, created, err
	}
	if opt.RefusalsFile == "" && !opt.DryRun && !a.temp {
		p.KeepRefusals(a.RefusalsFile(ws))
	}
	report, err = im.Run(ctx, p, ws)
	return report, ws, created, err
}

// Undo takes an import back, whichever workspace it is in.
func (a *App) Undo(ctx context.Context, id int64) (catalog.Import, error) {
	in, err := a.Catalog.Import(ctx, id)
	if err != nil {
		return in, err
	}
	all, err := a.Catalog.Workspaces(ctx)
	if err != nil {
		return in, err
	}
	for _, ws := range all {
		if ws.ID != in.Workspace {
			continue
		}
		im, err := a.Importer(ctx, ws)
		if err != nil {
			return in, err
		}
		return im.Undo(ctx, id)
	}
	return in, perennial.NewError(perennial.KindNotFound, "workspace.not_found",
		perennial.Say("导入 %d 的工作区不在了。", "The workspace of import %d is gone.", id))
}
