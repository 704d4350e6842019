package account

import (
	"context"
	"time"

	"perennial/store/state"
)

// Entry is one line of the record of what was done.
type Entry struct {
	ID        int64     `json:"id"`
	At        time.Time `json:"at"`
	Operator  int64     `json:"operator,omitempty"`
	Key       int64     `json:"key,omitempty"`
	Who       string    `json:"who"`
	Workspace int64     `json:"workspace,omitempty"` // 0 for the whole installation
	Action    string    `json:"action"`
	Target    string    `json:"target,omitempty"`
	Detail    string    `json:"detail,omitempty"`
}

// Record writes down that an actor did something, in the transaction that does
// it. workspace 0 is the whole installation. Neither target nor detail holds
// personal data of customers.
func (a *Accounts) Record(ctx context.Context, tx state.Tx, by Actor, workspace int64, action, target, detail string) error {
	id, err := nextID(ctx, tx, "audit")
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into audit (id, at, operator_id, key_id, who, workspace_id, action, target, detail)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?)`, id, a.now().UnixMicro(), by.Operator, by.Key, by.Name, workspace, action, target, detail)
	return err
}

// Audit returns what was done in a workspace, newest first: at most limit entries
// with ids below before; before 0 begins with the newest. workspace 0 has what
// concerns the whole installation.
func (a *Accounts) Audit(ctx context.Context, workspace, before int64, limit int) ([]Entry, error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	return a.entries(ctx, "where workspace_id = ? and id < ? order by id desc limit ?", workspace, before, int64(limit))
}

// Done returns every time that something was done in a workspace, oldest first.
func (a *Accounts) Done(ctx context.Context, workspace int64, action string) ([]Entry, error) {
	return a.entries(ctx, "where workspace_id = ? and action = ? order by id", workspace, action)
}

func (a *Accounts) entries(ctx context.Context, which string, args ...any) (out []Entry, err error) {
	err = a.state.View(ctx, func(tx state.Tx) error {
		out = []Entry{}
		return tx.Query(ctx, "select id, at, operator_id, key_id, who, workspace_id, action, target, detail from audit "+which, args,
			func(scan func(...any) error) error {
				var e Entry
				var at int64
				err := scan(&e.ID, &at, &e.Operator, &e.Key, &e.Who, &e.Workspace, &e.Action, &e.Target, &e.Detail)
				e.At = time.UnixMicro(at).UTC()
				out = append(out, e)
				return err
			})
	})
	return out, err
}
