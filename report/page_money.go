package report

import (
	"perennial"
)

// waterfallRow is one step of the bridge as a bar: From and Width in percent of
// the widest total.
type waterfallRow struct {
	Name        perennial.Text
	Amount      perennial.Text
	Orders      string
	Total       bool
	From, Width float64
}

func (p *Picture) bridgeFigure() figure {
	f := figure{ID: "bridge", Wide: true, Subtitle: dots(
		perennial.Say("从文件总额到分析口径", "from the file's total to what is analysed"), same(p.Meta.Currency.Code()),
		perennial.Say("订单数在右", "orders on the right"))}
	all, end := 0.0, 0.0
	for _, s := range p.Bridge {
		if s.Total {
			all, end = max(all, s.Amount.Float()), s.Amount.Float()
		}
	}
	if all <= 0 {
		f.Title = perennial.Say("没有金额可以对账", "There is no money to account for")
		f.Empty = perennial.Say("导入带金额的订单后，这里会列出从文件总额到分析口径的每一步。", "With orders that carry money, each step from the file's total to the figures shows here.")
		return f
	}
	f.Title = fill("文件总额的 {share} 是已知客户的{kind}", "{share} of the file's total is {kind} of known customers",
		"share", percent(end/all), "kind", p.moneyLabel())
	at := 0.0
	for _, s := range p.Bridge {
		v := s.Amount.Float()
		if v == 0 && !s.Total {
			continue // nothing was taken away
		}
		row := waterfallRow{Name: perennial.Text{ZH: s.LabelZH, EN: s.LabelEN}, Amount: money(s.Amount), Total: s.Total}
		if s.Orders != nil && *s.Orders != 0 {
			row.Orders = count(*s.Orders)
		}
		if s.Total {
			row.Width, at = 100*max(v, 0)/all, v
		} else {
			row.From, row.Width = 100*max(min(at, at+v), 0)/all, 100*abs(v)/all
			at += v
		}
		f.Waterfall = append(f.Waterfall, row)
	}
	return f
}

func (p *Picture) monthsFigure(pg *page) figure {
	f := figure{ID: "months", Wide: true, Subtitle: dots(
		fill("每月{kind}，分首购与回头购买", "{kind} by month, first purchases and repeats", "kind", p.moneyLabel()), same(p.Meta.Currency.Code()),
		fill("n = {n} 位客户", "n = {n} customers", "n", p.Data.Customers))}
	months := p.Base.Months
	if len(months) < 2 {
		f.Title = perennial.Say("数据不足两个月", "Less than two months of data")
		f.Empty = perennial.Say("有两个月以上的数据后，这里会看到每月收入来自首购还是回头购买。", "With two months or more, this shows how much of each month's revenue is repeat.")
		return f
	}
	type bars struct {
		Months []string  `json:"months"`
		First  []float64 `json:"first"`
		Repeat []float64 `json:"repeat"`
		Open   bool      `json:"open"`
		Symbol string    `json:"symbol"`
	}
	b := bars{Symbol: p.Meta.Currency.Symbol(), Open: months[len(months)-1].Open}
	f.Table = newTable(headLeft("月份", "Month"), headRight("收入", "Revenue"), headRight("其中回头购买", "Of it repeat"),
		headRight("购买客户", "Buyers"), headRight("新客", "New"), headRight("订单", "Orders"))
	last := -1
	for k, m := range months {
		repeat := m.RepeatRevenue.Float()
		b.Months = append(b.Months, m.Month.String())
		b.First, b.Repeat = append(b.First, m.Revenue.Float()-repeat), append(b.Repeat, repeat)
		name := same(m.Month.String())
		if m.Open {
			name = perennial.Say("%s（未满）", "%s (open)", m.Month.String())
		} else {
			last = k
		}
		f.Table.add(tdText(name), tdMoney(&m.Revenue), tdMoney(&m.RepeatRevenue), tdCount(m.Buyers), tdCount(m.NewBuyers), tdCount(m.Orders))
	}
	pg.charts["months"] = b
	f.Plot = "months"
	f.Title = perennial.Say("每月收入", "Revenue by month")
	if last >= 0 && months[last].Revenue.Minor > 0 {
		f.Title = fill("{month}收入的 {share} 来自回头购买", "{share} of the revenue of {month} came from repeat purchases",
			"month", monthName(months[last].Month), "share", percent(months[last].RepeatRevenue.Float()/months[last].Revenue.Float()))
	}
	return f
}

// rfmGrid is customers by R and F, shaded by their mean M score.
type rfmGrid struct {
	Rows []rfmRow // R 5 first
}

type rfmRow struct {
	R     int
	Cells []rfmCell // F 1 first
}

// rfmCell is one cell; Shade is 0 (no one) or the mean M score rounded, 1–5.
type rfmCell struct {
	Customers string
	Share     string
	Shade     int
}

func (p *Picture) rfmLead() perennial.Text {
	out := dots(p.window(), p.rfmRule())
	if f := p.RFM.Frozen; f != nil {
		out = dots(out, fill("阈值第 {v} 版；按现在的数据重设会有 {n} 位客户换类", "thresholds version {v}; set anew, {n} customers would change class", "v", f.Version, "n", f.WouldChange))
	}
	return out
}

func (p *Picture) gridFigure() figure {
	f := figure{ID: "rfm", Subtitle: dots(perennial.Say("R 分 × F 分的客户数，颜色越深 M 分越高", "customers by R and F score; darker is a higher M score"),
		fill("n = {n}", "n = {n}", "n", p.RFM.Customers))}
	if p.RFM.Customers == 0 {
		f.Title = perennial.Say("还没有客户", "No customers yet")
		f.Empty = perennial.Say("有购买记录后，这里会看到客户按新近和频次的分布。", "With purchases, this shows customers by recency and frequency.")
		return f
	}
	for _, l := range p.RFM.Layers {
		if l.Layer == "high_value_loyal" {
			all := 0.0
			for _, c := range p.RFM.Classes {
				all += c.Revenue.Float()
			}
			share := 0.0
			if all > 0 {
				share = l.Revenue.Float() / all
			}
			f.Title = fill("{n} 位高价值忠诚客户（占 {a}）贡献了{window}收入的 {b}", "{n} high-value loyal customers ({a}) brought {b} of revenue ({window})",
				"n", l.Customers, "a", percent(part(l.Customers, p.RFM.Customers)), "b", percent(share), "window", p.window())
		}
	}
	f.Grid = &rfmGrid{}
	f.Table = newTable(headLeft("R 分", "R score"), headLeft("F 分", "F score"), headRight("客户", "Customers"), headRight("平均 M 分", "Mean M score"))
	for r := 5; r >= 1; r-- {
		row := rfmRow{R: r}
		for fr := 1; fr <= 5; fr++ {
			n, sum := 0, 0
			for m, k := range p.RFM.Grid[r-1][fr-1] {
				n += k
				sum += k * (m + 1)
			}
			c := rfmCell{Customers: dash}
			if n > 0 {
				mean := float64(sum) / float64(n)
				c = rfmCell{Customers: count(n), Share: percent(part(n, p.RFM.Customers)), Shade: int(mean + 0.5)}
				f.Table.add(tdSame(count(r)), tdSame(count(fr)), tdCount(n), tdNumber(mean))
			}
			row.Cells = append(row.Cells, c)
		}
		f.Grid.Rows = append(f.Grid.Rows, row)
	}
	return f
}

func (p *Picture) classesFigure() figure {
	f := figure{ID: "rfm-classes", Title: perennial.Say("八类客户，三个层次", "Eight classes in three layers"),
		Subtitle: dots(fill("客户数与{window}的{kind}", "customers and {kind}, {window}", "window", p.window(), "kind", p.moneyLabel()), fill("n = {n}", "n = {n}", "n", p.RFM.Customers))}
	f.Table = newTable(headLeft("", ""), headLeft("分类", "Class"), headLeft("层次", "Layer"), headRight("客户", "Customers"), headRight("占比", "Share"), headRight("收入", "Revenue"))
	layers := map[string]perennial.Text{}
	for _, l := range p.RFM.Layers {
		layers[l.Layer] = perennial.Text{ZH: l.NameZH, EN: l.NameEN}
	}
	for _, c := range p.RFM.Classes {
		f.Table.add(tdSame(c.Code.String()), tdText(perennial.Text{ZH: c.NameZH, EN: c.NameEN}), td{Text: layers[c.Layer], Quiet: true},
			tdCount(c.Customers), tdShare(part(c.Customers, p.RFM.Customers)), tdMoney(&c.Revenue))
	}
	if w := p.RFM.Wholesale; w != nil && w.Customers > 0 {
		f.Note = fill("另有 {n} 位超大客户（金额高于 {above}）单列。", "{n} very large customers (above {above}) are kept apart.", "n", w.Customers, "above", money(w.Above))
	}
	return f
}
