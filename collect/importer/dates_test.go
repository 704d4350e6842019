package importer_test

import (
	"testing"

	"perennial"
	"perennial/collect/importer"
)

func TestDatesInTwoOrders(t *testing.T) {
	s := newShop(t)
	if _, err := s.try(head+"1,c,13/02/2026,1\n2,c,02/14/2026,1\n", importer.Request{}); perennial.CodeOf(err) != "mapping.date_contradictory" {
		t.Errorf("contradictory: %v", err)
	}
	if _, err := s.try(head+"1,c,01/02/2026,1\n2,c,03/04/2026,1\n", importer.Request{}); perennial.CodeOf(err) != "mapping.date_ambiguous" {
		t.Errorf("ambiguous: %v", err)
	}
	r := s.take(head + "1,c,01/02/2026,1\n2,c,13/04/2026,1\n")
	if l := s.load(nil); l.First != perennial.DayOf(2026, 2, 1) || r.Counts.Refused != 0 {
		t.Errorf("first day %s", l.First)
	}
}
