package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"perennial"
	"perennial/analyze/lifecycle"
	"perennial/govern/account"
)

func (c *cli) lifecycleCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "lifecycle", Short: "生命周期规则：查看、校准 / the lifecycle rules: show, calibrate", Args: oneOf,
		RunE: help,
	}
	cmd.AddCommand(c.calibrateCommand(), c.rulesCommand())
	return cmd
}

func (c *cli) rulesCommand() *cobra.Command {
	var workspace string
	cmd := &cobra.Command{
		Use: "rules", Short: "打印规则方案（YAML）/ print the rule set", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			rules := lifecycle.Default()
			if workspace != "" {
				ctx := cmd.Context()
				a, err := c.open(ctx, false)
				if err != nil {
					return err
				}
				defer func() { err = errors.Join(err, c.close(a)) }()
				ws, err := a.Catalog.Workspace(ctx, workspace)
				if err != nil {
					return err
				}
				if rules, err = a.Rules(ctx, ws); err != nil {
					return err
				}
			}
			text, err := rules.YAML()
			if err != nil {
				return err
			}
			if c.json {
				return c.writeJSON(map[string]string{"yaml": string(text)})
			}
			_, err = c.out.Write(text)
			return err
		},
	}
	cmd.Flags().StringVar(&workspace, "workspace", "", "这个工作区正在用的方案 / the one in force in this workspace")
	return cmd
}

func (c *cli) calibrateCommand() *cobra.Command {
	var analysis analysisFlags
	var workspace, accept string
	var events []string
	cmd := &cobra.Command{
		Use: "calibrate", Short: "校准：规则该不该改、为什么、会移动多少人 / propose changes to the rules", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			noted, err := companyEvents(events)
			if err != nil {
				return err
			}
			return c.calibrate(cmd.Context(), workspace, analysis, noted, accept)
		},
	}
	analysis.register(cmd)
	cmd.Flags().StringVar(&workspace, "workspace", "default", "工作区 / workspace")
	cmd.Flags().StringSliceVar(&events, "event", nil, "公司大事: 2026-03-01=改了积分规则 / dated change of product or rule")
	cmd.Flags().StringVar(&accept, "accept", "", "采纳: all 或提议编号 / accept: all, or the number of a proposal")
	return cmd
}

func companyEvents(list []string) (out []lifecycle.CompanyEvent, err error) {
	for _, s := range list {
		date, name, _ := strings.Cut(s, "=")
		day, err := perennial.ParseDay(date)
		if err != nil {
			return nil, err
		}
		out = append(out, lifecycle.CompanyEvent{Day: day, Name: perennial.Text{ZH: name, EN: name}})
	}
	return out, nil
}

func (c *cli) calibrate(ctx context.Context, workspace string, flags analysisFlags, events []lifecycle.CompanyEvent, accept string) (err error) {
	opt, err := flags.options()
	if err != nil {
		return err
	}
	if accept != "" && flags.asOf != "" {
		return perennial.NewError(perennial.KindInvalid, "usage", perennial.Say("--accept 和 --as-of 不能一起用。", "--accept and --as-of do not go together.")).
			WithHint(perennial.Say("采纳从数据的最后一天起生效；从前的日子不改。", "What is accepted holds from the last day of the data; earlier days stay as they were."))
	}
	a, err := c.open(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close(a)) }()
	ws, err := a.Catalog.Workspace(ctx, workspace)
	if err != nil {
		return err
	}
	now, err := a.Rules(ctx, ws)
	if err != nil {
		return err
	}
	result, err := a.Calibrate(ctx, ws, opt, events)
	if err != nil {
		return err
	}
	var rules *lifecycle.RuleSet
	if accept != "" {
		if rules, err = chosen(result, accept); err != nil {
			return err
		}
		if rules, err = a.AcceptRules(ctx, account.Console(), ws, rules, now.Version); err != nil {
			return err
		}
	}
	if c.json {
		doc := map[string]any{"proposals": result.Proposals, "notes": result.Notes}
		if rules != nil {
			doc["accepted_version"], doc["accepted_from"] = rules.Version, rules.From
		}
		return c.writeJSON(doc)
	}
	c.printCalibration(result)
	if rules != nil {
		c.printf("已采纳：规则方案第 %d 版从 %s（数据的最后一天）起生效，下次分析就用它；从前的日子不变。",
			"Accepted: version %d of the rules is in force from %s, the last day of the data. The next analysis is by it; earlier days stay as they were.", rules.Version, rules.From)
	}
	return nil
}

func chosen(result *lifecycle.Calibration, accept string) (*lifecycle.RuleSet, error) {
	nothing := perennial.NewError(perennial.KindNotFound, "lifecycle.no_proposal",
		perennial.Say("没有可以采纳的提议“%s”。", "There is no proposal %q to accept.", accept)).
		WithHint(perennial.Say("先不带 --accept 运行，看有哪些提议。", "Run without --accept first to see the proposals."))
	if accept == "all" {
		if result.Next == nil {
			return nil, nothing
		}
		return result.Next, nil
	}
	n, err := strconv.Atoi(accept)
	if err != nil || n < 1 || n > len(result.Proposals) {
		return nil, nothing
	}
	return result.Proposals[n-1].Rules, nil
}

func (c *cli) printCalibration(result *lifecycle.Calibration) {
	lang := c.lang()
	if len(result.Proposals) == 0 {
		c.printf("规则不用改。", "The rules need no change.")
	}
	for i, p := range result.Proposals {
		fmt.Fprintf(c.out, "%d. %s\n", i+1, p.Reason.In(lang))
		for _, ch := range p.Changes {
			fmt.Fprintf(c.out, "   %s %s: %s → %s\n", ch.Stage, ch.Field, ch.Before.In(lang), ch.After.In(lang))
		}
		if p.Moves != nil {
			c.printf("   会有 %d 位客户换阶段", "   Customers who would change stage: %d", perennial.Count(*p.Moves))
		}
	}
	for _, n := range result.Notes {
		fmt.Fprintln(c.out, "· "+n.In(lang))
	}
	if len(result.Proposals) > 0 {
		c.printf("采纳：--accept all，或 --accept 编号", "To accept: --accept all, or --accept NUMBER")
	}
}
