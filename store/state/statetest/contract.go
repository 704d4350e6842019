package statetest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"perennial/store/state"
)

const insertSetting = "insert into settings (workspace_id, name, value, version) values (?, ?, ?, ?)"

func readOnly(t *testing.T, open Open) {
	s := start(t, open)
	ctx := t.Context()
	err := s.View(ctx, func(tx state.Tx) error {
		_, err := tx.Exec(ctx, insertSetting, 1, "a", "b", 1)
		return err
	})
	if err == nil {
		t.Error("a view wrote")
	}
	if err := put(ctx, s, "a", "b"); err != nil {
		t.Errorf("no write after a view that tried: %v", err)
	}
}

// swallowed: on some engines a failed statement leaves a transaction that can go
// on, on others one that cannot. None commits it.
func swallowed(t *testing.T, open Open) {
	s := start(t, open)
	ctx := t.Context()
	if err := put(ctx, s, "a", "b"); err != nil {
		t.Fatal(err)
	}
	err := s.Update(ctx, func(tx state.Tx) error {
		if _, err := tx.Exec(ctx, insertSetting, 1, "b", "c", 1); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, insertSetting, 1, "a", "again", 1); err == nil {
			t.Error("a second row with the same key was taken")
		}
		return nil
	})
	if err == nil {
		t.Error("a transaction with a failed statement was committed")
	}
	if _, ok := get(t, s, "b"); ok {
		t.Error("a transaction with a failed statement left a row")
	}
}

func nested(t *testing.T, open Open) {
	s := start(t, open)
	ctx := t.Context()
	if err := put(ctx, s, "a", "b"); err != nil {
		t.Fatal(err)
	}
	err := s.View(ctx, func(tx state.Tx) error {
		return tx.Query(ctx, "select name from settings", nil, func(func(...any) error) error {
			var n int64
			_, err := tx.Get(ctx, "select count(*) from settings", nil, &n)
			return err
		})
	})
	if !errors.Is(err, state.ErrBusyTx) {
		t.Errorf("a query within a query: %v", err)
	}
	// A callback that ends a query early leaves the transaction usable.
	stop := errors.New("stop")
	err = s.Update(ctx, func(tx state.Tx) error {
		err := tx.Query(ctx, "select name from settings", nil, func(func(...any) error) error { return stop })
		if !errors.Is(err, stop) {
			t.Errorf("error of row = %v", err)
		}
		_, err = tx.Exec(ctx, insertSetting, 1, "after", "", 1)
		return err
	})
	if err != nil {
		t.Errorf("after a query that was ended early: %v", err)
	}
}

func names(t *testing.T, s state.State, query string, args ...any) (out []string) {
	t.Helper()
	ctx := t.Context()
	err := s.View(ctx, func(tx state.Tx) error {
		return tx.Query(ctx, query, args, func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			out = append(out, name)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sorting(t *testing.T, open Open) {
	s := start(t, open)
	want := []string{"", " a", "A", "B", "_", "a", "a b", "a-b", "ab", "é", "一", "常", "😀"}
	for _, name := range slices.Backward(want) {
		if err := put(t.Context(), s, name, ""); err != nil {
			t.Fatal(err)
		}
	}
	if got := names(t, s, "select name from settings order by name"); !slices.Equal(got, want) {
		t.Errorf("sorted %q", got)
	}
	if got := names(t, s, "select name from settings where name > ? order by name", "a"); !slices.Equal(got, want[6:]) {
		t.Errorf("above a: %q", got)
	}
}

func noText(t *testing.T, open Open) {
	s := start(t, open)
	for _, value := range []string{"\x00", "a\xff"} {
		if err := put(t.Context(), s, "a", value); err == nil {
			t.Errorf("%q was stored as text", value)
		}
	}
	if err := put(t.Context(), s, "a", "\u0001\t\n😀\ufffd"); err != nil {
		t.Errorf("text was not stored: %v", err)
	}
}

func nulls(t *testing.T, open Open) {
	s := start(t, open)
	ctx := t.Context()
	err := s.Update(ctx, func(tx state.Tx) error {
		const q = "insert into imports (id, workspace_id, kind, file_name, file_hash, status, created_at, finished_at) values (?, 1, '', '', '', '', 0, ?)"
		if _, err := tx.Exec(ctx, q, 1, nil); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, q, 2, 0); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "insert into vault_keys (workspace_id, customer_key, wrapped) values (1, 1, ?)", []byte{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.View(ctx, func(tx state.Tx) error {
		for id, want := range map[int64]bool{1: false, 2: true} {
			var at *int64
			if _, err := tx.Get(ctx, "select finished_at from imports where id = ?", []any{id}, &at); err != nil {
				return err
			}
			if (at != nil) != want {
				t.Errorf("import %d: finished %v", id, at)
			}
		}
		var wrapped []byte
		if ok, err := tx.Get(ctx, "select wrapped from vault_keys", nil, &wrapped); err != nil || !ok || wrapped == nil || len(wrapped) != 0 {
			t.Errorf("empty bytes: %v %v %v", wrapped, ok, err)
		}
		var highest int64
		if ok, err := tx.Get(ctx, "select coalesce(max(id), 0) + 1 from batches", nil, &highest); err != nil || !ok || highest != 1 {
			t.Errorf("next id of an empty table: %d %v %v", highest, ok, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func quotes(t *testing.T, open Open) {
	s := start(t, open)
	if err := put(t.Context(), s, "a?", "it's"); err != nil {
		t.Fatal(err)
	}
	got := names(t, s, `select value || '?''?' as "a?b" -- what?
		from settings /* ? */ where name = 'a?' and version = ?`, 1)
	if !slices.Equal(got, []string{"it's?'?"}) {
		t.Errorf("got %q", got)
	}
}

func cancelled(t *testing.T, open Open) {
	s := start(t, open)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Update(ctx, func(tx state.Tx) error {
		if _, err := tx.Exec(ctx, insertSetting, 1, "a", "b", 1); err != nil {
			return err
		}
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled write: %v", err)
	}
	if _, ok := get(t, s, "a"); ok {
		t.Error("a cancelled write left a row")
	}
	if err := put(t.Context(), s, "a", "b"); err != nil {
		t.Errorf("no write after a cancelled one: %v", err)
	}
}
