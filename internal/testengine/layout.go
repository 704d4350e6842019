package testengine

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Layout describes a ClickHouse that is not just shards of one server. Replicas
// are there for the cluster's configuration: replicated tables do not come to life
// in a library, which has no address for other servers to fetch from.
type Layout struct {
	Shards   int
	Replicas int               // servers of each shard; 1 if zero
	Profile  map[string]string // settings of every session that does not say otherwise
}

// Lay starts a cluster of a layout, or skips the test. Its servers come shard by
// shard, the replicas of each in order.
func Lay(tb testing.TB, l Layout) *Cluster {
	tb.Helper()
	dir := library(tb)
	replicas := max(1, l.Replicas)
	n := l.Shards * replicas
	ports, err := freePorts(tb.Context(), 2*n)
	if err != nil {
		tb.Fatal(err)
	}
	c := &Cluster{}
	tb.Cleanup(func() {
		for _, s := range c.Shards {
			s.Kill()
			if tb.Failed() && s.said.Len() > 0 {
				tb.Logf("ClickHouse at %s said:\n%s", s.Address, s.said.String())
			}
		}
	})
	for i := range n {
		own := tb.TempDir()
		file := filepath.Join(own, "config.xml")
		if err := os.WriteFile(file, []byte(l.settings(ports, i)), 0o600); err != nil {
			tb.Fatal(err)
		}
		s := &Shard{Address: fmt.Sprintf("127.0.0.1:%d", ports[2*i])}
		for _, name := range slices.Sorted(maps.Keys(l.Profile)) {
			s.args = append(s.args, "--"+name, l.Profile[name])
		}
		s.start = func() error { return s.run(dir, own, file, ports[2*i:2*i+2]) }
		if err := s.start(); err != nil {
			tb.Fatal(err)
		}
		c.Shards = append(c.Shards, s)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	for _, s := range c.Shards {
		if err := s.ready(ctx); err != nil {
			tb.Fatalf("ClickHouse does not answer: %v\n%s", err, s.said.String())
		}
	}
	return c
}

// settings are those of server i, with two ports each.
func (l Layout) settings(ports []int, i int) string {
	var servers strings.Builder
	replicas := max(1, l.Replicas)
	for shard := range l.Shards {
		servers.WriteString("<shard><internal_replication>true</internal_replication>")
		for r := range replicas {
			fmt.Fprintf(&servers, "<replica><host>127.0.0.1</host><port>%d</port></replica>", ports[2*(shard*replicas+r)])
		}
		servers.WriteString("</shard>")
	}
	return fmt.Sprintf(`<clickhouse>
<logger><level>fatal</level><console>true</console></logger>
<tcp_port>%d</tcp_port>
<max_server_memory_usage>3000000000</max_server_memory_usage>
<mark_cache_size>67108864</mark_cache_size>
<background_pool_size>2</background_pool_size>
<background_schedule_pool_size>4</background_schedule_pool_size>
<remote_servers><perennial>%s</perennial></remote_servers>
</clickhouse>
`, ports[2*i], servers.String())
}

// library is the folder of the ClickHouse of tests, or skips the test.
func library(tb testing.TB) string {
	tb.Helper()
	dir := os.Getenv("PERENNIAL_CHDB")
	if dir == "" {
		_, self, _, _ := runtime.Caller(0)
		dir = filepath.Join(filepath.Dir(self), "..", "..", "build", "tools", "chdb")
	}
	for _, name := range []string{"chdb", "libchdb.so"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			tb.Skipf("no ClickHouse to test with: %s is absent (scripts/chdb fetches it)", filepath.Join(dir, name))
		}
	}
	return dir
}
