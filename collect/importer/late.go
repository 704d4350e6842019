package importer

import (
	"context"
	"errors"

	"perennial/store/warehouse"
)

// late tells that lines of the document were written before one of its rows named
// the customer. They name nobody, and an engine that spreads facts by customer has
// them elsewhere than the order.
func (d *document) late() bool { return d.stored() && !d.cancels && d.unnamed && d.who != 0 }

// moveLate writes the lines of late documents once more, beside their order, and
// takes back those that drop_items finds: the late ones' first copy, and whatever
// belongs to no document that is stored. Few files have any, so lines need not wait
// in memory for a customer whom most walk-ins never get.
func (a *assembler) moveLate(ctx context.Context, w warehouse.Warehouse, batch int64) (err error) {
	items, err := newAppender(ctx, w, warehouse.OrderItems, batch)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, items.abort()) }()
	args := warehouse.Args{"batch": batch}
	err = w.Query(ctx, statements["dropped_items"], args, func(b *warehouse.Block) error {
		for r := range b.Len {
			d := &a.docs[a.index[uint64(b.Columns[0].Ints[r])]]
			if !d.late() {
				continue
			}
			err := items.row(func(c []warehouse.Column) {
				ints(c, 1, int64(d.key), int64(d.who), b.Columns[1].Ints[r], b.Columns[2].Ints[r])
				c[5].Texts = append(c[5].Texts, b.Columns[3].Texts[r])
				c[6].Texts = append(c[6].Texts, b.Columns[4].Texts[r])
				c[7].Floats = append(c[7].Floats, b.Columns[5].Floats[r])
				ints(c, 8, b.Columns[6].Ints[r], b.Columns[7].Ints[r])
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	// Not before they are read, and not after the new ones are there.
	if err := w.Exec(ctx, statements["drop_items"], args); err != nil {
		return err
	}
	return items.commit()
}
