package perennial

// CustomerKey is the one key of a customer within a workspace, given by
// identity. 0 stands for no known customer (散客).
type CustomerKey int64

// OrderKey identifies an order within a workspace: a 64-bit hash of its source's
// order number. Two different numbers share a key with a probability of about
// n²/2⁶⁵ (one in four hundred thousand for ten million orders).
type OrderKey uint64

// IdentifierKind says what sort of identifier leads to a customer.
type IdentifierKind string

// The kinds of identifiers. A column of customer numbers whose values are phone
// numbers is of IdentifierPhone, so that a file keyed by phone and a member file
// with both agree.
const (
	IdentifierID    IdentifierKind = "id"
	IdentifierPhone IdentifierKind = "phone"
)
