package warehouse

import (
	"context"
	"fmt"

	"perennial/internal/sqlfile"
)

// Count is how many rows of a batch a table holds.
type Count struct {
	Table       string
	Batch, Rows int64
	// Place names the server of a copy, where a table lies whole on each of several;
	// "" for all rows together.
	Place string
}

// countOf counts a table's rows by the batch with which they came. A mark in hidden
// or claims speaks of two batches, and came with the later one: carrying documents
// at an undo adds marks that speak of batches that were there before, whose counts
// must not change by it.
func countOf(t Table) sqlfile.Statement {
	batch := "batch_id"
	if t.Name == Hidden.Name || t.Name == Claims.Name {
		batch = "greatest(batch_id, by_batch)"
	}
	return sqlfile.Text("count "+t.Name,
		"select "+batch+" as batch, cast(count(*) as bigint) as n from "+t.Name+" where "+batch+" in (:batches) group by "+batch)
}

// CountRows counts what one place holds of the batches, asked by query, as
// Warehouse.Rows returns it.
func CountRows(ctx context.Context, batches []int64, query func(context.Context, sqlfile.Statement, Args, func(*Block) error) error) ([]Count, error) {
	if len(batches) == 0 {
		return nil, nil
	}
	out := make([]Count, 0, len(Tables)*len(batches))
	for _, t := range Tables {
		rows := make(map[int64]int64, len(batches))
		err := query(ctx, countOf(t), Args{"batches": batches}, func(b *Block) error {
			for r := range b.Len {
				rows[b.Columns[0].Ints[r]] += b.Columns[1].Ints[r]
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("count %s: %w", t.Name, err)
		}
		for _, batch := range batches {
			out = append(out, Count{Table: t.Name, Batch: batch, Rows: rows[batch]})
		}
	}
	return out, nil
}
