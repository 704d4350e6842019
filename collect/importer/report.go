package importer

import (
	"time"

	"perennial"
	"perennial/collect/importer/mapping"
	"perennial/collect/importer/value"
	"perennial/store/catalog"
	"perennial/store/warehouse"
)

// Counts says what became of a file's rows and orders. Of rows, read = accepted +
// refused + duplicate; the others tell how accepted rows fared.
type Counts struct {
	Read      int64 `json:"read"`
	Accepted  int64 `json:"accepted"`
	Refused   int64 `json:"refused"`
	Duplicate int64 `json:"duplicate"`

	Repeated       int64 `json:"repeated"`        // accepted rows that repeat another exactly
	RepeatsDropped int64 `json:"repeats_dropped"` // of Duplicate: repeats within the file
	Unpaid         int64 `json:"unpaid"`          // accepted rows that are not paid, closed or cancelled
	Unattributed   int64 `json:"unattributed"`    // accepted rows without a customer
	Excluded       int64 `json:"excluded"`        // accepted rows that are no merchandise

	Documents          int64 `json:"documents"` // orders and refund documents taken
	DocumentsChanged   int64 `json:"documents_changed"`
	DocumentsDuplicate int64 `json:"documents_duplicate"`
	RefundRows         int64 `json:"refund_rows"`
	NewCustomers       int64 `json:"new_customers"`
}

func (c *Counts) countDocument(d *document) {
	c.Documents++
	if d.fate == fateChanged {
		c.DocumentsChanged++
	}
}

func (c *Counts) rows() catalog.Rows {
	return catalog.Rows{Read: c.Read, Accepted: c.Accepted, Refused: c.Refused, Duplicate: c.Duplicate}
}

// FileInfo says what a file turned out to be.
type FileInfo struct {
	Name        string `json:"name"`
	Format      string `json:"format"`
	Compression string `json:"compression,omitempty"`
	Encoding    string `json:"encoding,omitempty"`
	Sheet       string `json:"sheet,omitempty"`
	HeaderLine  int    `json:"header_line"`
}

// Report is what an import, or a dry run of one, has to say.
type Report struct {
	Import       *catalog.Import   `json:"import,omitempty"` // nil for a dry run
	DryRun       bool              `json:"dry_run"`
	File         FileInfo          `json:"file"`
	Mapping      *mapping.Mapping  `json:"mapping"`
	Rows         string            `json:"rows"` // lines, orders
	TimeZone     string            `json:"time_zone"`
	Currency     string            `json:"currency"`
	Counts       Counts            `json:"counts"`
	Notes        []perennial.Text  `json:"notes"`
	Unknown      []UnknownStatus   `json:"unknown_status_words,omitempty"`
	Excluded     []ExcludedLines   `json:"excluded_lines,omitempty"`
	Refusals     []catalog.Refusal `json:"refusals"` // the first ones; all are in RefusalsFile
	RefusalsFile string            `json:"refusals_file,omitempty"`
	Preview      []PreviewRow      `json:"preview,omitempty"`
}

// UnknownStatus is a status word that nobody knows, with how many rows it stands
// in: a person has to say what it means.
type UnknownStatus struct {
	Word string `json:"word"`
	Rows int    `json:"rows"`
}

// ExcludedLines are lines that are no merchandise, by what they say.
type ExcludedLines struct {
	Product string           `json:"product"`
	Name    string           `json:"name"`
	Reason  value.Exclusion  `json:"reason"`
	Rows    int              `json:"rows"`
	Amount  perennial.Amount `json:"amount"`
}

// PreviewRow is one row as it was understood; personal values are masked.
type PreviewRow struct {
	Line     int              `json:"line"`
	Order    string           `json:"order_id"`
	Customer string           `json:"customer_id"`
	At       string           `json:"ordered_at"`
	Status   string           `json:"status"`
	Product  string           `json:"product"`
	Quantity float64          `json:"quantity"`
	Amount   perennial.Amount `json:"amount"` // negative for a refund
	Note     string           `json:"note,omitempty"`
}

// previewRows is how many rows a dry run shows, shownRefusals how many refusals
// a report carries.
const (
	previewRows   = 10
	shownRefusals = 50
)

func preview(x *row, zone *time.Location) PreviewRow {
	amount := x.amount
	if x.refund {
		amount = -amount
	}
	name := x.name
	if name == "" {
		name = x.product
	}
	return PreviewRow{
		Line: int(x.line), Order: x.order, Customer: value.Mask(value.PersonalIdentity, x.customer),
		At: time.UnixMicro(x.at).In(zone).Format("2006-01-02T15:04:05Z07:00"), Status: statusName(x.status),
		Product: name, Quantity: x.quantity, Amount: x.currency.Amount(amount), Note: string(x.aside),
	}
}

func statusName(s int8) string {
	switch s {
	case warehouse.StatusUnpaid:
		return "unpaid"
	case warehouse.StatusClosed:
		return "closed"
	}
	return "paid"
}
