package warehouse

// Table is a table of facts: its name and columns in the order of the schema.
type Table struct {
	Name   string
	Fields []Field
}

// Order states as stored in orders.status.
const (
	StatusPaid   = 1
	StatusUnpaid = 2
	StatusClosed = 3
)

// Order kinds as stored in orders.kind.
const (
	KindSale      = 0 // at least one line or a total above zero
	KindZeroTotal = 1 // the order's total is zero: a trial, points redeemed
	KindZeroLines = 2 // lines without a price: samples, stock corrections
	KindRefund    = 3 // a document of refunds only; its money is in the refunds table
)

// The tables of facts. Every row carries its batch; docs/data-dictionary.md
// explains each column.
var (
	Orders = Table{"orders", []Field{
		{"batch_id", Int}, {"order_key", Int}, {"order_id", Text}, {"customer_key", Int},
		{"ordered_at", Time}, {"day", Day}, {"hour", Int}, {"status", Int}, {"kind", Int},
		{"currency", Text}, {"gross", Int}, {"excluded", Int}, {"discount", Int}, {"cost", Int},
		{"quantity", Float}, {"lines", Int}, {"category", Text}, {"channel", Text}, {"store", Text},
		{"promoted", Int}, {"content_hash", Int}, {"unpaid", Int},
	}}
	OrderItems = Table{"order_items", []Field{
		{"batch_id", Int}, {"order_key", Int}, {"customer_key", Int}, {"ordered_at", Time}, {"line", Int},
		{"product_id", Text}, {"category", Text}, {"quantity", Float}, {"amount", Int}, {"excluded", Int},
	}}
	Refunds = Table{"refunds", []Field{
		{"batch_id", Int}, {"doc_key", Int}, {"order_key", Int}, {"customer_key", Int},
		{"refunded_at", Time}, {"day", Day}, {"product_id", Text}, {"quantity", Float}, {"amount", Int},
		{"excluded", Int}, {"currency", Text},
	}}
	// Hidden says which version of a document another batch replaces: the
	// document doc_key of batch_id is not visible while by_batch is live.
	Hidden = Table{"hidden", []Field{{"doc_key", Int}, {"batch_id", Int}, {"by_batch", Int}}}
	// Claims says which documents a batch brought again unchanged, so that
	// undoing the batch that holds them does not lose them.
	Claims = Table{"claims", []Field{{"doc_key", Int}, {"batch_id", Int}, {"by_batch", Int}}}
	// Products and Customers hold what product and member files say.
	Products = Table{"products", []Field{
		{"batch_id", Int}, {"product_id", Text}, {"name", Text}, {"category", Text}, {"subcategory", Text},
		{"cost", Int}, {"launched", Day},
	}}
	Customers = Table{"customers", []Field{
		{"batch_id", Int}, {"customer_key", Int}, {"joined", Day}, {"tier", Text}, {"store", Text},
		{"city", Text}, {"gender", Text}, {"birth_year", Int}, {"excluded", Int},
	}}
	// Purchases are what an analysis takes for purchases while it is made, a row an
	// order: facts made ready where Dialect.Sequences is Inside. Touched are those
	// among them that take more than a scan. Both are derived, so no dump has them,
	// and only those engines have them at all.
	Purchases = Table{"purchases", purchaseFields}
	Touched   = Table{"touched", purchaseFields}

	purchaseFields = []Field{
		{"run", Int}, {"customer_key", Int}, {"day", Day}, {"gross", Int}, {"amount", Int},
		{"discount", Int}, {"quantity", Float}, {"traits", Int},
	}
	// Scores are what is known of each customer as of a snapshot, which is visible
	// while state names it the current one. Unknown is '' for a text, NoDay for a day
	// and below zero for a number.
	Scores = Table{"scores", []Field{
		{"snapshot", Int}, {"customer_key", Int}, {"first_day", Day}, {"last_day", Day}, {"purchase_days", Int}, {"orders", Int},
		{"revenue", Int}, {"recency_days", Int}, {"frequency", Int}, {"monetary", Int}, {"r_score", Int}, {"f_score", Int},
		{"m_score", Int}, {"rfm_code", Text}, {"stage", Text}, {"stage_since", Day}, {"previous_stage", Text}, {"returned", Int},
		{"own_rhythm_days", Float}, {"silence_ratio", Float}, {"p_alive", Float}, {"expected_orders_90", Float},
		{"expected_orders_365", Float}, {"clv_12", Int}, {"next_due", Day}, {"cluster", Int}, {"category", Text},
		{"channel", Text}, {"promoted", Int}, {"joined", Day}, {"tier", Text}, {"store", Text}, {"city", Text},
		{"stage_history", Text},
	}}
	// Derived lists what is made from facts and can be made again.
	Derived = []Table{Purchases, Touched, Scores}
	// Tables lists those of facts.
	Tables = []Table{Orders, OrderItems, Refunds, Hidden, Claims, Products, Customers}
)

// NoDay stands for an unknown day in a Day column.
const NoDay = -25567 // 1900-01-01, which no fact carries
