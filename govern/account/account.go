// Package account says who may come in and what they may do: operators with
// passwords and sessions, programs with keys, roles, and which customers each may
// see. Secrets are stored as hashes; what was done is written down in the
// transaction that did it.
package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"runtime"
	"time"

	"perennial"
	"perennial/govern/vault"
	"perennial/store/state"
)

// Options of New. State, Vault and Now are needed; the zero value of the others
// is the default.
type Options struct {
	State state.State
	Vault *vault.Vault     // masks what failed logins were made with
	Now   func() time.Time // the clock

	Password Argon2id      // cost of a password; DefaultArgon2id if zero
	Idle     time.Duration // a session that is not used ends after it; 24 h if zero
	Session  time.Duration // a session ends after it in any case; 14 days if zero
}

// Accounts keeps the accounts of an installation. It is safe for concurrent use.
type Accounts struct {
	state  state.State
	vault  *vault.Vault
	now    func() time.Time
	idle   time.Duration
	most   time.Duration
	cost   Argon2id
	hasher chan struct{} // a place for each password that may be hashed at once
}

// New makes the accounts of an installation.
func New(opt Options) (*Accounts, error) {
	if opt.State == nil || opt.Vault == nil || opt.Now == nil {
		return nil, errors.New("accounts need a state, a vault and a clock")
	}
	if opt.Password == (Argon2id{}) {
		opt.Password = DefaultArgon2id
	}
	if err := opt.Password.check(); err != nil {
		return nil, err
	}
	if opt.Idle == 0 {
		opt.Idle = 24 * time.Hour
	}
	if opt.Session == 0 {
		opt.Session = 14 * 24 * time.Hour
	}
	if opt.Idle < resolution || opt.Session < opt.Idle {
		return nil, errors.New("sessions that end before they can be used")
	}
	return &Accounts{
		state: opt.State, vault: opt.Vault, idle: opt.Idle, most: opt.Session,
		now: func() time.Time { return opt.Now().Truncate(time.Microsecond) }, // as state holds it
		// Each holds Argon2id.MemoryKiB while it is made.
		cost: opt.Password, hasher: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}, nil
}

// resolution is how exactly the last use of a session or key is known, so that
// most requests write nothing.
const resolution = time.Minute

// Everywhere is the workspace of what holds for the whole installation.
const Everywhere = 0

// Actor is who does something: an operator, a program with a key, or a person at
// the command line. The zero Actor may nothing.
type Actor struct {
	Operator int64
	Key      int64
	Name     string
	console  bool
}

// Console is the actor of commands. It may everything: whoever gets there could
// write the database as well.
func Console() Actor { return Actor{Name: "console", console: true} }

// Actor is the operator as one who does something.
func (o Operator) Actor() Actor { return Actor{Operator: o.ID, Name: o.Login} }

// Actor is the key as one that does something.
func (k Key) Actor() Actor { return Actor{Key: k.ID, Name: k.Prefix} }

// newToken draws a secret of 256 bits and returns it with the hash that is stored.
func newToken() (token string, hash []byte) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	token = base64.RawURLEncoding.EncodeToString(b[:])
	return token, hashToken(token)
}

// hashToken is SHA-256: a secret of 256 bits that nobody chose cannot be guessed,
// so a slow hash would protect nothing and cost every request. Look-up by hash
// tells a stranger who measures time about the hash only.
func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// fromMicros reads a time that may not be there.
func fromMicros(us *int64) *time.Time {
	if us == nil {
		return nil
	}
	t := time.UnixMicro(*us).UTC()
	return &t
}

func toMicros(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMicro()
}

// nextID returns the next number of a table from which nothing is removed.
// Write transactions run one after another, so nobody else draws it.
func nextID(ctx context.Context, tx state.Tx, table string) (id int64, err error) {
	_, err = tx.Get(ctx, "select coalesce(max(id), 0) + 1 from "+table, nil, &id)
	return id, err
}

func notAllowed(p Permission) error {
	return perennial.NewError(perennial.KindForbidden, "account.forbidden",
		perennial.Say("你的账号没有这项权限：%s。", "Your account is not allowed to do this: %s.", p)).
		WithHint(perennial.Say("请工作区的负责人（owner）给你相应的角色。", "Ask an owner of the workspace for a role that has it."))
}
