// Package sqlfile loads SQL statements from files that stand beside the Go code
// that runs them, picks the text for an engine and binds named parameters.
package sqlfile

import (
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"strings"
)

// Statement is one SQL statement with named parameters (:as_of). Its text is
// name.sql; an engine that needs other words has name.<engine>.sql beside it.
type Statement struct {
	Name  string
	texts map[string]string // by engine; "" is the common one
}

// Load reads every statement in the root of fsys. It fails on an override
// without a common text or with other parameters, so that a mistake shows at
// start and not on the first use.
func Load(fsys fs.FS) (map[string]Statement, error) {
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list statements: %w", err)
	}
	sort.Strings(names)
	out := map[string]Statement{}
	for _, file := range names {
		b, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, fmt.Errorf("read statement: %w", err)
		}
		name, engine, _ := strings.Cut(strings.TrimSuffix(path.Base(file), ".sql"), ".")
		s, ok := out[name]
		if !ok {
			s = Statement{Name: name, texts: map[string]string{}}
		}
		s.texts[engine] = string(b)
		out[name] = s
	}
	for name, s := range out {
		common, ok := s.texts[""]
		if !ok {
			return nil, fmt.Errorf("statement %s has an override but no %s.sql", name, name)
		}
		want := strings.Join(Parameters(common), " ")
		for engine, text := range s.texts {
			if got := strings.Join(Parameters(text), " "); got != want {
				return nil, fmt.Errorf("statement %s for %q takes (%s), the common one (%s)", name, engine, got, want)
			}
		}
	}
	return out, nil
}

// MustLoad is Load for statements embedded in the binary, where an error is a
// mistake of the build. Call it from a constructor or a package variable.
func MustLoad(fsys fs.FS) map[string]Statement {
	out, err := Load(fsys)
	if err != nil {
		panic(err)
	}
	return out
}

// Text makes a Statement that reads the same on every engine.
func Text(name, text string) Statement {
	return Statement{Name: name, texts: map[string]string{"": text}}
}

// For returns the text for an engine.
func (s Statement) For(engine string) string {
	if t, ok := s.texts[engine]; ok {
		return t
	}
	return s.texts[""]
}

// Parameters lists the names of a text's parameters, sorted, each once.
func Parameters(text string) []string {
	seen := map[string]bool{}
	var names []string
	walk(text, func(string) {}, func(name string) {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	})
	sort.Strings(names)
	return names
}

// Bind replaces the parameters of text by the engine's placeholders and returns
// the arguments in their order. A []int64 is written into the text as a list,
// for IN (:list); an empty one as NULL, which matches nothing; a []string becomes
// a list of placeholders. A parameter
// without an argument is an error, as is an argument that is not used.
func Bind(text string, args map[string]any, placeholder func(n int) string) (string, []any, error) {
	var b strings.Builder
	var out []any
	var missing []string
	used := map[string]bool{}
	walk(text, func(s string) { b.WriteString(s) }, func(name string) {
		v, ok := args[name]
		if !ok {
			missing = append(missing, name)
			return
		}
		used[name] = true
		if list, ok := v.([]int64); ok {
			writeList(&b, list)
			return
		}
		if list, ok := v.([]string); ok {
			if len(list) == 0 {
				b.WriteString("NULL")
			}
			for i, s := range list {
				if i > 0 {
					b.WriteByte(',')
				}
				out = append(out, s)
				b.WriteString(placeholder(len(out)))
			}
			return
		}
		out = append(out, v)
		b.WriteString(placeholder(len(out)))
	})
	if len(missing) > 0 {
		return "", nil, fmt.Errorf("parameters without a value: %s", strings.Join(missing, ", "))
	}
	for name := range args {
		if !used[name] {
			return "", nil, fmt.Errorf("no parameter named %s", name)
		}
	}
	return b.String(), out, nil
}

func writeList(b *strings.Builder, list []int64) {
	if len(list) == 0 {
		b.WriteString("NULL")
		return
	}
	for i, v := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(v, 10))
	}
}

// walk splits text into literal pieces and parameters; quotes, comments and
// casts (::) are literal.
func walk(text string, literal, parameter func(string)) {
	start := 0
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '\'' || c == '"':
			i += quoted(text[i:])
		case c == '-' && strings.HasPrefix(text[i:], "--"):
			if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
				i += n
			} else {
				i = len(text)
			}
		case c == ':' && strings.HasPrefix(text[i:], "::"):
			i += 2
		case c == ':' && i+1 < len(text) && isName(text[i+1]):
			literal(text[start:i])
			j := i + 1
			for j < len(text) && isName(text[j]) {
				j++
			}
			parameter(text[i+1 : j])
			i, start = j, j
		default:
			i++
		}
	}
	literal(text[start:])
}

func quoted(s string) int {
	for i := 1; i < len(s); i++ {
		if s[i] == s[0] {
			return i + 1
		}
	}
	return len(s)
}

func isName(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
}
