package perennial

import "fmt"

// Lang is a language that Perennial speaks to people: LangZH or LangEN.
type Lang string

// The languages in which every sentence exists.
const (
	LangZH Lang = "zh"
	LangEN Lang = "en"
)

// Text is one sentence in each language. Both are written, none is translated
// at run time. Machines read codes, never a Text.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Say makes a Text; both formats receive the same arguments, so a format that
// needs them in another order names them (%[2]s).
func Say(zh, en string, args ...any) Text {
	if len(args) == 0 {
		return Text{ZH: zh, EN: en}
	}
	return Text{ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...)}
}

// In returns the sentence in lang; Chinese unless English is asked for.
func (t Text) In(lang Lang) string {
	if lang == LangEN {
		return t.EN
	}
	return t.ZH
}

// IsZero reports whether t says nothing in either language.
func (t Text) IsZero() bool { return t.ZH == "" && t.EN == "" }
