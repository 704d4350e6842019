package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"perennial"
)

func TestFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c := Default()
		err = c.decode(path, b)
		if good := strings.HasSuffix(path, ".good.yaml"); good && err != nil || !good && perennial.CodeOf(err) != "config.invalid" {
			t.Errorf("%s: %v", path, err)
		}
		if err != nil && (!strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("the error does not name the file, or shows a password: %v", err)
		}
	}
}

func TestUnknownKeysNameTheirLine(t *testing.T) {
	for text, want := range map[string]string{
		"stat: x\n": "line 1",
		"log:\n  level: info\nstate:\n  url: postgres://h/d\n  timeout: 3\n": "line 5: unknown key timeout",
		"warehouse:\n  memory: 3\n":                                        "line 2: unknown key memory",
		"warehouse:\n  threads: 2\nstate:\n  busy_timeout_seconds: many\n": "line 4",
		"\nstate: [a]\n": "line 2: neither",
	} {
		c := Default()
		if err := c.decode("file", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	const pg, ch = "postgres://u:p@h:5432/d", "clickhouse://u:p@h1:9000,h2:9000/d"
	for text, want := range map[string]Config{
		"state: " + pg + "\nwarehouse: " + ch:                  {State: State{pg, 10}, Warehouse: Warehouse{ch, 1024, 3}},
		"state: {url: " + pg + ", busy_timeout_seconds: 3}":    {State: State{pg, 3}, Warehouse: Warehouse{"", 1024, 3}},
		"warehouse: {url: '" + ch + "', memory_mb: 256}":       {State: State{"", 10}, Warehouse: Warehouse{ch, 256, 3}},
		"state: {busy_timeout_seconds: 5}\nwarehouse: &w ''\n": {State: State{"", 5}, Warehouse: Warehouse{"", 1024, 3}},
	} {
		c := Default()
		c.Warehouse.Threads = 3
		want.Log, want.Server = c.Log, c.Server
		if err := c.decode("file", []byte(text)); err != nil || !reflect.DeepEqual(c, want) {
			t.Errorf("%q: %+v, %v", text, c, err)
		}
	}
}

func TestAMissingFileIsTheDefault(t *testing.T) {
	c, err := Load(t.TempDir())
	if err != nil || !reflect.DeepEqual(c, Default()) {
		t.Errorf("%+v, %v", c, err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("warehouse:\n  memory_mb: 2048\n"))
	f.Add([]byte("log: [1, {a: &x *x}]"))
	f.Add([]byte("state: postgres://u:p@h/d\nwarehouse: {url: &u clickhouse://h/d, threads: 2}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := Default()
		if err := c.decode("fuzz", b); err != nil && perennial.CodeOf(err) != "config.invalid" {
			t.Errorf("an error without a code: %v", err)
		}
	})
}
