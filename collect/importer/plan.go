package importer

import (
	"time"

	"perennial"
	"perennial/collect/importer/mapping"
	"perennial/collect/importer/value"
)

// slot is a field as an index, so that a row finds its cells without a table
// look-up.
type slot uint8

// The slots, one a field that rows are read for.
const (
	slotOrderID slot = iota
	slotCustomerID
	slotOrderedAt
	slotPaidAt
	slotStatus
	slotType
	slotProductID
	slotProductName
	slotCategory
	slotQuantity
	slotUnitPrice
	slotLineAmount
	slotOrderTotal
	slotPaidAmount
	slotDiscount
	slotRefundAmount
	slotRefundOf
	slotCost
	slotCurrency
	slotChannel
	slotStore
	slotCoupon
	slotCustomerName
	slotPhone
	slotEmail
	slotJoinedAt
	slotName
	slotBirthday
	slotGender
	slotTier
	slotCity
	slotExcluded
	slotSubcategory
	slotLaunchedAt
	slotCount
)

// fields names the slots.
var fields = [slotCount]mapping.Field{
	slotOrderID:      mapping.OrderID,
	slotCustomerID:   mapping.CustomerID,
	slotOrderedAt:    mapping.OrderedAt,
	slotPaidAt:       mapping.PaidAt,
	slotStatus:       mapping.Status,
	slotType:         mapping.Type,
	slotProductID:    mapping.ProductID,
	slotProductName:  mapping.ProductName,
	slotCategory:     mapping.Category,
	slotQuantity:     mapping.Quantity,
	slotUnitPrice:    mapping.UnitPrice,
	slotLineAmount:   mapping.LineAmount,
	slotOrderTotal:   mapping.OrderTotal,
	slotPaidAmount:   mapping.PaidAmount,
	slotDiscount:     mapping.Discount,
	slotRefundAmount: mapping.RefundAmount,
	slotRefundOf:     mapping.RefundOf,
	slotCost:         mapping.Cost,
	slotCurrency:     mapping.Currency,
	slotChannel:      mapping.Channel,
	slotStore:        mapping.Store,
	slotCoupon:       mapping.Coupon,
	slotCustomerName: mapping.CustomerName,
	slotPhone:        mapping.Phone,
	slotEmail:        mapping.Email,
	slotJoinedAt:     mapping.JoinedAt,
	slotName:         mapping.Name,
	slotBirthday:     mapping.Birthday,
	slotGender:       mapping.Gender,
	slotTier:         mapping.Tier,
	slotCity:         mapping.City,
	slotExcluded:     mapping.Excluded,
	slotSubcategory:  mapping.Subcategory,
	slotLaunchedAt:   mapping.LaunchedAt,
}

// plan is a mapping resolved for the rows: which column holds which field, and
// how values are to be read. It is not changed once parsing starts and is shared
// by all parsers.
type plan struct {
	column      [slotCount]int // -1 where the file has none
	power       [slotCount]int // of ten by which a column's numbers count: 4 for 金额(万元)
	header      []string
	lines       bool // rows are order lines
	multiply    bool // amount = quantity × unit price
	amount      slot
	perOrder    bool // amount is the whole order's although rows are lines
	orderAmount slot // what was paid for the whole order beside its lines; slotCount for none
	costPerUnit bool
	dropRepeats bool
	zone        *time.Location // of times without one
	days        *time.Location // the workspace's: days and hours are in it; nil is zone
	currency    perennial.Currency
	format      value.Format
	dateOrder   value.DateOrder
	status      map[string]value.Status // a person's word on status words comes first
	words       value.StatusWords
	phoneIDs    bool // customer ids are phone numbers

	categories map[string]string // of products that a product file told, for files without categories

	merchandise, notMerchandise map[string]bool // a person's word on lines, by code or name
}

// columnName names the column of a slot for people, "" where there is none.
func (p *plan) columnName(column int) string {
	if column < 0 || column >= len(p.header) {
		return ""
	}
	return p.header[column]
}
