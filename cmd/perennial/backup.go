package main

import (
	"errors"

	"github.com/spf13/cobra"

	"perennial"
	"perennial/app"
	"perennial/config"
)

func (c *cli) backupCommand() *cobra.Command {
	var withoutKey bool
	cmd := &cobra.Command{
		Use: "backup FILE", Short: "把整个数据目录备份成一个文件 / back everything up into one file", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ctx := cmd.Context()
			a, err := c.open(ctx, false)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, c.close(a)) }()
			m, err := a.Backup(ctx, args[0], version, !withoutKey)
			if err != nil {
				return err
			}
			if c.json {
				return c.writeJSON(map[string]any{"file": args[0], "manifest": m})
			}
			c.say(perennial.Say("已备份 %d 个工作区到 %s。", "Backed up workspaces: %d, into %s.", len(m.Workspaces), args[0]))
			if m.WithKey {
				c.say(perennial.Say("备份里有解密身份信息的密钥，请当作机密保管；--without-key 可以不带它。",
					"The backup holds the key that opens customers' identities: keep it secret, or leave it out with --without-key."))
			} else {
				c.say(perennial.Say("备份里没有密钥：恢复时要把 vault.key 放回数据目录。",
					"The key is not in the backup: put vault.key back into the data directory when you restore."))
			}
			if m.Files[config.FileName] != "" {
				c.say(perennial.Say("备份里有配置文件 perennial.yaml；里面如果有数据库密码，也要保密。",
					"The backup holds the configuration, perennial.yaml: keep it secret if it has passwords of databases."))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&withoutKey, "without-key", false, "不带密钥 / leave the vault's key out")
	return cmd
}

func (c *cli) restoreCommand() *cobra.Command {
	return &cobra.Command{
		Use: "restore FILE", Short: "把备份恢复到一个空目录 / restore a backup into an empty directory", Args: exactly(1),
		Long: `把备份恢复到 --dir 指的目录。目录要么不存在，要么是空的，要么只放着一份
perennial.yaml：数据就恢复到它写的引擎里；没有它，用备份里的那一份。
服务器上的数据库必须是空的；被打断后再运行一次即可。

Restore a backup into the directory --dir, which is absent, empty, or holds
nothing but a perennial.yaml: the data go into the engines that it names, else
into those of the backup's own. Databases on servers must be empty. A restore
that was interrupted may be run again.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := app.Restore(cmd.Context(), args[0], c.dir)
			if err != nil {
				return err
			}
			if c.json {
				return c.writeJSON(map[string]any{"dir": c.dir, "manifest": m})
			}
			c.say(perennial.Say("已恢复 %d 个工作区到 %s。", "Restored workspaces: %d, into %s.", len(m.Workspaces), c.dir))
			if !m.WithKey {
				c.say(perennial.Say("备份里没有密钥：请把 vault.key 放进这个目录。", "The backup has no key: put vault.key into that directory."))
			}
			return nil
		},
	}
}
