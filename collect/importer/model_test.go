package importer_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"perennial"
	"perennial/collect/importer"
	"perennial/collect/importer/mapping"
	"perennial/internal/sqlfile"
	"perennial/store/catalog"
	"perennial/store/state"
	"perennial/store/state/sqlite"
	"perennial/store/warehouse"
	"perennial/store/warehouse/duckdb"
)

// TestVersionsAgainstAModel runs imports and undos in any order, many of them
// broken off somewhere, and compares what is visible after each with a model in
// memory whose whole rule is: of an order the latest live import that brought it
// counts, and an order that no live import brought is not there.
//
// Batches, hidden, claims and carried copies are nothing but a way to get this
// rule out of a store that only appends; so the test knows nothing of them.
func TestVersionsAgainstAModel(t *testing.T) {
	// Twenty shops take about three seconds. Ask for more with -rapid.checks.
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		must(t, checks.Value.Set("20"))
		defer func() { must(t, checks.Value.Set(checks.DefValue)) }()
	}
	presets, err := mapping.LoadPresets()
	must(t, err)
	dir := t.TempDir()
	shops := 0
	rapid.Check(t, func(rt *rapid.T) {
		shops++
		s := newModelShop(rt, filepath.Join(dir, strconv.Itoa(shops)), presets)
		defer s.close()
		for range rapid.IntRange(3, 9).Draw(rt, "steps") {
			switch rapid.SampledFrom(modelSteps).Draw(rt, "step") {
			case "import":
				s.imports(rt, false)
			case "import, broken off":
				s.imports(rt, true)
			case "undo":
				s.undo(rt, false)
			case "undo, broken off":
				s.undo(rt, true)
			case "recover":
				s.recover(rt)
			}
			s.check(rt)
		}
		for s.undo(rt, false) { // to the last, in any order
			s.check(rt)
		}
	})
}

// modelSteps are what can happen, each as often as it should.
var modelSteps = []string{
	"import", "import", "import", "import", "import", "import", "undo", "undo",
	"import, broken off", "undo, broken off", "recover",
}

// modelOrders is how many order numbers there are: few, so that imports meet.
const modelOrders = 2

// modelContents are the contents that an order can have: lines, in any order. Few
// again, and each has something that may be lost on the way.
var modelContents = [][]modelLine{
	{{"p", 1, 500}, {"p", 1, 500}}, // the same line twice is two
	{{"p", 2, 500}, {"q", -1, 100}},
	{{"q", -2, 300}},             // money back and nothing else
	{{"x", 1, 100}, {"y", 1, 1}}, // refused: see twoCustomers
}

// twoCustomers is the content whose lines name different customers, so that the
// whole order is refused.
const twoCustomers = 3

type modelLine struct {
	product  string
	quantity int
	price    int // in cents
}

// modelImport is one import of the model: which content it brought of which
// order. Refused orders are not among them.
type modelImport struct {
	id   int64
	live bool
	have map[int]int
}

// modelShop is one workspace beside its model.
type modelShop struct {
	ctx       context.Context
	dir       string
	state     *sqlite.Store
	warehouse *brittle
	importer  *importer.Importer
	workspace perennial.Workspace
	imported  []*modelImport // in the order in which they were taken
	files     int
}

func newModelShop(rt *rapid.T, dir string, presets *mapping.Presets) *modelShop {
	ctx := context.Background()
	must(rt, os.MkdirAll(dir, 0o700))
	db, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(dir, "state.db")})
	must(rt, err)
	// No path: the facts stay in memory, which is what makes the test quick.
	facts, err := duckdb.Open(ctx, duckdb.Options{Threads: 1})
	must(rt, err)
	clock := func() time.Time { return now }
	s := &modelShop{ctx: ctx, dir: dir, state: db, warehouse: &brittle{Warehouse: facts, left: -1}}
	keys := map[string]perennial.CustomerKey{}
	s.importer = &importer.Importer{
		Warehouse: s.warehouse, Catalog: catalog.New(db, clock), Presets: presets, Now: clock,
		People: func(context.Context, perennial.Workspace) (importer.People, error) { return crowd{keys}, nil },
	}
	s.workspace, err = s.importer.Catalog.CreateWorkspace(ctx, perennial.Workspace{
		Name: "w", Zone: time.UTC, Currency: "CNY", WeekStart: time.Monday,
	})
	must(rt, err)
	return s
}

func (s *modelShop) close() {
	_, _ = s.warehouse.Close(), s.state.Close()
}

// imports takes a file of some orders in. One that is broken leaves everything
// as it was, at whichever call of the warehouse it breaks.
func (s *modelShop) imports(rt *rapid.T, broken bool) {
	seen := s.visible()
	orders := map[int]int{}
	for _, order := range rapid.SliceOfNDistinct(rapid.IntRange(0, modelOrders-1), 1, modelOrders, rapid.ID).Draw(rt, "orders") {
		was, known := seen[order]
		if known && rapid.IntRange(0, 2).Draw(rt, "changed if 0") != 0 {
			orders[order] = was // what comes again unchanged is the harder half
			continue
		}
		orders[order] = rapid.IntRange(0, len(modelContents)-1).Draw(rt, "content")
	}
	text, lines := s.file(rt, orders)
	if broken {
		s.breaks(rt, 16)
	}
	report, err := s.take(rt, text)
	s.warehouse.left = -1
	in := &modelImport{live: true, have: map[int]int{}}
	for order, content := range orders {
		if content != twoCustomers {
			in.have[order] = content
		}
	}
	switch {
	case errors.Is(err, errBroken) && broken:
		s.nothingLeft(rt)
		return
	case len(in.have) == 0:
		if perennial.CodeOf(err) != "import.nothing_accepted" {
			rt.Fatalf("a file of refused orders: %v", err)
		}
		s.nothingLeft(rt)
		return
	}
	must(rt, err)
	in.id = report.Import.ID
	s.imported = append(s.imported, in)

	// What the report says is what the model says.
	var want importer.Counts
	want.Read = int64(lines)
	for order, content := range orders {
		n := int64(len(modelContents[content]))
		was, known := seen[order]
		switch {
		case content == twoCustomers:
			want.Refused += n
		case known && was == content:
			want.Duplicate += n
			want.DocumentsDuplicate++
		default:
			want.Accepted += n
			want.Documents++
			if known {
				want.DocumentsChanged++
			}
		}
	}
	got := report.Counts
	got.Repeated, got.RefundRows, got.NewCustomers = 0, 0, 0
	if got != want {
		rt.Fatalf("counts %+v, want %+v", got, want)
	}
}

// undo takes one import back. An undo that breaks changes nothing and may be
// repeated. It reports whether there was anything to undo.
func (s *modelShop) undo(rt *rapid.T, broken bool) bool {
	var live []*modelImport
	for _, in := range s.imported {
		if in.live {
			live = append(live, in)
		}
	}
	if len(live) == 0 {
		return false
	}
	in := rapid.SampledFrom(live).Draw(rt, "import")
	if broken {
		s.breaks(rt, 12)
	}
	_, err := s.importer.Undo(s.ctx, in.id)
	s.warehouse.left = -1
	if broken && errors.Is(err, errBroken) {
		return true
	}
	must(rt, err)
	in.live = false
	if _, err := s.importer.Undo(s.ctx, in.id); perennial.CodeOf(err) != "import.not_done" {
		rt.Fatalf("undone twice: %v", err)
	}
	return true
}

// breaks lets one of the next calls of the warehouse fail.
func (s *modelShop) breaks(rt *rapid.T, calls int) {
	s.warehouse.left = rapid.IntRange(0, calls).Draw(rt, "calls before the one that fails")
	s.warehouse.late = rapid.Bool().Draw(rt, "fails after its work")
}

// recover is what happens when the data directory is opened again.
func (s *modelShop) recover(rt *rapid.T) {
	must(rt, s.importer.Recover(s.ctx, s.workspace))
	s.nothingLeft(rt)
}

// visible is the model's answer: the content of each order that is there.
func (s *modelShop) visible() map[int]int {
	out := map[int]int{}
	for _, in := range s.imported {
		if in.live {
			maps.Copy(out, in.have) // a later import's word replaces an earlier one's
		}
	}
	return out
}

// modelVisible reads all that counts, as every analysis does: of live batches,
// what no live batch hides.
var modelVisible = sqlfile.Text("visible", `
	with gone as (select doc_key, batch_id from hidden where by_batch in (:live))
	select '1 order' as what, order_key as doc, order_id as word, gross as amount, quantity, kind from orders
	where batch_id in (:live) and (order_key, batch_id) not in (select doc_key, batch_id from gone)
	union all
	select '2 line', order_key, product_id, amount, quantity, 0 from order_items
	where batch_id in (:live) and (order_key, batch_id) not in (select doc_key, batch_id from gone)
	union all
	select '3 refund', doc_key, product_id, amount, quantity, 0 from refunds
	where batch_id in (:live) and (doc_key, batch_id) not in (select doc_key, batch_id from gone)
	order by what, doc`)

// check compares orders, lines and refunds with the model: as lists, so that
// what is there twice shows.
func (s *modelShop) check(rt *rapid.T) {
	var want []string
	for order, content := range s.visible() {
		gross, pieces, sales := 0, 0, false
		for _, l := range modelContents[content] {
			if l.quantity < 0 {
				want = append(want, fmt.Sprintf("refund %d %s %d", order, l.product, -l.quantity*l.price))
				continue
			}
			sales, gross, pieces = true, gross+l.quantity*l.price, pieces+l.quantity
			want = append(want, fmt.Sprintf("line %d %s %d", order, l.product, l.quantity*l.price))
		}
		want = append(want, fmt.Sprintf("order %d %d %d %v", order, gross, pieces, sales))
	}
	slices.Sort(want)
	gaps, _, err := s.importer.Catalog.Gaps(s.ctx, s.workspace.ID, s.warehouse.Warehouse)
	must(rt, err)
	if len(gaps) > 0 {
		rt.Fatalf("not what was stored: %+v", gaps)
	}
	live, err := s.importer.Catalog.Live(s.ctx, s.workspace.ID)
	must(rt, err)
	var got []string
	names := map[int64]string{} // order number by key
	must(rt, s.warehouse.Warehouse.Query(s.ctx, modelVisible, warehouse.Args{"live": live}, func(b *warehouse.Block) error {
		c := b.Columns
		for r := range b.Len {
			key, text, amount := c[1].Ints[r], c[2].Texts[r], c[3].Ints[r]
			switch c[0].Texts[r] {
			case "1 order":
				names[key] = text
				got = append(got, fmt.Sprintf("order %s %d %d %v", text, amount, int(c[4].Floats[r]), c[5].Ints[r] != warehouse.KindRefund))
			case "2 line":
				got = append(got, fmt.Sprintf("line %s %s %d", names[key], text, amount))
			case "3 refund":
				got = append(got, fmt.Sprintf("refund %s %s %d", names[key], text, amount))
			}
		}
		return nil
	}))
	slices.Sort(got)
	if !slices.Equal(got, want) {
		rt.Fatalf("there is\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// nothingLeft checks that what never became visible left no row of facts: no
// batch of an import that failed, and no carried batch of an undo that broke off.
func (s *modelShop) nothingLeft(rt *rapid.T) {
	dead := map[int64]bool{}
	must(rt, s.state.View(s.ctx, func(tx state.Tx) error {
		const query = `select b.id from batches b join imports i on i.id = b.import_id
			where i.status not in ('done', 'undone') or i.status = 'done' and b.status = 'undone'`
		return tx.Query(s.ctx, query, nil, func(scan func(...any) error) error {
			var id int64
			err := scan(&id)
			dead[id] = true
			return err
		})
	}))
	must(rt, s.warehouse.Warehouse.Query(s.ctx, modelBatches, nil, func(b *warehouse.Block) error {
		for r, batch := range b.Columns[1].Ints[:b.Len] {
			if dead[batch] {
				rt.Errorf("%s holds rows of batch %d, which nobody will ever see", b.Columns[0].Texts[r], batch)
			}
		}
		return nil
	}))
}

// modelBatches lists the batches that each table of facts has rows of.
var modelBatches = func() sqlfile.Statement {
	var parts []string
	for _, t := range warehouse.Tables {
		column := "batch_id"
		if t.Name == warehouse.Hidden.Name || t.Name == warehouse.Claims.Name {
			column = "by_batch" // batch_id is the batch that they are about
		}
		parts = append(parts, "select distinct '"+t.Name+"' as place, "+column+" as batch from "+t.Name)
	}
	return sqlfile.Text("batches", strings.Join(parts, " union all "))
}()

// file writes orders as a file of lines, in any order of lines.
func (s *modelShop) file(rt *rapid.T, orders map[int]int) (text string, lines int) {
	var rows []string
	for _, order := range slices.Sorted(maps.Keys(orders)) {
		for i, l := range modelContents[orders[order]] {
			customer := fmt.Sprintf("c%d", order)
			if orders[order] == twoCustomers {
				customer += strconv.Itoa(i)
			}
			rows = append(rows, fmt.Sprintf("%d,%s,2026-01-%02d,%s,%d,%d.%02d\n", order, customer, order+1, l.product, l.quantity, l.price/100, l.price%100))
		}
	}
	rows = rapid.Permutation(rows).Draw(rt, "lines")
	return "order_id,customer_id,order_date,product_id,quantity,unit_price\n" + strings.Join(rows, ""), len(rows)
}

func (s *modelShop) take(rt *rapid.T, text string) (report *importer.Report, err error) {
	s.files++
	path := filepath.Join(s.dir, fmt.Sprintf("%d.csv", s.files))
	must(rt, os.WriteFile(path, []byte(text), 0o600))
	p, err := s.importer.Prepare(s.ctx, importer.Request{
		Kind: mapping.Orders, Path: path, Rows: mapping.Lines, Zone: time.UTC, Currency: "CNY", Fixed: true,
	})
	must(rt, err)
	defer func() { err = errors.Join(err, p.Close()) }()
	return s.importer.Run(s.ctx, p, s.workspace)
}

var errBroken = errors.New("broken off")

// brittle is a warehouse of which one call fails: the one that left others come
// before, or none where left is negative. It fails before its work is done, or,
// with late, after it: a connection that ends too early for the answer. Discard
// never fails; what it leaves undone is the same as what a crash leaves.
type brittle struct {
	warehouse.Warehouse
	left int
	late bool
}

func (b *brittle) around(work func() error) error {
	breaks := b.left == 0
	if b.left--; b.left < 0 {
		b.left = -1
	}
	if breaks && !b.late {
		return errBroken
	}
	if err := work(); err != nil {
		return err
	}
	if breaks {
		return errBroken
	}
	return nil
}

func (b *brittle) Write(ctx context.Context, t warehouse.Table) (warehouse.Writer, error) {
	w, err := b.Warehouse.Write(ctx, t)
	return brittleWriter{w, b}, err
}

func (b *brittle) Query(ctx context.Context, st sqlfile.Statement, args warehouse.Args, yield func(*warehouse.Block) error) error {
	return b.around(func() error { return b.Warehouse.Query(ctx, st, args, yield) })
}

func (b *brittle) Exec(ctx context.Context, st sqlfile.Statement, args warehouse.Args) error {
	return b.around(func() error { return b.Warehouse.Exec(ctx, st, args) })
}

type brittleWriter struct {
	warehouse.Writer
	b *brittle
}

func (w brittleWriter) Append(ctx context.Context, block *warehouse.Block) error {
	return w.b.around(func() error { return w.Writer.Append(ctx, block) })
}

func (w brittleWriter) Commit(ctx context.Context) error {
	return w.b.around(func() error { return w.Writer.Commit(ctx) })
}

// crowd is a register that keeps nothing but keys.
type crowd struct {
	keys map[string]perennial.CustomerKey
}

func (c crowd) Keys(_ context.Context, _ perennial.IdentifierKind, values []string, keys []perennial.CustomerKey) ([]perennial.CustomerKey, error) {
	keys = keys[:0]
	for _, v := range values {
		if c.keys[v] == 0 {
			c.keys[v] = perennial.CustomerKey(len(c.keys) + 1)
		}
		keys = append(keys, c.keys[v])
	}
	return keys, nil
}

func (crowd) Link(context.Context, perennial.IdentifierKind, string, perennial.CustomerKey) error {
	return nil
}
func (crowd) Note(perennial.CustomerKey, string, string) {}
func (crowd) Added() int                                 { return 0 }
func (crowd) Save(context.Context, state.Tx) error       { return nil }

func must(t interface {
	Helper()
	Fatal(...any)
}, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
