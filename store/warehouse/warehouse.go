// Package warehouse is the analytic seam: facts that are appended in batches and
// read by scans and aggregates. DuckDB serves it in process, ClickHouse from one
// server or several shards, without a change in any caller. Nothing is looked up by row here and nothing
// is changed in place.
package warehouse

import (
	"context"
	"embed"
	"io/fs"

	"perennial/internal/sqlfile"
)

// Warehouse is the facts of one workspace. It is safe for concurrent use; there
// is one writer at a time. The seam stays under a dozen methods; none enters
// without a case in package warehousetest.
type Warehouse interface {
	// Write starts appending rows to a table. Rows are stored when Commit
	// returns nil and not before; what is visible to analyses is decided by
	// their batch (see Live), which the caller makes live in state afterwards.
	Write(ctx context.Context, table Table) (Writer, error)
	// Query runs a statement and hands its rows to yield in blocks, which are
	// valid until yield returns. Results with an order keep it.
	Query(ctx context.Context, s sqlfile.Statement, args Args, yield func(*Block) error) error
	// Partial runs a statement where the rows are: on each shard over that shard's
	// own rows, and hands on the rows of all, those of one shard in their order, one
	// block at a time. A customer's facts are on one shard, so a question about each
	// customer is answered whole, and sums over customers are added up by the
	// caller. An engine of one place answers as Query does.
	Partial(ctx context.Context, s sqlfile.Statement, args Args, yield func(*Block) error) error
	// Dialect answers the questions on which callers may differ.
	Dialect() Dialect
	// Exec runs a statement that changes data by sets: housekeeping, never facts
	// one by one. An engine of several shards runs it on each over that shard's own
	// rows, so it leaves a row's customer alone.
	Exec(ctx context.Context, s sqlfile.Statement, args Args) error
	// Prepare checks that the engine accepts the statement as it stands.
	Prepare(ctx context.Context, s sqlfile.Statement) error
	// Discard removes every row of the batches from every table.
	Discard(ctx context.Context, batches []int64) error
	// Rows counts the rows of batches in each of Tables, in the order of Tables and
	// of the batches: an entry for each also where there are none. Where a table lies
	// whole in several places, each has its entry.
	Rows(ctx context.Context, batches []int64) ([]Count, error)
	// Backup writes a complete copy into dir, which exists and is empty: the engine's
	// own file, or a Dump.
	Backup(ctx context.Context, dir string) error
	// Check verifies that the data can be read and returns the schema version.
	Check(ctx context.Context) (version int, err error)
	// Close releases the engine. It may be called twice.
	Close() error
}

// Dialect is all that a caller may ask about an engine. Most differences are the
// engine's own affair or a matter of words, which name.<engine>.sql holds; a
// question is added here only where callers must act differently, and a dozen is
// the most there may be. What each engine answers:
//
//	question   DuckDB     ClickHouse
//	Engine     duckdb     clickhouse
//	Sequences  Streamed   Inside
type Dialect struct {
	// Engine is the name by which statements have words of their own.
	Engine string
	// Sequences says where questions about the order of each customer's purchases
	// are answered.
	Sequences Place
}

// Place is where work on customers' sequences is done.
type Place uint8

const (
	// Streamed hands facts out in blocks; Go kernels run over them.
	Streamed Place = iota
	// Inside answers on each shard, by the engine's own functions; what leaves is a
	// table of sums or a row for each customer.
	Inside
)

// Writer appends blocks to one table. It is not safe for concurrent use.
type Writer interface {
	// Append takes the rows of a block whose columns are the table's, in order;
	// the block may be reused afterwards.
	Append(ctx context.Context, b *Block) error
	// Commit stores what was appended.
	Commit(ctx context.Context) error
	// Abort forgets what was appended; after Commit it does nothing.
	Abort() error
}

// Args are a statement's named parameters: int64, float64, string, and []int64 and
// []string for lists.
type Args map[string]any

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations returns the schema's steps for an engine.
func Migrations(engine string) ([]sqlfile.Migration, error) {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return sqlfile.Migrations(sub, engine)
}
