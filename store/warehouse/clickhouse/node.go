package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/ch-go/proto"
)

const (
	dialTimeout = 5 * time.Second
	idleLimit   = 8 // connections that a node keeps for the next statement
)

// node is one server. It is safe for concurrent use.
type node struct {
	address string
	shard   int // from 0
	options ch.Options
	absent  error // why it did not answer when the warehouse was opened

	mu     sync.Mutex
	idle   map[string][]*ch.Client // by database
	closed bool
}

// session are the settings of every connection.
func session(threads int) []ch.Setting {
	settings := []ch.Setting{
		// As in the standard, a name in an expression is the column's first.
		setting("prefer_column_name_to_alias", "1"),
		// A subquery over another sharded table is evaluated once and handed to
		// every shard: slower than on the shard, and never wrong. A statement whose
		// tables share their customer asks for 'local' itself.
		setting("distributed_product_mode", "global"),
		// A missing shard is an error, never a smaller number.
		setting("skip_unavailable_shards", "0"),
		// Lists of keys are written into the statement.
		setting("max_query_size", "134217728"),
		setting("async_insert", "0"),
		setting("mutations_sync", "2"), setting("lightweight_deletes_sync", "2"), setting("alter_sync", "2"),
	}
	// So is a limit that the server's profile sets: an error, never a part.
	for _, of := range []string{"read", "group_by", "sort", "result", "timeout", "set", "join", "transfer", "distinct"} {
		settings = append(settings, setting(of+"_overflow_mode", "throw"))
	}
	settings = append(settings, setting("read_overflow_mode_leaf", "throw"), setting("timeout_overflow_mode_leaf", "throw"))
	if threads > 0 {
		settings = append(settings, setting("max_threads", fmt.Sprint(threads)))
	}
	return settings
}

func setting(key, value string) ch.Setting {
	return ch.Setting{Key: key, Value: value, Important: true}
}

// acquire returns a connection that answers, to a database of the node.
func (n *node) acquire(ctx context.Context, database string) (*ch.Client, error) {
	for {
		n.mu.Lock()
		idle := n.idle[database]
		if n.closed {
			n.mu.Unlock()
			return nil, errors.New("the warehouse is closed")
		}
		if len(idle) == 0 {
			n.mu.Unlock()
			break
		}
		c := idle[len(idle)-1]
		n.idle[database] = idle[:len(idle)-1]
		n.mu.Unlock()
		if c.Ping(ctx) == nil {
			return c, nil
		}
		_ = c.Close() // it was lost already
	}
	opt := n.options
	opt.Address, opt.Database = n.address, database
	c, err := dial(ctx, opt)
	if err != nil {
		if ch.IsException(err) || ctx.Err() != nil {
			return nil, err
		}
		return nil, &unreachable{address: n.address, err: err}
	}
	return c, nil
}

func (n *node) release(database string, c *ch.Client) {
	n.mu.Lock()
	keep := !n.closed && !c.IsClosed() && len(n.idle[database]) < idleLimit
	if keep {
		n.idle[database] = append(n.idle[database], c)
	}
	n.mu.Unlock()
	if !keep {
		_ = c.Close() // nothing is in flight
	}
}

// do runs a query in a database of the node.
func (n *node) do(ctx context.Context, database string, q ch.Query) error {
	c, err := n.acquire(ctx, database)
	if err != nil {
		return err
	}
	err = c.Do(ctx, q)
	if err == nil {
		n.release(database, c)
		return nil
	}
	if ch.IsException(err) {
		n.release(database, c)
		return &refused{address: n.address, err: err}
	}
	_ = c.Close() // what is left in it is nobody's answer
	if ctx.Err() == nil && isBroken(err) {
		return &unreachable{address: n.address, sent: true, err: err}
	}
	return err
}

// run runs statements without a result, one after another.
func (n *node) run(ctx context.Context, database string, statements ...string) error {
	for _, text := range statements {
		if err := n.do(ctx, database, ch.Query{Body: text}); err != nil {
			return err
		}
	}
	return nil
}

// texts returns the rows of a query whose columns are all String.
func (n *node) texts(ctx context.Context, database, query string) (rows [][]string, err error) {
	var results proto.Results
	err = n.do(ctx, database, ch.Query{Body: query, Result: results.Auto(), OnResult: func(context.Context, proto.Block) error {
		for r := range results.Rows() {
			row := make([]string, len(results))
			for i, c := range results {
				s, ok := c.Data.(*proto.ColStr)
				if !ok {
					return fmt.Errorf("column %s is no text", c.Name)
				}
				row[i] = s.Row(r)
			}
			rows = append(rows, row)
		}
		return nil
	}})
	return rows, err
}

func (n *node) close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	var errs []error
	for database, idle := range n.idle {
		for _, c := range idle {
			errs = append(errs, c.Close())
		}
		delete(n.idle, database)
	}
	return errors.Join(errs...)
}
