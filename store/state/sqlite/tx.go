package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"perennial/store/state"
)

type transaction struct{ tx *sql.Tx }

func (t transaction) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return affected(t.tx.ExecContext(ctx, query, args...))
}

func (t transaction) Query(ctx context.Context, query string, args []any, row func(func(...any) error) error) (err error) {
	rows, err := t.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("query state: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (t transaction) Get(ctx context.Context, query string, args []any, dest ...any) (bool, error) {
	return found(t.tx.QueryRowContext(ctx, query, args...).Scan(dest...))
}

func (t transaction) Prepare(ctx context.Context, query string) (state.Prepared, error) {
	stmt, err := t.tx.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	return prepared{stmt}, nil
}

type prepared struct{ stmt *sql.Stmt }

func (p prepared) Exec(ctx context.Context, args ...any) (int64, error) {
	return affected(p.stmt.ExecContext(ctx, args...))
}

func (p prepared) Get(ctx context.Context, args []any, dest ...any) (bool, error) {
	return found(p.stmt.QueryRowContext(ctx, args...).Scan(dest...))
}

func affected(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, fmt.Errorf("change state: %w", err)
	}
	return r.RowsAffected()
}

func found(err error) (bool, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("query state: %w", err)
	}
	return true, nil
}
