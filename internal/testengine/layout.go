package testengine

import (
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
	c := &Cluster{library: NeedClickHouse(tb), dir: tb.TempDir(), small: true, layout: l}
	tb.Cleanup(func() {
		for _, s := range c.Shards {
			s.Kill()
			if said := s.faults(); tb.Failed() && said != "" {
				tb.Logf("ClickHouse at %s said:\n%s", s.Address, said)
			}
		}
	})
	if err := c.startOnFreePorts(); err != nil {
		tb.Fatal(err)
	}
	return c
}

// faults is what a server that has ended said of errors; a library keeps no level
// of its log and says much more.
func (s *Shard) faults() string {
	var out strings.Builder
	for line := range strings.Lines(s.said.String()) {
		if strings.Contains(line, "<Error>") || strings.Contains(line, "<Fatal>") {
			out.WriteString(line)
		}
	}
	return out.String()
}
