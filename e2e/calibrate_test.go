package e2e

import (
	"testing"

	"perennial"
)

// What is accepted is in force at the next look at the same data, from a day that
// the command names, and is not proposed again.
func TestAcceptedRulesAreInForce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.good("demo", "--customers", "600")
	doc := d.json("analyze", "--workspace", "demo")
	asOf := at(doc, "data", "as_of").(string)
	last, err := perennial.ParseDay(asOf)
	if err != nil {
		t.Fatal(err)
	}
	calibrate := []string{"lifecycle", "calibrate", "--workspace", "demo", "--event", (last - 300).String() + "=改了积分规则"}
	events := func(doc object) (number string) {
		for i, p := range at(doc, "proposals").([]any) {
			if at(p, "kind") == "event" {
				return string(rune('1' + i))
			}
		}
		return ""
	}
	number := events(d.json(calibrate...))
	if number == "" {
		t.Fatal("nothing is proposed")
	}
	d.refused("usage", 2, append(calibrate, "--accept", number, "--as-of", (last-30).String())...)
	accepted := d.json(append(calibrate, "--accept", number)...)
	if at(accepted, "accepted_version") != 2. || at(accepted, "accepted_from") != asOf {
		t.Errorf("accepted: version %v from %v, want 2 from %s", at(accepted, "accepted_version"), at(accepted, "accepted_from"), asOf)
	}
	if got := at(d.json("analyze", "--workspace", "demo"), "lifecycle", "version"); got != 2. {
		t.Errorf("the next analysis is by version %v", got)
	}
	if again := d.json(calibrate...); events(again) != "" {
		t.Errorf("proposed again: %v", at(again, "proposals"))
	}
	d.refused("lifecycle.no_proposal", 3, append(calibrate, "--accept", "9")...)
}
