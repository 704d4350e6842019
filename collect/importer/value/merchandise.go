package value

import "strings"

// Exclusion says what an order line is that is no merchandise.
type Exclusion string

// The reasons for which a line is left out of a customer's purchases.
const (
	Merchandise    Exclusion = "" // goods or services: counted
	ExcludePostage Exclusion = "postage"
	ExcludeAdjust  Exclusion = "adjustment" // manual entries, discounts, bad debt, price differences
	ExcludeFee     Exclusion = "fee"        // bank charges, marketplace fees, commissions
	ExcludeSample  Exclusion = "sample"
	ExcludePrepaid Exclusion = "prepaid" // gift cards and stored value: money that is spent later
	ExcludeBag     Exclusion = "bag"     // the carrier bag at the till
	ExcludeTest    Exclusion = "test"
)

// Excluded judges an order line by its description and its product code. A
// description that says it decides; a code alone does only where no shop gives it
// to goods (POST, BANK CHARGES), never a single letter (M, D), which a shop may
// well use for a product. A word inside the name of a thing does not count:
// CARRIAGE CLOCK and 礼品卡包 are merchandise.
func Excluded(description, code string) Exclusion {
	var buf wordBuffer
	if b, ok := foldWord(description, &buf); ok && len(b) > 0 {
		if reason, ok := excludedNames[string(b)]; ok {
			return reason
		}
		if b[0] >= 0x80 || anyCJK(b) {
			if reason := excludedChinese(b); reason != Merchandise {
				return reason
			}
		} else if reason := excludedEnglish(description); reason != Merchandise {
			return reason
		}
	}
	if len(code) < 3 || len(code) > 20 {
		return Merchandise
	}
	if b, ok := foldWord(code, &buf); ok {
		if reason, ok := excludedCodes[string(b)]; ok {
			return reason
		}
		if strings.HasPrefix(string(b), "gift0001") {
			return ExcludePrepaid
		}
	}
	return Merchandise
}

var excludedCodes = map[string]Exclusion{
	"post": ExcludePostage, "postage": ExcludePostage, "shipping": ExcludePostage, "freight": ExcludePostage, "delivery": ExcludePostage,
	"dotcompostage": ExcludePostage, "bankcharges": ExcludeFee, "amazonfee": ExcludeFee, "cruk": ExcludeFee, "adjust": ExcludeAdjust,
	"adjust2": ExcludeAdjust, "discount": ExcludeAdjust, "giftcard": ExcludePrepaid, "yunfei": ExcludePostage, "youfei": ExcludePostage,
	"test001": ExcludeTest, "test002": ExcludeTest,
}

// excludedNames are whole descriptions.
var excludedNames = map[string]Exclusion{
	"postage": ExcludePostage, "post": ExcludePostage, "dotcompostage": ExcludePostage, "carriage": ExcludePostage,
	"nextdaycarriage": ExcludePostage, "shipping": ExcludePostage, "delivery": ExcludePostage, "freight": ExcludePostage,
	"packingcharge": ExcludePostage, "postageandpacking": ExcludePostage, "p&p": ExcludePostage, "shippingandhandling": ExcludePostage,
	"expressshipping": ExcludePostage, "standardshipping": ExcludePostage,
	"manual": ExcludeAdjust, "discount": ExcludeAdjust, "adjustment": ExcludeAdjust, "adjust": ExcludeAdjust, "adjustbaddebt": ExcludeAdjust,
	"rounding": ExcludeAdjust, "tip": ExcludeAdjust, "tips": ExcludeAdjust, "deposit": ExcludeAdjust, "pricedifference": ExcludeAdjust, "storecredit": ExcludePrepaid,
	"bankcharges": ExcludeFee, "bankcharge": ExcludeFee, "amazonfee": ExcludeFee, "servicefee": ExcludeFee, "servicecharge": ExcludeFee,
	"handlingfee": ExcludeFee, "crukcommission": ExcludeFee, "commission": ExcludeFee,
	"sample": ExcludeSample, "samples": ExcludeSample,
	"giftcard": ExcludePrepaid, "giftcards": ExcludePrepaid, "giftvoucher": ExcludePrepaid, "egiftcard": ExcludePrepaid, "giftcertificate": ExcludePrepaid,
	"carrierbag": ExcludeBag, "shoppingbag": ExcludeBag, "plasticbag": ExcludeBag,
	"thisisatestproduct.": ExcludeTest, "testproduct": ExcludeTest,

	"运费": ExcludePostage, "邮费": ExcludePostage, "快递费": ExcludePostage, "配送费": ExcludePostage, "包装费": ExcludePostage, "打包费": ExcludePostage,
	"餐盒费": ExcludePostage, "外送费": ExcludePostage, "运费险": ExcludeFee, "服务费": ExcludeFee, "手续费": ExcludeFee,
	"差价": ExcludeAdjust, "补差": ExcludeAdjust, "折扣": ExcludeAdjust, "优惠": ExcludeAdjust, "抹零": ExcludeAdjust, "定金": ExcludeAdjust,
	"订金": ExcludeAdjust, "押金": ExcludeAdjust, "调账": ExcludeAdjust, "小费": ExcludeAdjust,
	"样品": ExcludeSample, "小样": ExcludeSample,
	"储值": ExcludePrepaid, "充值": ExcludePrepaid, "储值卡": ExcludePrepaid, "礼品卡": ExcludePrepaid, "购物卡": ExcludePrepaid, "会员储值": ExcludePrepaid,
	"预存": ExcludePrepaid, "预存款": ExcludePrepaid, "提货卡": ExcludePrepaid, "提货券": ExcludePrepaid,
	"购物袋": ExcludeBag, "塑料袋": ExcludeBag, "手提袋": ExcludeBag, "胶袋": ExcludeBag, "马夹袋": ExcludeBag, "环保袋": ExcludeBag,
	"测试商品": ExcludeTest, "测试": ExcludeTest,
}

// chineseWord is a word that decides wherever it stands, unless one of not
// follows it at once.
type chineseWord struct {
	word   string
	reason Exclusion
	not    []string
	start  bool // only at the beginning
}

var chineseWords = []chineseWord{
	{word: "补差价", reason: ExcludeAdjust}, {word: "差价补", reason: ExcludeAdjust}, {word: "差价链接", reason: ExcludeAdjust},
	{word: "差价专拍", reason: ExcludeAdjust}, {word: "补价链接", reason: ExcludeAdjust},
	{word: "补运费", reason: ExcludePostage}, {word: "补邮费", reason: ExcludePostage}, {word: "补邮", reason: ExcludePostage, start: true},
	{word: "运费补", reason: ExcludePostage}, {word: "邮费补", reason: ExcludePostage}, {word: "运费", reason: ExcludePostage, start: true, not: []string{"险"}},
	{word: "邮费", reason: ExcludePostage, start: true}, {word: "运费链接", reason: ExcludePostage}, {word: "邮费链接", reason: ExcludePostage},
	{word: "邮费专拍", reason: ExcludePostage}, {word: "运费专拍", reason: ExcludePostage}, {word: "运费险", reason: ExcludeFee},
	{word: "礼品卡", reason: ExcludePrepaid, not: []string{"片", "通", "包", "盒", "套", "册", "夹"}},
	{word: "储值", reason: ExcludePrepaid, not: []string{"卡包", "卡套"}}, {word: "充值", reason: ExcludePrepaid, not: []string{"器"}},
	{word: "购物卡", reason: ExcludePrepaid, not: []string{"包", "套", "片"}},
}

// bagWords are what may stand before and behind a carrier bag of the till; with
// anything else (帆布购物袋 女 大容量) it is a bag that somebody bought.
var bagFront = []string{"大号", "中号", "小号", "特大", "超大", "塑料", "环保", "纸质", "无纺布", "收费", "门店", "超市", "一次性", "可降解", "降解", "品牌", "大", "中", "小"}
var bagBack = []string{"大号", "中号", "小号", "特大号", "大", "中", "小", "费", "l", "m", "s", "xl", "1个", "一个", "个", "元"}

func excludedChinese(b []byte) Exclusion {
	s := string(b)
	for _, w := range chineseWords {
		i := strings.Index(s, w.word)
		if i < 0 || w.start && i > 0 {
			continue
		}
		rest, blocked := s[i+len(w.word):], false
		for _, n := range w.not {
			blocked = blocked || strings.HasPrefix(rest, n)
		}
		if !blocked {
			return w.reason
		}
	}
	for _, bag := range [...]string{"购物袋", "塑料袋", "手提袋", "环保袋"} {
		i := strings.Index(s, bag)
		if i >= 0 && onlyOf(s[:i], bagFront) && onlyOf(s[i+len(bag):], bagBack) {
			return ExcludeBag
		}
	}
	return Merchandise
}

// onlyOf reports whether s is made of the words and digits alone.
func onlyOf(s string, words []string) bool {
next:
	for s != "" {
		if digit(s[0]) || s[0] == '.' {
			s = s[1:]
			continue
		}
		for _, w := range words {
			if rest, ok := strings.CutPrefix(s, w); ok {
				s = rest
				continue next
			}
		}
		return false
	}
	return true
}

// englishPhrases decide at the beginning of a description or, where they are
// two words or more, at its end.
var englishPhrases = []struct {
	phrase string
	reason Exclusion
	end    bool
}{
	{"shipping fee", ExcludePostage, true}, {"shipping cost", ExcludePostage, true}, {"shipping charge", ExcludePostage, true},
	{"delivery fee", ExcludePostage, true}, {"delivery charge", ExcludePostage, true}, {"postage", ExcludePostage, false}, {"freight charge", ExcludePostage, true},
	{"gift card", ExcludePrepaid, true}, {"gift voucher", ExcludePrepaid, true}, {"e-gift card", ExcludePrepaid, true}, {"gift certificate", ExcludePrepaid, true},
	{"price difference", ExcludeAdjust, false}, {"bank charge", ExcludeFee, false}, {"adjust bad debt", ExcludeAdjust, false},
}

// excludedEnglish looks for a phrase at an end of the description, leaving aside
// an amount behind it ("Gift Voucher £20.00").
func excludedEnglish(description string) Exclusion {
	s := strings.TrimRight(trimSpace(description), "0123456789.,£$€¥+-# ")
	for _, p := range englishPhrases {
		n := len(p.phrase)
		if len(s) <= n {
			if strings.EqualFold(s, p.phrase) {
				return p.reason
			}
			continue
		}
		switch {
		case p.end && s[len(s)-n-1] == ' ' && strings.EqualFold(s[len(s)-n:], p.phrase):
			return p.reason
		case (s[n] == ' ' || s[n] == ':') && strings.EqualFold(s[:n], p.phrase) && plainTail(s[n+1:]):
			return p.reason
		}
	}
	return Merchandise
}

// plainTail reports whether what follows a phrase is no thing: "Postage to
// Germany" is postage, "postage stamp cushion" is a cushion.
func plainTail(s string) bool {
	s = trimSpace(s)
	for _, w := range [...]string{"to ", "for ", "from ", "- ", "(", "&", "and ", "charge", "fee", "£", "$", "€", "top up", "surcharge"} {
		if len(s) >= len(w) && strings.EqualFold(s[:len(w)], w) {
			return true
		}
	}
	return s == ""
}

func anyCJK(b []byte) bool {
	for _, c := range b {
		if c >= 0xE3 {
			return true
		}
	}
	return false
}
