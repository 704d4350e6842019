package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"perennial"
	"perennial/api"
	"perennial/govern/account"
	"perennial/store/state"
)

// staffed is a house with the workspaces shop and other, an owner of all (chief) and an
// owner of each (anna of shop, otto of other).
func staffed(t *testing.T) *house {
	h := open(t, nil)
	for _, name := range []string{"shop", "other"} {
		if _, err := h.app.CreateWorkspace(t.Context(), account.Console(), perennial.Workspace{Name: name, Zone: time.UTC, Currency: "CNY"}); err != nil {
			t.Fatal(err)
		}
	}
	h.user("chief", account.Owner, "", "")
	h.user("anna", account.Owner, "shop", "")
	h.user("otto", account.Owner, "other", "")
	return h
}

func (v *visitor) accounts() map[string]api.Account {
	v.t.Helper()
	var all struct{ Items []api.Account }
	v.do("GET", "/api/v1/accounts", nil).into(v.t, &all)
	out := map[string]api.Account{}
	for _, one := range all.Items {
		out[one.Login] = one
	}
	return out
}

func (v *visitor) refused(method, path string, body any, status int, code, field string) {
	v.t.Helper()
	if p := v.do(method, path, body).problem(v.t); p.Status != status || p.Code != code || p.Field != field {
		v.t.Errorf("%s %s: %+v, want %d %s at %q", method, path, p, status, code, field)
	}
}

// A person is invited, comes in by the link, gets another role, loses the password, is
// shut out and let in, and leaves.
func TestAccounts(t *testing.T) {
	h := staffed(t)
	anna, otto := h.person("anna"), h.person("otto")
	once := anna.with("Idempotency-Key", "a1")
	wu := map[string]any{"login": "Wu@Shop.cn", "name": "吴", "role": "service", "rows": `store in ("静安店")`}
	var added api.AddedAccount
	got := once.do("POST", "/api/v1/accounts", wu)
	if got.into(t, &added); got.status != http.StatusCreated || added.Link == nil || added.Account.Login != "wu@shop.cn" || added.Account.SetUp || added.Account.Rows == "" {
		t.Fatalf("%d %+v", got.status, added)
	}
	once.refused("POST", "/api/v1/accounts", wu, http.StatusConflict, "idempotency.secret", "Idempotency-Key")
	anna.refused("POST", "/api/v1/accounts", wu, http.StatusConflict, "account.exists", "/login")
	for field, wrong := range map[string]map[string]any{
		"/login": {"login": "a b", "role": "viewer"}, "/rows": {"login": "x", "role": "viewer", "rows": "store ~ 1"}, "/role": {"login": "x", "role": "king"},
	} {
		if p := anna.do("POST", "/api/v1/accounts", wrong).problem(t); p.Status != http.StatusUnprocessableEntity || p.Field != field {
			t.Errorf("%v: %+v", wrong, p)
		}
	}
	anna.refused("POST", "/api/v1/accounts", map[string]any{"login": "x", "role": "owner", "everywhere": true}, http.StatusForbidden, "account.forbidden", "")

	token := added.Link.Path[strings.Index(added.Link.Path, "#")+1:]
	person := h.stranger()
	var used api.LinkInfo
	person.do("POST", "/api/v1/link", map[string]string{"token": token, "password": password}).into(t, &used)
	var me api.Me
	person.do("GET", "/api/v1/me", nil).into(t, &me)
	if !used.LoggedIn || me.Operator.Name != "吴" || len(me.Workspaces) != 1 || me.Workspaces[0].Role != account.Service {
		t.Fatalf("%+v %+v", used, me)
	}

	// Two owners look at the same account; the second one is told.
	is := anna.accounts()["wu@shop.cn"]
	if !is.SetUp || is.Everywhere || is.Self || !anna.accounts()["anna"].Self || !anna.accounts()["chief"].Everywhere {
		t.Errorf("%+v", anna.accounts())
	}
	if _, seen := anna.accounts()["otto"]; seen {
		t.Error("somebody of another workspace is listed")
	}
	at := fmt.Sprintf("/api/v1/accounts/%d", is.ID)
	var now api.Account
	anna.with("If-Match", is.Version).do("PUT", at+"/role", map[string]any{"role": "analyst"}).into(t, &now)
	if now.Role != account.Analyst || now.Rows != "" || now.Version == is.Version {
		t.Errorf("%+v", now)
	}
	h.person("chief").with("Perennial-Workspace", "shop").with("If-Match", `"`+is.Version+`"`).
		refused("PUT", at+"/role", map[string]any{"role": "viewer"}, http.StatusPreconditionFailed, "request.changed_meanwhile", "If-Match")
	if anna.accounts()["wu@shop.cn"].Role != account.Analyst {
		t.Error("the second change was made all the same")
	}
	anna.do("PUT", at+"/role", map[string]any{"role": "marketer"}).into(t, &now)

	// Who works elsewhere only is nobody here; who owns all cannot be changed from here.
	id := otto.accounts()["otto"].ID
	for _, path := range []string{"/disable", "/enable", "/reset"} {
		anna.refused("POST", fmt.Sprintf("/api/v1/accounts/%d%s", id, path), nil, http.StatusNotFound, "account.not_found", "id")
	}
	anna.refused("DELETE", fmt.Sprintf("/api/v1/accounts/%d", id), nil, http.StatusNotFound, "account.not_found", "id")
	chief := fmt.Sprintf("/api/v1/accounts/%d", anna.accounts()["chief"].ID)
	anna.refused("PUT", chief+"/role", map[string]any{"role": "viewer"}, http.StatusConflict, "account.everywhere", "")
	anna.refused("DELETE", chief, nil, http.StatusConflict, "account.everywhere", "")
	anna.refused("DELETE", chief+"?everywhere=true", nil, http.StatusForbidden, "account.forbidden", "")
	anna.refused("POST", chief+"/reset", nil, http.StatusForbidden, "account.forbidden", "")
	h.person("chief").with("Perennial-Workspace", "shop").refused("DELETE", chief+"?everywhere=true", nil, http.StatusConflict, "account.last_owner", "")

	// A reset link, disabled at once, let in again.
	var link api.LinkOut
	anna.do("POST", at+"/reset", nil).into(t, &link)
	if link.Purpose != account.Reset || link.Login != "wu@shop.cn" || !strings.HasPrefix(link.Path, "/link#") {
		t.Errorf("%+v", link)
	}
	anna.do("POST", at+"/disable", nil).into(t, &now)
	if now.DisabledAt == nil {
		t.Errorf("%+v", now)
	}
	person.refused("GET", "/api/v1/me", nil, http.StatusUnauthorized, "account.session", "")
	anna.refused("POST", at+"/reset", nil, http.StatusConflict, "account.disabled", "")
	anna.do("POST", at+"/enable", nil).into(t, &now)
	person = h.person("wu@shop.cn")

	// They work in the other shop as well, and then only there.
	added = api.AddedAccount{}
	otto.do("POST", "/api/v1/accounts", map[string]any{"login": "wu@shop.cn", "role": "viewer"}).into(t, &added)
	if added.Link != nil || added.Account.Role != account.Viewer {
		t.Errorf("%+v", added)
	}
	otto.refused("POST", at+"/reset", nil, http.StatusForbidden, "account.forbidden", "")
	if got := anna.do("DELETE", at, nil); got.status != http.StatusNoContent {
		t.Errorf("%d %s", got.status, got.body)
	}
	person.do("GET", "/api/v1/me", nil).into(t, &me)
	if len(me.Workspaces) != 1 || me.Workspaces[0].Name != "other" {
		t.Errorf("%+v", me.Workspaces)
	}

	// What was done is in the record of the workspace, a run at a time.
	var all, first, second struct {
		Items []api.AuditEntry
		Next  string
	}
	anna.do("GET", "/api/v1/audit", nil).into(t, &all)
	anna.do("GET", "/api/v1/audit?limit=2", nil).into(t, &first)
	anna.do("GET", "/api/v1/audit?limit=2&cursor="+first.Next, nil).into(t, &second)
	if len(first.Items) != 2 || first.Items[0].Action != "user.remove" || first.Items[0].Who != "anna" || len(all.Items) < 4 || second.Items[0] != all.Items[2] {
		t.Errorf("%+v", all.Items)
	}
	anna.refused("GET", "/api/v1/audit?everywhere=true", nil, http.StatusForbidden, "account.forbidden", "")
	h.person("chief").do("GET", "/api/v1/audit?everywhere=true", nil).into(t, &all)
	if len(all.Items) == 0 || all.Items[0].Action != "login" || all.Items[0].Who != "chief" {
		t.Errorf("%+v", all.Items)
	}
}

// What people change of themselves.
func TestProfile(t *testing.T) {
	h := staffed(t)
	anna, phone := h.person("anna"), h.person("anna")
	var me api.Me
	anna.do("PATCH", "/api/v1/me", map[string]any{"name": " 安娜 ", "language": "en"}).into(t, &me)
	if me.Operator.Name != "安娜" || me.Operator.Language != "en" || me.Language != "en" {
		t.Errorf("%+v", me)
	}
	anna.do("PATCH", "/api/v1/me", map[string]any{"language": ""}).into(t, &me)
	phone.do("GET", "/api/v1/me", nil).into(t, &me)
	if me.Operator.Name != "安娜" {
		t.Errorf("%+v", me)
	}
	anna.refused("PATCH", "/api/v1/me", map[string]any{"language": "fr"}, http.StatusUnprocessableEntity, "request.invalid", "/language")
	anna.refused("PATCH", "/api/v1/me", map[string]any{"name": "a\u0000b"}, http.StatusUnprocessableEntity, "account.name", "/name")

	third := h.person("anna")
	var sessions struct{ Items []api.LoginSession }
	anna.do("GET", "/api/v1/me/sessions", nil).into(t, &sessions)
	if len(sessions.Items) != 3 {
		t.Fatalf("%+v", sessions)
	}
	ended := ""
	third.do("GET", "/api/v1/me/sessions", nil).into(t, &sessions)
	for _, one := range sessions.Items {
		if one.Current {
			ended = one.ID
		}
	}
	h.person("otto").refused("DELETE", "/api/v1/me/sessions/"+ended, nil, http.StatusNotFound, "session.not_found", "id")
	if got := anna.do("DELETE", "/api/v1/me/sessions/"+ended, nil); got.status != http.StatusNoContent {
		t.Errorf("%d %s", got.status, got.body)
	}
	third.refused("GET", "/api/v1/me", nil, http.StatusUnauthorized, "account.session", "")
	phone.do("GET", "/api/v1/me", nil).into(t, &me)

	const next = "another lantern 12 river"
	anna.refused("POST", "/api/v1/me/password", map[string]string{"old": "wrong", "password": next}, http.StatusUnprocessableEntity, "account.old_password", "/old")
	anna.refused("POST", "/api/v1/me/password", map[string]string{"old": password, "password": "short"}, http.StatusUnprocessableEntity, "account.password", "/password")
	if got := anna.do("POST", "/api/v1/me/password", map[string]string{"old": password, "password": next}); got.status != http.StatusNoContent {
		t.Fatalf("%d %s", got.status, got.body)
	}
	anna.do("GET", "/api/v1/me", nil).into(t, &me)
	phone.refused("GET", "/api/v1/me", nil, http.StatusUnauthorized, "account.session", "")
	for range 2 { // the second time there is no other
		if got := anna.do("DELETE", "/api/v1/me/sessions", nil); got.status != http.StatusNoContent {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
}

// A key is made, used, rotated and revoked; its secret is shown once and stored nowhere.
func TestKeys(t *testing.T) {
	h := staffed(t)
	anna, otto := h.person("anna"), h.person("otto")
	once := anna.with("Idempotency-Key", "k1")
	ask := map[string]any{"name": "till", "scopes": []string{"write", "read"}}
	var made api.KeySecret
	if got := once.do("POST", "/api/v1/keys", ask); got.status != http.StatusCreated {
		t.Fatalf("%d %s", got.status, got.body)
	} else {
		got.into(t, &made)
	}
	err := h.app.State.View(t.Context(), func(tx state.Tx) error {
		return tx.Query(t.Context(), "select body from answers", nil, func(scan func(...any) error) error {
			var kept []byte
			err := scan(&kept)
			if len(kept) > 0 {
				t.Errorf("%s is kept for repeated requests", kept)
			}
			return err
		})
	})
	if err != nil {
		t.Error(err)
	}
	once.refused("POST", "/api/v1/keys", ask, http.StatusConflict, "idempotency.secret", "Idempotency-Key")
	var me api.Me
	h.program(made.Secret).do("GET", "/api/v1/me", nil).into(t, &me)
	if me.Key == nil || me.Key.Name != "till" || !strings.HasPrefix(made.Secret, made.Key.Prefix) {
		t.Errorf("%+v", me)
	}
	h.program(made.Secret).refused("GET", "/api/v1/me/sessions", nil, http.StatusForbidden, "account.person", "")
	anna.refused("POST", "/api/v1/keys", map[string]any{"name": "x", "scopes": []string{"all"}}, http.StatusUnprocessableEntity, "request.invalid", "/scopes/0")
	anna.refused("POST", "/api/v1/keys", map[string]any{"name": "x", "scopes": []string{"read"}, "expires_at": "2020-01-01T00:00:00Z"},
		http.StatusUnprocessableEntity, "account.expiry", "/expires_at")
	at := fmt.Sprintf("/api/v1/keys/%d", made.Key.ID)
	otto.refused("POST", at+"/rotate", map[string]any{}, http.StatusNotFound, "account.no_key", "id")
	otto.refused("POST", at+"/revoke", nil, http.StatusNotFound, "account.no_key", "id")

	var with, without api.KeySecret
	anna.do("POST", at+"/rotate", map[string]any{}).into(t, &with)
	for _, secret := range []string{made.Secret, with.Secret} {
		h.program(secret).do("GET", "/api/v1/me", nil).into(t, &me)
	}
	anna.do("POST", at+"/rotate", map[string]any{"overlap_days": 0}).into(t, &without)
	h.program(with.Secret).refused("GET", "/api/v1/me", nil, http.StatusUnauthorized, "account.key", "")
	var ended api.WorkspaceKey
	anna.do("POST", at+"/revoke", nil).into(t, &ended)
	h.program(without.Secret).refused("GET", "/api/v1/me", nil, http.StatusUnauthorized, "account.key", "")
	anna.refused("POST", at+"/rotate", map[string]any{}, http.StatusConflict, "account.key_ended", "")
	var keys struct{ Items []api.WorkspaceKey }
	list := anna.do("GET", "/api/v1/keys", nil)
	list.into(t, &keys)
	if len(keys.Items) != 1 || keys.Items[0].RevokedAt == nil || ended.RevokedAt == nil || strings.Contains(string(list.body), without.Secret) {
		t.Errorf("%s", list.body)
	}
}
