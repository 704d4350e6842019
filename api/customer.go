package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"perennial"
	"perennial/analyze/lifecycle"
	"perennial/analyze/segment"
	"perennial/analyze/timeline"
	"perennial/collect/importer/value"
	"perennial/govern/account"
	"perennial/store/catalog"
	"perennial/store/warehouse"
)

// Customer is a customer of a list with the attributes that were asked for.
type Customer struct {
	key      perennial.CustomerKey
	id       string
	row      segment.Row
	columns  []int // indexes of segment.Attributes
	currency perennial.Currency
}

// MarshalJSON writes the key, the id and the attributes side by side.
func (c Customer) MarshalJSON() ([]byte, error) {
	id, err := json.Marshal(c.id)
	if err != nil {
		return nil, err
	}
	b := fmt.Appendf(nil, `{"customer":%d,"id":%s`, c.key, id)
	attributes := segment.Attributes()
	for _, i := range c.columns {
		v, err := json.Marshal(shown(attributes[i], c.row.Values[i], c.currency))
		if err != nil {
			return nil, err
		}
		b = fmt.Appendf(b, ",%q:%s", attributes[i].Name, v)
	}
	return append(b, '}'), nil
}

// shown is a value as it is written: nil where nothing is known.
func shown(a segment.Attribute, v any, currency perennial.Currency) any {
	if a.IsUnknown(v) {
		return nil
	}
	n, whole := v.(int64)
	switch {
	case whole && a.Kind == segment.Money:
		return currency.Amount(perennial.Money(n))
	case whole && a.Kind == segment.Day:
		return perennial.Day(n)
	case whole && a.Kind == segment.Flag:
		return n != 0
	}
	return v
}

// Schema implements huma.SchemaProvider.
func (Customer) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{
		Type: "object", Required: []string{"customer", "id"}, AdditionalProperties: false,
		Properties: map[string]*huma.Schema{
			"customer": {Type: "integer", Format: "int64", Description: "The customer's key in this workspace."},
			"id":       {Type: "string", Description: "The shop's own number of the customer, masked; empty where it has none."},
		},
	}
	for _, a := range segment.Attributes() {
		p := huma.Schema{Nullable: a.Unknown, Description: a.Label.EN + " / " + a.Label.ZH}
		switch a.Kind {
		case segment.Whole:
			p.Type, p.Format = "integer", "int64"
		case segment.Number, segment.Money:
			p.Type = "number"
		case segment.Day:
			p.Type, p.Format = "string", "date"
		case segment.Flag:
			p.Type = "boolean"
		default:
			p.Type = "string"
		}
		s.Properties[a.Name] = &p
	}
	return s
}

// Totals are sums over all customers of a list, not only those of the run.
type Totals struct {
	Customers int64            `json:"customers"`
	Revenue   perennial.Amount `json:"revenue"`
	CLV12     perennial.Amount `json:"clv_12" doc:"Of those who have one."`
}

// CustomerList is a run of a list of customers.
type CustomerList struct {
	Items    []Customer `json:"items" nullable:"false"`
	Next     string     `json:"next,omitempty" doc:"Where the next run begins: give it as cursor. Absent after the last."`
	Snapshot Snapshot   `json:"snapshot"`
	Totals   *Totals    `json:"totals,omitempty"`
}

// Search asks for a list of customers.
type Search struct {
	Rule    segment.Rule `json:"rule,omitempty"`
	Sort    string       `json:"sort,omitempty" maxLength:"60" doc:"An attribute; - before it for the greatest first. Else the customers' keys."`
	Columns []string     `json:"columns,omitempty" maxItems:"100" nullable:"false" doc:"Attributes; all if absent."`
	Cursor  string       `json:"cursor,omitempty" maxLength:"3000"`
	Limit   int          `json:"limit,omitempty" minimum:"1" maximum:"500" default:"50"`
	Totals  bool         `json:"totals,omitempty"`
}

// AttributeInfo is something known of customers, by which they can be found, sorted
// and shown.
type AttributeInfo struct {
	Name       string         `json:"name"`
	Kind       segment.Kind   `json:"kind" enum:"text,whole,number,money,day,flag"`
	Unit       string         `json:"unit,omitempty" enum:"days,orders,share,money" doc:"Of numbers."`
	Label      perennial.Text `json:"label"`
	Definition perennial.Text `json:"definition"`
	Unknown    bool           `json:"unknown" doc:"Not known of every customer."`
	Ops        []segment.Op   `json:"ops" nullable:"false" doc:"What it can be compared by."`
}

const tagCustomers = "customers"

var readsCustomers = access{May: account.CustomersRead, In: inWorkspace}

// Filter is a list's rule and form in the address, so that a link leads to it.
type Filter struct {
	Where   []string `query:"where,explode" maxItems:"50" doc:"Conditions that all hold: attribute:op:values, values separated by commas, such as stage:in:decline,lost."`
	Rule    string   `query:"rule" maxLength:"20000" doc:"A rule as JSON, for what where cannot say."`
	Sort    string   `query:"sort" maxLength:"60" doc:"An attribute; - before it for the greatest first."`
	Columns []string `query:"columns" maxItems:"100" doc:"Attributes; all if absent."`
}

// search reads the address into what a body says in JSON.
func (f Filter) search() (Search, error) {
	q := Search{Sort: f.Sort, Columns: f.Columns}
	if f.Rule != "" {
		d := json.NewDecoder(strings.NewReader(f.Rule))
		d.DisallowUnknownFields()
		if err := d.Decode(&q.Rule); err != nil {
			return q, at("rule", perennial.NewError(perennial.KindInvalid, "segment.rule",
				perennial.Say("rule 不是正确的规则。", "rule is not a rule in JSON.")).Because(err))
		}
	}
	for _, text := range f.Where {
		attribute, rest, _ := strings.Cut(text, ":")
		op, values, given := strings.Cut(rest, ":")
		c := segment.Condition{Attribute: attribute, Op: segment.Op(op)}
		if given {
			switch c.Op {
			case segment.In, segment.NotIn, segment.Between:
				c.Values = strings.Split(values, ",")
			default:
				c.Values = []string{values}
			}
		}
		q.Rule.All = append(q.Rule.All, c)
	}
	return q, nil
}

func (s *Server) customerRoutes() {
	route(s, huma.Operation{
		OperationID: "list-attributes", Method: http.MethodGet, Path: apiPrefix + "/attributes", Tags: []string{tagCustomers},
		Summary: "What is known of customers: for filters, columns and sorting",
	}, access{}, func(context.Context, *call, *empty) (*body[list[AttributeInfo]], error) {
		return &body[list[AttributeInfo]]{list[AttributeInfo]{Items: attributes()}}, nil
	})
	route(s, huma.Operation{
		OperationID: "list-customers", Method: http.MethodGet, Path: apiPrefix + "/customers", Tags: []string{tagCustomers},
		Summary: "Customers by conditions in the address",
	}, readsCustomers, func(ctx context.Context, c *call, in *struct {
		Filter
		Cursor string `query:"cursor" maxLength:"3000"`
		Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
		Totals bool   `query:"totals"`
	},
	) (*body[CustomerList], error) {
		q, err := in.search()
		if err != nil {
			return nil, err
		}
		q.Cursor, q.Limit, q.Totals = in.Cursor, in.Limit, in.Totals
		return s.search(ctx, c, q, "")
	})
	route(s, huma.Operation{
		OperationID: "search-customers", Method: http.MethodPost, Path: apiPrefix + "/customers/search", Tags: []string{tagCustomers},
		Summary: "Customers by a rule", DefaultStatus: http.StatusOK,
	}, readsCustomers, func(ctx context.Context, c *call, in *body[Search]) (*body[CustomerList], error) {
		return s.search(ctx, c, in.Body, "/")
	})
	route(s, huma.Operation{
		OperationID: "get-customer", Method: http.MethodGet, Path: apiPrefix + "/customers/{customer}", Tags: []string{tagCustomers},
		Summary: "A customer: scores, stage with the reason, orders and refunds",
	}, readsCustomers, s.customer)
}

// scope is a question about the customers that a call may see.
func scope(c *call, snap catalog.Snapshot, rule segment.Rule) segment.Scope {
	return segment.Scope{Snapshot: snap.ID, Currency: snap.Currency, Rule: rule, Limit: c.limit()}
}

// chosen finds attributes by their names; all for none.
func chosen(names []string) (out []int, err error) {
	all := segment.Attributes()
	if len(names) == 0 {
		for i := range all {
			out = append(out, i)
		}
		return out, nil
	}
	for _, name := range names {
		i := slices.IndexFunc(all, func(a segment.Attribute) bool { return a.Name == name })
		if i < 0 {
			return nil, perennial.NewError(perennial.KindInvalid, "segment.attribute",
				perennial.Say("没有“%s”这个属性。", "There is no attribute %q.", name)).
				WithHint(perennial.Say("GET /api/v1/attributes 列出所有属性。", "GET /api/v1/attributes lists them all."))
		}
		if !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	return out, nil
}

// search answers a question for customers; under is what stands before the names of
// fields in errors.
func (s *Server) search(ctx context.Context, c *call, q Search, under string) (*body[CustomerList], error) {
	snap, err := s.snapshot(ctx, c)
	if err != nil {
		return nil, err
	}
	columns, err := chosen(q.Columns)
	if err != nil {
		return nil, at(under+"columns", err)
	}
	w, err := s.opt.Shop.Warehouse(ctx, c.Workspace)
	if err != nil {
		return nil, err
	}
	of := scope(c, snap, q.Rule)
	sort, desc := strings.CutPrefix(q.Sort, "-")
	rows, next, err := segment.List(ctx, w, of, segment.Page{Sort: sort, Desc: desc, After: q.Cursor, Limit: q.Limit})
	if err != nil {
		return nil, searchField(under, err)
	}
	if moved, err := s.moved(ctx, c, snap); err != nil || moved {
		if err != nil {
			return nil, err
		}
		return s.search(ctx, c, q, under)
	}
	out := CustomerList{Items: make([]Customer, len(rows)), Next: next, Snapshot: showSnapshot(snap)}
	ids, err := s.ids(ctx, c, rows, true)
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		out.Items[i] = Customer{row.Customer, ids[i], row, columns, snap.Currency}
	}
	if q.Totals {
		t, err := segment.Total(ctx, w, of)
		if err != nil {
			return nil, err
		}
		out.Totals = &Totals{t.Customers, snap.Currency.Amount(t.Revenue), snap.Currency.Amount(t.CLV12)}
	}
	return &body[CustomerList]{out}, nil
}

// moved tells that a snapshot was replaced while it was read: its scores may be gone,
// and what was read of them is asked again of the next one.
func (s *Server) moved(ctx context.Context, c *call, read catalog.Snapshot) (bool, error) {
	now, err := s.opt.Catalog.SnapshotID(ctx, c.Workspace.ID)
	return now != read.ID, err
}

// searchField names the field that an error of a search is about.
func searchField(under string, err error) error {
	switch code := perennial.CodeOf(err); {
	case code == "page.cursor":
		return at(under+"cursor", err)
	case strings.HasPrefix(code, "segment."):
		return at(under+"rule", err)
	}
	return err
}

// ids are the texts by which the shop knows customers, as everybody may see them.
func (s *Server) ids(ctx context.Context, c *call, rows []segment.Row, masked bool) ([]string, error) {
	keys := make([]perennial.CustomerKey, len(rows))
	for i, row := range rows {
		keys[i] = row.Customer
	}
	ids, err := s.opt.Identity.Known(ctx, c.Workspace, keys)
	if err == nil && masked {
		for i, id := range ids {
			ids[i] = value.Mask(value.PersonalIdentity, id)
		}
	}
	return ids, err
}

// CustomerDetail is everything about a customer.
type CustomerDetail struct {
	Customer Customer  `json:"customer"`
	Snapshot Snapshot  `json:"snapshot"`
	Reason   string    `json:"reason" doc:"Why the customer is in the stage, in the caller's language."`
	Stages   []StageAt `json:"stages" nullable:"false" doc:"The stages that the customer is and was in, the latest first."`
	Timeline []Deed    `json:"timeline" nullable:"false" doc:"Orders and refunds, the latest first; the latest 500 of each."`
}

// StageAt is a stage that a customer is or was in.
type StageAt struct {
	Stage perennial.Stage `json:"stage"`
	Since *perennial.Day  `json:"since" doc:"null where it is not known"`
	Until *perennial.Day  `json:"until" doc:"null for the stage that lasts"`
}

// Deed is an order or a refund.
type Deed struct {
	At       time.Time          `json:"at"`
	Kind     string             `json:"kind" enum:"order,refund"`
	Order    string             `json:"order" doc:"The shop's number of the order; empty for a refund of one that is not there."`
	Status   string             `json:"status,omitempty" enum:"paid,unpaid,closed" doc:"Of an order."`
	Amount   perennial.Amount   `json:"amount"`
	Discount perennial.Amount   `json:"discount"`
	Currency perennial.Currency `json:"currency"`
	Quantity float64            `json:"quantity"`
	Lines    int64              `json:"lines"`
	Category string             `json:"category,omitempty"`
	Channel  string             `json:"channel,omitempty"`
	Store    string             `json:"store,omitempty"`
	Promoted bool               `json:"promoted"`
}

func (s *Server) customer(ctx context.Context, c *call, in *struct {
	Customer int64 `path:"customer" minimum:"1"`
},
) (*body[CustomerDetail], error) {
	snap, err := s.snapshot(ctx, c)
	if err != nil {
		return nil, err
	}
	w, err := s.opt.Shop.Warehouse(ctx, c.Workspace)
	if err != nil {
		return nil, err
	}
	row, ok, err := segment.One(ctx, w, scope(c, snap, segment.Rule{}), perennial.CustomerKey(in.Customer))
	if err == nil && !ok {
		if moved, err := s.moved(ctx, c, snap); err == nil && moved {
			return s.customer(ctx, c, in)
		}
		err = at("customer", perennial.NewError(perennial.KindNotFound, "customer.not_found",
			perennial.Say("没有客户 %d，或你不能查看。", "There is no customer %d, or it is not yours to see.", in.Customer)))
	}
	if err != nil {
		return nil, err
	}
	ids, err := s.ids(ctx, c, []segment.Row{row}, true)
	if err != nil {
		return nil, err
	}
	live, err := s.opt.Catalog.Live(ctx, c.Workspace.ID)
	if err != nil {
		return nil, err
	}
	entries, err := timeline.Of(ctx, w, live, row.Customer)
	if err != nil {
		return nil, err
	}
	history, err := segment.History(ctx, w, snap.ID, row.Customer)
	if err != nil {
		return nil, err
	}
	columns, err := chosen(nil)
	if err != nil {
		return nil, err
	}
	out := CustomerDetail{
		Customer: Customer{row.Customer, ids[0], row, columns, snap.Currency}, Snapshot: showSnapshot(snap),
		Reason: reason(row).In(langOf(ctx)), Stages: stages(row, history), Timeline: make([]Deed, len(entries)),
	}
	for i, e := range entries {
		out.Timeline[i] = deed(e)
	}
	return &body[CustomerDetail]{out}, nil
}

func deed(e timeline.Entry) Deed {
	d := Deed{
		At: e.At, Kind: "order", Order: e.Order, Amount: e.Amount, Discount: e.Discount, Currency: e.Amount.Currency, Quantity: e.Quantity,
		Lines: e.Lines, Category: e.Category, Channel: e.Channel, Store: e.Store, Promoted: e.Promoted,
		Status: map[int]string{warehouse.StatusPaid: "paid", warehouse.StatusUnpaid: "unpaid", warehouse.StatusClosed: "closed"}[e.Status],
	}
	if e.Refund {
		d.Kind = "refund"
	}
	return d
}

// known reads an attribute of a row; false where nothing is known.
func known[T any](row segment.Row, name string) (v T, ok bool) {
	all := segment.Attributes()
	i := slices.IndexFunc(all, func(a segment.Attribute) bool { return a.Name == name })
	if all[i].IsUnknown(row.Values[i]) {
		return v, false
	}
	v, ok = row.Values[i].(T)
	return v, ok
}

// stages are those that a customer is and was in, the latest first.
func stages(row segment.Row, history []lifecycle.Spell) []StageAt {
	if len(history) == 0 { // an older snapshot
		stage, _ := known[string](row, "stage")
		now := StageAt{Stage: perennial.Stage(stage)}
		if day, ok := known[int64](row, "stage_since"); ok {
			since := perennial.Day(day)
			now.Since = &since
		}
		return []StageAt{now}
	}
	out := make([]StageAt, 0, len(history))
	for i, s := range slices.Backward(history) {
		at := StageAt{Stage: s.Stage, Since: &s.From}
		if i < len(history)-1 {
			at.Until = &s.To
		}
		out = append(out, at)
	}
	return out
}

// reason says why a customer is in the stage, from what the snapshot holds.
func reason(row segment.Row) perennial.Text {
	silent, _ := known[int64](row, "recency_days")
	own, _ := known[float64](row, "own_rhythm_days")
	ratio, _ := known[float64](row, "silence_ratio")
	parts := []perennial.Text{lifecycle.SilenceReason(int(silent), own, ratio)}
	if days, ok := known[int64](row, "purchase_days"); ok && days == 1 {
		parts = append(parts, perennial.Say("只买过一次", "has bought once"))
	} else if ok {
		parts = append(parts, perennial.Say("买过 %d 天", "%d purchase days", days))
	}
	if returned, _ := known[int64](row, "returned"); returned != 0 {
		parts = append(parts, perennial.Say("流失后又回来购买", "came back after having been lost"))
	}
	if alive, ok := known[float64](row, "p_alive"); ok {
		parts = append(parts, perennial.Say("存活概率 %.0f%%", "probability alive %.0f%%", alive*100))
	}
	return lifecycle.Sentence(parts)
}

// attributes are what is known of customers, with what each means.
func attributes() []AttributeInfo {
	out := []AttributeInfo{}
	for _, a := range segment.Attributes() {
		out = append(out, AttributeInfo{
			Name: a.Name, Kind: a.Kind, Unit: string(a.Unit()), Label: a.Label, Definition: a.Definition(), Unknown: a.Unknown, Ops: a.Ops(),
		})
	}
	return out
}
