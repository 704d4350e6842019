package importer

import (
	"context"
	"maps"
	"slices"

	"perennial"
	"perennial/store/catalog"
	"perennial/store/warehouse"
)

// Undone is an import that was taken back, and what stays visible of it.
type Undone struct {
	Import catalog.Import `json:"import"`
	Stays  []Stay         `json:"stays"` // by import
}

// Stay is how many orders of an undone import are still there, because another import
// brought them, too.
type Stay struct {
	Import int64  `json:"import"`
	File   string `json:"file"`
	Orders int64  `json:"orders"`
}

// Undo takes an import back. Versions that it replaced count again; documents
// that a later import brought again unchanged stay, as that import's. Until the
// last step nothing changes for readers, and an interrupted undo may be repeated.
func (im *Importer) Undo(ctx context.Context, id int64) (Undone, error) {
	in, err := im.Catalog.Import(ctx, id)
	undone := Undone{Import: in, Stays: []Stay{}}
	if err != nil {
		return undone, err
	}
	if in.Status != catalog.ImportDone {
		return undone, catalog.ErrNotDone(in)
	}
	owner, err := im.Catalog.ImportOf(ctx, in.Workspace)
	if err != nil {
		return undone, err
	}
	var batches, others []int64 // live ones
	for _, b := range slices.Sorted(maps.Keys(owner)) {
		if owner[b] == in.ID {
			batches = append(batches, b)
		} else {
			others = append(others, b)
		}
	}
	var carried []int64
	for _, batch := range batches {
		more, err := im.carry(ctx, in, batch, others, owner)
		if err != nil {
			return undone, err
		}
		carried = append(carried, slices.Collect(maps.Keys(more))...)
		maps.Copy(owner, more)
	}
	if undone.Stays, err = im.stays(ctx, in, batches, others, carried, owner); err != nil {
		return undone, err
	}
	stored, err := catalog.StoredOf(ctx, im.Warehouse, carried...)
	if err != nil {
		return undone, err
	}
	if err := im.Catalog.UndoImport(ctx, in, stored); err != nil {
		return undone, err
	}
	undone.Import.Status = catalog.ImportUndone
	return undone, nil
}

// stays counts the orders that will be visible after an undo although the import
// brought them: those carried for later imports, and those that earlier ones hold.
func (im *Importer) stays(ctx context.Context, in catalog.Import, batches, others, carried []int64, owner map[int64]int64) ([]Stay, error) {
	orders := map[int64]int64{} // by import
	for name, of := range map[string][]int64{"staying": carried, "held": batches} {
		args := warehouse.Args{"batches": of, "live": slices.Concat(others, carried)}
		err := im.Warehouse.Query(ctx, statements[name], args, func(b *warehouse.Block) error {
			for r := range b.Len {
				orders[owner[b.Columns[0].Ints[r]]] += b.Columns[1].Ints[r]
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	imports, err := im.Catalog.Imports(ctx, in.Workspace)
	if err != nil {
		return nil, err
	}
	out := []Stay{}
	for _, other := range slices.Backward(imports) {
		if n := orders[other.ID]; n > 0 {
			out = append(out, Stay{Import: other.ID, File: other.File, Orders: n})
		}
	}
	return out, nil
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
// of those imports, each document once, to the earliest that claims it. It returns the
// import of each batch that it made.
func (im *Importer) carry(ctx context.Context, in catalog.Import, batch int64, others []int64, owner map[int64]int64) (map[int64]int64, error) {
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
	carried := map[int64]int64{}
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
		carried[to] = owner[claimant]
	}
	return carried, nil
}
