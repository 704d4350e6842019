package account

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"perennial"
	"perennial/store/state"
)

// stored is an operator's password hash.
func (d *desk) stored(login string) (text string) {
	d.t.Helper()
	ctx := d.t.Context()
	err := d.state.View(ctx, func(tx state.Tx) error {
		_, err := tx.Get(ctx, "select password from operators where login = ?", []any{login}, &text)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return text
}

func TestSessionsSlideAndEnd(t *testing.T) { onEach(t, sessionsSlideAndEnd) }

func sessionsSlideAndEnd(t *testing.T, d *desk) {
	ctx := t.Context()
	d.add("boss", 0, Grant{Role: Owner})
	s := d.logIn("boss")
	idle := d.logIn("boss")
	d.pass(30 * time.Second)
	if got := must[Session](t)(d.Session(ctx, s.Token)); !got.LastSeen.Equal(s.CreatedAt) {
		t.Error("a use within the minute was written")
	}
	for range 14*24 - 1 { // used each hour, to the end
		d.pass(time.Hour)
		got := must[Session](t)(d.Session(ctx, s.Token))
		if !got.LastSeen.Equal(d.now()) || got.ExpiresAt.After(s.CreatedAt.Add(14*24*time.Hour)) {
			t.Fatalf("at %s: %+v", d.now(), got)
		}
	}
	_, err := d.Session(ctx, idle.Token)
	wantCode(t, err, "account.session")
	d.pass(time.Hour)
	_, err = d.Session(ctx, s.Token)
	wantCode(t, err, "account.session")
	again := d.logIn("boss")
	d.pass(24*time.Hour - time.Second)
	must[Session](t)(d.Session(ctx, again.Token))
	d.pass(24 * time.Hour)
	_, err = d.Session(ctx, again.Token)
	wantCode(t, err, "account.session")
}

func TestSessionsAreListedAndEnded(t *testing.T) { onEach(t, sessionsAreListed) }

func sessionsAreListed(t *testing.T, d *desk) {
	ctx := t.Context()
	op := d.add("boss", 0, Grant{Role: Owner})
	other := d.add("other", 1, Grant{Role: Viewer})
	here := d.logIn("boss")
	d.pass(time.Minute)
	there := must[NewSession](t)(d.LogIn(ctx, "boss", good, Client{UserAgent: strings.Repeat("长", 500) + "\x00\xff"}))
	d.pass(time.Minute)
	third, theirs := d.logIn("boss"), d.logIn("other")
	list := must[[]Session](t)(d.Sessions(ctx, op.ID))
	if len(list) != 3 || list[0].ID != third.ID || list[1].ID != there.ID || list[2].UserAgent != "a browser" {
		t.Fatalf("sessions %+v", list)
	}
	if err := d.EndSessions(ctx, op.ID, there.ID, theirs.ID); err != nil { // not theirs: of another operator
		t.Fatal(err)
	}
	_, err := d.Session(ctx, there.Token)
	wantCode(t, err, "account.session")
	must[Session](t)(d.Session(ctx, theirs.Token))
	if err := d.LogOut(ctx, third.Token); err != nil {
		t.Fatal(err)
	}
	_, err = d.Session(ctx, third.Token)
	wantCode(t, err, "account.session")
	if err := d.LogOut(ctx, third.Token); err != nil {
		t.Error(err)
	}

	wantCode(t, d.ChangePassword(ctx, op.ID, "not the old one", "another sentence", here.ID), "account.old_password")
	wantCode(t, d.ChangePassword(ctx, op.ID, good, "short", here.ID), "account.password")
	second := d.logIn("boss")
	if err := d.ChangePassword(ctx, op.ID, good, "another sentence", here.ID); err != nil {
		t.Fatal(err)
	}
	must[Session](t)(d.Session(ctx, here.Token))
	_, err = d.Session(ctx, second.Token)
	wantCode(t, err, "account.session")
	if err := d.EndSessions(ctx, op.ID); err != nil {
		t.Fatal(err)
	}
	_, err = d.Session(ctx, here.Token)
	wantCode(t, err, "account.session")
	if list := must[[]Session](t)(d.Sessions(ctx, other.ID)); len(list) != 1 {
		t.Errorf("another's sessions: %+v", list)
	}
	for _, forged := range []string{"", here.ID, here.Token + "A", strings.ToLower(here.Token), "\x00"} {
		_, err := d.Session(ctx, forged)
		wantCode(t, err, "account.session")
	}
}

// What was ended never lets anybody in again, however many ask at that moment.
func TestWhatWasRevokedNeverAuthenticates(t *testing.T) { onEach(t, revokedNeverAuthenticates) }

func revokedNeverAuthenticates(t *testing.T, d *desk) {
	ctx := context.WithoutCancel(t.Context())
	d.add("boss", 0, Grant{Role: Owner})
	op := d.add("wang", 1, Grant{Role: Analyst})
	for round := range 5 {
		if err := d.Enable(ctx, Console(), op.ID); err != nil {
			t.Fatal(err)
		}
		session := d.logIn("wang")
		key, secret, err := d.CreateKey(ctx, Console(), NewKey{Workspace: 1, Scopes: []Scope{ScopeRead}})
		if err != nil {
			t.Fatal(err)
		}
		d.pass(2 * time.Minute) // so that uses are written
		ended := make(chan struct{})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for over := false; ; {
					select {
					case <-ended:
						over = true
					default:
					}
					_, keyErr := d.Key(ctx, secret)
					_, sessionErr := d.Session(ctx, session.Token)
					_, loginErr := d.LogIn(ctx, "wang", good, Client{})
					if over {
						if perennial.CodeOf(keyErr) != "account.key" || perennial.CodeOf(sessionErr) != "account.session" || loginErr == nil {
							t.Errorf("round %d: after the end: %v, %v, %v", round, keyErr, sessionErr, loginErr)
						}
						return
					}
				}
			})
		}
		if _, err := d.RevokeKey(ctx, Console(), key.ID); err != nil {
			t.Error(err)
		}
		if err := d.Disable(ctx, Console(), op.ID); err != nil {
			t.Error(err)
		}
		close(ended)
		wg.Wait()
		if left := must[[]Session](t)(d.Sessions(ctx, op.ID)); len(left) != 0 {
			t.Errorf("round %d: %d sessions outlived the operator", round, len(left))
		}
		d.pass(2 * time.Hour)
	}
}

// While somebody else writes for long, requests are let in all the same.
func TestALongWriteKeepsNobodyOut(t *testing.T) { onEach(t, longWriteKeepsNobodyOut) }

func longWriteKeepsNobodyOut(t *testing.T, d *desk) {
	ctx := t.Context()
	d.add("boss", 0, Grant{Role: Owner})
	s := d.logIn("boss")
	_, secret, err := d.CreateKey(ctx, Console(), NewKey{Workspace: 1, Scopes: []Scope{ScopeRead}})
	if err != nil {
		t.Fatal(err)
	}
	d.pass(time.Hour)
	begun, release, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		var once sync.Once
		done <- d.state.Update(ctx, func(tx state.Tx) error {
			_, err := tx.Exec(ctx, "update workspaces set next_batch = 7 where id = 1")
			once.Do(func() { close(begun) })
			<-release
			return err
		})
	}()
	<-begun
	if got, err := d.Session(ctx, s.Token); err != nil || got.Operator.Login != "boss" {
		t.Errorf("the session: %+v, %v", got, err)
	}
	if _, err := d.Key(ctx, secret); err != nil {
		t.Errorf("the key: %v", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	must[Session](t)(d.Session(ctx, s.Token))
	if list := must[[]Session](t)(d.Sessions(ctx, s.Operator.ID)); !list[0].LastSeen.Equal(d.now()) {
		t.Errorf("after the write the session was last seen at %s", list[0].LastSeen)
	}
}
