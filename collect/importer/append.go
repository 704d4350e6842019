package importer

import (
	"context"
	"errors"

	"perennial/store/warehouse"
)

// blockRows is how many rows go to the engine at a time: a row group of DuckDB,
// and a fair insert for ClickHouse.
const blockRows = 122_880

// appender fills blocks of one table and writes them. The writing goes on in the
// background while the next block is filled.
type appender struct {
	ctx    context.Context
	writer warehouse.Writer
	batch  int64
	block  *warehouse.Block
	spare  *warehouse.Block
	done   chan error // of the block being written, nil if none is
}

func newAppender(ctx context.Context, w warehouse.Warehouse, t warehouse.Table, batch int64) (*appender, error) {
	writer, err := w.Write(ctx, t)
	if err != nil {
		return nil, err
	}
	return &appender{
		ctx: ctx, writer: writer, batch: batch,
		block: warehouse.NewBlock(t.Fields, 1024), spare: warehouse.NewBlock(t.Fields, 1024),
	}, nil
}

// row adds one row: fill appends every column but the first, which is the batch.
func (a *appender) row(fill func(c []warehouse.Column)) error {
	b := a.block
	b.Columns[0].Ints = append(b.Columns[0].Ints, a.batch)
	fill(b.Columns)
	b.Len++
	if b.Len < blockRows {
		return nil
	}
	return a.flush()
}

func (a *appender) flush() error {
	if err := a.wait(); err != nil {
		return err
	}
	full := a.block
	a.block, a.spare = a.spare, full
	a.block.Reset()
	a.done = make(chan error, 1)
	go func(done chan<- error) { done <- a.writer.Append(a.ctx, full) }(a.done)
	return nil
}

func (a *appender) wait() error {
	if a.done == nil {
		return nil
	}
	err := <-a.done
	a.done = nil
	return err
}

// commit writes what is left and stores it.
func (a *appender) commit() error {
	if err := a.wait(); err != nil {
		return err
	}
	if err := a.writer.Append(a.ctx, a.block); err != nil {
		return err
	}
	a.block.Reset()
	return a.writer.Commit(a.ctx)
}

// abort forgets what was not committed.
func (a *appender) abort() error {
	return errors.Join(a.wait(), a.writer.Abort())
}

// ints appends values to the columns from the given one on.
func ints(c []warehouse.Column, from int, values ...int64) {
	for i, v := range values {
		c[from+i].Ints = append(c[from+i].Ints, v)
	}
}
