package clv

import "testing"

// BenchmarkLikelihood reports the cost of one evaluation with its gradient per
// distinct triple.
func BenchmarkLikelihood(b *testing.B) {
	in := simulate(BetaGeometric{MBGNBD, 0.8, 60, 0.7, 5}, 200_000, 730, 1)
	g, err := Group(in.Frequency, in.Recency, in.Age)
	if err != nil {
		b.Fatal(err)
	}
	l := newLikelihood(g)
	m := BetaGeometric{MBGNBD, 0.7, 50, 0.6, 4}
	var gradient [4]float64
	for b.Loop() {
		l.at(m, true, &gradient)
	}
	b.ReportMetric(float64(len(g.Triples)), "triples")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(g.Triples)), "ns/triple")
}

// BenchmarkFitMillion fits, scores and brackets a million customers.
func BenchmarkFitMillion(b *testing.B) {
	in := simulate(BetaGeometric{MBGNBD, 0.8, 60, 0.7, 8}, 1_000_000, 730, 1)
	b.ReportAllocs()
	var r *Result
	for b.Loop() {
		var err error
		if r, err = Fit(in, Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(r.Grouping.Distinct), "triples")
	b.ReportMetric(float64(r.BGNBD.Evaluations+r.MBGNBD.Evaluations), "evaluations")
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/fit")
}
