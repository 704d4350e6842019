// Package config reads the configuration of an installation: one tree, with
// defaults, decoded strictly.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"

	"go.yaml.in/yaml/v3"

	"perennial"
)

// FileName is the configuration file's name in the data directory.
const FileName = "perennial.yaml"

// Config is the whole configuration.
type Config struct {
	// State is where accounts, identities and imports are kept.
	State State `yaml:"state"`
	// Warehouse is where facts are kept.
	Warehouse Warehouse `yaml:"warehouse"`
	// Server says where pages and API are served.
	Server Server `yaml:"server"`
	// Log says what is logged, on standard error.
	Log Log `yaml:"log"`
}

// Log is what is logged.
type Log struct {
	// Level is debug, info, warn or error.
	Level string `yaml:"level"`
	// Format is text or json.
	Format string `yaml:"format"`
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

func (c *Config) decode(path string, b []byte) error {
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "yaml: "), "unmarshal errors:\n  ")
		return invalid(path, address.ReplaceAllString(text, "…"))
	}
	return c.check(path)
}

// address finds what may be a URL with a password, which no message repeats.
var address = regexp.MustCompile(`\S*:/\S*`)

func (c *Config) check(path string) error {
	switch {
	case c.State.BusyTimeoutSeconds < 0 || c.State.BusyTimeoutSeconds > 3600:
		return invalid(path, "state.busy_timeout_seconds: 0 … 3600")
	// Never the URL itself, which may hold a password.
	case c.State.URL != "" && !strings.HasPrefix(c.State.URL, "postgres://") && !strings.HasPrefix(c.State.URL, "postgresql://"):
		return invalid(path, "state: postgres://…")
	case c.Warehouse.URL != "" && !strings.HasPrefix(c.Warehouse.URL, "clickhouse://"):
		return invalid(path, "warehouse: clickhouse://…")
	case c.Warehouse.MemoryMB < 128 || c.Warehouse.MemoryMB > 1<<20:
		return invalid(path, "warehouse.memory_mb: 128 … 1048576")
	case c.Warehouse.Threads < 1 || c.Warehouse.Threads > 1024:
		return invalid(path, "warehouse.threads: 1 … 1024")
	}
	if what := c.Server.check(); what != "" {
		return invalid(path, what)
	}
	switch c.Log.Level {
	case "debug", "info", "warn", "error":
	default:
		return invalid(path, "log.level: debug, info, warn, error")
	}
	if c.Log.Format != "text" && c.Log.Format != "json" {
		return invalid(path, "log.format: text, json")
	}
	return nil
}

func invalid(path, what string) error {
	return perennial.NewError(perennial.KindInvalid, "config.invalid",
		perennial.Say("配置文件 %s 有误：%s", "The configuration %s is wrong: %s", path, what)).
		WithHint(perennial.Say("改正后再运行；不需要配置时可以删掉这个文件。", "Correct it and run again; without a configuration to make, the file may be removed."))
}
