package clickhouse

import (
	"strings"
	"testing"

	"perennial/internal/testengine"
	"perennial/store/warehouse"
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
