package testengine

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// ErrTaken says that another program listens on a port.
var ErrTaken = errors.New("another program listens there")

// KeepPostgres starts a server on a port of 127.0.0.1 whose data stays in dir:
// the next start finds it. It has a database and an owner "perennial" with that
// password. Stop ends it.
func KeepPostgres(dir string, port int) (s *PostgresServer, err error) {
	s = &PostgresServer{bin: findPostgres(), dir: dir, port: port, password: keptPassword}
	if s.bin == "" {
		return nil, errPostgresAbsent
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop())
			s = nil
		}
	}()
	if err := free(port); err != nil {
		return s, err
	}
	if s.as, err = unprivileged(); err != nil {
		return s, err
	}
	if err := errors.Join(os.MkdirAll(dir, 0o700), s.as.own(dir)); err != nil {
		return s, fmt.Errorf("start postgres: %w", err)
	}
	if s.guard, err = watch(dir, ""); err != nil {
		return s, err
	}
	if _, err := os.Stat(s.data()); err != nil {
		if err := s.init(); err != nil {
			return s, err
		}
	}
	if err := s.Start(); err != nil {
		return s, err
	}
	if err := s.create("perennial"); err != nil && !strings.Contains(err.Error(), "already exists") {
		return s, err
	}
	return s, nil
}

// KeepClickHouse starts a cluster on ports of 127.0.0.1, a shard each, whose data
// stays in dir: the next start finds it. Stop ends it.
func KeepClickHouse(dir string, ports ...int) (*Cluster, error) {
	library, err := findChdb()
	if err != nil {
		return nil, err
	}
	for _, port := range ports {
		if err := free(port); err != nil {
			return nil, err
		}
	}
	c := &Cluster{library: library, dir: dir}
	if err := c.startAll(ports); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

// Stop ends the servers and keeps their data.
func (c *Cluster) Stop() {
	for _, s := range c.Shards {
		_ = s.cmd.Process.Signal(orderly) // gone already, perhaps
	}
	late := time.NewTimer(stopWithin)
	defer late.Stop()
	for _, s := range c.Shards {
		select {
		case <-s.ended:
		case <-late.C:
			late.Reset(0)
		}
		s.Kill()
	}
}

// Ended is closed when the server that was started last has ended.
func (s *Shard) Ended() <-chan struct{} { return s.ended }

// free reports a port that is taken.
func free(port int) error {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	l, err := net.Listen("tcp", address) //nolint:noctx // does not wait
	if err != nil {
		return fmt.Errorf("%s: %w", address, errors.Join(ErrTaken, err))
	}
	return l.Close()
}
