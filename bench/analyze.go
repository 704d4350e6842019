package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/purchase"
	"perennial/analyze/sequence"
	"perennial/demo"
	"perennial/internal/sqlfile"
	"perennial/predict/clv"
	"perennial/report"
	"perennial/store/warehouse"
	"perennial/store/warehouse/duckdb"
)

// benchAnalyze compares everything but the model fits with one DuckDB GROUP BY
// customer over the same orders.
func benchAnalyze(ctx context.Context, opt options) error {
	switch opt.step {
	case "fill":
		return analyzeFill(ctx, opt)
	case "group":
		return analyzeGroup(ctx, opt)
	case "perennial":
		return analyzePerennial(ctx, opt)
	}
	filled, err := child(ctx, "analyze", "fill", opt)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "filled: %s in %.1f s\n", filled.Note, filled.Seconds)
	var ratios, ours, theirs []float64
	peak := 0.0
	for i := range opt.runs {
		a, err := child(ctx, "analyze", "group", opt)
		if err != nil {
			return err
		}
		b, err := child(ctx, "analyze", "perennial", opt)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "run %d: group by %.3f s, analysis %.2f s, ratio %.1f, peak %.0f MB\n", i+1, a.Seconds, b.Seconds, b.Seconds/a.Seconds, b.peakMB)
		for _, part := range sortedParts(b.Parts) {
			fmt.Fprintf(os.Stderr, "    %-24s %.2f s\n", part, b.Parts[part])
		}
		theirs, ours, ratios = append(theirs, a.Seconds), append(ours, b.Seconds), append(ratios, b.Seconds/a.Seconds)
		peak = max(peak, b.peakMB)
	}
	fmt.Printf("| everything but the model fits, %s | one GROUP BY customer %.3f s | %.2f s | ratio %.1f (limit 25) | peak %.0f MB (limit 3,000) |\n",
		filled.Note, median(theirs), median(ours), median(ratios), peak)
	return nil
}

func sortedParts(m map[string]float64) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func benchStore(ctx context.Context, opt options) (*duckdb.Store, error) {
	return duckdb.Open(ctx, duckdb.Options{Path: filepath.Join(opt.dir, "base.duckdb"), MemoryMB: 1024})
}

// analyzeFill writes the simulated base as one batch, order by order.
func analyzeFill(ctx context.Context, opt options) (err error) {
	s, err := benchStore(ctx, opt)
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
	if err := sortByTime(ctx, s); err != nil {
		return err
	}
	if m.Note, err = base(ctx, s); err != nil {
		return err
	}
	return m.report()
}

// base says how large a base is.
func base(ctx context.Context, s warehouse.Warehouse) (note string, err error) {
	st := sqlfile.Text("base", "select cast(count(distinct customer_key) as bigint) as customers, cast(count(*) as bigint) as orders from orders")
	err = s.Query(ctx, st, nil, func(b *warehouse.Block) error {
		note = fmt.Sprintf("%d customers and %d orders", b.Columns[0].Ints[0], b.Columns[1].Ints[0])
		return nil
	})
	return note, err
}

// simulate writes the simulated base and commits it.
func simulate(ctx context.Context, opt options, w warehouse.Writer) error {
	sim, err := demo.New(demo.Options{
		Customers: opt.customers, Seed: 1, End: perennial.DayOf(2026, time.June, 30), Params: demo.BusyParams(),
	})
	if err != nil {
		return err
	}
	block := warehouse.NewBlock(warehouse.Orders.Fields, writeBlock)
	orders := 0
	for rec := range sim.All() {
		for _, o := range rec.Orders {
			orders++
			appendOrder(block, int64(orders), int64(o.Customer)+1, &o)
			if block.Len == writeBlock {
				if err := w.Append(ctx, block); err != nil {
					return err
				}
				block.Reset()
			}
		}
	}
	return errors.Join(w.Append(ctx, block), w.Commit(ctx))
}

// analyzeGroup times the yardstick on a warm file: the second of two runs.
func analyzeGroup(ctx context.Context, opt options) (err error) {
	s, err := benchStore(ctx, opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	const query = `create or replace temp table yardstick as
		select customer_key, count(*) as n, min(day) as first, max(day) as last, sum(gross) as money from orders group by customer_key`
	var m measured
	for range 2 {
		m.Seconds, err = timed(func() error { return s.Exec(ctx, sqlfile.Text("yardstick", query), nil) })
		if err != nil {
			return err
		}
	}
	return m.report()
}

func analyzePerennial(ctx context.Context, opt options) (err error) {
	s, err := benchStore(ctx, opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return analyzeOn(ctx, s)
}

// analyzeOn times everything but the model fits on a warehouse.
func analyzeOn(ctx context.Context, s warehouse.Warehouse) (err error) {
	m := measured{Parts: map[string]float64{}}
	var mu sync.Mutex
	part := func(step string) func() {
		start := time.Now()
		return func() { mu.Lock(); m.Parts[step] += time.Since(start).Seconds(); mu.Unlock() }
	}
	m.Seconds, err = timed(func() error {
		done := part("0 load")
		l, err := purchase.Load(ctx, s, purchase.Options{Batches: []int64{1}, AsOf: history.NoDay, Money: perennial.MoneyNet})
		if err != nil {
			return err
		}
		done()
		opt := report.Options{SkipModels: true, Seed: 1, Durations: part}
		if s.Dialect().Sequences == warehouse.Inside {
			opt.Inside = &sequence.Source{Warehouse: s, Run: l.Run, Batches: l.Batches, History: l.History}
		}
		_, _, err = report.Build(ctx, l, opt)
		return errors.Join(err, purchase.Release(ctx, s, l.Run))
	})
	if err != nil {
		return err
	}
	return m.report()
}

// benchModels times the model fits apart.
func benchModels(ctx context.Context, opt options) error {
	sim, err := demo.New(demo.Options{Customers: opt.customers, Seed: 1, End: perennial.DayOf(2026, time.June, 30), Params: demo.BusyParams()})
	if err != nil {
		return err
	}
	h := sim.History(perennial.MoneyNet)
	var r *clv.Result
	seconds, err := timed(func() error {
		var err error
		r, err = clv.Fit(clv.FromHistory(h, history.NoDay), clv.Options{})
		return err
	})
	if err != nil {
		return err
	}
	fmt.Printf("| model fits, %d customers | %.1f s on %d processors | %s |\n", h.Len(), seconds, runtime.NumCPU(), modelWork(r))
	return ctx.Err()
}

// appendOrder writes one simulated order as the importer would: money, habits
// and words included.
func appendOrder(b *warehouse.Block, number, customer int64, o *demo.Order) {
	c := b.Columns
	at := int64(o.Day)*86_400_000_000 + int64(o.Second)*1_000_000
	status, kind := int64(warehouse.StatusPaid), int64(warehouse.KindSale)
	if !o.Status.Counts() {
		status = warehouse.StatusClosed
	}
	if o.Total == 0 {
		kind = warehouse.KindZeroTotal
	}
	promoted := int64(0)
	if o.Promotion >= 0 {
		promoted = 1
	}
	for i, v := range map[int]int64{
		0: 1, 1: number, 3: customer, 4: at, 5: int64(o.Day), 6: int64(o.Second / 3600), 7: status, 8: kind, 10: int64(o.Total),
		11: 0, 12: 0, 13: 0, 15: int64(o.LineCount), 19: promoted, 20: number, 21: 0,
	} {
		c[i].Ints = append(c[i].Ints, v)
	}
	c[2].Texts = append(c[2].Texts, fmt.Sprint(number))
	c[9].Texts = append(c[9].Texts, string(demo.Currency))
	c[14].Floats = append(c[14].Floats, float64(o.LineCount))
	c[16].Texts = append(c[16].Texts, "")
	c[17].Texts = append(c[17].Texts, fmt.Sprint(o.Channel))
	c[18].Texts = append(c[18].Texts, "")
	b.Len++
}

// sortByTime lays the orders out as they would arrive.
func sortByTime(ctx context.Context, s *duckdb.Store) error {
	for _, q := range []string{
		"create table sorted as select * from orders order by ordered_at",
		"drop table orders", "alter table sorted rename to orders", "checkpoint",
	} {
		if err := s.Exec(ctx, sqlfile.Text("sort", q), nil); err != nil {
			return err
		}
	}
	return nil
}

func modelWork(r *clv.Result) string {
	if r.BGNBD == nil || r.MBGNBD == nil {
		return "no fit"
	}
	return fmt.Sprintf("%d distinct triples, %d fitted; evaluations BG/NBD %d, MBG/NBD %d",
		r.Grouping.Distinct, r.Grouping.Fitted, r.BGNBD.Evaluations, r.MBGNBD.Evaluations)
}
