package report

import (
	"perennial"
)

// page is what the template shows: the picture put into sections, figures and
// tables, everything in both languages.
type page struct {
	Lang      string // in which it opens
	Title     perennial.Text
	Subtitle  perennial.Text
	Headline  perennial.Text
	State     perennial.Text
	Numbers   []keyNumber
	Findings  []findingCard
	Sections  []section
	Notes     []perennial.Text
	Chapters  []Chapter
	Meta      []pair
	HasCharts bool
	Textbook  bool
	Version   int

	charts map[string]any
}

// pair is a name and a value.
type pair struct{ Name, Value perennial.Text }

// section is a part of the page.
type section struct {
	ID      string
	Title   perennial.Text
	Lead    perennial.Text
	Figures []figure
}

// figure is one chart or table with its finding for a title. Exactly one of
// Plot, Waterfall, Grid, Heat and Table shows the data; with Empty, none does.
type figure struct {
	ID        string
	Title     perennial.Text
	Subtitle  perennial.Text
	Empty     perennial.Text
	Wide      bool
	Plot      string // id of the chart's data
	Tall      bool
	Keys      []key // what numbers in the plot stand for
	Waterfall []waterfallRow
	Grid      *rfmGrid
	Heat      *heatMap
	Table     *table // shown, or behind the disclosure of a Plot
	Cards     []clusterCard
	Note      perennial.Text
}

// key names a number in a plot.
type key struct {
	Number int
	Colour string
	Name   perennial.Text
}

// table is a table with aligned columns.
type table struct {
	Head []th
	Rows [][]td
}

type th struct {
	Text  perennial.Text
	Right bool
}

// td is a cell. Bar draws a share of the column behind nothing: a small bar of
// that length after the text. Swatch is a colour before it.
type td struct {
	Text   perennial.Text
	Right  bool
	Bar    *float64
	Swatch string
	Quiet  bool
}

func newTable(head ...th) *table { return &table{Head: head} }

func headLeft(zh, en string) th  { return th{Text: perennial.Text{ZH: zh, EN: en}} }
func headRight(zh, en string) th { return th{Text: perennial.Text{ZH: zh, EN: en}, Right: true} }

// Many reports whether the table is too wide for a phone as it is.
func (t *table) Many() bool { return len(t.Head) > 4 }

func (t *table) add(cells ...td) { t.Rows = append(t.Rows, cells) }

func tdText(t perennial.Text) td            { return td{Text: t} }
func tdSame(s string) td                    { return td{Text: same(s)} }
func tdCount[T ~int | ~int64](n T) td       { return td{Text: same(count(n)), Right: true} }
func tdPercent(v *float64) td               { return td{Text: same(percentOr(v)), Right: true} }
func tdShare(v float64) td                  { return td{Text: same(percent(v)), Right: true, Bar: &v} }
func tdShareOr(v *float64) td               { return td{Text: same(percentOr(v)), Right: true, Bar: v} }
func tdMoney(a *perennial.Amount) td        { return td{Text: moneyOr(a), Right: true} }
func tdNumber(v float64) td                 { return td{Text: same(number(v)), Right: true} }
func tdRight(t perennial.Text) td           { return td{Text: t, Right: true} }
func tdStage(t perennial.Text, c string) td { return td{Text: t, Swatch: c} }

// stageColours are the fixed colours of the default stages, safe for
// colour-blind readers (Okabe & Ito 2008). Stages of a workspace's own keep the
// colour of their rule set.
var stageColours = map[perennial.Stage]string{
	perennial.StageProspect:    "#C9D3D8",
	perennial.StageAcquisition: "#56B4E9",
	perennial.StageExploration: "#0072B2",
	perennial.StageGrowth:      "#009E73",
	perennial.StageMaturity:    "#E69F00",
	perennial.StageDecline:     "#D55E00",
	perennial.StageLost:        "#8A8F94",
	perennial.MarkerReturned:   "#CC79A7",
}

// stageLabel names a stage and its colour.
func (p *Picture) stageLabel(s perennial.Stage) (perennial.Text, string) {
	if s == "new" {
		return perennial.Say("新来的", "Newcomers"), "#B9C4CA"
	}
	colour, ok := stageColours[s]
	if c := p.stage(s); c != nil {
		if !ok {
			colour = c.Colour
		}
		return brief(perennial.Text{ZH: c.NameZH, EN: c.NameEN}), colour
	}
	return same(string(s)), colour
}

// newPage lays the picture out.
func newPage(p *Picture, o HTMLOptions) *page {
	pg := &page{
		Lang: string(perennial.LangZH), HasCharts: chartBundle() != "", charts: map[string]any{},
		Title: perennial.Say("客户全景", "Customer picture"), Subtitle: p.subtitle(),
		Headline: p.Headline(), State: p.State(), Numbers: p.keyNumbers(),
		Notes: p.Notes(), Chapters: Definitions(), Textbook: p.Meta.Textbook, Version: p.Meta.Definitions,
	}
	if o.Lang == perennial.LangEN {
		pg.Lang = string(perennial.LangEN)
	}
	for k := range p.Findings {
		pg.Findings = append(pg.Findings, p.card(k))
	}
	pg.Sections = []section{
		{ID: "money", Title: perennial.Say("收入从哪里来", "Where revenue comes from"), Figures: []figure{p.bridgeFigure(), p.monthsFigure(pg)}},
		{ID: "classes", Title: perennial.Say("RFM 客户分类", "RFM classes"), Lead: p.rfmLead(), Figures: []figure{p.gridFigure(), p.classesFigure()}},
		{ID: "lifecycle", Title: perennial.Say("生命周期", "Lifecycle"), Lead: p.lifecycleLead(), Figures: []figure{
			p.weeklyFigure(pg), p.cardFigure(), p.flowFigure(pg), p.proofFigure(), p.forecastFigure(),
		}},
		{ID: "repurchase", Title: perennial.Say("复购与留存", "Repurchase and retention"), Lead: stop(p.rhythmSentence()), Figures: []figure{
			p.survivalFigure(pg), p.groupsFigure(), p.cycleFigure(), p.cohortFigure(),
		}},
		{ID: "value", Title: perennial.Say("客户价值", "Customer value"), Lead: p.valueLead(), Figures: []figure{
			p.clvFigure(pg), p.lorenzFigure(pg), p.holdoutFigure(pg), p.modelsFigure(),
		}},
		{ID: "clusters", Title: perennial.Say("智能分群", "Clusters"), Lead: p.clusterNote(), Figures: []figure{p.mapFigure(pg), p.groupsOfClusters()}},
	}
	pg.Meta = p.metaPairs()
	for i := range pg.Sections {
		pg.Sections[i].Lead.EN = upper(pg.Sections[i].Lead.EN)
		for k := range pg.Sections[i].Figures {
			f := &pg.Sections[i].Figures[k]
			f.Subtitle.EN = upper(f.Subtitle.EN)
		}
	}
	return pg
}

func (p *Picture) metaPairs() []pair {
	m, d := &p.Meta, &p.Data
	out := []pair{
		{perennial.Say("来源", "Source"), same(m.Source)},
		{perennial.Say("数据范围", "Data"), perennial.Say("%s 至 %s", "%s to %s", d.FirstDay.String(), d.LastDay.String())},
		{perennial.Say("截至", "As of"), same(m.AsOf.String())},
		{perennial.Say("客户 / 订单", "Customers / orders"), same(count(d.Customers) + " / " + count(d.Orders))},
		{perennial.Say("金额", "Money"), dots(p.moneyLabel(), same(m.Currency.Code()))},
		{perennial.Say("口径", "Definitions"), perennial.Say("第 %d 版", "version %d", m.Definitions)},
		{perennial.Say("程序", "Program"), same("Perennial " + m.Version)},
		{perennial.Say("随机种子", "Seed"), same(count(int64(m.Seed)))},
	}
	if m.Textbook {
		out[5].Value = perennial.Say("第 %d 版，教科书变体", "version %d, textbook variants", m.Definitions)
	}
	if m.Workspace != "" {
		out = append(out[:1:1], append([]pair{{perennial.Say("工作区", "Workspace"), same(m.Workspace)}}, out[1:]...)...)
	}
	if d.RowsRead != nil && d.RowsAccepted != nil && d.RowsRefused != nil && d.RowsDuplicate != nil {
		out = append(out, pair{perennial.Say("文件行数", "Rows"), fill("读入 {r} = 接受 {a} + 拒绝 {f} + 重复 {d}", "{r} read = {a} accepted + {f} refused + {d} duplicate",
			"r", *d.RowsRead, "a", *d.RowsAccepted, "f", *d.RowsRefused, "d", *d.RowsDuplicate)})
	}
	return out
}

// stop ends a sentence.
func stop(t perennial.Text) perennial.Text {
	return perennial.Text{ZH: t.ZH + "。", EN: upper(t.EN) + "."}
}
