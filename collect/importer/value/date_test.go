package value

import (
	"fmt"
	"testing"
	"time"

	"perennial"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Skip("no time zone data: ", err)
	}
	return loc
}

func TestDate(t *testing.T) {
	const day, minute, second = "2010-12-01T00:00:00+08:00", "2010-12-01T08:26:00+08:00", "2010-12-01T08:26:05+08:00"
	c := NewClock(zone(t, "Asia/Shanghai"))
	cases := []struct {
		cell  string
		order DateOrder
		want  string
		bad   *Problem
	}{
		{cell: "2010-12-01", want: day}, {cell: "2010/12/1", want: day}, {cell: "2010.12.1", want: day}, {cell: "20101201", want: day}, {cell: "2010年12月1日", want: day}, {cell: "2010-Dec-01", want: day},
		{cell: "2010 年 12 月 1 日", want: day}, {cell: "２０１０－１２－０１", want: day}, {cell: " 2010-12-01\u00a0", want: day}, {cell: `="2010-12-01"`, want: day},
		{cell: "2010-12-01 08:26:05", want: second}, {cell: "2010/12/1 8:26", want: minute}, {cell: "2010-12-01T08:26:05", want: second}, {cell: "2010-12-01T08:26:05.000", want: second},
		{cell: "2010-12-01T00:26:05Z", want: second}, {cell: "2010-12-01T08:26:05+08:00", want: second}, {cell: "2010-12-01 08:26:05 +0800", want: second}, {cell: "2010-12-01 08:26:05 +0800 CST", want: second},
		{cell: "2010-11-30 19:26:05 -05:00", want: second}, {cell: "2010-12-01 00:26:05 UTC", want: second}, {cell: "2010-12-01 08:26:05 GMT+8", want: second},
		{cell: "20101201082605", want: second}, {cell: "201012010826", want: minute}, {cell: "20101201 082605", want: second}, {cell: "20101201T002605Z", want: second},
		{cell: "01/12/2010 08:26", order: OrderDMY, want: minute}, {cell: "12/01/2010 08:26", order: OrderMDY, want: minute}, {cell: "01/12/2010 08:26", bad: DateAmbiguous}, {cell: "01/12/2010 08:26", order: OrderAmbiguous, bad: DateAmbiguous},
		{cell: "31/12/2010", want: "2010-12-31T00:00:00+08:00"}, {cell: "12/31/2010", want: "2010-12-31T00:00:00+08:00"}, {cell: "12/12/2010", want: "2010-12-12T00:00:00+08:00"},
		{cell: "31/12/2010", order: OrderMDY, bad: DateImpossible}, {cell: "1/12/10", order: OrderDMY, want: day}, {cell: "10-12-01", order: OrderYMD, want: day}, {cell: "01.12.2010", order: OrderDMY, want: day},
		{cell: "1 Dec 2010", want: day}, {cell: "1-Dec-10", want: day}, {cell: "Dec 1, 2010 8:26 AM", want: minute}, {cell: "December 1st, 2010", want: day}, {cell: "Wed, 01 Dec 2010 00:26:05 GMT", want: second},
		{cell: "12/1/2010 8:26:05 AM", order: OrderMDY, want: second}, {cell: "12/1/2010 8:26 PM", order: OrderMDY, want: "2010-12-01T20:26:00+08:00"}, {cell: "2010-12-01 12:00 am", want: day}, {cell: "2010-12-01 12:00 p.m.", want: "2010-12-01T12:00:00+08:00"}, {cell: "Dec 1, 2010 8 PM", want: "2010-12-01T20:00:00+08:00"},
		{cell: "2010年12月1日 8时26分", want: minute}, {cell: "2010年12月1日8时26分5秒", want: second}, {cell: "2010年12月1日 下午8:26", want: "2010-12-01T20:26:00+08:00"}, {cell: "2010/12/1 上午 08:26:05", want: second}, {cell: "2010-12-1 8点26分", want: minute},
		{cell: "40513.35", want: "2010-12-01T08:24:00+08:00"}, {cell: "40513", want: day}, {cell: "1291163165", want: second}, {cell: "1291163165000", want: second}, {cell: "1291163165000000", want: second},
		{cell: "2010-12-01 24:00:00", want: "2010-12-02T00:00:00+08:00"},
		{cell: "", bad: DateEmpty}, {cell: "NULL", bad: DateEmpty}, {cell: "无", bad: DateEmpty}, {cell: "NaT", bad: DateEmpty},
		{cell: "0000-00-00", bad: DatePlaceholder}, {cell: "0000-00-00 00:00:00", bad: DatePlaceholder}, {cell: "0001-01-01", bad: DatePlaceholder}, {cell: "9999-12-31", bad: DatePlaceholder}, {cell: "1900/1/0", bad: DatePlaceholder}, {cell: "00000000", bad: DatePlaceholder},
		{cell: "0010-12-01", bad: DateRange}, {cell: "1899-12-01", bad: DateRange}, {cell: "2200-01-01", bad: DateRange}, {cell: "2199-12-31 24:00", bad: DateRange},
		{cell: "2010-02-30", bad: DateImpossible}, {cell: "2011-02-29", bad: DateImpossible}, {cell: "2012-02-29", want: "2012-02-29T00:00:00+08:00"}, {cell: "2010-13-01", bad: DateImpossible}, {cell: "2010-12-01 25:00", bad: DateImpossible}, {cell: "2010-12-01 08:61", bad: DateImpossible}, {cell: "20101301", bad: DateImpossible},
		{cell: "2010-12-01 08:26 CST", bad: DateZone}, {cell: "yesterday", bad: DateFormat}, {cell: "2010", bad: DateFormat}, {cell: "2010-12", bad: DateFormat}, {cell: "12345678901", bad: DateFormat}, {cell: "17", bad: DateFormat}, {cell: "99999", bad: DateFormat}, {cell: "2010-12-01 08:26:00 nonsense words", bad: DateZone}, {cell: "1.5", bad: DateFormat}, {cell: "2010-12-01x", bad: DateFormat},
		{cell: "2010-12-0108", bad: DateFormat}, {cell: "Foo 1, 2010", bad: DateFormat}, {cell: "2010-12-01 :", bad: DateFormat},
	}
	for _, k := range cases {
		got, p := c.Date(k.cell, k.order)
		if p != k.bad {
			t.Errorf("Date(%q, %v): problem %v, want %v", k.cell, k.order, p, k.bad)
			continue
		}
		if p != nil {
			continue
		}
		want, err := time.Parse(time.RFC3339, k.want)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Time().Equal(want) || got.Day != perennial.DayAt(want, c.Location()) {
			t.Errorf("Date(%q) = %v on %v, want %v", k.cell, got.Time().In(c.Location()), got.Day, want)
		}
	}
}

func TestDateFlags(t *testing.T) {
	c := NewClock(zone(t, "America/New_York"))
	for _, k := range []struct {
		cell       string
		time, zone bool
		day        string
	}{
		{"2010-12-01", false, false, "2010-12-01"}, {"2010-12-01 08:26", true, false, "2010-12-01"}, {"2010-12-01T03:00:00Z", true, true, "2010-11-30"},
		{"1291172765", true, true, "2010-11-30"}, {"40513", false, false, "2010-12-01"}, {"40513.5", true, false, "2010-12-01"},
	} {
		m, p := c.Date(k.cell, OrderUnset)
		if p != nil || m.HasTime != k.time || m.HasZone != k.zone || m.Day.String() != k.day {
			t.Errorf("%s: %+v %v %v", k.cell, m, m.Day, p)
		}
	}
}

// A skipped hour moves forward, an hour passed twice is the first one.
func TestDateDaylight(t *testing.T) {
	c := NewClock(zone(t, "Europe/London"))
	for cell, want := range map[string]string{
		"2010-03-28 00:59:59": "2010-03-28T00:59:59Z", "2010-03-28 01:30:00": "2010-03-28T01:30:00Z", "2010-03-28 02:00:00": "2010-03-28T01:00:00Z",
		"2010-10-31 00:30:00": "2010-10-30T23:30:00Z", "2010-10-31 01:30:00": "2010-10-31T00:30:00Z", "2010-10-31 02:00:00": "2010-10-31T02:00:00Z",
		"2010-07-01 12:00:00": "2010-07-01T11:00:00Z", "2010-12-01 08:26:00": "2010-12-01T08:26:00Z",
	} {
		m, p := c.Date(cell, OrderUnset)
		if p != nil || m.Time().Format(time.RFC3339) != want {
			t.Errorf("%s = %v %v, want %s", cell, m.Time(), p, want)
		}
	}
}

func TestSerial(t *testing.T) {
	c := NewClock(time.UTC)
	for _, k := range []struct {
		serial float64
		from   bool
		want   string
		bad    *Problem
	}{
		{serial: 40513.35, want: "2010-12-01 08:24:00"}, {serial: 1, bad: DateRange}, {serial: 2, want: "1900-01-02 00:00:00"}, {serial: 59, want: "1900-02-28 00:00:00"}, {serial: 61, want: "1900-03-01 00:00:00"},
		{serial: 39051, from: true, want: "2010-12-01 00:00:00"}, {serial: 40513.999999999, want: "2010-12-02 00:00:00"}, {serial: 0, bad: DatePlaceholder}, {serial: 0.5, bad: DatePlaceholder},
		{serial: -1, bad: DateRange}, {serial: 1e9, bad: DateRange}, {serial: 110000, bad: DateRange},
	} {
		m, p := c.Serial(k.serial, k.from)
		if p != k.bad || p == nil && m.Time().Format(time.DateTime) != k.want {
			t.Errorf("Serial(%v) = %v %v, want %s %v", k.serial, m.Time(), p, k.want, k.bad)
		}
	}
	wall, _ := NewClock(zone(t, "Asia/Shanghai")).Wall(time.Date(2010, 12, 1, 8, 26, 0, 0, time.UTC))
	if wall.Time().Format(time.DateTime) != "2010-12-01 00:26:00" || !wall.HasTime {
		t.Errorf("wall time: %v", wall)
	}
	at, _ := NewClock(zone(t, "Asia/Shanghai")).Instant(time.Date(2010, 12, 1, 20, 26, 0, 5000, time.UTC))
	if at.Day.String() != "2010-12-02" || at.Micros%1e6 != 5 {
		t.Errorf("instant: %v on %v", at, at.Day)
	}
}

// The clock agrees with the standard library for any second of any zone, in each
// of the forms.
func TestDateAgainstTime(t *testing.T) {
	var clocks []*Clock
	for _, name := range []string{"UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"} {
		clocks = append(clocks, NewClock(zone(t, name)))
	}
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(clocks).Draw(t, "clock")
		at := time.Unix(rapid.Int64Range(-2000000000, 7200000000).Draw(t, "unix"), 0).In(c.Location())
		for _, layout := range []string{time.DateTime, "2006/1/2 15:04:05", "20060102150405", "2006年1月2日 15时4分5秒", "Jan 2, 2006 3:04:05 PM", "2 January 2006 15:04:05", "2006-01-02T15:04:05.000"} {
			m, p := c.Date(at.Format(layout), OrderUnset)
			if p != nil {
				t.Fatalf("%s: %s", at.Format(layout), p.Code)
			}
			if back := m.Time().In(c.Location()); back.Format(time.DateTime) != at.Format(time.DateTime) || m.Day != perennial.DayAt(at, c.Location()) {
				t.Fatalf("%s read as %v on %v", at.Format(layout), back, m.Day)
			}
		}
		for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05 -0700", "20060102T150405-0700"} {
			// Offsets with seconds (before standard time) cannot be written.
			if _, off := at.Zone(); off%60 != 0 {
				continue
			}
			m, p := c.Date(at.Format(layout), OrderUnset)
			if p != nil || !m.Time().Equal(at) || m.Day != perennial.DayAt(at, c.Location()) || !m.HasZone {
				t.Fatalf("%s read as %v %v", at.Format(layout), m.Time(), p)
			}
		}
	})
}

func TestDayNumber(t *testing.T) {
	for d := perennial.MinDay; d <= perennial.MaxDay; d++ {
		y, m, dd := d.UTC().Date()
		if got := dayNumber(y, int(m), dd); got != d {
			t.Fatalf("%v counted as %v", d, got)
		}
	}
}

func TestOrderEvidence(t *testing.T) {
	cases := []struct {
		cells    []string
		want     DateOrder
		dmy, mdy int
	}{
		{[]string{"01/12/2010 8:26", "13/12/2010"}, OrderDMY, 2, 0}, {[]string{"01/12/2010", "12/13/10"}, OrderMDY, 0, 2}, {[]string{"01/12/2010", "02/03/2010"}, OrderAmbiguous, 0, 0},
		{[]string{"13/12/2010", "x", "12/13/2010"}, OrderContradictory, 1, 3}, {[]string{"2010-12-01", "20101201"}, OrderYMD, 0, 0}, {[]string{"", "1 Dec 2010"}, OrderUnset, 0, 0},
	}
	for _, c := range cases {
		var whole, a, b OrderEvidence
		for i, s := range c.cells {
			whole.Add(i+1, s)
			if i == 0 {
				a.Add(i+1, s)
			} else {
				b.Add(i+1, s)
			}
		}
		a.Merge(b)
		for _, e := range []OrderEvidence{whole, a} {
			if e.Order() != c.want || e.DMYLine != c.dmy || e.MDYLine != c.mdy {
				t.Errorf("%q: %v, lines %d %d", c.cells, e.Order(), e.DMYLine, e.MDYLine)
			}
		}
	}
	if fmt.Sprint(OrderDMY, OrderContradictory) != "dmy contradictory" {
		t.Error("names of orders")
	}
}
