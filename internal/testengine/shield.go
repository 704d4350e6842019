package testengine

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// shield listens where clients expect a server, for as long as it runs, and passes
// everything on. A client that dies with an answer unread resets its connection; out
// of its own server, ClickHouse has nobody to catch the exception of that, and ends.
// Behind the shield a reset is the end of the stream.
func (s *Shard) shield() error {
	l, err := net.Listen("tcp", s.Address) //nolint:noctx // does not wait
	if err != nil {
		return fmt.Errorf("listen for ClickHouse: %w", err)
	}
	ended := s.ended
	go func() {
		<-ended
		_ = l.Close() // who connects now is refused, as by a server that is down
	}()
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go relay(client.(*net.TCPConn), s.server, ended)
		}
	}()
	return nil
}

func relay(client *net.TCPConn, address string, ended <-chan struct{}) {
	conn, err := net.Dial("tcp", address) //nolint:noctx // on this machine the answer comes at once
	if err != nil {
		_ = client.Close()
		return
	}
	server := conn.(*net.TCPConn)
	done := make(chan struct{})
	go func() {
		select {
		case <-ended: // what it had still to say is lost, as with a server that dies
			_ = errors.Join(client.Close(), server.Close())
		case <-done:
		}
	}()
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(server, client) // however the client ends
		_ = server.CloseWrite()
	})
	both.Go(func() {
		_, _ = io.Copy(client, server)
		_, _ = io.Copy(io.Discard, server) // what nobody reads any more
		_ = client.CloseWrite()
	})
	both.Wait()
	close(done)
	_ = errors.Join(client.Close(), server.Close()) // both have ended
}
