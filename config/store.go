package config

// State is the transactional database. In the file it is an address, or a section
// with the other settings beside it.
type State struct {
	// URL is where a PostgreSQL keeps it: postgres://user:password@host:5432/database,
	// or postgresql://…; "" for the embedded SQLite.
	URL string
	// BusyTimeoutSeconds is how long a transaction waits for another process.
	BusyTimeoutSeconds int
}

// Warehouse is the analytic database. In the file it is an address, or a section
// with the other settings beside it.
type Warehouse struct {
	// URL is where a ClickHouse keeps the facts:
	// clickhouse://user:password@host1:9000,host2:9000/database. "" for the embedded
	// DuckDB, to which the other two settings belong.
	URL string
	// MemoryMB bounds what the engine keeps in memory.
	MemoryMB int
	// Threads is the number of its worker threads.
	Threads int
}
