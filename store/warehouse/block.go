package warehouse

import "fmt"

// Kind is the type of a column.
type Kind uint8

// The kinds of columns. Int holds any integer, money included; Time holds
// microseconds since 1970 in UTC; Day holds days since 1970-01-01.
const (
	Int Kind = iota
	Float
	Text
	Time
	Day
)

// Column is one column of a Block. Ints serves Int, Time and Day; Floats serves
// Float; Texts serves Text. No column is nullable: absence has a value of its
// own (0, "", history.NoDay) that the schema states.
//
// A result may have columns of lists, of Int or Float: the elements of all rows
// follow one another, and Ends holds where each row's end. Ends is nil elsewhere;
// tables have no lists.
type Column struct {
	Name   string
	Kind   Kind
	Ints   []int64
	Floats []float64
	Texts  []string
	Ends   []int
}

// Range returns where the elements of row r are in a column of lists.
func (c *Column) Range(r int) (from, to int) {
	if r > 0 {
		from = c.Ends[r-1]
	}
	return from, c.Ends[r]
}

// Block is a run of rows by column.
type Block struct {
	Len     int
	Columns []Column
}

// NewBlock makes an empty block for a table's columns.
func NewBlock(columns []Field, capacity int) *Block {
	b := &Block{Columns: make([]Column, len(columns))}
	for i, f := range columns {
		c := Column{Name: f.Name, Kind: f.Kind}
		switch f.Kind {
		case Float:
			c.Floats = make([]float64, 0, capacity)
		case Text:
			c.Texts = make([]string, 0, capacity)
		default:
			c.Ints = make([]int64, 0, capacity)
		}
		b.Columns[i] = c
	}
	return b
}

// Reset empties the block and keeps its memory.
func (b *Block) Reset() {
	b.Len = 0
	for i := range b.Columns {
		c := &b.Columns[i]
		c.Ints, c.Floats, c.Texts, c.Ends = c.Ints[:0], c.Floats[:0], c.Texts[:0], c.Ends[:0]
	}
}

// Add appends one row; values are int64, float64 or string in column order, and
// []any of them where a column has lists.
// For hot paths append to the columns and raise Len.
func (b *Block) Add(values ...any) error {
	if len(values) != len(b.Columns) {
		return fmt.Errorf("add a row of %d values to %d columns", len(values), len(b.Columns))
	}
	for i, v := range values {
		c := &b.Columns[i]
		list, isList := v.([]any)
		if isList != (c.Ends != nil) {
			return fmt.Errorf("column %s does not take a %T", c.Name, v)
		}
		if !isList {
			list = values[i : i+1]
		}
		for _, v := range list {
			if !c.add(v) {
				return fmt.Errorf("column %s does not take a %T", c.Name, v)
			}
		}
		if isList {
			c.Ends = append(c.Ends, max(len(c.Ints), len(c.Floats)))
		}
	}
	b.Len++
	return nil
}

func (c *Column) add(v any) bool {
	switch v := v.(type) {
	case int64:
		if c.Kind == Float || c.Kind == Text {
			return false
		}
		c.Ints = append(c.Ints, v)
	case float64:
		if c.Kind != Float {
			return false
		}
		c.Floats = append(c.Floats, v)
	case string:
		if c.Kind != Text {
			return false
		}
		c.Texts = append(c.Texts, v)
	default:
		return false
	}
	return true
}

// Field is the name and kind of a table's column.
type Field struct {
	Name string
	Kind Kind
}
