// Package relay carries command lines from one process to another on the same
// machine, whose owner alone may connect: the one that has the data directory open
// carries them out and sends back what they print.
package relay

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Command is a command line with what it needs to know of where it was typed.
type Command struct {
	Version string            `json:"version"` // of the program that sends it
	Args    []string          `json:"args"`
	Dir     string            `json:"dir"` // the working directory
	Env     map[string]string `json:"env"`
	Input   []byte            `json:"input"` // standard input, where the command reads it
	// Widths of standard output and standard error in characters; 0 for no terminal.
	OutWidth int `json:"out_width"`
	ErrWidth int `json:"err_width"`
}

// The frames of an answer: a kind, the number of bytes, and the bytes.
const (
	frameOut  = 1
	frameErr  = 2
	frameExit = 3 // one byte: the exit code

	maxFrame   = 1 << 20
	maxCommand = 16 << 20
)

// The folder of the socket in a data directory, and the file in it that says where
// the socket is: paths of sockets are short, those of directories need not be.
const (
	folder      = "run"
	addressFile = "address"
	socketFile  = "perennial.sock"
	maxPath     = 100 // 104 on the strictest system, with the byte that ends it
)

// Service takes commands for a data directory. It implements startstop.Service.
type Service struct {
	dir string
	run func(ctx context.Context, c Command, out, errs io.Writer) (code int)

	started chan struct{}
	cancel  context.CancelFunc
	socket  *net.UnixListener
	remove  []string // when it stops
	wait    sync.WaitGroup
}

// NewService makes a service that carries commands out by run. The context of run
// ends when whoever sent the command does, or the service.
func NewService(dir string, run func(ctx context.Context, c Command, out, errs io.Writer) (code int)) *Service {
	return &Service{dir: dir, run: run, started: make(chan struct{})}
}

// Start implements startstop.Service. The caller owns the data directory, so what an
// earlier process left is replaced.
func (s *Service) Start(ctx context.Context) error {
	home := filepath.Join(s.dir, folder)
	// Nobody else may enter the folder, so that the socket is nobody else's from its
	// first moment on.
	if err := os.MkdirAll(home, 0o700); err != nil {
		return fmt.Errorf("make folder of socket: %w", err)
	}
	if err := os.Chmod(home, 0o700); err != nil {
		return fmt.Errorf("make folder of socket: %w", err)
	}
	path, err := filepath.Abs(filepath.Join(home, socketFile))
	if err != nil {
		return fmt.Errorf("place socket: %w", err)
	}
	if len(path) > maxPath {
		short, err := shortFolder()
		if err != nil {
			return fmt.Errorf("place socket: %w", err)
		}
		s.remove = append(s.remove, short)
		path = filepath.Join(short, socketFile)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("place socket: %w", err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return fmt.Errorf("listen on socket: %w", err)
	}
	s.socket = l
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(fmt.Errorf("listen on socket: %w", err), l.Close())
	}
	address := filepath.Join(home, addressFile)
	if err := os.WriteFile(address, []byte(path+"\n"), 0o600); err != nil {
		return errors.Join(fmt.Errorf("tell where the socket is: %w", err), l.Close())
	}
	s.remove = append(s.remove, address)
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.wait.Go(func() { s.accept(ctx) })
	close(s.started)
	return nil
}

// shortFolder makes a folder of our own with a short path.
func shortFolder() (string, error) {
	for _, parent := range []string{os.Getenv("XDG_RUNTIME_DIR"), os.TempDir(), "/tmp"} {
		if parent == "" || len(parent) > maxPath-40 {
			continue
		}
		if dir, err := os.MkdirTemp(parent, "perennial-"); err == nil { // 0700
			return dir, nil
		}
	}
	return "", errors.New("no folder for temporary files has a short path")
}

// Started implements startstop.Service.
func (s *Service) Started() <-chan struct{} { return s.started }

// Stop implements startstop.Service: commands that run are cancelled and waited for.
func (s *Service) Stop(ctx context.Context) error {
	if s.socket == nil {
		return nil
	}
	err := s.socket.Close() // takes the socket's file away
	s.socket = nil
	for _, path := range s.remove {
		err = errors.Join(err, os.RemoveAll(path))
	}
	s.cancel()
	done := make(chan struct{})
	go func() { s.wait.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		err = errors.Join(err, fmt.Errorf("stop commands: %w", context.Cause(ctx)))
	}
	return err
}

func (s *Service) accept(ctx context.Context) {
	l := s.socket
	for {
		conn, err := l.AcceptUnix()
		if err != nil {
			return // closed: a socket of ours fails for nothing else
		}
		s.wait.Go(func() {
			s.serve(ctx, conn)
			_ = conn.Close() // everything was said
		})
	}
}

func (s *Service) serve(ctx context.Context, conn *net.UnixConn) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.CloseRead() }) // wakes the reader below
	defer stop()
	var c Command
	if err := json.NewDecoder(io.LimitReader(conn, maxCommand)).Decode(&c); err != nil {
		return // somebody who does not know how to ask
	}
	// The other side says nothing more; when it closes, the command is over.
	s.wait.Go(func() {
		_, _ = io.Copy(io.Discard, conn)
		cancel()
	})
	f := &frames{to: conn}
	code := s.run(ctx, c, stream{f, frameOut}, stream{f, frameErr})
	_ = f.write(frameExit, []byte{byte(code)}) // nobody may be left
}

// frames writes an answer.
type frames struct {
	mu sync.Mutex
	to io.Writer
}

func (f *frames) write(kind byte, b []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	head := [5]byte{kind}
	binary.BigEndian.PutUint32(head[1:], uint32(len(b))) //nolint:gosec // at most maxFrame
	_, err := f.to.Write(append(head[:], b...))
	return err
}

// stream is standard output or standard error of a command.
type stream struct {
	frames *frames
	kind   byte
}

// Write implements io.Writer.
func (s stream) Write(b []byte) (n int, err error) {
	for len(b) > 0 {
		part := b[:min(len(b), maxFrame)]
		if err := s.frames.write(s.kind, part); err != nil {
			return n, err
		}
		n, b = n+len(part), b[len(part):]
	}
	return n, nil
}

// Call sends a command to whoever serves a data directory, copies what it prints, and
// returns its exit code. served is false where nobody does. When ctx ends the command
// is cancelled, and what it says of that is still copied.
func Call(ctx context.Context, dir string, c Command, out, errs io.Writer) (code int, served bool, err error) {
	conn := dial(ctx, dir)
	if conn == nil {
		return 0, false, nil
	}
	defer func() { _ = conn.Close() }() // everything was said
	stop := context.AfterFunc(ctx, func() { _ = conn.CloseWrite() })
	defer stop()
	if err := json.NewEncoder(conn).Encode(c); err != nil {
		return 0, true, fmt.Errorf("send command: %w", err)
	}
	for {
		var head [5]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return 0, true, fmt.Errorf("read answer: %w", err)
		}
		size := binary.BigEndian.Uint32(head[1:])
		if size > maxFrame {
			return 0, true, errors.New("read answer: a frame that is too large")
		}
		b := make([]byte, size)
		if _, err := io.ReadFull(conn, b); err != nil {
			return 0, true, fmt.Errorf("read answer: %w", err)
		}
		switch {
		case head[0] == frameOut:
			_, err = out.Write(b)
		case head[0] == frameErr:
			_, err = errs.Write(b)
		case head[0] == frameExit && size == 1:
			return int(b[0]), true, nil
		default:
			err = fmt.Errorf("read answer: unknown frame %d", head[0])
		}
		if err != nil {
			return 0, true, err
		}
	}
}

// Listening tells that somebody serves a data directory.
func Listening(ctx context.Context, dir string) bool {
	conn := dial(ctx, dir)
	return conn != nil && conn.Close() == nil
}

// dial connects to the socket of a data directory; nil where nobody listens. What is
// wrong with the directory is told by whoever opens it.
func dial(ctx context.Context, dir string) *net.UnixConn {
	text, err := os.ReadFile(filepath.Join(dir, folder, addressFile))
	if err != nil {
		return nil
	}
	path := strings.TrimSpace(string(text))
	// A folder for temporary files may have been cleared away since, and made anew by
	// somebody else.
	if !ours(filepath.Dir(path)) {
		return nil
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil // left by a process that was killed
	}
	there, ok := conn.(*net.UnixConn)
	if !ok {
		return nil // no other kind is asked for
	}
	return there
}
