package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// desk is where a person sits: a home, a data directory that does not exist yet,
// a folder for files, and a temporary folder that must be empty at the end.
type desk struct {
	t                    testing.TB
	home, dir, work, tmp string
	env                  []string // besides the clean environment
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	if program == "" {
		if strings.HasPrefix(noBinary, "the program does not build") {
			t.Fatal(noBinary)
		}
		t.Skip(noBinary)
	}
	root := t.TempDir()
	d := &desk{t: t, home: filepath.Join(root, "home"), dir: filepath.Join(root, "data"), work: filepath.Join(root, "work"), tmp: filepath.Join(root, "tmp")}
	for _, dir := range []string{d.home, d.work, d.tmp} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// elsewhere is the same desk with another data directory.
func (d *desk) elsewhere(name string) *desk {
	other := *d
	other.dir = filepath.Join(filepath.Dir(d.dir), name)
	return &other
}

// command prepares a run of the program with a clean environment.
func (d *desk) command(args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(d.t.Context(), 3*time.Minute)
	d.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program, append([]string{"--dir", d.dir}, args...)...)
	cmd.Dir = d.work
	cmd.Env = append([]string{"HOME=" + d.home, "TMPDIR=" + d.tmp, "TMP=" + d.tmp, "PATH=" + os.Getenv("PATH"), "LANG=zh_CN.UTF-8"}, d.env...)
	return cmd
}

// ended is how a run ended.
type ended struct {
	t        testing.TB
	args     []string
	code     int
	out, err string
}

func (d *desk) run(args ...string) ended {
	d.t.Helper()
	return d.finish(d.command(args...), args)
}

func (d *desk) finish(cmd *exec.Cmd, args []string) ended {
	d.t.Helper()
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		d.t.Fatalf("%s: %v", strings.Join(args, " "), err)
	}
	r := ended{d.t, args, cmd.ProcessState.ExitCode(), out.String(), problems.String()}
	r.sane()
	return r
}

// trace are the signs of a program that fell over instead of speaking.
var trace = regexp.MustCompile(`goroutine \d+ \[|panic:|runtime error|fatal error|SIG[A-Z]+:`)

func (r ended) sane() {
	r.t.Helper()
	if s := trace.FindString(r.out + r.err); s != "" {
		r.t.Errorf("%s: a stack trace (%s):\n%s", r.line(), s, r.err)
	}
}

func (r ended) line() string { return "perennial " + strings.Join(r.args, " ") }

// good is run that must end well.
func (d *desk) good(args ...string) ended {
	d.t.Helper()
	r := d.run(args...)
	if r.code != 0 {
		d.t.Fatalf("%s: exit code %d\n%s%s", r.line(), r.code, r.out, r.err)
	}
	return r
}

// document reads standard output as exactly one JSON document.
func (r ended) document(into any) {
	r.t.Helper()
	dec := json.NewDecoder(strings.NewReader(r.out))
	if err := dec.Decode(into); err != nil {
		r.t.Fatalf("%s: not JSON: %v\n%.400s", r.line(), err, r.out)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		r.t.Fatalf("%s: more than one JSON document", r.line())
	}
}

// object is a JSON object of any shape.
type object = map[string]any

// json runs a command with --json that must end well.
func (d *desk) json(args ...string) object {
	d.t.Helper()
	var doc object
	d.good(append(args, "--json")...).document(&doc)
	return doc
}

// at digs into nested objects: at(doc, "clv", "bgnbd", "r").
func at(doc any, path ...string) any {
	for _, key := range path {
		m, ok := doc.(object)
		if !ok {
			return nil
		}
		doc = m[key]
	}
	return doc
}

func number(t testing.TB, doc any, path ...string) float64 {
	t.Helper()
	f, ok := at(doc, path...).(float64)
	if !ok {
		t.Fatalf("%s is no number but %v", strings.Join(path, "."), at(doc, path...))
	}
	return f
}

// refused runs a command that must fail: with this code and exit code, with a
// sentence and a hint in both languages, and with one document under --json.
func (d *desk) refused(code string, exit int, args ...string) {
	d.t.Helper()
	for _, lang := range []string{"zh", "en"} {
		r := d.run(append(args, "--lang", lang)...)
		first, rest, _ := strings.Cut(r.err, "\n")
		word, todo := "错误 ", "怎么办:"
		if lang == "en" {
			word, todo = "Error ", "What to do:"
		}
		sentence, ok := strings.CutPrefix(first, word+code+": ")
		if r.code != exit || !ok || strings.TrimSpace(sentence) == "" {
			d.t.Errorf("%s: want code %s and exit code %d, got %d and\n%.300s%s", r.line(), code, exit, r.code, r.out, r.err)
			return
		}
		if !strings.Contains(rest, todo) {
			d.t.Errorf("%s: no hint:\n%s", r.line(), r.err)
		}
		if lang == "en" && hanzi.MatchString(quoted.ReplaceAllString(sentence, "")) {
			d.t.Errorf("%s: Chinese in an English sentence: %s", r.line(), sentence)
		}
		if lang == "zh" && !hanzi.MatchString(sentence) {
			d.t.Errorf("%s: no Chinese in a Chinese sentence: %s", r.line(), sentence)
		}
	}
	r := d.run(append(args, "--json", "--lang", "en")...)
	var doc object
	r.document(&doc)
	for _, key := range []string{"code", "message", "hint", "message_zh", "message_en"} {
		if s, _ := at(doc, "error", key).(string); s == "" {
			d.t.Errorf("%s: error.%s is missing: %s", r.line(), key, r.out)
		}
	}
	if at(doc, "error", "code") != code || r.code != exit {
		d.t.Errorf("%s: JSON says %v, exit code %d", r.line(), at(doc, "error", "code"), r.code)
	}
}

var (
	hanzi  = regexp.MustCompile(`\p{Han}`)
	quoted = regexp.MustCompile(`"[^"]*"|“[^”]*”|\S*/\S*`)
)

// write puts a file into the work folder and returns its path.
func (d *desk) write(name, text string) string {
	d.t.Helper()
	path := filepath.Join(d.work, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return path
}

// clean checks that nothing was left in the temporary folder.
func (d *desk) clean() {
	d.t.Helper()
	entries, err := os.ReadDir(d.tmp)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, e := range entries {
		d.t.Errorf("left in the temporary folder: %s", e.Name())
	}
}

// within polls until done says yes; it fails the test after a minute.
func within(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func containsAll(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}
