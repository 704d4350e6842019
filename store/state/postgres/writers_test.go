package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"perennial"
	"perennial/internal/testengine"
	"perennial/store/state"
)

// began is a writer that has done its work, wrote the setting "first" and let
// others have its turn; it does not wait for the commit yet.
func began(t *testing.T, s *Store) *shared {
	t.Helper()
	ctx := t.Context()
	w := s.write
	w.turn <- struct{}{}
	g, err := w.join(ctx)
	if err != nil {
		t.Fatal(err)
	}
	write(ctx, t, g, "first")
	w.keep(ctx, g)
	<-w.turn
	return g
}

func write(ctx context.Context, t *testing.T, g *shared, name string) {
	t.Helper()
	if err := simple(ctx, g.conn.Conn(), "insert into settings (workspace_id, name, value, version) values (1, '"+name+"', '', 1)"); err != nil {
		t.Fatal(err)
	}
}

func TestWritersThatWaitShareACommit(t *testing.T) {
	stop := errors.New("stop")
	for name, c := range map[string]struct {
		then func(state.Tx) error
		want error
		rows int
	}{
		"stored":             {func(state.Tx) error { return nil }, nil, 2},
		"an error":           {func(state.Tx) error { return stop }, stop, 1},
		"a panic":            {func(state.Tx) error { panic(stop) }, stop, 1},
		"a failed statement": {func(tx state.Tx) error { _, _ = tx.Exec(t.Context(), "no SQL"); return nil }, state.ErrFailedTx, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := opened(t, testengine.Postgres(t))
			ctx := t.Context()
			g := began(t, s)
			if n := stored(t, s); n != 0 {
				t.Fatalf("%d rows before the commit", n)
			}
			err := func() (err error) {
				defer func() {
					if r := recover(); r != nil {
						err = r.(error)
					}
				}()
				return s.Update(ctx, func(tx state.Tx) error {
					var n int
					if _, err := tx.Get(ctx, "select count(*) from settings", nil, &n); err != nil || n != 1 {
						t.Errorf("sees %d rows of the writer before it, %v", n, err)
					}
					if _, err := tx.Exec(ctx, "insert into settings (workspace_id, name, value, version) values (1, 'second', '', 1)"); err != nil {
						return err
					}
					return c.then(tx)
				})
			}()
			if !errors.Is(err, c.want) {
				t.Errorf("the second writer heard %v", err)
			}
			if err := s.write.await(ctx, g); err != nil {
				t.Errorf("the first writer heard %v", err)
			}
			if n := stored(t, s); n != c.rows {
				t.Errorf("%d rows, want %d", n, c.rows)
			}
		})
	}
}

func TestAWriterCutOffInAStatement(t *testing.T) {
	s := opened(t, testengine.Postgres(t))
	g := began(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		defer cancel()
		for n := 0; n == 0; { // until the server is at it
			err := s.View(t.Context(), func(tx state.Tx) error {
				_, err := tx.Get(t.Context(), "select count(*) from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'", nil, &n)
				return err
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	err := s.Update(ctx, func(tx state.Tx) error {
		_, err := tx.Exec(ctx, "select pg_sleep(600)")
		return err
	})
	wg.Wait()
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the cut writer heard %v", err)
	}
	// Whose work went with the connection does it again.
	if err := s.write.await(t.Context(), g); !errors.Is(err, errUndone) {
		t.Errorf("the other writer heard %v", err)
	}
	if err := put(t.Context(), s, "first"); err != nil {
		t.Errorf("the next write: %v", err)
	}
}

func TestWorkThatWasUndoneWithAnothersIsDoneAgain(t *testing.T) {
	s := opened(t, testengine.Postgres(t))
	ctx := t.Context()
	began(t, s)
	runs := 0
	err := s.Update(ctx, func(tx state.Tx) error {
		if runs++; runs == 1 {
			// What it shares is gone before its commit.
			defer s.write.end(errUndone)
		}
		var n int
		if _, err := tx.Get(ctx, "select count(*) from settings", nil, &n); err != nil || n != 2-runs {
			return fmt.Errorf("run %d sees %d rows, %w", runs, n, err)
		}
		return nil
	})
	if err != nil || runs != 2 {
		t.Errorf("%d runs, %v", runs, err)
	}
}

func TestNoMoreThanAFewShareACommit(t *testing.T) {
	s := opened(t, testengine.Postgres(t))
	ctx := t.Context()
	w := s.write
	w.turn <- struct{}{}
	for i := range maxShared + 1 {
		g, err := w.join(ctx)
		if err != nil {
			t.Fatal(err)
		}
		write(ctx, t, g, fmt.Sprint(i))
		w.keep(ctx, g)
		if last := i == maxShared-1; last != (w.open == nil) {
			t.Fatalf("after %d: open %v", i+1, w.open)
		}
	}
	if n := stored(t, s); n != maxShared {
		t.Errorf("%d rows", n)
	}
	g := w.open
	<-w.turn
	if err := w.await(ctx, g); err != nil {
		t.Error(err)
	}
}

func TestACommitThatNobodyHeardOfIsToldToAll(t *testing.T) {
	server := testengine.StartPostgres(t)
	s := opened(t, server.URL("test"))
	ctx := t.Context()
	w := s.write
	w.turn <- struct{}{}
	var g *shared
	for i := range 4 {
		var err error
		if g, err = w.join(ctx); err != nil {
			t.Fatal(err)
		}
		write(ctx, t, g, fmt.Sprint(i))
		w.keep(ctx, g)
	}
	errs := make([]error, 4)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = w.await(ctx, g) })
	}
	server.Kill()
	<-w.turn
	wg.Wait()
	for i, err := range errs {
		if perennial.CodeOf(err) != "store.outcome_unknown" {
			t.Errorf("writer %d heard %v", i, err)
		}
	}
}

// TestWhatWasAcknowledgedIsThere kills a server under many writers: who heard of
// no error finds its row after the restart.
func TestWhatWasAcknowledgedIsThere(t *testing.T) {
	server := testengine.StartPostgres(t)
	s := opened(t, server.URL("test"))
	const writers = 8
	var wg sync.WaitGroup
	acknowledged := make([][]string, writers)
	many := make(chan bool, writers) // each after some writes
	for i := range writers {
		wg.Go(func() {
			for k := 0; ; k++ {
				name := fmt.Sprint(i, "-", k)
				if err := put(t.Context(), s, name); err != nil {
					switch perennial.CodeOf(err) {
					case "store.outcome_unknown", "store.connection_lost", "store.host_unreachable":
					default:
						t.Errorf("%s: %v", name, err)
					}
					return
				}
				acknowledged[i] = append(acknowledged[i], name)
				if k == 20 {
					many <- true
				}
			}
		})
	}
	for range writers {
		<-many
	}
	server.Kill()
	wg.Wait()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	err := s.View(t.Context(), func(tx state.Tx) error {
		return tx.Query(t.Context(), "select name from settings", nil, func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			there[name] = true
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range acknowledged {
		for _, name := range names {
			if !there[name] {
				t.Errorf("%s was acknowledged and is gone", name)
			}
		}
	}
}
