package importer

import (
	"context"
	"slices"

	"perennial"
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
		return in, perennial.NewError(perennial.KindConflict, "import.not_done",
			perennial.Say("导入 %d 现在不能撤销：它的状态是 %s。", "Import %d cannot be undone: its status is %s.", in.ID, in.Status)).
			WithHint(perennial.Say("只有已完成的导入可以撤销。", "Only a finished import can be undone."))
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
	stored, err := catalog.StoredOf(ctx, im.Warehouse, carried...)
	if err != nil {
		return in, err
	}
	if err := im.Catalog.UndoImport(ctx, in, stored); err != nil {
		return in, err
	}
	in.Status = catalog.ImportUndone
	return in, nil
}

// whole refuses to carry documents where facts of the import, or marks of those
// that claim them, are lost: what is carried counts as whole afterwards.
func (im *Importer) whole(ctx context.Context, in catalog.Import, claimants []int64, owner map[int64]int64) error {
	if len(claimants) == 0 {
		return nil
	}
	gaps, _, err := im.Catalog.Gaps(ctx, in.Workspace, im.Warehouse)
	if err != nil {
		return err
	}
	for _, g := range gaps {
		if g.Import != in.ID && !slices.Contains(claimants, g.Batch) {
			continue
		}
		later := owner[claimants[len(claimants)-1]]
		return perennial.NewError(perennial.KindConflict, "import.facts_missing",
			perennial.Say("导入 %[1]d 现在不能撤销：数据少了，其中有导入 %[2]d 也带来的订单。", "Import %[1]d cannot be undone: facts are missing, and import %[2]d brought some of its orders, too.", in.ID, later)).
			WithHint(perennial.Say("先撤销导入 %[2]d，再撤销导入 %[1]d，然后重新导入两个文件；或恢复最近的备份。", "Take import %[2]d back first, then import %[1]d, and import both files again; or restore the latest backup.", in.ID, later))
	}
	return nil
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
	if err := im.whole(ctx, in, claimants, owner); err != nil {
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
