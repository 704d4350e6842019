package report

import (
	"fmt"
	"math"

	"perennial"
	"perennial/analyze/cohort"
)

func (p *Picture) survivalFigure(pg *page) figure {
	r := &p.Repurchase
	f := figure{ID: "rhythm", Wide: true, Tall: true}
	who := perennial.Say("新客", "new customers")
	if r.EveryoneUsed {
		who = perennial.Say("首购客户", "first-time buyers")
	}
	f.Subtitle = dots(fill("{who}从首单到二单的累计转化，95% 置信带", "share of {who} with a second order by day, 95% band", "who", who),
		fill("n = {n}", "n = {n}", "n", r.NewCustomers))
	if r.NewCustomers == 0 || len(r.SecondCurve.Day) < 2 {
		f.Title = perennial.Say("还看不出二单的节奏", "The pace of second orders cannot be seen yet")
		f.Empty = perennial.Say("有足够的新客后，这里会看到他们多久回来。", "With enough new customers, this shows when they come back.")
		return f
	}
	f.Title = p.goldenSentence()
	if d := r.SecondOrder.D90; d != nil && r.HalfDay != nil {
		f.Title = fill("90 天内 {share} 的{who}再次下单；半年内的二单，一半在 {d} 天内到来", "{share} of {who} order again within 90 days; half of half a year's second orders come within {d} days",
			"share", percent(*d), "who", who, "d", *r.HalfDay)
	}
	type curve struct {
		Name  perennial.Text `json:"name"`
		Line  cohort.Line    `json:"line"`
		Main  bool           `json:"main"`
		Shown perennial.Text `json:"shown"`
	}
	type plot struct {
		Window *[2]int `json:"window"`
		Curves []curve `json:"curves"`
	}
	var data plot
	if w := r.GoldenWindow; w != nil {
		data.Window = &[2]int{w.Start, w.End}
	}
	end := func(l cohort.Line) string { return percent(l.Value[len(l.Value)-1]) }
	data.Curves = append(data.Curves, curve{perennial.Say("全部", "All"), r.SecondCurve, true, perennial.Say("全部 %s", "All %s", end(r.SecondCurve))})
	for _, g := range p.Curves {
		if len(g.Curve.Day) < 2 {
			continue
		}
		name := perennial.Text{ZH: g.NameZH, EN: g.NameEN}
		data.Curves = append(data.Curves, curve{name, g.Curve, false, perennial.Text{ZH: name.ZH + " " + end(g.Curve), EN: name.EN + " " + end(g.Curve)}})
	}
	pg.charts["rhythm"] = data
	f.Plot = "rhythm"
	f.Note = stop(p.goldenSentence())
	f.Table = newTable(headLeft("首单后", "After the first order"), headRight("二单转化率", "Second-order rate"), headRight("95% 区间", "95% interval"))
	for _, row := range []struct {
		days int
		rate *float64
		band *cohort.Interval
	}{
		{30, r.SecondOrder.D30, r.SecondOrderBand.D30}, {60, r.SecondOrder.D60, r.SecondOrderBand.D60},
		{90, r.SecondOrder.D90, r.SecondOrderBand.D90}, {180, r.SecondOrder.D180, r.SecondOrderBand.D180},
	} {
		band := dash
		if row.band != nil {
			band = percent(row.band.Low) + "–" + percent(row.band.High)
		}
		f.Table.add(tdText(perennial.Say("%d 天", "%d days", row.days)), tdPercent(row.rate), tdRight(same(band)))
	}
	return f
}

func (p *Picture) groupsFigure() figure {
	f := figure{ID: "groups", Title: perennial.Say("首单不同，回头快慢有没有差别", "Whether the first order tells who comes back"),
		Subtitle: perennial.Say("按首单品类、渠道、是否优惠；与其余新客比较，log-rank 检验，Holm 校正", "by first category, channel, promotion; each against all others, log-rank test, Holm's correction")}
	f.Table = newTable(headLeft("首单", "First order"), headRight("新客", "New customers"), headRight("90 天二单", "Second in 90 d"),
		headRight("再购可能（其余 = 1）", "Chance (others = 1)"), headRight("校正后 p", "Corrected p"))
	significant := 0
	for _, grouping := range p.Repurchase.Groups {
		for _, g := range grouping.Groups {
			zh, en := groupName(grouping.Dimension, g.Name)
			ratio, prob := same(dash), same(dash)
			if g.HazardRatio != nil {
				ratio = same(number(*g.HazardRatio))
				if i := g.HazardRatioInterval; i != nil {
					ratio = same(fmt.Sprintf("%s (%s–%s)", number(*g.HazardRatio), number(i.Low), number(i.High)))
				}
			}
			if g.PAdjusted != nil {
				prob = same(pBare(*g.PAdjusted))
				if *g.PAdjusted < significance {
					significant++
				}
			}
			f.Table.add(tdText(perennial.Text{ZH: zh, EN: en}), tdCount(g.Customers), tdPercent(g.SecondOrder.D90), tdRight(ratio), tdRight(prob))
		}
	}
	switch {
	case len(f.Table.Rows) == 0:
		f.Table = nil
		f.Empty = perennial.Say("文件里有品类、渠道或优惠列时，这里会比较不同首单的回头快慢。", "With a category, channel or discount column, this compares first orders by how soon they bring people back.")
	case significant == 0:
		f.Title = perennial.Say("首单不同，回头快慢没有显著差别", "First orders do not differ significantly in who comes back")
	default:
		f.Title = fill("{n} 类首单的回头快慢与其余显著不同", "{n} kinds of first order differ significantly from the rest", "n", significant)
	}
	return f
}

// cycleFigure lists the rhythm of all and by category of the first order.
func (p *Picture) cycleFigure() figure {
	r := &p.Repurchase
	f := figure{ID: "cycles", Title: perennial.Say("没有可用的复购周期", "There is no usable repurchase cycle"),
		Subtitle: perennial.Text{ZH: "会回来的客户一半、八成在多少天内回来；按首单品类", EN: "days within which half and 80% of those who return come back; by first category"}}
	if r.CycleDays != nil {
		f.Title = fill("会回来的客户，一半在 {c} 天内回来", "Of those who return, half are back within {c} days", "c", *r.CycleDays)
		if i := r.GapP50Interval; i != nil {
			f.Subtitle = dots(f.Subtitle, perennial.Text{
				ZH: fmt.Sprintf("全部的 95%% 区间 %.0f–%.0f 天", i.Low, i.High), EN: fmt.Sprintf("95%% interval of all %.0f–%.0f days", i.Low, i.High),
			})
		}
	}
	f.Table = newTable(headLeft("首单品类", "First category"), headRight("客户", "Customers"), headRight("回来的占比", "Return share"), headRight("一半", "Half"), headRight("八成", "80%"))
	f.Table.add(tdText(perennial.Say("全部", "All")), tdCount(p.Data.Customers), tdShare(r.ReturnShare), tdDays(r.GapP50), tdDays(r.GapP80))
	for _, c := range r.ByCategory {
		f.Table.add(tdSame(c.Category), tdCount(c.Customers), tdShare(c.ReturnShare), tdDays(c.GapP50), tdDays(c.GapP80))
	}
	if q := r.ObservedGapQuartiles; len(q) == 3 {
		f.Note = fill("已经发生的间隔，四分位为 {a}、{b}、{c} 天；只看这些会低估，因为没回来的没算进去。",
			"The gaps that did close have quartiles of {a}, {b} and {c} days; alone they are too short, as those who never came back are not in them.",
			"a", number0(q[0]), "b", number0(q[1]), "c", number0(q[2]))
	}
	return f
}

// pBare writes a probability in a column that says p already.
func pBare(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	return fmt.Sprintf("%.3f", p)
}

// heatMap is cohorts by months since the first purchase. Shade is 0 to 5 by
// quintile of the scale 0 to the largest share after month 0.
type heatMap struct {
	Months []int
	Rows   []heatRow
}

type heatRow struct {
	Month string
	Size  string
	Mixed bool // with customers who are not known to be new
	Cells []heatCell
}

type heatCell struct {
	Share string
	Shade int
	Open  bool
	Count string
}

const (
	heatRows   = 18
	heatMonths = 12
)

func (p *Picture) cohortFigure() figure {
	f := figure{ID: "cohorts", Wide: true, Subtitle: perennial.Say("首购月份 × 之后第几个月仍有购买的比例 · 斜纹为未满的月份 · * 一成以上无法确认是新客",
		"month of first purchase × share buying in each month after · hatched: month not over · * one in ten or more not known to be new")}
	cohorts := p.Cohorts[max(0, len(p.Cohorts)-heatRows):]
	most, longest := 0.0, 0
	for _, c := range cohorts {
		for m := 1; m < len(c.Retention) && m <= heatMonths; m++ {
			if c.OpenFrom == nil || m < *c.OpenFrom {
				most = math.Max(most, part(c.Retention[m], c.Size))
			}
			longest = max(longest, m)
		}
	}
	if longest == 0 {
		f.Title = perennial.Say("同期群还太短", "Cohorts are too short yet")
		f.Empty = perennial.Say("数据跨两个月后，这里会看到每个月来的新客留下多少。", "Once the data cover two months, this shows how many of each month's newcomers stay.")
		return f
	}
	f.Title = perennial.Say("各月新客的回头率没有显著差异", "No month's new customers differ significantly")
	if w := p.cohortFinding(); w != nil {
		f.Title = w.Title()
	} else if len(p.CohortTests) == 0 {
		f.Title = perennial.Say("每个月来的客户留下多少", "How many of each month's customers stay")
	}
	h := &heatMap{}
	for m := 1; m <= longest; m++ {
		h.Months = append(h.Months, m)
	}
	for _, c := range cohorts {
		row := heatRow{Month: c.Month.String(), Size: count(c.Size), Mixed: c.KnownNew*10 < c.Size*9}
		for m := 1; m <= longest && m < len(c.Retention); m++ {
			share := part(c.Retention[m], c.Size)
			cell := heatCell{Share: percent0(share), Count: count(c.Retention[m]), Open: c.OpenFrom != nil && m >= *c.OpenFrom}
			if most > 0 {
				cell.Shade = min(5, int(math.Ceil(5*share/most)))
			}
			row.Cells = append(row.Cells, cell)
		}
		h.Rows = append(h.Rows, row)
	}
	f.Heat = h
	return f
}

func percent0(share float64) string { return fmt.Sprintf("%.0f%%", share*100) }
