package account

import (
	"strings"
	"testing"
	"time"

	"perennial/store/state"
)

func TestKeysLiveAndEnd(t *testing.T) { onEach(t, keysLiveAndEnd) }

func keysLiveAndEnd(t *testing.T, d *desk) {
	ctx := t.Context()
	ends := d.now().Add(48 * time.Hour)
	k, secret, err := d.CreateKey(ctx, Console(), NewKey{Workspace: 1, Name: " nightly export ", Scopes: []Scope{ScopeExport, ScopeRead}, ExpiresAt: &ends})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(secret, k.Prefix) || k.Name != "nightly export" || k.LastUsed != nil || k.CreatedBy != "console" {
		t.Errorf("made %+v", k)
	}
	got := must[Key](t)(d.Key(ctx, secret))
	if got.ID != k.ID || got.Workspace != 1 || !got.May(CustomersExport) || got.May(CustomersReveal) {
		t.Errorf("came in as %+v", got)
	}
	used := func() *time.Time { return must[Key](t)(d.KeyByID(ctx, k.ID)).LastUsed }
	first := used()
	if first == nil || !first.Equal(d.now()) {
		t.Fatalf("the first use was at %v", first)
	}
	d.pass(59 * time.Second)
	must[Key](t)(d.Key(ctx, secret))
	if !used().Equal(*first) {
		t.Error("a use within the minute was written")
	}
	d.pass(time.Second)
	must[Key](t)(d.Key(ctx, secret))
	if !used().Equal(d.now()) {
		t.Error("a use after a minute was not written")
	}

	_, second, err := d.RotateKey(ctx, Console(), k.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	must[Key](t)(d.Key(ctx, secret))
	must[Key](t)(d.Key(ctx, second))
	d.pass(time.Hour)
	_, err = d.Key(ctx, secret)
	wantCode(t, err, "account.key")
	rotated, third, err := d.RotateKey(ctx, Console(), k.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Key(ctx, second)
	wantCode(t, err, "account.key")
	if got := must[Key](t)(d.Key(ctx, third)); got.Prefix != rotated.Prefix || got.ID != k.ID {
		t.Errorf("rotated to %+v", got)
	}
	_, _, err = d.RotateKey(ctx, Console(), k.ID, 91*24*time.Hour)
	wantCode(t, err, "account.overlap")

	d.pass(48 * time.Hour)
	_, err = d.Key(ctx, third)
	wantCode(t, err, "account.key") // its end
	_, _, err = d.RotateKey(ctx, Console(), k.ID, 0)
	wantCode(t, err, "account.key")

	other, open, err := d.CreateKey(ctx, Console(), NewKey{Workspace: 2, Scopes: []Scope{ScopeCollect}})
	if err != nil {
		t.Fatal(err)
	}
	if _, open2, err := d.RotateKey(ctx, Console(), other.ID, time.Hour); err != nil {
		t.Error(err)
	} else if _, err := d.RevokeKey(ctx, Console(), other.ID); err != nil {
		t.Error(err)
	} else {
		for _, s := range []string{open, open2} { // the overlap ends as well
			_, err := d.Key(ctx, s)
			wantCode(t, err, "account.key")
		}
	}
	if list := must[[]Key](t)(d.Keys(ctx, 2)); len(list) != 1 || list[0].RevokedAt == nil {
		t.Errorf("keys of workspace 2: %+v", list)
	}
	_, err = d.RevokeKey(ctx, Console(), 99)
	wantCode(t, err, "account.no_key")
	_, _, err = d.CreateKey(ctx, Console(), NewKey{Workspace: 1})
	wantCode(t, err, "account.scope")
	past := d.now()
	_, _, err = d.CreateKey(ctx, Console(), NewKey{Workspace: 1, Scopes: []Scope{ScopeRead}, ExpiresAt: &past})
	wantCode(t, err, "account.expiry")
	if _, _, err = d.CreateKey(ctx, Console(), NewKey{Workspace: 99, Scopes: []Scope{ScopeRead}}); err == nil {
		t.Error("made a key of a workspace that does not exist")
	}
}

// A role, rule or scope that a newer program wrote lets nobody in.
func TestWhatIsNotKnownLetsNobodyIn(t *testing.T) { onEach(t, unknownLetsNobodyIn) }

func unknownLetsNobodyIn(t *testing.T, d *desk) {
	ctx := t.Context()
	d.add("wang", 1, Grant{Role: Service, Rows: rows(t, "city in (上海)")})
	session := d.logIn("wang")
	_, secret, err := d.CreateKey(ctx, Console(), NewKey{Workspace: 1, Scopes: []Scope{ScopeRead}})
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []string{
		"update api_keys set scopes = 'read everything'",
		"update memberships set row_rule = 'age in (\"7\")'", "update memberships set row_rule = 'city in (\"上海\") or 1 = 1'",
		"update memberships set row_rule = '', role = 'deputy'",
	} {
		err := d.state.Update(ctx, func(tx state.Tx) error {
			_, err := tx.Exec(ctx, change)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(change, "api_keys") {
			if _, err := d.Key(ctx, secret); err == nil {
				t.Errorf("after %s the key opens", change)
			}
		} else if s, err := d.Session(ctx, session.Token); err == nil {
			t.Errorf("after %s the session is %+v", change, s)
		}
	}
}

func FuzzKey(f *testing.F) {
	secret, _, _ := newSecret()
	f.Add(secret)
	f.Add(secret[:len(secret)-1])
	f.Add("prn_AAAAAAAA_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, s string) {
		prefix, ok := wellFormed(s)
		if !ok {
			return
		}
		if !strings.HasPrefix(s, prefix) || len(s) != secretLength {
			t.Errorf("%q has the prefix %q", s, prefix)
		}
		for i := range len(s) { // a slip of one letter is seen
			wrong := []byte(s)
			if wrong[i]++; i >= len(secretMark) {
				if _, ok := wellFormed(string(wrong)); ok {
					t.Errorf("%q passes for %q", wrong, s)
				}
			}
		}
	})
}
