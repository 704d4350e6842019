package clickhouse

import (
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"testing"

	"perennial"
	"perennial/internal/sqlfile"
	"perennial/internal/testengine"
	"perennial/store/warehouse"
	"perennial/store/warehouse/warehousetest"
)

// opener opens a database that belongs to a directory of the suite. Where there is
// no ClickHouse each case is skipped by itself, so that they can be counted.
func opener(t *testing.T, shards int) warehousetest.Open {
	cluster := sync.OnceValue(func() *testengine.Cluster { return testengine.ClickHouse(t, shards) })
	return func(tb testing.TB, dir string) warehouse.Warehouse {
		tb.Helper()
		testengine.NeedClickHouse(tb)
		h := fnv.New64()
		h.Write([]byte(dir))
		return open(tb, cluster(), fmt.Sprintf("常青 it's `%x", h.Sum64()))
	}
}

func open(tb testing.TB, c *testengine.Cluster, name string) *Store {
	tb.Helper()
	s, err := Open(tb.Context(), Options{URL: c.URL("test"), Name: name, Threads: 2})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) {
	for _, shards := range []int{1, 2} {
		t.Run(fmt.Sprintf("%d shards", shards), func(t *testing.T) {
			warehousetest.Run(t, opener(t, shards))
		})
	}
}

func TestTwoShards(t *testing.T) {
	c := testengine.ClickHouse(t, 2)
	for name, f := range map[string]func(*testing.T, *testengine.Cluster){
		"placement agrees with ClickHouse":      placementAgrees,
		"customers are spread, marks are whole": spread,
		"an insert sent twice counts once":      sentTwice,
		"a commit may be repeated":              commitTwice,
		"a migration cut short is finished":     cutShort,
		"a newer schema is refused":             newer,
		"a name that is another's is refused":   reserved,
		"another number of shards is refused":   otherShards,
		"faults of the address":                 faults,
		"a table that is dropped":               dropped,
		"a name in quotes is only a name":       injection,
		"a range of days reads a fraction":      rangesOfDays,
		"clusters of another shape":             refusedShapes,
		"any server answers the same":           anyServer,
	} {
		t.Run(name, func(t *testing.T) { f(t, c) })
	}
	t.Run("a shard that is down", func(t *testing.T) { shardIsDown(t, c) })
}

func placementAgrees(t *testing.T, c *testengine.Cluster) {
	s := open(t, c, "hash")
	defer s.Close()
	for _, x := range []int64{0, 1, -1, 42, 1 << 40, -1 << 63} {
		rows, err := s.nodes[0].texts(t.Context(), "", fmt.Sprintf("select toString(intHash64(toInt64(%d)))", x))
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprint(intHash64(uint64(x))); rows[0][0] != want {
			t.Errorf("intHash64(%d) is %s, here %s", x, rows[0][0], want)
		}
	}
}

// order makes an order of a customer.
func order(batch, key, customer int64) []any {
	return []any{
		batch, key, fmt.Sprint(key), customer, int64(1_700_000_000_000_000) + key, int64(19_000), int64(12), int64(warehouse.StatusPaid), int64(0),
		"CNY", int64(100), int64(0), int64(0), int64(0), 1.0, int64(1), "", "", "", int64(0), key, int64(0),
	}
}

func spread(t *testing.T, c *testengine.Cluster) {
	s := open(t, c, "spread")
	defer s.Close()
	var orders, items [][]any
	for k := range int64(1000) {
		customer := k % 100 // 0 walks in
		orders = append(orders, order(1, k+1, customer))
		items = append(items, []any{int64(1), k + 1, customer, int64(0), int64(1), "p", "", 1.0, int64(100), int64(0)})
	}
	warehousetest.Fill(t, s, warehouse.Orders, orders)
	warehousetest.Fill(t, s, warehouse.OrderItems, items)
	warehousetest.Fill(t, s, warehouse.Hidden, [][]any{{int64(1), int64(1), int64(2)}})
	for _, n := range s.nodes {
		rows, err := n.texts(t.Context(), s.own, `select toString(countIf(customer_key > 0)), toString(uniqIf(customer_key, customer_key > 0)),
			toString(countIf(customer_key = 0)), toString(assumeNotNull((select count() from hidden))),
			toString(countIf((order_key, customer_key) not in (select order_key, customer_key from order_items))) from orders`)
		if err != nil {
			t.Fatal(err)
		}
		var known, customers, walkIn, hidden, apart int
		fmt.Sscan(strings.Join(rows[0], " "), &known, &customers, &walkIn, &hidden, &apart)
		if known != customers*10 || walkIn == 0 || walkIn == 10 || hidden != 1 || apart != 0 {
			t.Errorf("%s holds %d orders of %d customers and %d of walk-ins, %d marks; %d are apart from their lines",
				n.address, known, customers, walkIn, hidden, apart)
		}
		// Any server can be asked.
		s := &Store{nodes: []*node{n}, shards: s.shards, address: s.address, all: s.all, own: s.own}
		if rows := warehousetest.Rows(t, s, "select cast(count(*) as bigint) from orders", nil); rows[0][0] != int64(1000) {
			t.Errorf("%s sees %v orders", n.address, rows[0][0])
		}
	}
}

func sentTwice(t *testing.T, c *testengine.Cluster) {
	s := open(t, c, "twice")
	defer s.Close()
	wr, err := s.Write(t.Context(), warehouse.Orders)
	if err != nil {
		t.Fatal(err)
	}
	b := warehouse.NewBlock(warehouse.Orders.Fields, 10)
	for k := range int64(10) {
		b.Add(order(1, k, k)...)
	}
	for range 2 {
		if err := wr.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		wr.(*writer).blocks = 0 // the same token again, as after a lost answer
	}
	if err := wr.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rows := warehousetest.Rows(t, s, "select cast(count(*) as bigint) from orders", nil); rows[0][0] != int64(10) {
		t.Errorf("%v orders, want 10", rows[0][0])
	}
}

func commitTwice(t *testing.T, c *testengine.Cluster) {
	s := open(t, c, "commit")
	defer s.Close()
	wr, err := s.Write(t.Context(), warehouse.Orders)
	if err != nil {
		t.Fatal(err)
	}
	b := warehouse.NewBlock(warehouse.Orders.Fields, 10)
	for k := range int64(10) {
		b.Add(order(1, k, k)...)
	}
	if err := wr.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	w := wr.(*writer)
	if err := s.nodes[0].run(t.Context(), s.own, "alter table "+w.staging+" move partition tuple() to table orders"); err != nil {
		t.Fatal(err) // one shard has moved, and the answer was lost
	}
	if err := wr.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rows := warehousetest.Rows(t, s, "select cast(count(*) as bigint) from orders", nil); rows[0][0] != int64(10) {
		t.Errorf("%v orders, want 10", rows[0][0])
	}
	for _, n := range s.nodes {
		if left, err := n.texts(t.Context(), "", "select name from system.tables where name like 'staging%' and database = "+literal(s.own)); err != nil || len(left) > 0 {
			t.Errorf("%s keeps %v, %v", n.address, left, err)
		}
	}
}

// steps is the newest version of the schema.
func steps(t *testing.T) int {
	t.Helper()
	all, err := warehouse.Migrations(engine)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func cutShort(t *testing.T, c *testengine.Cluster) {
	s := open(t, c, "cut")
	for i, q := range []string{"drop table claims sync", "drop table products sync", "truncate table schema_version"} {
		if err := s.nodes[1].run(t.Context(), s.own, q); err != nil {
			t.Fatal(i, err)
		}
	}
	s.Close()
	s = open(t, c, "cut")
	defer s.Close()
	if v, err := s.Check(t.Context()); err != nil || v != steps(t) {
		t.Errorf("version %d, %v", v, err)
	}
}

// A workspace named like another's own database would take its place.
func reserved(t *testing.T, c *testengine.Cluster) {
	s := open(t, c, "x")
	defer s.Close()
	warehousetest.Fill(t, s, warehouse.Orders, [][]any{order(1, 1, 1)})
	if _, err := Open(t.Context(), Options{URL: c.URL("test"), Name: "x_shard"}); perennial.CodeOf(err) != "store.reserved_name" {
		t.Errorf("%v", err)
	}
	if rows := warehousetest.Rows(t, s, "select order_key from orders", nil); len(rows) != 1 {
		t.Errorf("%d orders", len(rows))
	}
}

func newer(t *testing.T, c *testengine.Cluster) {
	s := open(t, c, "newer")
	if err := s.nodes[1].run(t.Context(), s.own, "insert into schema_version values (999, 2, 2)"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := Open(t.Context(), Options{URL: c.URL("test"), Name: "newer"}); perennial.CodeOf(err) != "store.newer_schema" {
		t.Errorf("opened a newer schema: %v", err)
	}
}

func otherShards(t *testing.T, c *testengine.Cluster) {
	open(t, c, "shards").Close()
	url := "clickhouse://" + c.Shards[0].Address + "/test"
	if _, err := Open(t.Context(), Options{URL: url, Name: "shards"}); perennial.CodeOf(err) != "store.wrong_cluster" {
		t.Errorf("opened one shard of two: %v", err)
	}
	if _, err := Open(t.Context(), Options{URL: c.URL("test") + "?cluster=other", Name: "shards"}); perennial.CodeOf(err) != "store.wrong_cluster" {
		t.Errorf("opened a cluster that is not there: %v", err)
	}
}

func faults(t *testing.T, c *testengine.Cluster) {
	for url, code := range map[string]string{
		"clickhouse://default:hunter2@127.0.0.1:1/x":          "store.host_unreachable",
		"clickhouse://default:hunter2@no.such.host.invalid/x": "store.host_unreachable",
		"clickhouse://default:hunter2@/x":                     "store.wrong_url",
		"clickhouse://default:hunt%er2@a/x":                   "store.wrong_url",
		"clickhouse://default:hunter2@a/x?clutser=b":          "store.wrong_url",
		"postgres://default:hunter2@a/x":                      "store.wrong_url",
	} {
		_, err := Open(t.Context(), Options{URL: url})
		if perennial.CodeOf(err) != code {
			t.Errorf("want %s, got %v", code, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunt") {
			t.Errorf("an error shows the password: %v", err)
		}
	}
	s := open(t, c, "gone")
	defer s.Close()
	if err := s.nodes[0].run(t.Context(), "", "drop database "+quoted(s.all)); err != nil {
		t.Fatal(err)
	}
	err := s.Query(t.Context(), sqlfile.Text("gone", "select * from orders"), nil, func(*warehouse.Block) error { return nil })
	if err == nil {
		t.Error("a database that is gone was read")
	}
	s.Close()
	s = open(t, c, "gone") // it held nothing
	defer s.Close()
	if n := len(warehousetest.Rows(t, s, "select order_key from orders", nil)); n != 0 {
		t.Errorf("%d orders", n)
	}
}

// dropped: a table that is gone is told as that, with its server, by whatever asks
// for it, also when the warehouse is opened; a derived one is made again.
func dropped(t *testing.T, c *testengine.Cluster) {
	ctx, s := t.Context(), open(t, c, "dropped")
	defer s.Close()
	warehousetest.Fill(t, s, warehouse.Orders, [][]any{order(1, 1, 1), order(1, 2, 2), order(1, 3, 3)})
	if err := s.nodes[1].run(ctx, "", "drop table "+quoted(s.own)+".scores sync"); err != nil {
		t.Fatal(err)
	}
	open(t, c, "dropped").Close()
	if n := warehousetest.Rows(t, s, "select cast(count(*) as bigint) as n from scores", nil)[0][0]; n != int64(0) {
		t.Errorf("%v scores", n)
	}
	for _, table := range []string{"orders", "hidden"} {
		if err := s.nodes[1].run(ctx, "", "drop table "+quoted(s.own)+"."+table); err != nil {
			t.Fatal(err)
		}
		count := sqlfile.Text("count", "select cast(count(*) as bigint) as n from "+table)
		nothing := func(*warehouse.Block) error { return nil }
		trials := map[string]func() error{
			"partial": func() error { return s.Partial(ctx, count, nil, nothing) },
			"exec":    func() error { return s.Discard(ctx, []int64{9}) },
			"rows":    func() error { _, err := s.Rows(ctx, []int64{1}); return err },
			"check":   func() error { _, err := s.Check(ctx); return err },
			"open":    func() error { _, err := Open(ctx, Options{URL: c.URL("test"), Name: "dropped"}); return err },
		}
		if table == "orders" { // the first server answers for what lies whole on each
			trials["query"] = func() error { return s.Query(ctx, count, nil, nothing) }
		}
		for name, f := range trials {
			err := f()
			if e := perennial.AsError(err); e == nil || e.Code != "store.table_missing" || !strings.Contains(e.Sentence.ZH, c.Shards[1].Address) ||
				!strings.Contains(e.Sentence.EN, s.own+"."+table) || !strings.Contains(e.Hint.EN, "UNDROP TABLE "+s.own+"."+table) {
				t.Errorf("%s of %s: %v", name, table, err)
			}
		}
		if err := s.nodes[1].run(ctx, "", "undrop table "+quoted(s.own)+"."+table); err != nil { // as the hint says
			t.Fatal(err)
		}
	}
	if n := warehousetest.Rows(t, s, "select cast(count(*) as bigint) as n from orders", nil)[0][0]; n != int64(3) {
		t.Errorf("%v orders", n)
	}
}

func injection(t *testing.T, c *testengine.Cluster) {
	s := open(t, c, "injection")
	defer s.Close()
	for _, text := range []string{`'`, `\`, `\'`, `'; drop table orders; --`, "常青\x00\n\t", `{x:String}`, "``\"\""} {
		rows := warehousetest.Rows(t, s, "select cast(:text as varchar) as text", warehouse.Args{"text": text})
		if rows[0][0] != text {
			t.Errorf("%q came back as %q", text, rows[0][0])
		}
	}
}

func shardIsDown(t *testing.T, c *testengine.Cluster) {
	s := open(t, c, "down")
	defer s.Close()
	warehousetest.Fill(t, s, warehouse.Orders, [][]any{order(1, 1, 1), order(1, 2, 2), order(1, 3, 3)})
	wr, err := s.Write(t.Context(), warehouse.Orders)
	if err != nil {
		t.Fatal(err)
	}
	b := warehouse.NewBlock(warehouse.Orders.Fields, 10)
	for k := range int64(10) {
		b.Add(order(2, k, k)...)
	}
	if err := wr.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	c.Shards[1].Kill()
	hasName := func(what string, err error) {
		t.Helper()
		if perennial.CodeOf(err) != "store.shard_down" || !strings.Contains(err.Error(), c.Shards[1].Address) {
			t.Errorf("%s: %v", what, err)
		}
	}
	hasName("read", s.Query(t.Context(), sqlfile.Text("down", "select count(*) as n from orders"), nil, func(b *warehouse.Block) error {
		t.Errorf("got %v", b.Columns[0].Ints)
		return nil
	}))
	hasName("commit", wr.Commit(t.Context()))
	hasName("exec", s.Discard(t.Context(), []int64{1}))
	_, err = s.Check(t.Context())
	hasName("check", err)
	if _, err := Open(t.Context(), Options{URL: c.URL("test"), Name: "down"}); perennial.CodeOf(err) != "store.host_unreachable" {
		t.Errorf("open: %v", err)
	}
}
