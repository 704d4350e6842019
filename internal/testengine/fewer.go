package testengine

import (
	"flag"
	"testing"
)

// fewer is the number of examples of a property that asks a server many times.
const fewer = "25"

// Fewer lets the property tests of a test try fewer examples, unless a person has
// asked for a number: each takes half a second.
func Fewer(tb testing.TB) {
	tb.Helper()
	checks := flag.Lookup("rapid.checks")
	if checks == nil || checks.Value.String() != checks.DefValue {
		return
	}
	if err := checks.Value.Set(fewer); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := checks.Value.Set(checks.DefValue); err != nil {
			tb.Error(err)
		}
	})
}
