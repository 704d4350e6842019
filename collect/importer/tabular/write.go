package tabular

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"perennial"
)

// ColumnType says what a written column holds. Only Parquet needs to know
// beforehand.
type ColumnType uint8

// The column types. AnyType is settled by the first 1,024 rows and is text where
// they hold nothing.
const (
	AnyType ColumnType = iota
	TextType
	IntType
	FloatType
	DayType    // perennial.Day
	AmountType // perennial.Amount, all of one currency
	BoolType
)

// Column is a column of a table to be written.
type Column struct {
	Name string
	Type ColumnType
}

// TableWriter writes a table from the top: the header once, then row by row.
// Values are string, int, int64, float64, perennial.Day, perennial.Amount, bool
// or nil, as many as there are columns; anything else is an error. NaN and
// infinities are written as nothing.
//
// Nothing stands under the file's name before Close, which puts it there whole
// or not at all. Abort throws away what was written; after Close it does
// nothing, so that it can be deferred.
type TableWriter interface {
	Header(columns ...Column) error
	Row(values ...any) error
	Close() error
	Abort()
}

// ColumnsOf returns columns of AnyType.
func ColumnsOf(names ...string) []Column {
	out := make([]Column, len(names))
	for i, name := range names {
		out[i].Name = name
	}
	return out
}

// Create begins a table in the format that the extension of path names: .csv
// (with a byte order mark, so that Excel reads it as UTF-8), .tsv, .xlsx or
// .parquet. A file that is there is replaced by Close.
func Create(path string) (TableWriter, error) {
	var format func(io.Writer) encoder
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".csv":
		format = func(w io.Writer) encoder { return newCSVEncoder(w, ',', true) }
	case ".tsv":
		format = func(w io.Writer) encoder { return newCSVEncoder(w, '\t', false) }
	case ".xlsx":
		format = func(w io.Writer) encoder { return &xlsxEncoder{w: w} }
	case ".parquet":
		format = func(w io.Writer) encoder { return &parquetEncoder{w: w} }
	default:
		return nil, invalid("file.unknown_format", "不知道“%s”要写成什么格式。", "There is no telling which format %q should have.", filepath.Base(path)).
			WithHint(perennial.Say("文件名以 .csv、.tsv、.xlsx 或 .parquet 结尾。", "Let the name end in .csv, .tsv, .xlsx or .parquet."))
	}
	w := &fileWriter{path: path}
	if err := w.create(); err != nil {
		return nil, openError(path, err)
	}
	w.encoder = format(w.tmp)
	return w, nil
}

// encoder is a format's part of a TableWriter.
type encoder interface {
	header(columns []Column) error
	row(values []any) error
	close() error // the end of the format, not of the file
	abort()
}

// fileWriter writes beside the file and renames at the end.
type fileWriter struct {
	path    string
	tmp     *os.File
	encoder encoder
	columns int
	err     error
}

// create opens a file that nobody else has. It is its owner's alone: a table may
// say who the customers are.
func (w *fileWriter) create() error {
	dir, base := filepath.Split(w.path)
	for n := 0; ; n++ {
		name := filepath.Join(dir, fmt.Sprintf(".%s.%d-%d.tmp", base, os.Getpid(), n))
		tmp, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) && n < 1000 {
			continue
		}
		w.tmp = tmp
		return err
	}
}

// fail keeps the first error and says what it means.
func (w *fileWriter) fail(err error) error {
	if err == nil || w.err != nil {
		return w.err
	}
	var e *perennial.Error
	switch {
	case errors.As(err, &e):
	case errors.Is(err, syscall.ENOSPC):
		err = diskFull(filepath.Base(w.path), err)
	default:
		err = fmt.Errorf("write %s: %w", w.path, err)
	}
	w.err = err
	return err
}

func (w *fileWriter) Header(columns ...Column) error {
	if w.err != nil {
		return w.err
	}
	if w.columns > 0 || len(columns) == 0 {
		return w.fail(errors.New("a table has one header with at least one column"))
	}
	w.columns = len(columns)
	return w.fail(w.encoder.header(columns))
}

func (w *fileWriter) Row(values ...any) error {
	if w.err != nil {
		return w.err
	}
	if len(values) != w.columns || w.columns == 0 {
		return w.fail(fmt.Errorf("a row of %d values for %d columns", len(values), w.columns))
	}
	return w.fail(w.encoder.row(values))
}

// errFinished is what a closed or aborted writer answers.
var errFinished = errors.New("the table is finished")

func (w *fileWriter) Close() error {
	if w.tmp == nil {
		return w.err
	}
	if w.err == nil {
		_ = w.fail(w.encoder.close())
	}
	if w.err == nil {
		_ = w.fail(w.tmp.Sync())
	}
	if w.err != nil {
		err := w.err
		w.Abort()
		return err
	}
	name := w.tmp.Name()
	_ = w.fail(w.tmp.Close()) // kept in w.err
	w.tmp = nil
	if w.err == nil {
		_ = w.fail(os.Rename(name, w.path))
	}
	if w.err != nil {
		os.Remove(name)
		return w.err
	}
	w.err = errFinished
	return nil
}

func (w *fileWriter) Abort() {
	if w.tmp == nil {
		return
	}
	w.encoder.abort()
	w.tmp.Close()
	os.Remove(w.tmp.Name())
	w.tmp, w.err = nil, errFinished
}

// valueError says that a value has no place in a table.
func valueError(column string, v any) error {
	return fmt.Errorf("column %s: a table cannot hold %T", column, v)
}
