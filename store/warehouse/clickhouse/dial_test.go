package clickhouse

import (
	"errors"
	"io"
	"net"
	"testing"
)

// TestGoodbye closes a connection whose answer nobody has read: what was sent before
// must arrive, and a Read under way must end.
func TestGoodbye(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	raw, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	client := &lingering{Conn: raw}

	reading, read := make(chan struct{}), make(chan error)
	go func() {
		one := make([]byte, 1)
		if _, err := client.Read(one); err != nil {
			t.Error(err)
		}
		close(reading)
		_, err := client.Read(one)
		read <- err
	}()
	if _, err := server.Write([]byte("a")); err != nil {
		t.Fatal(err)
	}
	<-reading
	if _, err := client.Write([]byte("stop")); err != nil {
		t.Fatal(err)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-read; !errors.Is(err, net.ErrClosed) {
		t.Errorf("a Read under way ended with %v", err)
	}
	for range 100 { // an answer that comes too late does not reset the connection
		if _, err := server.Write(make([]byte, 1<<16)); err != nil {
			t.Fatal(err)
		}
	}
	if said, err := io.ReadAll(server); err != nil || string(said) != "stop" {
		t.Errorf("the server read %q, %v", said, err)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if _, err := client.Write([]byte("more")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write after the end: %v", err)
	}
	if err := client.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed again: %v", err)
	}
}
