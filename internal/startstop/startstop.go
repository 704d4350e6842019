// Package startstop is the one shape of anything that runs: it is started, says
// when it has started, and is stopped, in reverse order and as often as one
// likes.
package startstop

import (
	"context"
	"errors"
	"sync"
)

// Service is something that runs until it is stopped.
type Service interface {
	// Start begins the work and returns; an error means that nothing runs. A
	// service is started once.
	Start(ctx context.Context) error
	// Started is closed when the service does its work. It stays open if the
	// start failed.
	Started() <-chan struct{}
	// Stop ends the work and waits for it, at most until ctx ends. It may be
	// called twice, and before Start.
	Stop(ctx context.Context) error
}

// Group starts services in order and stops them in reverse order. It is itself a
// Service.
type Group struct {
	services []Service
	started  chan struct{}

	mu      sync.Mutex
	running int // how many of services run
}

// NewGroup makes a group of services.
func NewGroup(services ...Service) *Group {
	return &Group{services: services, started: make(chan struct{})}
}

// Start starts each service when the one before it has started. If one fails,
// those before it are stopped again.
func (g *Group) Start(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range g.services {
		err := s.Start(ctx)
		if err == nil {
			g.running++
			select {
			case <-s.Started():
			case <-ctx.Done():
				err = context.Cause(ctx)
			}
		}
		if err != nil {
			return errors.Join(err, g.stop(context.WithoutCancel(ctx)))
		}
	}
	close(g.started)
	return nil
}

// Started implements Service.
func (g *Group) Started() <-chan struct{} { return g.started }

// Stop implements Service.
func (g *Group) Stop(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stop(ctx)
}

func (g *Group) stop(ctx context.Context) error {
	var errs []error
	for ; g.running > 0; g.running-- {
		errs = append(errs, g.services[g.running-1].Stop(ctx))
	}
	return errors.Join(errs...)
}
