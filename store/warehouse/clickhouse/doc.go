// Package clickhouse is the warehouse engine for more than one machine: a
// ClickHouse server, or several that each hold a shard. Facts are spread by
// customer, so that a customer's facts lie together on one shard; what documents
// say about one another (hidden, claims) and products lie whole on every shard.
//
// Each server has two databases. NAME_shard holds its own rows: migrations, writes
// and Exec go there, to every server. NAME shows all rows of all shards under the
// same table names: Query goes there, to any server. So the statements of the
// product read the same here as on DuckDB.
package clickhouse
