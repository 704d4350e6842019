// Package catalog holds what an installation has: its workspaces, their imports
// and which batches of facts are visible. A warehouse row carries its batch; the
// batch is visible while it is live here, so that an import appears, and
// disappears, in one state transaction.
package catalog

import (
	"context"
	"fmt"
	"strings"
	"time"

	"perennial"
	"perennial/store/state"
)

// Catalog reads and writes the catalogue. It is safe for concurrent use.
type Catalog struct {
	state state.State
	now   func() time.Time
}

// New makes a catalogue on a state database; now is the clock.
func New(s state.State, now func() time.Time) *Catalog { return &Catalog{s, now} }

const workspaceColumns = "select id, name, time_zone, currency, week_start from workspaces"

func scanWorkspace(scan func(...any) error) (perennial.Workspace, error) {
	var w perennial.Workspace
	var zone, currency string
	var week int64
	if err := scan(&w.ID, &w.Name, &zone, &currency, &week); err != nil {
		return w, err
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return w, fmt.Errorf("workspace %s: %w", w.Name, err)
	}
	w.Zone, w.Currency, w.WeekStart = loc, perennial.Currency(currency), time.Weekday(week)
	return w, nil
}

// Workspaces lists all workspaces by name.
func (c *Catalog) Workspaces(ctx context.Context) (out []perennial.Workspace, err error) {
	err = c.state.View(ctx, func(tx state.Tx) error {
		return tx.Query(ctx, workspaceColumns+" order by name", nil, func(scan func(...any) error) error {
			w, err := scanWorkspace(scan)
			out = append(out, w)
			return err
		})
	})
	return out, err
}

// Workspace finds a workspace by its name.
func (c *Catalog) Workspace(ctx context.Context, name string) (perennial.Workspace, error) {
	all, err := c.Workspaces(ctx)
	if err != nil {
		return perennial.Workspace{}, err
	}
	for _, w := range all {
		if w.Name == name {
			return w, nil
		}
	}
	return perennial.Workspace{}, perennial.NewError(perennial.KindNotFound, "workspace.not_found",
		perennial.Say("没有名为“%s”的工作区。", "There is no workspace %q.", name)).
		WithHint(perennial.Say("第一次导入会自动建立：perennial import orders 文件 --workspace %[1]s。",
			"The first import makes it: perennial import orders FILE --workspace %[1]s.", name))
}

// CreateWorkspace stores a new workspace and returns it with its id.
func (c *Catalog) CreateWorkspace(ctx context.Context, w perennial.Workspace) (perennial.Workspace, error) {
	return c.CreateWorkspaceWith(ctx, w, func(state.Tx, perennial.Workspace) error { return nil })
}

// CreateWorkspaceWith is CreateWorkspace with more to be done in its transaction,
// for which the workspace has its id.
func (c *Catalog) CreateWorkspaceWith(ctx context.Context, w perennial.Workspace, more func(state.Tx, perennial.Workspace) error) (perennial.Workspace, error) {
	if err := perennial.CheckWorkspaceName(w.Name); err != nil {
		return w, err
	}
	err := c.state.Update(ctx, func(tx state.Tx) error {
		taken := false
		err := tx.Query(ctx, "select name from workspaces", nil, func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			// Names become folders, and on many disks Shop and shop are one.
			taken = taken || strings.EqualFold(name, w.Name)
			return err
		})
		if err != nil {
			return err
		}
		if taken {
			return perennial.NewError(perennial.KindConflict, "workspace.exists",
				perennial.Say("工作区“%s”已经存在。", "The workspace %q exists already.", w.Name)).
				WithHint(perennial.Say("换一个名字；大小写不同也算同一个。", "Choose another name; upper and lower case are the same."))
		}
		if _, err := tx.Get(ctx, "select coalesce(max(id), 0) + 1 from workspaces", nil, &w.ID); err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, "insert into workspaces (id, name, time_zone, currency, week_start, created_at) values (?, ?, ?, ?, ?, ?)",
			w.ID, w.Name, w.Zone.String(), string(w.Currency), int64(w.WeekStart), c.now().UnixMicro()); err != nil {
			return err
		}
		return more(tx, w)
	})
	return w, err
}

// ChangeWorkspace changes a workspace's settings by change, and does more in its
// transaction, to which it tells what they were. The name stays: it is the folder's.
// Time zone and currency stay once there are facts (workspace.zone_fixed,
// workspace.currency_fixed): the days of orders were taken in that zone, amounts
// without a currency in that one, and figures of old and new orders would no longer
// mean the same.
func (c *Catalog) ChangeWorkspace(ctx context.Context, workspace int64, change func(*perennial.Workspace) error, more func(tx state.Tx, was, now perennial.Workspace) error) (w perennial.Workspace, err error) {
	err = c.state.Update(ctx, func(tx state.Tx) error {
		found := false
		err := tx.Query(ctx, workspaceColumns+" where id = ?", []any{workspace}, func(scan func(...any) error) (err error) {
			found = true
			w, err = scanWorkspace(scan)
			return err
		})
		if err == nil && !found {
			err = fmt.Errorf("workspace %d does not exist", workspace)
		}
		if err != nil {
			return err
		}
		was := w
		if err := change(&w); err != nil {
			return err
		}
		w.ID, w.Name = was.ID, was.Name
		var live int64
		if _, err := tx.Get(ctx, "select count(*) from batches where workspace_id = ? and status = ?", []any{workspace, batchLive}, &live); err != nil {
			return err
		}
		switch {
		case live > 0 && w.Zone.String() != was.Zone.String():
			return perennial.NewError(perennial.KindConflict, "workspace.zone_fixed",
				perennial.Say("已有数据，时区不能再改：每笔订单属于哪一天，是按 %s 定的。", "There are data, so the time zone stays: the day of each order was taken in %s.", was.Zone)).
				WithHint(anotherWorkspace())
		case live > 0 && w.Currency != was.Currency:
			return perennial.NewError(perennial.KindConflict, "workspace.currency_fixed",
				perennial.Say("已有数据，货币不能再改：没写货币的金额都按 %s 入账。", "There are data, so the currency stays: amounts that name none were taken for %s.", was.Currency)).
				WithHint(anotherWorkspace())
		}
		if _, err := tx.Exec(ctx, "update workspaces set time_zone = ?, currency = ?, week_start = ? where id = ?",
			w.Zone.String(), string(w.Currency), int64(w.WeekStart), workspace); err != nil {
			return err
		}
		return more(tx, was, w)
	})
	return w, err
}

func anotherWorkspace() perennial.Text {
	return perennial.Say("撤销全部导入后可以改；或新建一个工作区重新导入。", "Take all imports back to change it, or make another workspace and import there.")
}

// RemoveWorkspace forgets a workspace in which no import was ever finished: one
// that was made for an import that failed. Identities are not touched, as only a
// finished import stores any.
func (c *Catalog) RemoveWorkspace(ctx context.Context, workspace int64) error {
	return c.state.Update(ctx, func(tx state.Tx) error {
		var finished int64
		if _, err := tx.Get(ctx, "select count(*) from imports where workspace_id = ? and status in (?, ?)",
			[]any{workspace, ImportDone, ImportUndone}, &finished); err != nil {
			return err
		}
		if finished > 0 {
			return fmt.Errorf("workspace %d has imports", workspace)
		}
		for _, q := range []string{
			"delete from batches where workspace_id = ?", "delete from batch_rows where workspace_id = ?", "delete from imports where workspace_id = ?",
			"delete from settings where workspace_id = ?", "delete from snapshots where workspace_id = ?",
			"delete from views where workspace_id = ?", "delete from closed_months where workspace_id = ?", "delete from workspaces where id = ?",
			// The number will be another workspace's: whoever was let into this one must
			// not be in that.
			"delete from memberships where workspace_id = ?", "delete from api_keys where workspace_id = ?",
		} {
			if _, err := tx.Exec(ctx, q, workspace); err != nil {
				return err
			}
		}
		return nil
	})
}

// Live returns the batches of a workspace that are visible now, ascending.
func (c *Catalog) Live(ctx context.Context, workspace int64) ([]int64, error) {
	return c.batches(ctx, workspace, batchLive)
}

// Setting returns the newest version of a workspace's setting; version 0 means
// that there is none.
func (c *Catalog) Setting(ctx context.Context, workspace int64, name string) (value string, version int64, err error) {
	err = c.state.View(ctx, func(tx state.Tx) error {
		_, err := tx.Get(ctx, "select value, version from settings where workspace_id = ? and name = ? order by version desc limit 1",
			[]any{workspace, name}, &value, &version)
		return err
	})
	return value, version, err
}

// Settings returns all versions of a workspace's setting, oldest first.
func (c *Catalog) Settings(ctx context.Context, workspace int64, name string) (values []string, err error) {
	err = c.state.View(ctx, func(tx state.Tx) error {
		return tx.Query(ctx, "select value from settings where workspace_id = ? and name = ? order by version", []any{workspace, name},
			func(scan func(...any) error) error {
				var v string
				err := scan(&v)
				values = append(values, v)
				return err
			})
	})
	return values, err
}

// PutSetting stores a new version of a setting and returns its number; older
// versions stay, because results name the version that made them.
func (c *Catalog) PutSetting(ctx context.Context, workspace int64, name, value string) (version int64, err error) {
	return c.ChangeSetting(ctx, workspace, name, func(state.Tx, string, int64) (string, error) { return value, nil })
}

// ChangeSetting stores what change makes of the newest version of a setting, "" and 0
// where there is none, as a new one; an error of change leaves everything as it is. change
// runs in the transaction and may run more than once.
func (c *Catalog) ChangeSetting(ctx context.Context, workspace int64, name string, change func(tx state.Tx, newest string, version int64) (string, error)) (version int64, err error) {
	err = c.state.Update(ctx, func(tx state.Tx) error {
		var newest string
		version = 0
		if _, err := tx.Get(ctx, "select value, version from settings where workspace_id = ? and name = ? order by version desc limit 1",
			[]any{workspace, name}, &newest, &version); err != nil {
			return err
		}
		value, err := change(tx, newest, version)
		if err != nil {
			return err
		}
		version++
		_, err = tx.Exec(ctx, "insert into settings (workspace_id, name, value, version) values (?, ?, ?, ?)", workspace, name, value, version)
		return err
	})
	return version, err
}
