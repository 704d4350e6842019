package relay

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func serve(t *testing.T, dir string, run func(context.Context, Command, io.Writer, io.Writer) int) *Service {
	t.Helper()
	s := NewService(dir, run)
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-s.Started()
	t.Cleanup(func() {
		if err := s.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return s
}

// echo prints what it was given.
func echo(_ context.Context, c Command, out, errs io.Writer) int {
	io.WriteString(out, strings.Join(c.Args, " ")+strings.Repeat("x", 3<<20))
	io.WriteString(errs, c.Dir+c.Env["LANG"]+string(c.Input))
	return 7
}

func TestCall(t *testing.T) {
	for name, dir := range map[string]string{
		"short": t.TempDir(),
		"long":  filepath.Join(t.TempDir(), strings.Repeat("a", 60), strings.Repeat("b", 60)),
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			var out, errs bytes.Buffer
			c := Command{Args: []string{"a", "b c"}, Dir: "/here", Env: map[string]string{"LANG": "en"}, Input: []byte("in")}
			if _, served, err := Call(t.Context(), dir, c, &out, &errs); served || err != nil {
				t.Errorf("without a server: %v %v", served, err)
			}
			s := serve(t, dir, echo)
			code, served, err := Call(t.Context(), dir, c, &out, &errs)
			if code != 7 || !served || err != nil || out.Len() != 5+3<<20 || !strings.HasPrefix(out.String(), "a b cx") || errs.String() != "/hereenin" {
				t.Errorf("%d %v %v, %d bytes, %q", code, served, err, out.Len(), errs.String())
			}
			if runtime.GOOS != "windows" {
				socket, err := os.Lstat(s.socket.Addr().String())
				if err != nil || socket.Mode().Perm() != 0o600 {
					t.Errorf("%v %v", socket, err)
				}
			}
			for range 2 {
				if err := s.Stop(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if left, err := os.ReadDir(filepath.Join(dir, folder)); len(left) > 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
			if _, served, err := Call(t.Context(), dir, c, &out, &errs); served || err != nil {
				t.Errorf("after it stopped: %v %v", served, err)
			}
		})
	}
}

// Whoever sent a command ends it, by saying so or by going away, and so does the end
// of the server.
func TestCancel(t *testing.T) {
	dir := t.TempDir()
	running := make(chan struct{})
	wait := func(ctx context.Context, _ Command, out, _ io.Writer) int {
		running <- struct{}{}
		<-ctx.Done()
		io.WriteString(out, "stopped")
		return 130
	}
	s := serve(t, dir, wait)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-running; cancel() }()
	var out bytes.Buffer
	if code, _, err := Call(ctx, dir, Command{}, &out, io.Discard); code != 130 || err != nil || out.String() != "stopped" {
		t.Errorf("%d %v %q", code, err, out.String())
	}
	stopped := make(chan error)
	go func() { <-running; stopped <- s.Stop(context.WithoutCancel(t.Context())) }()
	out.Reset()
	if code, _, err := Call(t.Context(), dir, Command{}, &out, io.Discard); code != 130 || err != nil || out.String() != "stopped" {
		t.Errorf("the server stops: %d %v %q", code, err, out.String())
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// A socket that a killed process left, or in a folder that others may enter, is none.
func TestLeftBehind(t *testing.T) {
	dir := t.TempDir()
	home := filepath.Join(dir, folder)
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(path string) {
		if err := os.WriteFile(filepath.Join(home, addressFile), []byte(path+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(home, socketFile))
	if Listening(t.Context(), dir) {
		t.Error("nobody listens")
	}
	serve(t, dir, echo)
	if !Listening(t.Context(), dir) {
		t.Error("the server took no place where another had been")
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.Chmod(home, 0o755); err != nil {
		t.Fatal(err)
	}
	if Listening(t.Context(), dir) {
		t.Error("a socket in a folder that others may enter was believed")
	}
}
