package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"perennial"
	"perennial/govern/account"
)

// Limits of uploads.
const (
	maxUpload   = 4 << 30
	keepUploads = 24 * time.Hour
	uploadPause = time.Minute // without a byte
	maxFileName = 150         // bytes
)

// Upload is a file that waits to be imported.
type Upload struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Size    int64     `json:"size"`
	Expires time.Time `json:"expires" doc:"Removed then, if it was not imported before."`
}

func (s *Server) uploadRoutes() {
	route(s, huma.Operation{
		OperationID: "create-upload", Method: http.MethodPost, Path: apiPrefix + "/uploads", Tags: []string{tagImports},
		Summary: "Send a file for importing it afterwards", DefaultStatus: http.StatusCreated,
		Description: "The body is the file as it is. It is removed when it was imported, and after a day at the latest.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}},
		}},
	}, access{May: account.ImportsRun, In: inWorkspace, Long: true, File: true}, s.upload)
}

func (s *Server) upload(_ context.Context, c *call, in *struct {
	Name string `query:"name" required:"true" maxLength:"500" doc:"The file's name; its ending helps to tell what it is."`
},
) (*body[Upload], error) {
	dir := s.opt.Intake.UploadsDir(c.Workspace)
	up := Upload{ID: rand.Text(), Name: fileName(in.Name), Expires: s.opt.Now().Add(keepUploads).UTC()}
	into := filepath.Join(dir, up.ID)
	if err := os.MkdirAll(into, 0o700); err != nil {
		return nil, fmt.Errorf("keep an upload: %w", err)
	}
	var err error
	if up.Size, err = s.receive(c, filepath.Join(into, up.Name)); err != nil {
		return nil, errors.Join(err, os.RemoveAll(into))
	}
	expire(into, keepUploads)
	return &body[Upload]{up}, nil
}

// receive writes a request's body to a file, which is whole or not there.
func (s *Server) receive(c *call, path string) (size int64, err error) {
	r := c.http
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, fmt.Errorf("keep an upload: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if r.ContentLength > maxUpload {
		return 0, uploadTooLarge()
	}
	size, err = io.Copy(f, io.LimitReader(&patientReader{r.Body, c.slow, s.opt.Now}, maxUpload+1))
	switch {
	case err != nil && r.Context().Err() == nil && !errors.Is(err, io.ErrUnexpectedEOF) && errors.Is(err, os.ErrDeadlineExceeded):
		return 0, perennial.NewError(perennial.KindCancelled, "upload.slow", perennial.Say("文件传得太慢，已停止。", "The file came too slowly; it was stopped.")).
			WithHint(perennial.Say("检查网络后重传。", "Check the connection and send it again.")).Because(err)
	case err != nil:
		return 0, perennial.NewError(perennial.KindCancelled, "upload.cut", perennial.Say("文件没有传完，什么都没有留下。", "The file did not arrive whole; nothing of it was kept.")).
			WithHint(perennial.Say("重新上传。", "Send it again.")).Because(err)
	case size > maxUpload:
		return 0, uploadTooLarge()
	case size == 0:
		return 0, perennial.NewError(perennial.KindInvalid, "upload.empty", perennial.Say("文件是空的。", "The file is empty."))
	}
	return size, nil
}

func uploadTooLarge() error {
	return perennial.NewError(perennial.KindInvalid, codeTooLarge, perennial.Say("文件太大，最多 4 GB。", "The file is too large: 4 GB at most.")).
		WithHint(perennial.Say("压缩成 .gz 或 .zip，或按月份拆开。", "Pack it as .gz or .zip, or split it by month."))
}

// patientReader gives the sender of a long body time anew with each run of bytes.
type patientReader struct {
	io.Reader
	slow *http.ResponseController
	now  func() time.Time
}

// Read implements io.Reader.
func (p *patientReader) Read(b []byte) (int, error) {
	_ = p.slow.SetReadDeadline(p.now().Add(uploadPause)) // the connection may be one without
	return p.Reader.Read(b)
}

// uploaded is the path of an upload.
func (s *Server) uploaded(ws perennial.Workspace, id string) (string, error) {
	gone := perennial.NewError(perennial.KindNotFound, "upload.not_found", perennial.Say("上传的文件不在了。", "The uploaded file is not there any more.")).
		WithHint(perennial.Say("上传的文件只留一天，导入后即删除；请重新上传。", "Uploads are kept for a day and removed once imported; send it again."))
	if !uploadID.MatchString(id) { // it becomes part of a path
		return "", gone
	}
	dir := filepath.Join(s.opt.Intake.UploadsDir(ws), id)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		return "", gone.Because(err)
	}
	return filepath.Join(dir, entries[0].Name()), nil
}

var uploadID = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// removeUpload removes an upload by the path of its file.
func removeUpload(path string) error {
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		return fmt.Errorf("remove an upload: %w", err)
	}
	return nil
}

// expire removes an upload that nobody came back for, when its time has come. What
// cannot be removed the next start tries again.
func expire(dir string, left time.Duration) {
	time.AfterFunc(left, func() { _ = os.RemoveAll(dir) })
}

// expireUploads sees to the uploads that wait from before the server's start.
func (s *Server) expireUploads(ctx context.Context) error {
	all, err := s.opt.Catalog.Workspaces(ctx)
	if err != nil {
		return err
	}
	for _, ws := range all {
		dir := s.opt.Intake.UploadsDir(ws)
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("look for uploads: %w", err)
		}
		for _, e := range entries {
			info, err := e.Info()
			if err != nil {
				return fmt.Errorf("look for uploads: %w", err)
			}
			one, left := filepath.Join(dir, e.Name()), keepUploads-s.opt.Now().Sub(info.ModTime())
			if left > 0 {
				expire(one, left)
			} else if err := os.RemoveAll(one); err != nil {
				return fmt.Errorf("remove an upload: %w", err)
			}
		}
	}
	return nil
}

// fileName makes a name that a browser sent one of a file here.
func fileName(given string) string {
	if i := strings.LastIndexAny(given, `/\`); i >= 0 {
		given = given[i+1:]
	}
	given = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError || strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, given)
	given = strings.Trim(given, " .")
	for len(given) > maxFileName { // the ending tells what it is
		_, n := utf8.DecodeRuneInString(given)
		given = given[n:]
	}
	if given == "" {
		return "file"
	}
	return given
}
