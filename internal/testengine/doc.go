// Package testengine starts the servers that tests of the scale-out engines
// speak to: on free ports, in temporary folders, for as long as the test runs.
// Where a machine cannot have one, the test is skipped and says why.
//
// The ClickHouse of tests is a library made for other programs. A connection that
// is reset, by a refused password or by a LIMIT that one shard has satisfied alone,
// may end it, which a server's own build survives.
package testengine
