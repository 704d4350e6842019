package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unsafe"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/ch-go/proto"

	"perennial/internal/sqlfile"
	"perennial/store/warehouse"
)

// Dialect implements warehouse.Warehouse.
func (s *Store) Dialect() warehouse.Dialect {
	return warehouse.Dialect{Engine: engine, Sequences: warehouse.Inside}
}

// Partial implements warehouse.Warehouse: one server of each shard answers over
// its own database, all at once.
func (s *Store) Partial(ctx context.Context, st sqlfile.Statement, args warehouse.Args, yield func(*warehouse.Block) error) error {
	text, err := bind(st, args)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var stopped error
	err = s.perShard(ctx, func(ctx context.Context, n *node) error {
		return n.query(ctx, s.own, text, func(b *warehouse.Block) error {
			mu.Lock()
			defer mu.Unlock()
			if stopped == nil {
				stopped = yield(b)
			}
			return stopped
		})
	})
	if stopped != nil {
		return stopped
	}
	if err != nil {
		return s.readable(fmt.Errorf("query %s: %w", st.Name, err))
	}
	return nil
}

// Query implements warehouse.Warehouse. The server that is asked gathers what the
// others answer; numbers are handed on without a copy.
func (s *Store) Query(ctx context.Context, st sqlfile.Statement, args warehouse.Args, yield func(*warehouse.Block) error) error {
	text, err := bind(st, args)
	if err != nil {
		return err
	}
	var stopped error // by the caller: its error goes back as it is
	err = first(s.nodes, func(n *node) error {
		return n.query(ctx, s.all, text, func(b *warehouse.Block) error {
			stopped = yield(b)
			return stopped
		})
	})
	if stopped != nil {
		return stopped
	}
	if err != nil {
		return s.readable(fmt.Errorf("query %s: %w", st.Name, err))
	}
	return nil
}

// query runs a query in a database of the node and hands on its rows.
func (n *node) query(ctx context.Context, database, text string, yield func(*warehouse.Block) error) error {
	var results proto.Results
	var block warehouse.Block
	return n.do(ctx, database, ch.Query{Body: text, Result: results.Auto(), OnResult: func(context.Context, proto.Block) error {
		if results.Rows() == 0 {
			return nil
		}
		if err := toBlock(&block, results); err != nil {
			return err
		}
		return yield(&block)
	}})
}

func toBlock(b *warehouse.Block, results proto.Results) error {
	if len(b.Columns) == 0 {
		b.Columns = make([]warehouse.Column, len(results))
	}
	b.Len = results.Rows()
	for i := range results {
		c := &b.Columns[i]
		c.Name = results[i].Name
		if err := toColumn(c, results[i].Data); err != nil {
			return err
		}
	}
	return nil
}

func toColumn(c *warehouse.Column, data proto.ColResult) error {
	switch col := data.(type) {
	case *proto.ColInt64:
		c.Kind, c.Ints = warehouse.Int, *col
	case *proto.ColDateTime64:
		if !col.PrecisionSet || col.Precision != proto.PrecisionMicro {
			return fmt.Errorf("column %s is no time in microseconds", c.Name)
		}
		c.Kind, c.Ints = warehouse.Time, unsafe.Slice((*int64)(unsafe.Pointer(unsafe.SliceData(col.Data))), len(col.Data))
	case *proto.ColFloat64:
		c.Kind, c.Floats = warehouse.Float, *col
	case *proto.ColDate32:
		c.Kind, c.Ints = warehouse.Day, widen(c.Ints, *col)
	case *proto.ColInt32:
		c.Kind, c.Ints = warehouse.Int, widen(c.Ints, *col)
	case *proto.ColUInt32:
		c.Kind, c.Ints = warehouse.Int, widen(c.Ints, *col)
	case *proto.ColUInt16:
		c.Kind, c.Ints = warehouse.Int, widen(c.Ints, *col)
	case *proto.ColInt16:
		c.Kind, c.Ints = warehouse.Int, widen(c.Ints, *col)
	case *proto.ColUInt8: // what a comparison gives, and a small literal
		c.Kind, c.Ints = warehouse.Int, widen(c.Ints, *col)
	case *proto.ColInt8:
		c.Kind, c.Ints = warehouse.Int, widen(c.Ints, *col)
	case *proto.ColStr:
		c.Kind, c.Texts = warehouse.Text, c.Texts[:0]
		all := string(col.Buf) // one copy for the whole column
		for _, p := range col.Pos {
			c.Texts = append(c.Texts, all[p.Start:p.End])
		}
	case *proto.ColArr[int64]:
		c.Kind, c.Ends = warehouse.Int, ends(c.Ends, col.Offsets)
		return toColumn(c, col.Data)
	case *proto.ColArr[int32]:
		c.Kind, c.Ends = warehouse.Int, ends(c.Ends, col.Offsets)
		return toColumn(c, col.Data)
	case *proto.ColArr[float64]:
		c.Kind, c.Ends = warehouse.Float, ends(c.Ends, col.Offsets)
		return toColumn(c, col.Data)
	default:
		return fmt.Errorf("column %s is of type %s; cast it to bigint, double, varchar, Date32, DateTime64(6) or an array of Int64, Int32 or Float64", c.Name, data.Type())
	}
	return nil
}

// ends says where the elements of each row's list end.
func ends(dst []int, offsets []uint64) []int {
	dst = dst[:0]
	for _, end := range offsets {
		dst = append(dst, int(end))
	}
	return dst
}

func widen[T ~int8 | ~int16 | ~int32 | ~uint8 | ~uint16 | ~uint32](dst []int64, src []T) []int64 {
	dst = dst[:0]
	for _, v := range src {
		dst = append(dst, int64(v))
	}
	return dst
}

// uncommented is a statement without the comment above it.
func uncommented(text string) string {
	text = strings.TrimSpace(text)
	for strings.HasPrefix(text, "--") {
		_, text, _ = strings.Cut(text, "\n")
		text = strings.TrimSpace(text)
	}
	return text
}

// explained gives the part of a statement that EXPLAIN can check: a query itself,
// and of a statement that changes data the rows that it reads.
func explained(text string) string {
	plain := uncommented(text)
	if rest, ok := strings.CutPrefix(plain, "delete from "); ok {
		return "select 1 from " + rest
	}
	if strings.HasPrefix(plain, "insert into ") {
		if at := strings.Index(plain, "select"); at >= 0 {
			return plain[at:]
		}
	}
	return text
}

// discardResult runs a query and reads past its rows.
func discardResult(ctx context.Context, n *node, database, query string) error {
	var results proto.Results
	err := n.do(ctx, database, ch.Query{Body: query, Result: results.Auto(), OnResult: func(context.Context, proto.Block) error { return nil }})
	if errors.Is(err, context.Canceled) {
		return ctx.Err()
	}
	return err
}
