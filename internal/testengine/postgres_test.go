package testengine

import (
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func reachable(t *testing.T, address string) bool {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", u.Host)
	if err != nil {
		return false
	}
	return c.Close() == nil
}

func TestAServerStopsAndStartsAgain(t *testing.T) {
	s := StartPostgres(t)
	for range 2 {
		if !reachable(t, s.URL("test")) {
			t.Fatal("not reachable after its start")
		}
		s.Kill()
		if reachable(t, s.URL("test")) {
			t.Fatal("reachable after it was killed")
		}
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestServersEndWithTheirTests runs itself in a process that panics with a server
// open.
func TestServersEndWithTheirTests(t *testing.T) {
	if os.Getenv("PERENNIAL_TEST_PANIC") != "" {
		os.Stdout.WriteString("server " + StartPostgres(t).dir + "\n")
		panic("on purpose")
	}
	postgresBin(t)
	cmd := exec.Command(os.Args[0], "-test.run", "^TestServersEndWithTheirTests$")
	cmd.Env = append(os.Environ(), "PERENNIAL_TEST_PANIC=1")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatal("the child did not panic")
	}
	_, rest, ok := strings.Cut(string(out), "server ")
	if !ok {
		t.Fatalf("no server was started:\n%s", out)
	}
	dir, _, _ := strings.Cut(rest, "\n")
	// The guard of the dead process removes the folder when the server is gone.
	wait := exec.Command("/bin/sh", "-c", `i=0; while [ -e "$0" ] && [ $i -lt 300 ]; do sleep 0.1; i=$((i+1)); done`, dir)
	if err := wait.Run(); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
