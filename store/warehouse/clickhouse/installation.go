package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"perennial"
)

// installationTable holds no rows; its comment is the id of the installation that
// the databases belong to. To make a table is atomic on a server, so that of two
// installations that come at once one is first; and a comment is never changed.
const installationTable = "installation"

// claim notes on every server that the databases belong to an installation, or
// finds that they do. The servers are asked one after another, in the order of the
// address: who is second on the first touches none of the others.
func (s *Store) claim(ctx context.Context, id string) error {
	for _, n := range s.nodes {
		err := n.run(ctx, "", "create database if not exists "+quoted(s.own), "create table if not exists "+quoted(s.own)+"."+installationTable+
			" (id String) engine = MergeTree order by id comment "+literal(id))
		if err != nil {
			return fmt.Errorf("claim warehouse: %w", err)
		}
		rows, err := n.texts(ctx, "", "select comment from system.tables where database = "+literal(s.own)+" and name = "+literal(installationTable))
		if err != nil {
			return fmt.Errorf("claim warehouse: %w", err)
		}
		if len(rows) != 1 || rows[0][0] != id {
			return s.others(n)
		}
	}
	return nil
}

func (s *Store) others(n *node) error {
	return perennial.NewError(perennial.KindConflict, "store.other_installation",
		perennial.Say("ClickHouse 数据库 %[1]s（%[2]s）属于另一套常青。", "The ClickHouse database %[1]s (%[2]s) belongs to another installation of Perennial.", s.all, n.address)).
		WithHint(perennial.Say("在配置的 warehouse 地址里换一个数据库名；恢复出来的备份也要用自己的库。那个库没有改动。",
			"Name another database in the address of warehouse; a restored backup needs one of its own, too. Nothing was changed in that one."))
}

// Vacant tells, without a change anywhere, whether a new installation can have
// databases as Open would make them: every server answers and is in the cluster, and
// none has such databases of another, store.other_installation.
func Vacant(ctx context.Context, opt Options) (err error) {
	s, err := prepare(opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(s.readable(err), s.Close()) }()
	if err := s.reach(ctx); err != nil {
		return fmt.Errorf("look at warehouse: %w", err)
	}
	for _, n := range s.nodes {
		if n.absent != nil {
			return n.absent
		}
		rows, err := n.texts(ctx, "", "select name from system.tables where database in ("+literal(s.own)+", "+literal(s.all)+") limit 1")
		if err != nil {
			return fmt.Errorf("look at warehouse: %w", err)
		}
		if len(rows) > 0 {
			return s.others(n)
		}
	}
	return nil
}

// Place says which servers and databases the facts are in, without user and
// password.
func (s *Store) Place() string { return strings.Join(s.address.hosts, ",") + "/" + s.all }
