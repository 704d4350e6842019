package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"perennial/internal/testengine"
	"perennial/store/warehouse"
	"perennial/store/warehouse/clickhouse"
)

// stands says on which steps an analysis stands, its own the last.
var stands = []struct {
	analysis string
	steps    []string
}{
	{"loading purchases", []string{"0 load"}},
	{"base figures", []string{"0 load", "base figures"}},
	{"RFM", []string{"0 load", "rfm"}},
	{"rhythm, second purchase, cohorts", []string{"0 load", "rhythm and cohorts"}},
	{"lifecycle", []string{"0 load", "rhythm and cohorts", "lifecycle"}},
}

// benchEngines compares every analysis on a ClickHouse of two shards on this
// machine with DuckDB, from the stored orders to the figures.
func benchEngines(ctx context.Context, opt options) (err error) {
	switch opt.step {
	case "fill":
		return fillClickHouse(ctx, opt)
	case "clickhouse":
		return analyzeClickHouse(ctx, opt)
	}
	cluster, err := testengine.LaunchClickHouse(2)
	if err != nil {
		return notMeasured("engines", err)
	}
	defer func() { err = errors.Join(err, cluster.Remove()) }()
	opt.url = cluster.URL("bench")
	filled, err := child(ctx, "analyze", "fill", opt)
	if err != nil {
		return err
	}
	if _, err := child(ctx, "engines", "fill", opt); err != nil {
		return err
	}
	times := map[string][3][]float64{} // DuckDB, ClickHouse, ratio
	note := func(what string, a, b float64) {
		t := times[what]
		t[0], t[1], t[2] = append(t[0], a), append(t[1], b), append(t[2], b/a)
		times[what] = t
	}
	for i := range opt.runs {
		a, err := child(ctx, "analyze", "perennial", opt)
		if err != nil {
			return err
		}
		b, err := child(ctx, "engines", "clickhouse", opt)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "run %d: DuckDB %.2f s %v, ClickHouse %.2f s %v, ratio %.2f, peak %.0f MB\n", i+1, a.Seconds, a.Parts, b.Seconds, b.Parts, b.Seconds/a.Seconds, b.peakMB)
		for _, s := range stands {
			note(s.analysis, sum(a.Parts, s.steps), sum(b.Parts, s.steps))
		}
		note("everything but the model fits", a.Seconds, b.Seconds)
	}
	fmt.Printf("%s, two shards of ClickHouse; limit 3\n", filled.Note)
	for _, what := range append(names(), "everything but the model fits") {
		t := times[what]
		fmt.Printf("| %s | DuckDB %.2f s | ClickHouse %.2f s | ratio %.2f |\n", what, median(t[0]), median(t[1]), median(t[2]))
	}
	return nil
}

func names() (out []string) {
	for _, s := range stands {
		out = append(out, s.analysis)
	}
	return out
}

func sum(parts map[string]float64, steps []string) (total float64) {
	for _, s := range steps {
		total += parts[s]
	}
	return total
}

// fillClickHouse writes the simulated base that analyzeFill writes into DuckDB.
func fillClickHouse(ctx context.Context, opt options) (err error) {
	s, err := clickhouse.Open(ctx, clickhouse.Options{URL: opt.url, Name: "base"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	w, err := s.Write(ctx, warehouse.Orders)
	if err != nil {
		return err
	}
	var m measured
	m.Seconds, err = timed(func() error { return errors.Join(simulate(ctx, opt, w), w.Abort()) })
	if err != nil {
		return err
	}
	return m.report()
}

func analyzeClickHouse(ctx context.Context, opt options) (err error) {
	s, err := clickhouse.Open(ctx, clickhouse.Options{URL: opt.url, Name: "base"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return analyzeOn(ctx, s)
}
