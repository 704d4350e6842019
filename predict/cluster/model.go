package cluster

import (
	"perennial"
)

// Model puts customers into the groups of a Result. It survives JSON unchanged.
type Model struct {
	Scales  []Scale     `json:"scales"`
	Centers [][]float64 `json:"centers"` // on the common scale, weighted; in the order of Groups
}

// model joins the learnt scale with the centres.
func (sp *space) model(c centres) *Model {
	m := &Model{Scales: sp.scales}
	for k := range c.n {
		m.Centers = append(m.Centers, append([]float64(nil), c.row(k)...))
	}
	return m
}

func (m *Model) centres() centres {
	c := centres{n: len(m.Centers), d: len(m.Scales)}
	for _, row := range m.Centers {
		c.x = append(c.x, row...)
	}
	return c
}

// Assign returns the group of each customer of f: the index of the nearest
// centre, the first of equals. Columns are found by their ID; one that is not
// there is the error cluster.column_missing.
func (m *Model) Assign(f Features) ([]int, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	columns := make([]*Column, len(m.Scales))
	for j, s := range m.Scales {
		for k := range f.Columns {
			if f.Columns[k].ID == s.Feature {
				columns[j] = &f.Columns[k]
			}
		}
		if columns[j] == nil || s.PriorWeight > 0 && columns[j].Base == nil {
			return nil, perennial.NewError(perennial.KindInvalid, "cluster.column_missing",
				perennial.Say("缺少特征“%s”，无法归组。", "Feature %q is missing, so customers cannot be put into groups.", s.Feature)).
				WithHint(perennial.Say("给出分群时用过的全部特征，或者重新分群。", "Give every feature the groups were learnt from, or learn them anew."))
		}
	}
	return m.tally(columns, f.Customers).group, nil
}

// tally is the outcome of one pass over all customers.
type tally struct {
	group   []int
	count   []int     // customers, by group
	z       []float64 // sums of standardised unweighted values, by group and feature
	missing []int     // customers without a value, by feature
	extreme int       // customers beyond extremeSD in money or a count
}

// chunk is how many customers a worker takes at once. It is fixed, so that sums
// are added in the same order on any number of processors.
const chunk = 8192

// tally assigns n customers to the nearest centre and adds them up.
func (m *Model) tally(columns []*Column, n int) *tally {
	c, d := m.centres(), len(m.Scales)
	all := &tally{group: make([]int, n), count: make([]int, c.n), z: make([]float64, c.n*d), missing: make([]int, d)}
	parts := make([]tally, (n+chunk-1)/chunk)
	parallel(len(parts), func(part int) {
		t := tally{count: make([]int, c.n), z: make([]float64, c.n*d), missing: make([]int, d)}
		from, to := part*chunk, min((part+1)*chunk, n)
		z := make([]float64, (to-from)*d)
		extreme := make([]bool, to-from)
		for j := range m.Scales {
			s := &m.Scales[j]
			wholesale := s.Log && (columns[j].Unit == UnitMoney || columns[j].Unit == UnitCount)
			for i := from; i < to; i++ {
				if !columns[j].present(i) {
					t.missing[j]++
				}
				level := s.level(columns[j], i)
				z[(i-from)*d+j] = s.standard(level)
				if wholesale && level-s.Mean > extremeSD*s.SD {
					extreme[i-from] = true
				}
			}
		}
		x := make([]float64, d)
		for i := from; i < to; i++ {
			row := z[(i-from)*d:][:d]
			for j, v := range row {
				x[j] = v * m.Scales[j].Weight
			}
			g, _, _ := nearestTwo(x, c)
			all.group[i] = g
			t.count[g]++
			add(t.z[g*d:][:d], row, 1)
			if extreme[i-from] {
				t.extreme++
			}
		}
		parts[part] = t
	})
	for _, t := range parts {
		for g, v := range t.count {
			all.count[g] += v
		}
		add(all.z, t.z, 1)
		for j, v := range t.missing {
			all.missing[j] += v
		}
		all.extreme += t.extreme
	}
	return all
}
