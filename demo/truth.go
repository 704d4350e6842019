package demo

import "perennial"

// Group says what sort of buyer a customer really is.
type Group uint8

// The groups of customers.
const (
	Regular   Group = iota
	Staff           // buys often at half price; the member file knows
	Wholesale       // buys by the dozen; the member file does not know
	Prospect        // registered, never buys (注册未购)
)

// String names the group.
func (g Group) String() string { return [...]string{"regular", "staff", "wholesale", "prospect"}[g] }

// Truth is what an analysis can only estimate.
type Truth struct {
	Params   Params
	Calendar *Calendar
	Latent   []Latent // by customer
	Story    []Story
}

// Latent is the truth about one customer.
type Latent struct {
	Lambda    float64       // purchases a day of the clock, before Category.Pace
	P         float64       // probability to leave after a purchase
	MeanSpend float64       // mean money of an order in major units, P/ν; baskets of real prices come near, and promotions add. 0 for wholesale
	Entry     perennial.Day // of the first purchase (before Start for old customers); of joining for prospects
	Left      perennial.Day // of the purchase after which the customer left; meaningless while Alive
	Group     Group
	Favourite uint8 // category bought most
	Alive     bool  // at the end of the last day
	Promoted  bool  // entered during 11.11, with more dropout after the first purchase

	// X, TX and T are the model's statistics in days of continuous time, before
	// any merging of days: repeat purchases, time of the last one since the
	// first, time observed. Only with Plain.
	X  int32
	TX float64
	T  float64
}

// Story is one thing that is true of the shop by construction.
type Story struct {
	ID   string         `json:"id"`
	Text perennial.Text `json:"text"`
	// Truth is the parameter that was put in, Seen what the simulated data show
	// of it, measured as Text says.
	Truth float64 `json:"truth"`
	Seen  float64 `json:"seen"`
}
