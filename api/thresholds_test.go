package api_test

import (
	"net/http"
	"strings"
	"testing"

	"perennial/analyze/rfm"
	"perennial/api"
	"perennial/report"
)

// TestThresholds goes the way of an operator who sets RFM thresholds by hand and takes
// the data's back: what the preview says is what the figures become.
func TestThresholds(t *testing.T) {
	_, li, wang := rules(t)
	look := func() (book api.ThresholdBook) {
		t.Helper()
		li.do("GET", "/api/v1/rfm/thresholds", nil).into(t, &book)
		return book
	}
	classes := func() map[string]int {
		t.Helper()
		var got struct {
			Data struct {
				Classes []struct {
					Code      string `json:"code"`
					Customers int    `json:"customers"`
				} `json:"classes"`
			} `json:"data"`
		}
		li.do("GET", "/api/v1/analysis/rfm", nil).into(t, &got)
		out := map[string]int{}
		for _, c := range got.Data.Classes {
			out[c.Code] = c.Customers
		}
		return out
	}
	put := func(v *visitor, body map[string]any) (now api.ThresholdsInForce) {
		t.Helper()
		v.do("PUT", "/api/v1/rfm/thresholds", body).into(t, &now)
		if now.Job != nil {
			if job := v.await(*now.Job); job.State != "done" {
				t.Fatalf("%+v", job)
			}
		}
		return now
	}
	book := look()
	if book.InForce == nil || book.InForce.Version != 1 || book.Fresh == nil || book.WouldChange == nil || *book.WouldChange != 0 ||
		book.ChangedAt != nil || book.InForce.Monetary != book.Fresh.Monetary || book.InForce.RecencyDays == 0 {
		t.Fatalf("%+v %+v", book, book.InForce)
	}
	if now := put(li, map[string]any{"fresh": true, "version": 1}); now.Version != 1 || now.Job != nil {
		t.Errorf("what is in force already: %+v", now)
	}
	hand := map[string]any{"recency_days": book.InForce.RecencyDays / 2, "frequency": book.InForce.Frequency + 1, "monetary": book.InForce.Monetary.Float() * 1.5}
	var moves struct {
		report.ClassMoves
		Classes []string `json:"classes"` // rfm.Code is only written
	}
	li.do("POST", "/api/v1/rfm/thresholds/preview", hand).into(t, &moves)
	before, after, moved := map[string]int{}, map[string]int{}, 0
	for i, row := range moves.Counts {
		for j, n := range row {
			before[moves.Classes[i]] += n
			after[moves.Classes[j]] += n
			if i != j {
				moved += n
			}
		}
	}
	if moved == 0 || moves.Moved != moved {
		t.Errorf("%d moved, %d in the matrix", moves.Moved, moved)
	}
	for code, n := range classes() {
		if before[code] != n {
			t.Errorf("%s: %d before, the figures say %d", code, before[code], n)
		}
	}
	hand["version"] = 1
	if now := put(li, hand); now.Version != 2 || now.Job == nil {
		t.Fatalf("%+v", now)
	}
	for code, n := range classes() {
		if after[code] != n {
			t.Errorf("%s: the preview said %d, it became %d", code, after[code], n)
		}
	}
	fresh := book.Fresh
	book = look()
	if book.InForce.Version != 2 || book.ChangedBy != "li" || book.ChangedAt == nil || book.InForce.Method != rfm.Business ||
		book.WouldChange == nil || *book.WouldChange != moved || *book.Fresh != *fresh {
		t.Errorf("%+v %+v %+v", book, book.InForce, book.Fresh)
	}
	if p := wang.do("PUT", "/api/v1/rfm/thresholds", hand).problem(t); p.Status != http.StatusConflict || p.Code != "rfm.thresholds_changed" || !strings.Contains(p.Detail, "li") {
		t.Errorf("%+v", p)
	}
	if now := put(wang, map[string]any{"fresh": true, "version": 2}); now.Version != 3 {
		t.Errorf("%+v", now)
	}
	if book = look(); book.InForce.Version != 3 || book.InForce.Monetary != fresh.Monetary || *book.WouldChange != 0 {
		t.Errorf("%+v %+v", book, book.InForce)
	}
	if p := li.do("PUT", "/api/v1/rfm/thresholds", map[string]any{"recency_days": 30, "frequency": 2, "version": 3}).problem(t); p.Code != "rfm.threshold" || p.Field != "/monetary" {
		t.Errorf("%+v", p)
	}
}
