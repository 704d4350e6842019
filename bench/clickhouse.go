package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"perennial"
	"perennial/demo"
	"perennial/internal/testengine"
	"perennial/store/warehouse"
	"perennial/store/warehouse/clickhouse"
	"perennial/store/warehouse/duckdb"
)

const (
	writeBlock     = 131_072 // rows of one Append, as the importer sends them
	writeCustomers = 200_000 // two million orders lie ready in memory
)

// benchClickHouse compares writing orders into a ClickHouse of two shards on
// this machine with DuckDB's appender, both through warehouse.Writer.
func benchClickHouse(ctx context.Context, opt options) (err error) {
	opt.customers = min(opt.customers, writeCustomers)
	switch opt.step {
	case "duckdb":
		return writeDuckDB(ctx, opt)
	case "clickhouse":
		return writeClickHouse(ctx, opt)
	}
	cluster, err := testengine.LaunchClickHouse(2)
	if err != nil {
		return notMeasured("clickhouse", err)
	}
	defer func() { err = errors.Join(err, cluster.Remove()) }()
	opt.url = cluster.URL("bench")
	var ours, theirs, ratios []float64
	note := ""
	for i := range opt.runs {
		a, err := child(ctx, "clickhouse", "duckdb", opt)
		if err != nil {
			return err
		}
		b, err := child(ctx, "clickhouse", "clickhouse", opt)
		if err != nil {
			return err
		}
		duck, click := a.Parts["rows"]/a.Seconds, b.Parts["rows"]/b.Seconds
		fmt.Fprintf(os.Stderr, "run %d: DuckDB %.0f rows/s, ClickHouse %.0f rows/s, ratio %.2f\n", i+1, duck, click, click/duck)
		theirs, ours, ratios, note = append(theirs, duck), append(ours, click), append(ratios, click/duck), b.Note
	}
	fmt.Printf("| writing %s, two shards of ClickHouse | DuckDB's appender %.0f rows/s | %.0f rows/s (at least 300,000) | ratio %.2f |\n",
		note, median(theirs), median(ours), median(ratios))
	return nil
}

func writeDuckDB(ctx context.Context, opt options) error {
	path := filepath.Join(opt.dir, "write.duckdb")
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	s, err := duckdb.Open(ctx, duckdb.Options{Path: path})
	if err != nil {
		return err
	}
	return errors.Join(writeOrders(ctx, s, opt), s.Close())
}

func writeClickHouse(ctx context.Context, opt options) error {
	// Each run in databases of its own: what an earlier one left is not in the way.
	s, err := clickhouse.Open(ctx, clickhouse.Options{URL: opt.url, Name: fmt.Sprint("run", os.Getpid())})
	if err != nil {
		return err
	}
	return errors.Join(writeOrders(ctx, s, opt), s.Close())
}

// writeOrders times one batch of simulated orders, from the first block to the
// end of the commit.
func writeOrders(ctx context.Context, s warehouse.Warehouse, opt options) error {
	blocks, orders, err := orderBlocks(opt.customers)
	if err != nil {
		return err
	}
	m := measured{Parts: map[string]float64{"rows": float64(orders)}, Note: fmt.Sprintf("%d orders", orders)}
	m.Seconds, err = timed(func() error {
		w, err := s.Write(ctx, warehouse.Orders)
		if err != nil {
			return err
		}
		for _, b := range blocks {
			if err := w.Append(ctx, b); err != nil {
				return errors.Join(err, w.Abort())
			}
		}
		return w.Commit(ctx)
	})
	if err != nil {
		return err
	}
	return m.report()
}

// orderBlocks makes the orders of the simulated base before anything is timed.
func orderBlocks(customers int) (blocks []*warehouse.Block, orders int, err error) {
	sim, err := demo.New(demo.Options{
		Customers: customers, Seed: 1, End: perennial.DayOf(2026, time.June, 30), Params: demo.BusyParams(),
	})
	if err != nil {
		return nil, 0, err
	}
	var b *warehouse.Block
	for rec := range sim.All() {
		for _, o := range rec.Orders {
			if b == nil || b.Len == writeBlock {
				b = warehouse.NewBlock(warehouse.Orders.Fields, writeBlock)
				blocks = append(blocks, b)
			}
			orders++
			appendOrder(b, int64(orders), int64(o.Customer)+1, &o)
		}
	}
	return blocks, orders, nil
}
