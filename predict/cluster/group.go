package cluster

import (
	"cmp"
	"math"
	"slices"

	"perennial"
)

// Group is one group of customers.
type Group struct {
	NameZH        string           `json:"name_zh"` // unique within the result
	NameEN        string           `json:"name_en"`
	Customers     int              `json:"customers"`
	Share         float64          `json:"share"` // of the customers, 0..1
	Revenue       perennial.Amount `json:"revenue"`
	RevenueShare  *float64         `json:"revenue_share"` // null where there is no revenue in all
	DescriptionZH string           `json:"description_zh"`
	DescriptionEN string           `json:"description_en"`
	Profile       []Trait          `json:"profile"` // features in the order of the columns
}

// Trait is one feature of a group beside all customers. Means of shares are
// shares of all the orders of the group, not means of customers' shares. null
// stands where no customer has a value.
type Trait struct {
	Feature       string   `json:"feature"`
	LabelZH       string   `json:"label_zh"`
	LabelEN       string   `json:"label_en"`
	Unit          Unit     `json:"unit"`
	Median        *float64 `json:"median"`
	Mean          *float64 `json:"mean"`
	OverallMedian *float64 `json:"overall_median"`
	OverallMean   *float64 `json:"overall_mean"`
	Lift          *float64 `json:"lift"` // mean ÷ overall mean; null where that is not above 0
	// Distance is how far the group's mean lies from all customers' mean on the
	// common scale, in standard deviations.
	Distance float64 `json:"distance"`
}

// typical is the value of the trait that words are drawn from, in both of its
// bounds: the mean of a share; median and mean of anything else.
func (t *Trait) typical() (lo, hi float64, ok bool) {
	if t.Mean == nil {
		return 0, 0, false
	}
	if t.Unit == UnitShare || t.Median == nil {
		return *t.Mean, *t.Mean, true
	}
	return min(*t.Median, *t.Mean), max(*t.Median, *t.Mean), true
}

// shown is the number a sentence gives: the mean of a share, else the median.
func (t *Trait) shown() (group, overall float64, ok bool) {
	g, o := t.Median, t.OverallMedian
	if t.Unit == UnitShare {
		g, o = t.Mean, t.OverallMean
	}
	if g == nil || o == nil {
		return 0, 0, false
	}
	return *g, *o, true
}

// alone makes one group of everybody.
func (r *Result) alone(f Features, revenue []perennial.Money, sp *space, opt Options) {
	t := &tally{
		group: r.Assignment, count: []int{f.Customers}, z: make([]float64, len(sp.columns)),
		missing: make([]int, len(sp.columns)),
	}
	r.describe(f, revenue, sp, t, opt.Currency)
	r.Groups[0].NameZH, r.Groups[0].NameEN = "全部客户", "All customers"
}

// describe builds the groups from the tally, revenue descending, and names them.
// Assignment, Model and every index follow the new order.
func (r *Result) describe(f Features, revenue []perennial.Money, sp *space, t *tally, currency perennial.Currency) {
	k, n := len(t.count), f.Customers
	money, total := make([]perennial.Money, k), perennial.Money(0)
	for i, m := range revenue {
		money[t.group[i]] += m
		total += m
	}
	order := make([]int, 0, k)
	for g, count := range t.count {
		if count > 0 { // a group of the sample never is empty
			order = append(order, g)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(money[b], money[a]), cmp.Compare(t.count[b], t.count[a]))
	})
	rank := make([]int, k)
	for at, g := range order {
		rank[g] = at
	}
	for i, g := range t.group {
		r.Assignment[i] = rank[g]
	}
	if r.Model != nil {
		sorted := make([][]float64, len(order))
		for at, g := range order {
			sorted[at] = r.Model.Centers[g]
		}
		r.Model.Centers = sorted
	}
	r.K, r.Extreme = len(order), t.extreme
	r.Groups = make([]Group, len(order))
	for at, g := range order {
		r.Groups[at] = Group{
			Customers: t.count[g], Share: float64(t.count[g]) / float64(n),
			Revenue: currency.Amount(money[g]), Profile: make([]Trait, len(sp.columns)),
		}
		if total > 0 {
			share := float64(money[g]) / float64(total)
			r.Groups[at].RevenueShare = &share
		}
	}
	members := byGroup(r.Assignment, len(order))
	d := len(sp.columns)
	parallel(d, func(j int) { r.profile(sp.columns[j], j, members) })
	for j, c := range sp.columns {
		var all float64
		for g := range t.count {
			all += t.z[g*d+j]
		}
		for at, g := range order {
			r.Groups[at].Profile[j].Distance = t.z[g*d+j]/float64(t.count[g]) - all/float64(n)
		}
		r.Features = append(r.Features, Used{
			ID: c.ID, LabelZH: c.Label.ZH, LabelEN: c.Label.EN, Unit: c.Unit,
			Weight: sp.weights[j], Missing: t.missing[j],
		})
	}
	name(r.Groups, sp.columns)
	for g := range r.Groups {
		r.Groups[g].tell(sp.columns, currency)
	}
}

// byGroup lists the customers of each group.
func byGroup(assignment []int, k int) [][]int32 {
	count := make([]int, k)
	for _, g := range assignment {
		count[g]++
	}
	members := make([][]int32, k)
	for g := range members {
		members[g] = make([]int32, 0, count[g])
	}
	for i, g := range assignment {
		members[g] = append(members[g], int32(i))
	}
	return members
}

// profile fills the traits of one feature in every group.
func (r *Result) profile(c *Column, j int, members [][]int32) {
	present := make([]float64, 0, len(r.Assignment))
	var allSum, allBase float64
	for g, rows := range members {
		from := len(present)
		var sum, base float64
		for _, i := range rows {
			if c.present(int(i)) {
				w := 1.0
				if c.Base != nil {
					w = c.Base[i]
				}
				sum += w * c.Values[i]
				base += w
				present = append(present, c.Values[i])
			}
		}
		allSum += sum
		allBase += base
		r.Groups[g].Profile[j] = Trait{
			Feature: c.ID, LabelZH: c.Label.ZH, LabelEN: c.Label.EN, Unit: c.Unit,
			Mean: finite(sum / base), Median: finite(median(present[from:])),
		}
	}
	mean, mid := finite(allSum/allBase), finite(median(present))
	for g := range members {
		t := &r.Groups[g].Profile[j]
		t.OverallMean, t.OverallMedian = mean, mid
		if mean != nil && *mean > 0 && t.Mean != nil {
			t.Lift = finite(*t.Mean / *mean)
		}
	}
}

// finite returns v, or nil where it is not a number that JSON knows.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// median returns the median of v, NaN of none, and reorders v (Hoare's
// quickselect, middle of three as pivot).
func median(v []float64) float64 {
	n := len(v)
	if n == 0 {
		return math.NaN()
	}
	upper := nth(v, n/2)
	if n%2 == 1 {
		return upper
	}
	return slices.Max(v[:n/2])/2 + upper/2
}

// nth moves the k-th smallest of v to its place, smaller ones before it, and
// returns it.
func nth(v []float64, k int) float64 {
	for lo, hi := 0, len(v)-1; lo < hi; {
		a, b, c := v[lo], v[lo+(hi-lo)/2], v[hi]
		pivot := max(min(a, b), min(max(a, b), c))
		i, j := lo, hi
		for i <= j {
			for v[i] < pivot {
				i++
			}
			for v[j] > pivot {
				j--
			}
			if i <= j {
				v[i], v[j] = v[j], v[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return v[k]
		}
	}
	return v[k]
}
