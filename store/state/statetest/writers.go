package statetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"perennial/store/state"
)

// readThenWrite: what a writer has read is still so when it writes.
func readThenWrite(t *testing.T, open Open) {
	s := start(t, open)
	ctx := t.Context()
	if err := put(ctx, s, "n", ""); err != nil {
		t.Fatal(err)
	}
	const writers, each = 8, 25
	var wg sync.WaitGroup
	errs := make([]error, writers)
	for i := range writers {
		wg.Go(func() {
			for range each {
				errs[i] = errors.Join(errs[i], s.Update(ctx, func(tx state.Tx) error {
					var n int64
					if _, err := tx.Get(ctx, "select version from settings where name = 'n'", nil, &n); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, "update settings set version = ? where name = 'n'", n+1)
					return err
				}))
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
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

// alone: writers that fail, panic or are cancelled, before their turn or in it,
// among others that do not. What a writer hears is what happened, to its own work
// and to no other's.
func alone(t *testing.T, open Open) {
	s := start(t, open)
	if err := put(t.Context(), s, "taken", ""); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	write := func(ctx context.Context, name string, then func(state.Tx) error) error {
		return s.Update(ctx, func(tx state.Tx) error {
			if _, err := tx.Exec(ctx, insertSetting, 1, name, "", 1); err != nil {
				return err
			}
			return then(tx)
		})
	}
	kinds := map[string]func(ctx context.Context, cancel func(), name string) error{
		"stored": func(ctx context.Context, _ func(), name string) error {
			return write(ctx, name, func(state.Tx) error { return nil })
		},
		"an error": func(ctx context.Context, _ func(), name string) error {
			if err := write(ctx, name, func(state.Tx) error { return stop }); !errors.Is(err, stop) {
				t.Errorf("%s: its error became %v", name, err)
			}
			return stop
		},
		"a failed statement": func(ctx context.Context, _ func(), name string) error {
			return write(ctx, name, func(tx state.Tx) error {
				_, err := tx.Exec(ctx, insertSetting, 1, "taken", "", 1)
				return err
			})
		},
		"a swallowed error": func(ctx context.Context, _ func(), name string) error {
			return write(ctx, name, func(tx state.Tx) error {
				_, _ = tx.Exec(ctx, "insert into no_such_table values (1)")
				return nil
			})
		},
		"a panic": func(ctx context.Context, _ func(), name string) (err error) {
			defer func() { err = fmt.Errorf("%v", recover()) }()
			return write(ctx, name, func(state.Tx) error { panic("boom") })
		},
		"cancelled in its turn": func(ctx context.Context, cancel func(), name string) error {
			return write(ctx, name, func(tx state.Tx) error {
				cancel()
				_, err := tx.Exec(ctx, insertSetting, 2, name, "", 1)
				return err
			})
		},
		"cancelled at some time": func(ctx context.Context, cancel func(), name string) error {
			go cancel()
			return write(ctx, name, func(state.Tx) error { return nil })
		},
	}
	const each = 12
	var mu sync.Mutex
	heard := map[string]error{}
	var wg sync.WaitGroup
	for i := range each {
		for kind, f := range kinds {
			wg.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				name := fmt.Sprint(kind, " ", i)
				err := f(ctx, cancel, name)
				if kind == "stored" && err != nil {
					t.Errorf("%s: %v", name, err)
				}
				mu.Lock()
				heard[name] = err
				mu.Unlock()
			})
		}
	}
	wg.Wait()
	for name, err := range heard {
		if _, ok := get(t, s, name); ok != (err == nil) {
			t.Errorf("%s: it heard %v, stored %v", name, err, ok)
		}
	}
	if err := put(t.Context(), s, "afterwards", ""); err != nil {
		t.Errorf("no write afterwards: %v", err)
	}
}
