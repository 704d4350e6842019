package cluster

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"perennial"
)

const (
	worthSaying   = 0.5  // standard deviations from everybody that earn a word
	slightest     = 0.1  // enough for an absolute word
	absoluteBonus = 0.75 // what an absolute word counts at least
	wordsInName   = 3
	factsTold     = 3
	longestWord   = 12 // characters of a category that go into a name
)

// word is a phrase that fits a group, with how much it distinguishes it.
type word struct {
	Phrase
	feature  string
	column   int
	high     bool
	strength float64
}

// name gives every group a name from its most distinguishing words, unique in
// both languages.
func name(groups []Group, columns []*Column) {
	zh, en := map[string]bool{}, map[string]bool{}
	for g := range groups {
		group := &groups[g]
		words := group.words(columns)
		for _, choice := range choices(words) {
			a, b := compose(choice)
			if !zh[a] && !en[b] {
				group.NameZH, group.NameEN = a, b
				break
			}
		}
		if group.NameZH == "" {
			a, b := compose(choices(words)[0])
			for n := 2; group.NameZH == ""; n++ {
				za, eb := fmt.Sprintf("%s（%d）", a, n), fmt.Sprintf("%s (%d)", b, n)
				if !zh[za] && !en[eb] {
					group.NameZH, group.NameEN = za, eb
				}
			}
		}
		zh[group.NameZH], en[group.NameEN] = true, true
	}
}

// words lists what can be said of the group, strongest first, one a place.
func (g *Group) words(columns []*Column) []word {
	var found []word
	for j, c := range columns {
		t := &g.Profile[j]
		lo, hi, ok := t.typical()
		if !ok {
			continue
		}
		phrases, high := c.Low, t.Distance > 0
		if high {
			phrases = c.High
		}
		distance := math.Abs(t.Distance)
		if len(c.High)+len(c.Low) == 0 && distance >= worthSaying {
			phrases = plain(c.Feature, high)
		}
		for _, p := range phrases {
			if p.Bound != 0 && (high && lo < p.Bound || !high && hi > p.Bound) {
				continue
			}
			if distance >= worthSaying || p.Absolute && distance >= slightest {
				w := word{Phrase: p, feature: c.ID, column: j, high: high, strength: distance}
				if p.Absolute {
					w.strength = max(distance, absoluteBonus)
				}
				found = append(found, w)
			}
			break
		}
	}
	found = merge(found)
	slices.SortStableFunc(found, func(a, b word) int { return cmp.Compare(b.strength, a.strength) })
	var taken [places + 1]bool
	return slices.DeleteFunc(found, func(w word) bool {
		was := taken[w.Place]
		taken[w.Place] = w.Place < places // plain words stand beside one another
		return was
	})
}

// plain makes a phrase of a feature that brought no words of its own. It stands
// outside the order of places, behind the name.
func plain(f Feature, high bool) []Phrase {
	if high {
		return []Phrase{{Place: places, Text: perennial.Text{ZH: joinChinese(f.Label.ZH, "高"), EN: "high " + lowerFirst(f.Label.EN)}}}
	}
	return []Phrase{{Place: places, Text: perennial.Text{ZH: joinChinese(f.Label.ZH, "低"), EN: "low " + lowerFirst(f.Label.EN)}}}
}

// choices lists which words to try for a name: the strongest, then the strongest
// two with one of the others, then more than usual, then fewer.
func choices(words []word) [][]word {
	if len(words) <= wordsInName {
		out := [][]word{words}
		for n := len(words) - 1; n > 0; n-- {
			out = append(out, words[:n])
		}
		return out
	}
	out := [][]word{words[:wordsInName]}
	for _, other := range words[wordsInName:] {
		out = append(out, append(slices.Clone(words[:wordsInName-1]), other))
	}
	for n := wordsInName + 1; n <= len(words); n++ {
		out = append(out, words[:n])
	}
	return append(out, words[:2], words[:1])
}

// compose writes a name in both languages.
func compose(words []word) (zh, en string) {
	var at [places]*word
	var plain []word
	for i, w := range words {
		if w.Place < places {
			at[w.Place] = &words[i]
		} else {
			plain = append(plain, w)
		}
	}
	noun := perennial.Text{ZH: "客", EN: "buyers"}
	for _, w := range at {
		if w != nil && !w.Noun.IsZero() {
			noun = w.Noun
		}
	}
	var english []string
	for _, w := range at {
		if w != nil {
			zh = joinChinese(zh, w.Text.ZH)
		}
	}
	for _, place := range englishOrder {
		if w := at[place]; w != nil {
			english = append(english, w.Text.EN)
		}
	}
	switch {
	case zh == "" && len(plain) == 0:
		zh, english = "大众", []string{"mainstream"}
		fallthrough
	case zh != "":
		zh = joinChinese(zh, noun.ZH)
	}
	en = strings.TrimSpace(strings.Join(append(english, noun.EN), " "))
	if len(plain) == 0 {
		return zh, upperFirst(en)
	}
	var plainZH, plainEN []string
	for _, w := range plain {
		plainZH, plainEN = append(plainZH, w.Text.ZH), append(plainEN, w.Text.EN)
	}
	if zh == "" {
		zh = "客户"
	}
	return strings.Join(plainZH, "、") + joinChinese("的", zh), upperFirst(en + " with " + strings.Join(plainEN, " and "))
}

// joinChinese puts a half-width space where Chinese meets Latin letters or
// digits.
func joinChinese(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	last, _ := utf8.DecodeLastRuneInString(a)
	first, _ := utf8.DecodeRuneInString(b)
	if western(last) != western(first) || western(last) && western(first) {
		return a + " " + b
	}
	return a + b
}

func western(r rune) bool { return r < 0x2000 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// lowerFirst lowers the first letter unless the word is an acronym.
func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if next, _ := utf8.DecodeRuneInString(s[n:]); unicode.IsUpper(next) {
		return s
	}
	return string(unicode.ToLower(r)) + s[n:]
}

// short cuts a name from the data to what a group's name bears.
func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= longestWord {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:longestWord-1])) + "…"
}

// tell writes the sentence on the group: its size, its money, and two or three
// numbers, those behind its name first.
func (g *Group) tell(columns []*Column, currency perennial.Currency) {
	zh := fmt.Sprintf("占客户 %.1f%%", 100*g.Share)
	en := fmt.Sprintf("%.1f%% of customers", 100*g.Share)
	if g.RevenueShare != nil {
		zh += fmt.Sprintf("，贡献 %.1f%% 的收入", 100**g.RevenueShare)
		en += fmt.Sprintf(", %.1f%% of revenue", 100**g.RevenueShare)
	}
	var factsZH, factsEN []string
	for _, j := range g.telling(columns) {
		zh, en, ok := fact(columns[j].Feature, &g.Profile[j], currency)
		if ok {
			factsZH, factsEN = append(factsZH, zh), append(factsEN, en)
		}
	}
	if len(factsZH) > 0 {
		zh += "；典型客户：" + strings.Join(factsZH, "，")
		en += "; typically: " + strings.Join(factsEN, ", ")
	}
	g.DescriptionZH, g.DescriptionEN = zh+"。", upperFirst(en)+"."
}

// telling chooses the features of the sentence: those that stand out most, up to
// three, in the order of the columns; the first columns (recency, frequency,
// money) fill them up.
func (g *Group) telling(columns []*Column) []int {
	var chosen []int
	for j := range columns {
		if math.Abs(g.Profile[j].Distance) >= worthSaying {
			if _, _, ok := g.Profile[j].shown(); ok {
				chosen = append(chosen, j)
			}
		}
	}
	slices.SortStableFunc(chosen, func(a, b int) int {
		return cmp.Compare(math.Abs(g.Profile[b].Distance), math.Abs(g.Profile[a].Distance))
	})
	chosen = chosen[:min(len(chosen), factsTold)]
	for j := 0; len(chosen) < factsTold && j < len(columns); j++ {
		if !slices.Contains(chosen, j) {
			chosen = append(chosen, j)
		}
	}
	slices.Sort(chosen)
	return chosen
}

// fact writes one feature of a group with its value, and beside a share that of
// all customers.
func fact(f Feature, t *Trait, currency perennial.Currency) (zh, en string, ok bool) {
	v, overall, ok := t.shown()
	if !ok {
		return "", "", false
	}
	about := f.Tell
	if t.Distance < 0 && !f.Rest.IsZero() {
		about, v, overall = f.Rest, 1-v, 1-overall
	}
	vz, ve := written(v, f.Unit, currency, perennial.LangZH), written(v, f.Unit, currency, perennial.LangEN)
	if about.IsZero() {
		zh, en = f.Label.ZH+" "+vz, lowerFirst(f.Label.EN)+" "+ve
	} else {
		zh, en = strings.Replace(about.ZH, "%s", vz, 1), strings.Replace(about.EN, "%s", ve, 1)
		if ve == "1" {
			en = singular.Replace(en)
		}
	}
	if f.Unit == UnitShare || f.Unit == UnitRatio || about.IsZero() {
		zh += "（全体 " + written(overall, f.Unit, currency, perennial.LangZH) + "）"
		en += " (all: " + written(overall, f.Unit, currency, perennial.LangEN) + ")"
	}
	return zh, en, true
}

// written writes a value in its unit.
func written(v float64, unit Unit, currency perennial.Currency, lang perennial.Lang) string {
	switch unit {
	case UnitShare:
		return fmt.Sprintf("%.1f%%", 100*v)
	case UnitDays:
		return fmt.Sprintf("%.0f", v)
	case UnitMoney:
		minor := math.Round(v * math.Pow10(currency.Digits()))
		if math.Abs(minor) < 1<<62 {
			return currency.Amount(perennial.Money(minor)).Format(lang)
		}
	case UnitRatio:
		return fmt.Sprintf("%.2f", v)
	}
	if v == math.Trunc(v) || math.Abs(v) >= 100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return fmt.Sprintf("%.1f", v)
}

// singular mends the plural after a value of one.
var singular = strings.NewReplacer("1 days", "1 day", "1 items", "1 item", "1 categories", "1 category")
