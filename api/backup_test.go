package api_test

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"perennial/api"
	"perennial/app"
	"perennial/govern/account"
)

// A backup that was made on the pages is downloaded and restores.
func TestBackups(t *testing.T) {
	h := open(t, nil)
	h.fill()
	h.user("chief", account.Owner, "", "")
	h.user("anna", account.Owner, "shop", "")
	chief := h.person("chief").with("Perennial-Workspace", "shop")
	h.person("anna").refused("POST", "/api/v1/backups", nil, http.StatusForbidden, "account.forbidden", "")
	var job api.Job
	got := chief.do("POST", "/api/v1/backups", nil)
	if got.into(t, &job); got.status != http.StatusAccepted || job.Kind != "backup" || job.Workspace != "shop" {
		t.Fatalf("%d %+v", got.status, job)
	}
	chief.do("GET", "/api/v1/jobs/"+job.ID+"/events", nil) // until it ends
	chief.do("GET", "/api/v1/jobs/"+job.ID, nil).into(t, &job)
	if job.State != "done" {
		t.Fatalf("%+v", job)
	}
	dir := h.app.BackupsDir()
	for _, name := range []string{"perennial-20260101-000000.tar.zst.part", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var all struct{ Items []api.Backup }
	chief.do("GET", "/api/v1/backups", nil).into(t, &all)
	if len(all.Items) != 1 || all.Items[0].Size == 0 {
		t.Fatalf("%+v", all)
	}
	file := chief.do("GET", "/api/v1/backups/"+all.Items[0].Name, nil)
	if file.status != http.StatusOK || int64(len(file.body)) != all.Items[0].Size || file.header.Get("Content-Type") != "application/zstd" ||
		!strings.Contains(file.header.Get("Content-Disposition"), all.Items[0].Name) {
		t.Fatalf("%d %v, %d bytes", file.status, file.header, len(file.body))
	}
	for _, name := range []string{"notes.txt", "perennial-20260101-000000.tar.zst", "perennial-20260101-000000.tar.zst.part", "..%2f..%2fvault.key", "%2e%2e"} {
		if got := chief.do("GET", "/api/v1/backups/"+name, nil); got.status != http.StatusNotFound {
			t.Errorf("%s: %d %.100s", name, got.status, got.body)
		}
	}
	path, back := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "back")
	if err := os.WriteFile(path, file.body, 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := app.Restore(t.Context(), app.RestoreOptions{Path: path, Dir: back, Now: time.Now})
	if err != nil || m.WithKey || strings.Join(m.Workspaces, " ") != "other shop" {
		t.Errorf("%+v: %v", m, err)
	}
	if _, err := os.Stat(filepath.Join(back, "vault.key")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the vault's key was in it: %v", err)
	}
	var record struct{ Items []api.AuditEntry }
	chief.do("GET", "/api/v1/audit?everywhere=true&limit=2", nil).into(t, &record)
	if len(record.Items) != 2 || record.Items[0].Action != "backup.download" || record.Items[1].Action != "backup.run" {
		t.Errorf("%+v", record)
	}
}
