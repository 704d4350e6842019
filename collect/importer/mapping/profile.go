package mapping

import (
	"strconv"
	"strings"
	"time"

	"perennial"
	"perennial/collect/importer/value"
)

// sampleRows and sampleCells bound what of a sample is looked at; of very wide
// files fewer rows are, but always some hundreds.
const (
	sampleRows  = 2000
	sampleCells = 100_000
)

// profile is what the values of one column look like: counts over the sample.
type profile struct {
	rows, filled, distinct int

	date, bare   int // dates with separators or of 8, 12 or 14 digits; other numbers that could be dates
	compact      int // of the dates, those of digits alone, which ids may look like
	money, whole int // amounts; of them without decimals
	number       int
	padded       int // whole numbers with leading zeros: never a quantity
	negative     int
	id           int
	masked       int
	ruined       int
	long         int // numbers of seventeen digits or more, and those that end in zeros from the sixteenth on
	rounded      int
	phone, email int
	status, kind int
	currency     int
	gender, flag int
	chinese      int
	letters      int // cells that hold a letter
	width        int // of the longest cell, in bytes

	order value.OrderEvidence
	mark  value.MarkEvidence
	signs map[value.Sign]int
}

// share of the filled cells.
func (p *profile) share(n int) float64 {
	if p.filled == 0 {
		return 0
	}
	return float64(n) / float64(p.filled)
}

// unique reports whether no two filled cells are equal.
func (p *profile) unique() bool { return p.filled > 1 && p.distinct == p.filled }

// profiles looks at each column of the sample.
func profiles(rows [][]string, width int, status value.StatusWords) []profile {
	rows = rows[:min(len(rows), sampleRows, max(300, sampleCells/max(1, width)))]
	list := make([]profile, width)
	clock := value.NewClock(time.UTC)
	for c := range list {
		p := &list[c]
		p.signs = map[value.Sign]int{}
		seen := make(map[string]struct{}, len(rows))
		for _, row := range rows {
			if c < len(row) && !value.Empty(row[c]) {
				p.mark.Add(row[c])
			}
		}
		for i, row := range rows {
			p.rows++
			if c >= len(row) || value.Empty(row[c]) {
				continue
			}
			p.filled++
			seen[row[c]] = struct{}{}
			p.look(row[c], i+1, clock, status)
		}
		p.distinct = len(seen)
	}
	return list
}

func (p *profile) look(s string, line int, clock *value.Clock, status value.StatusWords) {
	s = strings.TrimSpace(s)
	p.width = max(p.width, len(s))
	hasHan, hasLetter := chinese(s), strings.ContainsFunc(s, func(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' })
	count(&p.chinese, hasHan)
	count(&p.letters, hasLetter)

	_, bad := clock.Date(s, value.OrderUnset)
	_, err := strconv.ParseFloat(s, 64)
	if digits := err == nil; bad == nil || !digits && (bad == value.DateAmbiguous || bad == value.DatePlaceholder) {
		compact := digits && (len(s) == 8 || len(s) == 12 || len(s) == 14) && !strings.Contains(s, ".")
		count(&p.compact, compact)
		count(&p.date, compact || !digits)
		count(&p.bare, digits && !compact)
		p.order.Add(line, s)
	}
	f := value.Format{Digits: 2, DecimalComma: p.mark.DecimalComma()}
	if d, sign, bad := value.Price(s, f); bad == nil && len(s) < 17 {
		p.money++
		count(&p.whole, d.Whole())
		count(&p.negative, d.Sign() < 0)
		if sign != "" {
			p.signs[sign]++
		}
	}
	_, bad = value.Number(s, f)
	count(&p.number, bad == nil)
	count(&p.padded, bad == nil && len(s) > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '9')
	id, bad := value.ID(s)
	count(&p.id, bad == nil && len(s) <= 64)
	count(&p.ruined, bad == value.IDRuined)
	count(&p.masked, value.Masked(s))
	if bad == nil && value.LongID(id) {
		p.long++
		count(&p.rounded, value.RoundedID(id))
	}
	count(&p.phone, value.LooksPhone(s))
	count(&p.email, value.LooksEmail(s))
	st := status.Status(s)
	count(&p.status, st != value.StatusUnknown && st != value.StatusNone)
	count(&p.kind, value.RowKind(s) != value.KindUnknown)
	_, err = perennial.ParseCurrency(s)
	count(&p.currency, err == nil || s == "人民币" || s == "元" || s == "美元" || s == "RMB")
	count(&p.gender, isGender(s))
	_, bad = value.Bool(s)
	count(&p.flag, bad == nil)
}

func count(n *int, yes bool) {
	if yes {
		*n++
	}
}

func isGender(s string) bool {
	switch strings.ToLower(s) {
	case "男", "女", "未知", "保密", "先生", "女士", "m", "f", "male", "female", "unknown", "other", "u", "0", "1", "2":
		return true
	}
	return false
}

// fit is the share of the filled values that a field can take, 0 where the values
// plainly are something else.
func (p *profile) fit(f Field) float64 {
	if p.filled == 0 {
		return 0.8 // nothing speaks against it
	}
	switch fieldInfos[f].test {
	case anID:
		fraction := p.share(p.money - p.whole)
		if p.share(p.date-p.compact) > 0.9 || fraction > 0.5 {
			return 0
		}
		return p.share(p.id + p.ruined + p.masked)
	case aDate:
		return p.share(p.date + p.bare)
	case anAmount:
		if p.share(p.date) > 0.9 && p.width >= 8 || p.share(p.phone) > 0.5 || p.share(p.long) > 0.5 {
			return 0
		}
		return p.share(p.money)
	case aNumber:
		return p.share(p.number)
	case aStatus:
		if p.distinct <= 20 && p.share(p.date+p.money) < 0.5 { // words to be asked about
			return max(0.6, p.share(p.status))
		}
		return p.share(p.status)
	case aType:
		return p.share(p.kind)
	case aPhone:
		return p.share(p.phone)
	case anEmail:
		return p.share(p.email + min(p.masked, p.filled-p.email))
	case aCurrency:
		return p.share(p.currency)
	case aGender:
		return p.share(p.gender)
	case aFlag:
		return p.share(p.flag)
	}
	return 1
}
