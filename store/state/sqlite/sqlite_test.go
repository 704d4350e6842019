package sqlite

import (
	"os"
	"path/filepath"
	"testing"

	"perennial"
	"perennial/store/state"
	"perennial/store/state/statetest"
)

func open(tb testing.TB, dir string) state.State {
	tb.Helper()
	s, err := Open(tb.Context(), Options{Path: filepath.Join(dir, "state #1?.db")})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) { statetest.Run(t, open) }

func TestRefusesANewerSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.Exec("pragma user_version = 999"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: path}); perennial.CodeOf(err) != "store.newer_schema" {
		t.Errorf("opened a newer schema: %v", err)
	}
}

func TestRefusesWhatIsNoDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	if err := os.WriteFile(path, []byte("this is not a database, it is a sentence of some length......................................"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: path}); perennial.CodeOf(err) != "store.damaged" {
		t.Errorf("opened rubbish: %v", err)
	}
}
