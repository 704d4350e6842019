package clickhouse

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"perennial"
	"perennial/internal/sqlfile"
	"perennial/internal/testengine"
	"perennial/store/warehouse"
	"perennial/store/warehouse/warehousetest"
)

// wantCode opens a database that must be refused.
func wantCode(t *testing.T, code string, opt Options) {
	t.Helper()
	s, err := Open(t.Context(), opt)
	if err == nil {
		s.Close()
	}
	if perennial.CodeOf(err) != code || perennial.AsError(err).Hint.ZH == "" {
		t.Errorf("want %s, got %v", code, err)
	}
}

// refusedShapes opens facts in clusters of another shape than they were spread over.
func refusedShapes(t *testing.T, c *testengine.Cluster) {
	s := open(t, c, "shapes")
	defer s.Close()
	a, b := s.nodes[0], s.nodes[1]
	all := Options{URL: c.URL("test"), Name: "shapes"}
	set := func(n *node, shards, shard int) {
		t.Helper()
		if err := n.run(t.Context(), s.own, "truncate table "+versionTable, fmt.Sprintf("insert into %s values (1, %d, %d), (2, %d, %d)", versionTable, shards, shard, shards, shard)); err != nil {
			t.Fatal(err)
		}
	}
	// The facts were written to one shard, to which a second, empty one is added.
	set(a, 1, 1)
	if err := b.run(t.Context(), "", "drop database "+quoted(s.own)+" sync", "drop database "+quoted(s.all)+" sync"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "store.shards_changed", all)
	if rows, err := b.texts(t.Context(), "", "select name from system.databases where name = "+literal(s.own)); err != nil || len(rows) > 0 {
		t.Errorf("the refused server was changed: %v, %v", rows, err)
	}
	// Two shards of which one has lost everything: without facts it is made anew,
	// with facts it is refused.
	set(a, 2, 1)
	open(t, c, "shapes").Close()
	warehousetest.Fill(t, s, warehouse.Orders, [][]any{order(1, 1, 1), order(1, 2, 2), order(1, 3, 3), order(1, 4, 4)})
	set(a, 2, 2)
	wantCode(t, "store.shards_changed", all) // the shards have changed places
	set(a, 2, 1)
	if err := b.run(t.Context(), "", "drop database "+quoted(s.own)+" sync"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "store.shard_empty", all)
	wantCode(t, "store.no_keeper", Options{URL: c.URL("test") + "?replicated=true", Name: "no keeper"})
}

// anyServer asks each server first, for spread tables and for whole ones.
func anyServer(t *testing.T, c *testengine.Cluster) {
	s := open(t, c, "any")
	defer s.Close()
	var orders [][]any
	for k := range int64(100) {
		orders = append(orders, order(1, k+1, k%10))
	}
	warehousetest.Fill(t, s, warehouse.Orders, orders)
	warehousetest.Fill(t, s, warehouse.Hidden, [][]any{{int64(1), int64(1), int64(2)}, {int64(2), int64(1), int64(2)}})
	warehousetest.Fill(t, s, warehouse.Claims, [][]any{{int64(3), int64(1), int64(2)}})
	queries := []string{
		"select customer_key, cast(count(*) as bigint), cast(sum(order_key) as bigint) from orders group by customer_key order by customer_key",
		"select order_key from orders where (order_key, batch_id) not in (select doc_key, batch_id from hidden) order by order_key",
		"select o.order_key from orders o join claims c on c.doc_key = o.order_key order by o.order_key",
		"select doc_key from hidden order by doc_key",
	}
	var want []string
	hosts := strings.Split(strings.TrimSuffix(strings.TrimPrefix(c.URL("test"), "clickhouse://"), "/test"), ",")
	for range hosts {
		s, err := Open(t.Context(), Options{URL: "clickhouse://" + strings.Join(hosts, ",") + "/test", Name: "any"})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, q := range queries {
			got = append(got, fmt.Sprint(warehousetest.Rows(t, s, q, nil)))
		}
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s answers\n%s\nthe first one\n%s", hosts[0], got, want)
		}
		s.Close()
		hosts = append(hosts[1:], hosts[0])
	}
}

// TestLaxProfile runs on servers whose profile would have them pass over a missing
// shard, and end a query with what it has got so far.
func TestLaxProfile(t *testing.T) {
	c := testengine.Lay(t, testengine.Layout{Shards: 2, Profile: map[string]string{
		"skip_unavailable_shards": "1", "max_rows_to_group_by": "100", "group_by_overflow_mode": "any",
	}})
	s := open(t, c, "lax")
	defer s.Close()
	if rows, err := s.nodes[1].texts(t.Context(), "", "select value from system.settings where name = 'max_rows_to_group_by'"); err != nil || rows[0][0] != "100" {
		t.Fatalf("the profile is not in force: %v, %v", rows, err)
	}
	var rows [][]any
	for k := range int64(1000) {
		rows = append(rows, order(1, k+1, k+1))
	}
	warehousetest.Fill(t, s, warehouse.Orders, rows)
	st := sqlfile.Text("limited", "select order_key, cast(count(*) as bigint) as n from orders group by order_key")
	if err := s.Query(t.Context(), st, nil, func(*warehouse.Block) error { return nil }); err == nil {
		t.Error("a part was taken for the whole")
	}
	for _, server := range c.Shards { // the one that was cut off may be ending itself
		server.Kill()
		if err := server.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for gone := range c.Shards {
		t.Run(fmt.Sprintf("without server %d", gone), func(t *testing.T) { missing(t, c, s, gone) })
	}
}

// missing takes a server away. Tables that lie whole everywhere are still answered
// in full by the other; what is spread has no answer, whoever is asked first.
func missing(t *testing.T, c *testengine.Cluster, s *Store, gone int) {
	warehousetest.Fill(t, s, warehouse.Products, [][]any{{int64(gone), "p", "", "", "", int64(0), int64(0)}, {int64(gone), "q", "", "", "", int64(0), int64(0)}})
	c.Shards[gone].Kill()
	defer func() {
		if err := c.Shards[gone].Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}()
	for _, q := range []string{
		"select cast(count(*) as bigint) as n from orders", "select order_key from orders", "select order_key from orders where order_key in (select doc_key from claims)",
	} {
		// Rows may come before the error; whoever adds them up hears of it.
		err := s.Query(t.Context(), sqlfile.Text("missing", q), nil, func(*warehouse.Block) error { return nil })
		if perennial.CodeOf(err) != "store.shard_down" || !strings.Contains(err.Error(), c.Shards[gone].Address) {
			t.Errorf("%s: %v", q, err)
		}
	}
	if rows := warehousetest.Rows(t, s, "select cast(count(*) as bigint) from products where batch_id = :batch", warehouse.Args{"batch": int64(gone)}); rows[0][0] != int64(2) {
		t.Errorf("%v products", rows[0][0])
	}
}
