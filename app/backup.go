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
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/klauspost/compress/zstd"

	"perennial"
	"perennial/config"
	"perennial/govern/account"
	"perennial/store/state"
)

// manifestName is the first entry of a backup.
const manifestName = "perennial-backup.json"

// Manifest says what a backup holds.
type Manifest struct {
	Format     int               `json:"format"`
	CreatedAt  time.Time         `json:"created_at"`
	Program    string            `json:"program"`
	WithKey    bool              `json:"with_key"`
	Workspaces []string          `json:"workspaces"`
	Files      map[string]string `json:"files"` // path → SHA-256
	Bytes      int64             `json:"bytes"`
}

// backupFormat 2 holds state as a dump that every engine takes; 1 held SQLite's
// own file and is still restored.
const backupFormat = 2

// stateDump is the entry of a backup that holds the state database.
const stateDump = "state.ndjson"

// Backup writes the whole installation into one file. Without the vault's key
// the copy can be restored only beside a key kept elsewhere.
func (a *App) Backup(ctx context.Context, path, program string, withKey bool) (m Manifest, err error) {
	if _, err := os.Stat(path); err == nil {
		return m, perennial.NewError(perennial.KindConflict, "backup.exists",
			perennial.Say("文件 %s 已经存在。", "The file %s exists already.", path)).
			WithHint(perennial.Say("换一个文件名；备份从不覆盖旧文件。", "Choose another name: a backup never overwrites a file."))
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return m, perennial.NewError(perennial.KindNotFound, "file.no_directory",
			perennial.Say("目录 %s 不存在，备份“%s”写不进去。", "There is no directory %s to write the backup %q into.", filepath.Dir(path), filepath.Base(path))).
			WithHint(perennial.Say("先建目录，或换一个位置。", "Make the directory first, or choose another place.")).Because(err)
	}
	// In the data directory, where the next start clears it away if this one is
	// killed.
	if err := os.MkdirAll(a.staging(), 0o700); err != nil {
		return m, notWritable(a.Dir, err)
	}
	staging, err := os.MkdirTemp(a.staging(), "backup-")
	if err != nil {
		return m, notWritable(a.Dir, err)
	}
	defer func() { err = diskFull(errors.Join(err, os.RemoveAll(staging))) }()
	m = Manifest{Format: backupFormat, CreatedAt: a.now().UTC(), Program: program, WithKey: withKey, Files: map[string]string{}}
	// Facts first, state last: a batch that state knows as live is then surely in
	// the copy of its warehouse. Nothing is taken in meanwhile, and nothing taken back.
	release, err := a.alone(ctx, newWorkspaces)
	if err != nil {
		return m, err
	}
	defer release()
	all, err := a.Catalog.Workspaces(ctx)
	if err != nil {
		return m, err
	}
	for _, ws := range all {
		release, err := a.alone(ctx, ws.Name)
		if err != nil {
			return m, err
		}
		defer release()
	}
	for _, ws := range all {
		m.Workspaces = append(m.Workspaces, ws.Name)
		w, err := a.Warehouse(ctx, ws)
		if err != nil {
			return m, err
		}
		dir := filepath.Join(staging, "workspaces", ws.Name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return m, err
		}
		if err := w.Backup(ctx, dir); err != nil {
			return m, err
		}
	}
	if err := dumpState(ctx, a.State, filepath.Join(staging, stateDump)); err != nil {
		return m, err
	}
	names := []string{config.FileName}
	if withKey {
		names = append(names, "vault.key")
	}
	presets, err := filepath.Glob(filepath.Join(a.Dir, "presets", "*.yaml"))
	if err != nil {
		return m, fmt.Errorf("back up presets: %w", err)
	}
	for _, path := range presets {
		names = append(names, filepath.Join("presets", filepath.Base(path)))
	}
	for _, name := range names {
		if err := copyFile(filepath.Join(a.Dir, name), filepath.Join(staging, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return m, fmt.Errorf("back up %s: %w", name, err)
		}
	}
	return m, pack(ctx, staging, path, &m)
}

// BackupsDir is where backups are kept that were asked for on the pages.
func (a *App) BackupsDir() string { return filepath.Join(a.Dir, "backups") }

// KeepBackup writes a backup without the vault's key into BackupsDir, and writes down
// who asked for it. Who may is the caller's to know (account.BackupsRun).
func (a *App) KeepBackup(ctx context.Context, by account.Actor, program string) (name string, err error) {
	if err := os.MkdirAll(a.BackupsDir(), 0o700); err != nil {
		return "", notWritable(a.BackupsDir(), err)
	}
	name = a.now().UTC().Format("perennial-20060102-150405.tar.zst")
	err = a.State.Update(ctx, func(tx state.Tx) error {
		return a.Accounts.Record(ctx, tx, by, account.Everywhere, "backup.run", name, "")
	})
	if err == nil {
		_, err = a.Backup(ctx, filepath.Join(a.BackupsDir(), name), program, false)
	}
	return name, err
}

// diskFull gives a full disk its code; other errors pass.
func diskFull(err error) error {
	if !errors.Is(err, syscall.ENOSPC) || perennial.CodeOf(err) != "" {
		return err
	}
	return perennial.NewError(perennial.KindUnavailable, "store.disk_full", perennial.Say("磁盘满了。", "The disk is full.")).
		WithHint(perennial.Say("腾出空间后再试；没有留下写了一半的文件。", "Free some space and try again; nothing half-written remains.")).Because(err)
}

func dumpState(ctx context.Context, s state.State, path string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("back up state: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return state.Dump(ctx, s, f)
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

// pack writes the staged files as a tar.zst under a temporary name and renames
// it when it is whole and on disk.
func pack(ctx context.Context, staging, path string, m *Manifest) (err error) {
	var files []string
	err = filepath.WalkDir(staging, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(staging, p)
		if err != nil {
			return err
		}
		sum, size, err := hashOf(p)
		m.Files[filepath.ToSlash(rel)] = sum
		m.Bytes += size
		files = append(files, rel)
		return err
	})
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	tmp := path + ".part" // of a backup that was killed: begun anew
	out, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return perennial.NewError(perennial.KindForbidden, "file.permission",
			perennial.Say("备份不能写到 %s。", "The backup cannot be written to %s.", path)).
			WithHint(perennial.Say("检查那个目录的权限，或换一个位置。", "Check the permissions of that directory, or choose another place.")).Because(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, out.Close(), os.Remove(tmp))
		}
	}()
	zw, err := zstd.NewWriter(out)
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	tw := tar.NewWriter(zw)
	head, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if err := tw.WriteHeader(&tar.Header{Name: manifestName, Mode: 0o600, Size: int64(len(head)), ModTime: m.CreatedAt}); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if _, err := tw.Write(head); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	for _, rel := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := packFile(tw, filepath.Join(staging, rel), filepath.ToSlash(rel), m.CreatedAt); err != nil {
			return fmt.Errorf("write backup: %w", err)
		}
	}
	if err := errors.Join(tw.Close(), zw.Close(), out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return os.Rename(tmp, path)
}

func packFile(tw *tar.Writer, path, name string, at time.Time) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := tw.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: at}); err != nil {
		return err
	}
	_, err = io.Copy(tw, f)
	return err
}

func hashOf(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}
