package dirlock

import (
	"testing"

	"perennial"
)

func TestOneOwner(t *testing.T) {
	dir := t.TempDir()
	a, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Acquire(dir); perennial.CodeOf(err) != "dir.in_use" {
		t.Errorf("a second owner: %v", err)
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
