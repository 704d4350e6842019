// Package state is the transactional seam: short transactions and point
// look-ups over accounts, identities, imports and settings. SQLite serves it in
// process, PostgreSQL as a server; no caller knows which.
package state

import (
	"context"
	"embed"
	"io/fs"

	"perennial"
	"perennial/internal/sqlfile"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations returns the schema's steps for an engine: SQL that SQLite and
// PostgreSQL both take, but for files that name an engine.
func Migrations(engine string) ([]sqlfile.Migration, error) {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return sqlfile.Migrations(sub, engine)
}

// State is one transactional database for all workspaces of an installation.
// It is safe for concurrent use. The seam stays under a dozen methods; none
// enters without a case in package statetest.
type State interface {
	// View runs f in a read transaction that sees one snapshot.
	View(ctx context.Context, f func(Tx) error) error
	// Update runs f in a write transaction and commits it if f returns nil.
	// Write transactions run one after another. f may run again after a
	// conflict, so it must have no other effect than through its Tx. A
	// transaction in which a statement failed is not committed, whatever f
	// makes of the error. Update returns when the work of f is stored or is not;
	// later writers may have run by then, so f must not wait for another Update
	// to return.
	Update(ctx context.Context, f func(Tx) error) error
	// Check verifies the database's integrity and returns its schema version.
	Check(ctx context.Context) (version int, err error)
	// Close releases the database. It may be called twice.
	Close() error
}

// Tx is a transaction. Queries use ? for parameters and SQL that SQLite and
// PostgreSQL both understand; text compares and sorts by its bytes. Arguments
// and results are int64, float64, string, []byte and nil; a string is valid
// UTF-8 without NUL; times are int64 microseconds since 1970, booleans 0 and 1.
// In a View only queries are allowed. A Tx does one thing at a time: while a
// Query hands out rows, nothing else runs on it.
type Tx interface {
	// Exec runs a statement and returns the number of rows it changed.
	Exec(ctx context.Context, query string, args ...any) (int64, error)
	// Query runs a query and calls row once for each result row; row scans with
	// the function that it is given.
	Query(ctx context.Context, query string, args []any, row func(scan func(dest ...any) error) error) error
	// Get scans the first row of a query and reports whether there was one.
	Get(ctx context.Context, query string, args []any, dest ...any) (bool, error)
	// Prepare returns a statement for many executions within this transaction.
	Prepare(ctx context.Context, query string) (Prepared, error)
}

// Prepared is a statement to be executed many times in its transaction. It ends
// with the transaction.
type Prepared interface {
	Exec(ctx context.Context, args ...any) (int64, error)
	Get(ctx context.Context, args []any, dest ...any) (bool, error)
}

// ErrNewer tells that a database was written by a newer Perennial; zh and en name
// it.
func ErrNewer(zh, en string, have, know int) *perennial.Error {
	return perennial.NewError(perennial.KindConflict, "store.newer_schema",
		perennial.Say("%[1]s的结构是第 %[3]d 版，这个程序只认识到第 %[4]d 版。",
			"The %[2]s is at schema version %[3]d; this program knows up to %[4]d.", zh, en, have, know)).
		WithHint(perennial.Say("数据由更新版本的常青写成，请升级程序后再打开；数据没有改动。",
			"A newer Perennial wrote it: upgrade the program. Nothing was changed."))
}
