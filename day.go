package perennial

import (
	"fmt"
	"time"
)

// Day is a calendar day of the workspace, counted from 1970-01-01 (day 0) in
// the proleptic Gregorian calendar. It has no time zone of its own: the
// workspace's was applied when the Day was made. Differences of Days are whole
// days.
type Day int32

// DayLayout is how a Day is written for machines.
const DayLayout = "2006-01-02"

// MinDay and MaxDay bound the days a fact may carry: years 1900 to 2199. A date
// outside is a typing error or a placeholder (0001-01-01, 1900-01-01,
// 9999-12-31), never a purchase.
var (
	MinDay = DayOf(1900, time.January, 2)
	MaxDay = DayOf(2199, time.December, 31)
)

// DayOf returns the Day of a calendar date; out-of-range months and days are
// normalised as time.Date does.
func DayOf(year int, month time.Month, day int) Day {
	return Day(floorDiv(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix(), 86400))
}

// DayAt returns the calendar day of the instant t in the zone loc.
func DayAt(t time.Time, loc *time.Location) Day {
	t = t.In(loc)
	_, offset := t.Zone()
	return Day(floorDiv(t.Unix()+int64(offset), 86400))
}

// ParseDay reads YYYY-MM-DD.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(DayLayout, s)
	if err != nil {
		return 0, NewError(KindInvalid, "day.format",
			Say("“%s”不是日期。", "%q is not a date.", s)).
			WithHint(Say("日期写作 2026-06-30。", "Write dates as 2026-06-30.")).Because(err)
	}
	return Day(floorDiv(t.Unix(), 86400)), nil
}

// UTC returns the instant at which the day begins in UTC: a carrier for
// calendar arithmetic and formatting, not the workspace's midnight.
func (d Day) UTC() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Start returns the first instant of the day in loc.
func (d Day) Start(loc *time.Location) time.Time {
	y, m, dd := d.UTC().Date()
	return time.Date(y, m, dd, 0, 0, 0, 0, loc)
}

// String writes YYYY-MM-DD.
func (d Day) String() string { return d.UTC().Format(DayLayout) }

// Weekday returns the day of the week.
func (d Day) Weekday() time.Weekday { return time.Weekday(floorMod(int64(d)+4, 7)) }

// Month returns the calendar month of the day.
func (d Day) Month() Month {
	y, m, _ := d.UTC().Date()
	return Month(y*12 + int(m) - 1)
}

// MarshalText writes YYYY-MM-DD, so that JSON carries days as strings.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD.
func (d *Day) UnmarshalText(b []byte) error {
	day, err := ParseDay(string(b))
	if err != nil {
		return err
	}
	*d = day
	return nil
}

// Month is a calendar month, counted as year*12 + (month-1); differences are
// whole months.
type Month int32

// First returns the first day of the month.
func (m Month) First() Day {
	return DayOf(int(floorDiv(int64(m), 12)), time.Month(floorMod(int64(m), 12)+1), 1)
}

// Last returns the last day of the month.
func (m Month) Last() Day { return (m + 1).First() - 1 }

// String writes YYYY-MM.
func (m Month) String() string {
	return fmt.Sprintf("%04d-%02d", floorDiv(int64(m), 12), floorMod(int64(m), 12)+1)
}

// MarshalText writes YYYY-MM.
func (m Month) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads YYYY-MM.
func (m *Month) UnmarshalText(b []byte) error {
	t, err := time.Parse("2006-01", string(b))
	if err != nil {
		return fmt.Errorf("read month %q: %w", b, err)
	}
	*m = Month(t.Year()*12 + int(t.Month()) - 1)
	return nil
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
