package main

import (
	"fmt"
	"strings"
	"unicode"

	"perennial"
	"perennial/collect/importer"
	"perennial/store/catalog"
)

// table writes rows with aligned columns. A Chinese character takes two columns
// of a terminal, so padding goes by width, not by characters.
func (c *cli) table(rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width(cell))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-width(cell)+2))
			}
		}
		fmt.Fprintln(c.human(), "  "+strings.TrimRight(b.String(), " "))
	}
}

// width is how many columns a text takes on a terminal.
func width(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.Is(unicode.Han, r), r >= 0x3000 && r <= 0x303F, r >= 0xFF00 && r <= 0xFF60:
			n += 2
		default:
			n++
		}
	}
	return n
}

func (c *cli) printImport(r *importer.Report) {
	lang := c.lang()
	n := r.Counts
	if r.DryRun {
		c.printf("预览 %s，没有写入任何数据。", "Preview of %s; nothing was stored.", r.File.Name)
		c.printMapping(r)
	} else {
		c.printf("导入 %d：%s", "Import %d: %s", r.Import.ID, r.File.Name)
	}
	c.printf("读到 %d 行 = 收下 %d + 拒收 %d + 重复 %d", "Rows read %d = accepted %d + refused %d + duplicate %d",
		perennial.Count(n.Read), perennial.Count(n.Accepted), perennial.Count(n.Refused), perennial.Count(n.Duplicate))
	if n.Documents > 0 || n.DocumentsDuplicate > 0 {
		c.printf("订单 %d 张（其中改动 %d，另有重复 %d），新客户 %d 位", "Orders %d (changed %d; duplicate besides %d), new customers %d",
			perennial.Count(n.Documents), perennial.Count(n.DocumentsChanged), perennial.Count(n.DocumentsDuplicate), perennial.Count(n.NewCustomers))
	} else if n.NewCustomers > 0 {
		c.printf("新客户 %d 位", "New customers: %d", perennial.Count(n.NewCustomers))
	}
	for _, count := range []struct {
		n      int64
		zh, en string
	}{
		{n.Repeated, "与别的行完全相同、照收：%d 行", "Rows that repeat another exactly, kept: %d"},
		{n.RepeatsDropped, "与别的行完全相同、不再计：%d 行", "Rows that repeat another exactly, dropped: %d"},
		{n.Unattributed, "没有客户（散客）：%d 行", "Rows without a customer: %d"},
		{n.Unpaid, "未付款或已关闭：%d 行", "Rows unpaid or closed: %d"},
		{n.Excluded, "不算商品（运费、调整等）：%d 行", "Rows that are no merchandise (postage, adjustments): %d"},
	} {
		if count.n > 0 {
			c.printf(count.zh, count.en, perennial.Count(count.n))
		}
	}
	for i, e := range r.Excluded {
		if i == 8 {
			c.printf("  … 还有 %d 种", "  … and %d more kinds", len(r.Excluded)-i)
			break
		}
		fmt.Fprintf(c.human(), "  · %s %s  ×%d  %s\n", e.Product, e.Name, e.Rows, e.Amount.Format(lang))
	}
	for _, note := range r.Notes {
		fmt.Fprintln(c.human(), "· "+note.In(lang))
	}
	if len(r.Unknown) > 0 {
		c.printf("不认识的订单状态（这些行没有收）：", "Order statuses that are not known (their rows were refused):")
		for _, u := range r.Unknown {
			fmt.Fprintf(c.human(), "  · %s  ×%d\n", u.Word, u.Rows)
		}
		c.printf("用 --status 说明后再导入，例如 --status %s=paid", "Say what they mean and import again, for example --status %q=paid", r.Unknown[0].Word)
	}
	if len(r.Refusals) > 0 {
		c.printRefusals(r.Refusals[:min(len(r.Refusals), 5)])
		if n.Refused > 5 {
			c.printf("  … 共 %d 行", "  … %d rows in all", perennial.Count(n.Refused))
		}
		if r.RefusalsFile != "" {
			c.printf("导入失败明细：%s", "Refused rows: %s", r.RefusalsFile)
		}
	}
}

func (c *cli) printMapping(r *importer.Report) {
	lang := c.lang()
	if !r.Mapping.Title.IsZero() {
		c.printf("预设：%s", "Preset: %s", r.Mapping.Title.In(lang))
	}
	rows := [][]string{{pick(lang, "列", "column"), pick(lang, "含义", "meaning"), pick(lang, "把握", "confidence"), pick(lang, "依据", "why")}}
	for _, col := range r.Mapping.Columns {
		header := col.Header
		if header == "" {
			header = fmt.Sprintf("#%d", col.Index+1)
		}
		rows = append(rows, []string{header, col.Field.Label().In(lang), fmt.Sprintf("%.0f%%", col.Confidence*100), col.Reason.In(lang)})
	}
	c.table(rows)
	if len(r.Mapping.Unmapped) > 0 {
		c.printf("没有用到的列：%s", "Columns not used: %s", strings.Join(r.Mapping.Unmapped, ", "))
	}
	if len(r.Preview) == 0 {
		return
	}
	rows = [][]string{{pick(lang, "行", "line"), pick(lang, "订单", "order"), pick(lang, "客户", "customer"), pick(lang, "时间", "time"),
		pick(lang, "状态", "status"), pick(lang, "商品", "product"), pick(lang, "数量", "quantity"), pick(lang, "金额", "amount")}}
	for _, p := range r.Preview {
		rows = append(rows, []string{fmt.Sprint(p.Line), p.Order, p.Customer, strings.Replace(p.At[:19], "T", " ", 1), statusWord(lang, p.Status), p.Product, fmt.Sprint(p.Quantity), p.Amount.Format(lang)})
	}
	c.table(rows)
}

func statusWord(lang perennial.Lang, status string) string {
	switch status {
	case "paid":
		return pick(lang, "已付款", "paid")
	case "unpaid":
		return pick(lang, "未付款", "unpaid")
	}
	return pick(lang, "已关闭", "closed")
}

func (c *cli) printRefusals(list []catalog.Refusal) {
	lang := c.lang()
	if len(list) == 0 {
		c.say(perennial.Say("没有被拒收的行。", "No row was refused."))
		return
	}
	rows := [][]string{{pick(lang, "行", "line"), pick(lang, "列", "column"), pick(lang, "值", "value"), pick(lang, "原因", "reason"), pick(lang, "怎么办", "what to do")}}
	for _, r := range list {
		rows = append(rows, []string{fmt.Sprint(r.Line), r.Column, r.Value, r.Reason.In(lang), r.Hint.In(lang)})
	}
	c.table(rows)
}

// listedImport is an import with the name of its workspace.
type listedImport struct {
	Workspace string `json:"workspace"`
	catalog.Import
}

func (c *cli) printImports(list []listedImport) {
	lang := c.lang()
	if len(list) == 0 {
		c.say(perennial.Say("还没有导入过文件。", "No file has been imported yet."))
		return
	}
	kinds := map[string]string{"orders": pick(lang, "订单", "orders"), "customers": pick(lang, "客户", "customers"), "products": pick(lang, "商品", "products")}
	rows := [][]string{{"id", pick(lang, "工作区", "workspace"), pick(lang, "内容", "kind"), pick(lang, "文件", "file"), pick(lang, "状态", "status"),
		pick(lang, "时间", "time"), pick(lang, "收下", "accepted"), pick(lang, "拒收", "refused"), pick(lang, "重复", "duplicate")}}
	for _, in := range list {
		rows = append(rows, []string{fmt.Sprint(in.ID), in.Workspace, kinds[in.Kind], in.File, catalog.StatusText(in.Status).In(lang),
			in.CreatedAt.Local().Format("2006-01-02 15:04"), fmt.Sprint(in.Rows.Accepted), fmt.Sprint(in.Rows.Refused), fmt.Sprint(in.Rows.Duplicate)})
	}
	c.table(rows)
}
