package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"perennial"
	"perennial/analyze/segment"
	"perennial/analyze/timeline"
	"perennial/collect/importer"
	"perennial/collect/importer/value"
	"perennial/govern/account"
	"perennial/store/catalog"
	"perennial/store/state"
)

// Question is what somebody types to find a customer. It comes in a body: addresses
// stay in histories and logs, and it may be a phone number.
type Question struct {
	Text    string   `json:"text" maxLength:"400" doc:"A whole card or customer number, order number, phone number or e-mail address."`
	Columns []string `json:"columns,omitempty" maxItems:"100" nullable:"false" doc:"Attributes; all if absent."`
}

// The parts of a customer by which they were found.
const (
	matchID    = "id"
	matchPhone = "phone"
	matchOrder = "order"
)

// Found is a customer with what led there.
type Found struct {
	Match    string   `json:"match" enum:"id,phone,order"`
	Customer Customer `json:"customer"`
}

// Finding is what a question found.
type Finding struct {
	Items []Found `json:"items" nullable:"false" doc:"Each customer once."`
	// Who never bought is in no list and has no page; neither is known whether they are
	// among the customers that the caller may see.
	WithoutPurchases int `json:"without_purchases" doc:"How many were found who are not in the snapshot, having bought nothing so far; 0 for who may see some customers only."`
	// Withheld tells apart who is not there and who may not be looked for.
	Withheld bool     `json:"withheld" doc:"The text looks personal (a phone number, an e-mail address, a name), by which the caller may not search; orders were searched all the same."`
	Snapshot Snapshot `json:"snapshot"`
}

func (s *Server) findRoutes() {
	may := readsCustomers
	may.Secret = true
	route(s, huma.Operation{
		OperationID: "find-customers", Method: http.MethodPost, Path: apiPrefix + "/customers/find", Tags: []string{tagCustomers},
		Summary: "Whose a card, an order, a phone number or an e-mail address is", DefaultStatus: http.StatusOK,
		Description: "Whole numbers only: what is personal is stored by its keyed hash. A search by something personal needs customers.reveal " +
			"and is written down, without what was searched for.",
	}, may, func(ctx context.Context, c *call, in *body[Question]) (*body[Finding], error) {
		columns, err := chosen(in.Body.Columns)
		if err != nil {
			return nil, at("/columns", err)
		}
		snap, err := s.snapshot(ctx, c)
		if err != nil {
			return nil, err
		}
		out := Finding{Items: []Found{}, Snapshot: showSnapshot(snap)}
		text, unreadable := value.ID(in.Body.Text)
		if unreadable != nil { // nothing, or masked: nobody's
			return &body[Finding]{out}, nil
		}
		matches, withheld, err := s.matches(ctx, c, text)
		if err != nil {
			return nil, err
		}
		if out, err = s.found(ctx, c, snap, matches, columns); err != nil {
			return nil, err
		}
		out.Withheld = withheld
		return &body[Finding]{out}, nil
	})
}

// match is a customer that a text leads to.
type match struct {
	by       string
	customer perennial.CustomerKey
}

// matches finds whom a text leads to, whether the caller may see them or not.
func (s *Server) matches(ctx context.Context, c *call, text string) (out []match, withheld bool, err error) {
	note := func(by string, customers ...perennial.CustomerKey) {
		for _, key := range customers {
			if key != 0 && !slices.ContainsFunc(out, func(m match) bool { return m.customer == key }) {
				out = append(out, match{by, key})
			}
		}
	}
	kind := personal(text)
	if kind != "" {
		if withheld = c.require(account.CustomersReveal, c.Workspace.ID) != nil; !withheld {
			err = s.opt.State.Update(ctx, func(tx state.Tx) error {
				return s.opt.Accounts.Record(ctx, tx, c.actor(), c.Workspace.ID, "customers.find", "", kind)
			})
		}
	}
	if err != nil {
		return nil, false, err
	}
	if !withheld {
		if kind == matchPhone {
			for _, spelling := range phoneSpellings(text) {
				key, err := s.opt.Identity.Identified(ctx, c.Workspace, perennial.IdentifierPhone, spelling)
				if err != nil {
					return nil, false, err
				}
				note(matchPhone, key)
			}
		}
		key, err := s.opt.Identity.Identified(ctx, c.Workspace, perennial.IdentifierID, text)
		if err != nil {
			return nil, false, err
		}
		note(matchID, key)
	}
	live, err := s.opt.Catalog.Live(ctx, c.Workspace.ID)
	if err != nil {
		return nil, false, err
	}
	w, err := s.opt.Shop.Warehouse(ctx, c.Workspace)
	if err != nil {
		return nil, false, err
	}
	owners, err := timeline.Owners(ctx, w, live, perennial.OrderKey(importer.OrderKey(text)), text)
	note(matchOrder, owners...)
	return out, withheld, err
}

// personal says what of a person a text looks like, as the record has it; "" for a
// number of the shop's own.
func personal(text string) string {
	switch {
	case value.LooksPhone(text):
		return matchPhone
	case value.LooksEmail(text):
		return "e-mail"
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }):
		return "name"
	}
	return ""
}

// phoneSpellings are the ways in which files write a phone number that a person wrote
// as text: each is hashed as it is written.
func phoneSpellings(text string) []string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
	out := []string{text, digits}
	if bare, ok := strings.CutPrefix(digits, "86"); ok && len(bare) == 11 {
		digits = bare
		out = append(out, bare)
	}
	if len(digits) == 11 && digits[0] == '1' {
		out = append(out, "86"+digits, "+86"+digits, "+86 "+digits, "+86-"+digits, "86-"+digits,
			digits[:3]+"-"+digits[3:7]+"-"+digits[7:], digits[:3]+" "+digits[3:7]+" "+digits[7:])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// found shows those of the matches whom the caller may see. Where the snapshot was
// replaced meanwhile, they are read from the next one.
func (s *Server) found(ctx context.Context, c *call, snap catalog.Snapshot, matches []match, columns []int) (Finding, error) {
	out := Finding{Items: []Found{}, Snapshot: showSnapshot(snap)}
	w, err := s.opt.Shop.Warehouse(ctx, c.Workspace)
	if err != nil {
		return out, err
	}
	of := scope(c, snap, segment.Rule{})
	var rows []segment.Row
	for _, m := range matches {
		row, ok, err := segment.One(ctx, w, of, m.customer)
		switch {
		case err != nil:
			return out, err
		case ok:
			rows = append(rows, row)
			out.Items = append(out.Items, Found{m.by, Customer{key: row.Customer, row: row, columns: columns, currency: snap.Currency}})
		case len(of.Limit.All) == 0:
			out.WithoutPurchases++
		}
	}
	ids, err := s.ids(ctx, c, rows, true)
	if err != nil {
		return out, err
	}
	for i, id := range ids {
		out.Items[i].Customer.id = id
	}
	if moved, err := s.moved(ctx, c, snap); err != nil || !moved {
		return out, err
	}
	if snap, err = s.snapshot(ctx, c); err != nil {
		return out, err
	}
	return s.found(ctx, c, snap, matches, columns)
}
