package main

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// run summarises events written as "action package test output".
func run(t *testing.T, steps []string, events ...[4]string) (string, bool) {
	t.Helper()
	var in strings.Builder
	for _, e := range events {
		fmt.Fprintf(&in, "{\"Action\":%q,\"Package\":%q,\"Test\":%q,\"Output\":%q}\n", e[0], e[1], e[2], e[3])
	}
	s := newSummary()
	for _, arg := range steps {
		if err := s.step(arg); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.read(strings.NewReader(in.String()), io.Discard); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	ok := s.print(&out)
	return out.String(), ok
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

func TestCounts(t *testing.T) {
	pass := [4]string{"pass", "p", "TestA", ""}
	for _, tt := range []struct {
		name   string
		steps  []string
		events [][4]string
		want   string
		ok     bool
	}{
		{"one", nil, [][4]string{pass}, "1 passed, 0 failed, 0 skipped", true},
		{"steps count", []string{"lint=passed", "pages=skipped: none"}, [][4]string{pass}, "2 passed, 0 failed, 1 skipped", true},
		{"a failed step fails all", []string{"lint=failed"}, [][4]string{pass}, "1 passed, 1 failed, 0 skipped", false},
		{"subtests count, their parent does not", nil, [][4]string{
			{"run", "p", "TestA", ""}, {"run", "p", "TestA/x", ""}, {"run", "p", "TestA/y", ""},
			{"pass", "p", "TestA/x", ""}, {"fail", "p", "TestA/y", ""}, {"fail", "p", "TestA", ""}, {"fail", "p", "", ""},
		}, "1 passed, 1 failed, 0 skipped", false},
		{"a name with slashes of its own", nil, [][4]string{
			{"run", "p", "TestA", ""}, {"run", "p", "TestA/x", ""}, {"run", "p", "TestA/x/file/case", ""},
			{"fail", "p", "TestA/x/file/case", ""}, {"fail", "p", "TestA/x", ""}, {"fail", "p", "TestA", ""}, {"fail", "p", "", ""},
		}, "0 passed, 1 failed, 0 skipped", false},
		{"a parent that failed by itself", nil, [][4]string{
			{"run", "p", "TestA", ""}, {"run", "p", "TestA/x", ""}, {"pass", "p", "TestA/x", ""}, {"fail", "p", "TestA", ""}, {"fail", "p", "", ""},
		}, "1 passed, 1 failed, 0 skipped", false},
		{"a package that did not compile", nil, [][4]string{pass, {"fail", "q", "", ""}}, "1 passed, 1 failed, 0 skipped", false},
		{"a package that ended in the middle", nil, [][4]string{{"run", "p", "TestA", ""}, {"fail", "p", "", ""}}, "0 passed, 1 failed, 0 skipped", false},
		{"nothing ran", []string{"lint=passed"}, nil, "1 passed, 0 failed, 0 skipped", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, ok := run(t, tt.steps, tt.events...)
			if got := lastLine(out); got != tt.want || ok != tt.ok {
				t.Errorf("got %q, %v; want %q, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestSkipsSayWhy(t *testing.T) {
	out, ok := run(t, nil,
		[4]string{"output", "p", "TestA", "=== RUN   TestA\n"},
		[4]string{"output", "p", "TestA", "    a_test.go:12: real data absent: cdnow\n"},
		[4]string{"output", "p", "TestA", "--- SKIP: TestA (0.00s)\n"},
		[4]string{"skip", "p", "TestA", ""})
	if !strings.Contains(out, "skipped p TestA: real data absent: cdnow\n") || !ok {
		t.Errorf("got %v\n%s", ok, out)
	}
}

func TestFailuresShowTheirOutput(t *testing.T) {
	out, _ := run(t, nil,
		[4]string{"output", "p", "TestA", "    a_test.go:12: got 1, want 2\n"},
		[4]string{"fail", "p", "TestA", ""}, [4]string{"fail", "p", "", ""})
	if !strings.Contains(out, "got 1, want 2") {
		t.Error(out)
	}
}

func TestEngines(t *testing.T) {
	for _, tt := range []struct {
		name, last string
		ok         bool
		extra      [][4]string
	}{
		{"two engines", "engine=b cases=2 passed=1 failed=0 skipped=1", true, [][4]string{
			{"run", "p/b", "TestB", ""}, {"run", "p/b", "TestB/x", ""}, {"pass", "p/b", "TestB/x", ""}, {"pass", "p/b", "TestB", ""},
			{"run", "q", "TestCases/b/y", ""}, {"skip", "q", "TestCases/b/y", ""}, {"run", "q", "TestOther", ""}, {"pass", "q", "TestOther", ""},
		}},
		{"an engine without cases", "engine=b cases=0 passed=0 failed=0 skipped=0", false, nil},
		{"a case that fails", "engine=b cases=1 passed=0 failed=1 skipped=0", false, [][4]string{{"fail", "p/b", "TestB/x", ""}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var in strings.Builder
			for _, e := range append([][4]string{{"pass", "p/a", "TestA/x", ""}}, tt.extra...) {
				fmt.Fprintf(&in, "{\"Action\":%q,\"Package\":%q,\"Test\":%q,\"Output\":%q}\n", e[0], e[1], e[2], e[3])
			}
			s := newSummary()
			for _, arg := range []string{"a=^p/a ", "b=^p/b TestB/", "b=^q TestCases/b/"} {
				if err := s.engine(arg); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.read(strings.NewReader(in.String()), io.Discard); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			ok := s.print(&out)
			if last := lastLine(out.String()); last != tt.last || ok != tt.ok {
				t.Errorf("%t, %s; want %s", ok, last, tt.last)
			}
			if !strings.Contains(out.String(), "engine=a cases=1 passed=1 failed=0 skipped=0\n") {
				t.Errorf("the other engine: %s", out.String())
			}
		})
	}
	if err := newSummary().engine("a=("); err == nil {
		t.Error("a pattern that is none was taken")
	}
}
