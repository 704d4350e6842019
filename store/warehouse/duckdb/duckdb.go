// Package duckdb is the embedded warehouse engine: DuckDB in process, one file
// a workspace. With the build tag duckdb_arrow rows move as Arrow batches; a
// build without it works and is slower.
package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/duckdb/duckdb-go/v2"

	"perennial"
	"perennial/internal/sqlfile"
	"perennial/store/state"
	"perennial/store/warehouse"
)

const engine = "duckdb"

// Options says where the warehouse is and what it may use.
type Options struct {
	// Path is the database file; it is made if it does not exist.
	Path string
	// MemoryMB bounds what DuckDB keeps in memory; beyond it, it spills beside
	// the file. 1,024 if zero.
	MemoryMB int
	// Threads is the number of worker threads; all processors if zero.
	Threads int
}

// Store is a warehouse.Warehouse on DuckDB.
type Store struct {
	db     *sql.DB
	path   string
	once   sync.Once
	closed error
}

// Open opens the warehouse and brings its schema forward.
func Open(ctx context.Context, opt Options) (*Store, error) {
	if opt.MemoryMB == 0 {
		opt.MemoryMB = 1024
	}
	if opt.Threads == 0 {
		opt.Threads = runtime.NumCPU()
	}
	_, missing := os.Stat(opt.Path)
	connector, err := duckdb.NewConnector(opt.Path, eachConnection)
	if err == nil && missing != nil && opt.Path != "" {
		// DuckDB makes files that everybody may read.
		err = os.Chmod(opt.Path, 0o600)
	}
	if err != nil {
		return nil, readable(fmt.Errorf("open warehouse: %w", err))
	}
	s := &Store{db: sql.OpenDB(connector), path: opt.Path}
	settings := []string{
		"set memory_limit = '" + strconv.Itoa(opt.MemoryMB) + "MB'",
		"set threads = " + strconv.Itoa(opt.Threads),
		// Facts have no order of arrival that matters; keeping one costs memory.
		"set preserve_insertion_order = false",
		// Nothing is fetched from anywhere.
		"set autoinstall_known_extensions = false", "set autoload_known_extensions = false",
	}
	for _, q := range settings {
		if _, err := s.db.ExecContext(ctx, q); err != nil {
			return nil, errors.Join(readable(fmt.Errorf("set up warehouse: %w", err)), s.Close())
		}
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// eachConnection settles what DuckDB keeps for each connection apart: the zone,
// which is the machine's unless said otherwise.
func eachConnection(conn driver.ExecerContext) error {
	//nolint:forbidigo // the driver opens connections without a context
	_, err := conn.ExecContext(context.Background(), "set TimeZone = 'UTC'", nil)
	return err
}

// migrate applies the missing migrations, each with its version in one
// transaction.
func (s *Store) migrate(ctx context.Context) error {
	steps, err := warehouse.Migrations(engine)
	if err != nil {
		return err
	}
	if _, err := s.db.ExecContext(ctx, "create table if not exists schema_version (version integer not null)"); err != nil {
		return readable(fmt.Errorf("migrate warehouse: %w", err))
	}
	have, err := s.version(ctx)
	if err != nil {
		return err
	}
	if have > len(steps) {
		return state.ErrNewer("数据仓库", "warehouse", have, len(steps))
	}
	for _, m := range steps[have:] {
		err := s.inTx(ctx, func(tx *sql.Tx) error {
			if m.SQL != "" { // else a step of other engines
				if _, err := tx.ExecContext(ctx, m.SQL); err != nil {
					return err
				}
			}
			_, err := tx.ExecContext(ctx, "insert into schema_version values (?)", m.Version)
			return err
		})
		if err != nil {
			return readable(fmt.Errorf("apply warehouse migration %s: %w", m.File, err))
		}
	}
	return nil
}

func (s *Store) version(ctx context.Context) (int, error) {
	var v int
	err := s.db.QueryRowContext(ctx, "select coalesce(max(version), 0) from schema_version").Scan(&v)
	if err != nil {
		return 0, readable(fmt.Errorf("read warehouse version: %w", err))
	}
	return v, nil
}

func (s *Store) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return readable(err)
	}
	if err := f(tx); err != nil {
		return errors.Join(readable(err), ignoreDone(tx.Rollback()))
	}
	return readable(tx.Commit())
}

// ignoreDone forgives the roll-back of a transaction that its context has rolled
// back already.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

func question(int) string { return "?" }

func bind(s sqlfile.Statement, args warehouse.Args) (string, []any, error) {
	text, list, err := sqlfile.Bind(s.For(engine), args, question)
	if err != nil {
		return "", nil, fmt.Errorf("bind %s: %w", s.Name, err)
	}
	return text, list, nil
}

// Dialect implements warehouse.Warehouse.
func (s *Store) Dialect() warehouse.Dialect {
	return warehouse.Dialect{Engine: engine, Sequences: warehouse.Streamed}
}

// Partial implements warehouse.Warehouse: here is all there is.
func (s *Store) Partial(ctx context.Context, st sqlfile.Statement, args warehouse.Args, yield func(*warehouse.Block) error) error {
	return s.Query(ctx, st, args, yield)
}

// Exec implements warehouse.Warehouse.
func (s *Store) Exec(ctx context.Context, st sqlfile.Statement, args warehouse.Args) error {
	text, list, err := bind(st, args)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, text, list...); err != nil {
			return fmt.Errorf("run %s: %w", st.Name, err)
		}
		return nil
	})
}

// Prepare implements warehouse.Warehouse.
func (s *Store) Prepare(ctx context.Context, st sqlfile.Statement) error {
	args := warehouse.Args{}
	for _, p := range sqlfile.Parameters(st.For(engine)) {
		args[p] = int64(0)
	}
	text, _, err := bind(st, args)
	if err != nil {
		return err
	}
	p, err := s.db.PrepareContext(ctx, text)
	if err != nil {
		return fmt.Errorf("prepare %s: %w", st.Name, err)
	}
	return p.Close()
}

// Discard implements warehouse.Warehouse.
func (s *Store) Discard(ctx context.Context, batches []int64) error {
	if len(batches) == 0 {
		return nil
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		for _, t := range warehouse.Tables {
			st := sqlfile.Text("discard "+t.Name, "delete from "+t.Name+" where batch_id in (:batches)")
			if t.Name == warehouse.Hidden.Name || t.Name == warehouse.Claims.Name {
				st = sqlfile.Text("discard "+t.Name, "delete from "+t.Name+" where by_batch in (:batches)")
			}
			text, list, err := bind(st, warehouse.Args{"batches": batches})
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, text, list...); err != nil {
				return fmt.Errorf("run %s: %w", st.Name, err)
			}
		}
		return nil
	})
}

// Rows implements warehouse.Warehouse.
func (s *Store) Rows(ctx context.Context, batches []int64) ([]warehouse.Count, error) {
	return warehouse.CountRows(ctx, batches, s.Query)
}

// Backup implements warehouse.Warehouse: a DuckDB file of its own, attached and
// filled, so that the copy is compact and consistent while readers go on.
func (s *Store) Backup(ctx context.Context, dir string) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return readable(err)
	}
	defer conn.Close()
	var name string
	if err := conn.QueryRowContext(ctx, "select current_database()").Scan(&name); err != nil {
		return readable(fmt.Errorf("back up warehouse: %w", err))
	}
	path := strings.ReplaceAll(filepath.Join(dir, "warehouse.duckdb"), "'", "''")
	if _, err := conn.ExecContext(ctx, "attach '"+path+"' as perennial_copy"); err != nil {
		return readable(fmt.Errorf("back up warehouse: %w", err))
	}
	_, err = conn.ExecContext(ctx, `copy from database "`+strings.ReplaceAll(name, `"`, `""`)+`" to perennial_copy`)
	// Also after a failure: what stays attached stays open, and in the way of the
	// next backup.
	_, after := conn.ExecContext(context.WithoutCancel(ctx), "detach perennial_copy")
	if err := errors.Join(err, after); err != nil {
		return readable(fmt.Errorf("back up warehouse: %w", err))
	}
	return os.Chmod(filepath.Join(dir, "warehouse.duckdb"), 0o600)
}

// Check implements warehouse.Warehouse: it reads every column of every table,
// so that a damaged block shows.
func (s *Store) Check(ctx context.Context) (int, error) {
	for _, t := range warehouse.Tables {
		var sums []string
		for _, f := range t.Fields {
			sums = append(sums, "bit_xor(hash("+f.Name+"))")
		}
		row := s.db.QueryRowContext(ctx, "select count(*), "+strings.Join(sums, ", ")+" from "+t.Name)
		dest := make([]any, 1+len(t.Fields))
		for i := range dest {
			dest[i] = new(any)
		}
		if err := row.Scan(dest...); err != nil {
			return 0, readable(fmt.Errorf("check %s: %w", t.Name, err))
		}
	}
	return s.version(ctx)
}

// Close implements warehouse.Warehouse.
func (s *Store) Close() error {
	s.once.Do(func() { s.closed = s.db.Close() })
	return s.closed
}

// readable gives the faults that a person can mend a code and a sentence.
func readable(err error) error {
	if err == nil || perennial.CodeOf(err) != "" {
		return err
	}
	text := err.Error()
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(text, p) {
				return true
			}
		}
		return false
	}
	switch {
	case errors.Is(err, context.Canceled), has("INTERRUPT"):
		return perennial.NewError(perennial.KindCancelled, "cancelled", perennial.Say("已停止。", "Stopped.")).
			WithHint(perennial.Say("没有留下写了一半的数据。", "Nothing half-written remains.")).Because(err)
	case has("No space left", "disk is full", "Disk quota", "Could not write all bytes", "max_temp_directory_size"):
		return perennial.NewError(perennial.KindUnavailable, "store.disk_full", perennial.Say("磁盘满了。", "The disk is full.")).
			WithHint(perennial.Say("腾出空间后再试；没有写进一半的数据。", "Free some space and try again; nothing half-written remains.")).Because(err)
	case has("Could not set lock", "Conflicting lock"):
		return perennial.NewError(perennial.KindConflict, "store.busy",
			perennial.Say("数据目录正被另一个程序使用。", "Another program is using the data directory.")).
			WithHint(perennial.Say("等它结束后再试。", "Try again when it has finished.")).Because(err)
	case has("Out of Memory", "failed to allocate", "could not allocate"):
		return perennial.NewError(perennial.KindUnavailable, "store.memory",
			perennial.Say("分析引擎的内存不够。", "The warehouse ran out of the memory it may use.")).
			WithHint(perennial.Say("在配置里调大 warehouse.memory_mb。", "Raise warehouse.memory_mb in the configuration.")).Because(err)
	case has("version number", "newer version of DuckDB", "older version of DuckDB"):
		return perennial.NewError(perennial.KindConflict, "store.newer_schema",
			perennial.Say("数据仓库由另一个版本的引擎写成。", "The warehouse was written by another version of the engine.")).
			WithHint(perennial.Say("请用写它的那个版本，或升级程序；数据没有改动。", "Use the version that wrote it, or upgrade. Nothing was changed.")).Because(err)
	case has("not a valid DuckDB", "corrupt", "Corrupt", "checksum", "Could not read enough bytes", "Could not read all bytes"):
		return perennial.NewError(perennial.KindInternal, "store.damaged",
			perennial.Say("数据仓库文件已损坏。", "The warehouse file is damaged.")).
			WithHint(perennial.Say("用 perennial restore 恢复最近的备份。", "Restore the latest backup with perennial restore.")).Because(err)
	case errors.Is(err, os.ErrPermission), has("Permission denied", "read-only"):
		return perennial.NewError(perennial.KindForbidden, "store.not_writable",
			perennial.Say("打不开数据仓库文件。", "The warehouse file cannot be opened for writing.")).
			WithHint(perennial.Say("检查目录是否有写权限。", "Check that the directory may be written.")).Because(err)
	}
	return err
}
