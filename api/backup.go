package api

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"perennial"
	"perennial/govern/account"
	"perennial/store/state"
)

// Backups makes copies of the whole installation. It is safe for concurrent use.
type Backups interface {
	// BackupsDir is where they are kept; it need not exist.
	BackupsDir() string
	// KeepBackup writes one there, without the vault's key, and returns its file's name.
	KeepBackup(ctx context.Context, by account.Actor, program string) (name string, err error)
}

// Backup is a copy of the whole installation, but for the vault's key.
type Backup struct {
	Name   string    `json:"name"`
	Size   int64     `json:"size" doc:"In bytes."`
	MadeAt time.Time `json:"made_at"`
}

// backupName keeps out what is not a backup, and every path.
var backupName = regexp.MustCompile(`^perennial-[0-9]{8}-[0-9]{6}\.tar\.zst$`)

const (
	tagBackups = "backups"
	typeZstd   = "application/zstd"
)

func (s *Server) backupRoutes() {
	may := access{May: account.BackupsRun, In: everywhere}
	route(s, huma.Operation{
		OperationID: "list-backups", Method: http.MethodGet, Path: apiPrefix + "/backups", Tags: []string{tagBackups},
		Summary: "The backups that were made here, the latest first",
	}, may, func(context.Context, *call, *empty) (*body[list[Backup]], error) {
		all, err := s.backups()
		return &body[list[Backup]]{list[Backup]{Items: all}}, err
	})
	route(s, huma.Operation{
		OperationID: "create-backup", Method: http.MethodPost, Path: apiPrefix + "/backups", Tags: []string{tagBackups},
		Summary: "Back the whole installation up, in the background", DefaultStatus: http.StatusAccepted, Errors: []int{http.StatusNotFound},
		Description: "Waits for imports and keeps new ones waiting. The vault's key is not in it and must be kept apart. " +
			"The job is one of the workspace that the session looks at.",
	}, may, s.createBackup)
	long := may
	long.Long = true
	route(s, huma.Operation{
		OperationID: "get-backup", Method: http.MethodGet, Path: apiPrefix + "/backups/{name}", Tags: []string{tagBackups},
		Summary: "A backup as a file for perennial restore; written down in the record", Errors: []int{http.StatusNotFound},
		Responses: map[string]*huma.Response{"200": {Description: "The file", Content: map[string]*huma.MediaType{
			typeZstd: {Schema: &huma.Schema{Type: "string", Format: "binary"}},
		}}},
	}, long, s.backup)
}

// backups lists what is there, the latest first.
func (s *Server) backups() ([]Backup, error) {
	out := []Backup{}
	entries, err := os.ReadDir(s.opt.Backups.BackupsDir())
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	for _, e := range slices.Backward(entries) { // names are times
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() && backupName.MatchString(e.Name()) {
			out = append(out, Backup{e.Name(), info.Size(), info.ModTime().UTC()})
		}
	}
	return out, err
}

func (s *Server) createBackup(ctx context.Context, c *call, _ *empty) (*body[Job], error) {
	ws, err := s.workspace(c.http, c.caller)
	if err != nil {
		return nil, err
	}
	by := c.actor()
	t, err := s.jobs.start(ctx, ws, jobBackup, "", func(ctx context.Context, _ *task) error {
		_, err := s.opt.Backups.KeepBackup(ctx, by, s.opt.Version)
		return err
	})
	return s.tell(ctx, t, err)
}

func (s *Server) backup(ctx context.Context, c *call, in *struct {
	Name string `path:"name" maxLength:"100"`
},
) (*huma.StreamResponse, error) {
	missing := at("name", perennial.NewError(perennial.KindNotFound, "backup.not_found", perennial.Say("没有备份“%s”。", "There is no backup %q.", in.Name)).
		WithHint(perennial.Say("GET /api/v1/backups 列出备份。", "GET /api/v1/backups lists them.")))
	if !backupName.MatchString(in.Name) {
		return nil, missing
	}
	file, err := os.Open(filepath.Join(s.opt.Backups.BackupsDir(), in.Name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil {
		err = s.opt.State.Update(ctx, func(tx state.Tx) error {
			return s.opt.Accounts.Record(ctx, tx, c.actor(), account.Everywhere, "backup.download", in.Name, "")
		})
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer file.Close()
		_, w := humago.Unwrap(hc)
		w.Header().Set("Content-Type", typeZstd)
		w.Header().Set("Content-Disposition", `attachment; filename="`+in.Name+`"`)
		w.Header().Set("Content-Length", strconv.FormatInt(info.Size(), 10))
		// Hidden behind its interface, so that the deadline moves with each run of bytes.
		if _, err := io.CopyBuffer(&patient{w, http.NewResponseController(w), s.opt.Now}, struct{ io.Reader }{file}, make([]byte, 1<<20)); err != nil {
			panic(http.ErrAbortHandler) // what is cut off must not look whole
		}
	}}, nil
}
