package importer

import (
	"context"

	"perennial/store/catalog"
	"perennial/store/warehouse"
)

// Undo takes an import back. Versions that it replaced count again; documents
// that a later import brought again unchanged stay, as that import's. Until the
// last step nothing changes for readers, and an interrupted undo may be repeated.
func (im *Importer) Undo(ctx context.Context, id int64) (catalog.Import, error) {
	in, err := im.Catalog.Import(ctx, id)
	if err != nil {
		return in, err
	}
	if in.Status != catalog.ImportDone {
		return in, catalog.ErrNotDone(in)
	}
	batches, err := im.Catalog.LiveBatches(ctx, in)
	if err != nil {
		return in, err
	}
	owner, err := im.Catalog.ImportOf(ctx, in.Workspace)
	if err != nil {
		return in, err
	}
	live, err := im.Catalog.Live(ctx, in.Workspace)
	if err != nil {
		return in, err
	}
	var others []int64
	for _, b := range live {
		if owner[b] != in.ID {
			others = append(others, b)
		}
	}
	var carried []int64
	for _, batch := range batches {
		more, err := im.carry(ctx, in, batch, others, owner)
		if err != nil {
			return in, err
		}
		carried = append(carried, more...)
	}
	if err := im.Catalog.UndoImport(ctx, in, carried); err != nil {
		return in, err
	}
	in.Status = catalog.ImportUndone
	return in, nil
}

// carry copies the documents of batch that other live imports claim into batches
// of those imports, each document once, to the earliest that claims it.
func (im *Importer) carry(ctx context.Context, in catalog.Import, batch int64, others []int64, owner map[int64]int64) ([]int64, error) {
	var claimants []int64
	err := im.Warehouse.Query(ctx, statements["claimants"], warehouse.Args{"batch": batch, "others": others}, func(b *warehouse.Block) error {
		claimants = append(claimants, b.Columns[0].Ints[:b.Len]...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var carried []int64
	for i, claimant := range claimants {
		to, err := im.Catalog.CarryBatch(ctx, in.Workspace, owner[claimant])
		if err != nil {
			return nil, err
		}
		args := warehouse.Args{"carry": to, "batch": batch, "claimant": claimant, "earlier": claimants[:i]}
		for _, name := range []string{"carry_orders", "carry_items", "carry_refunds", "carry_hidden"} {
			if err := im.Warehouse.Exec(ctx, statements[name], args); err != nil {
				return nil, err
			}
		}
		args["others"] = claimants[i+1:]
		if err := im.Warehouse.Exec(ctx, statements["carry_claims"], args); err != nil {
			return nil, err
		}
		carried = append(carried, to)
	}
	return carried, nil
}
