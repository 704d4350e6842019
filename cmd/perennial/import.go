package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"perennial"
	"perennial/app"
	"perennial/collect/importer"
	"perennial/collect/importer/mapping"
	"perennial/collect/importer/tabular"
	"perennial/collect/importer/value"
)

// fileFlags are the flags that say how to read a file.
type fileFlags struct {
	preset, mapping, rows, repeats, zone, currency string
	sheet, encoding, delimiter, refusals           string
	headerRow                                      int
	status, merchandise, notMerchandise            []string
	dateOrder                                      string
	dryRun                                         bool
}

func (f *fileFlags) register(cmd *cobra.Command) {
	s := cmd.Flags()
	s.StringVar(&f.preset, "preset", "", "导出来源的预设 / preset of the exporting system")
	s.StringVar(&f.mapping, "map", "", "指定列: customer_id=会员卡号,… / which column is what")
	s.StringVar(&f.rows, "rows", "", "lines | orders: 每行是订单行还是整单 / what a row is")
	s.StringVar(&f.repeats, "repeats", "", "keep | drop: 完全重复的行 / rows that repeat another exactly")
	s.StringVar(&f.zone, "tz", "", "没有时区的时间所在时区 / zone of times without one, e.g. Asia/Shanghai")
	s.StringVar(&f.currency, "currency", "", "没有写明时的货币 / currency where the file names none, e.g. CNY")
	s.StringVar(&f.dateOrder, "date-order", "", "dmy | mdy | ymd: 日月先后 / order of day and month")
	s.StringSliceVar(&f.status, "status", nil, "状态词: 待评价=paid / what a status word means: paid, unpaid, closed, refunded")
	s.StringSliceVar(&f.merchandise, "merchandise", nil, "这些商品算商品 / products that are merchandise after all")
	s.StringSliceVar(&f.notMerchandise, "not-merchandise", nil, "这些行不算商品 / products that are none (postage, adjustments)")
	s.StringVar(&f.sheet, "sheet", "", "工作表名或序号 / sheet of a workbook")
	s.IntVar(&f.headerRow, "header-row", 0, "表头所在行；-1 表示没有 / line of the header, -1 for none")
	s.StringVar(&f.encoding, "encoding", "", "文件编码 / encoding: utf-8, gb18030, utf-16le, …")
	s.StringVar(&f.delimiter, "delimiter", "", "分隔符 / separator: , ; tab |")
	s.StringVar(&f.refusals, "refusals", "", "导入失败明细写到这个文件 / file for the refused rows (.csv, .xlsx)")
}

// request turns the flags into an import request.
func (f *fileFlags) request(c *cli, kind mapping.Kind, path string) (importer.Request, error) {
	req := importer.Request{
		Kind: kind, Path: path, Preset: f.preset, Map: f.mapping, Rows: mapping.Rows(f.rows), Repeats: importer.Repeats(f.repeats),
		Tabular:     tabular.Options{Sheet: f.sheet, Encoding: f.encoding, HeaderRow: f.headerRow},
		Merchandise: f.merchandise, NotMerchandise: f.notMerchandise, DryRun: f.dryRun, RefusalsFile: f.refusals, Lang: c.lang(),
	}
	bad := func(flag, given string, allowed string) error {
		return perennial.NewError(perennial.KindInvalid, "usage", perennial.Say("--%s 不能是“%s”。", "--%s cannot be %q.", flag, given)).
			WithHint(perennial.Say("可以是：%s", "It can be: %s", allowed))
	}
	if f.rows != "" && f.rows != "lines" && f.rows != "orders" {
		return req, bad("rows", f.rows, "lines, orders")
	}
	if f.repeats != "" && f.repeats != "keep" && f.repeats != "drop" {
		return req, bad("repeats", f.repeats, "keep, drop")
	}
	if f.zone != "" {
		zone, err := time.LoadLocation(f.zone)
		if err != nil || f.zone == "Local" {
			return req, bad("tz", f.zone, "Asia/Shanghai, Europe/London, UTC, …")
		}
		req.Zone = zone
	}
	if f.currency != "" {
		currency, err := perennial.ParseCurrency(f.currency)
		if err != nil {
			return req, err
		}
		req.Currency = currency
	}
	if f.dateOrder != "" {
		order, ok := value.ParseDateOrder(f.dateOrder)
		if !ok {
			return req, bad("date-order", f.dateOrder, "dmy, mdy, ymd")
		}
		req.DateOrder = order
	}
	switch f.delimiter {
	case "":
	case "tab", `\t`:
		req.Tabular.Delimiter = '\t'
	default:
		if len(f.delimiter) != 1 {
			return req, bad("delimiter", f.delimiter, ", ; tab |")
		}
		req.Tabular.Delimiter = rune(f.delimiter[0])
	}
	for _, pair := range f.status {
		word, name, _ := strings.Cut(pair, "=")
		status, ok := value.ParseStatusName(strings.TrimSpace(name))
		if !ok {
			return req, bad("status", pair, "…=paid, …=unpaid, …=closed, …=refunded")
		}
		if req.Status == nil {
			req.Status = map[string]value.Status{}
		}
		req.Status[strings.TrimSpace(word)] = status
	}
	return req, nil
}

func (c *cli) importCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "导入订单、客户、商品，查看和撤销导入 / import files, list and undo imports",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for kind, short := range map[mapping.Kind]string{
		mapping.Orders:    "导入订单或订单行 / import orders or order lines",
		mapping.Customers: "导入会员资料 / import customers",
		mapping.Products:  "导入商品资料 / import products",
	} {
		cmd.AddCommand(c.importKindCommand(kind, short))
	}
	cmd.AddCommand(c.importListCommand(), c.importUndoCommand(), c.importRefusalsCommand())
	return cmd
}

func (c *cli) importKindCommand(kind mapping.Kind, short string) *cobra.Command {
	var flags fileFlags
	var workspace string
	cmd := &cobra.Command{
		Use: string(kind) + " FILE", Short: short, Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			req, err := flags.request(c, kind, args[0])
			if err != nil {
				return err
			}
			return c.importFile(cmd.Context(), req, workspace)
		},
	}
	flags.register(cmd)
	cmd.Flags().BoolVar(&flags.dryRun, "dry-run", false, "只预览：列的对应、前十行、会被拒收的行 / show the mapping, ten rows and what would be refused")
	cmd.Flags().StringVar(&workspace, "workspace", "default", "工作区，不存在时自动建立 / workspace, made if it does not exist")
	return cmd
}

// imported is the JSON of an import.
type imported struct {
	Workspace        string           `json:"workspace"`
	WorkspaceCreated bool             `json:"workspace_created"`
	Report           *importer.Report `json:"report"`
}

func (c *cli) importFile(ctx context.Context, req importer.Request, name string) (err error) {
	if err := perennial.CheckWorkspaceName(name); err != nil {
		return err
	}
	if err := apart(req.Path, req.RefusalsFile); err != nil {
		return err
	}
	a, err := c.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close(a)) }()
	draw, clear := c.progress(perennial.Say("导入", "Importing"))
	req.Progress = draw
	result, ws, created, err := a.Import(ctx, app.ImportOptions{Request: req, Workspace: name})
	clear()
	if err != nil {
		return err
	}
	if created {
		c.say(perennial.Say("新建了工作区“%s”（时区 %s，货币 %s）。", "Made the workspace %q (time zone %s, currency %s).",
			ws.Name, ws.Zone, cmp.Or(ws.Currency.Code(), pick(c.lang(), "未写明", "not stated"))))
	}
	if c.json {
		return c.writeJSON(imported{ws.Name, created, result})
	}
	c.printImport(result)
	return nil
}

func (c *cli) importListCommand() *cobra.Command {
	var workspace string
	cmd := &cobra.Command{
		Use: "list", Short: "列出导入 / list imports", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listImports(cmd.Context(), workspace) },
	}
	cmd.Flags().StringVar(&workspace, "workspace", "", "只看这个工作区 / of this workspace only")
	return cmd
}

func (c *cli) listImports(ctx context.Context, workspace string) (err error) {
	a, err := c.open(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close(a)) }()
	all, err := a.Catalog.Workspaces(ctx)
	if err != nil {
		return err
	}
	if workspace != "" {
		ws, err := a.Catalog.Workspace(ctx, workspace)
		if err != nil {
			return err
		}
		all = []perennial.Workspace{ws}
	}
	list := []listedImport{}
	for _, ws := range all {
		imports, err := a.Catalog.Imports(ctx, ws.ID)
		if err != nil {
			return err
		}
		for _, in := range imports {
			list = append(list, listedImport{Workspace: ws.Name, Import: in})
		}
	}
	if c.json {
		return c.writeJSON(map[string]any{"imports": list})
	}
	c.printImports(list)
	return nil
}

func (c *cli) importUndoCommand() *cobra.Command {
	return &cobra.Command{
		Use: "undo ID", Short: "撤销一次导入，被它替换的订单恢复原样 / take an import back", Args: exactly(1),
		RunE: c.onImport(func(ctx context.Context, a *app.App, id int64) error {
			in, err := a.Undo(ctx, id)
			if err != nil {
				return err
			}
			if c.json {
				return c.writeJSON(map[string]any{"import": in})
			}
			c.say(perennial.Say("已撤销导入 %d（%s）；被它替换的订单恢复原样。", "Import %d (%s) is taken back; orders that it replaced are as before.", in.ID, in.File))
			return nil
		}),
	}
}

// onImport runs a command on the import that its argument names, with the
// installation open.
func (c *cli) onImport(f func(ctx context.Context, a *app.App, id int64) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) (err error) {
		id, err := importID(args[0])
		if err != nil {
			return err
		}
		a, err := c.open(cmd.Context(), false)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, c.close(a)) }()
		return f(cmd.Context(), a, id)
	}
}

func importID(s string) (int64, error) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id < 1 {
		return 0, perennial.NewError(perennial.KindInvalid, "usage", perennial.Say("“%s”不是导入编号。", "%q is not the id of an import.", s)).
			WithHint(perennial.Say("用 perennial import list 查看编号。", "perennial import list shows the ids."))
	}
	return id, nil
}

func (c *cli) importRefusalsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "refusals ID", Short: "查看一次导入的失败明细 / show the refused rows of an import", Args: exactly(1),
		RunE: c.onImport(func(ctx context.Context, a *app.App, id int64) error {
			if _, err := a.Catalog.Import(ctx, id); err != nil {
				return err
			}
			list, err := a.Catalog.Refusals(ctx, id)
			if err != nil {
				return err
			}
			if c.json {
				return c.writeJSON(map[string]any{"refusals": list})
			}
			c.printRefusals(list)
			return nil
		}),
	}
}

func (c *cli) printf(zh, en string, args ...any) {
	fmt.Fprintln(c.human(), perennial.Say(zh, en, args...).In(c.lang()))
}
