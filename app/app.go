package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"perennial"
	"perennial/analyze/purchase"
	"perennial/analyze/sequence"
	"perennial/analyze/timeline"
	"perennial/api"
	"perennial/collect/importer"
	"perennial/collect/importer/mapping"
	"perennial/config"
	"perennial/govern/account"
	"perennial/govern/vault"
	"perennial/identity"
	"perennial/internal/dirlock"
	"perennial/internal/sqlfile"
	"perennial/store/catalog"
	"perennial/store/state"
	"perennial/store/warehouse"
)

// Options says which installation to open.
type Options struct {
	// Dir is the data directory.
	Dir string
	// Create makes the directory where it does not exist; without it a missing
	// directory is an error.
	Create bool
	Config config.Config
	Now    func() time.Time
	Log    *slog.Logger

	presets string // the folder of one's own presets, if not the one in Dir
}

// App is an open installation: the sole owner of its data directory until it is
// closed, and of its PostgreSQL database where it has one. It is safe for
// concurrent use.
type App struct {
	Dir      string
	Catalog  *catalog.Catalog
	State    state.State
	Vault    *vault.Vault
	Accounts *account.Accounts
	Presets  *mapping.Presets

	cfg          config.Config
	now          func() time.Time
	log          *slog.Logger
	lock         *dirlock.Lock
	temp         bool
	engine       engine // of the state
	installation string // its id

	loaded func(rows int64) // told of restored facts on their way into an engine; may be nil

	runs atomic.Int64 // analyses so far, to tell them apart

	mu         sync.Mutex
	warehouses map[int64]facts
	turns      map[string]chan struct{} // who changes a workspace, by its name; see alone
	proposed   map[int64]*api.RuleProposals

	trial bench // where rules are tried out
}

// facts is an open warehouse.
type facts struct {
	warehouse.Warehouse
	engine engine
}

// DefaultDir returns the data directory that is used when none is named:
// $PERENNIAL_DIR, else the user's data folder.
func DefaultDir() (string, error) {
	if dir := os.Getenv("PERENNIAL_DIR"); dir != "" {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", perennial.NewError(perennial.KindInvalid, "dir.unknown",
			perennial.Say("不知道数据放在哪里。", "There is no telling where the data belongs.")).
			WithHint(perennial.Say("用 --dir 或环境变量 PERENNIAL_DIR 指定。", "Name a directory with --dir or PERENNIAL_DIR.")).Because(err)
	}
	switch runtime.GOOS {
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "Perennial"), nil
	case "windows":
		if local := os.Getenv("LocalAppData"); local != "" {
			return filepath.Join(local, "Perennial"), nil
		}
	}
	if data := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(data) {
		return filepath.Join(data, "perennial"), nil
	}
	return filepath.Join(home, ".local", "share", "perennial"), nil
}

// Open opens an installation.
func Open(ctx context.Context, opt Options) (a *App, err error) {
	if err := checkDir(opt.Dir, opt.Create); err != nil {
		return nil, err
	}
	a = &App{Dir: opt.Dir, cfg: opt.Config, now: opt.Now, log: opt.Log, warehouses: map[int64]facts{}, turns: map[string]chan struct{}{}, proposed: map[int64]*api.RuleProposals{}}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
			a = nil
		}
	}()
	if a.lock, err = dirlock.Acquire(opt.Dir); err != nil {
		return a, err
	}
	return a, a.open(ctx, cmp.Or(opt.presets, filepath.Join(opt.Dir, "presets")))
}

func (a *App) open(ctx context.Context, presets string) error {
	s, engine, err := openState(ctx, a.cfg.State, a.Dir, 0)
	if err != nil {
		return err
	}
	a.State, a.engine, a.Catalog = s, engine, catalog.New(s, a.now)
	if err := a.openVault(ctx); err != nil {
		return err
	}
	if a.Accounts, err = account.New(account.Options{State: s, Vault: a.Vault, Now: a.now}); err != nil {
		return err
	}
	if err := a.identify(ctx); err != nil {
		return err
	}
	if err := noteAddress(filepath.Join(a.Dir, stateAddress), a.cfg.State.URL); err != nil {
		return err
	}
	var folders []fs.FS
	if info, err := os.Stat(presets); err == nil && info.IsDir() {
		folders = append(folders, os.DirFS(presets))
	}
	if a.Presets, err = mapping.LoadPresets(folders...); err != nil {
		return err
	}
	return a.clear(ctx)
}

// clear settles what an earlier process left that was killed: the directory is
// ours alone, so whatever is shown as running is dead. Rows of its imports are
// discarded when their warehouse is opened.
func (a *App) clear(ctx context.Context) error {
	if err := errors.Join(os.RemoveAll(a.staging()), a.endRestore()); err != nil {
		return notWritable(a.Dir, err)
	}
	return a.Catalog.EndAbandoned(ctx)
}

// staging is where files are put together that will be moved elsewhere.
func (a *App) staging() string { return filepath.Join(a.Dir, "tmp") }

// Look opens an installation for a look that is to leave nothing behind: where there
// is none yet, a temporary one takes its place.
func Look(ctx context.Context, opt Options) (*App, error) {
	for _, name := range []string{"vault.key", sqliteFile, "workspaces"} {
		if _, err := os.Stat(filepath.Join(opt.Dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return Open(ctx, opt)
		}
	}
	opt.presets = filepath.Join(opt.Dir, "presets")
	return Temporary(ctx, opt)
}

// Temporary opens an installation of its own in a temporary directory, which
// Close removes. Its engines are the embedded ones: a look at a file leaves nothing
// on the servers that the configuration names.
func Temporary(ctx context.Context, opt Options) (*App, error) {
	dir, err := os.MkdirTemp("", "perennial-")
	if err != nil {
		return nil, fmt.Errorf("make temporary directory: %w", err)
	}
	opt.Dir, opt.Config.State.URL, opt.Config.Warehouse.URL = dir, "", ""
	a, err := Open(ctx, opt)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	a.temp = true
	return a, nil
}

func checkDir(dir string, create bool) error {
	info, err := os.Stat(dir)
	switch {
	case err == nil && !info.IsDir():
		return perennial.NewError(perennial.KindInvalid, "dir.not_directory",
			perennial.Say("%s 不是目录。", "%s is not a directory.", dir)).
			WithHint(perennial.Say("用 --dir 指定一个目录。", "Name a directory with --dir."))
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist) && !create:
		return perennial.NewError(perennial.KindNotFound, "dir.not_found",
			perennial.Say("数据目录 %s 还不存在。", "The data directory %s does not exist yet.", dir)).
			WithHint(perennial.Say("先导入：perennial import orders 文件 --workspace 名字。", "Import something first: perennial import orders FILE --workspace NAME."))
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return notWritable(dir, err)
		}
		return nil
	}
	return notWritable(dir, err)
}

func notWritable(dir string, err error) error {
	return perennial.NewError(perennial.KindForbidden, "dir.not_writable",
		perennial.Say("数据目录 %s 打不开或不能写。", "The data directory %s cannot be opened or written.", dir)).
		WithHint(perennial.Say("检查权限，或用 --dir 指定另一个目录。", "Check its permissions, or name another with --dir.")).Because(err)
}

// Statements returns every SQL statement that runs on the warehouse, by the
// package that it belongs to.
func Statements(d warehouse.Dialect) map[string]map[string]sqlfile.Statement {
	all := map[string]map[string]sqlfile.Statement{"importer": importer.Statements(), "purchase": purchase.Statements(), "timeline": timeline.Statements()}
	if d.Sequences == warehouse.Inside {
		all["purchase inside"], all["sequence"] = purchase.InsideStatements(), sequence.Statements()
	}
	return all
}

// workspaceDir is where a workspace's files are.
func (a *App) workspaceDir(ws perennial.Workspace) string {
	return filepath.Join(a.Dir, "workspaces", ws.Name)
}

// Warehouse opens a workspace's warehouse, once, and removes what a crashed
// import left in it.
func (a *App) Warehouse(ctx context.Context, ws perennial.Workspace) (warehouse.Warehouse, error) {
	f, err := a.facts(ctx, ws)
	return f.Warehouse, err
}

func (a *App) facts(ctx context.Context, ws perennial.Workspace) (facts, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w, ok := a.warehouses[ws.ID]; ok {
		return w, nil
	}
	dir := a.workspaceDir(ws)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return facts{}, notWritable(dir, err)
	}
	w, err := a.openWarehouse(ctx, ws, dir)
	if err != nil {
		return facts{}, err
	}
	if err := a.settle(ctx, ws, w, dir); err != nil {
		return facts{}, errors.Join(err, w.Close())
	}
	if err := noteAddress(filepath.Join(dir, warehouseAddress), a.cfg.Warehouse.URL); err != nil {
		return facts{}, errors.Join(err, w.Close())
	}
	a.warehouses[ws.ID] = w
	return w, nil
}

// Importer returns the importer of a workspace. Without a workspace (the zero
// value) it can prepare files but not run.
func (a *App) Importer(ctx context.Context, ws perennial.Workspace) (*importer.Importer, error) {
	im := a.importer()
	if ws.ID == 0 {
		return im, nil
	}
	w, err := a.Warehouse(ctx, ws)
	if err != nil {
		return nil, err
	}
	im.Warehouse = w
	return im, nil
}

// importer joins the importer to identity: neither stage knows the other.
func (a *App) importer() *importer.Importer {
	return &importer.Importer{
		Catalog: a.Catalog, Presets: a.Presets, Now: a.now,
		People: func(ctx context.Context, ws perennial.Workspace) (importer.People, error) {
			return identity.Open(ctx, a.State, a.Vault, ws.ID)
		},
	}
}

// RefusalsFile is the pattern of the files that hold a workspace's refused rows.
func (a *App) RefusalsFile(ws perennial.Workspace) string {
	return filepath.Join(a.workspaceDir(ws), "refusals", "import-%d.csv")
}

// Close closes everything in reverse order and gives the directory free. It may
// be called twice.
func (a *App) Close() error {
	a.trial.clear()
	a.mu.Lock()
	defer a.mu.Unlock()
	var errs []error
	for id, w := range a.warehouses {
		errs = append(errs, w.Close())
		delete(a.warehouses, id)
	}
	if a.State != nil {
		errs = append(errs, a.State.Close())
	}
	errs = append(errs, a.lock.Release())
	if a.temp {
		errs = append(errs, os.RemoveAll(a.Dir))
	}
	return errors.Join(errs...)
}
