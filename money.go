package perennial

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Money is an amount in minor units (分, cents) of a currency that is known from
// the context. It is never a float.
type Money int64

// Currency is an ISO 4217 code in capitals: "CNY".
type Currency string

// currencyDigits holds every active ISO 4217 currency that does not have two
// decimal places.
var currencyDigits = map[Currency]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
	"RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

var twoDigitCurrencies = strings.Fields(`
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP
CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR
IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN
NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG`)

// ParseCurrency returns the currency of an ISO 4217 code in any case.
func ParseCurrency(code string) (Currency, error) {
	c := Currency(strings.ToUpper(strings.TrimSpace(code)))
	if _, ok := currencyDigits[c]; ok {
		return c, nil
	}
	for _, two := range twoDigitCurrencies {
		if c == Currency(two) {
			return c, nil
		}
	}
	return "", NewError(KindInvalid, "currency.unknown",
		Say("没有“%s”这种货币。", "There is no currency %q.", code)).
		WithHint(Say("请用 ISO 4217 三字母代码，例如 CNY、USD。", "Use a three-letter ISO 4217 code such as CNY or USD."))
}

// Digits returns the number of decimal places of the currency, two unless
// ISO 4217 says otherwise.
func (c Currency) Digits() int {
	if d, ok := currencyDigits[c]; ok {
		return d
	}
	return 2
}

// Symbol returns the sign written before an amount, or the code and a space.
func (c Currency) Symbol() string {
	switch c {
	case "CNY", "JPY":
		return "¥"
	case "USD":
		return "$"
	case "EUR":
		return "€"
	case "GBP":
		return "£"
	case "", "XXX": // XXX is ISO 4217 for no currency
		return ""
	}
	return string(c) + " "
}

// Code returns the code for people, "" for XXX: ISO 4217's word for no currency.
func (c Currency) Code() string {
	if c == "XXX" {
		return ""
	}
	return string(c)
}

// Amount returns m in this currency.
func (c Currency) Amount(m Money) Amount { return Amount{Minor: m, Currency: c} }

// Amount is money together with its currency. In JSON it is a plain number in
// major units with the currency's decimal places (8911407.90), which spreadsheet
// users expect; the currency stands once beside the data.
type Amount struct {
	Minor    Money
	Currency Currency
}

// Float returns the amount in major units, for charts and models; never add
// floats up to make money.
func (a Amount) Float() float64 {
	f := float64(a.Minor)
	for range a.Currency.Digits() {
		f /= 10
	}
	return f
}

// Decimal writes the amount in major units: "-1234.50".
func (a Amount) Decimal() string {
	digits := a.Currency.Digits()
	s := strconv.FormatInt(int64(a.Minor), 10)
	if digits == 0 {
		return s
	}
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for len(s) <= digits {
		s = "0" + s
	}
	return sign + s[:len(s)-digits] + "." + s[len(s)-digits:]
}

// Format writes the amount for people: "¥1,234.50"; in Chinese from 10,000 major
// units up "¥128.6 万", in English from a million up "$1.29 million".
func (a Amount) Format(lang Lang) string {
	v := a.Float()
	abs, sign := v, ""
	if v < 0 {
		abs, sign = -v, "-"
	}
	switch {
	case lang != LangEN && abs >= 1e8:
		return fmt.Sprintf("%s%s%s 亿", sign, a.Currency.Symbol(), group(strconv.FormatFloat(abs/1e8, 'f', 2, 64)))
	case lang != LangEN && abs >= 1e4:
		return fmt.Sprintf("%s%s%s 万", sign, a.Currency.Symbol(), group(strconv.FormatFloat(abs/1e4, 'f', 1, 64)))
	case lang == LangEN && abs >= 1e6:
		return fmt.Sprintf("%s%s%s million", sign, a.Currency.Symbol(), group(strconv.FormatFloat(abs/1e6, 'f', 2, 64)))
	}
	return sign + a.Currency.Symbol() + group(strings.TrimPrefix(a.Decimal(), "-"))
}

// MarshalJSON writes a number in major units.
func (a Amount) MarshalJSON() ([]byte, error) { return []byte(a.Decimal()), nil }

// UnmarshalJSON reads a number in major units with at most four decimals; the
// currency is not in the number, so two digits are assumed unless a.Currency is
// set beforehand.
func (a *Amount) UnmarshalJSON(b []byte) error {
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return fmt.Errorf("read amount: %w", err)
	}
	f, err := n.Float64()
	if err != nil {
		return fmt.Errorf("read amount: %w", err)
	}
	for range a.Currency.Digits() {
		f *= 10
	}
	if f < 0 {
		a.Minor = Money(f - 0.5)
	} else {
		a.Minor = Money(f + 0.5)
	}
	return nil
}

// group puts thousands separators into the whole part of a decimal string.
func group(s string) string {
	whole, frac := s, ""
	if i := strings.IndexByte(s, '.'); i >= 0 {
		whole, frac = s[:i], s[i:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return whole + frac
}
