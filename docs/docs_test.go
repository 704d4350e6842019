package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"perennial/store/state"
	"perennial/store/warehouse"
)

// dictionary reads the tables of data-dictionary.md: headings of the third
// level and the first cell of each row.
func dictionary(t *testing.T) map[string][]string {
	t.Helper()
	b, err := os.ReadFile("data-dictionary.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	table := ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "### "); ok {
			table = name
			out[table] = nil
			continue
		}
		if cells := strings.Split(line, "|"); table != "" && len(cells) > 2 {
			if name := strings.TrimSpace(cells[1]); name != "column" && !strings.HasPrefix(name, "-") {
				out[table] = append(out[table], name)
			}
		}
	}
	return out
}

var (
	createTable = regexp.MustCompile(`(?s)create table (\w+) \((.*?)\n\);`)
	addColumn   = regexp.MustCompile(`alter table (\w+) add column (\w+)`)
	columnName  = regexp.MustCompile(`^\s*(\w+)\s+(bigint|text|bytea|double)`)
)

// stateTables reads the columns of the state schema from its migrations.
func stateTables(t *testing.T) map[string][]string {
	t.Helper()
	steps, err := state.Migrations("sqlite")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, step := range steps {
		for _, m := range createTable.FindAllStringSubmatch(step.SQL, -1) {
			for line := range strings.Lines(m[2]) {
				if c := columnName.FindStringSubmatch(line); c != nil {
					out[m[1]] = append(out[m[1]], c[1])
				}
			}
		}
	}
	for _, step := range steps {
		for _, m := range addColumn.FindAllStringSubmatch(step.SQL, -1) {
			out[m[1]] = append(out[m[1]], m[2])
		}
	}
	if len(out) == 0 {
		t.Fatal("no table found in the migrations")
	}
	return out
}

func TestDictionaryDescribesEveryColumn(t *testing.T) {
	described := dictionary(t)
	want := stateTables(t)
	for _, table := range slices.Concat(warehouse.Tables, warehouse.Derived) {
		for _, f := range table.Fields {
			want[table.Name] = append(want[table.Name], f.Name)
		}
	}
	for table, columns := range want {
		if got, ok := described[table]; !ok {
			t.Errorf("table %s is not described", table)
		} else if !slices.Equal(got, columns) {
			t.Errorf("table %s\n\thas      %s\n\tdescribed %s", table, strings.Join(columns, " "), strings.Join(got, " "))
		}
		delete(described, table)
	}
	for table := range described {
		t.Errorf("table %s is described and does not exist", table)
	}
}

var link = regexp.MustCompile(`\]\(([^)#][^)]*)\)`)

func TestLinksLeadSomewhere(t *testing.T) {
	documents, err := filepath.Glob("../*.md")
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			documents = append(documents, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range documents {
		b, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(b), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(document), target)); err != nil {
				t.Errorf("%s links to %s, which does not exist", document, target)
			}
		}
	}
}

var decision = regexp.MustCompile(`^\d{4}-[a-z0-9-]+\.md$`)

func TestDecisionsAreNumbered(t *testing.T) {
	entries, err := os.ReadDir("decisions")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, e := range entries {
		name := e.Name()
		if !decision.MatchString(name) {
			t.Errorf("decisions/%s is not called NNNN-what.md", name)
			continue
		}
		if other := seen[name[:4]]; other != "" {
			t.Errorf("decisions/%s and %s share a number", name, other)
		}
		seen[name[:4]] = name
		b, err := os.ReadFile(filepath.Join("decisions", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"## Context", "## Weighed", "## Decision", "## Consequences"} {
			if !strings.Contains(string(b), part) {
				t.Errorf("decisions/%s lacks %q", name, part)
			}
		}
	}
}
