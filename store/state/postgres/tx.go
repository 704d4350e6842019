package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"perennial"
	"perennial/store/state"
)

// transaction is a state.Tx on the connection that it has for itself.
type transaction struct {
	conn    *pgx.Conn
	words   *words
	failed  bool
	reading bool
}

// check looks at what is refused before the server hears of it.
func (t *transaction) check(args []any) error {
	if t.reading {
		return t.note(state.ErrBusyTx)
	}
	return t.note(state.CheckArgs(args))
}

// note remembers that a statement failed: the server then refuses all that
// follow.
func (t *transaction) note(err error) error {
	t.failed = t.failed || err != nil
	return err
}

// lost tells an error of f from the end of the connection beneath it.
func (t *transaction) lost(ctx context.Context, err error) error {
	if t.failed && t.conn.IsClosed() && ctx.Err() == nil && perennial.CodeOf(err) == "" {
		return lost(err)
	}
	return err
}

func (t *transaction) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return t.exec(ctx, t.words.of(query), args)
}

func (t *transaction) exec(ctx context.Context, query string, args []any) (int64, error) {
	if err := t.check(args); err != nil {
		return 0, err
	}
	tag, err := t.conn.Exec(ctx, query, args...)
	if err != nil {
		return 0, t.note(fmt.Errorf("change state: %w", err))
	}
	return tag.RowsAffected(), nil
}

func (t *transaction) Query(ctx context.Context, query string, args []any, row func(func(...any) error) error) error {
	if err := t.check(args); err != nil {
		return err
	}
	rows, err := t.conn.Query(ctx, t.words.of(query), args...)
	if err != nil {
		return t.note(fmt.Errorf("query state: %w", err))
	}
	t.reading = true
	defer func() {
		t.reading = false
		rows.Close()
	}()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return t.note(fmt.Errorf("query state: %w", err))
	}
	return nil
}

func (t *transaction) Get(ctx context.Context, query string, args []any, dest ...any) (bool, error) {
	return t.get(ctx, t.words.of(query), args, dest)
}

func (t *transaction) get(ctx context.Context, query string, args, dest []any) (bool, error) {
	if err := t.check(args); err != nil {
		return false, err
	}
	err := t.conn.QueryRow(ctx, query, args...).Scan(dest...)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, t.note(fmt.Errorf("query state: %w", err))
	}
	return true, nil
}

func (t *transaction) Prepare(ctx context.Context, query string) (state.Prepared, error) {
	if err := t.check(nil); err != nil {
		return nil, err
	}
	query = t.words.of(query)
	// Under its own text as its name the statement stays with the connection: the
	// next transaction finds it there.
	if _, err := t.conn.Prepare(ctx, query, query); err != nil {
		return nil, t.note(fmt.Errorf("prepare: %w", err))
	}
	return prepared{t, query}, nil
}

type prepared struct {
	t     *transaction
	query string
}

func (p prepared) Exec(ctx context.Context, args ...any) (int64, error) {
	return p.t.exec(ctx, p.query, args)
}

func (p prepared) Get(ctx context.Context, args []any, dest ...any) (bool, error) {
	return p.t.get(ctx, p.query, args, dest)
}

// words remembers the server's form of each query, which are a fixed number:
// what varies is in the arguments.
type words struct{ known sync.Map }

func (w *words) of(query string) string {
	if s, ok := w.known.Load(query); ok {
		return s.(string)
	}
	s := numbered(query)
	w.known.Store(query, s)
	return s
}

// numbered turns each ? that is neither in quotes nor in a comment into $1, $2, …
func numbered(query string) string {
	var b strings.Builder
	n := 0
	for i := 0; i < len(query); {
		end := i + 1
		switch c := query[i]; {
		case c == '\'' || c == '"':
			if j := strings.IndexByte(query[end:], c); j >= 0 {
				end += j + 1
			} else {
				end = len(query)
			}
		case strings.HasPrefix(query[i:], "--"):
			end = i + closing(query[i:], "\n")
		case strings.HasPrefix(query[i:], "/*"):
			end = i + closing(query[i:], "*/")
		case c == '?':
			n++
			b.WriteString("$" + strconv.Itoa(n))
			i = end
			continue
		}
		b.WriteString(query[i:end])
		i = end
	}
	return b.String()
}

// closing returns the length of s up to and with its end.
func closing(s, end string) int {
	if i := strings.Index(s, end); i >= 0 {
		return i + len(end)
	}
	return len(s)
}

// sqlState returns the code that the server gave an error, or "".
func sqlState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
