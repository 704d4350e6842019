package segment

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"

	"perennial"
	"perennial/internal/sqlfile"
	"perennial/store/warehouse"
)

// Scope says whom a question is about.
type Scope struct {
	Snapshot int64
	Currency perennial.Currency // of the snapshot's money
	Rule     Rule
	// Limit narrows the rule to what an operator may see; its customers are the only
	// ones there are for the question.
	Limit Rule
}

// where writes the scope's condition and its arguments.
func (s Scope) where() (string, warehouse.Args, error) {
	c := compiler{currency: s.Currency, args: warehouse.Args{}}
	rule, err := c.where(s.Rule, 0)
	if err != nil {
		return "", nil, err
	}
	limit, err := c.where(s.Limit, 0)
	if err != nil {
		return "", nil, err
	}
	c.args["snapshot"] = s.Snapshot
	return "snapshot = :snapshot and " + rule + " and " + limit, c.args, nil
}

// Page asks for a run of a list.
type Page struct {
	Sort  string // an attribute; "" is the customer's key
	Desc  bool
	After string // the cursor that the run before gave; "" begins
	Limit int    // rows, 1 … 500; 0 is 50
}

// Row is a customer of a list: the values of Attributes in their order, int64,
// float64 or string; days as days since 1970, money in minor units.
type Row struct {
	Customer perennial.CustomerKey
	Values   []any
}

const (
	usualRows = 50
	mostRows  = 500
)

// cursor is where a run ended: the sorted value and the customer of its last row.
type cursor struct {
	Sort     string `json:"s"`
	Desc     bool   `json:"d,omitempty"`
	Value    any    `json:"v"`
	Customer int64  `json:"c"`
}

func (c cursor) String() string {
	text, err := json.Marshal(c)
	if err != nil {
		return "" // numbers and texts can be written
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func badCursor() error {
	return perennial.NewError(perennial.KindInvalid, "page.cursor",
		perennial.Say("翻页位置无效。", "The page cursor is not valid.")).
		WithHint(perennial.Say("从第一页重新开始。", "Begin again with the first page."))
}

// List returns a run of the customers of a scope and the cursor of the next run, ""
// after the last. Equal values are in the order of customers, so that no customer is
// missed or seen twice while one turns pages.
func List(ctx context.Context, w warehouse.Warehouse, s Scope, p Page) (rows []Row, next string, err error) {
	where, args, err := s.where()
	if err != nil {
		return nil, "", err
	}
	sort, ok := Attribute{Name: "customer_key", Kind: Whole}, true
	if p.Sort != "" {
		sort, ok = find(p.Sort)
	}
	if !ok {
		return nil, "", perennial.NewError(perennial.KindInvalid, "segment.attribute", perennial.Say("不能按“%s”排序。", "There is no sorting by %q.", p.Sort))
	}
	if p.After != "" {
		part, err := p.after(sort, args)
		if err != nil {
			return nil, "", err
		}
		where += part
	}
	limit := p.Limit
	if limit <= 0 {
		limit = usualRows
	}
	limit = min(limit, mostRows)
	args["rows"] = int64(limit + 1)
	order := ""
	if p.Desc {
		order = " desc"
	}
	text := "select " + columns() + " from scores where " + where + " order by " + sort.Name + order + ", customer_key limit :rows"
	if rows, err = read(ctx, w, text, args); err != nil || len(rows) <= limit {
		return rows, "", err
	}
	rows = rows[:limit]
	last := rows[limit-1]
	c := cursor{Sort: p.Sort, Desc: p.Desc, Customer: int64(last.Customer), Value: int64(last.Customer)}
	for i, a := range attributes {
		if a.Name == sort.Name {
			c.Value = last.Values[i]
		}
	}
	return rows, c.String(), nil
}

// after is the condition that a row comes after the cursor's.
func (p Page) after(sort Attribute, args warehouse.Args) (string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(p.After)
	if err != nil || len(raw) > 2000 {
		return "", badCursor()
	}
	var c cursor
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if err := d.Decode(&c); err != nil || c.Sort != p.Sort || c.Desc != p.Desc {
		return "", badCursor()
	}
	var value any
	switch v := c.Value.(type) {
	case json.Number:
		if whole, err := v.Int64(); err == nil && sort.Kind != Number {
			value = whole
		} else if f, err := v.Float64(); err == nil && sort.Kind == Number {
			value = f
		}
	case string:
		if sort.Kind == Text {
			value = v
		}
	}
	if value == nil {
		return "", badCursor()
	}
	if days, ok := value.(int64); ok && sort.Kind == Day {
		value = perennial.Day(days).String()
	}
	args["after_value"], args["after_customer"] = value, c.Customer
	compare := " > "
	if p.Desc {
		compare = " < "
	}
	return " and (" + sort.Name + compare + ":after_value or " + sort.Name + " = :after_value and customer_key > :after_customer)", nil
}

// One returns a customer of a scope; ok is false for one who is not in it.
func One(ctx context.Context, w warehouse.Warehouse, s Scope, customer perennial.CustomerKey) (row Row, ok bool, err error) {
	where, args, err := s.where()
	if err != nil {
		return row, false, err
	}
	args["customer"] = int64(customer)
	rows, err := read(ctx, w, "select "+columns()+" from scores where "+where+" and customer_key = :customer", args)
	if err != nil || len(rows) == 0 {
		return row, false, err
	}
	return rows[0], true, nil
}

func columns() string {
	names := []string{"customer_key"}
	for _, a := range attributes {
		names = append(names, a.Name)
	}
	return strings.Join(names, ", ")
}

func read(ctx context.Context, w warehouse.Warehouse, text string, args warehouse.Args) (rows []Row, err error) {
	err = w.Query(ctx, sqlfile.Text("segment list", text), args, func(b *warehouse.Block) error {
		rows = appendRows(rows, b)
		return nil
	})
	return rows, err
}

func appendRows(rows []Row, b *warehouse.Block) []Row {
	for r := range b.Len {
		row := Row{Customer: perennial.CustomerKey(b.Columns[0].Ints[r]), Values: make([]any, len(attributes))}
		for i := range attributes {
			switch c := &b.Columns[i+1]; c.Kind {
			case warehouse.Float:
				row.Values[i] = c.Floats[r]
			case warehouse.Text:
				row.Values[i] = c.Texts[r]
			default:
				row.Values[i] = c.Ints[r]
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// Totals are sums over the customers of a scope.
type Totals struct {
	Customers int64
	Revenue   perennial.Money
	CLV12     perennial.Money // of those who have one
}

// Total counts the customers of a scope.
func Total(ctx context.Context, w warehouse.Warehouse, s Scope) (t Totals, err error) {
	where, args, err := s.where()
	if err != nil {
		return t, err
	}
	text := "select cast(count(*) as bigint) as customers, cast(coalesce(sum(revenue), 0) as bigint) as revenue_sum, " +
		"cast(coalesce(sum(case when clv_12 < 0 then 0 else clv_12 end), 0) as bigint) as value_sum from scores where " + where
	err = w.Query(ctx, sqlfile.Text("segment total", text), args, func(b *warehouse.Block) error {
		c := b.Columns
		t = Totals{c[0].Ints[0], perennial.Money(c[1].Ints[0]), perennial.Money(c[2].Ints[0])}
		return nil
	})
	return t, err
}

// Export hands on every customer of a scope, in no order, in runs that are valid
// until yield returns. Memory does not grow with their number.
func Export(ctx context.Context, w warehouse.Warehouse, s Scope, yield func([]Row) error) error {
	where, args, err := s.where()
	if err != nil {
		return err
	}
	var rows []Row
	return w.Query(ctx, sqlfile.Text("segment export", "select "+columns()+" from scores where "+where), args, func(b *warehouse.Block) error {
		rows = appendRows(rows[:0], b)
		return yield(rows)
	})
}
