// Command testsummary reads the output of `go test -json` and says what happened:
// a line for each package as it ends, the whole output of what failed, each skip
// with its reason, and as its last line
//
//	N passed, N failed, N skipped
//
// Steps that ran before (lint, vet, …) are counted with it when they are named
// as -step 'NAME=passed', 'NAME=failed' or 'NAME=skipped: REASON'. Its exit code
// is 1 if anything failed or if nothing ran.
//
// With -engine NAME=PATTERN, which may be repeated, the last lines are one for each
// engine instead, of the tests whose "package test" a pattern of its name matches:
//
//	engine=NAME cases=N passed=N failed=N skipped=N
//
// An engine without a case counts as a failure: its tests did not get that far.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	s := newSummary()
	flag.Func("step", "NAME=passed, NAME=failed or NAME=skipped: REASON; may be repeated", s.step)
	flag.Func("engine", "NAME=PATTERN: whose cases are counted by themselves; may be repeated", s.engine)
	flag.Parse()
	if err := s.read(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if !s.print(os.Stdout) {
		os.Exit(1)
	}
}
