package value

import (
	"math"
	"time"

	"perennial"
)

// Moment is a date that was read: an instant, and its calendar day in the zone
// of the clock that read it.
type Moment struct {
	Micros  int64         // microseconds since 1970-01-01 UTC
	Day     perennial.Day // calendar day in the clock's zone
	HasTime bool          // a time of day was given; else it is the start of the day
	HasZone bool          // the zone was given; else the clock's was applied
}

// Time returns the instant in UTC.
func (m Moment) Time() time.Time { return time.UnixMicro(m.Micros).UTC() }

// Clock reads dates in one time zone and remembers the zone's offsets day by
// day. It is not safe for concurrent use: take one for each goroutine.
//
// A wall time that the zone passes twice (clocks put back) is the earlier of the
// two; one that it skips (clocks put forward) is moved forward by the gap.
type Clock struct {
	loc   *time.Location
	local [clockDays]offsetDay // by calendar day
	utc   [clockDays]offsetDay // by UTC day
}

const clockDays = 1024

// offsetDay is the offset of one day: seconds east of UTC.
type offsetDay struct {
	day    int32
	offset int32
	state  uint8 // 0 not known, 1 one offset all day, 2 the offset changes within the day
}

// NewClock returns a clock for the zone; nil is UTC.
func NewClock(loc *time.Location) *Clock {
	if loc == nil {
		loc = time.UTC
	}
	return &Clock{loc: loc}
}

// Location returns the clock's zone.
func (c *Clock) Location() *time.Location { return c.loc }

// wall turns seconds of wall time since 1970-01-01 00:00 into seconds of UTC.
func (c *Clock) wall(day perennial.Day, second int) int64 {
	e := &c.local[uint32(day)%clockDays]
	if e.state == 0 || e.day != int32(day) {
		from, to := wallOffset(c.loc, day, 0), wallOffset(c.loc, day, 86399)
		*e = offsetDay{day: int32(day), offset: int32(from), state: 1}
		if from != to {
			e.state = 2
		}
	}
	seconds := int64(day)*86400 + int64(second)
	if e.state == 2 {
		return seconds - int64(wallOffset(c.loc, day, second))
	}
	return seconds - int64(e.offset)
}

// wallOffset finds the offset that the zone has at a wall time.
func wallOffset(loc *time.Location, day perennial.Day, second int) int {
	wall := int64(day)*86400 + int64(second)
	// Offsets lie within 14 hours of UTC, so the instant lies between these two.
	_, before := time.Unix(wall-14*3600, 0).In(loc).Zone()
	_, after := time.Unix(wall+14*3600, 0).In(loc).Zone()
	if before == after {
		return before
	}
	// Passed twice or skipped: the earlier offset gives the earlier instant of
	// the two, and moves a skipped time forward by the gap.
	if _, at := time.Unix(wall-int64(before), 0).In(loc).Zone(); at == before {
		return before
	}
	if _, at := time.Unix(wall-int64(after), 0).In(loc).Zone(); at == after {
		return after
	}
	return before
}

// dayOf returns the clock's calendar day of an instant in seconds of UTC.
func (c *Clock) dayOf(unix int64) perennial.Day {
	day := floorDiv(unix, 86400)
	e := &c.utc[uint32(day)%clockDays]
	if e.state == 0 || int64(e.day) != day {
		_, from := time.Unix(day*86400, 0).In(c.loc).Zone()
		_, to := time.Unix(day*86400+86399, 0).In(c.loc).Zone()
		*e = offsetDay{day: int32(day), offset: int32(from), state: 1}
		if from != to {
			e.state = 2
		}
	}
	offset := int64(e.offset)
	if e.state == 2 {
		_, o := time.Unix(unix, 0).In(c.loc).Zone()
		offset = int64(o)
	}
	return perennial.Day(floorDiv(unix+offset, 86400))
}

// Date reads a date or a date with a time of day. Without a zone of its own it is
// in the clock's. order is that of day and month where the cell does not tell;
// see OrderEvidence. Problems: the Date ones.
func (c *Clock) Date(s string, order DateOrder) (Moment, *Problem) {
	if day, second, form := fastDate(s); form != 0 {
		if day < perennial.MinDay || day > perennial.MaxDay {
			return Moment{}, DateRange
		}
		return Moment{Micros: c.wall(day, second) * 1e6, Day: day, HasTime: form == 2}, nil
	}
	var buf cell
	b, ok := fold(s, &buf)
	if !ok {
		if blank(s) {
			return Moment{}, DateEmpty
		}
		return Moment{}, DateFormat
	}
	b = unwrap(b)
	if emptyWord(b) || Empty(s) {
		return Moment{}, DateEmpty
	}
	if m, p, ok := c.numeric(b); ok {
		return m, p
	}
	v, p := readCivil(b, order)
	if p != nil {
		return Moment{}, p
	}
	return c.civil(v)
}

// Serial reads a spreadsheet's date: days since 1899-12-30, the fraction a time
// of day, or since 1904-01-01 for workbooks of that system. Seconds are rounded.
func (c *Clock) Serial(days float64, from1904 bool) (Moment, *Problem) {
	if math.IsNaN(days) || math.IsInf(days, 0) {
		return Moment{}, DateFormat
	}
	if days < 0 || days > 120_000 {
		return Moment{}, DateRange
	}
	whole := math.Floor(days)
	seconds := int64(math.Round((days - whole) * 86400))
	day := int64(whole) + int64(perennial.DayOf(1899, time.December, 30))
	switch {
	case from1904:
		day += 1462
	case whole < 1:
		return Moment{}, DatePlaceholder
	case whole < 60: // the spreadsheets' 1900 has a 29th of February
		day++
	}
	day, seconds = day+seconds/86400, seconds%86400
	d := perennial.Day(day)
	if d < perennial.MinDay || d > perennial.MaxDay {
		return Moment{}, DateRange
	}
	return Moment{Micros: c.wall(d, int(seconds)) * 1e6, Day: d, HasTime: days != whole}, nil
}

// Wall reads a typed time whose fields are wall time without a zone, as
// spreadsheets keep them.
func (c *Clock) Wall(t time.Time) (Moment, *Problem) {
	y, m, d := t.Date()
	return c.civil(civil{
		year: y, month: int(m), day: d, hour: t.Hour(), minute: t.Minute(), second: t.Second(),
		nanos: t.Nanosecond(), hasTime: t.Hour()|t.Minute()|t.Second()|t.Nanosecond() != 0,
	})
}

// Instant reads a typed time that is an instant, as Parquet keeps them.
func (c *Clock) Instant(t time.Time) (Moment, *Problem) {
	return c.unix(t.Unix(), t.Nanosecond()/1000)
}

func (c *Clock) unix(seconds int64, micros int) (Moment, *Problem) {
	if seconds < -2208988800-86400 || seconds > 7258118400+86400 {
		return Moment{}, DateRange
	}
	day := c.dayOf(seconds)
	if day < perennial.MinDay || day > perennial.MaxDay {
		return Moment{}, DateRange
	}
	return Moment{Micros: seconds*1e6 + int64(micros), Day: day, HasTime: true, HasZone: true}, nil
}

// numeric reads cells of digits alone: 20101201, 201012010826, 20101201082600,
// Unix seconds, milliseconds and microseconds, spreadsheet serials. ok is false
// where the cell is not of that kind.
func (c *Clock) numeric(b []byte) (m Moment, p *Problem, ok bool) {
	whole, point := 0, -1
	for i, ch := range b {
		switch {
		case digit(ch):
			if point < 0 {
				whole++
			}
		case ch == '.' && point < 0 && i > 0 && i+1 < len(b):
			point = i
		default:
			return Moment{}, nil, false
		}
	}
	v := int64(0)
	for _, ch := range b[:min(whole, 18)] {
		v = v*10 + int64(ch-'0')
	}
	if point >= 0 && whole != 5 && whole != 10 {
		if whole <= 4 { // 2010.12 and the like
			return Moment{}, nil, false
		}
		if !zeros(b[point+1:]) { // 20101201.0 is an id column gone through a float
			return Moment{}, DateFormat, true
		}
	}
	switch whole {
	case 8, 12, 14:
		t := civil{hasTime: whole > 8}
		rest := v
		if whole == 14 {
			t.second, rest = int(rest%100), rest/100
		}
		if whole >= 12 {
			t.minute, rest = int(rest%100), rest/100
			t.hour, rest = int(rest%100), rest/100
		}
		t.year, t.month, t.day = int(rest/1e4), int(rest/100%100), int(rest%100)
		m, p = c.civil(t)
		return m, p, true
	case 9, 10:
		m, p = c.unix(v, fraction(b, point, 6))
		return m, p, true
	case 13:
		m, p = c.unix(v/1000, int(v%1000)*1000)
		return m, p, true
	case 16:
		m, p = c.unix(v/1e6, int(v%1e6))
		return m, p, true
	case 5:
		if v < textSerialMin || v > textSerialMax {
			return Moment{}, DateFormat, true
		}
		m, p = c.Serial(float64(v)+float64(fraction(b, point, 9))/1e9, false)
		return m, p, true
	}
	if whole == 4 && point < 0 || whole == len(b) {
		return Moment{}, DateFormat, true
	}
	return Moment{}, nil, false
}

// Serials as text are only believed for the years 1930 to 2099: a bare number of
// five digits is more often something else.
const (
	textSerialMin = 10959
	textSerialMax = 73050
)

// fraction reads the digits behind the point as a number of so many places.
func fraction(b []byte, point, places int) int {
	v := 0
	for i := 1; i <= places; i++ {
		v *= 10
		if point >= 0 && point+i < len(b) {
			v += int(b[point+i] - '0')
		}
	}
	return v
}

func zeros(b []byte) bool {
	for _, c := range b {
		if c != '0' {
			return false
		}
	}
	return true
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
