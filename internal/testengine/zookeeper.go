package testengine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// root is the folder of the module.
func root() string {
	_, self, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(self), "..", "..")
}

// ZooKeeper starts a server that keeps what replicas of a ClickHouse table agree
// on, and returns its host:port, or skips the test. $PERENNIAL_ZOOKEEPER names the
// folder that scripts/zookeeper fills; build/tools/zookeeper is where it does so.
func ZooKeeper(tb testing.TB) string {
	tb.Helper()
	dir := os.Getenv("PERENNIAL_ZOOKEEPER")
	if dir == "" {
		dir = filepath.Join(root(), "build", "tools", "zookeeper")
	}
	if _, err := os.Stat(filepath.Join(dir, "version")); err != nil {
		tb.Skipf("no ZooKeeper to test replicas with: %s is absent (scripts/zookeeper fetches it)", dir)
	}
	java, err := exec.LookPath("java")
	if err != nil {
		tb.Skip("no ZooKeeper to test replicas with: Java is missing (Debian package default-jre-headless)")
	}
	ports, err := freePorts(tb.Context(), 1)
	if err != nil {
		tb.Fatal(err)
	}
	own := tb.TempDir()
	file := filepath.Join(own, "zoo.cfg")
	text := fmt.Sprintf("tickTime=500\ndataDir=%s\nclientPort=%d\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n", filepath.Join(own, "data"), ports[0])
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	var said bytes.Buffer
	//nolint:noctx // the server outlives this call; the end of the test ends it
	cmd := exec.Command(java, "-Xmx128m", "-XX:+UseSerialGC", "-cp", filepath.Join(dir, "jars", "*"), "org.apache.zookeeper.server.ZooKeeperServerMain", file)
	cmd.Dir, cmd.Stdout, cmd.Stderr = own, &said, &said
	(*account)(nil).attach(cmd)
	if err := startChild(cmd); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = cmd.Process.Kill() // one that has ended already is no fault
		_ = cmd.Wait()
	})
	s := &Shard{Address: fmt.Sprintf("127.0.0.1:%d", ports[0])}
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	if err := s.ready(ctx); err != nil {
		tb.Fatalf("ZooKeeper does not answer: %v\n%s", err, said.String())
	}
	return s.Address
}
