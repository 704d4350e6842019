// Package realdata opens the shared evaluation data that tests reproduce
// published figures from. The data has licences of its own and is never part of
// the project: where it is absent, a test skips and says so.
package realdata

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Path returns the path of a file such as "cdnow/CDNOW_sample.txt", or skips the
// test. The folder is $PERENNIAL_REAL_DATA, else ../shared/data beside the
// repository.
func Path(tb testing.TB, name string) string {
	tb.Helper()
	dir := os.Getenv("PERENNIAL_REAL_DATA")
	if dir == "" {
		_, self, _, _ := runtime.Caller(0)
		dir = filepath.Join(filepath.Dir(self), "..", "..", "..", "shared", "data")
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		tb.Skipf("real data absent: %s (set PERENNIAL_REAL_DATA to the folder that holds it)", name)
	}
	return path
}

// Read returns the contents of a file, unpacked where its name ends in .gz, or
// skips the test.
func Read(tb testing.TB, name string) []byte {
	tb.Helper()
	f, err := os.Open(Path(tb, name))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		zr, err := gzip.NewReader(f)
		if err != nil {
			tb.Fatal(err)
		}
		r = zr
	}
	b, err := io.ReadAll(r)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}
