package tabular

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"perennial"
)

// openParquet reads the schema and sets up the reader.
func (f *File) openParquet(c content, opt Options) (err error) {
	defer recoverParquet(f.Name, &err)
	f.Format = Parquet
	if c, err = f.spool(c); err != nil {
		return err
	}
	if err := checkFooter(c); err != nil {
		return parquetBroken(f.Name, 0, err)
	}
	file, err := parquet.OpenFile(c.at, c.size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		if strings.Contains(err.Error(), "encrypt") {
			return encryptedError(f.Name).Because(err)
		}
		return parquetBroken(f.Name, 0, err)
	}
	p := &parquetReader{name: f.Name, groups: file.RowGroups(), buf: make([]parquet.Row, 256)}
	p.collect(file.Root(), nil)
	names := make([]string, len(p.columns))
	for i, col := range p.columns {
		names[i] = col.name
	}
	switch {
	case len(names) > opt.MaxColumns:
		return tooManyColumns(f.Name, len(names), opt)
	case len(names) == 0:
		return invalid("file.empty", "“%s”里没有列。", "%q has no columns.", f.Name)
	case file.NumRows() <= 0:
		return invalid("file.header_only", "“%s”只有列名，没有数据。", "%q has columns but no rows.", f.Name)
	}
	f.Header, f.Named = f.uniqueNames(names, 0), true
	f.rows = p
	return nil
}

// checkFooter looks at the length of the metadata, for which the library makes
// room before it reads them.
func checkFooter(c content) error {
	var end [8]byte
	if _, err := c.at.ReadAt(end[:], max(c.size-8, 0)); err != nil {
		return err
	}
	if n := int64(binary.LittleEndian.Uint32(end[:])); n > c.size-12 {
		return fmt.Errorf("parquet: metadata of %d bytes in a file of %d", n, c.size)
	}
	return nil
}

// recoverParquet turns a panic over a damaged file into an error; the library
// trusts what a file says of itself.
func recoverParquet(name string, err *error) {
	if r := recover(); r != nil {
		*err = parquetBroken(name, 0, fmt.Errorf("parquet: %v", r))
	}
}

func parquetBroken(name string, row int, err error) error {
	return invalid("file.corrupt", "“%[1]s”损坏了，第 %[2]d 行之后读不出来。", "%[1]q is damaged; nothing can be read after row %[2]d.", name, row).
		WithHint(perennial.Say("重新下载或重新导出。", "Download or export it again.")).Because(err)
}

// parquetColumn is a leaf of the schema.
type parquetColumn struct {
	name     string
	index    int // among the leaves
	repeated bool
	write    func(dst []byte, v parquet.Value) ([]byte, Kind)
}

type parquetReader struct {
	name    string
	groups  []parquet.RowGroup
	columns []parquetColumn
	group   int
	rows    parquet.Rows
	buf     []parquet.Row
	row     int
	scratch []byte
}

// collect lists the leaves below a column with dotted names; the levels that
// Parquet puts between a list and its elements are left out.
func (p *parquetReader) collect(c *parquet.Column, path []string) {
	for _, child := range c.Columns() {
		here := append(path[:len(path):len(path)], child.Name())
		if !child.Leaf() {
			p.collect(child, here)
			continue
		}
		repeated := child.MaxRepetitionLevel() > 0
		if n := len(here); repeated && n >= 3 && (here[n-2] == "list" || here[n-2] == "bag") {
			here = here[:n-2]
		}
		p.columns = append(p.columns, parquetColumn{
			name: strings.Join(here, "."), index: child.Index(), repeated: repeated, write: parquetWriter(child.Type()),
		})
	}
}

func (p *parquetReader) next(b *Batch, _ *Stats) (err error) {
	defer recoverParquet(p.name, &err)
	for !b.full() {
		if p.rows == nil {
			if p.group == len(p.groups) {
				return io.EOF
			}
			p.rows = p.groups[p.group].Rows()
			p.group++
		}
		n, err := p.rows.ReadRows(p.buf[:min(len(p.buf), batchRows-len(b.lines))])
		for _, row := range p.buf[:n] {
			p.row++
			p.add(b, row)
		}
		if err == nil && n > 0 {
			continue
		}
		if err != nil && err != io.EOF {
			return parquetBroken(p.name, p.row, err)
		}
		if err := p.close(); err != nil {
			return parquetBroken(p.name, p.row, err)
		}
	}
	return nil
}

// add appends a row. Values come in the order of the leaves, several of one leaf
// beside each other where it is repeated.
func (p *parquetReader) add(b *Batch, row parquet.Row) {
	i, bad := 0, ""
	base, mark := len(b.cells), len(b.data)
	for _, col := range p.columns {
		for i < len(row) && row[i].Column() < col.index {
			i++
		}
		from := i
		for i < len(row) && row[i].Column() == col.index {
			i++
		}
		values := row[from:i]
		if len(values) == 0 || len(values) == 1 && values[0].IsNull() {
			b.cells, b.kinds = append(b.cells, span{}), append(b.kinds, KindEmpty)
			continue
		}
		start, kind := len(b.data), KindText
		if col.repeated {
			b.data = p.list(b.data, col, values)
		} else {
			b.data, kind = col.write(b.data, values[0])
		}
		if text := b.data[start:]; kind == KindText {
			switch {
			case len(text) == 0:
				kind = KindEmpty
			case bytes.IndexByte(text, 0) >= 0:
				bad = "row.nul"
			case !utf8.Valid(text):
				bad = "row.encoding"
			}
		}
		b.cells = append(b.cells, span{uint32(start), uint32(len(b.data))})
		b.kinds = append(b.kinds, kind)
	}
	if bad != "" {
		b.Errors = append(b.Errors, rowError(p.row, bad, b.data[mark:]))
		b.cells, b.kinds, b.data = b.cells[:base], b.kinds[:base], b.data[:mark]
		return
	}
	b.lines = append(b.lines, p.row)
}

// list writes repeated values as a JSON array.
func (p *parquetReader) list(dst []byte, col parquetColumn, values []parquet.Value) []byte {
	dst = append(dst, '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		if v.IsNull() {
			dst = append(dst, "null"...)
			continue
		}
		var kind Kind
		p.scratch, kind = col.write(p.scratch[:0], v)
		if k := kind &^ lossy; k == KindNumber || k == KindBool {
			dst = append(dst, p.scratch...)
		} else {
			dst = strconv.AppendQuote(dst, string(p.scratch))
		}
	}
	return append(dst, ']')
}

func (p *parquetReader) notes() []Note { return nil }

func (p *parquetReader) rewind() error {
	p.group, p.row = 0, 0
	return p.close()
}

func (p *parquetReader) close() error {
	if p.rows == nil {
		return nil
	}
	err := p.rows.Close()
	p.rows = nil
	return err
}

// parquetWriter returns how values of a type are written as text.
func parquetWriter(t parquet.Type) func([]byte, parquet.Value) ([]byte, Kind) {
	var logical format.LogicalTypeValue
	if l := t.LogicalType(); l != nil {
		logical = l.Value
	}
	switch l := logical.(type) {
	case *format.DecimalType:
		return func(dst []byte, v parquet.Value) ([]byte, Kind) {
			return appendScaled(dst, unscaled(v), int(l.Scale)), KindNumber
		}
	case *format.DateType:
		return func(dst []byte, v parquet.Value) ([]byte, Kind) {
			return appendInstant(dst, int64(v.Int32())*86400, 0, wallDate)
		}
	case *format.TimestampType:
		form, unit := wallTime, unitsPerSecond(l.Unit)
		if l.IsAdjustedToUTC {
			form = instantTime
		}
		return func(dst []byte, v parquet.Value) ([]byte, Kind) {
			return appendInstant(dst, floorDiv(v.Int64(), unit), floorMod(v.Int64(), unit)*(1e9/unit), form)
		}
	case *format.TimeType:
		unit := unitsPerSecond(l.Unit)
		return func(dst []byte, v parquet.Value) ([]byte, Kind) {
			n := v.Int64()
			if v.Kind() == parquet.Int32 {
				n = int64(v.Int32())
			}
			t := time.Unix(floorDiv(n, unit), floorMod(n, unit)*(1e9/unit)).UTC()
			return t.AppendFormat(dst, "15:04:05.999999999"), KindText
		}
	case *format.IntType:
		if !l.IsSigned {
			return func(dst []byte, v parquet.Value) ([]byte, Kind) {
				if v.Kind() == parquet.Int32 {
					return strconv.AppendUint(dst, uint64(v.Uint32()), 10), KindNumber
				}
				return strconv.AppendUint(dst, v.Uint64(), 10), KindNumber
			}
		}
	case *format.UUIDType:
		return func(dst []byte, v parquet.Value) ([]byte, Kind) {
			if p := v.ByteArray(); len(p) == 16 {
				return fmt.Appendf(dst, "%x-%x-%x-%x-%x", p[:4], p[4:6], p[6:8], p[8:10], p[10:]), KindText
			}
			return append(dst, v.ByteArray()...), KindText
		}
	}
	return appendParquet
}

// appendParquet writes a value by its physical type.
func appendParquet(dst []byte, v parquet.Value) ([]byte, Kind) {
	switch v.Kind() {
	case parquet.Boolean:
		return strconv.AppendBool(dst, v.Boolean()), KindBool
	case parquet.Int32:
		return strconv.AppendInt(dst, int64(v.Int32()), 10), KindNumber
	case parquet.Int64:
		return strconv.AppendInt(dst, v.Int64(), 10), KindNumber
	case parquet.Int96: // nanoseconds of a Julian day, by old Spark and Impala
		t := v.Int96()
		nano := int64(t[1])<<32 | int64(t[0])
		return appendInstant(dst, (int64(t[2])-2440588)*86400+floorDiv(nano, 1e9), floorMod(nano, 1e9), wallTime)
	case parquet.Float:
		f := float64(v.Float())
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return strconv.AppendFloat(dst, f, 'g', -1, 32), KindText
		}
		return strconv.AppendFloat(dst, f, 'f', -1, 32), KindNumber
	case parquet.Double:
		f := v.Double()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return strconv.AppendFloat(dst, f, 'g', -1, 64), KindText
		}
		out, ruined := appendDouble(dst, f, 0)
		if ruined {
			return out, KindNumber | lossy
		}
		return out, KindNumber
	}
	return append(dst, v.ByteArray()...), KindText
}

type clockForm uint8

const (
	wallDate clockForm = iota
	wallTime
	instantTime
)

// appendInstant writes seconds and nanoseconds since 1970. Years beyond four
// digits are no dates of a shop: they stay a number, for someone to refuse.
func appendInstant(dst []byte, sec, nano int64, form clockForm) ([]byte, Kind) {
	t := time.Unix(sec, nano).UTC()
	if y := t.Year(); y < 0 || y > 9999 || sec > 1<<40 || sec < -1<<40 {
		return strconv.AppendInt(dst, sec, 10), KindNumber
	}
	switch form {
	case wallDate:
		return t.AppendFormat(dst, time.DateOnly), KindTime
	case instantTime:
		return t.AppendFormat(dst, "2006-01-02T15:04:05.999999999Z"), KindInstant
	}
	return appendTime(dst, t, false), KindTime
}

func unitsPerSecond(u format.TimeUnit) int64 {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		return 1e3
	case *format.MicroSeconds:
		return 1e6
	}
	return 1e9
}

// unscaled returns the digits of a decimal's unscaled value.
func unscaled(v parquet.Value) []byte {
	switch v.Kind() {
	case parquet.Int32:
		return strconv.AppendInt(nil, int64(v.Int32()), 10)
	case parquet.Int64:
		return strconv.AppendInt(nil, v.Int64(), 10)
	}
	p := v.ByteArray() // big-endian two's complement
	if len(p) <= 8 {
		var n uint64
		for _, c := range p {
			n = n<<8 | uint64(c)
		}
		if unused := 64 - 8*len(p); unused > 0 && unused < 64 {
			return strconv.AppendInt(nil, int64(n<<unused)>>unused, 10)
		}
		return strconv.AppendInt(nil, int64(n), 10)
	}
	n := new(big.Int).SetBytes(p)
	if p[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(p))))
	}
	return n.Append(nil, 10)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
