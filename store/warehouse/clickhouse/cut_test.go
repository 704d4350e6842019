package clickhouse

import (
	"fmt"
	"strings"
	"testing"

	"perennial"
	"perennial/internal/sqlfile"
	"perennial/internal/testengine"
	"perennial/store/warehouse"
	"perennial/store/warehouse/warehousetest"
)

// proxied stands a proxy before each server and returns a URL that leads to them.
func proxied(t *testing.T, c *testengine.Cluster) (url string, proxies []*testengine.Proxy) {
	var hosts []string
	for _, s := range c.Shards {
		p := testengine.NewProxy(t, s.Address)
		proxies, hosts = append(proxies, p), append(hosts, p.Address)
	}
	return "clickhouse://" + strings.Join(hosts, ",") + "/test", proxies
}

// TestConnectionsAreCut cuts connections after so and so many bytes, all over an
// import's writing and a migration.
func TestConnectionsAreCut(t *testing.T) {
	c := testengine.ClickHouse(t, 2)
	t.Run("while rows are written", func(t *testing.T) { cutWriting(t, c) })
	t.Run("while rows are read", func(t *testing.T) { cutReading(t, c) })
	t.Run("while the schema is made", func(t *testing.T) { cutMigrating(t, c) })
}

func cutWriting(t *testing.T, c *testengine.Cluster) {
	url, proxies := proxied(t, c)
	s, err := Open(t.Context(), Options{URL: url, Name: "cut writing", Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const rows, blocks = 1000, 3
	write := func(batch int64) {
		t.Helper()
		wr, err := s.Write(t.Context(), warehouse.Orders)
		if err != nil {
			t.Fatal(err)
		}
		b := warehouse.NewBlock(warehouse.Orders.Fields, rows)
		for block := range int64(blocks) {
			b.Reset()
			for k := range int64(rows) {
				if err := b.Add(order(batch, block*rows+k+1, k%500+1)...); err != nil {
					t.Fatal(err)
				}
			}
			if err := wr.Append(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		if err := wr.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	cut := proxies[1]
	before := cut.Passed()
	write(0)
	all := cut.Passed() - before
	const places = 16
	for k := range int64(places) {
		cut.CutAfter(all * k / places)
		write(k + 1)
	}
	cut.CutAfter(1 << 40) // if the last one is yet to come
	if cut.Cuts() < places-1 {
		t.Errorf("%d connections were cut of %d", cut.Cuts(), places)
	}
	got := warehousetest.Rows(t, s, "select batch_id, cast(count(*) as bigint), cast(sum(order_key) as bigint) from orders group by batch_id order by batch_id", nil)
	if len(got) != places+1 {
		t.Errorf("%d batches", len(got))
	}
	const n = int64(rows * blocks)
	for _, r := range got {
		if r[1] != n || r[2] != n*(n+1)/2 {
			t.Errorf("batch %d cut after %d of %d bytes: %d rows that add up to %d", r[0], all*(r[0].(int64)-1)/places, all, r[1], r[2])
		}
	}
	for _, n := range s.nodes {
		if left, err := n.texts(t.Context(), "", "select name from system.tables where startsWith(name, 'staging') and database = "+literal(s.own)); err != nil || len(left) > 0 {
			t.Errorf("%s keeps %v, %v", n.address, left, err)
		}
	}
}

func cutReading(t *testing.T, c *testengine.Cluster) {
	url, proxies := proxied(t, c)
	s, err := Open(t.Context(), Options{URL: url, Name: "cut reading", Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var rows [][]any
	for k := range int64(20_000) {
		rows = append(rows, order(1, k+1, k+1))
	}
	warehousetest.Fill(t, s, warehouse.Orders, rows)
	cut := proxies[0] // the server that is asked
	read := func() (got int, err error) {
		err = s.Query(t.Context(), sqlfile.Text("cut", "select order_key, order_id from orders"), nil, func(b *warehouse.Block) error {
			got += b.Len
			return nil
		})
		return got, err
	}
	before := cut.Passed()
	if n, err := read(); err != nil || n != len(rows) {
		t.Fatalf("%d rows, %v", n, err)
	}
	all := cut.Passed() - before
	const places = 12
	failed := 0
	for k := range int64(places) {
		cut.CutAfter(all * k / places)
		n, err := read()
		switch {
		case err == nil && n != len(rows):
			t.Errorf("cut after %d of %d bytes: %d rows and no error", all*k/places, all, n)
		case err != nil && perennial.CodeOf(err) != "store.shard_down":
			t.Errorf("cut after %d of %d bytes: %v", all*k/places, all, err)
		case err != nil:
			failed++
		}
	}
	if failed < places/2 {
		t.Errorf("%d of %d cuts broke a query", failed, places)
	}
}

func cutMigrating(t *testing.T, c *testengine.Cluster) {
	url, proxies := proxied(t, c)
	cut := proxies[1]
	option := func(name string) Options { return Options{URL: url, Name: name, Threads: 2} }
	before := cut.Passed()
	whole, err := Open(t.Context(), option("cut 0"))
	if err != nil {
		t.Fatal(err)
	}
	defer whole.Close()
	all := cut.Passed() - before
	want := schema(t, whole, whole.nodes[0])
	const places = 7
	failed := 0
	for k := range int64(places) {
		opt := option(fmt.Sprintf("cut %d", k+1))
		cut.CutAfter(all * k / places)
		if s, err := Open(t.Context(), opt); err == nil {
			s.Close()
		} else {
			failed++
			if code := perennial.CodeOf(err); code != "store.shard_down" && code != "store.host_unreachable" {
				t.Errorf("cut after %d of %d bytes: %v", all*k/places, all, err)
			}
		}
		cut.CutAfter(1 << 40)
		s, err := Open(t.Context(), opt)
		if err != nil {
			t.Fatalf("opened again after a cut: %v", err)
		}
		for _, n := range s.nodes {
			if got := schema(t, s, n); got != want {
				t.Errorf("cut after %d of %d bytes, then opened again: %s has\n%s, not\n%s", all*k/places, all, n.address, got, want)
			}
		}
		warehousetest.Fill(t, s, warehouse.Orders, [][]any{order(1, 1, 1), order(1, 2, 2), order(1, 3, 3)})
		if rows := warehousetest.Rows(t, s, "select cast(count(*) as bigint) from orders", nil); rows[0][0] != int64(3) {
			t.Errorf("%v orders", rows[0][0])
		}
		s.Close()
	}
	if failed < places/2 {
		t.Errorf("%d of %d cuts broke a migration", failed, places)
	}
}

// schema writes down a server's tables as they are.
func schema(t *testing.T, s *Store, n *node) string {
	t.Helper()
	rows, err := n.texts(t.Context(), "", "select replaceAll(create_table_query, database, 'DB') from system.tables where database in ("+
		literal(s.own)+", "+literal(s.all)+") and name <> '"+versionTable+"' order by database, name")
	if err != nil {
		t.Fatal(err)
	}
	versions, err := n.texts(t.Context(), s.own, "select distinct toString(version) from "+versionTable+" order by version")
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(fmt.Sprintln(rows, versions), s.all, "DB")
}
