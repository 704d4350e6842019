package catalog

import (
	"context"
	"slices"

	"perennial"
	"perennial/store/state"
	"perennial/store/warehouse"
)

// Stored is how many rows of a batch each table of facts held when the batch became
// live, by the table's name. What is not in it is not known.
type Stored map[string]int64

// StoredOf counts what a warehouse holds of batches. Of copies that differ the
// largest counts, so that Gaps finds the others.
func StoredOf(ctx context.Context, w warehouse.Warehouse, batches ...int64) (map[int64]Stored, error) {
	counts, err := w.Rows(ctx, batches)
	if err != nil {
		return nil, err
	}
	out := map[int64]Stored{}
	for _, c := range counts {
		if out[c.Batch] == nil {
			out[c.Batch] = Stored{}
		}
		out[c.Batch][c.Table] = max(out[c.Batch][c.Table], c.Rows)
	}
	return out, nil
}

func putStored(ctx context.Context, tx state.Tx, workspace, batch int64, stored Stored) error {
	for _, t := range warehouse.Tables {
		rows, ok := stored[t.Name]
		if !ok {
			continue
		}
		_, err := tx.Exec(ctx, `insert into batch_rows (workspace_id, batch_id, table_name, row_count) values (?, ?, ?, ?)
			on conflict (workspace_id, batch_id, table_name) do nothing`, workspace, batch, t.Name, rows)
		if err != nil {
			return err
		}
	}
	return nil
}

// Learn counts the live batches of a workspace of which it is not known how many
// rows were stored: those that a Perennial made which did not count. What was lost
// before is not noticed; what is lost from now on is.
func (c *Catalog) Learn(ctx context.Context, workspace int64, w warehouse.Warehouse) error {
	var unknown []int64
	err := c.state.View(ctx, func(tx state.Tx) error {
		return tx.Query(ctx, `select b.id from batches b left join batch_rows r on r.workspace_id = b.workspace_id and r.batch_id = b.id
			where b.workspace_id = ? and b.status = ? group by b.id having count(r.table_name) < ? order by b.id`,
			[]any{workspace, batchLive, int64(len(warehouse.Tables))}, func(scan func(...any) error) error {
				var id int64
				err := scan(&id)
				unknown = append(unknown, id)
				return err
			})
	})
	if err != nil || len(unknown) == 0 {
		return err
	}
	stored, err := StoredOf(ctx, w, unknown...)
	if err != nil {
		return err
	}
	return c.state.Update(ctx, func(tx state.Tx) error {
		for _, batch := range unknown {
			if err := putStored(ctx, tx, workspace, batch, stored[batch]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Gap is a table that does not hold of a live batch what was stored in it.
type Gap struct {
	Batch, Import int64
	File          string // of the import
	Table, Place  string // as of warehouse.Count
	Want, Have    int64
}

// Gaps compares what a warehouse holds of a workspace's live batches with what was
// stored: one count of each table. rows is how many were compared.
func (c *Catalog) Gaps(ctx context.Context, workspace int64, w warehouse.Warehouse) (gaps []Gap, rows int64, err error) {
	type key struct {
		batch int64
		table string
	}
	known := map[key]Gap{}
	var batches []int64 // ascending
	err = c.state.View(ctx, func(tx state.Tx) error {
		return tx.Query(ctx, `select b.id, b.import_id, i.file_name, r.table_name, r.row_count from batches b
			join batch_rows r on r.workspace_id = b.workspace_id and r.batch_id = b.id join imports i on i.id = b.import_id
			where b.workspace_id = ? and b.status = ? order by b.id`, []any{workspace, batchLive}, func(scan func(...any) error) error {
			var g Gap
			if err := scan(&g.Batch, &g.Import, &g.File, &g.Table, &g.Want); err != nil {
				return err
			}
			known[key{g.Batch, g.Table}] = g
			if len(batches) == 0 || batches[len(batches)-1] != g.Batch {
				batches = append(batches, g.Batch)
			}
			return nil
		})
	})
	if err != nil {
		return nil, 0, err
	}
	counts, err := w.Rows(ctx, batches)
	if err != nil {
		return nil, 0, err
	}
	for _, n := range counts {
		g, ok := known[key{n.Batch, n.Table}]
		if !ok {
			continue
		}
		rows += n.Rows
		if n.Rows != g.Want {
			g.Have, g.Place = n.Rows, n.Place
			gaps = append(gaps, g)
		}
	}
	slices.SortStableFunc(gaps, func(a, b Gap) int { return int(a.Batch - b.Batch) })
	return gaps, rows, nil
}

// Error says what differs in a workspace: store.facts_missing, or
// store.facts_surplus where there are more rows than were stored.
func (g Gap) Error(workspace string) *perennial.Error {
	table := g.Table
	if g.Place != "" {
		table += " (" + g.Place + ")"
	}
	code, say := "store.facts_missing", perennial.Say("工作区“%[1]s”的数据少了：导入 %[2]d（%[3]s）在表 %[4]s 里应有 %[5]d 行，现有 %[6]d 行。",
		"Facts of %[1]q are missing: import %[2]d (%[3]s) stored %[5]d rows in table %[4]s, which has %[6]d of them.", workspace, g.Import, g.File, table, g.Want, g.Have)
	if g.Have > g.Want {
		code, say = "store.facts_surplus", perennial.Say("工作区“%[1]s”的数据多了：导入 %[2]d（%[3]s）在表 %[4]s 里应有 %[5]d 行，现有 %[6]d 行。",
			"There are more facts in %[1]q than were stored: import %[2]d (%[3]s) stored %[5]d rows in table %[4]s, which has %[6]d.", workspace, g.Import, g.File, table, g.Want, g.Have)
	}
	return perennial.NewError(perennial.KindConflict, code, say).
		WithHint(perennial.Say("数据在常青之外被改动过。恢复最近的备份；或撤销这次导入（perennial import undo %[1]d），再重新导入文件。补齐之前不给出数字。",
			"They were changed by something else than Perennial. Restore the latest backup, or take the import back (perennial import undo %[1]d) and import the file again. Until then no figures are given.", g.Import))
}
