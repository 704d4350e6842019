package report

import "perennial"

// Headline says in one line how the customer base stands.
func (p *Picture) Headline() perennial.Text {
	r := &p.Repurchase
	second, leaving := perennial.Text{}, perennial.Text{}
	if d := r.SecondOrder.D90; d != nil && r.SecondPurchases >= leastBase {
		second = fill("每 100 位新客，{k} 位 90 天内再来", "Of 100 new customers, {k} come back within 90 days", "k", number0(*d*100))
	}
	if c := p.stage(perennial.StageDecline); c != nil && c.Customers >= leastBase {
		leaving = fill("{n} 位客户正在离开", "{n} customers are leaving", "n", c.Customers)
	}
	switch {
	case !second.IsZero() && !leaving.IsZero():
		return perennial.Text{ZH: second.ZH + "；" + leaving.ZH, EN: second.EN + "; " + leaving.EN}
	case !second.IsZero():
		return second
	case !leaving.IsZero():
		return leaving
	}
	return fill("{n} 位客户，累计{kind} {money}", "{n} customers, {money} {kind} to date",
		"n", p.Data.Customers, "kind", p.moneyLabel(), "money", money(p.Base.Revenue))
}

// State says in one sentence what happened in the last 12 months.
func (p *Picture) State() perennial.Text {
	w := &p.Base.Window
	out := fill("{span}{kind} {money}，{n} 位客户购买", "{kind} of {money} from {n} buyers in the {span}",
		"span", span(w.Days), "kind", p.moneyLabel(), "money", money(w.Revenue), "n", w.Buyers)
	if w.NewBuyers > 0 && w.NewBuyers < w.Buyers {
		out = perennial.Text{ZH: out.ZH + "，其中 " + count(w.NewBuyers) + " 位是新客", EN: out.EN + ", " + count(w.NewBuyers) + " of them new"}
	}
	if r := p.Base.RepeatRate; r != nil {
		out.ZH, out.EN = out.ZH+"；复购率 "+percent(*r), out.EN+"; repeat rate "+percent(*r)
	}
	// A rate over a window that the data hardly reach into is no headline.
	if r := p.Base.ReturnRate; r != nil && w.PreviousCovered >= w.Days {
		out.ZH, out.EN = out.ZH+"，回购率 "+percent(*r), out.EN+", return rate "+percent(*r)
	}
	out.ZH, out.EN = out.ZH+"。", upper(out.EN)+"."
	return out
}

// keyNumber is one of the numbers that stand at the top.
type keyNumber struct {
	Name, Value, Note perennial.Text
	Definition        perennial.Text
	Spark             []float64 // by closed month or week, oldest first
	Share             *float64  // drawn as a bar where there is no line
}

// keyNumbers returns the six numbers that matter before all others.
func (p *Picture) keyNumbers() []keyNumber {
	b, w := &p.Base, &p.Base.Window
	spark := func(of func(m int) float64) []float64 {
		var out []float64
		for m := range b.Months {
			if !b.Months[m].Open {
				out = append(out, of(m))
			}
		}
		return out[max(0, len(out)-24):]
	}
	window := span(w.Days)
	numbers := []keyNumber{
		{
			Name: p.moneyLabel(), Value: money(w.Revenue), Note: dots(window, fill("累计 {money}", "{money} to date", "money", money(b.Revenue))),
			Definition: definition("revenue"), Spark: spark(func(m int) float64 { return b.Months[m].Revenue.Float() }),
		},
		{
			Name: perennial.Say("会员销售占比", "Members' share of sales"), Value: same(percentOr(b.MemberShare)),
			Note:       fill("散客 {money}", "{money} of walk-ins", "money", money(b.UnattributedRevenue)),
			Definition: definition("member_share"), Share: b.MemberShare,
		},
		{
			Name: perennial.Say("新客", "New customers"), Value: same(count(w.NewBuyers)),
			Note:       dots(window, fill("购买客户 {n}", "{n} buyers", "n", w.Buyers)),
			Definition: definition("new"), Spark: spark(func(m int) float64 { return float64(b.Months[m].NewBuyers) }),
		},
		{
			Name: perennial.Say("二单转化率（90 天）", "Second-order rate (90 days)"), Value: same(percentOr(p.Repurchase.SecondOrder.D90)),
			Note: fill("n = {n}", "n = {n}", "n", p.Repurchase.NewCustomers), Definition: definition("second_order"), Share: p.Repurchase.SecondOrder.D90,
		},
		{
			Name: perennial.Say("复购率", "Repeat rate"), Value: same(percentOr(b.RepeatRate)),
			Note: dots(window, fill("n = {n}", "n = {n}", "n", w.Buyers)), Definition: definition("repeat_rate"), Share: b.RepeatRate,
		},
	}
	decline := keyNumber{Name: perennial.Say("衰退期客户", "Customers in decline"), Value: same(dash), Definition: definition("stages")}
	if c := p.stage(perennial.StageDecline); c != nil {
		decline.Value = same(count(c.Customers))
		decline.Note = fill("占 {share}", "{share} of all", "share", percent(c.Share))
		for _, s := range p.Lifecycle.Weekly.Stages {
			if s.Stage == perennial.StageDecline {
				for k := max(0, len(s.Customers)-52); k < len(s.Customers); k++ {
					decline.Spark = append(decline.Spark, float64(s.Customers[k]))
				}
			}
		}
	}
	numbers = append(numbers, decline)
	for k := range numbers {
		numbers[k].Name.EN, numbers[k].Note.EN = upper(numbers[k].Name.EN), upper(numbers[k].Note.EN)
	}
	return numbers
}
