package report

import (
	"fmt"
	"math"
	"strings"

	"perennial"
)

// concentrationFinding: a few customers bring most of the money. The further
// above concentrated, the heavier.
func (p *Picture) concentrationFinding() *Finding {
	b := &p.Base
	if b.Top20Share == nil || *b.Top20Share < concentrated || p.Data.Customers < leastBase {
		return nil
	}
	n := max(1, p.Data.Customers*20/100)
	f := &Finding{ID: "concentration", Chart: "lorenz", Customers: &n, weight: (*b.Top20Share - concentrated) / 2}
	f.title(fill("两成客户带来 {share} 的收入", "A fifth of the customers bring {share} of the revenue", "share", percent(*b.Top20Share)))
	detail := perennial.Text{}
	if b.Top1Share != nil && b.Gini != nil {
		detail = fill("前 1% 的客户占 {top}；基尼系数 {gini}。", "The top 1% bring {top}; the Gini coefficient is {gini}.", "top", percent(*b.Top1Share), "gini", number(*b.Gini))
	}
	f.detail(detail)
	f.action(perennial.Say("给前两成客户配专人和单独权益；任何一位沉默超过自己节奏的 1.5 倍就提醒。",
		"Give this fifth a contact and benefits of their own, and raise a flag when one is silent for 1.5 times their rhythm."))
	f.shown("share", *b.Top20Share, same(percent(*b.Top20Share)))
	f.stake(share(b.Revenue, *b.Top20Share), fill("前 20% 客户累计的{kind}", "{kind} of the top 20% to date", "kind", p.moneyLabel()))
	return f.population(p.Data.Customers, dots(perennial.Say("全部购买客户", "all who have bought"), perennial.Say("全部历史", "whole history")))
}

// walkInFinding: money that cannot be given to anybody.
func (p *Picture) walkInFinding() *Finding {
	b := &p.Base
	if b.MemberShare == nil || 1-*b.MemberShare < walkInsHigh {
		return nil
	}
	f := &Finding{ID: "walk_ins", Chart: "bridge", weight: (1 - *b.MemberShare) / 2}
	f.title(fill("会员销售占比 {share}；另有 {money}的订单没有客户身份", "Members make {share} of sales; {money} of orders name nobody",
		"share", percent(*b.MemberShare), "money", money(b.UnattributedRevenue)))
	f.detail(perennial.Say("散客订单无法计算复购、阶段和价值，这些结论只代表已知客户。",
		"Nothing can be said of the repeat, stage and value of these buyers: all findings speak for known customers only."))
	f.action(perennial.Say("在收银台和小程序下单时引导留下身份（手机号或会员码），先从散客占比最高的门店或渠道做起。",
		"Ask for a phone number or member code at the till and in the app, starting where most orders name nobody."))
	f.shown("share", *b.MemberShare, same(percent(*b.MemberShare)))
	f.stake(b.UnattributedRevenue, fill("散客订单的{kind}", "{kind} of orders without a customer", "kind", p.moneyLabel()))
	n := int(p.Data.Orders)
	for _, s := range p.Bridge {
		if s.ID == "walk_ins" && s.Orders != nil {
			n += int(-*s.Orders)
		}
	}
	return f.population(n, dots(perennial.Say("笔有效订单", "paid orders"), perennial.Say("全部历史", "whole history")))
}

// refundFinding: refunds above refundsHigh of gross.
func (p *Picture) refundFinding() *Finding {
	b := &p.Base
	if b.Refunds == nil || b.GrossRevenue.Minor <= 0 {
		return nil
	}
	var gross, refunds float64
	for _, s := range p.Bridge {
		switch s.ID {
		case "gross":
			gross = s.Amount.Float()
		case "refunds":
			refunds = -s.Amount.Float()
		}
	}
	if gross <= 0 || refunds/gross < refundsHigh {
		return nil
	}
	rate := refunds / gross
	f := &Finding{ID: "refunds", Chart: "bridge", weight: rate / 2}
	f.title(fill("毛收入的 {rate} 退给了客户", "{rate} of gross revenue went back to customers", "rate", percent(rate)))
	back := p.Meta.Currency.Amount(0)
	for _, s := range p.Bridge {
		if s.ID == "refunds" {
			back.Minor = -s.Amount.Minor
		}
	}
	f.detail(fill("已知客户累计退款 {money}，毛收入 {gross}。", "Known customers were refunded {money} of {gross} gross.",
		"money", money(back), "gross", money(p.grossStep())))
	f.action(perennial.Say("按商品和门店列退款率，先看最高的五个；全额退款和部分退款分开看。",
		"List refund rates by product and store and look at the five highest; keep whole and partial refunds apart."))
	f.shown("share", rate, same(percent(rate)))
	f.stake(back, perennial.Say("退款金额", "money refunded"))
	return f.population(int(p.Data.Orders), perennial.Say("笔订单，全部历史", "orders, whole history"))
}

func (p *Picture) grossStep() perennial.Amount {
	for _, s := range p.Bridge {
		if s.ID == "gross" {
			return s.Amount
		}
	}
	return p.Base.GrossRevenue
}

// monthFinding: the last month, closed, against the same month a year before.
// Buyers are compared as counts; real counts scatter about half again as much as
// Poisson's, so the variance is taken 1.5 times. An open month gives no finding.
func (p *Picture) monthFinding() *Finding {
	for _, c := range p.Base.LikeForLike {
		if c.Against != "year_before" || c.Open || c.RevenueChange == nil || c.BuyersChange == nil {
			continue
		}
		a, b := float64(c.This.Buyers), float64(c.Other.Buyers)
		if b < leastBase || a < leastBase || math.Abs(*c.RevenueChange) < changeSmall {
			continue
		}
		z := math.Abs(a-b) / math.Sqrt(1.5*(a+b))
		prob := math.Erfc(z / math.Sqrt2)
		if prob >= significance || (*c.RevenueChange > 0) != (*c.BuyersChange > 0) {
			continue
		}
		diff := c.This.Revenue
		diff.Minor -= c.Other.Revenue.Minor
		up := diff.Minor > 0
		abs := diff
		if !up {
			abs.Minor = -abs.Minor
		}
		month := monthName(c.To.Month())
		f := &Finding{ID: "month", Chart: "months", P: &prob, weight: math.Min(1, 4*p.weigh(abs))}
		word, verb := perennial.Say("少", "below"), perennial.Say("下降", "fewer")
		if up {
			word, verb = perennial.Say("多", "above"), perennial.Say("上升", "more")
		}
		f.title(fill("{month}收入 {money}，比去年同月{word} {change}", "Revenue of {month} was {money}, {change} {word} the year before",
			"month", month, "money", money(c.This.Revenue), "word", word, "change", percent(math.Abs(*c.RevenueChange))))
		detail := fill("购买客户 {a} 位，去年 {b} 位（{verb} {change}）。", "{a} buyers against {b} ({change} {verb}).",
			"a", c.This.Buyers, "b", c.Other.Buyers, "verb", verb, "change", percent(math.Abs(*c.BuyersChange)))
		if c.This.NewBuyers+c.Other.NewBuyers > 0 {
			detail = join(detail, fill("新客 {x} 位，去年 {y} 位。", "{x} were new, against {y}.", "x", c.This.NewBuyers, "y", c.Other.NewBuyers))
		}
		f.detail(detail)
		if up {
			f.action(perennial.Say("看增量来自新客还是老客；靠新客撑起来的，下个月盯紧二单。", "See whether new or old customers made it; if new ones, watch their second orders next month."))
		} else {
			f.action(perennial.Say("先分清是来的人少了还是花的钱少了，再看是哪个渠道、哪批客户。", "Tell fewer buyers from smaller baskets, then look for the channel and the cohort."))
		}
		f.shown("share", *c.RevenueChange, same(signed(*c.RevenueChange)))
		f.stake(abs, perennial.Say("与去年同月的收入差", "difference in revenue to the year before"))
		return f.population(c.This.Buyers, perennial.Text{ZH: "当月购买客户", EN: "buyers of the month"})
	}
	return nil
}

// proofFinding: the stages do not keep what they promise, in no peak season. It
// weighs a tenth: it is about the tool, not the shop.
func (p *Picture) proofFinding() *Finding {
	if len(p.Lifecycle.ProofHistory) == 0 {
		return nil
	}
	proof := &p.Lifecycle.ProofHistory[0]
	if proof.Holds() || proof.Peak {
		return nil
	}
	n := 0
	for _, s := range proof.Stages {
		n += s.Customers
	}
	f := &Finding{ID: "proof", Chart: "proof", weight: 0.1}
	f.title(perennial.Say("阶段规则没有通过最近一次检验，该校准了", "The stage rules failed their latest check and need calibrating"))
	f.detail(proof.Sentence)
	f.action(perennial.Say("运行 perennial lifecycle calibrate，看它建议移动哪条线、会动多少客户。",
		"Run perennial lifecycle calibrate to see which line it would move, and how many customers with it."))
	f.shown("customers", float64(n), same(count(n)))
	return f.population(n, perennial.Say("%s 的客户，看随后 %d 天", "customers of %s and their next %d days", proof.Day.String(), proof.WindowDays))
}

// holdoutFinding: how far the models were off, wherever a holdout was asked for.
// Twice the error is the weight.
func (p *Picture) holdoutFinding() *Finding {
	h := p.CLV.Holdout
	if h == nil || h.Actual == 0 {
		return nil
	}
	miss := h.Predicted/float64(h.Actual) - 1
	f := &Finding{ID: "holdout", Chart: "holdout", weight: math.Min(1, 0.05+2*math.Abs(miss))}
	f.title(fill("模型预测后 {days} 天复购 {p} 次，实际 {a} 次，偏差 {miss}", "The model predicted {p} repeat purchases in {days} days; {a} came, {miss} off",
		"days", h.Days, "p", number0(h.Predicted), "a", h.Actual, "miss", signed(miss)))
	f.detail(fill("每位客户平均误差 {mae} 次。", "Mean error of {mae} purchases a customer.", "mae", number(h.MAE)))
	if math.Abs(miss) <= holdoutFar {
		f.action(perennial.Say("总量可以用来做预算；单个客户只看高低，不看精确值。", "Good enough to budget by; of single customers read the order, not the figure."))
	} else {
		f.action(perennial.Say("做预算时按偏差修正；先看偏差是不是出在促销或季节。", "Correct budgets by the error, and see first whether promotions or a season explain it."))
	}
	f.shown("share", miss, same(signed(miss)))
	return f.population(p.CLV.Customers, perennial.Say("校准期内的客户", "customers of the calibration period"))
}

// share returns a part of an amount.
func share(a perennial.Amount, part float64) perennial.Amount {
	a.Minor = perennial.Money(math.Round(float64(a.Minor) * part))
	return a
}

// signed writes a relative change with its sign: "+12.6%", "−4.7%".
func signed(v float64) string {
	if v < 0 {
		return "−" + percent(-v)
	}
	return "+" + percent(v)
}

func number0(v float64) string { return count(int64(math.Round(v))) }

// pValue writes a probability; the smallest are all the same to people.
func pValue(p float64) string {
	if p < 0.001 {
		return "p < 0.001"
	}
	return fmt.Sprintf("p = %.3f", p)
}

// trimStop drops the full stop of a sentence that becomes a title.
func trimStop(s string) string { return strings.TrimRight(s, "。.") }
