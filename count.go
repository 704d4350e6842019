package perennial

import (
	"fmt"
	"io"
	"strconv"
)

// Count is a number of things for people to read: with %d it is written with
// thousands separators, 16,751. Numbers that name something (lines, ids, years)
// stay plain.
type Count int64

// Format implements fmt.Formatter.
func (c Count) Format(s fmt.State, _ rune) {
	n, sign := int64(c), ""
	if n < 0 {
		n, sign = -n, "-"
	}
	_, _ = io.WriteString(s, sign+group(strconv.FormatInt(n, 10)))
}
