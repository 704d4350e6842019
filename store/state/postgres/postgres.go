// Package postgres is the state engine for more than one machine: PostgreSQL,
// asked through pgx.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"perennial"
	"perennial/store/state"
)

// oldest is the first major release that is supported.
const oldest = 14

// Keys of advisory locks, which a database's programs share. They spell
// "perennial", more or less, and are never changed: an older program beside a
// newer one must find the same locks.
const (
	lockWrite   = 0x7065_7265_6e01
	lockMigrate = 0x7065_7265_6e02
	lockOwner   = 0x7065_7265_6e03
)

// attempts bounds how often a transaction is run that the server gave up on.
const attempts = 5

// Options says where the database is.
type Options struct {
	// URL is postgres://user:password@host:port/database, with the parameters
	// that libpq knows (sslmode, search_path, several hosts).
	URL string
	// MaxConns bounds the connections of readers; 8 if zero. One more writes.
	MaxConns int
	// ConnectTimeout is how long the server may take to answer a new connection;
	// 10 s if zero.
	ConnectTimeout time.Duration
	// BusyTimeout is how long a write waits for one of another process; 10 s if
	// zero.
	BusyTimeout time.Duration
	// Schema is the version to stop the migrations at, for restoring a dump of
	// that version; 0 means the newest.
	Schema int
	// Owner asks for the database alone, until Close, and names who has it to
	// others who ask. Another owner's database is an error with the code
	// store.in_use: from Open, or from the first write after a connection was lost
	// and another took the database over. "" shares it.
	Owner string
	// OwnerWait is how long to wait for the owner before; 2 s if zero. The server
	// needs a moment to notice that a process was killed.
	OwnerWait time.Duration
}

// Store is a state.State on PostgreSQL.
type Store struct {
	// Writers of this process wait for one another in Go; among processes an
	// advisory lock decides.
	write *writers
	read  *pgxpool.Pool
	words *words
}

// Open connects to the database and brings its schema forward.
func Open(ctx context.Context, opt Options) (s *Store, err error) {
	if opt.MaxConns == 0 {
		opt.MaxConns = 8
	}
	if opt.ConnectTimeout == 0 {
		opt.ConnectTimeout = 10 * time.Second
	}
	if opt.BusyTimeout == 0 {
		opt.BusyTimeout = 10 * time.Second
	}
	if opt.OwnerWait == 0 {
		opt.OwnerWait = 2 * time.Second
	}
	s = &Store{words: &words{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
			s = nil
		}
	}()
	one, err := pool(ctx, opt, 1)
	if err != nil {
		return s, err
	}
	s.write = &writers{pool: one, turn: make(chan struct{}, 1)}
	opt.Owner = ""
	if s.read, err = pool(ctx, opt, opt.MaxConns); err != nil {
		return s, err
	}
	steps, err := state.Migrations("postgres")
	if err != nil {
		return s, err
	}
	if err := s.migrate(ctx, steps, opt.Schema); err != nil {
		return s, readable(err)
	}
	// The connection that will write: an owner's is one from now on.
	conn, err := s.write.pool.Acquire(ctx)
	if err != nil {
		return s, readable(fmt.Errorf("connect: %w", err))
	}
	conn.Release()
	return s, nil
}

func pool(ctx context.Context, opt Options, conns int) (*pgxpool.Pool, error) {
	u, err := url.Parse(opt.URL)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, invalidURL()
	}
	cfg, err := pgxpool.ParseConfig(opt.URL)
	if err != nil {
		return nil, unreadable(u) // the cause might show the password
	}
	cfg.MaxConns = int32(conns)
	c := cfg.ConnConfig
	c.ConnectTimeout = opt.ConnectTimeout
	set := func(name, value string) {
		if _, ok := c.RuntimeParams[name]; !ok {
			c.RuntimeParams[name] = value
		}
	}
	set("application_name", "perennial")
	set("lock_timeout", strconv.FormatInt(opt.BusyTimeout.Milliseconds(), 10))
	if opt.Owner != "" {
		own(cfg, opt)
	}
	p, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, invalidURL()
	}
	return p, nil
}

// View implements state.State.
func (s *Store) View(ctx context.Context, f func(state.Tx) error) error {
	return readable(s.view(ctx, f))
}

func (s *Store) view(ctx context.Context, f func(state.Tx) error) error {
	conn, err := open(ctx, s.read, "begin isolation level repeatable read, read only")
	if err != nil {
		return err
	}
	defer func() {
		// Also when f panics. The pool drops a connection that is closed or still
		// in a transaction.
		if !conn.Conn().IsClosed() {
			_ = simple(context.WithoutCancel(ctx), conn.Conn(), "rollback")
		}
		conn.Release()
	}()
	t := &transaction{conn: conn.Conn(), words: s.words}
	if err := f(t); err != nil {
		return t.lost(ctx, err)
	}
	if t.failed {
		return state.ErrFailedTx
	}
	return ctx.Err()
}

// Update implements state.State. Once it has the lock no other write is under
// way, so that each statement sees what all earlier writes left and none fails
// for a conflict with them; see docs/decisions on why not serializable.
func (s *Store) Update(ctx context.Context, f func(state.Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := s.write.run(ctx, s.words, f)
		undone := errors.Is(err, errUndone)
		if attempt < attempts && (undone || conflict(err)) {
			continue
		}
		if undone {
			err = lost(err)
		}
		return readable(err)
	}
}

// open begins a transaction. Where the server went away since the last one, each
// pooled connection is dead: then the pool is emptied and one more is tried.
func open(ctx context.Context, p *pgxpool.Pool, begin string) (*pgxpool.Conn, error) {
	for again := true; ; again = false {
		conn, err := p.Acquire(ctx)
		if err != nil {
			return nil, fmt.Errorf("connect: %w", err)
		}
		if err = simple(ctx, conn.Conn(), begin); err == nil {
			return conn, nil
		}
		dead := conn.Conn().IsClosed()
		if !dead {
			// The transaction has begun where its lock was refused.
			_ = simple(context.WithoutCancel(ctx), conn.Conn(), "rollback")
		}
		conn.Release()
		if !dead || !again || ctx.Err() != nil {
			if dead && ctx.Err() == nil {
				err = lost(err)
			}
			return nil, fmt.Errorf("begin: %w", err)
		}
		p.Reset()
	}
}

// simple runs statements without parameters in one round trip.
func simple(ctx context.Context, conn *pgx.Conn, sql string) error {
	_, err := conn.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

// Check implements state.State. PostgreSQL has no quick check of its own: each
// table is read throughout, which finds pages that cannot be read.
func (s *Store) Check(ctx context.Context) (version int, err error) {
	err = s.View(ctx, func(tx state.Tx) error {
		if _, err := tx.Get(ctx, "select version from perennial_schema", nil, &version); err != nil {
			return err
		}
		steps, err := state.Migrations("postgres")
		if err != nil || version != len(steps) {
			return err // an older schema has other tables
		}
		for _, t := range state.Tables {
			var rows int64
			if _, err := tx.Get(ctx, "select count(*) from "+t.Name, nil, &rows); err != nil {
				return err
			}
		}
		return nil
	})
	return version, err
}

// Close implements state.State.
func (s *Store) Close() error {
	if s.read != nil {
		s.read.Close()
	}
	if s.write != nil {
		s.write.pool.Close()
	}
	return nil
}

// conflict reports whether the server gave a transaction up that may well
// succeed when it is run again: nothing of it was done.
func conflict(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && perennial.CodeOf(err) == "" && (e.Code == "40001" || e.Code == "40P01")
}
