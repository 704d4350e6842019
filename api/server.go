package api

import (
	"context"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"perennial"
	"perennial/collect/importer/mapping"
	"perennial/govern/account"
	"perennial/store/catalog"
	"perennial/store/state"
	"perennial/store/warehouse"
)

// Options of New. The first block is needed; the zero value of the others is the
// default.
type Options struct {
	Catalog    *catalog.Catalog
	Accounts   *account.Accounts
	State      state.State
	Shop       Shop
	Identity   Identity
	Intake     Intake
	Months     Months
	Backups    Backups
	Rules      Rules
	Thresholds Thresholds
	Presets    *mapping.Presets
	Pages      fs.FS            // index.html and what it loads
	Now        func() time.Time // the clock
	Log        *slog.Logger

	Version   string         // of the program
	PublicURL *url.URL       // where people reach the server, if not at its own address; https makes cookies secure
	Proxies   []netip.Prefix // whose X-Forwarded-For is believed
	// Open lets anybody see /healthz, /readyz, /metrics, /version and the OpenAPI
	// document; else they are for who is logged in.
	Open bool
}

// Shop is what the application joins together of several stages. It is safe for
// concurrent use.
type Shop interface {
	// CreateWorkspace makes a workspace; who may is asked before.
	CreateWorkspace(ctx context.Context, by account.Actor, ws perennial.Workspace) (perennial.Workspace, error)
	// Warehouse opens a workspace's warehouse, once.
	Warehouse(ctx context.Context, ws perennial.Workspace) (warehouse.Warehouse, error)
	// Refresh brings a workspace's snapshot up to date.
	Refresh(ctx context.Context, ws perennial.Workspace) (catalog.Snapshot, error)
	// Stale tells whether anything has changed that a snapshot stands on.
	Stale(ctx context.Context, ws perennial.Workspace, s catalog.Snapshot) (bool, error)
	// ChangeWorkspace changes a workspace's settings; who may is asked before. change may
	// refuse, and run again.
	ChangeWorkspace(ctx context.Context, by account.Actor, ws perennial.Workspace, change func(*perennial.Workspace) error) (perennial.Workspace, error)
}

// Identity knows who is who. It is safe for concurrent use.
type Identity interface {
	// Identified returns the customer of an identifier, 0 where it is nobody's. The text is
	// as files have it.
	Identified(ctx context.Context, ws perennial.Workspace, kind perennial.IdentifierKind, text string) (perennial.CustomerKey, error)
	// Known returns the text by which the shop knows each of some customers.
	Known(ctx context.Context, ws perennial.Workspace, customers []perennial.CustomerKey) ([]string, error)
}

// Limits of a request.
const (
	maxBody     = 1 << 20
	usualTime   = 30 * time.Second
	apiPrefix   = "/api/v1"
	openAPIPath = "/openapi.json"
)

// Server answers requests. It is an http.Handler, and safe for concurrent use.
type Server struct {
	opt      Options
	log      *slog.Logger
	api      huma.API
	routes   *http.ServeMux
	declared map[string]access // by the pattern of the route
	origin   *http.CrossOriginProtection
	jobs     *jobs
	metrics  *metrics
	pages    *pages
	document []byte
}

// New makes a server.
func New(opt Options) (*Server, error) {
	s := &Server{
		opt: opt, log: opt.Log, routes: http.NewServeMux(), declared: map[string]access{},
		origin: http.NewCrossOriginProtection(), jobs: newJobs(opt.Now), metrics: newMetrics(),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if opt.PublicURL != nil {
		if err := s.origin.AddTrustedOrigin(opt.PublicURL.Scheme + "://" + opt.PublicURL.Host); err != nil {
			return nil, err
		}
	}
	var err error
	if s.pages, err = newPages(opt.Pages); err != nil {
		return nil, err
	}
	s.api = humago.New(s.routes, s.config())
	s.sessionRoutes()
	s.workspaceRoutes()
	s.analysisRoutes()
	s.definitionRoutes()
	s.customerRoutes()
	s.findRoutes()
	s.exportRoutes()
	s.jobRoutes()
	s.uploadRoutes()
	s.importRoutes()
	s.monthRoutes()
	s.ruleRoutes()
	s.thresholdRoutes()
	s.viewRoutes()
	s.profileRoutes()
	s.accountRoutes()
	s.keyRoutes()
	s.auditRoutes()
	s.backupRoutes()
	if s.document, err = s.describe(); err != nil {
		return nil, err
	}
	return s, nil
}

// config is huma's, without its own pages: they load scripts from elsewhere.
func (s *Server) config() huma.Config {
	json := huma.DefaultJSONFormat
	c := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Perennial (常青)", Version: s.opt.Version,
				Description: "Customers, what they bought, where in their life with the shop they stand and what they are worth. " +
					"Every problem is answered as application/problem+json in the caller's language.",
			},
			Servers: []*huma.Server{{URL: "/"}},
			Components: &huma.Components{
				Schemas: newRegistry(),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"key":     {Type: "http", Scheme: "bearer", BearerFormat: "prn_…", Description: "An API key: perennial key create."},
					"session": {Type: "apiKey", In: "cookie", Name: cookiePlain, Description: "The cookie of a login; " + cookieSecure + " over TLS."},
				},
			},
		},
		Formats:                      map[string]huma.Format{"application/json": json, "json": json},
		DefaultFormat:                "application/json",
		Transformers:                 []huma.Transformer{s.translate},
		RejectUnknownQueryParameters: true,
	}
	return c
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.observe(w, r, func(w http.ResponseWriter, r *http.Request) (route string) {
		harden(w.Header())
		switch p := r.URL.Path; {
		case p == apiPrefix || strings.HasPrefix(p, apiPrefix+"/"):
			return s.serveAPI(w, r)
		case informs(p):
			s.serveInformation(w, r)
			return p
		}
		s.pages.serve(w, r)
		return "pages"
	})
}

// enter settles who sends a request and in which language they are answered, and
// takes the language out of the address, where no route knows it.
func (s *Server) enter(r *http.Request) (*http.Request, caller, error) {
	c, err := s.identify(r)
	asked := ""
	if strings.Contains(r.URL.RawQuery, "lang=") {
		query := r.URL.Query()
		asked = query.Get("lang")
		query.Del("lang")
		at := *r.URL
		at.RawQuery = query.Encode()
		r = r.Clone(r.Context())
		r.URL = &at
	}
	ctx := context.WithValue(r.Context(), keyLang, speak(r, asked, c))
	return r.WithContext(context.WithValue(ctx, keyCaller, c)), c, err
}

// serveAPI answers what is below /api/v1: strangers learn nothing about it, not even
// what exists.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) (route string) {
	pattern := s.match(r, r.Method)
	declared := s.declared[pattern]
	r, c, err := s.enter(r)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Vary", "Cookie, Authorization, Accept-Language, "+headerWorkspace)
	if !declared.Open {
		if err == nil && c.stranger() {
			err = notLoggedIn()
		}
		if err != nil {
			s.fail(w, r, err)
			return cleanRoute(pattern)
		}
	}
	if err := s.admissible(w, r, c, pattern); err != nil {
		s.fail(w, r, err)
		return cleanRoute(pattern)
	}
	if !declared.Long {
		ctx, cancel := context.WithTimeout(r.Context(), usualTime)
		defer cancel()
		r = r.WithContext(ctx)
	}
	if !declared.File {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	}
	if key := r.Header.Get(headerIdempotency); key != "" && !declared.File && r.Method == http.MethodPost && !c.stranger() {
		s.once(w, r, c, key, declared.Secret)
	} else {
		s.routes.ServeHTTP(w, r)
	}
	return cleanRoute(pattern)
}

// cleanRoute is a pattern without its method, for metrics.
func cleanRoute(pattern string) string {
	if _, route, ok := strings.Cut(pattern, " "); ok {
		return route
	}
	return "unknown"
}

// admissible tells why a request cannot be taken, whatever it asks for.
func (s *Server) admissible(w http.ResponseWriter, r *http.Request, c caller, pattern string) error {
	if pattern == "" {
		return s.noRoute(w, r)
	}
	// What cannot be read would else be left out, and a filter with it.
	if _, err := url.ParseQuery(r.URL.RawQuery); err != nil {
		return perennial.NewError(perennial.KindInvalid, codeInvalid,
			perennial.Say("地址里 ? 后面的部分有误。", "What stands behind the ? of the address cannot be read.")).
			WithHint(perennial.Say("分号等特殊字符要用百分号编码。", "Escape special characters such as semicolons.")).Because(err)
	}
	if c.key == nil {
		if err := s.origin.Check(r); err != nil {
			return perennial.NewError(perennial.KindForbidden, "request.cross_site",
				perennial.Say("这个请求来自别的网站，没有执行。", "The request came from another site and was not carried out.")).
				WithHint(perennial.Say("从常青自己的页面操作；程序请用 API 密钥。", "Use Perennial's own pages; programs use an API key.")).Because(err)
		}
	}
	if !s.declared[pattern].File && r.ContentLength != 0 && r.Method != http.MethodGet && r.Method != http.MethodHead {
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			return at("Content-Type", perennial.NewError(perennial.KindInvalid, codeMediaType,
				perennial.Say("内容要用 JSON。", "The body must be JSON.")).
				WithHint(perennial.Say("加上 Content-Type: application/json。", "Send Content-Type: application/json.")).Because(err))
		}
	}
	return nil
}

// match returns the pattern of the route that a request would take with a method,
// "" for none.
func (s *Server) match(r *http.Request, method string) string {
	if path.Clean(r.URL.Path) != r.URL.Path {
		return ""
	}
	_, pattern := s.routes.Handler(&http.Request{Method: method, URL: r.URL, Host: r.Host})
	return pattern
}

// noRoute tells that there is nothing at an address, or not with this method.
func (s *Server) noRoute(w http.ResponseWriter, r *http.Request) error {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if s.match(r, method) != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) > 0 {
		list := strings.Join(allowed, ", ")
		w.Header().Set("Allow", list)
		return methodNotAllowed(list)
	}
	return perennial.NewError(perennial.KindNotFound, codeNotFound, perennial.Say("没有这个接口。", "There is nothing at this address.")).
		WithHint(perennial.Say("接口文档在 %s。", "The interface is described at %s.", openAPIPath))
}

func notLoggedIn() error {
	return perennial.NewError(perennial.KindForbidden, codeLogIn, perennial.Say("请先登录。", "Please log in.")).
		WithHint(perennial.Say("人用 POST /api/v1/login 登录，程序带上 Authorization: Bearer prn_…。",
			"People log in with POST /api/v1/login; programs send Authorization: Bearer prn_…."))
}

// Close ends background work and waits for it, at most until ctx ends. It may be
// called twice.
func (s *Server) Close(ctx context.Context) error { return s.jobs.stop(ctx) }
