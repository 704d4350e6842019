package dirlock

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"perennial"
)

func TestOneOwner(t *testing.T) {
	dir := t.TempDir()
	a, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	named := fmt.Sprintf("(process %d)", os.Getpid())
	if _, err := Acquire(dir); perennial.CodeOf(err) != "dir.in_use" || !strings.Contains(err.Error(), named) {
		t.Errorf("a second owner: %v, want %s", err, named)
	}
	for range 2 {
		if err := a.Release(); err != nil {
			t.Fatal(err)
		}
	}
	b, err := Acquire(dir)
	if err != nil {
		t.Errorf("after release: %v", err)
	}
	if err := b.Release(); err != nil {
		t.Fatal(err)
	}
}

// Between taking the lock and saying who has it there is a moment, and what an
// owner before had said there would be wrong.
func TestAnOwnerThatHasJustBegun(t *testing.T) {
	dir := t.TempDir()
	before, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := before.Release(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := lockFile(f); err != nil {
		t.Fatal(err)
	}
	if _, err := Acquire(dir); perennial.CodeOf(err) != "dir.in_use" || strings.Contains(err.Error(), "process") {
		t.Errorf("%v", err)
	}
}
