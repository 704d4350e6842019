package mapping

import (
	"perennial"
	"perennial/collect/importer/value"
)

// Table is a sample of a file: its header and its first rows, a few hundred to a
// few thousand. A file without a header has a nil Header. Rows may be shorter
// than the header.
type Table struct {
	Header []string
	Rows   [][]string
}

// Rows is what one row of an orders file is.
type Rows string

// The kinds of rows.
const (
	Lines Rows = "lines"  // one item of an order
	Whole Rows = "orders" // a whole order; its amount is never multiplied by a quantity
)

// Column is one column of the file with what it was found to mean.
type Column struct {
	Field      Field          `json:"field"`
	Index      int            `json:"index"`           // from 0
	Header     string         `json:"header"`          // as in the file; "" in a file without header
	Confidence float64        `json:"confidence"`      // 0 to 1; exactly 1 when a person named it
	Power      int            `json:"power,omitempty"` // of ten by which its numbers count: 4 for 金额(万元)
	Reason     perennial.Text `json:"reason"`
}

// Amount says where the money of a row comes from.
type Amount struct {
	// Source is the column that holds it: PaidAmount, OrderTotal or LineAmount;
	// UnitPrice stands for quantity × unit price (the price alone where there is
	// no quantity).
	Source Field `json:"source"`
	// PerOrder is true where Source is the whole order's amount although each row
	// is a line: it repeats on the order's rows, or stands on the first only, and
	// counts once an order.
	PerOrder bool `json:"per_order"`
	// Order is the column with what was paid for, or came to, the whole order,
	// beside the amounts of the lines; "" for none. It too counts once an order.
	Order  Field          `json:"order,omitempty"`
	Reason perennial.Text `json:"reason"`
}

// Mapping is what was found out about a file.
type Mapping struct {
	Kind         Kind               `json:"kind"`
	Preset       string             `json:"preset,omitempty"` // name, "" for none
	Title        perennial.Text     `json:"title"`            // of the preset
	Columns      []Column           `json:"columns"`          // in the order of the file
	Unmapped     []string           `json:"unmapped"`         // headers without a meaning
	Rows         Rows               `json:"rows,omitempty"`
	RowsWhy      perennial.Text     `json:"rows_reason"`
	Amount       Amount             `json:"amount"`
	Customer     Field              `json:"customer"`   // the field that tells customers apart: CustomerID, Phone or Email
	DateOrder    value.DateOrder    `json:"date_order"` // of the sample; the importer asks the whole column
	DecimalComma bool               `json:"decimal_comma"`
	Currency     perennial.Currency `json:"currency,omitempty"` // guessed from headers, signs and language; "" for unknown
	Language     perennial.Lang     `json:"language"`
	Warnings     []perennial.Text   `json:"warnings"`

	// Status reads the status words, with the preset's own.
	Status value.StatusWords `json:"-"`
}

// Index returns the column of a field, −1 for none.
func (m *Mapping) Index(f Field) int {
	for i := range m.Columns {
		if m.Columns[i].Field == f {
			return m.Columns[i].Index
		}
	}
	return -1
}

// Column returns what is known of a field's column, nil for none.
func (m *Mapping) Column(f Field) *Column {
	for i := range m.Columns {
		if m.Columns[i].Field == f {
			return &m.Columns[i]
		}
	}
	return nil
}

// Format says how the numbers of a field's column are written, for a currency
// with that many decimal places.
func (m *Mapping) Format(f Field, digits int) value.Format {
	format := value.Format{Digits: digits, DecimalComma: m.DecimalComma}
	if c := m.Column(f); c != nil {
		format.Power = c.Power
	}
	return format
}

func (m *Mapping) has(f Field) bool { return m.Index(f) >= 0 }

func (m *Mapping) warn(zh, en string, args ...any) {
	m.Warnings = append(m.Warnings, perennial.Say(zh, en, args...))
}

// Options are a person's decisions that the recognition follows.
type Options struct {
	Rows   Rows   // --rows; "" decides from the values
	Preset string // --preset; "" finds one by the headers
}
