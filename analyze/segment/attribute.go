package segment

import (
	"strconv"
	"strings"

	"perennial"
	"perennial/analyze/history"
	"perennial/store/warehouse"
)

// Kind is what the values of an attribute are.
type Kind string

// The kinds of attributes. Money is in minor units in the table and in major units
// in rules and answers.
const (
	Text   Kind = "text"
	Whole  Kind = "whole"
	Number Kind = "number"
	Money  Kind = "money"
	Day    Kind = "day"
	Flag   Kind = "flag"
)

// Attribute is something known of a customer.
type Attribute struct {
	Name  string         `json:"name"` // in rules, and of the column in table scores
	Kind  Kind           `json:"kind"`
	Label perennial.Text `json:"label"`
	// Unknown says that the value may be missing: '' for texts, NoDay for days, below
	// zero for the others.
	Unknown bool `json:"unknown"`
}

func attribute(name string, kind Kind, unknown bool, zh, en string) Attribute {
	return Attribute{Name: name, Kind: kind, Unknown: unknown, Label: perennial.Text{ZH: zh, EN: en}}
}

// attributes are all that can be asked for, in the order of the table.
var attributes = []Attribute{
	attribute("first_day", Day, false, "首购日", "First purchase"),
	attribute("last_day", Day, false, "最近购买日", "Last purchase"),
	attribute("purchase_days", Whole, false, "累计购买天数", "Purchase days"),
	attribute("orders", Whole, false, "累计订单", "Orders"),
	attribute("revenue", Money, false, "累计收入", "Revenue to date"),
	attribute("recency_days", Whole, false, "最近购买距今天数", "Days since last purchase"),
	attribute("frequency", Whole, false, "购买频次（窗口内）", "Frequency in the window"),
	attribute("monetary", Money, false, "消费金额（窗口内）", "Money in the window"),
	attribute("r_score", Whole, true, "R 分", "R score"),
	attribute("f_score", Whole, true, "F 分", "F score"),
	attribute("m_score", Whole, true, "M 分", "M score"),
	attribute("rfm_code", Text, true, "RFM 分类", "RFM class"),
	attribute("stage", Text, false, "生命周期阶段", "Lifecycle stage"),
	attribute("stage_since", Day, true, "进入阶段的日期", "In stage since"),
	attribute("previous_stage", Text, true, "上一阶段", "Previous stage"),
	attribute("returned", Flag, false, "回流", "Returned"),
	attribute("own_rhythm_days", Number, true, "自己的节奏（天）", "Own rhythm in days"),
	attribute("silence_ratio", Number, true, "沉默比", "Silence ratio"),
	attribute("p_alive", Number, true, "存活概率", "Probability alive"),
	attribute("expected_orders_90", Number, true, "预期购买次数（90 天）", "Expected purchases, 90 days"),
	attribute("expected_orders_365", Number, true, "预期购买次数（365 天）", "Expected purchases, 365 days"),
	attribute("clv_12", Money, true, "未来 12 个月价值", "Value of the next 12 months"),
	attribute("next_due", Day, true, "预计复购日", "Next order due"),
	attribute("cluster", Whole, true, "智能分群", "Cluster"),
	attribute("category", Text, true, "首单品类", "First category"),
	attribute("channel", Text, true, "首单渠道", "First channel"),
	attribute("promoted", Flag, false, "首单有优惠", "First order at a discount"),
	attribute("joined", Day, true, "入会日", "Joined"),
	attribute("tier", Text, true, "会员等级", "Tier"),
	attribute("store", Text, true, "归属门店", "Store"),
	attribute("city", Text, true, "城市", "City"),
}

// Attributes lists what rules may ask for.
func Attributes() []Attribute { return append([]Attribute(nil), attributes...) }

// find returns the attribute of a name.
func find(name string) (Attribute, bool) {
	for _, a := range attributes {
		if a.Name == name {
			return a, true
		}
	}
	return Attribute{}, false
}

// IsUnknown tells whether a value of a Row says that nothing is known.
func (a Attribute) IsUnknown(value any) bool {
	if !a.Unknown {
		return false
	}
	switch v := value.(type) {
	case string:
		return v == ""
	case float64:
		return v < 0
	case int64:
		if a.Kind == Day {
			return v == warehouse.NoDay
		}
		return v < 0
	}
	return true
}

// value reads a value of a rule into what the table holds.
func (a Attribute) value(text string, currency perennial.Currency) (any, bool) {
	text = strings.TrimSpace(text)
	switch a.Kind {
	case Text:
		return text, len(text) <= 200
	case Whole:
		v, err := strconv.ParseInt(text, 10, 64)
		return v, err == nil
	case Number:
		v, err := strconv.ParseFloat(text, 64)
		return v, err == nil && v == v && v >= -1e15 && v <= 1e15
	case Money:
		amount := currency.Amount(0)
		err := amount.UnmarshalJSON([]byte(text))
		return int64(amount.Minor), err == nil
	case Day:
		d, err := perennial.ParseDay(text)
		return d.String(), err == nil && d != history.NoDay
	case Flag:
		switch text {
		case "true", "1", "yes", "是":
			return int64(1), true
		case "false", "0", "no", "否":
			return int64(0), true
		}
	}
	return nil, false
}

// unknown is the condition that the value is missing.
func (a Attribute) unknown() string {
	switch a.Kind {
	case Text:
		return a.Name + " = ''"
	case Day:
		return a.Name + " = '" + perennial.Day(warehouse.NoDay).String() + "'"
	}
	return a.Name + " < 0"
}
