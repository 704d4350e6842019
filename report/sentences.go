package report

import (
	"math"
	"strconv"

	"perennial"
)

// Notes returns everything a reader has to know beside the numbers: what was
// assumed before the analysis, then what each part of it says of itself.
func (p *Picture) Notes() []perennial.Text {
	out := append([]perennial.Text{}, p.Meta.Notes...)
	out = append(out, p.Base.Notes...)
	out = append(out, p.RFM.Notes...)
	out = append(out, p.Repurchase.RhythmNotes...)
	out = append(out, p.Repurchase.SecondNotes...)
	out = append(out, p.Lifecycle.Notes...)
	for _, n := range p.CLV.Notes {
		out = append(out, n.Text)
	}
	return append(out, p.Clusters.Notes...)
}

func (p *Picture) rhythmSentence() perennial.Text {
	r := &p.Repurchase
	if r.GapP50 == nil || r.GapP80 == nil || r.CycleDays == nil {
		return fill("测不出复购周期；{h} 天内回来的客户占 {share}", "No repurchase cycle can be told; {share} come back within {h} days",
			"h", r.HorizonDays, "share", percent(r.ReturnShare))
	}
	return fill("复购周期 {c} 天：{h} 天内有 {share} 的客户会再买，其中一半在 {c} 天内、八成在 {p80} 天内回来", "Repurchase cycle {c} days (80% within {p80}); {share} come back within {h} days",
		"c", *r.CycleDays, "p80", *r.GapP80, "h", r.HorizonDays, "share", percent(r.ReturnShare))
}

func (p *Picture) goldenSentence() perennial.Text {
	r := &p.Repurchase
	half := perennial.Text{}
	if r.HalfDay != nil {
		half = fill("半年内的二单，一半在 {d} 天内到来", "half of the second orders of half a year come within {d} days", "d", *r.HalfDay)
	}
	if w := r.GoldenWindow; w != nil {
		return perennial.Text{
			ZH: fill("黄金窗口期：首单后第 {a}–{b} 天", "", "a", w.Start, "b", w.End).ZH + sep("；", half.ZH),
			EN: fill("", "Golden window: days {a} to {b} after the first order", "a", w.Start, "b", w.End).EN + sep("; ", half.EN),
		}
	}
	return perennial.Text{ZH: "没有明显的黄金窗口期" + sep("；", half.ZH), EN: "No golden window stands out" + sep("; ", half.EN)}
}

func sep(mark, s string) string {
	if s == "" {
		return ""
	}
	return mark + s
}

// valueSentences says what the models expect, or why they do not.
func (p *Picture) valueSentences() []perennial.Text {
	v := p.CLV
	if v.Reason != nil {
		return []perennial.Text{v.Reason.Text}
	}
	var out []perennial.Text
	if v.CLV12 != nil {
		t := fill("未来 12 个月价值 {money}", "Value of the next 12 months {money}", "money", money(*v.CLV12))
		if i := v.CLV12Interval; i != nil {
			t = perennial.Text{
				ZH: t.ZH + fill("（95% 区间 {a}–{b}）", "", "a", money(i.Low), "b", money(i.High)).ZH,
				EN: t.EN + fill("", " (95% interval {a} to {b})", "a", money(i.Low), "b", money(i.High)).EN,
			}
		}
		if s := p.Value.Top20Share; s != nil {
			t = perennial.Text{ZH: t.ZH + "，前两成客户占 " + percent(*s), EN: t.EN + ", " + percent(*s) + " of it from the top fifth"}
		}
		out = append(out, t)
	}
	if o := v.ExpectedOrders; o != nil {
		out = append(out, fill("预期购买 30 天 {a} 次 · 90 天 {b} 次 · 365 天 {c} 次", "Expected purchases: {a} in 30 days, {b} in 90, {c} in 365",
			"a", number0(o.Days30), "b", number0(o.Days90), "c", number0(o.Days365)))
	}
	if a := v.CustomersAlive; a != nil {
		out = append(out, fill("仍会购买的客户约 {n} 位（存活概率合计）", "About {n} customers will still buy (sum of probabilities alive)", "n", number0(*a)))
	}
	if h := v.Holdout; h != nil {
		out = append(out, fill("留出检验：{days} 天预测 {p} 次，实际 {a} 次", "Holdout of {days} days: {p} predicted, {a} came",
			"days", h.Days, "p", number0(h.Predicted), "a", h.Actual))
	}
	if len(out) == 0 {
		out = append(out, perennial.Say("模型没有收敛，不给预期和价值。", "No model converged, so neither purchases nor value are given."))
	}
	return out
}

func (p *Picture) clusterNote() perennial.Text {
	c := p.Clusters
	if c.Silhouette == nil {
		return perennial.Text{}
	}
	out := fill("轮廓系数 {s}", "silhouette {s}", "s", number(*c.Silhouette))
	if c.Stability != nil {
		out = dots(out, fill("稳定度 {a}", "stability {a}", "a", number(*c.Stability)))
		if *c.Stability < 0.6 {
			out = dots(out, perennial.Say("不稳定，别按它分工", "unstable: do not organise work by it"))
		}
	}
	return out
}

// part returns n as a share of all, 0 where there are none.
func part(n, all int) float64 {
	if all == 0 {
		return 0
	}
	return float64(n) / float64(all)
}

func abs(v float64) float64 { return math.Abs(v) }

// trimZero writes a number with decimals only where it has them.
func trimZero(v float64) string {
	if v == math.Trunc(v) {
		return count(int64(v))
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}
