package warehouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"perennial/internal/sqlfile"
)

// dumpRows is the size of a row group of a dump, which is held in memory.
const dumpRows = 122_880

// dumpSuffix ends the name of a table's file.
const dumpSuffix = ".facts.parquet"

// Dump writes every table into a Parquet file of its own in dir, which exists.
// Any engine can Load it, whichever wrote it.
func Dump(ctx context.Context, w Warehouse, dir string) error {
	for _, t := range Tables {
		if err := dumpTable(ctx, w, t, filepath.Join(dir, t.Name+dumpSuffix)); err != nil {
			return fmt.Errorf("dump %s: %w", t.Name, err)
		}
	}
	return nil
}

// Dumped tells whether dir holds a dump.
func Dumped(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, Tables[len(Tables)-1].Name+dumpSuffix))
	return err == nil
}

// RemoveDump removes a dump that has been loaded: the file that Dumped looks at
// first, so that no half of a dump is ever taken for one.
func RemoveDump(dir string) error {
	var errs []error
	for _, t := range slices.Backward(Tables) {
		errs = append(errs, os.Remove(filepath.Join(dir, t.Name+dumpSuffix)))
	}
	return errors.Join(errs...)
}

// Empty tells whether no table holds a row.
func Empty(ctx context.Context, w Warehouse) (bool, error) {
	for _, t := range Tables {
		var rows int64
		st := sqlfile.Text("count "+t.Name, "select cast(count(*) as bigint) as n from "+t.Name)
		if err := w.Query(ctx, st, nil, func(b *Block) error { rows = b.Columns[0].Ints[0]; return nil }); err != nil || rows > 0 {
			return false, err
		}
	}
	return true, nil
}

// DumpRows is how many rows a dump holds.
func DumpRows(dir string) (n int64, err error) {
	for _, t := range Tables {
		err := readDump(filepath.Join(dir, t.Name+dumpSuffix), func(in *parquet.File) error {
			n += in.NumRows()
			return nil
		})
		if err != nil {
			return 0, fmt.Errorf("count dump of %s: %w", t.Name, err)
		}
	}
	return n, nil
}

// readDump opens a table's file.
func readDump(path string, read func(*parquet.File) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	in, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		return err
	}
	return read(in)
}

// Load fills an engine from a dump. What the tables held before is removed first,
// so that a Load that was interrupted can be repeated. loaded, which may be nil, is
// told how many rows have gone to the engine each time that some have.
func Load(ctx context.Context, w Warehouse, dir string, loaded func(rows int64)) error {
	for _, t := range Tables {
		if err := w.Exec(ctx, sqlfile.Text("empty "+t.Name, "delete from "+t.Name+" where 1 = 1"), nil); err != nil {
			return fmt.Errorf("load %s: %w", t.Name, err)
		}
		err := readDump(filepath.Join(dir, t.Name+dumpSuffix), func(in *parquet.File) error {
			return loadTable(ctx, w, t, in, loaded)
		})
		if err != nil {
			return fmt.Errorf("load %s: %w", t.Name, err)
		}
	}
	return nil
}

// leaf is how a kind of column lies in a dump.
func leaf(k Kind) parquet.Node {
	switch k {
	case Float:
		return parquet.Leaf(parquet.DoubleType)
	case Text:
		return parquet.String()
	case Time:
		return parquet.Timestamp(parquet.Microsecond)
	case Day:
		return parquet.Date()
	}
	return parquet.Int(64)
}

func dumpTable(ctx context.Context, w Warehouse, t Table, path string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	group := parquet.Group{}
	var names []string
	for _, field := range t.Fields {
		group[field.Name] = parquet.Compressed(leaf(field.Kind), &parquet.Zstd)
		names = append(names, field.Name)
	}
	schema := parquet.NewSchema(t.Name, group)
	out := parquet.NewGenericWriter[any](f, schema)
	at := make([]int, len(t.Fields)) // a group sorts its columns by name
	for i, name := range names {
		column, _ := schema.Lookup(name)
		at[i] = column.ColumnIndex
	}
	rows := 0
	var values []parquet.Value
	err = w.Query(ctx, sqlfile.Text("dump "+t.Name, "select "+strings.Join(names, ", ")+" from "+t.Name), nil, func(b *Block) error {
		writers := out.ColumnWriters()
		for i := range b.Columns {
			values = cells(values[:0], &b.Columns[i], b.Len, at[i])
			if _, err := writers[at[i]].WriteRowValues(values); err != nil {
				return err
			}
		}
		if rows += b.Len; rows < dumpRows {
			return nil
		}
		rows = 0
		return out.Flush()
	})
	if err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return f.Sync()
}

func cells(dst []parquet.Value, c *Column, n, at int) []parquet.Value {
	for r := range n {
		var v parquet.Value
		switch c.Kind {
		case Float:
			v = parquet.DoubleValue(c.Floats[r])
		case Text:
			v = parquet.ByteArrayValue([]byte(c.Texts[r]))
		case Day:
			v = parquet.Int32Value(int32(c.Ints[r]))
		default:
			v = parquet.Int64Value(c.Ints[r])
		}
		dst = append(dst, v.Level(0, 0, at))
	}
	return dst
}

func loadTable(ctx context.Context, w Warehouse, t Table, in *parquet.File, loaded func(rows int64)) (err error) {
	writer, err := w.Write(ctx, t)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, writer.Abort()) }()
	b := NewBlock(t.Fields, 0)
	for _, group := range in.RowGroups() {
		b.Reset()
		b.Len = int(group.NumRows())
		for i, field := range t.Fields {
			column, ok := in.Schema().Lookup(field.Name)
			if !ok || column.Node.Type().Kind() != leaf(field.Kind).Type().Kind() {
				return fmt.Errorf("the dump has no column %s of the right type", field.Name)
			}
			if err := readColumn(&b.Columns[i], group.ColumnChunks()[column.ColumnIndex]); err != nil {
				return fmt.Errorf("read %s: %w", field.Name, err)
			}
		}
		if err := writer.Append(ctx, b); err != nil {
			return err
		}
		if loaded != nil {
			loaded(int64(b.Len))
		}
	}
	return writer.Commit(ctx)
}

func readColumn(c *Column, chunk parquet.ColumnChunk) (err error) {
	pages := chunk.Pages()
	defer func() { err = errors.Join(err, pages.Close()) }()
	values := make([]parquet.Value, 1024)
	for {
		page, err := pages.ReadPage()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		reader := page.Values()
		for {
			n, err := reader.ReadValues(values)
			for _, v := range values[:n] {
				switch c.Kind {
				case Float:
					c.Floats = append(c.Floats, v.Double())
				case Text:
					c.Texts = append(c.Texts, string(v.ByteArray()))
				case Day:
					c.Ints = append(c.Ints, int64(v.Int32()))
				default:
					c.Ints = append(c.Ints, v.Int64())
				}
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
		}
		parquet.Release(page)
	}
}
