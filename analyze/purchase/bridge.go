package purchase

import (
	"perennial"
	"perennial/store/warehouse"
)

// Bridge says how the money of the analysis comes from the money of the files:
// each step takes something away, and what is left is the next. All amounts are
// in minor units of the analysed currency.
//
//	All − Unpaid − Aside − WalkIn − ExcludedCustomers = Gross of known customers
//	Gross − Refunds − LooseRefunds = Net of known customers
type Bridge struct {
	All               perennial.Money // everything positive in the files
	AllOrders         int64
	Unpaid            perennial.Money // not paid, closed, cancelled
	UnpaidOrders      int64
	Aside             perennial.Money // paid, no merchandise: postage, adjustments
	WalkIn            perennial.Money // paid merchandise of nobody known
	WalkInOrders      int64
	ExcludedCustomers perennial.Money // staff, test, wholesale
	ExcludedOrders    int64
	ZeroOrders        int64 // paid orders of value zero that are no purchase
	WhollyRefunded    perennial.Money
	WhollyOrders      int64
	RefundOrders      int64 // documents of refunds only; no part of AllOrders

	Gross        perennial.Money // of known customers, wholly refunded orders included
	Refunds      perennial.Money // given back for their orders by the as-of day
	LooseRefunds perennial.Money // given back without an order
	Orders       int64           // purchases' orders

	// Margin is what is left of Net without the loose refunds after cost; only with
	// a cost column or a margin rate.
	Margin perennial.Money
	// UnpaidRefunds name orders that were never paid: nothing is deducted.
	// StrangerRefunds went to known people without a purchase. Neither is part of
	// the chain above.
	UnpaidRefunds   perennial.Money
	StrangerRefunds perennial.Money
	// WalkInRefunds went to nobody known; they are not part of the chain above.
	WalkInRefunds perennial.Money
	// Paid is all paid merchandise, walk-ins' too: the base of the members'
	// share.
	Paid perennial.Money
}

// Net returns the known customers' money after all refunds.
func (b *Bridge) Net() perennial.Money { return b.Gross - b.Refunds - b.LooseRefunds }

// read fills the part of the bridge that the sums of the table give.
func (b *Bridge) read(l *loader, args warehouse.Args, convert func(perennial.Money) perennial.Money) error {
	return l.query("frame", args, func(block *warehouse.Block) error {
		c := block.Columns
		for r := range block.Len {
			status, kind, known := c[0].Ints[r], c[1].Ints[r], c[2].Ints[r] == 1
			orders, gross, aside := c[3].Ints[r], convert(perennial.Money(c[4].Ints[r])), convert(perennial.Money(c[5].Ints[r]))
			unpaid := convert(perennial.Money(c[6].Ints[r])) // also of lines within a paid order
			if kind == warehouse.KindRefund {
				b.RefundOrders += orders
				continue
			}
			b.All += gross + aside + unpaid
			b.Unpaid += unpaid
			b.AllOrders += orders
			if l.opt.KeepExcluded {
				gross, aside = gross+aside, 0
			}
			if status != warehouse.StatusPaid {
				b.Unpaid += gross + aside
				b.UnpaidOrders += orders
				continue
			}
			b.Aside += aside
			b.Paid += gross
			if !known {
				b.WalkIn += gross
				b.WalkInOrders += orders
			}
		}
		return nil
	})
}

func (b *Bridge) excludeCustomer(gross perennial.Money) {
	b.ExcludedCustomers += gross
	b.ExcludedOrders++
	b.Paid -= gross
}

func (b *Bridge) wholly(gross perennial.Money) {
	b.WhollyRefunded += gross
	b.WhollyOrders++
	b.Gross += gross
	b.Refunds += gross
}

func (b *Bridge) purchase(gross, refund, margin perennial.Money) {
	b.Gross += gross
	b.Refunds += refund
	b.Margin += margin
	b.Orders++
}
