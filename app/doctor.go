package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"perennial"
	"perennial/govern/vault"
	"perennial/store/catalog"
	"perennial/store/state"
)

// Check is one finding of the doctor.
type Check struct {
	Name   string `json:"name"`
	Engine string `json:"engine,omitempty"` // which, and where
	// Workspaces are those that it speaks of: more than one where they have one fault
	// in common, as a server that is down.
	Workspaces []string       `json:"workspaces,omitempty"`
	OK         bool           `json:"ok"`
	Detail     perennial.Text `json:"detail"`
	Code       string         `json:"code,omitempty"`
	Hint       perennial.Text `json:"hint"`
	Cause      string         `json:"cause,omitempty"` // of a fault of the program itself
}

// shownGaps is how many differences between state and facts are told of a workspace.
const shownGaps = 10

// findings are what the doctor has found so far.
type findings []Check

// add notes that something is as it should be, or the fault that was found; one that
// was told of another workspace is told once.
func (f *findings) add(name, workspace string, used engine, detail perennial.Text, err error) {
	c := Check{Name: name, Engine: used.String(), OK: err == nil, Detail: detail}
	if workspace != "" {
		c.Workspaces = []string{workspace}
	}
	if err != nil {
		e := perennial.AsError(err)
		c.Code, c.Detail, c.Hint = e.Code, e.Sentence, e.Hint
		if e.Kind == perennial.KindInternal && e.Err != nil {
			c.Cause = err.Error()
		}
		for i, known := range *f {
			if known.OK || known.Code != c.Code || known.Detail != c.Detail || known.Cause != c.Cause {
				continue
			}
			if workspace != "" && !slices.Contains(known.Workspaces, workspace) {
				(*f)[i].Workspaces = append(known.Workspaces, workspace)
			}
			return
		}
	}
	*f = append(*f, c)
}

// named lets each fault name the workspaces that it keeps from being checked, where
// its sentence does not.
func (f findings) named() []Check {
	for i := range f {
		c := &f[i]
		names := strings.Join(c.Workspaces, "、")
		if c.OK || names == "" || strings.Contains(c.Detail.ZH, "“"+names+"”") {
			continue
		}
		c.Detail.ZH += "不能检查的工作区：" + names + "。"
		c.Detail.EN += " Workspaces that cannot be checked: " + strings.Join(c.Workspaces, ", ") + "."
	}
	return f
}

// Doctor looks at everything that can be wrong with an installation. It changes
// nothing but what a crashed import left.
func (a *App) Doctor(ctx context.Context) []Check {
	var out findings
	out.add("directory", "", engine{}, perennial.Say("数据目录 %s 可写，只有这个程序在用", "The data directory %s can be written and is used by this program alone", a.Dir), writable(a.Dir))
	for _, left := range a.leftRestores() {
		out.add("restore", "", engine{}, perennial.Text{}, perennial.NewError(perennial.KindConflict, "restore.left",
			perennial.Say("一次中断的恢复留下了 %s，里面可能有密钥。", "A restore that was killed left %s, which may hold a vault key.", left)).
			WithHint(perennial.Say("删掉它；在旁边再恢复一次时也会自动清掉。", "Remove it; the next restore beside it does so, too.")))
	}
	version, err := a.State.Check(ctx)
	out.add("state", "", a.engine, perennial.Say("状态库（%[1]s）完好，版本 %[2]d", "The state database (%[1]s) is sound, schema version %[2]d", a.engine, version), err)
	all, err := a.Catalog.Workspaces(ctx)
	out.add("workspaces", "", engine{}, perennial.Say("工作区 %d 个", "Workspaces: %d", len(all)), err)
	for _, ws := range all {
		a.examineFacts(ctx, ws, &out)
		a.examineState(ctx, ws, &out)
	}
	return out.named()
}

// examineFacts looks at a workspace's warehouse.
func (a *App) examineFacts(ctx context.Context, ws perennial.Workspace, out *findings) {
	name := "workspace " + ws.Name
	w, err := a.facts(ctx, ws)
	if err != nil {
		out.add(name, ws.Name, engine{}, perennial.Text{}, err)
		return
	}
	version, err := w.Check(ctx)
	out.add(name, ws.Name, w.engine, perennial.Say("“%s”的数据仓库（%s）读得通，版本 %d", "The warehouse of %q (%s) can be read throughout, schema version %d", ws.Name, w.engine, version), err)
	all := Statements(w.Dialect())
	for _, pkg := range sortedKeys(all) {
		for _, key := range sortedKeys(all[pkg]) {
			if err := w.Prepare(ctx, all[pkg][key]); err != nil {
				out.add(name+" statements", ws.Name, w.engine, perennial.Text{}, fmt.Errorf("%s: %w", pkg, err))
			}
		}
	}
	gaps, rows, err := a.Catalog.Gaps(ctx, ws.ID, w)
	if err != nil || len(gaps) == 0 {
		out.add(name+" facts", ws.Name, w.engine, perennial.Say("“%s”的数据一行不少：%d 行", "The facts of %q are all there: %d rows", ws.Name, perennial.Count(rows)), err)
	}
	for i, g := range gaps {
		if i == shownGaps {
			out.add(name+" facts", ws.Name, w.engine, perennial.Text{}, perennial.NewError(perennial.KindConflict, "store.facts_missing",
				perennial.Say("工作区“%s”还有 %d 处这样的差别。", "%q has %d more such differences.", ws.Name, len(gaps)-i)))
			break
		}
		out.add(name+" facts", ws.Name, w.engine, perennial.Text{}, g.Error(ws.Name))
	}
}

// examineState looks at what the state database holds of a workspace.
func (a *App) examineState(ctx context.Context, ws perennial.Workspace, out *findings) {
	name := "workspace " + ws.Name
	var health vault.Health
	err := a.State.View(ctx, func(tx state.Tx) (err error) {
		health, err = a.Vault.Check(ctx, tx, ws.ID)
		return err
	})
	if err == nil {
		err = health.Err(ws.Name)
	}
	out.add(name+" vault", ws.Name, engine{}, perennial.Say("“%s”的密钥可用，%d 项身份信息都解得开", "The key opens all personal values of %q: %d", ws.Name, perennial.Count(health.Values)), err)
	imports, err := a.Catalog.Imports(ctx, ws.ID)
	for _, in := range imports {
		if r := in.Rows; in.Status == catalog.ImportDone && r.Read != r.Accepted+r.Refused+r.Duplicate {
			err = errors.Join(err, perennial.NewError(perennial.KindInternal, "doctor.counts",
				perennial.Say("工作区“%s”里导入 %d 的行数对不上。", "In %q the row counts of import %d do not add up.", ws.Name, in.ID)))
		}
	}
	out.add(name+" imports", ws.Name, engine{}, perennial.Say("“%s”导入 %d 次，行数都对得上", "Imports of %q: %d, and their row counts add up", ws.Name, len(imports)), err)
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
