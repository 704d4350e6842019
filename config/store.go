package config

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// State is the transactional database. In the file it is an address, or a mapping
// with the other settings beside it.
type State struct {
	// URL is where a PostgreSQL keeps it: postgres://user:password@host:5432/database,
	// or postgresql://…; "" for the embedded SQLite.
	URL string `yaml:"url"`
	// BusyTimeoutSeconds is how long a transaction waits for another process.
	BusyTimeoutSeconds int `yaml:"busy_timeout_seconds"`
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (s *State) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&s.URL)
	}
	if err := known(node, "url", "busy_timeout_seconds"); err != nil {
		return err
	}
	type plain State // without this method
	return node.Decode((*plain)(s))
}

// Warehouse is the analytic database. In the file it is an address, or a mapping
// with the other settings beside it.
type Warehouse struct {
	// URL is where a ClickHouse keeps the facts:
	// clickhouse://user:password@host1:9000,host2:9000/database. "" for the embedded
	// DuckDB, to which the other two settings belong.
	URL string `yaml:"url"`
	// MemoryMB bounds what the engine keeps in memory.
	MemoryMB int `yaml:"memory_mb"`
	// Threads is the number of its worker threads.
	Threads int `yaml:"threads"`
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (w *Warehouse) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&w.URL)
	}
	if err := known(node, "url", "memory_mb", "threads"); err != nil {
		return err
	}
	type plain Warehouse
	return node.Decode((*plain)(w))
}

// known refuses other keys than these: a node that is decoded by itself no longer
// knows that the decoder was told to be strict.
func known(node *yaml.Node, keys ...string) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: neither an address nor a mapping", node.Line)
	}
	for i := 0; i < len(node.Content); i += 2 {
		if key := node.Content[i]; key.Kind != yaml.ScalarNode || !slices.Contains(keys, key.Value) {
			return fmt.Errorf("line %d: unknown key %s", key.Line, key.Value)
		}
	}
	return nil
}
