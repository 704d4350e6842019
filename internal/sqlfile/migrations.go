package sqlfile

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// Migration is one forward step of a schema. Version counts from 1 without
// gaps; File is its name for messages. SQL is empty where a step concerns other
// engines only.
type Migration struct {
	Version int
	File    string
	SQL     string
}

// Migrations reads NNNN_name.sql files in the root of fsys in order. For an
// engine, NNNN_name.<engine>.sql takes the place of the common file. A step that
// has files for other engines only is empty, so that a version means the same
// schema on every engine.
func Migrations(fsys fs.FS, engine string) ([]Migration, error) {
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	var out []Migration
	for _, name := range names {
		stem, special, has := strings.Cut(strings.TrimSuffix(name, ".sql"), ".")
		number, _, _ := strings.Cut(stem, "_")
		version, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("migration %s has no number", name)
		}
		if n := len(out); n == 0 || out[n-1].Version != version {
			out = append(out, Migration{Version: version, File: name})
		} else if before, _, _ := strings.Cut(out[n-1].File, "."); before != stem {
			return nil, fmt.Errorf("migrations %s and %s have the same number", out[n-1].File, name)
		}
		m := &out[len(out)-1]
		if has && special != engine || !has && m.SQL != "" {
			continue // another engine's, or the common one after the engine's own
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		m.File, m.SQL = name, string(b)
	}
	for i, m := range out {
		if m.Version != i+1 {
			return nil, fmt.Errorf("migration %s is number %d in order", m.File, i+1)
		}
	}
	return out, nil
}
