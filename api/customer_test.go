package api_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"perennial/api"
	"perennial/app"
	"perennial/collect/importer"
	"perennial/collect/importer/mapping"
	"perennial/govern/account"
	"perennial/internal/sqlfile"
	"perennial/store/warehouse"
)

// found is a list of customers as a program reads it.
type found struct {
	Items  []map[string]any
	Next   string
	Totals *struct{ Customers int64 }
}

func TestCustomers(t *testing.T) {
	h := open(t, nil)
	h.fill()
	v := h.program(h.key("shop", account.ScopeRead))
	var all found
	v.do("GET", "/api/v1/customers?limit=500&totals=true", nil).into(t, &all)
	if n := int64(len(all.Items)); n == 0 || all.Totals == nil || all.Totals.Customers != n || all.Next != "" {
		t.Fatalf("%d customers, %+v, next %q", len(all.Items), all.Totals, all.Next)
	}
	// Page by page, by an attribute, is all of them once, in order.
	seen := map[any]bool{}
	last, cursor, runs := 1e18, "", 0
	for {
		var run found
		v.do("GET", "/api/v1/customers?limit=37&sort=-revenue&columns=revenue,stage&cursor="+url.QueryEscape(cursor), nil).into(t, &run)
		for _, item := range run.Items {
			if revenue := item["revenue"].(float64); revenue > last {
				t.Fatalf("%f after %f", revenue, last)
			} else {
				last = revenue
			}
			if seen[item["customer"]] || len(item) != 4 {
				t.Fatalf("%v", item)
			}
			seen[item["customer"]] = true
		}
		if runs, cursor = runs+1, run.Next; cursor == "" {
			break
		}
	}
	if len(seen) != len(all.Items) || runs < 3 {
		t.Errorf("%d of %d customers in %d runs", len(seen), len(all.Items), runs)
	}
	// The same question in the address and in a body.
	count := func(stage string) (n int64) {
		for _, item := range all.Items {
			if item["stage"] == stage {
				n++
			}
		}
		return n
	}
	var byAddress, byBody, byRule found
	v.do("GET", "/api/v1/customers?where=stage:in:decline,lost&totals=true", nil).into(t, &byAddress)
	rule := map[string]any{"all": []any{map[string]any{"attribute": "stage", "op": "in", "values": []string{"decline", "lost"}}}}
	v.do("POST", "/api/v1/customers/search", map[string]any{"rule": rule, "totals": true}).into(t, &byBody)
	text, err := json.Marshal(rule)
	if err != nil {
		t.Fatal(err)
	}
	v.do("GET", "/api/v1/customers?totals=true&rule="+url.QueryEscape(string(text)), nil).into(t, &byRule)
	if want := count("decline") + count("lost"); want == 0 || byAddress.Totals.Customers != want || byBody.Totals.Customers != want || byRule.Totals.Customers != want {
		t.Errorf("%d, by address %+v, by body %+v, by rule %+v", want, byAddress.Totals, byBody.Totals, byRule.Totals)
	}
	if p := v.do("GET", "/api/v1/customers?where=stage:is:lost;x", nil).problem(t); p.Code != "request.invalid" {
		t.Errorf("an address that cannot be read: %+v", p)
	}
	for path, code := range map[string]string{
		"where=colour:is:red": "segment.attribute", "where=stage:like:x": "segment.op", "where=orders:is:many": "segment.value",
		"sort=colour": "segment.attribute", "columns=colour": "segment.attribute", "cursor=abc": "page.cursor", "limit=501": "request.invalid",
		"rule=[]": "segment.rule", "rule=%7B%22alle%22:1%7D": "segment.rule", "where=x'%3Bdrop%20table%20scores%3B--:is:1": "segment.attribute",
	} {
		if p := v.do("GET", "/api/v1/customers?"+path, nil).problem(t); p.Status != http.StatusUnprocessableEntity || p.Code != code || p.Field == "" {
			t.Errorf("%s: %+v", path, p)
		}
	}
}

func TestCustomer(t *testing.T) {
	h := open(t, nil)
	h.fill()
	h.user("chief", account.Owner, "", "")
	v := h.person("chief")
	v.do("PUT", "/api/v1/me/workspace", map[string]string{"workspace": "shop"})
	var list found
	v.do("GET", "/api/v1/customers?sort=-orders&limit=1", nil).into(t, &list)
	key, orders := list.Items[0]["customer"].(float64), list.Items[0]["orders"].(float64)
	var one struct {
		Customer map[string]any
		Reason   string
		Stages   []api.StageAt
		Timeline []map[string]any
	}
	v.do("GET", fmt.Sprintf("/api/v1/customers/%.0f?lang=zh", key), nil).into(t, &one)
	paid := 0.0
	for i, deed := range one.Timeline {
		if i > 0 && deed["at"].(string) > one.Timeline[i-1]["at"].(string) {
			t.Error("the timeline is not the latest first")
		}
		if deed["kind"] == "order" && deed["status"] == "paid" {
			paid++
		}
	}
	if one.Customer["customer"] != key || !strings.HasSuffix(one.Reason, "。") || len(one.Stages) == 0 || paid < orders {
		t.Errorf("%v: %s, %d stages, %f paid orders of %f", key, one.Reason, len(one.Stages), paid, orders)
	}
	for i, at := range one.Stages { // without a gap, the latest first
		if i == 0 && (at.Until != nil || string(at.Stage) != one.Customer["stage"]) ||
			i > 0 && (at.Until == nil || *at.Until != *one.Stages[i-1].Since || *at.Since >= *at.Until) {
			t.Errorf("stages: %+v", one.Stages)
		}
	}
	if last := one.Stages[len(one.Stages)-1]; len(one.Stages) < 3 || last.Stage != "acquisition" {
		t.Errorf("the best customer has gone through %d stages, from %s", len(one.Stages), last.Stage)
	}
	if id, ok := one.Customer["id"].(string); !ok || !strings.Contains(id, "*") {
		t.Errorf("a number that is not masked: %v", one.Customer["id"])
	}
	if p := v.do("GET", "/api/v1/customers/999999", nil).problem(t); p.Code != "customer.not_found" {
		t.Errorf("%+v", p)
	}
}

// Who may see some customers finds, counts, opens and exports those only.
func TestRowRules(t *testing.T) {
	h := open(t, nil)
	h.fill()
	all := h.program(h.key("shop", account.ScopeRead))
	var everybody found
	all.do("GET", "/api/v1/customers?limit=500", nil).into(t, &everybody)
	stores := map[string]int64{}
	for _, item := range everybody.Items {
		if store, ok := item["store"].(string); ok {
			stores[store]++
		}
	}
	if len(stores) < 2 {
		t.Fatalf("stores: %v", stores)
	}
	var store string
	for name := range stores {
		store = name
	}
	h.user("regional", account.Marketer, "shop", fmt.Sprintf("store in (%q)", store))
	v := h.person("regional")
	var mine found
	v.do("GET", "/api/v1/customers?limit=500&totals=true", nil).into(t, &mine)
	if int64(len(mine.Items)) != stores[store] || mine.Totals.Customers != stores[store] {
		t.Errorf("%d customers, %+v, want %d", len(mine.Items), mine.Totals, stores[store])
	}
	var others found
	v.do("POST", "/api/v1/customers/search", map[string]any{"rule": map[string]any{"any": []any{map[string]any{"not": true}, map[string]any{}}}, "totals": true}).into(t, &others)
	if others.Totals.Customers != stores[store] {
		t.Errorf("a rule that holds for all: %+v", others.Totals)
	}
	for _, item := range everybody.Items {
		want := http.StatusNotFound
		if item["store"] == store {
			want = http.StatusOK
		}
		if got := v.do("GET", fmt.Sprintf("/api/v1/customers/%.0f", item["customer"]), nil); got.status != want {
			t.Errorf("customer %v of %v: %d", item["customer"], item["store"], got.status)
			break
		}
	}
	rows, err := csv.NewReader(bytes.NewReader(v.do("GET", "/api/v1/customers/export", nil).body)).ReadAll()
	if err != nil || int64(len(rows))-1 != stores[store] {
		t.Errorf("%d rows exported, %v", len(rows)-1, err)
	}
}

func TestExport(t *testing.T) {
	h := open(t, nil)
	h.fill()
	// A store that a spreadsheet would take for a formula.
	ws, err := h.app.Catalog.Workspace(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	w, err := h.app.Warehouse(t.Context(), ws)
	if err != nil {
		t.Fatal(err)
	}
	const formula = `=HYPERLINK("http://evil.example","看")`
	if err := w.Exec(t.Context(), sqlfile.Text("test", "update scores set store = :store where store <> ''"), warehouse.Args{"store": formula}); err != nil {
		t.Fatal(err)
	}
	h.user("buyer", account.Marketer, "shop", "")
	h.user("chief", account.Owner, "", "")
	v, chief := h.person("buyer"), h.person("chief").with("Perennial-Workspace", "shop")
	got := v.do("GET", "/api/v1/customers/export?columns=store,revenue,next_due&lang=zh", nil)
	rows, err := csv.NewReader(bytes.NewReader(got.body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(got.body, []byte("\xef\xbb\xbf客户编号,归属门店,")) || len(rows[0]) != 4 || got.header.Get("Perennial-Rows") != fmt.Sprint(len(rows)-1) ||
		!strings.Contains(got.header.Get("Content-Disposition"), ".csv") {
		t.Errorf("%v %s", rows[0], got.header)
	}
	stores := 0
	for _, row := range rows[1:] {
		if strings.HasPrefix(row[1], "=") {
			t.Fatalf("a formula: %v", row)
		}
		if row[1] == "'"+formula {
			stores++
		}
		if row[0] != "" && !strings.Contains(row[0], "*") {
			t.Fatalf("a number that is not masked: %v", row)
		}
	}
	if stores == 0 {
		t.Error("the stores are gone")
	}
	book, err := excelize.OpenReader(bytes.NewReader(chief.do("GET", "/api/v1/customers/export?format=xlsx&columns=store,revenue,next_due&lang=en", nil).body))
	if err != nil {
		t.Fatal(err)
	}
	cells, err := book.GetRows("Sheet1")
	if err != nil || len(cells) != len(rows) || cells[0][0] != "Customer" {
		t.Errorf("%d rows, %v", len(cells), err)
	}
	if kind, err := book.GetCellFormula("Sheet1", "B2"); err != nil || kind != "" {
		t.Errorf("a formula in the sheet: %q %v", kind, err)
	}
	if !slices.ContainsFunc(cells[1:], func(row []string) bool { return row[0] != "" && !strings.Contains(row[0], "*") }) {
		t.Error("an owner gets masked numbers")
	}
	entries, err := h.app.Accounts.Audit(t.Context(), ws.ID, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	told := []string{}
	for _, e := range entries {
		if e.Action == "customers.export" {
			told = append(told, e.Who+": "+e.Detail)
		}
	}
	n := len(rows) - 1
	if want := []string{fmt.Sprintf("chief: xlsx, %d, whole numbers", n), fmt.Sprintf("buyer: csv, %d", n)}; !slices.Equal(told, want) {
		t.Errorf("the record has %q, want %q", told, want)
	}
}

// What was read is what the snapshot says, and a part that the caller has is not sent
// again; what comes later makes it stale.
func TestAnalysis(t *testing.T) {
	h := open(t, nil)
	h.fill()
	v := h.program(h.key("shop", account.ScopeAdmin))
	got := v.do("GET", "/api/v1/overview", nil)
	var overview api.Overview
	got.into(t, &overview)
	if overview.Base.Customers == 0 || len(overview.Findings) == 0 || overview.Snapshot.AsOf != overview.Meta.AsOf {
		t.Errorf("%+v", overview.Snapshot)
	}
	if again := v.with("If-None-Match", got.header.Get("ETag")).do("GET", "/api/v1/overview", nil); again.status != http.StatusNotModified || len(again.body) > 0 {
		t.Errorf("%d, %d bytes", again.status, len(again.body))
	}
	var status api.SnapshotStatus
	if v.do("GET", "/api/v1/snapshot", nil).into(t, &status); status.Stale || status.Snapshot == nil {
		t.Errorf("%+v", status)
	}
	path := filepath.Join(t.TempDir(), "more.csv")
	if err := os.WriteFile(path, []byte("order_id,customer_id,date,amount\nn1,new1,2026-06-30,10\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := h.app.Import(t.Context(), app.ImportOptions{Request: importer.Request{Kind: mapping.Orders, Path: path}, Workspace: "shop"}); err != nil {
		t.Fatal(err)
	}
	if v.do("GET", "/api/v1/snapshot", nil).into(t, &status); !status.Stale {
		t.Errorf("after another import: %+v", status)
	}
	if p := h.program(h.key("other", account.ScopeRead)).do("GET", "/api/v1/overview", nil).problem(t); p.Code != "snapshot.none" {
		t.Errorf("%+v", p)
	}
}
