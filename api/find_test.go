package api_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"perennial"
	"perennial/api"
	"perennial/demo"
	"perennial/govern/account"
)

// file is a file of the shop that fill takes in: its header and rows.
func file(t *testing.T, write func(*demo.Shop, *bytes.Buffer) error) (at map[string]int, rows [][]string) {
	t.Helper()
	shop, err := demo.Simulate(demo.Options{Customers: 400, Seed: 1, End: perennial.DayOf(2026, time.June, 30)})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := write(shop, &b); err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at = map[string]int{}
	for i, name := range all[0] {
		at[name] = i
	}
	return at, all[1:]
}

// finding is an answer as a page reads it.
type finding struct {
	Items []struct {
		Match    string
		Customer map[string]any
	}
	Withheld         bool
	WithoutPurchases int `json:"without_purchases"`
}

func (f finding) customer() any {
	if len(f.Items) != 1 {
		return fmt.Sprintf("%d customers", len(f.Items))
	}
	return f.Items[0].Customer["customer"]
}

// Whoever has a card, a receipt or a phone number in hand finds the customer; who may
// not see phone numbers does not learn whose one is.
func TestFind(t *testing.T) {
	h := open(t, nil)
	h.fill()
	h.user("wang", account.Service, "shop", "")
	h.user("looker", account.Viewer, "shop", "")
	members, people := file(t, func(s *demo.Shop, b *bytes.Buffer) error { _, err := s.WriteMembers(b); return err })
	orders, receipts := file(t, func(s *demo.Shop, b *bytes.Buffer) error { _, err := s.WriteOrders(b, demo.LinesCSV); return err })
	wang, looker := h.person("wang"), h.person("looker")
	find := func(v *visitor, text string) (f finding) {
		v.do("POST", "/api/v1/customers/find", map[string]any{"text": text, "columns": []string{"store"}}).into(t, &f)
		return f
	}
	card, phone, store, number := "", "", "", ""
	never := "" // bought
	receipt := map[string]string{}
	for _, o := range receipts {
		receipt[o[orders["会员卡号"]]] = o[orders["小票号"]]
	}
	for _, r := range people {
		card, phone, store = r[members["会员卡号"]], r[members["手机号"]], r[members["门店"]]
		f := find(looker, card)
		if number = receipt[card]; number != "" && len(phone) == 11 && store != "" && len(f.Items) == 1 && never != "" {
			break
		}
		if len(f.Items) == 0 && f.WithoutPurchases == 1 {
			never = card
		}
		number = ""
	}
	if number == "" {
		t.Fatal("nobody has a card, a phone number, a store and an order")
	}
	who := find(looker, card).customer()
	spaced := phone[:3] + " " + phone[3:7] + " " + phone[7:]
	for text, match := range map[string]string{card: "id", " " + card + " ": "id", number: "order", phone: "phone", spaced: "phone", "+86" + phone: "phone"} {
		f := find(wang, text)
		if f.customer() != who || f.Withheld || f.Items[0].Match != match || f.Items[0].Customer["store"] != store {
			t.Errorf("%q finds %+v, want %v by %s", text, f, who, match)
		}
		f = find(looker, text)
		if personal := match == "phone"; f.Withheld != personal || personal != (len(f.Items) == 0) {
			t.Errorf("%q finds %+v for who sees no phone numbers", text, f)
		}
	}
	for _, text := range []string{"", " ", "none", "138****8000", card[:len(card)-1], "' or 1=1 --", "\u202e\U0001f600", strings.Repeat("9", 400)} {
		if f := find(wang, text); len(f.Items) > 0 {
			t.Errorf("%q finds %+v", text, f)
		}
	}
	// The record says that and not what.
	entries, err := h.app.Accounts.Audit(t.Context(), 1, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	searches := 0
	for _, e := range entries {
		if strings.Contains(fmt.Sprint(e), phone) {
			t.Errorf("the record holds a phone number: %+v", e)
		}
		if e.Action == "customers.find" {
			searches++
			if e.Who != "wang" || e.Detail != "phone" {
				t.Errorf("%+v", e)
			}
		}
	}
	if searches != 3 {
		t.Errorf("%d searches by phone number are in the record, want 3", searches)
	}
	// An assistant of another store has no such customer.
	h.user("li", account.Service, "shop", `store in ("`+store+`")`)
	h.user("zhao", account.Service, "shop", `store in ("另一家")`)
	for login, want := range map[string]int{"li": 1, "zhao": 0} {
		v := h.person(login)
		if f := find(v, never); f.WithoutPurchases != 0 {
			t.Errorf("%s is told of %q, who is in no store's list: %+v", login, never, f)
		}
		for _, text := range []string{card, number, phone} {
			if f := find(v, text); len(f.Items) != want {
				t.Errorf("%s finds %+v by %q", login, f, text)
			}
		}
	}
	// Nothing of a search is kept for repeated requests.
	v := wang.with("Idempotency-Key", "f1")
	question := map[string]any{"text": phone}
	if got := v.do("POST", "/api/v1/customers/find", question); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
	var p api.Problem
	if p = v.do("POST", "/api/v1/customers/find", question).problem(t); p.Status != http.StatusConflict || p.Code != "idempotency.secret" {
		t.Errorf("%+v", p)
	}
}
