package clickhouse

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"perennial"
	"perennial/store/state"
	"perennial/store/warehouse"
)

// locate asks the servers which shard each of them holds. One server without a
// cluster in its configuration is a shard of its own.
func (s *Store) locate(ctx context.Context) error {
	shards := 1
	for _, n := range s.nodes {
		rows, err := n.texts(ctx, "", "select toString(shard_num), toString(is_local), concat(host_name, ':', toString(port)) "+
			"from system.clusters where cluster = "+literal(s.address.cluster)+" order by shard_num, replica_num")
		if err != nil {
			return err
		}
		found := len(rows) == 0 && len(s.nodes) == 1
		for _, row := range rows {
			number, err := strconv.Atoi(row[0])
			if err != nil {
				return fmt.Errorf("read shard number: %w", err)
			}
			shards = max(shards, number)
			if !found && (row[1] == "1" || row[2] == n.address) {
				n.shard, found = number-1, true
			}
		}
		if !found {
			return notInCluster(n.address, s.address.cluster)
		}
	}
	s.shards = make([][]*node, shards)
	for _, n := range s.nodes {
		s.shards[n.shard] = append(s.shards[n.shard], n)
	}
	for i, nodes := range s.shards {
		if len(nodes) == 0 {
			return perennial.NewError(perennial.KindInvalid, "store.wrong_cluster",
				perennial.Say("集群 %[1]s 的分片 %[2]d 没有写在地址里。", "The address names no server of shard %[2]d of the cluster %[1]s.", s.address.cluster, i+1)).
				WithHint(perennial.Say("地址要写全：每个分片的每台服务器，用逗号隔开。", "Name every server of every shard, with commas between them."))
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

// migrate brings every server forward. ClickHouse has no transactions over
// schemas: every statement may be repeated, and the version is noted last.
func (s *Store) migrate(ctx context.Context) error {
	steps, err := warehouse.Migrations(engine)
	if err != nil {
		return err
	}
	// All are looked at before one is changed.
	have := make([]int, len(s.nodes))
	g, inner := errgroup.WithContext(ctx)
	for i, n := range s.nodes {
		g.Go(func() error {
			have[i], err = 0, nil
			v, err := s.prepareNode(inner, n)
			have[i] = v
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("migrate warehouse: %w", err)
	}
	for _, v := range have {
		if v > len(steps) {
			return state.ErrNewer("warehouse", v, len(steps))
		}
	}
	g, inner = errgroup.WithContext(ctx)
	for i, n := range s.nodes {
		g.Go(func() error {
			for _, m := range steps[have[i]:] {
				if err := n.run(inner, s.own, s.statements(m.SQL)...); err != nil {
					return fmt.Errorf("apply warehouse migration %s: %w", m.File, err)
				}
				if err := n.run(inner, s.own, fmt.Sprintf("insert into schema_version values (%d, %d)", m.Version, len(s.shards))); err != nil {
					return fmt.Errorf("apply warehouse migration %s: %w", m.File, err)
				}
			}
			return s.show(inner, n, have[i] < len(steps))
		})
	}
	return g.Wait()
}

// prepareNode makes a server's databases, tells its schema version and removes
// what writers left behind that nobody will finish any more.
func (s *Store) prepareNode(ctx context.Context, n *node) (version int, err error) {
	err = n.run(ctx, "", "create database if not exists "+quoted(s.own), "create database if not exists "+quoted(s.all))
	if err != nil {
		return 0, err
	}
	err = n.run(ctx, s.own, "create table if not exists schema_version (version Int64, shards Int64) engine = MergeTree order by version")
	if err != nil {
		return 0, err
	}
	rows, err := n.texts(ctx, s.own, "select toString(shards) from schema_version where version = 1 limit 1")
	if err != nil {
		return 0, err
	}
	if len(rows) > 0 && rows[0][0] != strconv.Itoa(len(s.shards)) {
		return 0, perennial.NewError(perennial.KindConflict, "store.wrong_cluster",
			perennial.Say("数据按 %[1]s 个分片存放，现在的集群有 %[2]d 个。", "The facts were spread over %[1]s shards; the cluster now has %[2]d.", rows[0][0], len(s.shards))).
			WithHint(perennial.Say("改回原来的集群；要增减分片，请先备份，再恢复到新的数据库。",
				"Go back to the cluster that it was; to change the number of shards, back up and restore into a new database."))
	}
	left, err := n.texts(ctx, "", "select name from system.tables where database = "+literal(s.own)+
		" and startsWith(name, "+literal(stagingPrefix)+") and metadata_modification_time < now() - interval 1 day")
	if err != nil {
		return 0, err
	}
	for _, row := range left {
		if err := n.run(ctx, s.own, "drop table if exists "+quoted(row[0])+" sync"); err != nil {
			return 0, err
		}
	}
	return s.version(ctx, n)
}

func (s *Store) version(ctx context.Context, n *node) (int, error) {
	rows, err := n.texts(ctx, s.own, "select toString(max(version)) from schema_version")
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return strconv.Atoi(rows[0][0])
}

// statements splits a migration and says how tables are kept.
func (s *Store) statements(text string) (out []string) {
	kind := "MergeTree"
	if s.address.replicated {
		kind = "ReplicatedMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')"
	}
	text = strings.NewReplacer(
		"${engine}", kind,
		// Repeated inserts are known by their token; sparse columns are not read by
		// every client.
		"${settings}", "non_replicated_deduplication_window = 1000, ratio_of_defaults_for_sparse_serialization = 1",
	).Replace(text)
	for part := range strings.SplitSeq(text, ";\n") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// show makes the tables of the database that shows every shard's rows. They hold
// nothing, so they are made anew whenever the schema or the shape changes.
func (s *Store) show(ctx context.Context, n *node, changed bool) error {
	if !changed {
		want := "View"
		if len(s.shards) > 1 {
			want = "Distributed"
		}
		rows, err := n.texts(ctx, "", "select engine from system.tables where database = "+literal(s.all)+" and name = "+literal(warehouse.Orders.Name))
		if err != nil || len(rows) == 1 && rows[0][0] == want {
			return err
		}
	}
	for _, t := range append([]warehouse.Table{warehouse.CustomerDays, warehouse.TouchedDays}, warehouse.Tables...) {
		text := "create or replace view " + t.Name + " as select * from " + quoted(s.own) + "." + t.Name
		if p, ok := placements[t.Name]; ok && len(s.shards) > 1 {
			text = "create or replace table " + t.Name + " as " + quoted(s.own) + "." + t.Name +
				" engine = Distributed(" + literal(s.address.cluster) + ", " + literal(s.own) + ", " + literal(t.Name) + ", " + p.sql + ")"
		}
		if err := n.run(ctx, s.all, text); err != nil {
			return fmt.Errorf("show %s: %w", t.Name, err)
		}
	}
	return nil
}
