package account

import (
	"context"
	"time"

	"perennial"
	"perennial/store/state"
)

// How logins are slowed down. A person who mistypes notices nothing; who guesses
// has a few hundred attempts a day at one login. An address has more, because an
// office shares one.
const (
	freeOfLogin   = 5
	freeOfAddress = 30
	longestWait   = 5 * time.Minute
	forgetAfter   = time.Hour // without a failure
)

// subject is what failures are counted by.
type subject struct {
	hash []byte
	free int64
}

// subjects of an attempt: the login as it was typed, known or not, and the
// address. Both are masked: people type passwords into the wrong field, and an
// address is personal.
func (a *Accounts) subjects(login, address string) ([]subject, error) {
	h, err := a.vault.Hasher(Everywhere)
	if err != nil {
		return nil, err
	}
	byLogin := h.Hash("login", login)
	list := []subject{{byLogin[:], freeOfLogin}}
	if address != "" {
		byAddress := h.Hash("address", address)
		list = append(list, subject{byAddress[:], freeOfAddress})
	}
	return list, nil
}

// wait is how long the next attempt is refused after so many failures.
func wait(failures, free int64) time.Duration {
	over := failures - free
	if over < 0 {
		return 0
	}
	return min(time.Second<<min(over, 20), longestWait)
}

// attempt counts an attempt before it is judged, so that many at once count as
// many; or refuses it (account.throttled).
func (a *Accounts) attempt(ctx context.Context, list []subject) error {
	return a.state.Update(ctx, func(tx state.Tx) error {
		now := a.now()
		if _, err := tx.Exec(ctx, "delete from login_attempts where last_at < ?", now.Add(-forgetAfter).UnixMicro()); err != nil {
			return err
		}
		failures := make([]int64, len(list))
		var until int64
		for i, s := range list {
			var blocked int64
			if _, err := tx.Get(ctx, "select failures, blocked_until from login_attempts where subject = ?", []any{s.hash}, &failures[i], &blocked); err != nil {
				return err
			}
			until = max(until, blocked)
		}
		if left := time.UnixMicro(until).Sub(now); left > 0 {
			return throttled(left)
		}
		for i, s := range list {
			n := failures[i] + 1
			if _, err := tx.Exec(ctx, `insert into login_attempts (subject, failures, last_at, blocked_until) values (?, ?, ?, ?)
				on conflict (subject) do update set failures = excluded.failures, last_at = excluded.last_at, blocked_until = excluded.blocked_until`,
				s.hash, n, now.UnixMicro(), now.Add(wait(n, s.free)).UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
}

// succeed takes an attempt back that was right: the login's failures are
// forgotten, and the address has this one less. An address keeps the others, or
// whoever has one account could guess at all.
func succeed(ctx context.Context, tx state.Tx, list []subject) error {
	if _, err := tx.Exec(ctx, "delete from login_attempts where subject = ?", list[0].hash); err != nil {
		return err
	}
	for _, s := range list[1:] {
		if _, err := tx.Exec(ctx, "update login_attempts set failures = failures - 1, blocked_until = 0 where subject = ? and failures > 0", s.hash); err != nil {
			return err
		}
	}
	return nil
}

// Throttled is the cause of account.throttled: how long to wait, for a header
// that says so.
type Throttled struct{ Left time.Duration }

func (t Throttled) Error() string { return "blocked for " + t.Left.String() }

func throttled(left time.Duration) error {
	seconds := int64((left + time.Second - 1) / time.Second)
	return perennial.NewError(perennial.KindUnavailable, "account.throttled",
		perennial.Say("试得太多了，请 %d 秒后再试。", "Too many attempts: try again in %d seconds.", seconds)).
		WithHint(perennial.Say("忘记密码时，请管理员重置。", "If the password is lost, ask an administrator for a reset.")).Because(Throttled{left})
}
