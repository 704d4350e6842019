package report

import "perennial"

// DefinitionsVersion is the version of the definitions below; it changes with
// every change of what a number means.
const DefinitionsVersion = 1

// Definition says what a number means, in plain words for those who report it.
type Definition struct {
	ID       string         `json:"id"`   // stable: what pages link to
	Name     perennial.Text `json:"name"` // the term
	Meaning  perennial.Text `json:"meaning"`
	Textbook perennial.Text `json:"textbook,omitzero"` // how the textbook variant differs; zero where it does not
}

// Chapter is a group of definitions.
type Chapter struct {
	ID          string         `json:"id"`
	Name        perennial.Text `json:"name"`
	Definitions []Definition   `json:"definitions" nullable:"false"`
}

func define(id, zh, en, meaningZH, meaningEN string) Definition {
	return Definition{ID: id, Name: perennial.Text{ZH: zh, EN: en}, Meaning: perennial.Text{ZH: meaningZH, EN: meaningEN}}
}

func (d Definition) textbook(zh, en string) Definition {
	d.Textbook = perennial.Text{ZH: zh, EN: en}
	return d
}

// Definitions returns all definitions in the order of the report.
func Definitions() []Chapter {
	return []Chapter{
		{"counting", perennial.Say("什么算数", "What counts"), []Definition{
			define("purchase", "购买", "Purchase",
				"已知客户付了款的订单，不含排除项，截至当天没有全额退款。",
				"An order of a known customer that was paid, is not excluded, and was not wholly refunded by the as-of day.").
				textbook("只要有一行正金额就算，后来退没退都算。", "Any order with a positive line, whatever was refunded later."),
			define("purchase_day", "购买日", "Purchase day",
				"同一客户同一天的购买合算一次。频次、间隔、复购和模型都数购买日。",
				"A customer's purchases on one calendar day are one. Frequency, gaps, repeats and models count purchase days.").
				textbook("频次和复购数订单；模型仍数购买日。", "Frequency and repeats count orders; the models still count days."),
			define("revenue", "收入", "Revenue",
				"默认净收入，即扣除退款；毛收入、退款、净收入总是并列给出。有成本时可看毛利。",
				"Net of refunds unless said otherwise; gross, refunds and net always stand side by side. With costs, margin as well.").
				textbook("毛收入。", "Gross."),
			define("refund", "退款 / 退货", "Refund / return",
				"退款是钱，退货是货，分开统计。退款记到它指明的订单；没有指明的，记到同一客户更早买过的同一商品；再没有就记在客户名下。",
				"A refund is money, a return is goods. A refund belongs to the order it names, else to the customer's latest earlier line of that product, else to the customer."),
			define("excluded", "排除项", "Exclusions",
				"邮费、补差价、储值、礼品卡等不是商品的行，以及员工、测试、批发等名单客户，不参与分析，但在金额桥里列出。",
				"Lines that are no merchandise (postage, adjustments, gift cards) and listed customers (staff, test, wholesale) take no part; the bridge shows their money.").
				textbook("全部计入。", "Everything is kept."),
			define("walk_in", "非会员订单（散客）", "Orders without a customer",
				"没有客户身份的订单。金额照样列出，但无法分析到人。",
				"Orders that name nobody. Their money is shown; nothing can be said of the people."),
			define("member_share", "会员销售占比", "Members' share of sales",
				"已知客户的收入 ÷ 全部收入（含散客）。",
				"Revenue of known customers ÷ all revenue, walk-ins included."),
			define("new", "新客", "New customer",
				"有会员档案的看入会日；没有的看数据里的首单。首单落在数据最初两个复购周期内的，无法确认是不是新客，不计入新客结论。",
				"By join date where there is a member file, else by the first purchase in the data. Whoever first bought within the first two repurchase cycles of the data is not known to be new and is left out of findings on new customers."),
			define("as_of", "截至", "As of",
				"截至日当天整天计入。没过完的月份只与同样天数比较，不单独下结论。",
				"The as-of day counts whole. An open month is compared with the same number of days only, and no finding rests on it alone."),
		}},
		{"base", perennial.Say("基础指标", "Base figures"), []Definition{
			define("average_order_value", "笔单价", "Revenue per order", "收入 ÷ 订单数。", "Revenue ÷ orders."),
			define("revenue_per_buyer", "客单价", "Revenue per buyer", "收入 ÷ 购买客户数。", "Revenue ÷ buyers."),
			define("repeat_rate", "复购率", "Repeat rate",
				"窗口内买过两个及以上购买日的客户 ÷ 窗口内的购买客户。窗口默认 365 天。",
				"Buyers with two or more purchase days in the window ÷ buyers in the window. The window is 365 days unless said.").
				textbook("另给全部历史里下过两单及以上的客户占比。", "Also the share of customers with two or more orders over the whole history."),
			define("return_rate", "回购率", "Return rate",
				"上一窗口的购买客户里，本窗口又买的占比。",
				"Of the buyers of the previous window, the share that bought in this one."),
			define("second_order", "二单转化率", "Second-order rate",
				"新客在首单后 30 / 60 / 90 / 180 天内再次购买的占比。刚来不久的新客按已观察的天数计入（Kaplan–Meier），不会拉低结果。",
				"The share of new customers who buy again within 30, 60, 90, 180 days. Those who came recently count for the days they have been watched (Kaplan–Meier), so they do not pull the rate down."),
			define("concentration", "集中度", "Concentration",
				"消费最高的 20% 客户占收入的比例；基尼系数 0 为人人相同，接近 1 为集中在少数人。",
				"The share of revenue from the top 20% of customers; a Gini of 0 means all spend alike, near 1 that a few spend everything."),
		}},
		{"rfm", perennial.Say("RFM", "RFM"), []Definition{
			define("rfm", "R、F、M", "R, F, M",
				"R 是最近一次购买距截至日的天数；F 是窗口内的购买日数；M 是窗口内的金额。窗口 12 个月。",
				"R is the days since the last purchase; F the purchase days and M the money in the window of 12 months.").
				textbook("F 数订单，窗口为全部历史。", "F counts orders, over the whole history."),
			define("rfm_score", "1–5 分", "Scores 1–5",
				"按比自己差的客户占比分五档，数值相同的客户同分。",
				"Five levels by the share of customers who do worse; equal values share a score."),
			define("rfm_class", "八类客户", "Eight classes",
				"R 高：不超过一个复购周期没来；F 高：约四成客户达到的购买日数（至少 2）；M 高：达到中位数。阈值定下后不自动变。",
				"R is high within one repurchase cycle; F from the number of purchase days, 2 or more, that about 40% of customers reach; M from the median. Once set, thresholds do not move by themselves.").
				textbook("三项都与平均值比，严格好于平均才算高。", "Each is compared with the mean; only strictly better is high."),
		}},
		{"rhythm", perennial.Say("复购节奏", "Rhythm"), []Definition{
			define("cycle", "复购周期", "Repurchase cycle",
				"会回来的客户里，一半人在多少天内回来。还没回来的间隔也计入，每位客户权重相同。回来的人不足 20% 或周期超过 180 天时，不给周期。",
				"The days within which half of those who return come back. Open gaps count, and each customer weighs the same. None is given where fewer than 20% return or it exceeds 180 days."),
			define("golden_window", "黄金窗口期", "Golden window",
				"首单后，二单来得比平时密一半以上的那段日子。它说明客户什么时候回来，不等于这时触达最有效；那要靠对照实验。",
				"The days after the first order in which second orders come at least half again as often as in the long run. It says when people come back, not when a message works best: that takes an experiment."),
			define("own_rhythm", "自己的节奏", "Own rhythm",
				"客户自己的平均间隔，买得少的向整体周期靠拢。沉默比 = 沉默天数 ÷ 自己的节奏。",
				"A customer's own mean gap, drawn towards the cycle of all where there are few. Silence ratio = days silent ÷ own rhythm."),
			define("cohorts", "留存分析（同期群）", "Retention cohorts",
				"首购月相同的客户，在之后第几个月仍有购买的占比。斜纹为没过完的月份。",
				"Customers who first bought in the same month: the share that buys in each month after. Hatched cells are months not yet over."),
		}},
		{"lifecycle", perennial.Say("生命周期", "Lifecycle"), []Definition{
			define("stages", "阶段", "Stages",
				"新客期：只买过一次；探索期：买过两次；成长期：三次以上且满两个周期；成熟期：五次以上、满六个周期、日均消费不低于活跃客户中位数；衰退期：沉默时间超过 80% 回头客的间隔，或频率明显下降；流失期：超过 95%。每周重算，在界线附近的客户不会来回变动。",
				"Acquisition: bought once. Exploration: twice. Growth: three times or more over two cycles. Maturity: five times or more over six cycles, spending at least the median of active customers. Decline: silent longer than 80% of those who return, or clearly slower than before. Lost: longer than 95%. Worked out weekly, without fluttering at the lines."),
			define("returned", "回流", "Returned", "流失后又购买的客户，标记一个周期。", "Bought again after having been lost; marked for one cycle."),
			define("proof", "检验", "Proof",
				"在过去的日子按同样规则分阶段，看随后 90 天谁真的又买。次序应是成熟、成长、探索、新客、衰退、流失；流失期应低于 15%。",
				"The rules are applied to past days and checked against who bought in the next 90. The order should be maturity, growth, exploration, acquisition, decline, lost, with lost under 15%."),
		}},
		{"value", perennial.Say("价值与存活", "Value and probability alive"), []Definition{
			define("p_alive", "存活概率", "Probability alive",
				"客户还会再买的概率，由购买次数、最近一次和首次购买的时间估计（MBG/NBD）。",
				"The chance that a customer will still buy, from the number of purchases, the last and the first (MBG/NBD)."),
			define("expected_orders", "预期购买次数", "Expected purchases",
				"未来一段时间预计的购买日数（BG/NBD），全体客户合计。",
				"Purchase days expected in a span of time (BG/NBD), over all customers."),
			define("clv_12", "未来 12 个月价值（CLV-12）", "Value of the next 12 months (CLV-12)",
				"未来 12 个月预计带来的收入，按年 10% 折现。只含现有客户，不含以后的新客。",
				"Revenue expected in the next 12 months, discounted at 10% a year. Of today's customers only, not of those still to come."),
			define("holdout", "留出检验", "Holdout",
				"只用较早的数据拟合，再与之后的实际比较。",
				"The models are fitted to earlier data and compared with what happened next."),
			define("cluster", "智能分群（聚类）", "Cluster",
				"按购买行为的相似程度自动分组；稳定度是换一半客户重算后的一致程度，1 为完全一致。",
				"Groups of customers who behave alike; stability is how far groups learnt from half of the customers agree, 1 being fully."),
		}},
	}
}

// definition returns the meaning of a term for a hint, zero where unknown.
func definition(id string) perennial.Text {
	for _, c := range Definitions() {
		for _, d := range c.Definitions {
			if d.ID == id {
				return d.Meaning
			}
		}
	}
	return perennial.Text{}
}
