//go:build unix

package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// served is a server that runs, and what it said when it was ready.
type served struct {
	cmd  *exec.Cmd
	said map[string]string
}

// start runs a command that serves and waits for its line.
func (d *desk) start(args ...string) served {
	d.t.Helper()
	cmd := d.command(args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	cmd.Stderr = d.t.Output()
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	s := served{cmd: cmd}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || json.Unmarshal([]byte(line), &s.said) != nil {
		d.t.Fatalf("%q %v", line, err)
	}
	return s
}

// stop ends the server as an operator would.
func (s served) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the server ends with %v", err)
	}
}

func ask(t *testing.T, method, url, key string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	got, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, string(b)
}

// Every command works while a server has the directory open, with paths of where it
// was typed, and says what it says without one.
func TestCommandsThroughTheServer(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.write("订单.csv", shop{"A", 200, 60, 2}.csv())
	s := d.start("serve", "--addr", "127.0.0.1:0", "--json")
	if !strings.HasPrefix(s.said["login_url"], s.said["url"]+"/link#") {
		t.Errorf("the first start says %v", s.said)
	}
	d.good("import", "orders", "订单.csv", "--workspace", "w")
	if n := len(d.list()); n != 1 {
		t.Errorf("%d imports", n)
	}
	d.good("analyze", "--workspace", "w", "--html", "report.html")
	d.good("backup", "copy.backup")
	for _, name := range []string{"report.html", "copy.backup"} {
		if info, err := os.Stat(filepath.Join(d.work, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	key, _ := d.json("key", "create", "--workspace", "w", "--scope", "read")["key"].(string)
	if status, _ := ask(t, "POST", s.said["url"]+"/api/v1/refresh", key); status != http.StatusAccepted {
		t.Errorf("refresh with a key that was just made: %d", status)
	}
	if status, text := ask(t, "GET", s.said["url"]+"/api/v1/me", ""); status != http.StatusUnauthorized || !strings.Contains(text, "request.log_in") {
		t.Errorf("a stranger: %d %s", status, text)
	}
	d.refused("workspace.not_found", 3, "analyze", "--workspace", "none")
	cmd := d.command("user", "add", "wei", "--role", "viewer", "--password-stdin")
	cmd.Stdin = strings.NewReader("maple river 47 lantern\n")
	if r := d.finish(cmd, []string{"user", "add"}); r.code != 0 {
		t.Errorf("%d %s", r.code, r.err)
	}
	d.refused("dir.in_use", 4, "demo")
	s.stop(t)
	if users, ok := d.json("user", "list")["users"].([]any); !ok || len(users) != 1 {
		t.Errorf("after the server ended: %v", users)
	}
}

// The demonstration says where it is in one line, and its link logs in.
func TestDemoServes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	s := d.start("demo", "--customers", "300", "--addr", "127.0.0.1:0", "--json")
	if s.said["workspace"] != "demo" || !strings.HasPrefix(s.said["login_url"], s.said["url"]+"/link#") {
		t.Errorf("%v", s.said)
	}
	key, _ := d.json("key", "create", "--workspace", "demo", "--scope", "read")["key"].(string)
	if status, text := ask(t, "GET", s.said["url"]+"/api/v1/overview", key); status != http.StatusOK || !strings.Contains(text, `"findings"`) {
		t.Errorf("%d %.200s", status, text)
	}
	s.stop(t)
	d.clean()
}
