package testengine

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
)

// Proxy stands between a client and a server and cuts a connection when told to.
// It is safe for concurrent use.
type Proxy struct {
	// Address is where clients connect, host:port.
	Address string

	mu     sync.Mutex
	passed int64
	cutAt  int64 // of passed; -1 for never
	cuts   int
}

// NewProxy starts a proxy before the server at an address, host:port. It ends with
// the test.
func NewProxy(tb testing.TB, server string) *Proxy {
	tb.Helper()
	l, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{Address: l.Addr().String(), cutAt: -1}
	ctx, cancel := context.WithCancel(context.WithoutCancel(tb.Context()))
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return // closed by the end of the test
			}
			all.Go(func() { p.serve(ctx, client.(*net.TCPConn), server) })
		}
	})
	tb.Cleanup(func() {
		cancel()
		if err := l.Close(); err != nil {
			tb.Error(err)
		}
		all.Wait()
	})
	return p
}

// CutAfter cuts, once, the connection over which the n-th byte from now passes, in
// either direction; what comes before it still arrives.
func (p *Proxy) CutAfter(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutAt = p.passed + n
}

// Passed returns how many bytes have passed, both directions together.
func (p *Proxy) Passed() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passed
}

// Cuts returns how many connections were cut.
func (p *Proxy) Cuts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cuts
}

// take tells how many of n bytes may pass and whether the connection ends there.
func (p *Proxy) take(n int) (pass int, cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cutAt >= 0 && p.passed+int64(n) > p.cutAt {
		n, cut = int(p.cutAt-p.passed), true
		p.cutAt = -1
		p.cuts++
	}
	p.passed += int64(n)
	return n, cut
}

func (p *Proxy) serve(ctx context.Context, client *net.TCPConn, address string) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		_ = client.Close() // as a server that is down
		return
	}
	server := conn.(*net.TCPConn)
	stop := context.AfterFunc(ctx, func() { _ = errors.Join(client.Close(), server.Close()) })
	defer stop()
	// A cut is the end of the stream for both sides, not a reset: what they still
	// send is read and forgotten until they have closed, too.
	var both sync.WaitGroup
	cut := make(chan struct{})
	var once sync.Once
	end := func() {
		once.Do(func() {
			close(cut)
			_ = errors.Join(client.CloseWrite(), server.CloseWrite()) // either may be gone
		})
	}
	pump := func(dst, src *net.TCPConn) {
		defer end()
		buffer := make([]byte, 16<<10)
		for {
			n, err := src.Read(buffer)
			select {
			case <-cut:
			default:
				pass, now := p.take(n)
				if _, err := dst.Write(buffer[:pass]); err != nil || now {
					end()
				}
			}
			if err != nil {
				return
			}
		}
	}
	both.Go(func() { pump(server, client) })
	both.Go(func() { pump(client, server) })
	both.Wait()
	_ = errors.Join(client.Close(), server.Close()) // both have ended
}
