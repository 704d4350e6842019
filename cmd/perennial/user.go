package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"perennial"
	"perennial/app"
	"perennial/govern/account"
)

func (c *cli) userCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "user", Short: "账号：添加、角色、重置密码、停用 / accounts: add, roles, reset passwords, disable", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.userAddCommand(), c.userListCommand(), c.userRoleCommand(), c.userResetCommand(),
		c.userSwitchCommand("disable NAME", "停用，立即退出登录 / shut somebody out at once", (*app.App).DisableUser,
			func(login string) perennial.Text {
				return perennial.Say("已停用“%s”，所有登录都已退出。", "%q is disabled and logged out everywhere.", login)
			}),
		c.userSwitchCommand("enable NAME", "重新启用 / let a disabled account in again", (*app.App).EnableUser,
			func(login string) perennial.Text {
				return perennial.Say("已启用“%s”。", "%q is enabled.", login)
			}),
		c.userSetUpCommand())
	return cmd
}

// withApp runs a command with the installation open.
func (c *cli) withApp(ctx context.Context, create bool, f func(a *app.App) error) (err error) {
	a, err := c.open(ctx, create)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close(a)) }()
	return f(a)
}

// roleFlags say what somebody is, and where.
type roleFlags struct{ role, workspace, rows string }

func (f *roleFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.role, "role", "", "角色 / role: owner, analyst, marketer, service, viewer")
	cmd.Flags().StringVar(&f.workspace, "workspace", "", "在哪个工作区；不写就是所有工作区 / workspace; every one if not given")
	cmd.Flags().StringVar(&f.rows, "rows", "", `只看这些客户 / these customers only, e.g. 'store in ("…") and city in ("…")'`)
}

func (f *roleFlags) parse() (r app.UserRole, err error) {
	r.Workspace = f.workspace
	if r.Role, err = account.ParseRole(f.role); err != nil {
		return r, err
	}
	r.Rows, err = account.ParseRowRule(f.rows)
	return r, err
}

func (c *cli) userAddCommand() *cobra.Command {
	var role roleFlags
	var n account.NewOperator
	var language string
	var fromStdin bool
	cmd := &cobra.Command{
		Use: "add NAME", Short: "添加账号 / add an account", Args: exactly(1),
		Long: `添加账号，打印一个一次性链接：本人打开它，自己设密码，管理员不必知道。
用 --password-stdin 就从标准输入读密码（在终端上会问两遍，不显示）。

Add an account and print a link that works once: its owner opens it and chooses
a password that the administrator need not know. With --password-stdin the
password is read from standard input; on a terminal it is asked for twice.`,
		Example: `  perennial user add chen@example.com --role analyst --workspace shop
  perennial user add wang --role service --workspace shop --rows 'store in ("人民广场店")'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := role.parse()
			if err != nil {
				return err
			}
			n.Login, n.Language = args[0], perennial.Lang(language)
			if fromStdin {
				if n.Password, err = c.readPassword(); err != nil {
					return err
				}
			}
			return c.withApp(cmd.Context(), r.Workspace == "", func(a *app.App) error {
				user, link, err := a.AddUser(cmd.Context(), account.Console(), n, r)
				if err != nil {
					return err
				}
				if c.json {
					return c.writeJSON(map[string]any{"user": user, "link": linkJSON(link)})
				}
				c.say(perennial.Say("已添加“%s”（%s）。", "Added %q (%s).", user.Login, r.Role))
				if link != nil {
					c.printLink(*link)
				}
				return nil
			})
		},
	}
	role.register(cmd)
	cmd.Flags().StringVar(&n.Name, "name", "", "显示的名字 / the name to be shown")
	cmd.Flags().StringVar(&language, "language", "", "页面语言 / language of the pages: zh, en")
	cmd.Flags().BoolVar(&fromStdin, "password-stdin", false, "从标准输入读密码，不用链接 / read the password from standard input instead of making a link")
	return cmd
}

// readPassword reads a password that is not shown, twice, from a terminal; else
// the first line of the input.
func (c *cli) readPassword() (string, error) {
	f, isFile := c.in.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(c.in, 1<<12)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read password: %w", err)
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			return "", perennial.NewError(perennial.KindInvalid, "usage", perennial.Say("标准输入里没有密码。", "There is no password on standard input."))
		}
		return line, nil
	}
	ask := func(question perennial.Text) (string, error) {
		fmt.Fprint(c.err, question.In(c.lang()))
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(c.err)
		if err != nil {
			return "", fmt.Errorf("read password: %w", err)
		}
		return string(b), nil
	}
	first, err := ask(perennial.Say("密码：", "Password: "))
	if err != nil {
		return "", err
	}
	second, err := ask(perennial.Say("再输一遍：", "Once more: "))
	if err == nil && first != second {
		err = perennial.NewError(perennial.KindInvalid, "usage", perennial.Say("两次输入不一样。", "The two are not the same."))
	}
	return first, err
}

func linkJSON(link *account.Link) any {
	if link == nil {
		return nil
	}
	return struct {
		account.Link
		Path string `json:"path"`
	}{*link, link.Path()}
}

func (c *cli) printLink(link account.Link) {
	c.printf("一次性链接（接在网址后面，%s 前有效）：", "A link that works once (to be put behind the address of the pages; until %s):",
		link.ExpiresAt.Local().Format("2006-01-02 15:04"))
	fmt.Fprintln(c.human(), "  "+link.Path())
}

func (c *cli) userListCommand() *cobra.Command {
	var workspace string
	cmd := &cobra.Command{
		Use: "list", Short: "列出账号 / list accounts", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), false, func(a *app.App) error {
				users, err := a.Users(cmd.Context(), workspace)
				if err != nil {
					return err
				}
				if c.json {
					return c.writeJSON(map[string]any{"users": users})
				}
				c.printUsers(users)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&workspace, "workspace", "", "只看这个工作区 / of this workspace only")
	return cmd
}

func (c *cli) printUsers(users []app.User) {
	lang := c.lang()
	if len(users) == 0 {
		c.say(perennial.Say("还没有账号：perennial user setup 生成第一次进入的链接。", "There are no accounts yet: perennial user setup makes the link to begin with."))
		return
	}
	rows := [][]string{{pick(lang, "登录名", "login"), pick(lang, "名字", "name"), pick(lang, "状态", "status"), pick(lang, "角色", "roles")}}
	for _, u := range users {
		status := pick(lang, "正常", "active")
		switch {
		case u.DisabledAt != nil:
			status = pick(lang, "已停用", "disabled")
		case !u.SetUp:
			status = pick(lang, "未设密码", "invited")
		}
		var roles []string
		for _, r := range u.Roles {
			where := r.Workspace
			if where == "" {
				where = pick(lang, "所有工作区", "every workspace")
			}
			role := where + ": " + string(r.Role)
			if !r.Rows.IsZero() {
				role += " [" + r.Rows.String() + "]"
			}
			roles = append(roles, role)
		}
		rows = append(rows, []string{u.Login, u.Name, status, strings.Join(roles, "; ")})
	}
	c.table(rows)
}

func (c *cli) userRoleCommand() *cobra.Command {
	var role roleFlags
	cmd := &cobra.Command{
		Use: "role NAME", Short: "给账号一个角色，或换一个 / give an account a role, or another", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := role.parse()
			if err != nil {
				return err
			}
			return c.withApp(cmd.Context(), false, func(a *app.App) error {
				user, err := a.SetUserRole(cmd.Context(), account.Console(), args[0], r)
				if err != nil {
					return err
				}
				if c.json {
					return c.writeJSON(map[string]any{"user": user})
				}
				c.printUsers([]app.User{user})
				return nil
			})
		},
	}
	role.register(cmd)
	return cmd
}

func (c *cli) userResetCommand() *cobra.Command {
	return &cobra.Command{
		Use: "reset NAME", Short: "给忘记密码的人一个一次性链接 / a link for somebody who lost the password", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withApp(cmd.Context(), false, func(a *app.App) error {
				link, err := a.ResetUser(cmd.Context(), account.Console(), args[0])
				return c.answerLink(link, err)
			})
		},
	}
}

func (c *cli) userSetUpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "setup", Short: "重新生成第一次进入的链接 / make the link of the first start anew", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), true, func(a *app.App) error {
				link, err := a.Accounts.SetUpLink(cmd.Context())
				return c.answerLink(link, err)
			})
		},
	}
}

func (c *cli) answerLink(link account.Link, err error) error {
	if err != nil {
		return err
	}
	if c.json {
		return c.writeJSON(map[string]any{"link": linkJSON(&link)})
	}
	c.printLink(link)
	return nil
}

// userSwitchCommand changes one account and says so.
func (c *cli) userSwitchCommand(use, short string, change func(*app.App, context.Context, account.Actor, string) (app.User, error), said func(login string) perennial.Text) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withApp(cmd.Context(), false, func(a *app.App) error {
				user, err := change(a, cmd.Context(), account.Console(), args[0])
				if err != nil {
					return err
				}
				if c.json {
					return c.writeJSON(map[string]any{"user": user})
				}
				c.say(said(user.Login))
				return nil
			})
		},
	}
}

// days is a number of days as a duration.
func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
