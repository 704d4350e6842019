package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"perennial"
)

// Argon2id is what a password hash costs (RFC 9106).
type Argon2id struct {
	MemoryKiB uint32 // memory of one hash
	Passes    uint32 // how often it is walked
	Lanes     uint8  // threads of one hash
}

// DefaultArgon2id takes about a tenth of a second of one core
// (docs/decisions/0018).
var DefaultArgon2id = Argon2id{MemoryKiB: 64 << 10, Passes: 2, Lanes: 1}

// check bounds what a database, or an option, may ask of this machine.
func (a Argon2id) check() error {
	if a.Passes < 1 || a.Passes > 64 || a.Lanes < 1 || a.Lanes > 64 || a.MemoryKiB < 8*uint32(a.Lanes) || a.MemoryKiB > 1<<20 {
		return fmt.Errorf("argon2id with %d KiB, %d passes, %d lanes", a.MemoryKiB, a.Passes, a.Lanes)
	}
	return nil
}

const (
	saltBytes = 16
	hashBytes = 32
)

// stored is a password as the database holds it.
type stored struct {
	cost Argon2id
	salt []byte
	hash []byte
}

// String is the PHC string form.
func (s stored) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		s.cost.MemoryKiB, s.cost.Passes, s.cost.Lanes, b64.EncodeToString(s.salt), b64.EncodeToString(s.hash))
}

// parseStored reads the PHC string form, strictly: it is read back only as it was
// written.
func parseStored(text string) (stored, error) {
	var s stored
	var version int
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return s, fmt.Errorf("no argon2id hash")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &s.cost.MemoryKiB, &s.cost.Passes, &s.cost.Lanes); err != nil {
		return s, fmt.Errorf("read parameters of argon2id: %w", err)
	}
	var err error
	if s.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil {
		return s, fmt.Errorf("read salt: %w", err)
	}
	if s.hash, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil {
		return s, fmt.Errorf("read hash: %w", err)
	}
	if version != argon2.Version || len(s.salt) < 8 || len(s.salt) > 64 || len(s.hash) < 16 || len(s.hash) > 64 || s.String() != text {
		return s, fmt.Errorf("an argon2id hash of another form")
	}
	return s, s.cost.check()
}

func (s stored) derive(password string) []byte {
	// The same characters typed on another system are the same password.
	return argon2.IDKey([]byte(norm.NFC.String(password)), s.salt, s.cost.Passes, s.cost.MemoryKiB, s.cost.Lanes, uint32(len(s.hash)))
}

// place waits until one more password may be hashed: each takes much memory.
func (a *Accounts) place(ctx context.Context) (release func(), err error) {
	select {
	case a.hasher <- struct{}{}:
		return func() { <-a.hasher }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// seal hashes a new password.
func (a *Accounts) seal(ctx context.Context, password string) (string, error) {
	release, err := a.place(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	s := stored{cost: a.cost, salt: make([]byte, saltBytes), hash: make([]byte, hashBytes)}
	_, _ = rand.Read(s.salt) // never fails
	s.hash = s.derive(password)
	return s.String(), nil
}

// verify tells whether a password is the stored one, and whether that is stored at
// another cost than is asked for now. An empty or damaged hash is nobody's
// password and takes the same work to find out.
func (a *Accounts) verify(ctx context.Context, text, password string) (right, outdated bool, err error) {
	release, err := a.place(ctx)
	if err != nil {
		return false, false, err
	}
	defer release()
	s, bad := parseStored(text)
	if bad != nil {
		s = stored{cost: a.cost, salt: make([]byte, saltBytes), hash: make([]byte, hashBytes)}
	}
	same := subtle.ConstantTimeCompare(s.derive(password), s.hash) == 1
	return same && bad == nil, s.cost != a.cost, nil
}

// Bounds of a password in characters. The upper one keeps a request from being
// work.
const (
	minPassword = 10
	maxPassword = 200
)

// usual are passwords of sufficient length that are tried first, folded as
// checkPassword folds.
var usual = []string{
	"1234567890", "0123456789", "12345678910", "qwertyuiop", "asdfghjkl", "1qaz2wsx3edc", "1q2w3e4r5t", "1q2w3e4r5t6y",
	"password", "passw0rd", "letmein", "iloveyou", "administrator", "admin", "welcome", "woaini", "woaini1314", "5201314", "changeme",
	"perennial", "changqing", "常青",
}

// CheckPassword tells why a password cannot be chosen (account.password). login
// and name are of whom it is for.
func CheckPassword(password, login, name string) error {
	password = norm.NFC.String(password)
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return badPassword(perennial.Say("密码里有打不出来的字符。", "The password has characters that cannot be typed."))
	case n < minPassword:
		return badPassword(perennial.Say("密码太短，至少 %d 个字符。", "The password is too short: at least %d characters.", minPassword))
	case n > maxPassword:
		return badPassword(perennial.Say("密码太长，最多 %d 个字符。", "The password is too long: at most %d characters.", maxPassword))
	}
	// What is left of it without the digits and signs that are hung on at the ends.
	folded := strings.ToLower(password)
	bare := strings.TrimFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) })
	local, _, _ := strings.Cut(login, "@")
	for _, own := range []string{login, local, strings.ToLower(name)} {
		if own != "" && (folded == own || bare == own) {
			return badPassword(perennial.Say("密码不能是自己的名字。", "The password must not be one's own name."))
		}
	}
	if slices.Contains(usual, folded) || bare != "" && slices.Contains(usual, bare) {
		return badPassword(perennial.Say("这个密码太常见，会最先被试到。", "This password is among those that are tried first."))
	}
	if run(folded) {
		return badPassword(perennial.Say("密码只是几个字符的重复或顺序。", "The password only repeats or counts."))
	}
	return nil
}

// run tells that a text has fewer than four different characters or only counts
// up or down.
func run(s string) bool {
	different := map[rune]bool{}
	up, down := true, true
	var before rune
	for i, r := range s {
		different[r] = true
		up = up && (i == 0 || r == before+1 || before == '9' && r == '0')
		down = down && (i == 0 || r == before-1 || before == '0' && r == '9')
		before = r
	}
	return len(different) < 4 || up || down
}

func badPassword(sentence perennial.Text) error {
	return perennial.NewError(perennial.KindInvalid, "account.password", sentence).
		WithHint(perennial.Say("用几个不相干的词连成一句最好记，也最难猜。", "A few words that have nothing to do with one another are easy to remember and hard to guess."))
}
