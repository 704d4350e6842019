//go:build unix

package testengine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// The signals by which PostgreSQL ends without a checkpoint, and with one.
const (
	immediately = syscall.SIGQUIT
	orderly     = syscall.SIGINT
)

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

// attach makes a program that works in cmd.Dir run as the account.
func (a *account) attach(cmd *exec.Cmd) {
	// A group of its own: Ctrl-C is for this process, which then ends the server.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if a != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
		if !a.reaches(cmd.Dir) {
			lend(cmd.SysProcAttr)
			cmd.Dir = "/" // the right begins with the program, after the change of folder
		}
	}
}

// reaches reports whether an account that is not root can do its work in dir:
// every folder above it lets it pass. In some containers only root may write to
// /dev/null, which initdb does.
func (a *account) reaches(dir string) bool {
	if info, err := os.Stat(os.DevNull); err == nil && info.Mode().Perm()&0o002 == 0 {
		return false
	}
	for dir = filepath.Dir(dir); ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// watch starts a guard that ends a server when this process is gone, however it
// ended: killed, panicked, or done and out of tests. What it does with the
// server's folder afterwards is the command after.
func watch(dir, after string) (io.Closer, error) {
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
`
	cmd := exec.Command("/bin/sh", "-c", script+after, dir) //nolint:noctx // outlives this process on purpose
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
