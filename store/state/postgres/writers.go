package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgxpool"

	"perennial/store/state"
)

// writers runs the write transactions of this process one after another. Those
// that wait behind one another share a transaction of the server and its commit,
// because what takes the time is to flush the log: each works behind a savepoint
// of its own, so that its error undoes its own work only, and returns when the
// transaction that they share is committed.
type writers struct {
	pool *pgxpool.Pool // of one connection
	// turn holds a token while one of them runs. The others wait for it in order,
	// and so do those who have run and wait for the commit: the first of these to
	// get it finds that all who waited have joined, and commits.
	turn chan struct{}
	open *shared // what the next one joins; read and written with the turn
}

// maxShared bounds who shares one transaction: a server keeps the numbers of 64
// subtransactions at hand, and beyond them every reader pays.
const maxShared = 32

// shared is a transaction of the server that several writers have in common.
// All but its fate belongs to whoever has the turn.
type shared struct {
	conn      *pgxpool.Conn
	members   int    // whose work is in it
	savepoint string // what sets the savepoint of the next one

	fate chan struct{} // closed when err is final
	err  error
}

// errUndone says that a shared transaction ended before its commit, and not
// through the writer that hears of it: its work may be done again.
var errUndone = errors.New("the transaction that it shared was undone")

// The savepoint lies between what is to be kept and the work of one writer.
const (
	setSavepoint  = "savepoint writer"
	moveSavepoint = "release savepoint writer; savepoint writer"
	undoWork      = "rollback to savepoint writer"
)

// run runs f once, in its turn, and returns when its work is stored or is not.
func (w *writers) run(ctx context.Context, words *words, f func(state.Tx) error) error {
	select {
	case w.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	g, err := w.join(ctx)
	if err != nil {
		<-w.turn
		return err
	}
	passed := false
	pass := func() { passed = true; <-w.turn }
	defer func() {
		if !passed { // f panicked
			w.undo(ctx, g)
			pass()
		}
	}()
	t := &transaction{conn: g.conn.Conn(), words: words}
	if err = f(t); err != nil {
		err = t.lost(ctx, err)
	} else if err = ctx.Err(); err == nil && t.failed {
		err = state.ErrFailedTx
	}
	if err == nil {
		w.keep(ctx, g)
	} else if !w.undo(ctx, g) {
		pass()
		return err
	}
	pass()
	if fate := w.await(ctx, g); err == nil || errors.Is(fate, errUndone) {
		return fate // what f found wrong, too, was perhaps the work of another
	}
	return err
}

// await returns what becomes of a transaction that the caller has worked in.
func (w *writers) await(ctx context.Context, g *shared) error {
	select {
	case <-g.fate:
	case w.turn <- struct{}{}:
		if w.open == g {
			w.commit(ctx)
		}
		<-w.turn
	}
	return g.err
}

// join returns the transaction to work in, with the savepoint set where others'
// work is in it.
func (w *writers) join(ctx context.Context) (*shared, error) {
	if w.open == nil {
		conn, err := open(ctx, w.pool, "begin; select pg_advisory_xact_lock("+strconv.Itoa(lockWrite)+")")
		if err != nil {
			return nil, err
		}
		w.open = &shared{conn: conn, fate: make(chan struct{})}
		return w.open, nil
	}
	g := w.open
	if g.savepoint != "" {
		if err := simple(context.WithoutCancel(ctx), g.conn.Conn(), g.savepoint); err != nil {
			w.end(errUndone)
			return nil, errUndone
		}
		g.savepoint = ""
	}
	return g, nil
}

// keep leaves a writer's work in the transaction.
func (w *writers) keep(ctx context.Context, g *shared) {
	g.savepoint = moveSavepoint
	if g.members == 0 {
		g.savepoint = setSavepoint
	}
	if g.members++; g.members == maxShared {
		w.commit(ctx)
	}
}

// undo takes a writer's work out of the transaction and reports whether that goes
// on, with the work of others.
func (w *writers) undo(ctx context.Context, g *shared) bool {
	if g.conn.Conn().IsClosed() {
		w.end(errUndone)
		return false
	}
	if g.members == 0 {
		_ = simple(context.WithoutCancel(ctx), g.conn.Conn(), "rollback") // the pool drops what is still in a transaction
		w.end(nil)
		return false
	}
	if err := simple(context.WithoutCancel(ctx), g.conn.Conn(), undoWork); err != nil {
		w.end(errUndone)
		return false
	}
	return true // the savepoint stays
}

// commit commits the open transaction. From here nobody may interrupt: a commit
// that was asked for is waited for.
func (w *writers) commit(ctx context.Context) {
	err := simple(context.WithoutCancel(ctx), w.open.conn.Conn(), "commit")
	if err != nil && w.open.conn.Conn().IsClosed() {
		err = unknownOutcome(err)
	} else if err != nil {
		err = fmt.Errorf("commit: %w", err)
	}
	w.end(err)
}

// end tells those who share the open transaction what became of it.
func (w *writers) end(err error) {
	g := w.open
	w.open = nil
	g.conn.Release()
	g.err = err
	close(g.fate)
}
