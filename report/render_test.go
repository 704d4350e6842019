package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"perennial"
)

var (
	scripts  = regexp.MustCompile(`(?s)<script[^>]*>.*?</script>`)
	styles   = regexp.MustCompile(`(?s)<style>.*?</style>`)
	tags     = regexp.MustCompile(`<(/?)([a-zA-Z][a-zA-Z0-9]*)([^>]*)>`)
	bothSaid = regexp.MustCompile(`(?s)<span lang="zh">(.*?)</span><span lang="en">(.*?)</span>`)
)

func page1(t *testing.T, p *Picture, lang perennial.Lang) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteHTML(&b, p, HTMLOptions{Lang: lang}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHTML(t *testing.T) {
	p, _ := sample(t)
	for _, lang := range []perennial.Lang{perennial.LangZH, perennial.LangEN} {
		html := page1(t, p, lang)
		if !strings.Contains(html, `data-lang="`+string(lang)+`"`) {
			t.Errorf("does not open in %s", lang)
		}
		bare := styles.ReplaceAllString(scripts.ReplaceAllString(html, ""), "")
		balanced(t, bare)
		if n, m := strings.Count(bare, `<span lang="zh">`), strings.Count(bare, `<span lang="en">`); n != m || n < 100 {
			t.Errorf("%d Chinese and %d English sentences", n, m)
		}
		for _, m := range bothSaid.FindAllStringSubmatch(bare, -1) {
			if strings.TrimSpace(m[1]) == "" || strings.TrimSpace(m[2]) == "" {
				t.Errorf("half a sentence: %q", m[0])
			}
		}
		for _, bad := range []string{"http://", "https://", "<link", "<img", "<iframe", "ZgotmplZ", "%!", "NaN"} {
			if strings.Contains(bare, bad) {
				t.Errorf("%q on the page", bad)
			}
		}
		if m := regexp.MustCompile(`\son[a-z]+\s*=`).FindString(bare); m != "" {
			t.Errorf("an event handler in the page: %q", m)
		}
		seen := map[string]bool{}
		for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(bare, -1) {
			if seen[m[1]] {
				t.Errorf("two elements are called %q", m[1])
			}
			seen[m[1]] = true
		}
		for _, m := range regexp.MustCompile(` href="#([^"]+)"`).FindAllStringSubmatch(bare, -1) {
			if !seen[m[1]] {
				t.Errorf("a link to %q, which is not there", m[1])
			}
		}
	}
}

// balanced checks that every element is closed where it was opened.
func balanced(t *testing.T, html string) {
	t.Helper()
	void := map[string]bool{"meta": true, "path": true, "rect": true, "br": true}
	var open []string
	for _, m := range tags.FindAllStringSubmatch(html, -1) {
		name := strings.ToLower(m[2])
		switch {
		case m[1] == "/":
			if len(open) == 0 || open[len(open)-1] != name {
				t.Fatalf("</%s> closes %v", name, open)
			}
			open = open[:len(open)-1]
		case !void[name] && !strings.HasSuffix(m[3], "/"):
			open = append(open, name)
		}
	}
	if len(open) > 0 {
		t.Errorf("never closed: %v", open)
	}
}

// Names in the data can break out of neither the page nor its data.
func TestHostileNames(t *testing.T) {
	const evil = `</script><img src=x onerror=alert(1)>"'<!--`
	l := shop(t, 1000)
	l.Categories = append([]string(nil), l.Categories...)
	l.Categories[0], l.Habits.Categories = evil, l.Categories
	clean, _ := sample(t)
	p, _ := build(t, l, Options{Source: evil})
	html := page1(t, p, perennial.LangZH)
	if strings.Contains(html, "<img") || strings.Contains(html, evil) {
		t.Error("a name broke out")
	}
	if got, want := strings.Count(html, "</script"), strings.Count(page1(t, clean, perennial.LangZH), "</script"); got != want {
		t.Errorf("%d ends of scripts, %d without the name", got, want)
	}
	balanced(t, styles.ReplaceAllString(scripts.ReplaceAllString(html, ""), ""))
}

// All text meets AA on what it stands on, light and dark.
func TestContrast(t *testing.T) {
	css, err := pageFiles.ReadFile("report.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile(`(?s):root(\[data-theme="dark"\])? \{(.*?)\}`).FindAllSubmatch(css, -1) {
		value := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z0-9]+): (#[0-9A-F]{6})`).FindAllSubmatch(block[2], -1) {
			value[string(m[1])] = string(m[2])
		}
		pairs := [][2]string{{"ink", "page"}, {"ink", "card"}, {"quiet", "page"}, {"quiet", "card"}, {"brand", "card"}, {"brand", "page"}, {"brand", "tint"}, {"ink", "tint"}, {"page", "ink"}, {"good", "card"}, {"bad", "card"}}
		for _, s := range []string{"s1", "s2", "s3", "s4", "s5"} {
			pairs = append(pairs, [2]string{s + "t", s})
		}
		for _, pair := range pairs {
			a, b := value[pair[0]], value[pair[1]]
			if a == "" || b == "" {
				t.Fatalf("no colour %v in %q", pair, block[1])
			}
			if c := contrast(a, b); c < 4.5 {
				t.Errorf("%s on %s is %.2f to 1 %q", pair[0], pair[1], c, block[1])
			}
		}
	}
	for _, c := range clusterColours {
		if r := contrast(c, inkOn(c)); r < 4.5 {
			t.Errorf("text on %s is %.2f to 1", c, r)
		}
	}
}

func TestText(t *testing.T) {
	p, _ := sample(t)
	for k, lang := range []perennial.Lang{perennial.LangZH, perennial.LangEN, perennial.LangZH, perennial.LangEN} {
		columns := [2]int{80, 100}[k/2]
		var b bytes.Buffer
		if err := WriteText(&b, p, TextOptions{Lang: lang, Width: columns}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
		if len(lines) > 90 {
			t.Errorf("%s: %d lines", lang, len(lines))
		}
		for _, l := range lines {
			if displayWidth(l) > columns {
				t.Errorf("%s: %d columns: %s", lang, displayWidth(l), l)
			}
			if strings.ContainsAny(l, "{}\x1b") || strings.Contains(l, "%!") {
				t.Errorf("%s: %q", lang, l)
			}
		}
		var colour bytes.Buffer
		if err := WriteText(&colour, p, TextOptions{Lang: lang, Width: columns, Colour: true}); err != nil {
			t.Fatal(err)
		}
		plain := regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(colour.String(), "")
		if trimEach(plain) != trimEach(b.String()) {
			t.Errorf("%s: colours change more than colours", lang)
		}
	}
}

func trimEach(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func TestWrap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(strings.Fields(rapid.StringMatching(`[a-z0-9客户购买，。（） ]{0,80}`).Draw(t, "s")), " ")
		w := rapid.IntRange(4, 40).Draw(t, "w")
		lines := wrap(s, w)
		if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != strings.ReplaceAll(s, " ", "") {
			t.Fatalf("%q became %q", s, lines)
		}
		if got := displayWidth(cut(s, w)); got > w {
			t.Fatalf("cut to %d gives %d columns", w, got)
		}
	})
}

func TestDefinitionsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Definitions() {
		for _, d := range c.Definitions {
			if d.Name.ZH == "" || d.Name.EN == "" || d.Meaning.ZH == "" || d.Meaning.EN == "" || (d.Textbook.ZH == "") != (d.Textbook.EN == "") {
				t.Errorf("%s is half written", d.ID)
			}
			if seen[d.ID] {
				t.Errorf("%s twice", d.ID)
			}
			seen[d.ID] = true
		}
	}
	for _, id := range []string{"revenue", "member_share", "new", "second_order", "repeat_rate", "stages"} {
		if !seen[id] {
			t.Errorf("no definition %q, which a number points to", id)
		}
	}
}
