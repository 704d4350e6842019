package segment

import "perennial"

// Unit is what a number counts.
type Unit string

// The units of numbers; money is in the currency of the snapshot.
const (
	InDays   Unit = "days"
	InOrders Unit = "orders"
	InShare  Unit = "share" // 0 … 1
	InMoney  Unit = "money"
)

// meaning says what an attribute is, for who asks.
type meaning struct {
	unit       Unit
	definition perennial.Text
}

func means(unit Unit, zh, en string) meaning { return meaning{unit, perennial.Text{ZH: zh, EN: en}} }

// meanings say what each attribute is. The report's definitions say how it is
// figured.
var meanings = map[string]meaning{
	"first_day":           means("", "第一个购买日。", "The first purchase day."),
	"last_day":            means("", "截至日之前最近的购买日。", "The latest purchase day up to the as-of day."),
	"purchase_days":       means(InDays, "有购买的天数；同一天多笔算一天。", "Days with a purchase; several on one day are one."),
	"orders":              means(InOrders, "付了款、没有全额退款的订单数。", "Orders that were paid and not wholly refunded."),
	"revenue":             means(InMoney, "全部历史的净收入，已扣退款。", "Net revenue of the whole history, refunds deducted."),
	"recency_days":        means(InDays, "截至日减最近购买日。", "The as-of day less the last purchase day."),
	"frequency":           means(InDays, "窗口内的购买天数，RFM 的 F。", "Purchase days in the window: the F of RFM."),
	"monetary":            means(InMoney, "窗口内的净收入，RFM 的 M。", "Net revenue in the window: the M of RFM."),
	"r_score":             means("", "R 的分数，分数越高离上次购买越近。", "Score of R: the higher, the more recent."),
	"f_score":             means("", "F 的分数，分数越高买得越勤。", "Score of F: the higher, the more often."),
	"m_score":             means("", "M 的分数，分数越高花得越多。", "Score of M: the higher, the more money."),
	"rfm_code":            means("", "八类之一：R、F、M 各高或低。", "One of eight classes: R, F and M each high or low."),
	"stage":               means("", "按规则集判定的生命周期阶段。", "Stage of the lifecycle by the rule set."),
	"stage_since":         means("", "进入现在这个阶段的那天。", "The day on which the stage began."),
	"previous_stage":      means("", "之前所在的阶段。", "The stage before."),
	"returned":            means("", "流失后又回来购买，标记还在。", "Came back after having been lost, and still carries the mark."),
	"own_rhythm_days":     means(InDays, "这位客户自己两次购买之间的典型间隔。", "The customer's own usual gap between purchases."),
	"silence_ratio":       means("", "沉默天数是自己节奏的几倍。", "Days silent as a multiple of the own rhythm."),
	"p_alive":             means(InShare, "模型估计这位客户还会再买的概率。", "The model's probability that the customer will buy again."),
	"expected_orders_90":  means(InOrders, "模型预期未来 90 天的购买次数。", "Purchases that the model expects in the next 90 days."),
	"expected_orders_365": means(InOrders, "模型预期未来 365 天的购买次数。", "Purchases that the model expects in the next 365 days."),
	"clv_12":              means(InMoney, "模型预期未来 12 个月的价值，已折现。", "Value that the model expects of the next 12 months, discounted."),
	"next_due":            means("", "最近购买日加自己的节奏。", "The last purchase day plus the own rhythm."),
	"cluster":             means("", "智能分群的序号，从 0 起。", "Number of the cluster, from 0."),
	"category":            means("", "第一单的主要品类。", "Main category of the first order."),
	"channel":             means("", "第一单的渠道。", "Channel of the first order."),
	"promoted":            means("", "第一单用了优惠。", "The first order came with a discount."),
	"joined":              means("", "会员文件里的入会日。", "The day of joining, from a member file."),
	"tier":                means("", "会员文件里的等级。", "The tier, from a member file."),
	"store":               means("", "会员文件里的归属门店。", "The store, from a member file."),
	"city":                means("", "会员文件里的城市。", "The city, from a member file."),
}

// Unit is what the attribute's numbers count, "" where that goes without saying.
func (a Attribute) Unit() Unit { return meanings[a.Name].unit }

// Definition says what the attribute is.
func (a Attribute) Definition() perennial.Text { return meanings[a.Name].definition }

// Ops lists what the attribute can be compared by.
func (a Attribute) Ops() []Op {
	out := []Op{}
	for _, op := range []Op{Is, IsNot, In, NotIn, AtLeast, AtMost, Between, Known, Unknown} {
		values := map[Op]int{Between: 2, Known: 0, Unknown: 0}
		n, ok := values[op]
		if !ok {
			n = 1
		}
		knowing := op == Known || op == Unknown
		if (a.Unknown || !knowing) && (Condition{Attribute: a.Name, Op: op, Values: make([]string, n)}).check(a) == nil {
			out = append(out, op)
		}
	}
	return out
}
