package report

import (
	"fmt"

	"perennial"
	"perennial/analyze/lifecycle"
)

func (p *Picture) lifecycleLead() perennial.Text {
	l := p.Lifecycle
	out := p.lifecycleNote()
	if l.CycleDays != nil && l.S80 != nil && l.S95 != nil {
		out = dots(out, fill("周期 {c} 天", "cycle {c} days", "c", number0(*l.CycleDays)),
			fill("沉默超过自己节奏 {a} 倍进入衰退期，{b} 倍算流失", "decline from {a} times the own rhythm, lost from {b}", "a", number(*l.S80), "b", number(*l.S95)))
	}
	return out
}

// series is one named line or band of a chart.
type series struct {
	Name   perennial.Text `json:"name"`
	Colour string         `json:"colour"`
	Values []int          `json:"values"`
}

const (
	trendWeeks     = 12
	forecastDays   = 400 // how far ahead the page shows a forecast
	forecastCycles = 6   // past cycles from which its money may stand in a title
)

func (p *Picture) weeklyFigure(pg *page) figure {
	w := p.Lifecycle.Weekly
	f := figure{ID: "stages", Wide: true, Tall: true, Subtitle: dots(perennial.Say("各阶段的客户数，每周", "customers in each stage, by week"),
		fill("n = {n}", "n = {n}", "n", p.Data.Customers))}
	if len(w.Days) < 2 {
		f.Title = perennial.Say("数据不足两周", "Less than two weeks of data")
		f.Empty = perennial.Say("数据积累两周后，这里会看到各阶段人数的变化。", "After two weeks of data, this shows how the stages change.")
		return f
	}
	type area struct {
		Days   []perennial.Day `json:"days"`
		Stages []series        `json:"stages"`
	}
	a := area{Days: w.Days}
	f.Table = newTable(headLeft("周", "Week"))
	// The lifecycle reads from the top down: acquisition above, lost below.
	for k := len(w.Stages) - 1; k >= 0; k-- {
		name, colour := p.stageLabel(w.Stages[k].Stage)
		a.Stages = append(a.Stages, series{name, colour, w.Stages[k].Customers})
	}
	for _, s := range w.Stages {
		name, _ := p.stageLabel(s.Stage)
		f.Table.Head = append(f.Table.Head, th{Text: name, Right: true})
	}
	for k := len(w.Days) - 1; k >= 0; k-- {
		row := []td{tdSame(w.Days[k].String())}
		for _, s := range w.Stages {
			row = append(row, tdCount(s.Customers[k]))
		}
		f.Table.add(row...)
	}
	pg.charts["stages"] = a
	f.Plot = "stages"
	f.Title = p.trend()
	return f
}

// trend says how maturity and decline moved over the last twelve weeks.
func (p *Picture) trend() perennial.Text {
	change := func(stage perennial.Stage) (now int, rel float64, ok bool) {
		for _, s := range p.Lifecycle.Weekly.Stages {
			if n := len(s.Customers); s.Stage == stage && n > trendWeeks && s.Customers[n-1-trendWeeks] >= leastBase {
				before := s.Customers[n-1-trendWeeks]
				return s.Customers[n-1], float64(s.Customers[n-1])/float64(before) - 1, true
			}
		}
		return 0, 0, false
	}
	say := func(stage perennial.Stage) perennial.Text {
		now, rel, ok := change(stage)
		if !ok {
			return perennial.Text{}
		}
		name, _ := p.stageLabel(stage)
		word := perennial.Say("多", "up")
		if rel < 0 {
			word = perennial.Say("少", "down")
		}
		return fill("{name} {n} 位，{w} 周里{word}了 {rel}", "{name} {word} {rel} in {w} weeks to {n}",
			"name", lower(name), "n", now, "w", trendWeeks, "word", word, "rel", percent(abs(rel)))
	}
	a, b := say(perennial.StageMaturity), say(perennial.StageDecline)
	switch {
	case a.IsZero() && b.IsZero():
		return perennial.Say("各阶段人数的变化", "How the stages change")
	case a.IsZero():
		return perennial.Text{ZH: b.ZH, EN: upper(b.EN)}
	case b.IsZero():
		return perennial.Text{ZH: a.ZH, EN: upper(a.EN)}
	}
	return perennial.Text{ZH: a.ZH + "；" + b.ZH, EN: upper(a.EN) + "; " + b.EN}
}

func (p *Picture) cardFigure() figure {
	f := figure{ID: "stage-cards", Wide: true, Title: perennial.Say("每个阶段有多少人、值多少钱、要待多久", "How many are in each stage, what they are worth, how long they stay"),
		Subtitle: dots(p.asOf(), p.moneyLabel(), perennial.Say("复购率与人均收入为近 12 个月", "repeat rate and revenue per buyer of the last 12 months"))}
	f.Table = newTable(headLeft("阶段", "Stage"), headRight("客户", "Customers"), headRight("占比", "Share"), headRight("近 12 个月收入", "Revenue, 12 months"),
		headRight("客单价", "Per buyer"), headRight("复购率", "Repeat rate"), headRight("未来 12 个月", "Next 12 months"),
		headRight("已待天数（中位）", "Days in stage (median)"), headRight("一般待多久", "Typical stay"))
	for _, c := range p.Lifecycle.Stages {
		if c.Stage == perennial.StageProspect && c.Customers == 0 {
			continue
		}
		name, colour := p.stageLabel(c.Stage)
		f.Table.add(tdStage(name, colour), tdCount(c.Customers), tdShareOr(shareOf(&c)), tdMoney(&c.RevenueYear), tdMoney(c.RevenuePerBuyer),
			tdPercent(c.RepeatRate), tdMoney(c.ExpectedValue), tdDays(c.DaysInStage), tdDays(c.StayDays))
	}
	return f
}

// shareOf is a stage's share of all who have bought; nil for those who have not.
func shareOf(c *lifecycle.Card) *float64 {
	if c.Stage == perennial.StageProspect {
		return nil
	}
	return &c.Share
}

func tdDays(n *int) td {
	if n == nil {
		return td{Text: same(dash), Right: true}
	}
	return td{Text: perennial.Say("%d 天", "%d d", *n), Right: true}
}

func (p *Picture) flowFigure(pg *page) figure {
	t := p.Lifecycle.Flow
	f := figure{ID: "flow", Tall: true, Title: perennial.Say("客户从哪个阶段来、到哪个阶段去", "Where customers came from and went")}
	if t == nil {
		f.Empty = perennial.Say("数据满 90 天后，这里会看到客户在阶段之间的流向。", "After 90 days of data, this shows how customers move between stages.")
		return f
	}
	f.Subtitle = fill("{a} 至 {b} 的阶段流向，客户数", "stages on {a} and on {b}, customers", "a", t.FromDay.String(), "b", t.ToDay.String())
	type node struct {
		ID     string         `json:"id"`
		Name   perennial.Text `json:"name"`
		Colour string         `json:"colour"`
		Depth  int            `json:"depth"`
	}
	type link struct {
		Source string `json:"source"`
		Target string `json:"target"`
		Value  int    `json:"value"`
	}
	var nodes []node
	var links []link
	seen := map[string]bool{}
	place := func(side string, depth int, s perennial.Stage) string {
		id := side + string(s)
		if !seen[id] {
			seen[id] = true
			name, colour := p.stageLabel(s)
			nodes = append(nodes, node{id, name, colour, depth})
		}
		return id
	}
	// Both sides in the order of the lifecycle, whatever flows first.
	for i, row := range t.Counts {
		for _, n := range row {
			if n > 0 {
				place("a:", 0, t.From[i])
			}
		}
	}
	for j, s := range t.To {
		for _, row := range t.Counts {
			if row[j] > 0 {
				place("b:", 1, s)
			}
		}
	}
	f.Table = newTable(headLeft("从", "From"), headLeft("到", "To"), headRight("客户", "Customers"), headRight("占来处", "Of the stage"))
	most, from, to := 0, perennial.Stage(""), perennial.Stage("")
	for i, row := range t.Counts {
		for j, n := range row {
			if n == 0 {
				continue
			}
			links = append(links, link{place("a:", 0, t.From[i]), place("b:", 1, t.To[j]), n})
			a, ca := p.stageLabel(t.From[i])
			b, cb := p.stageLabel(t.To[j])
			f.Table.add(tdStage(a, ca), tdStage(b, cb), tdCount(n), tdShare(t.Shares[i][j]))
			if t.To[j] == perennial.StageDecline && t.From[i] != perennial.StageDecline && t.From[i] != perennial.StageLost && n > most {
				most, from, to = n, t.From[i], t.To[j]
			}
		}
	}
	pg.charts["flow"] = struct {
		Nodes []node `json:"nodes"`
		Links []link `json:"links"`
	}{nodes, links}
	f.Plot = "flow"
	if most > 0 {
		a, _ := p.stageLabel(from)
		b, _ := p.stageLabel(to)
		f.Title = fill("90 天里，{n} 位{a}客户滑进{b}", "In 90 days, {n} customers slid from {a} into {b}", "n", most, "a", lower(a), "b", lower(b))
	}
	return f
}

func (p *Picture) proofFigure() figure {
	f := figure{ID: "proof", Title: perennial.Say("阶段说得准不准", "Whether the stages tell the truth")}
	if len(p.Lifecycle.ProofHistory) == 0 {
		f.Empty = perennial.Say("数据满 90 天后，这里会用真实的后续购买检验阶段。", "After 90 days of data, the stages are checked here against what customers did next.")
		return f
	}
	proof := &p.Lifecycle.ProofHistory[0]
	f.Subtitle = fill("{day} 在各阶段的客户，随后 {n} 天内又买的占比", "customers in each stage on {day}: the share that bought in the next {n} days",
		"day", proof.Day.String(), "n", proof.WindowDays)
	f.Note = proof.Sentence
	f.Table = newTable(headLeft("阶段", "Stage"), headRight("当时客户", "Customers then"), headRight("又买的占比", "Bought again"))
	var first, last *lifecycle.ProofRow
	for k := range proof.Stages {
		r := &proof.Stages[k]
		if r.Customers == 0 {
			continue
		}
		name, colour := p.stageLabel(r.Stage)
		cell := td{Text: same(dash), Right: true}
		if r.Returned90 != nil {
			cell = tdShare(*r.Returned90)
			switch r.Stage {
			case perennial.StageMaturity:
				first = r
			case perennial.StageLost:
				last = r
			}
		}
		f.Table.add(tdStage(name, colour), tdCount(r.Customers), cell)
	}
	if first != nil && last != nil {
		f.Title = fill("成熟期客户 {a} 会再买，流失期只有 {b}", "{a} of mature customers buy again, of the lost only {b}", "a", percent(*first.Returned90), "b", percent(*last.Returned90))
		if *first.Returned90 <= *last.Returned90 {
			f.Title = fill("成熟期客户 {a} 会再买，流失期 {b}：规则需要校准", "{a} of mature customers buy again, of the lost {b}: the rules need calibrating", "a", percent(*first.Returned90), "b", percent(*last.Returned90))
		}
	}
	return f
}

func (p *Picture) forecastFigure() figure {
	f := figure{ID: "forecast", Wide: true, Title: perennial.Say("照现在的走法，阶段会变成什么样", "What the stages become if things go on")}
	t := p.Lifecycle.Forecast
	if t == nil || len(t.Horizons) == 0 {
		f.Empty = perennial.Say("数据满三个周期后，这里会预测各阶段的人数和收入。", "After three cycles of data, this forecasts the stages and their revenue.")
		return f
	}
	f.Subtitle = t.Assumption
	head := []th{headLeft("时间", "When")}
	for _, s := range t.Horizons[0].Stages {
		name, _ := p.stageLabel(s.Stage)
		head = append(head, th{Text: name, Right: true})
	}
	head = append(head, headRight("期间收入（90% 区间）", "Revenue until then (90% interval)"))
	f.Table = newTable(head...)
	for k, h := range t.Horizons {
		if k > 0 && h.Day > p.Meta.AsOf+forecastDays {
			break
		}
		row := []td{tdText(fill("{n} 个周期后 · {day}", "after {n} cycles · {day}", "n", h.Cycles, "day", h.Day.String()))}
		for _, s := range h.Stages {
			row = append(row, tdRight(same(fmt.Sprintf("%s (%s–%s)", count(s.Customers), count(s.Low), count(s.High)))))
		}
		low, high := money(h.Low), money(h.High)
		revenue := money(h.Revenue)
		row = append(row, tdRight(perennial.Text{ZH: revenue.ZH + "（" + low.ZH + "–" + high.ZH + "）", EN: revenue.EN + " (" + low.EN + "–" + high.EN + ")"}))
		f.Table.add(row...)
	}
	next := t.Horizons[0]
	f.Title = fill("照现在的走法，到 {day} 收入约 {money}", "If things go on, revenue until {day} is about {money}", "day", next.Day.String(), "money", money(next.Revenue))
	if t.Cycles < forecastCycles {
		f.Title = fill("数据只有 {n} 个周期，预测只看方向", "With {n} cycles of data, the forecast shows a direction only", "n", t.Cycles)
	}
	return f
}
