package clv

import (
	"math"
	"slices"
	"sort"
)

// Triple is what customers of equal history share.
type Triple struct {
	X       int32   // repeat purchase days
	Recency float64 // t_x in days; a mean where binned
	Age     float64 // T in days; a mean where binned
	Weight  float64 // customers
}

// Groups is a base of customers reduced to its distinct (x, t_x, T). The
// likelihood of the models depends on nothing else, so a million customers cost
// as much as their distinct triples.
type Groups struct {
	Triples []Triple // ascending by X, Age, Recency
	Of      []int32  // triple of each customer

	// BinWidth is the relative width of the bins of t_x and T where triples were
	// merged, 0 where every triple is exact.
	BinWidth float64
}

// Group merges customers with equal frequency x, recency tx and age T (whole
// days, one entry a customer). It returns an error with code "clv.input" for a
// row that no customer can have (tx > T, x > tx, or a negative value).
func Group(x, tx, T []int32) (*Groups, error) {
	if err := checkRows(x, tx, T); err != nil {
		return nil, err
	}
	return group(x, tx, T), nil
}

func group(x, tx, T []int32) *Groups {
	// One number a row: x, then T, then t_x, so that sorting it sorts triples.
	const bits = 20 // see maxAge
	keys := make([]uint64, len(x))
	for i := range x {
		keys[i] = uint64(x[i])<<(2*bits) | uint64(T[i])<<bits | uint64(tx[i])
	}
	g := &Groups{}
	distinct := slices.Clone(keys)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	g.Triples = make([]Triple, len(distinct))
	for k, key := range distinct {
		const mask = 1<<bits - 1
		g.Triples[k] = Triple{X: int32(key >> (2 * bits)), Age: float64(key >> bits & mask), Recency: float64(key & mask)}
	}
	g.Of = make([]int32, len(x))
	for i, key := range keys {
		k, _ := slices.BinarySearch(distinct, key)
		g.Of[i] = int32(k)
		g.Triples[k].Weight++
	}
	return g
}

// Reduced returns g itself while it has at most limit triples. Above, customers
// of one x whose t_x and T fall into one bin each are merged, with their mean
// t_x and T; x is never merged. Bins are even on the scale of ln(1 + t/c), c the
// mean time between purchases, and narrower for larger x, as the likelihood sees
// time: what merging changes is of second order everywhere. The narrowest bins
// that suffice are taken, in steps of 2^¼.
func (g *Groups) Reduced(limit int) *Groups {
	if len(g.Triples) <= limit {
		return g
	}
	t := g.totals()
	c := t.age / max(t.repeats, 1)
	logs := make([][2]float64, len(g.Triples))
	for i, r := range g.Triples {
		sharp := 1 + float64(r.X)/4
		logs[i] = [2]float64{sharp * math.Log1p(r.Age/c), sharp * math.Log1p(r.Recency/c)}
	}
	keys, sorted := make([]uint64, len(logs)), make([]uint64, len(logs))
	const narrowest, widest = 0.002, 4096
	width := narrowest
	for ; ; width *= 2 {
		bin(g.Triples, logs, width, keys)
		if sorted = distinct(keys, sorted); len(sorted) <= limit || width > widest {
			break
		}
	}
	for _, step := range []float64{math.Sqrt2, math.Sqrt(math.Sqrt2)} {
		bin(g.Triples, logs, width/step, keys)
		if tried := distinct(keys, nil); len(tried) <= limit {
			width /= step
		}
	}
	bin(g.Triples, logs, width, keys)
	return g.merge(keys, distinct(keys, sorted), width)
}

// bin writes the key of the bin of each triple.
func bin(triples []Triple, logs [][2]float64, width float64, keys []uint64) {
	const bits, top = 22, 1<<22 - 1
	for i, r := range triples {
		age, recency := min(logs[i][0]/width, top), min(logs[i][1]/width, top)
		keys[i] = uint64(r.X)<<(2*bits) | uint64(age)<<bits | uint64(recency)
	}
}

// distinct returns the different keys in order, in the space of into.
func distinct(keys, into []uint64) []uint64 {
	into = append(into[:0], keys...)
	slices.Sort(into)
	return slices.Compact(into)
}

// merge joins the triples of equal keys, of which sorted holds the different
// ones.
func (g *Groups) merge(keys, sorted []uint64, width float64) *Groups {
	out := &Groups{Triples: make([]Triple, len(sorted)), Of: make([]int32, len(g.Of)), BinWidth: width}
	to := make([]int32, len(keys))
	for i, r := range g.Triples {
		k, _ := slices.BinarySearch(sorted, keys[i])
		to[i] = int32(k)
		t := &out.Triples[k]
		t.X = r.X
		t.Weight += r.Weight
		t.Recency += r.Weight * r.Recency
		t.Age += r.Weight * r.Age
	}
	for k := range out.Triples {
		t := &out.Triples[k]
		t.Recency /= t.Weight
		t.Age /= t.Weight
	}
	for i, k := range g.Of {
		out.Of[i] = to[k]
	}
	out.sortByMeans()
	return out
}

// sortByMeans restores the order of Triples after binning.
func (g *Groups) sortByMeans() {
	order := make([]int32, len(g.Triples))
	for i := range order {
		order[i] = int32(i)
	}
	sort.SliceStable(order, func(i, j int) bool {
		a, b := g.Triples[order[i]], g.Triples[order[j]]
		switch {
		case a.X != b.X:
			return a.X < b.X
		case a.Age != b.Age:
			return a.Age < b.Age
		}
		return a.Recency < b.Recency
	})
	sorted := make([]Triple, len(order))
	rank := make([]int32, len(order))
	for to, from := range order {
		sorted[to] = g.Triples[from]
		rank[from] = int32(to)
	}
	for i, k := range g.Of {
		g.Of[i] = rank[k]
	}
	g.Triples = sorted
}

// reweighted returns g with other weights, for a bootstrap.
func (g *Groups) reweighted(weights []float64) *Groups {
	out := &Groups{Triples: slices.Clone(g.Triples), Of: g.Of, BinWidth: g.BinWidth}
	for k := range out.Triples {
		out.Triples[k].Weight = weights[k]
	}
	return out
}

// totals are the sums that starts and reasons need.
type totals struct {
	customers float64
	repeats   float64 // Σx
	repeaters float64 // customers with x ≥ 1
	age       float64 // ΣT in days
}

func (g *Groups) totals() totals {
	var t totals
	for _, r := range g.Triples {
		t.customers += r.Weight
		t.repeats += r.Weight * float64(r.X)
		t.age += r.Weight * r.Age
		if r.X > 0 {
			t.repeaters += r.Weight
		}
	}
	return t
}
