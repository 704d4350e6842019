package report

import (
	"fmt"
	"io"
	"strings"

	"perennial"
	"perennial/analyze/rfm"
)

// What a terminal has room for; the page and the JSON have all of it.
const (
	actionsShown = 2
	notesShown   = 3
)

// TextOptions say how the picture looks in a terminal.
type TextOptions struct {
	Lang   perennial.Lang
	Colour bool // ANSI colours
	Width  int  // columns; 0 is 80, and more than 110 is never used
}

// WriteText writes the picture for a terminal, about seventy lines.
func WriteText(w io.Writer, p *Picture, o TextOptions) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	o.Width = min(max(o.Width, 60), 110)
	t := &terminal{o: o}
	t.head(p)
	t.refused(p)
	t.findings(p)
	t.rfm(p)
	t.stages(p)
	t.rhythm(p)
	t.value(p)
	t.clusters(p)
	t.bridge(p)
	t.notes(p)
	_, err := io.WriteString(w, t.b.String())
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// refused says under the headline how much of the file is not in the figures.
func (t *terminal) refused(p *Picture) {
	d := &p.Data
	if d.RowsRefused == nil || *d.RowsRefused == 0 || d.RowsRead == nil || *d.RowsRead == 0 {
		return
	}
	share := float64(*d.RowsRefused) / float64(*d.RowsRead)
	t.line("")
	for _, l := range wrap(t.say(fill("注意：{n} 行没有收（占 {share}），不在下面的数字里；原因见说明。",
		"Note: {n} rows were refused ({share}) and are not in these figures; the notes say why.",
		"n", count(*d.RowsRefused), "share", percent(share))), t.o.Width) {
		t.line(t.paint(ansiBold, l))
	}
}

type terminal struct {
	b strings.Builder
	o TextOptions
}

// The colours of the terminal; stages keep theirs on the page only.
const (
	ansiBold  = "1"
	ansiQuiet = "2"
	ansiGreen = "32"
)

func (t *terminal) paint(code, s string) string {
	if !t.o.Colour || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (t *terminal) say(x perennial.Text) string { return x.In(t.o.Lang) }

func (t *terminal) line(s string) { t.b.WriteString(strings.TrimRight(s, " ") + "\n") }

func (t *terminal) section(title, note perennial.Text) {
	t.line("")
	s := t.paint(ansiBold, t.say(title))
	if n := t.say(note); n != "" {
		s += "  " + t.paint(ansiQuiet, n)
	}
	t.line(s)
}

// quiet writes wrapped lines of less weight.
func (t *terminal) quiet(x perennial.Text, indent string) {
	for _, l := range wrap(t.say(x), t.o.Width-displayWidth(indent)) {
		t.line(indent + t.paint(ansiQuiet, l))
	}
}

// plain writes wrapped lines.
func (t *terminal) plain(x perennial.Text) {
	for _, l := range wrap(t.say(x), t.o.Width-2) {
		t.line("  " + l)
	}
}

// cell is one cell of a table; bars are painted, and numbers stand right.
type cell struct {
	text        string
	right, bars bool
}

func left(s string) cell  { return cell{text: s} }
func right(s string) cell { return cell{text: s, right: true} }
func bars(share float64, w int) cell {
	return cell{text: bar(share, w), bars: true}
}

// table writes rows with aligned columns; the first row is the head.
func (t *terminal) table(rows [][]cell) {
	var widths []int
	for _, row := range rows {
		for k, c := range row {
			if k == len(widths) {
				widths = append(widths, 0)
			}
			widths[k] = max(widths[k], displayWidth(c.text))
		}
	}
	total := 2 * len(widths)
	for _, w := range widths {
		total += w
	}
	for at, row := range rows {
		var b strings.Builder
		b.WriteString("  ")
		for k, c := range row {
			if total > t.o.Width && len(rows) > 1 && k < len(rows[1]) && rows[1][k].bars {
				continue // a narrow terminal does without the bars
			}
			if k > 0 {
				b.WriteString("  ")
			}
			s := c.text
			if at == 0 {
				align := len(rows) > 1 && k < len(rows[1]) && rows[1][k].right
				s = t.paint(ansiQuiet, pad(s, widths[k], align))
			} else {
				s = pad(s, widths[k], c.right)
				if c.bars {
					s = t.paint(ansiGreen, s)
				}
			}
			b.WriteString(s)
		}
		t.line(b.String())
	}
}

func (t *terminal) head(p *Picture) {
	title := perennial.Say("常青 · 客户全景", "Perennial · customer picture")
	name := t.say(title)
	t.line(t.paint(ansiBold, name) + "  " + t.paint(ansiQuiet, cut(t.say(p.subtitle()), t.o.Width-displayWidth(name)-2)))
	t.line(t.paint(ansiBold, t.say(p.Headline())))
	t.quiet(p.State(), "")
	t.line("")
	numbers := p.keyNumbers()
	across, widths := 3, []int(nil)
	for ; across > 0; across-- {
		widths = make([]int, across)
		total := 2
		for k, n := range numbers {
			widths[k%across] = max(widths[k%across], displayWidth(t.say(n.Name))+2+displayWidth(t.say(n.Value)))
		}
		for _, w := range widths {
			total += w + 3
		}
		if total <= t.o.Width+3 {
			break
		}
	}
	across = max(across, 1)
	for from := 0; from < len(numbers); from += across {
		var row []string
		for k, n := range numbers[from:min(from+across, len(numbers))] {
			name, value := t.say(n.Name), t.say(n.Value)
			gap := strings.Repeat(" ", widths[k]-displayWidth(name)-displayWidth(value))
			row = append(row, t.paint(ansiQuiet, name)+gap+t.paint(ansiBold, value))
		}
		t.line("  " + strings.Join(row, "   "))
	}
}

// subtitle says what was analysed.
func (p *Picture) subtitle() perennial.Text {
	parts := []perennial.Text{same(p.Meta.Source), p.asOf(), p.moneyLabel()}
	if p.Meta.Textbook {
		parts = append(parts, perennial.Say("教科书口径", "textbook definitions"))
	} else {
		parts = append(parts, perennial.Say("口径 v%d", "definitions v%d", p.Meta.Definitions))
	}
	return dots(parts...)
}

func (t *terminal) findings(p *Picture) {
	t.section(perennial.Say("最值得注意的 %d 件事", "The %d things that matter most", len(p.Findings)), perennial.Text{})
	if len(p.Findings) == 0 {
		t.quiet(perennial.Say("数据太少，还得不出可靠的结论。", "There is too little data to conclude anything reliably."), "  ")
	}
	for k := range p.Findings {
		f := &p.Findings[k]
		for n, l := range wrap(t.say(f.Title()), t.o.Width-5) {
			mark := "     "
			if n == 0 {
				mark = fmt.Sprintf("  %d  ", k+1)
			}
			t.line(t.paint(ansiGreen, mark) + t.paint(ansiBold, l))
		}
		if k < actionsShown {
			t.quiet(perennial.Text{ZH: "→ " + f.ActionZH, EN: "→ " + f.ActionEN}, "     ")
		}
	}
}

func (t *terminal) rfm(p *Picture) {
	t.section(perennial.Say("RFM 八类客户", "RFM classes"), dots(p.window(), p.rfmRule()))
	rows := [][]cell{{left(""), left(""), left(t.say(perennial.Say("客户", "Customers"))), left(t.say(perennial.Say("占比", "Share"))), left(""), left(t.say(p.moneyLabel()))}}
	for _, c := range p.RFM.Classes {
		share := part(c.Customers, p.RFM.Customers)
		rows = append(rows, []cell{
			left(c.Code.String()), left(t.say(perennial.Text{ZH: c.NameZH, EN: c.NameEN})),
			right(count(c.Customers)), right(percent(share)), bars(share, 16), right(t.say(money(c.Revenue))),
		})
	}
	t.table(rows)
}

// rfmRule states the thresholds.
func (p *Picture) rfmRule() perennial.Text {
	t := &p.RFM.Thresholds
	if p.RFM.Method == rfm.Mean { // only strictly better than the mean is high
		return fill("R < {r} 天，F > {f}，M > {m}", "R < {r} days, F > {f}, M > {m}",
			"r", number(t.RecencyDays), "f", number(t.Frequency), "m", money(t.Monetary))
	}
	return fill("R ≤ {r} 天，F ≥ {f}，M ≥ {m}", "R ≤ {r} days, F ≥ {f}, M ≥ {m}",
		"r", number0(t.RecencyDays), "f", trimZero(t.Frequency), "m", money(t.Monetary))
}

func (t *terminal) stages(p *Picture) {
	t.section(perennial.Say("生命周期", "Lifecycle"), p.lifecycleNote())
	rows := [][]cell{{
		left(""), left(t.say(perennial.Say("客户", "Customers"))), left(t.say(perennial.Say("占比", "Share"))), left(""),
		left(t.say(perennial.Say("近 12 个月", "Last 12 months"))), left(t.say(perennial.Say("复购率", "Repeat"))),
		left("CLV-12"), left(t.say(perennial.Say("90 天内又买", "Back in 90 d"))),
	}}
	proof := map[perennial.Stage]*float64{}
	for _, r := range p.Lifecycle.Proof {
		proof[r.Stage] = r.Returned90
	}
	for _, c := range p.Lifecycle.Stages {
		if c.Stage == perennial.StageProspect && c.Customers == 0 {
			continue
		}
		rows = append(rows, []cell{
			left(t.say(brief(perennial.Text{ZH: c.NameZH, EN: c.NameEN}))), right(count(c.Customers)), right(percentOr(shareOf(&c))), bars(c.Share, 12),
			right(t.say(money(c.RevenueYear))), right(percentOr(c.RepeatRate)), right(t.say(moneyOr(c.ExpectedValue))), right(percentOr(proof[c.Stage])),
		})
	}
	t.table(rows)
}

// lifecycleNote says by which rules and rhythm.
func (p *Picture) lifecycleNote() perennial.Text {
	l := p.Lifecycle
	out := perennial.Say("规则 %s v%d", "rules %s v%d", l.RuleSet, l.Version)
	if l.Returned.Customers > 0 {
		out = dots(out, fill("回流 {n} 位", "{n} returned", "n", l.Returned.Customers))
	}
	return out
}

func (t *terminal) rhythm(p *Picture) {
	r := &p.Repurchase
	t.section(perennial.Say("复购节奏", "Rhythm"), perennial.Text{})
	s := r.SecondOrder
	t.plain(p.rhythmSentence())
	t.plain(fill("二单转化率  30 天 {a} · 60 天 {b} · 90 天 {c} · 180 天 {d}", "Second-order rate  30 d {a} · 60 d {b} · 90 d {c} · 180 d {d}",
		"a", percentOr(s.D30), "b", percentOr(s.D60), "c", percentOr(s.D90), "d", percentOr(s.D180)))
	t.plain(p.goldenSentence())
}

func (t *terminal) value(p *Picture) {
	t.section(perennial.Say("价值", "Value"), perennial.Say("未来 12 个月，现有客户", "next 12 months, today's customers"))
	for _, x := range p.valueSentences() {
		t.plain(x)
	}
}

func (t *terminal) clusters(p *Picture) {
	t.section(perennial.Say("智能分群", "Clusters"), p.clusterNote())
	if p.Clusters.Reason != nil {
		t.quiet(p.Clusters.Reason.Text, "  ")
		return
	}
	rows := [][]cell{{left(""), left(t.say(perennial.Say("客户", "Customers"))), left(t.say(perennial.Say("占比", "Share"))), left(""), left(t.say(perennial.Say("收入占比", "Of revenue")))}}
	for _, g := range p.Clusters.Groups {
		rows = append(rows, []cell{
			left(cut(t.say(perennial.Text{ZH: g.NameZH, EN: g.NameEN}), 40)), right(count(g.Customers)), right(percent(g.Share)), bars(g.Share, 12), right(percentOr(g.RevenueShare)),
		})
	}
	t.table(rows)
}

func (t *terminal) bridge(p *Picture) {
	t.section(perennial.Say("这些数字与文件总额的关系", "From the file's total to these figures"), perennial.Text{})
	rows := [][]cell{{left(""), left(t.say(perennial.Say("金额", "Amount"))), left(t.say(perennial.Say("订单", "Orders"))), left("")}}
	all := 0.0
	for _, s := range p.Bridge {
		all = max(all, s.Amount.Float())
	}
	for _, s := range p.Bridge {
		if s.Amount.Minor == 0 && !s.Total {
			continue
		}
		orders, name := "", t.say(perennial.Text{ZH: s.LabelZH, EN: s.LabelEN})
		if s.Orders != nil {
			orders = count(*s.Orders)
		}
		if !s.Total {
			name = "  " + name
		}
		length := 0.0
		if all > 0 {
			length = abs(s.Amount.Float()) / all
		}
		rows = append(rows, []cell{left(name), right(t.say(money(s.Amount))), right(orders), bars(length, 16)})
	}
	t.table(rows)
}

func (t *terminal) notes(p *Picture) {
	notes := p.Notes()
	if len(notes) == 0 {
		return
	}
	t.section(perennial.Say("说明", "Notes"), perennial.Text{})
	for at, n := range notes {
		if at == notesShown && len(notes) > notesShown+1 {
			t.quiet(fill("· 另有 {n} 条，见 --html 或 --json。", "· {n} more in --html and --json.", "n", len(notes)-at), "  ")
			break
		}
		for k, l := range wrap(t.say(n), t.o.Width-4) {
			mark := "    "
			if k == 0 {
				mark = "  · "
			}
			t.line(mark + t.paint(ansiQuiet, l))
		}
	}
}
