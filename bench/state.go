package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"perennial/internal/testengine"
	"perennial/store/state"
	"perennial/store/state/postgres"
)

// A short transaction of state: read a row, change it, write another.
const (
	stateRows   = 1000
	stateRead   = "select status from imports where id = ?"
	stateChange = "update imports set rows_read = rows_read + 1 where id = ?"
	stateScript = `\set id random(1, 1000)
begin;
select status from imports where id = :id;
update imports set rows_read = rows_read + 1 where id = :id;
commit;
`
)

// benchState compares short transactions through the seam with what pgbench
// reaches with the same statements on the same server, one client and several.
func benchState(ctx context.Context, opt options) (err error) {
	server, err := testengine.LaunchPostgres()
	if err != nil {
		return notMeasured("state", err)
	}
	defer func() { err = errors.Join(err, server.Remove()) }()
	s, err := postgres.Open(ctx, postgres.Options{URL: server.URL("test")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := stateFill(ctx, s); err != nil {
		return err
	}
	// Where the server's own account can read it.
	script := filepath.Join(opt.dir, "short.sql")
	if err := errors.Join(os.Chmod(opt.dir, 0o755), os.WriteFile(script, []byte(stateScript), 0o644)); err != nil {
		return err
	}
	for _, clients := range []int{1, 8} {
		var ratios, ours, theirs []float64
		for i := range opt.runs {
			a, err := statePgbench(server, script, clients, opt.seconds)
			if err != nil {
				return err
			}
			b, err := statePerennial(ctx, s, clients, time.Duration(opt.seconds)*time.Second)
			if err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "run %d, %d clients: pgbench %.0f/s, seam %.0f/s, %.0f %%\n", i+1, clients, a, b, 100*b/a)
			theirs, ours, ratios = append(theirs, a), append(ours, b), append(ratios, b/a)
		}
		fmt.Printf("| short transactions of state on PostgreSQL, %d clients | pgbench %.0f/s | %.0f/s | %.0f %% (at least 40) |\n",
			clients, median(theirs), median(ours), 100*median(ratios))
	}
	return nil
}

func stateFill(ctx context.Context, s state.State) error {
	return s.Update(ctx, func(tx state.Tx) error {
		put, err := tx.Prepare(ctx, `insert into imports (id, workspace_id, kind, file_name, file_hash, status, created_at)
			values (?, 1, 'orders', '', '', 'done', 0)`)
		if err != nil {
			return err
		}
		for id := range stateRows {
			if _, err := put.Exec(ctx, id+1); err != nil {
				return err
			}
		}
		return nil
	})
}

var pgbenchTPS = regexp.MustCompile(`tps = ([0-9.]+)`)

func statePgbench(server *testengine.PostgresServer, script string, clients, seconds int) (float64, error) {
	out, err := server.Run("pgbench", "--no-vacuum", "--protocol", "prepared", "--file", script,
		"--client", strconv.Itoa(clients), "--jobs", strconv.Itoa(min(clients, 2)), "--time", strconv.Itoa(seconds), server.URL("test"))
	if err != nil {
		return 0, err
	}
	m := pgbenchTPS.FindStringSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("pgbench printed %q", out)
	}
	return strconv.ParseFloat(m[1], 64)
}

func statePerennial(ctx context.Context, s state.State, clients int, length time.Duration) (float64, error) {
	var done atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, clients)
	began := time.Now()
	for i := range clients {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(i)))
			for time.Since(began) < length {
				id := random.IntN(stateRows) + 1
				errs[i] = s.Update(ctx, func(tx state.Tx) error {
					var status string
					if _, err := tx.Get(ctx, stateRead, []any{id}, &status); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, stateChange, id)
					return err
				})
				if errs[i] != nil {
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(done.Load()) / time.Since(began).Seconds(), errors.Join(errs...)
}
