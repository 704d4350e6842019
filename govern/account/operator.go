package account

import (
	"cmp"
	"context"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"perennial"
	"perennial/store/state"
)

// Operator is a person who works here.
type Operator struct {
	ID         int64          `json:"id"`
	Login      string         `json:"login"`
	Name       string         `json:"name"`
	Language   perennial.Lang `json:"language,omitempty"` // empty: as the browser asks
	SetUp      bool           `json:"set_up"`             // has chosen a password
	DisabledAt *time.Time     `json:"disabled_at,omitempty"`
	CreatedAt  time.Time      `json:"created_at"`

	Memberships []Membership `json:"-"` // shown with names of workspaces by whoever knows them
}

// Membership is a grant with its workspace; workspace 0 stands for each that has
// none of its own.
type Membership struct {
	Workspace int64 `json:"workspace"`
	Grant
}

// In returns what the operator may do in a workspace: the membership there, else
// the one for all, else nothing. Who owns all workspaces owns each, so that nobody
// can shut them out of one. In(0) is the whole installation.
func (o Operator) In(workspace int64) Grant {
	if slices.ContainsFunc(o.Memberships, func(m Membership) bool { return m.Workspace == Everywhere && m.Role == Owner }) {
		return Grant{Role: Owner}
	}
	for _, at := range []int64{workspace, Everywhere} {
		if i := slices.IndexFunc(o.Memberships, func(m Membership) bool { return m.Workspace == at }); i >= 0 {
			return o.Memberships[i].Grant
		}
	}
	return Grant{}
}

// NewOperator is an operator to be added.
type NewOperator struct {
	Login    string
	Name     string         // the login if empty
	Language perennial.Lang // empty: as the browser asks
	Password string         // empty: chosen by a link
}

var plainLogin = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._-]{0,62}$`)

// CleanLogin returns a login in the form in which it is stored and compared: a
// name or an e-mail address in lower case.
func CleanLogin(login string) (string, error) {
	clean := foldLogin(login)
	at, err := mail.ParseAddress(clean)
	if plainLogin.MatchString(clean) || err == nil && at.Address == clean && len(clean) <= 200 {
		return clean, nil
	}
	return "", perennial.NewError(perennial.KindInvalid, "account.login",
		perennial.Say("“%s”不能作为登录名。", "%q cannot be a login.", shorten(login, 60))).
		WithHint(perennial.Say("用邮箱，或文字、数字、点、- 和 _。", "Use an e-mail address, or letters, digits, dots, - and _."))
}

func foldLogin(login string) string {
	return strings.ToLower(norm.NFKC.String(strings.TrimSpace(login)))
}

func (n *NewOperator) clean() (err error) {
	if n.Login, err = CleanLogin(n.Login); err != nil {
		return err
	}
	n.Name, err = cleanProfile(n.Login, n.Name, n.Language)
	return err
}

// cleanProfile returns the name by which an operator is shown.
func cleanProfile(login, name string, language perennial.Lang) (string, error) {
	name = cmp.Or(strings.TrimSpace(name), login)
	if err := checkName(name); err != nil {
		return "", err
	}
	if language != "" && language != perennial.LangZH && language != perennial.LangEN {
		return "", perennial.NewError(perennial.KindInvalid, "account.language", perennial.Say("没有“%s”这种语言。", "There is no language %q here.", language)).
			WithHint(perennial.Say("可以是 zh 或 en。", "It can be zh or en."))
	}
	return name, nil
}

// SetProfile gives an operator the name, the login if empty, and the language that
// they chose for themselves.
func (a *Accounts) SetProfile(ctx context.Context, operator int64, name string, language perennial.Lang) (op Operator, err error) {
	err = a.state.Update(ctx, func(tx state.Tx) error {
		if op, err = operatorBy(ctx, tx, "id", operator); err != nil {
			return err
		}
		was := op
		if op.Name, err = cleanProfile(op.Login, name, language); err != nil {
			return err
		}
		if op.Language = language; op.Name == was.Name && op.Language == was.Language {
			return nil
		}
		if _, err := tx.Exec(ctx, "update operators set name = ?, language = ? where id = ?", op.Name, string(op.Language), op.ID); err != nil {
			return err
		}
		return a.Record(ctx, tx, op.Actor(), Everywhere, "user.profile", op.Login, "")
	})
	return op, err
}

// checkName tells why a name cannot be shown, of an operator or a key.
func checkName(name string) error {
	if utf8.RuneCountInString(name) <= 100 && utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl) {
		return nil
	}
	return perennial.NewError(perennial.KindInvalid, "account.name",
		perennial.Say("这个名字太长，或有打不出来的字符。", "The name is too long, or has characters that cannot be typed.")).
		WithHint(perennial.Say("最多 100 个字符。", "At most 100 characters."))
}

// sealed is the password as it is stored, empty where none is chosen yet.
func (a *Accounts) sealed(ctx context.Context, n NewOperator) (string, error) {
	if n.Password == "" {
		return "", nil
	}
	if err := CheckPassword(n.Password, n.Login, n.Name); err != nil {
		return "", err
	}
	return a.seal(ctx, n.Password)
}

// Add adds an operator with a membership. Without a password it returns the
// invitation by which they choose one, else a nil link.
func (a *Accounts) Add(ctx context.Context, by Actor, n NewOperator, m Membership) (op Operator, link *Link, err error) {
	if err := n.clean(); err != nil {
		return op, nil, err
	}
	if err := m.check(); err != nil {
		return op, nil, err
	}
	password, err := a.sealed(ctx, n)
	if err != nil {
		return op, nil, err
	}
	err = a.state.Update(ctx, func(tx state.Tx) (err error) {
		if err := mayEdit(ctx, tx, by, m.Workspace); err != nil {
			return err
		}
		if op, err = a.insert(ctx, tx, n, password, m); err != nil {
			return err
		}
		if link = nil; password == "" {
			made, err := a.newLink(ctx, tx, Invite, op.ID, forInvite)
			if err != nil {
				return err
			}
			made.Login, link = op.Login, &made
		}
		return a.Record(ctx, tx, by, m.Workspace, "user.add", op.Login, describe(m.Grant))
	})
	return op, link, err
}

func describe(g Grant) string {
	if g.Rows.IsZero() {
		return string(g.Role)
	}
	return string(g.Role) + ": " + g.Rows.String()
}

// insert adds an operator whose fields are clean.
func (a *Accounts) insert(ctx context.Context, tx state.Tx, n NewOperator, password string, m Membership) (op Operator, err error) {
	var taken int64
	if found, err := tx.Get(ctx, "select id from operators where login = ?", []any{n.Login}, &taken); err != nil {
		return op, err
	} else if found {
		return op, perennial.NewError(perennial.KindConflict, "account.exists",
			perennial.Say("登录名“%s”已经有人用了。", "The login %q is taken.", n.Login)).
			WithHint(perennial.Say("要改他的角色，用 perennial user role；忘了密码用 perennial user reset。",
				"perennial user role changes their role; perennial user reset helps with a lost password."))
	}
	id, err := nextID(ctx, tx, "operators")
	if err != nil {
		return op, err
	}
	now := a.now()
	if _, err := tx.Exec(ctx, "insert into operators (id, login, name, language, password, created_at) values (?, ?, ?, ?, ?, ?)",
		id, n.Login, n.Name, string(n.Language), password, now.UnixMicro()); err != nil {
		return op, err
	}
	if err := putMembership(ctx, tx, id, m); err != nil {
		return op, err
	}
	return operatorBy(ctx, tx, "id", id)
}

func putMembership(ctx context.Context, tx state.Tx, operator int64, m Membership) error {
	_, err := tx.Exec(ctx, `insert into memberships (operator_id, workspace_id, role, row_rule) values (?, ?, ?, ?)
		on conflict (operator_id, workspace_id) do update set role = excluded.role, row_rule = excluded.row_rule`,
		operator, m.Workspace, string(m.Role), m.Rows.String())
	return err
}

const operatorColumns = "select id, login, name, language, password, disabled_at, created_at from operators"

func scanOperator(scan func(...any) error) (op Operator, err error) {
	var password string
	var disabled *int64
	var created int64
	if err := scan(&op.ID, &op.Login, &op.Name, &op.Language, &password, &disabled, &created); err != nil {
		return op, err
	}
	op.SetUp, op.DisabledAt, op.CreatedAt = password != "", fromMicros(disabled), time.UnixMicro(created).UTC()
	op.Memberships = []Membership{}
	return op, nil
}

// operatorBy finds an operator by id or login, with memberships; account.not_found.
func operatorBy(ctx context.Context, tx state.Tx, column string, value any) (op Operator, err error) {
	found := false
	err = tx.Query(ctx, operatorColumns+" where "+column+" = ?", []any{value}, func(scan func(...any) error) (err error) {
		found = true
		op, err = scanOperator(scan)
		return err
	})
	if err != nil {
		return op, err
	}
	if !found {
		return op, perennial.NewError(perennial.KindNotFound, "account.not_found",
			perennial.Say("没有这个账号：%v。", "There is no such account: %v.", value)).
			WithHint(perennial.Say("用 perennial user list 查看账号。", "perennial user list shows the accounts."))
	}
	op.Memberships, err = memberships(ctx, tx, op.ID)
	return op, err
}

func memberships(ctx context.Context, tx state.Tx, operator int64) (out []Membership, err error) {
	out = []Membership{}
	err = tx.Query(ctx, "select workspace_id, role, row_rule from memberships where operator_id = ? order by workspace_id", []any{operator},
		func(scan func(...any) error) error {
			m, err := scanMembership(scan)
			out = append(out, m)
			return err
		})
	return out, err
}

// scanMembership fails on a role or rule that this program does not know: to
// guess would be to let somebody see too much.
func scanMembership(scan func(...any) error) (m Membership, err error) {
	var role, rows string
	if err := scan(&m.Workspace, &role, &rows); err != nil {
		return m, err
	}
	if m.Role, err = ParseRole(role); err != nil {
		return m, err
	}
	m.Rows, err = ParseRowRule(rows)
	return m, err
}

// Operators lists everybody who has a membership in a workspace, or in all; by
// login. workspace 0 lists everybody.
func (a *Accounts) Operators(ctx context.Context, workspace int64) (out []Operator, err error) {
	err = a.state.View(ctx, func(tx state.Tx) error {
		all := []Operator{}
		err := tx.Query(ctx, operatorColumns+" order by login", nil, func(scan func(...any) error) error {
			op, err := scanOperator(scan)
			all = append(all, op)
			return err
		})
		if err != nil {
			return err
		}
		out = []Operator{}
		for _, op := range all {
			if op.Memberships, err = memberships(ctx, tx, op.ID); err != nil {
				return err
			}
			if workspace == Everywhere || op.In(workspace).Role != "" {
				// Where else somebody works is not for every workspace to know.
				op.Memberships = slices.DeleteFunc(op.Memberships, func(m Membership) bool {
					return workspace != Everywhere && m.Workspace != Everywhere && m.Workspace != workspace
				})
				out = append(out, op)
			}
		}
		return nil
	})
	return out, err
}

// Operator finds an operator by login (account.not_found). It is for those who
// may edit accounts: a stranger is never told whether a login exists.
func (a *Accounts) Operator(ctx context.Context, login string) (op Operator, err error) {
	err = a.state.View(ctx, func(tx state.Tx) (err error) {
		op, err = operatorBy(ctx, tx, "login", foldLogin(login))
		return err
	})
	return op, err
}

// SetMembership gives an operator a role in a workspace, or another one. still, if it is
// not nil, tells from what the operator is now why that must not be: that they are not
// any more what the caller looked at.
func (a *Accounts) SetMembership(ctx context.Context, by Actor, operator int64, m Membership, still func(Operator) error) error {
	if err := m.check(); err != nil {
		return err
	}
	return a.edit(ctx, by, operator, []int64{m.Workspace}, func(tx state.Tx, op Operator) error {
		if still != nil {
			if err := still(op); err != nil {
				return err
			}
		}
		if err := putMembership(ctx, tx, op.ID, m); err != nil {
			return err
		}
		return a.Record(ctx, tx, by, m.Workspace, "user.role", op.Login, describe(m.Grant))
	})
}

// RemoveMembership takes an operator out of a workspace. Where they have a
// membership for all, that holds there again.
func (a *Accounts) RemoveMembership(ctx context.Context, by Actor, operator, workspace int64) error {
	return a.edit(ctx, by, operator, []int64{workspace}, func(tx state.Tx, op Operator) error {
		n, err := tx.Exec(ctx, "delete from memberships where operator_id = ? and workspace_id = ?", op.ID, workspace)
		if err != nil || n == 0 {
			return err
		}
		return a.Record(ctx, tx, by, workspace, "user.remove", op.Login, "")
	})
}

// Disable shuts an operator out: sessions end and links are void at once. Their
// keys stay, which are the workspace's.
func (a *Accounts) Disable(ctx context.Context, by Actor, operator int64) error {
	return a.edit(ctx, by, operator, nil, func(tx state.Tx, op Operator) error {
		if op.DisabledAt != nil {
			return nil
		}
		now := a.now().UnixMicro()
		if _, err := tx.Exec(ctx, "update operators set disabled_at = ? where id = ?", now, op.ID); err != nil {
			return err
		}
		if err := a.shutOut(ctx, tx, op.ID); err != nil {
			return err
		}
		return a.Record(ctx, tx, by, Everywhere, "user.disable", op.Login, "")
	})
}

// Enable lets a disabled operator in again, with the password they had.
func (a *Accounts) Enable(ctx context.Context, by Actor, operator int64) error {
	return a.edit(ctx, by, operator, nil, func(tx state.Tx, op Operator) error {
		if op.DisabledAt == nil {
			return nil
		}
		if _, err := tx.Exec(ctx, "update operators set disabled_at = null where id = ?", op.ID); err != nil {
			return err
		}
		return a.Record(ctx, tx, by, Everywhere, "user.enable", op.Login, "")
	})
}

// shutOut ends an operator's sessions and links.
func (a *Accounts) shutOut(ctx context.Context, tx state.Tx, operator int64) error {
	if _, err := tx.Exec(ctx, "delete from sessions where operator_id = ?", operator); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "update links set used_at = ? where operator_id = ? and used_at is null", a.now().UnixMicro(), operator)
	return err
}

// edit changes an operator in one transaction, if the actor may, and leaves
// somebody who can administer the installation.
func (a *Accounts) edit(ctx context.Context, by Actor, operator int64, workspaces []int64, change func(state.Tx, Operator) error) error {
	return a.state.Update(ctx, func(tx state.Tx) error {
		op, err := operatorBy(ctx, tx, "id", operator)
		if err != nil {
			return err
		}
		concerned := workspaces
		if concerned == nil { // the operator, wherever they are
			for _, m := range op.Memberships {
				concerned = append(concerned, m.Workspace)
			}
		}
		if err := mayEdit(ctx, tx, by, concerned...); err != nil {
			return err
		}
		before, err := administrators(ctx, tx)
		if err != nil {
			return err
		}
		if err := change(tx, op); err != nil {
			return err
		}
		after, err := administrators(ctx, tx)
		if err == nil && before > 0 && after == 0 {
			return perennial.NewError(perennial.KindConflict, "account.last_owner",
				perennial.Say("“%s”是最后一位能管理整个实例的负责人。", "%q is the last owner of the whole installation.", op.Login)).
				WithHint(perennial.Say("先让另一位成为所有工作区的负责人。", "Make somebody else an owner of all workspaces first."))
		}
		return err
	})
}

// administrators counts who is not disabled and owns every workspace.
func administrators(ctx context.Context, tx state.Tx) (n int64, err error) {
	_, err = tx.Get(ctx, `select count(*) from operators o join memberships m on m.operator_id = o.id
		where m.workspace_id = ? and m.role = ? and o.disabled_at is null`, []any{int64(Everywhere), string(Owner)}, &n)
	return n, err
}

// mayEdit refuses an actor who may not edit accounts in each of the workspaces:
// whoever owns one workspace must not come into another by an account that both
// share.
func mayEdit(ctx context.Context, tx state.Tx, by Actor, workspaces ...int64) error {
	if len(workspaces) == 0 { // an account that is nowhere
		workspaces = []int64{Everywhere}
	}
	return mayAll(ctx, tx, by, AccountsEdit, workspaces...)
}

// mayAll refuses an actor who does not hold a permission in each of the
// workspaces, as the transaction sees it. A key may nothing here.
func mayAll(ctx context.Context, tx state.Tx, by Actor, p Permission, workspaces ...int64) error {
	if by.console {
		return nil
	}
	if by.Operator == 0 {
		return notAllowed(p)
	}
	me, err := operatorBy(ctx, tx, "id", by.Operator)
	if err != nil {
		return err
	}
	for _, w := range workspaces {
		if err := me.In(w).Require(p); err != nil || me.DisabledAt != nil {
			return cmp.Or(err, notAllowed(p))
		}
	}
	return nil
}
