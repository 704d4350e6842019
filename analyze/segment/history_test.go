package segment

import (
	"reflect"
	"testing"

	"perennial/analyze/lifecycle"
)

func TestHistoryIsReadAsWritten(t *testing.T) {
	all := []lifecycle.Spell{{Stage: "acquisition", From: -20, To: 7}, {Stage: "my_own2", From: 7, To: 20001}, {Stage: "lost", From: 20001, To: 20500}}
	got, err := readHistory(WriteHistory(all))
	all[2].To = 0 // the last has no end
	if err != nil || !reflect.DeepEqual(got, all) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := readHistory(""); err != nil || got != nil {
		t.Errorf("none: %v, %v", got, err)
	}
	if _, err := readHistory("x acquisition"); err == nil {
		t.Error("no day")
	}
}
