package report

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"perennial"
	"perennial/analyze/cohort"
	"perennial/analyze/history"
	"perennial/analyze/lifecycle"
	"perennial/analyze/metric"
	"perennial/analyze/purchase"
	"perennial/analyze/rfm"
	"perennial/predict/cluster"
	"perennial/predict/clv"
)

// Build runs all analyses on the purchases and puts them together. The same
// purchases, options and seed give the same picture on any number of cores.
//
// A model that cannot be fitted does not fail the picture: its block says why.
// Errors are those of options that cannot be used (rfm.method, rfm.frozen_basis,
// clv.options, lifecycle.rules_invalid) and of ctx.
func Build(ctx context.Context, l *purchase.Loaded, opt Options) (*Picture, *Scores, error) {
	b := &builder{l: l, h: l.History, o: opt.filled(), p: &Picture{}}
	b.p.Meta = b.meta()
	b.p.Data = newData(l, opt.Rows)

	// Two independent strands; the stages need both.
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return b.behaviour(gctx) })
	g.Go(func() error { return b.models(gctx) })
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	if err := b.stages(ctx); err != nil {
		return nil, nil, err
	}
	scores := b.scores()
	b.p.Value, b.p.Due = newValue(l.Currency, b.full.Scores.CLV12), scores.due(b.full.Scores)
	done := b.o.Durations("findings")
	b.p.Findings = b.p.findings()
	done()
	return b.p, scores, ctx.Err()
}

type builder struct {
	l *purchase.Loaded
	h *history.History
	o Options
	p *Picture

	full   *clv.Result // on all data; the picture's own without a calibration end
	replay *lifecycle.Result
}

func (b *builder) meta() Meta {
	label := b.h.MoneyKind.Label()
	m := Meta{
		Source: b.o.Source, Workspace: b.o.Workspace,
		MoneyKind: b.h.MoneyKind, MoneyLabelZH: label.ZH, MoneyLabelEN: label.EN, Currency: b.h.Currency,
		Textbook: b.o.Textbook, Count: b.o.Count, WindowDays: b.o.WindowDays, AsOf: b.h.AsOf,
		CalibrationEnd: b.o.CalibrationEnd, Seed: b.o.Seed,
		Definitions: DefinitionsVersion, Version: b.o.Version,
		Notes: append([]perennial.Text{}, b.o.Notes...),
	}
	if len(b.l.Unseen) > 0 {
		list := fmt.Sprint(b.l.Unseen)
		m.Notes = append(m.Notes, perennial.Say("只分析 %[1]s 的订单；%[2]s 的没有计入。", "Only orders in %[1]s are analysed; those in %[2]s are left out.", b.h.Currency, list))
	}
	if end := b.o.CalibrationEnd; end != nil && *end < b.h.AsOf {
		m.Notes = append(m.Notes, perennial.Say(
			"模型只用 %[1]s 及以前的数据拟合，之后的日子用来检验；客户名单和阶段卡按全部数据另行拟合。",
			"The models behind the value section saw the data up to %[1]s only, the days after it test them; customers' scores and stage cards come from a second fit on all data.",
			end.String()))
	}
	return m
}

// behaviour measures what happened: rhythm and cohorts first, as base figures and
// classes need the repurchase cycle.
func (b *builder) behaviour(ctx context.Context) error {
	p, h := b.p, b.h
	done := b.o.Durations("rhythm and cohorts")
	found, err := cohort.Analyze(ctx, h, b.o.sequences(h), cohort.Options{Seed: b.o.Seed})
	if err != nil {
		return err
	}
	p.Repurchase, p.Cohorts = found.Repurchase, found.Cohorts
	known := h.KnownNew(p.Repurchase.Cycle())
	p.Curves = groupCurves(h, &p.Repurchase, known)
	p.CohortTests = testCohorts(h, known)
	done()
	if err := ctx.Err(); err != nil {
		return err
	}

	done = b.o.Durations("base figures")
	p.Base = metric.Measure(h, b.totals(), metric.Options{WindowDays: b.o.WindowDays, Count: b.o.Count, KnownNew: known})
	p.Bridge = newBridge(b.l, p.Base.Revenue)
	done()

	done = b.o.Durations("rfm")
	defer done()
	p.RFM, err = rfm.Classify(h, b.rfmOptions())
	return err
}

func (b *builder) rfmOptions() rfm.Options {
	return rfm.Options{
		Method: b.o.RFMMethod, WindowDays: b.o.WindowDays, Count: b.o.Count,
		CycleDays: b.p.Repurchase.Cycle(), Wholesale: b.o.Wholesale, Frozen: b.o.Frozen,
	}
}

// totals gives the base figures what a history of known customers does not tell.
func (b *builder) totals() metric.Totals {
	bridge := &b.l.Bridge
	refunds := bridge.Refunds + bridge.LooseRefunds
	t := metric.Totals{Gross: &bridge.Gross, Margin: b.l.Margin, Refunds: &refunds, Unattributed: bridge.WalkIn}
	switch b.h.MoneyKind {
	case perennial.MoneyNet:
		t.Unattributed -= bridge.WalkInRefunds
	case perennial.MoneyMargin:
		// The cost of walk-ins' orders is not kept: their margin is taken to be that
		// of the known customers.
		var margin perennial.Money
		for _, m := range b.h.Amount {
			margin += m
		}
		t.Unattributed -= bridge.WalkInRefunds
		if net := bridge.Net(); net > 0 {
			t.Unattributed = perennial.Money(float64(t.Unattributed) * float64(margin) / float64(net))
		}
	}
	if b.l.Habits.Counted {
		var pieces float64
		for _, q := range b.l.Habits.Quantity {
			pieces += q
		}
		t.Items, t.Returned = int64(pieces+0.5), int64(b.l.Returned+0.5)
	}
	return t
}

// models fits what will happen, and the clusters.
func (b *builder) models(ctx context.Context) error {
	skipped := &clv.Reason{Code: "report.models_skipped", Text: perennial.Say("按要求没有计算模型。", "Models were left out as asked.")}
	if b.o.SkipModels {
		b.full = &clv.Result{Unit: b.o.Unit, AliveModel: b.o.AliveModel, Reason: skipped, Notes: []clv.Reason{}}
		b.p.CLV, b.p.Clusters = b.full, Clusters{noClusters(), skipped}
		return nil
	}
	done := b.o.Durations("value models")
	full, err := b.fit(history.NoDay)
	if err != nil {
		return err
	}
	b.full, b.p.CLV = full, full
	if end := b.o.CalibrationEnd; end != nil && *end < b.h.AsOf {
		if b.p.CLV, err = b.fit(*end); err != nil {
			return err
		}
	}
	done()
	if err := ctx.Err(); err != nil {
		return err
	}
	done = b.o.Durations("clusters")
	defer done()
	b.p.Clusters = b.clusters()
	return nil
}

// fit fits the value models up to a day. Only options that cannot be used are an
// error; data that cannot be used become the result's reason.
func (b *builder) fit(end perennial.Day) (*clv.Result, error) {
	opt := clv.Options{Unit: b.o.Unit, AliveModel: b.o.AliveModel, Discount: b.o.Discount}
	if b.o.Bootstrap > 0 {
		opt.Bootstrap = &clv.Bootstrap{Replicates: b.o.Bootstrap, Seed: b.o.Seed}
	}
	r, err := clv.Fit(clv.FromHistory(b.h, end), opt)
	if perennial.CodeOf(err) == "clv.input" {
		e := perennial.AsError(err)
		return &clv.Result{
			Unit: b.o.Unit, AliveModel: b.o.AliveModel, Customers: b.h.Len(),
			Reason: &clv.Reason{Code: e.Code, Text: e.Sentence}, Notes: []clv.Reason{},
		}, nil
	}
	return r, err
}

// stages replays the lifecycle.
func (b *builder) stages(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	done := b.o.Durations("lifecycle")
	defer done()
	opt := lifecycle.Options{
		Rules: b.o.Rules, RhythmAt: b.rhythmAt(), Prospects: max(b.o.Prospects, b.l.Prospects),
		Alive: b.full.Scores.PAlive, Peaks: b.o.Peaks, Seed: b.o.Seed, Keep: b.o.StageHistory,
	}
	if worth := b.full.Scores.CLV12; worth != nil {
		opt.Value = make([]float64, len(worth))
		for i, m := range worth {
			opt.Value[i] = b.h.Currency.Amount(m).Float()
		}
	}
	var err error
	if b.o.Inside != nil {
		b.replay, err = lifecycle.ReplayInside(ctx, b.h, opt, b.o.Inside)
	} else {
		b.replay, err = lifecycle.Replay(b.h, opt)
	}
	if err != nil {
		return err
	}
	b.p.Lifecycle = b.replay.Report()
	return nil
}

// clusters groups customers by everything the data has.
func (b *builder) clusters() Clusters {
	c := cluster.FromHistory(b.h)
	addHabits(c, &b.l.Habits)
	var revenue []perennial.Money
	if len(c.Money) == b.h.Len() {
		revenue = c.Money
	}
	features, err := c.Features()
	if err == nil {
		var r *cluster.Result
		if r, err = cluster.Run(features, revenue, cluster.Options{Seed: b.o.Seed, Currency: b.h.Currency}); err == nil {
			return Clusters{Result: r}
		}
	}
	e := perennial.AsError(err)
	return Clusters{noClusters(), &clv.Reason{Code: e.Code, Text: e.Sentence}}
}

// noClusters is an empty grouping with all its keys.
func noClusters() *cluster.Result {
	return &cluster.Result{
		Groups: []cluster.Group{}, Candidates: []cluster.Candidate{}, Features: []cluster.Used{},
		Dropped: []cluster.Dropped{}, Notes: []perennial.Text{},
	}
}

// addHabits adds what the orders tell beyond their days and money. Habits that
// the data do not have are left out.
func addHabits(c *cluster.Columns, h *purchase.Habits) {
	n := c.Customers
	floats := func(v []int32) []float64 {
		if len(v) != n {
			return nil
		}
		out := make([]float64, n)
		for i, x := range v {
			out[i] = float64(x)
		}
		return out
	}
	any := func(v []int32) bool {
		for _, x := range v {
			if x > 0 {
				return true
			}
		}
		return false
	}
	if any(h.Discounted) {
		c.DiscountedOrders = floats(h.Discounted)
	}
	if any(h.Refunded) {
		c.RefundedOrders = floats(h.Refunded)
	}
	if len(h.Weekend) == n {
		c.WeekendOrders = floats(h.Weekend)
	}
	if h.Timed {
		c.EveningOrders, c.NightOrders = floats(h.Evening), floats(h.Night)
	}
	if h.Counted && len(h.Quantity) == n {
		c.Items = h.Quantity
	}
	table := func(columns [][]int32) [][]float64 {
		out := make([][]float64, 0, len(columns))
		for _, v := range columns {
			if f := floats(v); f != nil {
				out = append(out, f)
			}
		}
		return out
	}
	if lines := table(h.ByCategory); len(lines) == len(h.Categories) && len(lines) > 1 {
		c.Categories, c.CategoryLines = h.Categories, lines
	}
	if orders := table(h.ByChannel); len(orders) == len(h.Channels) && len(orders) > 1 {
		c.Channels, c.ChannelOrders = h.Channels, orders
	}
}
