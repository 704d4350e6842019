package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"perennial"
)

func TestFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c := Default()
		err = c.decode(path, b)
		if good := strings.HasSuffix(path, ".good.yaml"); good && err != nil || !good && perennial.CodeOf(err) != "config.invalid" {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestAMissingFileIsTheDefault(t *testing.T) {
	c, err := Load(t.TempDir())
	if err != nil || c != Default() {
		t.Errorf("%+v, %v", c, err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("warehouse:\n  memory_mb: 2048\n"))
	f.Add([]byte("log: [1, {a: &x *x}]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := Default()
		if err := c.decode("fuzz", b); err != nil && perennial.CodeOf(err) != "config.invalid" {
			t.Errorf("an error without a code: %v", err)
		}
	})
}
