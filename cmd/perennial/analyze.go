package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/lifecycle"
	"perennial/analyze/metric"
	"perennial/analyze/purchase"
	"perennial/analyze/rfm"
	"perennial/app"
	"perennial/collect/importer"
	"perennial/collect/importer/mapping"
	"perennial/collect/importer/tabular"
	"perennial/predict/clv"
	"perennial/report"
)

// analysisFlags say which variant of the figures is wanted.
type analysisFlags struct {
	textbook, reset                 bool
	money, count, zero, unit        string
	asOf, calibrationEnd, rfmMethod string
	window                          int
	margin                          float64
	seed                            uint64
	rates                           []string
	rules                           string
	bootstrap                       int
	exclude                         []string
	wholesale                       bool
}

func (f *analysisFlags) register(cmd *cobra.Command) {
	s := cmd.Flags()
	s.BoolVar(&f.textbook, "textbook", false, "教科书口径 / the textbook variants")
	s.StringVar(&f.money, "money", "", "net | gross | margin: 净收入、毛收入、毛利")
	s.Float64Var(&f.margin, "margin", 0, "毛利率，例如 0.35 / margin as a share of net money")
	s.StringVar(&f.count, "count", "", "days | orders: 按购买日还是订单计次 / what frequency counts")
	s.StringVar(&f.zero, "zero", "", "keep | drop: 零元订单 / orders of value zero")
	s.StringVar(&f.unit, "unit", "", "day | week: 模型参数的时间单位 / unit of the models' parameters")
	s.StringVar(&f.asOf, "as-of", "", "截至日 YYYY-MM-DD，含当天 / as-of day, included")
	s.StringVar(&f.calibrationEnd, "calibration-end", "", "模型只看到这一天，之后用来检验 / last day the models see")
	s.StringVar(&f.rfmMethod, "rfm-method", "", "business | score | mean")
	s.IntVar(&f.window, "window", 0, "窗口天数；-1：RFM 用全部历史 / window in days; -1: RFM takes all history")
	s.Uint64Var(&f.seed, "seed", 1, "随机种子 / seed of everything random")
	s.StringSliceVar(&f.rates, "rates", nil, "汇率: USD=7.1,… / rates of other currencies")
	s.StringVar(&f.rules, "rules", "", "生命周期规则方案（YAML 文件）/ lifecycle rule set, a YAML file")
	s.IntVar(&f.bootstrap, "bootstrap", 0, "模型区间用自助法，重复次数 / bootstrap replicates for the models' intervals")
	s.StringSliceVar(&f.exclude, "exclude", nil, "不计入的客户编号，或 @文件（每行一个）/ customers to leave out, or @FILE with one a line")
	s.BoolVar(&f.wholesale, "wholesale", false, "RFM 里把特大客户（金额前 0.5%）单列 / keep very large customers apart in RFM")
	s.BoolVar(&f.reset, "reset-thresholds", false, "重新计算并固定 RFM 门槛 / compute the RFM thresholds anew and freeze them")
}

// options turns the flags into what the analysis takes.
func (f *analysisFlags) options() (app.AnalyzeOptions, error) {
	opt := app.AnalyzeOptions{
		Purchases:       purchase.Options{AsOf: history.NoDay, Money: perennial.MoneyNet, MarginRate: f.margin},
		Report:          report.Options{Version: version, Textbook: f.textbook, WindowDays: f.window, Seed: f.seed, Bootstrap: f.bootstrap, Wholesale: f.wholesale},
		ResetThresholds: f.reset,
	}
	p, r := &opt.Purchases, &opt.Report
	if f.textbook {
		p.Money, p.KeepZero, p.KeepRefunded, p.KeepExcluded = perennial.MoneyGross, true, true, true
	}
	bad := func(flag, given, allowed string) error {
		return perennial.NewError(perennial.KindInvalid, "usage", perennial.Say("--%s 不能是“%s”。", "--%s cannot be %q.", flag, given)).
			WithHint(perennial.Say("可以是：%s", "It can be: %s", allowed))
	}
	choose := func(flag, given, allowed string, take func(string)) error {
		if given == "" {
			return nil
		}
		for a := range strings.SplitSeq(allowed, ", ") {
			if a == given {
				take(given)
				return nil
			}
		}
		return bad(flag, given, allowed)
	}
	if !(f.margin >= 0 && f.margin <= 1) {
		return opt, bad("margin", strconv.FormatFloat(f.margin, 'g', -1, 64), "0 … 1")
	}
	if f.window < -1 || f.window > 200*366 {
		return opt, bad("window", strconv.Itoa(f.window), "-1, 1 … 73200")
	}
	if f.bootstrap < 0 || f.bootstrap > 10_000 {
		return opt, bad("bootstrap", strconv.Itoa(f.bootstrap), "0 … 10000")
	}
	err := errors.Join(
		choose("money", f.money, "net, gross, margin", func(s string) { p.Money = perennial.MoneyKind(s) }),
		choose("count", f.count, "days, orders", func(s string) { r.Count = metric.Count(s) }),
		choose("zero", f.zero, "keep, drop", func(s string) { p.KeepZero, p.KeepZeroLines = s == "keep", s == "keep" }),
		choose("unit", f.unit, "day, week", func(s string) { r.Unit = clv.Unit(s) }),
		choose("rfm-method", f.rfmMethod, "business, score, mean", func(s string) { r.RFMMethod = rfm.Method(s) }),
	)
	if err != nil {
		return opt, err
	}
	if f.margin > 0 && f.money == "" {
		p.Money = perennial.MoneyMargin
	}
	if f.asOf != "" {
		day, err := perennial.ParseDay(f.asOf)
		if err != nil {
			return opt, err
		}
		p.AsOf = day
	}
	if f.calibrationEnd != "" {
		day, err := perennial.ParseDay(f.calibrationEnd)
		if err != nil {
			return opt, err
		}
		r.CalibrationEnd = &day
	}
	for _, pair := range f.rates {
		code, number, _ := strings.Cut(pair, "=")
		currency, err := perennial.ParseCurrency(code)
		if err != nil {
			return opt, err
		}
		rate, err := strconv.ParseFloat(number, 64)
		if err != nil || !(rate > 0 && rate <= 1e9) {
			return opt, bad("rates", pair, "USD=7.1, EUR=7.8")
		}
		if p.Rates == nil {
			p.Rates = map[perennial.Currency]float64{}
		}
		p.Rates[currency] = rate
	}
	if opt.Exclude, err = listOrFiles(f.exclude); err != nil {
		return opt, err
	}
	if f.rules != "" {
		text, err := os.ReadFile(f.rules)
		if err != nil {
			return opt, perennial.NewError(perennial.KindNotFound, "file.not_found",
				perennial.Say("打不开规则文件 %s。", "The rule file %s cannot be opened.", f.rules)).
				WithHint(perennial.Say("perennial lifecycle rules 打印默认规则，可以存成文件再改。", "perennial lifecycle rules prints the default rules to start from.")).Because(err)
		}
		rules, err := lifecycle.ParseRules(f.rules, text)
		if err != nil {
			return opt, err
		}
		r.Rules = []*lifecycle.RuleSet{rules}
	}
	return opt, nil
}

// listOrFiles expands @FILE entries of a list into the lines of the file.
func listOrFiles(list []string) (out []string, err error) {
	for _, entry := range list {
		path, isFile := strings.CutPrefix(entry, "@")
		if !isFile {
			out = append(out, entry)
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, perennial.NewError(perennial.KindNotFound, "file.not_found",
				perennial.Say("打不开文件 %s。", "The file %s cannot be opened.", path)).
				WithHint(perennial.Say("检查路径；每行写一个客户编号。", "Check the path; write one customer a line.")).Because(err)
		}
		for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
			if line = strings.TrimSpace(line); line != "" {
				out = append(out, line)
			}
		}
	}
	return out, nil
}

// atMostOneFile refuses several files with a word on what to do.
func atMostOneFile(_ *cobra.Command, args []string) error {
	if len(args) <= 1 {
		return nil
	}
	return perennial.NewError(perennial.KindInvalid, "usage", perennial.Say("一次只能分析一个文件。", "One file at a time can be analysed.")).
		WithHint(perennial.Say("几个文件一起看：逐个 perennial import orders 文件 --workspace shop，再 perennial analyze --workspace shop。",
			"To see several together, import each with perennial import orders FILE --workspace shop, then perennial analyze --workspace shop."))
}

// outputs are the files that an analysis writes beside what it prints.
type outputs struct{ html, customers string }

func (c *cli) analyzeCommand() *cobra.Command {
	var file fileFlags
	var analysis analysisFlags
	var out outputs
	var workspace string
	cmd := &cobra.Command{
		Use:   "analyze [FILE]",
		Short: "分析一个订单文件或一个工作区 / analyse a file of orders, or a workspace",
		Args:  atMostOneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			opt, err := analysis.options()
			if err != nil {
				return err
			}
			if file.currency != "" {
				currency, err := perennial.ParseCurrency(file.currency)
				if err != nil {
					return err
				}
				opt.Purchases.Currency = currency
			}
			switch {
			case len(args) == 1 && cmd.Flags().Changed("workspace"):
				return perennial.NewError(perennial.KindInvalid, "usage",
					perennial.Say("文件和 --workspace 只能给一个。", "Give a file or --workspace, not both.")).
					WithHint(perennial.Say("分析文件时不保存数据；要保存先用 perennial import orders。", "A file is analysed without being kept; to keep it, use perennial import orders."))
			case len(args) == 1:
				req, err := file.request(c, mapping.Orders, args[0])
				if err != nil {
					return err
				}
				if analysis.textbook && req.Repeats == importer.RepeatsAuto {
					req.Repeats = importer.RepeatsKeep // nothing is excluded
				}
				return c.analyzeFile(cmd.Context(), req, opt, out)
			}
			return c.analyzeWorkspace(cmd.Context(), workspace, opt, out)
		},
	}
	file.register(cmd)
	analysis.register(cmd)
	cmd.Flags().StringVar(&workspace, "workspace", "default", "分析这个工作区 / the workspace to analyse")
	cmd.Flags().StringVar(&out.html, "html", "", "把报告写成一个网页 / write the report as one page")
	cmd.Flags().StringVar(&out.customers, "customers-out", "", "每位客户一行: .csv .xlsx .parquet / one row a customer")
	return cmd
}

// analyzeFile analyses a file in an installation of its own that is gone
// afterwards.
func (c *cli) analyzeFile(ctx context.Context, req importer.Request, opt app.AnalyzeOptions, out outputs) (err error) {
	if err := apart(req.Path, out.html, out.customers, req.RefusalsFile); err != nil {
		return err
	}
	if err := out.check(); err != nil {
		return err
	}
	options, err := c.options()
	if err != nil {
		return err
	}
	a, err := app.Temporary(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	draw, clear := c.progress(perennial.Say("读取", "Reading"))
	req.Progress = draw
	imported, ws, _, err := a.Import(ctx, app.ImportOptions{Request: req, Workspace: "file"})
	clear()
	if err != nil {
		return err
	}
	opt.Report.Source = filepath.Base(req.Path)
	opt.Report.Notes = append(opt.Report.Notes, importNotes(imported)...)
	return c.show(ctx, a, ws, opt, out)
}

// importNotes are the assumptions and losses of an import that a reader of the
// figures should know.
func importNotes(r *importer.Report) []perennial.Text {
	var notes []perennial.Text // what is missing from the figures comes first
	if n := r.Counts.Refused; n > 0 {
		notes = append(notes, perennial.Say("有 %d 行没有收（第一处：第 %d 行，%s）；用 --refusals 文件 导出全部明细。",
			"Rows refused: %[1]d.", n, r.Refusals[0].Line, r.Refusals[0].Reason.ZH))
		notes[len(notes)-1].EN = fmt.Sprintf("Rows refused: %d (the first in line %d: %s); --refusals FILE writes them all.", n, r.Refusals[0].Line, r.Refusals[0].Reason.EN)
	}
	if n := len(r.Excluded); n > 0 {
		names := make([]string, 0, 6)
		for _, e := range r.Excluded[:min(n, 6)] {
			names = append(names, fmt.Sprintf("%s ×%d", strings.TrimSpace(e.Product+" "+e.Name), e.Rows))
		}
		notes = append(notes, perennial.Say("不算商品的行（%d 种）：%s；算错的用 --merchandise 改回。",
			"Lines that are no merchandise (%d kinds): %s; --merchandise counts what was set aside wrongly.", n, strings.Join(names, "、")))
		notes[len(notes)-1].EN = strings.ReplaceAll(notes[len(notes)-1].EN, "、", ", ")
	}
	for _, u := range r.Unknown {
		notes = append(notes, perennial.Say("不认识的订单状态“%s”（%d 行没有收）；用 --status %[1]s=paid 或 =unpaid、=closed 说明。",
			"Unknown order status %q (rows refused: %d); say what it means with --status %[1]q=paid, =unpaid or =closed.", u.Word, u.Rows))
	}
	return append(notes, r.Notes...)
}

func (c *cli) analyzeWorkspace(ctx context.Context, name string, opt app.AnalyzeOptions, out outputs) (err error) {
	if err := out.check(); err != nil {
		return err
	}
	a, err := c.open(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close(a)) }()
	ws, err := a.Catalog.Workspace(ctx, name)
	if err != nil {
		return err
	}
	opt.Report.Workspace, opt.Report.Source = ws.Name, ws.Name
	return c.show(ctx, a, ws, opt, out)
}

// apart tells that two of the files that a command names are the same: an output
// would take the place of the source, or of another output.
func apart(paths ...string) error {
	for i, a := range paths {
		for _, b := range paths[:i] {
			if a == "" || b == "" || !sameFile(a, b) {
				continue
			}
			return perennial.NewError(perennial.KindInvalid, "usage",
				perennial.Say("“%s”被用了两次，会互相覆盖。", "%q is named twice; one would overwrite the other.", a)).
				WithHint(perennial.Say("给输出换一个文件名。", "Choose another name for the output."))
		}
	}
	return nil
}

func sameFile(a, b string) bool {
	if x, err := os.Stat(a); err == nil {
		if y, err := os.Stat(b); err == nil {
			return os.SameFile(x, y)
		}
	}
	x, errA := filepath.Abs(a)
	y, errB := filepath.Abs(b)
	return errA == nil && errB == nil && x == y
}

// check finds out before the work whether the outputs can be written.
func (o outputs) check() error {
	for _, path := range []string{o.html, o.customers} {
		if path == "" {
			continue
		}
		if ext := strings.ToLower(filepath.Ext(path)); path == o.html && ext != ".html" && ext != ".htm" {
			return perennial.NewError(perennial.KindInvalid, "usage", perennial.Say("--html 写的是网页，“%s”的扩展名不对。", "--html writes a page; %q has another extension.", filepath.Base(path))).
				WithHint(perennial.Say("文件名以 .html 结尾；表格用 --customers-out。", "Let the name end in .html; tables are written by --customers-out."))
		}
		if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
			return perennial.NewError(perennial.KindNotFound, "file.no_directory",
				perennial.Say("目录 %s 不存在，“%s”写不进去。", "There is no directory %s to write %q into.", filepath.Dir(path), filepath.Base(path))).
				WithHint(perennial.Say("先建目录，或换一个位置。", "Make the directory first, or choose another place."))
		}
	}
	if o.customers != "" {
		w, err := tabular.Create(o.customers)
		if err != nil {
			return err
		}
		w.Abort()
	}
	return nil
}

// show analyses a workspace and writes what was asked for.
func (c *cli) show(ctx context.Context, a *app.App, ws perennial.Workspace, opt app.AnalyzeOptions, out outputs) error {
	analysis, err := a.Analyze(ctx, ws, opt)
	if err != nil {
		return err
	}
	if out.html != "" {
		if err := writeFile(out.html, func(w io.Writer) error {
			return report.WriteHTML(w, analysis.Picture, report.HTMLOptions{Lang: c.lang()})
		}); err != nil {
			return err
		}
	}
	if out.customers != "" {
		id, err := a.Identifiers(ctx, ws)
		if err != nil {
			return err
		}
		if err := c.writeCustomers(ctx, out.customers, analysis, id); err != nil {
			return err
		}
	}
	if c.json {
		return c.writeJSON(analysis.Picture)
	}
	columns, tty := terminal(c.out)
	if !tty {
		columns = 100
	}
	if err := report.WriteText(c.out, analysis.Picture, report.TextOptions{Lang: c.lang(), Width: columns, Colour: tty && c.env("NO_COLOR") == ""}); err != nil {
		return err
	}
	if out.html != "" {
		c.printf("报告：%s", "Report: %s", out.html)
	}
	if out.customers != "" {
		c.printf("客户明细：%s（%d 位）", "Customers: %s (%d)", out.customers, perennial.Count(analysis.Scores.Len()))
	}
	return nil
}

// writeFile writes a file whole or not at all.
func writeFile(path string, write func(io.Writer) error) (err error) {
	defer func() { err = unwritten(path, err) }()
	f, err := os.CreateTemp(filepath.Dir(path), ".perennial-")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := write(f); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}

// unwritten gives a file that could not be written its sentence.
func unwritten(path string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return perennial.NewError(perennial.KindUnavailable, "file.disk_full",
			perennial.Say("磁盘满了，“%s”没有写成。", "The disk is full; %q was not written.", filepath.Base(path))).
			WithHint(perennial.Say("腾出空间再试，原来的文件没有动。", "Free some space and try again; nothing was replaced.")).Because(err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return perennial.NewError(perennial.KindForbidden, "file.permission",
			perennial.Say("没有权限写“%s”。", "There is no permission to write %q.", path)).
			WithHint(perennial.Say("换一个位置。", "Choose another place.")).Because(err)
	}
	return err
}

func (c *cli) writeCustomers(ctx context.Context, path string, a *app.Analysis, id func(perennial.CustomerKey) string) error {
	w, err := tabular.Create(path)
	if err != nil {
		return err
	}
	defer w.Abort()
	header := a.Scores.Header()
	columns := make([]tabular.Column, len(header))
	for i, h := range header {
		columns[i] = tabular.Column{Name: c.heading(path, h), Type: columnTypes[h.Kind]}
	}
	if err := w.Header(columns...); err != nil {
		return err
	}
	// In a Chinese spreadsheet the stages have their Chinese names.
	stages := map[string]string{}
	for k, h := range header {
		if h.Name == "stage" && columns[k].Name != h.Name && a.Picture.Lifecycle != nil {
			for _, s := range a.Picture.Lifecycle.Stages {
				stages[string(s.Stage)] = s.NameZH
			}
		}
	}
	var row []any
	for i := range a.Scores.Len() {
		if i%4096 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		row = a.Scores.Row(i, id, row[:0])
		for k, v := range row {
			switch v := v.(type) {
			case float64:
				row[k] = math.Round(v*1e6) / 1e6
			case string:
				if name, ok := stages[v]; ok && strings.HasSuffix(header[k].Name, "stage") {
					row[k] = name
				}
			}
		}
		if err := w.Row(row...); err != nil {
			return err
		}
	}
	return w.Close()
}

// heading names a column: in Chinese for a spreadsheet of a Chinese reader, else
// by its machine name, which other programs can rely on.
func (c *cli) heading(path string, h report.Column) string {
	if c.lang() == perennial.LangEN || strings.EqualFold(filepath.Ext(path), ".parquet") {
		return h.Name
	}
	return h.LabelZH
}

var columnTypes = map[report.ColumnKind]tabular.ColumnType{
	report.ColumnText: tabular.TextType, report.ColumnWhole: tabular.IntType, report.ColumnNumber: tabular.FloatType,
	report.ColumnDay: tabular.DayType, report.ColumnMoney: tabular.AmountType, report.ColumnFlag: tabular.BoolType,
}
