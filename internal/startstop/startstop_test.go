package startstop

import (
	"context"
	"errors"
	"slices"
	"testing"
)

type step struct {
	name    string
	log     *[]string
	fail    error
	started chan struct{}
}

func (s *step) Start(context.Context) error {
	*s.log = append(*s.log, "start "+s.name)
	if s.fail != nil {
		return s.fail
	}
	close(s.started)
	return nil
}

func (s *step) Started() <-chan struct{} { return s.started }

func (s *step) Stop(context.Context) error {
	*s.log = append(*s.log, "stop "+s.name)
	return nil
}

func TestGroupStopsInReverseOrder(t *testing.T) {
	var log []string
	make := func(name string, fail error) *step { return &step{name, &log, fail, make(chan struct{})} }
	g := NewGroup(make("a", nil), make("b", nil))
	if err := g.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-g.Started()
	for range 2 {
		if err := g.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"start a", "start b", "stop b", "stop a"}; !slices.Equal(log, want) {
		t.Errorf("%v, want %v", log, want)
	}

	log = nil
	boom := errors.New("boom")
	if err := NewGroup(make("a", nil), make("b", boom), make("c", nil)).Start(t.Context()); !errors.Is(err, boom) {
		t.Errorf("start: %v", err)
	}
	if want := []string{"start a", "start b", "stop a"}; !slices.Equal(log, want) {
		t.Errorf("%v, want %v", log, want)
	}
}

func TestGroupDoesNotWaitForEver(t *testing.T) {
	var log []string
	hangs := &hanging{step{"a", &log, nil, make(chan struct{})}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := NewGroup(hangs).Start(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("start: %v", err)
	}
	if want := []string{"start a", "stop a"}; !slices.Equal(log, want) {
		t.Errorf("%v, want %v", log, want)
	}
}

// hanging starts and never says so.
type hanging struct{ step }

func (h *hanging) Start(context.Context) error {
	*h.log = append(*h.log, "start "+h.name)
	return nil
}
