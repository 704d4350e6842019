package metric

// Changed names the figures of a month, by their JSON names, that are not what they
// were when the month was reported. Nil where all are.
func Changed(reported, now Month) (names []string) {
	for _, f := range []struct {
		name string
		same bool
	}{
		{"buyers", reported.Buyers == now.Buyers},
		{"first_seen", reported.FirstSeen == now.FirstSeen},
		{"new_buyers", reported.NewBuyers == now.NewBuyers},
		{"second_orders", reported.SecondOrders == now.SecondOrders},
		{"orders", reported.Orders == now.Orders},
		{"revenue", reported.Revenue == now.Revenue},
		{"repeat_revenue", reported.RepeatRevenue == now.RepeatRevenue},
	} {
		if !f.same {
			names = append(names, f.name)
		}
	}
	return names
}
