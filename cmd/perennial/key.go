package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"perennial"
	"perennial/app"
	"perennial/govern/account"
)

func (c *cli) keyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "key", Short: "API 密钥：建立、查看、轮换、吊销 / API keys: create, list, rotate, revoke", Args: oneOf,
		RunE: help,
	}
	cmd.AddCommand(c.keyCreateCommand(), c.keyListCommand(), c.keyRotateCommand(), c.keyRevokeCommand())
	return cmd
}

// issued is the JSON of a key with its secret.
type issued struct {
	Secret string `json:"key"`
	app.NamedKey
}

func (c *cli) keyCreateCommand() *cobra.Command {
	var workspace, name string
	var scopes []string
	var expires int
	cmd := &cobra.Command{
		Use: "create", Short: "建一个密钥，只显示这一次 / make a key; it is shown this once", Args: exactly(0),
		Example: `  perennial key create --workspace shop --scope read,export --name "nightly export"`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := account.ParseScopes(strings.Join(scopes, ","))
			if err != nil {
				return err
			}
			n := account.NewKey{Name: name, Scopes: list}
			if expires != 0 {
				end := c.now().Add(days(expires))
				n.ExpiresAt = &end
			}
			return c.withApp(cmd.Context(), false, func(a *app.App) error {
				k, secret, err := a.CreateKey(cmd.Context(), account.Console(), workspace, n)
				if err != nil {
					return err
				}
				return c.answerSecret(k, secret)
			})
		},
	}
	cmd.Flags().StringVar(&workspace, "workspace", "default", "工作区 / workspace")
	cmd.Flags().StringSliceVar(&scopes, "scope", nil, "能做什么，可写多个 / what it may do, one or more: collect, read, reveal, write, export, admin")
	cmd.Flags().StringVar(&name, "name", "", "用途 / what it is for")
	cmd.Flags().IntVar(&expires, "expires-days", 0, "几天后失效；0 不失效 / ends after so many days; 0 never")
	return cmd
}

func (c *cli) answerSecret(k app.NamedKey, secret string) error {
	if c.json {
		return c.writeJSON(issued{secret, k})
	}
	c.printf("密钥 %d（工作区“%s”），请现在保存，以后看不到了：", "Key %d (workspace %q); keep it now, it is not shown again:", k.ID, k.Workspace)
	fmt.Fprintln(c.out, "  "+secret)
	if k.PreviousUntil != nil && k.PreviousUntil.After(c.now()) {
		c.printf("旧密钥到 %s 为止还能用。", "The old one opens until %s.", k.PreviousUntil.Local().Format("2006-01-02 15:04"))
	}
	return nil
}

func (c *cli) keyListCommand() *cobra.Command {
	var workspace string
	cmd := &cobra.Command{
		Use: "list", Short: "列出密钥 / list keys", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), false, func(a *app.App) error {
				keys, err := a.Keys(cmd.Context(), workspace)
				if err != nil {
					return err
				}
				if c.json {
					return c.writeJSON(map[string]any{"keys": keys})
				}
				c.printKeys(keys)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&workspace, "workspace", "", "只看这个工作区 / of this workspace only")
	return cmd
}

func (c *cli) printKeys(keys []app.NamedKey) {
	lang := c.lang()
	if len(keys) == 0 {
		c.say(perennial.Say("还没有密钥。", "There are no keys."))
		return
	}
	rows := [][]string{{"id", pick(lang, "工作区", "workspace"), pick(lang, "开头", "begins"), pick(lang, "权限", "scopes"), pick(lang, "用途", "for"),
		pick(lang, "状态", "status"), pick(lang, "最近使用", "last used")}}
	for _, k := range keys {
		status, used := pick(lang, "有效", "valid"), "-"
		switch {
		case k.RevokedAt != nil:
			status = pick(lang, "已吊销", "revoked")
		case k.ExpiresAt != nil && !c.now().Before(*k.ExpiresAt):
			status = pick(lang, "已过期", "expired")
		}
		if k.LastUsed != nil {
			used = k.LastUsed.Local().Format("2006-01-02 15:04")
		}
		words := make([]string, len(k.Scopes))
		for i, s := range k.Scopes {
			words[i] = string(s)
		}
		rows = append(rows, []string{fmt.Sprint(k.ID), k.Workspace, k.Prefix, strings.Join(words, ","), k.Name, status, used})
	}
	c.table(rows)
}

func keyID(s string) (int64, error) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id < 1 {
		return 0, perennial.NewError(perennial.KindInvalid, "usage", perennial.Say("“%s”不是密钥编号。", "%q is not the id of a key.", s)).
			WithHint(perennial.Say("用 perennial key list 查看编号。", "perennial key list shows the ids."))
	}
	return id, nil
}

func (c *cli) keyRotateCommand() *cobra.Command {
	var overlap int
	cmd := &cobra.Command{
		Use: "rotate ID", Short: "换一个新密钥，旧的再用几天 / a new secret; the old one opens some days more", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := keyID(args[0])
			if err != nil {
				return err
			}
			return c.withApp(cmd.Context(), false, func(a *app.App) error {
				k, secret, err := a.RotateKey(cmd.Context(), account.Console(), id, days(overlap))
				if err != nil {
					return err
				}
				return c.answerSecret(k, secret)
			})
		},
	}
	cmd.Flags().IntVar(&overlap, "overlap-days", 7, "旧密钥再用几天，0 立即失效 / days for which the old one still opens; 0 ends it now")
	return cmd
}

func (c *cli) keyRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "立即吊销 / end a key at once", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := keyID(args[0])
			if err != nil {
				return err
			}
			return c.withApp(cmd.Context(), false, func(a *app.App) error {
				k, err := a.RevokeKey(cmd.Context(), account.Console(), id)
				if err != nil {
					return err
				}
				if c.json {
					return c.writeJSON(map[string]any{"key": k})
				}
				c.printf("密钥 %d（%s）已吊销。", "Key %d (%s) is revoked.", k.ID, k.Prefix)
				return nil
			})
		},
	}
}
