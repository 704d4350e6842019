// Package testengine starts the servers that tests of the scale-out engines speak
// to: of the packages that the machine has, on free ports of 127.0.0.1, in
// temporary folders. A server does not outlive the test process, however that
// ends. Where a machine cannot have one, the test is skipped and says why.
//
// Benchmarks launch servers of their own, and scripts/engines keeps some for
// whoever tries the engines: the same programs with settings and data that last.
//
// The ClickHouse of tests is a library made for other programs. A connection that
// is reset, by a refused password or by a LIMIT that one shard has satisfied alone,
// may end it, which a server's own build survives.
package testengine
