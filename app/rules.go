package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"perennial"
	"perennial/analyze/lifecycle"
	"perennial/api"
	"perennial/govern/account"
	"perennial/report"
	"perennial/store/state"
)

// rulesChanged is what the record calls a new version of the rules; its target is the
// version.
const rulesChanged = "rules.change"

// Calibrate proposes changes to a workspace's lifecycle rules. It waits as Analyze
// does.
func (a *App) Calibrate(ctx context.Context, ws perennial.Workspace, opt AnalyzeOptions, events []lifecycle.CompanyEvent) (_ *lifecycle.Calibration, err error) {
	next, err := a.alone(ctx, ws.Name)
	if err != nil {
		return nil, err
	}
	defer next()
	loaded, release, err := a.purchases(ctx, ws, opt)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := a.reportOptions(ctx, ws, loaded.Currency, &opt); err != nil {
		return nil, err
	}
	return report.Calibrate(ctx, loaded, opt.Report, events)
}

// ProposeRules calibrates the rules and keeps what it proposes until the program ends.
func (a *App) ProposeRules(ctx context.Context, ws perennial.Workspace, events []lifecycle.CompanyEvent) error {
	out := &api.RuleProposals{}
	rules, err := a.Rules(ctx, ws)
	if err != nil {
		return err
	}
	if out.Basis, err = a.basis(ctx, ws); err != nil {
		return err
	}
	if out.Calibration, err = a.Calibrate(ctx, ws, usualAnalysis(ws), events); err != nil {
		return err
	}
	out.Version, out.MadeAt = rules.Version, a.now().UTC()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.proposed[ws.ID] = out
	return nil
}

// RuleProposals returns what was last proposed; nil where nothing was.
func (a *App) RuleProposals(ctx context.Context, ws perennial.Workspace) (*api.RuleProposals, error) {
	a.mu.Lock()
	kept, ok := a.proposed[ws.ID]
	a.mu.Unlock()
	if !ok {
		return nil, nil
	}
	out := *kept
	basis, err := a.basis(ctx, ws)
	out.Stale = basis != out.Basis
	return &out, err
}

// AcceptRules puts a rule set in force for a workspace, from the day that it says, as
// the version after the one that was edited, and writes down who did it. Where
// another has come in force since, it changes nothing and says whose
// (lifecycle.rules_changed). A rule set that says nothing new becomes no version. It
// returns what is in force.
func (a *App) AcceptRules(ctx context.Context, by account.Actor, ws perennial.Workspace, rules *lifecycle.RuleSet, edited int) (*lifecycle.RuleSet, error) {
	unchanged, overtaken := errors.New("nothing new"), errors.New("overtaken")
	var newest *lifecycle.RuleSet
	next := rules.Clone()
	_, err := a.Catalog.ChangeSetting(ctx, ws.ID, settingRules, func(tx state.Tx, text string, _ int64) (_ string, err error) {
		newest = lifecycle.Default()
		if text != "" {
			if newest, err = lifecycle.ParseRules(settingRules, []byte(text)); err != nil {
				return "", err
			}
		}
		if newest.Version != edited {
			return "", overtaken
		}
		next.Version = newest.Version + 1
		changes, err := lifecycle.Changes(newest, next)
		if err != nil {
			return "", err
		}
		if len(changes) == 0 {
			return "", unchanged
		}
		out, err := next.YAML()
		if err != nil {
			return "", err
		}
		// What cannot be read again would leave the workspace without an analysis.
		if _, err := lifecycle.ParseRules(settingRules, out); err != nil {
			return "", err
		}
		return string(out), a.Accounts.Record(ctx, tx, by, ws.ID, rulesChanged, strconv.Itoa(next.Version), summary(changes))
	})
	switch {
	case errors.Is(err, unchanged):
		return newest, nil
	case errors.Is(err, overtaken):
		return nil, a.rulesOvertaken(ctx, ws, newest.Version, edited)
	case err != nil:
		return nil, err
	}
	a.log.InfoContext(ctx, "rules changed", slog.String("workspace", ws.Name), slog.Int("version", next.Version))
	return next, nil
}

// summary says changes on a line of the record.
func summary(changes []lifecycle.Change) string {
	const most = 8
	var parts []string
	for _, c := range changes[:min(most, len(changes))] {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s %s: %s → %s", c.Stage, c.Field, c.Before.EN, c.After.EN)))
	}
	if n := len(changes) - most; n > 0 {
		parts = append(parts, fmt.Sprintf("+%d", n))
	}
	return strings.Join(parts, "; ")
}

// rulesOvertaken tells an operator that another was quicker.
func (a *App) rulesOvertaken(ctx context.Context, ws perennial.Workspace, version, edited int) error {
	said := perennial.Say("规则已经是第 %d 版，你改的是第 %d 版。", "The rules are at version %d by now; yours come from version %d.", version, edited)
	e, ok, err := a.changeOf(ctx, ws, rulesChanged, version)
	if err != nil {
		return err
	}
	if ok {
		said = perennial.Say("%[1]s 已在 %[2]s 把规则改为第 %[3]d 版，你改的是第 %[4]d 版。",
			"%[1]s changed the rules to version %[3]d at %[2]s; yours come from version %[4]d.", e.Who, clock(ws, e.At), version, edited)
	}
	return perennial.NewError(perennial.KindConflict, "lifecycle.rules_changed", said).
		WithHint(perennial.Say("先看新版改了什么，再在新版上修改。", "See what the new version changed, and make your change on it."))
}

// changeOf finds who made a version of something, in the record.
func (a *App) changeOf(ctx context.Context, ws perennial.Workspace, action string, version int) (account.Entry, bool, error) {
	done, err := a.Accounts.Done(ctx, ws.ID, action)
	if err != nil {
		return account.Entry{}, false, err
	}
	at := slices.IndexFunc(done, func(e account.Entry) bool { return e.Target == strconv.Itoa(version) })
	if at < 0 {
		return account.Entry{}, false, nil
	}
	return done[at], true, nil
}

// clock writes a time as a workspace's people read it.
func clock(ws perennial.Workspace, t time.Time) string {
	return t.In(ws.Zone).Format("2006-01-02 15:04")
}

// ChangeRules puts a rule set in force from the last day of the data, as AcceptRules
// does; before there is any data, from ever.
func (a *App) ChangeRules(ctx context.Context, by account.Actor, ws perennial.Workspace, rules *lifecycle.RuleSet, edited int) (*lifecycle.RuleSet, error) {
	if err := rules.Check(); err != nil {
		return nil, err
	}
	next := rules.Clone()
	day, err := a.lastDay(ctx, ws)
	switch code := perennial.CodeOf(err); {
	case code == "analyze.no_orders" || code == "analyze.no_purchases":
		next.From = nil
	case err != nil:
		return nil, err
	default:
		next.From = &day
	}
	return a.AcceptRules(ctx, by, ws, next, edited)
}

// lastDay is the last day of a workspace's data.
func (a *App) lastDay(ctx context.Context, ws perennial.Workspace) (perennial.Day, error) {
	s, ok, err := a.Catalog.Snapshot(ctx, ws.ID)
	if err != nil {
		return 0, err
	}
	if ok {
		if stale, err := a.Stale(ctx, ws, s); err != nil || !stale {
			return s.AsOf, err
		}
	}
	t, err := a.onTrial(ctx, ws)
	if err != nil {
		return 0, err
	}
	return t.AsOf(), nil
}

// Rules returns the newest rule set of a workspace: the default one, version 1, until
// another is put in force.
func (a *App) Rules(ctx context.Context, ws perennial.Workspace) (*lifecycle.RuleSet, error) {
	all, err := a.acceptedRules(ctx, ws)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return lifecycle.Default(), nil
	}
	return all[len(all)-1], nil
}

// acceptedRules returns every version that was put in force, oldest first: a past
// week is replayed with the version of its day.
func (a *App) acceptedRules(ctx context.Context, ws perennial.Workspace) (out []*lifecycle.RuleSet, err error) {
	texts, err := a.Catalog.Settings(ctx, ws.ID, settingRules)
	if err != nil {
		return nil, err
	}
	for i, text := range texts {
		rules, err := lifecycle.ParseRules(fmt.Sprintf("%s.%d", settingRules, i+1), []byte(text))
		if err != nil {
			return nil, err
		}
		out = append(out, rules)
	}
	return out, nil
}

// RuleVersions returns all versions of a workspace's rules, the newest first; the last
// is the default.
func (a *App) RuleVersions(ctx context.Context, ws perennial.Workspace) ([]api.RuleVersion, error) {
	accepted, err := a.acceptedRules(ctx, ws)
	if err != nil {
		return nil, err
	}
	done, err := a.Accounts.Done(ctx, ws.ID, rulesChanged)
	if err != nil {
		return nil, err
	}
	known := map[string]account.Entry{}
	for _, e := range done {
		known[e.Target] = e
	}
	before := lifecycle.Default()
	out := []api.RuleVersion{{Version: before.Version, BuiltIn: true, Changes: []lifecycle.Change{}, Rules: before}}
	for _, rules := range accepted {
		v := api.RuleVersion{Version: rules.Version, From: rules.From, Rules: rules}
		if e, ok := known[strconv.Itoa(rules.Version)]; ok {
			v.ChangedAt, v.ChangedBy = &e.At, e.Who
		}
		if v.Changes, err = lifecycle.Changes(before, rules); err != nil {
			return nil, err
		}
		out, before = append(out, v), rules
	}
	slices.Reverse(out)
	return out, nil
}
