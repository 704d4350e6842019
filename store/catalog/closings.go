package catalog

import (
	"context"
	"time"

	"perennial"
	"perennial/store/state"
)

// Closing is a month whose figures were reported (封账), as they were then.
type Closing struct {
	Month       perennial.Month
	ClosedAt    time.Time
	By          string // who closed it
	Definitions int    // the definitions' version of the figures
	Money       perennial.MoneyKind
	Currency    perennial.Currency
	AsOf        perennial.Day
	Figures     string // JSON
}

// CloseMonths closes months, all or none; a month that is closed already is an error
// (month.closed). more runs in the same transaction.
func (c *Catalog) CloseMonths(ctx context.Context, workspace int64, months []Closing, more func(state.Tx) error) error {
	return c.state.Update(ctx, func(tx state.Tx) error {
		for _, m := range months {
			var found int64
			ok, err := tx.Get(ctx, "select month from closed_months where workspace_id = ? and month = ?", []any{workspace, int64(m.Month)}, &found)
			if err != nil {
				return err
			}
			if ok {
				return perennial.NewError(perennial.KindConflict, "month.closed",
					perennial.Say("%s 已经封账。", "%s is closed already.", m.Month)).
					WithHint(perennial.Say("要按现在的数重新封账，先撤销原来的封账。", "To close it with today's figures, reopen it first."))
			}
			if _, err := tx.Exec(ctx, "insert into closed_months (workspace_id, month, closed_at, closed_by, definitions, money, currency, as_of, figures) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
				workspace, int64(m.Month), c.now().UnixMicro(), m.By, int64(m.Definitions), string(m.Money), string(m.Currency), int64(m.AsOf), m.Figures); err != nil {
				return err
			}
		}
		return more(tx)
	})
}

// ReopenMonth forgets that a month was closed, and returns what had been reported.
// more runs in the same transaction.
func (c *Catalog) ReopenMonth(ctx context.Context, workspace int64, month perennial.Month, more func(state.Tx, Closing) error) error {
	return c.state.Update(ctx, func(tx state.Tx) error {
		var was *Closing
		if err := closings(ctx, tx, workspace, func(m Closing) {
			if m.Month == month {
				was = &m
			}
		}); err != nil {
			return err
		}
		if was == nil {
			return perennial.NewError(perennial.KindNotFound, "month.not_closed", perennial.Say("%s 没有封账。", "%s is not closed.", month)).
				WithHint(perennial.Say("用 perennial month list 看已封账的月份。", "See perennial month list for the closed months."))
		}
		if _, err := tx.Exec(ctx, "delete from closed_months where workspace_id = ? and month = ?", workspace, int64(month)); err != nil {
			return err
		}
		return more(tx, *was)
	})
}

// Closings lists the closed months of a workspace, oldest first.
func (c *Catalog) Closings(ctx context.Context, workspace int64) (out []Closing, err error) {
	err = c.state.View(ctx, func(tx state.Tx) error {
		out = nil
		return closings(ctx, tx, workspace, func(m Closing) { out = append(out, m) })
	})
	return out, err
}

func closings(ctx context.Context, tx state.Tx, workspace int64, yield func(Closing)) error {
	return tx.Query(ctx, "select month, closed_at, closed_by, definitions, money, currency, as_of, figures from closed_months where workspace_id = ? order by month",
		[]any{workspace}, func(scan func(...any) error) error {
			var month, at, definitions, asOf int64
			var m Closing
			var money, currency string
			if err := scan(&month, &at, &m.By, &definitions, &money, &currency, &asOf, &m.Figures); err != nil {
				return err
			}
			m.Month, m.ClosedAt, m.Definitions = perennial.Month(month), time.UnixMicro(at).UTC(), int(definitions)
			m.Money, m.Currency, m.AsOf = perennial.MoneyKind(money), perennial.Currency(currency), perennial.Day(asOf)
			yield(m)
			return nil
		})
}
