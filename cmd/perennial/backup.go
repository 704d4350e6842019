package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

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
			lacking := err
			if err != nil && perennial.CodeOf(err) != "backup.incomplete" {
				return err
			}
			if c.json {
				if lacking != nil {
					return lacking
				}
				return c.writeJSON(map[string]any{"file": args[0], "manifest": m})
			}
			if lacking == nil {
				c.say(perennial.Say("已备份 %d 个工作区到 %s。", "Backed up workspaces: %d, into %s.", len(m.Workspaces), args[0]))
			}
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
			return lacking
		},
	}
	cmd.Flags().BoolVar(&withoutKey, "without-key", false, "不带密钥 / leave the vault's key out")
	return cmd
}

func (c *cli) restoreCommand() *cobra.Command {
	var embedded bool
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "把备份恢复到一个空目录 / restore a backup into an empty directory", Args: exactly(1),
		Long: `把备份恢复到 --dir 指的目录。目录要么不存在，要么是空的，要么只放着一份
perennial.yaml：数据就恢复到它写的引擎里；没有它，用备份里的那一份。
--embedded 把数据恢复到内置引擎，不管备份来自哪里。
服务器上的数据库必须是空的；被打断后再运行一次即可。

Restore a backup into the directory --dir, which is absent, empty, or holds
nothing but a perennial.yaml: the data go into the engines that it names, else
into those of the backup's own. With --embedded they go into the embedded
engines, wherever the backup is from. Databases on servers must be empty. A
restore that was interrupted may be run again.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			undo := func() {}
			if embedded {
				var err error
				if undo, err = c.embeddedOnly(); err != nil {
					return err
				}
			}
			draw, clear := c.progress(perennial.Say("装载数据", "Loading facts"))
			m, err := app.Restore(cmd.Context(), app.RestoreOptions{Path: args[0], Dir: c.dir, Now: c.now, Progress: draw})
			clear()
			if err != nil {
				undo()
				return err
			}
			if c.json {
				return c.writeJSON(map[string]any{"dir": c.dir, "manifest": m})
			}
			c.say(perennial.Say("已恢复 %d 个工作区到 %s。", "Restored workspaces: %d, into %s.", len(m.Workspaces), c.dir))
			for _, l := range m.Lacks {
				c.say(perennial.Say("这份备份不完整：备份时工作区“%s”的数据已经有问题。", "The backup is not whole: when it was made the facts of %q were not as they should be.", l.Workspace))
				c.say(l.Reason)
			}
			if !m.WithKey {
				c.say(perennial.Say("备份里没有密钥：请把 vault.key 放进这个目录。", "The backup has no key: put vault.key into that directory."))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&embedded, "embedded", false, "恢复到内置引擎 DuckDB 和 SQLite / into the embedded engines, DuckDB and SQLite")
	return cmd
}

// embeddedOnly puts a configuration that names no server into the directory to be
// restored into, which is how a restore is told where to; undo takes away what was
// put there.
func (c *cli) embeddedOnly() (undo func(), err error) {
	path := filepath.Join(c.dir, config.FileName)
	if _, err := os.Stat(path); err == nil {
		cfg, err := config.Load(c.dir)
		if err == nil && (cfg.State.URL != "" || cfg.Warehouse.URL != "") {
			err = perennial.NewError(perennial.KindInvalid, "usage",
				perennial.Say("%s 里写着服务器的地址，不能再用 --embedded。", "%s names a server, which --embedded contradicts.", path)).
				WithHint(perennial.Say("去掉 --embedded，或去掉那个文件里的地址。", "Leave --embedded out, or the address in that file."))
		}
		return func() {}, err
	}
	entries, err := os.ReadDir(c.dir)
	made := errors.Is(err, fs.ErrNotExist)
	if made {
		err = os.MkdirAll(c.dir, 0o700)
	}
	if err != nil || len(entries) > 0 {
		return func() {}, nil //nolint:nilerr // the restore says what is wrong with the directory
	}
	if err := os.WriteFile(path, []byte("# 内置引擎 / embedded engines\n"), 0o600); err != nil {
		return nil, unwritten(path, err)
	}
	return func() {
		left, err := os.ReadDir(c.dir)
		if err != nil || len(left) != 1 {
			return // the restore came as far as that, and will go on
		}
		if os.Remove(path) == nil && made {
			_ = os.Remove(c.dir)
		}
	}, nil
}
