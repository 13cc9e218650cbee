package sample

import (
	"fmt"
	"strconv"
)

// Purposes of random streams: what belongs to a guest must not change with what belongs to a row.
const (
	forRepeat uint64 = iota + 1
	forKey
	forTime
	forRow
	forContext
)

// Times of the profiles, in milliseconds since 1970: the newest one of a guest lies in the year before lastMoment.
const (
	day        = int64(86_400_000)
	year       = 365 * day
	lastMoment = int64(1_795_305_600_000) // 2026-11-22T00:00:00Z
)

// repeats of a hundred rows tell of a guest that an earlier row told of.
const repeats = 3

// guestOf is the first row of the guest that row i tells of: i itself, unless it repeats one.
func guestOf(seed uint64, i int64) int64 {
	for i > 0 {
		r := stream(seed, i, forRepeat)
		if !r.percent(repeats) {
			break
		}
		i = r.below(i)
	}
	return i
}

// key is the id of the guest whose first row is g: ids for most, uuids, and e-mail addresses, some of them beyond ASCII.
func key(seed uint64, g int64) string {
	r := stream(seed, g, forKey)
	switch kind := r.below(10); {
	case kind < 6:
		return fmt.Sprintf("g-%011x", scramble(seed, g))
	case kind < 9:
		a, b := r.next(), r.next()
		return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
	}
	return mailbox(r) + strconv.FormatInt(g, 36) + "@" + pick(r, hosts)
}

// scramble maps each g below MaxRows to a number of 44 bits of its own that looks random: each step can be undone.
func scramble(seed uint64, g int64) uint64 {
	const mask = 1<<44 - 1
	x := (uint64(g)*0x9e3779b97f5 + seed) & mask
	x ^= x >> 22
	x = x * 0xbf58476d1cf & mask
	return x ^ x>>23
}

// mailbox is the name in an e-mail address.
func mailbox(r *random) string {
	return pick(r, mailNames) + pick(r, []string{".", "_", "-", ""}) + pick(r, mailNames) + "."
}

// updatedAt is when row i of guest g was written; g itself is the newest.
func updatedAt(seed uint64, i, g int64) int64 {
	at := lastMoment - stream(seed, g, forTime).below(year)
	if i == g {
		return at
	}
	return at - stream(seed, i, forTime).between(1, 60*day)
}

// profile is one row of a file.
type profile struct {
	GuestID   string   `parquet:"guest_id"`
	Country   *string  `parquet:"country,optional,dict"`
	Visits    int32    `parquet:"visits"`
	Spend     *int64   `parquet:"spend,optional,decimal(2:12)"`
	Segments  []string `parquet:"segments,list"`
	Context   string   `parquet:"context,json"`
	UpdatedAt int64    `parquet:"updated_at,timestamp(millisecond)"`
}

// profileOf is row i.
func profileOf(seed uint64, i int64) (p profile, repeated bool) {
	g := guestOf(seed, i)
	r := stream(seed, i, forRow)
	p = profile{GuestID: key(seed, g), UpdatedAt: updatedAt(seed, i, g), Visits: int32(min(r.below(400), r.below(400), r.below(400)))}
	if !r.percent(4) {
		country := few(r, countries)
		p.Country = &country
	}
	if !r.percent(10) {
		spend := min(r.below(90_000_00), r.below(90_000_00), r.below(90_000_00)) // in hundredths
		if r.percent(2) {
			spend = -spend // a refund
		}
		p.Spend = &spend
	}
	for _, s := range segments {
		if r.percent(s.percent) {
			p.Segments = append(p.Segments, s.name)
		}
	}
	p.Context = string(contextJSON(stream(seed, i, forContext), p.UpdatedAt))
	return p, i != g
}
