package testengine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Cluster is a ClickHouse of several shards, one server each on this machine,
// that know one another as the cluster "perennial".
type Cluster struct {
	Shards []*Shard

	layout  Layout
	library string // the folder that scripts/chdb fills
	dir     string // data, settings and logs
	small   bool   // share the machine with tests
}

// Shard is one ClickHouse server.
type Shard struct {
	// Address is where it speaks its own protocol, host:port.
	Address string

	server string       // where it listens itself: behind a shield, elsewhere
	start  func() error // anew, on the same port and data
	args   []string     // settings of every session, beyond the usual
	cmd    *exec.Cmd
	alive  *os.File      // the server ends when this is closed
	ended  chan struct{} // closed when it has ended
	said   bytes.Buffer  // to be read when it has ended
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
	return Lay(tb, Layout{Shards: shards})
}

// NeedClickHouse skips a test where the machine has no ClickHouse, and returns the
// folder of its library: for tests that share a cluster and are counted one by one.
func NeedClickHouse(tb testing.TB) string {
	tb.Helper()
	library, err := findChdb()
	if err != nil {
		tb.Skip(err)
	}
	return library
}

// Revive starts servers again that were killed or have ended by themselves: out of
// its own server, ClickHouse does so when a client is refused.
func (c *Cluster) Revive(ctx context.Context) error {
	for _, s := range c.Shards {
		select {
		case <-s.ended:
			s.Kill() // only what is left of it
			if err := s.Restart(ctx); err != nil {
				return err
			}
		default:
		}
	}
	return nil
}

// LaunchClickHouse starts a cluster for a program that measures: it may have the
// whole machine. Remove ends it.
func LaunchClickHouse(shards int) (*Cluster, error) {
	library, err := findChdb()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "perennial-clickhouse-")
	if err != nil {
		return nil, fmt.Errorf("start ClickHouse: %w", err)
	}
	c := &Cluster{library: library, dir: dir, layout: Layout{Shards: shards}}
	if err := c.startOnFreePorts(); err != nil {
		return nil, errors.Join(err, c.Remove())
	}
	return c, nil
}

// Remove ends the servers and clears their data away.
func (c *Cluster) Remove() error {
	for _, s := range c.Shards {
		s.Kill()
	}
	return os.RemoveAll(c.dir)
}

// findChdb finds the folder that scripts/chdb fills.
func findChdb() (string, error) {
	dir := os.Getenv("PERENNIAL_CHDB")
	if dir == "" {
		_, self, _, _ := runtime.Caller(0)
		dir = filepath.Join(filepath.Dir(self), "..", "..", "build", "tools", "chdb")
	}
	for _, name := range []string{"chdb", "libchdb.so"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return "", fmt.Errorf("ClickHouse is %w: %s is absent (scripts/chdb fetches it)", ErrAbsent, filepath.Join(dir, name))
		}
	}
	return dir, nil
}

func (c *Cluster) startOnFreePorts() error {
	ports, err := freePorts(c.layout.Shards * max(1, c.layout.Replicas))
	if err != nil {
		return err
	}
	return c.startAll(ports)
}

// startAll starts one server a port and waits until all answer.
func (c *Cluster) startAll(ports []int) error {
	own := ports // where the servers listen
	if c.small {
		var err error
		if own, err = freePorts(len(ports)); err != nil {
			return err
		}
	}
	for i, port := range own {
		dir := filepath.Join(c.dir, "shard"+strconv.Itoa(i+1))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("start ClickHouse: %w", err)
		}
		file := filepath.Join(dir, "config.xml")
		if err := os.WriteFile(file, []byte(c.settings(ports, i, port)), 0o600); err != nil {
			return fmt.Errorf("write settings of ClickHouse: %w", err)
		}
		s := &Shard{Address: net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[i])), server: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
		for _, name := range slices.Sorted(maps.Keys(c.layout.Profile)) {
			s.args = append(s.args, "--"+name, c.layout.Profile[name])
		}
		s.start = func() error { return s.run(c.library, dir, file, port) }
		if err := s.start(); err != nil {
			return err
		}
		c.Shards = append(c.Shards, s)
	}
	for _, s := range c.Shards {
		if err := s.ready(nil); err != nil {
			return err
		}
	}
	return nil
}

// settings of the i-th server, which listens on port itself, are small beside tests,
// which share two cores and little memory.
func (c *Cluster) settings(ports []int, i, port int) string {
	ports = slices.Clone(ports)
	ports[i] = port // by which it knows itself
	var shards strings.Builder
	replicas := max(1, c.layout.Replicas)
	for servers := range slices.Chunk(ports, replicas) {
		shards.WriteString("<shard><internal_replication>true</internal_replication>")
		for _, p := range servers {
			fmt.Fprintf(&shards, "<replica><host>127.0.0.1</host><port>%d</port></replica>", p)
		}
		shards.WriteString("</shard>")
	}
	room := `<max_server_memory_usage_to_ram_ratio>0.4</max_server_memory_usage_to_ram_ratio>`
	if c.small {
		room = `<max_server_memory_usage>3000000000</max_server_memory_usage>
<mark_cache_size>67108864</mark_cache_size>
<background_pool_size>2</background_pool_size>
<background_schedule_pool_size>4</background_schedule_pool_size>`
	}
	return fmt.Sprintf(`<clickhouse>
<logger><level>fatal</level><console>true</console></logger>
<tcp_port>%d</tcp_port>
<remote_servers><perennial>%s</perennial></remote_servers>
%s
</clickhouse>
`, port, shards.String(), room)
}

// serve keeps clickhouse-local busy while it listens; a number for each second.
const serve = "SYSTEM START LISTEN TCP; " +
	"SELECT sleepEachRow(1) FROM numbers(1000000000) FORMAT Null " +
	"SETTINGS max_block_size=1, max_threads=1, function_sleep_max_microseconds_per_block=100000000000"

func (s *Shard) run(library, dir, file string, port int) error {
	read, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("watch over ClickHouse: %w", err)
	}
	//nolint:noctx // the server outlives this call; Kill ends it
	cmd := exec.Command(filepath.Join(library, "chdb"), filepath.Join(library, "libchdb.so"),
		"--path", filepath.Join(dir, "data"), "--config-file", file, "--listen_host", "127.0.0.1",
		"--tcp_port", strconv.Itoa(port), "--query", serve)
	cmd.Args = append(cmd.Args, s.args...)
	(*account)(nil).attach(cmd)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = dir, &s.said, &s.said, []*os.File{read}
	err = cmd.Start()
	if closeErr := read.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return errors.Join(fmt.Errorf("start ClickHouse: %w", err), write.Close())
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // killed as often as not
	}()
	s.cmd, s.alive, s.ended = cmd, write, ended
	return nil
}

// Kill ends the server as a power cut would, and returns when it is gone.
func (s *Shard) Kill() {
	_ = s.cmd.Process.Kill() // one that has ended already is no fault
	<-s.ended
	_ = s.alive.Close()
}

// Restart starts a killed server again, on its port and with its data.
func (s *Shard) Restart(ctx context.Context) error {
	if err := s.start(); err != nil {
		return err
	}
	return s.ready(ctx.Done())
}

// ready waits until the server accepts connections.
func (s *Shard) ready(stop <-chan struct{}) error {
	timeout := time.NewTimer(startWithin)
	defer timeout.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := net.Dial("tcp", s.server) //nolint:noctx // on this machine the answer comes at once
		if err == nil {
			if err = conn.Close(); err == nil && s.server != s.Address {
				err = s.shield()
			}
			return err
		}
		select {
		case <-tick.C:
			continue
		case <-stop:
		case <-s.ended:
			err = fmt.Errorf("it ended: %s", s.said.String())
		case <-timeout.C:
		}
		return fmt.Errorf("ClickHouse at %s does not answer: %w", s.Address, err)
	}
}

// freePorts asks the system for ports that nobody listens on.
func freePorts(n int) (ports []int, err error) {
	var held []io.Closer
	defer func() {
		for _, l := range held {
			err = errors.Join(err, l.Close())
		}
	}()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // does not wait
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		held = append(held, l)
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
