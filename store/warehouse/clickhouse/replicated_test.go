package clickhouse

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ClickHouse/ch-go"

	"perennial"
	"perennial/internal/testengine"
	"perennial/store/warehouse"
	"perennial/store/warehouse/warehousetest"
)

// The servers of a shard find one another by a table's place in the Keeper, which
// must be the same for them and another one for every shard, table and database.
// That they then replicate no test of ours can show (decision 0015).
func TestReplicatedTablesHavePlacesInTheKeeper(t *testing.T) {
	s := &Store{own: "shop 'a/{b}_shard", address: address{replicated: true}}
	steps, err := warehouse.Migrations(engine)
	if err != nil {
		t.Fatal(err)
	}
	tables := 0
	for _, text := range s.statements(&node{shard: 1}, steps[0].SQL) {
		if !strings.Contains(text, `engine = ReplicatedMergeTree('/clickhouse/perennial/shop%20%27a%2F%7Bb%7D_shard/2/{table}', '{replica}')`) {
			t.Errorf("made by\n%s", text)
		}
		tables++
	}
	if tables != len(warehouse.Tables) {
		t.Errorf("%d tables", tables)
	}
	if got := s.kind(&node{shard: 0}, "staging_x", "writer"); got != `ReplicatedMergeTree('/clickhouse/perennial/shop%20%27a%2F%7Bb%7D_shard/1/staging_x', 'writer')` {
		t.Error(got)
	}
}

// TestSeveralServersOfAShard opens clusters that would give other numbers from each
// server: rows go to one of them and are read from any.
func TestSeveralServersOfAShard(t *testing.T) {
	c := testengine.Lay(t, testengine.Layout{Shards: 1, Replicas: 2})
	wantCode(t, "store.wrong_cluster", Options{URL: c.URL("test")})                                                   // not replicated
	wantCode(t, "store.wrong_cluster", Options{URL: "clickhouse://" + c.Shards[0].Address + "/test?replicated=true"}) // not named
	wantCode(t, "store.no_keeper", Options{URL: c.URL("test") + "?replicated=true"})
}

// With a server of a shard down there are answers, and no writes that it would miss.
// The tables are plain ones here, which is why nothing may be written first.
func TestAServerOfAShardIsDown(t *testing.T) {
	c := testengine.Lay(t, testengine.Layout{Shards: 1, Replicas: 2})
	s := &Store{all: "test", own: "test_shard", shards: make([][]*node, 1)}
	for _, server := range c.Shards {
		s.nodes = append(s.nodes, &node{
			address: server.Address, idle: map[string][]*ch.Client{}, options: ch.Options{DialTimeout: dialTimeout, Settings: session(2)},
		})
	}
	s.shards[0] = s.nodes
	if err := s.migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	note := func(text string) {
		t.Helper()
		if err := s.nodes[0].run(t.Context(), s.own, text); err != nil {
			t.Fatal(err)
		}
	}
	note("delete from " + versionTable + " where version > 1")
	c.Shards[1].Kill()
	opt := Options{URL: c.URL("test") + "?replicated=true"}
	wantCode(t, "store.shard_down", opt) // a step is missing, which takes all
	note(fmt.Sprintf("insert into %s values (%d, 1, 1)", versionTable, steps(t)))
	s, err := Open(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if rows := warehousetest.Rows(t, s, "select order_key from orders", nil); len(rows) != 0 {
		t.Errorf("%d rows", len(rows))
	}
	wr, err := s.Write(t.Context(), warehouse.Orders)
	if err != nil {
		t.Fatal(err)
	}
	b := warehouse.NewBlock(warehouse.Orders.Fields, 1)
	if err := b.Add(order(1, 1, 1)...); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"append": wr.Append(t.Context(), b), "discard": s.Discard(t.Context(), []int64{1})} {
		if perennial.CodeOf(err) != "store.shard_down" || !strings.Contains(err.Error(), c.Shards[1].Address) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := wr.Abort(); err != nil {
		t.Error(err)
	}
	if left, err := s.nodes[0].texts(t.Context(), "", "select name from system.tables where startsWith(name, 'staging') and database = "+literal(s.own)); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}
