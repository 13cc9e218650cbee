package cql

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

const (
	millisPerDay = 86_400_000
	// The days that a timestamp of 64-bit milliseconds can fall on.
	minMillisDay, maxMillisDay = -106_751_991_168, 106_751_991_167
)

// civil is the date of the proleptic Gregorian calendar that is days after 1970-01-01. Year 0 is 1 BC.
// It counts in eras of 400 years (146,097 days) that begin on 1 March, so that the leap day is a year's last.
func civil(days int64) (year int64, month, day int) {
	days += 719_468 // 0000-03-01
	era := floorDiv(days, 146_097)
	d := days - era*146_097
	y := (d - d/1460 + d/36_524 - d/146_096) / 365
	inYear := d - (365*y + y/4 - y/100)
	m := (5*inYear + 2) / 153 // 0 is March
	day = int(inYear - (153*m+2)/5 + 1)
	if m >= 10 {
		return era*400 + y + 1, int(m) - 9, day
	}
	return era*400 + y, int(m) + 3, day
}

// daysOf is the inverse of civil; month and day need not exist.
func daysOf(year int64, month, day int) int64 {
	m := int64(month) - 3
	if m < 0 {
		m += 12
		year--
	}
	era := floorDiv(year, 400)
	y := year - era*400
	return era*146_097 + y*365 + y/4 - y/100 + (153*m+2)/5 + int64(day) - 1 - 719_468
}

// floorDiv is a / b rounded down, b > 0.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// appendDate writes a date as ISO 8601 does: 2026-11-21, and with a sign outside the years 0 to 9999: -0044-03-15.
func appendDate(dst []byte, days int64) []byte {
	year, month, day := civil(days)
	switch {
	case year < 0:
		dst, year = append(dst, '-'), -year
	case year > 9999:
		dst = append(dst, '+')
	}
	dst = appendDigits(dst, year, 4)
	dst = appendDigits(append(dst, '-'), int64(month), 2)
	return appendDigits(append(dst, '-'), int64(day), 2)
}

// appendClock writes a time of day, 15:04:05, given in seconds since midnight.
func appendClock(dst []byte, seconds int64) []byte {
	dst = appendDigits(dst, seconds/3600, 2)
	dst = appendDigits(append(dst, ':'), seconds/60%60, 2)
	return appendDigits(append(dst, ':'), seconds%60, 2)
}

func appendTimestamp(dst []byte, ms int64) []byte {
	day := floorDiv(ms, millisPerDay)
	inDay := ms - day*millisPerDay
	dst = append(appendDate(dst, day), 'T')
	dst = append(appendClock(dst, inDay/1000), '.')
	return append(appendDigits(dst, inDay%1000, 3), 'Z')
}

func appendTime(dst []byte, ns int64) []byte {
	dst = append(appendClock(dst, ns/1e9), '.')
	return appendDigits(dst, ns%1e9, 9)
}

// appendDigits writes v >= 0 with zeros in front up to width.
func appendDigits(dst []byte, v int64, width int) []byte {
	for limit := int64(10); width > 1; width-- {
		if v < limit {
			dst = append(dst, '0')
		}
		limit *= 10
	}
	return strconv.AppendInt(dst, v, 10)
}

// parseDate reads what appendDate writes from the front of s.
func parseDate(s string) (days int64, rest string, err error) {
	sign := int64(1)
	signed := s != "" && (s[0] == '-' || s[0] == '+')
	if signed && s[0] == '-' {
		sign = -1
	}
	digits := s
	if signed {
		digits = s[1:]
	}
	n := 0
	for n < len(digits) && digit(digits[n]) {
		n++
	}
	if n < 4 || n > 9 || !signed && n != 4 || n > 4 && digits[0] == '0' {
		return 0, s, errors.New("the year must have 4 digits, or a sign and 4 to 9")
	}
	year, err := strconv.ParseInt(digits[:n], 10, 64)
	if err != nil {
		return 0, s, err
	}
	if year *= sign; signed && year >= 0 && year <= 9999 {
		return 0, s, errors.New("a year from 0 to 9999 has no sign")
	}
	month, rest, ok := twoDigits(digits[n:], '-')
	day, rest, ok2 := twoDigits(rest, '-')
	if !ok || !ok2 {
		return 0, s, errors.New("month and day must follow as -MM-DD")
	}
	days = daysOf(year, month, day)
	if y, m, d := civil(days); y != year || m != month || d != day {
		return 0, s, errors.New("there is no such day")
	}
	return days, rest, nil
}

// twoDigits reads a separator and two digits from the front of s.
func twoDigits(s string, separator byte) (v int, rest string, ok bool) {
	if len(s) < 3 || s[0] != separator || !digit(s[1]) || !digit(s[2]) {
		return 0, s, false
	}
	return int(s[1]-'0')*10 + int(s[2]-'0'), s[3:], true
}

// parseClock reads hh:mm:ss and an optional fraction from the front of s, behind the separator that stands before it.
// Digits of the fraction below unit (nanoseconds) must be zero.
func parseClock(s string, separator byte, unit int64) (ns int64, rest string, err error) {
	hour, rest, ok := twoDigits(s, separator)
	minute, rest, ok2 := twoDigits(rest, ':')
	second, rest, ok3 := twoDigits(rest, ':')
	if !ok || !ok2 || !ok3 || hour > 23 || minute > 59 || second > 59 {
		return 0, s, errors.New("the time of day must be hh:mm:ss, at most 23:59:59")
	}
	ns = int64(hour*3600+minute*60+second) * 1e9
	if rest == "" || rest[0] != '.' {
		return ns, rest, nil
	}
	rest = rest[1:]
	n := 0
	for digitUnit := int64(1e8); n < len(rest) && digit(rest[n]); n++ {
		v := int64(rest[n] - '0')
		if v != 0 && digitUnit < unit {
			return 0, s, fmt.Errorf("the type keeps no fraction below %d ns", unit)
		}
		ns += v * digitUnit
		digitUnit /= 10
	}
	if n == 0 {
		return 0, s, errors.New("digits must follow the point")
	}
	return ns, rest[n:], nil
}

// parseTimestamp reads RFC 3339 with up to three digits behind the point, or more zeros, as milliseconds.
func parseTimestamp(s string) (ms int64, err error) {
	day, rest, err := parseDate(s)
	if err != nil {
		return 0, err
	}
	ns, rest, err := parseClock(rest, 'T', 1e6)
	if err != nil {
		return 0, err
	}
	offset, err := parseOffset(rest)
	if err != nil {
		return 0, err
	}
	inDay := ns/1e6 - offset*60_000
	day += floorDiv(inDay, millisPerDay)
	inDay -= floorDiv(inDay, millisPerDay) * millisPerDay
	if day < minMillisDay || day > maxMillisDay {
		return 0, errors.New("it is outside the range of 64-bit milliseconds")
	}
	if day < 0 { // count back from the day's end, so that the first product cannot overflow
		day, inDay = day+1, inDay-millisPerDay
	}
	ms = day * millisPerDay
	if inDay < 0 && ms < math.MinInt64-inDay || inDay > 0 && ms > math.MaxInt64-inDay {
		return 0, errors.New("it is outside the range of 64-bit milliseconds")
	}
	return ms + inDay, nil
}

// parseOffset reads Z or +hh:mm or -hh:mm, all of s, as minutes east of UTC.
func parseOffset(s string) (minutes int64, err error) {
	if s == "Z" {
		return 0, nil
	}
	if s != "" && (s[0] == '+' || s[0] == '-') {
		hour, rest, ok := twoDigits(s, s[0])
		minute, rest, ok2 := twoDigits(rest, ':')
		if ok && ok2 && rest == "" && hour <= 23 && minute <= 59 {
			minutes = int64(hour*60 + minute)
			if s[0] == '-' {
				minutes = -minutes
			}
			return minutes, nil
		}
	}
	return 0, errors.New("the zone must be Z, +hh:mm or -hh:mm")
}
