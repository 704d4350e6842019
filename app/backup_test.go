package app

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"perennial"
)

// archive packs entries behind a manifest that promises files.
func archive(tb testing.TB, files map[string]string, entries ...[2]string) []byte {
	tb.Helper()
	var buf bytes.Buffer
	zw, err := zstd.NewWriter(&buf)
	if err != nil {
		tb.Fatal(err)
	}
	tw := tar.NewWriter(zw)
	head, err := json.Marshal(Manifest{Format: backupFormat, Files: files})
	if err != nil {
		tb.Fatal(err)
	}
	for _, e := range append([][2]string{{manifestName, string(head)}}, entries...) {
		if err := tw.WriteHeader(&tar.Header{Name: e[0], Mode: 0o600, Size: int64(len(e[1]))}); err != nil {
			tb.Fatal(err)
		}
		if _, err := tw.Write([]byte(e[1])); err != nil {
			tb.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		tb.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes()
}

const helloSum = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" // of "hello"

func TestRestoreRefusesWhatIsNotWhole(t *testing.T) {
	for name, c := range map[string]struct {
		files   map[string]string
		entries [][2]string
		code    string
	}{
		"whole":                {map[string]string{"a/b": helloSum}, [][2]string{{"a/b", "hello"}}, ""},
		"a changed byte":       {map[string]string{"a/b": helloSum}, [][2]string{{"a/b", "hellO"}}, "restore.damaged"},
		"a missing file":       {map[string]string{"a/b": helloSum}, nil, "restore.damaged"},
		"an unpromised file":   {nil, [][2]string{{"a/b", "hello"}}, "restore.damaged"},
		"a file twice":         {map[string]string{"a/b": helloSum}, [][2]string{{"a/b", "hello"}, {"a/b", "hello"}}, "restore.damaged"},
		"a way out":            {map[string]string{"../b": helloSum}, [][2]string{{"../b", "hello"}}, "restore.damaged"},
		"an absolute path":     {map[string]string{"/tmp/b": helloSum}, [][2]string{{"/tmp/b", "hello"}}, "restore.damaged"},
		"a file and its child": {map[string]string{"a": helloSum, "a/b": helloSum}, [][2]string{{"a", "hello"}, {"a/b", "hello"}}, "restore.damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "backup")
			if err := os.WriteFile(path, archive(t, c.files, c.entries...), 0o600); err != nil {
				t.Fatal(err)
			}
			target := filepath.Join(dir, "in", "target")
			_, err := Restore(t.Context(), path, target)
			if perennial.CodeOf(err) != c.code {
				t.Errorf("error %v, want %q", err, c.code)
			}
			if _, err := os.Stat(target); (err == nil) != (c.code == "") {
				t.Errorf("the target: %v", err)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "in", ".perennial-restore-*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(archive(f, map[string]string{"a/b": helloSum}, [2]string{"a/b", "hello"}))
	f.Add([]byte("rubbish"))
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		inside := filepath.Join(dir, "staging")
		if err := os.Mkdir(inside, 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := unpack(t.Context(), bytes.NewReader(b), inside); err != nil && perennial.CodeOf(err) == "" {
			t.Errorf("an error without a code: %v", err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Errorf("written outside: %v, %v", entries, err)
		}
	})
}
