package app

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/klauspost/compress/zstd"

	"perennial"
	"perennial/config"
	"perennial/store/catalog"
	"perennial/store/state"
	"perennial/store/state/sqlite"
	"perennial/store/warehouse"
	"perennial/store/warehouse/clickhouse"
)

// RestoreOptions says which backup goes where.
type RestoreOptions struct {
	// Path is the backup, Dir the directory: absent, empty, or with nothing in it but
	// a configuration, which says which engines the data go into; else that of the
	// backup does.
	Path, Dir string
	Now       func() time.Time
	Log       *slog.Logger // nil for none
	// Progress is told how many rows of facts have been loaded, where they go into
	// another engine than they were in or onto servers; may be nil.
	Progress func(done, total int64)
}

// Restore brings a backup into a directory. Servers must answer and their databases
// be empty, which is looked at first; every file is checked against the manifest
// before anything takes its place. When Restore returns nil, all facts are in their
// engine and were counted. An interrupted one may be repeated: until the directory is
// in its place the target is as it was, but for a PostgreSQL database with the mark
// that lets this restore alone go on; afterwards it goes on with the facts, as does the
// next opening of each workspace.
func Restore(ctx context.Context, opt RestoreOptions) (m Manifest, err error) {
	dir, err := filepath.Abs(opt.Dir)
	if err != nil {
		return m, fmt.Errorf("restore: %w", err)
	}
	opt.Dir = dir
	f, err := os.Open(opt.Path)
	if err != nil {
		return m, perennial.NewError(perennial.KindNotFound, "file.not_found",
			perennial.Say("打不开备份文件 %s。", "The backup %s cannot be opened.", opt.Path)).
			WithHint(perennial.Say("检查路径和权限。", "Check the path and its permissions.")).Because(err)
	}
	defer f.Close()
	if mark, err := os.ReadFile(filepath.Join(dir, restoringFile)); err == nil {
		if m, err = resumable(f, dir, string(mark)); err != nil {
			return m, err
		}
	} else if m, err = place(ctx, f, dir); err != nil {
		return m, err
	}
	return m, loadRestored(ctx, opt, m)
}

// resumable tells whether an unfinished restore in dir is of this backup.
func resumable(backup io.Reader, dir, have string) (Manifest, error) {
	zr, err := zstd.NewReader(backup)
	if err != nil {
		return Manifest{}, brokenBackup(err)
	}
	defer zr.Close()
	m, err := readManifest(tar.NewReader(zr))
	if err == nil && mark(m, dir) != have {
		err = perennial.NewError(perennial.KindConflict, "restore.unfinished",
			perennial.Say("目录 %s 里有另一份备份没有恢复完。", "The directory %s has an unfinished restore of another backup.", dir)).
			WithHint(perennial.Say("用那份备份再运行一次恢复；或删掉这个目录和它的数据库，从头恢复。",
				"Run the restore again with that backup, or remove the directory and its databases and begin anew."))
	}
	return m, err
}

// place unpacks a backup, writes its state and puts the directory in its place, with
// the facts as they lie in the backup.
func place(ctx context.Context, backup io.Reader, dir string) (m Manifest, err error) {
	aside := asideOf(dir)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		// An earlier Restore that was killed may have moved it.
		if err := os.Rename(aside, dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return m, notWritable(dir, err)
		}
	}
	configured, err := restorable(dir)
	if err != nil {
		return m, err
	}
	staging, done, err := stagingFor(dir)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, done()) }()
	if m, err = unpack(ctx, backup, staging); err != nil {
		return m, err
	}
	from := staging
	if configured {
		from = dir
		if err := copyFile(filepath.Join(dir, config.FileName), filepath.Join(staging, config.FileName)); err != nil {
			return m, notWritable(dir, err)
		}
	}
	cfg, err := config.Load(from)
	if err != nil {
		return m, err
	}
	if err := checkTarget(ctx, staging, cfg, m); err != nil {
		return m, err
	}
	if err := convertFacts(ctx, staging, cfg.Warehouse); err != nil {
		return m, err
	}
	mark := mark(m, dir)
	if err := restoreState(ctx, staging, cfg.State, mark); err != nil {
		return m, err
	}
	if err := os.WriteFile(filepath.Join(staging, restoringFile), []byte(mark), 0o600); err != nil {
		return m, notWritable(dir, err)
	}
	if configured {
		if err := errors.Join(os.RemoveAll(aside), os.Rename(dir, aside)); err != nil {
			return m, notWritable(dir, err)
		}
	} else if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m, notWritable(dir, err)
	}
	if err := os.Rename(staging, dir); err != nil {
		return m, notWritable(dir, err)
	}
	return m, os.RemoveAll(aside)
}

// checkTarget looks whether the data can go where the configuration says, before
// anything is changed there: servers answer and form the cluster, databases are ours
// to fill.
func checkTarget(ctx context.Context, staging string, cfg config.Config, m Manifest) error {
	if cfg.Warehouse.URL != "" {
		for _, name := range m.Workspaces {
			if err := clickhouse.Vacant(ctx, clickhouse.Options{URL: cfg.Warehouse.URL, Name: name}); err != nil {
				return err
			}
		}
	}
	schema, err := dumpedSchema(staging)
	if err != nil || schema == 0 || cfg.State.URL == "" {
		return err
	}
	s, _, err := openState(ctx, cfg.State, staging, schema)
	if err != nil {
		return err
	}
	return s.Close()
}

// dumpedSchema is the version of the dump of the state in dir, 0 for none.
func dumpedSchema(dir string) (int, error) {
	f, err := os.Open(filepath.Join(dir, stateDump))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("restore state: %w", err)
	}
	defer f.Close()
	return state.DumpSchema(f)
}

// asideOf is where a directory with a configuration is while the restored one
// takes its place.
func asideOf(dir string) string {
	return filepath.Join(filepath.Dir(dir), ".perennial-before-"+filepath.Base(dir))
}

// restorable refuses a directory that holds data, and tells whether it holds a
// configuration.
func restorable(dir string) (configured bool, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return false, nil
	}
	if err != nil {
		return false, notWritable(dir, err)
	}
	if len(entries) == 1 && entries[0].Name() == config.FileName {
		return true, nil
	}
	return false, perennial.NewError(perennial.KindConflict, "restore.not_empty",
		perennial.Say("目录 %s 不是空的。", "The directory %s is not empty.", dir)).
		WithHint(perennial.Say("恢复到一个新目录：--dir 新目录，里面最多放一份 perennial.yaml；确认无误后再替换旧的。",
			"Restore into a new directory with --dir, which may hold a perennial.yaml, and put it in the old one's place afterwards."))
}

// mark is what a restored state is known by until it is opened for the first time:
// the same for the same backup into the same directory, so that a Restore that was
// interrupted after the state was written knows its own work and goes on.
func mark(m Manifest, dir string) string {
	h := sha256.New()
	h.Write([]byte(dir + "\x00" + m.CreatedAt.String()))
	for _, name := range sortedKeys(m.Files) {
		h.Write([]byte("\x00" + name + "\x00" + m.Files[name]))
	}
	return restoredPrefix + hex.EncodeToString(h.Sum(nil))
}

// convertFacts turns DuckDB's files in dir into dumps where the facts are to live
// elsewhere; opening a workspace loads them.
func convertFacts(ctx context.Context, dir string, cfg config.Warehouse) error {
	if cfg.URL == "" {
		return nil
	}
	files, err := filepath.Glob(filepath.Join(dir, "workspaces", "*", duckdbFile))
	if err != nil {
		return fmt.Errorf("restore facts: %w", err)
	}
	for _, file := range files {
		w, err := openDuckDB(ctx, cfg, file)
		if err != nil {
			return err
		}
		if err := errors.Join(warehouse.Dump(ctx, w, filepath.Dir(file)), w.Close(), os.Remove(file)); err != nil {
			return fmt.Errorf("restore facts: %w", err)
		}
	}
	return nil
}

// restoreState writes the dump that lies in dir into the engine of the
// configuration: at the dump's own schema version, from where the next start
// migrates.
func restoreState(ctx context.Context, dir string, cfg config.State, mark string) (err error) {
	path := filepath.Join(dir, stateDump)
	if err := convertState(ctx, dir, cfg); err != nil {
		return err
	}
	schema, err := dumpedSchema(dir)
	if err != nil || schema == 0 {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("restore state: %w", err)
	}
	defer f.Close()
	s, _, err := openState(ctx, cfg, dir, schema)
	if err != nil {
		return err
	}
	have, _, err := catalog.New(s, nil).Setting(ctx, noWorkspace, settingInstallation)
	if err == nil && have != mark {
		err = state.Restore(ctx, marked{s, mark}, f)
	}
	if perennial.CodeOf(err) == "restore.not_empty" {
		err = perennial.AsError(err).WithHint(perennial.Say("建一个空数据库，写进目标目录的 perennial.yaml（state），再恢复一次；或用 --embedded 恢复到内置引擎。原来的数据没有改动。",
			"Make an empty database, name it in a perennial.yaml in the target directory (state), and restore again, or into the embedded engines with --embedded; nothing was changed."))
	}
	if err := errors.Join(err, s.Close()); err != nil {
		return err
	}
	return os.Remove(path)
}

// convertState dumps the SQLite file of a backup of format 1 where the state is to
// live elsewhere.
func convertState(ctx context.Context, dir string, cfg config.State) error {
	path := filepath.Join(dir, sqliteFile)
	if _, err := os.Stat(path); cfg.URL == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	s, err := sqlite.Open(ctx, sqlite.Options{Path: path})
	if err != nil {
		return err
	}
	return errors.Join(dumpState(ctx, s, filepath.Join(dir, stateDump)), s.Close(), os.Remove(path))
}

// marked is a state whose write notes the mark in the same transaction.
type marked struct {
	state.State
	mark string
}

func (m marked) Update(ctx context.Context, f func(state.Tx) error) error {
	return m.State.Update(ctx, func(tx state.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		var version int64
		if _, err := tx.Get(ctx, "select coalesce(max(version), 0) + 1 from settings where workspace_id = ? and name = ?",
			[]any{int64(noWorkspace), settingInstallation}, &version); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "insert into settings (workspace_id, name, value, version) values (?, ?, ?, ?)",
			int64(noWorkspace), settingInstallation, m.mark, version)
		return err
	})
}

// brokenBackup tells a backup that is not whole from a disk that is full.
func brokenBackup(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return diskFull(err)
	}
	return perennial.NewError(perennial.KindInvalid, "restore.damaged",
		perennial.Say("备份文件不完整或不是常青的备份。", "The backup is incomplete, or not one of Perennial's.")).
		WithHint(perennial.Say("换一份备份；没有改动任何数据。", "Use another backup; nothing was changed.")).Because(err)
}

// readManifest reads the first entry of a backup.
func readManifest(tr *tar.Reader) (m Manifest, err error) {
	head, err := tr.Next()
	if err != nil || head.Name != manifestName || head.Size > 16<<20 {
		return m, brokenBackup(errors.Join(err, errors.New("no manifest")))
	}
	if err := json.NewDecoder(tr).Decode(&m); err != nil {
		return m, brokenBackup(err)
	}
	if m.Format < 1 || m.Format > backupFormat {
		return m, perennial.NewError(perennial.KindConflict, "restore.format",
			perennial.Say("备份格式是 %d，这个程序认识到 %d。", "The backup is of format %d; this program knows up to %d.", m.Format, backupFormat)).
			WithHint(perennial.Say("请用写它的版本或更新的版本恢复。", "Restore it with the version that wrote it, or a newer one."))
	}
	return m, nil
}

func unpack(ctx context.Context, r io.Reader, staging string) (Manifest, error) {
	zr, err := zstd.NewReader(r)
	if err != nil {
		return Manifest{}, brokenBackup(err)
	}
	defer zr.Close()
	tr := tar.NewReader(zr)
	m, err := readManifest(tr)
	if err != nil {
		return m, err
	}
	missing := len(m.Files)
	for {
		if err := ctx.Err(); err != nil {
			return m, err
		}
		head, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return m, brokenBackup(err)
		}
		want, known := m.Files[head.Name]
		if !known || !filepath.IsLocal(head.Name) || strings.Contains(head.Name, `\`) {
			return m, brokenBackup(fmt.Errorf("unexpected entry %q", head.Name))
		}
		path := filepath.Join(staging, filepath.FromSlash(head.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return m, brokenBackup(err)
		}
		if err := unpackFile(tr, path, want); err != nil {
			return m, brokenBackup(err)
		}
		missing--
	}
	if missing != 0 {
		return m, brokenBackup(fmt.Errorf("%d files are missing", missing))
	}
	return m, nil
}

func unpackFile(r io.Reader, path, want string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(f, h), r); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return fmt.Errorf("%s does not have its checksum", filepath.Base(path))
	}
	return f.Sync()
}
