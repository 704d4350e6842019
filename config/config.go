// Package config reads the configuration of an installation: one tree, with
// defaults, decoded strictly.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// FileName is the configuration file's name in the data directory.
const FileName = "perennial.yaml"

// Config is the whole configuration.
type Config struct {
	// State is where accounts, identities and imports are kept.
	State State
	// Warehouse is where facts are kept.
	Warehouse Warehouse
	// Server says where pages and API are served.
	Server Server
	// Log says what is logged, on standard error.
	Log Log
}

// Log is what is logged.
type Log struct {
	// Level is debug, info, warn or error.
	Level string
	// Format is text or json.
	Format string
}

// Default returns the configuration of an installation that has no file.
func Default() Config {
	return Config{
		State:     State{BusyTimeoutSeconds: 10},
		Warehouse: Warehouse{MemoryMB: 1024, Threads: runtime.NumCPU()},
		Server:    Server{Addr: "127.0.0.1:8080"},
		Log:       Log{Level: "warn", Format: "text"},
	}
}

// Load reads the file in dir over the defaults; a missing file is no error. An
// unknown key or a wrong value is one that names the file and the line.
func Load(dir string) (Config, error) {
	c := Default()
	path := filepath.Join(dir, FileName)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) { // a directory that is none is app's to tell
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("read configuration: %w", err)
	}
	return c, c.decode(path, b)
}
