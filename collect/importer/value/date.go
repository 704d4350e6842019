package value

import "perennial"

// civil is a date as written, before it is checked.
type civil struct {
	year, month, day     int
	hour, minute, second int
	nanos                int
	offset               int // seconds east of UTC, with hasZone
	hasTime, hasZone     bool
}

// civil checks a written date and places it in time.
func (c *Clock) civil(v civil) (Moment, *Problem) {
	switch {
	case v.year == 0, v.year == 1 && v.month <= 1, v.year == 9999, v.month == 0 && v.day == 0,
		v.year == 1900 && v.month <= 1 && v.day == 0, v.year == 1899 && v.month == 12 && v.day >= 30:
		return Moment{}, DatePlaceholder
	case v.month < 1 || v.month > 12 || v.day < 1 || v.day > daysIn(v.year, v.month),
		v.minute > 59 || v.second > 59 || v.hour > 24 || v.hour == 24 && v.minute+v.second+v.nanos > 0,
		v.offset < -14*3600 || v.offset > 14*3600:
		return Moment{}, DateImpossible
	case v.year < 1900 || v.year > 2199:
		return Moment{}, DateRange
	}
	day := dayNumber(v.year, v.month, v.day)
	second := v.hour*3600 + v.minute*60 + v.second
	if v.hour == 24 {
		day, second = day+1, 0
	}
	if v.hasZone {
		m, p := c.unix(int64(day)*86400+int64(second-v.offset), v.nanos/1000)
		m.HasTime = v.hasTime
		return m, p
	}
	if day > perennial.MaxDay {
		return Moment{}, DateRange
	}
	return Moment{Micros: c.wall(day, second)*1e6 + int64(v.nanos/1000), Day: day, HasTime: v.hasTime}, nil
}

// dayNumber counts days from 1970-01-01 in the proleptic Gregorian calendar, for
// years above 0.
func dayNumber(year, month, day int) perennial.Day {
	// Years that begin in March put the leap day last.
	if month <= 2 {
		year--
		month += 12
	}
	return perennial.Day(365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 719469)
}

var monthDays = [13]uint8{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func daysIn(year, month int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	if month < 1 || month > 12 {
		return 0
	}
	return int(monthDays[month])
}

// fastDate reads the two usual forms, 2010-12-01 08:26:00 and 2010/12/1 8:26, and
// what lies between them. form is 0 where the cell is anything else (which the
// full reader then judges), 1 for a date alone, 2 for a date with a time.
func fastDate(s string) (day perennial.Day, second, form int) {
	if len(s) < 8 || len(s) > 19 {
		return 0, 0, 0
	}
	sep := s[4]
	if sep != '-' && sep != '/' {
		return 0, 0, 0
	}
	y0, y1, y2, y3 := s[0]-'0', s[1]-'0', s[2]-'0', s[3]-'0'
	if y0 > 9 || y1 > 9 || y2 > 9 || y3 > 9 {
		return 0, 0, 0
	}
	year := int(y0)*1000 + int(y1)*100 + int(y2)*10 + int(y3)
	month, i := oneOrTwo(s, 5)
	if i == 0 || i >= len(s) || s[i] != sep {
		return 0, 0, 0
	}
	dom, i := oneOrTwo(s, i+1)
	if i == 0 || year < 1900 || year > 2199 || month < 1 || month > 12 || dom < 1 || dom > daysIn(year, month) {
		return 0, 0, 0
	}
	day = dayNumber(year, month, dom)
	if i == len(s) {
		return day, 0, 1
	}
	if s[i] != ' ' && s[i] != 'T' {
		return 0, 0, 0
	}
	hour, i := oneOrTwo(s, i+1)
	if i == 0 || hour > 23 || i+3 > len(s) || s[i] != ':' {
		return 0, 0, 0
	}
	m0, m1 := s[i+1]-'0', s[i+2]-'0'
	if m0 > 5 || m1 > 9 {
		return 0, 0, 0
	}
	second = hour*3600 + (int(m0)*10+int(m1))*60
	i += 3
	if i == len(s) {
		return day, second, 2
	}
	if i+3 != len(s) || s[i] != ':' {
		return 0, 0, 0
	}
	s0, s1 := s[i+1]-'0', s[i+2]-'0'
	if s0 > 5 || s1 > 9 {
		return 0, 0, 0
	}
	return day, second + int(s0)*10 + int(s1), 2
}

// oneOrTwo reads a number of one or two digits at s[i]; next is 0 where there is
// none.
func oneOrTwo(s string, i int) (v, next int) {
	if i >= len(s) {
		return 0, 0
	}
	a := s[i] - '0'
	if a > 9 {
		return 0, 0
	}
	if i+1 < len(s) {
		if b := s[i+1] - '0'; b <= 9 {
			return int(a)*10 + int(b), i + 2
		}
	}
	return int(a), i + 1
}

// reader walks over folded bytes.
type reader struct {
	b []byte
	i int
}

func (r *reader) peek() byte {
	if r.i < len(r.b) {
		return r.b[r.i]
	}
	return 0
}

// eat passes over c if it comes next.
func (r *reader) eat(c byte) bool {
	if r.i == len(r.b) || r.b[r.i] != c {
		return false
	}
	r.i++
	return true
}

// skip passes over the next byte if it is one of chars.
func (r *reader) skip(chars string) bool {
	for i := range len(chars) {
		if r.eat(chars[i]) {
			return true
		}
	}
	return false
}

func (r *reader) spaces() {
	for r.peek() == ' ' {
		r.i++
	}
}

// number reads at most nine digits; n is how many there were.
func (r *reader) number() (v, n int) {
	for n < 9 && digit(r.peek()) {
		v = v*10 + int(r.b[r.i]-'0')
		r.i++
		n++
	}
	return v, n
}

// word reads letters.
func (r *reader) word() []byte {
	from := r.i
	for letter(r.peek()) {
		r.i++
	}
	return r.b[from:r.i]
}

// readCivil reads every form of date that has separators or month names.
func readCivil(b []byte, order DateOrder) (v civil, p *Problem) {
	r := &reader{b: b}
	if letter(r.peek()) { // a weekday, or a month name first
		w := r.word()
		if weekday(w) {
			r.skip(".,")
			r.spaces()
		} else {
			r.i = 0
		}
	}
	if p := r.date(&v, order); p != nil {
		return v, p
	}
	if p := r.time(&v); p != nil {
		return v, p
	}
	if r.i != len(r.b) {
		return v, DateFormat
	}
	return v, nil
}

func (r *reader) date(v *civil, order DateOrder) *Problem {
	if letter(r.peek()) { // Dec 1, 2010
		if v.month = month(r.word()); v.month == 0 {
			return DateFormat
		}
		r.skip(".")
		r.skip(" -/")
		var n int
		if v.day, n = r.number(); n < 1 || n > 2 {
			return DateFormat
		}
		r.ordinal()
		r.skip(",")
		r.skip(" -/")
		r.spaces()
		return r.year(v)
	}
	a, n := r.number()
	switch {
	case n == 8: // 20101201T082600
		v.year, v.month, v.day = a/10000, a/100%100, a%100
		return nil
	case n == 4: // year first
		v.year = a
		r.spaces()
		if !r.skip("-/., ") && !r.eat(gYear) && !digit(r.peek()) && !letter(r.peek()) {
			return DateFormat
		}
		r.spaces()
		if letter(r.peek()) {
			if v.month = month(r.word()); v.month == 0 {
				return DateFormat
			}
		} else if v.month, n = r.number(); n < 1 || n > 2 {
			return DateFormat
		}
		r.spaces()
		if !r.skip("-/.,") && !r.eat(gMonth) && r.b[max(0, r.i-1)] != ' ' {
			return DateFormat
		}
		r.spaces()
		if v.day, n = r.number(); n < 1 || n > 2 {
			return DateFormat
		}
		mark := r.i
		r.spaces()
		if !r.eat(gDay) {
			r.i = mark
		}
		return nil
	case n < 1 || n > 2:
		return DateFormat
	}
	r.ordinal()
	sep := r.peek()
	if !r.skip(" -/.") && !letter(sep) {
		return DateFormat
	}
	r.spaces()
	if letter(r.peek()) { // 1 Dec 2010
		v.day = a
		if v.month = month(r.word()); v.month == 0 {
			return DateFormat
		}
		r.skip(".,")
		r.skip(" -/")
		r.spaces()
		return r.year(v)
	}
	second, n := r.number()
	if n < 1 || n > 2 || sep == ' ' || !r.eat(sep) {
		return DateFormat
	}
	return r.numericOrder(v, a, second, order)
}

// numericOrder decides day and month of 01/12/2010 from the values where they
// tell, else from the order given.
func (r *reader) numericOrder(v *civil, first, second int, order DateOrder) *Problem {
	if order == OrderYMD {
		v.year, v.month = twoDigitYear(first), second
		var n int
		if v.day, n = r.number(); n < 1 || n > 2 {
			return DateFormat
		}
		return nil
	}
	if p := r.year(v); p != nil {
		return p
	}
	switch {
	case order == OrderDMY:
		v.day, v.month = first, second
	case order == OrderMDY:
		v.month, v.day = first, second
	case first > 12 && second > 12:
		return DateImpossible
	case first > 12 || first == second:
		v.day, v.month = first, second
	case second > 12:
		v.month, v.day = first, second
	default:
		return DateAmbiguous
	}
	return nil
}

// year reads a year of four digits, or of two (70 and later are of the last
// century).
func (r *reader) year(v *civil) *Problem {
	y, n := r.number()
	switch n {
	case 4:
		v.year = y
	case 2:
		v.year = twoDigitYear(y)
	default:
		return DateFormat
	}
	return nil
}

func twoDigitYear(y int) int {
	if y >= 70 {
		return 1900 + y
	}
	return 2000 + y
}

// ordinal passes over 1st, 2nd, 3rd, 4th.
func (r *reader) ordinal() {
	from := r.i
	switch string(r.word()) {
	case "st", "nd", "rd", "th":
	default:
		r.i = from
	}
}

// time reads the time of day and the zone behind a date, if any.
func (r *reader) time(v *civil) *Problem {
	if r.i == len(r.b) {
		return nil
	}
	glued := !r.skip(",")
	if r.skip(" t") {
		glued = false
	}
	r.spaces()
	half := r.half() // 下午 8:26
	r.spaces()
	hour, n := r.number()
	switch {
	case n == 0:
		if half != 0 {
			return DateFormat
		}
		return r.zone(v)
	case glued && r.i-n > 0 && digit(r.b[r.i-n-1]):
		return DateFormat
	case n == 6:
		v.hour, v.minute, v.second = hour/10000, hour/100%100, hour%100
	case n == 4:
		v.hour, v.minute = hour/100, hour%100
	case n <= 2:
		v.hour = hour
		if p := r.minutes(v); p != nil {
			return p
		}
	default:
		return DateFormat
	}
	v.hasTime = true
	r.spaces()
	if half == 0 {
		half = r.half()
	}
	if half != 0 && v.hour <= 12 {
		if half == 'p' && v.hour < 12 {
			v.hour += 12
		} else if half == 'a' && v.hour == 12 {
			v.hour = 0
		}
	} else if half == 'a' && v.hour > 12 {
		return DateImpossible
	}
	r.spaces()
	return r.zone(v)
}

// minutes reads :26, :26:00, :26:00.123, 时26分, 时26分0秒, or nothing before am or pm.
func (r *reader) minutes(v *civil) *Problem {
	var n int
	switch {
	case r.skip(":"):
		if v.minute, n = r.number(); n < 1 || n > 2 {
			return DateFormat
		}
		if !r.skip(":") {
			return nil
		}
	case r.eat(gHour):
		r.spaces()
		if v.minute, n = r.number(); n == 0 {
			return nil
		} else if n > 2 {
			return DateFormat
		}
		r.eat(gMinute)
		r.spaces()
		if !digit(r.peek()) {
			return nil
		}
	default:
		mark := r.i
		r.spaces()
		half := r.half()
		r.i = mark
		if half == 0 {
			return DateFormat
		}
		return nil
	}
	if v.second, n = r.number(); n < 1 || n > 2 {
		return DateFormat
	}
	r.eat(gSecond)
	if (r.peek() == '.' || r.peek() == ',') && r.i+1 < len(r.b) && digit(r.b[r.i+1]) {
		r.i++
		for scale := 100_000_000; digit(r.peek()); scale /= 10 {
			v.nanos += int(r.b[r.i]-'0') * scale
			r.i++
		}
	}
	return nil
}

// half reads am, pm, a.m., p.m., 上午 or 下午: 'a', 'p', or 0 for none of them.
func (r *reader) half() byte {
	rest := r.b[r.i:]
	if len(rest) >= 2 && rest[1] == gNoon {
		switch rest[0] {
		case gUp:
			r.i += 2
			return 'a'
		case gDown:
			r.i += 2
			return 'p'
		}
	}
	if len(rest) >= 2 && (rest[0] == 'a' || rest[0] == 'p') {
		n := 0
		switch {
		case rest[1] == 'm':
			n = 2
		case len(rest) >= 4 && string(rest[1:4]) == ".m.":
			n = 4
		}
		if n > 0 && (len(rest) == n || !letter(rest[n])) {
			r.i += n
			return rest[0]
		}
	}
	return 0
}

// zone reads z, utc, gmt, +08:00, +0800, +8 and an abbreviation behind an offset.
func (r *reader) zone(v *civil) *Problem {
	switch w := r.word(); string(w) {
	case "":
	case "z", "utc", "gmt":
		v.hasZone = true
	default:
		if v.hasTime {
			return DateZone
		}
		return DateFormat
	}
	r.spaces()
	if c := r.peek(); c == '+' || c == '-' {
		if !v.hasTime {
			return DateFormat
		}
		r.i++
		h, n := r.number()
		m := 0
		switch {
		case n == 4:
			h, m = h/100, h%100
		case n < 1 || n > 2:
			return DateFormat
		case r.skip(":"):
			if m, n = r.number(); n != 2 {
				return DateFormat
			}
		}
		if m > 59 {
			return DateImpossible
		}
		v.hasZone = true
		v.offset = h*3600 + m*60
		if c == '-' {
			v.offset = -v.offset
		}
		r.spaces()
		r.word()
	}
	return nil
}

// month reads an English month name or its abbreviation; 0 for anything else.
func month(w []byte) int {
	if len(w) < 3 {
		return 0
	}
	name, m := "", 0
	switch string(w[:3]) {
	case "jan":
		name, m = "january", 1
	case "feb":
		name, m = "february", 2
	case "mar":
		name, m = "march", 3
	case "apr":
		name, m = "april", 4
	case "may":
		name, m = "may", 5
	case "jun":
		name, m = "june", 6
	case "jul":
		name, m = "july", 7
	case "aug":
		name, m = "august", 8
	case "sep":
		name, m = "september", 9
	case "oct":
		name, m = "october", 10
	case "nov":
		name, m = "november", 11
	case "dec":
		name, m = "december", 12
	}
	if len(w) > len(name) || name[:len(w)] != string(w) {
		return 0
	}
	return m
}

func weekday(w []byte) bool {
	switch string(w) {
	case "mon", "monday", "tue", "tues", "tuesday", "wed", "wednesday", "thu", "thur", "thurs", "thursday",
		"fri", "friday", "sat", "saturday", "sun", "sunday":
		return true
	}
	return false
}
