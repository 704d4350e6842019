package app

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"perennial"
	"perennial/internal/testengine"
)

// reopened closes an installation whatever it says and opens it again.
func reopened(t *testing.T, a *App, dir string, at servers) *App {
	t.Helper()
	_ = a.Close() // its server may be gone
	return openAt(t, dir, at)
}

// PostgreSQL that is killed in the middle of an import, with the facts in two
// shards: nothing of it is there, neither at once nor after the restart, and it may
// be repeated.
func TestPostgresDiesInAnImport(t *testing.T) {
	c, server, dir := testengine.ClickHouse(t, 2), testengine.StartPostgres(t), t.TempDir()
	at := servers{server.URL("test"), c.URL("dies")}
	a := openAt(t, dir, at)
	defer func() { shut(t, a) }()
	if err := takeRows(t, a, fewOrders, nil); err != nil {
		t.Fatal(err)
	}
	want, more := purchases(t, a), many(100_000)
	var once sync.Once
	err := takeRows(t, a, more, func(int64, int64) { once.Do(server.Kill) })
	if code := perennial.CodeOf(err); code != "store.host_unreachable" && code != "store.connection_lost" {
		t.Errorf("import: %v", err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if got := purchases(t, a); got != want { // the open installation goes on
		t.Errorf("after the restart: %d lines, want %q", strings.Count(got, "\n"), want)
	}
	a = reopened(t, a, dir, at)
	if got := purchases(t, a); got != want {
		t.Errorf("opened again: %d lines, want %q", strings.Count(got, "\n"), want)
	}
	ws, err := a.Catalog.Workspace(t.Context(), "w")
	if err != nil {
		t.Fatal(err)
	}
	imports, err := a.Catalog.Imports(t.Context(), ws.ID)
	if err != nil || len(imports) != 2 || imports[0].Status != "failed" {
		t.Errorf("imports %+v, %v", imports, err)
	}
	if err := takeRows(t, a, more, nil); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(purchases(t, a), "\n"); got <= strings.Count(want, "\n") {
		t.Errorf("the repeated import shows %d lines", got)
	}
	healthy(t, a)
}

// The connection breaks at the commit that makes an import visible, before the
// server heard of it and after: the picture is one or the other, and importing
// again gives the whole, for the first import of a workspace and for a later one.
func TestTheLastCommitIsNotHeardOf(t *testing.T) {
	for name, c := range map[string]struct{ heard, first bool }{
		"absent": {false, false}, "there": {true, false}, "absent, the first": {false, true}, "there, the first": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir, cut := t.TempDir(), newCutter(t, testengine.Postgres(t))
			at := servers{state: cut.url}
			a := openAt(t, dir, at)
			defer func() { shut(t, a) }()
			before := ""
			if !c.first {
				if err := takeRows(t, a, fewOrders, nil); err != nil {
					t.Fatal(err)
				}
				before = purchases(t, a)
				a = reopened(t, a, dir, at) // a new connection names its statements anew
			}
			more := "9,c9,2026-03-01,9.00\n"
			cut.arm(c.heard)
			if err := takeRows(t, a, more, nil); perennial.CodeOf(err) != "store.outcome_unknown" {
				t.Fatalf("import: %v", err)
			}
			for range 2 {
				_, err := a.Catalog.Workspace(t.Context(), "w")
				switch {
				case err != nil && (!c.first || c.heard):
					t.Fatal(err)
				case err == nil && c.first && !c.heard:
					t.Error("the workspace of an absent import stays")
				case err == nil:
					if got := purchases(t, a); (got != before) != c.heard {
						t.Errorf("shows %s, before %s", got, before)
					}
					healthy(t, a)
				}
				a = reopened(t, a, dir, at)
			}
			if err := takeRows(t, a, more, nil); err != nil {
				t.Fatal(err)
			}
			want := strings.TrimSpace(before + "\n2026-03-01 9.00;")
			if got := purchases(t, a); got != want {
				t.Errorf("the repeated import shows %s, want %s", got, want)
			}
		})
	}
}

// cutter passes everything on between clients and a PostgreSQL server, until it is
// armed: then it breaks the connection on which an import is finished at its commit.
type cutter struct {
	url, upstream string
	armed, heard  atomic.Bool
}

func newCutter(t *testing.T, address string) *cutter {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	c := &cutter{upstream: u.Host}
	u.Host = l.Addr().String()
	c.url = u.String()
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go c.pass(client)
		}
	}()
	return c
}

// arm breaks the next import's end: heard says whether the server still gets the
// commit, whose answer is lost then.
func (c *cutter) arm(heard bool) {
	c.heard.Store(heard)
	c.armed.Store(true)
}

func (c *cutter) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", c.upstream)
	if err != nil {
		return
	}
	defer server.Close()
	// back ends with the server's answers; while mute is set they are lost.
	var mute atomic.Bool
	answered := make(chan struct{}, 1)
	back := make(chan struct{})
	go func() {
		defer close(back)
		buf := make([]byte, 1<<16)
		for {
			n, err := server.Read(buf)
			if mute.Load() {
				answered <- struct{}{}
				return
			}
			if _, writeErr := client.Write(buf[:n]); err != nil || writeErr != nil {
				client.Close()
				return
			}
		}
	}()
	finishing := false
	buf := make([]byte, 1<<16)
	for {
		n, err := client.Read(buf)
		said := buf[:n]
		finishing = finishing || bytes.Contains(said, []byte("rows_read ="))
		if finishing && bytes.Contains(said, []byte("commit\x00")) && c.armed.CompareAndSwap(true, false) {
			if mute.Store(true); c.heard.Load() {
				if _, err := server.Write(said); err == nil {
					<-answered
				}
			}
			return
		}
		if _, writeErr := server.Write(said); err != nil || writeErr != nil {
			if err == io.EOF {
				server.Close()
			}
			<-back
			return
		}
	}
}
