// Package statetest is the conformance suite of the state seam: every engine
// runs it unchanged.
package statetest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"perennial/store/state"
)

// Open makes an engine on an empty database, or opens an existing one again:
// the same dir gives the same data.
type Open func(tb testing.TB, dir string) state.State

// Run runs the suite.
func Run(t *testing.T, open Open) {
	cases := map[string]func(*testing.T, Open){
		"commit and read back":        commit,
		"an error rolls back":         rollback,
		"a panic rolls back":          panicked,
		"writers run one by one":      serial,
		"reading, then writing":       readThenWrite,
		"writers leave others alone":  alone,
		"a view sees one snapshot":    snapshot,
		"values survive":              values,
		"reopening keeps the data":    reopen,
		"a view cannot write":         readOnly,
		"a failed statement is final": swallowed,
		"one thing at a time":         nested,
		"text sorts by its bytes":     sorting,
		"text is text":                noText,
		"nothing is not empty":        nulls,
		"placeholders and quotes":     quotes,
		"cancelled writes are absent": cancelled,
		"a dump restores":             dumped,
		"bad dumps are refused":       badDumps,
		"close twice, check the seam": closing,
	}
	for name, f := range cases {
		t.Run(name, func(t *testing.T) { f(t, open) })
	}
}

func put(ctx context.Context, s state.State, name, value string) error {
	return s.Update(ctx, func(tx state.Tx) error {
		_, err := tx.Exec(ctx, "insert into settings (workspace_id, name, value, version) values (?, ?, ?, ?)", 1, name, value, 1)
		return err
	})
}

func get(t *testing.T, s state.State, name string) (value string, ok bool) {
	t.Helper()
	ctx := t.Context()
	err := s.View(ctx, func(tx state.Tx) error {
		var err error
		ok, err = tx.Get(ctx, "select value from settings where workspace_id = ? and name = ?", []any{1, name}, &value)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return value, ok
}

func start(t *testing.T, open Open) state.State {
	s := open(t, t.TempDir())
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func commit(t *testing.T, open Open) {
	s := start(t, open)
	if err := put(t.Context(), s, "a", "常青"); err != nil {
		t.Fatal(err)
	}
	if v, ok := get(t, s, "a"); !ok || v != "常青" {
		t.Errorf("read back %q, %v", v, ok)
	}
	if _, ok := get(t, s, "b"); ok {
		t.Error("found what was never written")
	}
	if err := put(t.Context(), s, "a", "again"); err == nil {
		t.Error("a second row with the same key was taken")
	}
}

func rollback(t *testing.T, open Open) {
	s := start(t, open)
	ctx := t.Context()
	want := errors.New("stop")
	err := s.Update(ctx, func(tx state.Tx) error {
		if _, err := tx.Exec(ctx, "insert into settings (workspace_id, name, value, version) values (1, 'x', 'y', 1)"); err != nil {
			return err
		}
		return want
	})
	if !errors.Is(err, want) {
		t.Errorf("error of f = %v", err)
	}
	if _, ok := get(t, s, "x"); ok {
		t.Error("a failed transaction left a row")
	}
}

func panicked(t *testing.T, open Open) {
	s := start(t, open)
	ctx := t.Context()
	func() {
		defer func() { _ = recover() }()
		_ = s.Update(ctx, func(tx state.Tx) error {
			if _, err := tx.Exec(ctx, "insert into settings (workspace_id, name, value, version) values (1, 'x', 'y', 1)"); err != nil {
				return err
			}
			panic("boom")
		})
	}()
	if _, ok := get(t, s, "x"); ok {
		t.Error("a panicked transaction left a row")
	}
	if err := put(ctx, s, "x", "y"); err != nil {
		t.Errorf("no write after a panic: %v", err)
	}
}

func serial(t *testing.T, open Open) {
	s := start(t, open)
	ctx := t.Context()
	if err := put(ctx, s, "n", "0"); err != nil {
		t.Fatal(err)
	}
	const writers, each = 8, 25
	var wg sync.WaitGroup
	errs := make(chan error, writers)
	for range writers {
		wg.Go(func() {
			for range each {
				err := s.Update(ctx, func(tx state.Tx) error {
					_, err := tx.Exec(ctx, "update settings set version = version + 1 where workspace_id = 1 and name = 'n'")
					return err
				})
				if err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Fatal(err)
	}
	var n int64
	err := s.View(ctx, func(tx state.Tx) error {
		_, err := tx.Get(ctx, "select version from settings where name = 'n'", nil, &n)
		return err
	})
	if err != nil || n != 1+writers*each {
		t.Errorf("counted %d of %d, %v", n, 1+writers*each, err)
	}
}

func snapshot(t *testing.T, open Open) {
	s := start(t, open)
	ctx := t.Context()
	count := func(tx state.Tx) (n int64) {
		if _, err := tx.Get(ctx, "select count(*) from settings", nil, &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	err := s.View(ctx, func(tx state.Tx) error {
		before := count(tx)
		if err := put(ctx, s, "later", "1"); err != nil {
			return err
		}
		if after := count(tx); after != before {
			t.Errorf("a view saw %d rows, then %d", before, after)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func values(t *testing.T, open Open) {
	s := start(t, open)
	ctx := t.Context()
	raw := []byte{0, 1, 255, '\''}
	err := s.Update(ctx, func(tx state.Tx) error {
		p, err := tx.Prepare(ctx, "insert into identifiers (workspace_id, kind, hash, customer_key) values (?, ?, ?, ?)")
		if err != nil {
			return err
		}
		for i := range 3 {
			n, err := p.Exec(ctx, 1, "card", append([]byte{byte(i)}, raw...), int64(1)<<62+int64(i))
			if err != nil {
				return err
			}
			if n != 1 {
				t.Errorf("changed %d rows", n)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var rows int
	err = s.View(ctx, func(tx state.Tx) error {
		return tx.Query(ctx, "select hash, customer_key from identifiers order by customer_key", nil, func(scan func(...any) error) error {
			var hash []byte
			var key int64
			if err := scan(&hash, &key); err != nil {
				return err
			}
			if string(hash) != string(append([]byte{byte(rows)}, raw...)) || key != int64(1)<<62+int64(rows) {
				t.Errorf("row %d: %v %d", rows, hash, key)
			}
			rows++
			return nil
		})
	})
	if err != nil || rows != 3 {
		t.Errorf("%d rows, %v", rows, err)
	}
}

func reopen(t *testing.T, open Open) {
	dir := t.TempDir()
	s := open(t, dir)
	if err := put(t.Context(), s, "a", "b"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	defer s.Close()
	if _, ok := get(t, s, "a"); !ok {
		t.Error("gone after reopening")
	}
}

func closing(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	if v, err := s.Check(t.Context()); err != nil || v < 1 {
		t.Errorf("check: version %d, %v", v, err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}
