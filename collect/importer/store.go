package importer

import (
	"context"
	"embed"
	"math"

	"perennial/internal/sqlfile"
	"perennial/store/warehouse"
)

//go:embed *.sql
var files embed.FS

var statements = sqlfile.MustLoad(files)

// Statements returns the SQL of this package, for checking it against an engine
// at start.
func Statements() map[string]sqlfile.Statement { return statements }

// version is one stored version of a document.
type version struct {
	doc     uint64
	batch   int64
	visible bool
}

// compare finds the documents that the warehouse has already: the same contents
// make a duplicate, others a new version. It returns every stored version of the
// file's documents.
func (a *assembler) compare(w warehouse.Warehouse, live []int64) ([]version, error) {
	var out []version
	var contents []uint64 // of out
	take := func(b *warehouse.Block) error {
		c := b.Columns
		for r := range b.Len {
			key, visible := uint64(c[0].Ints[r]), c[3].Ints[r] == 1
			if i, ok := a.marked[key]; ok && visible && !a.docs[i].cancels {
				a.cancel(i, key)
			}
			if _, ok := a.index[key]; ok {
				out = append(out, version{key, c[1].Ints[r], visible})
				contents = append(contents, uint64(c[2].Ints[r]))
			}
		}
		return nil
	}
	if len(live) > 0 { // a dry run into a new workspace has no warehouse
		if err := w.Query(a.ctx, statements["existing"], warehouse.Args{"batches": live}, take); err != nil {
			return nil, err
		}
	}
	// Only now is it known what cancels what, which is part of the contents.
	for i := range a.docs {
		a.docs[i].seal()
	}
	for i, v := range out {
		d := &a.docs[a.index[v.doc]]
		switch {
		case !v.visible || d.fate.refused() != nil:
		case d.content == contents[i]:
			d.fate = fateDuplicate
		default:
			d.fate = fateChanged
		}
	}
	return out, nil
}

// store writes documents, refunds and the marks of versions under the batch.
func (a *assembler) store(ctx context.Context, w warehouse.Warehouse, batch int64, versions []version) (err error) {
	var open []*appender
	table := func(t warehouse.Table) *appender {
		if err != nil {
			return nil
		}
		var ap *appender
		if ap, err = newAppender(ctx, w, t, batch); err == nil {
			open = append(open, ap)
		}
		return ap
	}
	orders, refunds, hidden, claims, products := table(warehouse.Orders), table(warehouse.Refunds),
		table(warehouse.Hidden), table(warehouse.Claims), table(warehouse.Products)
	defer func() {
		for _, ap := range open {
			if e := ap.abort(); err == nil && e != nil {
				err = e
			}
		}
	}()
	if err != nil {
		return err
	}
	drop, late := false, false
	for i := range a.docs {
		d := &a.docs[i]
		if d.stored() {
			a.counts.countDocument(d)
			if err := orders.row(func(c []warehouse.Column) { d.write(c) }); err != nil {
				return err
			}
		}
		late = late || d.late()
		if !d.stored() || d.cancels || d.late() {
			// A claim of the batch on itself marks the lines to take back.
			drop = true
			if err := claims.pair(d.key, batch, batch); err != nil {
				return err
			}
		}
	}
	for _, v := range versions {
		switch d := &a.docs[a.index[v.doc]]; {
		case d.fate == fateChanged:
			err = hidden.pair(v.doc, v.batch, batch)
		case d.fate == fateDuplicate && v.visible:
			err = claims.pair(v.doc, v.batch, batch)
		}
		if err != nil {
			return err
		}
	}
	if err := a.storeRefunds(refunds); err != nil {
		return err
	}
	for id, n := range a.names {
		err := products.row(func(c []warehouse.Column) {
			c[1].Texts = append(c[1].Texts, id)
			c[2].Texts = append(c[2].Texts, n.name)
			c[3].Texts = append(c[3].Texts, n.category)
			c[4].Texts = append(c[4].Texts, "")
			ints(c, 5, 0, warehouse.NoDay)
		})
		if err != nil {
			return err
		}
	}
	for _, ap := range open {
		if err := ap.commit(); err != nil {
			return err
		}
	}
	switch {
	case late:
		return a.moveLate(ctx, w, batch)
	case drop:
		return w.Exec(ctx, statements["drop_items"], warehouse.Args{"batch": batch})
	}
	return nil
}

// pair appends a row to hidden or claims, whose first column is the document.
func (a *appender) pair(doc uint64, batch, by int64) error {
	c := a.block.Columns
	ints(c, 0, int64(doc), batch, by)
	a.block.Len++
	if a.block.Len < blockRows {
		return nil
	}
	return a.flush()
}

func (a *assembler) storeRefunds(refunds *appender) error {
	for _, b := range a.backs {
		d := &a.docs[b.doc]
		if !d.stored() {
			continue
		}
		names := b.names
		err := refunds.row(func(c []warehouse.Column) {
			ints(c, 1, int64(d.key), int64(names), int64(d.who), b.at, int64(b.day))
			c[6].Texts = append(c[6].Texts, b.product)
			c[7].Floats = append(c[7].Floats, b.quantity)
			ints(c, 8, int64(b.amount), boolInt(b.aside))
			c[10].Texts = append(c[10].Texts, string(d.currency))
		})
		if err != nil {
			return err
		}
		a.counts.RefundRows++
	}
	return nil
}

// write appends the columns of orders after the batch.
func (d *document) write(c []warehouse.Column) {
	kind := int64(warehouse.KindSale)
	switch {
	case !d.sales:
		kind = warehouse.KindRefund
	case d.gross == 0 && d.aside == 0 && d.unpaid == 0:
		kind = warehouse.KindZeroTotal
		if d.linesOnly {
			kind = warehouse.KindZeroLines
		}
	}
	ints(c, 1, int64(d.key))
	c[2].Texts = append(c[2].Texts, d.id)
	ints(c, 3, int64(d.who), d.at, int64(d.day), int64(max(d.hour, 0)), int64(d.status), kind)
	c[9].Texts = append(c[9].Texts, string(d.currency))
	ints(c, 10, int64(d.gross), int64(d.aside), int64(d.discount), int64(d.cost))
	c[14].Floats = append(c[14].Floats, math.Abs(d.quantity))
	ints(c, 15, int64(d.lines))
	c[16].Texts = append(c[16].Texts, d.category)
	c[17].Texts = append(c[17].Texts, d.channel)
	c[18].Texts = append(c[18].Texts, d.store)
	ints(c, 19, boolInt(d.promoted), int64(d.content), int64(d.unpaid))
}
