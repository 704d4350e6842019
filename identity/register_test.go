package identity

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"perennial"
	"perennial/govern/vault"
	"perennial/internal/testengine"
	"perennial/store/state"
	"perennial/store/state/postgres"
	"perennial/store/state/sqlite"
)

// onEach runs a test on every engine of state.
func onEach(t *testing.T, f func(*testing.T, state.State, *vault.Vault)) {
	t.Run("sqlite", func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "state.db")})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		f(t, s, setUp(t, s))
	})
	t.Run("postgres", func(t *testing.T) {
		s, err := postgres.Open(t.Context(), postgres.Options{URL: testengine.Postgres(t)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		f(t, s, setUp(t, s))
	})
}

func setUp(t *testing.T, s state.State) *vault.Vault {
	t.Helper()
	ctx := t.Context()
	err := s.Update(ctx, func(tx state.Tx) error {
		_, err := tx.Exec(ctx, "insert into workspaces (id, name, time_zone, currency, week_start, created_at) values (1, 'a', 'UTC', 'CNY', 1, 0)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.New(bytes.Repeat([]byte{1}, 32), nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func begin(t *testing.T, s state.State, v *vault.Vault) *Register {
	t.Helper()
	r, err := Open(t.Context(), s, v, 1)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func keys(t *testing.T, r *Register, kind perennial.IdentifierKind, values ...string) []perennial.CustomerKey {
	t.Helper()
	out, err := r.Keys(t.Context(), kind, values, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestKeysAreStableAcrossImports(t *testing.T) { onEach(t, keysAreStableAcrossImports) }

func keysAreStableAcrossImports(t *testing.T, s state.State, v *vault.Vault) {
	ctx := t.Context()
	r := begin(t, s, v)
	first := keys(t, r, perennial.IdentifierID, "007", "7", "007")
	if first[0] != first[2] || first[0] == first[1] || first[0] == 0 {
		t.Fatalf("keys %v", first)
	}
	if err := r.Link(ctx, perennial.IdentifierPhone, "19900000001", first[0]); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(ctx, func(tx state.Tx) error { return r.Save(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
	r = begin(t, s, v)
	second := keys(t, r, perennial.IdentifierID, "7", "8", "007")
	if second[0] != first[1] || second[2] != first[0] || r.Added() != 1 {
		t.Errorf("keys %v after %v, %d added", second, first, r.Added())
	}
	if got := keys(t, r, perennial.IdentifierPhone, "19900000001"); got[0] != first[0] {
		t.Errorf("the phone leads to %v, want %v", got[0], first[0])
	}
	if err := r.Link(ctx, perennial.IdentifierPhone, "19900000001", second[1]); err != nil {
		t.Fatal(err)
	}
	if got, _ := r.Find(ctx, perennial.IdentifierPhone, "19900000001"); got != first[0] {
		t.Errorf("a link was moved to %v", got)
	}
}

func TestAFailedImportLeavesNobody(t *testing.T) { onEach(t, aFailedImportLeavesNobody) }

func aFailedImportLeavesNobody(t *testing.T, s state.State, v *vault.Vault) {
	ctx := t.Context()
	r := begin(t, s, v)
	keys(t, r, perennial.IdentifierID, "a", "b")
	stop := errors.New("stop")
	err := s.Update(ctx, func(tx state.Tx) error { return errors.Join(r.Save(ctx, tx), stop) })
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if key, err := begin(t, s, v).Find(ctx, perennial.IdentifierID, "a"); err != nil || key != 0 {
		t.Errorf("found %v, %v", key, err)
	}
}

func TestTwoImportsAtOnceConflict(t *testing.T) { onEach(t, twoImportsAtOnceConflict) }

func twoImportsAtOnceConflict(t *testing.T, s state.State, v *vault.Vault) {
	ctx := t.Context()
	a, b := begin(t, s, v), begin(t, s, v)
	keys(t, a, perennial.IdentifierID, "a")
	keys(t, b, perennial.IdentifierID, "b")
	if err := s.Update(ctx, func(tx state.Tx) error { return a.Save(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
	err := s.Update(ctx, func(tx state.Tx) error { return b.Save(ctx, tx) })
	if perennial.CodeOf(err) != "import.concurrent" {
		t.Errorf("the second: %v", err)
	}
}

func TestAnImportThatIsSavedTwiceIsWhole(t *testing.T) { onEach(t, anImportThatIsSavedTwiceIsWhole) }

// A transaction may run again: what the first run did is gone, what it took from
// the register must not be.
func anImportThatIsSavedTwiceIsWhole(t *testing.T, s state.State, v *vault.Vault) {
	ctx := t.Context()
	r := begin(t, s, v)
	key := keys(t, r, perennial.IdentifierID, "a")[0]
	if err := r.Link(ctx, perennial.IdentifierPhone, "19900000001", key); err != nil {
		t.Fatal(err)
	}
	r.Note(key, "name", "Ann")
	stop := errors.New("the server gave up")
	if err := s.Update(ctx, func(tx state.Tx) error { return errors.Join(r.Save(ctx, tx), stop) }); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if err := s.Update(ctx, func(tx state.Tx) error { return r.Save(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]string{"id": "a", "phone": "19900000001", "name": "Ann"} {
		got := ""
		err := s.View(ctx, func(tx state.Tx) error {
			return v.Reveal(ctx, tx, 1, field, func(_ perennial.CustomerKey, value string) error {
				got = value
				return nil
			})
		})
		if err != nil || got != want {
			t.Errorf("%s = %q, %v", field, got, err)
		}
	}
}
