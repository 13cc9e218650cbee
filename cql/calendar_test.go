package cql

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestCalendarModel holds dates and timestamps against package time, for the years that it writes in four digits.
func TestCalendarModel(t *testing.T) {
	first := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	last := time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC).UnixMilli()
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(first, last).Draw(t, "ms")
		at := time.UnixMilli(ms).UTC()
		if got, want := string(appendTimestamp(nil, ms)), at.Format("2006-01-02T15:04:05.000Z"); got != want {
			t.Fatalf("%d ms is %s, want %s", ms, got, want)
		}
		zoned := at.In(time.FixedZone("", rapid.IntRange(-23*60, 23*60).Draw(t, "zone")*60))
		if zoned.Year() < 0 || zoned.Year() > 9999 {
			return
		}
		text := zoned.Format("2006-01-02T15:04:05.999Z07:00")
		if got, err := parseTimestamp(text); err != nil || got != ms {
			t.Fatalf("%s is %d (%v), want %d", text, got, err, ms)
		}
	})
}

// TestEveryDay goes through 800 years day by day.
func TestEveryDay(t *testing.T) {
	day := time.Date(-400, 3, 1, 0, 0, 0, 0, time.UTC)
	days := daysOf(-400, 3, 1)
	for range 800 * 366 {
		y, m, d := civil(days)
		if int(y) != day.Year() || m != int(day.Month()) || d != day.Day() || daysOf(y, m, d) != days {
			t.Fatalf("day %d is %d-%d-%d, want %s", days, y, m, d, day)
		}
		day, days = day.AddDate(0, 0, 1), days+1
	}
}

func TestCalendarEnds(t *testing.T) {
	for _, ms := range []int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, math.MaxInt64 - 1, math.MaxInt64} {
		text := string(appendTimestamp(nil, ms))
		if back, err := parseTimestamp(text); err != nil || back != ms {
			t.Errorf("%d ms is %s, read as %d (%v)", ms, text, back, err)
		}
	}
	for _, days := range []int64{math.MinInt32, math.MaxInt32} {
		text := string(appendDate(nil, days))
		payload, err := ParseKeyText(Of(Date), text)
		if back := AppendDate(nil, int32(days)); err != nil || string(payload) != string(back) {
			t.Errorf("day %d is %s, read as %x (%v)", days, text, payload, err)
		}
	}
	for _, text := range []string{"+5881580-07-12", "-5877641-06-22"} {
		if _, err := ParseKeyText(Of(Date), text); err == nil {
			t.Errorf("%s is a date", text)
		}
	}
}
