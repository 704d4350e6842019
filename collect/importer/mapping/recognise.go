package mapping

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"perennial"
	"perennial/collect/importer/value"
)

// candidate is one reading of a column.
type candidate struct {
	field      Field
	column     int
	confidence float64
	reason     perennial.Text
}

// finder holds what recognition works on.
type finder struct {
	table    Table
	width    int
	heads    []header
	known    []bool // the header says what the column is, even if nothing of ours
	profiles []profile
	presets  *Presets
	preset   *Preset
	taken    []bool
	list     []candidate
	masked   perennial.Text // the warning of a masked customer column
	m        *Mapping
}

// Recognise finds out which column of the sample is what. Overrides come first,
// then a preset whose headers are all there, then headers and values. With nil
// presets the built-in ones are taken.
//
// Errors carry the codes mapping.empty, mapping.no_customer, mapping.no_date,
// mapping.no_amount, mapping.ambiguous_amount, mapping.no_product,
// mapping.override and mapping.preset; each names the remedy. With an error of
// what is missing, the mapping as far as it was found is returned beside it.
func Recognise(t Table, kind Kind, presets *Presets, overrides []Override, opt Options) (*Mapping, error) {
	if kind.Fields() == nil {
		return nil, fmt.Errorf("recognise columns: no kind of file %q", kind)
	}
	if presets == nil {
		var err error
		if presets, err = LoadPresets(); err != nil {
			return nil, err
		}
	}
	f := &finder{table: t, width: len(t.Header), presets: presets, m: &Mapping{Kind: kind, Unmapped: []string{}, Warnings: []perennial.Text{}, Columns: []Column{}}}
	for _, row := range t.Rows[:min(len(t.Rows), sampleRows)] {
		f.width = max(f.width, len(row))
	}
	if f.width == 0 || len(t.Rows) == 0 {
		return nil, perennial.NewError(perennial.KindInvalid, "mapping.empty",
			perennial.Say("文件里没有数据行。", "The file has no rows of data.")).
			WithHint(perennial.Say("检查是否导出了正确的时间段和工作表。", "Check that the right period and sheet were exported."))
	}
	for i, h := range t.Header {
		f.heads = append(f.heads, normalise(bareName(h, t.Header[:i])))
	}
	f.taken = make([]bool, f.width)
	f.known = make([]bool, f.width)
	if err := f.choosePreset(kind, opt.Preset); err != nil {
		return nil, err
	}
	f.profiles = profiles(t.Rows, f.width, f.m.Status)
	if err := f.override(overrides); err != nil {
		return nil, err
	}
	f.fromPreset()
	f.fromHeaders(overrides)
	f.fromValues(overrides)
	f.language()
	if kind == Orders {
		if err := f.money(opt); err != nil {
			f.finish()
			return f.m, err
		}
	}
	f.finish()
	return f.m, f.required()
}

// bareName undoes the number that tells a column from an earlier one of the same
// name (实付金额_2), so that both claim what the name says.
func bareName(header string, earlier []string) string {
	at := strings.LastIndexByte(header, '_')
	if at < 0 || !slices.Contains(earlier, header[:at]) {
		return header
	}
	if _, err := strconv.Atoi(header[at+1:]); err != nil {
		return header
	}
	return header[:at]
}

func (f *finder) choosePreset(kind Kind, name string) error {
	switch {
	case name == "":
		f.preset = f.presets.match(kind, f.heads)
	default:
		at := slices.IndexFunc(f.presets.list, func(p Preset) bool { return p.Name == name })
		if at < 0 {
			var names []string
			for _, p := range f.presets.list {
				names = append(names, p.Name)
			}
			return perennial.NewError(perennial.KindInvalid, "mapping.preset", perennial.Say("没有“%s”这个预设。", "There is no preset %q.", name)).
				WithHint(perennial.Say("可用的预设：%s", "The presets are: %s", strings.Join(names, ", ")))
		}
		f.preset = &f.presets.list[at]
	}
	if f.preset != nil {
		f.m.Preset, f.m.Title = f.preset.Name, f.preset.Title
		f.m.Status = value.NewStatusWords(f.preset.Status)
		if !f.preset.Remarks.IsZero() {
			f.m.Warnings = append(f.m.Warnings, f.preset.Remarks)
		}
	}
	return nil
}

func (f *finder) header(column int) string {
	if column < len(f.table.Header) {
		return f.table.Header[column]
	}
	return ""
}

// name names a column for people: its header, or its number.
func (f *finder) name(column int) string {
	if h := strings.TrimSpace(f.header(column)); h != "" {
		return h
	}
	return fmt.Sprintf("#%d", column+1)
}

func (f *finder) set(c candidate) {
	f.taken[c.column] = true
	f.known[c.column] = true
	column := Column{Field: c.field, Index: c.column, Header: f.header(c.column), Confidence: round2(c.confidence), Reason: c.reason}
	if fieldInfos[c.field].test == anAmount && c.column < len(f.heads) {
		column.Power = f.heads[c.column].power()
	}
	if column.Power > 0 {
		f.m.warn("“%s”列以%s为单位，导入时换算。", "The column %q is in units of %s and is converted.", column.Header, f.heads[c.column].unit)
	}
	f.m.Columns = append(f.m.Columns, column)
}

func round2(v float64) float64 { return float64(int(v*100+0.5)) / 100 }

func (f *finder) override(list []Override) error {
	for _, o := range list {
		if !f.m.Kind.has(o.Field) {
			return overrideError(perennial.Say("这类文件没有字段 %s。", "This kind of file has no field %s.", o.Field))
		}
		if o.Column == "" {
			continue
		}
		i, err := o.find(f.table, f.width)
		if err != nil {
			return err
		}
		if f.taken[i] {
			return overrideError(perennial.Say("“%s”列被指定了两次。", "The column %q is given twice.", f.name(i)))
		}
		f.set(candidate{o.Field, i, 1, perennial.Say("由 --map 指定。", "Given by --map.")})
	}
	return nil
}

// closed reports whether a person has settled the field, or it is mapped.
func (f *finder) closed(field Field, overrides []Override) bool {
	return f.m.has(field) || slices.ContainsFunc(overrides, func(o Override) bool { return o.Field == field })
}

func (f *finder) fromPreset() {
	if f.preset == nil {
		return
	}
	for _, field := range f.m.Kind.Fields() {
		for _, name := range f.preset.Columns[field] {
			key := normalise(name).full
			i := slices.IndexFunc(f.heads, func(h header) bool { return h.full == key })
			if i < 0 {
				i = slices.IndexFunc(f.heads, func(h header) bool { return h.base == key })
			}
			if i < 0 || f.taken[i] || f.m.has(field) {
				continue
			}
			if field == CustomerID && f.unusable(i) {
				continue
			}
			fit := f.profiles[i].fit(field)
			if fit < 0.5 {
				f.m.warn("预设说“%[1]s”是%[2]s，但样本里只有 %[3]d%% 的值像。", "The preset says that %[1]q is the %[4]s, but only %[3]d%% of the sample looks like it.",
					f.name(i), field.Label().ZH, int(100*fit), field.Label().EN)
			}
			f.set(candidate{field, i, 0.7 + 0.29*fit, perennial.Say("预设“%[1]s”里的“%[2]s”。", "The preset for %[3]s names %[2]q.", f.preset.Title.ZH, f.header(i), f.preset.Title.EN)})
			break
		}
	}
	for _, name := range f.preset.Ignore {
		key := normalise(name).full
		for i, h := range f.heads {
			if h.full == key {
				f.known[i] = true
			}
		}
	}
}

// unusable warns of a customer column whose values are masked or ruined.
func (f *finder) unusable(i int) bool {
	p := &f.profiles[i]
	if p.share(p.masked) <= 0.5 {
		return false
	}
	f.m.warn("“%s”列被打码，不能用来识别客户，已跳过。", "The column %q is masked and cannot tell customers apart; it is left aside.", f.name(i))
	f.masked = f.m.Warnings[len(f.m.Warnings)-1]
	return true
}

func (f *finder) fromHeaders(overrides []Override) {
	for i := range f.heads {
		if f.taken[i] || f.known[i] {
			continue
		}
		guesses, known := f.presets.meanings(f.heads[i], f.m.Kind)
		f.known[i] = known
		for _, g := range guesses {
			fit := f.profiles[i].fit(fieldOr(g.field, PaidAmount))
			if fit < 0.5 {
				if g.score == 1 && len(guesses) == 1 {
					f.m.warn("“%[1]s”看名字是%[2]s，但只有 %[3]d%% 的值像，没有采用。", "%[1]q should be the %[4]s by its name, but only %[3]d%% of its values look like it; it is not used.",
						f.name(i), fieldOr(g.field, PaidAmount).Label().ZH, int(100*fit), fieldOr(g.field, PaidAmount).Label().EN)
				}
				continue
			}
			f.list = append(f.list, candidate{g.field, i, g.score * (0.45 + 0.5*fit), headerReason(f.header(i), g, fit, f.profiles[i].filled)})
		}
	}
	order := f.m.Kind.Fields()
	slices.SortStableFunc(f.list, func(a, b candidate) int {
		switch {
		case a.confidence > b.confidence+1e-9:
			return -1
		case b.confidence > a.confidence+1e-9:
			return 1
		}
		if a.field != b.field {
			return slices.Index(order, a.field) - slices.Index(order, b.field)
		}
		// Of two columns that say customer, the one that repeats.
		if a.field == CustomerID {
			if pa, pb := f.profiles[a.column], f.profiles[b.column]; pa.unique() != pb.unique() {
				if pa.unique() {
					return 1
				}
				return -1
			}
		}
		return a.column - b.column
	})
	for _, c := range f.list {
		if c.field == amount || f.taken[c.column] || f.closed(c.field, overrides) {
			continue
		}
		if c.field == CustomerID && f.unusable(c.column) {
			continue
		}
		f.set(c)
	}
}

func fieldOr(f, or Field) Field {
	if f == amount {
		return or
	}
	return f
}

func headerReason(head string, g guess, fit float64, filled int) perennial.Text {
	how := perennial.Text{ZH: "表头", EN: "The header"}
	if g.score < 1 {
		how = perennial.Text{ZH: "表头里的字", EN: "A word in the header"}
	}
	label := fieldOr(g.field, LineAmount).Label()
	if g.field == amount {
		label = perennial.Text{ZH: "金额", EN: "amount"}
	}
	if filled == 0 {
		return perennial.Text{
			ZH: fmt.Sprintf("%s“%s”是%s；样本里没有值。", how.ZH, head, label.ZH),
			EN: fmt.Sprintf("%s %q says %s; the sample has no values.", how.EN, head, label.EN),
		}
	}
	return perennial.Text{
		ZH: fmt.Sprintf("%s“%s”是%s，%.0f%% 的值符合。", how.ZH, head, label.ZH, 100*fit),
		EN: fmt.Sprintf("%s %q says %s, and %.0f%% of the values fit.", how.EN, head, label.EN, 100*fit),
	}
}

// language guesses the language of the file from its headers, else its values.
func (f *finder) language() {
	f.m.Language = perennial.LangEN
	for i := range f.width {
		if chinese(f.header(i)) || len(f.table.Header) == 0 && f.profiles[i].share(f.profiles[i].chinese) > 0.5 {
			f.m.Language = perennial.LangZH
			return
		}
	}
}

// finish puts the columns into the order of the file and draws the conclusions
// from the values of the chosen ones.
func (f *finder) finish() {
	m := f.m
	slices.SortFunc(m.Columns, func(a, b Column) int { return a.Index - b.Index })
	for i := range f.width {
		if !f.taken[i] && f.header(i) != "" {
			m.Unmapped = append(m.Unmapped, f.header(i))
		}
	}
	for _, field := range []Field{CustomerID, Phone, Email} {
		if i := m.Index(field); i >= 0 && f.profiles[i].share(f.profiles[i].masked) <= 0.5 {
			m.Customer = field
			break
		}
	}
	for _, field := range []Field{Phone, Email} {
		if i := m.Index(field); m.Customer == "" && i >= 0 {
			f.unusable(i)
		}
	}
	f.dates()
	f.currency()
	f.ids()
}

func (f *finder) dates() {
	m := f.m
	var e value.OrderEvidence
	for _, field := range []Field{OrderedAt, PaidAt, JoinedAt, Birthday, LaunchedAt} {
		if i := m.Index(field); i >= 0 {
			e = f.profiles[i].order
			break
		}
	}
	m.DateOrder = e.Order()
	if m.DateOrder == value.OrderAmbiguous { // the others are said when the whole column is known
		m.warn("样本里的日期（如 %s）分不清日和月的先后，须看整列。", "The dates of the sample (such as %s) do not tell day from month; the whole column has to.", e.OpenCell)
	}
}

// currency guesses the currency and the decimal mark from the columns of money.
func (f *finder) currency() {
	m := f.m
	var mark value.MarkEvidence
	signs := map[value.Sign]int{}
	for _, c := range m.Columns {
		if fieldInfos[c.Field].test != anAmount {
			continue
		}
		p := &f.profiles[c.Index]
		mark.Point, mark.Comma = mark.Point+p.mark.Point, mark.Comma+p.mark.Comma
		for s, n := range p.signs {
			signs[s] += n
		}
		if m.Currency == "" && c.Index < len(f.heads) {
			m.Currency = f.heads[c.Index].currency()
		}
	}
	m.DecimalComma = mark.DecimalComma()
	if mark.Contradictory() {
		m.warn("金额有的用小数点，有的用小数逗号，按%[1]s读。", "Some amounts have a decimal point, some a decimal comma; they are read with %[2]s.",
			pick(m.DecimalComma, "逗号", "小数点"), pick(m.DecimalComma, "a comma", "a point"))
	} else if m.DecimalComma {
		m.warn("金额用逗号作小数点（1.234,50）。", "The amounts use a decimal comma (1.234,50).")
	}
	seen := map[perennial.Currency]int{}
	for s, n := range signs {
		seen[s.Currency()] += n
	}
	if len(seen) > 1 && !m.has(Currency) {
		m.warn("金额里有多种货币符号，分开统计。", "The amounts carry the signs of several currencies; they are kept apart.")
	}
	best := 0
	for _, c := range []perennial.Currency{"CNY", "USD", "EUR", "GBP", "HKD", "JPY", "TWD", "KRW", "INR", "SGD", "AUD", "CAD", "CHF", "MYR", "THB", "MOP"} {
		if m.Currency == "" && seen[c] > best || best > 0 && seen[c] > best {
			m.Currency, best = c, seen[c]
		}
	}
	if at := m.Index(Currency); m.Currency == "" && at >= 0 {
		m.Currency = f.commonCurrency(at)
	}
	if m.Currency == "" && !m.has(Currency) && m.Language == perennial.LangZH {
		m.Currency = "CNY"
	}
}

// commonCurrency is the currency that most cells of a column name, "" for none:
// exports of several rows an order name it in the first row alone.
func (f *finder) commonCurrency(column int) (most perennial.Currency) {
	count := map[perennial.Currency]int{}
	for _, row := range f.sample() {
		if c, err := perennial.ParseCurrency(cellAt(row, column)); err == nil {
			if count[c]++; count[c] > count[most] {
				most = c
			}
		}
	}
	return most
}

func pick(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// ids warns of ids that a spreadsheet has damaged.
func (f *finder) ids() {
	for _, c := range f.m.Columns {
		if fieldInfos[c.Field].test != anID {
			continue
		}
		p := &f.profiles[c.Index]
		if p.long >= 5 && p.rounded*10 >= p.long*9 {
			f.m.warn("“%s”列的长编号第 16 位起全是 0：多半被 Excel 改写过，不同订单可能撞号；请从原系统重新导出。",
				"The long numbers of %q are zero from the 16th digit on: a spreadsheet has probably rounded them, and different orders may share one. Export the file again from its source.", f.name(c.Index))
		}
		if c.Field == CustomerID && f.m.Kind == Orders && p.unique() && p.filled >= 50 {
			f.m.warn("“%s”列在样本里每行都不同，请确认它是客户而不是订单。", "The values of %q never repeat in the sample: make sure that it is the customer, not the order.", f.name(c.Index))
		}
	}
}

// required reports what a file of the kind cannot do without.
func (f *finder) required() error {
	m := f.m
	switch m.Kind {
	case Products:
		if !m.has(ProductID) && !m.has(ProductName) {
			return f.missing("mapping.no_product", ProductID, "看不出哪一列是商品。", "No column could be found that is the product.")
		}
		return nil
	case Customers:
		if m.Customer == "" {
			return f.missing("mapping.no_customer", CustomerID, "看不出哪一列能识别客户。", "No column could be found that tells customers apart.")
		}
		return nil
	}
	switch {
	case m.Customer == "":
		return f.missing("mapping.no_customer", CustomerID, "看不出哪一列是客户。", "No column could be found that is the customer.")
	case !m.has(OrderedAt) && !m.has(PaidAt):
		return f.missing("mapping.no_date", OrderedAt, "看不出哪一列是下单日期。", "No column could be found that is the date of the order.")
	case m.Amount.Source == "":
		return f.missing("mapping.no_amount", PaidAmount, "看不出哪一列是金额。", "No column could be found that is the amount.")
	}
	return nil
}

func (f *finder) missing(code string, field Field, zh, en string) error {
	var names []string
	for i := range f.width {
		if !f.taken[i] {
			names = append(names, f.name(i))
		}
	}
	hint := perennial.Say("用 --map %s=列名 指定。", "Name it with --map %s=COLUMN.", field)
	if len(names) > 0 {
		list := strings.Join(names[:min(len(names), 12)], ", ")
		hint = perennial.Say("用 --map %s=列名 指定；还没有用到的列：%s。", "Name it with --map %s=COLUMN; columns not used yet: %s.", field, list)
	}
	if f.preset != nil && !f.preset.Remarks.IsZero() {
		hint = perennial.Text{ZH: f.preset.Remarks.ZH + hint.ZH, EN: f.preset.Remarks.EN + " " + hint.EN}
	}
	if code == "mapping.no_customer" && !f.masked.IsZero() {
		hint = perennial.Text{ZH: f.masked.ZH + hint.ZH, EN: f.masked.EN + " " + hint.EN}
	}
	return perennial.NewError(perennial.KindInvalid, code, perennial.Text{ZH: zh, EN: en}).WithHint(hint)
}
