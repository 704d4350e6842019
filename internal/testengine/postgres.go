package testengine

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The role that owns everything in a server of a test.
const (
	postgresUser     = "perennial"
	postgresPassword = "a password of tests"
	keptPassword     = "perennial"
)

// startWithin bounds the waiting for a server; it is long because machines that
// run tests are busy.
const startWithin = time.Minute

// stopWithin bounds the waiting for a server that ends in order.
const stopWithin = 30 * time.Second

// shared is the server that the tests of a process have in common. A server
// takes seconds to make, a database in it a tenth of one.
var shared = &sharedServer{}

type sharedServer struct {
	mu        sync.Mutex
	server    *PostgresServer
	err       error
	databases int
}

// Postgres returns the URL of a fresh database in the server that the process's
// tests share, or skips the test where the machine has no PostgreSQL.
func Postgres(tb testing.TB) string {
	tb.Helper()
	url, err := shared.database(postgresBin(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return url
}

func (s *sharedServer) database(bin string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil && s.err == nil {
		s.server, s.err = startPostgres(bin)
	}
	if s.err != nil {
		return "", s.err
	}
	s.databases++
	name := "test_" + strconv.Itoa(s.databases)
	return s.server.URL(name), s.server.create(name)
}

// StartPostgres starts a server for one test, which may stop and start it as it
// likes; it has an empty database "test".
func StartPostgres(tb testing.TB) *PostgresServer {
	tb.Helper()
	s, err := startPostgres(postgresBin(tb))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Remove(); err != nil {
			tb.Error(err)
		}
	})
	if err := s.create("test"); err != nil {
		tb.Fatal(err)
	}
	return s
}

// LaunchPostgres starts a server for a program that measures: it keeps what it
// promises, power cuts included. Its database is "test"; Remove ends it.
func LaunchPostgres() (*PostgresServer, error) {
	bin := findPostgres()
	if bin == "" {
		return nil, errPostgresAbsent
	}
	s, err := startPostgres(bin, "fsync=on", "full_page_writes=on")
	if err != nil {
		return nil, err
	}
	if err := s.create("test"); err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	return s, nil
}

// ErrAbsent says that this machine has not got what a server needs.
var ErrAbsent = errors.New("not to be had here")

var errPostgresAbsent = fmt.Errorf("PostgreSQL is %w: install the Debian package postgresql or set PERENNIAL_POSTGRES to the folder of initdb", ErrAbsent)

func postgresBin(tb testing.TB) string {
	tb.Helper()
	bin := findPostgres()
	if bin == "" {
		tb.Skip(errPostgresAbsent)
	}
	return bin
}

// findPostgres finds the folder of initdb and postgres: $PERENNIAL_POSTGRES, the
// newest of Debian's, or where postgres is on the path.
func findPostgres() string {
	candidates := []string{os.Getenv("PERENNIAL_POSTGRES")}
	if candidates[0] == "" {
		candidates, _ = filepath.Glob("/usr/lib/postgresql/*/bin")
		if path, err := exec.LookPath("postgres"); err == nil {
			candidates = append(candidates, filepath.Dir(path))
		}
	}
	best, newest := "", -1
	for _, dir := range candidates {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
			continue
		}
		// On the path no number tells the version: any other goes before it.
		version, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
		if version > newest {
			best, newest = dir, version
		}
	}
	return best
}

// PostgresServer is a PostgreSQL server on this machine.
type PostgresServer struct {
	bin, dir string
	settings []string
	password string
	as       *account // nil: the account of this process
	port     int
	guard    io.Closer
	cmd      *exec.Cmd
	ended    chan struct{}
}

func startPostgres(bin string, settings ...string) (s *PostgresServer, err error) {
	// A test's data must survive a killed server, but no power cut.
	s = &PostgresServer{bin: bin, password: postgresPassword, settings: append([]string{"fsync=off", "full_page_writes=off", "shared_buffers=32MB"}, settings...)}
	if s.as, err = unprivileged(); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp("", "perennial-postgres-"); err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Remove())
			s = nil
		}
	}()
	if err := s.as.own(s.dir); err != nil {
		return s, fmt.Errorf("start postgres: %w", err)
	}
	if s.guard, err = watch(s.dir, `rm -rf "$0"`); err != nil {
		return s, err
	}
	if err := s.init("--no-sync"); err != nil {
		return s, err
	}
	// Between finding a free port and taking it another may take it.
	for range 3 {
		var ports []int
		if ports, err = freePorts(1); err != nil {
			return s, err
		}
		s.port = ports[0]
		if err = s.Start(); err == nil {
			return s, nil
		}
	}
	return s, err
}

// init makes the cluster. It sorts text as people do where the release can (ICU,
// from 15 on): what relies on the order of bytes must ask for it.
func (s *PostgresServer) init(args ...string) (err error) {
	secret := filepath.Join(s.dir, "password")
	if err := os.WriteFile(secret, []byte(s.password), 0o600); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(secret)) }()
	if err := s.as.own(secret); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	// Under another name until it is whole.
	unfinished := s.data() + ".new"
	if err := os.RemoveAll(unfinished); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	args = append(args, "--pgdata", unfinished, "--username", postgresUser, "--pwfile", secret, "--auth", "scram-sha-256",
		"--encoding", "UTF8", "--locale", "C")
	if version, err := strconv.Atoi(filepath.Base(filepath.Dir(s.bin))); err != nil || version >= 15 {
		args = append(args, "--locale-provider", "icu", "--icu-locale", "en")
	}
	if _, err := s.Run("initdb", args...); err != nil {
		return err
	}
	return os.Rename(unfinished, s.data())
}

func (s *PostgresServer) data() string { return filepath.Join(s.dir, "data") }

// URL returns the address of a database in the server.
func (s *PostgresServer) URL(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(postgresUser, s.password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), Path: database, RawQuery: "sslmode=disable",
	}
	return u.String()
}

func (s *PostgresServer) create(database string) error {
	_, err := s.Run("createdb", "--maintenance-db", s.URL("postgres"), database)
	return err
}

// Run runs a program of PostgreSQL's own to its end and returns what it printed.
func (s *PostgresServer) Run(program string, args ...string) (string, error) {
	cmd := exec.Command(filepath.Join(s.bin, program), args...) //nolint:noctx // ends by itself
	cmd.Dir, cmd.Env = s.dir, append(os.Environ(), "LC_ALL=C")
	s.as.attach(cmd)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", program, err, out)
	}
	return string(out), nil
}

// Start starts the server, or starts it again on the same port and data, and
// returns when it takes connections.
func (s *PostgresServer) Start() error {
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.port)}
	for _, setting := range append([]string{"listen_addresses=127.0.0.1", "unix_socket_directories=", "lc_messages=C"}, s.settings...) {
		args = append(args, "-c", setting)
	}
	cmd := exec.Command(filepath.Join(s.bin, "postgres"), args...) //nolint:noctx // Kill ends it
	cmd.Dir, cmd.Env = s.dir, append(os.Environ(), "LC_ALL=C")
	s.as.attach(cmd)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	if err := startChild(cmd); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	ready, ended := make(chan bool, 1), make(chan struct{})
	var log strings.Builder
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			if log.Len() < 1<<14 {
				log.WriteString(lines.Text() + "\n")
			}
			if strings.Contains(lines.Text(), "ready to accept connections") {
				select {
				case ready <- true:
				default:
				}
			}
		}
		_ = cmd.Wait() // killed as often as not
	}()
	s.cmd, s.ended = cmd, ended
	timeout := time.NewTimer(startWithin)
	defer timeout.Stop()
	select {
	case <-ready:
		return nil
	case <-ended:
		return fmt.Errorf("postgres ended:\n%s", log.String())
	case <-timeout.C:
		s.Kill()
		return fmt.Errorf("postgres did not start within %v:\n%s", startWithin, log.String())
	}
}

// Kill ends the server at once, as a crash would, and returns when it is gone.
func (s *PostgresServer) Kill() {
	if s.cmd == nil {
		return
	}
	// The postmaster's children would outlive a SIGKILL for a moment; told to
	// quit immediately it takes them along and writes nothing more.
	_ = s.cmd.Process.Signal(immediately) // gone already, perhaps
	<-s.ended
	s.cmd = nil
}

// Stop ends the server in order, and returns when it is gone.
func (s *PostgresServer) Stop() error {
	if s.cmd != nil {
		_ = s.cmd.Process.Signal(orderly) // gone already, perhaps
		late := time.NewTimer(stopWithin)
		defer late.Stop()
		select {
		case <-s.ended:
			s.cmd = nil
		case <-late.C:
			s.Kill()
		}
	}
	if s.guard == nil {
		return nil
	}
	guard := s.guard
	s.guard = nil
	return guard.Close()
}

// Ended is closed when the server that was started last has ended.
func (s *PostgresServer) Ended() <-chan struct{} { return s.ended }

// Remove ends the server and clears its folder away.
func (s *PostgresServer) Remove() error {
	s.Kill()
	err := os.RemoveAll(s.dir)
	if s.guard != nil {
		err = errors.Join(err, s.guard.Close())
	}
	return err
}
