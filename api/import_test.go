package api_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"perennial/api"
	"perennial/govern/account"
)

// await follows a job's events until it has ended.
func (v *visitor) await(job api.Job) api.Job {
	v.t.Helper()
	got := v.do("GET", "/api/v1/jobs/"+job.ID+"/events", nil)
	lines := bufio.NewScanner(strings.NewReader(string(got.body)))
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			job = api.Job{}
			if err := json.Unmarshal([]byte(text), &job); err != nil {
				v.t.Fatal(err)
			}
		}
	}
	if job.State == "running" {
		v.t.Fatalf("the events of %s end before it does: %s", job.ID, got.body)
	}
	return job
}

func (v *visitor) upload(name, text string) api.Upload {
	v.t.Helper()
	var up api.Upload
	v.do("POST", "/api/v1/uploads?name="+name, text).into(v.t, &up)
	return up
}

// TestImportWizard goes the way of a person with a file whose columns are not
// understood at once, one of whose rows cannot be read.
func TestImportWizard(t *testing.T) {
	h := open(t, nil)
	h.fill()
	h.user("owner", account.Owner, "", "")
	v := h.person("owner").with("Perennial-Workspace", "other").with("Accept-Language", "en")
	const file = "no,who,when,a,b\n" +
		"1,c1,2026-06-01,10.00,11.00\n2,c2,2026-06-02,20.00,21.00\n3,c1,2026-06-03,5.00,6.00\n4,c3,someday,5.00,6.00\n"
	up := v.upload("%2E%2E%2Fsecret%2F..%2Ffile%3Aone.csv", file)
	if up.Name != "file_one.csv" || up.Size != int64(len(file)) {
		t.Errorf("upload: %+v", up)
	}
	var look api.FileLook
	v.do("POST", "/api/v1/imports/look", map[string]any{"upload": up.ID, "kind": "orders"}).into(t, &look)
	if look.Problem == nil || look.Problem.Code == "" || len(look.Header) != 5 || len(look.Sample) != 4 || len(look.Fields) < 20 || len(look.Presets) == 0 {
		t.Fatalf("look: %+v", look)
	}
	asked := map[string]any{"upload": up.ID, "kind": "orders", "columns": map[string]string{
		"order_id": "no", "customer_id": "#2", "ordered_at": "when", "paid_amount": "b",
	}}
	v.do("POST", "/api/v1/imports/look", asked).into(t, &look)
	if look.Problem != nil || look.Mapping.Index("paid_amount") != 4 {
		t.Fatalf("look with columns: %+v", look.Problem)
	}
	var preview struct {
		DryRun   bool `json:"dry_run"`
		Counts   struct{ Read, Accepted, Refused int64 }
		Preview  []struct{ Amount float64 }
		Refusals []struct{ Line int }
	}
	v.do("POST", "/api/v1/imports/preview", asked).into(t, &preview)
	if c := preview.Counts; !preview.DryRun || c.Read != 4 || c.Accepted != 3 || c.Refused != 1 || preview.Preview[0].Amount != 11 || preview.Refusals[0].Line != 5 {
		t.Fatalf("preview: %+v", preview)
	}
	var begun api.Job
	v.do("POST", "/api/v1/imports", asked).into(t, &begun)
	done := v.await(begun)
	if done.State != "done" || done.Import == 0 {
		t.Fatalf("import: %+v", done)
	}
	if got := v.do("POST", "/api/v1/imports/look", asked); got.status != http.StatusNotFound || got.problem(t).Field != "/upload" {
		t.Errorf("an imported file is still there: %d", got.status)
	}
	one := fmt.Sprintf("/api/v1/imports/%d", done.Import)
	var in api.Import
	v.do("GET", one, nil).into(t, &in)
	if in.Status != "done" || in.Rows.Accepted != 3 || in.Report == nil || in.Report.RefusalsFile != "" || in.File != "file_one.csv" {
		t.Errorf("import: %+v", in)
	}
	var refused struct {
		Items []struct {
			Line   int
			Reason struct{ ZH, EN string }
		}
	}
	v.do("GET", one+"/refusals", nil).into(t, &refused)
	if len(refused.Items) != 1 || refused.Items[0].Line != 5 || refused.Items[0].Reason.EN == "" {
		t.Errorf("refusals: %+v", refused)
	}
	if csv := v.do("GET", one+"/refusals.csv", nil); csv.status != 200 || !strings.Contains(string(csv.body), "someday") {
		t.Errorf("file of refusals: %d %s", csv.status, csv.body)
	}
	// Another workspace's imports are not there.
	if got := v.with("Perennial-Workspace", "shop").do("GET", one, nil); got.status != http.StatusNotFound || got.problem(t).Code != "import.not_found" {
		t.Errorf("from another workspace: %d", got.status)
	}
	v.do("POST", one+"/undo", nil).into(t, &begun)
	if undone := v.await(begun); undone.State != "done" {
		t.Fatalf("undo: %+v", undone)
	}
	var all struct{ Items []api.Import }
	v.do("GET", "/api/v1/imports", nil).into(t, &all)
	if len(all.Items) != 1 || all.Items[0].Status != "undone" {
		t.Errorf("imports: %+v", all)
	}
}

// TestUploads sends what is no whole file, and asks for files that are others'.
func TestUploads(t *testing.T) {
	h := open(t, nil)
	h.fill()
	h.user("owner", account.Owner, "", "")
	v := h.person("owner").with("Perennial-Workspace", "shop")
	if got := v.do("POST", "/api/v1/uploads?name=a.csv", ""); got.status != http.StatusUnprocessableEntity || got.problem(t).Code != "upload.empty" {
		t.Errorf("empty: %d", got.status)
	}
	up := v.upload("a.csv", "x,y\n1,2\n")
	for _, id := range []string{up.ID, "../../../state", "..", strings.Repeat("A", 26)} {
		got := v.with("Perennial-Workspace", "other").do("POST", "/api/v1/imports/look", map[string]any{"upload": id})
		if got.status != http.StatusNotFound || got.problem(t).Code != "upload.not_found" {
			t.Errorf("%s from another workspace: %d", id, got.status)
		}
	}
	// A browser that closes in the middle leaves nothing.
	ws, err := h.app.Catalog.Workspace(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	dir := h.app.UploadsDir(ws)
	conn, err := net.Dial("tcp", h.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /api/v1/uploads?name=b.csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 1000\r\n\r\nhalf", h.key("shop", account.ScopeWrite))
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	conn.Close()
	left, err := os.ReadDir(dir)
	if err != nil || answer.StatusCode != http.StatusServiceUnavailable || len(left) != 1 || left[0].Name() != up.ID {
		t.Errorf("after half a file: %d, %v, %v", answer.StatusCode, left, err)
	}
	if info, err := os.Stat(filepath.Join(dir, up.ID, "a.csv")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is readable to others: %v, %v", info, err)
	}
}

// TestForgottenUploads starts the server again hours and a day later.
func TestForgottenUploads(t *testing.T) {
	h := open(t, nil)
	h.fill()
	h.user("owner", account.Owner, "", "")
	up := h.person("owner").with("Perennial-Workspace", "shop").upload("a.csv", "x,y\n1,2\n")
	ws, err := h.app.Catalog.Workspace(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	for _, later := range []time.Duration{time.Hour, 25 * time.Hour} {
		again := open(t, func(o *api.Options) {
			o.Catalog, o.State, o.Intake = h.app.Catalog, h.app.State, h.app
			o.Now = func() time.Time { return time.Now().Add(later) }
		})
		service := api.NewService("127.0.0.1:0", again.api)
		if err := service.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := service.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(h.app.UploadsDir(ws), up.ID)); (err == nil) != (later < 24*time.Hour) {
			t.Errorf("after %v: %v", later, err)
		}
	}
}
