package cluster

import "math"

// silhouettes returns the mean silhouette width (Rousseeuw 1987, Euclidean
// distance; a point alone in its group counts 0) of each labelling of the same
// points; NaN where a labelling has fewer than two groups among them. Each row
// of distances is computed once for all labellings.
func silhouettes(p points, labellings [][]int32) []float64 {
	size := make([][]int, len(labellings))
	sum := make([][]float64, len(labellings))
	for l, labels := range labellings {
		groups := int32(0)
		for _, g := range labels {
			groups = max(groups, g+1)
		}
		size[l] = make([]int, groups)
		sum[l] = make([]float64, groups)
		for _, g := range labels {
			size[l][g]++
		}
	}
	out := make([]float64, len(labellings))
	row := make([]float64, p.n)
	for i := range p.n {
		for o := range row {
			row[o] = math.Sqrt(squared(p.row(i), p.row(o)))
		}
		for l, labels := range labellings {
			clear(sum[l])
			for o, d := range row {
				sum[l][labels[o]] += d
			}
			out[l] += width(int(labels[i]), sum[l], size[l])
		}
	}
	for l := range out {
		out[l] /= float64(p.n)
		others := 0
		for _, n := range size[l] {
			if n > 0 {
				others++
			}
		}
		if others < 2 {
			out[l] = math.NaN()
		}
	}
	return out
}

// width is the silhouette of a point of group own, given the sums of its
// distances to each group's points and the groups' sizes.
func width(own int, sum []float64, size []int) float64 {
	if size[own] < 2 {
		return 0
	}
	a := sum[own] / float64(size[own]-1)
	b := math.Inf(1)
	for g, n := range size {
		if g != own && n > 0 {
			b = min(b, sum[g]/float64(n))
		}
	}
	if math.IsInf(b, 1) || max(a, b) == 0 {
		return 0
	}
	return (b - a) / max(a, b)
}

// AdjustedRand is the adjusted Rand index of two labellings of the same things
// (Hubert & Arabie 1985): 1 for the same grouping under any names, about 0 for
// unrelated ones. Labels are ≥ 0. It panics where the lengths differ; two
// labellings that leave nothing to disagree on (all together, all alone) give 1.
func AdjustedRand[L ~int | ~int32](a, b []L) float64 {
	if len(a) != len(b) {
		panic("cluster: labellings of different lengths")
	}
	var rows, cols L
	for i := range a {
		rows, cols = max(rows, a[i]+1), max(cols, b[i]+1)
	}
	cell := make([]float64, int(rows)*int(cols))
	inA, inB := make([]float64, rows), make([]float64, cols)
	for i := range a {
		cell[int(a[i])*int(cols)+int(b[i])]++
		inA[a[i]]++
		inB[b[i]]++
	}
	same, sa, sb := pairs(cell), pairs(inA), pairs(inB)
	n := float64(len(a))
	expected := 0.0
	if n > 1 {
		expected = sa * sb / (n * (n - 1) / 2)
	}
	most := (sa + sb) / 2
	if most == expected {
		return 1
	}
	return (same - expected) / (most - expected)
}

// pairs sums n(n−1)/2 over the counts.
func pairs(counts []float64) float64 {
	var s float64
	for _, n := range counts {
		s += n * (n - 1) / 2
	}
	return s
}
