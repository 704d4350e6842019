//go:build unix

package testengine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// immediately is the signal by which PostgreSQL ends without a checkpoint.
const immediately = syscall.SIGQUIT

// account is who a server runs as.
type account struct{ uid, gid int }

// unprivileged returns the account for servers that refuse to run as root, nil
// where this process is not root.
func unprivileged() (*account, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil {
			return &account{uid, gid}, nil
		}
	}
	return nil, errors.New("a server does not run as root, and there is no account postgres or nobody")
}

func (a *account) own(paths ...string) error {
	if a == nil {
		return nil
	}
	for _, path := range paths {
		if err := os.Chown(path, a.uid, a.gid); err != nil {
			return err
		}
	}
	return nil
}

func (a *account) attach(cmd *exec.Cmd) {
	// A group of its own: Ctrl-C is for the tests, which then end the server.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if a != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
		lend(cmd.SysProcAttr)
	}
}

// watch starts a guard that clears a server's folder away when this process is
// gone, however it ended: killed, panicked, or done and out of tests.
func watch(dir string) (io.Closer, error) {
	// The guard reads from a pipe that nobody writes to; it ends with us.
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("guard a server: %w", err)
	}
	defer r.Close()
	const script = `read -r _
pid=$(head -n 1 "$0/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null
tries=0
while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
rm -rf "$0"`
	cmd := exec.Command("/bin/sh", "-c", script, dir) //nolint:noctx // outlives this process on purpose
	cmd.Stdin = r
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("guard a server: %w", err), w.Close())
	}
	return guard{w, cmd}, nil
}

type guard struct {
	pipe *os.File
	cmd  *exec.Cmd
}

// Close lets the guard do its work, of which nothing is left by then.
func (g guard) Close() error { return errors.Join(g.pipe.Close(), g.cmd.Wait()) }
