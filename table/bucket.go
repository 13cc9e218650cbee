package table

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// A bucket's body, in the order of its bytes:
//
//	flags u8 | n uvarint | more: offset uvarint, length uvarint | n tags u8 | n lengths u8 or u16 | references, n bits | n entries
//
// more stands there with flagMore: the bucket's last entries are in a bucket of the second piece, which may be longer.
// Lengths are u16 with flagWide. The bits of references stand there with flagRefs: entry i is a Ref, not a key, if bit
// i%8 of byte i/8 is set. A tag is the low byte of the entry's token.
const (
	flagWide = 1 << iota
	flagRefs
	flagMore
	flagsKnown = flagWide | flagRefs | flagMore
)

// BucketBuilder collects the entries of a bucket in table order.
type BucketBuilder struct {
	tags    []byte
	ends    []int // where each entry ends in entries
	refs    []byte
	entries []byte
	longest int
	hasRefs bool
}

// Kind says what an entry of a bucket is.
type Kind uint8

// The two kinds of entries.
const (
	Inline    Kind = iota // key suffix and row block
	Reference             // a Ref to a key in the row area
)

// Reset empties the bucket.
func (b *BucketBuilder) Reset() {
	b.tags, b.ends, b.refs, b.entries = b.tags[:0], b.ends[:0], b.refs[:0], b.entries[:0]
	b.longest, b.hasRefs = 0, false
}

// Len is the number of entries.
func (b *BucketBuilder) Len() int { return len(b.tags) }

// Add puts in the next entry: a Ref, or an Inline entry's key (see AppendEntryKey) and rows.
func (b *BucketBuilder) Add(token int64, kind Kind, key, rows []byte) {
	i := len(b.tags)
	b.tags = append(b.tags, byte(token))
	if i%8 == 0 {
		b.refs = append(b.refs, 0)
	}
	if kind == Reference {
		b.refs[i/8] |= 1 << (i % 8)
		b.hasRefs = true
	}
	start := len(b.entries)
	b.entries = append(append(b.entries, key...), rows...)
	b.ends = append(b.ends, len(b.entries))
	b.longest = max(b.longest, len(b.entries)-start)
}

// start is where entry i starts in entries.
func (b *BucketBuilder) start(i int) int {
	if i == 0 {
		return 0
	}
	return b.ends[i-1]
}

// longestOf is the length of the longest of the entries from <= i < to.
func (b *BucketBuilder) longestOf(from, to int) int {
	longest := 0
	for i := from; i < to; i++ {
		longest = max(longest, b.ends[i]-b.start(i))
	}
	return longest
}

// anyRef reports whether one of the entries from <= i < to is a reference.
func (b *BucketBuilder) anyRef(from, to int) bool {
	for i := from; i < to; i++ {
		if b.refs[i/8]>>(i%8)&1 != 0 {
			return true
		}
	}
	return false
}

// AppendBody appends the body of the entries from <= i < to. more, if it is not nil, says where those behind them are.
func (b *BucketBuilder) AppendBody(dst []byte, from, to int, more *Section) []byte {
	flags, longest := byte(0), b.longest
	if from > 0 || to < len(b.tags) {
		longest = b.longestOf(from, to)
	}
	if longest > math.MaxUint8 {
		flags |= flagWide
	}
	if b.hasRefs && b.anyRef(from, to) {
		flags |= flagRefs
	}
	if more != nil {
		flags |= flagMore
	}
	dst = append(dst, flags)
	dst = binary.AppendUvarint(dst, uint64(to-from))
	if more != nil {
		dst = binary.AppendUvarint(dst, more.Offset)
		dst = binary.AppendUvarint(dst, more.Length)
	}
	dst = append(dst, b.tags[from:to]...)
	start := b.start(from)
	for _, end := range b.ends[from:to] {
		dst = append(dst, byte(end-start))
		if flags&flagWide != 0 {
			dst = append(dst, byte((end-start)>>8))
		}
		start = end
	}
	if flags&flagRefs != 0 {
		for i := from; i < to; i += 8 {
			var set byte
			for j := i; j < min(i+8, to); j++ {
				set |= b.refs[j/8] >> (j % 8) & 1 << (j - i)
			}
			dst = append(dst, set)
		}
	}
	if from == to {
		return dst
	}
	return append(dst, b.entries[b.start(from):b.ends[to-1]]...)
}

// bucket is a decoded body; its slices alias the body.
type bucket struct {
	flags   byte
	tags    []byte
	lengths []byte
	refs    []byte
	entries []byte
	more    Section
}

func (b *bucket) parse(body []byte) error {
	f := fields{rest: body}
	flags := f.take(1)
	n := f.uvarint()
	if f.err != nil {
		return f.err
	}
	b.flags = flags[0]
	if b.flags&^flagsKnown != 0 {
		return fmt.Errorf("flags %#x: unknown", b.flags)
	}
	if b.flags&flagMore != 0 {
		b.more.Offset, b.more.Length = f.uvarint(), f.uvarint()
	}
	b.tags = f.take(n)
	width := uint64(1)
	if b.flags&flagWide != 0 {
		width = 2
	}
	b.lengths = f.take(width * n) // n is at most len(body) here, or an error is set
	if b.flags&flagRefs != 0 {
		b.refs = f.take((n + 7) / 8)
	}
	b.entries = f.rest
	return f.err
}

// check reports whether lengths and entries agree and no bit of a reference is set behind the last.
func (b *bucket) check() error {
	if total := b.sum(0, len(b.tags)); total != len(b.entries) {
		return fmt.Errorf("%d entries of %d bytes in %d: %w", len(b.tags), total, len(b.entries), errShort)
	}
	if n := len(b.tags); b.flags&flagRefs != 0 && n%8 != 0 && b.refs[n/8]>>(n%8) != 0 {
		return fmt.Errorf("references behind entry %d: %w", n, errShort)
	}
	return nil
}

// sum is the length of the entries from <= i < to together.
func (b *bucket) sum(from, to int) int {
	if b.flags&flagWide == 0 {
		return sumBytes(b.lengths[from:to])
	}
	sum := 0
	for l := b.lengths[2*from : 2*to]; len(l) > 0; l = l[2:] {
		sum += int(binary.LittleEndian.Uint16(l))
	}
	return sum
}

// sumBytes adds up b, eight bytes at a time.
func sumBytes(b []byte) int {
	const low = 0x00ff00ff00ff00ff
	sum := 0
	for ; len(b) >= 8; b = b[8:] {
		x := binary.LittleEndian.Uint64(b)
		sum += int((x&low + x>>8&low) * 0x0001000100010001 >> 48)
	}
	for _, c := range b {
		sum += int(c)
	}
	return sum
}

func (b *bucket) length(i int) int {
	if b.flags&flagWide == 0 {
		return int(b.lengths[i])
	}
	return int(binary.LittleEndian.Uint16(b.lengths[2*i:]))
}

// entry is entry i, which begins at offset.
func (b *bucket) entry(i, offset int) ([]byte, error) {
	end := offset + b.length(i)
	if end > len(b.entries) {
		return nil, fmt.Errorf("entry %d ends at %d of %d bytes: %w", i, end, len(b.entries), errShort)
	}
	return b.entries[offset:end:end], nil
}

func (b *bucket) kind(i int) Kind {
	if b.flags&flagRefs != 0 && b.refs[i/8]>>(i%8)&1 != 0 {
		return Reference
	}
	return Inline
}

// next is the first entry at or behind from with this tag, or -1.
func (b *bucket) next(tag byte, from int) int {
	i := bytes.IndexByte(b.tags[from:], tag)
	if i < 0 {
		return -1
	}
	return from + i
}

// AppendEntryKey appends what an Inline entry holds of its key: all but the prefix that the table's keys share, behind its
// length unless all keys have the same.
func (l *Layout) AppendEntryKey(dst, key []byte) []byte {
	suffix := key[len(l.KeyPrefix):]
	if l.KeyLength == 0 {
		dst = binary.AppendUvarint(dst, uint64(len(suffix)))
	}
	return append(dst, suffix...)
}

// splitEntry splits an Inline entry into the key's suffix and its rows.
func (l *Layout) splitEntry(entry []byte) (suffix, rows []byte, err error) {
	f := fields{rest: entry}
	n := uint64(l.KeyLength - len(l.KeyPrefix))
	if l.KeyLength == 0 {
		n = f.uvarint()
	}
	suffix = f.take(n)
	return suffix, f.rest, f.err
}

// hasPrefix reports whether key may be in a bucket, by its prefix and length.
func (l *Layout) hasPrefix(key []byte) bool {
	return bytes.HasPrefix(key, l.KeyPrefix) && (l.KeyLength == 0 || l.KeyLength == len(key))
}

// appendKey appends the key with this suffix.
func (l *Layout) appendKey(dst, suffix []byte) []byte {
	return append(append(slices.Grow(dst, len(l.KeyPrefix)+len(suffix)), l.KeyPrefix...), suffix...)
}
