package web_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"testing"
	"time"

	"perennial/api"
	"perennial/web"
)

var update = flag.Bool("update", false, "write the document anew")

// The pages are written against the document that the server gives. Where it has
// changed, `make web-types` brings both files up to date.
func TestDocument(t *testing.T) {
	const name = "src/api/openapi.json"
	files, err := web.Files()
	if err != nil {
		t.Fatal(err)
	}
	s, err := api.New(api.Options{Pages: files, Now: time.Now, Version: "dev"})
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := json.Indent(&want, bytes.TrimSpace(s.Document()), "", "  "); err != nil {
		t.Fatal(err)
	}
	want.WriteByte('\n')
	if *update {
		if err := os.WriteFile(name, want.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want.Bytes()) {
		t.Errorf("%s is not the document that the server gives: run make web-types", name)
	}
}

// Whether or not the pages were built, there is a page to begin with, and where the
// nonce of a visit belongs.
func TestFiles(t *testing.T) {
	files, err := web.Files()
	if err != nil {
		t.Fatal(err)
	}
	index, err := fs.ReadFile(files, "index.html")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(index, []byte("__NONCE__")) {
		t.Error("index.html has no place for the nonce")
	}
	// What is built has no script and no style that stands in the page.
	if _, err := fs.Stat(files, "assets"); errors.Is(err, fs.ErrNotExist) {
		return
	}
	for _, inline := range []string{"<style", "<script>", " style=", "onload="} {
		if bytes.Contains(index, []byte(inline)) {
			t.Errorf("index.html has %s", inline)
		}
	}
}
