package cohort

import (
	"cmp"
	"slices"

	"perennial"
	"perennial/analyze/history"
)

// dimension is something known of a first purchase by which customers are
// compared.
type dimension string

const (
	byCategory dimension = "category"
	byChannel  dimension = "channel"
	byPromoted dimension = "promoted"
)

// selection is the groups of one dimension that are large enough to be shown,
// the largest first.
type selection struct {
	dimension dimension
	names     []string
	size      []int
	index     []int // group of a code, −1 where it has none of its own
}

// code returns what o says in a dimension, −1 where that is not known.
func (d dimension) code(o history.Opening) int {
	switch d {
	case byCategory:
		return int(o.Category)
	case byChannel:
		return int(o.Channel)
	}
	if o.Promoted {
		return 1
	}
	return 0
}

// dictionary returns the names of the codes of a dimension.
func (d dimension) dictionary(h *history.History) []string {
	switch d {
	case byCategory:
		return h.Categories
	case byChannel:
		return h.Channels
	}
	return []string{"full_price", "promoted"}
}

// selectGroups finds the groups of at least minGroup customers. h.Opening must not
// be nil.
func selectGroups(h *history.History, d dimension) selection {
	count := make([]int, len(d.dictionary(h)))
	for _, o := range h.Opening {
		if c := d.code(o); c >= 0 && c < len(count) {
			count[c]++
		}
	}
	return d.choose(h, count)
}

// selectAmong finds the groups among the customers of some beginnings.
func selectAmong(h *history.History, d dimension, all []Seconds) selection {
	count := make([]int, len(d.dictionary(h)))
	for _, s := range all {
		if c := d.code(s.Opening); c >= 0 && c < len(count) {
			count[c] += int(sumOf(s.Events) + sumOf(s.Censored))
		}
	}
	return d.choose(h, count)
}

// choose takes the groups that are large enough, the largest first.
func (d dimension) choose(h *history.History, count []int) selection {
	names := d.dictionary(h)
	var codes []int
	for c, n := range count {
		if n >= minGroup {
			codes = append(codes, c)
		}
	}
	slices.SortStableFunc(codes, func(a, b int) int { return cmp.Compare(count[b], count[a]) })
	codes = codes[:min(len(codes), maxGroups)]
	sel := selection{dimension: d, index: make([]int, len(names))}
	for c := range sel.index {
		sel.index[c] = -1
	}
	for g, c := range codes {
		sel.index[c] = g
		sel.names = append(sel.names, names[c])
		sel.size = append(sel.size, count[c])
	}
	return sel
}

// known reports whether the dimension says anything of o.
func (s selection) known(o history.Opening) bool {
	c := s.dimension.code(o)
	return c >= 0 && c < len(s.index)
}

// of returns the group of o, −1 where it has none of its own.
func (s selection) of(o history.Opening) int {
	if !s.known(o) {
		return -1
	}
	return s.index[s.dimension.code(o)]
}

// label names a group of a dimension for people.
func (d dimension) label(name string) perennial.Text {
	switch d {
	case byCategory:
		return perennial.Say("首单买“%s”的客户", "Customers whose first purchase was in %q", name)
	case byChannel:
		return perennial.Say("首单来自“%s”的客户", "Customers whose first purchase came through %q", name)
	}
	if name == "promoted" {
		return perennial.Say("首单有优惠的客户", "Customers whose first purchase was at a discount")
	}
	return perennial.Say("首单原价的客户", "Customers whose first purchase was at full price")
}
