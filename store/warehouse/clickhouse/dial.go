package clickhouse

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/ch-go"
)

// lingerLimit is how long a connection that is closed waits for the server to hang up.
const lingerLimit = 5 * time.Second

// dial connects to a server and shakes hands.
func dial(ctx context.Context, opt ch.Options) (*ch.Client, error) {
	var dialer ch.Dialer = &net.Dialer{Timeout: opt.DialTimeout}
	if opt.TLS != nil {
		dialer = &tls.Dialer{NetDialer: &net.Dialer{Timeout: opt.DialTimeout}, Config: opt.TLS}
	}
	conn, err := dialer.DialContext(ctx, "tcp", opt.Address)
	if err != nil {
		return nil, err
	}
	conn = &lingering{Conn: conn}
	c, err := ch.Connect(ctx, conn, opt)
	if err != nil {
		if closeErr := conn.Close(); !errors.Is(closeErr, net.ErrClosed) {
			err = errors.Join(err, closeErr)
		}
		return nil, err
	}
	return c, nil
}

// lingering is a connection that says goodbye. A socket closed with an answer still
// unread resets the connection, and a reset throws away what the server has not read
// yet: the word that a statement is cancelled. So Close ends only the sending half and
// reads on in the background until the server hangs up, too.
type lingering struct {
	net.Conn

	closed  atomic.Bool
	reading sync.Mutex // held in Read
}

// Read implements net.Conn.
func (l *lingering) Read(p []byte) (int, error) {
	l.reading.Lock()
	defer l.reading.Unlock()
	if l.closed.Load() {
		return 0, net.ErrClosed
	}
	n, err := l.Conn.Read(p)
	if err != nil && l.closed.Load() {
		err = net.ErrClosed
	}
	return n, err
}

// Write implements net.Conn.
func (l *lingering) Write(p []byte) (int, error) {
	if l.closed.Load() {
		return 0, net.ErrClosed
	}
	return l.Conn.Write(p)
}

// Close implements net.Conn. It does not wait for the server.
func (l *lingering) Close() error {
	if !l.closed.CompareAndSwap(false, true) {
		return net.ErrClosed
	}
	past := time.Unix(1, 0)
	half, ok := l.Conn.(interface{ CloseWrite() error })
	if !ok || l.SetDeadline(past) != nil || half.CloseWrite() != nil {
		return l.Conn.Close()
	}
	go func() {
		l.reading.Lock() // the deadline has ended a Read under way
		defer l.reading.Unlock()
		limit := time.AfterFunc(lingerLimit, func() { _ = l.Conn.Close() })
		defer limit.Stop()
		if l.SetReadDeadline(time.Time{}) == nil {
			_, _ = io.Copy(io.Discard, l.Conn) // nobody waits for it any more
		}
		_ = l.Conn.Close()
	}()
	return nil
}
