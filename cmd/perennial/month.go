package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"perennial"
	"perennial/analyze/metric"
	"perennial/app"
	"perennial/govern/account"
	"perennial/report"
)

func (c *cli) monthCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "month", Short: "封账：报出去的月份不再变 / closed months keep the figures that were reported", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var workspace string
	cmd.PersistentFlags().StringVar(&workspace, "workspace", "default", "工作区 / workspace")
	cmd.AddCommand(
		&cobra.Command{
			Use: "close 2026-05…", Short: "封账 / keep the figures of months as they are today", Args: cobra.MinimumNArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				months, err := readMonths(args)
				if err != nil {
					return err
				}
				return c.withMonths(cmd.Context(), workspace, func(a *app.App, ws perennial.Workspace) error {
					return a.CloseMonths(cmd.Context(), account.Console(), ws, months...)
				})
			},
		},
		&cobra.Command{
			Use: "reopen 2026-05", Short: "撤销封账 / take a closing back", Args: exactly(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				months, err := readMonths(args)
				if err != nil {
					return err
				}
				return c.withMonths(cmd.Context(), workspace, func(a *app.App, ws perennial.Workspace) error {
					return a.ReopenMonth(cmd.Context(), account.Console(), ws, months[0])
				})
			},
		},
		&cobra.Command{
			Use: "list", Short: "已封账的月份，和现在的数比 / closed months beside today's figures", Args: exactly(0),
			RunE: func(cmd *cobra.Command, _ []string) error {
				return c.withMonths(cmd.Context(), workspace, func(*app.App, perennial.Workspace) error { return nil })
			},
		})
	return cmd
}

func readMonths(args []string) ([]perennial.Month, error) {
	out := make([]perennial.Month, len(args))
	for i, arg := range args {
		if err := out[i].UnmarshalText([]byte(arg)); err != nil {
			return nil, perennial.NewError(perennial.KindInvalid, "usage", perennial.Say("“%s”不是月份。", "%q is not a month.", arg)).
				WithHint(perennial.Say("月份写作 2026-05。", "Write months as 2026-05.")).Because(err)
		}
	}
	return out, nil
}

// withMonths does something to a workspace's months and shows the closed ones.
func (c *cli) withMonths(ctx context.Context, workspace string, do func(*app.App, perennial.Workspace) error) error {
	return c.withApp(ctx, false, func(a *app.App) error {
		ws, err := a.Catalog.Workspace(ctx, workspace)
		if err != nil {
			return err
		}
		if err := do(a, ws); err != nil {
			return err
		}
		months, err := a.ClosedMonths(ctx, ws)
		if err != nil {
			return err
		}
		if c.json {
			return c.writeJSON(map[string]any{"months": months})
		}
		if len(months) == 0 {
			c.say(perennial.Say("没有封账的月份。", "No month is closed."))
			return nil
		}
		c.closedMonths(months)
		return nil
	})
}

// closedMonths prints what was reported, and beneath it what has become of it.
func (c *cli) closedMonths(months []report.ClosedMonth) {
	lang := c.lang()
	rows := [][]string{{
		pick(lang, "月份", "month"), pick(lang, "收入", "revenue"), pick(lang, "订单", "orders"), pick(lang, "购买客户", "buyers"),
		pick(lang, "新客", "new"), pick(lang, "封账", "closed"),
	}}
	line := func(first string, m metric.Month, last string) []string {
		return []string{first, m.Revenue.Format(lang), fmt.Sprint(m.Orders), fmt.Sprint(m.Buyers), fmt.Sprint(m.NewBuyers), last}
	}
	for _, m := range months {
		rows = append(rows, line(m.Month.String(), m.Reported, m.ClosedAt.Format(perennial.DayLayout)+" "+m.ClosedBy))
		switch {
		case m.Now == nil:
			rows = append(rows, []string{"", pick(lang, "现在没有这个月的数据", "the data have no such month now")})
		case len(m.Changed) > 0:
			rows = append(rows, line(pick(lang, "  现在", "  now"), *m.Now, ""))
		}
	}
	c.table(rows)
}
