package postgres

import (
	"net/url"
	"testing"

	"perennial"
	"perennial/internal/testengine"
	"perennial/store/state"
)

// TestAMigrationCutAnywhere makes the schema over connections that end after so and
// so many bytes: each time the next start finishes it.
func TestAMigrationCutAnywhere(t *testing.T) {
	steps, err := state.Migrations("postgres")
	if err != nil {
		t.Fatal(err)
	}
	var all int64
	const places = 12
	failed := 0
	for k := range int64(places + 1) {
		address := testengine.Postgres(t)
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		proxy := testengine.NewProxy(t, u.Host)
		through := change(t, address, func(u *url.URL) { u.Host = proxy.Address })
		if k == 0 { // nothing is cut: how much passes in all
			opened(t, through)
			all = proxy.Passed()
			continue
		}
		proxy.CutAfter(all * (k - 1) / places)
		if s, err := Open(t.Context(), Options{URL: through}); err == nil {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		} else {
			failed++
			if perennial.CodeOf(err) == "" {
				t.Errorf("cut after %d of %d bytes: %v", all*(k-1)/places, all, err)
			}
		}
		s := opened(t, address)
		if v, err := s.Check(t.Context()); err != nil || v != len(steps) {
			t.Errorf("cut after %d of %d bytes, then opened again: version %d, %v", all*(k-1)/places, all, v, err)
		}
		if err := put(t.Context(), s, "cut"); err != nil || stored(t, s) != 1 {
			t.Errorf("cut after %d of %d bytes, then opened again: %v", all*(k-1)/places, all, err)
		}
	}
	if failed < places/2 {
		t.Errorf("%d of %d cuts broke a migration", failed, places)
	}
}
