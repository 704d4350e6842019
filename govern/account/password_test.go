package account

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
	"pgregory.net/rapid"

	"perennial"
)

func TestPasswordsAreChecked(t *testing.T) {
	for _, bad := range []string{
		"", "short", "1234567890", "01234567890", "zyxwvutsrq", "aaaaaaaaaaaa", "abababababab", "Password123!", "1314woaini520", "常青20262026",
		"chen.wei2026", "Chen.Wei@example.com", "tab\tin the middle", "not utf-8 \xff\xfe", strings.Repeat("long ", 41),
	} {
		wantCode(t, CheckPassword(bad, "chen.wei@example.com", "Chen Wei"), "account.password")
	}
	for _, fine := range []string{good, "春江水暖鸭先知二零二六", "correct horse", "xk7-qq2-mm9", strings.Repeat("word ", 40)} {
		if err := CheckPassword(fine, "chen.wei@example.com", "Chen Wei"); err != nil {
			t.Errorf("%q: %v", fine, err)
		}
	}
}

// The parameters and bytes of RFC 9106 are x/crypto's to hold; ours is the form.
func TestStoredForm(t *testing.T) {
	d := onSQLite(t)
	text := must[string](t)(d.seal(t.Context(), good))
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[2] != "v=19" || parts[3] != "m=64,t=1,p=1" {
		t.Fatalf("stored as %s", text)
	}
	salt, _ := base64.RawStdEncoding.DecodeString(parts[4])
	want := base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(good), salt, 1, 64, 1, 32))
	if parts[5] != want {
		t.Error("the stored hash is not argon2id of the password")
	}
	if again := must[string](t)(d.seal(t.Context(), good)); again == text {
		t.Error("two hashes of a password are the same")
	}
	// é as one character and as e with an accent.
	text = must[string](t)(d.seal(t.Context(), "café au lait"))
	if right, _, err := d.verify(t.Context(), text, "cafe\u0301 au lait"); !right || err != nil {
		t.Errorf("the same characters from another keyboard: %v, %v", right, err)
	}
	for _, damaged := range []string{
		"", "$", "plain", strings.Replace(text, "v=19", "v=16", 1), strings.Replace(text, "m=64", "m=9999999999", 1),
		strings.Replace(text, "m=64", "m=4294967295", 1), strings.Replace(text, "t=1", "t=0", 1), strings.Replace(text, "p=1", "p=0", 1), text + "$", text[:60],
	} {
		if _, err := parseStored(damaged); err == nil {
			t.Errorf("read %q", damaged)
		}
		if right, _, err := d.verify(t.Context(), damaged, "café au lait"); right || err != nil {
			t.Errorf("%q lets in: %v, %v", damaged, right, err)
		}
	}
}

func FuzzStoredPassword(f *testing.F) {
	f.Add("$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=8,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := parseStored(text); err == nil && (s.String() != text || s.cost.check() != nil) {
			t.Errorf("%q read as %+v", text, s)
		}
	})
}

func TestHashesAreMadeAnewWhenTheCostChanges(t *testing.T) { onEach(t, hashesAreMadeAnew) }

func hashesAreMadeAnew(t *testing.T, d *desk) {
	d.add("boss", 0, Grant{Role: Owner})
	d.reopen(Argon2id{MemoryKiB: 128, Passes: 2, Lanes: 1})
	_, err := d.LogIn(t.Context(), "boss", "wrong wrong wrong", Client{})
	wantCode(t, err, "account.wrong")
	if !strings.Contains(d.stored("boss"), "m=64,t=1,p=1") {
		t.Error("a wrong password changed the hash")
	}
	d.logIn("boss")
	if got := d.stored("boss"); !strings.Contains(got, "m=128,t=2,p=1") {
		t.Errorf("after a login the hash is %s", got)
	}
	d.logIn("boss")
}

func TestLoginsAreOneErrorWhateverIsWrong(t *testing.T) { onEach(t, loginsAreOneError) }

func loginsAreOneError(t *testing.T, d *desk) {
	ctx := t.Context()
	d.add("boss", 0, Grant{Role: Owner})
	out := d.add("out", 1, Grant{Role: Viewer})
	if err := d.Disable(ctx, Console(), out.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Add(ctx, Console(), NewOperator{Login: "invited"}, Membership{1, Grant{Role: Viewer}}); err != nil {
		t.Fatal(err)
	}
	want := perennial.AsError(wrong())
	for _, login := range []string{"boss", "out", "invited", "nobody", "", "no login at all", "b\x00oss", "boss\xff"} {
		password := good
		if login == "boss" {
			password = "not the right one"
		}
		_, err := d.LogIn(ctx, login, password, Client{})
		if e := perennial.AsError(err); e.Code != want.Code || e.Kind != want.Kind || e.Sentence != want.Sentence || e.Hint != want.Hint || e.Err != nil {
			t.Errorf("%q: %v", login, err)
		}
	}
}

// Known and unknown logins are slowed down alike, before and after a restart.
func TestGuessingIsSlow(t *testing.T) { onEach(t, guessingIsSlow) }

func guessingIsSlow(t *testing.T, d *desk) {
	ctx := t.Context()
	d.add("boss", 0, Grant{Role: Owner})
	var waits [2][]time.Duration
	for i, login := range []string{"boss", "nobody"} {
		start := d.now()
		for range 20 {
			_, err := d.LogIn(ctx, login, "a wrong guess", Client{})
			var th Throttled
			if errors.As(err, &th) {
				wantCode(t, err, "account.throttled")
				waits[i] = append(waits[i], th.Left)
				d.pass(th.Left)
				continue
			}
			wantCode(t, err, "account.wrong")
		}
		if i == 0 && d.now().Sub(start) < time.Minute {
			t.Errorf("20 attempts took %s", d.now().Sub(start))
		}
	}
	if len(waits[0]) == 0 || len(waits[0]) != len(waits[1]) {
		t.Fatalf("waits of a login that exists %v, of one that does not %v", waits[0], waits[1])
	}
	for i := range waits[0] {
		if waits[0][i] != waits[1][i] {
			t.Errorf("waits of a login that exists %v, of one that does not %v", waits[0], waits[1])
		}
	}
	// The right password is not even looked at while the login is blocked.
	for range 2 {
		_, _ = d.LogIn(ctx, "boss", "a wrong guess", Client{})
	}
	d.reopen(cheap)
	_, err := d.LogIn(ctx, " BOSS", good, Client{})
	wantCode(t, err, "account.throttled")
	if s := perennial.AsError(err).Sentence; !strings.Contains(s.EN, "seconds") || !strings.Contains(s.ZH, "秒后再试") {
		t.Errorf("it says %q", s)
	}
	d.pass(longestWait)
	d.logIn("boss")
	d.logIn("boss") // forgotten
	// Others from elsewhere are not touched; an address has its own count.
	for i := range freeOfAddress {
		login := string(rune('a'+i%26)) + strings.Repeat("x", i)
		_, err := d.LogIn(ctx, login, "a wrong guess", Client{Address: "203.0.113.9"})
		wantCode(t, err, "account.wrong")
	}
	_, err = d.LogIn(ctx, "boss", good, Client{Address: "203.0.113.9"})
	wantCode(t, err, "account.throttled")
	d.logIn("boss")
}

// Attempts are counted before they are judged: a thousand at once are no way round.
func TestGuessesAtOnceCountAsMany(t *testing.T) { onEach(t, guessesAtOnce) }

func guessesAtOnce(t *testing.T, d *desk) {
	d.add("boss", 0, Grant{Role: Owner})
	var looked atomic.Int64
	var wg sync.WaitGroup
	for range 24 {
		wg.Go(func() {
			if _, err := d.LogIn(context.WithoutCancel(t.Context()), "boss", "a wrong guess", Client{}); perennial.CodeOf(err) == "account.wrong" {
				looked.Add(1)
			}
		})
	}
	wg.Wait()
	if looked.Load() != freeOfLogin {
		t.Errorf("%d of 24 guesses at once were looked at, want %d", looked.Load(), freeOfLogin)
	}
}

func TestWaitsGrowAndEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, free := rapid.Int64Range(0, 1<<40).Draw(t, "failures"), rapid.Int64Range(1, 100).Draw(t, "free")
		w, next := wait(n, free), wait(n+1, free)
		if w < 0 || w > longestWait || next < w || (w == 0) != (n < free) {
			t.Fatalf("after %d failures %s, after one more %s", n, w, next)
		}
	})
}

func TestWaitingForAPlaceEndsWithItsContext(t *testing.T) {
	d := onSQLite(t)
	for range cap(d.hasher) {
		d.hasher <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.seal(ctx, good); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
