package testengine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// patience is how long a server may take to answer; a loaded machine is slow.
const patience = 60 * time.Second

// Shard is one ClickHouse server of a test.
type Shard struct {
	// Address is where it speaks its own protocol, host:port.
	Address string

	start func() error // anew, on the same port and data
	args  []string     // settings of every session, beyond the usual
	cmd   *exec.Cmd
	alive *os.File // the server ends when this is closed
	said  bytes.Buffer
}

// Kill ends the server as a power cut would.
func (s *Shard) Kill() {
	_ = s.cmd.Process.Kill() // one that has ended already is no fault
	_ = s.cmd.Wait()
	_ = s.alive.Close()
}

// Restart starts a killed server again, on its port and with its data.
func (s *Shard) Restart(ctx context.Context) error {
	if err := s.start(); err != nil {
		return err
	}
	return s.ready(ctx)
}

// Cluster is a ClickHouse of several shards, one server each, that know one
// another as the cluster "perennial".
type Cluster struct {
	Shards []*Shard
}

// URL returns the cluster's URL with a database.
func (c *Cluster) URL(database string) string {
	var hosts []string
	for _, s := range c.Shards {
		hosts = append(hosts, s.Address)
	}
	return "clickhouse://" + strings.Join(hosts, ",") + "/" + database
}

// ClickHouse starts a cluster, or skips the test. $PERENNIAL_CHDB names the
// folder that scripts/chdb fills; build/tools/chdb is where it does so.
func ClickHouse(tb testing.TB, shards int) *Cluster {
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
	ports, err := freePorts(tb.Context(), 2*shards)
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
	for i := range shards {
		s, err := startShard(dir, tb.TempDir(), ports, i)
		if err != nil {
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

// freePorts asks the system for ports that nobody listens on.
func freePorts(ctx context.Context, n int) (ports []int, err error) {
	for range n {
		l, listenErr := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if listenErr != nil {
			return nil, fmt.Errorf("find a free port: %w", listenErr)
		}
		defer func() { err = errors.Join(err, l.Close()) }()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// serve keeps clickhouse-local busy while it listens.
const serve = "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; " +
	"SELECT sleepEachRow(1) FROM numbers(86400) FORMAT Null " +
	"SETTINGS max_block_size=1, max_threads=1, function_sleep_max_microseconds_per_block=100000000000"

func startShard(library, dir string, ports []int, i int) (*Shard, error) {
	file := filepath.Join(dir, "config.xml")
	if err := os.WriteFile(file, []byte(settings(ports, i)), 0o600); err != nil {
		return nil, fmt.Errorf("write settings of ClickHouse: %w", err)
	}
	s := &Shard{Address: fmt.Sprintf("127.0.0.1:%d", ports[2*i])}
	s.start = func() error { return s.run(library, dir, file, ports[2*i:2*i+2]) }
	return s, s.start()
}

func (s *Shard) run(library, dir, file string, ports []int) error {
	read, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("watch over ClickHouse: %w", err)
	}
	s.alive = write
	//nolint:noctx // the server outlives this call; Kill ends it
	s.cmd = exec.Command(filepath.Join(library, "chdb"), filepath.Join(library, "libchdb.so"),
		"--path", filepath.Join(dir, "data"), "--config-file", file, "--listen_host", "127.0.0.1",
		"--tcp_port", fmt.Sprint(ports[0]), "--http_port", fmt.Sprint(ports[1]), "--query", serve)
	s.cmd.Args = append(s.cmd.Args, s.args...)
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr, s.cmd.ExtraFiles = dir, &s.said, &s.said, []*os.File{read}
	err = s.cmd.Start()
	if closeErr := read.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return errors.Join(fmt.Errorf("start ClickHouse: %w", err), write.Close())
	}
	return nil
}

// settings are small: two cores and little memory are shared with the tests.
func settings(ports []int, i int) string {
	var shards strings.Builder
	for k := range len(ports) / 2 {
		fmt.Fprintf(&shards, "<shard><replica><host>127.0.0.1</host><port>%d</port></replica></shard>", ports[2*k])
	}
	return fmt.Sprintf(`<clickhouse>
<logger><level>fatal</level><console>true</console></logger>
<tcp_port>%d</tcp_port>
<max_server_memory_usage>3000000000</max_server_memory_usage>
<mark_cache_size>67108864</mark_cache_size>
<background_pool_size>2</background_pool_size>
<background_schedule_pool_size>4</background_schedule_pool_size>
<remote_servers><perennial>%s</perennial></remote_servers>
<profiles><default><max_threads>2</max_threads></default></profiles>
</clickhouse>
`, ports[2*i], shards.String())
}

// ready waits until the server accepts connections.
func (s *Shard) ready(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.Address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}
