package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
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
	if !opt.DryRun {
		release, err := a.alone(ctx, opt.Workspace)
		if err != nil {
			return nil, ws, false, err
		}
		defer release()
	}
	ws, err = a.Catalog.Workspace(ctx, opt.Workspace)
	switch {
	case err == nil:
		if opt.Zone == nil {
			opt.Zone = ws.Zone
		}
		if opt.Currency == "" {
			opt.Currency, opt.Fixed = ws.Currency, true
		}
	case perennial.CodeOf(err) != "workspace.not_found":
		return nil, ws, false, err
	default:
		created = true
		if !opt.DryRun {
			release, err := a.alone(ctx, newWorkspaces)
			if err != nil {
				return nil, ws, false, err
			}
			defer release()
		}
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
	if created {
		defer func() {
			if err != nil { // a workspace made for nothing goes with its import
				err = errors.Join(err, a.removeWorkspace(context.WithoutCancel(ctx), ws))
			}
		}()
	}
	im, err := a.Importer(ctx, ws)
	if err != nil {
		return nil, ws, created, err
	}
	if opt.RefusalsFile == "" && !opt.DryRun && !a.temp {
		p.KeepRefusals(a.RefusalsFile(ws))
	}
	if report, err = im.Run(ctx, p, ws); err == nil && report.Import != nil {
		c := report.Counts
		a.log.InfoContext(ctx, "import done",
			slog.Int64("id", report.Import.ID), slog.String("workspace", ws.Name), slog.String("kind", report.Import.Kind),
			slog.Int64("read", c.Read), slog.Int64("accepted", c.Accepted), slog.Int64("refused", c.Refused), slog.Int64("duplicate", c.Duplicate))
	}
	return report, ws, created, err
}

// removeWorkspace forgets a workspace and its files, but for the refused rows of
// the import that failed: they say why. It stays where its import is visible after
// all, because only the answer to the commit was lost, and where rows could not be
// removed: the next start needs to know of them.
func (a *App) removeWorkspace(ctx context.Context, ws perennial.Workspace) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	live, err := a.Catalog.Live(ctx, ws.ID)
	if err != nil || len(live) > 0 {
		return err
	}
	left, err := a.Catalog.Abandoned(ctx, ws.ID)
	if err != nil || len(left) > 0 {
		return err
	}
	if err := a.Catalog.RemoveWorkspace(ctx, ws.ID); err != nil {
		return err
	}
	var errs []error
	if w, ok := a.warehouses[ws.ID]; ok {
		delete(a.warehouses, ws.ID)
		errs = append(errs, w.Close())
	}
	dir := a.workspaceDir(ws)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	kept := false
	for _, e := range entries {
		if e.Name() == "refusals" {
			kept = true
			continue
		}
		errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	if !kept {
		errs = append(errs, os.Remove(dir))
	}
	return errors.Join(errs...)
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
		release, err := a.alone(ctx, ws.Name)
		if err != nil {
			return in, err
		}
		defer release()
		im, err := a.Importer(ctx, ws)
		if err != nil {
			return in, err
		}
		if in, err = im.Undo(ctx, id); err == nil {
			a.log.InfoContext(ctx, "import undone", slog.Int64("id", id), slog.String("workspace", ws.Name))
		}
		return in, err
	}
	return in, perennial.NewError(perennial.KindNotFound, "workspace.not_found",
		perennial.Say("导入 %d 的工作区不在了。", "The workspace of import %d is gone.", id))
}
