package state

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Type is what a column holds: the name that SQLite and PostgreSQL both know it
// by.
type Type string

// The types of columns.
const (
	Integer Type = "bigint"
	Real    Type = "double precision"
	String  Type = "text"
	Bytes   Type = "bytea"
)

// Column is one column of a table.
type Column struct {
	Name string `json:"name"`
	Type Type   `json:"type"`
}

// Table is one table of the schema; Key are the columns of its primary key.
type Table struct {
	Name    string
	Key     []string
	Columns []Column
}

// Tables lists the newest schema for whoever handles tables as a whole, as Dump
// does. Engines' tests compare it with what the migrations made.
var Tables = []Table{
	{"workspaces", []string{"id"}, []Column{
		{"id", Integer}, {"name", String}, {"time_zone", String}, {"currency", String}, {"week_start", Integer},
		{"next_customer", Integer}, {"next_batch", Integer}, {"created_at", Integer},
	}},
	{"identifiers", []string{"workspace_id", "kind", "hash"}, []Column{
		{"workspace_id", Integer}, {"kind", String}, {"hash", Bytes}, {"customer_key", Integer},
	}},
	{"vault_keys", []string{"workspace_id", "customer_key"}, []Column{
		{"workspace_id", Integer}, {"customer_key", Integer}, {"wrapped", Bytes},
	}},
	{"vault_values", []string{"workspace_id", "customer_key", "field"}, []Column{
		{"workspace_id", Integer}, {"customer_key", Integer}, {"field", String}, {"sealed", Bytes},
	}},
	{"imports", []string{"id"}, []Column{
		{"id", Integer}, {"workspace_id", Integer}, {"kind", String}, {"file_name", String}, {"file_hash", String},
		{"status", String}, {"created_at", Integer}, {"finished_at", Integer}, {"undone_at", Integer},
		{"rows_read", Integer}, {"rows_accepted", Integer}, {"rows_refused", Integer}, {"rows_duplicate", Integer}, {"report", String},
	}},
	{"batches", []string{"workspace_id", "id"}, []Column{
		{"workspace_id", Integer}, {"id", Integer}, {"import_id", Integer}, {"status", String},
	}},
	{"quarantine", []string{"import_id", "line", "seq"}, []Column{
		{"import_id", Integer}, {"line", Integer}, {"seq", Integer}, {"column_name", String}, {"value", String}, {"code", String},
		{"reason_zh", String}, {"reason_en", String}, {"hint_zh", String}, {"hint_en", String},
	}},
	{"settings", []string{"workspace_id", "name", "version"}, []Column{
		{"workspace_id", Integer}, {"name", String}, {"value", String}, {"version", Integer},
	}},
	{"operators", []string{"id"}, []Column{
		{"id", Integer}, {"login", String}, {"name", String}, {"language", String}, {"password", String},
		{"disabled_at", Integer}, {"created_at", Integer},
	}},
	{"memberships", []string{"operator_id", "workspace_id"}, []Column{
		{"operator_id", Integer}, {"workspace_id", Integer}, {"role", String}, {"row_rule", String},
	}},
	{"sessions", []string{"hash"}, []Column{
		{"hash", Bytes}, {"operator_id", Integer}, {"created_at", Integer}, {"last_seen", Integer}, {"expires_at", Integer}, {"user_agent", String},
		{"workspace_id", Integer},
	}},
	{"api_keys", []string{"id"}, []Column{
		{"id", Integer}, {"workspace_id", Integer}, {"name", String}, {"prefix", String}, {"hash", Bytes},
		{"previous_hash", Bytes}, {"previous_until", Integer}, {"scopes", String}, {"created_by", String}, {"created_at", Integer},
		{"last_used", Integer}, {"expires_at", Integer}, {"revoked_at", Integer},
	}},
	{"links", []string{"hash"}, []Column{
		{"hash", Bytes}, {"purpose", String}, {"operator_id", Integer}, {"created_at", Integer}, {"expires_at", Integer}, {"used_at", Integer},
	}},
	{"login_attempts", []string{"subject"}, []Column{
		{"subject", Bytes}, {"failures", Integer}, {"last_at", Integer}, {"blocked_until", Integer},
	}},
	{"audit", []string{"id"}, []Column{
		{"id", Integer}, {"at", Integer}, {"operator_id", Integer}, {"key_id", Integer}, {"who", String},
		{"workspace_id", Integer}, {"action", String}, {"target", String}, {"detail", String},
	}},
	{"snapshots", []string{"workspace_id", "id"}, []Column{
		{"workspace_id", Integer}, {"id", Integer}, {"status", String}, {"as_of", Integer}, {"made_at", Integer},
		{"currency", String}, {"customers", Integer}, {"basis", String}, {"picture", String},
	}},
	{"answers", []string{"caller", "token"}, []Column{
		{"caller", String}, {"token", String}, {"purpose", Bytes}, {"status", Integer}, {"content_type", String},
		{"body", Bytes}, {"created_at", Integer},
	}},
}

// What engines refuse alike, each before its database would answer in its own
// way or not at all.
var (
	ErrBusyTx   = errors.New("a transaction does one thing at a time: the rows of a query are not read to their end")
	ErrFailedTx = errors.New("a statement of this transaction failed; it cannot be committed")
)

// CheckArgs refuses strings that are no text. PostgreSQL stores none of them and
// SQLite all; what one engine holds must fit into the other.
func CheckArgs(args []any) error {
	for i, a := range args {
		if s, ok := a.(string); ok && (!utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0) {
			return fmt.Errorf("argument %d is no text: %.40q", i+1, s)
		}
	}
	return nil
}
