package report

import (
	"perennial"
	"perennial/predict/clv"
)

func (p *Picture) valueLead() perennial.Text {
	var out perennial.Text
	for _, s := range p.valueSentences() {
		out = join(out, stop(s))
	}
	return out
}

// noModel says why a figure about the models is empty.
func (p *Picture) noModel() perennial.Text {
	if p.CLV.Reason != nil {
		return p.CLV.Reason.Text
	}
	if len(p.CLV.Notes) > 0 {
		return p.CLV.Notes[0].Text
	}
	return perennial.Say("没有可用的模型。", "No model can be used.")
}

func (p *Picture) clvFigure(pg *page) figure {
	v := &p.Value
	f := figure{ID: "clv", Subtitle: dots(perennial.Say("按未来 12 个月价值分组的客户数", "customers by value of the next 12 months"), same(p.Meta.Currency.Code()),
		fill("n = {n}", "n = {n}", "n", v.Customers))}
	if len(v.Histogram) == 0 {
		f.Title, f.Empty = perennial.Say("还不能估计客户价值", "Customer value cannot be estimated yet"), p.noModel()
		return f
	}
	f.Title = perennial.Say("未来 12 个月的价值怎样分布", "How the value of the next 12 months is spread")
	if v.Median != nil && v.Top20Share != nil {
		f.Title = fill("一半客户未来 12 个月不到 {median}，前两成占 {share}", "Half of the customers will bring less than {median} in 12 months; the top fifth {share}",
			"median", money(*v.Median), "share", percent(*v.Top20Share))
	}
	type bin struct {
		Label     perennial.Text `json:"label"`
		Customers int            `json:"customers"`
	}
	var bins []bin
	f.Table = newTable(headLeft("价值", "Value"), headRight("客户", "Customers"), headRight("占比", "Share"), headRight("合计价值", "Value in all"))
	for _, b := range v.Histogram {
		label := binLabel(b)
		bins = append(bins, bin{label, b.Customers})
		f.Table.add(tdText(label), tdCount(b.Customers), tdShare(part(b.Customers, v.Customers)), tdMoney(&b.Value))
	}
	pg.charts["clv"] = bins
	f.Plot = "clv"
	return f
}

// binLabel names a bar: "¥50–100", "¥1,000 以上".
func binLabel(b Bin) perennial.Text {
	symbol := b.From.Currency.Symbol()
	from := symbol + number0(b.From.Float())
	if b.To == nil {
		return perennial.Say("%s 以上", "%s and more", from)
	}
	if b.From.Minor <= 0 {
		return perennial.Say("不到 %s", "under %s", symbol+number0(b.To.Float()))
	}
	return same(from + "–" + number0(b.To.Float()))
}

func (p *Picture) lorenzFigure(pg *page) figure {
	b := &p.Base
	f := figure{ID: "lorenz", Subtitle: dots(perennial.Say("客户从低到高累计占比 × 收入累计占比，虚线为人人相同", "customers from least to most × share of revenue; dashed: all alike"),
		fill("n = {n}", "n = {n}", "n", p.Data.Customers))}
	if len(b.Lorenz) < 2 || b.Top20Share == nil {
		f.Title = perennial.Say("没有收入可以排序", "There is no revenue to rank by")
		f.Empty = perennial.Say("有金额后，这里会看到收入集中在多少客户手里。", "With money, this shows how few customers bring how much.")
		return f
	}
	f.Title = fill("两成客户带来 {share} 的收入", "A fifth of the customers bring {share} of the revenue", "share", percent(*b.Top20Share))
	type point [2]float64
	data := struct {
		Past   []point `json:"past"`
		Future []point `json:"future"`
	}{}
	f.Table = newTable(headLeft("客户（从低到高）", "Customers, least first"), headRight("已发生的收入", "Revenue to date"))
	for k, x := range b.Lorenz {
		data.Past = append(data.Past, point{x.Customers, x.Money})
		if k%5 == 0 {
			f.Table.add(tdSame(percent(x.Customers)), tdPercent(&x.Money))
		}
	}
	for _, x := range p.Value.Lorenz {
		data.Future = append(data.Future, point{x.Customers, x.Money})
	}
	pg.charts["lorenz"] = data
	f.Plot = "lorenz"
	return f
}

func (p *Picture) holdoutFigure(pg *page) figure {
	f := figure{ID: "holdout", Title: perennial.Say("预期购买次数", "Expected purchases")}
	if h := p.CLV.Holdout; h != nil && len(h.Weeks) > 0 {
		f.Subtitle = dots(perennial.Say("留出期内每周的复购次数，预测与实际", "repeat purchases by week of the holdout, predicted and actual"),
			fill("n = {n} 位校准期客户", "n = {n} customers of the calibration period", "n", p.CLV.Customers))
		f.Title = fill("留出的 {days} 天里预测 {p} 次，实际 {a} 次", "{p} purchases predicted in the {days} days held out; {a} came", "days", h.Days, "p", number0(h.Predicted), "a", h.Actual)
		type week struct {
			Week      int     `json:"week"`
			Predicted float64 `json:"predicted"`
			Actual    int     `json:"actual"`
		}
		var weeks []week
		f.Table = newTable(headLeft("周", "Week"), headRight("预测", "Predicted"), headRight("实际", "Actual"))
		for _, w := range h.Weeks {
			weeks = append(weeks, week(w))
			f.Table.add(tdSame(count(w.Week)), tdNumber(w.Predicted), tdCount(w.Actual))
		}
		pg.charts["holdout"] = weeks
		f.Plot = "holdout"
		return f
	}
	o := p.CLV.ExpectedOrders
	if o == nil {
		f.Empty = p.noModel()
		return f
	}
	f.Subtitle = dots(perennial.Text{ZH: "现有客户合计的购买日数与 95% 区间", EN: "purchase days of today's customers in all, with 95% interval"}, fill("n = {n}", "n = {n}", "n", p.CLV.Customers))
	f.Title = fill("现有客户未来 90 天预计再买 {n} 次", "Today's customers are expected to buy {n} times in the next 90 days", "n", number0(o.Days90))
	f.Table = newTable(headLeft("未来", "Next"), headRight("预期购买", "Expected purchases"), headRight("95% 区间", "95% interval"))
	var i clv.HorizonIntervals
	if p.CLV.ExpectedOrdersInterval != nil {
		i = *p.CLV.ExpectedOrdersInterval
	}
	for _, row := range []struct {
		days  int
		value float64
		band  *clv.Interval
	}{{30, o.Days30, i.Days30}, {90, o.Days90, i.Days90}, {365, o.Days365, i.Days365}} {
		band := dash
		if row.band != nil {
			band = number0(row.band.Low) + "–" + number0(row.band.High)
		}
		bar := 0.0
		if o.Days365 > 0 {
			bar = row.value / o.Days365
		}
		f.Table.add(tdText(perennial.Say("%d 天", "%d days", row.days)), td{Text: same(number0(row.value)), Right: true, Bar: &bar}, tdRight(same(band)))
	}
	f.Note = perennial.Say("加上 --calibration-end 日期，可以用留出的日子检验预测。", "With --calibration-end DAY the days held out test the prediction.")
	return f
}

func (p *Picture) modelsFigure() figure {
	v := p.CLV
	f := figure{ID: "models", Title: perennial.Say("模型参数", "Model parameters"),
		Subtitle: dots(fill("极大似然估计，时间单位：{u}", "maximum likelihood, unit of time: {u}", "u", unitName(v.Unit)), fill("n = {n}", "n = {n}", "n", v.Customers))}
	f.Table = newTable(headLeft("模型", "Model"), headLeft("参数", "Parameters"), headRight("对数似然", "Log-likelihood"), headRight("客户", "Customers"))
	for _, m := range []struct {
		name string
		fit  *clv.FittedBG
	}{{"BG/NBD", v.BGNBD}, {"MBG/NBD", v.MBGNBD}} {
		if m.fit == nil {
			continue
		}
		f.Table.add(tdSame(m.name), tdSame("r "+parameter(m.fit.R)+" · α "+parameter(m.fit.Alpha)+" · a "+parameter(m.fit.A)+" · b "+parameter(m.fit.B)),
			tdRight(same(number1(m.fit.LogLikelihood))), tdCount(m.fit.Customers))
	}
	if m := v.Pareto; m != nil {
		f.Table.add(tdSame("Pareto/NBD"), tdSame("r "+parameter(m.R)+" · α "+parameter(m.Alpha)+" · s "+parameter(m.S)+" · β "+parameter(m.Beta)),
			tdRight(same(number1(m.LogLikelihood))), tdCount(m.Customers))
	}
	if m := v.GammaGamma; m != nil {
		note := ""
		if m.Correlation != nil {
			note = " · ρ " + number(*m.Correlation)
		}
		f.Table.add(tdSame("Gamma-Gamma"), tdSame("p "+parameter(m.P)+" · q "+parameter(m.Q)+" · v "+parameter(m.V)+note), tdRight(same(number1(m.LogLikelihood))), tdCount(m.Customers))
	}
	if len(f.Table.Rows) == 0 {
		f.Table, f.Empty = nil, p.noModel()
	}
	return f
}

func unitName(u clv.Unit) perennial.Text {
	if u == clv.UnitWeek {
		return perennial.Say("周", "week")
	}
	return perennial.Say("天", "day")
}

// clusterCard is one group in words.
type clusterCard struct {
	Name, Description perennial.Text
	Number            int
	Colour            string
	Customers         string
	Share, Revenue    string
	Traits            []trait
}

// trait is a feature in which a group stands out: how far, from −1 to 1.
type trait struct {
	Name  perennial.Text
	Value perennial.Text
	From  float64 // percent of the bar
	Width float64
}

// clusterColours tell groups apart on the map (Okabe & Ito 2008, the order not
// that of the stages).
var clusterColours = [...]string{"#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8A8F94", "#B8A000"}

func clusterColour(g int) string { return clusterColours[g%len(clusterColours)] }

func (p *Picture) mapFigure(pg *page) figure {
	c := p.Clusters
	f := figure{ID: "clusters-map", Wide: true, Tall: true, Title: perennial.Say("分不出群", "No groups")}
	if c.Reason != nil {
		f.Empty = c.Reason.Text
		return f
	}
	if c.Map == nil || c.K < 2 || len(c.Map.Axes) < 2 {
		f.Empty = perennial.Say("客户之间的差别不足以分群。", "The customers do not differ enough to be grouped.")
		if len(c.Notes) > 0 {
			f.Empty = c.Notes[0]
		}
		return f
	}
	best := 0
	for g := range c.Groups {
		if c.Groups[g].Revenue.Minor > c.Groups[best].Revenue.Minor {
			best = g
		}
	}
	g := c.Groups[best]
	f.Title = fill("客户分成 {k} 群；“{name}”占 {a} 的人、{b} 的收入", "{k} groups of customers; “{name}” are {a} of them and {b} of revenue",
		"k", c.K, "name", perennial.Text{ZH: g.NameZH, EN: g.NameEN}, "a", percent(g.Share), "b", percentOr(g.RevenueShare))
	f.Subtitle = dots(perennial.Say("抽样客户按行为相似程度排布，编号为各群中心", "a sample of customers laid out by likeness; numbers are the groups' centres"),
		fill("n = {n}", "n = {n}", "n", len(c.Map.Points)))
	type group struct {
		Name   perennial.Text `json:"name"`
		Colour string         `json:"colour"`
		Ink    string         `json:"ink"`
		Centre [2]float64     `json:"centre"`
		Points [][2]float64   `json:"points"`
	}
	axis := func(k int) perennial.Text {
		return perennial.Text{ZH: c.Map.Axes[k].LabelZH, EN: c.Map.Axes[k].LabelEN}
	}
	data := struct {
		X      perennial.Text `json:"x"`
		Y      perennial.Text `json:"y"`
		Groups []group        `json:"groups"`
	}{X: axis(0), Y: axis(1)}
	for k, g := range c.Groups {
		data.Groups = append(data.Groups, group{Name: perennial.Text{ZH: g.NameZH, EN: g.NameEN}, Colour: clusterColour(k), Ink: inkOn(clusterColour(k)), Points: [][2]float64{}})
	}
	for _, s := range c.Map.Centers {
		data.Groups[s.Group].Centre = [2]float64{round3(s.X), round3(s.Y)}
	}
	for _, s := range c.Map.Points {
		data.Groups[s.Group].Points = append(data.Groups[s.Group].Points, [2]float64{round3(s.X), round3(s.Y)})
	}
	pg.charts["clusters"] = data
	f.Plot = "clusters"
	f.Table = newTable(headLeft("群", "Group"), headRight("客户", "Customers"), headRight("占比", "Share"), headRight("收入", "Revenue"), headRight("收入占比", "Of revenue"))
	for k, g := range c.Groups {
		f.Keys = append(f.Keys, key{k + 1, clusterColour(k), perennial.Text{ZH: g.NameZH, EN: g.NameEN}})
		f.Table.add(tdStage(perennial.Text{ZH: g.NameZH, EN: g.NameEN}, clusterColour(k)), tdCount(g.Customers), tdShare(g.Share), tdMoney(&g.Revenue), tdPercent(g.RevenueShare))
	}
	return f
}

func (p *Picture) groupsOfClusters() figure {
	f := figure{ID: "cluster-profiles", Wide: true, Title: perennial.Say("每一群是什么样的人", "Who is in each group"),
		Subtitle: perennial.Say("与全部客户相比最突出的三点；条越长，差得越远", "the three traits that stand out most; longer bars are further from all customers")}
	for k, g := range p.Clusters.Groups {
		card := clusterCard{
			Number: k + 1, Name: perennial.Text{ZH: g.NameZH, EN: g.NameEN}, Description: perennial.Text{ZH: g.DescriptionZH, EN: g.DescriptionEN},
			Colour: clusterColour(k), Customers: count(g.Customers), Share: percent(g.Share), Revenue: percentOr(g.RevenueShare),
		}
		card.Traits = traits(g.Profile)
		f.Cards = append(f.Cards, card)
	}
	if len(f.Cards) == 0 {
		f.Empty = perennial.Say("没有分群。", "There are no groups.")
	}
	return f
}
