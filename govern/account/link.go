package account

import (
	"cmp"
	"context"
	"time"

	"perennial"
	"perennial/store/state"
)

// Purpose is what a link is for.
type Purpose string

// The purposes of links.
const (
	SetUp  Purpose = "setup"  // makes the first operator
	Invite Purpose = "invite" // a new operator chooses a password
	Reset  Purpose = "reset"  // an operator chooses another one
	Enter  Purpose = "login"  // logs an operator in, as often as it is opened
)

// How long links last. An invitation survives a weekend.
const (
	forSetUp  = 24 * time.Hour
	forInvite = 7 * 24 * time.Hour
	forReset  = 24 * time.Hour
	forEnter  = 24 * time.Hour
)

// Link lets somebody in once. The token is known only to who makes it and who is
// given it.
type Link struct {
	Token     string    `json:"token,omitempty"`
	Purpose   Purpose   `json:"purpose"`
	Login     string    `json:"login,omitempty"` // whose; empty for SetUp
	ExpiresAt time.Time `json:"expires_at"`
}

// Path is where the link leads, to be put behind the address of the pages. The
// token is a fragment, which browsers send to nobody: it is in no log and no
// referrer.
func (l Link) Path() string { return "/link#" + l.Token }

// newLink makes a link; older ones of the same operator are void.
func (a *Accounts) newLink(ctx context.Context, tx state.Tx, purpose Purpose, operator int64, lasts time.Duration) (Link, error) {
	now := a.now()
	if _, err := tx.Exec(ctx, "update links set used_at = ? where operator_id = ? and used_at is null", now.UnixMicro(), operator); err != nil {
		return Link{}, err
	}
	if _, err := tx.Exec(ctx, "delete from links where expires_at < ?", now.Add(-forInvite).UnixMicro()); err != nil {
		return Link{}, err
	}
	token, hash := newToken()
	link := Link{Token: token, Purpose: purpose, ExpiresAt: now.Add(lasts).UTC()}
	_, err := tx.Exec(ctx, "insert into links (hash, purpose, operator_id, created_at, expires_at) values (?, ?, ?, ?, ?)",
		hash, string(purpose), operator, now.UnixMicro(), link.ExpiresAt.UnixMicro())
	return link, err
}

// Fresh tells that there is no operator yet.
func (a *Accounts) Fresh(ctx context.Context) (fresh bool, err error) {
	err = a.state.View(ctx, func(tx state.Tx) (err error) {
		fresh, err = noOperator(ctx, tx)
		return err
	})
	return fresh, err
}

func noOperator(ctx context.Context, tx state.Tx) (bool, error) {
	var n int64
	_, err := tx.Get(ctx, "select count(*) from operators", nil, &n)
	return n == 0, err
}

func alreadySetUp() error {
	return perennial.NewError(perennial.KindConflict, "account.set_up",
		perennial.Say("这里已经有账号了。", "There are accounts here already.")).
		WithHint(perennial.Say("用 perennial user reset 帮忘记密码的人，用 perennial user add 添加账号。",
			"perennial user reset helps who lost a password; perennial user add adds an account."))
}

// SetUpLink makes the link by which the first operator comes in; the one before is
// void. With operators there is none (account.set_up).
func (a *Accounts) SetUpLink(ctx context.Context) (link Link, err error) {
	err = a.state.Update(ctx, func(tx state.Tx) error {
		if fresh, err := noOperator(ctx, tx); err != nil {
			return err
		} else if !fresh {
			return alreadySetUp()
		}
		link, err = a.newLink(ctx, tx, SetUp, 0, forSetUp)
		return err
	})
	return link, err
}

// ResetLink makes the link by which an operator chooses another password. The old
// one holds until then. A disabled operator gets none.
func (a *Accounts) ResetLink(ctx context.Context, by Actor, operator int64) (link Link, err error) {
	err = a.edit(ctx, by, operator, nil, func(tx state.Tx, op Operator) (err error) {
		if op.DisabledAt != nil {
			return perennial.NewError(perennial.KindConflict, "account.disabled",
				perennial.Say("“%s”已停用。", "%q is disabled.", op.Login)).
				WithHint(perennial.Say("先用 perennial user enable 启用。", "perennial user enable lets them in again."))
		}
		purpose, lasts := Reset, forReset
		if !op.SetUp {
			purpose, lasts = Invite, forInvite
		}
		if link, err = a.newLink(ctx, tx, purpose, op.ID, lasts); err != nil {
			return err
		}
		link.Login = op.Login
		return a.Record(ctx, tx, by, Everywhere, "user.reset", op.Login, "")
	})
	return link, err
}

// EnterLink makes a link that logs an operator in without a password, as often as it
// is opened until it ends; older links of theirs are void. It is for who shows the
// program around on a machine of their own.
func (a *Accounts) EnterLink(ctx context.Context, by Actor, operator int64) (link Link, err error) {
	err = a.edit(ctx, by, operator, nil, func(tx state.Tx, op Operator) (err error) {
		if link, err = a.newLink(ctx, tx, Enter, op.ID, forEnter); err != nil {
			return err
		}
		link.Login = op.Login
		return a.Record(ctx, tx, by, Everywhere, "user.enter", op.Login, "")
	})
	return link, err
}

// UseEnter logs in by an EnterLink.
func (a *Accounts) UseEnter(ctx context.Context, token string, from Client) (session NewSession, err error) {
	err = a.state.Update(ctx, func(tx state.Tx) error {
		link, op, err := a.openLink(ctx, tx, token)
		if err != nil || link.Purpose != Enter {
			return cmp.Or(err, badLink())
		}
		if err := a.Record(ctx, tx, op.Actor(), Everywhere, "login", op.Login, string(Enter)); err != nil {
			return err
		}
		session, err = a.begin(ctx, tx, op, from)
		return err
	})
	return session, err
}

// LinkOf tells what a link is for, without using it, so that a page can greet
// (account.link).
func (a *Accounts) LinkOf(ctx context.Context, token string) (link Link, err error) {
	err = a.state.View(ctx, func(tx state.Tx) (err error) {
		link, _, err = a.openLink(ctx, tx, token)
		return err
	})
	return link, err
}

// openLink finds a link that is good now, and whose it is.
func (a *Accounts) openLink(ctx context.Context, tx state.Tx, token string) (link Link, op Operator, err error) {
	var purpose string
	var operator, expires int64
	var used *int64
	found, err := tx.Get(ctx, "select purpose, operator_id, expires_at, used_at from links where hash = ?", []any{hashToken(token)},
		&purpose, &operator, &expires, &used)
	if err != nil {
		return link, op, err
	}
	if !found || used != nil || expires <= a.now().UnixMicro() {
		return link, op, badLink()
	}
	link = Link{Purpose: Purpose(purpose), ExpiresAt: time.UnixMicro(expires).UTC()}
	if link.Purpose == SetUp {
		if fresh, err := noOperator(ctx, tx); err != nil || !fresh {
			return link, op, cmp.Or(err, badLink())
		}
		return link, op, nil
	}
	if op, err = operatorBy(ctx, tx, "id", operator); err != nil {
		return link, op, err
	}
	if op.DisabledAt != nil {
		return link, op, badLink()
	}
	link.Login = op.Login
	return link, op, nil
}

func badLink() error {
	return perennial.NewError(perennial.KindForbidden, "account.link",
		perennial.Say("这个链接已经用过、过期或不完整。", "This link was used, has expired, or is not whole.")).
		WithHint(perennial.Say("请管理员再发一个。第一次启动的链接用 perennial user setup 重新生成。",
			"Ask an administrator for another. perennial user setup makes the link of the first start anew."))
}

// UseSetUp makes the first operator, an owner of every workspace, and logs them in.
// Of two who use the link at once one succeeds.
func (a *Accounts) UseSetUp(ctx context.Context, token string, n NewOperator, from Client) (session NewSession, err error) {
	// Before the password is hashed: strangers must not make work.
	if link, err := a.LinkOf(ctx, token); err != nil {
		return session, err
	} else if link.Purpose != SetUp {
		return session, badLink()
	}
	if err := n.clean(); err != nil {
		return session, err
	}
	if err := CheckPassword(n.Password, n.Login, n.Name); err != nil {
		return session, err
	}
	password, err := a.seal(ctx, n.Password)
	if err != nil {
		return session, err
	}
	err = a.state.Update(ctx, func(tx state.Tx) error {
		if link, _, err := a.openLink(ctx, tx, token); err != nil || link.Purpose != SetUp {
			return cmp.Or(err, badLink())
		}
		op, err := a.insert(ctx, tx, n, password, Membership{Workspace: Everywhere, Grant: Grant{Role: Owner}})
		if err != nil {
			return err
		}
		if err := a.markUsed(ctx, tx, token); err != nil {
			return err
		}
		if err := a.Record(ctx, tx, op.Actor(), Everywhere, "user.setup", op.Login, string(Owner)); err != nil {
			return err
		}
		session, err = a.begin(ctx, tx, op, from)
		return err
	})
	return session, err
}

// UseLink gives an operator the password that they chose by an invitation or a
// reset, ends all their sessions and logs them in.
func (a *Accounts) UseLink(ctx context.Context, token, password string, from Client) (session NewSession, err error) {
	var op Operator
	err = a.state.View(ctx, func(tx state.Tx) (err error) {
		var link Link
		if link, op, err = a.openLink(ctx, tx, token); err == nil && (link.Purpose == SetUp || link.Purpose == Enter) {
			err = badLink()
		}
		return err
	})
	if err != nil {
		return session, err
	}
	if err := CheckPassword(password, op.Login, op.Name); err != nil {
		return session, err
	}
	hash, err := a.seal(ctx, password)
	if err != nil {
		return session, err
	}
	own, err := a.subjects(op.Login, "")
	if err != nil {
		return session, err
	}
	err = a.state.Update(ctx, func(tx state.Tx) error {
		link, op, err := a.openLink(ctx, tx, token)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "update operators set password = ? where id = ?", hash, op.ID); err != nil {
			return err
		}
		if err := a.shutOut(ctx, tx, op.ID); err != nil {
			return err
		}
		if err := succeed(ctx, tx, own); err != nil {
			return err
		}
		if err := a.Record(ctx, tx, op.Actor(), Everywhere, "password.change", op.Login, string(link.Purpose)); err != nil {
			return err
		}
		op.SetUp = true
		session, err = a.begin(ctx, tx, op, from)
		return err
	})
	return session, err
}

func (a *Accounts) markUsed(ctx context.Context, tx state.Tx, token string) error {
	_, err := tx.Exec(ctx, "update links set used_at = ? where hash = ?", a.now().UnixMicro(), hashToken(token))
	return err
}
