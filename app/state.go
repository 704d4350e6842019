package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"perennial"
	"perennial/config"
	"perennial/govern/vault"
	"perennial/store/state"
	"perennial/store/state/postgres"
	"perennial/store/state/sqlite"
)

const sqliteFile = "state.db"

// The names of settings of the whole installation, which stand in noWorkspace.
const (
	noWorkspace         = 0
	settingFingerprint  = "vault_fingerprint"
	settingInstallation = "installation"
)

// restoredPrefix begins the id of an installation that a backup was restored into
// and that has not been opened since.
const restoredPrefix = "restored:"

// engine says which engine is used and where, for people.
type engine struct{ name, place string }

func (e engine) String() string { return strings.TrimSpace(e.name + " " + e.place) }

// openState opens the engine that the configuration names; schema is the version
// to stop migrations at, 0 the newest.
func openState(ctx context.Context, cfg config.State, dir string, schema int) (state.State, engine, error) {
	path, wait := filepath.Join(dir, sqliteFile), time.Duration(cfg.BusyTimeoutSeconds)*time.Second
	// Each branch returns for itself: a nil *Store is no nil State.
	if cfg.URL == "" {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			if err := lostLine(filepath.Join(dir, stateAddress), "state", "PostgreSQL",
				perennial.Say("%s 的状态", "The state of %s is", dir)); err != nil {
				return nil, engine{}, err
			}
		}
		s, err := sqlite.Open(ctx, sqlite.Options{Path: path, BusyTimeout: wait, Schema: schema})
		if err != nil {
			return nil, engine{}, err
		}
		return s, engine{"SQLite", sqliteFile}, nil
	}
	if _, err := os.Stat(path); err == nil {
		return nil, engine{}, perennial.NewError(perennial.KindConflict, "store.other_engine",
			perennial.Say("%s 里的状态在 SQLite（state.db）里，配置却指向 PostgreSQL。", "The state of %s is in SQLite (state.db); the configuration names a PostgreSQL.", dir)).
			WithHint(perennial.Say("去掉配置里的 state 就能继续用；要换到 PostgreSQL：先备份，再恢复到一个新目录，目录里的 perennial.yaml 写好新地址。",
				"Remove state from the configuration to go on with it. To change to PostgreSQL, back up and restore into a new directory whose perennial.yaml names it."))
	}
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	s, err := postgres.Open(ctx, postgres.Options{
		URL: cfg.URL, BusyTimeout: wait, Schema: schema, Owner: fmt.Sprintf("%s, pid %d", host, os.Getpid()),
	})
	if err != nil {
		return nil, engine{}, err
	}
	return s, engine{"PostgreSQL", postgres.Place(cfg.URL)}, nil
}

// openVault reads the key of the data. One is made for new data only: beside old
// data a new key would open nothing, and hide that the old one is lost.
func (a *App) openVault(ctx context.Context) error {
	have, version, err := a.Catalog.Setting(ctx, noWorkspace, settingFingerprint)
	if err != nil {
		return err
	}
	all, err := a.Catalog.Workspaces(ctx)
	if err != nil {
		return err
	}
	fresh := version == 0 && len(all) == 0
	if fresh {
		if err := a.checkFresh(); err != nil {
			return err
		}
	}
	if !fresh && a.stranger() {
		return noKeyHere(a.engine, a.Dir)
	}
	key, err := vault.OpenKeyFile(filepath.Join(a.Dir, "vault.key"), fresh)
	if err != nil {
		return err
	}
	if a.Vault, err = vault.New(key, nil); err != nil {
		return err
	}
	want, err := a.Vault.Fingerprint()
	if err != nil {
		return err
	}
	if version == 0 {
		// Data from before keys were compared, or whose note of it is lost: the key has to
		// open something before it is taken for theirs.
		opens := false
		err := a.State.View(ctx, func(tx state.Tx) (err error) {
			opens, err = a.Vault.Opens(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
		if !opens {
			return vault.ErrWrongKey()
		}
		_, err = a.Catalog.PutSetting(ctx, noWorkspace, settingFingerprint, want)
		return err
	}
	// Under another key customers who are known would be taken for new ones.
	if have != want {
		return vault.ErrWrongKey()
	}
	return nil
}

// stranger tells a directory that is not that of the data, which are on a server: it
// has neither a key nor workspaces.
func (a *App) stranger() bool {
	for _, name := range []string{"vault.key", "workspaces", sqliteFile} {
		if _, err := os.Stat(filepath.Join(a.Dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return false
		}
	}
	return true
}

func noKeyHere(state engine, dir string) error {
	return perennial.NewError(perennial.KindConflict, "store.other_directory",
		perennial.Say("数据库（%[1]s）里已有一套常青的数据，它不是 %[2]s 这个目录的。", "The database (%[1]s) has the data of an installation whose directory is not %[2]s.", state, dir)).
		WithHint(perennial.Say("想新建一套：在 perennial.yaml 的 state 里换一个空数据库。想用原来那套：用 --dir 指定它的目录。原来的目录丢了：把最近的备份恢复到新目录和空数据库；数据仓库在 ClickHouse 的，把另外保存的 vault.key 放进这个目录也可以。",
			"For a new installation name an empty database in perennial.yaml (state). For the one that is there name its directory with --dir. If that directory is lost, restore the latest backup into a new one with an empty database; where the facts are in ClickHouse, the vault.key that was kept apart, put into this directory, will do."))
}

// checkFresh refuses to begin anew in a directory that has workspaces: their state
// is lost, or in another database.
func (a *App) checkFresh() error {
	left, err := os.ReadDir(filepath.Join(a.Dir, "workspaces"))
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(left) == 0 {
		return nil
	}
	if err != nil {
		return notWritable(a.Dir, err)
	}
	return perennial.NewError(perennial.KindConflict, "store.no_state",
		perennial.Say("%s 里有工作区，状态库（%s）却是空的。", "%s has workspaces, and its state database (%s) is empty.", a.Dir, a.engine)).
		WithHint(perennial.Say("检查配置里的 state 是否指向原来的数据库；或把最近的备份恢复到一个新目录。",
			"Check that state in the configuration names the database that it was, or restore the latest backup into a new directory."))
}

// identify reads the id of the installation, which is drawn once. A restored one
// is another than the one that the backup is of, which may still live.
func (a *App) identify(ctx context.Context) error {
	id, version, err := a.Catalog.Setting(ctx, noWorkspace, settingInstallation)
	if err == nil && (version == 0 || strings.HasPrefix(id, restoredPrefix)) {
		id = rand.Text()
		_, err = a.Catalog.PutSetting(ctx, noWorkspace, settingInstallation, id)
	}
	a.installation = id
	return err
}
