package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"strings"

	"perennial"
	"perennial/analyze/rfm"
	"perennial/api"
	"perennial/govern/account"
	"perennial/report"
	"perennial/store/state"
)

// thresholdsChanged is what the record calls thresholds that a person has set; its
// target is the version.
const thresholdsChanged = "rfm.thresholds"

// frozen returns a workspace's RFM thresholds; nil before the first analysis.
func (a *App) frozen(ctx context.Context, ws perennial.Workspace, currency perennial.Currency) (*rfm.Thresholds, error) {
	text, version, err := a.Catalog.Setting(ctx, ws.ID, settingThresholds)
	if err != nil || version == 0 {
		return nil, err
	}
	t := blank(currency)
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return nil, fmt.Errorf("read RFM thresholds: %w", err)
	}
	settle(&t)
	t.Version = int(version)
	return &t, nil
}

// blank is what thresholds are read into: an amount in JSON is a bare number, and its
// currency says the decimals.
func blank(currency perennial.Currency) rfm.Thresholds {
	return rfm.Thresholds{Monetary: currency.Amount(0), WholesaleAbove: &perennial.Amount{Currency: currency}}
}

// settle takes out what was not there to be read.
func settle(t *rfm.Thresholds) {
	if t.WholesaleAbove != nil && t.WholesaleAbove.Minor == 0 {
		t.WholesaleAbove = nil
	}
}

// Thresholds returns a workspace's RFM thresholds, beside what the snapshot's data
// would give.
func (a *App) Thresholds(ctx context.Context, ws perennial.Workspace) (out api.ThresholdBook, err error) {
	s, ok, err := a.Catalog.Snapshot(ctx, ws.ID)
	if err != nil {
		return out, err
	}
	out.Currency = ws.Currency
	if ok {
		out.Currency = s.Currency
	}
	if out.InForce, err = a.frozen(ctx, ws, out.Currency); err != nil || out.InForce == nil {
		return out, err
	}
	e, changed, err := a.changeOf(ctx, ws, thresholdsChanged, out.InForce.Version)
	if err != nil {
		return out, err
	}
	if changed {
		out.ChangedAt, out.ChangedBy = &e.At, e.Who
	}
	if !ok {
		return out, nil
	}
	type analysed struct {
		Thresholds rfm.Thresholds    `json:"thresholds"`
		Frozen     *rfm.FrozenReport `json:"frozen"`
	}
	var picture struct {
		RFM *analysed `json:"rfm"`
	}
	picture.RFM = &analysed{blank(s.Currency), &rfm.FrozenReport{Fresh: blank(s.Currency)}}
	if err := json.Unmarshal([]byte(s.Picture), &picture); err != nil {
		return out, fmt.Errorf("read the thresholds of snapshot %d: %w", s.ID, err)
	}
	if picture.RFM == nil {
		return out, nil
	}
	out.Fresh = &picture.RFM.Thresholds
	would := 0
	if f := picture.RFM.Frozen; f != nil {
		out.Fresh, would = &f.Fresh, f.WouldChange
	}
	if picture.RFM.Thresholds.Version == out.InForce.Version {
		out.WouldChange = &would
	}
	settle(out.Fresh)
	out.Fresh.Version = 0
	return out, nil
}

// TryThresholds tells who would change class by other thresholds.
func (a *App) TryThresholds(ctx context.Context, ws perennial.Workspace, n api.NewThresholds) (*report.ClassMoves, error) {
	t, err := a.onTrial(ctx, ws)
	if err != nil {
		return nil, err
	}
	return t.TryThresholds(chosen(t, n))
}

// chosen is what was asked for, with what is not asked as it is.
func chosen(t *report.Trial, n api.NewThresholds) rfm.Thresholds {
	inForce, fresh := t.Thresholds()
	if n.Fresh {
		return fresh
	}
	inForce.RecencyDays, inForce.Frequency = n.RecencyDays, n.Frequency
	inForce.Monetary.Minor = n.Minor(inForce.Monetary.Currency)
	return inForce
}

// ChangeThresholds freezes other RFM thresholds and writes down who did it. Where
// others have come in force since the version that was edited, it changes nothing and
// says whose (rfm.thresholds_changed). It returns the version in force.
func (a *App) ChangeThresholds(ctx context.Context, by account.Actor, ws perennial.Workspace, n api.NewThresholds, edited int) (int, error) {
	t, err := a.onTrial(ctx, ws)
	if err != nil {
		return 0, err
	}
	inForce, _ := t.Thresholds()
	next := chosen(t, n)
	unchanged, overtaken := errors.New("nothing new"), errors.New("overtaken")
	newest := 0
	version, err := a.Catalog.ChangeSetting(ctx, ws.ID, settingThresholds, func(tx state.Tx, _ string, version int64) (string, error) {
		newest = int(version)
		if newest != edited {
			return "", overtaken
		}
		next.Version = inForce.Version
		if inForce.Version == newest && newest > 0 && reflect.DeepEqual(next, inForce) {
			return "", unchanged
		}
		next.Version = newest + 1
		text, err := json.Marshal(next)
		if err != nil {
			return "", fmt.Errorf("write RFM thresholds: %w", err)
		}
		return string(text), a.Accounts.Record(ctx, tx, by, ws.ID, thresholdsChanged, strconv.Itoa(next.Version), thresholdSummary(inForce, next))
	})
	switch {
	case errors.Is(err, unchanged):
		return edited, nil
	case errors.Is(err, overtaken):
		return 0, a.thresholdsOvertaken(ctx, ws, newest, edited)
	case err != nil:
		return 0, err
	}
	a.log.InfoContext(ctx, "RFM thresholds changed", slog.String("workspace", ws.Name), slog.Int64("version", version))
	return int(version), nil
}

func thresholdSummary(was, is rfm.Thresholds) string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
	var parts []string
	for _, c := range []struct{ name, was, is string }{
		{"recency_days", number(was.RecencyDays), number(is.RecencyDays)},
		{"frequency", number(was.Frequency), number(is.Frequency)},
		{"monetary", was.Monetary.Decimal(), is.Monetary.Decimal()},
	} {
		if c.was != c.is {
			parts = append(parts, c.name+": "+c.was+" → "+c.is)
		}
	}
	return strings.Join(parts, "; ")
}

// thresholdsOvertaken tells an operator that another was quicker.
func (a *App) thresholdsOvertaken(ctx context.Context, ws perennial.Workspace, version, edited int) error {
	said := perennial.Say("RFM 门槛已经是第 %d 版，你改的是第 %d 版。", "The RFM thresholds are at version %d by now; yours come from version %d.", version, edited)
	e, ok, err := a.changeOf(ctx, ws, thresholdsChanged, version)
	if err != nil {
		return err
	}
	if ok {
		said = perennial.Say("%[1]s 已在 %[2]s 把 RFM 门槛改为第 %[3]d 版，你改的是第 %[4]d 版。",
			"%[1]s changed the RFM thresholds to version %[3]d at %[2]s; yours come from version %[4]d.", e.Who, clock(ws, e.At), version, edited)
	}
	return perennial.NewError(perennial.KindConflict, "rfm.thresholds_changed", said).
		WithHint(perennial.Say("先看新的门槛，再修改。", "Look at the new thresholds, then make your change."))
}
