package value

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestID(t *testing.T) {
	cases := []struct {
		cell, want string
		bad        *Problem
	}{
		{"00004", "00004", nil}, {" 17850 ", "17850", nil}, {`="00123"`, "00123", nil}, {"'00123", "00123", nil}, {"\t00123", "00123", nil}, {`"A12"`, "A12", nil}, {"\ufeffA\u200b12", "A12", nil},
		{"１２３ＡＢ", "123AB", nil}, {"17850.0", "17850", nil}, {"17850.00", "17850", nil}, {"17850.5", "17850.5", nil}, {"#1001", "#1001", nil}, {"85123A", "85123A", nil}, {"C536379", "C536379", nil}, {"12E5", "12E5", nil}, {"1E3", "1E3", nil}, {"2XL", "2XL", nil}, {"会员001", "会员001", nil}, {"tb_小白", "tb_小白", nil},
		{"1.23457E+17", "", IDRuined}, {"1.23457e17", "", IDRuined}, {"123E+15", "", IDRuined}, {"=\"1.23457E+17\"", "", IDRuined},
		{"138****8000", "", IDMasked}, {"138xxxx8000", "", IDMasked}, {"138＊＊＊＊8000", "", IDMasked}, {"t**3", "", IDMasked}, {"张*", "", IDMasked}, {"A*B", "A*B", nil}, {"3XL", "3XL", nil},
		{"", "", IDEmpty}, {"null", "", IDEmpty}, {"NULL", "", IDEmpty}, {"None", "", IDEmpty}, {"-", "", IDEmpty}, {"--", "", IDEmpty}, {"N/A", "", IDEmpty}, {"nan", "", IDEmpty}, {"无", "", IDEmpty}, {"空", "", IDEmpty}, {"\u200b", "", IDEmpty}, {`""`, "", IDEmpty}, {`=""`, "", IDEmpty},
		{"A\xff12", "", IDBroken}, {"无印良品", "无印良品", nil}, {"空军1号", "空军1号", nil},
	}
	for _, c := range cases {
		if got, p := ID(c.cell); got != c.want || p != c.bad {
			t.Errorf("ID(%q) = %q %v, want %q %v", c.cell, got, p, c.want, c.bad)
		}
	}
	for v, want := range map[float64]string{17850: "17850", 0: "0", 123456789012345: "123456789012345", 17850.5: "17850.5"} {
		if got, p := IDOf(v); got != want || p != nil {
			t.Errorf("IDOf(%v) = %q %v", v, got, p)
		}
	}
	for v, want := range map[float64]*Problem{1e15: IDRuined, 1 << 53: IDRuined, 1.23457e17: IDRuined, math.Inf(1): IDRuined, math.NaN(): IDEmpty} {
		if _, p := IDOf(v); p != want {
			t.Errorf("IDOf(%v): %v", v, p)
		}
	}
	if !RoundedID("123456789012345000") || RoundedID("123456789012345600") || RoundedID("12345") || !LongID("123456789012345600") {
		t.Error("rounded ids")
	}
}

// Cleaning is done once: a cleaned id is clean.
func TestIDIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.RuneFrom([]rune("019AaZ-_#'\"= \t\u200b１Ａ会\u3000.")), 0, 12, -1).Draw(t, "s")
		once, p := ID(s)
		if p != nil {
			return
		}
		twice, p := ID(once)
		if p == IDEmpty || p == nil && twice == once {
			return
		}
		// Protection within protection (='="1"') may come off in layers.
		if p == nil {
			if again, _ := ID(twice); len(again) <= len(twice) {
				return
			}
		}
		t.Fatalf("%q → %q → %q %v", s, once, twice, p)
	})
}

func TestStatus(t *testing.T) {
	words := map[Status][]string{
		StatusPaid:           {"已付款", "已发货", "交易成功", "已完成", "已签收", "待发货", "卖家已发货", "卖家已发货，等待买家确认", "买家已付款，等待卖家发货", "等待出库", "完成", "paid", "Fulfilled", "shipped", "completed", "PAID ", "退款中"},
		StatusUnpaid:         {"待付款", "等待买家付款", "pending", "Pending payment", "authorized", "partially_paid", "定金已付，尾款未付"},
		StatusClosed:         {"交易关闭", "已取消", "cancelled", "Canceled", "voided", "(删除)已取消"},
		StatusRefunded:       {"已退款", "refunded", "退款成功"},
		StatusPartlyRefunded: {"partially_refunded", "Partially refunded", "部分退款"},
		StatusNone:           {"", " ", "null", "-"},
		StatusUnknown:        {"蓝色", "unfulfilled", "foo", "somewhere between here and there, or perhaps not at all, who can say what such a long text means"},
	}
	w := NewStatusWords(map[string]Status{"(删除) 已取消": StatusClosed, "已 过 账": StatusPaid})
	for want, cells := range words {
		for _, s := range cells {
			if got := w.Status(s); got != want {
				t.Errorf("Status(%q) = %v, want %v", s, got, want)
			}
		}
	}
	if w.Status("已过账") != StatusPaid || (StatusWords{}).Status("已过账") != StatusUnknown {
		t.Error("a preset's own word")
	}
	if s, ok := ParseStatusName("partially_refunded"); !ok || s != StatusPartlyRefunded {
		t.Error("status names")
	}
	if RowKind("退货") != KindRefund || RowKind("Sale") != KindSale || RowKind("?") != KindUnknown {
		t.Error("kinds of rows")
	}
}

func TestBool(t *testing.T) {
	for _, s := range []string{"true", "1", "on", "YES", "是", "有", "√"} {
		if v, p := Bool(s); !v || p != nil {
			t.Errorf("Bool(%q) = %v %v", s, v, p)
		}
	}
	for _, s := range []string{"false", "0", "off", "No", "否", "无"} {
		if v, p := Bool(s); v || p != nil {
			t.Errorf("Bool(%q) = %v %v", s, v, p)
		}
	}
	for _, s := range []string{"", "maybe", "2"} {
		if _, p := Bool(s); p != BoolFormat {
			t.Errorf("Bool(%q): %v", s, p)
		}
	}
}

func TestExcluded(t *testing.T) {
	cases := []struct {
		description, code string
		want              Exclusion
	}{
		{"POSTAGE", "POST", ExcludePostage}, {"", "POST", ExcludePostage}, {"Manual", "M", ExcludeAdjust}, {"Manual", "m", ExcludeAdjust}, {"", "M", Merchandise}, {"T-shirt", "M", Merchandise}, {"Dress", "D", Merchandise},
		{"Discount", "D", ExcludeAdjust}, {"Bank Charges", "BANK CHARGES", ExcludeFee}, {"AMAZON FEE", "AMAZONFEE", ExcludeFee}, {"CRUK Commission", "CRUK", ExcludeFee}, {"CARRIAGE", "C2", ExcludePostage}, {"Lamp", "C2", Merchandise},
		{"Next Day Carriage", "23444", ExcludePostage}, {"BLACK BAROQUE CARRIAGE CLOCK", "22301", Merchandise}, {"Adjust bad debt", "B", ExcludeAdjust}, {"SAMPLES", "S", ExcludeSample},
		{"Dotcomgiftshop Gift Voucher £20.00", "gift_0001_20", ExcludePrepaid}, {"Gift Card $50", "", ExcludePrepaid}, {"gift card holder", "", Merchandise}, {"RED RETROSPOT SHOPPING BAG", "22386", Merchandise}, {"VINTAGE POST OFFICE CABINET", "1", Merchandise},
		{"Shipping", "", ExcludePostage}, {"Express shipping fee", "", ExcludePostage}, {"Postage to Germany", "", ExcludePostage}, {"postage stamp cushion", "", Merchandise},
		{"运费", "", ExcludePostage}, {"邮费补差专拍", "", ExcludePostage}, {"补差价专用链接 拍前联系客服", "", ExcludeAdjust}, {"运费险", "", ExcludeFee}, {"购物袋", "", ExcludeBag}, {"购物袋（大号）", "", ExcludeBag}, {"环保购物袋0.3元", "", ExcludeBag},
		{"帆布购物袋 女 大容量", "", Merchandise}, {"储值 500 元", "", ExcludePrepaid}, {"门店储值卡", "", ExcludePrepaid}, {"100元礼品卡", "", ExcludePrepaid}, {"生日礼品卡片", "", Merchandise}, {"卡包", "", Merchandise}, {"充值卡", "", ExcludePrepaid},
		{"邮差包 真皮", "", Merchandise}, {"免运费 连衣裙", "", Merchandise}, {"", "", Merchandise},
	}
	for _, c := range cases {
		if got := Excluded(c.description, c.code); got != c.want {
			t.Errorf("Excluded(%q, %q) = %q, want %q", c.description, c.code, got, c.want)
		}
	}
}

func TestMask(t *testing.T) {
	cases := []struct {
		kind    Personal
		s, want string
	}{
		{PersonalPhone, "13812348000", "138****8000"}, {PersonalPhone, "123", "***"}, {PersonalCard, "6222021234", "****1234"}, {PersonalCard, "12", "**"}, {PersonalName, "张三", "张*"}, {PersonalName, "欧阳修文", "欧***"}, {PersonalName, "张", "*"},
		{PersonalEmail, "anna@b.cn", "a***@b.cn"}, {PersonalEmail, "anna", "****"}, {PersonalDate, "1988-05-01", "1988-**-**"}, {NotPersonal, "85123A", "85123A"}, {PersonalIdentity, "13812348000", "138****8000"}, {PersonalIdentity, "a@b.cn", "a***@b.cn"},
		{PersonalIdentity, "VIP00012345", "****2345"}, {PersonalIdentity, "17850", "****"}, {PersonalIdentity, "", ""}, {PersonalIdentity, "小白", "小*"},
	}
	for _, c := range cases {
		if got := Mask(c.kind, c.s); got != c.want {
			t.Errorf("Mask(%d, %q) = %q, want %q", c.kind, c.s, got, c.want)
		}
	}
	if PersonalKind("phone") != PersonalPhone || PersonalKind("quantity") != NotPersonal {
		t.Error("kinds of personal fields")
	}
}

func TestShapes(t *testing.T) {
	for _, s := range []string{"13812348000", "+86 138 1234 8000", "8613812348000", "138-1234-8000", "138****8000", "010-12345678", "+44 20 7946 0000", "(212) 555-0100", "'13812348000", "１３８１２３４８０００"} {
		if !LooksPhone(s) {
			t.Errorf("%q is a phone number", s)
		}
	}
	for _, s := range []string{"", "17850", "20101201", "2010-12-01", "12345678901", "1291163165", "536365", "1234.50", "01-12-2010", "2010-12-01 08:26", "abc"} {
		if LooksPhone(s) {
			t.Errorf("%q is no phone number", s)
		}
	}
	if !LooksEmail("a@b.cn") || LooksEmail("@b") || LooksEmail("a b@c.cn") || LooksEmail("tb@") {
		t.Error("e-mail shapes")
	}
}
