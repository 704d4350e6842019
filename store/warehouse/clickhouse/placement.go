package clickhouse

import "perennial/store/warehouse"

// placement says on which shard a row of a table lives: by the first of its key
// columns that is not zero. A walk-in's facts have no customer and are spread by
// their order instead of lying on one shard all together.
type placement struct {
	columns []int  // in the table's order
	sql     string // the same for ClickHouse
}

// placements are the tables that are spread; the others lie whole on every shard.
var placements = map[string]placement{
	warehouse.Orders.Name:     {[]int{3, 1}, "intHash64(if(customer_key != 0, customer_key, order_key))"},
	warehouse.OrderItems.Name: {[]int{2, 1}, "intHash64(if(customer_key != 0, customer_key, order_key))"},
	warehouse.Refunds.Name:    {[]int{3, 2, 1}, "intHash64(multiIf(customer_key != 0, customer_key, order_key != 0, order_key, doc_key))"},
	warehouse.Customers.Name:  {[]int{1}, "intHash64(customer_key)"},

	warehouse.Purchases.Name: {[]int{1}, "intHash64(customer_key)"},
	warehouse.Touched.Name:   {[]int{1}, "intHash64(customer_key)"},
	warehouse.Scores.Name:    {[]int{1}, "intHash64(customer_key)"},
}

// shardOf returns the shard of row r among n.
func (p placement) shardOf(b *warehouse.Block, r, n int) int {
	var key int64
	for _, c := range p.columns {
		if key = b.Columns[c].Ints[r]; key != 0 {
			break
		}
	}
	return int(intHash64(uint64(key)) % uint64(n))
}

// intHash64 is ClickHouse's function of that name: the finaliser of MurmurHash3
// over the number and a constant of its own.
func intHash64(x uint64) uint64 {
	x ^= 0x4CF2D2BAAE6DA887
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
