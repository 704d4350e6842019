package tabular

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"perennial"
)

// sheetRowLimit is how many rows a sheet has; further rows go to another one.
const sheetRowLimit = 1 << 20

// xlsxEncoder writes a workbook, row by row to a temporary file. Whole numbers
// of more than 15 digits are written as text, as a spreadsheet would ruin them.
type xlsxEncoder struct {
	w       io.Writer
	book    *excelize.File
	sheet   *excelize.StreamWriter
	columns []Column
	sheets  int
	rows    int // in this sheet
	bold    int
	day     int
	money   map[int]int // styles by decimal places
	cells   []any
}

func (e *xlsxEncoder) header(columns []Column) error {
	e.columns, e.money, e.cells = columns, map[int]int{}, make([]any, len(columns))
	e.book = excelize.NewFile()
	var err error
	if e.bold, err = e.book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
		return err
	}
	format := "yyyy-mm-dd"
	if e.day, err = e.book.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
		return err
	}
	return e.nextSheet()
}

// nextSheet begins a sheet with the header in a row that stays in sight.
func (e *xlsxEncoder) nextSheet() error {
	if e.sheet != nil {
		if err := e.sheet.Flush(); err != nil {
			return err
		}
	}
	e.sheets++
	name := fmt.Sprintf("Sheet%d", e.sheets)
	if e.sheets > 1 {
		if _, err := e.book.NewSheet(name); err != nil {
			return err
		}
	}
	var err error
	if e.sheet, err = e.book.NewStreamWriter(name); err != nil {
		return err
	}
	if err := e.sheet.SetColWidth(1, len(e.columns), 14); err != nil {
		return err
	}
	if err := e.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, c := range e.columns {
		e.cells[i] = excelize.Cell{StyleID: e.bold, Value: c.Name}
	}
	e.rows = 1
	return e.sheet.SetRow("A1", e.cells)
}

func (e *xlsxEncoder) row(values []any) error {
	if e.rows == sheetRowLimit {
		if err := e.nextSheet(); err != nil {
			return err
		}
	}
	for i, v := range values {
		cell, err := e.cell(v)
		if err != nil {
			return err
		}
		if cell == nil && v != nil {
			return valueError(e.columns[i].Name, v)
		}
		e.cells[i] = cell
	}
	e.rows++
	return e.sheet.SetRow("A"+strconv.Itoa(e.rows), e.cells)
}

// cell returns a value as excelize wants it, nil for what no cell can hold.
func (e *xlsxEncoder) cell(v any) (any, error) {
	switch v := v.(type) {
	case string:
		if len(v) > excelize.TotalCellChars {
			v = string([]rune(v)[:min(len([]rune(v)), excelize.TotalCellChars)])
		}
		return strings.ToValidUTF8(v, "\uFFFD"), nil
	case int:
		return e.cell(int64(v))
	case int64:
		if v >= 1e15 || v <= -1e15 {
			return strconv.FormatInt(v, 10), nil
		}
		return v, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "", nil
		}
		return v, nil
	case bool:
		return v, nil
	case perennial.Day:
		serial := int64(v) + 25569
		if serial < 61 {
			serial-- // before the day of 1900 that never was
		}
		return excelize.Cell{StyleID: e.day, Value: serial}, nil
	case perennial.Amount:
		style, err := e.moneyStyle(v.Currency.Digits())
		if v.Minor >= 1e15 || v.Minor <= -1e15 {
			return v.Decimal(), err
		}
		return excelize.Cell{StyleID: style, Value: v.Float()}, err
	}
	return nil, nil
}

func (e *xlsxEncoder) moneyStyle(digits int) (int, error) {
	if style, ok := e.money[digits]; ok {
		return style, nil
	}
	format := "#,##0"
	if digits > 0 {
		format += "." + strings.Repeat("0", digits)
	}
	style, err := e.book.NewStyle(&excelize.Style{CustomNumFmt: &format})
	e.money[digits] = style
	return style, err
}

func (e *xlsxEncoder) close() error {
	if e.book == nil {
		return fmt.Errorf("a workbook without a header")
	}
	if err := e.sheet.Flush(); err != nil {
		return err
	}
	if err := e.book.Write(e.w); err != nil {
		return err
	}
	return e.book.Close()
}

func (e *xlsxEncoder) abort() {
	if e.book != nil {
		e.book.Close()
	}
}
