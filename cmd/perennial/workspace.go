package main

import (
	"cmp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"perennial"
	"perennial/app"
	"perennial/govern/account"
)

func (c *cli) workspaceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "workspace", Short: "工作区：建立、查看 / workspaces: create, list", Args: oneOf,
		RunE: help,
	}
	cmd.AddCommand(c.workspaceCreateCommand(), c.workspaceListCommand())
	return cmd
}

// shownWorkspace is the JSON of a workspace.
type shownWorkspace struct {
	Name      string `json:"workspace"`
	ID        int64  `json:"id"`
	TimeZone  string `json:"time_zone"`
	Currency  string `json:"currency"` // empty: not stated
	WeekStart string `json:"week_start"`
}

func showWorkspace(ws perennial.Workspace) shownWorkspace {
	return shownWorkspace{ws.Name, ws.ID, ws.Zone.String(), ws.Currency.Code(), strings.ToLower(ws.WeekStart.String())}
}

func (c *cli) workspaceCreateCommand() *cobra.Command {
	var zone, currency, week string
	cmd := &cobra.Command{
		Use: "create NAME", Short: "建一个空的工作区 / make an empty workspace", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ws := perennial.Workspace{Name: args[0]}
			bad := func(flag, given, allowed string) error {
				return perennial.NewError(perennial.KindInvalid, "usage",
					perennial.Say("--%[1]s 不认识“%[2]s”。", "--%[1]s does not know %[2]q.", flag, given)).
					WithHint(perennial.Say("可以是：%s", "It can be: %s", allowed))
			}
			if ws.Zone, err = time.LoadLocation(zone); err != nil || zone == "Local" || zone == "" {
				return bad("tz", zone, "Asia/Shanghai, Europe/London, UTC, …")
			}
			if ws.Currency, err = perennial.ParseCurrency(currency); err != nil {
				return err
			}
			switch week {
			case "monday":
				ws.WeekStart = time.Monday
			case "sunday":
				ws.WeekStart = time.Sunday
			case "saturday":
				ws.WeekStart = time.Saturday
			default:
				return bad("week-start", week, "monday, sunday, saturday")
			}
			if err := perennial.CheckWorkspaceName(ws.Name); err != nil {
				return err
			}
			return c.withApp(cmd.Context(), true, func(a *app.App) error {
				ws, err := a.CreateWorkspace(cmd.Context(), account.Console(), ws)
				if err != nil {
					return err
				}
				if c.json {
					return c.writeJSON(showWorkspace(ws))
				}
				c.printf("新建了工作区“%s”（时区 %s，货币 %s）。", "Made the workspace %q (time zone %s, currency %s).", ws.Name, ws.Zone, ws.Currency)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&zone, "tz", "Asia/Shanghai", "时区 / time zone of its days, weeks and months")
	cmd.Flags().StringVar(&currency, "currency", "CNY", "货币 / currency of amounts that name none")
	cmd.Flags().StringVar(&week, "week-start", "monday", "每周第一天 / first day of the week: monday, sunday, saturday")
	return cmd
}

func (c *cli) workspaceListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "列出工作区 / list workspaces", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), false, func(a *app.App) error {
				all, err := a.Catalog.Workspaces(cmd.Context())
				if err != nil {
					return err
				}
				shown := []shownWorkspace{}
				lang := c.lang()
				rows := [][]string{{pick(lang, "工作区", "workspace"), pick(lang, "时区", "time zone"), pick(lang, "货币", "currency")}}
				for _, ws := range all {
					s := showWorkspace(ws)
					shown = append(shown, s)
					rows = append(rows, []string{s.Name, s.TimeZone, cmp.Or(s.Currency, pick(lang, "未写明", "not stated"))})
				}
				switch {
				case c.json:
					return c.writeJSON(map[string]any{"workspaces": shown})
				case len(all) == 0:
					c.say(perennial.Say("还没有工作区。", "There are no workspaces yet."))
				default:
					c.table(rows)
				}
				return nil
			})
		},
	}
}
