package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/metric"
	"perennial/analyze/purchase"
	"perennial/analyze/rfm"
	"perennial/collect/importer"
	"perennial/collect/importer/mapping"
	"perennial/internal/testengine"
	"perennial/report"
)

// A case is a file that an analyst can read: orders in, figures out. Each runs on
// every engine; analyze/testdata/README.md teaches to write one.
type analysisCase struct {
	Name    string      `yaml:"name"`
	Files   []caseFile  `yaml:"files"`
	Options caseOptions `yaml:"options"`
	Expect  yaml.Node   `yaml:"expect"`

	file string
}

type caseFile struct {
	Kind string `yaml:"kind"` // orders (default), customers, products
	Rows string `yaml:"rows"`
	Undo int    `yaml:"undo"` // instead of rows: take the n-th file back
}

type caseOptions struct {
	Textbook bool    `yaml:"textbook"`
	Money    string  `yaml:"money"`
	Margin   float64 `yaml:"margin"`
	Count    string  `yaml:"count"`
	Zero     string  `yaml:"zero"`
	AsOf     string  `yaml:"as_of"`
	Window   int     `yaml:"window"`
	RFM      string  `yaml:"rfm_method"`
	Zone     string  `yaml:"zone"`
}

// engines are what cases run on, by the names of their sub-tests: each engine once
// beside the embedded one of the other seam, which is the run that counts for it
// (scripts/test-engines), and both servers together.
var engines = []struct {
	warehouse, state string
	shards           int
	postgres         bool
}{
	{"duckdb", "sqlite", 0, false},
	{"duckdb", "postgres", 0, true},
	{"clickhouse", "sqlite", 2, false},
	{"clickhouse-1", "postgres", 1, true},
}

func TestCases(t *testing.T) {
	cases := readCases(t)
	for _, e := range engines {
		t.Run(e.warehouse+"+"+e.state, func(t *testing.T) {
			cluster := sync.OnceValue(func() *testengine.Cluster { return testengine.ClickHouse(t, e.shards) })
			for i, c := range cases {
				t.Run(c.file+"/"+c.Name, func(t *testing.T) {
					var at servers
					if e.postgres {
						at.state = testengine.Postgres(t)
					}
					if e.shards > 0 {
						testengine.NeedClickHouse(t)
						at.warehouse = cluster().URL(fmt.Sprintf("case%d", i))
					}
					runCase(t, &c, at)
				})
			}
		})
	}
}

func readCases(t *testing.T) (all []analysisCase) {
	t.Helper()
	files, err := filepath.Glob("../analyze/testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var cases []analysisCase
		d := yaml.NewDecoder(bytes.NewReader(b))
		d.KnownFields(true)
		if err := d.Decode(&cases); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, c := range cases {
			c.file = strings.TrimSuffix(filepath.Base(path), ".yaml")
			all = append(all, c)
		}
	}
	return all
}

func fixedNow() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) }

func runCase(t *testing.T, c *analysisCase, at servers) {
	ctx := t.Context()
	a, err := Open(ctx, Options{Dir: t.TempDir(), Config: at.config(), Now: fixedNow})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	var ids []int64
	for i, f := range c.Files {
		if f.Undo > 0 {
			if _, err := a.Undo(ctx, ids[f.Undo-1]); err != nil {
				t.Fatal(err)
			}
			continue
		}
		ids = append(ids, caseImport(t, a, c, i, f))
	}
	ws, err := a.Catalog.Workspace(ctx, "case")
	if err != nil {
		t.Fatal(err)
	}
	analysis, err := a.Analyze(ctx, ws, c.options(t))
	var got any
	if err != nil {
		got = map[string]any{"error": perennial.CodeOf(err)}
	} else {
		text, err := json.Marshal(analysis.Picture)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
	}
	var want any
	if err := c.Expect.Decode(&want); err != nil {
		t.Fatal(err)
	}
	for _, d := range differences("", want, got) {
		t.Error(d)
	}
}

func caseImport(t *testing.T, a *App, c *analysisCase, i int, f caseFile) int64 {
	t.Helper()
	path := filepath.Join(t.TempDir(), fmt.Sprintf("file%d.csv", i+1))
	if err := os.WriteFile(path, []byte(f.Rows), 0o600); err != nil {
		t.Fatal(err)
	}
	kind := mapping.Orders
	if f.Kind != "" {
		kind = mapping.Kind(f.Kind)
	}
	req := importer.Request{Kind: kind, Path: path, Currency: "CNY", Zone: time.UTC}
	if c.Options.Zone != "" {
		zone, err := time.LoadLocation(c.Options.Zone)
		if err != nil {
			t.Fatal(err)
		}
		req.Zone = zone
	}
	if c.Options.Textbook {
		req.Repeats = importer.RepeatsKeep
	}
	r, _, _, err := a.Import(t.Context(), ImportOptions{Request: req, Workspace: "case"})
	if err != nil {
		t.Fatal(err)
	}
	for _, refusal := range r.Refusals {
		t.Errorf("%s line %d: %s %s", path, refusal.Line, refusal.Code, refusal.Value)
	}
	return r.Import.ID
}

func (c *analysisCase) options(t *testing.T) AnalyzeOptions {
	t.Helper()
	o := c.Options
	opt := AnalyzeOptions{
		Purchases: purchase.Options{AsOf: history.NoDay, Money: perennial.MoneyNet, MarginRate: o.Margin, KeepZero: o.Zero == "keep"},
		Report:    report.Options{Textbook: o.Textbook, Count: metric.Count(o.Count), WindowDays: o.Window, RFMMethod: rfm.Method(o.RFM), Seed: 1},
	}
	if o.Textbook {
		opt.Purchases = textbook()
	}
	if o.Money != "" {
		opt.Purchases.Money = perennial.MoneyKind(o.Money)
	}
	if o.AsOf != "" {
		day, err := perennial.ParseDay(o.AsOf)
		if err != nil {
			t.Fatal(err)
		}
		opt.Purchases.AsOf = day
	}
	return opt
}

// differences compares what is expected with what came out: of an object the
// expected keys, of a list all entries, or those whose key fields agree when the
// expected entry names one (stage, code, month, id). Numbers agree within 1e-9 of
// their size.
func differences(at string, want, got any) []string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s: got %v, want an object", at, got)}
		}
		var out []string
		for _, k := range sortedKeys(w) {
			out = append(out, differences(at+"."+k, w[k], g[k])...)
		}
		return out
	case []any:
		g, ok := got.([]any)
		if !ok {
			return []string{fmt.Sprintf("%s: got %v, want a list", at, got)}
		}
		if key := keyOf(w); key != "" {
			return byKey(at, key, w, g)
		}
		if len(w) != len(g) {
			return []string{fmt.Sprintf("%s: got %v, want %v", at, g, w)}
		}
		var out []string
		for i := range w {
			out = append(out, differences(fmt.Sprintf("%s[%d]", at, i), w[i], g[i])...)
		}
		return out
	case int:
		return differences(at, float64(w), got)
	case float64:
		if g, ok := got.(float64); ok && math.Abs(g-w) <= 1e-9*max(1, math.Abs(w)) {
			return nil
		}
	default:
		if got == want {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s: got %v, want %v", at, got, want)}
}

func keyOf(list []any) string {
	for _, key := range []string{"stage", "code", "month", "id"} {
		if slices.ContainsFunc(list, func(e any) bool { m, ok := e.(map[string]any); return ok && m[key] != nil }) {
			return key
		}
	}
	return ""
}

func byKey(at, key string, want, got []any) (out []string) {
	for _, w := range want {
		name := w.(map[string]any)[key]
		i := slices.IndexFunc(got, func(g any) bool { m, ok := g.(map[string]any); return ok && m[key] == name })
		if i < 0 {
			out = append(out, fmt.Sprintf("%s: no entry with %s %v", at, key, name))
			continue
		}
		out = append(out, differences(fmt.Sprintf("%s[%v]", at, name), w, got[i])...)
	}
	return out
}
