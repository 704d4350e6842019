package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"perennial"
	"perennial/store/state"
)

const (
	headerIdempotency = "Idempotency-Key"
	headerReplayed    = "Idempotency-Replayed"

	keepAnswers = 24 * time.Hour
	maxAnswer   = 1 << 20
)

// answer is what a request got.
type answer struct {
	status int
	kind   string
	body   []byte
}

// once answers a request that carries an Idempotency-Key: the first time by carrying
// it out, then by what the first one got. Only what succeeded is kept; a request that
// failed changed nothing and may come again. Of a secret request it is kept that it
// was answered, and neither hash of its body nor answer.
func (s *Server) once(w http.ResponseWriter, r *http.Request, c caller, key string, secret bool) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			err = perennial.NewError(perennial.KindInvalid, codeTooLarge, perennial.Say("内容太大，最多 1 MB。", "The body is too large: 1 MB at most.")).Because(err)
		}
		s.fail(w, r, err)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	sum := sha256.New()
	for _, part := range []string{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get(headerWorkspace)} {
		fmt.Fprintf(sum, "%d:%s", len(part), part) //nolint:errcheck // a hash takes everything
	}
	if !secret {
		_, _ = sum.Write(body)
	}
	have, err := s.reserve(r.Context(), c, key, sum.Sum(nil))
	if err != nil {
		s.fail(w, r, at(headerIdempotency, err))
		return
	}
	if have != nil && secret {
		s.fail(w, r, at(headerIdempotency, carriedOut()))
		return
	}
	if have != nil {
		w.Header().Set(headerReplayed, "true")
		w.Header().Set("Content-Type", have.kind)
		w.WriteHeader(have.status)
		_, _ = w.Write(have.body) // nobody is left to be told
		return
	}
	kept := &recorder{ResponseWriter: w}
	done := false
	// However the request ends, the key must not stay taken.
	defer func() {
		ctx := context.WithoutCancel(r.Context())
		if done && kept.status/100 == 2 && !kept.overflow {
			got := answer{kept.status, w.Header().Get("Content-Type"), kept.body.Bytes()}
			if secret {
				got.body = nil
			}
			err = s.keep(ctx, c, key, got)
		} else {
			err = s.forget(ctx, c, key)
		}
		if err != nil {
			_ = s.problem(ctx, err) // logged: the answer is on its way
		}
	}()
	s.routes.ServeHTTP(kept, r)
	done = true
}

func carriedOut() error {
	return perennial.NewError(perennial.KindConflict, "idempotency.secret",
		perennial.Say("带这个 Idempotency-Key 的请求已经执行过，它的回答含有密文，没有保存。",
			"The request with this Idempotency-Key was carried out. Its answer held a secret and was not kept.")).
		WithHint(perennial.Say("看看做成了什么；要新的链接或密钥，换一个 Idempotency-Key 重置或轮换。",
			"See what came of it. For another link or secret, reset or rotate with a new Idempotency-Key."))
}

// reserve takes a key for a request, or returns what was answered to the first one.
func (s *Server) reserve(ctx context.Context, c caller, key string, purpose []byte) (have *answer, err error) {
	if len(key) > 200 || strings.ContainsFunc(key, func(r rune) bool { return r < 0x21 || r > 0x7e }) {
		return nil, perennial.NewError(perennial.KindInvalid, "idempotency.key",
			perennial.Say("Idempotency-Key 最多 200 个可见的 ASCII 字符。", "An Idempotency-Key is at most 200 visible ASCII characters."))
	}
	err = s.opt.State.Update(ctx, func(tx state.Tx) error {
		have = nil
		now := s.opt.Now()
		if _, err := tx.Exec(ctx, "delete from answers where created_at < ?", now.Add(-keepAnswers).UnixMicro()); err != nil {
			return err
		}
		var first, body []byte
		var status int64
		var kind string
		found, err := tx.Get(ctx, "select purpose, status, content_type, body from answers where caller = ? and token = ?", []any{c.name(), key},
			&first, &status, &kind, &body)
		switch {
		case err != nil:
			return err
		case !found:
			_, err := tx.Exec(ctx, "insert into answers (caller, token, purpose, status, content_type, body, created_at) values (?, ?, ?, 0, '', ?, ?)",
				c.name(), key, purpose, []byte{}, now.UnixMicro())
			return err
		case !bytes.Equal(first, purpose):
			return perennial.NewError(perennial.KindInvalid, "idempotency.reused",
				perennial.Say("这个 Idempotency-Key 已用于另一个请求。", "This Idempotency-Key was used for another request.")).
				WithHint(perennial.Say("每个新请求换一个新的。", "Use a new one for each new request."))
		case status == 0:
			return perennial.NewError(perennial.KindConflict, "idempotency.running",
				perennial.Say("带这个 Idempotency-Key 的请求还在处理。", "The request with this Idempotency-Key is still being answered.")).
				WithHint(perennial.Say("稍后再发同样的请求。", "Send the same request again later."))
		}
		have = &answer{int(status), kind, body}
		return nil
	})
	return have, err
}

func (s *Server) keep(ctx context.Context, c caller, key string, a answer) error {
	if a.body == nil {
		a.body = []byte{}
	}
	return s.opt.State.Update(ctx, func(tx state.Tx) error {
		_, err := tx.Exec(ctx, "update answers set status = ?, content_type = ?, body = ? where caller = ? and token = ?",
			int64(a.status), a.kind, a.body, c.name(), key)
		return err
	})
}

func (s *Server) forget(ctx context.Context, c caller, key string) error {
	return s.opt.State.Update(ctx, func(tx state.Tx) error {
		_, err := tx.Exec(ctx, "delete from answers where caller = ? and token = ?", c.name(), key)
		return err
	})
}

// forgetAbandoned frees the keys of requests that ended with the process before.
func (s *Server) forgetAbandoned(ctx context.Context) error {
	return s.opt.State.Update(ctx, func(tx state.Tx) error {
		_, err := tx.Exec(ctx, "delete from answers where status = 0")
		return err
	})
}

// recorder hands an answer on and keeps a copy.
type recorder struct {
	http.ResponseWriter
	status   int
	body     bytes.Buffer
	overflow bool // too large to be kept
}

// WriteHeader implements http.ResponseWriter.
func (k *recorder) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
	k.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (k *recorder) Write(b []byte) (int, error) {
	if k.status == 0 {
		k.status = http.StatusOK
	}
	if k.overflow = k.overflow || k.body.Len()+len(b) > maxAnswer; !k.overflow {
		k.body.Write(b)
	}
	return k.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (k *recorder) Unwrap() http.ResponseWriter { return k.ResponseWriter }
