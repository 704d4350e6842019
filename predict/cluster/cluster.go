package cluster

import (
	"math"

	"perennial"
)

// Options steer Run; the zero value of each field stands for its default.
type Options struct {
	Seed     uint64
	KMin     int // fewest groups tried; default 3
	KMax     int // most groups tried; default 8
	Sample   int // customers the groups are learnt from; default 50,000
	Restarts int // fits per number of groups, each from other first centres; default 8
	Refits   int // half-samples for the stability; default 10

	Currency perennial.Currency // of revenue and of features in money
}

const (
	mostGroups       = 50
	searchSample     = 10_000 // customers among whom restarts and refits search
	silhouetteSample = 2_000
	mapSample        = 500
	refitRestarts    = 3
	tinyShare        = 0.01
	tinyPenalty      = 0.05 // taken off the silhouette per group smaller than tinyShare
	fewCustomers     = 100
	blurred          = 0.25 // silhouette below which groups have no borders
	unstable, stable = 0.6, 0.8
)

// Streams of random numbers, one a use.
const (
	streamSample = iota + 1
	streamSearch
	streamSilhouette
	streamFit
	streamHalf
	streamRefit
	streamMap
)

func (o Options) withDefaults() (Options, error) {
	set := func(v *int, def int) {
		if *v == 0 {
			*v = def
		}
	}
	set(&o.KMin, 3)
	set(&o.KMax, max(8, o.KMin))
	set(&o.Sample, 50_000)
	set(&o.Restarts, 8)
	set(&o.Refits, 10)
	if o.KMin < 2 || o.KMax < o.KMin || o.KMax > mostGroups || o.Sample < 1 || o.Restarts < 1 || o.Refits < 1 {
		return o, perennial.NewError(perennial.KindInvalid, "cluster.options",
			perennial.Say("分群的设置不对：组数 %[1]d–%[2]d，样本 %[3]d，重复 %[4]d，复核 %[5]d。",
				"These settings cannot be used: %[1]d to %[2]d groups, sample %[3]d, restarts %[4]d, refits %[5]d.",
				o.KMin, o.KMax, o.Sample, o.Restarts, o.Refits)).
			WithHint(perennial.Say("组数取 2–50，从小到大；其余至少为 1。", "Use 2 to 50 groups, the smaller number first, and at least 1 elsewhere."))
	}
	return o, nil
}

// Result is how customers fall into groups. It is safe to marshal.
type Result struct {
	// K is the number of groups: 0 without customers, 1 where they cannot be told
	// apart (Notes says why).
	K int `json:"k"`
	// Silhouette is the mean silhouette width of a sample of at most 2,000
	// customers, −1..1; null for fewer than two groups.
	Silhouette *float64 `json:"silhouette"`
	// Stability is the mean adjusted Rand index between the groups and those
	// learnt anew from random halves of the customers: 1 for the same groups each
	// time, 0 for chance; null for fewer than two groups.
	Stability *float64 `json:"stability"`
	Groups    []Group  `json:"groups"` // revenue descending

	// Assignment is each customer's index into Groups.
	Assignment []int `json:"-"`
	// Model puts further customers into the same groups; nil for K < 2.
	Model *Model `json:"-"`

	Customers  int              `json:"customers"`
	Sampled    int              `json:"sampled"` // customers the groups were learnt from
	Extreme    int              `json:"extreme"` // customers far outside the usual, cut to its edge
	Seed       uint64           `json:"seed"`
	Candidates []Candidate      `json:"candidates"`
	Features   []Used           `json:"features"`
	Dropped    []Dropped        `json:"dropped"`
	Notes      []perennial.Text `json:"notes"`
	Map        *Map             `json:"map"` // null for fewer than two groups
}

// Candidate is a number of groups that was tried.
type Candidate struct {
	K          int     `json:"k"`
	Silhouette float64 `json:"silhouette"`
	Tiny       int     `json:"tiny"`  // groups below 1 % of the customers
	Score      float64 `json:"score"` // silhouette less 0.05 a tiny group; the best is taken
}

// Used is a feature that took part.
type Used struct {
	ID      string  `json:"id"`
	LabelZH string  `json:"label_zh"`
	LabelEN string  `json:"label_en"`
	Unit    Unit    `json:"unit"`
	Weight  float64 `json:"weight"`  // standard deviation on the common scale: what it counts beside the others, at most 1
	Missing int     `json:"missing"` // customers without a value, who count as the median
}

// Run groups customers by their features. revenue has one entry a customer, in
// the order of the columns, or is nil.
//
// Columns are put on a common scale (see Scale) and near-duplicates left out;
// k-means++ with restarts fits KMin to KMax groups on a seeded sample, the mean
// silhouette width less a penalty for tiny groups chooses among them, and every
// customer goes to the nearest centre. Few or indistinguishable customers give a
// result with K of 0 or 1 and a note; errors are cluster.column_length,
// cluster.column_name, cluster.revenue_length and cluster.options.
func Run(f Features, revenue []perennial.Money, opt Options) (*Result, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	if revenue != nil && len(revenue) != f.Customers {
		return nil, perennial.NewError(perennial.KindInvalid, "cluster.revenue_length",
			perennial.Say("收入有 %[1]d 个值，客户却有 %[2]d 位。", "There are %[1]d values of revenue for %[2]d customers.", len(revenue), f.Customers)).
			WithHint(perennial.Say("收入按客户逐一给出，或者不给。", "Give revenue for every customer or for none."))
	}
	rows := sampleRows(f.Customers, opt.Sample, source(opt.Seed, streamSample))
	sp := fitSpace(f, rows)
	r := &Result{
		Customers: f.Customers, Sampled: len(rows), Seed: opt.Seed,
		Groups: []Group{}, Assignment: make([]int, f.Customers),
		Candidates: []Candidate{}, Features: []Used{}, Dropped: sp.dropped, Notes: []perennial.Text{},
	}
	distinct := distinctUpTo(sp.sample, opt.KMax)
	switch {
	case f.Customers == 0:
		r.note("没有客户，无法分群。", "There are no customers to group.")
		return r, nil
	case distinct < opt.KMin:
		r.alone(f, revenue, sp, opt)
		if f.Customers < opt.KMin {
			r.note("只有 %d 位客户，不分群。", "Only %d customers: too few to group.", f.Customers)
		} else {
			r.note("客户之间没有足够的差别，分不出群。", "The customers do not differ enough to be grouped.")
		}
		return r, nil
	}
	chosen := r.search(sp, opt, min(opt.KMax, distinct))
	r.Model = sp.model(chosen)
	t := r.Model.tally(sp.columns, f.Customers)
	r.describe(f, revenue, sp, t, opt.Currency)
	r.explain(sp)
	r.Map = sp.plane(r.Model, source(opt.Seed, streamMap))
	return r, nil
}

// search fits every number of groups up to kMax, chooses one, and measures how
// stable it is.
func (r *Result) search(sp *space, opt Options, kMax int) centres {
	seed := opt.Seed
	few := sp.sample.pick(sampleRows(sp.sample.n, searchSample, source(seed, streamSearch)))
	shown := sp.sample.pick(sampleRows(sp.sample.n, silhouetteSample, source(seed, streamSilhouette)))

	fits := make([]centres, kMax-opt.KMin+1)
	labels := make([][]int32, len(fits))
	tiny := make([]int, len(fits))
	parallel(len(fits), func(i int) {
		i = len(fits) - 1 - i // the longest first
		c := best(few, opt.KMin+i, opt.Restarts, seed, streamFit)
		if few.n < sp.sample.n {
			settle(sp.sample, c)
		}
		fits[i] = c
		all, _ := nearest(sp.sample, c)
		tiny[i] = tinyGroups(all, c.n)
		labels[i], _ = nearest(shown, c)
	})
	chosen := 0
	for i, s := range silhouettes(shown, labels) {
		if math.IsNaN(s) {
			s = -1 // everybody of the sample in one group: the worst there is
		}
		r.Candidates = append(r.Candidates, Candidate{K: fits[i].n, Silhouette: s, Tiny: tiny[i], Score: s - tinyPenalty*float64(tiny[i])})
		if r.Candidates[i].Score > r.Candidates[chosen].Score {
			chosen = i
		}
	}
	s := r.Candidates[chosen].Silhouette
	r.Silhouette = &s
	if a, ok := stability(few, fits[chosen], opt); ok {
		r.Stability = &a
	}
	return fits[chosen]
}

// stability refits the groups on random halves of the points and returns the
// mean adjusted Rand index between the given groups and the refits, over all
// points; false where a half has fewer points than groups.
func stability(p points, c centres, opt Options) (float64, bool) {
	if p.n/2 < c.n {
		return 0, false
	}
	given, _ := nearest(p, c)
	agree := make([]float64, opt.Refits)
	parallel(len(agree), func(i int) {
		half := p.pick(sampleRows(p.n, p.n/2, source(opt.Seed, streamHalf<<16|uint64(i))))
		labels, _ := nearest(p, best(half, c.n, min(refitRestarts, opt.Restarts), opt.Seed, streamRefit<<32|uint64(i)))
		agree[i] = AdjustedRand(given, labels)
	})
	var sum float64
	for _, a := range agree {
		sum += a
	}
	return sum / float64(len(agree)), true
}

// tinyGroups counts the groups below tinyShare of the labelled points.
func tinyGroups(labels []int32, k int) int {
	count := make([]int, k)
	for _, g := range labels {
		count[g]++
	}
	tiny := 0
	for _, n := range count {
		if float64(n) < tinyShare*float64(len(labels)) {
			tiny++
		}
	}
	return tiny
}

// distinctUpTo counts the distinct points and stops at most.
func distinctUpTo(p points, most int) int {
	if p.d == 0 {
		return min(p.n, 1)
	}
	var found []int
next:
	for i := range p.n {
		for _, o := range found {
			if squared(p.row(i), p.row(o)) == 0 {
				continue next
			}
		}
		if found = append(found, i); len(found) == most {
			break
		}
	}
	return len(found)
}

func (r *Result) note(zh, en string, args ...any) {
	r.Notes = append(r.Notes, perennial.Say(zh, en, args...))
}

// explain says in words how far the groups can be trusted.
func (r *Result) explain(sp *space) {
	switch {
	case r.Stability == nil:
		r.note("客户太少，无法检验分群是否稳定。", "There are too few customers to check whether the groups are stable.")
	case *r.Stability < unstable:
		r.note("不稳定，别按它分工：换一半客户重算，分法的一致度只有 %.2f（1 为完全一致）。",
			"Unstable, do not organise work by it: learnt again from half of the customers, the groups agree by only %.2f (1 is full agreement).", *r.Stability)
	case *r.Stability < stable:
		r.note("基本稳定：换一半客户重算，一致度 %.2f；边界上的客户会换组。",
			"Fairly stable: learnt again from half of the customers, the groups agree by %.2f; customers near a border change groups.", *r.Stability)
	default:
		r.note("稳定：换一半客户重算，一致度 %.2f。", "Stable: learnt again from half of the customers, the groups agree by %.2f.", *r.Stability)
	}
	if *r.Silhouette < blurred {
		r.note("各组之间没有清楚的界线（轮廓系数 %.2f），适合用来认识客户，不适合当门槛。",
			"The groups have no clear borders (silhouette %.2f): good for knowing customers, not for drawing lines.", *r.Silhouette)
	}
	if r.Customers < fewCustomers {
		r.note("只有 %d 位客户，仅供参考。", "Only %d customers: an indication, no more.", r.Customers)
	}
	if r.Sampled < r.Customers {
		r.note("从 %d 位客户的样本学出各组，再给全部客户归组。", "Learnt from a sample of %d customers; then every customer was put into a group.", perennial.Count(r.Sampled))
	}
	if r.Extreme > 0 {
		r.note("%d 位客户远超常人，像是批发或团购，按上限计入。",
			"%d customers lie far beyond the usual, like wholesale buyers; they count at its upper edge.", perennial.Count(r.Extreme))
	}
	for j, u := range r.Features {
		if u.Missing > 0 && !sp.columns[j].Partial {
			r.note("“%[1]s”缺 %[3]d 个值，按中位数计。", "“%[2]s” is missing for %[3]d customers; they count as the median.", u.LabelZH, u.LabelEN, u.Missing)
		}
	}
}
