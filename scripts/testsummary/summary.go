package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// event is one line of `go test -json`; see `go doc cmd/test2json`.
type event struct {
	Action, Package, Test, Output string
	ImportPath                    string // of build output
	FailedBuild                   string
	Elapsed                       float64
}

// outcome is how a test, or a step, ended.
type outcome struct {
	name   string
	action string // pass, fail, skip
	output []string
	parent bool // it has subtests, which count in its place
	inside bool // one of its subtests failed
}

// summary adds up outcomes. Tests count at their leaves: a table test of five
// cases is five.
type summary struct {
	tests    map[string]*outcome // by package and test
	order    []string
	packages map[string][]string // output that belongs to no test
	builds   map[string][]string // compiler output by import path
	broken   []outcome           // packages that failed as a whole
	steps    []outcome
	engines  []engine
}

// engine says which cases are counted for an engine by themselves.
type engine struct {
	name  string
	cases []*regexp.Regexp
}

func newSummary() *summary {
	return &summary{tests: map[string]*outcome{}, packages: map[string][]string{}, builds: map[string][]string{}}
}

func (s *summary) step(arg string) error {
	name, result, ok := strings.Cut(arg, "=")
	verb, reason, _ := strings.Cut(result, ":")
	action, known := map[string]string{"passed": "pass", "failed": "fail", "skipped": "skip"}[verb]
	if !ok || !known {
		return fmt.Errorf("step %q is not NAME=passed, failed or skipped: REASON", arg)
	}
	s.steps = append(s.steps, outcome{name: name, action: action, output: []string{strings.TrimSpace(reason)}})
	return nil
}

func (s *summary) engine(arg string) error {
	name, pattern, ok := strings.Cut(arg, "=")
	cases, err := regexp.Compile(pattern)
	if !ok || err != nil {
		return fmt.Errorf("engine %q is not NAME=PATTERN", arg)
	}
	i := slices.IndexFunc(s.engines, func(e engine) bool { return e.name == name })
	if i < 0 {
		i, s.engines = len(s.engines), append(s.engines, engine{name: name})
	}
	s.engines[i].cases = append(s.engines[i].cases, cases)
	return nil
}

// read takes in events until the end of r and reports each package to w.
func (s *summary) read(r io.Reader, w io.Writer) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil && e.Action != "" {
				s.take(e, w)
			} else if _, err := w.Write(line); err != nil {
				return fmt.Errorf("write: %w", err)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
	}
}

func (s *summary) take(e event, w io.Writer) {
	switch {
	case e.Action == "build-output":
		s.builds[e.ImportPath] = append(s.builds[e.ImportPath], e.Output)
	case e.Test != "":
		s.test(e)
	case e.Action == "output":
		s.packages[e.Package] = append(s.packages[e.Package], e.Output)
	case e.Action == "pass":
		fmt.Fprintf(w, "ok    %6.1fs  %s\n", e.Elapsed, e.Package)
	case e.Action == "fail":
		fmt.Fprintf(w, "FAIL  %6.1fs  %s\n", e.Elapsed, e.Package)
		s.fail(e)
	}
}

func (s *summary) test(e event) {
	key := e.Package + " " + e.Test
	t := s.tests[key]
	if t == nil {
		t = &outcome{name: key}
		s.tests[key] = t
		s.order = append(s.order, key)
		s.above(e, func(p *outcome) { p.parent = true })
	}
	switch e.Action {
	case "output":
		t.output = append(t.output, e.Output)
	case "pass", "fail", "skip":
		t.action = e.Action
	}
	if e.Action == "fail" {
		s.above(e, func(p *outcome) { p.inside = true })
	}
}

// above calls f with each test that e's is a subtest of. A name may have slashes of
// its own.
func (s *summary) above(e event, f func(*outcome)) {
	for i, c := range e.Test {
		if p := s.tests[e.Package+" "+e.Test[:i]]; c == '/' && p != nil {
			f(p)
		}
	}
}

// fail notes a package that failed without a failed test: it did not compile,
// ended early, or ran out of time.
func (s *summary) fail(e event) {
	for _, key := range s.order {
		if strings.HasPrefix(key, e.Package+" ") && s.tests[key].action == "fail" {
			return
		}
	}
	output := slices.Concat(s.builds[e.FailedBuild], s.packages[e.Package])
	for _, key := range s.order { // what was running when it ended
		if t := s.tests[key]; strings.HasPrefix(key, e.Package+" ") && t.action == "" {
			output = append(output, t.output...)
		}
	}
	s.broken = append(s.broken, outcome{name: e.Package, action: "fail", output: output})
}

// outcomes lists everything that counts.
func (s *summary) outcomes() []outcome {
	all := slices.Clone(s.steps)
	for _, key := range s.order {
		t := s.tests[key]
		if t.action == "" || t.parent && (t.action != "fail" || t.inside) {
			continue
		}
		all = append(all, *t)
	}
	return append(all, s.broken...)
}

// print writes failures, skips and the counts, and reports whether all is well.
func (s *summary) print(w io.Writer) bool {
	count := map[string]int{}
	all := s.outcomes()
	for _, o := range all {
		count[o.action]++
		if o.action == "fail" {
			fmt.Fprintf(w, "\nFAILED %s\n%s", o.name, strings.Join(o.output, ""))
		}
	}
	fmt.Fprintln(w)
	for _, o := range all {
		if o.action == "skip" {
			fmt.Fprintf(w, "skipped %s: %s\n", o.name, o.reason())
		}
	}
	for _, o := range all {
		if o.action == "fail" {
			fmt.Fprintf(w, "failed  %s\n", o.name)
		}
	}
	if len(s.steps) > 0 {
		fmt.Fprint(w, "steps  ")
		for i, o := range s.steps {
			if i > 0 {
				fmt.Fprint(w, ",")
			}
			fmt.Fprintf(w, " %s %s", o.name, map[string]string{"pass": "passed", "fail": "failed", "skip": "skipped"}[o.action])
		}
		fmt.Fprintln(w)
	}
	ran := count["pass"] > len(s.steps) || len(s.order) > 0
	if !ran {
		fmt.Fprintln(w, "no test ran")
	}
	fmt.Fprintf(w, "%d passed, %d failed, %d skipped\n", count["pass"], count["fail"], count["skip"])
	return s.printEngines(w, all) && ran && count["fail"] == 0
}

// printEngines writes a line for each engine and reports whether all have cases.
func (s *summary) printEngines(w io.Writer, all []outcome) bool {
	good := true
	for _, e := range s.engines {
		cases, count := 0, map[string]int{}
		for _, o := range all {
			if slices.ContainsFunc(e.cases, func(r *regexp.Regexp) bool { return r.MatchString(o.name) }) {
				cases++
				count[o.action]++
			}
		}
		good = good && cases > 0
		fmt.Fprintf(w, "engine=%s cases=%d passed=%d failed=%d skipped=%d\n", e.name, cases, count["pass"], count["fail"], count["skip"])
	}
	return good
}

// reason returns what a skipped test said, without its place in the source.
func (o outcome) reason() string {
	var said []string
	for _, line := range o.output {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ") {
			continue
		}
		if file, rest, ok := strings.Cut(line, ": "); ok && strings.Contains(file, ".go:") {
			line = rest
		}
		said = append(said, line)
	}
	if len(said) == 0 {
		return "no reason given"
	}
	return strings.Join(said, " ")
}
