package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"perennial"
	"perennial/collect/importer"
	"perennial/collect/importer/mapping"
	"perennial/collect/importer/tabular"
	"perennial/collect/importer/value"
	"perennial/govern/account"
	"perennial/store/catalog"
)

const tagImports = "imports"

// Intake takes files in. It is safe for concurrent use; imports of one workspace
// come one after another.
type Intake interface {
	// Look says what a file and its columns were taken for.
	Look(ctx context.Context, req importer.Request) (*importer.Look, error)
	// Take imports a file, or tries it, and writes down who asked for it.
	Take(ctx context.Context, by account.Actor, ws perennial.Workspace, req importer.Request) (*importer.Report, error)
	// TakeBack undoes an import of the workspace.
	TakeBack(ctx context.Context, by account.Actor, ws perennial.Workspace, id int64) (importer.Undone, error)
	// UploadsDir is where uploads of a workspace wait.
	UploadsDir(ws perennial.Workspace) string
	// RefusedRows is the file with the refused rows of an import.
	RefusedRows(ws perennial.Workspace, id int64) string
}

// FileRequest says what is in an uploaded file. What is left out, the file tells.
type FileRequest struct {
	Upload         string            `json:"upload" maxLength:"26" doc:"The upload's id."`
	Kind           string            `json:"kind,omitempty" enum:"orders,customers,products"`
	Preset         string            `json:"preset,omitempty" maxLength:"100"`
	Columns        map[string]string `json:"columns,omitempty" doc:"Which column holds a field: its header, or #3 for the third; empty for none."`
	Rows           string            `json:"rows,omitempty" enum:"lines,orders" doc:"What a row of orders is."`
	Repeats        string            `json:"repeats,omitempty" enum:"keep,drop" doc:"What becomes of rows that repeat another exactly."`
	TimeZone       string            `json:"time_zone,omitempty" maxLength:"100"`
	Currency       string            `json:"currency,omitempty" maxLength:"3"`
	DateOrder      string            `json:"date_order,omitempty" enum:"dmy,mdy,ymd"`
	Status         map[string]string `json:"status,omitempty" doc:"What status words mean: paid, unpaid, closed, refunded."`
	Merchandise    []string          `json:"merchandise,omitempty" maxItems:"1000" doc:"Products that are merchandise after all."`
	NotMerchandise []string          `json:"not_merchandise,omitempty" maxItems:"1000" doc:"Products that are none."`
	Sheet          string            `json:"sheet,omitempty" maxLength:"200"`
	Encoding       string            `json:"encoding,omitempty" maxLength:"20"`
	Delimiter      string            `json:"delimiter,omitempty" maxLength:"1"`
	HeaderRow      int               `json:"header_row,omitempty" minimum:"-1" maximum:"1000000" doc:"Line of the header; -1 for none."`
}

// request is the importer's.
func (s *Server) request(ctx context.Context, ws perennial.Workspace, f FileRequest) (req importer.Request, err error) {
	req = importer.Request{
		Kind: mapping.Kind(f.Kind), Preset: f.Preset, Rows: mapping.Rows(f.Rows), Repeats: importer.Repeats(f.Repeats),
		Tabular:     tabular.Options{Sheet: f.Sheet, Encoding: f.Encoding, HeaderRow: f.HeaderRow},
		Merchandise: f.Merchandise, NotMerchandise: f.NotMerchandise, Lang: langOf(ctx), Status: map[string]value.Status{},
	}
	if req.Path, err = s.uploaded(ws, f.Upload); err != nil {
		return req, at("/upload", err)
	}
	for _, field := range sortedKeys(f.Columns) {
		req.Overrides = append(req.Overrides, mapping.Override{Field: mapping.Field(field), Column: f.Columns[field]})
	}
	if f.TimeZone != "" {
		if req.Zone, err = timeZone(f.TimeZone); err != nil {
			return req, err
		}
	}
	if f.Currency != "" {
		if req.Currency, err = perennial.ParseCurrency(f.Currency); err != nil {
			return req, at("/currency", err)
		}
	}
	if f.DateOrder != "" {
		req.DateOrder, _ = value.ParseDateOrder(f.DateOrder) // the document allows no other
	}
	if f.Delimiter != "" {
		req.Tabular.Delimiter = rune(f.Delimiter[0])
	}
	for _, word := range sortedKeys(f.Status) {
		status, ok := value.ParseStatusName(f.Status[word])
		if !ok {
			return req, at("/status/"+word, perennial.NewError(perennial.KindInvalid, "import.status_word",
				perennial.Say("不认识“%s”。", "%q is not known.", f.Status[word])).
				WithHint(perennial.Say("可以是：paid、unpaid、closed、refunded。", "It can be: paid, unpaid, closed, refunded.")))
		}
		req.Status[word] = status
	}
	return req, nil
}

// FileLook is what a file was taken for.
type FileLook struct {
	importer.Look

	Fields  []ImportField  `json:"fields" doc:"What columns of this kind of file can be."`
	Presets []ImportPreset `json:"presets" doc:"The known exports of this kind."`
	Problem *Problem       `json:"problem" doc:"Why it cannot be imported as it was understood; null where it can."`
}

// ImportField is something that a column can be.
type ImportField struct {
	Field string         `json:"field"`
	Label perennial.Text `json:"label"`
}

// ImportPreset is an export of another program that is known.
type ImportPreset struct {
	Name  string         `json:"name"`
	Title perennial.Text `json:"title"`
}

// Import is one file that was taken in.
type Import struct {
	ID        int64            `json:"id"`
	Kind      string           `json:"kind" enum:"orders,customers,products"`
	File      string           `json:"file"`
	Status    string           `json:"status" enum:"running,done,undone,failed"`
	CreatedAt time.Time        `json:"created_at"`
	Rows      catalog.Rows     `json:"rows"`
	Report    *importer.Report `json:"report,omitempty" doc:"What was found and done; of a single import."`
}

func showImport(in catalog.Import) Import {
	return Import{in.ID, in.Kind, in.File, in.Status, in.CreatedAt.UTC(), in.Rows, nil}
}

type importPath struct {
	ID int64 `path:"id" minimum:"1"`
}

func (s *Server) importRoutes() {
	runs := access{May: account.ImportsRun, In: inWorkspace, Long: true}
	reads := access{May: account.ImportsRead, In: inWorkspace}
	route(s, huma.Operation{
		OperationID: "look-at-upload", Method: http.MethodPost, Path: apiPrefix + "/imports/look", Tags: []string{tagImports},
		Summary: "What an uploaded file and its columns are taken for",
	}, runs, s.look)
	route(s, huma.Operation{
		OperationID: "preview-import", Method: http.MethodPost, Path: apiPrefix + "/imports/preview", Tags: []string{tagImports},
		Summary: "Read the whole file and tell what importing it would do; nothing is kept",
	}, runs, func(ctx context.Context, c *call, in *body[FileRequest]) (*body[importer.Report], error) {
		req, err := s.request(ctx, c.Workspace, in.Body)
		if err != nil {
			return nil, err
		}
		req.Kind, req.DryRun = cmp.Or(req.Kind, mapping.Orders), true
		report, err := s.opt.Intake.Take(ctx, c.actor(), c.Workspace, req)
		if err != nil {
			return nil, err
		}
		return &body[importer.Report]{*report}, nil
	})
	route(s, huma.Operation{
		OperationID: "create-import", Method: http.MethodPost, Path: apiPrefix + "/imports", Tags: []string{tagImports},
		Summary: "Import an uploaded file, in the background; the figures are brought up to date afterwards", DefaultStatus: http.StatusAccepted,
	}, access{May: account.ImportsRun, In: inWorkspace}, s.createImport)
	route(s, huma.Operation{
		OperationID: "list-imports", Method: http.MethodGet, Path: apiPrefix + "/imports", Tags: []string{tagImports},
		Summary: "What was imported, the newest first",
	}, reads, s.listImports)
	route(s, huma.Operation{
		OperationID: "get-import", Method: http.MethodGet, Path: apiPrefix + "/imports/{id}", Tags: []string{tagImports}, Summary: "An import with its report",
	}, reads, func(ctx context.Context, c *call, in *importPath) (*body[Import], error) {
		one, err := s.importOf(ctx, c, in.ID)
		if err != nil {
			return nil, err
		}
		out := showImport(one)
		if one.Report != "" {
			out.Report = &importer.Report{}
			if err := json.Unmarshal([]byte(one.Report), out.Report); err != nil {
				return nil, fmt.Errorf("read the report of import %d: %w", one.ID, err)
			}
			out.Report.RefusalsFile = "" // the server's own path
		}
		return &body[Import]{out}, nil
	})
	route(s, huma.Operation{
		OperationID: "list-refusals", Method: http.MethodGet, Path: apiPrefix + "/imports/{id}/refusals", Tags: []string{tagImports},
		Summary: "The refused rows of an import with reason and remedy, the first 100,000",
	}, reads, s.listRefusals)
	route(s, huma.Operation{
		OperationID: "get-refusals-file", Method: http.MethodGet, Path: apiPrefix + "/imports/{id}/refusals.csv", Tags: []string{tagImports},
		Summary:   "All refused rows as a file",
		Responses: map[string]*huma.Response{"200": {Description: "The file", Content: map[string]*huma.MediaType{typeCSV: {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}},
	}, access{May: account.ImportsRead, In: inWorkspace, Long: true}, s.refusalsFile)
	route(s, huma.Operation{
		OperationID: "undo-import", Method: http.MethodPost, Path: apiPrefix + "/imports/{id}/undo", Tags: []string{tagImports},
		Summary: "Take an import back, in the background", DefaultStatus: http.StatusAccepted,
	}, access{May: account.ImportsUndo, In: inWorkspace}, s.undoImport)
}

func (s *Server) look(ctx context.Context, c *call, in *body[FileRequest]) (*body[FileLook], error) {
	req, err := s.request(ctx, c.Workspace, in.Body)
	if err != nil {
		return nil, err
	}
	look, err := s.opt.Intake.Look(ctx, req)
	if err != nil {
		return nil, err
	}
	out := FileLook{Look: *look, Fields: []ImportField{}, Presets: []ImportPreset{}}
	if look.Missing != nil {
		out.Problem = newProblem(look.Missing, langOf(ctx))
	}
	for _, f := range look.Kind.Fields() {
		out.Fields = append(out.Fields, ImportField{string(f), f.Label()})
	}
	for _, p := range s.opt.Presets.All() {
		if p.Kind == look.Kind {
			out.Presets = append(out.Presets, ImportPreset{p.Name, p.Title})
		}
	}
	return &body[FileLook]{out}, nil
}

func (s *Server) createImport(ctx context.Context, c *call, in *body[FileRequest]) (*body[Job], error) {
	req, err := s.request(ctx, c.Workspace, in.Body)
	if err != nil {
		return nil, err
	}
	req.Kind = cmp.Or(req.Kind, mapping.Orders)
	by, ws := c.actor(), c.Workspace
	t, err := s.jobs.start(ctx, ws, jobImport, in.Body.Upload, func(ctx context.Context, t *task) error {
		req.Progress = func(done, total int64) { s.jobs.change(func() { t.Done, t.Total = done, total }) }
		report, err := s.opt.Intake.Take(ctx, by, ws, req)
		if err != nil {
			return err
		}
		s.jobs.change(func() { t.Import = report.Import.ID })
		if err := removeUpload(req.Path); err != nil {
			return err
		}
		_, err = s.refresh(ctx, ws, "")
		return err
	})
	return s.tell(ctx, t, err)
}

func (s *Server) listImports(ctx context.Context, c *call, in *struct {
	Cursor int64 `query:"cursor" minimum:"0" doc:"Where the run before ended."`
	Limit  int   `query:"limit" minimum:"1" maximum:"500" default:"50"`
},
) (*body[list[Import]], error) {
	all, err := s.opt.Catalog.Imports(ctx, c.Workspace.ID)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b catalog.Import) int { return cmp.Compare(b.ID, a.ID) })
	out := list[Import]{Items: []Import{}}
	for _, one := range all {
		if in.Cursor > 0 && one.ID >= in.Cursor {
			continue
		}
		if len(out.Items) == in.Limit {
			out.Next = fmt.Sprint(out.Items[in.Limit-1].ID)
			break
		}
		out.Items = append(out.Items, showImport(one))
	}
	return &body[list[Import]]{out}, nil
}

// importOf finds an import of the call's workspace.
func (s *Server) importOf(ctx context.Context, c *call, id int64) (catalog.Import, error) {
	in, err := s.opt.Catalog.Import(ctx, id)
	if err == nil && in.Workspace != c.Workspace.ID {
		err = catalog.NoImport(id)
	}
	return in, err
}

func (s *Server) listRefusals(ctx context.Context, c *call, in *struct {
	ID     int64 `path:"id" minimum:"1"`
	Cursor int   `query:"cursor" minimum:"0" doc:"Where the run before ended."`
	Limit  int   `query:"limit" minimum:"1" maximum:"1000" default:"100"`
},
) (*body[list[catalog.Refusal]], error) {
	if _, err := s.importOf(ctx, c, in.ID); err != nil {
		return nil, err
	}
	all, err := s.opt.Catalog.Refusals(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	from := min(in.Cursor, len(all))
	to := min(from+in.Limit, len(all))
	out := list[catalog.Refusal]{Items: append([]catalog.Refusal{}, all[from:to]...)}
	if to < len(all) {
		out.Next = fmt.Sprint(to)
	}
	return &body[list[catalog.Refusal]]{out}, nil
}

func (s *Server) refusalsFile(ctx context.Context, c *call, in *importPath) (*huma.StreamResponse, error) {
	if _, err := s.importOf(ctx, c, in.ID); err != nil {
		return nil, err
	}
	path := s.opt.Intake.RefusedRows(c.Workspace, in.ID)
	if _, err := os.Stat(path); err != nil {
		return nil, perennial.NewError(perennial.KindNotFound, "import.no_refusals",
			perennial.Say("导入 %d 没有失败明细文件。", "Import %d has no file of refused rows.", in.ID)).Because(err)
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		w.Header().Set("Content-Type", typeCSV)
		w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="refused-%d.csv"`, in.ID))
		http.ServeFile(w, r, path)
	}}, nil
}

func (s *Server) undoImport(ctx context.Context, c *call, in *importPath) (*body[Job], error) {
	if _, err := s.importOf(ctx, c, in.ID); err != nil {
		return nil, err
	}
	by, ws, id := c.actor(), c.Workspace, in.ID
	t, err := s.jobs.start(ctx, ws, jobUndo, fmt.Sprint(id), func(ctx context.Context, t *task) error {
		undone, err := s.opt.Intake.TakeBack(ctx, by, ws, id)
		if err != nil {
			return err
		}
		s.jobs.change(func() { t.Import, t.Stays = id, undone.Stays })
		_, err = s.refresh(ctx, ws, "")
		return err
	})
	return s.tell(ctx, t, err)
}
