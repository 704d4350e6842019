// Package sqlite is the embedded state engine: SQLite in WAL mode, one file.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"syscall"
	"time"

	"github.com/mattn/go-sqlite3" // registers the driver "sqlite3"

	"perennial"
	"perennial/store/state"
)

// Options says where the database is.
type Options struct {
	// Path is the database file; it is made if it does not exist.
	Path string
	// BusyTimeout is how long a transaction waits for another process; 10 s if
	// zero.
	BusyTimeout time.Duration
	// Schema is the version to stop the migrations at, for restoring a dump of
	// that version; 0 means the newest.
	Schema int
}

// Store is a state.State on SQLite.
type Store struct {
	// Writers share one connection: SQLite allows one writer at a time, and
	// waiting in Go is fair where its busy handler is not.
	write *sql.DB
	read  *sql.DB
}

// Open opens the database and brings its schema forward.
func Open(ctx context.Context, opt Options) (*Store, error) {
	if opt.BusyTimeout == 0 {
		opt.BusyTimeout = 10 * time.Second
	}
	// synchronous=FULL: a committed import must survive a power cut.
	params := url.Values{
		"_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_foreign_keys": {"on"},
		"_busy_timeout": {fmt.Sprint(opt.BusyTimeout.Milliseconds())},
	}
	dsn := "file:" + (&url.URL{Path: opt.Path}).EscapedPath() + "?" + params.Encode()
	// SQLite would make a file that everybody may read; those beside it follow it. One
	// that cannot be opened is SQLite's to tell.
	if f, err := os.OpenFile(opt.Path, os.O_RDWR|os.O_CREATE, 0o600); err == nil {
		if err := f.Close(); err != nil {
			return nil, fmt.Errorf("open state: %w", err)
		}
	}
	write, err := sql.Open("sqlite3", dsn+"&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	write.SetMaxOpenConns(1)
	s := &Store{write: write}
	if err := s.migrate(ctx, opt.Schema); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	if s.read, err = sql.Open("sqlite3", dsn+"&_query_only=on"); err != nil {
		return nil, errors.Join(fmt.Errorf("open state: %w", err), write.Close())
	}
	return s, nil
}

// migrate applies the missing migrations, each with its version in one
// transaction: a step is wholly there or wholly absent.
func (s *Store) migrate(ctx context.Context, schema int) error {
	steps, err := state.Migrations("sqlite")
	if err != nil {
		return err
	}
	var have int
	if err := s.write.QueryRowContext(ctx, "pragma user_version").Scan(&have); err != nil {
		return readable(fmt.Errorf("read state version: %w", err))
	}
	if have > len(steps) {
		return state.ErrNewer("状态库", "state database", have, len(steps))
	}
	if schema > 0 {
		steps = steps[:max(have, min(schema, len(steps)))]
	}
	for _, m := range steps[have:] {
		tx, err := s.write.BeginTx(ctx, nil)
		if err != nil {
			return readable(fmt.Errorf("migrate state: %w", err))
		}
		_, err = tx.ExecContext(ctx, m.SQL)
		if err == nil {
			// A pragma takes no parameter; the version is a number of ours.
			_, err = tx.ExecContext(ctx, fmt.Sprintf("pragma user_version = %d", m.Version))
		}
		if err == nil {
			err = tx.Commit()
		} else {
			err = errors.Join(err, tx.Rollback())
		}
		if err != nil {
			return readable(fmt.Errorf("apply state migration %s: %w", m.File, err))
		}
	}
	return nil
}

// View implements state.State.
func (s *Store) View(ctx context.Context, f func(state.Tx) error) error {
	return run(ctx, s.read, f)
}

// Update implements state.State.
func (s *Store) Update(ctx context.Context, f func(state.Tx) error) error {
	return run(ctx, s.write, f)
}

func run(ctx context.Context, db *sql.DB, f func(state.Tx) error) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return readable(fmt.Errorf("begin: %w", err))
	}
	done := false
	defer func() {
		// Also when f panics: the one writing connection must come free.
		if !done {
			err = errors.Join(err, ignoreDone(tx.Rollback()))
		}
	}()
	t := &transaction{tx: tx}
	if err := f(t); err != nil {
		return readable(err)
	}
	if t.failed {
		return state.ErrFailedTx
	}
	done = true
	if err := tx.Commit(); err != nil {
		return readable(fmt.Errorf("commit: %w", err))
	}
	return nil
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// Check implements state.State.
func (s *Store) Check(ctx context.Context) (int, error) {
	var verdict string
	if err := s.read.QueryRowContext(ctx, "pragma quick_check(1)").Scan(&verdict); err != nil {
		return 0, readable(fmt.Errorf("check state: %w", err))
	}
	if verdict != "ok" {
		return 0, damaged(errors.New(verdict))
	}
	var version int
	if err := s.read.QueryRowContext(ctx, "pragma user_version").Scan(&version); err != nil {
		return 0, fmt.Errorf("check state: %w", err)
	}
	return version, nil
}

// Close implements state.State.
func (s *Store) Close() error { return errors.Join(s.read.Close(), s.write.Close()) }

// readable gives the faults that a person can mend a code and a sentence.
func readable(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) || perennial.CodeOf(err) != "" {
		return err
	}
	if e.SystemErrno == syscall.ENOSPC { // for the shared-memory file the code says only ErrIoErr
		e.Code = sqlite3.ErrFull
	}
	switch e.Code {
	case sqlite3.ErrFull:
		return perennial.NewError(perennial.KindUnavailable, "store.disk_full",
			perennial.Say("磁盘满了。", "The disk is full.")).
			WithHint(perennial.Say("腾出空间后再试；没有写进一半的数据。", "Free some space and try again; nothing half-written remains.")).
			Because(err)
	case sqlite3.ErrNotADB, sqlite3.ErrCorrupt:
		return damaged(err)
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return perennial.NewError(perennial.KindConflict, "store.busy",
			perennial.Say("数据目录正被另一个程序使用。", "Another program is using the data directory.")).
			WithHint(perennial.Say("等它结束后再试。", "Try again when it has finished.")).Because(err)
	case sqlite3.ErrCantOpen, sqlite3.ErrReadonly, sqlite3.ErrPerm:
		return perennial.NewError(perennial.KindForbidden, "store.not_writable",
			perennial.Say("打不开数据目录里的状态库。", "The state database cannot be opened for writing.")).
			WithHint(perennial.Say("检查目录是否存在、是否有写权限。", "Check that the directory exists and may be written.")).Because(err)
	}
	return err
}

func damaged(err error) error {
	return perennial.NewError(perennial.KindInternal, "store.damaged",
		perennial.Say("状态库已损坏。", "The state database is damaged.")).
		WithHint(perennial.Say("用 perennial restore 恢复最近的备份。", "Restore the latest backup with perennial restore.")).Because(err)
}
