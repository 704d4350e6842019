package sqlfile

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// Migration is one forward step of a schema. Version counts from 1 without
// gaps; File is its name for messages.
type Migration struct {
	Version int
	File    string
	SQL     string
}

// Migrations reads NNNN_name.sql files in the root of fsys in order. For an
// engine, NNNN_name.<engine>.sql takes the place of the common file.
func Migrations(fsys fs.FS, engine string) ([]Migration, error) {
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	var out []Migration
	for _, name := range names {
		stem, special, has := strings.Cut(strings.TrimSuffix(name, ".sql"), ".")
		if has && special != engine {
			continue
		}
		number, _, _ := strings.Cut(stem, "_")
		version, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("migration %s has no number", name)
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		m := Migration{Version: version, File: name, SQL: string(b)}
		if n := len(out); n > 0 && out[n-1].Version == version {
			if has {
				out[n-1] = m
			}
			continue
		}
		out = append(out, m)
	}
	for i, m := range out {
		if m.Version != i+1 {
			return nil, fmt.Errorf("migration %s is number %d in order", m.File, i+1)
		}
	}
	return out, nil
}
