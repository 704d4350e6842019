package tabular

import (
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"perennial"
)

const (
	parquetLearnRows = 1024    // before a column's type is settled
	parquetGroupRows = 1 << 17 // a row group, which is held in memory
)

// parquetEncoder writes Parquet with one optional column each: text, INT64,
// DOUBLE, DATE, DECIMAL(18, currency's digits) or BOOLEAN.
type parquetEncoder struct {
	w       io.Writer
	columns []Column
	digits  []int // of amounts, by column
	early   [][]any
	out     *parquet.GenericWriter[any]
	one     [1]parquet.Row
}

func (e *parquetEncoder) header(columns []Column) error {
	e.columns = append(e.columns, columns...)
	e.digits = make([]int, len(columns))
	seen := map[string]bool{}
	for i, c := range columns {
		if c.Name == "" || seen[c.Name] {
			return fmt.Errorf("column %d: Parquet needs names that differ", i+1)
		}
		seen[c.Name] = true
		e.digits[i] = -1
	}
	return nil
}

func (e *parquetEncoder) row(values []any) error {
	if e.out == nil {
		e.early = append(e.early, append([]any(nil), values...))
		if len(e.early) < parquetLearnRows {
			return nil
		}
		return e.start()
	}
	return e.write(values)
}

// start settles the types and writes the rows that were held back.
func (e *parquetEncoder) start() error {
	for _, row := range e.early {
		for i, v := range row {
			if a, ok := v.(perennial.Amount); ok && e.digits[i] < 0 {
				e.digits[i] = a.Currency.Digits()
			}
			t, ok := typeOf(v)
			switch c := &e.columns[i]; {
			case !ok:
				return valueError(c.Name, v)
			case c.Type == AnyType || c.Type == IntType && t == FloatType:
				c.Type = t
			}
		}
	}
	usual := slices.Max(e.digits) // of the table's currency
	if usual < 0 {
		usual = 2
	}
	group := orderedGroup{Group: parquet.Group{}}
	for i, c := range e.columns {
		if e.digits[i] < 0 {
			e.digits[i] = usual
		}
		var node parquet.Node
		switch c.Type {
		case IntType:
			node = parquet.Int(64)
		case FloatType:
			node = parquet.Leaf(parquet.DoubleType)
		case DayType:
			node = parquet.Date()
		case AmountType:
			node = parquet.Decimal(e.digits[i], 18, parquet.Int64Type)
		case BoolType:
			node = parquet.Leaf(parquet.BooleanType)
		default:
			node = parquet.String()
		}
		node = parquet.Compressed(parquet.Optional(node), &parquet.Zstd)
		group.Group[c.Name] = node
		group.fields = append(group.fields, namedField{node, c.Name})
	}
	e.out = parquet.NewGenericWriter[any](e.w, parquet.NewSchema("table", group), parquet.MaxRowsPerRowGroup(parquetGroupRows))
	for _, row := range e.early {
		if err := e.write(row); err != nil {
			return err
		}
	}
	e.early = nil
	return nil
}

func typeOf(v any) (ColumnType, bool) {
	switch v.(type) {
	case nil:
		return AnyType, true
	case string:
		return TextType, true
	case int, int64:
		return IntType, true
	case float64:
		return FloatType, true
	case bool:
		return BoolType, true
	case perennial.Day:
		return DayType, true
	case perennial.Amount:
		return AmountType, true
	}
	return AnyType, false
}

func (e *parquetEncoder) write(values []any) error {
	row := e.one[0][:0]
	for i, v := range values {
		value, err := e.value(i, v)
		if err != nil {
			return err
		}
		level := 1
		if value.IsNull() {
			level = 0
		}
		row = append(row, value.Level(0, level, i))
	}
	e.one[0] = row
	_, err := e.out.WriteRows(e.one[:])
	return err
}

// value returns v as its column holds it.
func (e *parquetEncoder) value(i int, v any) (parquet.Value, error) {
	c := e.columns[i]
	if n, ok := v.(int); ok {
		v = int64(n)
	}
	switch v := v.(type) {
	case nil:
		return parquet.NullValue(), nil
	case string:
		if c.Type <= TextType {
			return parquet.ByteArrayValue([]byte(v)), nil
		}
	case int64:
		switch c.Type {
		case IntType:
			return parquet.Int64Value(v), nil
		case FloatType:
			return parquet.DoubleValue(float64(v)), nil
		}
	case float64:
		if c.Type == FloatType {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return parquet.NullValue(), nil
			}
			return parquet.DoubleValue(v), nil
		}
	case bool:
		if c.Type == BoolType {
			return parquet.BooleanValue(v), nil
		}
	case perennial.Day:
		if c.Type == DayType {
			return parquet.Int32Value(int32(v)), nil
		}
	case perennial.Amount:
		if c.Type == AmountType && v.Currency.Digits() == e.digits[i] {
			return parquet.Int64Value(int64(v.Minor)), nil
		}
	}
	if c.Type <= TextType {
		return parquet.ByteArrayValue([]byte(plainText(v))), nil
	}
	return parquet.Value{}, valueError(c.Name, v)
}

// plainText is a value in a column that turned out to be text.
func plainText(v any) string {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case perennial.Amount:
		return v.Decimal()
	}
	return fmt.Sprint(v)
}

func (e *parquetEncoder) close() error {
	if e.out == nil {
		if err := e.start(); err != nil {
			return err
		}
	}
	return e.out.Close()
}

func (e *parquetEncoder) abort() {}

// orderedGroup is a group of columns in the order given; parquet.Group sorts
// them by name.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

func (g orderedGroup) Fields() []parquet.Field { return g.fields }

// namedField is a column of an orderedGroup. Rows are written as values, so that
// nothing is ever looked up in a Go struct.
type namedField struct {
	parquet.Node
	name string
}

func (f namedField) Name() string { return f.name }

func (f namedField) Value(base reflect.Value) reflect.Value {
	return base.MapIndex(reflect.ValueOf(f.name))
}
