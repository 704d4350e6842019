package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"perennial"
	"perennial/store/warehouse"
)

// locate asks the servers which shard each of them holds. One server without a
// cluster in its configuration is a shard of its own.
func (s *Store) locate(ctx context.Context) error {
	shards := 1
	servers := map[int]int{}  // of each shard, as the cluster's configuration says
	known := map[string]int{} // shards from 0, by the names in the configuration
	for _, n := range s.nodes {
		if n.absent != nil {
			continue
		}
		rows, err := n.texts(ctx, "", "select toString(shard_num), toString(is_local), concat(host_name, ':', toString(port)) "+
			"from system.clusters where cluster = "+literal(s.address.cluster)+" order by shard_num, replica_num")
		if err != nil {
			return err
		}
		found := len(rows) == 0 && len(s.nodes) == 1
		clear(servers)
		for _, row := range rows {
			number, err := strconv.Atoi(row[0])
			if err != nil {
				return fmt.Errorf("read shard number: %w", err)
			}
			shards = max(shards, number)
			servers[number-1]++
			known[row[2]] = number - 1
			if !found && (row[1] == "1" || row[2] == n.address) {
				n.shard, found = number-1, true
			}
		}
		if !found {
			return notInCluster(n.address, s.address.cluster)
		}
	}
	answers := make([]bool, shards)
	for _, n := range s.nodes {
		if n.absent == nil {
			answers[n.shard] = true
		}
	}
	of := make([][]*node, shards)
	for _, n := range s.nodes {
		if n.absent != nil {
			shard, ok := known[n.address]
			if !ok || !answers[shard] {
				return n.absent
			}
			n.shard = shard
		}
		of[n.shard] = append(of[n.shard], n)
	}
	s.shards = of
	for i, nodes := range s.shards {
		switch {
		case len(nodes) < max(1, servers[i]):
			return perennial.NewError(perennial.KindInvalid, "store.wrong_cluster",
				perennial.Say("集群 %[1]s 的分片 %[2]d 有 %[3]d 台服务器，地址里写了 %[4]d 台。",
					"Shard %[2]d of the cluster %[1]s has %[3]d servers; the address names %[4]d.", s.address.cluster, i+1, max(1, servers[i]), len(nodes))).
				WithHint(perennial.Say("地址要写全：每个分片的每台服务器，用逗号隔开。", "Name every server of every shard, with commas between them."))
		case len(nodes) > 1 && !s.address.replicated:
			return perennial.NewError(perennial.KindInvalid, "store.wrong_cluster",
				perennial.Say("集群 %[1]s 的分片 %[2]d 有 %[3]d 台服务器，但没有要求建副本。",
					"Shard %[2]d of the cluster %[1]s has %[3]d servers, but replicated tables are not asked for.", s.address.cluster, i+1, len(nodes))).
				WithHint(perennial.Say("在地址后加 ?replicated=true；服务器要连着 Keeper。", "Add ?replicated=true to the address; the servers need a Keeper."))
		}
	}
	return nil
}

func notInCluster(address, cluster string) error {
	return perennial.NewError(perennial.KindInvalid, "store.wrong_cluster",
		perennial.Say("%[1]s 上没有配置集群 %[2]s，或者集群里没有它自己。", "%[1]s does not know the cluster %[2]s, or is not in it itself.", address, cluster)).
		WithHint(perennial.Say("在每台服务器的 remote_servers 里写同一个集群；名字不同就在地址后加 ?cluster=名字。",
			"Write the same cluster into remote_servers of every server; add ?cluster=NAME for another name."))
}

// replicas tells whether some shard has more than one server.
func (s *Store) replicas() bool { return len(s.nodes) > len(s.shards) }

// absent returns why a server did not answer when the warehouse was opened, nil if
// all did.
func (s *Store) absent() error {
	for _, n := range s.nodes {
		if n.absent != nil {
			return n.absent
		}
	}
	return nil
}

// complete makes sure that every server answers, where shards have several. What is
// written reaches all of them or is an error, so that any of them can be read; a
// write that is bound to fail had better not begin.
func (s *Store) complete(ctx context.Context) error {
	if !s.replicas() {
		return nil
	}
	return each(ctx, s.nodes, func(ctx context.Context, n *node) error {
		c, err := n.acquire(ctx, "")
		if err == nil {
			n.release("", c)
		}
		return err
	})
}

// found is what a server has before it is changed.
type found struct {
	version int // of the schema, 0 for none
	shards  int // that the facts were spread over
	shard   int // the server's own, from 1
	facts   bool
	shown   bool // every table of the database that shows all shards is there
	tables  map[string]bool
}

// lacks returns a table of a list that is not there, "" for none.
func (f found) lacks(list []warehouse.Table) string {
	for _, t := range list {
		if !f.tables[t.Name] {
			return t.Name
		}
	}
	return ""
}

// isDerived tells a table that says nothing of whether there are facts.
func isDerived(table string) bool {
	return slices.ContainsFunc(warehouse.Derived, func(t warehouse.Table) bool { return t.Name == table })
}

func (s *Store) look(ctx context.Context, n *node) (found, error) {
	f := found{tables: map[string]bool{}}
	rows, err := n.texts(ctx, "", "select database, name, toString(coalesce(total_rows, 0)) from system.tables where database in ("+
		literal(s.own)+", "+literal(s.all)+") and not startsWith(name, "+literal(stagingPrefix)+")")
	if err != nil {
		return f, err
	}
	versioned, shown := false, 0
	for _, row := range rows {
		if row[0] == s.own {
			f.tables[row[1]] = true
		}
		switch {
		case row[0] == s.all:
			shown++
		case row[1] == versionTable:
			versioned = true
		case row[2] != "0" && !isDerived(row[1]):
			f.facts = true
		}
	}
	f.shown = shown >= len(allTables())
	if !versioned {
		return f, nil
	}
	rows, err = n.texts(ctx, s.own, "select toString(max(version)), toString(argMax(shards, version)), toString(argMax(shard, version)) from "+versionTable)
	if err != nil || len(rows) == 0 {
		return f, err
	}
	for i, p := range []*int{&f.version, &f.shards, &f.shard} {
		if *p, err = strconv.Atoi(rows[0][i]); err != nil {
			return f, fmt.Errorf("read schema version: %w", err)
		}
	}
	return f, nil
}

// same refuses a cluster of another shape than the facts were spread over, and a
// server that has lost its own: both would give numbers that are too small.
func (s *Store) same(all []found) error {
	facts := false
	for _, f := range all {
		facts = facts || f.facts
	}
	for i, f := range all {
		n := s.nodes[i]
		switch {
		case n.absent != nil:
		case f.version > 0 && f.shards != len(s.shards):
			return perennial.NewError(perennial.KindConflict, "store.shards_changed",
				perennial.Say("数据按 %[1]d 个分片存放，现在的集群有 %[2]d 个。", "The facts were spread over %[1]d shards; the cluster now has %[2]d.", f.shards, len(s.shards))).
				WithHint(perennial.Say("改回原来的集群；要增减分片，请先备份，再恢复到新的数据库。",
					"Go back to the cluster that it was; to change the number of shards, back up and restore into a new database."))
		case f.version > 0 && f.shard != n.shard+1:
			return perennial.NewError(perennial.KindConflict, "store.shards_changed",
				perennial.Say("%[1]s 存的是分片 %[2]d 的数据，现在的集群里它是分片 %[3]d。", "%[1]s holds the facts of shard %[2]d; in the cluster it is shard %[3]d now.", n.address, f.shard, n.shard+1)).
				WithHint(perennial.Say("在 remote_servers 里按原来的次序写分片。", "Write the shards into remote_servers in the order that they had."))
		case f.version == 0 && !f.facts && facts && !s.hasReplica(i, all):
			return perennial.NewError(perennial.KindConflict, "store.shard_empty",
				perennial.Say("%s 是空的，别的服务器上却有数据。", "%s is empty while other servers hold facts.", n.address)).
				WithHint(perennial.Say("确认它的数据盘挂上了；数据真的丢了，就把备份恢复到新的数据库。",
					"See that its data disk is mounted. If the data is lost, restore a backup into a new database."))
		}
	}
	return nil
}

// hasReplica tells whether another server holds the facts of node i's shard.
func (s *Store) hasReplica(i int, all []found) bool {
	for k, f := range all {
		if k != i && s.nodes[k].shard == s.nodes[i].shard && f.version > 0 {
			return s.address.replicated
		}
	}
	return false
}
