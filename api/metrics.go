package api

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what /metrics tells, in a registry of the server's own.
type metrics struct {
	requests *prometheus.HistogramVec
	handler  http.Handler
}

func newMetrics() *metrics {
	r := prometheus.NewRegistry()
	m := &metrics{
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "perennial_http_request_seconds", Help: "How long requests took, by route.",
			Buckets: []float64{.005, .02, .05, .1, .3, 1, 2, 5, 15, 60},
		}, []string{"route", "method", "status"}),
		handler: promhttp.HandlerFor(r, promhttp.HandlerOpts{}),
	}
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), m.requests)
	return m
}

// observe carries a request out, counts it, writes it down and catches what panics.
func (s *Server) observe(w http.ResponseWriter, r *http.Request, serve func(http.ResponseWriter, *http.Request) (route string)) {
	began := s.opt.Now()
	out := &observed{ResponseWriter: w}
	route := "unknown"
	defer func() {
		cause := recover()
		if cause != nil && cause != any(http.ErrAbortHandler) {
			s.log.ErrorContext(r.Context(), "request failed", slog.Any("error", cause), slog.String("stack", string(debug.Stack())))
			if out.status == 0 {
				s.fail(out, r, fmt.Errorf("panic: %v", cause))
				cause = nil
			}
		}
		took := s.opt.Now().Sub(began)
		method := r.Method
		if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, method) {
			method = "other"
		}
		s.metrics.requests.WithLabelValues(route, method, strconv.Itoa(out.status)).Observe(took.Seconds())
		s.log.InfoContext(r.Context(), "request", slog.String("method", method), slog.String("route", route),
			slog.Int("status", out.status), slog.Duration("took", took))
		if cause != nil { // the answer has begun: cut it off, so that it does not look whole
			panic(http.ErrAbortHandler)
		}
	}()
	route = serve(out, r)
}

// observed notes the status of an answer.
type observed struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (o *observed) WriteHeader(status int) {
	if o.status == 0 {
		o.status = status
	}
	o.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (o *observed) Write(b []byte) (int, error) {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	return o.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (o *observed) Unwrap() http.ResponseWriter { return o.ResponseWriter }

func errAttr(err error) slog.Attr { return slog.Any("error", err) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

var errNoIndex = errors.New("the pages have no index.html")
