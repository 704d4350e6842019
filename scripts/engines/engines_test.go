package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"perennial/internal/sqlfile"
	"perennial/internal/testengine"
	"perennial/store/state"
	"perennial/store/state/postgres"
	"perennial/store/warehouse"
	"perennial/store/warehouse/clickhouse"
)

// listening returns a port that somebody listens on, until release is called.
func listening(t *testing.T) (port int, release func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().(*net.TCPAddr).Port, func() { _ = l.Close() }
}

// freePorts returns three ports, of which the last two follow one another.
func freePorts(t *testing.T) (postgres, clickhouse int) {
	t.Helper()
	postgres, release := listening(t)
	defer release()
	for {
		first, release := listening(t)
		l, err := net.Listen("tcp", (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: first + 1}).String())
		release()
		if err == nil {
			_ = l.Close()
			return postgres, first
		}
	}
}

type running struct {
	stop  func()
	ended chan error
	urls  struct{ State, Warehouse string }
}

// started runs the engines and returns when their addresses are there.
func started(t *testing.T, opt options) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r := &running{stop: stop, ended: make(chan error, 1)}
	said, out := io.Pipe()
	go func() {
		r.ended <- run(ctx, out, opt)
		out.Close()
	}()
	t.Cleanup(func() { stop(); _, _ = io.Copy(io.Discard, said) })
	var all strings.Builder
	for buf := make([]byte, 1024); !strings.Contains(all.String(), "Ctrl-C"); {
		n, err := said.Read(buf)
		all.Write(buf[:n])
		if err != nil {
			err := <-r.ended
			if errors.Is(err, testengine.ErrAbsent) {
				t.Skip(err)
			}
			t.Fatal(err)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	b, err := os.ReadFile(filepath.Join(opt.dir, "perennial.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(b, &r.urls); err != nil {
		t.Fatalf("%v in\n%s", err, b)
	}
	if !strings.Contains(all.String(), string(b)) {
		t.Errorf("the lines to paste are not in\n%s", all.String())
	}
	return r
}

func (r *running) open(t *testing.T) (state.State, warehouse.Warehouse) {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Options{URL: r.urls.State})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	w, err := clickhouse.Open(t.Context(), clickhouse.Options{URL: r.urls.Warehouse, Name: "demo"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return s, w
}

func TestStartsAndFindsItsDataAgain(t *testing.T) {
	opt := options{dir: t.TempDir()}
	opt.postgres, opt.clickhouse = freePorts(t)
	r := started(t, opt)
	ctx := t.Context()
	s, w := r.open(t)
	err := s.Update(ctx, func(tx state.Tx) error {
		_, err := tx.Exec(ctx, "insert into settings (workspace_id, name, value, version) values (1, 'a', 'b', 1)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	marks := warehouse.NewBlock(warehouse.Hidden.Fields, 3)
	for doc := range int64(3) {
		if err := marks.Add(doc, int64(1), int64(2)); err != nil {
			t.Fatal(err)
		}
	}
	wr, err := w.Write(ctx, warehouse.Hidden)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(wr.Append(ctx, marks), wr.Commit(ctx)); err != nil {
		t.Fatal(err)
	}

	if err := run(ctx, io.Discard, opt); err == nil || !strings.Contains(err.Error(), "running already") {
		t.Errorf("a second start: %v", err)
	}
	other := opt
	other.dir = t.TempDir()
	if err := run(ctx, io.Discard, other); !errors.Is(err, testengine.ErrTaken) || !strings.Contains(err.Error(), "POSTGRES_PORT") {
		t.Errorf("a start on ports that are taken: %v", err)
	}

	r.stop()
	if err := <-r.ended; err != nil {
		t.Fatalf("stopping: %v", err)
	}
	opt.postgres, opt.clickhouse = freePorts(t) // the data does not care
	s, w = started(t, opt).open(t)
	var value string
	err = s.View(ctx, func(tx state.Tx) error {
		_, err := tx.Get(ctx, "select value from settings where name = 'a'", nil, &value)
		return err
	})
	if err != nil || value != "b" {
		t.Errorf("state after the second start: %q, %v", value, err)
	}
	rows := 0
	err = w.Query(ctx, sqlfile.Text("marks", "select doc_key from hidden"), nil, func(b *warehouse.Block) error { rows += b.Len; return nil })
	if err != nil || rows != 3 {
		t.Errorf("facts after the second start: %d rows, %v", rows, err)
	}
}
