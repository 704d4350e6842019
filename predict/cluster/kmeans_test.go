package cluster

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// planted draws n points around k centres that lie far apart.
func planted(n, k, d int, seed uint64) (points, []int) {
	rng := source(seed, 99)
	mid := points{x: make([]float64, k*d), n: k, d: d}
	for i := range mid.x {
		mid.x[i] = 4 * rng.NormFloat64()
	}
	p := points{x: make([]float64, n*d), n: n, d: d}
	truth := make([]int, n)
	for i := range n {
		truth[i] = i % k
		for j := range d {
			p.x[i*d+j] = mid.row(truth[i])[j] + 0.5*rng.NormFloat64()
		}
	}
	return p, truth
}

func TestSettleFindsWhatLloydFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, d := rapid.IntRange(1, 60).Draw(t, "n"), rapid.IntRange(1, 4).Draw(t, "d")
		k := rapid.IntRange(1, 6).Draw(t, "k")
		seed := rapid.Uint64().Draw(t, "seed")
		p := points{n: n, d: d, x: make([]float64, n*d)}
		for i := range p.x {
			p.x[i] = float64(rapid.IntRange(-5, 5).Draw(t, "x")) // with ties and duplicates
		}
		first := seedCentres(p, k, source(seed, 1))
		_, before := nearest(p, first)
		c := centres{x: append([]float64(nil), first.x...), n: k, d: d}
		settle(p, c)
		labels, after := nearest(p, c)
		if after > before+1e-9 {
			t.Fatalf("the sum of squares grew from %g to %g", before, after)
		}
		// At a fixed point another Lloyd step moves no centre, points that lie as
		// near to two centres apart.
		sums, count, tie := make([]float64, k*d), make([]int, k), false
		for i, g := range labels {
			add(sums[int(g)*d:][:d], p.row(i), 1)
			count[g]++
			_, d1, d2 := nearestTwo(p.row(i), c)
			tie = tie || d2-d1 < 1e-9
		}
		if tie {
			return
		}
		if way := move(c, sums, count, make([]float64, k)); way > 1e-5 {
			t.Fatalf("a centre still moves by %g", way)
		}
	})
}

func TestNoCentreStaysEmpty(t *testing.T) {
	p, _ := planted(200, 4, 3, 5)
	c := centres{n: 4, d: 3, x: append([]float64(nil), p.row(0)...)}
	for range 3 {
		c.x = append(c.x, 1000, 1000, 1000) // far from every point
	}
	settle(p, c)
	labels, _ := nearest(p, c)
	count := make([]int, 4)
	for _, g := range labels {
		count[g]++
	}
	for g, n := range count {
		if n == 0 {
			t.Errorf("centre %d has no points", g)
		}
	}
}

func TestBestRecoversPlantedGroups(t *testing.T) {
	for _, k := range []int{3, 5, 8} {
		p, truth := planted(3000, k, 6, uint64(k))
		labels, _ := nearest(p, best(p, k, 8, 1, 1))
		got := make([]int, len(labels))
		for i, g := range labels {
			got[i] = int(g)
		}
		if ari := AdjustedRand(truth, got); ari < 0.95 {
			t.Errorf("k %d: adjusted Rand index %.3f", k, ari)
		}
	}
}

func TestSampleRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(0, 300).Draw(t, "n"), rapid.IntRange(0, 300).Draw(t, "m")
		rows := sampleRows(n, m, source(rapid.Uint64().Draw(t, "seed"), 1))
		if len(rows) != min(n, m) {
			t.Fatalf("%d rows of %d, wanted %d", len(rows), n, m)
		}
		for i, r := range rows {
			if r < 0 || r >= n || i > 0 && r <= rows[i-1] {
				t.Fatalf("rows %v", rows)
			}
		}
	})
}

// Four points on a line, 0 1 | 10 12: widths worked out by hand.
func TestSilhouetteByHand(t *testing.T) {
	p := points{x: []float64{0, 1, 10, 12}, n: 4, d: 1}
	got := silhouettes(p, [][]int32{{0, 0, 1, 1}, {0, 0, 0, 1}, {0, 0, 0, 0}, {5, 5, 2, 2}})
	// s(0) = (11−1)/11, s(1) = (10−1)/10, s(10) = (9.5−2)/9.5, s(12) = (11.5−2)/11.5.
	want := (10.0/11 + 9.0/10 + 7.5/9.5 + 9.5/11.5) / 4
	if math.Abs(got[0]-want) > 1e-12 || math.Abs(got[3]-want) > 1e-12 {
		t.Errorf("got %v and %v, want %v under any labels", got[0], got[3], want)
	}
	// {0, 1, 10} and {12} alone: a = 5.5, 5, 9.5; b = 12, 11, 2; alone 0.
	want = (6.5/12 + 6.0/11 - 7.5/9.5 + 0) / 4
	if math.Abs(got[1]-want) > 1e-12 {
		t.Errorf("got %v, want %v", got[1], want)
	}
	if !math.IsNaN(got[2]) {
		t.Errorf("one group has a silhouette of %v", got[2])
	}
}

// The example of Hubert & Arabie's table by hand: pairs together in both 4,
// in the first 7, in the second 6, of 28.
func TestAdjustedRandByHand(t *testing.T) {
	a := []int{0, 0, 0, 1, 1, 1, 2, 2}
	b := []int{0, 0, 0, 1, 1, 2, 2, 2}
	same, sa, sb := 3.0+1+0+1, 3.0+3+1, 3.0+1+3
	expected := sa * sb / 28
	want := (same - expected) / ((sa+sb)/2 - expected)
	if got := AdjustedRand(a, b); math.Abs(got-want) > 1e-12 {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAdjustedRandProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(rapid.IntRange(0, 4), 1, 50).Draw(t, "a")
		b := rapid.SliceOfN(rapid.IntRange(0, 4), len(a), len(a)).Draw(t, "b")
		ab := AdjustedRand(a, b)
		if ab > 1+1e-12 || ab < -1-1e-12 || math.IsNaN(ab) {
			t.Fatalf("index %v", ab)
		}
		if ba := AdjustedRand(b, a); math.Abs(ab-ba) > 1e-12 {
			t.Fatalf("not symmetric: %v, %v", ab, ba)
		}
		names := rapid.Permutation([]int{0, 1, 2, 3, 4}).Draw(t, "names")
		renamed := make([]int, len(a))
		for i, g := range a {
			renamed[i] = names[g]
		}
		if AdjustedRand(a, renamed) != 1 {
			t.Fatal("other names for the same groups change the index")
		}
		if got := AdjustedRand(renamed, b); math.Abs(got-ab) > 1e-12 {
			t.Fatalf("names change the index from %v to %v", ab, got)
		}
	})
	rng := rand.New(rand.NewPCG(1, 1))
	a, b := make([]int32, 20000), make([]int32, 20000)
	for i := range a {
		a[i], b[i] = rng.Int32N(4), rng.Int32N(4)
	}
	if got := AdjustedRand(a, b); math.Abs(got) > 0.01 {
		t.Errorf("unrelated labellings agree by %v", got)
	}
}

func TestMedian(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOfN(rapid.Float64Range(-5, 5), 1, 40).Draw(t, "v")
		if rapid.Bool().Draw(t, "ties") {
			for i := range v {
				v[i] = math.Round(v[i])
			}
		}
		got, want := median(append([]float64(nil), v...)), quantile(v, 0.5)
		if math.Abs(got-want) > 1e-12 {
			t.Fatalf("median %v, sorted %v", got, want)
		}
	})
}
