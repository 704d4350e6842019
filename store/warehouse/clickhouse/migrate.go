package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"perennial/internal/sqlfile"
	"perennial/store/state"
	"perennial/store/warehouse"
)

// versionTable notes on each server, which steps it has taken and its place among
// the shards. It is the server's own also where facts are replicated.
const versionTable = "schema_version"

// migrate brings every server forward. ClickHouse has no transactions over
// schemas: every statement may be repeated, and the version is noted last.
func (s *Store) migrate(ctx context.Context) error {
	steps, err := warehouse.Migrations(engine)
	if err != nil {
		return err
	}
	// All are looked at before one is changed.
	have := make([]found, len(s.nodes))
	g, inner := errgroup.WithContext(ctx)
	for i, n := range s.nodes {
		if n.absent == nil {
			g.Go(func() (err error) {
				have[i], err = s.look(inner, n)
				return err
			})
		}
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("migrate warehouse: %w", err)
	}
	for _, f := range have {
		if f.version > len(steps) {
			return state.ErrNewer("数据仓库", "warehouse", f.version, len(steps))
		}
	}
	if err := s.same(have); err != nil {
		return err
	}
	for i, f := range have {
		if s.nodes[i].absent != nil || f.version < len(steps) {
			continue
		}
		if gone := f.lacks(warehouse.Tables); gone != "" {
			return tableMissing(s.nodes[i].address, s.own+"."+gone, nil)
		}
	}
	if absent := s.absent(); absent != nil {
		// The others answer what is asked as they are; nothing is changed that it
		// would miss.
		for i, f := range have {
			if s.nodes[i].absent == nil && (f.version < len(steps) || !f.shown) {
				return absent
			}
		}
		return nil
	}
	// Shards side by side; the servers of a shard after one another, because they
	// share their tables' descriptions in the Keeper.
	g, inner = errgroup.WithContext(ctx)
	for shard := range s.shards {
		g.Go(func() error { return s.migrateShard(inner, shard, have, steps) })
	}
	return g.Wait()
}

// migrateShard brings the servers of a shard forward, the furthest first: a server
// that is new takes its tables as they are there.
func (s *Store) migrateShard(ctx context.Context, shard int, have []found, steps []sqlfile.Migration) error {
	var order []int
	for i, n := range s.nodes {
		if n.shard == shard {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(have[b].version, have[a].version) })
	leader := s.nodes[order[0]]
	for k, i := range order {
		n, version := s.nodes[i], have[i].version
		if err := s.prepareNode(ctx, n); err != nil {
			return fmt.Errorf("migrate warehouse: %w", err)
		}
		todo := steps[version:]
		if len(todo) == 0 && !have[i].shown {
			todo = steps[len(steps)-1:] // a step may be repeated, and ends with showing
		}
		if version == len(steps) && have[i].lacks(warehouse.Derived) != "" {
			todo = steps // what is derived is made again
		}
		if version == 0 && k > 0 && s.address.replicated {
			if err := s.join(ctx, n, leader); err != nil {
				return fmt.Errorf("join %s to its shard: %w", n.address, err)
			}
			todo = []sqlfile.Migration{{Version: len(steps), File: "of the shard"}}
		}
		for _, m := range todo {
			err := n.run(ctx, s.own, s.statements(n, m.SQL)...)
			if err == nil && m.Version == len(steps) {
				err = s.show(ctx, n)
			}
			if err == nil {
				err = n.run(ctx, s.own, fmt.Sprintf("insert into %s values (%d, %d, %d)", versionTable, m.Version, len(s.shards), n.shard+1))
			}
			if err != nil {
				return fmt.Errorf("apply warehouse migration %s: %w", m.File, err)
			}
		}
	}
	return nil
}

// join makes the tables of a shard on one more server of it, which then fetches
// their rows.
func (s *Store) join(ctx context.Context, n, leader *node) error {
	for _, t := range allTables() {
		rows, err := leader.texts(ctx, "", "select create_table_query from system.tables where database = "+literal(s.own)+" and name = "+literal(t.Name))
		if err != nil {
			return err
		}
		for _, row := range rows {
			text, _ := strings.CutPrefix(row[0], "CREATE TABLE ")
			if err := n.run(ctx, s.own, "create table if not exists "+text, "system sync replica "+t.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepareNode makes a server's databases and removes what writers left behind that
// nobody will finish any more.
func (s *Store) prepareNode(ctx context.Context, n *node) error {
	err := n.run(ctx, "", "create database if not exists "+quoted(s.own), "create database if not exists "+quoted(s.all))
	if err != nil {
		return err
	}
	err = n.run(ctx, s.own, "create table if not exists "+versionTable+" (version Int64, shards Int64, shard Int64) engine = MergeTree order by version")
	if err != nil {
		return err
	}
	left, err := n.texts(ctx, "", "select name from system.tables where database = "+literal(s.own)+
		" and startsWith(name, "+literal(stagingPrefix)+") and metadata_modification_time < now() - interval 1 day")
	if err != nil {
		return err
	}
	for _, row := range left {
		if err := n.run(ctx, s.own, "drop table if exists "+quoted(row[0])+" sync"); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) version(ctx context.Context, n *node) (int, error) {
	rows, err := n.texts(ctx, s.own, "select toString(max(version)) from "+versionTable)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return strconv.Atoi(rows[0][0])
}

// tableSettings are every table's: repeated inserts are known by their token, and
// sparse columns are off, which not every client reads.
const tableSettings = "non_replicated_deduplication_window = 1000, ratio_of_defaults_for_sparse_serialization = 1"

// kind is how a table is kept: by its server alone, or with a place in the Keeper
// that the servers of a shard share.
func (s *Store) kind(n *node, table, replica string) string {
	if !s.address.replicated {
		return "MergeTree"
	}
	path := fmt.Sprintf("/clickhouse/perennial/%s/%d/%s", url.PathEscape(s.own), n.shard+1, table)
	return "ReplicatedMergeTree(" + literal(path) + ", " + literal(replica) + ")"
}

// statements splits a migration and says how tables are kept.
func (s *Store) statements(n *node, text string) (out []string) {
	text = strings.NewReplacer("${engine}", s.kind(n, "{table}", "{replica}"), "${settings}", tableSettings).Replace(text)
	for part := range strings.SplitSeq(text, ";\n") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// allTables are those of facts and the derived ones.
func allTables() []warehouse.Table {
	return slices.Concat(warehouse.Tables, warehouse.Derived)
}

// show makes the tables of the database that shows every shard's rows. They hold
// nothing, so they are made anew whenever the schema changes or one is missing; the
// number of shards, which decides their shape, never changes.
func (s *Store) show(ctx context.Context, n *node) error {
	for _, t := range allTables() {
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
