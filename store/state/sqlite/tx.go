package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"perennial/store/state"
)

// transaction is a state.Tx. SQLite itself would go on after a failed statement
// and run one query within another; the seam promises neither.
type transaction struct {
	tx      *sql.Tx
	failed  bool
	reading bool
}

// check looks at what is refused before SQLite hears of it.
func (t *transaction) check(args []any) error {
	if t.reading {
		return t.note(state.ErrBusyTx)
	}
	return t.note(state.CheckArgs(args))
}

// note remembers that a statement failed.
func (t *transaction) note(err error) error {
	t.failed = t.failed || err != nil
	return err
}

func (t *transaction) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := t.check(args); err != nil {
		return 0, err
	}
	return t.affected(t.tx.ExecContext(ctx, query, args...))
}

func (t *transaction) Query(ctx context.Context, query string, args []any, row func(func(...any) error) error) (err error) {
	if err := t.check(args); err != nil {
		return err
	}
	rows, err := t.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return t.note(fmt.Errorf("query state: %w", err))
	}
	t.reading = true
	defer func() {
		t.reading = false
		err = errors.Join(err, rows.Close())
	}()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return t.note(rows.Err())
}

func (t *transaction) Get(ctx context.Context, query string, args []any, dest ...any) (bool, error) {
	if err := t.check(args); err != nil {
		return false, err
	}
	return t.found(t.tx.QueryRowContext(ctx, query, args...).Scan(dest...))
}

func (t *transaction) Prepare(ctx context.Context, query string) (state.Prepared, error) {
	if err := t.check(nil); err != nil {
		return nil, err
	}
	stmt, err := t.tx.PrepareContext(ctx, query)
	if err != nil {
		return nil, t.note(fmt.Errorf("prepare: %w", err))
	}
	return prepared{t, stmt}, nil
}

type prepared struct {
	t    *transaction
	stmt *sql.Stmt
}

func (p prepared) Exec(ctx context.Context, args ...any) (int64, error) {
	if err := p.t.check(args); err != nil {
		return 0, err
	}
	return p.t.affected(p.stmt.ExecContext(ctx, args...))
}

func (p prepared) Get(ctx context.Context, args []any, dest ...any) (bool, error) {
	if err := p.t.check(args); err != nil {
		return false, err
	}
	return p.t.found(p.stmt.QueryRowContext(ctx, args...).Scan(dest...))
}

func (t *transaction) affected(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, t.note(fmt.Errorf("change state: %w", err))
	}
	return r.RowsAffected()
}

func (t *transaction) found(err error) (bool, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, t.note(fmt.Errorf("query state: %w", err))
	}
	return true, nil
}
