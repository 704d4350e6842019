package api

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/xuri/excelize/v2"

	"perennial"
	"perennial/analyze/segment"
	"perennial/govern/account"
	"perennial/store/catalog"
	"perennial/store/state"
	"perennial/store/warehouse"
)

// exportPause is how long a reader of an export may take for a run of rows.
const exportPause = time.Minute

// sheetRows is what a sheet of XLSX holds, less its header.
const sheetRows = 1<<20 - 1

func (s *Server) exportRoutes() {
	files := map[string]*huma.MediaType{}
	for _, kind := range []string{typeCSV, typeXLSX} {
		files[kind] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
	route(s, huma.Operation{
		OperationID: "export-customers", Method: http.MethodGet, Path: apiPrefix + "/customers/export", Tags: []string{tagCustomers},
		Summary:     "A list of customers as a file; written down in the record",
		Description: "The header Perennial-Rows says how many customers follow. A connection that ends early means that the file is not whole.",
		Responses:   map[string]*huma.Response{"200": {Description: "The file", Content: files}},
	}, access{May: account.CustomersExport, In: inWorkspace, Long: true}, s.export)
}

const (
	typeCSV  = "text/csv; charset=utf-8"
	typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

func (s *Server) export(ctx context.Context, c *call, in *struct {
	Filter
	Format string `query:"format" enum:"csv,xlsx" default:"csv"`
},
) (*huma.StreamResponse, error) {
	q, err := in.search()
	if err != nil {
		return nil, err
	}
	snap, err := s.snapshot(ctx, c)
	if err != nil {
		return nil, err
	}
	columns, err := chosen(q.Columns)
	if err != nil {
		return nil, at("columns", err)
	}
	w, err := s.opt.Shop.Warehouse(ctx, c.Workspace)
	if err != nil {
		return nil, err
	}
	of := scope(c, snap, q.Rule)
	total, err := segment.Total(ctx, w, of)
	if err != nil {
		return nil, searchField("", err)
	}
	if in.Format == "xlsx" && total.Customers > sheetRows {
		return nil, at("format", perennial.NewError(perennial.KindInvalid, "export.too_large",
			perennial.Say("一张 Excel 表放不下 %d 位客户。", "A sheet of Excel does not hold %d customers.", perennial.Count(total.Customers))).
			WithHint(perennial.Say("导出 CSV，或缩小范围。", "Export CSV, or ask for fewer.")))
	}
	// Whole numbers are for who may see them; the record says which it was.
	whole := c.require(account.CustomersReveal, c.Workspace.ID) == nil
	if err := s.recordExport(ctx, c, in.Format, total.Customers, whole); err != nil {
		return nil, err
	}
	x := export{server: s, call: c, snap: snap, warehouse: w, scope: of, columns: columns, whole: whole, rows: total.Customers}
	return &huma.StreamResponse{Body: func(hc huma.Context) { x.answer(ctx, hc, in.Format) }}, nil
}

func (s *Server) recordExport(ctx context.Context, c *call, format string, rows int64, whole bool) error {
	detail := fmt.Sprintf("%s, %d", format, rows)
	if whole {
		detail += ", whole numbers"
	}
	return s.opt.State.Update(ctx, func(tx state.Tx) error {
		return s.opt.Accounts.Record(ctx, tx, c.actor(), c.Workspace.ID, "customers.export", "", detail)
	})
}

// export is a list on its way into a file.
type export struct {
	server    *Server
	call      *call
	snap      catalog.Snapshot
	warehouse warehouse.Warehouse
	scope     segment.Scope
	columns   []int
	whole     bool // numbers of customers are not masked
	rows      int64
}

func (x *export) answer(ctx context.Context, hc huma.Context, format string) {
	_, w := humago.Unwrap(hc)
	name := fmt.Sprintf("customers-%s.%s", x.snap.AsOf, format)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Perennial-Rows", strconv.FormatInt(x.rows, 10))
	write := x.csv
	w.Header().Set("Content-Type", typeCSV)
	if format == "xlsx" {
		write = x.xlsx
		w.Header().Set("Content-Type", typeXLSX)
	}
	if err := write(ctx, w); err != nil {
		if ctx.Err() == nil {
			x.server.log.ErrorContext(ctx, "export failed", slog.Any("error", err))
		}
		// A file that is cut off must not look whole.
		panic(http.ErrAbortHandler)
	}
}

// header names the columns in a language.
func (x *export) header(lang perennial.Lang) []string {
	out := []string{perennial.Say("客户编号", "Customer").In(lang)}
	all := segment.Attributes()
	for _, i := range x.columns {
		out = append(out, all[i].Label.In(lang))
	}
	return out
}

// each hands on the customers run by run with their numbers.
func (x *export) each(ctx context.Context, yield func(id string, row segment.Row) error) error {
	return segment.Export(ctx, x.warehouse, x.scope, func(rows []segment.Row) error {
		ids, err := x.server.ids(ctx, x.call, rows, !x.whole)
		if err != nil {
			return err
		}
		for i, row := range rows {
			if err := yield(ids[i], row); err != nil {
				return err
			}
		}
		return nil
	})
}

// csv writes the list with the mark by which Excel knows UTF-8.
func (x *export) csv(ctx context.Context, w http.ResponseWriter) error {
	slow := http.NewResponseController(w)
	buffer := bufio.NewWriterSize(&patient{w, slow, x.server.opt.Now}, 64<<10)
	if _, err := buffer.WriteString("\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(buffer)
	if err := out.Write(x.header(langOf(ctx))); err != nil {
		return err
	}
	all := segment.Attributes()
	cells := make([]string, 1+len(x.columns))
	err := x.each(ctx, func(id string, row segment.Row) error {
		cells[0] = defused(id)
		for k, i := range x.columns {
			cells[1+k] = cell(all[i], row.Values[i], x.snap.Currency)
		}
		return out.Write(cells)
	})
	if err != nil {
		return err
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return buffer.Flush()
}

// cell writes a value for a CSV file.
func cell(a segment.Attribute, v any, currency perennial.Currency) string {
	switch v := shown(a, v, currency).(type) {
	case nil:
		return ""
	case string:
		return defused(v)
	case perennial.Amount:
		return v.Decimal()
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

// defused keeps spreadsheets from taking a text for a formula: they look at its
// first character, some past blanks.
func defused(text string) string {
	if first := strings.TrimLeft(text, " \t\r\n\u00a0\u3000"); first != "" && strings.ContainsAny(first[:1], "=+-@|%") ||
		strings.HasPrefix(text, "\t") || strings.HasPrefix(text, "\r") || strings.HasPrefix(text, "\n") ||
		strings.HasPrefix(first, "＝") || strings.HasPrefix(first, "＋") || strings.HasPrefix(first, "－") || strings.HasPrefix(first, "＠") {
		return "'" + text
	}
	return text
}

// xlsx writes the list; excelize keeps rows beyond its first megabytes in a
// temporary file.
func (x *export) xlsx(ctx context.Context, w http.ResponseWriter) (err error) {
	file := excelize.NewFile()
	defer func() { _ = file.Close() }() // what it kept aside; the answer is written by then
	out, err := file.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	cells := []any{}
	for _, text := range x.header(langOf(ctx)) {
		cells = append(cells, text)
	}
	if err := out.SetRow("A1", cells); err != nil {
		return err
	}
	all := segment.Attributes()
	line := 1
	err = x.each(ctx, func(id string, row segment.Row) error {
		line++
		cells = append(cells[:0], id)
		for _, i := range x.columns {
			v := shown(all[i], row.Values[i], x.snap.Currency)
			switch value := v.(type) {
			case perennial.Amount:
				v = value.Float()
			case perennial.Day:
				v = value.String()
			}
			cells = append(cells, v)
		}
		return out.SetRow("A"+strconv.Itoa(line), cells)
	})
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err = file.WriteTo(&patient{w, http.NewResponseController(w), x.server.opt.Now})
	return err
}

// patient gives the reader of a long answer time anew with each run of bytes.
type patient struct {
	io.Writer
	slow *http.ResponseController
	now  func() time.Time
}

// Write implements io.Writer.
func (p *patient) Write(b []byte) (int, error) {
	_ = p.slow.SetWriteDeadline(p.now().Add(exportPause)) // the connection may be one without
	return p.Writer.Write(b)
}
