package cluster

import (
	"perennial"
)

// Unit says how the values of a feature are written for people.
type Unit string

// The units of features.
const (
	UnitCount Unit = "count" // a plain number
	UnitDays  Unit = "days"
	UnitMoney Unit = "money" // major units of Options.Currency
	UnitShare Unit = "share" // 0..1
	UnitRatio Unit = "ratio" // a number without a unit, two decimals
)

// Feature describes one column: what it is, how it is brought to a common scale
// and how a group that is high or low in it is called.
type Feature struct {
	ID    string         // for machines: "recency_days"
	Label perennial.Text // for people
	Unit  Unit

	// Log takes the signed logarithm of one plus the value first: for money,
	// counts and days, whose right tail would otherwise decide alone.
	Log bool
	// Block joins columns that speak of one thing (the shares of ten
	// categories): together they weigh at most as much as two columns.
	Block string
	// Partial says that not every customer can have a value (a gap needs two
	// purchases), so that a missing one is no fault of the data.
	Partial bool
	// Chance marks a share that pure chance spreads as well (weekday, hour):
	// where nobody orders twice it says nothing about habit and is left out.
	Chance bool

	// High and Low are the words for a group that stands out upwards and
	// downwards, the first that fits; none where it is not worth saying.
	High, Low []Phrase
	// Tell is the feature in a sentence, with %s for the value ("买过 %s 次").
	// Empty: the label and the value.
	Tell perennial.Text
	// Rest is, for a share, the sentence on what is left to one, told of groups
	// that are low in it ("%s 的订单来自线下").
	Rest perennial.Text
}

// Phrase is a word in the name of a group.
type Phrase struct {
	Text  perennial.Text
	Place Place
	// Bound keeps relative words honest: a High phrase is used only where the
	// group's typical value is at least Bound, a Low one only where it is at most
	// Bound; 0 sets no limit.
	Bound float64
	// Absolute words (一次性) are true whatever the other customers do and need
	// only the slightest distance from them.
	Absolute bool
	// Noun replaces 客 / “buyers” where the phrase has one of its own.
	Noun perennial.Text
}

// Place is where in a name a phrase stands; a name has one phrase a place.
type Place uint8

// The places, in the order of a Chinese name.
const (
	PlaceActivity  Place = iota // 沉睡, 活跃
	PlaceFrequency              // 高频, 一次性
	PlaceRhythm                 // 规律
	PlaceBasket                 // 多件
	PlaceValue                  // 大单
	PlacePromotion              // 促销, 正价
	PlaceTime                   // 周末, 晚间
	PlaceRefund                 // 高退款
	PlaceBreadth                // 跨品类
	PlaceCategory               // 母婴
	PlaceChannel                // 线下
	PlaceTenure                 // 新, 老
	places
)

// englishOrder is the order of the places in an English name.
var englishOrder = [places]Place{
	PlaceActivity, PlaceTenure, PlaceFrequency, PlaceRhythm, PlaceRefund, PlacePromotion, PlaceBasket,
	PlaceValue, PlaceTime, PlaceBreadth, PlaceCategory, PlaceChannel,
}

// Column is one feature with a value for each customer.
type Column struct {
	Feature
	// Values has one entry a customer; NaN or ±Inf where there is none.
	Values []float64
	// Base is, for a share, what it is a share of (the customer's orders). With
	// it the shares of customers who ordered little are drawn towards the common
	// share, as far as the data show that customers differ at all. nil: none.
	Base []float64
}

// Features is the input of Run: columns over the same customers. Columns that
// come first win where two say the same.
type Features struct {
	Customers int
	Columns   []Column
}

// check finds columns that do not fit together.
func (f Features) check() error {
	seen := make(map[string]bool, len(f.Columns))
	for _, c := range f.Columns {
		if len(c.Values) != f.Customers || c.Base != nil && len(c.Base) != f.Customers {
			return perennial.NewError(perennial.KindInvalid, "cluster.column_length",
				perennial.Say("特征“%[1]s”有 %[2]d 个值，客户却有 %[3]d 位。",
					"Feature %[1]q has %[2]d values for %[3]d customers.", c.ID, len(c.Values), f.Customers)).
				WithHint(perennial.Say("每个特征都要给每位客户一个值，没有的填 NaN。", "Give every customer a value in every feature, NaN where there is none."))
		}
		if c.ID == "" || seen[c.ID] {
			return perennial.NewError(perennial.KindInvalid, "cluster.column_name",
				perennial.Say("特征“%s”没有名字或重名。", "Feature %q has no name or shares it with another.", c.ID)).
				WithHint(perennial.Say("给每个特征一个不同的 ID。", "Give each feature an ID of its own."))
		}
		seen[c.ID] = true
	}
	return nil
}
