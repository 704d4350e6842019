package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"

	"perennial"
)

//go:embed report.html.tmpl report.css page.js
var pageFiles embed.FS

// The bundle of the charts is built by `make build`; a checkout without it has
// the placeholder only, and the page then shows tables.
//
//go:embed chart/dist
var chartFiles embed.FS

// HTMLOptions say how the page opens.
type HTMLOptions struct {
	Lang perennial.Lang // in which it opens; both languages are in it
}

// chartBundle returns the charts' JavaScript, "" where it was not built.
func chartBundle() string {
	b, err := chartFiles.ReadFile("chart/dist/chart.js")
	if err != nil {
		return ""
	}
	return string(b)
}

// WriteHTML writes the picture as one self-contained page: both languages, all
// charts, light and dark, no network. The same picture gives the same bytes.
func WriteHTML(w io.Writer, p *Picture, o HTMLOptions) error {
	pg := newPage(p, o)
	data, err := json.Marshal(pg.charts) // escapes <, > and &: no text can end the script
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	read := func(name string) string {
		b, err := pageFiles.ReadFile(name)
		if err != nil {
			panic(err) // embedded above
		}
		return string(b)
	}
	script, bundle := read("page.js"), chartBundle()
	view := struct {
		*page
		CSS           template.CSS
		Data          template.JS
		Script, Chart template.JS
		Policy        string
	}{
		page: pg, CSS: template.CSS(read("report.css")), Data: template.JS(data),
		Script: template.JS(script), Chart: template.JS(bundle), Policy: policy(script, bundle),
	}
	t, err := template.New("page").Funcs(template.FuncMap{
		"t":    bilingual,
		"zero": func(t perennial.Text) bool { return t.IsZero() },
		"pct":  func(v float64) string { return fmt.Sprintf("%.2f%%", v) },
		"bar":  func(v *float64) string { return fmt.Sprintf("%.2f%%", min(max(*v, 0), 1)*100) },
		"ink":  func(s string) template.CSS { return template.CSS(inkOn(colour(s))) },
		"css":  func(s string) template.CSS { return template.CSS(colour(s)) },
	}).Parse(read("report.html.tmpl"))
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, view); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if _, err := b.WriteTo(w); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// bilingual writes a sentence in both languages; the page shows one.
func bilingual(t perennial.Text) template.HTML {
	if t.ZH == t.EN {
		return template.HTML(template.HTMLEscapeString(t.ZH))
	}
	return template.HTML(`<span lang="zh">` + template.HTMLEscapeString(t.ZH) + `</span><span lang="en">` + template.HTMLEscapeString(t.EN) + `</span>`)
}

// colour passes #RRGGBB only: rule sets bring colours of their own.
func colour(s string) string {
	if len(s) == 7 && s[0] == '#' {
		ok := true
		for _, c := range s[1:] {
			ok = ok && (c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F')
		}
		if ok {
			return s
		}
	}
	return "#8A8F94"
}

// policy forbids everything but the page's own style and scripts: the browser
// itself then holds that the page needs no network.
func policy(scripts ...string) string {
	out := "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; script-src"
	for _, s := range scripts {
		if s != "" {
			sum := sha256.Sum256([]byte(s))
			out += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		}
	}
	return out
}
