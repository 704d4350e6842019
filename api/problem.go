package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"perennial"
	"perennial/analyze/lifecycle"
	"perennial/govern/account"
)

// Problem is what went wrong, as RFC 9457 has it, in the caller's language.
type Problem struct {
	Type   string  `json:"type" format:"uri" doc:"Names the kind of problem: urn:perennial:problem: and the code."`
	Title  string  `json:"title" doc:"What the status means."`
	Status int     `json:"status"`
	Detail string  `json:"detail" doc:"What went wrong, in a sentence."`
	Code   string  `json:"code" doc:"For programs; stable."`
	Hint   string  `json:"hint,omitempty" doc:"What to do about it."`
	Field  string  `json:"field,omitempty" doc:"What is wrong: a JSON pointer into the body, or the name of a parameter."`
	Line   int     `json:"line,omitempty" doc:"The line that is wrong, from 1, where the field is a text of many."`
	Errors []Fault `json:"errors,omitempty" nullable:"false" doc:"Each thing that is wrong with the request, where there are several."`

	header http.Header
}

// Fault is one thing that is wrong with a request.
type Fault struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemJSON }

const problemJSON = "application/problem+json"

// statuses is the one table from kinds of trouble to statuses.
var statuses = map[perennial.Kind]int{
	perennial.KindInternal:    http.StatusInternalServerError,
	perennial.KindInvalid:     http.StatusUnprocessableEntity,
	perennial.KindNotFound:    http.StatusNotFound,
	perennial.KindConflict:    http.StatusConflict,
	perennial.KindForbidden:   http.StatusForbidden,
	perennial.KindUnavailable: http.StatusServiceUnavailable,
	perennial.KindCancelled:   http.StatusServiceUnavailable,
}

// special are codes for which HTTP has a status of its own.
var special = map[string]int{
	"account.wrong":     http.StatusUnauthorized,
	"account.session":   http.StatusUnauthorized,
	"account.key":       http.StatusUnauthorized,
	"account.link":      http.StatusUnauthorized,
	"account.throttled": http.StatusTooManyRequests,
	// Not a matter of permission: something was mistyped.
	"account.old_password": http.StatusUnprocessableEntity,
	codeLogIn:              http.StatusUnauthorized,
	codeTooLarge:           http.StatusRequestEntityTooLarge,
	codeMediaType:          http.StatusUnsupportedMediaType,
	codeMethod:             http.StatusMethodNotAllowed,
	codeJSON:               http.StatusBadRequest,
	codeChanged:            http.StatusPreconditionFailed,
}

// Codes of trouble with a request as such.
const (
	codeLogIn     = "request.log_in"
	codeTooLarge  = "request.too_large"
	codeMediaType = "request.media_type"
	codeMethod    = "request.method"
	codeJSON      = "request.json"
	codeInvalid   = "request.invalid"
	codeNotFound  = "request.not_found"
	codeChanged   = "request.changed_meanwhile"
)

// titles say what a status means.
var titles = map[int]perennial.Text{
	http.StatusBadRequest:            {ZH: "请求有误", EN: "Bad request"},
	http.StatusUnauthorized:          {ZH: "请先登录", EN: "Not logged in"},
	http.StatusForbidden:             {ZH: "没有权限", EN: "Not allowed"},
	http.StatusNotFound:              {ZH: "找不到", EN: "Not found"},
	http.StatusMethodNotAllowed:      {ZH: "方法不对", EN: "Method not allowed"},
	http.StatusConflict:              {ZH: "有冲突", EN: "Conflict"},
	http.StatusPreconditionFailed:    {ZH: "别人改过了", EN: "Changed meanwhile"},
	http.StatusRequestEntityTooLarge: {ZH: "内容太大", EN: "Too large"},
	http.StatusUnsupportedMediaType:  {ZH: "格式不支持", EN: "Unsupported media type"},
	http.StatusUnprocessableEntity:   {ZH: "内容不能用", EN: "Cannot be used"},
	http.StatusTooManyRequests:       {ZH: "请求太多", EN: "Too many requests"},
	http.StatusInternalServerError:   {ZH: "程序出错", EN: "Internal error"},
	http.StatusServiceUnavailable:    {ZH: "暂时不可用", EN: "Unavailable"},
}

// statusOf is the status of an error.
func statusOf(e *perennial.Error) int {
	return cmp.Or(special[e.Code], statuses[e.Kind], http.StatusInternalServerError)
}

// newProblem tells an error in a language.
func newProblem(err error, lang perennial.Lang) *Problem {
	if p := (*Problem)(nil); errors.As(err, &p) {
		return p
	}
	e := perennial.AsError(err)
	if e.Code == "internal" {
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			e = perennial.NewError(perennial.KindUnavailable, "request.timeout", perennial.Say("用时太长，已停止。", "This took too long and was stopped.")).
				WithHint(perennial.Say("缩小范围，或稍后再试。", "Ask for less, or try again later."))
		case errors.Is(err, context.Canceled):
			e = perennial.NewError(perennial.KindCancelled, "cancelled", perennial.Say("已停止。", "Stopped."))
		}
	}
	status := statusOf(e)
	p := &Problem{
		Type: "urn:perennial:problem:" + e.Code, Title: titles[status].In(lang), Status: status,
		Detail: e.Sentence.In(lang), Code: e.Code, Hint: e.Hint.In(lang), header: http.Header{},
	}
	var field fieldError
	if errors.As(err, &field) {
		p.Field = field.field
	}
	var place lifecycle.Place
	if errors.As(err, &place) {
		p.Line = place.Line
	}
	var wait account.Throttled
	if errors.As(err, &wait) {
		p.header.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Left.Seconds())))))
	}
	if status == http.StatusUnauthorized {
		p.header.Set("WWW-Authenticate", `Bearer realm="perennial"`)
	}
	return p
}

// fieldError is an error with the field that is at fault.
type fieldError struct {
	field string
	err   error
}

func (f fieldError) Error() string { return f.field + ": " + f.err.Error() }
func (f fieldError) Unwrap() error { return f.err }

// at names the field that an error is about: a JSON pointer, or a parameter.
func at(field string, err error) error {
	if err == nil {
		return nil
	}
	return fieldError{field, err}
}

// problem tells the caller of a request what went wrong and logs what is our fault.
func (s *Server) problem(ctx context.Context, err error) *Problem {
	p := newProblem(err, langOf(ctx))
	if p.Status == http.StatusInternalServerError {
		s.log.ErrorContext(ctx, "request failed", slog.Any("error", err))
	}
	return p
}

// fail answers a request with a problem, outside huma's handlers.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := s.problem(r.Context(), err)
	body, jsonErr := json.Marshal(p)
	if jsonErr != nil {
		body = nil // a problem is plain data
	}
	for name, values := range p.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemJSON)
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // nobody is left to be told
}

// translate makes huma's own errors, which are about a request that it could not
// read, into problems. It is a huma.Transformer.
func (s *Server) translate(ctx huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	return fromHuma(e, langOf(ctx.Context())), nil
}

func fromHuma(e *huma.ErrorModel, lang perennial.Lang) *Problem {
	code, said := codeInvalid, perennial.Say("请求里有内容不能用。", "Something in the request cannot be used.")
	switch e.Status {
	case http.StatusRequestEntityTooLarge:
		code, said = codeTooLarge, perennial.Say("内容太大。", "The body is too large.")
	case http.StatusUnsupportedMediaType:
		code, said = codeMediaType, perennial.Say("内容要用 JSON（application/json）。", "The body must be JSON (application/json).")
	case http.StatusBadRequest:
		code, said = codeJSON, perennial.Say("内容不是正确的 JSON。", "The body is not valid JSON.")
	case http.StatusInternalServerError:
		code, said = "internal", perennial.Say("程序出错了。", "Something went wrong inside Perennial.")
	}
	p := &Problem{
		Type: "urn:perennial:problem:" + code, Title: titles[e.Status].In(lang), Status: e.Status, Code: code, Detail: said.In(lang),
	}
	for _, d := range e.Errors {
		if d == nil || e.Status != http.StatusUnprocessableEntity && d.Location == "" {
			continue
		}
		p.Errors = append(p.Errors, Fault{pointer(d.Location), fault(d.Message).In(lang)})
	}
	if len(p.Errors) > 0 {
		p.Field, p.Detail = p.Errors[0].Field, p.Errors[0].Detail
	}
	if len(p.Errors) == 1 {
		p.Errors = nil
	}
	p.Hint = perennial.Say("接口文档在 /openapi.json。", "The interface is described at /openapi.json.").In(lang)
	return p
}

// pointer turns huma's way to a place ("body.all[0].op", "query.limit") into a JSON
// pointer or the name of a parameter.
func pointer(location string) string {
	in, rest, _ := strings.Cut(location, ".")
	if in != "body" {
		return rest
	}
	if rest == "" {
		return ""
	}
	return "/" + strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(rest)
}

// faults are huma's findings that a caller meets, in Chinese: what begins a message
// and what stands for it; the rest of the message goes behind.
var faults = []struct{ begins, zh string }{
	{"unexpected property", "没有这个字段"},
	{"unknown query parameter", "没有这个参数"},
	{"required query parameter is missing", "缺少这个参数"},
	{"expected required property ", "缺少字段："},
	{"expected value to be one of ", "只能是其中之一："},
	{"expected string to match pattern ", "格式要符合："},
	{"expected string", "要是文字"},
	{"expected number >= ", "不能小于 "},
	{"expected number <= ", "不能大于 "},
	{"expected number", "要是数字"},
	{"expected integer", "要是整数"},
	{"invalid integer", "要是整数"},
	{"expected boolean", "要是 true 或 false"},
	{"invalid boolean", "要是 true 或 false"},
	{"expected length >= ", "太短，至少 "},
	{"expected length <= ", "太长，最多 "},
	{"expected array length <= ", "太多，最多 "},
	{"expected array length >= ", "太少，至少 "},
	{"expected array", "要是列表"},
	{"expected object", "要是对象"},
	{"request body is required", "缺少内容"},
}

// fault is a finding of huma in both languages.
func fault(message string) perennial.Text {
	en := message
	for _, f := range faults {
		if rest, ok := strings.CutPrefix(message, f.begins); ok {
			return perennial.Text{ZH: f.zh + strings.TrimSuffix(rest, " to be present"), EN: en}
		}
	}
	return perennial.Text{ZH: "不能用：" + message, EN: en}
}
