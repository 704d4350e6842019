package clickhouse

import (
	"strings"
	"sync"
	"testing"

	"perennial"
	"perennial/internal/testengine"
)

func TestDatabasesBelongToOneInstallation(t *testing.T) {
	c := testengine.ClickHouse(t, 2)
	try := func(name, installation string) error {
		s, err := Open(t.Context(), Options{URL: c.URL("mine"), Name: name, Installation: installation})
		if err == nil {
			err = s.Close()
		}
		return err
	}
	const one, two = "it's one", "two"
	for _, c := range []struct{ name, installation, code string }{
		{"w", one, ""}, {"w", one, ""}, {"w", two, "store.other_installation"}, {"other", two, ""}, {"other", one, "store.other_installation"},
	} {
		if err := try(c.name, c.installation); perennial.CodeOf(err) != c.code || c.code == "" && err != nil {
			t.Errorf("%s opens %s: %v, want %q", c.installation, c.name, err, c.code)
		}
	}
	// Databases from before installations had ids belong to who opens them first.
	if err := try("old", ""); err != nil {
		t.Fatal(err)
	}
	if err := try("old", one); err != nil {
		t.Error(err)
	}
	if err := try("old", two); perennial.CodeOf(err) != "store.other_installation" {
		t.Errorf("the second opens the old: %v", err)
	}
	// Of many that come at once one has all of it.
	errs := make([]error, 6)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = try("race", strings.Repeat("i", i+1)) })
	}
	wg.Wait()
	won := 0
	for i, err := range errs {
		switch {
		case err == nil:
			won++
		case perennial.CodeOf(err) != "store.other_installation":
			t.Errorf("%d: %v", i, err)
		}
	}
	if won != 1 {
		t.Errorf("%d installations share a database", won)
	}
}
