package mapping

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"perennial"
	"perennial/collect/importer/value"

	"go.yaml.in/yaml/v3"
)

//go:embed presets/*.yaml synonyms.yaml
var embedded embed.FS

// Preset is what is known of one program's export.
type Preset struct {
	Name    string             // machine name, given in --preset
	Title   perennial.Text     // for people
	Kind    Kind               // what the file holds
	Require []string           // headers that must all be there; "a|b" is either
	Columns map[Field][]string // headers of each field, the first that is there
	Rows    Rows               // "" is decided by the values
	Ignore  []string           // headers that mean nothing to Perennial
	Status  map[string]value.Status
	Remarks perennial.Text // said with the mapping, or with what is missing
	Source  string         // the file it came from

	require [][]string // normalised
}

// Presets are the known exports and the words of headers. They are not changed
// after they are loaded and may be shared.
type Presets struct {
	list  []Preset
	words map[string][]meaning // normalised header → fields
	parts []part               // words that count inside a longer header
}

type meaning struct {
	field Field
	exact bool // only as the whole header
}

type part struct {
	word  string
	field Field
}

// none is the field of headers that are known to be none of ours.
const none Field = "none"

// LoadPresets returns the built-in presets and those of the *.yaml files at the
// top of each folder; a later preset replaces an earlier one of the same name.
// Reading is strict: an unknown key, field or status is an error with code
// mapping.preset that names file and line.
func LoadPresets(folders ...fs.FS) (*Presets, error) {
	builtin, err := fs.Sub(embedded, "presets")
	if err != nil {
		return nil, fmt.Errorf("open built-in presets: %w", err)
	}
	p := &Presets{}
	if err := p.loadWords(); err != nil {
		return nil, err
	}
	for _, folder := range append([]fs.FS{builtin}, folders...) {
		names, err := fs.Glob(folder, "*.yaml")
		if err != nil {
			return nil, fmt.Errorf("list presets: %w", err)
		}
		for _, name := range names {
			text, err := fs.ReadFile(folder, name)
			if err != nil {
				return nil, fmt.Errorf("read preset %s: %w", name, err)
			}
			preset, err := readPreset(name, text)
			if err != nil {
				return nil, err
			}
			if at := slices.IndexFunc(p.list, func(q Preset) bool { return q.Name == preset.Name }); at >= 0 {
				p.list[at] = preset
			} else {
				p.list = append(p.list, preset)
			}
		}
	}
	return p, nil
}

// All returns the presets in the order in which they were loaded.
func (p *Presets) All() []Preset { return slices.Clone(p.list) }

// named is a word of a preset file with the line it stands on.
type named struct {
	value string
	line  int
}

// UnmarshalYAML keeps the line.
func (n *named) UnmarshalYAML(node *yaml.Node) error {
	n.line = node.Line
	return node.Decode(&n.value)
}

// headers is one header or a list of them.
type headers struct {
	names []string
	line  int
}

// UnmarshalYAML takes a single word or a list.
func (h *headers) UnmarshalYAML(node *yaml.Node) error {
	h.line = node.Line
	if node.Kind == yaml.ScalarNode {
		h.names = []string{node.Value}
		return nil
	}
	return node.Decode(&h.names)
}

// presetFile is a preset as it is written.
type presetFile struct {
	Name    named              `yaml:"name"`
	Title   texts              `yaml:"title"`
	Kind    named              `yaml:"kind"`
	Require []string           `yaml:"require"`
	Columns map[string]headers `yaml:"columns"`
	Rows    named              `yaml:"rows"`
	Ignore  []string           `yaml:"ignore"`
	Status  map[string]headers `yaml:"status"`
	Remarks texts              `yaml:"remarks"`
}

type texts struct {
	ZH string `yaml:"zh"`
	EN string `yaml:"en"`
}

func readPreset(file string, text []byte) (Preset, error) {
	bad := func(line int, zh, en string, args ...any) error {
		at := file
		if line > 0 {
			at = fmt.Sprintf("%s:%d", file, line)
		}
		return presetError(at, perennial.Say(zh, en, args...))
	}
	var f presetFile
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil {
		if errors.Is(err, io.EOF) {
			return Preset{}, bad(0, "文件是空的。", "the file is empty.")
		}
		return Preset{}, presetError(yamlPlace(file, err), perennial.Say("这里的写法或设置不认识。", "what is written here is not known.")).Because(err)
	}
	p := Preset{
		Name: f.Name.value, Title: perennial.Text{ZH: f.Title.ZH, EN: f.Title.EN}, Kind: Kind(f.Kind.value), Require: f.Require,
		Rows: Rows(f.Rows.value), Ignore: f.Ignore, Remarks: perennial.Text{ZH: f.Remarks.ZH, EN: f.Remarks.EN},
		Columns: map[Field][]string{}, Status: map[string]value.Status{}, Source: path.Base(file),
	}
	switch {
	case p.Name == "":
		return p, bad(1, "缺 name。", "name is missing.")
	case p.Title.ZH == "" || p.Title.EN == "":
		return p, bad(1, "title 要有 zh 和 en。", "title needs zh and en.")
	case p.Kind.Fields() == nil:
		return p, bad(max(1, f.Kind.line), "kind 不能是“%s”，可以是 orders, customers, products。", "kind %q is none of orders, customers, products.", p.Kind)
	case len(p.Require) == 0:
		return p, bad(1, "缺 require：没有它，每个文件都会被认作这个预设。", "require is missing: without it every file would match.")
	case p.Rows != "" && p.Rows != Lines && p.Rows != Whole:
		return p, bad(f.Rows.line, "rows 不能是“%s”，可以是 lines, orders。", "rows %q is neither lines nor orders.", p.Rows)
	}
	for name, h := range f.Columns {
		field := Field(name)
		if !p.Kind.has(field) {
			near := orNearest(name, p.Kind)
			return p, presetError(fmt.Sprintf("%s:%d", file, h.line), perennial.Text{
				ZH: fmt.Sprintf("%s 没有“%s”这个字段%s。", p.Kind, name, near.ZH), EN: fmt.Sprintf("%s have no field %q%s.", p.Kind, name, near.EN),
			})
		}
		p.Columns[field] = h.names
	}
	for name, words := range f.Status {
		status, ok := value.ParseStatusName(name)
		if !ok {
			return p, bad(words.line, "status 不能是“%s”，可以是 paid, unpaid, closed, refunded, partially_refunded。",
				"status %q is none of paid, unpaid, closed, refunded, partially_refunded.", name)
		}
		for _, w := range words.names {
			p.Status[w] = status
		}
	}
	for _, r := range p.Require {
		var either []string
		for s := range strings.SplitSeq(r, "|") {
			either = append(either, normalise(s).full)
		}
		p.require = append(p.require, either)
	}
	return p, nil
}

func orNearest(name string, k Kind) perennial.Text {
	var names []string
	for _, f := range k.Fields() {
		names = append(names, string(f))
	}
	if near := nearest(name, names); len(near) > 0 {
		return perennial.Say("（是不是 %s？）", " (did you mean %s?)", strings.Join(near, ", "))
	}
	return perennial.Text{}
}

func presetError(at string, what perennial.Text) *perennial.Error {
	return perennial.NewError(perennial.KindInvalid, "mapping.preset",
		perennial.Text{ZH: fmt.Sprintf("预设文件 %s 有误：%s", at, what.ZH), EN: fmt.Sprintf("The preset %s cannot be used: %s", at, what.EN)}).
		WithHint(perennial.Say("对照内置预设改正，或移走这个文件。", "Compare it with a built-in preset, or move the file away."))
}

// yamlPlace takes the line out of the reader's message ("yaml: line 3: …").
func yamlPlace(file string, err error) string {
	if _, rest, ok := strings.Cut(err.Error(), "line "); ok {
		line, _, _ := strings.Cut(rest, ":")
		return file + ":" + line
	}
	return file
}

// loadWords reads the synonyms.
func (p *Presets) loadWords() error {
	text, err := embedded.ReadFile("synonyms.yaml")
	if err != nil {
		return fmt.Errorf("read synonyms: %w", err)
	}
	var list map[Field]struct {
		Words []string `yaml:"words"`
		Exact []string `yaml:"exact"`
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&list); err != nil {
		return fmt.Errorf("read synonyms: %w", err)
	}
	p.words = map[string][]meaning{}
	for field, w := range list {
		if !field.known() && field != none && field != amount {
			return fmt.Errorf("read synonyms: no field %q", field)
		}
		for _, s := range w.Words {
			key := normalise(s).full
			p.words[key] = append(p.words[key], meaning{field, false})
			p.parts = append(p.parts, part{key, field})
		}
		for _, s := range w.Exact {
			key := normalise(s).full
			p.words[key] = append(p.words[key], meaning{field, true})
		}
	}
	// The longest word decides; the order is fixed so that every run agrees.
	slices.SortFunc(p.parts, func(a, b part) int {
		if d := len(b.word) - len(a.word); d != 0 {
			return d
		}
		if c := strings.Compare(a.word, b.word); c != 0 {
			return c
		}
		return strings.Compare(string(a.field), string(b.field))
	})
	return nil
}

// match finds the preset whose required headers are all there, the one with the
// most of them; nil for none.
func (p *Presets) match(kind Kind, columns []header) *Preset {
	have := map[string]bool{}
	for _, h := range columns {
		have[h.full], have[h.base] = true, true
	}
	var best *Preset
	bestScore := 0
	for i := range p.list {
		preset := &p.list[i]
		if preset.Kind != kind {
			continue
		}
		all := true
		for _, either := range preset.require {
			all = all && slices.ContainsFunc(either, func(s string) bool { return have[s] })
		}
		if !all {
			continue
		}
		score := 100 * len(preset.require)
		for _, names := range preset.Columns {
			if slices.ContainsFunc(names, func(s string) bool { return have[normalise(s).full] }) {
				score++
			}
		}
		if score > bestScore {
			best, bestScore = preset, score
		}
	}
	return best
}

// meanings returns the fields that a header may name, with how surely: 1 for the
// whole header, less for a word inside it. known is false for a header that says
// nothing.
func (p *Presets) meanings(h header, kind Kind) (list []guess, known bool) {
	for _, key := range []string{h.full, h.base} {
		found := p.words[key]
		if len(found) == 0 {
			continue
		}
		for _, m := range found {
			if m.field == none {
				known = true
			} else if kind.has(m.field) || m.field == amount && kind == Orders {
				list = append(list, guess{field: m.field, score: 1})
			}
		}
		if len(list) > 0 || known {
			return list, true
		}
	}
	for _, w := range p.parts {
		if len(w.word) < 6 || !strings.Contains(h.base, w.word) { // two Chinese characters, six letters
			continue
		}
		if w.field == none {
			return nil, true
		}
		if !kind.has(w.field) {
			continue
		}
		score := 0.55 + 0.35*float64(len(w.word))/float64(len(h.base))
		if strings.HasSuffix(h.base, w.word) { // 本次实付金额: Chinese puts the noun last
			score += 0.05
		}
		return []guess{{field: w.field, score: score}}, true
	}
	return nil, false
}

type guess struct {
	field Field
	score float64
}
