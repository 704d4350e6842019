package account

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode"

	"perennial"
	"perennial/store/state"
)

// Client is what is known of who logs in.
type Client struct {
	Address   string // without the port; empty where there is none
	UserAgent string
}

// Session is one browser that is logged in.
type Session struct {
	ID        string    `json:"id"` // not secret; names the session in a list
	CreatedAt time.Time `json:"created_at"`
	LastSeen  time.Time `json:"last_seen"` // to the minute
	ExpiresAt time.Time `json:"expires_at"`
	UserAgent string    `json:"user_agent"`

	Operator  Operator `json:"-"` // whose; not filled in lists
	Workspace int64    `json:"-"` // which one the browser looks at, 0 before one is chosen; not filled in lists
}

// NewSession is a session with the token that its cookie holds.
type NewSession struct {
	Token string
	Session
}

const maxUserAgent = 200 // characters

// sessionID names a session by a part of its token's hash: nothing to store, and
// nothing from which the token could be had.
func sessionID(hash []byte) string { return hex.EncodeToString(hash[:8]) }

// ends is when a session last seen at a time ends.
func (a *Accounts) ends(lastSeen, expires time.Time) time.Time {
	if idle := lastSeen.Add(a.idle); idle.Before(expires) {
		return idle
	}
	return expires
}

// LogIn checks a password and begins a session. Whatever is wrong (no such login,
// no password yet, another password, a disabled operator) is the one error
// account.wrong after the same work; too many attempts are account.throttled.
func (a *Accounts) LogIn(ctx context.Context, login, password string, from Client) (session NewSession, err error) {
	if len(password) > 4*maxPassword || len(login) > 4*maxPassword {
		return session, wrong()
	}
	login = foldLogin(login)
	subjects, err := a.subjects(login, from.Address)
	if err != nil {
		return session, err
	}
	if err := a.attempt(ctx, subjects); err != nil {
		return session, err
	}
	known, err := CleanLogin(login)
	if err != nil { // nobody has it; the empty login is nobody's as well
		known = ""
	}
	var id int64
	var stored string
	err = a.state.View(ctx, func(tx state.Tx) error {
		_, err := tx.Get(ctx, "select id, password from operators where login = ?", []any{known}, &id, &stored)
		return err
	})
	if err != nil {
		return session, err
	}
	right, outdated, err := a.verify(ctx, stored, password)
	if err != nil {
		return session, err
	}
	if !right {
		return session, wrong()
	}
	fresh := stored
	if outdated {
		if fresh, err = a.seal(ctx, password); err != nil {
			return session, err
		}
	}
	err = a.state.Update(ctx, func(tx state.Tx) error {
		// What was verified may be over: only if it still holds is there a session.
		n, err := tx.Exec(ctx, "update operators set password = ? where id = ? and password = ? and disabled_at is null", fresh, id, stored)
		if err != nil {
			return err
		}
		if n == 0 {
			return wrong()
		}
		op, err := operatorBy(ctx, tx, "id", id)
		if err != nil {
			return err
		}
		if err := succeed(ctx, tx, subjects); err != nil {
			return err
		}
		if err := a.Record(ctx, tx, op.Actor(), Everywhere, "login", op.Login, ""); err != nil {
			return err
		}
		session, err = a.begin(ctx, tx, op, from)
		return err
	})
	return session, err
}

func wrong() error {
	return perennial.NewError(perennial.KindForbidden, "account.wrong",
		perennial.Say("登录名或密码不对。", "The login or the password is wrong.")).
		WithHint(perennial.Say("忘记密码时，请管理员重置。", "If the password is lost, ask an administrator for a reset."))
}

// begin stores a new session, and clears away those that have ended.
func (a *Accounts) begin(ctx context.Context, tx state.Tx, op Operator, from Client) (NewSession, error) {
	now := a.now()
	if _, err := tx.Exec(ctx, "delete from sessions where expires_at <= ? or last_seen <= ?",
		now.UnixMicro(), now.Add(-a.idle).UnixMicro()); err != nil {
		return NewSession{}, err
	}
	token, hash := newToken()
	agent := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(from.UserAgent, ""))
	s := NewSession{Token: token, Session: Session{
		ID: sessionID(hash), CreatedAt: now.UTC(), LastSeen: now.UTC(), ExpiresAt: a.ends(now, now.Add(a.most)).UTC(),
		UserAgent: shorten(agent, maxUserAgent), Operator: op,
	}}
	_, err := tx.Exec(ctx, "insert into sessions (hash, operator_id, created_at, last_seen, expires_at, user_agent) values (?, ?, ?, ?, ?, ?)",
		hash, op.ID, now.UnixMicro(), now.UnixMicro(), now.Add(a.most).UnixMicro(), s.UserAgent)
	return s, err
}

// Session returns the session of a token with its operator, and notes that it was
// used; account.session where it does not exist, has ended, or its operator is
// disabled.
func (a *Accounts) Session(ctx context.Context, token string) (s Session, err error) {
	hash := hashToken(token)
	now := a.now()
	stale := false
	err = a.state.View(ctx, func(tx state.Tx) error {
		s = Session{ID: sessionID(hash)}
		var operator, created, seen, expires int64
		found, err := tx.Get(ctx, "select operator_id, created_at, last_seen, expires_at, user_agent, workspace_id from sessions where hash = ?", []any{hash},
			&operator, &created, &seen, &expires, &s.UserAgent, &s.Workspace)
		if err != nil {
			return err
		}
		s.CreatedAt, s.LastSeen = time.UnixMicro(created).UTC(), time.UnixMicro(seen).UTC()
		s.ExpiresAt = a.ends(s.LastSeen, time.UnixMicro(expires)).UTC()
		if !found || !now.Before(s.ExpiresAt) {
			return noSession()
		}
		if s.Operator, err = operatorBy(ctx, tx, "id", operator); err != nil {
			return err
		}
		if s.Operator.DisabledAt != nil {
			return noSession()
		}
		if stale = now.Sub(s.LastSeen) >= resolution; stale {
			s.LastSeen, s.ExpiresAt = now.UTC(), a.ends(now, time.UnixMicro(expires)).UTC()
		}
		return nil
	})
	if err != nil || !stale {
		return s, err
	}
	return s, a.touch(ctx, "update sessions set last_seen = ? where hash = ? and last_seen <= ?", now.UnixMicro(), hash, now.Add(-resolution).UnixMicro())
}

// patience is how long a request waits to note that a session or key was used.
const patience = 250 * time.Millisecond

// touch notes a use. A long write, such as the end of an import, holds others up:
// then the next request notes it, and this one is not kept waiting.
func (a *Accounts) touch(ctx context.Context, query string, args ...any) error {
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := a.state.Update(short, func(tx state.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	})
	if short.Err() != nil {
		return ctx.Err()
	}
	return err
}

func noSession() error {
	return perennial.NewError(perennial.KindForbidden, "account.session",
		perennial.Say("登录已过期。", "You are not logged in any more.")).
		WithHint(perennial.Say("请重新登录。", "Please log in again."))
}

// Sessions lists an operator's sessions that have not ended, the latest first.
func (a *Accounts) Sessions(ctx context.Context, operator int64) (out []Session, err error) {
	err = a.state.View(ctx, func(tx state.Tx) error {
		out = []Session{}
		now := a.now()
		return tx.Query(ctx, "select hash, created_at, last_seen, expires_at, user_agent from sessions where operator_id = ? order by last_seen desc, hash", []any{operator},
			func(scan func(...any) error) error {
				var s Session
				var hash []byte
				var created, seen, expires int64
				if err := scan(&hash, &created, &seen, &expires, &s.UserAgent); err != nil {
					return err
				}
				s.ID, s.CreatedAt, s.LastSeen = sessionID(hash), time.UnixMicro(created).UTC(), time.UnixMicro(seen).UTC()
				if s.ExpiresAt = a.ends(s.LastSeen, time.UnixMicro(expires)).UTC(); now.Before(s.ExpiresAt) {
					out = append(out, s)
				}
				return nil
			})
	})
	return out, err
}

// Choose makes a workspace the one that a session looks at. Whether its operator may
// see it is asked at each request.
func (a *Accounts) Choose(ctx context.Context, token string, workspace int64) error {
	return a.state.Update(ctx, func(tx state.Tx) error {
		n, err := tx.Exec(ctx, "update sessions set workspace_id = ? where hash = ?", workspace, hashToken(token))
		if err == nil && n == 0 {
			return noSession()
		}
		return err
	})
}

// LogOut ends the session of a token. One that does not exist is no error.
func (a *Accounts) LogOut(ctx context.Context, token string) error {
	return a.state.Update(ctx, func(tx state.Tx) error {
		var operator int64
		found, err := tx.Get(ctx, "select operator_id from sessions where hash = ?", []any{hashToken(token)}, &operator)
		if err != nil || !found {
			return err
		}
		op, err := operatorBy(ctx, tx, "id", operator)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "delete from sessions where hash = ?", hashToken(token)); err != nil {
			return err
		}
		return a.Record(ctx, tx, op.Actor(), Everywhere, "logout", op.Login, "")
	})
}

// EndSessions ends sessions of an operator by their ids; without ids all of them.
func (a *Accounts) EndSessions(ctx context.Context, operator int64, ids ...string) error {
	return a.state.Update(ctx, func(tx state.Tx) error {
		op, err := operatorBy(ctx, tx, "id", operator)
		if err != nil {
			return err
		}
		return a.endSessions(ctx, tx, op, func(id string) bool { return len(ids) == 0 || slices.Contains(ids, id) })
	})
}

func (a *Accounts) endSessions(ctx context.Context, tx state.Tx, op Operator, which func(id string) bool) error {
	var hashes [][]byte
	err := tx.Query(ctx, "select hash from sessions where operator_id = ?", []any{op.ID}, func(scan func(...any) error) error {
		var hash []byte
		err := scan(&hash)
		if which(sessionID(hash)) {
			hashes = append(hashes, hash)
		}
		return err
	})
	if err != nil || len(hashes) == 0 {
		return err
	}
	for _, hash := range hashes {
		if _, err := tx.Exec(ctx, "delete from sessions where hash = ?", hash); err != nil {
			return err
		}
	}
	return a.Record(ctx, tx, op.Actor(), Everywhere, "logout", op.Login, "")
}

// ChangePassword replaces an operator's password by another, if they know the old
// one, and ends all their sessions but the one named keep. Wrong old passwords
// count as failed logins.
func (a *Accounts) ChangePassword(ctx context.Context, operator int64, old, password, keep string) error {
	var op Operator
	var stored string
	err := a.state.View(ctx, func(tx state.Tx) (err error) {
		if op, err = operatorBy(ctx, tx, "id", operator); err != nil {
			return err
		}
		_, err = tx.Get(ctx, "select password from operators where id = ?", []any{operator}, &stored)
		return err
	})
	if err != nil {
		return err
	}
	if err := CheckPassword(password, op.Login, op.Name); err != nil {
		return err
	}
	subjects, err := a.subjects(op.Login, "")
	if err != nil {
		return err
	}
	if err := a.attempt(ctx, subjects); err != nil {
		return err
	}
	right, _, err := a.verify(ctx, stored, shorten(old, maxPassword+1))
	if err != nil {
		return err
	}
	if !right {
		return perennial.NewError(perennial.KindForbidden, "account.old_password", perennial.Say("原密码不对。", "The old password is wrong.")).
			WithHint(perennial.Say("忘记密码时，请管理员重置。", "If the password is lost, ask an administrator for a reset."))
	}
	hash, err := a.seal(ctx, password)
	if err != nil {
		return err
	}
	return a.state.Update(ctx, func(tx state.Tx) error {
		n, err := tx.Exec(ctx, "update operators set password = ? where id = ? and password = ? and disabled_at is null", hash, operator, stored)
		if err != nil {
			return err
		}
		if n == 0 {
			return noSession()
		}
		if err := succeed(ctx, tx, subjects); err != nil {
			return err
		}
		if err := a.endSessions(ctx, tx, op, func(id string) bool { return id != keep }); err != nil {
			return err
		}
		return a.Record(ctx, tx, op.Actor(), Everywhere, "password.change", op.Login, "")
	})
}
