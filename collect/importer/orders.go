package importer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"perennial"
	"perennial/collect/importer/value"
	"perennial/store/catalog"
	"perennial/store/state"
	"perennial/store/warehouse"
)

// orders imports a file of orders or order lines.
func (im *Importer) orders(ctx context.Context, p *Prepared, ws perennial.Workspace, in catalog.Import, report *Report) (err error) {
	register, err := im.People(ctx, ws)
	if err != nil {
		return err
	}
	live, err := im.Catalog.Live(ctx, ws.ID)
	if err != nil {
		return err
	}
	if err := im.categories(ctx, p, live); err != nil {
		return err
	}
	var items *appender
	if !p.req.DryRun {
		if items, err = newAppender(ctx, im.Warehouse, warehouse.OrderItems, in.Batch); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, items.abort()) }()
	}
	a := newAssembler(ctx, p.plan, register, items)
	unknown := map[string]int{}
	excluded := map[[2]string]*ExcludedLines{}
	err = stream(ctx, p.file, orderWorkers(p.plan, im.Now()), func(batch parsed) error {
		a.refused = append(a.refused, batch.refusals...)
		a.counts.Refused += int64(len(batch.refusals))
		a.counts.Read += int64(len(batch.refusals) + len(batch.rows))
		for word, n := range batch.unknown {
			unknown[word] += n
		}
		for i := range batch.rows {
			x := &batch.rows[i]
			if p.req.DryRun && len(report.Preview) < previewRows {
				report.Preview = append(report.Preview, preview(x, p.plan.zone))
			}
			if x.aside != value.Merchandise {
				noteExcluded(excluded, x)
			}
		}
		return a.add(batch.rows)
	})
	if err != nil {
		return err
	}
	a.settle()
	versions, err := a.compare(im.Warehouse, live)
	if err != nil {
		return err
	}
	a.refuse()
	if !p.req.DryRun {
		if err := items.commit(); err != nil {
			return err
		}
		if err := a.store(ctx, im.Warehouse, in.Batch, versions); err != nil {
			return err
		}
	}
	for i := range a.docs {
		if a.docs[i].fate == fateDuplicate {
			a.counts.DocumentsDuplicate++
		}
	}
	a.counts.NewCustomers = int64(register.Added())
	report.Counts = a.counts
	report.finish(p, a.refused, unknown, excluded)
	if err := p.nothingAccepted(in, a.counts, a.refused); err != nil {
		return err
	}
	return im.finish(ctx, p, in, report, a.refused, register)
}

// nothingAccepted makes an error of a file of which every row was refused: an
// import of nothing is not one. It names the reason that most rows share, and
// writes them all where refusals go.
func (p *Prepared) nothingAccepted(in catalog.Import, c Counts, refused []refusal) error {
	if c.Read == 0 || c.Refused < c.Read || p.req.DryRun {
		return nil
	}
	if path := p.refusalsPath(in); path != "" {
		if err := writeRefusals(path, p.req.Lang, p.plan, refused); err != nil {
			return err
		}
	}
	count := map[string]int{}
	var most *refusal
	for i := range refused {
		r := &refused[i]
		if count[r.code]++; most == nil || count[r.code] > count[most.code] {
			most = r
		}
	}
	e := perennial.NewError(perennial.KindInvalid, "import.nothing_accepted",
		perennial.Say("%d 行全部拒收，什么都没有导入。", "All %d rows were refused; nothing was imported.", c.Read))
	if most != nil {
		e.Sentence.ZH += fmt.Sprintf("其中 %d 行：%s", count[most.code], most.reason.ZH)
		e.Sentence.EN += fmt.Sprintf(" %d of them: %s", count[most.code], most.reason.EN)
		e.Hint = most.hint
	}
	return e
}

// refusalsPath is where the refused rows of an import go, "" for nowhere.
func (p *Prepared) refusalsPath(in catalog.Import) string {
	if strings.Contains(p.req.RefusalsFile, "%d") {
		return fmt.Sprintf(p.req.RefusalsFile, in.ID)
	}
	return p.req.RefusalsFile
}

// categories looks up what product files said where the orders' own file has no
// category.
func (im *Importer) categories(ctx context.Context, p *Prepared, live []int64) error {
	if p.plan.column[slotCategory] >= 0 || p.plan.column[slotProductID] < 0 || len(live) == 0 {
		return nil
	}
	p.plan.categories = map[string]string{}
	return im.Warehouse.Query(ctx, statements["categories"], warehouse.Args{"batches": live}, func(b *warehouse.Block) error {
		for r := range b.Len {
			p.plan.categories[b.Columns[0].Texts[r]] = b.Columns[1].Texts[r]
		}
		return nil
	})
}

func noteExcluded(all map[[2]string]*ExcludedLines, x *row) {
	key := [2]string{x.product, x.name}
	e := all[key]
	if e == nil {
		e = &ExcludedLines{Product: strings.Clone(x.product), Name: strings.Clone(x.name), Reason: x.aside, Amount: x.currency.Amount(0)}
		all[key] = e
	}
	e.Rows++
	if x.refund {
		e.Amount.Minor -= x.amount
	} else {
		e.Amount.Minor += x.amount
	}
}

// finish fills in what is known only at the end of the file.
func (r *Report) finish(p *Prepared, refused []refusal, unknown map[string]int, excluded map[[2]string]*ExcludedLines) {
	for _, n := range p.file.Notes {
		r.Notes = append(r.Notes, n.Text)
	}
	r.Notes = append(r.Notes, ruined(p.plan, refused)...)
	for word, rows := range unknown {
		r.Unknown = append(r.Unknown, UnknownStatus{word, rows})
	}
	slices.SortFunc(r.Unknown, func(a, b UnknownStatus) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Word, b.Word))
	})
	for _, e := range excluded {
		r.Excluded = append(r.Excluded, *e)
	}
	slices.SortFunc(r.Excluded, func(a, b ExcludedLines) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Product, b.Product), cmp.Compare(a.Name, b.Name))
	})
	r.Refusals = quarantine(p.plan, refused[:min(len(refused), shownRefusals)])
}

// ruined counts, by column, the rows of the whole file whose ids a spreadsheet has
// destroyed: one remedy for all of them.
func ruined(p *plan, refused []refusal) (notes []perennial.Text) {
	rows := map[int]int64{}
	for i := range refused {
		if refused[i].code == value.IDRuined.Code {
			rows[refused[i].column]++
		}
	}
	for _, column := range slices.Sorted(maps.Keys(rows)) {
		notes = append(notes, perennial.Say("“%s”列有 %d 行已被 Excel 改成科学计数法，没有收；请从原系统重新导出。",
			"Excel has turned %[1]q into scientific notation in %[2]d rows, which were refused. Export the file again from its source.",
			p.columnName(column), perennial.Count(rows[column])))
	}
	return notes
}

// finish makes the import visible: refusals first, on disk, then one state
// transaction with the batch, the new customers and the quarantine.
func (im *Importer) finish(ctx context.Context, p *Prepared, in catalog.Import, report *Report, refused []refusal, register People) error {
	if path := p.refusalsPath(in); len(refused) > 0 && path != "" {
		if err := writeRefusals(path, p.req.Lang, p.plan, refused); err != nil {
			return err
		}
		report.RefusalsFile = path
	}
	if p.req.DryRun {
		return nil
	}
	in.Rows, in.Status = report.Counts.rows(), catalog.ImportDone
	report.Import = &in
	text, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("write import report: %w", err)
	}
	in.Report = string(text)
	stored, err := catalog.StoredOf(ctx, im.Warehouse, in.Batch)
	if err == nil {
		err = im.Catalog.FinishImport(ctx, in, stored[in.Batch], quarantine(p.plan, refused), func(tx state.Tx) error {
			return register.Save(ctx, tx)
		})
	}
	if err != nil && report.RefusalsFile != "" { // of an import that is not
		err = errors.Join(err, os.Remove(report.RefusalsFile))
	}
	return err
}
