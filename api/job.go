package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"perennial"
	"perennial/collect/importer"
	"perennial/govern/account"
)

// Job is work that goes on after the request that began it.
type Job struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind" enum:"refresh,import,undo,backup,calibrate"`
	Subject   string     `json:"subject,omitempty" doc:"What it is about: a file, an import's number, after which rules."`
	Workspace string     `json:"workspace"`
	State     string     `json:"state" enum:"running,done,failed"`
	Done      int64      `json:"done" doc:"How much is done, of total; 0 of 0 where it cannot be told."`
	Total     int64      `json:"total"`
	StartedAt time.Time  `json:"started_at"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
	Problem   *Problem   `json:"problem,omitempty" doc:"Why it failed."`
	Import    int64      `json:"import,omitempty" doc:"The import that came of it, or was taken back."`
	// Stays says what another import keeps of one that was taken back.
	Stays []importer.Stay `json:"stays,omitempty" nullable:"false" doc:"How many orders of an import that was taken back stay, because another import brought them, too."`
}

// The kinds of jobs.
const (
	jobRefresh   = "refresh"
	jobImport    = "import"
	jobUndo      = "undo"
	jobCalibrate = "calibrate"
	jobBackup    = "backup"
)

// The states of a job.
const (
	jobRunning = "running"
	jobDone    = "done"
	jobFailed  = "failed"
)

// task is a job as it is kept; its fields are jobs.mu's.
type task struct {
	Job
	workspace int64
	err       error
	cancel    context.CancelFunc
}

// show tells a job in a language.
func (t *task) show(lang perennial.Lang) Job {
	j := t.Job
	if t.err != nil {
		j.Problem = newProblem(t.err, lang)
	}
	return j
}

// keepJobs is how many jobs that have ended are remembered.
const keepJobs = 200

// jobs runs work in the background: one of a kind in a workspace at a time. What is
// running when the program ends is stopped and not taken up again.
type jobs struct {
	now  func() time.Time
	wait sync.WaitGroup
	quit chan struct{} // closed when the server stops

	mu      sync.Mutex
	ended   bool
	tasks   []*task       // the oldest first
	changed chan struct{} // closed and replaced when a task changes
}

func newJobs(now func() time.Time) *jobs {
	return &jobs{now: now, quit: make(chan struct{}), changed: make(chan struct{})}
}

// start begins work, or returns the job of its kind and subject that runs in the
// workspace. The work outlives the request, whose context it has the values of, and
// ends with the server.
func (j *jobs) start(ctx context.Context, ws perennial.Workspace, kind, subject string, work func(ctx context.Context, t *task) error) (*task, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.ended {
		return nil, perennial.NewError(perennial.KindUnavailable, "server.stopping", perennial.Say("服务正在停止。", "The server is stopping."))
	}
	for _, t := range j.tasks {
		if t.workspace == ws.ID && t.Kind == kind && t.Subject == subject && t.State == jobRunning {
			return t, nil
		}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	t := &task{workspace: ws.ID, cancel: cancel, Job: Job{ID: rand.Text(), Kind: kind, Subject: subject, Workspace: ws.Name, State: jobRunning, StartedAt: j.now().UTC()}}
	j.tasks = append(j.tasks, t)
	if len(j.tasks) > keepJobs && j.tasks[0].State != jobRunning {
		j.tasks = j.tasks[1:]
	}
	j.wait.Go(func() {
		defer cancel()
		err := work(ctx, t)
		j.change(func() {
			ended := j.now().UTC()
			t.EndedAt, t.err, t.State = &ended, err, jobDone
			if err != nil {
				t.State = jobFailed
			}
		})
	})
	return t, nil
}

// change changes a task, and tells who watches.
func (j *jobs) change(f func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f()
	close(j.changed)
	j.changed = make(chan struct{})
}

// show tells a job, and returns what is closed when it changes.
func (j *jobs) show(t *task, lang perennial.Lang) (Job, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return t.show(lang), j.changed
}

// tell answers with a job, or why there is none.
func (s *Server) tell(ctx context.Context, t *task, err error) (*body[Job], error) {
	if err != nil {
		return nil, err
	}
	j, _ := s.jobs.show(t, langOf(ctx))
	return &body[Job]{j}, nil
}

// find returns a job of a workspace.
func (j *jobs) find(workspace int64, id string) (*task, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, t := range j.tasks {
		if t.workspace == workspace && t.ID == id {
			return t, nil
		}
	}
	return nil, perennial.NewError(perennial.KindNotFound, "job.not_found", perennial.Say("没有这个任务。", "There is no such job.")).
		WithHint(perennial.Say("重启服务后，以前的任务不再列出。", "Jobs from before the server's last start are not listed."))
}

// of lists the jobs of a workspace, the newest first.
func (j *jobs) of(workspace int64, lang perennial.Lang) []Job {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := []Job{}
	for i := len(j.tasks) - 1; i >= 0; i-- {
		if t := j.tasks[i]; t.workspace == workspace {
			out = append(out, t.show(lang))
		}
	}
	return out
}

// stop ends all work and waits for it.
func (j *jobs) stop(ctx context.Context) error {
	j.mu.Lock()
	if !j.ended {
		j.ended = true
		close(j.quit)
	}
	for _, t := range j.tasks {
		t.cancel()
	}
	j.mu.Unlock()
	done := make(chan struct{})
	go func() { j.wait.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop background work: %w", context.Cause(ctx))
	}
}

type jobPath struct {
	ID string `path:"id" maxLength:"60"`
}

func (s *Server) jobRoutes() {
	may := access{May: account.AnalysesRead, In: inWorkspace}
	route(s, huma.Operation{
		OperationID: "list-jobs", Method: http.MethodGet, Path: apiPrefix + "/jobs", Tags: []string{"jobs"},
		Summary: "Work in the background since the server started, the newest first",
	}, may, func(ctx context.Context, c *call, _ *empty) (*body[list[Job]], error) {
		return &body[list[Job]]{list[Job]{Items: s.jobs.of(c.Workspace.ID, langOf(ctx))}}, nil
	})
	route(s, huma.Operation{
		OperationID: "get-job", Method: http.MethodGet, Path: apiPrefix + "/jobs/{id}", Tags: []string{"jobs"}, Summary: "How far a job has come",
	}, may, func(ctx context.Context, c *call, in *jobPath) (*body[Job], error) {
		t, err := s.jobs.find(c.Workspace.ID, in.ID)
		return s.tell(ctx, t, err)
	})
	long := may
	long.Long = true
	route(s, huma.Operation{
		OperationID: "watch-job", Method: http.MethodGet, Path: apiPrefix + "/jobs/{id}/events", Tags: []string{"jobs"},
		Summary:   "A job's progress as server-sent events, each a Job, until it has ended",
		Responses: map[string]*huma.Response{"200": {Description: "Events", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: "string"}}}}},
	}, long, func(ctx context.Context, c *call, in *jobPath) (*huma.StreamResponse, error) {
		t, err := s.jobs.find(c.Workspace.ID, in.ID)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) { s.watch(ctx, hc, t) }}, nil
	})
}

// watch tells a job until it ends or nobody listens.
func (s *Server) watch(ctx context.Context, hc huma.Context, t *task) {
	_, w := humago.Unwrap(hc)
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	for {
		j, changed := s.jobs.show(t, langOf(ctx))
		text, err := json.Marshal(j)
		if err == nil {
			_ = out.SetWriteDeadline(time.Time{}) // the connection may be one without
			_, err = fmt.Fprintf(w, "data: %s\n\n", text)
		}
		if err == nil {
			err = out.Flush()
		}
		if err != nil || j.State != jobRunning {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		case <-s.jobs.quit:
			return
		}
	}
}
