package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/rfm"
	"perennial/analyze/segment"
	"perennial/internal/sqlfile"
	"perennial/report"
	"perennial/store/catalog"
	"perennial/store/warehouse"
)

// snapshotForm changes when snapshots begin to hold something else, so that those from
// before are made anew.
const snapshotForm = 2

// scoresBlock is the number of rows of scores that are written at once.
const scoresBlock = 1 << 16

// Refresh brings a workspace's snapshot up to date: the analysis as pages show it
// and the scores of every customer. Where nothing has changed that it stands on, the
// current one stays. An interrupted Refresh leaves the one before in force.
// Refreshes and imports of one workspace wait for one another.
func (a *App) Refresh(ctx context.Context, ws perennial.Workspace) (catalog.Snapshot, error) {
	release, err := a.alone(ctx, ws.Name)
	if err != nil {
		return catalog.Snapshot{}, err
	}
	defer release()
	basis, err := a.basis(ctx, ws)
	if err != nil {
		return catalog.Snapshot{}, err
	}
	w, err := a.Warehouse(ctx, ws)
	if err != nil {
		return catalog.Snapshot{}, err
	}
	have, ok, err := a.Catalog.Snapshot(ctx, ws.ID)
	if err != nil {
		return catalog.Snapshot{}, err
	}
	if ok && have.Basis == basis {
		// Its figures stand, and what they were made from is still to be there.
		if err := a.complete(ctx, ws, w); err != nil {
			return catalog.Snapshot{}, err
		}
		if whole, err := scoresWhole(ctx, w, have); err != nil || whole {
			return have, err
		}
	}
	_, rules, err := a.Catalog.Setting(ctx, ws.ID, settingRules)
	if err != nil {
		return catalog.Snapshot{}, err
	}
	a.trial.forget(ws.ID)
	analysis, err := a.analyze(ctx, ws, usualAnalysis(ws))
	if err != nil {
		return catalog.Snapshot{}, err
	}
	picture, err := json.Marshal(analysis.Picture)
	if err != nil {
		return catalog.Snapshot{}, fmt.Errorf("write snapshot: %w", err)
	}
	s := catalog.Snapshot{
		AsOf: analysis.Loaded.AsOf, Currency: analysis.Loaded.Currency, Customers: int64(analysis.Scores.Len()), Picture: string(picture),
	}
	if s.Basis, err = a.basisOf(ctx, ws, basis, rules, analysis.Picture.RFM); err != nil {
		return s, err
	}
	if s.ID, err = a.Catalog.BeginSnapshot(ctx, ws.ID); err != nil {
		return s, err
	}
	if err := a.writeScores(ctx, w, ws, s.ID, analysis); err != nil {
		return s, err
	}
	if err := a.Catalog.FinishSnapshot(ctx, ws.ID, s); err != nil {
		return s, err
	}
	if err := dropScores(ctx, w, s.ID); err != nil {
		return s, err
	}
	s, _, err = a.Catalog.Snapshot(ctx, ws.ID)
	return s, err
}

// basisOf is what an analysis stands on that has just been made: it may have frozen
// thresholds, which are part of it. Rules and thresholds that came meanwhile are not
// in it, and it stands on what was before.
func (a *App) basisOf(ctx context.Context, ws perennial.Workspace, before string, rules int64, used *rfm.Result) (string, error) {
	after, err := a.basis(ctx, ws)
	if err != nil {
		return "", err
	}
	_, newest, err := a.Catalog.Setting(ctx, ws.ID, settingRules)
	if err != nil || newest != rules {
		return before, err
	}
	_, newest, err = a.Catalog.Setting(ctx, ws.ID, settingThresholds)
	if err != nil || used != nil && newest != int64(used.Thresholds.Version) {
		return before, err
	}
	return after, nil
}

// basis is a fingerprint of everything that a snapshot stands on.
func (a *App) basis(ctx context.Context, ws perennial.Workspace) (string, error) {
	live, err := a.Catalog.Live(ctx, ws.ID)
	if err != nil {
		return "", err
	}
	stands := []any{snapshotForm, live, ws.Zone, ws.Currency, ws.WeekStart, report.DefinitionsVersion}
	for _, name := range []string{settingRules, settingThresholds} {
		value, version, err := a.Catalog.Setting(ctx, ws.ID, name)
		if err != nil {
			return "", err
		}
		stands = append(stands, name, version, value)
	}
	sum := sha256.Sum256(fmt.Appendln(nil, stands...))
	return hex.EncodeToString(sum[:8]), nil
}

// dropScores removes the scores of every snapshot but one.
func dropScores(ctx context.Context, w warehouse.Warehouse, current int64) error {
	return w.Exec(ctx, sqlfile.Text("drop scores", "delete from scores where snapshot <> :current"), warehouse.Args{"current": current})
}

// settleScores removes what an interrupted Refresh left, and forgets a snapshot whose
// scores are not all there, as after a restore into another engine.
func (a *App) settleScores(ctx context.Context, ws perennial.Workspace, w warehouse.Warehouse) error {
	s, ok, err := a.Catalog.Snapshot(ctx, ws.ID)
	if err != nil {
		return err
	}
	if err := dropScores(ctx, w, s.ID); err != nil || !ok {
		return err
	}
	if whole, err := scoresWhole(ctx, w, s); err != nil || whole {
		return err
	}
	return a.Catalog.ForgetSnapshots(ctx, ws.ID)
}

// scoresWhole tells whether a snapshot has the scores of all its customers.
func scoresWhole(ctx context.Context, w warehouse.Warehouse, s catalog.Snapshot) (bool, error) {
	have, err := segment.Total(ctx, w, segment.Scope{Snapshot: s.ID, Currency: s.Currency})
	return err == nil && have.Customers == s.Customers, err
}

// member is what member files say of a customer beyond the join day.
type member struct{ tier, store, city string }

func members(ctx context.Context, w warehouse.Warehouse, batches []int64) (map[int64]member, error) {
	out := map[int64]member{}
	st := sqlfile.Text("members", "select customer_key, tier, store, city from customers where batch_id in (:batches) order by batch_id")
	err := w.Query(ctx, st, warehouse.Args{"batches": batches}, func(b *warehouse.Block) error {
		c := b.Columns
		for r := range b.Len {
			m := out[c[0].Ints[r]]
			for _, part := range []struct {
				to   *string
				from string
			}{{&m.tier, c[1].Texts[r]}, {&m.store, c[2].Texts[r]}, {&m.city, c[3].Texts[r]}} {
				if part.from != "" {
					*part.to = part.from
				}
			}
			out[c[0].Ints[r]] = m
		}
		return nil
	})
	return out, err
}

func (a *App) writeScores(ctx context.Context, w warehouse.Warehouse, ws perennial.Workspace, snapshot int64, analysis *Analysis) error {
	known, err := members(ctx, w, analysis.Loaded.Batches)
	if err != nil {
		return err
	}
	out, err := w.Write(ctx, warehouse.Scores)
	if err != nil {
		return err
	}
	h := analysis.Loaded.History
	n := analysis.Scores.Len()
	block := warehouse.NewBlock(warehouse.Scores.Fields, min(n, scoresBlock))
	for i := range n {
		s := analysis.Scores.Score(i)
		err := block.Add(scoreRow(snapshot, &s, h, known[int64(s.Customer)])...)
		if err == nil && (block.Len == scoresBlock || i == n-1) {
			err = out.Append(ctx, block)
			block.Reset()
		}
		if err != nil {
			return errors.Join(fmt.Errorf("write scores of %s: %w", ws.Name, err), out.Abort())
		}
	}
	return out.Commit(ctx)
}

// scoreRow is a customer's row of table scores, in the order of its columns.
func scoreRow(snapshot int64, s *report.Score, h *history.History, m member) []any {
	flag := func(v bool) int64 {
		if v {
			return 1
		}
		return 0
	}
	above := func(n int64) int64 { // no score is 0 in the analysis
		if n == 0 {
			return -1
		}
		return n
	}
	day := func(d perennial.Day) int64 {
		if d == history.NoDay {
			return warehouse.NoDay
		}
		return int64(d)
	}
	number := func(v *float64) float64 {
		if v == nil {
			return -1
		}
		return *v
	}
	known := func(v float64) float64 {
		if s.OwnRhythm == 0 {
			return -1
		}
		return v
	}
	word := func(at int16, names []string) string {
		if at < 0 || int(at) >= len(names) {
			return ""
		}
		return names[at]
	}
	clv := int64(-1)
	if s.CLV12 != nil {
		clv = int64(*s.CLV12)
	}
	return []any{
		snapshot, int64(s.Customer), int64(s.FirstDay), int64(s.LastDay), s.PurchaseDays, s.Orders,
		int64(s.Revenue), s.Recency, s.Frequency, int64(s.Monetary), above(s.R), above(s.F),
		above(s.M), s.Class, string(s.Stage), day(s.StageSince), string(s.Previous), flag(s.Returned),
		known(s.OwnRhythm), known(s.Silence), number(s.PAlive), number(s.Orders90),
		number(s.Orders365), clv, day(s.NextDue), s.Cluster, word(s.Opening.Category, h.Categories),
		word(s.Opening.Channel, h.Channels), flag(s.Opening.Promoted), day(s.Joined), m.tier, m.store, m.city,
		segment.WriteHistory(s.Stages),
	}
}
