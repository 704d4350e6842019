package api

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"perennial"
)

// Service serves a Server on an address. It implements startstop.Service.
type Service struct {
	addr    string
	server  *Server
	http    *http.Server
	address net.Addr
	started chan struct{}
	done    chan error
	stopped bool
}

// NewService makes a service that listens on addr, HOST:PORT.
func NewService(addr string, s *Server) *Service {
	return &Service{addr: addr, server: s, started: make(chan struct{}), done: make(chan error, 1), http: &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}}
}

// Start implements startstop.Service.
func (v *Service) Start(ctx context.Context) error {
	if err := errors.Join(v.server.forgetAbandoned(ctx), v.server.expireUploads(ctx)); err != nil {
		return err
	}
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", v.addr)
	if err != nil {
		return perennial.NewError(perennial.KindConflict, "serve.address",
			perennial.Say("不能在 %s 上提供服务。", "There is no serving on %s.", v.addr)).
			WithHint(perennial.Say("换一个端口，例如 --addr 127.0.0.1:8090；:0 会自动选一个。", "Choose another port, such as --addr 127.0.0.1:8090; :0 takes a free one.")).Because(err)
	}
	v.address = l.Addr()
	go func() { v.done <- v.http.Serve(l) }()
	close(v.started)
	return nil
}

// Started implements startstop.Service.
func (v *Service) Started() <-chan struct{} { return v.started }

// Stop implements startstop.Service: requests that run are answered, background work
// is ended.
func (v *Service) Stop(ctx context.Context) error {
	if v.address == nil || v.stopped {
		return nil
	}
	v.stopped = true
	// Background work first: whoever watches it would keep their connection.
	err := v.server.Close(ctx)
	if ended := v.http.Shutdown(ctx); ended != nil {
		err = errors.Join(err, ended, v.http.Close())
	}
	if served := <-v.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// URL is where the service is reached from this machine, once it has started.
func (v *Service) URL() string {
	at, ok := v.address.(*net.TCPAddr)
	if !ok {
		return ""
	}
	host := at.AddrPort()
	if at.IP.IsUnspecified() {
		host = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), host.Port())
	}
	return "http://" + host.String()
}

// Loopback tells whether an address to listen on is this machine's only.
func Loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
