package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"perennial"
	"perennial/predict/cluster"
)

// findingCard is a finding with its little chart.
type findingCard struct {
	*Finding
	Rank  int
	Spark string // SVG path data of a line over a box of 120 × 32, "" for none
	Area  string
	Bars  []miniBar
}

// miniBar is one bar of a comparison, its length in percent.
type miniBar struct {
	Name  perennial.Text
	Value string
	Width float64
	Quiet bool
}

func (f findingCard) Detail() perennial.Text {
	return perennial.Text{ZH: f.DetailZH, EN: f.DetailEN}
}
func (f findingCard) Action() perennial.Text {
	return perennial.Text{ZH: f.ActionZH, EN: f.ActionEN}
}
func (f findingCard) Shown() perennial.Text { return perennial.Text{ZH: f.ShownZH, EN: f.ShownEN} }
func (f findingCard) Population() perennial.Text {
	return perennial.Text{ZH: f.PopulationZH, EN: f.PopulationEN}
}

// Stake says the money of the finding, zero where there is none.
func (f findingCard) Stake() perennial.Text {
	if f.Money == nil {
		return perennial.Text{}
	}
	m := money(*f.Money)
	return dots(m, perennial.Text{ZH: f.MoneyZH, EN: f.MoneyEN})
}

// card draws the little chart of finding k.
func (p *Picture) card(k int) findingCard {
	c := findingCard{Finding: &p.Findings[k], Rank: k + 1}
	bars := func(rows ...miniBar) {
		most := 0.0
		for _, r := range rows {
			most = max(most, r.Width)
		}
		for i := range rows {
			if most > 0 {
				rows[i].Width *= 100 / most
			}
		}
		c.Bars = rows
	}
	whole := func(share float64, part, rest perennial.Text) {
		bars(miniBar{part, percent(share), share, false}, miniBar{rest, percent(1 - share), 1 - share, true})
	}
	switch c.ID {
	case "decline", "lost":
		stage := perennial.StageDecline
		if c.ID == "lost" {
			stage = perennial.StageLost
		}
		for _, s := range p.Lifecycle.Weekly.Stages {
			if s.Stage == stage {
				var v []float64
				for _, n := range s.Customers[max(0, len(s.Customers)-52):] {
					v = append(v, float64(n))
				}
				c.Spark, c.Area = spark(v)
			}
		}
	case "high_value_at_risk":
		whole(*c.Value, perennial.Say("这三类", "These classes"), perennial.Say("其余客户", "All others"))
	case "second_order":
		c.Spark, c.Area = spark(p.Repurchase.SecondCurve.Value)
	case "weak_cohort":
		for _, t := range p.CohortTests {
			if c.Value != nil && t.Second90 == *c.Value {
				bars(miniBar{monthName(t.Month), percent(t.Second90), t.Second90, false}, miniBar{perennial.Say("其他月份", "Other months"), percent(t.OthersOn90), t.OthersOn90, true})
			}
		}
	case "concentration":
		whole(*c.Value, perennial.Text{ZH: "前 20% 客户", EN: "Top 20%"}, perennial.Text{ZH: "其余 80%", EN: "Other 80%"})
	case "walk_ins":
		whole(*c.Value, perennial.Say("会员", "Members"), perennial.Say("散客", "Walk-ins"))
	case "refunds":
		whole(*c.Value, perennial.Say("退款", "Refunded"), perennial.Say("留下", "Kept"))
	case "month":
		var v []float64
		for _, m := range p.Base.Months {
			if !m.Open {
				v = append(v, m.Revenue.Float())
			}
		}
		c.Spark, c.Area = spark(v[max(0, len(v)-24):])
	case "proof":
		var rows []miniBar
		for _, s := range p.Lifecycle.Proof {
			if s.Returned90 != nil {
				name, _ := p.stageLabel(s.Stage)
				rows = append(rows, miniBar{name, percent(*s.Returned90), *s.Returned90, s.Stage == perennial.StageLost})
			}
		}
		bars(rows...)
	case "holdout":
		h := p.CLV.Holdout
		bars(miniBar{perennial.Say("预测", "Predicted"), number0(h.Predicted), h.Predicted, true}, miniBar{perennial.Say("实际", "Actual"), count(h.Actual), float64(h.Actual), false})
	case "due_now":
		bars(miniBar{perennial.Say("即将到期", "Due soon"), count(p.Due.Customers), float64(p.Due.Customers), false}, miniBar{perennial.Say("已经过期", "Overdue"), count(p.Due.Overdue), float64(p.Due.Overdue), true})
	default: // groups of first purchases
		bars(miniBar{perennial.Say("这批客户", "These customers"), c.ShownEN, *c.Value, false}, miniBar{perennial.Say("其余新客", "All others"), "× 1", 1, true})
	}
	return c
}

const sparkWidth, sparkHeight = 120.0, 32.0

// spark draws values as a line and the area under it, over a box of 120 × 32
// whose bottom is zero.
func spark(v []float64) (line, area string) {
	if len(v) < 2 {
		return "", ""
	}
	most := slices.Max(v)
	if !(most > 0) {
		return "", ""
	}
	var b strings.Builder
	for k, y := range v {
		verb := 'L'
		if k == 0 {
			verb = 'M'
		}
		fmt.Fprintf(&b, "%c%.1f %.1f", verb, sparkWidth*float64(k)/float64(len(v)-1), 2+(sparkHeight-4)*(1-math.Max(0, y)/most))
	}
	line = b.String()
	return line, fmt.Sprintf("%sL%.0f %.0fL0 %.0fZ", line, sparkWidth, sparkHeight, sparkHeight)
}

// SparkLine and SparkArea draw a key number's months.
func (n keyNumber) SparkLine() string { line, _ := spark(n.Spark); return line }

// SparkArea is the area under SparkLine.
func (n keyNumber) SparkArea() string { _, area := spark(n.Spark); return area }

const traitsShown = 3

// traits picks the features in which a group stands out most. A bar begins in the
// middle and ends where the group lies, two standard deviations at most.
func traits(profile []cluster.Trait) []trait {
	order := slices.Clone(profile)
	slices.SortStableFunc(order, func(a, b cluster.Trait) int { return cmp.Compare(math.Abs(b.Distance), math.Abs(a.Distance)) })
	var out []trait
	for _, t := range order[:min(len(order), traitsShown)] {
		length := math.Min(math.Abs(t.Distance)/2, 1) * 50
		from := 50.0
		if t.Distance < 0 {
			from -= length
		}
		value := t.Median
		if t.Unit == cluster.UnitShare {
			value = t.Mean
		}
		shown := dash
		if value != nil {
			shown = number(*value)
			if t.Unit == cluster.UnitShare {
				shown = percent0(*value)
			}
		}
		out = append(out, trait{Name: perennial.Text{ZH: t.LabelZH, EN: t.LabelEN}, Value: same(shown), From: from, Width: length})
	}
	return out
}

func round3(v float64) float64 { return math.Round(v*1000) / 1000 }

// inkOn returns black or white, whichever is the easier to read on a colour.
func inkOn(hex string) string {
	const dark, light = "#12181B", "#FFFFFF"
	if contrast(hex, dark) >= contrast(hex, light) {
		return dark
	}
	return light
}

// contrast is the contrast ratio of two #RRGGBB colours (WCAG 2.2).
func contrast(a, b string) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(hex string) float64 {
	n, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
	if err != nil {
		return 0
	}
	linear := func(c uint64) float64 {
		v := float64(c&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8) + 0.0722*linear(n)
}

// parameter writes a model's parameter with the digits that papers give.
func parameter(v float64) string {
	if math.Abs(v) >= 1000 {
		return number(v)
	}
	return fmt.Sprintf("%.3f", v)
}

func number1(v float64) string { return fmt.Sprintf("%.1f", v) }
