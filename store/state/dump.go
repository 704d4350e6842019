package state

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"perennial"
)

// A dump is NDJSON, so that it can be looked at and read by any program:
//
//	{"dump":"perennial state","format":1,"schema":1}
//	{"table":"settings","columns":[{"name":"workspace_id","type":"bigint"},…]}
//	[1,"rfm","{}",1]          one line a row, bytes in base64
//	{"end":true,"rows":1}     without it the dump is not whole
//
// Rows come in the order of their key: equal contents give equal dumps,
// whatever the engine.
const (
	dumpName   = "perennial state"
	dumpFormat = 1
)

type dumpHead struct {
	Dump   string `json:"dump"`
	Format int    `json:"format"`
	Schema int    `json:"schema"`
}

type dumpTable struct {
	Table   string   `json:"table,omitempty"`
	Columns []Column `json:"columns,omitempty"`
	End     bool     `json:"end,omitempty"`
	Rows    int64    `json:"rows,omitempty"`
}

// Dump writes the whole database, as one View sees it, to w.
func Dump(ctx context.Context, s State, w io.Writer) error {
	schema, err := s.Check(ctx)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<16)
	enc := json.NewEncoder(out)
	err = s.View(ctx, func(tx Tx) error {
		if err := enc.Encode(dumpHead{dumpName, dumpFormat, schema}); err != nil {
			return err
		}
		total := int64(0)
		for _, t := range Tables {
			if err := enc.Encode(dumpTable{Table: t.Name, Columns: t.Columns}); err != nil {
				return err
			}
			n, err := dumpRows(ctx, tx, t, out)
			if err != nil {
				return fmt.Errorf("dump %s: %w", t.Name, err)
			}
			total += n
		}
		return enc.Encode(dumpTable{End: true, Rows: total})
	})
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write dump: %w", err)
	}
	return nil
}

func dumpRows(ctx context.Context, tx Tx, t Table, out *bufio.Writer) (n int64, err error) {
	query := "select " + columnNames(t.Columns) + " from " + t.Name + " order by " + strings.Join(t.Key, ", ")
	cells := make([]cell, len(t.Columns))
	dest := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		cells[i].kind = c.Type
		dest[i] = cells[i].dest()
	}
	var line []byte
	err = tx.Query(ctx, query, nil, func(scan func(...any) error) error {
		if err := scan(dest...); err != nil {
			return err
		}
		line = append(line[:0], '[')
		for i := range cells {
			if i > 0 {
				line = append(line, ',')
			}
			var err error
			if line, err = cells[i].appendJSON(line); err != nil {
				return fmt.Errorf("column %s: %w", t.Columns[i].Name, err)
			}
		}
		n++
		_, err := out.Write(append(line, ']', '\n'))
		return err
	})
	return n, err
}

func columnNames(columns []Column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

// cell receives one value of its type or NULL.
type cell struct {
	kind    Type
	integer *int64
	real    *float64
	text    *string
	bytes   []byte
}

func (c *cell) dest() any {
	switch c.kind {
	case Integer:
		return &c.integer
	case Real:
		return &c.real
	case String:
		return &c.text
	}
	return &c.bytes
}

func (c *cell) appendJSON(line []byte) ([]byte, error) {
	switch {
	case c.kind == Integer && c.integer != nil:
		return strconv.AppendInt(line, *c.integer, 10), nil
	case c.kind == Real && c.real != nil:
		if math.IsNaN(*c.real) || math.IsInf(*c.real, 0) {
			return line, fmt.Errorf("%v is no number", *c.real)
		}
		return strconv.AppendFloat(line, *c.real, 'g', -1, 64), nil
	case c.kind == String && c.text != nil:
		b, err := json.Marshal(*c.text)
		return append(line, b...), err
	case c.kind == Bytes && c.bytes != nil:
		line = append(line, '"')
		line = base64.StdEncoding.AppendEncode(line, c.bytes)
		return append(line, '"'), nil
	}
	return append(line, "null"...), nil
}

// DumpSchema reads the head of a dump and returns the schema version that it was
// written at: the one that the database must have which it is restored into.
func DumpSchema(r io.Reader) (int, error) {
	return readHead(json.NewDecoder(r))
}

func readHead(dec *json.Decoder) (int, error) {
	var head dumpHead
	if err := dec.Decode(&head); err != nil {
		return 0, damagedDump(err)
	}
	if head.Dump != dumpName || head.Format < 1 || head.Schema < 1 {
		return 0, damagedDump(errors.New("not a dump of the state database"))
	}
	if head.Format > dumpFormat {
		return 0, perennial.NewError(perennial.KindConflict, "restore.format",
			perennial.Say("状态数据的备份格式是 %d，这个程序认识到 %d。", "The dump of the state database is of format %d; this program knows up to %d.", head.Format, dumpFormat)).
			WithHint(perennial.Say("请用写它的版本或更新的版本恢复。", "Restore it with the version that wrote it, or a newer one."))
	}
	return head.Schema, nil
}

// Restore writes a dump into an empty database of the dump's own schema version
// (DumpSchema; an engine's option stops its migrations there), wholly or not at
// all. Opening the database again brings an older schema forward.
func Restore(ctx context.Context, s State, r io.Reader) error {
	have, err := s.Check(ctx)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bufio.NewReaderSize(r, 1<<16))
	dec.UseNumber()
	schema, err := readHead(dec)
	if err != nil {
		return err
	}
	if schema > have {
		return ErrNewer("备份里的状态库", "dump of the state database", schema, have)
	}
	if schema != have {
		return fmt.Errorf("restore a dump of schema version %d into version %d", schema, have)
	}
	began := false
	return s.Update(ctx, func(tx Tx) error {
		if began {
			return errors.New("restore: a conflict interrupted it, and a dump is read once")
		}
		began = true
		return restoreRows(ctx, tx, dec)
	})
}

func restoreRows(ctx context.Context, tx Tx, dec *json.Decoder) error {
	var in *inserter
	total := int64(0)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return damagedDump(err) // io.EOF, too: the end is a line of its own
		}
		if raw[0] == '[' {
			if in == nil {
				return damagedDump(errors.New("a row before the first table"))
			}
			total++
			if err := in.add(ctx, raw); err != nil {
				return err
			}
			continue
		}
		if in != nil {
			if err := in.flush(ctx); err != nil {
				return err
			}
		}
		var t dumpTable
		if err := json.Unmarshal(raw, &t); err != nil {
			return damagedDump(err)
		}
		if t.End {
			if t.Rows != total {
				return damagedDump(fmt.Errorf("%d rows of %d", total, t.Rows))
			}
			return nil
		}
		var err error
		if in, err = newInserter(ctx, tx, t); err != nil {
			return err
		}
	}
}

// maxArgs bounds the parameters of one insert: many rows a statement save round
// trips, and every SQLite takes 999.
const maxArgs = 999

// inserter writes the rows of one table, many a statement.
type inserter struct {
	tx      Tx
	table   dumpTable
	perStmt int
	full    Prepared
	args    []any
}

var sqlName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func newInserter(ctx context.Context, tx Tx, t dumpTable) (*inserter, error) {
	// Names go into SQL, and a dump may come from anywhere.
	bad := !sqlName.MatchString(t.Table) || len(t.Columns) == 0 || len(t.Columns) > maxArgs
	for _, c := range t.Columns {
		bad = bad || !sqlName.MatchString(c.Name)
	}
	if bad {
		return nil, damagedDump(fmt.Errorf("not a table: %.40q", t.Table))
	}
	var rows int64
	if _, err := tx.Get(ctx, "select count(*) from "+t.Table, nil, &rows); err != nil {
		return nil, err
	}
	if rows > 0 {
		return nil, perennial.NewError(perennial.KindConflict, "restore.not_empty",
			perennial.Say("目标数据库不是空的：%s 里已有 %d 行。", "The database is not empty: %s has %d rows.", t.Table, rows)).
			WithHint(perennial.Say("恢复到一个新建的空数据库。", "Restore into a new, empty database."))
	}
	return &inserter{tx: tx, table: t, perStmt: maxArgs / len(t.Columns)}, nil
}

func (in *inserter) add(ctx context.Context, raw json.RawMessage) error {
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	var row []any
	if err := dec.Decode(&row); err != nil {
		return damagedDump(err)
	}
	if len(row) != len(in.table.Columns) {
		return damagedDump(fmt.Errorf("%s: a row of %d values", in.table.Table, len(row)))
	}
	for i, v := range row {
		arg, err := in.table.Columns[i].value(v)
		if err != nil {
			return damagedDump(fmt.Errorf("%s.%s: %w", in.table.Table, in.table.Columns[i].Name, err))
		}
		in.args = append(in.args, arg)
	}
	if len(in.args) < in.perStmt*len(row) {
		return nil
	}
	if in.full == nil {
		var err error
		if in.full, err = in.tx.Prepare(ctx, in.insert(in.perStmt)); err != nil {
			return err
		}
	}
	_, err := in.full.Exec(ctx, in.args...)
	in.args = in.args[:0]
	return err
}

// flush writes the rows that did not fill a statement.
func (in *inserter) flush(ctx context.Context) error {
	if len(in.args) == 0 {
		return nil
	}
	_, err := in.tx.Exec(ctx, in.insert(len(in.args)/len(in.table.Columns)), in.args...)
	in.args = in.args[:0]
	return err
}

func (in *inserter) insert(rows int) string {
	one := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(in.table.Columns)), ", ") + ")"
	return "insert into " + in.table.Table + " (" + columnNames(in.table.Columns) + ") values " +
		strings.TrimSuffix(strings.Repeat(one+", ", rows), ", ")
}

// value turns what JSON holds into an argument of the column's type.
func (c Column) value(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case json.Number:
		switch c.Type {
		case Integer:
			return v.Int64()
		case Real:
			return v.Float64()
		}
	case string:
		switch c.Type {
		case String:
			return v, nil
		case Bytes:
			return base64.StdEncoding.DecodeString(v)
		}
	}
	return nil, fmt.Errorf("%T is no %s", v, c.Type)
}

func damagedDump(err error) *perennial.Error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return perennial.NewError(perennial.KindInvalid, "restore.damaged",
		perennial.Say("状态数据的备份不完整或读不懂。", "The dump of the state database is incomplete or cannot be read.")).
		WithHint(perennial.Say("换一份备份；没有改动任何数据。", "Use another backup; nothing was changed.")).Because(err)
}
