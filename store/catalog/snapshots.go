package catalog

import (
	"context"
	"fmt"
	"time"

	"perennial"
	"perennial/store/state"
)

const (
	snapshotWriting = "writing"
	snapshotCurrent = "current"
)

// Snapshot is what the analysis of a workspace said last. The scores of its
// customers are in the warehouse under its id.
type Snapshot struct {
	ID        int64
	AsOf      perennial.Day
	MadeAt    time.Time
	Currency  perennial.Currency
	Customers int64
	Basis     string // tells whether what it stands on has changed
	Picture   string // JSON
}

// BeginSnapshot reserves an id under which scores may be written; they are visible
// to nobody until FinishSnapshot.
func (c *Catalog) BeginSnapshot(ctx context.Context, workspace int64) (id int64, err error) {
	err = c.state.Update(ctx, func(tx state.Tx) error {
		if _, err := tx.Get(ctx, "select coalesce(max(id), 0) + 1 from snapshots where workspace_id = ?", []any{workspace}, &id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "insert into snapshots (workspace_id, id, status, as_of, made_at, currency, customers, basis, picture) values (?, ?, ?, 0, ?, '', 0, '', '')",
			workspace, id, snapshotWriting, c.now().UnixMicro())
		return err
	})
	return id, err
}

// FinishSnapshot makes a snapshot the current one, in place of the one before.
func (c *Catalog) FinishSnapshot(ctx context.Context, workspace int64, s Snapshot) error {
	return c.state.Update(ctx, func(tx state.Tx) error {
		n, err := tx.Exec(ctx, "update snapshots set status = ?, as_of = ?, made_at = ?, currency = ?, customers = ?, basis = ?, picture = ? where workspace_id = ? and id = ? and status = ?",
			snapshotCurrent, int64(s.AsOf), c.now().UnixMicro(), string(s.Currency), s.Customers, s.Basis, s.Picture, workspace, s.ID, snapshotWriting)
		if err != nil {
			return err
		}
		if n != 1 {
			return fmt.Errorf("finish snapshot %d: it was not being written", s.ID)
		}
		_, err = tx.Exec(ctx, "delete from snapshots where workspace_id = ? and id < ?", workspace, s.ID)
		return err
	})
}

// Snapshot returns the current snapshot of a workspace; ok is false where there is
// none.
func (c *Catalog) Snapshot(ctx context.Context, workspace int64) (s Snapshot, ok bool, err error) {
	err = c.state.View(ctx, func(tx state.Tx) error {
		var asOf, made int64
		var currency string
		ok, err = tx.Get(ctx, "select id, as_of, made_at, currency, customers, basis, picture from snapshots where workspace_id = ? and status = ?",
			[]any{workspace, snapshotCurrent}, &s.ID, &asOf, &made, &currency, &s.Customers, &s.Basis, &s.Picture)
		s.AsOf, s.MadeAt, s.Currency = perennial.Day(asOf), time.UnixMicro(made), perennial.Currency(currency)
		return err
	})
	return s, ok, err
}

// SnapshotID returns the id of the current snapshot of a workspace, 0 where there is
// none.
func (c *Catalog) SnapshotID(ctx context.Context, workspace int64) (id int64, err error) {
	err = c.state.View(ctx, func(tx state.Tx) error {
		_, err := tx.Get(ctx, "select id from snapshots where workspace_id = ? and status = ?", []any{workspace, snapshotCurrent}, &id)
		return err
	})
	return id, err
}

// ForgetSnapshots removes every snapshot of a workspace: the next analysis makes one
// anew.
func (c *Catalog) ForgetSnapshots(ctx context.Context, workspace int64) error {
	return c.state.Update(ctx, func(tx state.Tx) error {
		_, err := tx.Exec(ctx, "delete from snapshots where workspace_id = ?", workspace)
		return err
	})
}
