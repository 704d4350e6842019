package app

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"perennial"
	"perennial/config"
	"perennial/internal/dirlock"
	"perennial/store/catalog"
	"perennial/store/warehouse"
)

const (
	// restoringFile is in a restored directory while facts are still to be loaded; it
	// holds the mark of the restore.
	restoringFile = "restoring"
	// stagingPrefix begins the name of the directory beside the target in which a
	// restore unpacks: "lock" says whether it lives, "data" will be the directory.
	stagingPrefix = ".perennial-restore-"
	stagingData   = "data"
)

// stagingFor makes the place where a backup for dir is unpacked and takes its lock;
// done removes it. What killed restores left beside dir goes first: the vault's key
// is in it.
func stagingFor(dir string) (staging string, done func() error, err error) {
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", nil, notWritable(dir, err)
	}
	own := filepath.Join(parent, stagingPrefix+filepath.Base(dir))
	for _, left := range deadRestores(parent) {
		if err := os.RemoveAll(left); err != nil {
			return "", nil, notWritable(left, err)
		}
	}
	if err := os.MkdirAll(own, 0o700); err != nil {
		return "", nil, notWritable(dir, err)
	}
	lock, err := dirlock.Acquire(own)
	if err != nil {
		return "", nil, err
	}
	done = func() error { return errors.Join(lock.Release(), os.RemoveAll(own)) }
	staging = filepath.Join(own, stagingData)
	if err := os.Mkdir(staging, 0o700); err != nil {
		return "", nil, errors.Join(notWritable(dir, err), done())
	}
	return staging, done, nil
}

// deadRestores finds what restores left in parent whose process is gone.
func deadRestores(parent string) (dead []string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		path := filepath.Join(parent, e.Name())
		if ok, _ := filepath.Match(stagingPrefix+"*", e.Name()); !ok || !e.IsDir() {
			continue
		}
		lock, err := dirlock.Acquire(path)
		if err == nil && lock.Release() == nil {
			dead = append(dead, path)
		}
	}
	return dead
}

// leftRestores finds what killed restores left beside the data directory.
func (a *App) leftRestores() []string {
	dir, err := filepath.Abs(a.Dir)
	if err != nil || a.temp {
		return nil
	}
	return deadRestores(filepath.Dir(dir))
}

// loadRestored brings the facts of a restored directory into their engine, those of
// every workspace, and counts them. It needs no key: a backup may come without.
func loadRestored(ctx context.Context, opt RestoreOptions, m Manifest) (err error) {
	cfg, err := config.Load(opt.Dir)
	if err != nil {
		return err
	}
	a := &App{Dir: opt.Dir, cfg: cfg, now: opt.Now, log: opt.Log, warehouses: map[int64]facts{}}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	defer func() {
		err = unfinished(errors.Join(err, a.Close()), opt.Dir)
	}()
	if a.lock, err = dirlock.Acquire(opt.Dir); err != nil {
		return err
	}
	if a.State, a.engine, err = openState(ctx, cfg.State, opt.Dir, 0); err != nil {
		return err
	}
	a.Catalog = catalog.New(a.State, a.now)
	if err := a.identify(ctx); err != nil {
		return err
	}
	all, err := a.Catalog.Workspaces(ctx)
	if err != nil {
		return err
	}
	var done, total int64
	for _, ws := range all {
		if !warehouse.Dumped(a.workspaceDir(ws)) {
			continue
		}
		rows, err := warehouse.DumpRows(a.workspaceDir(ws))
		if err != nil {
			return err
		}
		total += rows
	}
	if opt.Progress != nil {
		a.loaded = func(rows int64) { done += rows; opt.Progress(done, total) }
	}
	known := map[string]Lack{} // what the backup said itself is no news
	for _, l := range m.Lacks {
		known[l.Workspace] = l
	}
	var lost error
	for _, ws := range all {
		lack, lacks := known[ws.Name]
		if lacks && !lack.Facts {
			continue
		}
		w, err := a.Warehouse(ctx, ws)
		if err != nil {
			return err
		}
		if err := a.complete(ctx, ws, w); err != nil && lost == nil && !lacks {
			lost = err // the backup has no more; what it has is to be used all the same
		}
	}
	return errors.Join(lost, a.endRestore())
}

// unfinished says of an error that ended the loading of facts how to go on.
func unfinished(err error, dir string) error {
	if _, statErr := os.Stat(filepath.Join(dir, restoringFile)); err == nil || statErr != nil {
		return err
	}
	e := *perennial.AsError(err)
	if e.Code == "internal" && errors.Is(err, context.Canceled) {
		e = *perennial.NewError(perennial.KindCancelled, "cancelled", perennial.Say("已停止。", "Stopped."))
	}
	e.Err = err
	how := perennial.Say("目录 %s 已经就位，数据还没有全部装进数据仓库。排除原因后再运行一次同一条恢复命令，就接着装。",
		"The directory %s is in its place; its facts are not all in the warehouse yet. When the cause is gone, run the same restore again: it goes on from there.", dir)
	e.Hint = perennial.Text{ZH: e.Hint.ZH + how.ZH, EN: strings.TrimSpace(e.Hint.EN + " " + how.EN)}
	return &e
}

// endRestore forgets that the directory was restored, when nothing is left to load,
// and what the restore had put aside.
func (a *App) endRestore() error {
	mark := filepath.Join(a.Dir, restoringFile)
	if _, err := os.Stat(mark); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	dirs, err := filepath.Glob(filepath.Join(a.Dir, "workspaces", "*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		if warehouse.Dumped(dir) {
			return nil
		}
	}
	if err := os.Remove(mark); err != nil {
		return err
	}
	dir, err := filepath.Abs(a.Dir)
	if err != nil {
		return err
	}
	return os.RemoveAll(asideOf(dir))
}
