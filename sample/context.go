package sample

import (
	"strconv"
	"time"
)

// sizes are the quantiles of the contexts' lengths in bytes, from the smallest to the largest, in even steps: most profiles are a
// few kilobytes, some are many. Between two steps the length is drawn evenly, but for the last one, whose upper part is rare.
var sizes = []int64{
	200, 600, 800, 980, 1140, 1300, 1470, 1630, 1800, 1980, 2170, 2380, 2600, 2840,
	3110, 3410, 3750, 4140, 4610, 5190, 5920, 6910, 8420, 11330, 60000,
}

// size is the length to aim at.
func size(r *random) int64 {
	i := r.below(int64(len(sizes) - 1))
	low, high := sizes[i], sizes[i+1]
	if i == int64(len(sizes)-2) {
		return min(r.between(low, high), r.between(low, high), r.between(low, high))
	}
	return r.between(low, high)
}

// contextJSON is the JSON of one profile, which nothing in it is younger than.
func contextJSON(r *random, updated int64) []byte {
	want := size(r)
	b := make([]byte, 0, want+256)
	b = append(b, `{"name":"`...)
	b = append(b, pick(r, firstNames)...)
	b = append(b, `","lang":"`...)
	b = append(b, few(r, languages)...)
	b = append(b, `","consent":{"mail":`...)
	b = strconv.AppendBool(b, r.percent(60))
	b = append(b, `,"ads":`...)
	b = strconv.AppendBool(b, r.percent(25))
	b = append(b, `},"events":[`...)
	at := updated
	for first := true; first || int64(len(b)) < want-120; first = false {
		if !first {
			b = append(b, ',')
		}
		at -= r.between(500, 2*day)
		b = event(b, r, at)
	}
	b = append(b, `],"score":`...)
	b = strconv.AppendInt(b, r.below(1000), 10)
	if r.percent(20) {
		b = append(b, `,"note":"`...)
		b = append(b, pick(r, notes)...)
		b = append(b, '"')
	}
	return append(b, '}')
}

// event appends one thing that the guest did: 70 to 200 bytes.
func event(b []byte, r *random, at int64) []byte {
	kind := pick(r, events)
	b = append(b, `{"at":"`...)
	b = time.UnixMilli(at).UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	b = append(b, `","type":"`...)
	b = append(b, kind...)
	b = append(b, '"')
	switch kind {
	case "search":
		b = append(b, `,"to":"`...)
		b = append(b, few(r, places)...)
		b = append(b, `","nights":`...)
		b = strconv.AppendInt(b, r.between(1, 14), 10)
		b = append(b, `,"guests":`...)
		b = strconv.AppendInt(b, r.between(1, 5), 10)
	case "booking", "cancel", "add_to_cart":
		b = append(b, `,"id":"`...)
		b = strconv.AppendUint(b, r.next(), 36)
		b = append(b, `","place":"`...)
		b = append(b, few(r, places)...)
		b = append(b, `","price":`...)
		b = strconv.AppendInt(b, r.between(39, 2400), 10)
		b = append(b, '.')
		b = strconv.AppendInt(b, r.between(10, 99), 10)
	default:
		b = append(b, `,"url":"`...)
		b = append(b, pick(r, pages)...)
		b = append(b, '/')
		b = append(b, few(r, places)...)
		b = append(b, `","on":"`...)
		b = append(b, pick(r, platforms)...)
		b = append(b, `","ms":`...)
		b = strconv.AppendInt(b, r.between(80, 9000), 10)
	}
	return append(b, '}')
}
