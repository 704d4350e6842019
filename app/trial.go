package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"perennial"
	"perennial/analyze/lifecycle"
	"perennial/report"
)

// bench keeps the purchases on which rules are tried out, so that a try while somebody
// moves a slider costs a replay and no query. It holds one workspace's at a time,
// until they change or nobody has tried anything for a while: that is less memory than
// an analysis takes, which the machine has to have anyway. It is safe for concurrent
// use.
type bench struct {
	mu        sync.Mutex
	workspace int64
	basis     string
	trial     *report.Trial
	idle      *time.Timer
}

// keepTrial is how long purchases stay in memory after the last try.
const keepTrial = 10 * time.Minute

func (b *bench) get(workspace int64, basis string) *report.Trial {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.trial == nil || b.workspace != workspace || b.basis != basis {
		return nil
	}
	b.idle.Reset(keepTrial)
	return b.trial
}

func (b *bench) put(workspace int64, basis string, t *report.Trial) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.idle == nil {
		b.idle = time.AfterFunc(keepTrial, b.clear)
	}
	b.idle.Reset(keepTrial)
	b.workspace, b.basis, b.trial = workspace, basis, t
}

// forget drops a workspace's purchases.
func (b *bench) forget(workspace int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.workspace == workspace {
		b.drop()
	}
}

func (b *bench) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drop()
}

func (b *bench) drop() {
	b.workspace, b.trial = 0, nil
	if b.idle != nil {
		b.idle.Stop()
	}
}

// onTrial returns the workspace's purchases for trying rules out. Loading them waits
// as Analyze does.
func (a *App) onTrial(ctx context.Context, ws perennial.Workspace) (_ *report.Trial, err error) {
	basis, err := a.basis(ctx, ws)
	if err != nil {
		return nil, err
	}
	if t := a.trial.get(ws.ID, basis); t != nil {
		return t, nil
	}
	next, err := a.alone(ctx, ws.Name)
	if err != nil {
		return nil, err
	}
	defer next()
	if basis, err = a.basis(ctx, ws); err != nil {
		return nil, err
	}
	if t := a.trial.get(ws.ID, basis); t != nil { // somebody else's turn has loaded them
		return t, nil
	}
	opt := usualAnalysis(ws)
	loaded, release, err := a.purchases(ctx, ws, opt)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := a.reportOptions(ctx, ws, loaded.Currency, &opt); err != nil {
		return nil, err
	}
	t, err := report.NewTrial(ctx, loaded, opt.Report)
	if err != nil {
		return nil, err
	}
	a.trial.put(ws.ID, basis, t)
	return t, nil
}

// TryRules tells who would move if a rule set were put in force now.
func (a *App) TryRules(ctx context.Context, ws perennial.Workspace, rules *lifecycle.RuleSet) (*report.Moves, error) {
	if err := rules.Check(); err != nil {
		return nil, err
	}
	t, err := a.onTrial(ctx, ws)
	if err != nil {
		return nil, err
	}
	return t.Try(ctx, rules)
}
