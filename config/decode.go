package config

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"perennial"
)

// setting reads the node of one setting; key is its whole name, "" for the file.
type setting func(node *yaml.Node, key string) *fault

// fault is what is wrong with a file, and where. Neither sentence repeats a value,
// which may be an address with a password.
type fault struct {
	line int
	what perennial.Text
}

func wrong(n *yaml.Node, zh, en string, args ...any) *fault {
	return &fault{n.Line, perennial.Say(zh, en, args...)}
}

// settings is everything that a file may say.
func (c *Config) settings() setting {
	return section(map[string]setting{
		"state": either(address(&c.State.URL, "postgres://", "postgresql://"), map[string]setting{
			"url":                  address(&c.State.URL, "postgres://", "postgresql://"),
			"busy_timeout_seconds": number(&c.State.BusyTimeoutSeconds, 0, 3600),
		}),
		"warehouse": either(address(&c.Warehouse.URL, "clickhouse://"), map[string]setting{
			"url":       address(&c.Warehouse.URL, "clickhouse://"),
			"memory_mb": number(&c.Warehouse.MemoryMB, 128, 1<<20),
			"threads":   number(&c.Warehouse.Threads, 1, 1024),
		}),
		"server": section(c.Server.settings()),
		"log": section(map[string]setting{
			"level":  word(&c.Log.Level, "debug", "info", "warn", "error"),
			"format": word(&c.Log.Format, "text", "json"),
		}),
	})
}

// decode reads the text of a file over what c holds.
func (c *Config) decode(path string, text []byte) error {
	var document yaml.Node
	err := yaml.NewDecoder(bytes.NewReader(text)).Decode(&document)
	if errors.Is(err, io.EOF) {
		return nil // it says nothing
	}
	if err != nil {
		return invalid(path, syntax(err)).Because(errors.New(secret.ReplaceAllString(err.Error(), "…")))
	}
	root := document.Content[0]
	if empty(root) {
		return nil
	}
	if f := c.settings()(root, ""); f != nil {
		return invalid(path, f)
	}
	return nil
}

// secret finds what may be an address with a password, which no message repeats.
var secret = regexp.MustCompile(`\S*:/\S*`)

var syntaxLine = regexp.MustCompile(`line (\d+)`)

// syntax is the fault of a text that is no YAML; the reader's own words, which are
// English only, are the cause.
func syntax(err error) *fault {
	f := &fault{what: perennial.Say("不是正确的 YAML；检查冒号后的空格、缩进和引号。", "this is not YAML; look at spaces after colons, indentation and quotes.")}
	if m := syntaxLine.FindStringSubmatch(err.Error()); m != nil {
		f.line, _ = strconv.Atoi(m[1])
	}
	return f
}

func invalid(path string, f *fault) *perennial.Error {
	at := perennial.Say("配置文件 %s", "The configuration %s", path)
	if f.line > 0 {
		at = perennial.Say("配置文件 %s 第 %d 行", "The configuration %s, line %d", path, f.line)
	}
	return perennial.NewError(perennial.KindInvalid, "config.invalid", perennial.Text{ZH: at.ZH + "：" + f.what.ZH, EN: at.EN + ": " + f.what.EN}).
		WithHint(perennial.Say("改正后再运行；不需要配置时可以删掉这个文件。", "Correct it and run again; without a configuration to make, the file may be removed."))
}

// empty tells a key without a value, which leaves the default.
func empty(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// section is a mapping with these keys and no others.
func section(of map[string]setting) setting {
	return func(n *yaml.Node, name string) *fault {
		if n.Kind != yaml.MappingNode {
			return wrong(n, "%s要写成“名字: 值”，每行一个设置。", "%sone setting a line is expected, as “name: value”.", inside(name))
		}
		seen := map[string]bool{}
		for i := 0; i < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			read, known := of[key.Value]
			switch {
			case key.Kind != yaml.ScalarNode || !known:
				return wrong(key, "%[1]s没有“%[2]s”这个设置，可以写：%[3]s。", "%[1]sthere is no setting %[2]q; there are %[3]s.",
					inside(name), secret.ReplaceAllString(key.Value, "…"), strings.Join(slices.Sorted(maps.Keys(of)), ", "))
			case seen[key.Value]:
				return wrong(key, "%[1]s“%[2]s”写了两次。", "%[1]s%[2]q is given twice.", inside(name), key.Value)
			}
			seen[key.Value] = true
			if value.Kind == yaml.AliasNode {
				value = value.Alias
			}
			if empty(value) {
				continue
			}
			if f := read(value, strings.TrimPrefix(name+"."+key.Value, ".")); f != nil {
				return f
			}
		}
		return nil
	}
}

// inside begins a sentence on what stands within a section.
func inside(name string) string {
	if name == "" {
		return ""
	}
	return name + ": "
}

// either is an address, or a section with settings beside it.
func either(short setting, long map[string]setting) setting {
	return func(n *yaml.Node, name string) *fault {
		switch n.Kind {
		case yaml.ScalarNode:
			return short(n, name)
		case yaml.MappingNode:
			return section(long)(n, name)
		}
		return wrong(n, "%s 要写成一个地址，或者一组设置。", "%s is an address, or a section of settings.", name)
	}
}

// address is a URL with one of the schemes.
func address(to *string, schemes ...string) setting {
	return func(n *yaml.Node, name string) *fault {
		begins := func(scheme string) bool { return strings.HasPrefix(n.Value, scheme) }
		if n.Kind != yaml.ScalarNode || n.Value != "" && !slices.ContainsFunc(schemes, begins) {
			return wrong(n, "%s 要以 %s 开头。", "%s begins with %s.", name, schemes[0])
		}
		*to = n.Value
		return nil
	}
}

// number is a whole number within bounds.
func number(to *int, low, high int) setting {
	return func(n *yaml.Node, name string) *fault {
		var v int
		if err := n.Decode(&v); err != nil || v < low || v > high {
			return wrong(n, "%s 要是 %d 到 %d 的整数。", "%s is a whole number from %d to %d.", name, low, high)
		}
		*to = v
		return nil
	}
}

// word is one of some words.
func word(to *string, words ...string) setting {
	return func(n *yaml.Node, name string) *fault {
		if n.Kind != yaml.ScalarNode || !slices.Contains(words, n.Value) {
			return wrong(n, "%s 只能是：%s。", "%s is one of: %s.", name, strings.Join(words, ", "))
		}
		*to = n.Value
		return nil
	}
}

// checked is a text that must be like an example.
func checked(to *string, like string, ok func(string) bool) setting {
	return func(n *yaml.Node, name string) *fault {
		if n.Kind == yaml.ScalarNode {
			if *to = n.Value; ok(n.Value) {
				return nil
			}
		}
		return wrong(n, "%s 要写成 %s 这样。", "%s is written like %s.", name, like)
	}
}

// list is some texts, each of which must be like those of an example.
func list(to *[]string, like string, ok func(string) bool) setting {
	return func(n *yaml.Node, name string) *fault {
		*to = nil
		for _, item := range n.Content {
			*to = append(*to, item.Value)
		}
		if n.Kind != yaml.SequenceNode || !all(*to, ok) {
			return wrong(n, "%s 要写成列表，例如 [%s]。", "%s is a list, such as [%s].", name, like)
		}
		return nil
	}
}

func all(texts []string, ok func(string) bool) bool {
	return !slices.ContainsFunc(texts, func(text string) bool { return !ok(text) })
}

// flag is yes or no; nil where nothing is said.
func flag(to **bool) setting {
	return func(n *yaml.Node, name string) *fault {
		var v bool
		if err := n.Decode(&v); err != nil {
			return wrong(n, "%s 只能是 true 或 false。", "%s is true or false.", name)
		}
		*to = &v
		return nil
	}
}
