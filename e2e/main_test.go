package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
)

// program is the program under test, noBinary why there is none.
var program, noBinary string

// TestMain finds or builds the program once. PERENNIAL_BINARY names one that is
// built already.
func TestMain(m *testing.M) {
	if program = os.Getenv("PERENNIAL_BINARY"); program == "" {
		dir, err := os.MkdirTemp("", "perennial-e2e-")
		if err != nil {
			noBinary = err.Error()
		} else {
			defer os.RemoveAll(dir)
			program, noBinary = build(dir)
		}
	}
	m.Run()
}

func build(dir string) (path, missing string) {
	goTool, err := exec.LookPath("go")
	if err != nil {
		return "", "there is no go command to build the program with"
	}
	compiler := os.Getenv("CC")
	for _, name := range []string{"cc", "gcc", "clang"} {
		if _, err := exec.LookPath(name); err == nil && compiler == "" {
			compiler = name
		}
	}
	if compiler == "" {
		return "", "there is no C compiler (cc, gcc, clang); the embedded databases need one"
	}
	path = filepath.Join(dir, "perennial")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	cmd := exec.CommandContext(context.Background(), goTool, "build", "-tags", "duckdb_arrow", "-o", path, "./cmd/perennial")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Sprintf("the program does not build: %v\n%s", err, out)
	}
	return path, ""
}

// chaos is how many times a test of interruptions is to try: quick unless
// PERENNIAL_CHAOS says how many hundreds are wanted.
func chaos(t testing.TB, quick int) int {
	t.Helper()
	s := os.Getenv("PERENNIAL_CHAOS")
	if s == "" {
		return quick
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("PERENNIAL_CHAOS is %q, not a number of hundreds", s)
	}
	return 100 * n
}
