package api

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"perennial"
)

// noncePlaceholder is what index.html has where the nonce of a request belongs.
const noncePlaceholder = "__NONCE__"

// pages are the files of the web application. Whatever is no file is one of its
// pages, which index.html shows.
type pages struct {
	files fs.FS
	index []byte
}

func newPages(files fs.FS) (*pages, error) {
	if files == nil {
		return nil, errNoIndex
	}
	index, err := fs.ReadFile(files, "index.html")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoIndex, err)
	}
	return &pages{files, index}, nil
}

func nonce() string { return rand.Text() }

// policy is the content security policy: everything from here, no inline script, and
// styles by the nonce.
func policy(nonce string) string {
	style := "'self'"
	if nonce != "" {
		style += " 'nonce-" + nonce + "'"
	}
	return strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src " + style, "img-src 'self' data: blob:", "font-src 'self'",
		"connect-src 'self'", "manifest-src 'self'", "worker-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
	}, "; ")
}

// harden sets the headers of every answer.
func harden(h http.Header) {
	h.Set("Content-Security-Policy", policy(""))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
}

func (p *pages) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if name != "" && name != "index.html" && fs.ValidPath(name) {
		if info, err := fs.Stat(p.files, name); err == nil && !info.IsDir() {
			p.file(w, r, name)
			return
		}
		// A script or picture that is gone must not be answered by a page.
		if strings.HasPrefix(name, "assets/") {
			http.NotFound(w, r)
			return
		}
	}
	n := nonce()
	w.Header().Set("Content-Security-Policy", policy(n))
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(bytes.ReplaceAll(p.index, []byte(noncePlaceholder), []byte(n))) // nobody is left to be told
}

// file serves a file. Names below assets have a hash of the contents in them.
func (p *pages) file(w http.ResponseWriter, r *http.Request, name string) {
	b, err := fs.ReadFile(p.files, name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	cache := "no-cache"
	if strings.HasPrefix(name, "assets/") {
		cache = "public, max-age=31536000, immutable"
	}
	w.Header().Set("Cache-Control", cache)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
}

func methodNotAllowed(list string) error {
	return perennial.NewError(perennial.KindInvalid, codeMethod,
		perennial.Say("这个地址只接受 %s。", "This address takes %s only.", list)).
		WithHint(perennial.Say("接口文档在 %s。", "The interface is described at %s.", openAPIPath))
}
