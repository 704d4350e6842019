package purchase

import (
	"cmp"
	"slices"
	"sort"

	"perennial"
	"perennial/analyze/history"
	"perennial/store/warehouse"
)

// finish sorts the purchases into a History.
func (l *loader) finish() (*Loaded, error) {
	if l.bridge.Orders == 0 {
		return nil, l.bridge.noPurchases()
	}
	h, habits, err := l.history()
	if err != nil {
		return nil, err
	}
	out := &Loaded{History: h, Run: l.opt.Run, Batches: l.opt.Batches, Orders: l.bridge.Orders, Currencies: l.currencies, HasCost: l.cost, Habits: habits, Unseen: l.unseen}
	l.attachLoose(h)
	out.Bridge, out.Returned = l.bridge, l.returned
	if l.cost || l.opt.MarginRate > 0 {
		margin := l.bridge.Margin - l.margin(l.bridge.LooseRefunds, 0)
		out.Margin = &margin
	}
	out.Refunds = int64(len(l.docs))
	if err := l.itemCount(out); err != nil {
		return nil, err
	}
	if len(l.joined) > 0 {
		h.Joined = make([]perennial.Day, h.Len())
		for i, key := range h.Customers {
			h.Joined[i] = history.NoDay
			if d, ok := l.joined[int64(key)]; ok {
				h.Joined[i] = d
				delete(l.joined, int64(key))
			}
		}
		for key, d := range l.joined { // those who are left have not bought
			if d <= l.asOf && !l.excluded[key] {
				out.Prospects++
			}
		}
	}
	return out, nil
}

func (l *loader) history() (*history.History, Habits, error) {
	if l.inside {
		return l.insideHistory()
	}
	h, habits := l.sorted()
	return h, habits, nil
}

// sorted sorts by a counting sort over the dense customer keys, which is linear,
// and then each customer's few days.
func (l *loader) sorted() (*history.History, Habits) {
	n := len(l.orders)
	start := make([]int, int(l.maxKey)+2)
	for i := range l.orders {
		start[l.orders[i].customer+1]++
	}
	customers := 0
	for i := 1; i < len(start); i++ {
		if start[i] > 0 {
			customers++
		}
		start[i] += start[i-1]
	}
	sorted := make([]order, n)
	at := slices.Clone(start[:len(start)-1])
	for i := range l.orders {
		c := l.orders[i].customer
		sorted[at[c]] = l.orders[i]
		at[c]++
	}
	l.orders = nil // freed before the columns are made
	h, habits := l.empty(customers, n)
	for key := range len(start) - 1 {
		if mine := sorted[start[key]:start[key+1]]; len(mine) > 0 {
			addCustomer(h, &habits, perennial.CustomerKey(key), mine)
		}
	}
	h.Offset = append(h.Offset, len(h.Day))
	return h, habits
}

// empty makes columns for so many customers and purchases.
func (l *loader) empty(customers, n int) (*history.History, Habits) {
	h := &history.History{
		Currency: l.currencies[0], MoneyKind: l.opt.Money, First: l.first, Last: min(l.last, l.asOf), AsOf: l.asOf,
		Customers: make([]perennial.CustomerKey, 0, customers), Offset: make([]int, 0, customers+1),
		Day: make([]perennial.Day, 0, n), Orders: make([]int32, 0, n),
		Gross: make([]perennial.Money, 0, n), Amount: make([]perennial.Money, 0, n),
		Categories: l.categoryNames, Channels: l.channelNames, Opening: make([]history.Opening, 0, customers),
	}
	return h, newHabits(customers, l.categoryNames, l.channelNames)
}

// addCustomer adds the next customer's orders, which it sorts.
func addCustomer(h *history.History, habits *Habits, key perennial.CustomerKey, mine []order) {
	byDay := func(a, b order) int { return cmp.Compare(a.day, b.day) }
	if !slices.IsSortedFunc(mine, byDay) {
		slices.SortStableFunc(mine, byDay)
	}
	h.Opening = append(h.Opening, opening(mine))
	for k := range mine {
		habits.add(len(h.Customers), &mine[k])
	}
	h.Customers = append(h.Customers, key)
	h.Offset = append(h.Offset, len(h.Day))
	for k, e := range mine {
		if k > 0 && mine[k-1].day == e.day {
			last := len(h.Day) - 1
			h.Orders[last]++
			h.Gross[last] += e.gross
			h.Amount[last] += e.amount
			continue
		}
		h.Day = append(h.Day, perennial.Day(e.day))
		h.Orders = append(h.Orders, 1)
		h.Gross = append(h.Gross, e.gross)
		h.Amount = append(h.Amount, e.amount)
	}
}

// attachLoose gives refunds without an order to their customers.
func (l *loader) attachLoose(h *history.History) {
	slices.SortFunc(l.loose, func(a, b looseRefund) int {
		return cmp.Or(cmp.Compare(a.customer, b.customer), cmp.Compare(a.day, b.day), cmp.Compare(a.document, b.document), cmp.Compare(a.amount, b.amount))
	})
	for _, r := range l.loose {
		i := sort.Search(len(h.Customers), func(k int) bool { return h.Customers[k] >= perennial.CustomerKey(r.customer) })
		if l.docs == nil {
			l.docs = map[int64]bool{}
		}
		l.docs[r.document] = true
		if i == len(h.Customers) || h.Customers[i] != perennial.CustomerKey(r.customer) {
			l.bridge.StrangerRefunds += r.amount
			continue
		}
		l.bridge.LooseRefunds += r.amount
		amount := r.amount
		if l.opt.Money == perennial.MoneyMargin && l.opt.MarginRate > 0 {
			amount = l.margin(amount, 0) // the goods came back with the money
		}
		if amount != 0 {
			h.Loose = append(h.Loose, history.LooseRefund{Customer: i, Day: r.day, Amount: amount})
		}
	}
}

func (l *loader) itemCount(out *Loaded) error {
	return l.query("items", warehouse.Args{"batches": l.opt.Batches}, func(b *warehouse.Block) error {
		out.Lines, out.Pieces = b.Columns[0].Ints[0], b.Columns[1].Floats[0]
		return nil
	})
}
