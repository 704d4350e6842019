package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"perennial"
)

// count writes a whole number with thousands separators.
func count[T ~int | ~int32 | ~int64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// number writes a number with as many decimals as people can use.
func number(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1000:
		return count(int64(math.Round(v)))
	case a >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// percent writes a share with one decimal: "31.2%".
func percent(share float64) string { return strconv.FormatFloat(share*100, 'f', 1, 64) + "%" }

// percentOr writes a share, or a dash where there is none.
func percentOr(share *float64) string {
	if share == nil {
		return dash
	}
	return percent(*share)
}

// dash stands for a number that does not exist.
const dash = "–"

// points writes a difference of shares: "4.7 个百分点", "4.7 points".
func points(d float64) perennial.Text {
	s := strconv.FormatFloat(math.Abs(d)*100, 'f', 1, 64)
	return perennial.Text{ZH: s + " 个百分点", EN: s + " points"}
}

// fullFrom is the amount, in major units, from which nobody reads the cents.
const fullFrom = 10_000

// money writes an amount for people in both languages.
func money(a perennial.Amount) perennial.Text {
	out := perennial.Text{ZH: a.Format(perennial.LangZH), EN: a.Format(perennial.LangEN)}
	if v := math.Abs(a.Float()); v >= fullFrom && v < 1e6 {
		sign := ""
		if a.Minor < 0 {
			sign = "-"
		}
		out.EN = sign + a.Currency.Symbol() + count(int64(math.Round(v)))
	}
	return out
}

// moneyOr writes an amount, or a dash where there is none.
func moneyOr(a *perennial.Amount) perennial.Text {
	if a == nil {
		return same(dash)
	}
	return money(*a)
}

// same is a text that reads alike in both languages.
func same(s string) perennial.Text { return perennial.Text{ZH: s, EN: s} }

// join puts texts one after the other; English gets a space between.
func join(parts ...perennial.Text) perennial.Text {
	var zh, en []string
	for _, p := range parts {
		if p.ZH != "" {
			zh = append(zh, p.ZH)
		}
		if p.EN != "" {
			en = append(en, p.EN)
		}
	}
	return perennial.Text{ZH: strings.Join(zh, ""), EN: strings.Join(en, " ")}
}

// dots puts texts side by side with a dot between: the line under a title.
func dots(parts ...perennial.Text) perennial.Text {
	var zh, en []string
	for _, p := range parts {
		if p.ZH != "" {
			zh = append(zh, p.ZH)
		}
		if p.EN != "" {
			en = append(en, p.EN)
		}
	}
	return perennial.Text{ZH: strings.Join(zh, " · "), EN: strings.Join(en, " · ")}
}

// fill replaces {name} in both sentences by the texts given in pairs of name and
// value. A value is a perennial.Text, a string or a whole number.
func fill(zh, en string, pairs ...any) perennial.Text {
	oldnewZH, oldnewEN := make([]string, 0, len(pairs)), make([]string, 0, len(pairs))
	for k := 0; k+1 < len(pairs); k += 2 {
		name := "{" + pairs[k].(string) + "}"
		var t perennial.Text
		switch v := pairs[k+1].(type) {
		case perennial.Text:
			t = v
		case string:
			t = same(v)
		case int:
			t = same(count(v))
		case int64:
			t = same(count(v))
		default:
			t = same(fmt.Sprint(v))
		}
		oldnewZH, oldnewEN = append(oldnewZH, name, t.ZH), append(oldnewEN, name, t.EN)
	}
	return perennial.Text{
		ZH: strings.NewReplacer(oldnewZH...).Replace(zh),
		EN: strings.NewReplacer(oldnewEN...).Replace(en),
	}
}

// lower writes an English name inside a sentence.
func lower(t perennial.Text) perennial.Text {
	first, size := utf8.DecodeRuneInString(t.EN)
	if size > 0 {
		t.EN = string(unicode.ToLower(first)) + t.EN[size:]
	}
	return t
}

// brief drops what stands in brackets after a Chinese name: 衰退期（预流失） → 衰退期.
func brief(t perennial.Text) perennial.Text {
	if k := strings.Index(t.ZH, "（"); k > 0 {
		t.ZH = t.ZH[:k]
	}
	return t
}

var monthsEN = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

// monthName writes a month: "2026 年 3 月", "March 2026".
func monthName(m perennial.Month) perennial.Text {
	y, mo, _ := m.First().UTC().Date()
	return perennial.Text{ZH: fmt.Sprintf("%d 年 %d 月", y, int(mo)), EN: fmt.Sprintf("%s %d", monthsEN[mo-1], y)}
}

// span writes a length of days as people say it, for windows.
func span(days int) perennial.Text {
	switch {
	case days <= 0:
		return perennial.Say("全部历史", "the whole history")
	case days == 365:
		return perennial.Say("近 12 个月", "last 12 months")
	}
	return perennial.Say("近 %d 天", "last %d days", days)
}

// upper writes an English sentence with a capital; a line that begins with the
// number of customers keeps its n.
func upper(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 || strings.HasPrefix(s, "n = ") {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}
