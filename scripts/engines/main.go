// Command engines runs a PostgreSQL and a ClickHouse of two shards on this
// machine until it is interrupted, for trying and developing: `make engines`.
// They listen on 127.0.0.1 only, ClickHouse asks for no password, and nothing is
// copied anywhere. Not for production; docs/operate/engines.md says what is.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"perennial"
	"perennial/internal/dirlock"
	"perennial/internal/testengine"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var opt options
	flag.StringVar(&opt.dir, "dir", "build/engines", "folder that keeps the data")
	flag.IntVar(&opt.postgres, "postgres", 15432, "port of PostgreSQL")
	flag.IntVar(&opt.clickhouse, "clickhouse", 19000, "port of the first shard of ClickHouse; the second has the next")
	flag.Parse()
	if err := run(ctx, os.Stdout, opt); err != nil {
		fmt.Fprintln(os.Stderr, "engines:", err)
		stop()
		os.Exit(1)
	}
}

type options struct {
	dir                  string
	postgres, clickhouse int // ports
}

// configuration is what a data directory's perennial.yaml says to use them.
const configuration = `state: %s
warehouse: %s
`

// run starts both, says how to use them and stops them when ctx ends.
func run(ctx context.Context, out io.Writer, opt options) (err error) {
	if opt.dir, err = filepath.Abs(opt.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(opt.dir, 0o755); err != nil {
		return err
	}
	lock, err := dirlock.Acquire(opt.dir)
	if perennial.CodeOf(err) == "dir.in_use" {
		return fmt.Errorf("the engines of %s are running already; their addresses are in %s", opt.dir, file(opt))
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	fmt.Fprintln(out, "starting PostgreSQL and ClickHouse")
	state, err := testengine.KeepPostgres(filepath.Join(opt.dir, "postgres"), opt.postgres)
	if err != nil {
		return starting(err)
	}
	defer func() { err = errors.Join(err, state.Stop()) }()
	facts, err := testengine.KeepClickHouse(filepath.Join(opt.dir, "clickhouse"), opt.clickhouse, opt.clickhouse+1)
	if err != nil {
		return starting(err)
	}
	defer facts.Stop()
	written := fmt.Sprintf(configuration, state.URL("perennial"), facts.URL("perennial"))
	if err := os.WriteFile(file(opt), []byte(written), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(out, `
%s
These lines are in %[2]s, too. To use them:

  mkdir -p build/scaled && cp %[2]s build/scaled/
  bin/perennial demo --dir build/scaled

For trying and developing, not for production. Ctrl-C stops both; their data stays in
%[3]s
`, written, file(opt), opt.dir)
	if err := watch(ctx, out, state, facts); err != nil {
		return err
	}
	fmt.Fprintln(out, "stopping; the data stays")
	return nil
}

func file(opt options) string { return filepath.Join(opt.dir, "perennial.yaml") }

func starting(err error) error {
	if errors.Is(err, testengine.ErrTaken) {
		return fmt.Errorf("%w\nstop that program, or choose other ports: make engines POSTGRES_PORT=… CLICKHOUSE_PORT=…", err)
	}
	return err
}

// watch starts a server again that ends by itself, until ctx ends. This
// ClickHouse, made for other programs, may end when a client's connection breaks.
func watch(ctx context.Context, out io.Writer, state *testengine.PostgresServer, facts *testengine.Cluster) error {
	first, second := facts.Shards[0], facts.Shards[1]
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-state.Ended():
			fmt.Fprintln(out, "PostgreSQL ended; starting it again")
			err = state.Start()
		case <-first.Ended():
			fmt.Fprintln(out, "the first shard of ClickHouse ended; starting it again")
			err = first.Restart(ctx)
		case <-second.Ended():
			fmt.Fprintln(out, "the second shard of ClickHouse ended; starting it again")
			err = second.Restart(ctx)
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
}
