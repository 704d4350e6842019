package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/lifecycle"
	"perennial/analyze/metric"
	"perennial/analyze/purchase"
	"perennial/analyze/rfm"
	"perennial/analyze/sequence"
	"perennial/collect/importer"
	"perennial/collect/importer/mapping"
	"perennial/collect/importer/value"
	"perennial/identity"
	"perennial/report"
	"perennial/store/catalog"
	"perennial/store/state"
	"perennial/store/warehouse"
)

// The names of a workspace's settings.
const (
	settingRules      = "lifecycle_rules" // a rule set in YAML, each version one
	settingThresholds = "rfm_thresholds"  // frozen thresholds in JSON
)

// AnalyzeOptions says which purchases to analyse and how.
type AnalyzeOptions struct {
	Purchases purchase.Options // Batches are filled in
	Report    report.Options
	// Exclude are ids or phone numbers of customers to leave out.
	Exclude []string
	// ResetThresholds computes the RFM thresholds anew and freezes them under a
	// new version.
	ResetThresholds bool
}

// usualAnalysis is of all customers up to the last day, as pages show it.
func usualAnalysis(ws perennial.Workspace) AnalyzeOptions {
	return AnalyzeOptions{
		Purchases: purchase.Options{AsOf: history.NoDay, Money: perennial.MoneyNet},
		Report:    report.Options{Workspace: ws.Name, Seed: 1, StageHistory: true},
	}
}

// Analysis is the picture of a workspace with what belongs to single customers.
type Analysis struct {
	Picture *report.Picture
	Scores  *report.Scores
	Loaded  *purchase.Loaded
}

// Analyze computes the picture of a workspace. It waits for imports and snapshots of
// the workspace: taking an import back removes rows that it may be reading.
func (a *App) Analyze(ctx context.Context, ws perennial.Workspace, opt AnalyzeOptions) (*Analysis, error) {
	release, err := a.alone(ctx, ws.Name)
	if err != nil {
		return nil, err
	}
	defer release()
	return a.analyze(ctx, ws, opt)
}

func (a *App) analyze(ctx context.Context, ws perennial.Workspace, opt AnalyzeOptions) (_ *Analysis, err error) {
	loaded, release, err := a.purchases(ctx, ws, opt)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := a.reportOptions(ctx, ws, loaded.Currency, &opt); err != nil {
		return nil, err
	}
	if end := opt.Report.CalibrationEnd; end != nil && (*end < loaded.First || *end >= loaded.AsOf) {
		return nil, perennial.NewError(perennial.KindInvalid, "usage",
			perennial.Say("--calibration-end %s 不在数据之内（%s 到 %s）。", "--calibration-end %s is not within the data (%s to %s).", *end, loaded.First, loaded.AsOf)).
			WithHint(perennial.Say("选一个中间的日子：之前用来拟合，之后用来检验。", "Choose a day in between: what comes before it is fitted, what comes after tests."))
	}
	if opt.Report.Inside, err = a.inside(ctx, ws, loaded); err != nil {
		return nil, err
	}
	picture, scores, err := report.Build(ctx, loaded, opt.Report)
	if err != nil {
		return nil, err
	}
	return &Analysis{picture, scores, loaded}, a.freeze(ctx, ws, opt, picture)
}

// purchases loads what an analysis stands on; release gives back what it holds in
// the warehouse.
func (a *App) purchases(ctx context.Context, ws perennial.Workspace, all AnalyzeOptions) (_ *purchase.Loaded, release func() error, err error) {
	w, err := a.Warehouse(ctx, ws)
	if err != nil {
		return nil, nil, err
	}
	opt := all.Purchases
	if !a.temp && ws.Currency.Code() != "" { // of a file's own it is a guess
		opt.Home = ws.Currency
	}
	opt.Run = a.runs.Add(1)
	release = func() error { return purchase.Release(context.WithoutCancel(ctx), w, opt.Run) }
	loaded, err := a.load(ctx, ws, w, opt, all.Exclude)
	if err != nil {
		return nil, nil, errors.Join(err, release())
	}
	return loaded, release, nil
}

// inside returns who answers questions about sequences where the workspace's
// warehouse does; nil elsewhere.
func (a *App) inside(ctx context.Context, ws perennial.Workspace, l *purchase.Loaded) (report.Inside, error) {
	w, err := a.Warehouse(ctx, ws)
	if err != nil || w.Dialect().Sequences != warehouse.Inside {
		return nil, err
	}
	return &sequence.Source{Warehouse: w, Run: l.Run, Batches: l.Batches, History: l.History}, nil
}

func (a *App) load(ctx context.Context, ws perennial.Workspace, w warehouse.Warehouse, opt purchase.Options, exclude []string) (_ *purchase.Loaded, err error) {
	if opt.Exclude, err = a.keys(ctx, ws, exclude); err != nil {
		return nil, err
	}
	if err := a.complete(ctx, ws, w); err != nil {
		return nil, err
	}
	if opt.Batches, err = a.Catalog.Live(ctx, ws.ID); err != nil {
		return nil, err
	}
	loaded, err := purchase.Load(ctx, w, opt)
	if err == nil && opt.Money == perennial.MoneyMargin && opt.MarginRate == 0 && !loaded.HasCost {
		return nil, perennial.NewError(perennial.KindInvalid, "analyze.no_cost",
			perennial.Say("算不出毛利：订单没有成本，也没有给毛利率。", "There is no margin to tell: orders carry no cost, and no rate was given.")).
			WithHint(perennial.Say("用 --margin 0.35 给出毛利率，或导入带成本列的订单。", "Give a rate with --margin 0.35, or import orders with a cost column."))
	}
	return loaded, err
}

// keys finds customers by their ids or phone numbers; an unknown one is an error,
// because a list that silently misses somebody is worse than none.
func (a *App) keys(ctx context.Context, ws perennial.Workspace, ids []string) (out []perennial.CustomerKey, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	register, err := identity.Open(ctx, a.State, a.Vault, ws.ID)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		key, err := register.Find(ctx, perennial.IdentifierID, id)
		if err == nil && key == 0 {
			key, err = register.Find(ctx, perennial.IdentifierPhone, id)
		}
		if err != nil {
			return nil, err
		}
		if key == 0 {
			return nil, perennial.NewError(perennial.KindNotFound, "customer.not_found",
				perennial.Say("没有编号或手机号为“%s”的客户。", "There is no customer with the id or phone number %q.", value.Mask(value.PersonalIdentity, id))).
				WithHint(perennial.Say("--exclude 里写文件中的客户编号，注意前导零。", "Name customers in --exclude as the file does; mind leading zeros."))
		}
		out = append(out, key)
	}
	return out, nil
}

// reportOptions fills in what the workspace knows.
func (a *App) reportOptions(ctx context.Context, ws perennial.Workspace, currency perennial.Currency, opt *AnalyzeOptions) error {
	if len(opt.Report.Rules) == 0 {
		accepted, err := a.acceptedRules(ctx, ws)
		if err != nil {
			return err
		}
		opt.Report.Rules = append([]*lifecycle.RuleSet{lifecycle.Default()}, accepted...)
	}
	if opt.Report.Rows == nil {
		rows, err := a.rows(ctx, ws)
		if err != nil {
			return err
		}
		opt.Report.Rows = rows
	}
	if opt.ResetThresholds && !a.freezes(*opt) {
		return perennial.NewError(perennial.KindInvalid, "rfm.cannot_freeze",
			perennial.Say("门槛只能按工作区的默认口径、截至最后一天重设。", "Thresholds are frozen from the usual analysis of a workspace up to its last day only.")).
			WithHint(perennial.Say("去掉 --textbook、--as-of、--exclude 等改变口径的选项，再用 --reset-thresholds。",
				"Leave out --textbook, --as-of, --exclude and whatever else changes the figures."))
	}
	if a.usual(*opt) && !opt.ResetThresholds {
		var err error
		if opt.Report.Frozen, err = a.frozen(ctx, ws, currency); err != nil {
			return err
		}
	}
	return nil
}

// usual tells whether an analysis is of the workspace's usual kind, which the
// frozen thresholds belong to; variants and temporary workspaces compute their
// own. Naming a default is no variant.
func (a *App) usual(opt AnalyzeOptions) bool {
	r, p := opt.Report, opt.Purchases
	return !a.temp && !r.Textbook && (r.RFMMethod == "" || r.RFMMethod == rfm.Business) &&
		(r.WindowDays == 0 || r.WindowDays == report.DefaultWindowDays) && (r.Count == "" || r.Count == metric.CountDays) &&
		p.Currency == "" && p.Money == perennial.MoneyNet
}

// freezes tells whether an analysis may set the thresholds: the usual one of all
// customers up to the last day.
func (a *App) freezes(opt AnalyzeOptions) bool {
	p := opt.Purchases
	return a.usual(opt) && p.AsOf == history.NoDay && len(opt.Exclude) == 0 && !p.KeepZero && len(p.Rates) == 0
}

func (a *App) freeze(ctx context.Context, ws perennial.Workspace, opt AnalyzeOptions, p *report.Picture) error {
	if !a.freezes(opt) || opt.Report.Frozen != nil || p.RFM == nil {
		return nil
	}
	text, err := json.Marshal(p.RFM.Thresholds)
	if err != nil {
		return fmt.Errorf("write RFM thresholds: %w", err)
	}
	version, err := a.Catalog.PutSetting(ctx, ws.ID, settingThresholds, string(text))
	p.RFM.Thresholds.Version = int(version)
	return err
}

// rows sums the row counts of a workspace's order imports.
func (a *App) rows(ctx context.Context, ws perennial.Workspace) (*report.Rows, error) {
	imports, err := a.Catalog.Imports(ctx, ws.ID)
	if err != nil {
		return nil, err
	}
	var out report.Rows
	for _, in := range imports {
		if in.Status != catalog.ImportDone || in.Kind != string(mapping.Orders) {
			continue
		}
		var r struct {
			Counts importer.Counts `json:"counts"`
		}
		if err := json.Unmarshal([]byte(in.Report), &r); err != nil {
			return nil, fmt.Errorf("read report of import %d: %w", in.ID, err)
		}
		add(&out, r.Counts)
	}
	return &out, nil
}

func add(r *report.Rows, c importer.Counts) {
	r.Read += c.Read
	r.Accepted += c.Accepted
	r.Refused += c.Refused
	r.Duplicate += c.Duplicate
	r.Repeated += c.Repeated
	r.Unattributed += c.Unattributed
	r.Unpaid += c.Unpaid
	r.Excluded += c.Excluded
}

// Identifiers returns a function that gives the text by which the shop knows a
// customer: the id of its files, else the phone number.
func (a *App) Identifiers(ctx context.Context, ws perennial.Workspace) (func(perennial.CustomerKey) string, error) {
	ids := map[perennial.CustomerKey]string{}
	err := a.State.View(ctx, func(tx state.Tx) error {
		for _, kind := range []perennial.IdentifierKind{perennial.IdentifierPhone, perennial.IdentifierID} {
			err := a.Vault.Reveal(ctx, tx, ws.ID, string(kind), func(key perennial.CustomerKey, text string) error {
				ids[key] = text
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return func(key perennial.CustomerKey) string { return ids[key] }, err
}
