package lifecycle

import (
	"fmt"
	"strings"

	"perennial"
)

// Reason says in one sentence why customer i is in the stage, with the
// probability alive beside it where Options.Alive has it. The zero Text for one
// who had not bought by the as-of day.
func (r *Result) Reason(i int) perennial.Text {
	if r.out[i].stage == none {
		return perennial.Text{}
	}
	parts := []perennial.Text{r.silenceReason(i)}
	if t := r.standing(i); !t.IsZero() {
		parts = append(parts, t)
	}
	if r.Returned(i) {
		parts = append(parts, perennial.Say("流失后又回来购买", "came back after having been lost"))
	}
	if i < len(r.o.Alive) && r.o.Alive[i] >= 0 {
		parts = append(parts, perennial.Say("存活概率 %.0f%%", "probability alive %.0f%%", r.o.Alive[i]*100))
	}
	return Sentence(parts)
}

// Sentence joins parts of a reason, of which there is at least one.
func Sentence(parts []perennial.Text) perennial.Text {
	zh, en := make([]string, len(parts)), make([]string, len(parts))
	for k, t := range parts {
		zh[k], en[k] = t.ZH, t.EN
	}
	return perennial.Text{ZH: strings.Join(zh, "；") + "。", EN: capital(strings.Join(en, "; ")) + "."}
}

// capital returns s with its first letter in capitals; s begins with ASCII.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func (r *Result) silenceReason(i int) perennial.Text {
	return SilenceReason(r.Silence(i))
}

// SilenceReason says how long a customer has been silent, beside their own rhythm in
// days and the ratio of both where own is not 0: a part of Reason.
func SilenceReason(days int, own, ratio float64) perennial.Text {
	switch {
	case days == 0:
		return perennial.Say("今天刚买过", "bought on the day itself")
	case own == 0:
		return perennial.Say("沉默 %d 天", "silent for %d days", days)
	case ratio < 1:
		return perennial.Say("%d 天前买过，自己的节奏约 %.0f 天一次", "bought %d days ago, own rhythm about every %.0f days", days, own)
	}
	return perennial.Say("沉默 %d 天，是自己节奏的 %.1f 倍", "silent for %d days, %.1f times their own rhythm", days, ratio)
}

// standing says what of the stage's rule holds for the customer.
func (r *Result) standing(i int) perennial.Text {
	bought := r.bought(i)
	n, tenure := len(bought), int(r.o.AsOf-bought[0])
	count := perennial.Say("首购 %[2]d 天前，买过 %[1]d 天", "first bought %[2]d days ago, %[1]d purchase days", n, tenure)
	if n == 1 {
		count = perennial.Say("只买过一次", "has bought once")
	}
	stage := r.rules.Stage(r.Stage(i))
	if stage == nil {
		return count
	}
	_, _, ratio := r.Silence(i)
	for _, c := range stage.Rule.clauses() {
		switch {
		case c.SilenceAbove != nil && c.SilenceAbove.Days == 0 && r.rhythm.Identified:
			line := r.silenceLine(c.SilenceAbove)
			if ratio > line {
				return perennial.Text{
					ZH: fmt.Sprintf("超过%s线 %.1f 倍", strings.TrimSuffix(shortName(stage.ZH), "期"), line),
					EN: fmt.Sprintf("past the %s line of %.1f times", strings.ToLower(stage.EN), line),
				}
			}
		case c.FrequencyDrop != nil:
			if t := r.dropReason(c.FrequencyDrop, bought); !t.IsZero() {
				return t
			}
		}
	}
	if stage.Rule.MoneyPerDay != nil && stage.Rule.MoneyPerDay.Median > 0 {
		return perennial.Text{
			ZH: count.ZH + "，日均消费不低于活跃客户的中位数",
			EN: count.EN + ", money per day at least the median of active customers",
		}
	}
	return count
}

// shortName returns a stage's Chinese name without a bracketed addition.
func shortName(zh string) string {
	if k := strings.IndexRune(zh, '（'); k > 0 {
		return zh[:k]
	}
	return zh
}

func (r *Result) silenceLine(s *Silence) float64 {
	switch s.Quantile {
	case 80:
		return r.rhythm.S80 * s.Times
	case 95:
		return r.rhythm.S95 * s.Times
	}
	return s.Ratio
}

// dropReason says how far the frequency has fallen, nothing where it has not.
func (r *Result) dropReason(f *FrequencyDrop, bought []perennial.Day) perennial.Text {
	days, ok := f.Recent.Days(r.cycle())
	if !ok || len(bought) < f.NMin {
		return perennial.Text{}
	}
	tenure := int(r.o.AsOf - bought[0])
	recentDays := min(int(days), tenure/2)
	k := seek(bought, 0, len(bought), r.o.AsOf-perennial.Day(recentDays))
	recent, earlier := len(bought)-max(k, 1), max(k-1, 0)
	if f.drop(r.rules.Hysteresis.Margin, recent, earlier, float64(recentDays), float64(tenure-recentDays)) == out {
		return perennial.Text{}
	}
	fall := 1 - float64(recent)/float64(recentDays)*float64(tenure-recentDays)/float64(earlier)
	return perennial.Say("近 %[1]d 天买了 %[2]d 天，比自己以往少 %.0[3]f%%", "bought on %[2]d of the last %[1]d days, %.0[3]f%% less often than before",
		recentDays, recent, fall*100)
}

// cycle returns the cycle that durations of the newest rules are multiples of;
// 0 where none is identified.
func (r *Result) cycle() float64 {
	if r.rhythm.Identified && r.rules.CycleDays > 0 {
		return r.rules.CycleDays
	}
	return r.rhythm.CycleDays
}
