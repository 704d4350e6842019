package account

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"perennial"
	"perennial/govern/vault"
	"perennial/internal/testengine"
	"perennial/store/state"
	"perennial/store/state/postgres"
	"perennial/store/state/sqlite"
)

// cheap keeps tests quick; what a password costs is the default's business.
var cheap = Argon2id{MemoryKiB: 64, Passes: 1, Lanes: 1}

const good = "maple river 47 lantern"

// desk is an installation with workspaces 1 and 2 and a clock that tests move.
type desk struct {
	*Accounts
	t     *testing.T
	state state.State
	mu    sync.Mutex
	time  time.Time
}

func (d *desk) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.time
}

func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.time = d.time.Add(by)
}

// reopen is the same installation after a restart.
func (d *desk) reopen(cost Argon2id) {
	d.t.Helper()
	v, err := vault.New(bytes.Repeat([]byte{1}, 32), nil)
	if err != nil {
		d.t.Fatal(err)
	}
	if d.Accounts, err = New(Options{State: d.state, Vault: v, Now: d.now, Password: cost}); err != nil {
		d.t.Fatal(err)
	}
}

func sit(t *testing.T, s state.State) *desk {
	t.Helper()
	t.Cleanup(func() { _ = s.Close() })
	ctx := t.Context()
	err := s.Update(ctx, func(tx state.Tx) error {
		_, err := tx.Exec(ctx, `insert into workspaces (id, name, time_zone, currency, week_start, created_at)
			values (1, 'a', 'UTC', 'CNY', 1, 0), (2, 'b', 'UTC', 'CNY', 1, 0)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, state: s, time: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	d.reopen(cheap)
	return d
}

// onEach runs a test on every engine of state.
func onEach(t *testing.T, f func(*testing.T, *desk)) {
	t.Run("sqlite", func(t *testing.T) { f(t, onSQLite(t)) })
	t.Run("postgres", func(t *testing.T) {
		s, err := postgres.Open(t.Context(), postgres.Options{URL: testengine.Postgres(t)})
		if err != nil {
			t.Fatal(err)
		}
		f(t, sit(t, s))
	})
}

func onSQLite(t *testing.T) *desk {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	return sit(t, s)
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if perennial.CodeOf(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

func rows(t *testing.T, s string) RowRule { t.Helper(); return must[RowRule](t)(ParseRowRule(s)) }

// add adds an operator with the password good.
func (d *desk) add(login string, workspace int64, g Grant) Operator {
	d.t.Helper()
	op, link, err := d.Add(d.t.Context(), Console(), NewOperator{Login: login, Password: good}, Membership{workspace, g})
	if err != nil || link != nil {
		d.t.Fatalf("add %s: link %v, %v", login, link, err)
	}
	return op
}

func (d *desk) logIn(login string) NewSession {
	d.t.Helper()
	return must[NewSession](d.t)(d.LogIn(d.t.Context(), login, good, Client{Address: "192.0.2.1", UserAgent: "a browser"}))
}

func TestFirstStart(t *testing.T) { onEach(t, firstStart) }

func firstStart(t *testing.T, d *desk) {
	ctx := t.Context()
	if !must[bool](t)(d.Fresh(ctx)) {
		t.Error("an empty installation has operators")
	}
	link := must[Link](t)(d.SetUpLink(ctx))
	n := NewOperator{Login: " Chen@Example.com ", Name: "陈", Password: good, Language: "zh"}
	newer := must[Link](t)(d.SetUpLink(ctx))
	_, err := d.UseSetUp(ctx, link.Token, n, Client{})
	wantCode(t, err, "account.link") // a newer one was made
	weak := n
	weak.Password = "password123"
	_, err = d.UseSetUp(ctx, newer.Token, weak, Client{})
	wantCode(t, err, "account.password")
	_, err = d.UseLink(ctx, newer.Token, good, Client{})
	wantCode(t, err, "account.link") // of another purpose

	d.pass(24 * time.Hour)
	_, err = d.UseSetUp(ctx, newer.Token, n, Client{})
	wantCode(t, err, "account.link") // expired
	last := must[Link](t)(d.SetUpLink(ctx))
	if got := must[Link](t)(d.LinkOf(ctx, last.Token)); got.Purpose != SetUp || got.Token != "" {
		t.Errorf("the link is %+v", got)
	}
	// Of many who use it at once one succeeds.
	var mu sync.Mutex
	var sessions []NewSession
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			other := n
			other.Login = string(rune('a'+i)) + "@example.com"
			if s, err := d.UseSetUp(context.WithoutCancel(ctx), last.Token, other, Client{}); err == nil {
				mu.Lock()
				defer mu.Unlock()
				sessions = append(sessions, s)
			} else {
				wantCode(t, err, "account.link")
			}
		})
	}
	wg.Wait()
	if len(sessions) != 1 {
		t.Fatalf("%d of 4 used one link", len(sessions))
	}
	s := must[Session](t)(d.Session(ctx, sessions[0].Token))
	if g := s.Operator.In(2); g.Role != Owner || !g.May(AccountsEdit) {
		t.Errorf("the first operator is %+v in a workspace", g)
	}
	if must[bool](t)(d.Fresh(ctx)) {
		t.Error("there is still no operator")
	}
	_, err = d.SetUpLink(ctx)
	wantCode(t, err, "account.set_up")
}

func TestInvitationAndReset(t *testing.T) { onEach(t, invitationAndReset) }

func invitationAndReset(t *testing.T, d *desk) {
	ctx := t.Context()
	d.add("boss", 0, Grant{Role: Owner})
	op, link, err := d.Add(ctx, Console(), NewOperator{Login: "Li.Wei"}, Membership{1, Grant{Role: Service, Rows: rows(t, "store in (人民广场店)")}})
	if err != nil || link == nil || link.Login != "li.wei" {
		t.Fatalf("invitation %+v, %v", link, err)
	}
	_, err = d.LogIn(ctx, "li.wei", "", Client{})
	wantCode(t, err, "account.wrong") // no password is nobody's password
	session := must[NewSession](t)(d.UseLink(ctx, link.Token, good, Client{}))
	if g := session.Operator.In(1); g.Role != Service || g.Rows.String() != `store in ("人民广场店")` {
		t.Errorf("invited as %+v", g)
	}
	_, err = d.UseLink(ctx, link.Token, good+"!", Client{})
	wantCode(t, err, "account.link") // once

	reset := must[Link](t)(d.ResetLink(ctx, Console(), op.ID))
	d.logIn("li.wei") // the old password holds until the link is used
	const other = "another sentence of words"
	must[NewSession](t)(d.UseLink(ctx, reset.Token, other, Client{}))
	_, err = d.Session(ctx, session.Token)
	wantCode(t, err, "account.session")
	_, err = d.LogIn(ctx, "li.wei", good, Client{})
	wantCode(t, err, "account.wrong")
	must[NewSession](t)(d.LogIn(ctx, "LI.WEI ", other, Client{}))

	_, _, err = d.Add(ctx, Console(), NewOperator{Login: "li.WEI"}, Membership{1, Grant{Role: Viewer}})
	wantCode(t, err, "account.exists")
	_, _, err = d.Add(ctx, Console(), NewOperator{Login: "no spaces"}, Membership{1, Grant{Role: Viewer}})
	wantCode(t, err, "account.login")
	_, _, err = d.Add(ctx, Console(), NewOperator{Login: "x"}, Membership{1, Grant{Role: "boss"}})
	wantCode(t, err, "account.role")
	_, _, err = d.Add(ctx, Console(), NewOperator{Login: "x"}, Membership{1, Grant{Role: Owner, Rows: rows(t, "city in (上海)")}})
	wantCode(t, err, "account.owner_rows")
}

func TestDisabledOperatorsAreOutAtOnce(t *testing.T) { onEach(t, disabledAreOut) }

func disabledAreOut(t *testing.T, d *desk) {
	ctx := t.Context()
	boss := d.add("boss", 0, Grant{Role: Owner})
	op := d.add("wang", 1, Grant{Role: Analyst})
	session := d.logIn("wang")
	link := must[Link](t)(d.ResetLink(ctx, Console(), op.ID))
	if err := d.Disable(ctx, Console(), op.ID); err != nil {
		t.Fatal(err)
	}
	_, err := d.Session(ctx, session.Token)
	wantCode(t, err, "account.session")
	_, err = d.LogIn(ctx, "wang", good, Client{})
	wantCode(t, err, "account.wrong")
	_, err = d.UseLink(ctx, link.Token, good+"x", Client{})
	wantCode(t, err, "account.link")
	_, err = d.ResetLink(ctx, Console(), op.ID)
	wantCode(t, err, "account.disabled")
	if err := d.Enable(ctx, Console(), op.ID); err != nil {
		t.Fatal(err)
	}
	d.logIn("wang")
	wantCode(t, d.Disable(ctx, Console(), boss.ID), "account.last_owner")
	wantCode(t, d.SetMembership(ctx, Console(), boss.ID, Membership{0, Grant{Role: Viewer}}, nil), "account.last_owner")
	wantCode(t, d.RemoveMembership(ctx, Console(), boss.ID, 0), "account.last_owner")
}

func TestWhoMayEditWhom(t *testing.T) { onEach(t, whoMayEditWhom) }

func whoMayEditWhom(t *testing.T, d *desk) {
	ctx := t.Context()
	d.add("boss", 0, Grant{Role: Owner})
	local := d.add("local", 1, Grant{Role: Owner}).Actor()
	both := d.add("both", 1, Grant{Role: Viewer})
	if err := d.SetMembership(ctx, Console(), both.ID, Membership{2, Grant{Role: Analyst}}, nil); err != nil {
		t.Fatal(err)
	}
	// An owner of workspace 1 must not come into 2 by an account that is in both.
	_, err := d.ResetLink(ctx, local, both.ID)
	wantCode(t, err, "account.forbidden")
	wantCode(t, d.Disable(ctx, local, both.ID), "account.forbidden")
	wantCode(t, d.SetMembership(ctx, local, both.ID, Membership{2, Grant{Role: Owner}}, nil), "account.forbidden")
	wantCode(t, d.SetMembership(ctx, local, local.Operator, Membership{0, Grant{Role: Owner}}, nil), "account.forbidden")
	_, _, err = d.CreateKey(ctx, local, NewKey{Workspace: 2, Scopes: []Scope{ScopeRead}})
	wantCode(t, err, "account.forbidden")
	if err := d.SetMembership(ctx, local, both.ID, Membership{1, Grant{Role: Service}}, nil); err != nil {
		t.Error(err)
	}
	for _, actor := range []Actor{{}, both.Actor(), {Key: 1, Name: "prn_"}} {
		_, _, err = d.Add(ctx, actor, NewOperator{Login: "new"}, Membership{1, Grant{Role: Viewer}})
		wantCode(t, err, "account.forbidden")
	}
	// What an owner of everything may cannot be narrowed in one workspace.
	boss := must[Operator](t)(d.Operator(ctx, "boss"))
	if err := d.SetMembership(ctx, local, boss.ID, Membership{1, Grant{Role: Viewer}}, nil); err != nil {
		t.Error(err)
	}
	if g := must[Operator](t)(d.Operator(ctx, "boss")).In(1); g.Role != Owner {
		t.Errorf("an owner of everything is %s", g.Role)
	}
	if list := must[[]Operator](t)(d.Operators(ctx, 2)); len(list) != 2 || list[1].Login != "both" || len(list[1].Memberships) != 1 {
		t.Errorf("in workspace 2: %+v", list)
	}
	// What failed left no line.
	var actions []string
	for _, e := range must[[]Entry](t)(d.Audit(ctx, 1, 0, 100)) {
		actions = append(actions, e.Who+" "+e.Action+" "+e.Target+" "+e.Detail)
	}
	want := []string{"local user.role boss viewer", "local user.role both service", "console user.add both viewer", "console user.add local owner"}
	if strings.Join(actions, "; ") != strings.Join(want, "; ") {
		t.Errorf("audit of workspace 1: %v", actions)
	}
}

func TestNoSecretIsStored(t *testing.T) { onEach(t, noSecretIsStored) }

func noSecretIsStored(t *testing.T, d *desk) {
	ctx := t.Context()
	d.add("boss", 0, Grant{Role: Owner})
	session := d.logIn("boss")
	_, secret, err := d.CreateKey(ctx, Console(), NewKey{Workspace: 1, Scopes: []Scope{ScopeRead}})
	if err != nil {
		t.Fatal(err)
	}
	link := must[Link](t)(d.ResetLink(ctx, Console(), session.Operator.ID))
	_, err = d.LogIn(ctx, "typed-into-the-wrong-field", "x", Client{Address: "198.51.100.7"})
	wantCode(t, err, "account.wrong")
	var dump bytes.Buffer
	if err := state.Dump(ctx, d.state, &dump); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{good, session.Token, secret[prefixLength+1:], link.Token, "wrong-field", "198.51"} {
		if strings.Contains(dump.String(), word) {
			t.Errorf("a backup holds %q", word)
		}
	}
}

func TestProfile(t *testing.T) { onEach(t, profile) }

func profile(t *testing.T, d *desk) {
	ctx := t.Context()
	op := d.add("Li", 1, Grant{Role: Viewer})
	changed := must[Operator](t)(d.SetProfile(ctx, op.ID, " 李 ", perennial.LangEN))
	read := must[Operator](t)(d.Operator(ctx, "li"))
	if read.Name != "李" || read.Language != perennial.LangEN || changed.Name != read.Name || len(changed.Memberships) != 1 {
		t.Errorf("%+v, stored %+v", changed, read)
	}
	if op = must[Operator](t)(d.SetProfile(ctx, op.ID, "", "")); op.Name != "li" || op.Language != "" {
		t.Errorf("%+v", op)
	}
	_, err := d.SetProfile(ctx, op.ID, "x", "fr")
	wantCode(t, err, "account.language")
	_, err = d.SetProfile(ctx, op.ID, strings.Repeat("x", 101), "")
	wantCode(t, err, "account.name")
	_, err = d.SetProfile(ctx, 99, "x", "")
	wantCode(t, err, "account.not_found")

	// Who changes a role may ask that it is still the one that they looked at.
	refuse := perennial.NewError(perennial.KindConflict, "test.changed", perennial.Say("变了", "changed"))
	err = d.SetMembership(ctx, Console(), op.ID, Membership{1, Grant{Role: Analyst}}, func(now Operator) error {
		if now.In(1).Role != Viewer {
			t.Errorf("%+v", now)
		}
		return refuse
	})
	wantCode(t, err, "test.changed")
	if role := must[Operator](t)(d.Operator(ctx, "li")).In(1).Role; role != Viewer {
		t.Errorf("the role became %s all the same", role)
	}
}
