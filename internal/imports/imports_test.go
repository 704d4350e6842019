package imports

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// listed is a package as `go list` tells it; Folder is its path in the module,
// "." for the root.
type listed struct {
	ImportPath, Name, Dir              string
	Imports, TestImports, XTestImports []string
	Folder                             string `json:"-"`
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// list returns every package of the module with its imports, with and without
// the build tag: a file that only one build sees is held to the rules too.
func list(t *testing.T) []listed {
	t.Helper()
	var all []listed
	at := map[string]int{}
	for _, tags := range []string{"", "duckdb_arrow"} {
		// -e: a package that does not compile is the compiler's to report.
		cmd := exec.Command("go", "list", "-e", "-tags", tags,
			"-json=ImportPath,Name,Dir,Imports,TestImports,XTestImports", "./...")
		cmd.Dir = root(t)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go list: %v\n%s", err, stderr.String())
		}
		dec := json.NewDecoder(bytes.NewReader(out))
		for {
			var p listed
			err := dec.Decode(&p)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			p.Folder = folder(p.ImportPath)
			i, ok := at[p.Folder]
			if !ok {
				at[p.Folder] = len(all)
				all = append(all, p)
				continue
			}
			all[i].Imports = union(all[i].Imports, p.Imports)
			all[i].TestImports = union(all[i].TestImports, p.TestImports)
			all[i].XTestImports = union(all[i].XTestImports, p.XTestImports)
		}
	}
	if len(all) < 10 {
		t.Fatalf("go list found %d packages", len(all))
	}
	return all
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// folder turns an import path of this module into a folder, "" for others.
func folder(importPath string) string {
	if importPath == module {
		return "."
	}
	rest, ok := strings.CutPrefix(importPath, module+"/")
	if !ok {
		return ""
	}
	return rest
}

// within reports whether a folder is one of a list or lies below it.
func within(folder string, list []string) bool {
	return slices.ContainsFunc(list, func(of string) bool {
		return folder == of || of != "." && strings.HasPrefix(folder, of+"/")
	})
}

// ruleOf finds the rule with the longest folder that holds for a package.
func ruleOf(folder string) (found rule, ok bool) {
	for _, r := range rules {
		if within(folder, []string{r.of}) && (!ok || len(r.of) > len(found.of)) {
			found, ok = r, true
		}
	}
	return found, ok
}

// allows reports whether a rule lets its packages import a folder.
func (r rule) allows(to string) bool {
	if within(to, []string{r.of}) {
		// Beside one another, but a seam does not reach into its engines.
		return r.of != "store" || !within(to, engines)
	}
	for _, may := range r.may {
		switch {
		case may == "...":
			return true
		case may == "seams":
			if within(to, []string{"store"}) && !within(to, engines) {
				return true
			}
		case within(to, []string{may}):
			return true
		}
	}
	return false
}

func TestImportsGoOneWay(t *testing.T) {
	for _, p := range list(t) {
		if within(p.Folder, outside) {
			continue
		}
		r, ok := ruleOf(p.Folder)
		if within(p.Folder, engines) {
			r, ok = rule{of: p.Folder, may: []string{".", "internal", "seams"}, why: "an engine knows the seams and nobody else"}, true
		}
		if within(p.Folder, []string{"store/warehouse/warehousetest", "store/state/statetest"}) {
			r.why = "a conformance suite knows no engine: the engine's test hands itself in"
		}
		if !ok && len(p.Imports) > 0 {
			t.Errorf("%s: no rule says what it may import; add its line to internal/imports/rules_test.go, .golangci.yaml and ARCHITECTURE.md", p.Folder)
			continue
		}
		for _, imported := range p.Imports {
			if to := folder(imported); to != "" && !r.allows(to) {
				t.Errorf("%s imports %s\n\tmay: %s\n\twhy: %s", p.Folder, to, strings.Join(r.may, ", "), r.why)
			}
		}
	}
}

func TestDriversStayInTheirEngines(t *testing.T) {
	isDriver := func(imported string) bool { return within(imported, drivers) }
	for _, p := range list(t) {
		if within(p.Folder, outside) {
			continue // a benchmark measures Perennial against the bare engine
		}
		for _, imported := range p.Imports {
			if isDriver(imported) && !within(p.Folder, engines) {
				t.Errorf("%s imports the driver %s; only %s do", p.Folder, imported, strings.Join(engines, ", "))
			}
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if isDriver(imported) && !within(p.Folder, engines) {
				t.Errorf("a test of %s imports the driver %s; go through the seam", p.Folder, imported)
			}
		}
	}
}

func TestPureStaysPure(t *testing.T) {
	for _, p := range list(t) {
		if !within(p.Folder, pure) {
			continue
		}
		for _, imported := range p.Imports {
			if slices.Contains(impure, imported) || within(imported, drivers) {
				t.Errorf("%s is pure mathematics and imports %s", p.Folder, imported)
			}
		}
	}
}

func TestVocabularyStaysSmall(t *testing.T) {
	for _, p := range list(t) {
		if p.Folder != "." {
			continue
		}
		for _, imported := range p.Imports {
			if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") || first == module {
				t.Errorf("the vocabulary imports %s; it may import the standard library only", imported)
			}
		}
	}
	lines := 0
	files, err := filepath.Glob(filepath.Join(root(t), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines += bytes.Count(b, []byte("\n"))
	}
	if lines > vocabularyLines {
		t.Errorf("the vocabulary has %d lines, at most %d: what does work belongs to a stage", lines, vocabularyLines)
	}
}

func TestNamesSayWhatTheyHold(t *testing.T) {
	for _, p := range list(t) {
		for _, part := range append(strings.Split(p.Folder, "/"), p.Name) {
			if slices.Contains(sayNothing, part) {
				t.Errorf("package %s: %q says nothing about what it holds", p.Folder, part)
			}
		}
	}
	each(t, func(f source) {
		stem := strings.TrimSuffix(strings.TrimSuffix(path.Base(f.name), ".go"), "_test")
		if slices.Contains(sayNothing, stem) {
			t.Errorf("%s: %q says nothing about what it holds", f.name, stem)
		}
	})
}

func TestNobodySleepsOrAsksForTheTime(t *testing.T) {
	each(t, func(f source) {
		local, ok := f.importedAs("time")
		if !ok {
			return
		}
		f.selectors(local, func(name string, line int) {
			dir := path.Dir(f.name)
			switch {
			case name == "Sleep":
				t.Errorf("%s:%d sleeps; wait for a signal", f.name, line)
			case !f.test && slices.Contains(pace, name) && within(dir, pure):
				t.Errorf("%s:%d uses time.%s; pure packages wait for nothing", f.name, line, name)
			case !f.test && slices.Contains(clock, name) && !within(dir, clockFolders):
				t.Errorf("%s:%d uses time.%s; the time comes from outside", f.name, line, name)
			}
		})
	})
}

func TestRandomnessComesFromOutside(t *testing.T) {
	each(t, func(f source) {
		if f.test {
			return
		}
		if _, old := f.importedAs("math/rand"); old {
			t.Errorf("%s imports math/rand; use math/rand/v2 with a seed", f.name)
		}
		local, ok := f.importedAs("math/rand/v2")
		if !ok {
			return
		}
		f.selectors(local, func(name string, line int) {
			if !slices.Contains(seeded, name) {
				t.Errorf("%s:%d uses rand.%s, which nobody has seeded", f.name, line, name)
			}
		})
	})
}

func TestNoWorkInInit(t *testing.T) {
	each(t, func(f source) {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s:%d has an init function; do the work in a constructor", f.name, f.line(fn))
			}
		}
	})
}

// TestNothingGlobalChanges allows package variables that never change once the
// program has started (SQL beside its Go, patterns, tables) and no others.
func TestNothingGlobalChanges(t *testing.T) {
	type global struct{ dir, name string }
	declared := map[global]bool{}
	var files []source
	each(t, func(f source) {
		if f.test {
			return
		}
		files = append(files, f)
		for _, d := range f.ast.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				v, ok := s.(*ast.ValueSpec)
				if !ok {
					continue
				}
				for _, n := range v.Names {
					declared[global{path.Dir(f.name), n.Name}] = true
				}
				if s, ok := v.Type.(*ast.SelectorExpr); ok {
					if x, ok := s.X.(*ast.Ident); ok && (x.Name == "sync" || x.Name == "atomic") && globalState[v.Names[0].Name] == "" {
						t.Errorf("%s:%d is a %s.%s for everybody; it belongs to a value with a constructor", f.name, f.line(v), x.Name, s.Sel.Name)
					}
				}
			}
		}
	})
	for _, f := range files {
		check := func(target ast.Expr) {
			id := rootOf(target)
			// An identifier that resolves to a declaration inside the file is a
			// local, unless that declaration is the file's own at package level.
			if id == nil || id.Obj != nil && f.ast.Scope.Lookup(id.Name) != id.Obj {
				return
			}
			if declared[global{path.Dir(f.name), id.Name}] {
				t.Errorf("%s:%d changes the package variable %s", f.name, f.line(target), id.Name)
			}
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.AssignStmt:
					if n.Tok != token.DEFINE {
						for _, l := range n.Lhs {
							check(l)
						}
					}
				case *ast.IncDecStmt:
					check(n.X)
				}
				return true
			})
		}
	}
}

// rootOf returns the variable that an assignment to x, x.f, x[i] or *x changes.
func rootOf(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// source is one Go file of the module; name is its path in the module.
type source struct {
	name string
	test bool
	ast  *ast.File
	set  *token.FileSet
}

// each parses every Go file of the module, whatever its build tags.
func each(t *testing.T, f func(source)) {
	t.Helper()
	top := root(t)
	err := filepath.WalkDir(top, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch name := d.Name(); {
			case file == top:
				return nil
			case strings.HasPrefix(name, "."), name == "node_modules", name == "testdata", name == "build", name == "bin", name == "dist":
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(file) != ".go" {
			return nil
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			return nil //nolint:nilerr // the compiler reports what does not parse
		}
		name, err := filepath.Rel(top, file)
		if err != nil {
			return err
		}
		f(source{filepath.ToSlash(name), strings.HasSuffix(file, "_test.go"), parsed, set})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// importedAs returns the name under which a file imports a package.
func (f source) importedAs(importPath string) (local string, ok bool) {
	for _, s := range f.ast.Imports {
		if got, err := strconv.Unquote(s.Path.Value); err != nil || got != importPath {
			continue
		}
		if s.Name != nil {
			return s.Name.Name, true
		}
		local = path.Base(importPath)
		if local == "v2" {
			local = path.Base(path.Dir(importPath))
		}
		return local, true
	}
	return "", false
}

// selectors calls found for every name that a file uses of an imported package.
func (f source) selectors(local string, found func(name string, line int)) {
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == local {
				found(s.Sel.Name, f.line(s))
			}
		}
		return true
	})
}

func (f source) line(n ast.Node) int { return f.set.Position(n.Pos()).Line }
