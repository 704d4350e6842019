package app

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"perennial"
	"perennial/analyze/metric"
	"perennial/govern/account"
	"perennial/report"
	"perennial/store/catalog"
	"perennial/store/state"
)

// monthsNow is what the analysis says of each month today.
type monthsNow struct {
	money    perennial.MoneyKind
	currency perennial.Currency
	asOf     perennial.Day
	figures  map[perennial.Month]json.RawMessage
}

// months reads the months from the workspace's snapshot, made anew where it is stale.
func (a *App) months(ctx context.Context, ws perennial.Workspace) (out monthsNow, err error) {
	s, err := a.Refresh(ctx, ws)
	if err != nil {
		return out, err
	}
	var picture struct {
		Base struct {
			MoneyKind perennial.MoneyKind `json:"money_kind"`
			Months    []json.RawMessage   `json:"months"`
		} `json:"base"`
	}
	if err := json.Unmarshal([]byte(s.Picture), &picture); err != nil {
		return out, fmt.Errorf("read the months of snapshot %d: %w", s.ID, err)
	}
	out = monthsNow{picture.Base.MoneyKind, s.Currency, s.AsOf, map[perennial.Month]json.RawMessage{}}
	for _, raw := range picture.Base.Months {
		m, err := readMonth(raw, s.Currency)
		if err != nil {
			return out, err
		}
		out.figures[m.Month] = raw
	}
	return out, nil
}

// readMonth reads a month from JSON, in which amounts name no currency.
func readMonth(raw []byte, currency perennial.Currency) (m metric.Month, err error) {
	m.Revenue.Currency, m.RepeatRevenue.Currency = currency, currency
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, fmt.Errorf("read a month: %w", err)
	}
	return m, nil
}

// CloseMonths keeps the figures of months as they are today, all or none. A month
// must be over and in the data.
func (a *App) CloseMonths(ctx context.Context, by account.Actor, ws perennial.Workspace, months ...perennial.Month) error {
	now, err := a.months(ctx, ws)
	if err != nil {
		return err
	}
	closings := make([]catalog.Closing, len(months))
	for i, month := range months {
		raw, ok := now.figures[month]
		if !ok {
			return perennial.NewError(perennial.KindNotFound, "month.no_data", perennial.Say("数据里没有 %s。", "The data have no %s.", month)).
				WithHint(perennial.Say("先导入这个月的订单。", "Import the orders of that month first."))
		}
		m, err := readMonth(raw, now.currency)
		if err != nil {
			return err
		}
		if m.Open {
			return perennial.NewError(perennial.KindInvalid, "month.open",
				perennial.Say("%s 还没过完：数据到 %s。", "%s is not over: the data end on %s.", month, now.asOf)).
				WithHint(perennial.Say("等到月底，或导入剩下几天的订单后再封账。", "Close it when the month is over and all its orders are in."))
		}
		closings[i] = catalog.Closing{
			Month: month, By: by.Name, Definitions: report.DefinitionsVersion,
			Money: now.money, Currency: now.currency, AsOf: now.asOf, Figures: string(raw),
		}
	}
	err = a.Catalog.CloseMonths(ctx, ws.ID, closings, func(tx state.Tx) error {
		for _, m := range closings {
			if err := a.Accounts.Record(ctx, tx, by, ws.ID, "month.close", m.Month.String(), m.Figures); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		for _, m := range months {
			a.log.InfoContext(ctx, "month closed", slog.String("workspace", ws.Name), slog.String("month", m.String()))
		}
	}
	return err
}

// ReopenMonth takes the closing of a month back. What had been reported stays in the
// record of what was done.
func (a *App) ReopenMonth(ctx context.Context, by account.Actor, ws perennial.Workspace, month perennial.Month) error {
	err := a.Catalog.ReopenMonth(ctx, ws.ID, month, func(tx state.Tx, was catalog.Closing) error {
		return a.Accounts.Record(ctx, tx, by, ws.ID, "month.reopen", month.String(), was.Figures)
	})
	if err == nil {
		a.log.InfoContext(ctx, "month reopened", slog.String("workspace", ws.Name), slog.String("month", month.String()))
	}
	return err
}

// ClosedMonths lists the closed months, oldest first, beside what they are today.
func (a *App) ClosedMonths(ctx context.Context, ws perennial.Workspace) ([]report.ClosedMonth, error) {
	closings, err := a.Catalog.Closings(ctx, ws.ID)
	if err != nil || len(closings) == 0 {
		return []report.ClosedMonth{}, err
	}
	now, err := a.months(ctx, ws)
	switch perennial.CodeOf(err) {
	case "analyze.no_orders", "analyze.no_purchases": // what was reported stays
	case "":
		if err != nil {
			return nil, err
		}
	default:
		return nil, err
	}
	out := make([]report.ClosedMonth, len(closings))
	for i, c := range closings {
		m := report.ClosedMonth{
			Month: c.Month, ClosedAt: c.ClosedAt, ClosedBy: c.By, Definitions: c.Definitions,
			MoneyKind: c.Money, Currency: c.Currency, AsOf: c.AsOf, Redefined: c.Definitions != report.DefinitionsVersion,
		}
		if m.Reported, err = readMonth([]byte(c.Figures), c.Currency); err != nil {
			return nil, err
		}
		var today metric.Month // of a month that is gone: nothing
		if raw, ok := now.figures[c.Month]; ok {
			if today, err = readMonth(raw, now.currency); err != nil {
				return nil, err
			}
			m.Now = &today
		}
		m.Changed = metric.Changed(m.Reported, today)
		out[i] = m
	}
	return out, nil
}
