// Command testsummary reads the output of `go test -json` and says what happened:
// a line for each package as it ends, the whole output of what failed, each skip
// with its reason, and as its last line
//
//	N passed, N failed, N skipped
//
// Steps that ran before (lint, vet, …) are counted with it when they are named
// as -step 'NAME=passed', 'NAME=failed' or 'NAME=skipped: REASON'. Its exit code
// is 1 if anything failed or if nothing ran.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	s := newSummary()
	flag.Func("step", "NAME=passed, NAME=failed or NAME=skipped: REASON; may be repeated", s.step)
	flag.Parse()
	if err := s.read(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if !s.print(os.Stdout) {
		os.Exit(1)
	}
}
