//go:build !duckdb_arrow

package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"perennial/internal/sqlfile"
	"perennial/store/warehouse"
)

const blockRows = 2048

// Query implements warehouse.Warehouse through database/sql.
func (s *Store) Query(ctx context.Context, st sqlfile.Statement, args warehouse.Args, yield func(*warehouse.Block) error) (err error) {
	text, list, err := bind(st, args)
	if err != nil {
		return err
	}
	rows, err := s.db.QueryContext(ctx, text, list...)
	if err != nil {
		return readable(fmt.Errorf("query %s: %w", st.Name, err))
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	types, err := rows.ColumnTypes()
	if err != nil {
		return fmt.Errorf("query %s: %w", st.Name, err)
	}
	fields := make([]warehouse.Field, len(types))
	dest := make([]any, len(types))
	lists := make([]bool, len(types))
	for i, t := range types {
		name, isList := strings.CutSuffix(t.DatabaseTypeName(), "[]")
		fields[i], lists[i] = warehouse.Field{Name: t.Name(), Kind: kindOf(name)}, isList
		dest[i] = new(any)
	}
	block := warehouse.NewBlock(fields, blockRows)
	for i := range lists {
		if lists[i] {
			block.Columns[i].Ends = make([]int, 0, blockRows)
		}
	}
	row := make([]any, len(types))
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return fmt.Errorf("query %s: %w", st.Name, err)
		}
		for i, d := range dest {
			if row[i], err = plain(fields[i], *d.(*any)); err != nil {
				return fmt.Errorf("query %s: %w", st.Name, err)
			}
		}
		if err := block.Add(row...); err != nil {
			return fmt.Errorf("query %s: %w", st.Name, err)
		}
		if block.Len == blockRows {
			if err := yield(block); err != nil {
				return err
			}
			block.Reset()
		}
	}
	if err := rows.Err(); err != nil {
		return readable(fmt.Errorf("query %s: %w", st.Name, err))
	}
	if block.Len > 0 {
		return yield(block)
	}
	return nil
}

func kindOf(database string) warehouse.Kind {
	switch database {
	case "DOUBLE":
		return warehouse.Float
	case "VARCHAR":
		return warehouse.Text
	case "TIMESTAMP":
		return warehouse.Time
	case "DATE":
		return warehouse.Day
	}
	return warehouse.Int
}

func plain(f warehouse.Field, v any) (any, error) {
	switch v := v.(type) {
	case int64, float64, string:
		return v, nil
	case int32:
		return int64(v), nil
	case time.Time:
		if f.Kind == warehouse.Day {
			return v.Unix() / 86400, nil
		}
		return v.UnixMicro(), nil
	}
	if list, ok := v.([]any); ok {
		return list, nil // Add looks at what is in it
	}
	return nil, fmt.Errorf("column %s holds a %T; cast it to bigint, double, varchar, date or timestamp", f.Name, v)
}

type writer struct {
	conn     *sql.Conn
	tx       *sql.Tx
	appender *duckdb.Appender
	table    warehouse.Table
	row      []driver.Value
	done     bool
}

// Write implements warehouse.Warehouse through DuckDB's appender, in one
// transaction.
func (s *Store) Write(ctx context.Context, t warehouse.Table) (warehouse.Writer, error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, readable(err)
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return nil, errors.Join(readable(err), conn.Close())
	}
	w := &writer{conn: conn, tx: tx, table: t, row: make([]driver.Value, len(t.Fields))}
	err = conn.Raw(func(raw any) error {
		w.appender, err = duckdb.NewAppenderFromConn(raw.(driver.Conn), "", t.Name)
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", t.Name, err), tx.Rollback(), conn.Close())
	}
	return w, nil
}

func (w *writer) Append(ctx context.Context, b *warehouse.Block) error {
	if len(b.Columns) != len(w.table.Fields) {
		return fmt.Errorf("append %d columns to %s, which has %d", len(b.Columns), w.table.Name, len(w.table.Fields))
	}
	for i, f := range w.table.Fields {
		if c := &b.Columns[i]; c.Name != f.Name || c.Kind != f.Kind {
			return fmt.Errorf("append column %s to %s.%s", c.Name, w.table.Name, f.Name)
		}
	}
	for r := range b.Len {
		if r%blockRows == 0 {
			if err := ctx.Err(); err != nil {
				return readable(err)
			}
		}
		for i := range b.Columns {
			switch c := &b.Columns[i]; c.Kind {
			case warehouse.Float:
				w.row[i] = c.Floats[r]
			case warehouse.Text:
				w.row[i] = c.Texts[r]
			case warehouse.Time:
				w.row[i] = time.UnixMicro(c.Ints[r]).UTC()
			case warehouse.Day:
				w.row[i] = time.Unix(c.Ints[r]*86400, 0).UTC()
			default:
				w.row[i] = c.Ints[r]
			}
		}
		if err := w.appender.AppendRow(w.row...); err != nil {
			return readable(fmt.Errorf("append to %s: %w", w.table.Name, err))
		}
	}
	return nil
}

func (w *writer) Commit(context.Context) error {
	if w.done {
		return nil
	}
	w.done = true
	if err := w.appender.Close(); err != nil {
		return errors.Join(readable(err), w.tx.Rollback(), w.conn.Close())
	}
	return errors.Join(readable(w.tx.Commit()), w.conn.Close())
}

func (w *writer) Abort() error {
	if w.done {
		return nil
	}
	w.done = true
	return errors.Join(w.appender.Clear(), w.appender.Close(), ignoreDone(w.tx.Rollback()), w.conn.Close())
}
