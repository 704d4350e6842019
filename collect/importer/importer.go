// Package importer takes files of orders, customers and products in: it finds
// out what a file is and what its columns mean, reads every value, refuses what
// it cannot read with a reason, and makes the whole import visible at once or
// not at all.
//
// The formats are in package tabular, the meaning of columns in mapping, the
// reading of values in value; this package joins them with identity and the
// stores.
package importer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"perennial"
	"perennial/collect/importer/mapping"
	"perennial/collect/importer/tabular"
	"perennial/collect/importer/value"
	"perennial/store/catalog"
	"perennial/store/state"
	"perennial/store/warehouse"
)

// Importer imports files into one workspace's warehouse. The caller sees to it
// that it is the only one.
type Importer struct {
	Warehouse warehouse.Warehouse
	Catalog   *catalog.Catalog
	// People opens the register of a workspace's customers for one import; the
	// zero workspace stands for one that is not there yet.
	People  func(ctx context.Context, ws perennial.Workspace) (People, error)
	Presets *mapping.Presets
	Now     func() time.Time
}

// People gives keys to the customers of one import and keeps what is personal.
// Nothing of it is stored before Save, which runs in the transaction that makes
// the import visible.
type People interface {
	// Keys returns the keys of identifiers of one kind, in their order; unknown
	// ones get new keys. keys is reused.
	Keys(ctx context.Context, kind perennial.IdentifierKind, values []string, keys []perennial.CustomerKey) ([]perennial.CustomerKey, error)
	// Link lets another identifier lead to a customer, unless it leads to somebody
	// already.
	Link(ctx context.Context, kind perennial.IdentifierKind, value string, key perennial.CustomerKey) error
	// Note keeps a personal value of a customer.
	Note(key perennial.CustomerKey, field, value string)
	// Added returns the number of customers that were not known before.
	Added() int
	// Save stores everything.
	Save(ctx context.Context, tx state.Tx) error
}

// Request says what to import and how. The zero value of a field lets the file
// tell.
type Request struct {
	Kind    mapping.Kind
	Path    string
	Tabular tabular.Options
	Preset  string
	Map     string // overrides: "customer_id=会员卡号,…"
	// Overrides are further ones, for callers that need not write them as text.
	Overrides []mapping.Override
	Rows      mapping.Rows
	Repeats   Repeats
	// Zone is that of dates without one; nil takes the workspace's, or the one
	// that the file's language suggests when WorkspaceZone is not set.
	Zone     *time.Location
	Currency perennial.Currency
	// DateOrder overrules what the dates tell of day and month.
	DateOrder value.DateOrder
	// Fixed tells that Currency is the workspace's and not this file's: what the
	// file itself says comes before it.
	Fixed bool
	// Status adds status words: paid, unpaid, closed, refunded.
	Status map[string]value.Status
	// Merchandise and NotMerchandise overrule the recognition of lines that are
	// no merchandise, by product code or name.
	Merchandise, NotMerchandise []string
	DryRun                      bool
	// RefusalsFile receives the refused rows, where there are any; "" for none.
	// A %d in it becomes the import's id.
	RefusalsFile string
	Lang         perennial.Lang
	// Progress is told how many bytes of how many have been read; may be nil.
	Progress func(done, total int64)
}

// Repeats says what becomes of rows that repeat another one exactly.
type Repeats string

// The ways with repeats; "" keeps them among order lines and drops them among
// orders.
const (
	RepeatsAuto Repeats = ""
	RepeatsKeep Repeats = "keep"
	RepeatsDrop Repeats = "drop"
)

// Run imports a prepared file into a workspace. On any error, and when ctx ends,
// nothing of it remains visible.
func (im *Importer) Run(ctx context.Context, p *Prepared, ws perennial.Workspace) (report *Report, err error) {
	defer func() { err = cancelled(ctx, err) }()
	p.plan.days = ws.Zone
	report = p.report()
	if p.req.DryRun {
		return report, im.take(ctx, p, ws, catalog.Import{}, report)
	}
	in, err := im.Catalog.BeginImport(ctx, catalog.Import{
		Workspace: ws.ID, Kind: string(p.req.Kind), File: p.file.Name, FileHash: p.fileHash,
	})
	if err != nil {
		return nil, err
	}
	if err := im.take(ctx, p, ws, in, report); err != nil {
		// Also when ctx has ended: what was written must not stay.
		return nil, errors.Join(err, im.clear(context.WithoutCancel(ctx), in))
	}
	return report, nil
}

// clear removes a failed import. While its rows cannot be removed (the disk is
// full) its batch stays pending, so that Recover finds them; and an import that is
// visible after all, because only the answer to the commit was lost, keeps them.
func (im *Importer) clear(ctx context.Context, in catalog.Import) error {
	pending, err := im.Catalog.Abandoned(ctx, in.Workspace)
	if err != nil || !slices.Contains(pending, in.Batch) {
		return err
	}
	if err := im.Warehouse.Discard(ctx, []int64{in.Batch}); err != nil {
		return err
	}
	return im.Catalog.FailImport(ctx, in)
}

func (im *Importer) take(ctx context.Context, p *Prepared, ws perennial.Workspace, in catalog.Import, report *Report) error {
	stop := p.watch(ctx)
	defer stop()
	switch p.req.Kind {
	case mapping.Orders:
		return im.orders(ctx, p, ws, in, report)
	default:
		return im.master(ctx, p, ws, in, report)
	}
}

// Recover removes what an import left that ended without a word: a crash, a
// power cut. Call it when a data directory is opened, as its only user.
func (im *Importer) Recover(ctx context.Context, ws perennial.Workspace) error {
	left, err := im.Catalog.Abandoned(ctx, ws.ID)
	if err != nil || len(left) == 0 {
		return err
	}
	if err := im.Warehouse.Discard(ctx, left); err != nil {
		return err
	}
	return im.Catalog.ForgetAbandoned(ctx, ws.ID)
}

// cancelled gives a stopped import its sentence.
func cancelled(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil || !errors.Is(context.Cause(ctx), context.Canceled) {
		return err
	}
	if code := perennial.CodeOf(err); code != "" && code != "cancelled" {
		return err
	}
	return perennial.NewError(perennial.KindCancelled, "cancelled", perennial.Say("已停止，什么都没有导入。", "Stopped; nothing was imported.")).
		WithHint(perennial.Say("再次运行同一条命令即可重新导入。", "Run the same command again to import the file.")).
		Because(fmt.Errorf("import: %w", err))
}
