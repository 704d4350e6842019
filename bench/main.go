// Command bench measures the claims of docs/benchmarks.md, each beside what it is
// compared with, in one run: the machine may be noisy, ratios are not.
//
//	go run -tags duckdb_arrow ./bench import   -file online_retail.csv.gz
//	go run -tags duckdb_arrow ./bench analyze  -customers 1000000
//	go run -tags duckdb_arrow ./bench models   -customers 1000000
//	go run -tags duckdb_arrow ./bench state    -seconds 5
//	go run -tags duckdb_arrow ./bench clickhouse
//	go run -tags duckdb_arrow ./bench engines    -customers 1000000
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"perennial/internal/testengine"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// options are the flags of all measurements.
type options struct {
	dir, file string
	url       string // of servers that the parent started
	customers int
	runs      int
	seconds   int
	step      string
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("name a measurement: import, analyze, models, state, clickhouse, engines")
	}
	var opt options
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.StringVar(&opt.dir, "dir", "", "folder for the data (default: a temporary one)")
	flags.StringVar(&opt.file, "file", os.Getenv("PERENNIAL_REAL_DATA")+"/online_retail/online_retail.csv.gz", "the Online Retail file")
	flags.IntVar(&opt.customers, "customers", 1_000_000, "customers of the simulated base")
	flags.IntVar(&opt.runs, "runs", 3, "runs of each; the median counts")
	flags.IntVar(&opt.seconds, "seconds", 5, "length of a run of state")
	flags.StringVar(&opt.step, "step", "", "for child processes")
	flags.StringVar(&opt.url, "url", "", "for child processes")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if opt.dir == "" {
		dir, err := os.MkdirTemp("", "perennial-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		opt.dir = dir
	}
	switch args[0] {
	case "import":
		return benchImport(ctx, opt)
	case "analyze":
		return benchAnalyze(ctx, opt)
	case "models":
		return benchModels(ctx, opt)
	case "state":
		return benchState(ctx, opt)
	case "clickhouse":
		return benchClickHouse(ctx, opt)
	case "engines":
		return benchEngines(ctx, opt)
	}
	return fmt.Errorf("no measurement %q", args[0])
}

// measured is what a child process reports, and what the system says of it.
type measured struct {
	Seconds float64            `json:"seconds"`
	Parts   map[string]float64 `json:"parts,omitempty"`
	Note    string             `json:"note,omitempty"`
	peakMB  float64
}

// child runs one step of a measurement in a process of its own, so that its peak
// memory is its own.
func child(ctx context.Context, name, step string, opt options) (measured, error) {
	self, err := os.Executable()
	if err != nil {
		return measured{}, err
	}
	cmd := exec.CommandContext(ctx, self, name, "-step", step, "-dir", opt.dir, "-file", opt.file, "-customers", fmt.Sprint(opt.customers), "-url", opt.url)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return measured{}, fmt.Errorf("%s %s: %w", name, step, err)
	}
	var m measured
	if err := json.Unmarshal(out, &m); err != nil {
		return m, fmt.Errorf("%s %s printed %q: %w", name, step, out, err)
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		m.peakMB = float64(usage.Maxrss) / 1024
	}
	return m, nil
}

// report is called in a child.
func (m measured) report() error { return json.NewEncoder(os.Stdout).Encode(m) }

func timed(f func() error) (float64, error) {
	start := time.Now()
	err := f()
	return time.Since(start).Seconds(), err
}

// median is the mean of the two in the middle where the number is even.
func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	n := len(v)
	return (v[(n-1)/2] + v[n/2]) / 2
}

// notMeasured says that this machine has not got a measurement's server, and lets
// the others go on.
func notMeasured(name string, err error) error {
	if !errors.Is(err, testengine.ErrAbsent) {
		return err
	}
	_, err = fmt.Printf("%s: not measured, %v\n", name, err)
	return err
}
