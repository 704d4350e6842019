package importer

import (
	"context"
	"errors"
	"io"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"perennial/collect/importer/tabular"
)

// job is one batch on its way: read, then parsed by any worker, then taken in
// the order of the file.
type job struct {
	batch *tabular.Batch
	done  chan parsed
}

// stream reads a file to its end, parses batches side by side and hands them to
// take in the order of the file, one at a time, on a goroutine of its own.
func stream(ctx context.Context, f *tabular.File, workers []func(*tabular.Batch) parsed, take func(parsed) error) error {
	g, ctx := errgroup.WithContext(ctx)
	jobs := make(chan *job, len(workers))
	order := make(chan *job, 2*len(workers))
	free := make(chan *tabular.Batch, 4*len(workers))
	for range cap(free) {
		free <- &tabular.Batch{}
	}
	g.Go(func() error {
		defer close(jobs)
		defer close(order)
		for {
			var b *tabular.Batch
			select {
			case b = <-free:
			case <-ctx.Done():
				return ctx.Err()
			}
			err := f.Next(b)
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			j := &job{b, make(chan parsed, 1)}
			for _, c := range []chan *job{order, jobs} {
				select {
				case c <- j:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}
	})
	for _, parse := range workers {
		g.Go(func() error {
			for j := range jobs {
				j.done <- parse(j.batch)
			}
			return nil
		})
	}
	g.Go(func() error {
		for {
			select {
			case j, ok := <-order:
				if !ok {
					return nil
				}
				select {
				case p := <-j.done:
					free <- j.batch // never blocks: there are as many places as batches
					if err := take(p); err != nil {
						return err
					}
				case <-ctx.Done():
					return ctx.Err()
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	return g.Wait()
}

// orderWorkers makes a parser for each processor.
func orderWorkers(p *plan, now time.Time) []func(*tabular.Batch) parsed {
	out := make([]func(*tabular.Batch) parsed, max(2, runtime.GOMAXPROCS(0)))
	for i := range out {
		out[i] = newParser(p, now).batch
	}
	return out
}
