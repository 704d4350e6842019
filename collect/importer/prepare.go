package importer

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"perennial"
	"perennial/collect/importer/mapping"
	"perennial/collect/importer/tabular"
	"perennial/collect/importer/value"
)

// sampleRows is how many rows decide what the columns mean.
const sampleRows = 3000

// Prepared is a file that has been looked at: what it is, what its columns mean
// and how its values will be read. Close it.
type Prepared struct {
	req      Request
	file     *tabular.File
	mapping  *mapping.Mapping
	plan     *plan
	notes    []perennial.Text
	fileHash string
}

// Close releases the file.
func (p *Prepared) Close() error { return p.file.Close() }

// KeepRefusals says where refused rows go if the request named no file; a %d
// becomes the import's id.
func (p *Prepared) KeepRefusals(pattern string) { p.req.RefusalsFile = pattern }

// Mapping returns what the columns were found to mean.
func (p *Prepared) Mapping() *mapping.Mapping { return p.mapping }

// Zone returns the time zone of dates without one: a new workspace's.
func (p *Prepared) Zone() *time.Location { return p.plan.zone }

// Currency returns the currency of amounts without one: a new workspace's.
func (p *Prepared) Currency() perennial.Currency { return p.plan.currency }

// Prepare opens a file and finds out how to read it. With an error about the
// mapping the Prepared is nil and the error says what to do.
func (im *Importer) Prepare(ctx context.Context, req Request) (p *Prepared, err error) {
	defer func() { err = cancelled(ctx, err) }()
	overrides, err := req.overrides()
	if err != nil {
		return nil, err
	}
	file, err := tabular.Open(ctx, req.Path, req.Tabular)
	if err != nil {
		return nil, err
	}
	p = &Prepared{req: req, file: file}
	defer func() {
		if err != nil {
			err = errors.Join(err, file.Close())
			p = nil
		}
	}()
	if p.fileHash, err = hashFile(req.Path); err != nil {
		return p, err
	}
	sample, err := p.sample()
	if err != nil {
		return p, err
	}
	if p.mapping, err = mapping.Recognise(sample, req.Kind, im.Presets, overrides, mapping.Options{Rows: req.Rows, Preset: req.Preset}); err != nil {
		return p, err
	}
	if err := p.decide(); err != nil {
		return p, err
	}
	// Phone numbers in a column of customer numbers are phone numbers all the same:
	// a member file that has both leads to the same people.
	p.plan.phoneIDs = p.plan.phoneIDs || phones(sample, p.plan.column[slotCustomerID])
	return p, file.Rewind()
}

// mobile is a Chinese mobile number; other long numbers may well be cards.
var mobile = regexp.MustCompile(`^(\+?86[- ]?)?1[3-9]\d{9}$`)

// phones tells whether the values of a column are phone numbers, four in five of
// those that are there.
func phones(t mapping.Table, column int) bool {
	filled, like := 0, 0
	for _, row := range t.Rows {
		if column < 0 || column >= len(row) || value.Empty(row[column]) {
			continue
		}
		filled++
		if mobile.MatchString(strings.TrimSpace(row[column])) {
			like++
		}
	}
	return like >= 5 && like*5 >= filled*4
}

func (p *Prepared) say(zh, en string, args ...any) {
	p.notes = append(p.notes, perennial.Say(zh, en, args...))
}

// sample reads the first rows for the recognition of columns.
func (p *Prepared) sample() (mapping.Table, error) {
	var t mapping.Table
	if p.file.Named {
		t.Header = p.file.Header
	}
	var b tabular.Batch
	for len(t.Rows) < sampleRows {
		err := p.file.Next(&b)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return t, err
		}
		for r := range min(b.Len(), sampleRows-len(t.Rows)) {
			row := make([]string, b.Width())
			for c := range row {
				row[c] = string(b.Cell(r, c))
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t, nil
}

// decide turns the mapping into a plan and says aloud what was assumed.
func (p *Prepared) decide() error {
	m, req := p.mapping, &p.req
	pl := &plan{header: p.file.Header, words: m.Status, format: value.Format{DecimalComma: m.DecimalComma}}
	for s := range slotCount {
		pl.column[s] = m.Index(fields[s])
		if c := m.Column(fields[s]); c != nil {
			pl.power[s] = c.Power
		}
	}
	pl.status = req.Status
	pl.merchandise, pl.notMerchandise = set(req.Merchandise), set(req.NotMerchandise)
	p.plan = pl
	p.chooseZone()
	p.chooseCurrency()
	if err := p.chooseDateOrder(); err != nil {
		return err
	}
	if m.Kind != mapping.Orders {
		return nil
	}
	pl.lines = m.Rows == mapping.Lines
	pl.dropRepeats = !pl.lines
	if req.Repeats != RepeatsAuto {
		pl.dropRepeats = req.Repeats == RepeatsDrop
	}
	switch m.Customer {
	case mapping.Phone:
		pl.column[slotCustomerID], pl.phoneIDs = pl.column[slotPhone], true
	case mapping.Email:
		pl.column[slotCustomerID] = pl.column[slotEmail]
	}
	pl.perOrder = m.Amount.PerOrder
	pl.amount, pl.orderAmount = slotOf(m.Amount.Source), slotOf(m.Amount.Order)
	pl.multiply = m.Amount.Source == mapping.UnitPrice
	if pl.column[slotOrderID] < 0 {
		p.say("没有订单号列，每一行按一张订单算。", "There is no order number; each row is taken as an order.")
	}
	return nil
}

func slotOf(f mapping.Field) slot {
	for s := range slotCount {
		if fields[s] == f {
			return s
		}
	}
	return slotCount
}

func set(list []string) map[string]bool {
	out := map[string]bool{}
	for _, s := range list {
		out[s] = true
	}
	return out
}

func (p *Prepared) chooseZone() {
	pl := p.plan
	switch {
	case p.req.Zone != nil:
		pl.zone = p.req.Zone
	case p.mapping.Language == perennial.LangZH:
		zone, err := time.LoadLocation("Asia/Shanghai")
		if err != nil {
			zone = time.FixedZone("Asia/Shanghai", 8*3600)
		}
		pl.zone = zone
	default:
		pl.zone = time.UTC
	}
	if p.req.Zone == nil {
		p.say("没有时区的时间按 %s 读；不对时用 --tz 指定。", "Times without a zone are read as %s; say --tz if that is wrong.", pl.zone)
	}
}

func (p *Prepared) chooseCurrency() {
	pl, guess := p.plan, p.mapping.Currency
	switch {
	case p.req.Currency != "" && !p.req.Fixed:
		pl.currency = p.req.Currency
	case guess != "":
		pl.currency = guess
	case p.req.Currency != "":
		pl.currency = p.req.Currency
	default:
		pl.currency = noCurrency
		if p.mapping.Kind == mapping.Orders && pl.column[slotCurrency] < 0 {
			p.say("文件没有写明货币，金额不带符号；用 --currency 指定。", "The file does not say its currency; amounts are shown without a sign. Say it with --currency.")
		}
	}
	pl.format.Digits = pl.currency.Digits()
}

// chooseDateOrder reads the whole date column where the sample leaves day and
// month open or tells an order that a later row may contradict.
func (p *Prepared) chooseDateOrder() error {
	pl := p.plan
	if pl.dateOrder = p.req.DateOrder; pl.dateOrder != value.OrderUnset {
		return nil
	}
	pl.dateOrder = p.mapping.DateOrder
	if pl.dateOrder == value.OrderYMD || pl.dateOrder == value.OrderUnset {
		return nil
	}
	col := pl.column[slotOrderedAt]
	for _, s := range []slot{slotPaidAt, slotJoinedAt, slotBirthday, slotLaunchedAt} {
		if col < 0 {
			col = pl.column[s]
		}
	}
	if col < 0 {
		return nil
	}
	if err := p.file.Rewind(); err != nil {
		return err
	}
	var evidence value.OrderEvidence
	var b tabular.Batch
	for {
		err := p.file.Next(&b)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		for r := range b.Len() {
			if b.Kind(r, col) == tabular.KindText {
				evidence.Add(b.Line(r), bytesString(b.Cell(r, col)))
			}
		}
	}
	pl.dateOrder = evidence.Order()
	switch pl.dateOrder {
	case value.OrderContradictory:
		return perennial.NewError(perennial.KindInvalid, "mapping.date_contradictory",
			perennial.Say("日期列有两种写法：第 %d 行“%s”是日在前，第 %d 行“%s”是月在前。",
				"The dates come in two orders: line %d, %q, has the day first; line %d, %q, the month.",
				evidence.DMYLine, evidence.DMYCell, evidence.MDYLine, evidence.MDYCell)).
			WithHint(perennial.Say("把日期统一成 2026-06-30 再导入，或按来源分成两个文件。",
				"Write all dates as 2026-06-30, or split the file by where its rows come from."))
	case value.OrderAmbiguous:
		return perennial.NewError(perennial.KindInvalid, "mapping.date_ambiguous",
			perennial.Say("整列日期都分不清日和月（例如第 %d 行“%s”）。", "No date of the column tells day from month (line %d, %q).", evidence.OpenLine, evidence.OpenCell)).
			WithHint(perennial.Say("用 --date-order dmy 或 --date-order mdy 说明。", "Say which with --date-order dmy or --date-order mdy."))
	case value.OrderDMY:
		p.say("日期按“日/月/年”读：第 %d 行是 %s。", "Dates are read as day/month/year: line %d has %s.", evidence.DMYLine, evidence.DMYCell)
	case value.OrderMDY:
		p.say("日期按“月/日/年”读：第 %d 行是 %s。", "Dates are read as month/day/year: line %d has %s.", evidence.MDYLine, evidence.MDYCell)
	}
	return nil
}

// overrides are a person's words on columns, however they came.
func (r *Request) overrides() ([]mapping.Override, error) {
	parsed, err := mapping.ParseOverrides(r.Map)
	return append(parsed, r.Overrides...), err
}

func (p *Prepared) fileInfo() FileInfo {
	f := p.file
	return FileInfo{Name: f.Name, Format: string(f.Format), Compression: f.Compression, Encoding: f.Encoding, Sheet: f.Sheet, HeaderLine: f.HeaderLine}
}

// report begins the report with what is known before the rows are read.
func (p *Prepared) report() *Report {
	r := &Report{
		DryRun:  p.req.DryRun,
		File:    p.fileInfo(),
		Mapping: p.mapping, TimeZone: p.plan.zone.String(), Currency: string(p.plan.currency), Notes: p.notes,
	}
	if p.mapping.Kind == mapping.Orders {
		r.Rows = string(p.mapping.Rows)
		if p.mapping.Preset == "" { // a preset's remarks say it better
			r.Notes = append(r.Notes, p.mapping.RowsWhy)
		}
	}
	r.Notes = append(r.Notes, p.mapping.Warnings...)
	return r
}

// watch tells the progress to whoever asked, until it is stopped.
func (p *Prepared) watch(ctx context.Context) (stop func()) {
	if p.req.Progress == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.req.Progress(p.file.Progress())
			case <-ctx.Done():
				p.req.Progress(p.file.Progress())
				return
			}
		}
	}()
	return func() { cancel(); <-done }
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, bufio.NewReaderSize(f, 1<<20)); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}
