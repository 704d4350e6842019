package cluster

import (
	"slices"
	"strings"

	"perennial"
)

// The features that Columns makes.
const (
	RecencyDays      = "recency_days"
	PurchaseDays     = "purchase_days"
	MoneyPerDay      = "money_per_purchase_day"
	TenureDays       = "tenure_days"
	GapMeanDays      = "gap_mean_days"
	GapVariation     = "gap_variation"
	ItemsPerOrder    = "items_per_order"
	CategoryCount    = "categories"
	TopCategoryShare = "top_category_share"
	DiscountShare    = "discount_share"
	RefundShare      = "refund_share"
	WeekendShare     = "weekend_share"
	EveningShare     = "evening_share"
	NightShare       = "night_share"

	categoryPrefix = "category:"
	channelPrefix  = "channel:"
)

func say(zh, en string) perennial.Text { return perennial.Text{ZH: zh, EN: en} }

// vocabulary describes the features that Columns makes and the words of a
// member-operations manager for what stands out. The bounds are common sense: a
// group whose typical customer bought two weeks ago is not asleep, however much
// fresher the others are.
func vocabulary() map[string]Feature {
	features := []Feature{
		{
			ID: RecencyDays, Label: say("距上次购买天数", "Days since last purchase"), Unit: UnitDays, Log: true,
			Tell: say("上次购买在 %s 天前", "last bought %s days ago"),
			High: []Phrase{
				{Text: say("沉睡", "lapsed"), Place: PlaceActivity, Bound: 180, Absolute: true},
				{Text: say("沉睡", "lapsed"), Place: PlaceActivity, Bound: 90},
				{Text: say("久未购", "quiet"), Place: PlaceActivity, Bound: 30},
			},
			Low: []Phrase{{Text: say("活跃", "active"), Place: PlaceActivity, Bound: 60}},
		},
		{
			ID: PurchaseDays, Label: say("购买次数", "Purchase days"), Unit: UnitCount, Log: true,
			Tell: say("买过 %s 次", "bought on %s days"),
			High: []Phrase{
				{Text: say("高频", "frequent"), Place: PlaceFrequency, Bound: 4},
				{Text: say("复购", "repeat"), Place: PlaceFrequency, Bound: 2},
			},
			Low: []Phrase{
				{Text: say("一次性", "one-time"), Place: PlaceFrequency, Bound: 1.15, Absolute: true},
				{Text: say("低频", "infrequent"), Place: PlaceFrequency},
			},
		},
		{
			ID: MoneyPerDay, Label: say("每次消费", "Money per purchase day"), Unit: UnitMoney, Log: true,
			Tell: say("每次花 %s", "spent %s each time"),
			High: []Phrase{{Text: say("大单", "big-ticket"), Place: PlaceValue}},
			Low:  []Phrase{{Text: say("小单", "small-ticket"), Place: PlaceValue}},
		},
		{
			ID: TenureDays, Label: say("首购至今天数", "Days since first purchase"), Unit: UnitDays, Log: true,
			Tell: say("首购在 %s 天前", "first bought %s days ago"),
			High: []Phrase{{Text: say("老", "long-standing"), Place: PlaceTenure, Bound: 180}},
			Low:  []Phrase{{Text: say("新", "new"), Place: PlaceTenure, Bound: 120}},
		},
		{
			ID: GapMeanDays, Label: say("平均购买间隔", "Mean gap between purchases"), Unit: UnitDays, Log: true, Partial: true,
			Tell: say("每 %s 天买一次", "bought every %s days"),
			High: []Phrase{{Text: say("长周期", "slow-cycle"), Place: PlaceRhythm}},
			Low:  []Phrase{{Text: say("短周期", "fast-cycle"), Place: PlaceRhythm}},
		},
		{
			ID: GapVariation, Label: say("购买间隔波动", "Variation of gaps"), Unit: UnitRatio, Partial: true,
			Tell: say("间隔波动 %s", "gaps varying by %s"),
			High: []Phrase{{Text: say("不定期", "irregular"), Place: PlaceRhythm, Bound: 0.8}},
			Low:  []Phrase{{Text: say("规律", "regular"), Place: PlaceRhythm, Bound: 0.6}},
		},
		{
			ID: ItemsPerOrder, Label: say("连带率（每单件数）", "Items per order"), Unit: UnitCount, Log: true,
			Tell: say("每单 %s 件", "%s items an order"),
			High: []Phrase{{Text: say("多件", "multi-item"), Place: PlaceBasket, Bound: 2}},
			Low:  []Phrase{{Text: say("单件", "single-item"), Place: PlaceBasket, Bound: 1.5}},
		},
		{
			ID: CategoryCount, Label: say("买过的品类数", "Categories bought"), Unit: UnitCount, Log: true, Partial: true,
			Tell: say("买过 %s 个品类", "bought from %s categories"),
			High: []Phrase{{Text: say("跨品类", "cross-category"), Place: PlaceBreadth, Bound: 2}},
			Low:  []Phrase{{Text: say("专一品类", "single-category"), Place: PlaceBreadth, Bound: 1.5}},
		},
		{
			ID: TopCategoryShare, Label: say("首选品类占比", "Share of the favourite category"), Unit: UnitShare, Partial: true,
			Tell: say("首选品类占 %s", "%s in the favourite category"),
			High: []Phrase{{Text: say("专一品类", "single-category"), Place: PlaceBreadth, Bound: 0.8}},
		},
		{
			ID: DiscountShare, Label: say("优惠订单占比", "Share of discounted orders"), Unit: UnitShare,
			Tell: say("%s 的订单用了优惠", "%s of orders at a discount"),
			High: []Phrase{{Text: say("促销", "deal-seeking"), Place: PlacePromotion, Bound: 0.35}},
			Low:  []Phrase{{Text: say("正价", "full-price"), Place: PlacePromotion, Bound: 0.25}},
		},
		{
			ID: RefundShare, Label: say("退款订单占比", "Share of refunded orders"), Unit: UnitShare,
			Tell: say("%s 的订单退过款", "%s of orders refunded"),
			High: []Phrase{{Text: say("高退款", "refund-prone"), Place: PlaceRefund, Bound: 0.1}},
		},
		{
			ID: WeekendShare, Label: say("周末订单占比", "Share of weekend orders"), Unit: UnitShare, Block: "time", Chance: true,
			Tell: say("%s 的订单在周末", "%s of orders at weekends"),
			High: []Phrase{{Text: say("周末", "weekend"), Place: PlaceTime, Bound: 0.4}},
			Low:  []Phrase{{Text: say("工作日", "weekday"), Place: PlaceTime, Bound: 0.2}},
		},
		{
			ID: EveningShare, Label: say("晚间订单占比（18–24 点）", "Share of evening orders (18–24 h)"), Unit: UnitShare, Block: "time", Chance: true,
			Tell: say("%s 的订单在晚间", "%s of orders in the evening"),
			High: []Phrase{{Text: say("晚间", "evening"), Place: PlaceTime, Bound: 0.4}},
		},
		{
			ID: NightShare, Label: say("深夜订单占比（0–6 点）", "Share of night orders (0–6 h)"), Unit: UnitShare, Block: "time", Chance: true,
			Tell: say("%s 的订单在深夜", "%s of orders at night"),
			High: []Phrase{{Text: say("深夜", "late-night"), Place: PlaceTime, Bound: 0.2}},
		},
	}
	out := make(map[string]Feature, len(features))
	for _, f := range features {
		out[f.ID] = f
	}
	return out
}

// categoryFeature describes the share of one category in a customer's lines.
func categoryFeature(category string) Feature {
	return Feature{
		ID: categoryPrefix + category, Unit: UnitShare, Block: "category",
		Label: say(joinChinese(category, "占比"), "Share of "+category),
		Tell:  say("%s 买"+joinChinese("的是", category), "%s in "+category),
		High:  []Phrase{{Text: say(short(category), short(category)), Place: PlaceCategory, Bound: 0.35}},
	}
}

// channelFeature describes the share of one channel in a customer's orders. other
// is the second channel where there are just two: few of the one are then many
// of the other.
func channelFeature(channel, other string) Feature {
	text := channelText(channel)
	f := Feature{
		ID: channelPrefix + channel, Unit: UnitShare, Block: "channel",
		Label: say(joinChinese(text.ZH, "订单占比"), "Share of orders: "+text.EN),
		Tell:  say(joinChinese("%s 的订单来自", text.ZH), "%s of orders "+text.EN),
		High:  []Phrase{{Text: text, Place: PlaceChannel, Bound: 0.5}},
	}
	if other != "" {
		rest := channelText(other)
		f.Low = []Phrase{{Text: rest, Place: PlaceChannel, Bound: 0.5}}
		f.Rest = say(joinChinese("%s 的订单来自", rest.ZH), "%s of orders "+rest.EN)
	}
	return f
}

// channelText gives the usual channels their word in both languages; another
// keeps the name the data gave it.
func channelText(channel string) perennial.Text {
	for _, c := range []struct {
		names []string
		text  perennial.Text
	}{
		{[]string{"online", "线上", "网店", "web", "website", "网站", "官网"}, say("线上", "online")},
		{[]string{"offline", "线下", "store", "门店", "实体店", "pos", "shop", "retail"}, say("线下", "in-store")},
		{[]string{"app"}, say("APP", "app")},
		{[]string{"小程序", "微信小程序", "mini program", "miniprogram", "mini-program"}, say("小程序", "mini-program")},
		{[]string{"直播", "直播间", "live", "livestream"}, say("直播", "live-stream")},
		{[]string{"phone", "电话"}, say("电话", "phone")},
		{[]string{"tmall", "天猫"}, say("天猫", "Tmall")},
		{[]string{"taobao", "淘宝"}, say("淘宝", "Taobao")},
		{[]string{"jd", "京东"}, say("京东", "JD")},
		{[]string{"douyin", "抖音"}, say("抖音", "Douyin")},
	} {
		if slices.Contains(c.names, strings.ToLower(strings.TrimSpace(channel))) {
			return c.text
		}
	}
	return say(short(channel), short(channel))
}

// compound is a phrase that says two words in one.
type compound struct {
	parts  []string // words, by their English text
	phrase Phrase
}

// compounds are the expressions of the trade for words that often meet. The
// first that fits wins.
func compounds() []compound {
	triers := Phrase{Text: say("一次性", "one-and-done"), Place: PlaceFrequency, Noun: say("尝鲜客", "triers")}
	newcomers := Phrase{Text: say("首单", "first-order"), Place: PlaceActivity, Noun: say("新客", "newcomers")}
	slow := Phrase{Text: say("长周期复购", "slow-cycle repeat"), Place: PlaceFrequency}
	return []compound{
		{[]string{"one-time", "lapsed", "long-standing"}, triers},
		{[]string{"one-time", "lapsed"}, triers},
		{[]string{"one-time", "long-standing"}, triers},
		{[]string{"one-time", "active", "new"}, newcomers},
		{[]string{"one-time", "new"}, newcomers},
		{[]string{"active", "new"}, Phrase{Text: say("近期", "recent"), Place: PlaceActivity, Noun: say("新客", "newcomers")}},
		{[]string{"active", "frequent", "long-standing"}, Phrase{Text: say("铁杆", "loyal"), Place: PlaceActivity, Noun: say("老客", "regulars")}},
		{[]string{"frequent", "slow-cycle"}, slow},
		{[]string{"repeat", "slow-cycle"}, slow},
		{[]string{"deal-seeking", "multi-item"}, Phrase{Text: say("大促囤货", "deal stock-up"), Place: PlacePromotion}},
	}
}

// merge replaces words that together make a compound.
func merge(words []word) []word {
	for _, c := range compounds() {
		var at []int
		for _, part := range c.parts {
			if i := slices.IndexFunc(words, func(w word) bool { return w.Text.EN == part }); i >= 0 {
				at = append(at, i)
			}
		}
		if len(at) < len(c.parts) {
			continue
		}
		merged := words[at[0]]
		merged.Phrase = c.phrase
		for _, i := range at {
			merged.strength = max(merged.strength, words[i].strength)
			words[i].Text = perennial.Text{}
		}
		words = append(slices.DeleteFunc(words, func(w word) bool { return w.Text.IsZero() }), merged)
	}
	return words
}
