package postgres

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"perennial"
	"perennial/internal/testengine"
)

func tryOwn(t *testing.T, address, owner string) (*Store, error) {
	t.Helper()
	return Open(t.Context(), Options{URL: address, Owner: owner, OwnerWait: 300 * time.Millisecond})
}

func owned(t *testing.T, address, owner string) *Store {
	t.Helper()
	s, err := tryOwn(t, address, owner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func inUse(t *testing.T, err error, holder string) {
	t.Helper()
	if perennial.CodeOf(err) != "store.in_use" || !strings.Contains(perennial.AsError(err).Sentence.EN, holder) {
		t.Errorf("error %v, want store.in_use by %s", err, holder)
	}
}

func TestOneOwner(t *testing.T) {
	address := testengine.Postgres(t)
	one := owned(t, address, "one")
	_, err := tryOwn(t, address, "two")
	inUse(t, err, "one")
	opened(t, address) // who does not ask to own may look
	if err := errors.Join(put(t.Context(), one, "a"), one.Close()); err != nil {
		t.Fatal(err)
	}
	two := owned(t, address, "two")
	// Its connection ends behind its back, nobody else comes: it owns again.
	drop(t, two, "two")
	if err := put(t.Context(), two, "b"); err != nil {
		t.Error(err)
	}
	_, err = tryOwn(t, address, "three")
	inUse(t, err, "two")
	// It ends again, and another is quicker.
	drop(t, two, "two")
	three := owned(t, address, "three")
	inUse(t, put(t.Context(), two, "c"), "three")
	if n := stored(t, three); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
	if err := three.Close(); err != nil {
		t.Fatal(err)
	}
	if err := put(t.Context(), two, "d"); err != nil { // free again
		t.Error(err)
	}
}

// drop ends an owner's connection as the server's administrator may.
func drop(t *testing.T, s *Store, owner string) {
	t.Helper()
	if _, err := s.read.Exec(t.Context(), "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1",
		"perennial "+owner); err != nil {
		t.Fatal(err)
	}
}

func TestAnOwnerOutlivesItsServer(t *testing.T) {
	server := testengine.StartPostgres(t)
	s := owned(t, server.URL("test"), "one")
	server.Kill()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if err := put(t.Context(), s, "a"); err != nil {
		t.Error(err)
	}
	_, err := tryOwn(t, server.URL("test"), "two")
	inUse(t, err, "one")
}

// A killed process owns nothing: the next one need not be told.
func TestAKilledOwnerIsGone(t *testing.T) {
	if address := os.Getenv("PERENNIAL_TEST_OWN"); address != "" {
		owned(t, address, "the dead")
		os.Stdout.WriteString("owned\n")
		select {}
	}
	address := testengine.Postgres(t)
	cmd := exec.Command(os.Args[0], "-test.run", "^TestAKilledOwnerIsGone$")
	cmd.Env = append(os.Environ(), "PERENNIAL_TEST_OWN="+address)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	_, err = tryOwn(t, address, "next")
	inUse(t, err, "the dead")
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Options{URL: address, Owner: "next"})
	if err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestPlace(t *testing.T) {
	for address, want := range map[string]string{
		"postgres://u:secret@h:5432/d?sslmode=disable": "h:5432/d",
		"postgresql://u:secret@h/d":                    "h/d",
		"postgres:///d?host=/run/postgresql":           "/run/postgresql/d",
		"postgres://u:se%cret@h/d":                     "?",
	} {
		if got := Place(address); got != want {
			t.Errorf("Place(%q) = %q, want %q", address, got, want)
		}
	}
}
