package vault

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"perennial"
	"perennial/store/state"
	"perennial/store/state/sqlite"
)

func open(t *testing.T, key byte) (*Vault, state.State, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	v, err := New(bytes.Repeat([]byte{key}, 32), nil)
	if err != nil {
		t.Fatal(err)
	}
	return v, s, path
}

func seal(t *testing.T, v *Vault, s state.State, customer perennial.CustomerKey, fresh bool, value string) {
	t.Helper()
	ctx := t.Context()
	err := s.Update(ctx, func(tx state.Tx) error {
		sealer, err := v.Sealer(ctx, tx, 1)
		if err != nil {
			return err
		}
		return sealer.Seal(ctx, customer, fresh, map[string]string{"phone": value})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func reveal(t *testing.T, v *Vault, s state.State) (map[perennial.CustomerKey]string, error) {
	t.Helper()
	ctx := t.Context()
	out := map[perennial.CustomerKey]string{}
	err := s.View(ctx, func(tx state.Tx) error {
		return v.Reveal(ctx, tx, 1, "phone", func(c perennial.CustomerKey, value string) error {
			out[c] = value
			return nil
		})
	})
	return out, err
}

func TestSealedValuesComeBackAndAreNotInTheFile(t *testing.T) {
	v, s, path := open(t, 1)
	seal(t, v, s, 7, true, "19900001234")
	seal(t, v, s, 8, true, "19900005678")
	seal(t, v, s, 7, false, "19900009999") // replaces, under the same key
	got, err := reveal(t, v, s)
	if err != nil || got[7] != "19900009999" || got[8] != "19900005678" {
		t.Fatalf("revealed %v, %v", got, err)
	}
	for _, file := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(file)
		if err == nil && bytes.Contains(b, []byte("1990000")) {
			t.Errorf("%s holds a phone number in the clear", filepath.Base(file))
		}
	}
	ctx := t.Context()
	if err := s.Update(ctx, func(tx state.Tx) error { return v.Erase(ctx, tx, 1, 7) }); err != nil {
		t.Fatal(err)
	}
	if got, err := reveal(t, v, s); err != nil || len(got) != 1 {
		t.Errorf("after erasure: %v, %v", got, err)
	}
}

func TestAnotherKeyOpensNothing(t *testing.T) {
	v, s, _ := open(t, 1)
	seal(t, v, s, 7, true, "19900001234")
	other, err := New(bytes.Repeat([]byte{2}, 32), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reveal(t, other, s); perennial.CodeOf(err) != "vault.unreadable" {
		t.Errorf("another key: %v", err)
	}
	// A sealed value that is moved to another customer does not open either.
	ctx := t.Context()
	seal(t, v, s, 8, true, "x")
	err = s.Update(ctx, func(tx state.Tx) error {
		_, err := tx.Exec(ctx, "update vault_values set sealed = (select sealed from vault_values where customer_key = 7) where customer_key = 8")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reveal(t, v, s); perennial.CodeOf(err) != "vault.unreadable" {
		t.Errorf("a moved value: %v", err)
	}
}

func TestHashesDependOnKeyWorkspaceKindAndValue(t *testing.T) {
	v, _, _ := open(t, 1)
	other, err := New(bytes.Repeat([]byte{2}, 32), nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[16]byte]bool{}
	for _, vault := range []*Vault{v, other} {
		for workspace := range int64(2) {
			h, err := vault.Hasher(workspace)
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range [][2]string{{"ab", "c"}, {"a", "bc"}, {"a", "b"}} {
				hash := h.Hash(id[0], id[1])
				if seen[hash] {
					t.Errorf("hash of %v repeats", id)
				}
				seen[hash] = true
				if h.Hash(id[0], id[1]) != hash {
					t.Error("a hash is not stable")
				}
			}
		}
	}
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.key")
	if _, err := OpenKeyFile(path, false); perennial.CodeOf(err) != "vault.key" {
		t.Errorf("a missing key: %v", err)
	}
	a, err := OpenKeyFile(path, true)
	if err != nil {
		t.Fatal(err)
	}
	b, err := OpenKeyFile(path, true)
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("the key changed: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenKeyFile(path, true); perennial.CodeOf(err) != "vault.key" {
		t.Errorf("a spoilt key: %v", err)
	}
}
