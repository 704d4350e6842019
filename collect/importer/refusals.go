package importer

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"perennial"
	"perennial/collect/importer/tabular"
	"perennial/store/catalog"
)

// quarantined is how many refusals of one import go into the quarantine table;
// the refusals file holds all of them.
const quarantined = 100_000

// quarantine turns refusals into rows for people.
func quarantine(p *plan, refused []refusal) []catalog.Refusal {
	out := make([]catalog.Refusal, 0, min(len(refused), quarantined))
	for _, r := range refused {
		if len(out) == quarantined {
			break
		}
		out = append(out, catalog.Refusal{
			Line: r.line, Column: p.columnName(r.column), Value: shorten(r.value), Code: r.code, Reason: r.reason, Hint: r.hint,
		})
	}
	return out
}

func shorten(s string) string {
	const most = 120
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most]) + "…"
}

// writeRefusals writes all refusals as a table that a spreadsheet opens, in the
// person's language.
func writeRefusals(path string, lang perennial.Lang, p *plan, refused []refusal) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write refusals: %w", err)
	}
	w, err := tabular.Create(path)
	if err != nil {
		return err
	}
	defer w.Abort()
	header := []string{"行", "列", "值", "代码", "原因", "怎么办"}
	if lang == perennial.LangEN {
		header = []string{"line", "column", "value", "code", "reason", "what to do"}
	}
	if err := w.Header(tabular.ColumnsOf(header...)...); err != nil {
		return err
	}
	for _, r := range refused {
		err := w.Row(strconv.Itoa(r.line), p.columnName(r.column), shorten(r.value), r.code, r.reason.In(lang), r.hint.In(lang))
		if err != nil {
			return err
		}
	}
	return w.Close()
}
