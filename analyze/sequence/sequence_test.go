package sequence_test

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"perennial"
	"perennial/analyze/cohort"
	"perennial/analyze/history"
	"perennial/analyze/historytest"
	"perennial/analyze/lifecycle"
	"perennial/analyze/sequence"
	"perennial/internal/sqlfile"
	"perennial/internal/testengine"
	"perennial/store/warehouse"
	"perennial/store/warehouse/clickhouse"
	"perennial/store/warehouse/warehousetest"
)

// The source answers for both packages.
var (
	_ cohort.Sequences   = (*sequence.Source)(nil)
	_ lifecycle.Replayer = (*sequence.Source)(nil)
)

func open(t *testing.T) warehouse.Warehouse {
	w, err := clickhouse.Open(t.Context(), clickhouse.Options{URL: testengine.ClickHouse(t, 2).URL("sequences")})
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

const day0 = perennial.Day(20000)

// draw makes a history: many purchases on one day, gaps of a day and of years,
// members of before, beginnings of all kinds.
func draw(t *rapid.T) *history.History {
	var b history.Builder
	end := rapid.IntRange(1, 900).Draw(t, "end")
	n := rapid.IntRange(1, 40).Draw(t, "customers")
	for i := range n {
		d := rapid.IntRange(0, end).Draw(t, "first")
		for k := 0; d <= end && k < 12; k++ {
			b.Add(perennial.CustomerKey(i*7919+1), day0+perennial.Day(d), 1, 100, 100)
			d += rapid.SampledFrom([]int{0, 1, 7, 30, 364, 365, 366, 367, 500}).Draw(t, "gap")
		}
	}
	h := b.History("CNY", perennial.MoneyNet, day0+perennial.Day(end+rapid.IntRange(0, 400).Draw(t, "after")))
	h.Categories, h.Channels = []string{"a", "b", "c"}, []string{"x", "y"}
	if rapid.Bool().Draw(t, "members") {
		h.Joined = make([]perennial.Day, h.Len())
	}
	for i := range h.Customers {
		h.Opening = append(h.Opening, history.Opening{
			Category: int16(rapid.IntRange(-1, 2).Draw(t, "category")), Channel: int16(rapid.IntRange(-1, 1).Draw(t, "channel")),
			Promoted: rapid.Bool().Draw(t, "promoted"),
		})
		if h.Joined != nil {
			h.Joined[i] = rapid.SampledFrom([]perennial.Day{history.NoDay, h.First - 1, h.First, h.AsOf}).Draw(t, "joined")
		}
	}
	return h
}

// put writes the history, and its members' join days as a batch.
func put(t *testing.T, w warehouse.Warehouse, h *history.History) *sequence.Source {
	historytest.Put(t, w, 1, h)
	if err := w.Exec(t.Context(), sqlfile.Text("test", "truncate table customers"), nil); err != nil {
		t.Fatal(err)
	}
	var rows [][]any
	for i, joined := range h.Joined {
		row := func(batch, day int64) []any {
			return []any{batch, int64(h.Customers[i]), day, "", "", "", "", int64(0), int64(0)}
		}
		if joined == history.NoDay {
			rows = append(rows, row(1, warehouse.NoDay))
			continue
		}
		// A later file that does not know the day takes nothing back; one that is
		// not live says nothing.
		rows = append(rows, row(1, int64(joined)-400), row(2, int64(joined)), row(3, warehouse.NoDay), row(4, int64(day0)))
	}
	if len(rows) > 0 {
		warehousetest.Fill(t, w, warehouse.Customers, rows)
	}
	return &sequence.Source{Warehouse: w, Run: 1, Batches: []int64{1, 2, 3}, History: h}
}

// Everything that package cohort asks is answered alike, by sums within rounding.
func TestSameAnswers(t *testing.T) {
	w := open(t)
	testengine.Fewer(t)
	rapid.Check(t, func(rt *rapid.T) {
		h := draw(rt)
		inside, kernels := cohort.Sequences(put(t, w, h)), cohort.Kernels(h)
		ctx := t.Context()
		same := func(what string, f func(cohort.Sequences) (any, error)) {
			a, err := f(kernels)
			if err != nil {
				rt.Fatal(err)
			}
			b, err := f(inside)
			if err != nil {
				rt.Fatal(err)
			}
			if at := difference(flat(rt, a), flat(rt, b)); at != "" {
				x, _ := json.Marshal(a)
				y, _ := json.Marshal(b)
				rt.Fatalf("%s: %s\nkernel %s\ninside %s", what, at, x, y)
			}
		}
		ask := cohort.GapsAsked{Bags: rapid.IntRange(0, 5).Draw(rt, "bags"), Seed: rapid.Uint64().Draw(rt, "seed")}
		cycle := rapid.SampledFrom([]float64{1, 30, 47, 180}).Draw(rt, "cycle")
		newFrom := h.First + perennial.Day(rapid.IntRange(0, 300).Draw(rt, "new from"))
		same("gaps", func(s cohort.Sequences) (any, error) { return s.Gaps(ctx, ask) })
		same("silences", func(s cohort.Sequences) (any, error) {
			return s.Silences(ctx, cycle)
		})
		same("months", func(s cohort.Sequences) (any, error) { return s.Months(ctx, newFrom) })
		same("seconds", func(s cohort.Sequences) (any, error) {
			all, err := s.Seconds(ctx, newFrom)
			slices.SortFunc(all, func(a, b cohort.Seconds) int {
				return cmp.Or(cmp.Compare(a.New, b.New), cmp.Compare(a.Opening.Category, b.Opening.Category),
					cmp.Compare(a.Opening.Channel, b.Opening.Channel), cmp.Compare(number(a.Opening.Promoted), number(b.Opening.Promoted)))
			})
			return all, err
		})
	})
}

func number(v bool) int {
	if v {
		return 1
	}
	return 0
}

func flat(t *rapid.T, v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// difference says where two documents differ by more than rounding.
func difference(a, b any) string {
	switch a := a.(type) {
	case float64:
		if b, ok := b.(float64); ok && math.Abs(a-b) <= 1e-9*max(1, math.Abs(a)) {
			return ""
		}
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return "lengths differ"
		}
		for i := range a {
			if d := difference(a[i], b[i]); d != "" {
				return "[]" + d
			}
		}
		return ""
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return "keys differ"
		}
		for k := range a {
			if d := difference(a[k], b[k]); d != "" {
				return "." + k + d
			}
		}
		return ""
	default:
		if a == b {
			return ""
		}
	}
	return " differs"
}

// What leaves the shards is one row a customer where a row of each is asked for,
// and a table of sums elsewhere, however many orders there are.
func TestRowsThatLeave(t *testing.T) {
	w := &counting{Warehouse: open(t)}
	const customers, days = 3000, 12
	var b history.Builder
	for i := range customers {
		for k := range days {
			b.Add(perennial.CustomerKey(i+1), day0+perennial.Day(i%90+30*k+i%11), 1, 100, 100)
		}
	}
	h := b.History("CNY", perennial.MoneyNet, day0+500)
	h.Categories = []string{"a", "b"}
	for i := range customers {
		h.Opening = append(h.Opening, history.Opening{Category: int16(i % 2), Channel: -1})
	}
	source := put(t, w.Warehouse, h)
	source.Warehouse = w
	ctx := t.Context()
	for _, c := range []struct {
		what string
		most int // rows of both shards
		ask  func() error
	}{
		{"gaps", 2 * (64 + 2), func() error { _, err := source.Gaps(ctx, cohort.GapsAsked{Bags: 64}); return err }},
		{"seconds", 2 * 2 * 3 * 2, func() error { _, err := source.Seconds(ctx, h.First); return err }},
		{"silences", 2, func() error { _, err := source.Silences(ctx, 30); return err }},
		{"months", 2 * 4, func() error { _, err := source.Months(ctx, h.First); return err }},
		{"stages", customers, func() error {
			rhythm := lifecycle.Rhythm{Identified: true, CycleDays: 30, S80: 2, S95: 4}
			_, err := lifecycle.ReplayInside(ctx, h, lifecycle.Options{RhythmAt: lifecycle.Constant(rhythm)}, source)
			return err
		}},
	} {
		w.rows = 0
		if err := c.ask(); err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		if w.rows == 0 || w.rows > c.most {
			t.Errorf("%s: %d rows left the shards, at most %d should for %d customers with %d purchase days", c.what, w.rows, c.most, customers, len(h.Day))
		}
	}
}
