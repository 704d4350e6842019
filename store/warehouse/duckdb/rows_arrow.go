//go:build duckdb_arrow

package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/duckdb/duckdb-go/v2"

	"perennial/internal/sqlfile"
	"perennial/store/warehouse"
)

// Query implements warehouse.Warehouse. Numbers are handed on without a copy.
func (s *Store) Query(ctx context.Context, st sqlfile.Statement, args warehouse.Args, yield func(*warehouse.Block) error) error {
	text, list, err := bind(st, args)
	if err != nil {
		return err
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return readable(fmt.Errorf("query %s: %w", st.Name, err))
	}
	defer conn.Close()
	return conn.Raw(func(raw any) error {
		a, err := duckdb.NewArrowFromConn(raw.(*duckdb.Conn))
		if err != nil {
			return fmt.Errorf("query %s: %w", st.Name, err)
		}
		reader, err := a.QueryContext(ctx, text, list...)
		if err != nil {
			return readable(fmt.Errorf("query %s: %w", st.Name, err))
		}
		defer reader.Release()
		var block warehouse.Block
		for reader.Next() {
			if err := toBlock(&block, reader.RecordBatch()); err != nil {
				return fmt.Errorf("query %s: %w", st.Name, err)
			}
			if err := yield(&block); err != nil {
				return err
			}
		}
		if err := reader.Err(); err != nil {
			return readable(fmt.Errorf("query %s: %w", st.Name, err))
		}
		return nil
	})
}

func toBlock(b *warehouse.Block, r arrow.RecordBatch) error {
	if len(b.Columns) == 0 {
		b.Columns = make([]warehouse.Column, r.NumCols())
	}
	b.Len = int(r.NumRows())
	for i := range b.Columns {
		c := &b.Columns[i]
		c.Name = r.ColumnName(i)
		col := r.Column(i)
		if col.NullN() > 0 {
			return fmt.Errorf("column %s has no value in %d rows; results have no nulls", c.Name, col.NullN())
		}
		switch col := col.(type) {
		case *array.Int64:
			c.Kind, c.Ints = warehouse.Int, col.Int64Values()
		case *array.Timestamp:
			v := col.TimestampValues()
			c.Kind, c.Ints = warehouse.Time, unsafe.Slice((*int64)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
		case *array.Float64:
			c.Kind, c.Floats = warehouse.Float, col.Float64Values()
		case *array.Int32:
			c.Kind, c.Ints = warehouse.Int, widen(c.Ints[:0:cap(c.Ints)], col.Int32Values())
		case *array.Date32:
			c.Kind, c.Ints = warehouse.Day, widen(c.Ints[:0:cap(c.Ints)], col.Date32Values())
		case *array.String:
			c.Kind, c.Texts = warehouse.Text, c.Texts[:0]
			for k := range col.Len() {
				c.Texts = append(c.Texts, strings.Clone(col.Value(k))) // the batch's memory is DuckDB's
			}
		case *array.List:
			if err := toLists(c, col); err != nil {
				return err
			}
		default:
			return fmt.Errorf("column %s is of type %s; cast it to bigint, double, varchar, date or timestamp", c.Name, col.DataType())
		}
	}
	return nil
}

func toLists(c *warehouse.Column, col *array.List) error {
	c.Ends = c.Ends[:0]
	from, to := 0, 0
	for r := range col.Len() {
		begin, end := col.ValueOffsets(r)
		if r == 0 {
			from = int(begin)
		}
		to = int(end)
		c.Ends = append(c.Ends, to-from)
	}
	switch values := col.ListValues().(type) {
	case *array.Int64:
		c.Kind, c.Ints = warehouse.Int, values.Int64Values()[from:to]
	case *array.Float64:
		c.Kind, c.Floats = warehouse.Float, values.Float64Values()[from:to]
	default:
		return fmt.Errorf("column %s has lists of type %s; cast them to bigint or double", c.Name, col.DataType())
	}
	return nil
}

func widen[T ~int32](dst []int64, src []T) []int64 {
	for _, v := range src {
		dst = append(dst, int64(v))
	}
	return dst
}

var viewNumber atomic.Int64 // names of views are per connection, but cheap to keep apart

type writer struct {
	conn   *sql.Conn
	tx     *sql.Tx
	table  warehouse.Table
	schema *arrow.Schema
	done   bool
}

// Write implements warehouse.Warehouse: one transaction, one INSERT … SELECT
// from an Arrow view for each block.
func (s *Store) Write(ctx context.Context, t warehouse.Table) (warehouse.Writer, error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, readable(err)
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return nil, errors.Join(readable(err), conn.Close())
	}
	fields := make([]arrow.Field, len(t.Fields))
	for i, f := range t.Fields {
		fields[i] = arrow.Field{Name: f.Name, Type: arrowType(f.Kind)}
	}
	return &writer{conn: conn, tx: tx, table: t, schema: arrow.NewSchema(fields, nil)}, nil
}

func arrowType(k warehouse.Kind) arrow.DataType {
	switch k {
	case warehouse.Float:
		return arrow.PrimitiveTypes.Float64
	case warehouse.Text:
		return arrow.BinaryTypes.String
	case warehouse.Time:
		// Without a zone, as the columns are: with one DuckDB would convert to the
		// connection's zone.
		return &arrow.TimestampType{Unit: arrow.Microsecond}
	case warehouse.Day:
		return arrow.FixedWidthTypes.Date32
	}
	return arrow.PrimitiveTypes.Int64
}

func (w *writer) Append(ctx context.Context, b *warehouse.Block) error {
	if b.Len == 0 {
		return nil
	}
	record, err := w.record(b)
	if err != nil {
		return err
	}
	defer record.Release()
	reader, err := array.NewRecordReader(w.schema, []arrow.RecordBatch{record})
	if err != nil {
		return fmt.Errorf("append to %s: %w", w.table.Name, err)
	}
	defer reader.Release()
	view := fmt.Sprintf("perennial_rows_%d", viewNumber.Add(1))
	var release func()
	err = w.conn.Raw(func(raw any) error {
		a, err := duckdb.NewArrowFromConn(raw.(*duckdb.Conn))
		if err == nil {
			release, err = a.RegisterView(reader, view)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("append to %s: %w", w.table.Name, err)
	}
	defer release()
	if _, err := w.tx.ExecContext(ctx, "insert into "+w.table.Name+" select * from "+view); err != nil {
		return readable(fmt.Errorf("append to %s: %w", w.table.Name, err))
	}
	if _, err := w.tx.ExecContext(ctx, "drop view "+view); err != nil {
		return readable(fmt.Errorf("append to %s: %w", w.table.Name, err))
	}
	return nil
}

// record wraps the block's columns; numbers are not copied.
func (w *writer) record(b *warehouse.Block) (arrow.RecordBatch, error) {
	if len(b.Columns) != len(w.table.Fields) {
		return nil, fmt.Errorf("append %d columns to %s, which has %d", len(b.Columns), w.table.Name, len(w.table.Fields))
	}
	cols := make([]arrow.Array, len(b.Columns))
	for i := range b.Columns {
		c, f := &b.Columns[i], w.table.Fields[i]
		if c.Name != f.Name || c.Kind != f.Kind {
			return nil, fmt.Errorf("append column %s to %s.%s", c.Name, w.table.Name, f.Name)
		}
		cols[i] = arrowColumn(c, b.Len)
	}
	record := array.NewRecordBatch(w.schema, cols, int64(b.Len))
	for _, c := range cols {
		c.Release()
	}
	return record, nil
}

func arrowColumn(c *warehouse.Column, n int) arrow.Array {
	var buffers []*memory.Buffer
	switch c.Kind {
	case warehouse.Text:
		offsets := make([]int32, n+1)
		size := 0
		for _, s := range c.Texts {
			size += len(s)
		}
		data := make([]byte, 0, size)
		for i, s := range c.Texts {
			data = append(data, s...)
			offsets[i+1] = int32(len(data))
		}
		buffers = []*memory.Buffer{nil, memory.NewBufferBytes(bytesOf(offsets)), memory.NewBufferBytes(data)}
	case warehouse.Float:
		buffers = []*memory.Buffer{nil, memory.NewBufferBytes(bytesOf(c.Floats))}
	case warehouse.Day:
		days := make([]int32, n)
		for i, v := range c.Ints {
			days[i] = int32(v)
		}
		buffers = []*memory.Buffer{nil, memory.NewBufferBytes(bytesOf(days))}
	default:
		buffers = []*memory.Buffer{nil, memory.NewBufferBytes(bytesOf(c.Ints))}
	}
	data := array.NewData(arrowType(c.Kind), n, buffers, nil, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

func bytesOf[T any](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero)))
}

func (w *writer) Commit(context.Context) error {
	if w.done {
		return nil
	}
	w.done = true
	return errors.Join(readable(w.tx.Commit()), w.conn.Close())
}

func (w *writer) Abort() error {
	if w.done {
		return nil
	}
	w.done = true
	return errors.Join(ignoreDone(w.tx.Rollback()), w.conn.Close())
}
