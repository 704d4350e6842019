// Package web holds the web application as browsers load it: what the build of its
// sources leaves in dist, or a page that says that there is nothing, so that a build
// of the program never needs Node.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

//go:embed placeholder
var placeholder embed.FS

// Files returns the files of the application: index.html and what it loads.
func Files() (fs.FS, error) {
	if _, err := fs.Stat(dist, "dist/index.html"); err == nil {
		return fs.Sub(dist, "dist")
	}
	return fs.Sub(placeholder, "placeholder")
}
