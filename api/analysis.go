package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"perennial"
	"perennial/analyze/cohort"
	"perennial/analyze/lifecycle"
	"perennial/analyze/metric"
	"perennial/analyze/rfm"
	"perennial/govern/account"
	"perennial/predict/clv"
	"perennial/report"
	"perennial/store/catalog"
)

// Snapshot says as of when figures are: nothing that came later is in them.
type Snapshot struct {
	ID        int64              `json:"id"`
	AsOf      perennial.Day      `json:"as_of" doc:"The last day that is in the figures."`
	MadeAt    time.Time          `json:"made_at"`
	Currency  perennial.Currency `json:"currency"`
	Customers int64              `json:"customers"`
}

func showSnapshot(s catalog.Snapshot) Snapshot {
	return Snapshot{s.ID, s.AsOf, s.MadeAt.UTC(), s.Currency, s.Customers}
}

// SnapshotStatus is a workspace's snapshot and whether it still stands.
type SnapshotStatus struct {
	Snapshot *Snapshot `json:"snapshot" doc:"null before the first analysis"`
	Stale    bool      `json:"stale" doc:"Something that it stands on has changed since; POST /api/v1/refresh makes another."`
	Job      *Job      `json:"job" doc:"The refresh that runs just now; null for none."`
}

// Overview is what a day begins with: the base figures and what follows from them.
type Overview struct {
	Snapshot Snapshot         `json:"snapshot"`
	Meta     report.Meta      `json:"meta"`
	Data     report.Data      `json:"data"`
	Base     metric.Base      `json:"base"`
	Due      report.Due       `json:"due"`
	Findings []report.Finding `json:"findings"`
}

// noSnapshot tells that nothing has been analysed yet.
func noSnapshot() error {
	return perennial.NewError(perennial.KindNotFound, "snapshot.none",
		perennial.Say("这个工作区还没有分析结果。", "This workspace has not been analysed yet.")).
		WithHint(perennial.Say("导入订单后，POST /api/v1/refresh 做一次分析。", "Once orders are imported, POST /api/v1/refresh analyses them."))
}

func (s *Server) snapshot(ctx context.Context, c *call) (catalog.Snapshot, error) {
	snap, ok, err := s.opt.Catalog.Snapshot(ctx, c.Workspace.ID)
	if err == nil && !ok {
		err = noSnapshot()
	}
	return snap, err
}

const tagAnalysis = "analysis"

var readsAnalyses = access{May: account.AnalysesRead, In: inWorkspace}

func (s *Server) analysisRoutes() {
	route(s, huma.Operation{
		OperationID: "get-snapshot", Method: http.MethodGet, Path: apiPrefix + "/snapshot", Tags: []string{tagAnalysis},
		Summary: "As of when the figures are, and whether they still stand",
	}, readsAnalyses, s.snapshotStatus)
	route(s, huma.Operation{
		OperationID: "refresh", Method: http.MethodPost, Path: apiPrefix + "/refresh", Tags: []string{tagAnalysis},
		Summary: "Bring the figures up to date, in the background", DefaultStatus: http.StatusAccepted,
	}, readsAnalyses, func(ctx context.Context, c *call, _ *empty) (*body[Job], error) {
		t, err := s.refresh(ctx, c.Workspace, "")
		return s.tell(ctx, t, err)
	})
	route(s, huma.Operation{
		OperationID: "get-overview", Method: http.MethodGet, Path: apiPrefix + "/overview", Tags: []string{tagAnalysis},
		Summary:   "The health of the customer base at a glance",
		Responses: s.responds(s.schema(reflect.TypeFor[Overview]())),
	}, readsAnalyses, func(ctx context.Context, c *call, in *conditional) (*raw, error) {
		return s.parts(ctx, c, in, "meta", "data", "base", "due", "findings")
	})
	part[report.Meta](s, "meta", "What was analysed, how, and what was assumed")
	part[report.Data](s, "data", "How much data there is")
	part[[]report.Step](s, "bridge", "The bridge from the files' money to the money analysed")
	part[metric.Base](s, "base", "Base figures: customers, orders, money, concentration, by month")
	part[*rfm.Result](s, "rfm", "RFM: thresholds, classes and the grid")
	part[cohort.Repurchase](s, "repurchase", "The second purchase: rates, cycle, golden window, by first purchase")
	part[[]report.GroupCurve](s, "second_order_curves", "The way to the second purchase by groups of first purchases")
	part[[]cohort.Cohort](s, "cohorts", "Monthly cohorts: who comes back, with how much money")
	part[[]report.CohortTest](s, "cohort_tests", "Each month's new customers compared with all others")
	part[*lifecycle.Report](s, "lifecycle", "Stages: cards, flows, trend, forecast and proofs")
	part[*clv.Result](s, "clv", "Value models: parameters, fit, expected against actual")
	part[report.Value](s, "value", "How the value of the next 12 months is spread")
	part[report.Due](s, "due", "Whose next order is due")
	part[report.Clusters](s, "clusters", "Groups by behaviour")
	part[[]report.Finding](s, "findings", "What matters most, in sentences, with the customers behind it")
}

// refresh brings a workspace's figures up to date in the background, after something:
// what runs already may have begun before it.
func (s *Server) refresh(ctx context.Context, ws perennial.Workspace, after string) (*task, error) {
	return s.jobs.start(ctx, ws, jobRefresh, after, func(ctx context.Context, _ *task) error {
		_, err := s.opt.Shop.Refresh(ctx, ws)
		return err
	})
}

func (s *Server) snapshotStatus(ctx context.Context, c *call, _ *empty) (*body[SnapshotStatus], error) {
	var out SnapshotStatus
	snap, ok, err := s.opt.Catalog.Snapshot(ctx, c.Workspace.ID)
	if err != nil {
		return nil, err
	}
	if ok {
		shown := showSnapshot(snap)
		out.Snapshot = &shown
		if out.Stale, err = s.opt.Shop.Stale(ctx, c.Workspace, snap); err != nil {
			return nil, err
		}
	}
	for _, j := range s.jobs.of(c.Workspace.ID, langOf(ctx)) {
		if j.Kind == jobRefresh && j.State == jobRunning {
			out.Job = &j
		}
	}
	return &body[SnapshotStatus]{out}, nil
}

// conditional asks for an answer only if it is another than the caller has.
type conditional struct {
	IfNoneMatch string `header:"If-None-Match" maxLength:"200"`
}

// raw is JSON that is at hand already.
type raw struct {
	Status      int
	ContentType string `header:"Content-Type"`
	ETag        string `header:"ETag"`
	CacheFor    string `header:"Cache-Control"`
	Body        []byte
}

// part declares the route of a part of the analysis, whose type in the document is T.
func part[T any](s *Server, name, summary string) {
	answer := &huma.Schema{
		Type: "object", Required: []string{"snapshot", "data"}, AdditionalProperties: false,
		Properties: map[string]*huma.Schema{
			"snapshot": s.schema(reflect.TypeFor[Snapshot]()),
			"data":     s.schema(reflect.TypeFor[T]()),
		},
	}
	route(s, huma.Operation{
		OperationID: "get-analysis-" + strings.ReplaceAll(name, "_", "-"), Method: http.MethodGet, Path: apiPrefix + "/analysis/" + name,
		Tags: []string{tagAnalysis}, Summary: summary, Responses: s.responds(answer),
	}, readsAnalyses, func(ctx context.Context, c *call, in *conditional) (*raw, error) {
		return s.parts(ctx, c, in, name)
	})
}

func (s *Server) schema(t reflect.Type) *huma.Schema {
	return s.api.OpenAPI().Components.Schemas.Schema(t, true, "")
}

func (s *Server) responds(schema *huma.Schema) map[string]*huma.Response {
	return map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}}
}

// parts answers with parts of the snapshot's picture: with one of them as data, with
// several under their names.
func (s *Server) parts(ctx context.Context, c *call, in *conditional, names ...string) (*raw, error) {
	snap, err := s.snapshot(ctx, c)
	if err != nil {
		return nil, err
	}
	out := &raw{
		Status: http.StatusOK, ContentType: "application/json", CacheFor: "private, no-cache",
		ETag: fmt.Sprintf(`"%d-%d-%s"`, c.Workspace.ID, snap.ID, snap.Basis),
	}
	if in.IfNoneMatch == out.ETag {
		out.Status = http.StatusNotModified
		return out, nil
	}
	var picture map[string]json.RawMessage
	if err := json.Unmarshal([]byte(snap.Picture), &picture); err != nil {
		return nil, fmt.Errorf("read snapshot %d: %w", snap.ID, err)
	}
	var b bytes.Buffer
	head, err := json.Marshal(showSnapshot(snap))
	if err != nil {
		return nil, fmt.Errorf("write snapshot: %w", err)
	}
	b.WriteString(`{"snapshot":`)
	b.Write(head)
	for _, name := range names {
		value, ok := picture[name]
		if !ok { // an older program made the picture
			return nil, noSnapshot()
		}
		key := name
		if len(names) == 1 {
			key = "data"
		}
		fmt.Fprintf(&b, ",%q:", key)
		b.Write(value)
	}
	b.WriteString("}\n")
	out.Body = b.Bytes()
	return out, nil
}
