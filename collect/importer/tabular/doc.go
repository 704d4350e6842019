// Package tabular turns any file a shop may have — CSV, TSV, NDJSON, Parquet or
// XLSX, packed or not, in the encodings that occur — into a header and batches
// of rows, and writes tables in the same formats. It says aloud what it decided,
// reports what it cannot read by line, and loses nothing silently; what a
// column means is not its business.
//
// Reads: files.
// Writes: files.
// May import: perennial.
package tabular
