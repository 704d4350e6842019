package segment

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"perennial"
	"perennial/analyze/lifecycle"
	"perennial/internal/sqlfile"
	"perennial/store/warehouse"
)

// WriteHistory writes the stages of a customer for the scores' table: the day on
// which each began and its name, "20094 acquisition 20115 exploration".
func WriteHistory(spells []lifecycle.Spell) string {
	var b strings.Builder
	for i, s := range spells {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.Itoa(int(s.From)))
		b.WriteByte(' ')
		b.WriteString(string(s.Stage)) // names have no blanks
	}
	return b.String()
}

// History returns the stages that a customer of a snapshot has been in, the oldest
// first. The last has no end: To is 0. Nil where the snapshot holds none.
func History(ctx context.Context, w warehouse.Warehouse, snapshot int64, customer perennial.CustomerKey) (out []lifecycle.Spell, err error) {
	st := sqlfile.Text("stage history", "select stage_history from scores where snapshot = :snapshot and customer_key = :customer")
	err = w.Query(ctx, st, warehouse.Args{"snapshot": snapshot, "customer": int64(customer)}, func(b *warehouse.Block) error {
		for r := range b.Len {
			if out, err = readHistory(b.Columns[0].Texts[r]); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

func readHistory(text string) (out []lifecycle.Spell, err error) {
	words := strings.Fields(text)
	for i := 0; i+1 < len(words); i += 2 {
		day, err := strconv.Atoi(words[i])
		if err != nil {
			return nil, fmt.Errorf("read stage history %q: %w", text, err)
		}
		if k := len(out); k > 0 {
			out[k-1].To = perennial.Day(day)
		}
		out = append(out, lifecycle.Spell{Stage: perennial.Stage(words[i+1]), From: perennial.Day(day)})
	}
	return out, nil
}
