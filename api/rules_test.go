package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"perennial"
	"perennial/analyze/lifecycle"
	"perennial/api"
	"perennial/govern/account"
	"perennial/report"
)

// rules opens a filled shop and lets two people in who may change its rules.
func rules(t *testing.T) (h *house, li, wang *visitor) {
	h = open(t, nil)
	h.fill()
	h.user("li", account.Owner, "shop", "")
	h.user("wang", account.Analyst, "shop", "")
	return h, h.person("li").with("Accept-Language", "en"), h.person("wang").with("Accept-Language", "en")
}

// stages are how many customers the figures have in each.
func (v *visitor) stages() map[perennial.Stage]int {
	v.t.Helper()
	var got struct {
		Data lifecycle.Report `json:"data"`
	}
	v.do("GET", "/api/v1/analysis/lifecycle", nil).into(v.t, &got)
	out := map[perennial.Stage]int{}
	for _, c := range got.Data.Stages {
		if c.Customers > 0 && c.Stage != perennial.StageProspect {
			out[c.Stage] = c.Customers
		}
	}
	return out
}

// TestRules goes the way of an operator: look, try, put in force, and find in the
// figures what the preview said; another who edited the same version is told.
func TestRules(t *testing.T) {
	_, li, wang := rules(t)
	var book api.RuleBook
	li.do("GET", "/api/v1/rules", nil).into(t, &book)
	if book.Version != 1 || !book.BuiltIn || book.From != nil || !strings.Contains(book.YAML, "at_most: 120d") || book.Rules.Stage("growth").Lasts.AtMost != 120 {
		t.Fatalf("%+v", book)
	}
	var moves report.Moves
	li.do("POST", "/api/v1/rules/preview", map[string]any{"rules": book.Rules}).into(t, &moves)
	if moves.Moved != 0 || moves.Customers == 0 || len(moves.From) != 6 || len(moves.Counts) != 6 {
		t.Errorf("the rules in force move %d of %d", moves.Moved, moves.Customers)
	}
	before := li.stages()
	for i, s := range moves.From {
		if moves.Counts[i][i] != before[s.Name] {
			t.Errorf("now in %s: %d, the figures say %d", s.Name, moves.Counts[i][i], before[s.Name])
		}
	}

	edited := book.Rules.Clone()
	edited.Stage("lost").Rule.SilenceAbove = &lifecycle.Silence{Days: 45}
	edited.Stage("maturity").Rule.NMin = 9
	li.do("POST", "/api/v1/rules/preview", map[string]any{"rules": edited}).into(t, &moves)
	text, err := edited.YAML()
	if err != nil {
		t.Fatal(err)
	}
	var same report.Moves
	li.do("POST", "/api/v1/rules/preview", map[string]any{"yaml": string(text)}).into(t, &same)
	moved, money := 0, perennial.Money(0)
	after := map[perennial.Stage]int{}
	for i := range moves.From {
		for j, s := range moves.To {
			if n := moves.Counts[i][j]; n > 0 {
				after[s.Name] += n
				if s.Name != moves.From[i].Name {
					moved += n
				}
			}
			money += moves.Money[i][j].Minor
		}
	}
	if moves.Moved == 0 || moves.Moved != moved || same.Moved != moved || moves.MovedMoney != same.MovedMoney {
		t.Errorf("%d moved, %d in the matrix, %d by YAML", moves.Moved, moved, same.Moved)
	}

	var now api.RulesInForce
	li.do("PUT", "/api/v1/rules", map[string]any{"rules": edited, "version": 1}).into(t, &now)
	if now.Version != 2 || now.From == nil || *now.From != moves.AsOf || now.Job == nil {
		t.Fatalf("%+v", now)
	}
	if job := li.await(*now.Job); job.State != "done" {
		t.Fatalf("%+v", job)
	}
	figures := li.stages()
	for name, n := range after {
		if figures[name] != n {
			t.Errorf("%s: the preview said %d, it became %d", name, n, figures[name])
		}
	}

	// The second is told who was quicker, and nothing is lost.
	other := book.Rules.Clone()
	other.Hysteresis.Dates = 3
	p := wang.do("PUT", "/api/v1/rules", map[string]any{"rules": other, "version": 1}).problem(t)
	if p.Status != http.StatusConflict || p.Code != "lifecycle.rules_changed" || !strings.Contains(p.Detail, "li") || !strings.Contains(p.Detail, "20") || p.Hint == "" {
		t.Errorf("%+v", p)
	}
	wang.do("PUT", "/api/v1/rules", map[string]any{"rules": edited, "version": 2}).into(t, &now)
	if now.Version != 2 || now.Job != nil {
		t.Errorf("the same again: %+v", now)
	}
	wang.do("PUT", "/api/v1/rules", map[string]any{"yaml": strings.Replace(string(text), "dates: 2", "dates: 3", 1), "version": 2}).into(t, &now)
	if now.Version != 3 {
		t.Errorf("%+v", now)
	}
	wang.await(*now.Job)
	var versions struct{ Items []api.RuleVersion }
	wang.do("GET", "/api/v1/rules/versions", nil).into(t, &versions)
	if len(versions.Items) != 3 || versions.Items[0].ChangedBy != "wang" || versions.Items[1].ChangedBy != "li" || versions.Items[1].ChangedAt == nil || !versions.Items[2].BuiltIn {
		t.Fatalf("%+v", versions.Items)
	}
	if c := versions.Items[0].Changes; len(c) != 1 || c[0].Field != "hysteresis.dates" || c[0].Before.EN != "2" || c[0].After.EN != "3" {
		t.Errorf("%+v", c)
	}
	if c := versions.Items[1].Changes; len(c) != 2 || c[0].Stage != "maturity" || c[1].Stage != "lost" || c[1].After.EN != "45d" {
		t.Errorf("%+v", c)
	}
}

func TestBadRules(t *testing.T) {
	h, li, _ := rules(t)
	set := lifecycle.Default()
	text, err := set.YAML()
	if err != nil {
		t.Fatal(err)
	}
	change := func(f func(*lifecycle.RuleSet)) *lifecycle.RuleSet {
		r := set.Clone()
		f(r)
		return r
	}
	inJSON, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	deep := json.RawMessage(strings.Replace(string(inJSON), `"at_most":120`, `"pace":1`, 1))
	for name, c := range map[string]struct {
		body        map[string]any
		code, field string
		line        int
	}{
		"nothing":       {map[string]any{}, "lifecycle.rules_missing", "/rules", 0},
		"both":          {map[string]any{"rules": set, "yaml": string(text)}, "lifecycle.rules_missing", "/rules", 0},
		"a number":      {map[string]any{"rules": change(func(r *lifecycle.RuleSet) { r.Stage("growth").Lasts.Value = -1 })}, "lifecycle.rules_invalid", "/rules/stages/3/lasts", 0},
		"two silences":  {map[string]any{"rules": change(func(r *lifecycle.RuleSet) { r.Stage("lost").Rule.SilenceAbove.Ratio = 2 })}, "lifecycle.rules_invalid", "/rules/stages/6/rule/silence_above", 0},
		"a unit":        {map[string]any{"rules": change(func(r *lifecycle.RuleSet) { r.Stage("growth").Lasts.Unit = "y" })}, "request.invalid", "/rules/stages/3/lasts/unit", 0},
		"unknown field": {map[string]any{"rules": map[string]any{"pace": 1}}, "request.invalid", "", 0},
		"unknown, deep": {map[string]any{"rules": deep}, "request.invalid", "/rules/stages/3/lasts/pace", 0},
		"null":          {map[string]any{"rules": nil}, "lifecycle.rules_missing", "/rules", 0},
		"YAML":          {map[string]any{"yaml": strings.Replace(string(text), "version: 1", "vresion: 1", 1)}, "lifecycle.rules_syntax", "/yaml", 2},
		"YAML's number": {map[string]any{"yaml": strings.Replace(string(text), "version: 1", "version: 0", 1)}, "lifecycle.rules_invalid", "/yaml", 2},
	} {
		for route, method := range map[string]string{"/api/v1/rules/preview": "POST", "/api/v1/rules": "PUT"} {
			body := c.body
			if method == "PUT" {
				body = map[string]any{"version": 1}
				for k, v := range c.body {
					body[k] = v
				}
			}
			p := li.do(method, route, body).problem(t)
			if p.Status != http.StatusUnprocessableEntity || p.Code != c.code || c.field != "" && p.Field != c.field || p.Line != c.line {
				t.Errorf("%s: %s %s: %+v", name, method, route, p)
			}
		}
	}
	var book api.RuleBook
	li.do("GET", "/api/v1/rules", nil).into(t, &book)
	if book.Version != 1 {
		t.Errorf("what was refused is in force: %+v", book.Version)
	}
	// A shop without orders can be given rules, for all days to come.
	h.user("chief", account.Owner, "", "")
	chief := h.person("chief").with("Perennial-Workspace", "other")
	if p := chief.do("POST", "/api/v1/rules/preview", map[string]any{"rules": set}).problem(t); p.Code != "analyze.no_orders" && p.Code != "analyze.no_purchases" {
		t.Errorf("%+v", p)
	}
	var now api.RulesInForce
	chief.do("PUT", "/api/v1/rules", map[string]any{"rules": change(func(r *lifecycle.RuleSet) { r.Hysteresis.Margin = 0.2 }), "version": 1}).into(t, &now)
	if now.Version != 2 || now.From != nil || now.Job != nil {
		t.Errorf("%+v", now)
	}
}

// Proposals are found in the background, kept, put in force, and out of date then.
func TestProposals(t *testing.T) {
	_, li, wang := rules(t)
	var got api.Proposals
	li.do("GET", "/api/v1/rules/proposals", nil).into(t, &got)
	if got.MadeAt != nil || len(got.Items) != 0 {
		t.Errorf("before anybody asked: %+v", got)
	}
	if p := li.do("POST", "/api/v1/rules/proposals/accept", nil).problem(t); p.Status != http.StatusNotFound || p.Code != "lifecycle.no_proposal" {
		t.Errorf("%+v", p)
	}
	var job api.Job
	li.do("POST", "/api/v1/rules/proposals", map[string]any{"events": []any{map[string]any{"day": "2025-09-01", "name": "new points"}}}).into(t, &job)
	if job = li.await(job); job.State != "done" || job.Kind != "calibrate" {
		t.Fatalf("%+v", job)
	}
	li.do("GET", "/api/v1/rules/proposals", nil).into(t, &got)
	at := 0
	for _, p := range got.Items {
		if p.Kind == lifecycle.KindEvent {
			at = p.Number
			if !strings.Contains(p.Reason.EN, "new points") || len(p.Changes) == 0 || p.Changes[0].Field != "learn_from" {
				t.Errorf("%+v", p)
			}
		}
	}
	if at == 0 || got.MadeAt == nil || got.Stale || got.Version != 1 {
		text, _ := json.Marshal(got)
		t.Fatalf("%s", text)
	}
	if p := li.do("POST", "/api/v1/rules/proposals/99/accept", nil).problem(t); p.Code != "lifecycle.no_proposal" {
		t.Errorf("%+v", p)
	}
	var now api.RulesInForce
	path := "/api/v1/rules/proposals/" + string(rune('0'+at)) + "/accept"
	li.do("POST", path, nil).into(t, &now)
	if now.Version != 2 || now.Job == nil {
		t.Fatalf("%+v", now)
	}
	for _, path := range []string{path, "/api/v1/rules/proposals/accept"} {
		if p := wang.do("POST", path, nil).problem(t); p.Status != http.StatusConflict || p.Code != "lifecycle.proposals_stale" {
			t.Errorf("%+v", p)
		}
	}
	if done := li.await(*now.Job); done.State != "done" {
		t.Errorf("%+v", done)
	}
	var book api.RuleBook
	li.do("GET", "/api/v1/rules", nil).into(t, &book)
	if book.Version != 2 || book.Rules.LearnFrom == nil || book.Rules.LearnFrom.String() != "2025-09-01" || book.ChangedBy != "li" {
		t.Errorf("%+v", book.RuleVersion)
	}
}
