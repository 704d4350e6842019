package account

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"time"

	"perennial"
	"perennial/store/state"
)

// Key is what a program comes in with. It opens one workspace.
type Key struct {
	ID            int64      `json:"id"`
	Workspace     int64      `json:"workspace"`
	Name          string     `json:"name"`
	Prefix        string     `json:"prefix"` // the beginning of the secret, to know it by
	Scopes        []Scope    `json:"scopes"`
	CreatedBy     string     `json:"created_by"`
	CreatedAt     time.Time  `json:"created_at"`
	LastUsed      *time.Time `json:"last_used,omitempty"` // to the minute
	ExpiresAt     *time.Time `json:"expires_at,omitempty"`
	RevokedAt     *time.Time `json:"revoked_at,omitempty"`
	PreviousUntil *time.Time `json:"previous_until,omitempty"` // until when the secret before the last rotation opens, too
}

// May tells whether the key's scopes hold a permission. A key that has ended or
// was revoked holds what it held: it is Accounts.Key that lets in.
func (k Key) May(p Permission) bool {
	line := find(p)
	return slices.ContainsFunc(k.Scopes, func(s Scope) bool { return slices.Contains(line.scopes, s) })
}

// Require is May as an error (account.forbidden).
func (k Key) Require(p Permission) error {
	if k.May(p) {
		return nil
	}
	return perennial.NewError(perennial.KindForbidden, "account.forbidden",
		perennial.Say("这个密钥没有这项权限：%s。", "This key is not allowed to do this: %s.", p)).
		WithHint(perennial.Say("用带相应权限的密钥：perennial key create --scope …。", "Use a key with a scope that has it: perennial key create --scope …."))
}

// NewKey is a key to be made.
type NewKey struct {
	Workspace int64
	Name      string // what it is for
	Scopes    []Scope
	ExpiresAt *time.Time // nil: never
}

// A secret reads prn_PPPPPPPP_SSSSSSSSSSSSSSSSSSSSSSSSSSCCCCCCC: a public part by
// which people and lists know it, 130 random bits, and a checksum, which tells
// what was cut off or mistyped, and lets scanners of repositories be sure.
const (
	secretMark   = "prn_"
	publicChars  = 8
	secretChars  = 26
	checksum     = 7
	prefixLength = len(secretMark) + publicChars
	secretLength = prefixLength + 1 + secretChars + checksum
)

func newSecret() (secret, prefix string, hash []byte) {
	prefix = secretMark + rand.Text()[:publicChars]
	secret = prefix + "_" + rand.Text()[:secretChars]
	secret += checkOf(secret)
	return secret, prefix, hashToken(secret)
}

func checkOf(body string) string {
	b := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(body)))
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
}

// wellFormed tells that a text may be the secret of a key, and its prefix.
func wellFormed(secret string) (prefix string, ok bool) {
	if len(secret) != secretLength || !strings.HasPrefix(secret, secretMark) || secret[prefixLength] != '_' {
		return "", false
	}
	for _, part := range []string{secret[len(secretMark):prefixLength], secret[prefixLength+1:]} {
		for _, c := range []byte(part) {
			if (c < 'A' || c > 'Z') && (c < '2' || c > '7') {
				return "", false
			}
		}
	}
	body := secret[:secretLength-checksum]
	return secret[:prefixLength], checkOf(body) == secret[len(body):]
}

// CreateKey makes a key and returns its secret, which nobody can be shown again.
func (a *Accounts) CreateKey(ctx context.Context, by Actor, n NewKey) (k Key, secret string, err error) {
	n.Name = strings.TrimSpace(n.Name)
	if err := checkName(n.Name); err != nil {
		return k, "", err
	}
	if n.Scopes, err = ParseScopes(joinScopes(n.Scopes)); err != nil {
		return k, "", err
	}
	if n.ExpiresAt != nil && !n.ExpiresAt.After(a.now()) {
		return k, "", perennial.NewError(perennial.KindInvalid, "account.expiry", perennial.Say("有效期已经过去。", "The end lies in the past.")).
			WithHint(perennial.Say("写一个以后的时间，或不写。", "Give a later time, or none."))
	}
	err = a.state.Update(ctx, func(tx state.Tx) error {
		if err := mayAll(ctx, tx, by, KeysEdit, n.Workspace); err != nil {
			return err
		}
		var exists int64
		if found, err := tx.Get(ctx, "select id from workspaces where id = ?", []any{n.Workspace}, &exists); err != nil {
			return err
		} else if !found {
			return fmt.Errorf("workspace %d does not exist", n.Workspace)
		}
		id, err := nextID(ctx, tx, "api_keys")
		if err != nil {
			return err
		}
		var prefix string
		var hash []byte
		secret, prefix, hash = newSecret()
		if _, err := tx.Exec(ctx, `insert into api_keys (id, workspace_id, name, prefix, hash, scopes, created_by, created_at, last_used, expires_at)
			values (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)`, id, n.Workspace, n.Name, prefix, hash, joinScopes(n.Scopes), by.Name, a.now().UnixMicro(), toMicros(n.ExpiresAt)); err != nil {
			return err
		}
		if k, err = keyBy(ctx, tx, id); err != nil {
			return err
		}
		return a.Record(ctx, tx, by, n.Workspace, "key.create", prefix, joinScopes(n.Scopes))
	})
	return k, secret, err
}

const keyColumns = `select id, workspace_id, name, prefix, scopes, created_by, created_at, last_used, expires_at, revoked_at, previous_until from api_keys`

// scanKey fails on a scope that this program does not know: what it would allow is
// not known either.
func scanKey(scan func(...any) error) (k Key, err error) {
	var scopes string
	var created, used int64
	var expires, revoked, until *int64
	if err := scan(&k.ID, &k.Workspace, &k.Name, &k.Prefix, &scopes, &k.CreatedBy, &created, &used, &expires, &revoked, &until); err != nil {
		return k, err
	}
	k.CreatedAt, k.ExpiresAt, k.RevokedAt, k.PreviousUntil = time.UnixMicro(created).UTC(), fromMicros(expires), fromMicros(revoked), fromMicros(until)
	if used > 0 {
		k.LastUsed = fromMicros(&used)
	}
	k.Scopes, err = ParseScopes(scopes)
	return k, err
}

func keyBy(ctx context.Context, tx state.Tx, id int64) (k Key, err error) {
	found := false
	err = tx.Query(ctx, keyColumns+" where id = ?", []any{id}, func(scan func(...any) error) (err error) {
		found = true
		k, err = scanKey(scan)
		return err
	})
	if err == nil && !found {
		err = perennial.NewError(perennial.KindNotFound, "account.no_key", perennial.Say("没有密钥 %d。", "There is no key %d.", id)).
			WithHint(perennial.Say("用 perennial key list 查看密钥。", "perennial key list shows the keys."))
	}
	return k, err
}

// Keys lists the keys of a workspace in the order in which they were made, with
// those that have ended.
func (a *Accounts) Keys(ctx context.Context, workspace int64) (out []Key, err error) {
	err = a.state.View(ctx, func(tx state.Tx) error {
		out = []Key{}
		return tx.Query(ctx, keyColumns+" where workspace_id = ? order by id", []any{workspace}, func(scan func(...any) error) error {
			k, err := scanKey(scan)
			out = append(out, k)
			return err
		})
	})
	return out, err
}

// KeyByID returns a key; account.no_key where there is none.
func (a *Accounts) KeyByID(ctx context.Context, id int64) (k Key, err error) {
	err = a.state.View(ctx, func(tx state.Tx) (err error) {
		k, err = keyBy(ctx, tx, id)
		return err
	})
	return k, err
}

// Key returns the key of a secret and notes that it was used; account.key where it
// is unknown, has ended or was revoked.
func (a *Accounts) Key(ctx context.Context, secret string) (k Key, err error) {
	if _, ok := wellFormed(secret); !ok {
		return k, noKey()
	}
	hash, now := hashToken(secret), a.now()
	err = a.state.View(ctx, func(tx state.Tx) error {
		found := false
		err := tx.Query(ctx, keyColumns+" where hash = ? or (previous_hash = ? and previous_until > ?)", []any{hash, hash, now.UnixMicro()},
			func(scan func(...any) error) (err error) {
				found = true
				k, err = scanKey(scan)
				return err
			})
		if err != nil {
			return err
		}
		if !found || k.RevokedAt != nil || k.ExpiresAt != nil && !now.Before(*k.ExpiresAt) {
			return noKey()
		}
		return nil
	})
	if err != nil {
		return Key{}, err
	}
	if k.LastUsed != nil && now.Sub(*k.LastUsed) < resolution {
		return k, nil
	}
	if err := a.touch(ctx, "update api_keys set last_used = ? where id = ? and last_used <= ?", now.UnixMicro(), k.ID, now.Add(-resolution).UnixMicro()); err != nil {
		return Key{}, err
	}
	return k, nil
}

func noKey() error {
	return perennial.NewError(perennial.KindForbidden, "account.key",
		perennial.Say("这个 API 密钥无效、已过期或已吊销。", "This API key is not valid, has expired, or was revoked.")).
		WithHint(perennial.Say("用 perennial key create 建一个新的。", "perennial key create makes another."))
}

// RotateKey gives a key a new secret. The one before opens for overlap longer; one
// from an earlier rotation that still did ends at once.
func (a *Accounts) RotateKey(ctx context.Context, by Actor, id int64, overlap time.Duration) (k Key, secret string, err error) {
	if overlap < 0 || overlap > 90*24*time.Hour {
		return k, "", perennial.NewError(perennial.KindInvalid, "account.overlap",
			perennial.Say("旧密钥最多再用 90 天。", "The old secret can open for 90 days more at most.")).
			WithHint(perennial.Say("写 0 到 90 天。", "Give 0 to 90 days."))
	}
	err = a.editKey(ctx, by, id, "key.rotate", func(tx state.Tx, old Key) error {
		now := a.now()
		if old.RevokedAt != nil || old.ExpiresAt != nil && !now.Before(*old.ExpiresAt) {
			return noKey()
		}
		var prefix string
		var hash []byte
		secret, prefix, hash = newSecret()
		if _, err := tx.Exec(ctx, "update api_keys set previous_hash = hash, previous_until = ?, hash = ?, prefix = ? where id = ?",
			now.Add(overlap).UnixMicro(), hash, prefix, id); err != nil {
			return err
		}
		k, err = keyBy(ctx, tx, id)
		return err
	})
	return k, secret, err
}

// RevokeKey ends a key at once and for good. Doing so again is no error.
func (a *Accounts) RevokeKey(ctx context.Context, by Actor, id int64) (k Key, err error) {
	err = a.editKey(ctx, by, id, "key.revoke", func(tx state.Tx, _ Key) (err error) {
		if _, err = tx.Exec(ctx, "update api_keys set revoked_at = ? where id = ? and revoked_at is null", a.now().UnixMicro(), id); err != nil {
			return err
		}
		k, err = keyBy(ctx, tx, id)
		return err
	})
	return k, err
}

func (a *Accounts) editKey(ctx context.Context, by Actor, id int64, action string, change func(state.Tx, Key) error) error {
	return a.state.Update(ctx, func(tx state.Tx) error {
		old, err := keyBy(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := mayAll(ctx, tx, by, KeysEdit, old.Workspace); err != nil {
			return err
		}
		if err := change(tx, old); err != nil {
			return err
		}
		return a.Record(ctx, tx, by, old.Workspace, action, old.Prefix, old.Name)
	})
}

// Permissions lists what the key's scopes hold, in the order of the table.
func (k Key) Permissions() []Permission {
	out := []Permission{}
	for _, line := range table {
		if k.May(line.permission) {
			out = append(out, line.permission)
		}
	}
	return out
}
