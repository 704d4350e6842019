package importer_test

import (
	"fmt"
	"strings"
	"testing"

	"perennial/store/warehouse/warehousetest"
)

// TestLinesLieBesideTheirOrder imports orders whose customer stands in the last of
// their rows only, among walk-ins, refused ones and a cancelled one.
func TestLinesLieBesideTheirOrder(t *testing.T) {
	s := newShop(t)
	var file strings.Builder
	file.WriteString("order_id,customer_id,order_date,product_id,quantity,unit_price\n")
	const orders = 40
	for k := range orders {
		fmt.Fprintf(&file, "%d,,2026-01-01,p,1,5.00\n%d,,2026-01-01,q,1,1.00\n", k, k)
	}
	for k := range orders {
		fmt.Fprintf(&file, "%d,c%d,2026-01-01,r,1,1.00\n", k, k)
		fmt.Fprintf(&file, "C9%04d,c%d,2026-01-05,p,-1,5.00\n", k, k) // belongs to the line of p
	}
	file.WriteString("walk,,2026-01-01,p,1,5.00\n" +
		"two,,2026-01-01,p,1,5.00\ntwo,c1,2026-01-01,p,1,5.00\ntwo,c2,2026-01-01,p,1,5.00\n" +
		"7001,c1,2026-01-01,p,2,5.00\nC7001,,2026-01-02,p,2,5.00\nC7001,c1,2026-01-02,q,1,5.00\n")
	s.take(file.String())
	ws, err := s.app.Catalog.Workspace(t.Context(), "w")
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.app.Warehouse(t.Context(), ws)
	if err != nil {
		t.Fatal(err)
	}
	rows := warehousetest.Rows(t, w, `select cast(count(*) as bigint), cast(sum(case when i.customer_key <> o.customer_key then 1 else 0 end) as bigint),
		cast(sum(i.line) as bigint), cast(sum(i.amount) as bigint)
		from order_items i join orders o on o.order_key = i.order_key and o.batch_id = i.batch_id`, nil)
	if n, apart, lines, amount := rows[0][0], rows[0][1], rows[0][2], rows[0][3]; n != int64(orders*3+2) || apart != int64(0) ||
		lines != int64(orders*6+2) || amount != int64(orders*700+500+1000) {
		t.Errorf("%d lines, %d apart from their order, numbers %d, amount %d", n, apart, lines, amount)
	}
	// The refunds find their lines: what is left of each order is its other lines.
	s.wantMoney("refunds by product", orders*200, orders)
}
