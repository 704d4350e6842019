package app

import (
	"context"

	"perennial"
	"perennial/identity"
	"perennial/store/catalog"
	"perennial/store/state"
)

// Stale tells whether anything has changed that a snapshot stands on.
func (a *App) Stale(ctx context.Context, ws perennial.Workspace, s catalog.Snapshot) (bool, error) {
	basis, err := a.basis(ctx, ws)
	return basis != s.Basis, err
}

// Known returns the text by which the shop knows each of some customers: the id of
// its files, else the phone number, else nothing.
func (a *App) Known(ctx context.Context, ws perennial.Workspace, customers []perennial.CustomerKey) ([]string, error) {
	known := make(map[perennial.CustomerKey]string, len(customers))
	err := a.State.View(ctx, func(tx state.Tx) error {
		for _, kind := range []perennial.IdentifierKind{perennial.IdentifierPhone, perennial.IdentifierID} {
			err := a.Vault.RevealOf(ctx, tx, ws.ID, string(kind), customers, func(key perennial.CustomerKey, text string) error {
				known[key] = text
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	out := make([]string, len(customers))
	for i, key := range customers {
		out[i] = known[key]
	}
	return out, err
}

// Identified returns the customer of an identifier, 0 where it is nobody's. The text is
// as files have it.
func (a *App) Identified(ctx context.Context, ws perennial.Workspace, kind perennial.IdentifierKind, text string) (perennial.CustomerKey, error) {
	register, err := identity.Open(ctx, a.State, a.Vault, ws.ID)
	if err != nil {
		return 0, err
	}
	return register.Find(ctx, kind, text)
}

// newWorkspaces is whose turn imports take that make a workspace: no workspace is
// called so. It is taken before that of any workspace which is there.
const newWorkspaces = ""

// alone waits until nobody else changes a workspace and returns what lets in the
// next one. Imports and snapshots of one workspace come one after another: a warehouse
// has one writer, and a snapshot removes the scores of those before it.
func (a *App) alone(ctx context.Context, workspace string) (release func(), err error) {
	a.mu.Lock()
	turn, ok := a.turns[workspace]
	if !ok {
		turn = make(chan struct{}, 1)
		a.turns[workspace] = turn
	}
	a.mu.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
