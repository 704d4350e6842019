package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"perennial"
	"perennial/store/state"
)

// The states of an import.
const (
	ImportRunning = "running"
	ImportDone    = "done"
	ImportUndone  = "undone"
	ImportFailed  = "failed"
)

// StatusText names the state of an import for people.
func StatusText(status string) perennial.Text {
	switch status {
	case ImportDone:
		return perennial.Say("已导入", "imported")
	case ImportUndone:
		return perennial.Say("已撤销", "undone")
	case ImportFailed:
		return perennial.Say("未完成", "not finished")
	case ImportRunning:
		return perennial.Say("进行中", "running")
	}
	return perennial.Text{ZH: status, EN: status}
}

// ErrNotDone tells that an import cannot be undone for the state that it is in.
func ErrNotDone(in Import) *perennial.Error {
	status := StatusText(in.Status)
	return perennial.NewError(perennial.KindConflict, "import.not_done", perennial.Text{
		ZH: fmt.Sprintf("导入 %d 现在不能撤销：它的状态是“%s”。", in.ID, status.ZH),
		EN: fmt.Sprintf("Import %d cannot be undone: it is %s.", in.ID, status.EN),
	}).WithHint(perennial.Say("只有状态是“已导入”的可以撤销；perennial import list 列出所有导入。",
		"Only one that is imported can be undone; perennial import list shows them all."))
}

// The states of a batch: written but not visible, visible, taken back.
const (
	batchPending = "pending"
	batchLive    = "live"
	batchUndone  = "undone"
)

// Import is one file taken in.
type Import struct {
	ID        int64     `json:"id"`
	Workspace int64     `json:"-"`
	Batch     int64     `json:"-"`
	Kind      string    `json:"kind"` // orders, customers, products
	File      string    `json:"file"`
	FileHash  string    `json:"file_hash"`
	Status    string    `json:"status"`
	CreatedAt time.Time `json:"created_at"`
	Rows      Rows      `json:"rows"`
	Report    string    `json:"-"` // the importer's own, in JSON
}

// Rows counts a file's rows: Read = Accepted + Refused + Duplicate.
type Rows struct {
	Read      int64 `json:"read"`
	Accepted  int64 `json:"accepted"`
	Refused   int64 `json:"refused"`
	Duplicate int64 `json:"duplicate"`
}

// Refusal is one row of the quarantine. Value is masked where it is personal.
type Refusal struct {
	Line   int            `json:"line"`
	Column string         `json:"column"`
	Value  string         `json:"value"`
	Code   string         `json:"code"`
	Reason perennial.Text `json:"reason"`
	Hint   perennial.Text `json:"hint"`
}

// BeginImport notes that an import runs and gives it a batch that is not visible.
func (c *Catalog) BeginImport(ctx context.Context, in Import) (Import, error) {
	in.Status, in.CreatedAt = ImportRunning, c.now().UTC()
	err := c.state.Update(ctx, func(tx state.Tx) error {
		if _, err := tx.Get(ctx, "select coalesce(max(id), 0) + 1 from imports", nil, &in.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "insert into imports (id, workspace_id, kind, file_name, file_hash, status, created_at) values (?, ?, ?, ?, ?, ?, ?)",
			in.ID, in.Workspace, in.Kind, text(in.File), in.FileHash, in.Status, in.CreatedAt.UnixMicro()); err != nil {
			return err
		}
		var err error
		in.Batch, err = newBatch(ctx, tx, in.Workspace, in.ID, batchPending)
		return err
	})
	return in, err
}

func newBatch(ctx context.Context, tx state.Tx, workspace, importID int64, status string) (id int64, err error) {
	if _, err := tx.Get(ctx, "select next_batch from workspaces where id = ?", []any{workspace}, &id); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, "update workspaces set next_batch = ? where id = ?", id+1, workspace); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, "insert into batches (workspace_id, id, import_id, status) values (?, ?, ?, ?)", workspace, id, importID, status)
	return id, err
}

// FinishImport makes an import visible: its batch with what the warehouse holds of
// it, its refusals and whatever more writes in the same transaction (new customers)
// become true together.
func (c *Catalog) FinishImport(ctx context.Context, in Import, stored Stored, refusals []Refusal, more func(state.Tx) error) error {
	return c.state.Update(ctx, func(tx state.Tx) error {
		n, err := tx.Exec(ctx, `update imports set status = ?, finished_at = ?, rows_read = ?, rows_accepted = ?, rows_refused = ?,
			rows_duplicate = ?, report = ? where id = ? and status = ?`, ImportDone, c.now().UnixMicro(),
			in.Rows.Read, in.Rows.Accepted, in.Rows.Refused, in.Rows.Duplicate, in.Report, in.ID, ImportRunning)
		if err != nil {
			return err
		}
		if n != 1 {
			return notRunning(in.ID)
		}
		if _, err := tx.Exec(ctx, "update batches set status = ? where workspace_id = ? and id = ?", batchLive, in.Workspace, in.Batch); err != nil {
			return err
		}
		if err := putStored(ctx, tx, in.Workspace, in.Batch, stored); err != nil {
			return err
		}
		put, err := tx.Prepare(ctx, `insert into quarantine (import_id, line, seq, column_name, value, code, reason_zh, reason_en, hint_zh, hint_en)
			values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
		if err != nil {
			return err
		}
		for i, r := range refusals {
			if _, err := put.Exec(ctx, in.ID, r.Line, i, text(r.Column), text(r.Value), r.Code,
				text(r.Reason.ZH), text(r.Reason.EN), text(r.Hint.ZH), text(r.Hint.EN)); err != nil {
				return err
			}
		}
		return more(tx)
	})
}

// NoImport tells that there is no such import, or none that concerns who asks.
func NoImport(id int64) error {
	return perennial.NewError(perennial.KindNotFound, "import.not_found",
		perennial.Say("没有编号为 %s 的导入。", "There is no import %s.", strconv.FormatInt(id, 10))).
		WithHint(perennial.Say("用 perennial import list 查看编号。", "perennial import list shows the ids."))
}

// notRunning tells that another process took the installation over while this one
// was at work (it lost its connection): it ended the work as nobody's, and its rows
// are gone.
func notRunning(id int64) error {
	return perennial.NewError(perennial.KindConflict, "import.taken_over",
		perennial.Say("导入 %d 已被另一个进程结束。", "Import %d was ended by another process.", id)).
		WithHint(perennial.Say("什么都没有改动；再运行一次同一条命令。", "Nothing was changed; run the same command again."))
}

// text makes what a file or a file system brought storable: a name need not be
// UTF-8, and a cell may hold a NUL, which is often why it was refused.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

// FailImport notes that an import ended without becoming visible; its batch may
// then be discarded from the warehouse.
func (c *Catalog) FailImport(ctx context.Context, in Import) error {
	return c.state.Update(ctx, func(tx state.Tx) error {
		if _, err := tx.Exec(ctx, "update imports set status = ?, finished_at = ? where id = ? and status = ?",
			ImportFailed, c.now().UnixMicro(), in.ID, ImportRunning); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "update batches set status = ? where workspace_id = ? and import_id = ? and status = ?",
			batchUndone, in.Workspace, in.ID, batchPending)
		return err
	})
}

// Abandoned returns the batches that are neither live nor part of a running
// import that this process owns: what a crash left. The caller has sole
// ownership of the data directory, so every running import is abandoned.
func (c *Catalog) Abandoned(ctx context.Context, workspace int64) ([]int64, error) {
	return c.batches(ctx, workspace, batchPending)
}

// EndAbandoned marks every running import as failed. The caller has sole ownership
// of the data directory, so nobody runs them; their batches stay pending until
// their rows are discarded.
func (c *Catalog) EndAbandoned(ctx context.Context) error {
	running := 0
	err := c.state.View(ctx, func(tx state.Tx) error {
		_, err := tx.Get(ctx, "select count(*) from imports where status = ?", []any{ImportRunning}, &running)
		return err
	})
	if err != nil || running == 0 {
		return err
	}
	return c.state.Update(ctx, func(tx state.Tx) error {
		_, err := tx.Exec(ctx, "update imports set status = ?, finished_at = ? where status = ?", ImportFailed, c.now().UnixMicro(), ImportRunning)
		return err
	})
}

// ForgetAbandoned marks running imports of a workspace as failed after their
// rows were discarded.
func (c *Catalog) ForgetAbandoned(ctx context.Context, workspace int64) error {
	return c.state.Update(ctx, func(tx state.Tx) error {
		if _, err := tx.Exec(ctx, "update imports set status = ? where workspace_id = ? and status = ?", ImportFailed, workspace, ImportRunning); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "update batches set status = ? where workspace_id = ? and status = ?", batchUndone, workspace, batchPending)
		return err
	})
}

func (c *Catalog) batches(ctx context.Context, workspace int64, status string) (out []int64, err error) {
	err = c.state.View(ctx, func(tx state.Tx) error {
		return tx.Query(ctx, "select id from batches where workspace_id = ? and status = ? order by id", []any{workspace, status},
			func(scan func(...any) error) error {
				var id int64
				if err := scan(&id); err != nil {
					return err
				}
				out = append(out, id)
				return nil
			})
	})
	return out, err
}

const importColumns = `select id, workspace_id, kind, file_name, file_hash, status, created_at,
	rows_read, rows_accepted, rows_refused, rows_duplicate, report from imports`

func scanImport(scan func(...any) error) (in Import, err error) {
	var created int64
	err = scan(&in.ID, &in.Workspace, &in.Kind, &in.File, &in.FileHash, &in.Status, &created,
		&in.Rows.Read, &in.Rows.Accepted, &in.Rows.Refused, &in.Rows.Duplicate, &in.Report)
	in.CreatedAt = time.UnixMicro(created).UTC()
	return in, err
}

// Imports lists a workspace's imports, newest first.
func (c *Catalog) Imports(ctx context.Context, workspace int64) (out []Import, err error) {
	err = c.state.View(ctx, func(tx state.Tx) error {
		return tx.Query(ctx, importColumns+" where workspace_id = ? order by id desc", []any{workspace}, func(scan func(...any) error) error {
			in, err := scanImport(scan)
			out = append(out, in)
			return err
		})
	})
	return out, err
}

// Import finds an import by its id in any workspace.
func (c *Catalog) Import(ctx context.Context, id int64) (in Import, err error) {
	found := false
	err = c.state.View(ctx, func(tx state.Tx) error {
		return tx.Query(ctx, importColumns+" where id = ?", []any{id}, func(scan func(...any) error) error {
			found = true
			in, err = scanImport(scan)
			return err
		})
	})
	if err == nil && !found {
		err = NoImport(id)
	}
	return in, err
}

// ImportOf returns the import that each live batch of a workspace belongs to.
func (c *Catalog) ImportOf(ctx context.Context, workspace int64) (map[int64]int64, error) {
	out := map[int64]int64{}
	err := c.state.View(ctx, func(tx state.Tx) error {
		return tx.Query(ctx, "select id, import_id from batches where workspace_id = ? and status = ?", []any{workspace, batchLive},
			func(scan func(...any) error) error {
				var batch, in int64
				if err := scan(&batch, &in); err != nil {
					return err
				}
				out[batch] = in
				return nil
			})
	})
	return out, err
}

// CarryBatch gives an import a further batch, not visible yet: the place for
// documents that it claims and whose holder is being undone.
func (c *Catalog) CarryBatch(ctx context.Context, workspace, importID int64) (id int64, err error) {
	err = c.state.Update(ctx, func(tx state.Tx) error {
		id, err = newBatch(ctx, tx, workspace, importID, batchPending)
		return err
	})
	return id, err
}

// UndoImport takes an import back and makes the carried batches visible, with what
// the warehouse holds of each, in one transaction.
func (c *Catalog) UndoImport(ctx context.Context, in Import, carried map[int64]Stored) error {
	return c.state.Update(ctx, func(tx state.Tx) error {
		n, err := tx.Exec(ctx, "update imports set status = ?, undone_at = ? where id = ? and status = ?", ImportUndone, c.now().UnixMicro(), in.ID, ImportDone)
		if err != nil {
			return err
		}
		if n != 1 {
			return ErrNotDone(in)
		}
		if _, err := tx.Exec(ctx, "update batches set status = ? where workspace_id = ? and import_id = ? and status = ?", batchUndone, in.Workspace, in.ID, batchLive); err != nil {
			return err
		}
		for _, id := range slices.Sorted(maps.Keys(carried)) {
			n, err := tx.Exec(ctx, "update batches set status = ? where workspace_id = ? and id = ? and status = ?", batchLive, in.Workspace, id, batchPending)
			if err != nil {
				return err
			}
			if n != 1 {
				return notRunning(in.ID)
			}
			if err := putStored(ctx, tx, in.Workspace, id, carried[id]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Refusals returns an import's quarantine in the order of the file.
func (c *Catalog) Refusals(ctx context.Context, importID int64) (out []Refusal, err error) {
	err = c.state.View(ctx, func(tx state.Tx) error {
		return tx.Query(ctx, `select line, column_name, value, code, reason_zh, reason_en, hint_zh, hint_en
			from quarantine where import_id = ? order by line, seq`, []any{importID}, func(scan func(...any) error) error {
			var r Refusal
			err := scan(&r.Line, &r.Column, &r.Value, &r.Code, &r.Reason.ZH, &r.Reason.EN, &r.Hint.ZH, &r.Hint.EN)
			out = append(out, r)
			return err
		})
	})
	return out, err
}
