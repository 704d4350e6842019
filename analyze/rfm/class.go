package rfm

import "perennial"

// Code is a class: bit 2 is set where R is high, bit 1 where F is, bit 0 where M
// is. Wholesale stands beside the eight classes.
type Code uint8

// Wholesale marks a very large customer that is kept apart from the classes.
const Wholesale Code = 8

// codes is the order in which the classes are listed, best first.
var codes = [8]Code{7, 5, 3, 1, 6, 4, 2, 0}

// makeCode puts three findings together.
func makeCode(r, f, m bool) Code {
	var c Code
	if r {
		c |= 4
	}
	if f {
		c |= 2
	}
	if m {
		c |= 1
	}
	return c
}

// String writes the class as three digits R, F, M: "101"; Wholesale as
// "wholesale".
func (c Code) String() string {
	if c >= Wholesale {
		return "wholesale"
	}
	return string([]byte{'0' + byte(c>>2&1), '0' + byte(c>>1&1), '0' + byte(c&1)})
}

// MarshalText writes String.
func (c Code) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Name names the class for people.
func (c Code) Name() perennial.Text {
	switch c {
	case 7:
		return perennial.Text{ZH: "重要价值客户", EN: "Champions"}
	case 5:
		return perennial.Text{ZH: "重要发展客户", EN: "High spenders to develop"}
	case 3:
		return perennial.Text{ZH: "重要保持客户", EN: "Loyal, drifting away"}
	case 1:
		return perennial.Text{ZH: "重要挽留客户", EN: "High spenders to win back"}
	case 6:
		return perennial.Text{ZH: "一般价值客户", EN: "Regulars"}
	case 4:
		return perennial.Text{ZH: "一般发展客户", EN: "Recent, low spend"}
	case 2:
		return perennial.Text{ZH: "一般保持客户", EN: "Fading regulars"}
	case 0:
		return perennial.Text{ZH: "一般挽留客户", EN: "Dormant"}
	}
	return perennial.Text{ZH: "批发客户", EN: "Wholesale"}
}

// The three layers over the classes, each for an owner of its own.
const (
	LayerLoyal   = "high_value_loyal"
	LayerDevelop = "to_develop"
	LayerAtRisk  = "at_risk"
)

var layerNames = [3]struct {
	layer string
	name  perennial.Text
}{
	{LayerLoyal, perennial.Text{ZH: "高价值忠诚", EN: "High-value loyal"}},
	{LayerDevelop, perennial.Text{ZH: "待发展", EN: "To be developed"}},
	{LayerAtRisk, perennial.Text{ZH: "流失风险", EN: "At risk"}},
}

// Layer returns the layer of the class, "" for Wholesale.
func (c Code) Layer() string {
	switch {
	case c >= Wholesale:
		return ""
	case c&6 == 6:
		return LayerLoyal
	case c&4 != 0:
		return LayerDevelop
	}
	return LayerAtRisk
}

// Class is what one class holds. Revenue is M, the money in the window.
type Class struct {
	Code      Code             `json:"code"`
	NameZH    string           `json:"name_zh"`
	NameEN    string           `json:"name_en"`
	Layer     string           `json:"layer"`
	Customers int              `json:"customers"`
	Revenue   perennial.Amount `json:"revenue"`
}

// Layer is what one layer holds.
type Layer struct {
	Layer     string           `json:"layer"`
	NameZH    string           `json:"name_zh"`
	NameEN    string           `json:"name_en"`
	Codes     []Code           `json:"codes"`
	Customers int              `json:"customers"`
	Revenue   perennial.Amount `json:"revenue"`
}

// tally counts classes and layers; all eight classes are there, empty or not.
func tally(currency perennial.Currency, class []Code, money []perennial.Money) ([]Class, []Layer) {
	var customers [Wholesale + 1]int
	var revenue [Wholesale + 1]perennial.Money
	for i, c := range class {
		customers[c]++
		revenue[c] += money[i]
	}
	classes := make([]Class, 0, len(codes))
	layers := make([]Layer, len(layerNames))
	for k, l := range layerNames {
		layers[k] = Layer{Layer: l.layer, NameZH: l.name.ZH, NameEN: l.name.EN, Revenue: currency.Amount(0)}
	}
	for _, c := range codes {
		name := c.Name()
		classes = append(classes, Class{
			Code: c, NameZH: name.ZH, NameEN: name.EN, Layer: c.Layer(),
			Customers: customers[c], Revenue: currency.Amount(revenue[c]),
		})
		for k := range layers {
			if layers[k].Layer == c.Layer() {
				layers[k].Codes = append(layers[k].Codes, c)
				layers[k].Customers += customers[c]
				layers[k].Revenue.Minor += revenue[c]
			}
		}
	}
	return classes, layers
}
