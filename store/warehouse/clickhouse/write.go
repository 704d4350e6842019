package clickhouse

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/ch-go/proto"

	"perennial/store/warehouse"
)

const stagingPrefix = "staging_"

// writer fills a staging table on each shard. Commit moves its parts into the
// table itself, which copies nothing; Abort drops it.
type writer struct {
	store   *Store
	table   warehouse.Table
	spread  placement
	whole   bool // every shard takes all rows
	staging string
	made    bool
	done    bool
	blocks  int
	at      []*node       // where each shard's rows wait, once made
	parts   []proto.Input // of each shard, for the next block
	ctx     context.Context
}

// Write implements warehouse.Warehouse.
func (s *Store) Write(ctx context.Context, t warehouse.Table) (warehouse.Writer, error) {
	if err := ctx.Err(); err != nil {
		return nil, s.readable(err)
	}
	p, ok := placements[t.Name]
	return &writer{
		store: s, table: t, spread: p, whole: !ok,
		staging: stagingPrefix + t.Name + "_" + strings.ToLower(rand.Text()),
		ctx:     context.WithoutCancel(ctx), // for Abort, which comes after the caller's has ended
	}, nil
}

// Append implements warehouse.Writer. Each shard takes its rows as one insert with
// a token: if the connection breaks before the answer, it is sent once more and
// counts once.
func (w *writer) Append(ctx context.Context, b *warehouse.Block) error {
	if err := w.fits(b); err != nil || b.Len == 0 {
		return err
	}
	if !w.made {
		if err := w.make(ctx); err != nil {
			return err
		}
	}
	w.divide(b)
	w.blocks++
	q := ch.Query{
		Body: "insert into " + w.staging + " values",
		Settings: []ch.Setting{setting("insert_deduplicate", "1"),
			setting("insert_deduplication_token", fmt.Sprint(w.blocks)),
		},
	}
	s := w.store
	err := each(ctx, w.at, func(ctx context.Context, n *node) error {
		part := w.parts[n.shard]
		if part[0].Data.Rows() == 0 {
			return nil
		}
		q := q
		q.Input = part
		return again(ctx, func() error { return n.do(ctx, s.own, q) })
	})
	if err != nil {
		return s.readable(fmt.Errorf("append to %s: %w", w.table.Name, err))
	}
	return nil
}

// make makes the staging tables, each on one server of its shard: what waits there
// is on no other, so that the same server must move it in the end.
func (w *writer) make(ctx context.Context) error {
	s := w.store
	if err := s.complete(ctx); err != nil {
		return s.readable(fmt.Errorf("write %s: %w", w.table.Name, err))
	}
	w.made = true // even if it fails half-way: Abort then drops it everywhere
	for _, nodes := range s.shards {
		w.at = append(w.at, nodes[0])
	}
	return w.run(ctx, func(ctx context.Context, n *node) error {
		// A replicated table's staging table has a place of its own in the Keeper, so
		// that the engine is not simply the table's; columns and projections are.
		key, err := n.texts(ctx, "", "select sorting_key from system.tables where database = "+literal(s.own)+" and name = "+literal(w.table.Name))
		if err != nil {
			return err
		}
		if len(key) == 0 {
			return fmt.Errorf("%s has no table %s", n.address, w.table.Name)
		}
		text := "create table if not exists " + w.staging + " as " + w.table.Name + " engine = " + s.kind(n, w.staging, "writer") +
			" order by (" + key[0][0] + ") settings " + tableSettings
		return n.run(ctx, s.own, text)
	})
}

// drop is how staging tables go.
func (w *writer) drop(ctx context.Context, n *node) error {
	return n.run(ctx, w.store.own, "drop table if exists "+w.staging+" sync")
}

// run runs what may be repeated on each server that has a staging table.
func (w *writer) run(ctx context.Context, f func(context.Context, *node) error) error {
	s := w.store
	err := each(ctx, w.at, func(ctx context.Context, n *node) error {
		return again(ctx, func() error { return f(ctx, n) })
	})
	if err != nil {
		return s.readable(fmt.Errorf("write %s: %w", w.table.Name, err))
	}
	return nil
}

func (w *writer) fits(b *warehouse.Block) error {
	if len(b.Columns) != len(w.table.Fields) {
		return fmt.Errorf("append %d columns to %s, which has %d", len(b.Columns), w.table.Name, len(w.table.Fields))
	}
	for i, f := range w.table.Fields {
		if c := &b.Columns[i]; c.Name != f.Name || c.Kind != f.Kind {
			return fmt.Errorf("append column %s to %s.%s", c.Name, w.table.Name, f.Name)
		}
	}
	return nil
}

// divide fills the parts with the block's rows. Where all rows go to every shard,
// numbers are not copied.
func (w *writer) divide(b *warehouse.Block) {
	n := len(w.store.shards)
	if w.parts == nil {
		w.parts = make([]proto.Input, n)
	}
	if w.whole || n == 1 {
		part := columns(b, nil)
		for i := range w.parts {
			w.parts[i] = part
		}
		return
	}
	rows := make([][]int32, n)
	for r := range b.Len {
		k := w.spread.shardOf(b, r, n)
		rows[k] = append(rows[k], int32(r))
	}
	for i := range w.parts {
		if rows[i] == nil {
			rows[i] = []int32{}
		}
		w.parts[i] = columns(b, rows[i])
	}
}

// columns makes the columns of an insert of some rows of a block; nil for all.
func columns(b *warehouse.Block, rows []int32) proto.Input {
	input := make(proto.Input, len(b.Columns))
	for i := range b.Columns {
		c := &b.Columns[i]
		var data proto.ColInput
		switch c.Kind {
		case warehouse.Float:
			v := proto.ColFloat64(pick(c.Floats, rows))
			data = &v
		case warehouse.Text:
			texts := new(proto.ColStr)
			texts.AppendArr(pick(c.Texts, rows))
			data = texts
		case warehouse.Time:
			at := new(proto.ColDateTime64).WithPrecision(proto.PrecisionMicro)
			for _, v := range pick(c.Ints, rows) {
				at.Data = append(at.Data, proto.DateTime64(v))
			}
			data = at
		case warehouse.Day:
			days := new(proto.ColDate32)
			for _, v := range pick(c.Ints, rows) {
				*days = append(*days, proto.Date32(v))
			}
			data = days
		default:
			v := proto.ColInt64(pick(c.Ints, rows))
			data = &v
		}
		input[i] = proto.InputColumn{Name: c.Name, Data: data}
	}
	return input
}

func pick[T any](all []T, rows []int32) []T {
	if rows == nil {
		return all
	}
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = all[r]
	}
	return out
}

// Commit implements warehouse.Writer. Moving a partition is atomic on a shard and
// finds nothing left to move when it is repeated; between shards it is not atomic,
// and need not be: the batch is not live yet.
func (w *writer) Commit(ctx context.Context) error {
	if w.done {
		return nil
	}
	if w.made {
		move := "alter table " + w.staging + " move partition tuple() to table " + w.table.Name
		err := w.run(ctx, func(ctx context.Context, n *node) error { return n.run(ctx, w.store.own, move) })
		if err == nil {
			err = w.run(ctx, w.drop)
		}
		if err != nil {
			return err
		}
	}
	w.done = true
	return nil
}

// Abort implements warehouse.Writer.
func (w *writer) Abort() error {
	if w.done {
		return nil
	}
	w.done = true
	if !w.made {
		return nil
	}
	return w.run(w.ctx, w.drop)
}
