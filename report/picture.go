package report

import (
	"perennial"
	"perennial/analyze/cohort"
	"perennial/analyze/lifecycle"
	"perennial/analyze/metric"
	"perennial/analyze/purchase"
	"perennial/analyze/rfm"
	"perennial/predict/cluster"
	"perennial/predict/clv"
)

// Picture is everything one analysis says of a customer base: the JSON of
// `perennial analyze --json` (definitions.md §7) and all that the page and the
// terminal show. It holds no NaN and no infinity, and nothing of single
// customers.
type Picture struct {
	Meta       Meta              `json:"meta"`
	Data       Data              `json:"data"`
	Bridge     []Step            `json:"bridge"`
	Base       metric.Base       `json:"base"`
	RFM        *rfm.Result       `json:"rfm"`
	Repurchase cohort.Repurchase `json:"repurchase"`
	// Curves draws the second purchase of the largest groups of first purchases.
	Curves  []GroupCurve    `json:"second_order_curves"`
	Cohorts []cohort.Cohort `json:"cohorts"`
	// CohortTests compares each closed month's new customers with all others.
	CohortTests []CohortTest      `json:"cohort_tests"`
	Lifecycle   *lifecycle.Report `json:"lifecycle"`
	CLV         *clv.Result       `json:"clv"`
	Value       Value             `json:"value"`
	Due         Due               `json:"due"`
	Clusters    Clusters          `json:"clusters"`
	Findings    []Finding         `json:"findings"`
}

// Meta says what was analysed, how, and what was assumed.
type Meta struct {
	Source         string              `json:"source"`    // file or workspace, as a person named it
	Workspace      string              `json:"workspace"` // "" for a file that was not kept
	MoneyKind      perennial.MoneyKind `json:"money_kind"`
	MoneyLabelZH   string              `json:"money_label_zh"`
	MoneyLabelEN   string              `json:"money_label_en"`
	Currency       perennial.Currency  `json:"currency"`
	Textbook       bool                `json:"textbook"`
	Count          metric.Count        `json:"count"`
	WindowDays     int                 `json:"window_days"` // of RFM; 0 is the whole history
	AsOf           perennial.Day       `json:"as_of"`
	CalibrationEnd *perennial.Day      `json:"calibration_end"`
	Seed           uint64              `json:"seed"`
	Definitions    int                 `json:"definitions_version"`
	Version        string              `json:"program_version"`
	Notes          []perennial.Text    `json:"notes"`
}

// Rows counts the rows of the files behind an analysis: of one file, or summed
// over the imports of a workspace.
type Rows struct {
	Read, Accepted, Refused, Duplicate, Repeated int64
	Unattributed, Unpaid, Excluded               int64
}

// Data says how much there is. Rows are null where the caller does not know
// them.
type Data struct {
	RowsRead         *int64             `json:"rows_read"`
	RowsAccepted     *int64             `json:"rows_accepted"`
	RowsRefused      *int64             `json:"rows_refused"`
	RowsDuplicate    *int64             `json:"rows_duplicate"`
	RowsRepeated     *int64             `json:"rows_repeated"`
	RowsUnattributed *int64             `json:"rows_unattributed"`
	RowsUnpaid       *int64             `json:"rows_unpaid"`
	RowsExcluded     *int64             `json:"rows_excluded"`
	Orders           int64              `json:"orders"`
	Refunds          int64              `json:"refunds"`
	Customers        int                `json:"customers"`
	FirstDay         perennial.Day      `json:"first_day"`
	LastDay          perennial.Day      `json:"last_day"`
	AsOf             perennial.Day      `json:"as_of"`
	Currency         perennial.Currency `json:"currency"`
}

func newData(l *purchase.Loaded, rows *Rows) Data {
	d := Data{
		Orders: l.Orders, Refunds: l.Refunds, Customers: l.Len(),
		FirstDay: l.First, LastDay: l.Last, AsOf: l.AsOf, Currency: l.Currency,
	}
	if rows == nil {
		return d
	}
	r := *rows
	d.RowsRead, d.RowsAccepted, d.RowsRefused, d.RowsDuplicate = &r.Read, &r.Accepted, &r.Refused, &r.Duplicate
	d.RowsRepeated, d.RowsUnattributed, d.RowsUnpaid, d.RowsExcluded = &r.Repeated, &r.Unattributed, &r.Unpaid, &r.Excluded
	return d
}

// Step is one step of the bridge from the files' money to the money analysed.
// Amounts of totals are what is left there; all others are negative or zero.
type Step struct {
	ID      string           `json:"id"`
	LabelZH string           `json:"label_zh"`
	LabelEN string           `json:"label_en"`
	Total   bool             `json:"total"`
	Amount  perennial.Amount `json:"amount"`
	Orders  *int64           `json:"orders"` // null where a step takes lines, not orders
}

// newBridge lays the bridge out in order. The margin, where it is analysed, ends
// it with one more step; revenue is the money of the whole history in its kind.
func newBridge(l *purchase.Loaded, revenue perennial.Amount) []Step {
	b := &l.Bridge
	var out []Step
	add := func(id, zh, en string, total bool, m perennial.Money, orders *int64) {
		out = append(out, Step{id, zh, en, total, l.Currency.Amount(m), orders})
	}
	n := func(v int64) *int64 { return &v }
	add("all", "文件里的全部金额", "All money in the files", true, b.All, n(b.AllOrders))
	add("unpaid", "未付款、已关闭", "Unpaid or closed", false, -b.Unpaid, n(-b.UnpaidOrders))
	// With it go the orders that have nothing else, and those of value zero.
	add("no_merchandise", "邮费、差价等非商品，零元订单", "Non-merchandise, zero-value orders", false, -b.Aside, n(-b.ZeroOrders))
	add("walk_ins", "非会员订单（散客）", "Orders without a customer", false, -b.WalkIn, n(-b.WalkInOrders))
	add("excluded", "排除的客户（员工、测试、批发）", "Excluded customers (staff, test, wholesale)", false, -b.ExcludedCustomers, n(-b.ExcludedOrders))
	add("gross", "已知客户的毛收入", "Gross revenue of known customers", true, b.Gross, n(b.Orders+b.WhollyOrders))
	add("refunds", "退款", "Refunds", false, -b.Refunds-b.LooseRefunds, n(-b.WhollyOrders))
	add("net", "已知客户的净收入", "Net revenue of known customers", true, b.Net(), n(b.Orders))
	if l.MoneyKind == perennial.MoneyMargin {
		add("cost", "商品成本", "Cost of goods", false, revenue.Minor-b.Net(), nil)
		add("margin", "已知客户的毛利", "Margin of known customers", true, revenue.Minor, n(b.Orders))
	}
	return out
}

// GroupCurve is the way to the second purchase of customers whose first one had
// something in common. Dimension is category, channel or promoted.
type GroupCurve struct {
	Dimension string      `json:"dimension"`
	Name      string      `json:"name"`
	NameZH    string      `json:"name_zh"`
	NameEN    string      `json:"name_en"`
	Customers int         `json:"customers"`
	Curve     cohort.Line `json:"curve"` // share with a second purchase by day, 95 % band
}

// CohortTest compares the second purchase within 90 days of one month's new
// customers with that of all other months' (log-rank; Mantel 1966). P is
// corrected for the number of months by Holm's method.
type CohortTest struct {
	Month       perennial.Month `json:"month"`
	Customers   int             `json:"customers"`
	Second90    float64         `json:"second_order_90"`
	OthersOn90  float64         `json:"others_second_order_90"`
	HazardRatio float64         `json:"hazard_ratio"`
	PAdjusted   float64         `json:"p_adjusted"`
}

// Value describes how the value of the next 12 months is spread over customers.
type Value struct {
	Customers  int               `json:"customers"` // with a value
	Median     *perennial.Amount `json:"median"`
	Top20Share *float64          `json:"top_20_share"`
	Histogram  []Bin             `json:"histogram"`
	Lorenz     []Share           `json:"lorenz"`
}

// Bin is one bar: customers whose value is at least From and below To. To is
// null in the last bin.
type Bin struct {
	From      perennial.Amount  `json:"from"`
	To        *perennial.Amount `json:"to"`
	Customers int               `json:"customers"`
	Value     perennial.Amount  `json:"value"`
}

// Share is a point of a Lorenz curve: the share of money of a share of
// customers, the least valuable first.
type Share struct {
	Customers float64 `json:"customers"`
	Money     float64 `json:"money"`
}

// Due counts customers by the day on which their next order is due: their last
// purchase day plus their own rhythm. Lost customers are in none of the counts.
type Due struct {
	WithinDays int  `json:"within_days"`
	Customers  int  `json:"customers"` // due after the as-of day, within WithinDays
	Overdue    int  `json:"overdue"`   // due on the as-of day or before, not yet back
	Known      bool `json:"known"`     // false where no rhythm is identified
	// Money is what the models expect of Customers in the next 30 days; null
	// without models.
	Money *perennial.Amount `json:"expected_30"`
}

// Clusters is the grouping by behaviour, or the reason why there is none.
type Clusters struct {
	*cluster.Result
	Reason *clv.Reason `json:"reason,omitempty"`
}
