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
	"slices"
	"strings"
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
	Lacks      []Lack            `json:"lacks,omitempty"` // an incomplete backup's damaged workspaces
}

// Lack is a workspace whose facts a backup could not hold as they should be.
type Lack struct {
	Workspace string         `json:"workspace"`
	Code      string         `json:"code"`
	Reason    perennial.Text `json:"reason"`
	Facts     bool           `json:"facts"` // what was left of them is in the backup
}

// backupFormat 2 holds state as a dump that every engine takes; 1 held SQLite's
// own file and is still restored.
const backupFormat = 2

// stateDump is the entry of a backup that holds the state database.
const stateDump = "state.ndjson"

// Backup writes the whole installation into one file. Without the vault's key
// the copy can be restored only beside a key kept elsewhere.
//
// Damage in one workspace does not keep the others from being saved: the backup is
// written, names it in Lacks, and the error is backup.incomplete. A server that does
// not answer is no damage; then nothing is written.
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
		lack, err := a.backupFacts(ctx, ws, filepath.Join(staging, "workspaces", ws.Name))
		if err != nil {
			return m, err
		}
		if lack != nil {
			m.Lacks = append(m.Lacks, *lack)
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
	if err := pack(ctx, staging, path, &m); err != nil {
		return m, err
	}
	return m, incomplete(path, m)
}

// backupFacts writes a workspace's facts into dir, which is made, or says what of
// them is damaged.
func (a *App) backupFacts(ctx context.Context, ws perennial.Workspace, dir string) (*Lack, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	w, err := a.Warehouse(ctx, ws)
	if err == nil {
		err = w.Backup(ctx, dir)
	}
	whole := err == nil
	if whole {
		err = a.complete(ctx, ws, w)
	}
	if err == nil {
		return nil, nil
	}
	e := perennial.AsError(err)
	if !damage(e) || ctx.Err() != nil || errors.Is(err, syscall.ENOSPC) {
		return nil, err
	}
	a.log.ErrorContext(ctx, "workspace not backed up as it should be", slog.String("workspace", ws.Name), slog.Any("error", err))
	lack := &Lack{Workspace: ws.Name, Code: e.Code, Reason: e.Sentence, Facts: whole}
	if whole {
		return lack, nil
	}
	return lack, os.RemoveAll(dir) // half of a copy is none
}

// damage tells facts that are spoilt or lost from a server that is away, a program that
// is too old and a configuration that names another engine, which are to be mended
// before anything is written.
func damage(e *perennial.Error) bool {
	switch e.Kind {
	case perennial.KindInternal, perennial.KindNotFound:
		return true
	case perennial.KindConflict:
		return slices.Contains([]string{"store.facts_missing", "store.facts_surplus", "store.no_facts", "store.shard_empty"}, e.Code)
	}
	return false
}

// incomplete says what a backup lacks, nil for nothing.
func incomplete(path string, m Manifest) error {
	if len(m.Lacks) == 0 {
		return nil
	}
	var zh, en []string
	for _, l := range m.Lacks {
		zh = append(zh, l.Workspace+"（"+strings.TrimSuffix(l.Reason.ZH, "。")+"）")
		en = append(en, l.Workspace+" ("+strings.TrimSuffix(l.Reason.EN, ".")+")")
	}
	list := perennial.Text{ZH: strings.Join(zh, "、"), EN: strings.Join(en, ", ")}
	say := perennial.Say("备份 %[1]s 写好了，但不完整：", "The backup %[1]s was written and is not whole: ", path)
	say.ZH, say.EN = say.ZH+list.ZH+"。", say.EN+list.EN+"."
	return perennial.NewError(perennial.KindConflict, "backup.incomplete", say).
		WithHint(perennial.Say("其余都在里面。修好这些工作区后再备份一次；在那之前留着以前的备份。",
			"Everything else is in it. Mend these workspaces and back up again; keep older backups until then."))
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
