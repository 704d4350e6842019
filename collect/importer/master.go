package importer

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"perennial"
	"perennial/collect/importer/mapping"
	"perennial/collect/importer/tabular"
	"perennial/collect/importer/value"
	"perennial/store/catalog"
	"perennial/store/warehouse"
)

// master imports a file of customers or products: one row each, and the last row
// of a file, as the last file, is what counts.
func (im *Importer) master(ctx context.Context, p *Prepared, ws perennial.Workspace, in catalog.Import, report *Report) (err error) {
	register, err := im.People(ctx, ws)
	if err != nil {
		return err
	}
	m := &masterRows{
		ctx: ctx, p: p, register: register, parser: newParser(p.plan, im.Now()), seen: map[string]int{}, apart: map[string]int{},
	}
	table := warehouse.Customers
	m.read = m.customer
	if p.req.Kind == mapping.Products {
		table, m.read = warehouse.Products, m.product
	}
	err = stream(ctx, p.file, []func(*tabular.Batch) parsed{m.batch}, func(p parsed) error { return p.err })
	if err != nil {
		return err
	}
	if !p.req.DryRun {
		out, err := newAppender(ctx, im.Warehouse, table, in.Batch)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, out.abort()) }()
		for _, write := range m.rows {
			if err := out.row(write); err != nil {
				return err
			}
		}
		if err := out.commit(); err != nil {
			return err
		}
	}
	if err := p.nothingAccepted(in, m.counts, m.refused); err != nil {
		return err
	}
	m.counts.Accepted = int64(len(m.rows))
	m.counts.NewCustomers = int64(register.Added())
	m.counts.Duplicate = m.counts.Read - m.counts.Accepted - m.counts.Refused
	report.Counts = m.counts
	for _, word := range slices.Sorted(maps.Keys(m.apart)) {
		report.Notes = append(report.Notes, perennial.Say("等级“%s”的 %d 位客户不计入分析（员工、测试、批发）；要计入时用 --map tier=- 重新导入。",
			"Customers of tier %q, %d of them, are left out of analyses (staff, test, wholesale); import again with --map tier=- to count them.", word, m.apart[word]))
	}
	report.finish(p, m.refused, nil, nil)
	return im.finish(ctx, p, in, report, m.refused, register)
}

// masterRows reads customers or products on one goroutine: such files are small
// beside orders, and their rows touch the register.
type masterRows struct {
	ctx      context.Context
	p        *Prepared
	register People
	parser   *parser
	read     func(b *tabular.Batch, r int) (id string, write func([]warehouse.Column), bad *refusal)
	seen     map[string]int // id → row, so that a later row replaces an earlier one
	rows     []func([]warehouse.Column)
	apart    map[string]int // tiers of staff and the like, with their rows
	refused  []refusal
	counts   Counts
	err      error // of the register; m.batch alone touches it
}

func (m *masterRows) batch(b *tabular.Batch) parsed {
	for _, e := range b.Errors {
		m.counts.Read++
		m.counts.Refused++
		m.refused = append(m.refused, refusal{line: e.Line, column: -1, value: maskRaw(e.Raw), code: e.Code, reason: e.Sentence, hint: e.Hint})
	}
	for r := range b.Len() {
		m.counts.Read++
		id, write, bad := m.read(b, r)
		if bad != nil {
			m.counts.Refused++
			m.refused = append(m.refused, *bad)
			continue
		}
		if at, ok := m.seen[id]; ok {
			m.rows[at] = write
			continue
		}
		m.seen[id] = len(m.rows)
		m.rows = append(m.rows, write)
	}
	return parsed{err: m.err}
}

// setApart recognises tiers that are no customers of the shop's own: staff, test
// accounts, wholesale.
func setApart(tier string) bool {
	tier = strings.ToLower(tier)
	for _, word := range []string{"员工", "内部", "内购", "测试", "批发", "经销", "分销", "staff", "employee", "internal", "test", "wholesale", "reseller"} {
		if strings.Contains(tier, word) {
			return true
		}
	}
	return false
}

var masterNoID = &value.Problem{
	Code:     "row.no_id",
	Sentence: perennial.Text{ZH: "这一行没有编号。", EN: "The row has no number to know it by."},
	Hint:     perennial.Text{ZH: "补上会员号或商品编码再导入。", EN: "Fill in the customer's or product's number and import again."},
}

// customer reads one row of a member file. What is personal goes to the vault,
// what describes goes to the warehouse.
func (m *masterRows) customer(b *tabular.Batch, r int) (string, func([]warehouse.Column), *refusal) {
	p := m.parser
	id, prob := p.id(b, r, slotCustomerID)
	phone := p.text(b, r, slotPhone)
	if value.Masked(phone) {
		phone = ""
	}
	kind := perennial.IdentifierID
	if prob == nil && id == "" && phone != "" {
		id, kind = phone, perennial.IdentifierPhone
	}
	if prob == nil && id == "" {
		prob = masterNoID
	}
	if prob != nil {
		return "", nil, p.refuse(b, r, slotCustomerID, prob)
	}
	joined := int64(warehouse.NoDay)
	if p.plan.column[slotJoinedAt] >= 0 {
		switch at, prob := p.moment(b, r, slotJoinedAt); {
		case prob == value.DateEmpty:
		case prob != nil:
			return id, nil, p.refuse(b, r, slotJoinedAt, prob)
		case at.Micros > p.latest:
			return id, nil, p.refuse(b, r, slotJoinedAt, orderFuture)
		default:
			joined = int64(at.Day)
		}
	}
	// Only a row that is accepted may leave a trace of a person.
	id = strings.Clone(id)
	keys, err := m.register.Keys(m.ctx, kind, []string{id}, nil)
	if err == nil && phone != "" && kind != perennial.IdentifierPhone {
		err = m.register.Link(m.ctx, perennial.IdentifierPhone, phone, keys[0])
	}
	if err != nil {
		m.err = err
		return id, func([]warehouse.Column) {}, nil
	}
	key := keys[0]
	for _, f := range []slot{slotName, slotEmail, slotBirthday} {
		if v := p.text(b, r, f); v != "" && !value.Masked(v) {
			m.register.Note(key, string(fields[f]), v)
		}
	}
	var born int64
	if at, prob := p.moment(b, r, slotBirthday); prob == nil {
		born = int64(at.Day.UTC().Year())
	}
	flagged, _ := value.Bool(p.text(b, r, slotExcluded))
	if word := p.text(b, r, slotTier); !flagged && setApart(word) {
		flagged = true
		m.apart[word]++
	}
	tier, store, city, gender := p.text(b, r, slotTier), p.text(b, r, slotStore), p.text(b, r, slotCity), p.text(b, r, slotGender)
	// Two rows of one customer, known by number and by phone, are one.
	return strconv.FormatInt(int64(key), 10), func(c []warehouse.Column) {
		ints(c, 1, int64(key), joined)
		for i, s := range []string{tier, store, city, gender} {
			c[3+i].Texts = append(c[3+i].Texts, s)
		}
		ints(c, 7, born, boolInt(flagged))
	}, nil
}

// product reads one row of a product file.
func (m *masterRows) product(b *tabular.Batch, r int) (string, func([]warehouse.Column), *refusal) {
	p := m.parser
	id, prob := p.id(b, r, slotProductID)
	name := p.text(b, r, slotProductName)
	if prob == nil && id == "" {
		id = name
	}
	if prob == nil && id == "" {
		prob = masterNoID
	}
	if prob != nil {
		return "", nil, p.refuse(b, r, slotProductID, prob)
	}
	var cost perennial.Money
	if col := p.plan.column[slotCost]; col >= 0 {
		var bad *value.Problem
		cost, _, bad = value.Money(bytesString(b.Cell(r, col)), p.plan.format)
		if bad != nil && bad != value.MoneyEmpty {
			return id, nil, p.refuse(b, r, slotCost, bad)
		}
	}
	launched := int64(warehouse.NoDay)
	if at, prob := p.moment(b, r, slotLaunchedAt); prob == nil {
		launched = int64(at.Day)
	}
	category, sub := p.text(b, r, slotCategory), p.text(b, r, slotSubcategory)
	id = strings.Clone(id)
	return id, func(c []warehouse.Column) {
		for i, s := range []string{id, name, category, sub} {
			c[1+i].Texts = append(c[1+i].Texts, s)
		}
		ints(c, 5, int64(cost), launched)
	}, nil
}
