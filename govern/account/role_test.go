package account

import (
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var (
	allRoles  = []Role{Owner, Analyst, Marketer, Service, Viewer}
	allScopes = []Scope{ScopeCollect, ScopeRead, ScopeReveal, ScopeWrite, ScopeExport, ScopeAdmin}
)

// markdown is the table of permissions as the page for people shows it.
func markdown() string {
	var b strings.Builder
	line := func(cells ...string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	head, rule := []string{"permission", "what"}, []string{"---", "---"}
	for _, r := range allRoles {
		head, rule = append(head, string(r)), append(rule, ":-:")
	}
	line(append(head, "scopes of keys")...)
	line(append(rule, "---")...)
	for _, p := range table {
		cells := []string{"`" + string(p.permission) + "`", p.what.ZH + " · " + p.what.EN}
		for _, r := range allRoles {
			switch {
			case !slices.Contains(p.roles, r):
				cells = append(cells, "")
			case p.whole:
				cells = append(cells, "●")
			default:
				cells = append(cells, "○")
			}
		}
		line(append(cells, strings.ReplaceAll(joinScopes(p.scopes), " ", ", "))...)
	}
	return b.String()
}

func TestPageShowsTheTable(t *testing.T) {
	page, err := os.ReadFile("../../docs/use/permissions.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), markdown()) {
		t.Errorf("docs/use/permissions.md does not show the table of role.go, which is\n\n%s", markdown())
	}
}

// A role never has what the page does not say, whoever asks how.
func TestNobodyHasWhatTheTableDoesNotSay(t *testing.T) {
	page, err := os.ReadFile("../../docs/use/permissions.md")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string][]string{}
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, "|"); strings.HasPrefix(line, "| `") {
			said[strings.Trim(cells[1], " `")] = cells
		}
	}
	var names []string
	for name := range said {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.SampledFrom(names), rapid.String()).Draw(t, "permission")
		role := rapid.OneOf(rapid.SampledFrom(allRoles), rapid.Map(rapid.String(), func(s string) Role { return Role(s) })).Draw(t, "role")
		var rule RowRule
		if limited := rapid.Bool().Draw(t, "limited"); limited {
			rule, _ = ParseRowRule("city in (上海)")
		}
		mark := ""
		if cells, i := said[name], slices.Index(allRoles, role); cells != nil && i >= 0 {
			mark = strings.TrimSpace(cells[3+i])
		}
		want := mark == "○" || mark == "●" && rule.IsZero()
		g := Grant{role, rule}
		if got := g.May(Permission(name)); got != want {
			t.Fatalf("%q may %q: %v, the page says %q", role, name, got, mark)
		}
		if (g.Require(Permission(name)) == nil) != want || slices.Contains(g.Permissions(), Permission(name)) != want {
			t.Fatalf("%q, %q: Require or Permissions say otherwise than May", role, name)
		}
		scopes := rapid.SliceOfDistinct(rapid.SampledFrom(allScopes), rapid.ID).Draw(t, "scopes")
		wantKey := false
		if cells := said[name]; cells != nil {
			for _, s := range scopes {
				wantKey = wantKey || slices.Contains(strings.Split(strings.TrimSpace(cells[8]), ", "), string(s))
			}
		}
		if got := (Key{Scopes: scopes}).May(Permission(name)); got != wantKey {
			t.Fatalf("a key with %v may %q: %v", scopes, name, got)
		}
	})
}

func TestScopesAreRead(t *testing.T) {
	got, err := ParseScopes("export, read,read")
	if err != nil || joinScopes(got) != "read export" {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"", "read,all", ",", "Read"} {
		_, err := ParseScopes(bad)
		wantCode(t, err, "account.scope")
	}
}
