package lifecycle_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/historytest"
	"perennial/analyze/lifecycle"
	"perennial/analyze/sequence"
	"perennial/internal/testengine"
	"perennial/store/warehouse"
	"perennial/store/warehouse/clickhouse"
)

func inside(t *testing.T) warehouse.Warehouse {
	w, err := clickhouse.Open(t.Context(), clickhouse.Options{URL: testengine.ClickHouse(t, 2).URL("stages")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// replayBoth replays a history with the kernel and within the warehouse and
// compares everything that comes of it.
func replayBoth(t *testing.T, rt *rapid.T, w warehouse.Warehouse, h *history.History, o lifecycle.Options) {
	historytest.Put(t, w, 1, h)
	all := [2][][]lifecycle.Spell{make([][]lifecycle.Spell, h.Len()), make([][]lifecycle.Spell, h.Len())}
	each := func(way int) lifecycle.Options {
		o := o
		o.Each = func(i int, s []lifecycle.Spell) { all[way][i] = slices.Clone(s) }
		o.Keep = true
		return o
	}
	want, err := lifecycle.Replay(h, each(0))
	if err != nil {
		rt.Fatal(err)
	}
	source := &sequence.Source{Warehouse: w, Run: 1, History: h}
	got, err := lifecycle.ReplayInside(t.Context(), h, each(1), source)
	if err != nil {
		rt.Fatal(err)
	}
	for i := range h.Customers {
		if !reflect.DeepEqual(all[0][i], all[1][i]) {
			rt.Fatalf("customer %d, days %v of %s…%s:\nkernel %v\ninside %v", i, h.Days(i), h.First, h.AsOf, all[0][i], all[1][i])
		}
		if k, in := want.Spells(i), got.Spells(i); !reflect.DeepEqual(all[0][i], k) || !reflect.DeepEqual(k, in) {
			rt.Fatalf("customer %d: told %v, kept %v, inside %v", i, all[0][i], k, in)
		}
		a := []any{want.Stage(i), want.Previous(i), want.Since(i), want.Returned(i)}
		if b := []any{got.Stage(i), got.Previous(i), got.Since(i), got.Returned(i)}; !reflect.DeepEqual(a, b) {
			rt.Fatalf("customer %d, days %v: kernel %v, inside %v", i, h.Days(i), a, b)
		}
	}
	a, _ := json.Marshal(want.Report())
	b, _ := json.Marshal(got.Report())
	if string(a) != string(b) {
		rt.Fatalf("reports differ:\nkernel %s\ninside %s", a, b)
	}
}

// The stages of random histories under random rules are the same, whichever way
// they are replayed.
func TestReplayInside(t *testing.T) {
	w := inside(t)
	testengine.Fewer(t)
	rapid.Check(t, func(rt *rapid.T) {
		h := lifecycle.DrawHistory(rt)
		o := lifecycle.Options{Rules: lifecycle.DrawRules(rt), RhythmAt: lifecycle.DrawRhythm(rt)}
		if rapid.Bool().Draw(rt, "fixed money") {
			for _, r := range o.Rules {
				r.Stage("maturity").Rule.MoneyPerDay = &lifecycle.Value{AtLeast: 0.5}
			}
		}
		if rapid.Bool().Draw(rt, "other conditions") {
			for _, r := range o.Rules {
				r.Stage("exploration").Rule.SilenceAtMost = &lifecycle.Silence{Days: 40}
				r.Stage("decline").Rule.Any = append(r.Stage("decline").Rule.Any, lifecycle.Rule{SilenceAbove: &lifecycle.Silence{Days: 90}, WithoutCycle: true})
			}
		}
		if rapid.Bool().Draw(rt, "earlier") {
			o.AsOf = h.First + perennial.Day(rapid.IntRange(0, int(h.AsOf-h.First)).Draw(rt, "as of"))
		}
		replayBoth(t, rt, w, h, o)
	})
}

func TestReplayInsideUnderAnyRules(t *testing.T) {
	w := inside(t)
	testengine.Fewer(t)
	rapid.Check(t, func(rt *rapid.T) {
		h := lifecycle.DrawAnyHistory(rt)
		replayBoth(t, rt, w, h, lifecycle.Options{Rules: lifecycle.DrawAnyRules(rt, h), RhythmAt: lifecycle.DrawAnyRhythm(rt, h)})
	})
}
