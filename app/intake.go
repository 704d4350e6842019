package app

import (
	"context"
	"fmt"
	"path/filepath"

	"perennial"
	"perennial/collect/importer"
	"perennial/govern/account"
	"perennial/store/catalog"
	"perennial/store/state"
)

// Look says what a file and its columns were taken for.
func (a *App) Look(ctx context.Context, req importer.Request) (*importer.Look, error) {
	im, err := a.Importer(ctx, perennial.Workspace{})
	if err != nil {
		return nil, err
	}
	return im.Look(ctx, req)
}

// Take imports a file into a workspace that exists and writes down who asked for it;
// a dry run keeps nothing.
func (a *App) Take(ctx context.Context, by account.Actor, ws perennial.Workspace, req importer.Request) (*importer.Report, error) {
	if !req.DryRun {
		if err := a.record(ctx, by, ws, "import.run", filepath.Base(req.Path), string(req.Kind)); err != nil {
			return nil, err
		}
	}
	report, _, _, err := a.Import(ctx, ImportOptions{Request: req, Workspace: ws.Name})
	return report, err
}

// TakeBack undoes an import of a workspace and writes down who asked for it.
func (a *App) TakeBack(ctx context.Context, by account.Actor, ws perennial.Workspace, id int64) (importer.Undone, error) {
	in, err := a.Catalog.Import(ctx, id)
	if err == nil && in.Workspace != ws.ID {
		err = catalog.NoImport(id)
	}
	if err == nil {
		err = a.record(ctx, by, ws, "import.undo", fmt.Sprint(id), in.File)
	}
	if err != nil {
		return importer.Undone{}, err
	}
	return a.Undo(ctx, id)
}

// record writes down what is asked for before it is done: what fails was asked for
// all the same.
func (a *App) record(ctx context.Context, by account.Actor, ws perennial.Workspace, action, target, detail string) error {
	return a.State.Update(ctx, func(tx state.Tx) error {
		return a.Accounts.Record(ctx, tx, by, ws.ID, action, target, detail)
	})
}

// UploadsDir is where files wait that a browser has sent to a workspace.
func (a *App) UploadsDir(ws perennial.Workspace) string {
	return filepath.Join(a.workspaceDir(ws), "uploads")
}

// RefusedRows is the file with the refused rows of an import, as they were but for
// personal values.
func (a *App) RefusedRows(ws perennial.Workspace, id int64) string {
	return fmt.Sprintf(a.RefusalsFile(ws), id)
}
