package app

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"perennial"
	"perennial/config"
)

// archive packs entries behind a manifest that promises files.
func archive(tb testing.TB, format int, files map[string]string, entries ...[2]string) []byte {
	tb.Helper()
	var buf bytes.Buffer
	zw, err := zstd.NewWriter(&buf)
	if err != nil {
		tb.Fatal(err)
	}
	tw := tar.NewWriter(zw)
	head, err := json.Marshal(Manifest{Format: format, Files: files})
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
			if err := os.WriteFile(path, archive(t, backupFormat, c.files, c.entries...), 0o600); err != nil {
				t.Fatal(err)
			}
			target := filepath.Join(dir, "in", "target")
			_, err := Restore(t.Context(), RestoreOptions{Path: path, Dir: target, Now: time.Now})
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

func openApp(t *testing.T, dir string) *App {
	t.Helper()
	a, err := Open(t.Context(), Options{Dir: dir, Create: true, Config: config.Default(), Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestBackupsOfBothFormatsRestore: format 1 held SQLite's own file, and backups
// of it are kept for years.
func TestBackupsOfBothFormatsRestore(t *testing.T) {
	ctx := t.Context()
	dir := filepath.Join(t.TempDir(), "data")
	a := openApp(t, dir)
	if _, err := a.Catalog.CreateWorkspace(ctx, perennial.Workspace{Name: "shop", Zone: time.UTC, Currency: "CNY", WeekStart: time.Monday}); err != nil {
		t.Fatal(err)
	}
	now := filepath.Join(t.TempDir(), "now.backup")
	m, err := a.Backup(ctx, now, "test", true)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if m.Files[stateDump] == "" {
		t.Errorf("the backup has no %s: %v", stateDump, m.Files)
	}
	files, entries := map[string]string{}, [][2]string{}
	for _, name := range []string{"state.db", "vault.key"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		files[name] = hex.EncodeToString(sum[:])
		entries = append(entries, [2]string{name, string(b)})
	}
	old := filepath.Join(t.TempDir(), "old.backup")
	if err := os.WriteFile(old, archive(t, 1, files, entries...), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"this format": now, "format 1": old} {
		target := filepath.Join(t.TempDir(), "restored")
		if _, err := Restore(ctx, RestoreOptions{Path: path, Dir: target, Now: time.Now}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(target, stateDump)); !os.IsNotExist(err) {
			t.Errorf("%s: the dump is left beside the database: %v", name, err)
		}
		b := openApp(t, target)
		if ws, err := b.Catalog.Workspace(ctx, "shop"); err != nil || ws.Currency != "CNY" {
			t.Errorf("%s: %v, %v", name, ws, err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestRestoreRefusesASpoiltDump(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "backup")
	if err := os.WriteFile(path, archive(t, backupFormat, map[string]string{stateDump: helloSum}, [2]string{stateDump, "hello"}), 0o600); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(dir, "in", "target")
	if _, err := Restore(t.Context(), RestoreOptions{Path: path, Dir: target, Now: time.Now}); perennial.CodeOf(err) != "restore.damaged" {
		t.Errorf("error %v", err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "in")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(archive(f, backupFormat, map[string]string{"a/b": helloSum}, [2]string{"a/b", "hello"}))
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
