package sequence_test

import (
	"context"

	"perennial/internal/sqlfile"
	"perennial/store/warehouse"
)

// counting counts the rows that a warehouse hands out.
type counting struct {
	warehouse.Warehouse
	rows int
}

func (c *counting) count(yield func(*warehouse.Block) error) func(*warehouse.Block) error {
	return func(b *warehouse.Block) error {
		c.rows += b.Len
		return yield(b)
	}
}

func (c *counting) Query(ctx context.Context, s sqlfile.Statement, args warehouse.Args, yield func(*warehouse.Block) error) error {
	return c.Warehouse.Query(ctx, s, args, c.count(yield))
}

func (c *counting) Partial(ctx context.Context, s sqlfile.Statement, args warehouse.Args, yield func(*warehouse.Block) error) error {
	return c.Warehouse.Partial(ctx, s, args, c.count(yield))
}
