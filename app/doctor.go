package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"perennial"
	"perennial/govern/vault"
	"perennial/store/catalog"
	"perennial/store/state"
)

// Check is one finding of the doctor.
type Check struct {
	Name   string         `json:"name"`
	Engine string         `json:"engine,omitempty"` // which, and where
	OK     bool           `json:"ok"`
	Detail perennial.Text `json:"detail"`
	Code   string         `json:"code,omitempty"`
	Hint   perennial.Text `json:"hint"`
}

// shownGaps is how many differences between state and facts are told of a workspace.
const shownGaps = 10

// Doctor looks at everything that can be wrong with an installation. It changes
// nothing but what a crashed import left.
func (a *App) Doctor(ctx context.Context) []Check {
	var out []Check
	add := func(name string, used engine, detail perennial.Text, err error) {
		c := Check{Name: name, Engine: used.String(), OK: err == nil, Detail: detail}
		if err != nil {
			e := perennial.AsError(err)
			c.Code, c.Detail, c.Hint = e.Code, e.Sentence, e.Hint
		}
		out = append(out, c)
	}
	add("directory", engine{}, perennial.Say("数据目录 %s 可写，只有这个程序在用", "The data directory %s can be written and is used by this program alone", a.Dir), writable(a.Dir))
	for _, left := range a.leftRestores() {
		add("restore", engine{}, perennial.Text{}, perennial.NewError(perennial.KindConflict, "restore.left",
			perennial.Say("一次中断的恢复留下了 %s，里面可能有密钥。", "A restore that was killed left %s, which may hold a vault key.", left)).
			WithHint(perennial.Say("删掉它；在旁边再恢复一次时也会自动清掉。", "Remove it; the next restore beside it does so, too.")))
	}
	version, err := a.State.Check(ctx)
	add("state", a.engine, perennial.Say("状态库（%[1]s）完好，版本 %[2]d", "The state database (%[1]s) is sound, schema version %[2]d", a.engine, version), err)
	all, err := a.Catalog.Workspaces(ctx)
	add("workspaces", engine{}, perennial.Say("工作区 %d 个", "Workspaces: %d", len(all)), err)
	for _, ws := range all {
		a.examine(ctx, ws, add)
	}
	return out
}

func (a *App) examine(ctx context.Context, ws perennial.Workspace, add func(string, engine, perennial.Text, error)) {
	name := "workspace " + ws.Name
	w, err := a.facts(ctx, ws)
	if err != nil {
		add(name, engine{}, perennial.Text{}, err)
		return
	}
	version, err := w.Check(ctx)
	add(name, w.engine, perennial.Say("“%s”的数据仓库（%s）读得通，版本 %d", "The warehouse of %q (%s) can be read throughout, schema version %d", ws.Name, w.engine, version), err)
	for pkg, list := range Statements(w.Dialect()) {
		for _, key := range sortedKeys(list) {
			if err := w.Prepare(ctx, list[key]); err != nil {
				add(name+" statements", w.engine, perennial.Text{}, fmt.Errorf("%s: %w", pkg, err))
			}
		}
	}
	gaps, rows, err := a.Catalog.Gaps(ctx, ws.ID, w)
	if err != nil || len(gaps) == 0 {
		add(name+" facts", w.engine, perennial.Say("“%s”的数据一行不少：%d 行", "The facts of %q are all there: %d rows", ws.Name, perennial.Count(rows)), err)
	}
	for i, g := range gaps {
		if i == shownGaps {
			add(name+" facts", w.engine, perennial.Text{}, perennial.NewError(perennial.KindConflict, "store.facts_missing",
				perennial.Say("“%s”里还有 %d 处对不上。", "%q has %d more such differences.", ws.Name, len(gaps)-i)))
			break
		}
		add(name+" facts", w.engine, perennial.Text{}, g.Error(ws.Name))
	}
	var health vault.Health
	err = a.State.View(ctx, func(tx state.Tx) (err error) {
		health, err = a.Vault.Check(ctx, tx, ws.ID)
		return err
	})
	if err == nil {
		err = health.Err(ws.Name)
	}
	add(name+" vault", engine{}, perennial.Say("“%s”的密钥可用，%d 项身份信息都解得开", "The key opens all personal values of %q: %d", ws.Name, perennial.Count(int(health.Values))), err)
	imports, err := a.Catalog.Imports(ctx, ws.ID)
	if err == nil {
		for _, in := range imports {
			if r := in.Rows; in.Status == catalog.ImportDone && r.Read != r.Accepted+r.Refused+r.Duplicate {
				err = errors.Join(err, perennial.NewError(perennial.KindInternal, "doctor.counts",
					perennial.Say("导入 %d 的行数对不上。", "The row counts of import %d do not add up.", in.ID)))
			}
		}
	}
	add(name+" imports", engine{}, perennial.Say("导入 %d 次，行数都对得上", "Imports: %d, and their row counts add up", len(imports)), err)
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".doctor-")
	if err != nil {
		return notWritable(dir, err)
	}
	_, err = f.Write(make([]byte, 1<<20))
	err = errors.Join(err, f.Close(), os.Remove(filepath.Join(dir, filepath.Base(f.Name()))))
	if err != nil {
		return notWritable(dir, err)
	}
	return nil
}
