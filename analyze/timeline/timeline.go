// Package timeline tells what one customer did, the latest first.
//
// Reads: orders, refunds. Writes: nothing. May import: the store seams.
package timeline

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"slices"
	"time"

	"perennial"
	"perennial/internal/sqlfile"
	"perennial/store/warehouse"
)

//go:embed *.sql
var files embed.FS

var statements = sqlfile.MustLoad(files)

// Statements returns the SQL of this package, for checking it against an engine at
// start.
func Statements() map[string]sqlfile.Statement { return statements }

// Entry is an order or a refund of a customer.
type Entry struct {
	At     time.Time // UTC
	Refund bool
	Order  string // the shop's number; empty for a refund of an order that is not there
	// Status is warehouse.StatusPaid, StatusUnpaid or StatusClosed; 0 for a refund.
	Status   int
	Amount   perennial.Amount // what the order or the refund came to; both above zero
	Discount perennial.Amount
	Quantity float64
	Lines    int64
	Category string
	Channel  string
	Store    string
	Promoted bool

	key int64 // of the order
}

// Most is how many orders, and how many refunds, Of returns at most. The statements
// say it as well: not every engine takes it as an argument.
const Most = 500

// Of returns a customer's latest orders and refunds from live batches, at most Most
// of each, the latest first. Orders without money (samples, corrections of stock)
// are among them.
func Of(ctx context.Context, w warehouse.Warehouse, batches []int64, customer perennial.CustomerKey) (out []Entry, err error) {
	args := warehouse.Args{"batches": batches, "customer": int64(customer)}
	numbers := map[int64]string{}
	err = w.Query(ctx, statements["orders"], args, func(b *warehouse.Block) error {
		c := b.Columns
		for r := range b.Len {
			currency := perennial.Currency(c[13].Texts[r])
			numbers[c[0].Ints[r]] = c[1].Texts[r]
			out = append(out, Entry{
				At: time.UnixMicro(c[2].Ints[r]).UTC(), Order: c[1].Texts[r], Status: int(c[3].Ints[r]),
				Amount: currency.Amount(perennial.Money(c[5].Ints[r])), Discount: currency.Amount(perennial.Money(c[6].Ints[r])),
				Quantity: c[7].Floats[r], Lines: c[8].Ints[r], Category: c[9].Texts[r], Channel: c[10].Texts[r], Store: c[11].Texts[r],
				Promoted: c[12].Ints[r] != 0, key: c[0].Ints[r],
			})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read orders of a customer: %w", err)
	}
	err = w.Query(ctx, statements["refunds"], args, func(b *warehouse.Block) error {
		c := b.Columns
		for r := range b.Len {
			currency := perennial.Currency(c[5].Texts[r])
			out = append(out, Entry{
				At: time.UnixMicro(c[2].Ints[r]).UTC(), Refund: true, Order: numbers[c[1].Ints[r]], Quantity: c[4].Floats[r],
				Amount: currency.Amount(perennial.Money(c[3].Ints[r])), Discount: currency.Amount(0), key: c[1].Ints[r],
			})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read refunds of a customer: %w", err)
	}
	slices.SortStableFunc(out, func(a, b Entry) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.key, b.key)) })
	return out, nil
}

// Owners returns the customers whose order in live batches has a number, ascending and
// ten at most: one, unless the shop used the number again. key is the facts' key of the
// number.
func Owners(ctx context.Context, w warehouse.Warehouse, batches []int64, key perennial.OrderKey, number string) (out []perennial.CustomerKey, err error) {
	args := warehouse.Args{"batches": batches, "key": int64(key), "number": number} //nolint:gosec // facts hold the same 64 bits
	err = w.Query(ctx, statements["owners"], args, func(b *warehouse.Block) error {
		for r := range b.Len {
			out = append(out, perennial.CustomerKey(b.Columns[0].Ints[r]))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read whose an order is: %w", err)
	}
	return out, nil
}
