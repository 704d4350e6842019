package app

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"perennial"
	"perennial/analyze/lifecycle"
	"perennial/govern/account"
)

// TestRulesEditedByTwo lets operators change the same version at once: one of them
// wins, the others are told, and the record says what was done.
func TestRulesEditedByTwo(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	a := openAt(t, dir, servers{})
	defer func() { shut(t, a) }()
	if err := takeRows(t, a, "1,a,2026-03-02,10.50\n2,b,2026-03-09,20.00\n3,a,2026-04-01,5.00\n", nil); err != nil {
		t.Fatal(err)
	}
	ws, err := a.Catalog.Workspace(ctx, "w")
	if err != nil {
		t.Fatal(err)
	}
	const operators = 4
	errs := make([]error, operators)
	var done sync.WaitGroup
	for i := range operators {
		done.Go(func() {
			rules := lifecycle.Default()
			rules.Proof.Days = 100 + i
			_, errs[i] = a.ChangeRules(ctx, account.Actor{Name: fmt.Sprintf("operator %d", i), Operator: int64(i + 1)}, ws, rules, 1)
		})
	}
	done.Wait()
	winner := -1
	for i, err := range errs {
		switch perennial.CodeOf(err) {
		case "":
			if err != nil || winner >= 0 {
				t.Errorf("operator %d as well: %v", i, err)
			}
			winner = i
		case "lifecycle.rules_changed":
		default:
			t.Errorf("operator %d: %v", i, err)
		}
	}
	rules, err := a.Rules(ctx, ws)
	if err != nil || winner < 0 || rules.Version != 2 || rules.Proof.Days != 100+winner || rules.From == nil || rules.From.String() != "2026-04-01" {
		t.Fatalf("%d won, %v: %+v", winner, err, rules)
	}
	for i, err := range errs {
		if e := perennial.AsError(err); i != winner && !strings.Contains(e.Sentence.ZH, fmt.Sprintf("operator %d", winner)) {
			t.Errorf("operator %d is not told who: %s", i, e.Sentence.ZH)
		}
	}
	record, err := a.Accounts.Done(ctx, ws.ID, rulesChanged)
	if err != nil || len(record) != 1 || record[0].Target != "2" || record[0].Detail != fmt.Sprintf("proof.days: 90 → %d", 100+winner) {
		t.Errorf("the record: %v %+v", err, record)
	}
	// The figures stand on the rules: they are out of date now, once.
	before, err := a.Refresh(ctx, ws)
	if err != nil {
		t.Fatal(err)
	}
	next := rules.Clone()
	next.Hysteresis.Dates = 1
	if _, err := a.ChangeRules(ctx, account.Console(), ws, next, 2); err != nil {
		t.Fatal(err)
	}
	if stale, err := a.Stale(ctx, ws, before); err != nil || !stale {
		t.Errorf("stale %v, %v", stale, err)
	}
	after, err := a.Refresh(ctx, ws)
	if err != nil {
		t.Fatal(err)
	}
	if stale, err := a.Stale(ctx, ws, after); err != nil || stale || after.ID == before.ID {
		t.Errorf("stale %v, %v", stale, err)
	}
	// What cannot work is not put in force, whoever asks.
	next.Stages = nil
	var place lifecycle.Place
	if _, err := a.AcceptRules(ctx, account.Console(), ws, next, 3); !errors.As(err, &place) || place.Pointer != "/stages" {
		t.Errorf("%v", err)
	}
}
