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
	"strings"
	"syscall"
	"time"

	"github.com/klauspost/compress/zstd"

	"perennial"
	"perennial/config"
	"perennial/store/state"
	"perennial/store/state/sqlite"
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
	// the copy of its warehouse.
	all, err := a.Catalog.Workspaces(ctx)
	if err != nil {
		return m, err
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

// restoreState makes the state database in dir from the dump that lies there: at
// the dump's own schema version, from where the next start migrates.
func restoreState(ctx context.Context, dir string) (err error) {
	path := filepath.Join(dir, stateDump)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("restore state: %w", err)
	}
	defer f.Close()
	schema, err := state.DumpSchema(f)
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("restore state: %w", err)
	}
	s, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(dir, "state.db"), Schema: schema})
	if err != nil {
		return err
	}
	if err := errors.Join(state.Restore(ctx, s, f), s.Close()); err != nil {
		return err
	}
	return os.Remove(path)
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
		return notWritable(filepath.Dir(path), err)
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

// Restore unpacks a backup into dir, which must be empty or absent. Every file is
// checked against the manifest before anything takes its place.
func Restore(ctx context.Context, path, dir string) (m Manifest, err error) {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return m, perennial.NewError(perennial.KindConflict, "restore.not_empty",
			perennial.Say("目录 %s 不是空的。", "The directory %s is not empty.", dir)).
			WithHint(perennial.Say("恢复到一个新目录：--dir 新目录；确认无误后再替换旧的。", "Restore into a new directory with --dir and put it in the old one's place afterwards."))
	}
	f, err := os.Open(path)
	if err != nil {
		return m, perennial.NewError(perennial.KindNotFound, "file.not_found",
			perennial.Say("打不开备份文件 %s。", "The backup %s cannot be opened.", path)).
			WithHint(perennial.Say("检查路径和权限。", "Check the path and its permissions.")).Because(err)
	}
	defer f.Close()
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(dir)), 0o700); err != nil {
		return m, notWritable(dir, err)
	}
	staging, err := os.MkdirTemp(filepath.Dir(filepath.Clean(dir)), ".perennial-restore-")
	if err != nil {
		return m, notWritable(dir, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(staging)) }()
	if m, err = unpack(ctx, f, staging); err != nil {
		return m, err
	}
	if err := restoreState(ctx, staging); err != nil {
		return m, err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m, notWritable(dir, err)
	}
	return m, os.Rename(staging, dir)
}

func unpack(ctx context.Context, r io.Reader, staging string) (Manifest, error) {
	var m Manifest
	broken := func(err error) error {
		if errors.Is(err, syscall.ENOSPC) {
			return diskFull(err)
		}
		return perennial.NewError(perennial.KindInvalid, "restore.damaged",
			perennial.Say("备份文件不完整或不是常青的备份。", "The backup is incomplete, or not one of Perennial's.")).
			WithHint(perennial.Say("换一份备份；没有改动任何数据。", "Use another backup; nothing was changed.")).Because(err)
	}
	zr, err := zstd.NewReader(r)
	if err != nil {
		return m, broken(err)
	}
	defer zr.Close()
	tr := tar.NewReader(zr)
	head, err := tr.Next()
	if err != nil || head.Name != manifestName || head.Size > 16<<20 {
		return m, broken(errors.Join(err, errors.New("no manifest")))
	}
	if err := json.NewDecoder(tr).Decode(&m); err != nil {
		return m, broken(err)
	}
	if m.Format < 1 || m.Format > backupFormat {
		return m, perennial.NewError(perennial.KindConflict, "restore.format",
			perennial.Say("备份格式是 %d，这个程序认识到 %d。", "The backup is of format %d; this program knows up to %d.", m.Format, backupFormat)).
			WithHint(perennial.Say("请用写它的版本或更新的版本恢复。", "Restore it with the version that wrote it, or a newer one."))
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
			return m, broken(err)
		}
		want, known := m.Files[head.Name]
		if !known || !filepath.IsLocal(head.Name) || strings.Contains(head.Name, `\`) {
			return m, broken(fmt.Errorf("unexpected entry %q", head.Name))
		}
		path := filepath.Join(staging, filepath.FromSlash(head.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return m, broken(err)
		}
		if err := unpackFile(tr, path, want); err != nil {
			return m, broken(err)
		}
		missing--
	}
	if missing != 0 {
		return m, broken(fmt.Errorf("%d files are missing", missing))
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
