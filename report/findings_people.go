package report

import (
	"math"

	"perennial"
	"perennial/analyze/cohort"
	"perennial/analyze/lifecycle"
	"perennial/analyze/rfm"
)

// stage returns the card of a stage, nil where the rules have none.
func (p *Picture) stage(name perennial.Stage) *lifecycle.Card {
	for i := range p.Lifecycle.Stages {
		if p.Lifecycle.Stages[i].Stage == name {
			return &p.Lifecycle.Stages[i]
		}
	}
	return nil
}

// declineFinding: customers in decline, with what they spent in the last 12
// months, which is what leaves with them.
func (p *Picture) declineFinding() *Finding {
	c := p.stage(perennial.StageDecline)
	if c == nil || c.Customers < leastBase {
		return nil
	}
	n := c.Customers
	f := &Finding{ID: "decline", Chart: "stages", Customers: &n, weight: p.weigh(c.RevenueYear)}
	f.title(fill("{n} 位客户正在离开，近 12 个月贡献了 {money}",
		"{n} customers are leaving; they brought {money} in the last 12 months", "n", n, "money", money(c.RevenueYear)))
	detail := fill("占购买客户的 {share}，沉默时间已超过 80% 回头客的间隔，或频率明显低于自己以往。",
		"{share} of all buyers: silent longer than 80% of those who return, or buying clearly less often than before.",
		"share", percent(c.Share))
	if c.ExpectedValue != nil {
		detail = join(detail, fill("照现在的趋势，未来 12 个月还能带来 {clv}。", "As things stand, they will bring {clv} in the next 12 months.", "clv", money(*c.ExpectedValue)))
	}
	f.detail(detail)
	f.action(perennial.Say(
		"先联系其中价值最高的两成；留一部分不触达作对照，才知道挽回了多少。",
		"Contact the most valuable fifth first, and hold some back as a control to know what was won."))
	f.shown("customers", float64(n), same(count(n)))
	f.stake(c.RevenueYear, fill("衰退期客户近 12 个月的{kind}", "{kind} of these customers in the last 12 months", "kind", p.moneyLabel()))
	return f.population(n, join(p.asOf()))
}

// atRiskFinding: customers who bought often or much and have stopped coming
// (classes 011, 001, 010).
func (p *Picture) atRiskFinding() *Finding {
	var n int
	var m perennial.Amount
	m.Currency = p.Meta.Currency
	for _, c := range p.RFM.Classes {
		if code := c.Code.String(); code == "011" || code == "001" || code == "010" {
			n += c.Customers
			m.Minor += c.Revenue.Minor
		}
	}
	if n < leastBase || p.RFM.Customers == 0 {
		return nil
	}
	var all float64
	for _, c := range p.RFM.Classes {
		all += c.Revenue.Float()
	}
	share := 0.0
	if all > 0 {
		share = m.Float() / all
	}
	// Money that may still come back is not money at stake in full: half weight.
	f := &Finding{ID: "high_value_at_risk", Chart: "rfm", Customers: &n, weight: 0.5 * math.Min(1, share)}
	f.title(fill("{n} 位买得多或买得勤的客户超过 {days} 天没来，{window}收入里有 {share} 来自他们",
		"{n} frequent or high-spending customers have not been back for over {days} days; {share} of revenue ({window}) came from them",
		"n", n, "days", number0(p.RFM.Thresholds.RecencyDays), "share", percent(share), "window", p.window()))
	detail := perennial.Say("RFM 分类 011、001、010：F 或 M 高，R 低。", "RFM classes 011, 001 and 010: high on F or M, low on R.")
	if p.RFM.Method == rfm.Business && p.Repurchase.Identified {
		detail = join(detail, perennial.Say("R 的线是一个复购周期。", "The line for R is one repurchase cycle."))
	}
	f.detail(detail)
	f.action(perennial.Say("按金额从高到低分给客户经理一对一回访，问清原因再给优惠。",
		"Assign them by value to people who call, and ask why before offering a discount."))
	f.shown("share", share, same(percent(share)))
	f.stake(m, fill("这三类客户{window}的{kind}", "{kind} of these classes, {window}", "kind", p.moneyLabel(), "window", p.window()))
	return f.population(p.RFM.Customers, dots(perennial.Say("全部购买客户", "all who have bought"), p.window()))
}

// lostFinding: the share of lost customers where it is high. Their money is gone
// already, so it counts a fifth.
func (p *Picture) lostFinding() *Finding {
	c := p.stage(perennial.StageLost)
	if c == nil || c.Customers < leastBase || c.Share < lostHigh {
		return nil
	}
	n := c.Customers
	f := &Finding{ID: "lost", Chart: "stages", Customers: &n, weight: 0.2 * c.Share}
	f.title(fill("{share} 的客户已经流失（{n} 位）", "{share} of customers are lost ({n})", "share", percent(c.Share), "n", n))
	f.detail(fill("他们的沉默时间已超过 95% 回头客的间隔，累计贡献过 {money}。",
		"They have been silent longer than 95% of those who return; to date they had brought {money}.", "money", money(c.Revenue)))
	f.action(perennial.Say("不要全员群发唤回；挑累计金额高的小批试，看回流率再决定投入。",
		"Do not mail them all; try a small batch of the formerly valuable and let the return rate decide."))
	f.shown("share", c.Share, same(percent(c.Share)))
	f.stake(c.Revenue, fill("流失客户累计的{kind}", "{kind} of lost customers to date", "kind", p.moneyLabel()))
	return f.population(p.Data.Customers, dots(perennial.Say("全部购买客户", "all who have bought"), p.asOf()))
}

// dueFinding: customers whose next order is due within two weeks.
func (p *Picture) dueFinding() *Finding {
	d := p.Due
	if !d.Known || d.Customers < leastBase {
		return nil
	}
	n := d.Customers
	f := &Finding{ID: "due_now", Chart: "rhythm", Customers: &n, weight: 0.02}
	f.title(fill("未来 {days} 天有 {n} 位客户到了该买的时候", "{n} customers are due to order in the next {days} days", "n", n, "days", d.WithinDays))
	f.detail(fill("按各自的节奏推算；另有 {over} 位已经过了预计复购日。",
		"By their own rhythm; another {over} are past the day on which they were due.", "over", d.Overdue))
	f.action(perennial.Say("到期前提醒补货，过期 1 个节奏仍没来的转入回访。", "Remind them before the day; call those who miss it by a whole rhythm."))
	f.shown("customers", float64(n), same(count(n)))
	if d.Money != nil {
		f.stake(*d.Money, perennial.Say("模型预计他们未来 30 天的消费", "what the models expect of them in the next 30 days"))
		f.weight = math.Max(f.weight, p.weigh(*d.Money))
	}
	return f.population(n, p.asOf())
}

// secondFinding: how many new customers come back, and when. The rarer the
// second order, the more it weighs: a quarter of the share that does not come.
func (p *Picture) secondFinding() *Finding {
	r := &p.Repurchase
	rate := r.SecondOrder.D90
	days := 90
	if rate == nil {
		rate, days = r.SecondOrder.D30, 30
	}
	if rate == nil || r.NewCustomers < leastBase || r.SecondPurchases < leastBase {
		return nil
	}
	f := &Finding{ID: "second_order", Chart: "rhythm", weight: 0.25 * (1 - *rate)}
	who := perennial.Say("新客", "new customers")
	if r.EveryoneUsed {
		who = perennial.Say("首购客户", "first-time buyers")
	}
	f.title(fill("每 100 位{who}，{days} 天内有 {k} 位再次下单", "Of 100 {who}, {k} order again within {days} days",
		"who", who, "days", days, "k", number0(*rate*100)))
	f.shown("share", *rate, same(percent(*rate)))
	var detail perennial.Text
	if w := r.GoldenWindow; w != nil {
		detail = fill("二单最密的是首单后第 {a}–{b} 天。", "Second orders come thickest on days {a} to {b} after the first.", "a", w.Start, "b", w.End)
	}
	if r.HalfDay != nil {
		detail = join(detail, fill("半年内回来的人，一半在 {d} 天内就回来了。", "Of those back within half a year, half are back within {d} days.", "d", *r.HalfDay))
	}
	if detail.IsZero() {
		detail = perennial.Say("还没回来的新客按已观察的天数计入。", "Those who have not come back yet count for the days they have been watched.")
	}
	f.detail(detail)
	if r.GoldenWindow != nil {
		f.action(fill("在首单后第 {b} 天之前安排第二单的理由：补货提醒、搭配、二单券；用对照组确认有没有增量。",
			"Give a reason for the second order before day {b}: a refill reminder, a companion, a voucher; confirm the gain with a control group.",
			"b", r.GoldenWindow.End))
	} else {
		f.action(perennial.Say("把首单后的第一个月排成固定动作：签收关怀、使用指导、补货提醒；用对照组确认有没有增量。",
			"Make the first month after an order a fixed routine of care, guidance and a refill reminder; confirm the gain with a control group."))
	}
	if n, aov := p.Base.Window.NewBuyers, p.Base.AverageOrderValue; n >= leastBase && aov != nil && !r.EveryoneUsed {
		point := p.Meta.Currency.Amount(perennial.Money(math.Round(float64(n) * 0.01 * float64(aov.Minor))))
		f.stake(point, fill("转化率每提高 1 个百分点，按现在的笔单价一年约多出的{kind}",
			"{kind} a year for each point gained, at today's revenue per order", "kind", p.moneyLabel()))
	}
	band := perennial.Text{}
	if b := bandOf(r, days); b != nil {
		band = perennial.Say("95%% 置信区间 %s–%s", "95%% interval %s–%s", percent(b.Low), percent(b.High))
	}
	return f.population(r.NewCustomers, dots(who, band))
}

func bandOf(r *cohort.Repurchase, days int) *cohort.Interval {
	if days == 90 {
		return r.SecondOrderBand.D90
	}
	return r.SecondOrderBand.D30
}

// cohortFinding: the month whose new customers come back significantly less than
// those of other months. It weighs a third of how much weaker it is.
func (p *Picture) cohortFinding() *Finding {
	var worst *CohortTest
	for i := range p.CohortTests {
		t := &p.CohortTests[i]
		if t.PAdjusted < significance && t.HazardRatio < weakCohort && t.Second90 < t.OthersOn90 &&
			(worst == nil || t.HazardRatio < worst.HazardRatio) {
			worst = t
		}
	}
	if worst == nil {
		return nil
	}
	n, gap := worst.Customers, worst.OthersOn90-worst.Second90
	f := &Finding{ID: "weak_cohort", Chart: "cohorts", Customers: &n, P: &worst.PAdjusted, weight: (1 - worst.HazardRatio) / 3}
	f.title(fill("{month}的新客最难回头：90 天二单转化率 {rate}，比其他月份低 {gap}",
		"New customers of {month} come back least: {rate} within 90 days, {gap} below other months",
		"month", monthName(worst.Month), "rate", percent(worst.Second90), "gap", points(gap)))
	f.detail(fill("与其他月份的新客相比差异显著（log-rank 检验，校正后 {p}）。", "Significantly different from the other months' new customers (log-rank test, corrected {p}).",
		"p", pValue(worst.PAdjusted)))
	f.action(perennial.Say("查这个月的拉新活动和渠道：来的是哪类人、首单买了什么、有没有承诺没兑现。",
		"Look at that month's promotions and channels: who came, what they bought first, and what was promised."))
	f.shown("share", worst.Second90, same(percent(worst.Second90)))
	return f.population(n, monthName(worst.Month))
}

// groupFinding: the group of first purchases that comes back significantly
// sooner or later than the others. It weighs a fifth of the relative difference
// in chance, times the share of customers concerned.
func (p *Picture) groupFinding(dimension string) func() *Finding {
	return func() *Finding {
		var best *cohort.Group
		weight := 0.0
		for _, grouping := range p.Repurchase.Groups {
			if grouping.Dimension != dimension {
				continue
			}
			for i := range grouping.Groups {
				g := &grouping.Groups[i]
				if g.Statement == nil || g.HazardRatio == nil || g.PAdjusted == nil || *g.PAdjusted >= significance || g.Customers < leastBase {
					continue
				}
				if w := math.Abs(math.Log(*g.HazardRatio)) * math.Sqrt(float64(g.Customers)/float64(max(p.Repurchase.NewCustomers, 1))); w > weight {
					best, weight = g, w
				}
			}
		}
		if best == nil {
			return nil
		}
		n := best.Customers
		f := &Finding{ID: "group_" + dimension, Chart: "rhythm", Customers: &n, P: best.PAdjusted, weight: math.Min(1, weight) / 5}
		f.title(perennial.Text{ZH: trimStop(best.Statement.ZH), EN: trimStop(best.Statement.EN)})
		rate := perennial.Text{}
		if d := best.SecondOrder.D90; d != nil {
			rate = fill("90 天二单转化率 {rate}。", "Second-order rate at 90 days: {rate}.", "rate", percent(*d))
		}
		f.detail(join(rate, fill("每天再次购买的可能是其他客户的 {hr} 倍（log-rank 检验，校正后 {p}）。这是差异，不一定是原因。",
			"On any day their chance of coming back is {hr} times the others' (log-rank test, corrected {p}). A difference, not necessarily a cause.",
			"hr", number(*best.HazardRatio), "p", pValue(*best.PAdjusted))))
		if *best.HazardRatio > 1 {
			f.action(perennial.Say("拉新时多放这一类作首单；其他客户的二单提醒按他们自己的时间安排。",
				"Lead with this in acquisition, and time the other customers' reminders to their own pace."))
		} else {
			f.action(perennial.Say("给这批客户单独设计第二单：换品类、换时间，小批试过再铺开。",
				"Design a second order for these customers of their own: another category, another time; try it small first."))
		}
		f.shown("ratio", *best.HazardRatio, perennial.Say("%s 倍", "× %s", number(*best.HazardRatio)))
		return f.population(n, perennial.Say("对比其余新客", "against all other new customers"))
	}
}
