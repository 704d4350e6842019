package cluster

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Map lays the groups out on a plane: the first two principal components of the
// common scale.
type Map struct {
	Axes    []Axis `json:"axes"` // two; one where there is but one feature
	Centers []Spot `json:"centers"`
	Points  []Spot `json:"points"` // at most 500 customers of the sample
}

// Axis is one principal component.
type Axis struct {
	Explained float64 `json:"explained"` // share of the variance, 0..1
	LabelZH   string  `json:"label_zh"`  // what grows to the right or upwards
	LabelEN   string  `json:"label_en"`
}

// Spot is a point on the map.
type Spot struct {
	Group int     `json:"group"` // index into Groups
	X     float64 `json:"x"`
	Y     float64 `json:"y"`
}

// plane projects the centres and some of the sample.
func (sp *space) plane(m *Model, rng *rand.Rand) *Map {
	p := sp.sample
	mean := make([]float64, p.d)
	for i := range p.n {
		add(mean, p.row(i), 1)
	}
	for j := range mean {
		mean[j] /= float64(p.n)
	}
	cov := mat.NewSymDense(p.d, nil)
	var total float64
	for a := range p.d {
		for b := a; b < p.d; b++ {
			var s float64
			for i := range p.n {
				row := p.row(i)
				s += (row[a] - mean[a]) * (row[b] - mean[b])
			}
			cov.SetSym(a, b, s/float64(p.n))
		}
		total += cov.At(a, a)
	}
	var eigen mat.EigenSym
	if total <= 0 || !eigen.Factorize(cov, true) {
		return nil
	}
	values := eigen.Values(nil) // ascending
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	out := &Map{}
	var axes [2][]float64
	for a := range min(2, p.d) {
		axes[a] = mat.Col(nil, p.d-1-a, &vectors)
		heaviest := slices.MaxFunc(axes[a], func(x, y float64) int { return cmp.Compare(math.Abs(x), math.Abs(y)) })
		if heaviest < 0 { // the sign of a component is free: what weighs most grows
			for j := range axes[a] {
				axes[a][j] = -axes[a][j]
			}
		}
		axis := sp.axis(axes[a])
		axis.Explained = max(values[p.d-1-a], 0) / total
		out.Axes = append(out.Axes, axis)
	}
	place := func(x []float64, group int) Spot {
		at := [2]float64{}
		for a, axis := range axes {
			for j, v := range axis {
				at[a] += v * (x[j] - mean[j])
			}
		}
		return Spot{Group: group, X: at[0], Y: at[1]}
	}
	for g, center := range m.Centers {
		out.Centers = append(out.Centers, place(center, g))
	}
	c := m.centres()
	for _, i := range sampleRows(p.n, mapSample, rng) {
		g, _, _ := nearestTwo(p.row(i), c)
		out.Points = append(out.Points, place(p.row(i), g))
	}
	return out
}

// axis names a component by its two heaviest features, the second only where it
// weighs at least half as much.
func (sp *space) axis(loading []float64) Axis {
	order := make([]int, len(loading))
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(math.Abs(loading[b]), math.Abs(loading[a])) })
	var axis Axis
	for at, j := range order[:min(2, len(order))] {
		if at > 0 && math.Abs(loading[j]) < math.Abs(loading[order[0]])/2 {
			break
		}
		arrow := " ↑"
		if loading[j] < 0 {
			arrow = " ↓"
		}
		if at > 0 {
			axis.LabelZH += "，"
			axis.LabelEN += ", "
		}
		label := sp.columns[j].Label
		axis.LabelZH += label.ZH + arrow
		axis.LabelEN += label.EN + arrow
	}
	return axis
}
