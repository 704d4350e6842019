package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"perennial"
)

// page serves one file, the demo's report, on an address of the person's choice.
type page struct {
	addr, path string
	server     *http.Server
	listener   net.Listener
	started    chan struct{}
	done       chan error
}

func newPage(addr, path string) *page {
	p := &page{addr: addr, path: path, started: make(chan struct{}), done: make(chan error, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, p.path) })
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute}
	return p
}

// Start implements startstop.Service.
func (p *page) Start(ctx context.Context) error {
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", p.addr)
	if err != nil {
		return perennial.NewError(perennial.KindConflict, "serve.address",
			perennial.Say("不能在 %s 上提供网页。", "Pages cannot be served on %s.", p.addr)).
			WithHint(perennial.Say("换一个端口，例如 --addr 127.0.0.1:8090；:0 会自动选一个。", "Choose another port, such as --addr 127.0.0.1:8090; :0 takes a free one.")).Because(err)
	}
	p.listener = l
	go func() { p.done <- p.server.Serve(l) }()
	close(p.started)
	return nil
}

// Started implements startstop.Service.
func (p *page) Started() <-chan struct{} { return p.started }

// Stop implements startstop.Service.
func (p *page) Stop(ctx context.Context) error {
	if p.listener == nil {
		return nil
	}
	err := p.server.Shutdown(ctx)
	p.listener = nil
	if served := <-p.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

func (p *page) url() string { return fmt.Sprintf("http://%s/", p.listener.Addr()) }

// servePage serves the report until the person stops it.
func (c *cli) servePage(ctx context.Context, addr, path, workspace string) error {
	p := newPage(addr, path)
	if err := p.Start(ctx); err != nil {
		return err
	}
	<-p.Started()
	if c.json {
		if err := c.writeJSONLine(map[string]string{"url": p.url(), "workspace": workspace}); err != nil {
			return errors.Join(err, p.Stop(ctx))
		}
	} else {
		c.printf("报告在 %s，按 Ctrl-C 停止。", "The report is at %s; Ctrl-C stops it.", p.url())
	}
	<-ctx.Done()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return p.Stop(end)
}
