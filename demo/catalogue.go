package demo

import (
	"fmt"
	"slices"

	"perennial"
)

// Brand is the fictitious shop.
const Brand = "山野集"

// Channel is where an order was made.
type Channel uint8

// The channels.
const (
	Tmall Channel = iota
	MiniProgram
	Store
	Site
	channelCount
)

// String names the channel as the shop's people do.
func (c Channel) String() string {
	return [...]string{"天猫旗舰店", "小程序", "门店", "独立站"}[c]
}

// home and visits: the share of customers whose home is the channel, and the
// share of an order away from home.
var channelShare = []float64{0.47, 0.22, 0.27, 0.04}

// loyalToChannel is the probability that an order is made in the home channel.
const loyalToChannel = 0.86

// Shopfront is one of the shop's stores.
type Shopfront struct {
	Code   string
	Name   string
	Opened perennial.Day // the first day of business; before the simulation for old stores
	Share  float64       // of store visits, when open
}

func shopfronts(o Options) []Shopfront {
	third := (o.End - o.Start) / 3
	return []Shopfront{
		{"S01", "云溪路店", o.Start - 900, 0.34},
		{"S02", "滨江店", o.Start - 700, 0.30},
		{"S03", "城北店", o.Start - 400, 0.21},
		{"S04", "老街店", o.Start + third, 0.15},
	}
}

// Category is a first-level category with the cycle in which it is used up.
type Category struct {
	Code  string
	Name  string
	Cycle float64 // days in which a purchase is used up
	// Pace multiplies the gap that follows a purchase in this category:
	// Cycle ÷ the mean cycle, weighted by Weight.
	Pace   float64
	Weight float64     // share of choices, out of season
	Season [12]float64 // multiplies Weight by month, January first
}

// Product is what a line sells. Merchandise is false for postage, adjustments
// and bags.
type Product struct {
	Code        string // digits with leading zeros
	Name        string
	Category    int // index into Shop.Categories, -1 for what is no merchandise
	Subcategory string
	List        perennial.Money
	Cost        perennial.Money
	Merchandise bool
}

var (
	allYear  = [12]float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
	summer   = [12]float64{0.3, 0.4, 0.8, 1.5, 2.2, 2.6, 2.4, 1.8, 0.9, 0.5, 0.3, 0.3}
	winter   = [12]float64{1.4, 1.3, 1.1, 0.9, 0.8, 0.7, 0.7, 0.7, 0.9, 1.1, 1.4, 1.5}
	presents = [12]float64{2.5, 1.4, 0.9, 0.5, 0.9, 0.8, 0.5, 0.9, 2.0, 0.8, 1.0, 1.2}
)

// Categories by index; the story of the demo speaks of masks and creams.
const (
	catCleanser = iota
	catMask
	catSerum
	catCream
	catSun
	catHair
	catGift
)

func categories() []Category {
	list := []Category{
		{"01", "洁面", 50, 0, 0.18, allYear},
		{"02", "面膜", 30, 0, 0.22, allYear},
		{"03", "精华", 55, 0, 0.14, allYear},
		{"04", "面霜", 66, 0, 0.16, winter},
		{"05", "防晒", 48, 0, 0.10, summer},
		{"06", "洗护", 44, 0, 0.14, allYear},
		{"07", "礼盒", 90, 0, 0.06, presents},
	}
	sum, mean := 0.0, 0.0
	for _, c := range list {
		sum += c.Weight
		mean += c.Weight * c.Cycle
	}
	for i := range list {
		list[i].Pace = list[i].Cycle / (mean / sum)
	}
	return list
}

// stock lists the merchandise: category, subcategory, name, list price and cost
// in 元.
var stock = []struct {
	category    int
	subcategory string
	name        string
	list, cost  float64
}{
	{catCleanser, "洁面乳", "茶籽温和洁面乳 100g", 59, 16},
	{catCleanser, "洁面乳", "茶籽温和洁面乳 200g", 98, 26},
	{catCleanser, "洁面泡沫", "竹露氨基酸洁面泡沫 150ml", 79, 22},
	{catCleanser, "卸妆", "山茶籽卸妆油 150ml", 118, 34},
	{catCleanser, "卸妆", "山茶籽卸妆膏 90g", 88, 25},
	{catMask, "贴片面膜", "苔藓补水面膜 5 片", 69, 15},
	{catMask, "贴片面膜", "苔藓补水面膜 10 片", 119, 28},
	{catMask, "贴片面膜", "银耳舒缓面膜 5 片", 89, 21},
	{catMask, "贴片面膜", "银耳舒缓面膜单片", 19.9, 4.5},
	{catMask, "涂抹面膜", "山泥清洁面膜 100g", 109, 29},
	{catMask, "睡眠面膜", "雪莲睡眠面膜 80g", 139, 38},
	{catSerum, "精华液", "野菊修护精华 30ml", 199, 52},
	{catSerum, "精华液", "野菊修护精华 50ml", 299, 75},
	{catSerum, "精华液", "松茸紧致精华 30ml", 369, 96},
	{catSerum, "精华水", "竹露精华水 200ml", 149, 36},
	{catSerum, "眼部", "松茸眼霜 15g", 229, 60},
	{catCream, "面霜", "苔藓保湿霜 50g", 129, 33},
	{catCream, "面霜", "雪莲滋养霜 50g", 189, 48},
	{catCream, "面霜", "松茸紧致霜 50g", 329, 86},
	{catCream, "乳液", "竹露清爽乳 120ml", 109, 28},
	{catCream, "身体乳", "山茶身体乳 250ml", 75, 19},
	{catSun, "防晒乳", "晨雾防晒乳 SPF50 50ml", 108, 30},
	{catSun, "防晒乳", "晨雾防晒乳 SPF50 30ml", 72, 20},
	{catSun, "防晒喷雾", "晨雾防晒喷雾 150ml", 89, 24},
	{catSun, "晒后", "芦荟晒后舒缓胶 120g", 49, 12},
	{catHair, "洗发", "无患子洗发水 300ml", 69, 18},
	{catHair, "洗发", "无患子洗发水 500ml", 99, 26},
	{catHair, "护发", "山茶护发素 300ml", 65, 17},
	{catHair, "沐浴", "柚叶沐浴露 500ml", 58, 14},
	{catHair, "手部", "山茶护手霜 50g", 29.9, 7.5},
	{catHair, "手部", "山茶护手霜 3 支装", 79, 21},
	{catGift, "护肤礼盒", "四时护肤礼盒", 459, 138},
	{catGift, "护肤礼盒", "松茸尊享礼盒", 799, 240},
	{catGift, "伴手礼", "山野伴手礼盒", 168, 49},
	{catGift, "伴手礼", "节气手霜礼盒", 128, 37},
}

// What is sold besides; indices into the end of the product list.
const (
	productTrial = iota
	productPostage
	productAdjustment
	productBag
)

var besides = []Product{
	{"0801001", "山野体验装三件套", -1, "试用装", 0, 620, true},
	{"9900001", "运费", -1, "其他", 800, 800, false},
	{"9900002", "补差价专拍", -1, "其他", 100, 0, false},
	{"9900003", "购物袋", -1, "其他", 100, 35, false},
}

// catalogue answers the questions of a basket quickly.
type catalogue struct {
	categories []Category
	products   []Product
	besides    int     // index of the first of besides
	of         [][]int // products of a category
	byPrice    []int   // merchandise by list price, ascending
	weights    [12][]float64
}

func newCatalogue() *catalogue {
	c := &catalogue{categories: categories()}
	c.of = make([][]int, len(c.categories))
	for i, s := range stock {
		c.of[s.category] = append(c.of[s.category], i)
		c.byPrice = append(c.byPrice, i)
		c.products = append(c.products, Product{
			Code:        fmt.Sprintf("%s01%03d", c.categories[s.category].Code, len(c.of[s.category])),
			Name:        s.name,
			Category:    s.category,
			Subcategory: s.subcategory,
			List:        yuan(s.list),
			Cost:        yuan(s.cost),
			Merchandise: true,
		})
	}
	c.besides = len(c.products)
	c.products = append(c.products, besides...)
	slices.SortFunc(c.byPrice, func(a, b int) int { return int(c.products[a].List - c.products[b].List) })
	for m := range c.weights {
		for _, cat := range c.categories {
			c.weights[m] = append(c.weights[m], cat.Weight*cat.Season[m])
		}
	}
	return c
}

// special returns the index of one of besides.
func (c *catalogue) special(k int) int { return c.besides + k }

// nearest returns the merchandise whose list price is nearest to the money.
func (c *catalogue) nearest(money perennial.Money) int {
	k, found := slices.BinarySearchFunc(c.byPrice, money, func(i int, m perennial.Money) int {
		return int(c.products[i].List - m)
	})
	if k == len(c.byPrice) || !found && k > 0 &&
		money-c.products[c.byPrice[k-1]].List < c.products[c.byPrice[k]].List-money {
		k--
	}
	return c.byPrice[k]
}

// yuan rounds major units to the cent.
func yuan(v float64) perennial.Money { return perennial.Money(v*100 + 0.5) }
