package duckdb

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"perennial"
	"perennial/store/warehouse"
	"perennial/store/warehouse/warehousetest"
)

func open(tb testing.TB, dir string) warehouse.Warehouse {
	tb.Helper()
	s, err := Open(tb.Context(), Options{Path: filepath.Join(dir, "it's a warehouse.duckdb")})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) { warehousetest.Run(t, open) }

// The file and its backup are their owner's alone; one that somebody shares stays so.
func TestWhoMayRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "w.duckdb")
	mode := func(path string) os.FileMode {
		t.Helper()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	for _, want := range []os.FileMode{0o600, 0o640} {
		s, err := Open(t.Context(), Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		copied := t.TempDir()
		if err := s.Backup(t.Context(), copied); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if mode(path) != want || mode(filepath.Join(copied, "warehouse.duckdb")) != 0o600 {
			t.Errorf("the file is %v, its backup %v", mode(path), mode(filepath.Join(copied, "warehouse.duckdb")))
		}
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRefusesANewerSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.duckdb")
	s, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec("insert into schema_version values (999)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), Options{Path: path})
	if e := perennial.AsError(err); e == nil || e.Code != "store.newer_schema" || !strings.Contains(e.Sentence.ZH, "数据仓库") {
		t.Errorf("opened a newer schema: %v", err)
	}
}

func TestRefusesWhatIsNoDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.duckdb")
	if err := os.WriteFile(path, make([]byte, 8192), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Path: path}); perennial.CodeOf(err) != "store.damaged" {
		t.Errorf("opened rubbish: %v", err)
	}
}

func TestABackupOpens(t *testing.T) {
	s := open(t, t.TempDir())
	defer s.Close()
	warehousetest.Fill(t, s, warehouse.Hidden, [][]any{{int64(1), int64(2), int64(3)}})
	dir := t.TempDir()
	if err := s.Backup(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	c, err := Open(t.Context(), Options{Path: filepath.Join(dir, "warehouse.duckdb")})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if rows := warehousetest.Rows(t, c, "select by_batch from hidden", nil); len(rows) != 1 || rows[0][0] != int64(3) {
		t.Errorf("the copy holds %v", rows)
	}
}
