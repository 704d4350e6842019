package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"perennial/internal/sqlfile"
	"perennial/store/state"
)

// bytewise makes new columns of text compare by their bytes.
//
//go:embed bytewise.sql
var bytewise string

// migrate applies the missing steps on one connection under a lock of its
// session, so that of processes that start at once one migrates and the others
// wait. Each step and its version are one transaction: wholly there or wholly
// absent. A schema above 0 is the version to stop at.
func (s *Store) migrate(ctx context.Context, steps []sqlfile.Migration, schema int) (err error) {
	pooled, err := s.write.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	// The connection ends with the migration, and with it the lock, in whatever
	// state it is.
	conn := pooled.Hijack()
	defer func() {
		if err != nil && conn.IsClosed() && ctx.Err() == nil {
			err = lost(err)
		}
		_ = conn.Close(context.WithoutCancel(ctx))
	}()
	if err := acceptable(conn.PgConn().ParameterStatus("server_version"), conn.PgConn().ParameterStatus("server_encoding")); err != nil {
		return err
	}
	// Another's migration may take its time; only ctx limits the waiting.
	if err := simple(ctx, conn, "set lock_timeout = 0; select pg_advisory_lock("+strconv.Itoa(lockMigrate)+")"); err != nil {
		return fmt.Errorf("migrate state: %w", err)
	}
	have, ours, err := schemaVersion(ctx, conn)
	if err != nil {
		return err
	}
	if !ours {
		if err := unused(ctx, conn); err != nil {
			return err
		}
	}
	if have > len(steps) {
		return state.ErrNewer("状态库", "state database", have, len(steps))
	}
	if schema > 0 {
		steps = steps[:max(have, min(schema, len(steps)))]
	}
	for _, m := range steps[have:] {
		if err := step(ctx, conn, m); err != nil {
			return fmt.Errorf("apply state migration %s: %w", m.File, err)
		}
	}
	return nil
}

// schemaVersion reads the version table; ours tells whether there is one.
func schemaVersion(ctx context.Context, conn *pgx.Conn) (have int, ours bool, err error) {
	// In a database whose schema is whole nothing is created: a role that may
	// not create tables can still work in it.
	if err := conn.QueryRow(ctx, "select to_regclass('perennial_schema') is not null").Scan(&ours); err != nil {
		return 0, false, fmt.Errorf("read state version: %w", err)
	}
	if !ours {
		return 0, false, nil
	}
	if err := conn.QueryRow(ctx, "select version from perennial_schema").Scan(&have); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, true, fmt.Errorf("read state version: %w", err)
	}
	return have, true, nil
}

// unused refuses a database in which another program has something, in whichever
// schema: it is locked, restored and thrown away as a whole. What extensions bring is
// nobody's.
func unused(ctx context.Context, conn *pgx.Conn) error {
	var found string
	err := conn.QueryRow(ctx, `select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where c.relkind in ('r', 'p', 'f', 'v', 'm', 'S', 'c') and n.nspname <> 'information_schema' and n.nspname not like 'pg\_%'
			and not exists (select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
		order by n.nspname, c.relname limit 1`).Scan(&found)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("look for other tables: %w", err)
	}
	return strangeTables(conn.Config().Database, found)
}

func step(ctx context.Context, conn *pgx.Conn, m sqlfile.Migration) error {
	for _, sql := range []string{
		"begin", "create table if not exists perennial_schema (version bigint not null)", m.SQL, bytewise,
		"delete from perennial_schema", "insert into perennial_schema (version) values (" + strconv.Itoa(m.Version) + ")",
	} {
		if err := simple(ctx, conn, sql); err != nil {
			return err
		}
	}
	return simple(ctx, conn, "commit")
}
